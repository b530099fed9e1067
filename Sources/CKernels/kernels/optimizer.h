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

static void adam(float *restrict parameters, const float *restrict gradients, float *restrict m, float *restrict v,
                   size_t count, float rate, float beta1, float beta2, float epsilon, float correction1,
                   float correction2, float scale) {
    float rest1 = 1 - beta1, rest2 = 1 - beta2, step = rate * correction1;
    for (size_t i = 0; i < count; i++) {
        float g = gradients[i] * scale;
        float mean = beta1 * m[i] + rest1 * g, square = beta2 * v[i] + rest2 * (g * g);
        m[i] = mean;
        v[i] = square;
        parameters[i] -= step * mean / (__builtin_sqrtf(square * correction2) + epsilon);
    }
}

static void rmsprop(float *restrict parameters, const float *restrict gradients, float *restrict m,
                      float *restrict v, size_t count, float rate, float decay, float momentum, float epsilon,
                      float scale) {
    float rest = 1 - decay;
    for (size_t i = 0; i < count; i++) {
        float g = gradients[i] * scale;
        float square = decay * v[i] + rest * (g * g);
        float move = momentum * m[i] + rate * g / __builtin_sqrtf(square + epsilon);
        v[i] = square;
        m[i] = move;
        parameters[i] -= move;
    }
}

static void move_toward(float *restrict target, const float *restrict source, size_t count, float fraction) {
    for (size_t i = 0; i < count; i++) target[i] += fraction * (source[i] - target[i]);
}

#endif
