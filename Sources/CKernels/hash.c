// XXH64, written from the public specification (xxHash fast digest algorithm, version 0.1.1).
#include "starling_hash.h"
#include <string.h>

static const uint64_t P1 = 0x9E3779B185EBCA87u, P2 = 0xC2B2AE3D27D4EB4Fu, P3 = 0x165667B19E3779F9u,
                      P4 = 0x85EBCA77C2B2AE63u, P5 = 0x27D4EB2F165667C5u;

static inline uint64_t rotate(uint64_t x, int n) { return (x << n) | (x >> (64 - n)); }
static inline uint64_t read64(const uint8_t *p) { uint64_t x; memcpy(&x, p, 8); return x; }
static inline uint32_t read32(const uint8_t *p) { uint32_t x; memcpy(&x, p, 4); return x; }
static inline uint64_t fold(uint64_t lane, uint64_t x) { return rotate(lane + x * P2, 31) * P1; }
static inline uint64_t merge(uint64_t h, uint64_t lane) { return (h ^ fold(0, lane)) * P1 + P4; }

uint64_t starling_xxh64(const void *bytes, size_t count) {
    const uint8_t *p = bytes;
    size_t left = count;
    uint64_t h = P5;
    if (left >= 32) {
        uint64_t a = P1 + P2, b = P2, c = 0, d = 0 - P1;
        for (; left >= 32; p += 32, left -= 32) {
            a = fold(a, read64(p));
            b = fold(b, read64(p + 8));
            c = fold(c, read64(p + 16));
            d = fold(d, read64(p + 24));
        }
        h = rotate(a, 1) + rotate(b, 7) + rotate(c, 12) + rotate(d, 18);
        h = merge(merge(merge(merge(h, a), b), c), d);
    }
    h += count;
    for (; left >= 8; p += 8, left -= 8) h = rotate(h ^ fold(0, read64(p)), 27) * P1 + P4;
    if (left >= 4) {
        h = rotate(h ^ read32(p) * P1, 23) * P2 + P3;
        p += 4;
        left -= 4;
    }
    for (; left > 0; p++, left--) h = rotate(h ^ *p * P5, 11) * P1;
    h = (h ^ h >> 33) * P2;
    h = (h ^ h >> 29) * P3;
    return h ^ h >> 32;
}
