// Products and their sums. Compiled once per level.
#ifndef STARLING_PRODUCT_KERNEL_H
#define STARLING_PRODUCT_KERNEL_H
#include "../include/starling_product.h"
#include "sums.h"
#include "vector.h"

// One micro-kernel serves all products. It keeps a tile of `m` rows by `v` vectors of the output in registers and walks
// along the depth: one vector load of b per vector, one broadcast of x per row. 24 accumulators fill the 32 registers
// of AVX-512 or NEON's equivalent; AVX2 gets a narrower tile. Each output is one chain of fused multiply-adds in the
// order of the depth, whatever the tile: so tiles, levels and threads never change a bit.

typedef struct {
    const float *x;
    size_t x_row, x_depth; // strides
    const float *b;
    size_t b_stride, b_panel; // b_panel: floats from 64 columns to the next
    const float *bias, *other;
    float *y;
    size_t y_stride;
    size_t depth;
    starling_after after;
} job;

STARLING_INLINE v16 after_one(v16 y, v16 other, starling_after after) {
    const v16 zero = all(0.0f), one = all(1.0f);
    switch (after) {
    case STARLING_AFTER_RELU: return choose(y < zero, zero, y);
    case STARLING_AFTER_TANH: return tanh16(y);
    case STARLING_AFTER_SIGMOID: return sigmoid16(y);
    case STARLING_AFTER_RELU_GRADIENT: return choose(other > zero, y, zero);
    case STARLING_AFTER_TANH_GRADIENT: return (one - other * other) * y;
    case STARLING_AFTER_SIGMOID_GRADIENT: return other * (one - other) * y;
    default: return y;
    }
}

/// Applies what follows and stores `m` rows of `v` vectors, of which `count` columns exist, from `at`.
STARLING_INLINE void finish(v16 sum[8][4], const float *other, float *y, size_t at, size_t stride, size_t count,
                            starling_after after, const int m, const int v) {
    switch (after) {
    case STARLING_AFTER_RELU:
#pragma unroll
        for (int r = 0; r < m; r++)
#pragma unroll
            for (int c = 0; c < v; c++) sum[r][c] = after_one(sum[r][c], sum[r][c], STARLING_AFTER_RELU);
        break;
    case STARLING_AFTER_RELU_GRADIENT:
#pragma unroll
        for (int r = 0; r < m; r++)
#pragma unroll
            for (int c = 0; c < v; c++) {
                v16 o = load(other + at + (size_t)r * stride + LANES * (size_t)c);
                sum[r][c] = after_one(sum[r][c], o, STARLING_AFTER_RELU_GRADIENT);
            }
        break;
    case STARLING_AFTER_TANH_GRADIENT:
#pragma unroll
        for (int r = 0; r < m; r++)
#pragma unroll
            for (int c = 0; c < v; c++) {
                v16 o = load(other + at + (size_t)r * stride + LANES * (size_t)c);
                sum[r][c] = after_one(sum[r][c], o, STARLING_AFTER_TANH_GRADIENT);
            }
        break;
    default: break;
    }
#pragma unroll
    for (int r = 0; r < m; r++)
#pragma unroll
        for (int c = 0; c < v; c++)
            put(y + at + (size_t)r * stride + LANES * (size_t)c, sum[r][c], count - LANES * (size_t)c);
}

/// `m` rows from `row`, `v` vectors from `column`, of which `count` columns exist.
STARLING_INLINE void tile(const job *j, size_t row, size_t column, size_t count, const int m, const int v) {
    v16 sum[8][4];
    const float *x = j->x + row * j->x_row, *b = j->b + column / (4 * LANES) * j->b_panel + column % (4 * LANES);
#pragma unroll
    for (int c = 0; c < v; c++) {
        v16 start = j->bias ? load(j->bias + column + LANES * (size_t)c) : all(0.0f);
#pragma unroll
        for (int r = 0; r < m; r++) sum[r][c] = start;
    }
    for (size_t k = 0; k < j->depth; k++) {
        v16 line[4];
#pragma unroll
        for (int c = 0; c < v; c++) line[c] = load(b + LANES * (size_t)c);
#pragma unroll
        for (int r = 0; r < m; r++) {
            v16 factor = all(x[(size_t)r * j->x_row]);
#pragma unroll
            for (int c = 0; c < v; c++) sum[r][c] = fma16(factor, line[c], sum[r][c]);
        }
        b += j->b_stride;
        x += j->x_depth;
    }
    finish(sum, j->other, j->y, row * j->y_stride + column, j->y_stride, count, j->after, m, v);
}

/// All rows of `v` vectors of columns, in tiles of `m` rows, then of fewer.
STARLING_INLINE void strip(const job *j, size_t rows, size_t column, size_t count, const int m, const int v) {
    size_t row = 0;
    for (; row + (size_t)m <= rows; row += (size_t)m) tile(j, row, column, count, m, v);
    if (m > 6 && row + 6 <= rows) { tile(j, row, column, count, 6, v); row += 6; }
    if (row + 4 <= rows) { tile(j, row, column, count, 4, v); row += 4; }
    if (row + 2 <= rows) { tile(j, row, column, count, 2, v); row += 2; }
    if (row < rows) tile(j, row, column, count, 1, v);
}

#if STARLING_LEVEL_REGISTERS >= 32
static void run(const job *j, size_t rows, size_t columns) {
    size_t column = 0;
    for (; column + 4 * LANES <= columns; column += 4 * LANES) strip(j, rows, column, 4 * LANES, 6, 4);
    size_t left = columns - column;
    if (left > 3 * LANES) strip(j, rows, column, left, 6, 4);
    else if (left > 2 * LANES) strip(j, rows, column, left, 6, 3);
    else if (left > LANES) strip(j, rows, column, left, 8, 2);
    else if (left > 0) strip(j, rows, column, left, 8, 1);
}
#else
static void run(const job *j, size_t rows, size_t columns) {
    for (size_t column = 0; column < columns; column += LANES) {
        size_t left = columns - column;
        strip(j, rows, column, left < LANES ? left : LANES, 6, 1);
    }
}
#endif

static void after_product(float *y, const float *bias, const float *other, size_t rows, size_t columns,
                            starling_after after) {
    if (!bias && !other) { // No column matters: one run over everything.
        columns *= rows;
        rows = 1;
    }
    for (size_t r = 0; r < rows; r++) {
        for (size_t c = 0; c < columns; c += LANES) {
            size_t at = r * columns + c;
            v16 sum = load(y + at);
            if (bias) sum += load(bias + c);
            sum = after_one(sum, other ? load(other + at) : sum, after);
            put(y + at, sum, columns - c);
        }
    }
}

static void product(const float *x, const float *b, size_t b_stride, const float *bias, const float *other, float *y,
                      size_t rows, size_t depth, size_t columns, starling_after after) {
    int later = after == STARLING_AFTER_TANH || after == STARLING_AFTER_SIGMOID ||
                after == STARLING_AFTER_SIGMOID_GRADIENT;
    job j = {x, depth, 1, b, b_stride, 4 * LANES, bias, other, y, columns, depth, later ? STARLING_AFTER_NOTHING : after};
    run(&j, rows, columns);
    // Long formulas would crowd the micro-kernel's registers.
    if (later) after_product(y, NULL, other, rows, columns, after);
}

/// Columns of a product that many workers share: b [depth, …] as it lies.
static void shared_product(const float *x, const float *b, size_t b_stride, const float *bias, const float *other,
                           float *y, size_t y_stride, size_t rows, size_t depth, size_t columns, starling_after after) {
    job j = {x, depth, 1, b, b_stride, 4 * LANES, bias, NULL, y, y_stride, depth, STARLING_AFTER_NOTHING};
    run(&j, rows, columns);
    if (after != STARLING_AFTER_NOTHING)
        for (size_t r = 0; r < rows; r++)
            after_product(y + r * y_stride, NULL, other ? other + r * y_stride : NULL, 1, columns, after);
}

/// `m` rows times `n` columns, each a dot product in sixteen lanes, summed at the end.
STARLING_INLINE void dot_tile(const float *x, const float *w, const float *bias, float *y, size_t y_stride, size_t depth,
                              const int m, const int n) {
    v16 sum[4][6];
#pragma unroll
    for (int r = 0; r < m; r++)
#pragma unroll
        for (int c = 0; c < n; c++) sum[r][c] = all(0.0f);
    size_t k = 0;
    for (; k + LANES <= depth; k += LANES) {
        v16 line[6];
#pragma unroll
        for (int c = 0; c < n; c++) line[c] = load(w + (size_t)c * depth + k);
#pragma unroll
        for (int r = 0; r < m; r++) {
            v16 part = load(x + (size_t)r * depth + k);
#pragma unroll
            for (int c = 0; c < n; c++) sum[r][c] = fma16(part, line[c], sum[r][c]);
        }
    }
    for (int r = 0; r < m; r++) {
        for (int c = 0; c < n; c++) {
            v16 total = sum[r][c];
            if (k < depth)
                total = fma16(load_part(x + (size_t)r * depth + k, depth - k),
                              load_part(w + (size_t)c * depth + k, depth - k), total);
            y[(size_t)r * y_stride + (size_t)c] = sum_lanes(total) + (bias ? bias[c] : 0.0f);
        }
    }
}

STARLING_INLINE void dot_strip(const float *x, const float *w, const float *bias, float *y, size_t y_stride, size_t rows,
                               size_t depth, const int n) {
    size_t r = 0;
    for (; r + 4 <= rows; r += 4) dot_tile(x + r * depth, w, bias, y + r * y_stride, y_stride, depth, 4, n);
    if (r + 2 <= rows) { dot_tile(x + r * depth, w, bias, y + r * y_stride, y_stride, depth, 2, n); r += 2; }
    if (r < rows) dot_tile(x + r * depth, w, bias, y + r * y_stride, y_stride, depth, 1, n);
}

enum {
    DOT_ROWS = 64,    // rows whose sums wait at once
    DOT_DEPTH = 1024, // six lines of it stay in the first cache
};

/// Four rows times six columns of some depth, added to what is there.
#if STARLING_LEVEL_REGISTERS >= 32
STARLING_INLINE void dot_part(const float *x, const float *w, size_t depth, size_t count, v16 sums[4][6]) {
    v16 sum[4][6];
#pragma unroll
    for (int r = 0; r < 4; r++)
#pragma unroll
        for (int c = 0; c < 6; c++) sum[r][c] = sums[r][c];
    for (size_t k = 0; k < count; k += LANES) {
        v16 line[6];
#pragma unroll
        for (int c = 0; c < 6; c++) line[c] = load(w + (size_t)c * depth + k);
#pragma unroll
        for (int r = 0; r < 4; r++) {
            v16 part = load(x + (size_t)r * depth + k);
#pragma unroll
            for (int c = 0; c < 6; c++) sum[r][c] = fma16(part, line[c], sum[r][c]);
        }
    }
#pragma unroll
    for (int r = 0; r < 4; r++)
#pragma unroll
        for (int c = 0; c < 6; c++) sums[r][c] = sum[r][c];
}
#else
/// Half of the lanes and three columns at a time: twelve sums, what they are made of, and no register more than there are.
STARLING_INLINE void dot_part(const float *x, const float *w, size_t depth, size_t count, v16 sums[4][6]) {
    for (size_t half = 0; half < 2; half++) {
        for (size_t first = 0; first < 6; first += 3) {
            v8 sum[4][3];
#pragma unroll
            for (int r = 0; r < 4; r++)
#pragma unroll
                for (int c = 0; c < 3; c++) memcpy(&sum[r][c], (float *)&sums[r][first + (size_t)c] + 8 * half, sizeof(v8));
            const float *from = x + 8 * half, *lines = w + first * depth + 8 * half;
            for (size_t k = 0; k < count; k += LANES) {
                v8 line[3];
#pragma unroll
                for (int c = 0; c < 3; c++) memcpy(&line[c], lines + (size_t)c * depth + k, sizeof(v8));
#pragma unroll
                for (int r = 0; r < 4; r++) {
                    v8 part;
                    memcpy(&part, from + (size_t)r * depth + k, sizeof part);
#pragma unroll
                    for (int c = 0; c < 3; c++) sum[r][c] = __builtin_elementwise_fma(part, line[c], sum[r][c]);
                }
            }
#pragma unroll
            for (int r = 0; r < 4; r++)
#pragma unroll
                for (int c = 0; c < 3; c++) memcpy((float *)&sums[r][first + (size_t)c] + 8 * half, &sum[r][c], sizeof(v8));
        }
    }
}
#endif

/// Six columns of at most DOT_ROWS rows, a multiple of four: the same sums as `dot_tile`, block by block of the depth.
static void dot_block(const float *x, const float *w, const float *bias, float *y, size_t y_stride, size_t rows,
                      size_t depth) {
    v16 sums[DOT_ROWS / 4][4][6];
    size_t whole = depth / LANES * LANES;
    memset(sums, 0, sizeof sums);
    for (size_t k = 0; k < whole; k += DOT_DEPTH)
        for (size_t r = 0; r < rows; r += 4)
            dot_part(x + r * depth + k, w + k, depth, smaller(DOT_DEPTH, whole - k), sums[r / 4]);
    for (size_t r = 0; r < rows; r += 4) {
        float totals[2 * LANES];
        v16 *parts = &sums[r / 4][0][0], second[LANES];
        if (whole < depth)
            for (size_t i = 0; i < 24; i++)
                parts[i] = fma16(load_part(x + (r + i / 6) * depth + whole, depth - whole),
                                 load_part(w + i % 6 * depth + whole, depth - whole), parts[i]);
        for (int i = 0; i < LANES; i++) second[i] = i < 8 ? parts[LANES + i] : all(0.0f);
        store(totals, sum_each(parts));
        store(totals + LANES, sum_each(second));
        for (size_t i = 0; i < 24; i++) y[(r + i / 6) * y_stride + i % 6] = totals[i] + (bias ? bias[i % 6] : 0.0f);
    }
}

static void dot_product(const float *x, const float *w, const float *bias, const float *other, float *y, size_t y_stride,
                        size_t rows, size_t depth, size_t columns, starling_after after) {
    for (size_t row = 0; row < rows; row += DOT_ROWS) {
        size_t here = smaller(DOT_ROWS, rows - row), fours = here / 4 * 4, c = 0;
        const float *from = x + row * depth;
        float *to = y + row * y_stride;
        for (; c + 6 <= columns; c += 6) {
            const float *b = bias ? bias + c : NULL;
            if (fours) dot_block(from, w + c * depth, b, to + c, y_stride, fours, depth);
            dot_strip(from + fours * depth, w + c * depth, b, to + fours * y_stride + c, y_stride, here - fours, depth, 6);
        }
        for (; c + 2 <= columns; c += 2) dot_strip(from, w + c * depth, bias ? bias + c : NULL, to + c, y_stride, here, depth, 2);
        if (c < columns) dot_strip(from, w + c * depth, bias ? bias + c : NULL, to + c, y_stride, here, depth, 1);
    }
    if (after != STARLING_AFTER_NOTHING)
        for (size_t r = 0; r < rows; r++)
            after_product(y + r * y_stride, NULL, other ? other + r * y_stride : NULL, 1, columns, after);
}

static void shared_outer_product(const float *a, size_t a_stride, const float *c, size_t width, float *w, size_t rows,
                                 size_t height) {
    job j = {a, 1, a_stride, c, width, 4 * LANES, NULL, NULL, w, width, rows, STARLING_AFTER_NOTHING};
    run(&j, height, width);
}

static void outer_product(const float *a, const float *c, float *w, size_t rows, size_t height, size_t width) {
    // Lanes run along the longer side, when the other would leave most of a vector empty.
    if (width < LANES && height > width) {
        float buffer[LANES * 4 * LANES];
        for (size_t start = 0; start < height; start += 4 * LANES) {
            size_t part = height - start < 4 * LANES ? height - start : 4 * LANES;
            job j = {c, 1, width, a + start, height, 4 * LANES, NULL, NULL, buffer, part, rows, STARLING_AFTER_NOTHING};
            run(&j, width, part);
            for (size_t k = 0; k < width; k++)
                for (size_t n = 0; n < part; n++) w[(start + n) * width + k] = buffer[k * part + n];
        }
        return;
    }
    job j = {a, 1, height, c, width, 4 * LANES, NULL, NULL, w, width, rows, STARLING_AFTER_NOTHING};
    run(&j, height, width);
}

static void pack_transposed(const float *w, size_t columns, size_t depth, float *packed, size_t stride) {
    for (size_t start = 0; start < stride; start += LANES) {
        size_t filled = columns <= start ? 0 : columns - start < LANES ? columns - start : LANES;
        for (size_t k = 0; k < depth; k++) {
            float *to = packed + k * stride + start;
            for (size_t l = 0; l < LANES; l++) to[l] = l < filled ? w[(start + l) * depth + k] : 0.0f;
        }
    }
}

static void sum_parts(const float *parts, size_t count, size_t stride, float *t, size_t width) {
    for (size_t i = 0; i < width; i += LANES) {
        v16 sum = load(parts + i);
        for (size_t k = 1; k < count; k++) sum += load(parts + k * stride + i);
        put(t + i, sum, width - i);
    }
}

#endif
