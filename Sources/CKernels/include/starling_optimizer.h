#ifndef STARLING_OPTIMIZER_H
#define STARLING_OPTIMIZER_H
#include <stddef.h>

/// Σ x². Blocks of 4096 are summed in 16 lanes of double; NaN and infinity get through. The same bits on every CPU.
double starling_sum_of_squares(const float *x, size_t count);

/// One step of Adam (Kingma & Ba 2015), all arrays of `count`:
/// g = scale·gradients, m = β₁m + (1−β₁)g, v = β₂v + (1−β₂)g²,
/// parameters −= rate·(m·correction1)/(√(v·correction2) + epsilon), where correctionᵢ = 1/(1 − βᵢᵗ).
void starling_adam(float *parameters, const float *gradients, float *m, float *v, size_t count, float rate, float beta1,
                   float beta2, float epsilon, float correction1, float correction2, float scale);

#endif
