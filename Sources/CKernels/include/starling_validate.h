#ifndef STARLING_VALIDATE_H
#define STARLING_VALIDATE_H
#include <stddef.h>
#include <stdint.h>
#include "starling_random.h"

/// 1 when all `count` floats are finite, else 0.
int starling_all_finite(const float *values, size_t count);

/// 1 when all `count` actions lie in 0 ..< `limit`, else 0.
int starling_all_below(const int32_t *actions, size_t count, int32_t limit);

/// 1 when no byte of `count` is above `largest`, else 0.
int starling_all_at_most(const uint8_t *bytes, size_t count, uint8_t largest);

/// The largest |log softmax(inverseTemperature · logits)[action] − logProbability| over `count` rows of `width` finite logits, whose actions
/// are in range; rows whose kind is `skippedKind` don't count. Beyond |logProbability| = 64, where the rounding of a
/// float grows towards the tolerance, the difference is taken relative to that. NaN in a log-probability gives +infinity.
float starling_log_probability_error(const float *logits, const int32_t *actions, const float *logProbabilities,
                                     const uint8_t *kinds, uint8_t skippedKind, size_t count, size_t width,
                                     float inverseTemperature);

/// As `starling_log_probability_error`, where with probability ε, that of the row's column, any action was taken, all equally likely, and else the
/// one with the largest logit, the first of equals: log((1 − ε)·[action is that one] + ε/width).
float starling_epsilon_log_probability_error(const float *logits, const int32_t *actions, const float *logProbabilities,
                                             const uint8_t *kinds, uint8_t skippedKind, size_t count, size_t width,
                                             const float *epsilons, size_t columns);

/// As `starling_log_probability_error`, of actions in `parts` parts, each chosen by itself: their logits [count, Σ counts] lie one part's after
/// the other's, and their log-probabilities add up. With ε of the row's column, unless `epsilons` is NULL, as
/// `starling_epsilon_log_probability_error`. Logits at or below `absent` are of what may not be chosen; −infinity: anything may.
float starling_choice_log_probability_error(const float *logits, const int32_t *actions, const float *logProbabilities,
                                            const uint8_t *kinds, uint8_t skippedKind, size_t count, const int32_t *counts, size_t parts,
                                            float inverseTemperature, const float *epsilons, size_t columns, float absent);

/// The place of the first of `count` numbers, in rows of `parts`, that is not in 0 ..< the count of its part; -1 when all are.
long long starling_first_not_below(const int32_t *actions, size_t count, const int32_t *counts, size_t parts);

/// The first of `rows` masks [rows, Σ counts] that allows nothing of a part; -1 when there is none.
long long starling_first_empty_mask(const uint8_t *masks, size_t rows, const int32_t *counts, size_t parts);

/// The first of `rows` whose actions [rows, parts], which are in range, its mask [rows, Σ counts] does not all allow, those of `skippedKind` not
/// counted; -1 when there is none.
long long starling_first_forbidden_action(const uint8_t *masks, const int32_t *actions, const uint8_t *kinds, uint8_t skippedKind,
                                          size_t rows, const int32_t *counts, size_t parts);

/// 1 when all `count` floats lie in low ... high, else 0. NaN doesn't.
int starling_all_within(const float *values, size_t count, float low, float high);

/// Episodes that end in `steps` × `columns` kinds, time-major: rows of the kind `terminated` or `truncated`. -1 when a row of
/// the kind `reset` follows neither in its column, or another follows one of the kind `truncated`; what is before row 0
/// isn't known.
long long starling_ended_episodes(const uint8_t *kinds, size_t steps, size_t columns, uint8_t terminated, uint8_t truncated,
                                  uint8_t reset);

/// As `starling_log_probability_error`, for samples [count, width] of diagonal Gaussians with the finite parameters
/// [count, 2·width]: the μ, then the log σ.
float starling_gaussian_log_probability_error(const float *parameters, const float *samples, const float *logProbabilities,
                                              const uint8_t *kinds, uint8_t skippedKind, size_t count, size_t width,
                                              starling_squash squash);

/// The largest |logProbability| where the samples [count, width] are the μ of the parameters [count, 2·width], which is certain
/// then; +infinity where they are others.
float starling_mean_log_probability_error(const float *parameters, const float *samples, const float *logProbabilities,
                                          const uint8_t *kinds, uint8_t skippedKind, size_t count, size_t width);

#endif
