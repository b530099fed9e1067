// All kernels, and the table of this level. A level's file defines STARLING_LEVEL_TABLE and STARLING_LEVEL_REGISTERS
// (vector registers of the widest kind), and STARLING_LEVEL_HAS_MASKS for
// AVX-512's masked stores, and includes this under its target attribute.
#include "draws.h"
#include "map.h"
#include "optimizer.h"
#include "patch_gradient.h"
#include "patches.h"
#include "pool.h"
#include "product.h"
#include "rows.h"
#include "scan.h"
#include "table.h"
#include "unfold.h"

const starling_kernels STARLING_LEVEL_TABLE = {
    .map_run = map_run,
    .product = product,
    .outer_product = outer_product,
    .pack_transposed = pack_transposed,
    .after_product = after_product,
    .pack_patches = pack_patches,
    .patch_product = patch_product,
    .pack_taps = pack_taps,
    .unfold_patches = unfold_patches,
    .fold_patches = fold_patches,
    .patch_product_transposed = patch_product_transposed,
    .patch_outer_product = patch_outer_product,
    .max_pool = max_pool,
    .max_pool_gradient = max_pool_gradient,
    .packed_patches = packed_patches,
    .patch_scratch = patch_scratch,
    .patch_outer_scratch = patch_outer_scratch,
    .shared_product = shared_product,
    .dot_product = dot_product,
    .shared_outer_product = shared_outer_product,
    .gru = gru,
    .gru_gradient = gru_gradient,
    .lstm = lstm,
    .lstm_gradient = lstm_gradient,
    .sum_parts = sum_parts,
    .add_named_rows = add_named_rows,
    .philox4x32 = philox4x32,
    .gaussian = gaussian,
    .categorical = categorical,
    .diagonal_gaussian = diagonal_gaussian,
    .squash_actions = squash_actions,
    .argmax = argmax,
    .epsilon_greedy = epsilon_greedy,
    .sum_of_squares = sum_of_squares,
    .adam = adam,
    .rms_prop = rms_prop,
    .momentum = momentum,
    .mix = mix,
    .multiply = multiply,
};
