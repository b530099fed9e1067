// Gradients of convolution weights: sums over all places of a patch times what came out there.
#ifndef STARLING_PATCH_GRADIENT_KERNEL_H
#define STARLING_PATCH_GRADIENT_KERNEL_H
#include "patches.h"

typedef struct {
    const starling_patch_grid *grid;
    const sizes *z;
    const float *image;
    size_t image_step;
    const float *x;
    size_t samples;
    size_t first, channels; // of the image
    float *sums;            // [taps, channels, features]
    int adds;
} outer_job;

STARLING_INLINE void outer_tile(const outer_job *j, size_t row, size_t column, size_t count, const int m, const int v) {
    const sizes *z = j->z;
    const size_t stride = z->features, step_x = z->step_x, step_y = z->step_y;
    const float *at[MOST_ROWS];
#pragma unroll
    for (int r = 0; r < m; r++) {
        size_t tap = (row + (size_t)r) / j->channels, c = (row + (size_t)r) % j->channels;
        at[r] = j->image + tap / j->grid->kernel_width * z->line + tap % j->grid->kernel_width * z->channels + j->first + c;
    }
    float *sums = j->sums + row * stride + column;
    v16 sum[8][4];
#pragma unroll
    for (int r = 0; r < m; r++)
#pragma unroll
        for (int c = 0; c < v; c++)
            sum[r][c] = j->adds ? load_part(sums + (size_t)r * stride + LANES * (size_t)c, count - LANES * (size_t)c)
                                : all(0.0f);
    const float *b = j->x + column;
    for (size_t s = 0; s < j->samples; s++)
        for (size_t y = 0; y < j->grid->grid_height; y++) {
            size_t offset = s * j->image_step + y * step_y;
            for (size_t n = j->grid->grid_width; n > 0; n--) {
                v16 part[4];
#pragma unroll
                for (int c = 0; c < v; c++) part[c] = load(b + LANES * (size_t)c);
#pragma unroll
                for (int r = 0; r < m; r++) {
                    v16 factor = all(at[r][offset]);
#pragma unroll
                    for (int c = 0; c < v; c++) sum[r][c] = fma16(factor, part[c], sum[r][c]);
                }
                b += stride;
                offset += step_x;
            }
        }
#pragma unroll
    for (int r = 0; r < m; r++)
#pragma unroll
        for (int c = 0; c < v; c++)
            put(sums + (size_t)r * stride + LANES * (size_t)c, sum[r][c], count - LANES * (size_t)c);
}

STARLING_INLINE void outer_strip(const outer_job *j, size_t column, size_t count, const int m, const int v) {
    size_t row = 0, rows = j->z->taps * j->channels;
    for (; row + (size_t)m <= rows; row += (size_t)m) outer_tile(j, row, column, count, m, v);
    if (m > 6 && row + 6 <= rows) { outer_tile(j, row, column, count, 6, v); row += 6; }
    if (row + 4 <= rows) { outer_tile(j, row, column, count, 4, v); row += 4; }
    if (row + 2 <= rows) { outer_tile(j, row, column, count, 2, v); row += 2; }
    if (row < rows) outer_tile(j, row, column, count, 1, v);
}

static void outer_run(const outer_job *j) {
    size_t columns = j->z->features;
    for (size_t column = 0; column < columns;) {
        size_t left = columns - column;
#if STARLING_LEVEL_REGISTERS >= 32
        size_t step = smaller(left, PANEL);
        if (left > 3 * LANES) outer_strip(j, column, step, 6, 4);
        else if (left > 2 * LANES) outer_strip(j, column, step, 6, 3);
        else if (left > LANES) outer_strip(j, column, step, 8, 2);
        else outer_strip(j, column, step, 8, 1);
#else
        size_t step = smaller(left, LANES);
        outer_strip(j, column, step, 6, 1);
#endif
        column += step;
    }
}

STARLING_INLINE size_t outer_group(const sizes *z) { return DEPTH / z->places + 1; }

static size_t patch_outer_scratch(const starling_patch_grid *g, size_t channels) {
    sizes z = sizes_of(g);
    return z.taps * channels * z.features + 2 * LANES + (g->padding ? outer_group(&z) * z.padded + LANES : 0);
}

static void patch_outer_product(const starling_patch_grid *g, const float *x, const float *image, float *w,
                                size_t samples, size_t first, size_t end, float *scratch) {
    sizes z = sizes_of(g);
    size_t channels = end - first, group = outer_group(&z);
    float *padded = scratch + z.taps * channels * z.features + LANES;
    outer_job j = {g, &z, image, g->padding ? z.padded : z.image, x, 0, first, channels, scratch, 0};
    for (size_t s = 0; s < samples; s += group) {
        j.samples = smaller(group, samples - s);
        j.image = image + s * z.image;
        if (g->padding) {
            for (size_t i = 0; i < j.samples; i++) pad_image(g, &z, image + (s + i) * z.image, padded + i * z.padded);
            j.image = padded;
        }
        j.x = x + s * z.places * z.features;
        j.adds = s > 0;
        outer_run(&j);
    }
    for (size_t c = 0; c < channels; c++)
        transpose_matrix(scratch + c * z.features, channels * z.features, z.taps, z.features, w + (first + c) * z.taps,
                         z.depth);
}

#endif
