// Max pooling, sixteen channels at a time. Comparisons and additions in a fixed order: the same bits on every CPU.
#ifndef STARLING_POOL_KERNEL_H
#define STARLING_POOL_KERNEL_H
#include "../include/starling_pool.h"
#include "vector.h"

/// The pixels under a patch that lie inside the image.
typedef struct {
    size_t top, bottom, left, right;
} window;

STARLING_INLINE window window_at(const starling_patch_grid *g, size_t gy, size_t gx) {
    size_t y = gy * g->stride, x = gx * g->stride, pad = g->padding;
    return (window){
        .top = y > pad ? y - pad : 0,
        .bottom = smaller(y + g->kernel_height - pad, g->height),
        .left = x > pad ? x - pad : 0,
        .right = smaller(x + g->kernel_width - pad, g->width),
    };
}

/// The numbers of a pixel's channels; `whole`: there are sixteen.
STARLING_INLINE v16 pixel(const float *p, size_t count, const int whole) { return whole ? load(p) : load_part(p, count); }

STARLING_INLINE i16 wins(v16 a, v16 largest) { return (a > largest) | (a != a); }

/// The value of `v` where `x` is largest. Both point to the image's first pixel.
STARLING_INLINE v16 value_of_largest(const float *x, const float *v, window w, size_t width, size_t channels, size_t count,
                                     const int whole, const int same) {
    size_t first = (w.top * width + w.left) * channels;
    v16 largest = pixel(x + first, count, whole), value = same ? largest : pixel(v + first, count, whole);
    for (size_t row = w.top; row < w.bottom; row++)
        for (size_t column = w.left; column < w.right; column++) {
            size_t at = (row * width + column) * channels;
            v16 a = pixel(x + at, count, whole);
            i16 wins_here = wins(a, largest);
            largest = choose(wins_here, a, largest);
            if (!same) value = choose(wins_here, pixel(v + at, count, whole), value);
        }
    return same ? largest : value;
}

STARLING_INLINE void max_pool_by(const starling_patch_grid *g, const float *x, const float *v, float *y, size_t samples,
                                 const int whole, const int same) {
    size_t channels = g->channels, image = (size_t)g->height * g->width * channels;
    for (size_t s = 0; s < samples; s++, x += image, v += image)
        for (size_t gy = 0; gy < g->grid_height; gy++)
            for (size_t gx = 0; gx < g->grid_width; gx++, y += channels) {
                window w = window_at(g, gy, gx);
                for (size_t c = 0; c < channels; c += LANES) {
                    size_t count = smaller(LANES, channels - c);
                    v16 value = value_of_largest(x + c, v + c, w, g->width, channels, count, whole, same);
                    if (whole) store(y + c, value);
                    else put(y + c, value, count);
                }
            }
}

static void max_pool(const starling_patch_grid *g, const float *x, const float *v, float *y, size_t samples) {
    int whole = g->channels % LANES == 0;
    if (whole && x == v) max_pool_by(g, x, v, y, samples, 1, 1);
    else if (whole) max_pool_by(g, x, v, y, samples, 1, 0);
    else max_pool_by(g, x, v, y, samples, 0, x == v);
}

STARLING_INLINE void max_pool_gradient_by(const starling_patch_grid *g, const float *x, const float *dy, float *dx,
                                          size_t samples, const int whole) {
    size_t width = g->width, channels = g->channels, image = (size_t)g->height * width * channels;
    memset(dx, 0, samples * image * sizeof(float));
    for (size_t s = 0; s < samples; s++, x += image, dx += image)
        for (size_t gy = 0; gy < g->grid_height; gy++)
            for (size_t gx = 0; gx < g->grid_width; gx++, dy += channels) {
                window w = window_at(g, gy, gx);
                for (size_t c = 0; c < channels; c += LANES) {
                    size_t count = smaller(LANES, channels - c);
                    v16 largest = pixel(x + (w.top * width + w.left) * channels + c, count, whole);
                    i16 winner = {0}, number = {0};
                    for (size_t row = w.top; row < w.bottom; row++)
                        for (size_t column = w.left; column < w.right; column++, number += 1) {
                            v16 a = pixel(x + (row * width + column) * channels + c, count, whole);
                            i16 wins_here = wins(a, largest);
                            largest = choose(wins_here, a, largest);
                            winner = (wins_here & number) | (~wins_here & winner);
                        }
                    i16 upstream = (i16)pixel(dy + c, count, whole);
                    number = (i16){0};
                    for (size_t row = w.top; row < w.bottom; row++)
                        for (size_t column = w.left; column < w.right; column++, number += 1) {
                            float *to = dx + (row * width + column) * channels + c;
                            v16 sum = pixel(to, count, whole) + (v16)((winner == number) & upstream);
                            if (whole) store(to, sum);
                            else put(to, sum, count);
                        }
                }
            }
}

static void max_pool_gradient(const starling_patch_grid *g, const float *x, const float *dy, float *dx, size_t samples) {
    if (g->channels % LANES == 0) max_pool_gradient_by(g, x, dy, dx, samples, 1);
    else max_pool_gradient_by(g, x, dy, dx, samples, 0);
}

#endif
