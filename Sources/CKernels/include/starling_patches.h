#ifndef STARLING_PATCHES_H
#define STARLING_PATCHES_H
#include "starling_product.h"
#include <stddef.h>
#include <stdint.h>

/// An image [height, width, channels] seen as a grid of patches [kernel_height, kernel_width, channels], `stride` apart,
/// the first `padding` outside; at each place of the grid `features` numbers. A convolution goes from image to grid, a
/// transpose convolution from grid to image. Channels and features lie last.
typedef struct {
    uint32_t channels, height, width;
    uint32_t kernel_height, kernel_width, stride, padding;
    uint32_t grid_height, grid_width, features;
} starling_patch_grid;

/// Floats that the packed weight takes: [kernel_height·kernel_width·channels, features] for convolutions, its transpose
/// for transpose convolutions, in panels of 64 columns.
size_t starling_packed_patches(const starling_patch_grid *grid, int is_transposed);

/// Packs a weight [features, channels, kernel_height, kernel_width], as PyTorch's for both directions.
void starling_pack_patches(const starling_patch_grid *grid, const float *w, float *packed, int is_transposed);

/// For products by another library: packed[n, (ky, kx, c)] = w[n, c, ky, kx].
void starling_pack_taps(const starling_patch_grid *grid, const float *w, float *packed);

/// unfolded[s, p, (ky, kx, c)] = patch(image)[s, p, (ky, kx, c)], zeros outside the image.
void starling_unfold_patches(const starling_patch_grid *grid, const float *image, float *unfolded, size_t samples);

/// image = bias + Σ over patches that cover a pixel of unfolded[s, p, (ky, kx, c)]. bias [channels] may be NULL.
void starling_fold_patches(const starling_patch_grid *grid, const float *unfolded, const float *bias, float *image,
                           size_t samples);

/// Floats of scratch that the two functions below need, whatever the number of samples.
size_t starling_patch_scratch(const starling_patch_grid *grid);

/// y[s, p, n] = after(Σ_k patch(image)[s, p, k]·b[k, n] + bias[n]), in the order of k: kernel rows, kernel columns, channels.
/// bias and other ([as y]) may be NULL. Images and y may be read up to 60 bytes past the end.
void starling_patch_product(const starling_patch_grid *grid, const float *image, const float *packed, const float *bias,
                            const float *other, float *y, size_t samples, starling_after after, float *scratch);

/// image = after(bias + Σ over patches that cover a pixel of x[s, p, n]·b[n, k]).
void starling_patch_product_transposed(const starling_patch_grid *grid, const float *x, const float *packed,
                                       const float *bias, const float *other, float *image, size_t samples,
                                       starling_after after, float *scratch);

/// w[n, c, ky, kx] = Σ_{s, p} x[s, p, n]·patch(image)[s, p, (ky, kx, c)] for the channels from `first` to `end`.
void starling_patch_outer_product(const starling_patch_grid *grid, const float *x, const float *image, float *w,
                                  size_t samples, size_t first, size_t end, float *scratch);

/// Floats of scratch for the channels from `first` to `end` of the function above.
size_t starling_patch_outer_scratch(const starling_patch_grid *grid, size_t channels);

#endif
