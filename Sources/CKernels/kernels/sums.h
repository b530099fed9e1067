// Sums over rows, shared by maps and by the products' biases. Not part of the interface.
#ifndef STARLING_SUMS_H
#define STARLING_SUMS_H
#include "vector.h"

/// Adds the rows to t. Four chains by row number, so that additions overlap.
STARLING_INLINE void add_rows(float *t, const float *a, size_t rows, size_t width) {
    if (width == 1) {
        v16 sum = all(0.0f);
        size_t i = 0;
        for (; i + LANES <= rows; i += LANES) sum += load(a + i);
        if (i < rows) sum += first_lanes(load(a + i), rows - i);
        *t += sum_lanes(sum);
        return;
    }
    for (size_t j = 0; j < width; j += LANES) {
        v16 s0 = all(0.0f), s1 = s0, s2 = s0, s3 = s0;
        size_t r = 0;
        for (; r + 4 <= rows; r += 4) {
            s0 += load(a + r * width + j);
            s1 += load(a + (r + 1) * width + j);
            s2 += load(a + (r + 2) * width + j);
            s3 += load(a + (r + 3) * width + j);
        }
        for (; r < rows; r++) s0 += load(a + r * width + j);
        v16 sum = load(t + j) + ((s0 + s1) + (s2 + s3));
        if (width - j < LANES) store_part(t + j, sum, width - j);
        else store(t + j, sum);
    }
}

#endif
