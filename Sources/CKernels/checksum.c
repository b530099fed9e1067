#include "starling_checksum.h"
#include <pthread.h>
#include <string.h>
#if defined(__x86_64__)
#include <nmmintrin.h>
#elif defined(__aarch64__)
#include <arm_acle.h>
#include <sys/auxv.h>
#ifndef HWCAP_CRC32
#define HWCAP_CRC32 (1 << 7)
#endif
#endif

uint32_t starling_crc32c_portable(uint32_t crc, const void *bytes, size_t count) {
    // Four bits at a time: the remainders of the 16 low nibbles under the reflected polynomial 0x82F63B78.
    uint32_t table[16];
    for (uint32_t nibble = 0; nibble < 16; nibble++) {
        uint32_t r = nibble;
        for (int bit = 0; bit < 4; bit++) r = (r >> 1) ^ (0x82F63B78u & (0u - (r & 1)));
        table[nibble] = r;
    }
    const uint8_t *p = bytes;
    crc = ~crc;
    for (size_t i = 0; i < count; i++) {
        crc ^= p[i];
        crc = (crc >> 4) ^ table[crc & 15];
        crc = (crc >> 4) ^ table[crc & 15];
    }
    return ~crc;
}

#if defined(__x86_64__) || defined(__aarch64__)

#if defined(__x86_64__)
#define WITH_CRC __attribute__((target("sse4.2")))
#define STEP64(c, x) ((uint32_t)_mm_crc32_u64((c), (x)))
#define STEP8(c, x) _mm_crc32_u8((c), (x))
static int has_instruction(void) { return __builtin_cpu_supports("sse4.2"); }
#else
#define WITH_CRC __attribute__((target("crc")))
#define STEP64(c, x) __crc32cd((c), (x))
#define STEP8(c, x) __crc32cb((c), (x))
static int has_instruction(void) { return (getauxval(AT_HWCAP) & HWCAP_CRC32) != 0; }
#endif

// The instruction's latency is three of its throughputs, so three stretches of this many bytes are summed side by side and
// then joined.
enum { STRETCH = 1024 };

// joined[k][b]: what byte k of a sum, being b, has become after STRETCH zero bytes.
static uint32_t joined[4][256];
static pthread_once_t joined_is_made = PTHREAD_ONCE_INIT;

WITH_CRC static void make_joined(void) {
    uint32_t bits[32];
    for (int bit = 0; bit < 32; bit++) {
        uint32_t c = 1u << bit;
        for (int i = 0; i < STRETCH / 8; i++) c = STEP64(c, 0);
        bits[bit] = c;
    }
    for (int k = 0; k < 4; k++) {
        for (int b = 0; b < 256; b++) {
            uint32_t c = 0;
            for (int bit = 0; bit < 8; bit++) if (b >> bit & 1) c ^= bits[8 * k + bit];
            joined[k][b] = c;
        }
    }
}

static inline uint32_t behind_stretch(uint32_t c) {
    return joined[0][c & 255] ^ joined[1][c >> 8 & 255] ^ joined[2][c >> 16 & 255] ^ joined[3][c >> 24];
}

static inline uint64_t word(const uint8_t *p) { uint64_t x; memcpy(&x, p, 8); return x; }

WITH_CRC static uint32_t with_instruction(uint32_t crc, const uint8_t *p, size_t count) {
    uint32_t a = ~crc;
    if (count >= 3 * STRETCH) (void)pthread_once(&joined_is_made, make_joined);
    for (; count >= 3 * STRETCH; p += 3 * STRETCH, count -= 3 * STRETCH) {
        uint32_t b = 0, c = 0;
        for (size_t i = 0; i < STRETCH; i += 8) {
            a = STEP64(a, word(p + i));
            b = STEP64(b, word(p + STRETCH + i));
            c = STEP64(c, word(p + 2 * STRETCH + i));
        }
        a = behind_stretch(behind_stretch(a) ^ b) ^ c;
    }
    for (; count >= 8; p += 8, count -= 8) a = STEP64(a, word(p));
    for (; count > 0; p++, count--) a = STEP8(a, *p);
    return ~a;
}

uint32_t starling_crc32c(uint32_t crc, const void *bytes, size_t count) {
    return has_instruction() ? with_instruction(crc, bytes, count) : starling_crc32c_portable(crc, bytes, count);
}

#else

uint32_t starling_crc32c(uint32_t crc, const void *bytes, size_t count) {
    return starling_crc32c_portable(crc, bytes, count);
}

#endif
