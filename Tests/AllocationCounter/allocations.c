// Counts allocations by interposing the allocator of the whole test program. The caller is found by return address: the
// object that holds it is looked up once counting has ended, so nothing happens inside the allocator but a note.
#define _GNU_SOURCE
#include "starling_allocations.h"
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#if defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define STARLING_SANITIZED
#endif
#endif

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

enum { CAPACITY = 4096 };
static _Thread_local int is_watched;
static _Thread_local uint64_t count;
static _Thread_local uint64_t byte_count;
static _Thread_local void *callers[CAPACITY];
static atomic_int watches_process;
static _Atomic uint64_t process_count;
static void *process_callers[CAPACITY];

#ifdef STARLING_SANITIZED
// A sanitizer interposes the allocator itself.
int starling_allocations_can_be_counted(void) { return 0; }
#else
int starling_allocations_can_be_counted(void) { return 1; }

static inline void note(void *caller, size_t size) {
    if (atomic_load_explicit(&watches_process, memory_order_relaxed)) {
        uint64_t index = atomic_fetch_add_explicit(&process_count, 1, memory_order_relaxed);
        if (index < CAPACITY) process_callers[index] = caller;
    }
    if (!is_watched) return;
    byte_count += size;
    if (count < CAPACITY) callers[count] = caller;
    count++;
}

void *malloc(size_t size) {
    note(__builtin_return_address(0), size);
    return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
    note(__builtin_return_address(0), number * size);
    return __libc_calloc(number, size);
}

void *realloc(void *old, size_t size) {
    note(__builtin_return_address(0), size);
    return __libc_realloc(old, size);
}

void *memalign(size_t alignment, size_t size) {
    note(__builtin_return_address(0), size);
    return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    note(__builtin_return_address(0), size);
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **result, size_t alignment, size_t size) {
    note(__builtin_return_address(0), size);
    void *memory = __libc_memalign(alignment, size);
    if (!memory) return ENOMEM;
    *result = memory;
    return 0;
}

#endif

void starling_allocations_watch(void) {
    count = 0;
    byte_count = 0;
    is_watched = 1;
}

static starling_allocations attribute(void *const *from, uint64_t total) {
    starling_allocations result = {0};
    result.bytes = byte_count;
    Dl_info own;
    if (!dladdr((void *)starling_allocations_end, &own)) own.dli_fbase = NULL;
    for (uint64_t i = 0; i < total && i < CAPACITY; i++) {
        Dl_info info;
        if (!dladdr(from[i], &info) || !info.dli_fname) result.other++;
        else if (info.dli_fbase == own.dli_fbase) result.program++;
        else if (strstr(info.dli_fname, "libswift")) result.runtime++;
        else if (strstr(info.dli_fname, "libdnnl") || strstr(info.dli_fname, "libgomp")) result.libraries++;
        else result.other++;
    }
    if (total > CAPACITY) result.other += total - CAPACITY;
    return result;
}

starling_allocations starling_allocations_end(void) {
    is_watched = 0;
    return attribute(callers, count);
}

uint64_t starling_allocations_end_bytes(void) {
    is_watched = 0;
    return byte_count;
}

void starling_allocations_watch_process(void) {
    atomic_store(&process_count, 0);
    atomic_store(&watches_process, 1);
}

starling_allocations starling_allocations_end_process(void) {
    atomic_store(&watches_process, 0);
    return attribute(process_callers, atomic_load(&process_count));
}
