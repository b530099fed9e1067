#ifndef STARLING_HASH_H
#define STARLING_HASH_H
#include <stddef.h>
#include <stdint.h>

/// XXH64 with seed 0 of `count` bytes, as the xxHash specification defines it. `bytes` may be NULL when `count` is 0.
uint64_t starling_xxh64(const void *bytes, size_t count);

#endif
