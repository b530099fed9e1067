// The kernels for any CPU of this architecture. On aarch64 that is NEON; on x86-64 without FMA the fused
// multiply-adds are calls, right but slow.
#pragma clang diagnostic ignored "-Wpsabi"
#define STARLING_LEVEL_TABLE starling_kernels_base
#define STARLING_LEVEL_REGISTERS 16
#include "kernels/all.h"
