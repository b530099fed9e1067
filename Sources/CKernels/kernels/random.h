// Philox4x32-10 on sixteen counters at once and Box–Muller. Not part of the interface.
#ifndef STARLING_RANDOM_LANES_H
#define STARLING_RANDOM_LANES_H
#include "vector.h"

typedef struct {
    uint32_t key[2][LANES], counter[4][LANES];
} philox_lanes;

/// Replaces the counters by their random words.
STARLING_INLINE void philox_run(philox_lanes *s) {
    for (int round = 0; round < 10; round++)
        for (int l = 0; l < LANES; l++) {
            uint64_t a = (uint64_t)0xD2511F53u * s->counter[0][l], b = (uint64_t)0xCD9E8D57u * s->counter[2][l];
            s->counter[0][l] = (uint32_t)(b >> 32) ^ s->counter[1][l] ^ s->key[0][l];
            s->counter[2][l] = (uint32_t)(a >> 32) ^ s->counter[3][l] ^ s->key[1][l];
            s->counter[1][l] = (uint32_t)b;
            s->counter[3][l] = (uint32_t)a;
            s->key[0][l] += 0x9E3779B9u;
            s->key[1][l] += 0xBB67AE85u;
        }
}

/// Two normals from two words: u = (a >> 8 + 1)·2⁻²⁴, r = √(−2 ln u), θ = 2π·(b >> 8)·2⁻²⁴. Sine and cosine of a turn's
/// fraction within an eighth of the nearest quarter; fitted to 2e-8.
STARLING_INLINE void box_muller(const uint32_t *a, const uint32_t *b, v16 *first, v16 *second) {
    i16 x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    x = (x >> 8) & 0xffffff;
    y = (y >> 8) & 0xffffff;
    v16 u = __builtin_convertvector(x + 1, v16) * all(1.0f / 16777216.0f);
    v16 radius = __builtin_elementwise_sqrt(all(-2.0f) * log16(u));
    i16 quarter = (y + (1 << 21)) >> 22;
    v16 r = __builtin_convertvector(y - (quarter << 22), v16) * all(1.0f / 16777216.0f);
    v16 z = r * r;
    v16 s = fma16(z, all(-75.40206909179688f), all(81.5925521850586f));
    s = fma16(s, z, all(-41.3416633605957f));
    s = fma16(s, z, all(6.2831854820251465f)) * r;
    v16 c = fma16(z, all(59.22040557861328f), all(-85.44285583496094f));
    c = fma16(c, z, all(64.93931579589844f));
    c = fma16(c, z, all(-19.739208221435547f));
    c = fma16(c, z, all(1.0f));
    i16 odd = (quarter & 1) != 0;
    v16 cosine = choose(odd, s, c), sine = choose(odd, c, s);
    // Quarters 1 and 2 have a negative cosine, 2 and 3 a negative sine.
    cosine = (v16)((i16)cosine ^ (((quarter + 1) & 2) << 30));
    sine = (v16)((i16)sine ^ ((quarter & 2) << 30));
    *first = radius * cosine;
    *second = radius * sine;
}

STARLING_INLINE void gaussian_rows(const uint64_t *key, size_t key_stride, const uint64_t *step, size_t step_stride,
                                   const uint32_t *environment, size_t environment_stride, uint32_t draw, size_t rows,
                                   size_t count, float *normals) {
    size_t blocks = (count + 3) / 4, total = rows * blocks, row = 0, block = 0;
    for (size_t start = 0; start < total; start += LANES) {
        philox_lanes s;
        size_t filled = total - start < LANES ? total - start : LANES;
        float *to[LANES];
        size_t width[LANES];
        for (size_t l = 0; l < LANES; l++) {
            uint64_t k = key[row * key_stride], t = step[row * step_stride];
            s.key[0][l] = (uint32_t)k;
            s.key[1][l] = (uint32_t)(k >> 32);
            s.counter[0][l] = (uint32_t)t;
            s.counter[1][l] = (uint32_t)(t >> 32);
            s.counter[2][l] = environment[row * environment_stride];
            s.counter[3][l] = draw << 16 | (uint32_t)block;
            to[l] = normals + row * count + 4 * block;
            width[l] = count - 4 * block < 4 ? count - 4 * block : 4;
            // The last lanes of the last round repeat the last counter.
            if (++block == blocks) {
                if (row + 1 < rows) {
                    block = 0;
                    row++;
                } else {
                    block--;
                }
            }
        }
        philox_run(&s);
        v16 made[4];
        box_muller(s.counter[0], s.counter[1], &made[0], &made[1]);
        box_muller(s.counter[2], s.counter[3], &made[2], &made[3]);
        float lanes[LANES][4];
        for (int j = 0; j < 4; j++)
            for (size_t l = 0; l < LANES; l++) lanes[l][j] = made[j][l];
        for (size_t l = 0; l < filled; l++) {
            if (width[l] == 4) memcpy(to[l], lanes[l], sizeof lanes[l]);
            else for (size_t j = 0; j < width[l]; j++) to[l][j] = lanes[l][j];
        }
    }
}

#endif
