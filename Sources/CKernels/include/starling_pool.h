#ifndef STARLING_POOL_H
#define STARLING_POOL_H
#include "starling_patches.h"
#include <stddef.h>

/// Max pooling: of each patch of the grid and each channel the largest number. Pixels outside never win; of equal ones the
/// first in the order of lines and columns does; a NaN wins over every number. A grid's features are its channels.

/// y[s, p, c] = v at the pixel of patch p where x is largest; v may be x. Images and y are channels last.
void starling_max_pool(const starling_patch_grid *grid, const float *x, const float *v, float *y, size_t samples);

/// dx = Σ over patches of dy at the pixel where x is largest, in the order of the patches.
void starling_max_pool_gradient(const starling_patch_grid *grid, const float *x, const float *dy, float *dx, size_t samples);

#endif
