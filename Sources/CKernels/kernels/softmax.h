// Log-softmax of rows, shared by maps and by the categorical kernel so that both give the same bits.
#ifndef STARLING_SOFTMAX_H
#define STARLING_SOFTMAX_H
#include "vector.h"

enum { NARROW = 16 };

/// Column `j` of up to sixteen rows, the last row repeated.
STARLING_INLINE v16 load_column(const float *x, size_t width, size_t rows, size_t j) {
    float lanes[LANES];
    for (size_t l = 0; l < LANES; l++) lanes[l] = x[(l < rows ? l : rows - 1) * width + j];
    return load(lanes);
}

STARLING_INLINE void store_column(float *x, size_t width, size_t rows, size_t j, v16 value) {
    float lanes[LANES];
    store(lanes, value);
    for (size_t l = 0; l < rows; l++) x[l * width + j] = lanes[l];
}

/// Up to sixteen rows of at most NARROW features at once: a lane is a row. Leaves xⱼ − max x in `columns`.
/// Returns what to subtract from them: log Σ exp(xⱼ − max x).
STARLING_INLINE v16 log_sum_narrow(const float *x, size_t width, size_t rows, v16 columns[NARROW]) {
    v16 largest = columns[0] = load_column(x, width, rows, 0);
    for (size_t j = 1; j < width; j++) {
        columns[j] = load_column(x, width, rows, j);
        largest = choose(columns[j] > largest, columns[j], largest);
    }
    v16 sum = all(0.0f);
    for (size_t j = 0; j < width; j++) {
        columns[j] = columns[j] - largest;
        sum += exp16(columns[j]);
    }
    return log16(sum);
}

/// One row of any number of features: lanes are features. Leaves max x in `largest`.
/// Returns log Σ exp(xⱼ − max x).
STARLING_INLINE float log_sum_wide(const float *x, size_t width, float *largest) {
    float most = x[0];
    for (size_t j = 1; j < width; j++) most = x[j] > most ? x[j] : most;
    v16 sum = all(0.0f);
    for (size_t j = 0; j < width; j += LANES) {
        v16 e = exp16(load_part(x + j, width - j) - all(most));
        sum += width - j < LANES ? first_lanes(e, width - j) : e;
    }
    float lanes[LANES];
    store(lanes, log16(all(sum_lanes(sum))));
    *largest = most;
    return lanes[0];
}

STARLING_INLINE void log_softmax_narrow(const float *x, float *y, size_t width, size_t rows) {
    v16 columns[NARROW], logarithm = log_sum_narrow(x, width, rows, columns);
    for (size_t j = 0; j < width; j++) store_column(y, width, rows, j, columns[j] - logarithm);
}

STARLING_INLINE void log_softmax_wide(const float *x, float *y, size_t width) {
    float largest, logarithm = log_sum_wide(x, width, &largest);
    for (size_t j = 0; j < width; j++) y[j] = (x[j] - largest) - logarithm;
}

STARLING_INLINE void log_softmax(const float *x, float *y, size_t width, size_t rows) {
    if (width <= NARROW)
        for (size_t r = 0; r < rows; r += LANES)
            log_softmax_narrow(x + r * width, y + r * width, width, rows - r < LANES ? rows - r : LANES);
    else
        for (size_t r = 0; r < rows; r++) log_softmax_wide(x + r * width, y + r * width, width);
}

#endif
