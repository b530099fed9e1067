#ifndef STARLING_ALLOCATIONS_H
#define STARLING_ALLOCATIONS_H
#include <stdint.h>

/// Allocations (malloc, calloc, realloc, aligned_alloc, posix_memalign, memalign) while counting, of all threads that
/// called `starling_allocations_watch`, by the file that holds the calling code.
typedef struct {
    /// The program itself: our code, and the Swift code linked into it.
    uint64_t program;
    /// The Swift runtime.
    uint64_t runtime;
    /// oneDNN and OpenMP.
    uint64_t libraries;
    /// Anything else, the C library included.
    uint64_t other;
    /// Bytes asked for in all, as if nothing were given back.
    uint64_t bytes;
} starling_allocations;

/// 0 in builds with a sanitizer that has the allocator for itself.
int starling_allocations_can_be_counted(void);
/// Starts counting on the calling thread.
void starling_allocations_watch(void);
/// Stops counting on the calling thread and gives the counts since `watch`.
starling_allocations starling_allocations_end(void);
/// Stops counting on the calling thread and gives the bytes alone, without looking anything up.
uint64_t starling_allocations_end_bytes(void);

/// The same for all threads of the process, one count at a time; they must be at rest at both ends.
void starling_allocations_watch_process(void);
starling_allocations starling_allocations_end_process(void);

#endif
