// Sixteen explicit lanes and the functions on them. The same bits on every CPU: every rounding is written down, sums
// are reduced in a fixed order, and no libm is called. Not part of the interface.
#ifndef STARLING_VECTOR_H
#define STARLING_VECTOR_H
#include <stddef.h>
#include <stdint.h>
#include <string.h>

// a·b + c must not become one rounding on one CPU and two on another: where one is wanted, `fma16` says so.
#pragma STDC FP_CONTRACT OFF

#define STARLING_INLINE static inline __attribute__((always_inline))

typedef float v16 __attribute__((vector_size(64)));
typedef int32_t i16 __attribute__((vector_size(64)));

enum { LANES = 16 };

STARLING_INLINE size_t smaller(size_t a, size_t b) { return a < b ? a : b; }
STARLING_INLINE v16 load(const float *p) { v16 x; memcpy(&x, p, sizeof x); return x; }
STARLING_INLINE void store(float *p, v16 x) { memcpy(p, &x, sizeof x); }
STARLING_INLINE v16 all(float x) { return (v16){x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x}; }
STARLING_INLINE v16 fma16(v16 a, v16 b, v16 c) { return __builtin_elementwise_fma(a, b, c); }

typedef float v8 __attribute__((vector_size(32)));
typedef float v4 __attribute__((vector_size(16)));

/// Stores the first `count` lanes, count < 16.
STARLING_INLINE void store_part(float *p, v16 x, size_t count) {
#if STARLING_LEVEL_HAS_MASKS
    _mm512_mask_storeu_ps(p, (__mmask16)((1u << count) - 1), (__m512)x);
#else
    v8 eight = __builtin_shufflevector(x, x, 0, 1, 2, 3, 4, 5, 6, 7);
    if (count & 8) {
        memcpy(p, &eight, sizeof eight);
        p += 8;
        eight = __builtin_shufflevector(x, x, 8, 9, 10, 11, 12, 13, 14, 15);
    }
    v4 four = __builtin_shufflevector(eight, eight, 0, 1, 2, 3);
    if (count & 4) {
        memcpy(p, &four, sizeof four);
        p += 4;
        four = __builtin_shufflevector(eight, eight, 4, 5, 6, 7);
    }
    if (count & 2) {
        memcpy(p, &four, 8);
        p += 2;
        four = __builtin_shufflevector(four, four, 2, 3, 2, 3);
    }
    if (count & 1) *p = four[0];
#endif
}

/// The same for any number of lanes; 16 or more store all.
STARLING_INLINE void put(float *to, v16 x, size_t count) {
    if (count >= LANES) store(to, x);
    else store_part(to, x, count);
}

/// Reads nothing past `count` floats, count ≤ 16.
STARLING_INLINE v16 load_part(const float *p, size_t count) {
    if (count >= LANES) return load(p);
    float lanes[LANES] = {0};
    memcpy(lanes, p, count * sizeof(float));
    return load(lanes);
}

STARLING_INLINE v16 choose(i16 mask, v16 yes, v16 no) { return (v16)((mask & (i16)yes) | (~mask & (i16)no)); }
STARLING_INLINE i16 lane_numbers(void) { return (i16){0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}; }
STARLING_INLINE v16 first_lanes(v16 x, size_t count) { return (v16)((i16)x & (lane_numbers() < (int32_t)count)); }

/// Σ of the lanes, by halves.
STARLING_INLINE float sum_lanes(v16 x) {
    float a[LANES];
    store(a, x);
    for (int half = 8; half > 0; half /= 2)
        for (int l = 0; l < half; l++) a[l] += a[l + half];
    return a[0];
}

/// Sixteen rows become sixteen columns: blocks of 1, 2, 4 and 8 change places.
STARLING_INLINE void transpose16(v16 x[LANES]) {
#pragma unroll
    for (int i = 0; i < LANES; i++)
        if (!(i & 1)) {
            v16 a = x[i], b = x[i + 1];
            x[i] = __builtin_shufflevector(a, b, 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30);
            x[i + 1] = __builtin_shufflevector(a, b, 1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31);
        }
#pragma unroll
    for (int i = 0; i < LANES; i++)
        if (!(i & 2)) {
            v16 a = x[i], b = x[i + 2];
            x[i] = __builtin_shufflevector(a, b, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29);
            x[i + 2] = __builtin_shufflevector(a, b, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
        }
#pragma unroll
    for (int i = 0; i < LANES; i++)
        if (!(i & 4)) {
            v16 a = x[i], b = x[i + 4];
            x[i] = __builtin_shufflevector(a, b, 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27);
            x[i + 4] = __builtin_shufflevector(a, b, 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31);
        }
#pragma unroll
    for (int i = 0; i < LANES; i++)
        if (!(i & 8)) {
            v16 a = x[i], b = x[i + 8];
            x[i] = __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
            x[i + 8] = __builtin_shufflevector(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
        }
}

/// `sum_lanes` of sixteen vectors, bit by bit the same. They are overwritten.
STARLING_INLINE v16 sum_each(v16 x[LANES]) {
    transpose16(x);
#pragma unroll
    for (int half = 8; half > 0; half /= 2)
#pragma unroll
        for (int l = 0; l < half; l++) x[l] += x[l + half];
    return x[0];
}

/// to[j, i] = from[i, j] for a matrix [height, width] with rows `from_stride` and `to_stride` floats apart.
static inline void transpose_matrix(const float *from, size_t from_stride, size_t height, size_t width, float *to,
                                    size_t to_stride) {
    for (size_t i = 0; i < height; i += LANES)
        for (size_t j = 0; j < width; j += LANES) {
            size_t rows = smaller(LANES, height - i), columns = smaller(LANES, width - j);
            v16 x[LANES];
            if (rows == LANES && columns == LANES) {
#pragma unroll
                for (int r = 0; r < LANES; r++) x[r] = load(from + (i + (size_t)r) * from_stride + j);
                transpose16(x);
#pragma unroll
                for (int c = 0; c < LANES; c++) store(to + (j + (size_t)c) * to_stride + i, x[c]);
            } else {
                for (size_t r = 0; r < LANES; r++)
                    x[r] = r < rows ? load_part(from + (i + r) * from_stride + j, columns) : all(0.0f);
                transpose16(x);
                for (size_t c = 0; c < columns; c++) put(to + (j + c) * to_stride + i, x[c], rows);
            }
        }
}

/// e^x: 2ⁿ·(1 + r + r²·P(r)), |r| ≤ ln2/2. P fitted to 3.4e-9.
STARLING_INLINE v16 exp16(v16 x) {
    const v16 magic = all(12582912.0f);
    v16 y = choose(x > all(89.0f), all(89.0f), x);
    y = choose(y < all(-104.0f), all(-104.0f), y);
    v16 shifted = fma16(y, all(1.44269504f), magic);
    i16 n = (i16)shifted - (i16)magic;
    v16 whole = shifted - magic;
    v16 r = fma16(whole, all(-0.693145752f), y);
    r = fma16(whole, all(-1.42860677e-6f), r);
    v16 p = fma16(r, all(0.0013951717410236597f), all(0.008369598537683487f));
    p = fma16(p, r, all(0.0416661873459816f));
    p = fma16(p, r, all(0.16666512191295624f));
    p = fma16(p, r, all(0.5f));
    p = fma16(p, r * r, r) + all(1.0f);
    // Two factors, so that neither overflows before the product does.
    i16 half = n >> 1;
    v16 first = (v16)((half + 127) << 23), second = (v16)((n - half + 127) << 23);
    return choose(x != x, x, p * first * second);
}

/// Natural logarithm: e·ln2 + log(1 + t), t in [√½ − 1, √2 − 1). The polynomial is fitted to 5.9e-9.
STARLING_INLINE v16 log16(v16 x) {
    i16 tiny = x < all(1.17549435e-38f);
    v16 scaled = choose(tiny, x * all(8388608.0f), x);
    i16 bits = (i16)scaled;
    i16 e = (bits - 0x3f3504f3) >> 23;
    v16 t = (v16)(bits - (e << 23)) - all(1.0f);
    v16 exponent = __builtin_convertvector(e - (tiny & 23), v16);
    v16 p = fma16(t, all(-0.07859894633293152f), all(0.12885838747024536f));
    p = fma16(p, t, all(-0.13130463659763336f));
    p = fma16(p, t, all(0.14180703461170197f));
    p = fma16(p, t, all(-0.16624347865581512f));
    p = fma16(p, t, all(0.20002302527427673f));
    p = fma16(p, t, all(-0.25000816583633423f));
    p = fma16(p, t, all(0.33333316445350647f));
    v16 square = t * t;
    v16 low = fma16(square * t, p, square * all(-0.5f));
    low = fma16(exponent, all(-2.12194440e-4f), low);
    v16 y = fma16(exponent, all(0.693359375f), low + t);
    y = choose(x == all(0.0f), all(-__builtin_inff()), y);
    y = choose(x < all(0.0f), all(__builtin_nanf("")), y);
    return choose((x == all(__builtin_inff())) | (x != x), x, y);
}

STARLING_INLINE v16 magnitude(v16 x) { return (v16)((i16)x & 0x7fffffff); }

/// Below 0.625 x + x³·P(x²), P fitted to 4.1e-9; above 1 − 2/(e²ˣ + 1).
STARLING_INLINE v16 tanh16(v16 x) {
    v16 a = magnitude(x), z = x * x;
    v16 p = fma16(z, all(-0.005717036779969931f), all(0.020650578662753105f));
    p = fma16(p, z, all(-0.05374349653720856f));
    p = fma16(p, z, all(0.13331490755081177f));
    p = fma16(p, z, all(-0.3333328366279602f));
    v16 near = fma16(p * z, x, x);
    v16 far = all(1.0f) - all(2.0f) / (exp16(a + a) + all(1.0f));
    far = (v16)((i16)far | ((i16)x & (int32_t)0x80000000));
    return choose(a < all(0.625f), near, far);
}

STARLING_INLINE v16 sigmoid16(v16 x) { return all(1.0f) / (all(1.0f) + exp16(-x)); }

/// Below 0.875 x·2/√π + x³·P(x²); above 1 − e^−Q(|x|), Q fitted to −log erfc up to 3.95, where it rounds to 1. Off by
/// 1.3e-7 at most.
STARLING_INLINE v16 erf16(v16 x) {
    v16 a = magnitude(x), z = x * x;
    v16 p = fma16(z, all(-0.0006151488050818443f), all(0.0050222547724843025f));
    p = fma16(p, z, all(-0.026784950867295265f));
    p = fma16(p, z, all(0.11282294988632202f));
    p = fma16(p, z, all(-0.37612542510032654f));
    v16 near = fma16(p * z, x, x * all(1.12837917f));
    a = choose(a > all(3.95f), all(3.95f), a);
    v16 q = fma16(a, all(-0.00019990457803942263f), all(0.0030820248648524284f));
    q = fma16(q, a, all(-0.022381136193871498f));
    q = fma16(q, a, all(0.10425040125846863f));
    q = fma16(q, a, all(0.6368204355239868f));
    q = fma16(q, a, all(1.1278895139694214f));
    q = fma16(q, a, all(0.00014418570208363235f));
    v16 far = all(1.0f) - exp16(-q);
    far = (v16)((i16)far | ((i16)x & (int32_t)0x80000000));
    return choose(a < all(0.875f), near, far);
}

/// max(x, 0) + log(1 + y), y = e^−|x|, with what 1 + y loses put back.
STARLING_INLINE v16 softplus16(v16 x) {
    v16 y = exp16(-magnitude(x)), sum = all(1.0f) + y;
    v16 lost = y - (sum - all(1.0f));
    return choose(x < all(0.0f), all(0.0f), x) + (log16(sum) + lost / sum);
}

#endif
