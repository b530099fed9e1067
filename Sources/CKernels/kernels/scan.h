// Recurrent layers, step by step. Compiled once per level.
#ifndef STARLING_SCAN_KERNEL_H
#define STARLING_SCAN_KERNEL_H
#include "../include/starling_scan.h"
#include "product.h"

/// The states before step `t` of some columns, zeroed where there is a reset. `row` floats from state to state in `states`.
static void previous_states(const starling_scan *s, const float *initial, size_t initial_row, const float *states,
                            size_t row, const float *reset, size_t t, size_t first, size_t end, size_t offset, float *to) {
    for (size_t b = first; b < end; b++) {
        const float *from = t == 0 ? initial + b * initial_row + offset : states + ((t - 1) * s->columns + b) * row + offset;
        v16 keep = all(1.0f - reset[t * s->columns + b]);
        for (size_t j = 0; j < s->hidden; j += LANES)
            put(to + (b - first) * s->hidden + j, keep * load_part(from + j, smaller(LANES, s->hidden - j)), s->hidden - j);
    }
}

static void gru(const starling_scan *s, const float *x, const float *initial, const float *reset, const float *packed,
                size_t stride, const float *bias, float *trace, size_t first, size_t end, float *scratch) {
    size_t h = s->hidden, count = end - first;
    float *before = scratch, *inner = scratch + count * h + LANES;
    for (size_t t = 0; t < s->steps; t++) {
        previous_states(s, initial, h, trace, 5 * h, reset, t, first, end, 0, before);
        product(before, packed, stride, bias, NULL, inner, count, h, 3 * h, STARLING_AFTER_NOTHING);
        for (size_t b = first; b < end; b++) {
            size_t row = t * s->columns + b;
            const float *outer = x + row * 3 * h, *in = inner + (b - first) * 3 * h, *old = before + (b - first) * h;
            float *to = trace + row * 5 * h;
            for (size_t j = 0; j < h; j += LANES) {
                size_t n = h - j;
                v16 r = sigmoid16(load(outer + j) + load(in + j)), z = sigmoid16(load(outer + h + j) + load(in + h + j));
                v16 in_n = load(in + 2 * h + j);
                v16 new = tanh16(fma16(r, in_n, load(outer + 2 * h + j)));
                put(to + j, fma16(z, load(old + j) - new, new), n);
                put(to + h + j, r, n);
                put(to + 2 * h + j, z, n);
                put(to + 3 * h + j, new, n);
                put(to + 4 * h + j, in_n, n);
            }
        }
    }
}

static void gru_gradient(const starling_scan *s, const float *trace, const float *initial, const float *reset,
                         const float *weight, const float *upstream, float *gradient, size_t first, size_t end,
                         float *scratch) {
    size_t h = s->hidden, count = end - first;
    float *before = scratch, *inner = before + count * h + LANES, *back = inner + count * 3 * h + LANES;
    const v16 one = all(1.0f);
    for (size_t t = s->steps; t-- > 0;) {
        previous_states(s, initial, h, trace, 5 * h, reset, t, first, end, 0, before);
        for (size_t b = first; b < end; b++) {
            size_t row = t * s->columns + b;
            const float *in = trace + row * 5 * h, *old = before + (b - first) * h, *up_ = upstream + row * h;
            // What the next step found by its state before.
            const float *later = t + 1 < s->steps ? gradient + (row + s->columns) * 6 * h + 4 * h : NULL;
            float *to = gradient + row * 6 * h, *sums = inner + (b - first) * 3 * h;
            for (size_t j = 0; j < h; j += LANES) {
                size_t n = h - j;
                v16 d = load(up_ + j);
                if (later) d += load(later + j);
                v16 r = load(in + h + j), z = load(in + 2 * h + j), new = load(in + 3 * h + j), p = load(old + j);
                v16 by_new = d * (one - z) * (one - new * new);
                v16 by_r = by_new * load(in + 4 * h + j) * r * (one - r), by_z = d * (p - new) * z * (one - z);
                put(to + j, by_r, n);
                put(to + h + j, by_z, n);
                put(to + 2 * h + j, by_new, n);
                put(to + 3 * h + j, by_new * r, n);
                put(to + 4 * h + j, d * z, n);
                put(to + 5 * h + j, p, n);
                put(sums + j, by_r, n);
                put(sums + h + j, by_z, n);
                put(sums + 2 * h + j, by_new * r, n);
            }
        }
        product(inner, weight, h, NULL, NULL, back, count, 3 * h, h, STARLING_AFTER_NOTHING);
        for (size_t b = first; b < end; b++) {
            float *to = gradient + (t * s->columns + b) * 6 * h + 4 * h;
            v16 keep = all(1.0f - reset[t * s->columns + b]);
            for (size_t j = 0; j < h; j += LANES) put(to + j, keep * (load(to + j) + load(back + (b - first) * h + j)), h - j);
        }
    }
}

static void lstm(const starling_scan *s, const float *x, const float *initial, const float *reset, const float *packed,
                 size_t stride, const float *bias, float *trace, size_t first, size_t end, float *scratch) {
    size_t h = s->hidden, count = end - first;
    float *before = scratch, *cell = before + count * h + LANES, *inner = cell + count * h + LANES;
    for (size_t t = 0; t < s->steps; t++) {
        previous_states(s, initial, 2 * h, trace, 6 * h, reset, t, first, end, 0, before);
        previous_states(s, initial, 2 * h, trace, 6 * h, reset, t, first, end, h, cell);
        product(before, packed, stride, bias, NULL, inner, count, h, 4 * h, STARLING_AFTER_NOTHING);
        for (size_t b = first; b < end; b++) {
            size_t row = t * s->columns + b;
            const float *outer = x + row * 4 * h, *in = inner + (b - first) * 4 * h, *old = cell + (b - first) * h;
            float *to = trace + row * 6 * h;
            for (size_t j = 0; j < h; j += LANES) {
                size_t n = h - j;
                v16 i = sigmoid16(load(outer + j) + load(in + j)), f = sigmoid16(load(outer + h + j) + load(in + h + j));
                v16 g = tanh16(load(outer + 2 * h + j) + load(in + 2 * h + j));
                v16 o = sigmoid16(load(outer + 3 * h + j) + load(in + 3 * h + j));
                v16 c = fma16(f, load(old + j), i * g);
                put(to + j, o * tanh16(c), n);
                put(to + h + j, c, n);
                put(to + 2 * h + j, i, n);
                put(to + 3 * h + j, f, n);
                put(to + 4 * h + j, g, n);
                put(to + 5 * h + j, o, n);
            }
        }
    }
}

static void lstm_gradient(const starling_scan *s, const float *trace, const float *initial, const float *reset,
                          const float *weight, const float *upstream, float *gradient, size_t first, size_t end,
                          float *scratch) {
    size_t h = s->hidden, count = end - first;
    float *before = scratch, *cell = before + count * h + LANES, *inner = cell + count * h + LANES,
          *back = inner + count * 4 * h + LANES;
    const v16 one = all(1.0f);
    for (size_t t = s->steps; t-- > 0;) {
        previous_states(s, initial, 2 * h, trace, 6 * h, reset, t, first, end, 0, before);
        previous_states(s, initial, 2 * h, trace, 6 * h, reset, t, first, end, h, cell);
        for (size_t b = first; b < end; b++) {
            size_t row = t * s->columns + b;
            const float *in = trace + row * 6 * h, *old = cell + (b - first) * h, *up_ = upstream + row * 2 * h;
            const float *later = t + 1 < s->steps ? gradient + (row + s->columns) * 7 * h + 4 * h : NULL;
            float *to = gradient + row * 7 * h, *sums = inner + (b - first) * 4 * h;
            v16 keep = all(1.0f - reset[row]);
            for (size_t j = 0; j < h; j += LANES) {
                size_t n = h - j;
                v16 by_h = load(up_ + j), by_c = load(up_ + h + j);
                if (later) {
                    by_h += load(later + j);
                    by_c += load(later + h + j);
                }
                v16 i = load(in + 2 * h + j), f = load(in + 3 * h + j), g = load(in + 4 * h + j), o = load(in + 5 * h + j);
                v16 bent = tanh16(load(in + h + j));
                by_c += by_h * o * (one - bent * bent);
                v16 di = by_c * g * i * (one - i), df = by_c * load(old + j) * f * (one - f);
                v16 dg = by_c * i * (one - g * g), d_o = by_h * bent * o * (one - o);
                put(to + j, di, n);
                put(to + h + j, df, n);
                put(to + 2 * h + j, dg, n);
                put(to + 3 * h + j, d_o, n);
                put(to + 5 * h + j, keep * (by_c * f), n);
                put(to + 6 * h + j, load(before + (b - first) * h + j), n);
                put(sums + j, di, n);
                put(sums + h + j, df, n);
                put(sums + 2 * h + j, dg, n);
                put(sums + 3 * h + j, d_o, n);
            }
        }
        product(inner, weight, h, NULL, NULL, back, count, 4 * h, h, STARLING_AFTER_NOTHING);
        for (size_t b = first; b < end; b++) {
            float *to = gradient + (t * s->columns + b) * 7 * h + 4 * h;
            v16 keep = all(1.0f - reset[t * s->columns + b]);
            for (size_t j = 0; j < h; j += LANES) put(to + j, keep * load(back + (b - first) * h + j), h - j);
        }
    }
}

#endif
