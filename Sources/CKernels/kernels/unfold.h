// Patches that are copied out of an image and folded back, for products that want them as rows of a matrix.
#ifndef STARLING_UNFOLD_KERNEL_H
#define STARLING_UNFOLD_KERNEL_H
#include "patches.h"

static void pack_taps(const starling_patch_grid *g, const float *w, float *packed) {
    sizes z = sizes_of(g);
    for (size_t n = 0; n < z.features; n++)
        transpose_matrix(w + n * z.depth, z.taps, z.channels, z.taps, packed + n * z.depth, z.channels);
}

/// Where a kernel's row at `x`, `width` pixels wide, meets an image `limit` wide.
typedef struct {
    size_t skip, count, at; // pixels outside on the left, pixels inside, the first of them
} overlap;

STARLING_INLINE overlap overlap_of(size_t place, size_t stride, size_t padding, size_t width, size_t limit) {
    size_t from = place * stride; // of the padded image
    overlap o = {0, width, 0};
    if (from < padding) o.skip = smaller(width, padding - from);
    o.at = from + o.skip - padding;
    o.count = o.skip == width || o.at >= limit ? 0 : smaller(width - o.skip, limit - o.at);
    return o;
}

static void unfold_patches(const starling_patch_grid *g, const float *image, float *unfolded, size_t samples) {
    sizes z = sizes_of(g);
    size_t line = (size_t)g->width * g->channels;
    for (size_t s = 0; s < samples; s++, image += z.image)
        for (size_t y = 0; y < g->grid_height; y++)
            for (size_t x = 0; x < g->grid_width; x++) {
                overlap rows = overlap_of(y, g->stride, g->padding, g->kernel_height, g->height);
                overlap columns = overlap_of(x, g->stride, g->padding, g->kernel_width, g->width);
                size_t start = columns.skip * z.channels, count = columns.count * z.channels;
                for (size_t ky = 0; ky < z.runs; ky++, unfolded += z.run) {
                    if (count < z.run || ky < rows.skip || ky >= rows.skip + rows.count)
                        memset(unfolded, 0, z.run * sizeof(float));
                    if (ky >= rows.skip && ky < rows.skip + rows.count)
                        memcpy(unfolded + start, image + (rows.at + ky - rows.skip) * line + columns.at * z.channels,
                               count * sizeof(float));
                }
            }
}

static void fold_patches(const starling_patch_grid *g, const float *unfolded, const float *bias, float *image,
                         size_t samples) {
    sizes z = sizes_of(g);
    size_t line = (size_t)g->width * g->channels;
    fill_bias(image, bias, samples * z.image / z.channels, z.channels);
    for (size_t s = 0; s < samples; s++, image += z.image) {
        if (g->padding == 0) {
            fold(g, &z, unfolded, z.depth, 0, z.places, image);
            unfolded += z.places * z.depth;
            continue;
        }
        for (size_t y = 0; y < g->grid_height; y++)
            for (size_t x = 0; x < g->grid_width; x++, unfolded += z.depth) {
                overlap rows = overlap_of(y, g->stride, g->padding, g->kernel_height, g->height);
                overlap columns = overlap_of(x, g->stride, g->padding, g->kernel_width, g->width);
                for (size_t ky = 0; ky < rows.count; ky++) {
                    float *to = image + (rows.at + ky) * line + columns.at * z.channels;
                    const float *add = unfolded + (rows.skip + ky) * z.run + columns.skip * z.channels;
                    for (size_t i = 0; i < columns.count * z.channels; i++) to[i] += add[i];
                }
            }
    }
}

#endif
