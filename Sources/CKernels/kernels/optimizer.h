// Updates over flat arrays. Compiled once per level.
#ifndef STARLING_OPTIMIZER_KERNEL_H
#define STARLING_OPTIMIZER_KERNEL_H
#include "../include/starling_optimizer.h"
#include "vector.h"

static double sum_of_squares(const float *x, size_t count) {
    double total = 0;
    for (size_t start = 0; start < count; start += 4096) {
        size_t end = count - start < 4096 ? count : start + 4096, i = start;
        double lanes[LANES] = {0};
        for (; i + LANES <= end; i += LANES)
            for (size_t l = 0; l < LANES; l++) lanes[l] += (double)x[i + l] * (double)x[i + l];
        for (size_t l = 0; i < end; i++, l++) lanes[l] += (double)x[i] * (double)x[i];
        for (int half = LANES / 2; half > 0; half /= 2)
            for (int l = 0; l < half; l++) lanes[l] += lanes[l + half];
        total += lanes[0];
    }
    return total;
}

static void adam(float *parameters, const float *gradients, float *m, float *v, size_t count, float rate, float beta1,
                 float beta2, float epsilon, float correction1, float correction2, float scale) {
    const v16 b1 = all(beta1), b2 = all(beta2), rest1 = all(1 - beta1), rest2 = all(1 - beta2);
    const v16 step = all(rate * correction1), correction = all(correction2), floor = all(epsilon), times = all(scale);
    for (size_t i = 0; i < count; i += LANES) {
        size_t here = count - i < LANES ? count - i : LANES;
        v16 g = load_part(gradients + i, here) * times;
        v16 mean = b1 * load_part(m + i, here) + rest1 * g, square = b2 * load_part(v + i, here) + rest2 * (g * g);
        v16 root = __builtin_elementwise_sqrt(square * correction) + floor;
        put(m + i, mean, here);
        put(v + i, square, here);
        put(parameters + i, load_part(parameters + i, here) - step * mean / root, here);
    }
}

static void rms_prop(float *parameters, const float *gradients, float *v, size_t count, float rate, float decay, float epsilon,
                     float scale) {
    const v16 kept = all(decay), rest = all(1 - decay), step = all(rate), floor = all(epsilon), times = all(scale);
    for (size_t i = 0; i < count; i += LANES) {
        size_t here = count - i < LANES ? count - i : LANES;
        v16 g = load_part(gradients + i, here) * times, square = kept * load_part(v + i, here) + rest * (g * g);
        put(v + i, square, here);
        put(parameters + i, load_part(parameters + i, here) - step * g / (__builtin_elementwise_sqrt(square) + floor), here);
    }
}

static void momentum(float *parameters, const float *gradients, float *m, size_t count, float rate, float decay, float scale) {
    const v16 kept = all(decay), step = all(rate), times = all(scale);
    for (size_t i = 0; i < count; i += LANES) {
        size_t here = count - i < LANES ? count - i : LANES;
        v16 sum = kept * load_part(m + i, here) + load_part(gradients + i, here) * times;
        put(m + i, sum, here);
        put(parameters + i, load_part(parameters + i, here) - step * sum, here);
    }
}

static void mix(float *x, const float *y, size_t count, float share) {
    const v16 kept = all(1 - share), taken = all(share);
    for (size_t i = 0; i < count; i += LANES) {
        size_t here = count - i < LANES ? count - i : LANES;
        put(x + i, kept * load_part(x + i, here) + taken * load_part(y + i, here), here);
    }
}

static void multiply(float *x, size_t count, float factor) {
    const v16 times = all(factor);
    for (size_t i = 0; i < count; i += LANES) {
        size_t here = count - i < LANES ? count - i : LANES;
        put(x + i, load_part(x + i, here) * times, here);
    }
}

#endif
