#ifndef STARLING_RANDOM_H
#define STARLING_RANDOM_H
#include <stdint.h>

/// Philox4x32-10 (Salmon et al. 2011): four words from a 64-bit key and a 128-bit counter.
void starling_philox4x32(uint64_t key, const uint32_t counter[4], uint32_t words[4]);

/// `count` standard normal numbers for each of `rows` rows, as `Graph.gaussian` makes them:
/// counter = (step low, step high, environment, draw << 16 | lane block). Key, step and environment are per row.
void starling_gaussian(const uint64_t *key, const uint64_t *step, const uint32_t *environment, uint32_t draw,
                       int rows, int count, float *normals);

/// Draws one of `actions` per row from softmax(logits) by inverse distribution function, u = (word 0 >> 8)·2⁻²⁴ of
/// Philox at (step, first_environment + row, draw << 16), and gives the logarithm of its probability.
/// logits [rows, actions] without gaps; action and log_probability [rows].
void starling_categorical(const float *logits, int rows, int actions, uint64_t key, uint64_t step,
                          uint32_t first_environment, uint32_t draw, int32_t *action, float *log_probability);

/// The index of the largest number of each row; the first of equals. NaN never wins.
void starling_argmax(const float *logits, int rows, int actions, int32_t *action);

#endif
