// Convolutions as products over patches that are never copied: the micro-kernel reads a patch where it lies in the image.
#ifndef STARLING_PATCHES_KERNEL_H
#define STARLING_PATCHES_KERNEL_H
#include "../include/starling_patches.h"
#include "product.h"

enum {
    PANEL = 4 * LANES,
    MOST_ROWS = 8,
    /// Floats of unfolded patches at a time: with the image they fold into, they stay in a second cache of 1 MiB.
    UNFOLDED = 98304,
    /// Depth after which a gradient's sums are put down, so that what it reads stays in the second cache.
    DEPTH = 512,
};

STARLING_INLINE size_t up(size_t x, size_t multiple) { return (x + multiple - 1) / multiple * multiple; }

/// Sizes that follow from a grid.
typedef struct {
    size_t channels, taps, depth, features, places, image;
    size_t line, rows; // floats and lines of the padded image
    size_t padded;
    size_t run, runs;
    size_t step_x, step_y;
} sizes;

STARLING_INLINE sizes sizes_of(const starling_patch_grid *g) {
    sizes z;
    z.channels = g->channels;
    z.taps = (size_t)g->kernel_height * g->kernel_width;
    z.depth = z.taps * g->channels;
    z.features = g->features;
    z.places = (size_t)g->grid_height * g->grid_width;
    z.image = (size_t)g->height * g->width * g->channels;
    z.line = ((size_t)g->width + 2 * g->padding) * g->channels;
    z.rows = (size_t)g->height + 2 * g->padding;
    z.padded = z.line * z.rows;
    z.run = (size_t)g->kernel_width * g->channels;
    z.runs = g->kernel_height;
    z.step_x = (size_t)g->stride * g->channels;
    z.step_y = g->stride * z.line;
    return z;
}

/// Copies an image into one with a border of zeros.
STARLING_INLINE void pad_image(const starling_patch_grid *g, const sizes *z, const float *image, float *to) {
    size_t width = (size_t)g->width * g->channels, border = (size_t)g->padding * g->channels;
    memset(to, 0, z->padded * sizeof(float));
    for (size_t y = 0; y < g->height; y++)
        memcpy(to + (y + g->padding) * z->line + border, image + y * width, width * sizeof(float));
}

STARLING_INLINE size_t panel_stride(size_t columns, size_t column) {
    return columns - column >= PANEL ? PANEL : up(columns - column, LANES);
}

static size_t packed_patches(const starling_patch_grid *g, int is_transposed) {
    sizes z = sizes_of(g);
    return is_transposed ? z.features * up(z.depth, LANES) : z.depth * up(z.features, LANES);
}

static void pack_patches(const starling_patch_grid *g, const float *w, float *packed, int is_transposed) {
    sizes z = sizes_of(g);
    if (is_transposed) {
        for (size_t column = 0; column < z.depth; column += PANEL) {
            size_t stride = panel_stride(z.depth, column);
            float *panel = packed + column * z.features;
            if (z.channels % LANES == 0) break;
            for (size_t j = 0; j < stride; j++) {
                size_t k = column + j, tap = k / z.channels, c = k % z.channels;
                const float *from = w + c * z.taps + tap;
                if (k < z.depth)
                    for (size_t n = 0; n < z.features; n++) panel[n * stride + j] = from[n * z.depth];
                else
                    for (size_t n = 0; n < z.features; n++) panel[n * stride + j] = 0.0f;
            }
        }
        if (z.channels % LANES != 0) return;
        // [channels, taps] becomes [taps, channels], sixteen channels at a time: they lie in one panel.
        for (size_t n = 0; n < z.features; n++)
            for (size_t c = 0; c < z.channels; c += LANES)
                for (size_t tap = 0; tap < z.taps; tap += LANES) {
                    size_t here = smaller(LANES, z.taps - tap);
                    v16 x[LANES];
                    for (size_t r = 0; r < LANES; r++) x[r] = load_part(w + n * z.depth + (c + r) * z.taps + tap, here);
                    transpose16(x);
                    for (size_t t = 0; t < here; t++) {
                        size_t k = (tap + t) * z.channels + c, start = k / PANEL * PANEL;
                        store(packed + start * z.features + n * panel_stride(z.depth, start) + k % PANEL, x[t]);
                    }
                }
        return;
    }
    for (size_t column = 0; column < z.features; column += LANES) {
        size_t start = column / PANEL * PANEL, stride = panel_stride(z.features, start);
        float *panel = packed + start * z.depth + column % PANEL;
        size_t filled = smaller(LANES, z.features - column);
        const float *from = w + column * z.depth;
        for (size_t c = 0; c < z.channels; c++)
            for (size_t tap = 0; tap < z.taps; tap += LANES) {
                size_t here = smaller(LANES, z.taps - tap);
                v16 x[LANES];
                for (size_t l = 0; l < LANES; l++)
                    x[l] = l < filled ? load_part(from + l * z.depth + c * z.taps + tap, here) : all(0.0f);
                transpose16(x);
                for (size_t t = 0; t < here; t++) store(panel + ((tap + t) * z.channels + c) * stride, x[t]);
            }
    }
}

/// A running place in the grid of consecutive samples.
typedef struct {
    size_t sample, y, x;
} place;

typedef struct {
    const starling_patch_grid *grid;
    const sizes *z;
    const float *image;
    size_t image_step; // floats from sample to sample
    const float *b;
    size_t b_stride;
    const float *bias, *other;
    float *y;
    starling_after after;
} patch_job;

/// `m` places from number `row`, `v` vectors from `column`.
STARLING_INLINE void patch_tile(const patch_job *j, place *at, size_t row, size_t column, size_t count, const int m,
                                const int v) {
    const sizes *z = j->z;
    const float *x[MOST_ROWS];
#pragma unroll
    for (int r = 0; r < m; r++) {
        x[r] = j->image + at->sample * j->image_step + at->y * z->step_y + at->x * z->step_x;
        if (++at->x == j->grid->grid_width) {
            at->x = 0;
            if (++at->y == j->grid->grid_height) { at->y = 0; at->sample++; }
        }
    }
    v16 sum[8][4];
#pragma unroll
    for (int c = 0; c < v; c++) {
        v16 start = j->bias ? load(j->bias + column + LANES * (size_t)c) : all(0.0f);
#pragma unroll
        for (int r = 0; r < m; r++) sum[r][c] = start;
    }
    const float *b = j->b;
    const size_t run = z->run, stride = j->b_stride, line = z->line;
    for (size_t ky = 0; ky < z->runs; ky++) {
        for (size_t k = 0; k < run; k++) {
            v16 part[4];
#pragma unroll
            for (int c = 0; c < v; c++) part[c] = load(b + LANES * (size_t)c);
#pragma unroll
            for (int r = 0; r < m; r++) {
                v16 factor = all(x[r][k]);
#pragma unroll
                for (int c = 0; c < v; c++) sum[r][c] = fma16(factor, part[c], sum[r][c]);
            }
            b += stride;
        }
#pragma unroll
        for (int r = 0; r < m; r++) x[r] += line;
    }
    finish(sum, j->other, j->y, row * z->features + column, z->features, count, j->after, m, v);
}

STARLING_INLINE void patch_strip(const patch_job *j, size_t rows, size_t column, size_t count, const int m, const int v) {
    place at = {0, 0, 0};
    size_t row = 0;
    for (; row + (size_t)m <= rows; row += (size_t)m) patch_tile(j, &at, row, column, count, m, v);
    if (m > 6 && row + 6 <= rows) { patch_tile(j, &at, row, column, count, 6, v); row += 6; }
    if (row + 4 <= rows) { patch_tile(j, &at, row, column, count, 4, v); row += 4; }
    if (row + 2 <= rows) { patch_tile(j, &at, row, column, count, 2, v); row += 2; }
    if (row < rows) patch_tile(j, &at, row, column, count, 1, v);
}

static void patch_run(patch_job *j, const float *packed, size_t rows) {
    size_t columns = j->z->features, step;
    for (size_t column = 0; column < columns; column += step) {
        size_t left = columns - column, start = column / PANEL * PANEL;
        j->b_stride = panel_stride(columns, start);
        j->b = packed + start * j->z->depth + column % PANEL;
#if STARLING_LEVEL_REGISTERS >= 32
        step = smaller(left, PANEL);
        if (left > 3 * LANES) patch_strip(j, rows, column, step, 6, 4);
        else if (left > 2 * LANES) patch_strip(j, rows, column, step, 6, 3);
        else if (left > LANES) patch_strip(j, rows, column, step, 8, 2);
        else patch_strip(j, rows, column, step, 8, 1);
#else
        step = smaller(left, LANES);
        patch_strip(j, rows, column, step, 6, 1);
#endif
    }
}

static int is_later(starling_after after) {
    return after == STARLING_AFTER_TANH || after == STARLING_AFTER_SIGMOID || after == STARLING_AFTER_SIGMOID_GRADIENT;
}

static void patch_product(const starling_patch_grid *g, const float *image, const float *packed, const float *bias,
                          const float *other, float *y, size_t samples, starling_after after, float *scratch) {
    sizes z = sizes_of(g);
    patch_job j = {g, &z, image, z.image, NULL, 0, bias, other, y, is_later(after) ? STARLING_AFTER_NOTHING : after};
    if (g->padding == 0) {
        patch_run(&j, packed, samples * z.places);
    } else {
        size_t group = smaller(samples, UNFOLDED / z.padded + 1);
        j.image = scratch;
        j.image_step = z.padded;
        for (size_t s = 0; s < samples; s += group) {
            size_t here = smaller(group, samples - s), offset = s * z.places * z.features;
            for (size_t i = 0; i < here; i++) pad_image(g, &z, image + (s + i) * z.image, scratch + i * z.padded);
            j.y = y + offset;
            j.other = other ? other + offset : NULL;
            patch_run(&j, packed, here * z.places);
        }
    }
    if (is_later(after)) after_product(y, NULL, other, samples * z.places, z.features, after);
}

/// to += add for fewer than sixteen floats, touching no others: a masked store would hold up the next load beside it.
STARLING_INLINE void add_tail(float *to, const float *add, size_t count) {
    if (count & 8) {
        v8 a, b;
        memcpy(&a, to, sizeof a);
        memcpy(&b, add, sizeof b);
        a += b;
        memcpy(to, &a, sizeof a);
        to += 8;
        add += 8;
    }
    if (count & 4) {
        v4 a, b;
        memcpy(&a, to, sizeof a);
        memcpy(&b, add, sizeof b);
        a += b;
        memcpy(to, &a, sizeof a);
        to += 4;
        add += 4;
    }
    for (size_t i = 0; i < (count & 3); i++) to[i] += add[i];
}

/// Adds unfolded patches to the image, from `first` places on. Neighbours overlap: taking every few of them keeps a load
/// from waiting for the store before it.
static void fold(const starling_patch_grid *g, const sizes *z, const float *unfolded, size_t unfolded_stride, size_t first, size_t count,
                 float *image) {
    size_t apart = (g->kernel_width + g->stride - 1) / g->stride, width = g->grid_width;
    for (size_t start = first; start < first + count;) {
        size_t y = start / width, x0 = start % width, x1 = smaller(width, x0 + first + count - start);
        const float *from = unfolded + (start - first) * unfolded_stride;
        for (size_t ky = 0; ky < z->runs; ky++) {
            float *line = image + y * z->step_y + ky * z->line;
            for (size_t phase = 0; phase < apart; phase++)
                for (size_t x = x0 + phase; x < x1; x += apart) {
                    float *to = line + x * z->step_x;
                    const float *add = from + (x - x0) * unfolded_stride + ky * z->run;
                    size_t i = 0;
                    for (; i + LANES <= z->run; i += LANES) store(to + i, load(to + i) + load(add + i));
                    add_tail(to + i, add + i, z->run - i);
                }
        }
        start += x1 - x0;
    }
}

static void fill_bias(float *image, const float *bias, size_t pixels, size_t channels) {
    if (!bias) memset(image, 0, pixels * channels * sizeof(float));
    else
        for (size_t p = 0; p < pixels; p++) memcpy(image + p * channels, bias, channels * sizeof(float));
}

static void patch_product_transposed(const starling_patch_grid *g, const float *x, const float *packed,
                                     const float *bias, const float *other, float *image, size_t samples,
                                     starling_after after, float *scratch) {
    sizes z = sizes_of(g);
    size_t stride = z.depth, most = UNFOLDED / stride / 6 * 6;
    if (most == 0) most = 6;
    // Several small samples share a product.
    size_t group = most / z.places;
    if (group == 0) group = 1;
    float *padded = scratch + most * stride + LANES;
    for (size_t s = 0; s < samples; s += group) {
        size_t here = smaller(group, samples - s);
        float *target = g->padding ? padded : image + s * z.image;
        size_t step = g->padding ? z.padded : z.image;
        fill_bias(target, bias, here * step / z.channels, z.channels);
        for (size_t place = 0; place < here * z.places; place += most) {
            size_t count = smaller(most, here * z.places - place);
            for (size_t column = 0; column < z.depth; column += PANEL) {
                size_t columns = smaller(PANEL, z.depth - column);
                job j = {x + (s * z.places + place) * z.features, z.features, 1, packed + column * z.features,
                         panel_stride(z.depth, column), PANEL, NULL, NULL, scratch + column, stride, z.features,
                         STARLING_AFTER_NOTHING};
                run(&j, count, columns);
            }
            for (size_t done = 0; done < count;) {
                size_t sample = (place + done) / z.places, first = (place + done) % z.places;
                size_t part = smaller(count - done, z.places - first);
                fold(g, &z, scratch + done * stride, stride, first, part, target + sample * step);
                done += part;
            }
        }
        float *to = image + s * z.image;
        if (g->padding) {
            size_t width = (size_t)g->width * g->channels, border = (size_t)g->padding * g->channels;
            for (size_t i = 0; i < here; i++)
                for (size_t y = 0; y < g->height; y++)
                    memcpy(to + i * z.image + y * width, padded + i * z.padded + (y + g->padding) * z.line + border,
                           width * sizeof(float));
        }
        if (after != STARLING_AFTER_NOTHING)
            after_product(to, NULL, other ? other + s * z.image : NULL, here, z.image, after);
    }
}

static size_t patch_scratch(const starling_patch_grid *g) {
    sizes z = sizes_of(g);
    size_t most = UNFOLDED / z.depth / 6 * 6;
    if (most == 0) most = 6;
    size_t group = most / z.places + 1, forward = g->padding ? (UNFOLDED / z.padded + 1) * z.padded : 0;
    size_t transposed = most * z.depth + 2 * LANES + (g->padding ? group * z.padded : 0);
    return (forward > transposed ? forward : transposed) + LANES;
}

#endif
