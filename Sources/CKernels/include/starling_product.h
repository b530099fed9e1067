#ifndef STARLING_PRODUCT_H
#define STARLING_PRODUCT_H
#include <stddef.h>

/// What follows a product, in registers.
typedef enum {
    STARLING_AFTER_NOTHING,
    STARLING_AFTER_RELU,
    STARLING_AFTER_TANH,
    STARLING_AFTER_SIGMOID,
    STARLING_AFTER_RELU_GRADIENT,    // other > 0 ? y : 0
    STARLING_AFTER_TANH_GRADIENT,    // (1 − other²)·y
    STARLING_AFTER_SIGMOID_GRADIENT, // other·(1 − other)·y
} starling_after;

/// y[r, j] = after(Σ_k x[r, k]·b[k, j] + bias[j]), each sum fused and in the order of k: no result depends on the other
/// rows or columns. x [rows, depth], b [depth, columns] with rows of b `b_stride` floats apart, y and other
/// [rows, columns] without gaps. bias and other may be NULL. All but y may be read up to 60 bytes past the end.
void starling_product(const float *x, const float *b, size_t b_stride, const float *bias, const float *other, float *y,
                      size_t rows, size_t depth, size_t columns, starling_after after);

/// w[i, j] = Σ_r a[r, i]·c[r, j]: a [rows, height], c [rows, width], w [height, width], all without gaps. a and c may be
/// read up to 60 bytes past the end.
void starling_outer_product(const float *a, const float *c, float *w, size_t rows, size_t height, size_t width);

/// y[r, j] = after(Σ_k x[r, k]·b[k, j] + bias[j]) for some columns of a wider product: rows of b `b_stride` and rows of y
/// and other `y_stride` floats apart. The same bits as `starling_product`.
void starling_shared_product(const float *x, const float *b, size_t b_stride, const float *bias, const float *other,
                             float *y, size_t y_stride, size_t rows, size_t depth, size_t columns, starling_after after);

/// y[r, j] = after(Σ_k x[r, k]·w[j, k] + bias[j]), w [columns, depth] as it lies: for weights too large to be packed. Sums
/// run in sixteen lanes. No result depends on the other rows or columns.
void starling_dot_product(const float *x, const float *w, const float *bias, const float *other, float *y,
                          size_t y_stride, size_t rows, size_t depth, size_t columns, starling_after after);

/// w[i, j] = Σ_r a[r, i]·c[r, j] for `height` columns of a, whose rows are `a_stride` floats apart.
void starling_shared_outer_product(const float *a, size_t a_stride, const float *c, size_t width, float *w, size_t rows,
                                   size_t height);

/// packed[k, j] = w[j, k], rows of packed `stride` floats apart (a multiple of 16), the rest 0. w [columns, depth].
void starling_pack_transposed(const float *w, size_t columns, size_t depth, float *packed, size_t stride);

/// After a product by another library: y = after(y + bias) over [rows, columns].
void starling_after_product(float *y, const float *bias, const float *other, size_t rows, size_t columns,
                            starling_after after);

/// t[i] = ((parts[0, i] + parts[1, i]) + parts[2, i]) …: parts [count, stride], the first `width` of each.
void starling_sum_parts(const float *parts, size_t count, size_t stride, float *t, size_t width);

#endif
