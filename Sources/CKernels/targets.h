// How C kernels are compiled for several levels of x86-64 at once; the loader picks one. Not part of the interface.
#ifndef STARLING_TARGETS_H
#define STARLING_TARGETS_H

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define STARLING_ONE_TARGET
#endif
#endif

// Thread Sanitizer's builds crash at start with the resolvers of target_clones. Plain `avx2` would lack FMA.
#if defined(__x86_64__) && !defined(STARLING_ONE_TARGET)
#define STARLING_KERNEL __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define STARLING_KERNEL
#endif

// a·b + c must not become one rounding on one CPU and two on another: where one is wanted, `fma` below says so.
#pragma STDC FP_CONTRACT OFF

#define STARLING_INLINE static inline __attribute__((always_inline))

#endif
