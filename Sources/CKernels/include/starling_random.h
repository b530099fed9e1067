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

/// Takes the action with the largest logit, the first of equals, or with the row's probability ε any of the n whose logits are above
/// `absent` (−infinity: of all), all equally likely, and gives log((1 − ε)·[it has the largest logit] + ε/n). From the words of Philox at (step,
/// first_environment + row, draw << 16): word 0 against ε as in `starling_categorical`, the action is number
/// ⌊word 1 · n / 2³²⌋ of those.
void starling_epsilon_greedy(const float *logits, int rows, int actions, float absent, const float *epsilons, uint64_t key, uint64_t step,
                             uint32_t first_environment, uint32_t draw, int32_t *action, float *log_probability);

/// The index of the largest number of each row; the first of equals. NaN never wins.
void starling_argmax(const float *logits, int rows, int actions, int32_t *action);

/// How a Normal's sample u becomes an action a within −1 … 1.
typedef enum {
    /// Cut off; a density is that of u.
    STARLING_SQUASH_CLIP = 0,
    /// a = tanh u; a density is that of a: log p(a) = log p(u) − Σ log(1 − tanh² u).
    STARLING_SQUASH_TANH = 1,
} starling_squash;

/// Draws u = μ + σ·ε per row, each of `width` numbers by itself, with ε as `starling_gaussian` makes it from key, step,
/// first_environment + row and draw, and gives the logarithm of its density.
/// parameters [rows, 2·width]: the μ, then the log σ; sample [rows, width]; log_probability [rows].
void starling_diagonal_gaussian(const float *parameters, int rows, int width, starling_squash squash, uint64_t key,
                                uint64_t step, uint32_t first_environment, uint32_t draw, float *sample,
                                float *log_probability);

/// Actions within low … high from samples: −1 … 1 becomes low … high. Samples are rows of `width` numbers, `stride` apart;
/// low and high [width]; actions [rows, width] without gaps. NaN becomes low.
void starling_squash_actions(const float *samples, int stride, int rows, int width, starling_squash squash,
                             const float *low, const float *high, float *actions);

#endif
