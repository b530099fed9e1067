// Random draws for the host. Compiled once per level.
#ifndef STARLING_DRAWS_KERNEL_H
#define STARLING_DRAWS_KERNEL_H
#include "../include/starling_random.h"
#include "random.h"
#include "softmax.h"

static void philox4x32(uint64_t key, const uint32_t counter[4], uint32_t words[4]) {
    philox_lanes s;
    for (int l = 0; l < LANES; l++) {
        s.key[0][l] = (uint32_t)key;
        s.key[1][l] = (uint32_t)(key >> 32);
        for (int j = 0; j < 4; j++) s.counter[j][l] = counter[j];
    }
    philox_run(&s);
    for (int j = 0; j < 4; j++) words[j] = s.counter[j][0];
}

static void gaussian(const uint64_t *key, const uint64_t *step, const uint32_t *environment, uint32_t draw,
                       int rows, int count, float *normals) {
    gaussian_rows(key, 1, step, 1, environment, 1, draw, (size_t)rows, (size_t)count, normals);
}

/// Counters of sixteen rows, whose environments follow each other.
STARLING_INLINE philox_lanes counters_of_rows(uint64_t key, uint64_t step, uint32_t first_environment, uint32_t draw) {
    philox_lanes s;
    for (uint32_t l = 0; l < LANES; l++) {
        s.key[0][l] = (uint32_t)key;
        s.key[1][l] = (uint32_t)(key >> 32);
        s.counter[0][l] = (uint32_t)step;
        s.counter[1][l] = (uint32_t)(step >> 32);
        s.counter[2][l] = first_environment + l;
        s.counter[3][l] = draw << 16;
    }
    return s;
}

static void categorical(const float *logits, int rows, int actions, uint64_t key, uint64_t step,
                          uint32_t first_environment, uint32_t draw, int32_t *action, float *log_probability) {
    size_t width = (size_t)actions;
    for (int start = 0; start < rows; start += LANES) {
        size_t count = rows - start < LANES ? (size_t)(rows - start) : LANES;
        philox_lanes s = counters_of_rows(key, step, first_environment + (uint32_t)start, draw);
        philox_run(&s);
        const float *x = logits + (size_t)start * width;
        if (width <= NARROW) {
            v16 columns[NARROW], logarithm = log_sum_narrow(x, width, count, columns);
            v16 reached = all(0.0f), chosen = all(0.0f);
            i16 index = {0}, open, words;
            memcpy(&words, s.counter[0], sizeof words);
            v16 u = __builtin_convertvector((words >> 8) & 0xffffff, v16) * all(1.0f / 16777216.0f);
            open = ~index;
            for (size_t j = 0; j < width; j++) {
                v16 logp = columns[j] - logarithm, p = exp16(logp);
                reached += p;
                // While nothing is drawn, the latest action with any probability stands.
                i16 take = open & (p > all(0.0f));
                chosen = choose(take, logp, chosen);
                index = (take & (int32_t)j) | (~take & index);
                open &= ~(u < reached);
            }
            float lanes[LANES];
            int32_t indices[LANES];
            store(lanes, chosen);
            memcpy(indices, &index, sizeof index);
            for (size_t l = 0; l < count; l++) {
                action[(size_t)start + l] = indices[l];
                log_probability[(size_t)start + l] = lanes[l];
            }
            continue;
        }
        for (size_t l = 0; l < count; l++) {
            const float *row = x + l * width;
            float largest, logarithm = log_sum_wide(row, width, &largest);
            float u = (float)(s.counter[0][l] >> 8) * (1.0f / 16777216.0f), reached = 0, chosen = 0;
            int32_t index = 0;
            for (size_t j = 0; j < width && !(u < reached); j += LANES) {
                size_t part = width - j < LANES ? width - j : LANES;
                v16 logp = (load_part(row + j, part) - all(largest)) - all(logarithm);
                float logs[LANES], p[LANES];
                store(logs, logp);
                store(p, exp16(logp));
                for (size_t k = 0; k < part && !(u < reached); k++) {
                    reached += p[k];
                    if (p[k] > 0) {
                        index = (int32_t)(j + k);
                        chosen = logs[k];
                    }
                }
            }
            action[(size_t)start + l] = index;
            log_probability[(size_t)start + l] = chosen;
        }
    }
}

static void diagonal_gaussian(const float *parameters, int rows, int width, starling_squash squash, uint64_t key,
                              uint64_t step, uint32_t first_environment, uint32_t draw, float *sample,
                              float *log_probability) {
    size_t each = (size_t)width;
    for (int start = 0; start < rows; start += LANES) {
        size_t count = rows - start < LANES ? (size_t)(rows - start) : LANES;
        uint32_t environment[LANES];
        for (uint32_t l = 0; l < LANES; l++) environment[l] = first_environment + (uint32_t)start + l;
        const float *x = parameters + (size_t)start * 2 * each;
        float *u = sample + (size_t)start * each;
        gaussian_rows(&key, 0, &step, 0, environment, 1, draw, count, each, u);
        v16 sum = all(0.0f);
        for (size_t j = 0; j < each; j++) {
            v16 mean = load_column(x, 2 * each, count, j), log_sigma = load_column(x, 2 * each, count, each + j);
            v16 drawn = fma16(exp16(log_sigma), load_column(u, each, count, j), mean);
            store_column(u, each, count, j, drawn);
            // From the rounded sample, as whoever gets it will reckon.
            v16 z = (drawn - mean) * exp16(-log_sigma);
            sum += fma16(z * z, all(-0.5f), all(-0.918938533f) - log_sigma);
            if (squash == STARLING_SQUASH_TANH)
                sum -= all(2.0f) * (all(0.693147181f) - drawn - softplus16(all(-2.0f) * drawn));
        }
        float lanes[LANES];
        store(lanes, sum);
        for (size_t l = 0; l < count; l++) log_probability[(size_t)start + l] = lanes[l];
    }
}

static void squash_actions(const float *samples, int stride, int rows, int width, starling_squash squash,
                           const float *low, const float *high, float *actions) {
    size_t each = (size_t)width;
    for (int start = 0; start < rows; start += LANES) {
        size_t count = rows - start < LANES ? (size_t)(rows - start) : LANES;
        for (size_t j = 0; j < each; j++) {
            v16 unit = load_column(samples + (size_t)start * (size_t)stride, (size_t)stride, count, j);
            if (squash == STARLING_SQUASH_TANH) unit = tanh16(unit);
            v16 lowest = all(low[j]), highest = all(high[j]);
            v16 action = fma16(unit, all(0.5f) * (highest - lowest), all(0.5f) * (highest + lowest));
            // By the unit too, so that −1 and 1 give the bounds themselves whatever the rounding.
            action = choose((unit > all(-1.0f)) & (action > lowest), action, lowest);
            action = choose((unit >= all(1.0f)) | (action > highest), highest, action);
            store_column(actions + (size_t)start * each, each, count, j, action);
        }
    }
}

static void argmax(const float *logits, int rows, int actions, int32_t *action) {
    for (int r = 0; r < rows; r++) {
        const float *x = logits + (size_t)r * (size_t)actions;
        int32_t best = 0;
        for (int32_t j = 1; j < actions; j++)
            if (x[j] > x[best] || x[best] != x[best]) best = j;
        action[r] = best;
    }
}

/// The place of number `index` of those above `absent`.
STARLING_INLINE int32_t place_among(const float *x, int actions, float absent, int32_t index) {
    int32_t place = 0;
    for (; place < actions - 1; place++)
        if (x[place] > absent && index-- == 0) break;
    return place;
}

static void epsilon_greedy(const float *logits, int rows, int actions, float absent, const float *epsilons, uint64_t key, uint64_t step,
                           uint32_t first_environment, uint32_t draw, int32_t *action, float *log_probability) {
    argmax(logits, rows, actions, action);
    for (int start = 0; start < rows; start += LANES) {
        int count = rows - start < LANES ? rows - start : LANES;
        philox_lanes s = counters_of_rows(key, step, first_environment + (uint32_t)start, draw);
        philox_run(&s);
        for (int l = 0; l < count; l++) {
            int32_t best = action[start + l], taken = best;
            const float *x = logits + (size_t)(start + l) * (size_t)actions;
            int allowed = actions;
            if (absent > -__builtin_inff()) {
                allowed = 0;
                for (int j = 0; j < actions; j++) allowed += x[j] > absent;
            }
            float epsilon = epsilons[start + l], uniform = epsilon / (float)allowed;
            if ((float)(s.counter[0][l] >> 8) * (1.0f / 16777216.0f) < epsilon) {
                taken = (int32_t)(((uint64_t)s.counter[1][l] * (uint32_t)allowed) >> 32);
                if (allowed < actions) taken = place_among(x, actions, absent, taken);
            }
            action[start + l] = taken;
            log_probability[start + l] = __builtin_logf(taken == best ? 1 - epsilon + uniform : uniform);
        }
    }
}

#endif
