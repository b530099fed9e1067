// Checks of what comes from the network, before anything is computed with it.
#include "starling_validate.h"
#include <math.h>
#include <string.h>

int starling_all_finite(const float *values, size_t count) {
    // A float is infinite or NaN exactly when all bits of its exponent are set.
    uint32_t bad = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, values + i, 4);
        bad |= (bits & 0x7F800000u) == 0x7F800000u;
    }
    return bad == 0;
}

int starling_all_below(const int32_t *actions, size_t count, int32_t limit) {
    uint32_t bad = 0;
    for (size_t i = 0; i < count; i++) bad |= (uint32_t)actions[i] >= (uint32_t)limit;
    return bad == 0;
}

int starling_all_at_most(const uint8_t *bytes, size_t count, uint8_t largest) {
    uint32_t bad = 0;
    for (size_t i = 0; i < count; i++) bad |= bytes[i] > largest;
    return bad == 0;
}

int starling_all_within(const float *values, size_t count, float low, float high) {
    uint32_t bad = 0;
    for (size_t i = 0; i < count; i++) bad |= !(values[i] >= low && values[i] <= high);
    return bad == 0;
}

// exp(x) for x <= 0 to about 4e-7 relative: 2^k · 2^f with a polynomial of 2^f on [-1/2, 1/2].
// Below -87 it gives less than 2e-38, which vanishes beside the 1 that every sum holds.
static inline float exp_of_negative(float x) {
    x = x < -87.0f ? -87.0f : x;
    float y = x * 1.44269504f;
    float k = (y + 12582912.0f) - 12582912.0f;  // to the nearest whole number, without a call
    float f = y - k;
    float p = 1.5403530e-4f;
    p = p * f + 1.3333558e-3f;
    p = p * f + 9.6181291e-3f;
    p = p * f + 5.5504109e-2f;
    p = p * f + 2.4022651e-1f;
    p = p * f + 6.9314718e-1f;
    p = p * f + 1.0f;
    uint32_t bits = (uint32_t)((int32_t)k + 127) << 23;
    float scale;
    memcpy(&scale, &bits, 4);
    return p * scale;
}

// The larger of an error found before and of this one.
static inline float worse(float worst, float expected, float found) {
    float error = fabsf(expected - found), size = fabsf(found);
    if (size > 64) error *= 64 / size;
    return error <= worst ? worst : isnan(error) ? INFINITY : error;
}

float starling_log_probability_error(const float *logits, const int32_t *actions, const float *logProbabilities,
                                     const uint8_t *kinds, uint8_t skippedKind, size_t count, size_t width) {
    float worst = 0;
    for (size_t i = 0; i < count; i++) {
        if (kinds[i] == skippedKind) continue;
        const float *row = logits + i * width;
        float top = row[0];
        for (size_t j = 1; j < width; j++) top = row[j] > top ? row[j] : top;
        float sum = 0;
        for (size_t j = 0; j < width; j++) sum += exp_of_negative(row[j] - top);
        worst = worse(worst, row[actions[i]] - top - logf(sum), logProbabilities[i]);
    }
    return worst;
}

float starling_gaussian_log_probability_error(const float *parameters, const float *samples, const float *logProbabilities,
                                              const uint8_t *kinds, uint8_t skippedKind, size_t count, size_t width,
                                              starling_squash squash) {
    float worst = 0;
    for (size_t i = 0; i < count; i++) {
        if (kinds[i] == skippedKind) continue;
        const float *mean = parameters + i * 2 * width, *logSigma = mean + width, *u = samples + i * width;
        double sum = 0;
        for (size_t j = 0; j < width; j++) {
            double z = ((double)u[j] - (double)mean[j]) * exp(-(double)logSigma[j]);
            sum -= 0.5 * z * z + (double)logSigma[j] + 0.918938533204672742;
            if (squash == STARLING_SQUASH_TANH) {
                // log(1 − tanh² u) = 2·(log 2 − |u| − log(1 + e^(−2|u|))), without a difference of near equals.
                double a = fabs((double)u[j]);
                sum -= 2 * (0.693147180559945309 - a - log1p(exp(-2 * a)));
            }
        }
        worst = worse(worst, (float)sum, logProbabilities[i]);
    }
    return worst;
}
