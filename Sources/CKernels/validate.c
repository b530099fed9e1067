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

long long starling_ended_episodes(const uint8_t *kinds, size_t steps, size_t columns, uint8_t terminated, uint8_t truncated,
                                  uint8_t reset) {
    size_t count = steps * columns;
    uint32_t bad = 0;
    long long ended = 0;
    for (size_t i = 0; i < count; i++) ended += kinds[i] == terminated || kinds[i] == truncated;
    for (size_t i = columns; i < count; i++) {
        // A termination may have its last observation in a row, a truncation must.
        uint8_t before = kinds[i - columns];
        bad |= kinds[i] == reset ? before != truncated && before != terminated : before == truncated;
    }
    return bad ? -1 : ended;
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

// log(x) for 1 <= x < 2^24 to about 1e-7: with x = 2^k · m and m near 1, log m = 2·artanh((m − 1)/(m + 1)).
static inline float log_of_sum(float x) {
    uint32_t bits;
    memcpy(&bits, &x, 4);
    // Larger than √2: the half of it, with k one higher.
    int32_t k = (int32_t)(bits - 0x3F3504F3u) >> 23;
    bits -= (uint32_t)k << 23;
    float m;
    memcpy(&m, &bits, 4);
    float t = (m - 1) / (m + 1), q = t * t;
    float series = 1.0f / 9;
    series = series * q + 1.0f / 7;
    series = series * q + 1.0f / 5;
    series = series * q + 1.0f / 3;
    series = series * q + 1;
    return (float)k * 0.693147181f + 2 * t * series;
}

// Steps whose sums are made side by side, in loops that compilers make vectors of: most action spaces are narrower than
// a vector.
enum { lanes = 16 };

float starling_log_probability_error(const float *logits, const int32_t *actions, const float *logProbabilities,
                                     const uint8_t *kinds, uint8_t skippedKind, size_t count, size_t width,
                                     float inverseTemperature) {
    // Of numbers that are not negative, and of NaN above them, the larger has the larger bits.
    int32_t worst = 0;
    for (size_t first = 0; first < count; first += lanes) {
        size_t steps = count - first < lanes ? count - first : lanes;
        float row[lanes], top[lanes], sum[lanes], chosen[lanes], found[lanes];
        const float *block = logits + first * width;
        for (size_t i = 0; i < lanes; i++) top[i] = i < steps ? block[i * width] : 0;
        for (size_t j = 1; j < width; j++) {
            for (size_t i = 0; i < lanes; i++) row[i] = i < steps ? block[i * width + j] : 0;
            for (size_t i = 0; i < lanes; i++) top[i] = row[i] > top[i] ? row[i] : top[i];
        }
        for (size_t i = 0; i < lanes; i++) sum[i] = 0;
        for (size_t j = 0; j < width; j++) {
            for (size_t i = 0; i < lanes; i++) row[i] = i < steps ? block[i * width + j] : 0;
            for (size_t i = 0; i < lanes; i++) sum[i] += exp_of_negative((row[i] - top[i]) * inverseTemperature);
        }
        for (size_t i = 0; i < lanes; i++) {
            int counts = i < steps && kinds[first + i] != skippedKind;
            chosen[i] = counts ? (block[i * width + (size_t)actions[first + i]] - top[i]) * inverseTemperature : 0;
            found[i] = counts ? logProbabilities[first + i] : 0;
            sum[i] = counts ? sum[i] : 1;
        }
        for (size_t i = 0; i < lanes; i++) {
            float error = fabsf(chosen[i] - log_of_sum(sum[i]) - found[i]), size = fabsf(found[i]);
            error *= size > 64 ? 64 / size : 1;
            int32_t bits;
            memcpy(&bits, &error, 4);
            bits &= 0x7FFFFFFF;
            worst = bits > worst ? bits : worst;
        }
    }
    float error;
    memcpy(&error, &worst, 4);
    return isnan(error) ? INFINITY : error;
}

float starling_epsilon_log_probability_error(const float *logits, const int32_t *actions, const float *logProbabilities,
                                             const uint8_t *kinds, uint8_t skippedKind, size_t count, size_t width,
                                             const float *epsilons, size_t columns) {
    float worst = 0, known = NAN, likeliest = 0, other = 0;
    for (size_t i = 0; i < count; i++) {
        float epsilon = epsilons[i % columns];
        if (epsilon != known) {
            float uniform = epsilon / (float)width;
            likeliest = logf(1 - epsilon + uniform), other = logf(uniform), known = epsilon;
        }
        if (kinds[i] == skippedKind) continue;
        const float *row = logits + i * width;
        size_t best = 0;
        for (size_t j = 1; j < width; j++) best = row[j] > row[best] ? j : best;
        worst = worse(worst, (size_t)actions[i] == best ? likeliest : other, logProbabilities[i]);
    }
    return worst;
}

float starling_mean_log_probability_error(const float *parameters, const float *samples, const float *logProbabilities,
                                          const uint8_t *kinds, uint8_t skippedKind, size_t count, size_t width) {
    float worst = 0;
    for (size_t i = 0; i < count; i++) {
        if (kinds[i] == skippedKind) continue;
        const float *mean = parameters + i * 2 * width, *u = samples + i * width;
        int isMean = 1;
        for (size_t j = 0; j < width; j++) isMean &= u[j] == mean[j];
        worst = worse(worst, isMean ? 0 : INFINITY, logProbabilities[i]);
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

static inline size_t sum_of(const int32_t *counts, size_t parts) {
    size_t sum = 0;
    for (size_t p = 0; p < parts; p++) sum += (size_t)counts[p];
    return sum;
}

// log of the probability with which `action` is drawn from softmax(scale · x).
static inline float log_of_draw(const float *x, size_t count, size_t action, float scale) {
    float top = x[0], sum = 0;
    for (size_t j = 1; j < count; j++) top = x[j] > top ? x[j] : top;
    for (size_t j = 0; j < count; j++) sum += exp_of_negative((x[j] - top) * scale);
    return (x[action] - top) * scale - log_of_sum(sum);
}

// The same of ε-greedy choices among those above `absent`.
static inline float log_of_exploring(const float *x, size_t count, size_t action, float epsilon, float absent) {
    size_t best = 0, allowed = 0;
    for (size_t j = 0; j < count; j++) {
        best = x[j] > x[best] ? j : best;
        allowed += x[j] > absent;
    }
    float uniform = x[action] > absent ? epsilon / (float)allowed : 0;
    return logf(action == best ? 1 - epsilon + uniform : uniform);
}

float starling_choice_log_probability_error(const float *logits, const int32_t *actions, const float *logProbabilities,
                                            const uint8_t *kinds, uint8_t skippedKind, size_t count, const int32_t *counts, size_t parts,
                                            float inverseTemperature, const float *epsilons, size_t columns, float absent) {
    size_t width = sum_of(counts, parts);
    float worst = 0;
    for (size_t i = 0; i < count; i++) {
        if (kinds[i] == skippedKind) continue;
        const float *x = logits + i * width;
        float sum = 0;
        for (size_t p = 0; p < parts; x += counts[p], p++) {
            size_t action = (size_t)actions[i * parts + p], own = (size_t)counts[p];
            sum += epsilons ? log_of_exploring(x, own, action, epsilons[i % columns], absent)
                            : log_of_draw(x, own, action, inverseTemperature);
        }
        worst = worse(worst, sum, logProbabilities[i]);
    }
    return worst;
}

long long starling_first_not_below(const int32_t *actions, size_t count, const int32_t *counts, size_t parts) {
    for (size_t i = 0; i < count; i++)
        if ((uint32_t)actions[i] >= (uint32_t)counts[i % parts]) return (long long)i;
    return -1;
}

long long starling_first_empty_mask(const uint8_t *masks, size_t rows, const int32_t *counts, size_t parts) {
    for (size_t i = 0; i < rows; i++)
        for (size_t p = 0; p < parts; p++) {
            uint32_t any = 0;
            for (int32_t j = 0; j < counts[p]; j++) any |= *masks++;
            if (!any) return (long long)i;
        }
    return -1;
}

long long starling_first_forbidden_action(const uint8_t *masks, const int32_t *actions, const uint8_t *kinds, uint8_t skippedKind,
                                          size_t rows, const int32_t *counts, size_t parts) {
    for (size_t i = 0; i < rows; i++)
        for (size_t p = 0; p < parts; masks += counts[p], p++)
            if (kinds[i] != skippedKind && !masks[actions[i * parts + p]]) return (long long)i;
    return -1;
}
