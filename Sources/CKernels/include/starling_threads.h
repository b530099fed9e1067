#ifndef STARLING_THREADS_H
#define STARLING_THREADS_H
#include <stdint.h>

/// Names the calling thread; the kernel keeps 15 bytes. (glibc hides its own function from Swift.)
void starling_name_thread(const char *name);
/// Cores that the scheduler may put this process on; 0 when it doesn't say.
int starling_core_count(void);

/// A number that threads wait on to change: first by looking `spins` times, then asleep.
typedef struct {
    uint32_t value;
    uint32_t sleepers;
} starling_signal;

uint32_t starling_signal_value(const starling_signal *signal);
/// Adds 1 and wakes all who wait. What was written before is seen by whoever sees the new value.
void starling_signal_advance(starling_signal *signal);
/// Returns when the value is no longer `seen`, or, with a limit above 0, after about that many milliseconds of sleep.
void starling_signal_wait(starling_signal *signal, uint32_t seen, uint32_t spins, uint32_t limit_milliseconds);
/// Adds 1 and returns the new value.
uint32_t starling_count_up(uint32_t *counter);
void starling_count_reset(uint32_t *counter);

/// Tells OpenMP, if a library brought it in, to use the calling thread alone for what it calls.
/// (libgomp reads its environment when it is loaded, which is too early for us.) Cheap after the first call.
void starling_use_one_openmp_thread(void);

#endif
