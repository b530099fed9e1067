#define _GNU_SOURCE
#include "starling_threads.h"
#include <dlfcn.h>
#include <linux/futex.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

void starling_name_thread(const char *name) { prctl(PR_SET_NAME, name, 0, 0, 0); }

int starling_core_count(void) {
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 0;
}

uint32_t starling_signal_value(const starling_signal *signal) { return __atomic_load_n(&signal->value, __ATOMIC_ACQUIRE); }

void starling_signal_advance(starling_signal *signal) {
    __atomic_add_fetch(&signal->value, 1, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&signal->sleepers, __ATOMIC_SEQ_CST) > 0)
        syscall(SYS_futex, &signal->value, FUTEX_WAKE_PRIVATE, INT32_MAX, NULL, NULL, 0);
}

static inline void relax(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

void starling_signal_wait(starling_signal *signal, uint32_t seen, uint32_t spins, uint32_t limit_milliseconds) {
    for (uint32_t i = 0; i < spins; i++) {
        if (starling_signal_value(signal) != seen) return;
        // Who is waited for may want this very core: another program has the others.
        if (i % 64 == 63) sched_yield();
        else relax();
    }
    __atomic_add_fetch(&signal->sleepers, 1, __ATOMIC_SEQ_CST);
    while (__atomic_load_n(&signal->value, __ATOMIC_SEQ_CST) == seen) {
        struct timespec limit = {limit_milliseconds / 1000, (long)(limit_milliseconds % 1000) * 1000000};
        syscall(SYS_futex, &signal->value, FUTEX_WAIT_PRIVATE, seen, limit_milliseconds ? &limit : NULL, NULL, 0);
        if (limit_milliseconds) break;
    }
    __atomic_sub_fetch(&signal->sleepers, 1, __ATOMIC_SEQ_CST);
}

uint32_t starling_count_up(uint32_t *counter) { return __atomic_add_fetch(counter, 1, __ATOMIC_ACQ_REL); }
void starling_count_reset(uint32_t *counter) { __atomic_store_n(counter, 0, __ATOMIC_RELEASE); }

void starling_use_one_openmp_thread(void) {
    static _Thread_local int done;
    if (done) return;
    done = 1;
    void (*set)(int) = (void (*)(int))dlsym(RTLD_DEFAULT, "omp_set_num_threads");
    if (set) set(1);
}
