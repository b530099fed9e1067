// The kernels for x86-64-v4. The target is set for whole functions rather than by `target_clones`: vectors are passed
// between inline functions, which must all know the same registers.
#ifdef __x86_64__
#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#pragma clang diagnostic ignored "-Wpsabi"
#pragma clang attribute push(__attribute__((target("arch=x86-64-v4"), min_vector_width(512))), apply_to = function)
#define STARLING_LEVEL_TABLE starling_kernels_v4
#define STARLING_LEVEL_REGISTERS 32
#define STARLING_LEVEL_HAS_MASKS 1
#include "kernels/all.h"
#pragma clang attribute pop
#endif
