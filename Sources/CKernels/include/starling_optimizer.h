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

/// One step of RMSProp (Tieleman & Hinton 2012), not centred, all arrays of `count`:
/// g = scale·gradients, v = decay·v + (1−decay)g², parameters −= rate·g/(√v + epsilon).
void starling_rms_prop(float *parameters, const float *gradients, float *v, size_t count, float rate, float decay, float epsilon,
                       float scale);

/// One step of gradient descent with momentum (Polyak 1964): m = decay·m + scale·gradients, parameters −= rate·m.
void starling_momentum(float *parameters, const float *gradients, float *m, size_t count, float rate, float decay, float scale);

/// x = (1−share)·x + share·y: a moving average.
void starling_mix(float *x, const float *y, size_t count, float share);

/// x = factor·x.
void starling_multiply(float *x, size_t count, float factor);

#endif
