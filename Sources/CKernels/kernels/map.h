// Maps: instructions run over blocks of rows that stay in the first cache. Compiled once per level.
#ifndef STARLING_MAP_KERNEL_H
#define STARLING_MAP_KERNEL_H
#include "../include/starling_map.h"
#include "random.h"
#include "rows.h"
#include "softmax.h"
#include "sums.h"

#define UNARY(expression)                                                                                              \
    do {                                                                                                               \
        size_t i_ = 0;                                                                                                 \
        for (; i_ + LANES <= n; i_ += LANES) { v16 x = load(a + i_); store(t + i_, expression); }                      \
        if (i_ < n) { v16 x = load(a + i_); store_part(t + i_, expression, n - i_); }                                  \
    } while (0)

#define BINARY(expression)                                                                                             \
    do {                                                                                                               \
        size_t i_ = 0;                                                                                                 \
        for (; i_ + LANES <= n; i_ += LANES) {                                                                         \
            v16 x = load(a + i_), y = load(b + i_);                                                                    \
            store(t + i_, expression);                                                                                 \
        }                                                                                                              \
        if (i_ < n) {                                                                                                  \
            v16 x = load(a + i_), y = load(b + i_);                                                                    \
            store_part(t + i_, expression, n - i_);                                                                    \
        }                                                                                                              \
    } while (0)

#define TERNARY(expression)                                                                                            \
    do {                                                                                                               \
        size_t i_ = 0;                                                                                                 \
        for (; i_ + LANES <= n; i_ += LANES) {                                                                         \
            v16 x = load(a + i_), y = load(b + i_), z = load(c + i_);                                                  \
            store(t + i_, expression);                                                                                 \
        }                                                                                                              \
        if (i_ < n) {                                                                                                  \
            v16 x = load(a + i_), y = load(b + i_), z = load(c + i_);                                                  \
            store_part(t + i_, expression, n - i_);                                                                    \
        }                                                                                                              \
    } while (0)

STARLING_INLINE void bytes_to_floats(float *t, const uint8_t *a, size_t n, float p) {
    for (size_t i = 0; i < n; i++) t[i] = (float)a[i] * p;
}

// A part of rows of bytes, frame by frame.
STARLING_INLINE void part_of_bytes(float *t, const uint8_t *a, size_t rows, size_t width, size_t from,
                                   const starling_map_instruction *in, int are_floats) {
    size_t frames = from / in->j, count = width / frames;
    for (size_t r = 0; r < rows; r++) {
        for (size_t f = 0; f < frames; f++) {
            float *to = t + r * width + f * count;
            const uint8_t *part = a + r * from + f * in->j + in->i;
            if (!are_floats) {
                bytes_to_floats(to, part, count, in->p);
                continue;
            }
            memcpy(to, part, count * sizeof(float));
            for (size_t k = 0; k < count; k++) to[k] *= in->p;
        }
    }
}

STARLING_INLINE void sum_features(float *t, const float *a, size_t rows, size_t width) {
    if (width <= NARROW) {
        for (size_t r = 0; r < rows; r += LANES) {
            size_t count = rows - r < LANES ? rows - r : LANES;
            v16 sum = load_column(a + r * width, width, count, 0);
            for (size_t j = 1; j < width; j++) sum += load_column(a + r * width, width, count, j);
            if (count == LANES) store(t + r, sum);
            else store_part(t + r, sum, count);
        }
        return;
    }
    for (size_t r = 0; r < rows; r++) {
        v16 sum = all(0.0f);
        size_t j = 0;
        for (; j + LANES <= width; j += LANES) sum += load(a + r * width + j);
        if (j < width) sum += first_lanes(load(a + r * width + j), width - j);
        t[r] = sum_lanes(sum);
    }
}

/// t[y, x] = a[x, y], a being [height, width].
STARLING_INLINE void transpose(float *t, const float *a, size_t height, size_t width) {
    if (height >= LANES && width >= LANES) {
        transpose_matrix(a, width, height, width, t, height);
        return;
    }
    // Few rows: read along them.
    if (height < width)
        for (size_t x = 0; x < height; x++)
            for (size_t y = 0; y < width; y++) t[y * height + x] = a[x * width + y];
    else
        for (size_t y = 0; y < width; y++)
            for (size_t x = 0; x < height; x++) t[y * height + x] = a[x * width + y];
}

STARLING_INLINE size_t in_range(int32_t index, size_t width) {
    return index < 0 ? 0 : (size_t)index >= width ? width - 1 : (size_t)index;
}

/// The place of probabilities that is reached by u; where they come to less than that, the last that has any.
STARLING_INLINE size_t drawn(const float *p, size_t count, float u) {
    float reached = 0;
    size_t last = 0;
    for (size_t j = 0; j < count && !(u < reached); j++) {
        reached += p[j];
        if (p[j] > 0) last = j;
    }
    return last;
}

static void map_run(const starling_map_instruction *code, size_t count, const starling_map_slot *slots,
                    size_t slot_count, size_t rows, size_t block) {
    uint8_t *at[256];
    for (size_t k = 0; k < count; k++)
        if (code[k].code == STARLING_MAP_SUM_ROWS)
            memset(slots[code[k].target].base, 0, code[k].width * sizeof(float));
    for (size_t start = 0; start < rows; start += block) {
        size_t here = rows - start < block ? rows - start : block;
        for (size_t s = 0; s < slot_count; s++) at[s] = slots[s].base + slots[s].stride * start;
        for (size_t k = 0; k < count; k++) {
            const starling_map_instruction *in = code + k;
            float *t = (float *)(void *)at[in->target];
            const float *a = (const float *)(const void *)at[in->a], *b = (const float *)(const void *)at[in->b],
                        *c = (const float *)(const void *)at[in->c];
            size_t width = in->width, n = here * width, from = in->source_width;
            v16 p = all(in->p), q = all(in->q), zero = all(0.0f), one = all(1.0f);
            switch (in->code) {
            case STARLING_MAP_COPY: memcpy(t, a, n * sizeof(float)); break;
            case STARLING_MAP_RELU: UNARY(choose(x < zero, zero, x)); break;
            case STARLING_MAP_TANH: UNARY(tanh16(x)); break;
            case STARLING_MAP_SIGMOID: UNARY(sigmoid16(x)); break;
            case STARLING_MAP_SOFTPLUS: UNARY(softplus16(x)); break;
            case STARLING_MAP_EXP: UNARY(exp16(x)); break;
            case STARLING_MAP_LOG: UNARY(log16(x)); break;
            case STARLING_MAP_ERF: UNARY(erf16(x)); break;
            case STARLING_MAP_SQUARE: UNARY(x * x); break;
            case STARLING_MAP_SCALE: UNARY(x * p); break;
            case STARLING_MAP_OFFSET: UNARY(x + p); break;
            case STARLING_MAP_CLAMP: UNARY(choose(x < p, p, choose(x > q, q, x))); break;
            case STARLING_MAP_AT_LEAST: UNARY(choose(x < p, p, x)); break;
            case STARLING_MAP_ADD: BINARY(x + y); break;
            case STARLING_MAP_SUBTRACT: BINARY(x - y); break;
            case STARLING_MAP_MULTIPLY: BINARY(x * y); break;
            case STARLING_MAP_DIVIDE: BINARY(x / y); break;
            case STARLING_MAP_MINIMUM: BINARY(choose(x > y, y, x)); break;
            case STARLING_MAP_MAXIMUM: BINARY(choose(x > y, x, y)); break;
            case STARLING_MAP_RELU_GRADIENT: BINARY(choose(x > zero, y, zero)); break;
            case STARLING_MAP_TANH_GRADIENT: BINARY((one - x * x) * y); break;
            case STARLING_MAP_SIGMOID_GRADIENT: BINARY(x * (one - x) * y); break;
            case STARLING_MAP_CLAMP_GRADIENT: BINARY(choose((x >= p) & (x <= q), y, zero)); break;
            case STARLING_MAP_LESS_GRADIENT: TERNARY(choose(x <= y, z, zero)); break;
            case STARLING_MAP_GREATER_GRADIENT: TERNARY(choose(x > y, z, zero)); break;
            case STARLING_MAP_MULTIPLY_SCALAR: { v16 s = all(*b); UNARY(x * s); break; }
            case STARLING_MAP_MULTIPLY_FEATURES:
                if (width < LANES)
                    for (size_t i = 0; i < n; i += width)
                        for (size_t j = 0; j < width; j++) t[i + j] = a[i + j] * b[j];
                else
                    for (size_t r = 0; r < here; r++)
                        for (size_t j = 0; j < width; j++) t[r * width + j] = a[r * width + j] * b[j];
                break;
            case STARLING_MAP_BYTES: bytes_to_floats(t, at[in->a], n, in->p); break;
            case STARLING_MAP_REPEAT_FEATURES:
                for (size_t r = 0; r < here; r++)
                    for (size_t j = 0; j < width; j++) t[r * width + j] = a[r];
                break;
            case STARLING_MAP_REPEAT_ROWS:
                for (size_t r = 0; r < here; r++)
                    for (size_t j = 0; j < width; j++) t[r * width + j] = a[j];
                break;
            case STARLING_MAP_SUM_FEATURES: sum_features(t, a, here, from); break;
            case STARLING_MAP_SLICE:
                for (size_t r = 0; r < here; r++)
                    memcpy(t + r * width, a + r * from + in->i, width * sizeof(float));
                break;
            case STARLING_MAP_PART_BYTES: part_of_bytes(t, at[in->a], here, width, from, in, 0); break;
            case STARLING_MAP_PART_FLOATS: part_of_bytes(t, at[in->a], here, width, from, in, 1); break;
            case STARLING_MAP_EMBED:
                memset(t, 0, n * sizeof(float));
                for (size_t r = 0; r < here; r++)
                    memcpy(t + r * width + in->i, a + r * from, from * sizeof(float));
                break;
            case STARLING_MAP_BESIDE: {
                size_t second = width - from;
                for (size_t r = 0; r < here; r++) {
                    memcpy(t + r * width, a + r * from, from * sizeof(float));
                    memcpy(t + r * width + from, b + r * second, second * sizeof(float));
                }
                break;
            }
            case STARLING_MAP_REVERSE:
                for (size_t r = 0; r < here; r++)
                    for (size_t j = 0; j < width; j++) t[r * width + j] = a[r * width + width - 1 - j];
                break;
            case STARLING_MAP_TRANSPOSE:
                for (size_t r = 0; r < here; r++) transpose(t + r * width, a + r * width, in->i, in->j);
                break;
            case STARLING_MAP_REPEAT_EACH:
                for (size_t k = 0; k < n; k += in->i)
                    for (size_t l = 0; l < in->i; l++) t[k + l] = a[k / in->i];
                break;
            case STARLING_MAP_SUM_GROUPS:
                for (size_t k = 0; k < n; k++) {
                    float sum = 0;
                    for (size_t l = 0; l < in->i; l++) sum += a[k * in->i + l];
                    t[k] = sum;
                }
                break;
            case STARLING_MAP_LOG_SOFTMAX: log_softmax(a, t, in->i, n / in->i); break;
            case STARLING_MAP_ONE_HOT:
                memset(t, 0, n * sizeof(float));
                for (size_t k = 0; k < n; k += in->i) t[k + drawn(a + k, in->i, b[k / in->i])] = 1;
                break;
            case STARLING_MAP_GATHER: {
                const int32_t *index = (const int32_t *)(const void *)b;
                for (size_t r = 0; r < here; r++) t[r] = a[r * from + in_range(index[r], from)];
                break;
            }
            case STARLING_MAP_SCATTER: {
                const int32_t *index = (const int32_t *)(const void *)b;
                memset(t, 0, n * sizeof(float));
                for (size_t r = 0; r < here; r++) t[r * width + in_range(index[r], width)] = a[r];
                break;
            }
            case STARLING_MAP_LOOKUP: {
                const int32_t *index = (const int32_t *)(const void *)a;
                for (size_t k = 0; k < here * from; k++)
                    memcpy(t + k * in->i, b + row_named(in->p != 0 ? (float)index[k] : a[k], in->j) * in->i, in->i * sizeof(float));
                break;
            }
            case STARLING_MAP_GAUSSIAN:
                gaussian_rows((const uint64_t *)(const void *)a, 1, (const uint64_t *)(const void *)b, 1,
                              (const uint32_t *)(const void *)c, 1, in->i, here, width, t);
                break;
            case STARLING_MAP_SUM_ROWS: add_rows(t, a, here * (from / width), width); break;
            }
        }
    }
}

#endif
