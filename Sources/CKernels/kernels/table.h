// The kernels of one level of CPU, and the levels there are. Not part of the interface.
#ifndef STARLING_TABLE_H
#define STARLING_TABLE_H
#include "../include/starling_map.h"
#include "../include/starling_optimizer.h"
#include "../include/starling_patches.h"
#include "../include/starling_pool.h"
#include "../include/starling_product.h"
#include "../include/starling_random.h"
#include "../include/starling_rows.h"
#include "../include/starling_scan.h"

typedef struct {
    void (*map_run)(const starling_map_instruction *code, size_t count, const starling_map_slot *slots, size_t slot_count, size_t rows, size_t block);
    void (*product)(const float *x, const float *b, size_t b_stride, const float *bias, const float *other, float *y, size_t rows, size_t depth, size_t columns, starling_after after);
    void (*outer_product)(const float *a, const float *c, float *w, size_t rows, size_t height, size_t width);
    void (*pack_transposed)(const float *w, size_t columns, size_t depth, float *packed, size_t stride);
    void (*after_product)(float *y, const float *bias, const float *other, size_t rows, size_t columns, starling_after after);
    void (*pack_patches)(const starling_patch_grid *grid, const float *w, float *packed, int is_transposed);
    void (*patch_product)(const starling_patch_grid *grid, const float *image, const float *packed, const float *bias, const float *other, float *y, size_t samples, starling_after after, float *scratch);
    void (*pack_taps)(const starling_patch_grid *grid, const float *w, float *packed);
    void (*unfold_patches)(const starling_patch_grid *grid, const float *image, float *unfolded, size_t samples);
    void (*fold_patches)(const starling_patch_grid *grid, const float *unfolded, const float *bias, float *image, size_t samples);
    void (*patch_product_transposed)(const starling_patch_grid *grid, const float *x, const float *packed, const float *bias, const float *other, float *image, size_t samples, starling_after after, float *scratch);
    void (*patch_outer_product)(const starling_patch_grid *grid, const float *x, const float *image, float *w, size_t samples, size_t first, size_t end, float *scratch);
    void (*max_pool)(const starling_patch_grid *grid, const float *x, const float *v, float *y, size_t samples);
    void (*max_pool_gradient)(const starling_patch_grid *grid, const float *x, const float *dy, float *dx, size_t samples);
    size_t (*packed_patches)(const starling_patch_grid *grid, int is_transposed);
    size_t (*patch_scratch)(const starling_patch_grid *grid);
    size_t (*patch_outer_scratch)(const starling_patch_grid *grid, size_t channels);
    void (*shared_product)(const float *x, const float *b, size_t b_stride, const float *bias, const float *other, float *y, size_t y_stride, size_t rows, size_t depth, size_t columns, starling_after after);
    void (*dot_product)(const float *x, const float *w, const float *bias, const float *other, float *y, size_t y_stride, size_t rows, size_t depth, size_t columns, starling_after after);
    void (*shared_outer_product)(const float *a, size_t a_stride, const float *c, size_t width, float *w, size_t rows, size_t height);
    void (*gru)(const starling_scan *s, const float *x, const float *initial, const float *reset, const float *packed, size_t stride, const float *bias, float *trace, size_t first, size_t end, float *scratch);
    void (*gru_gradient)(const starling_scan *s, const float *trace, const float *initial, const float *reset, const float *weight, const float *upstream, float *gradient, size_t first, size_t end, float *scratch);
    void (*lstm)(const starling_scan *s, const float *x, const float *initial, const float *reset, const float *packed, size_t stride, const float *bias, float *trace, size_t first, size_t end, float *scratch);
    void (*lstm_gradient)(const starling_scan *s, const float *trace, const float *initial, const float *reset, const float *weight, const float *upstream, float *gradient, size_t first, size_t end, float *scratch);
    void (*sum_parts)(const float *parts, size_t count, size_t stride, float *t, size_t width);
    void (*add_named_rows)(const void *ids, int is_integer, const float *x, size_t count, size_t width, size_t height, float *table, size_t first, size_t end);
    void (*philox4x32)(uint64_t key, const uint32_t counter[4], uint32_t words[4]);
    void (*gaussian)(const uint64_t *key, const uint64_t *step, const uint32_t *environment, uint32_t draw, int rows, int count, float *normals);
    void (*categorical)(const float *logits, int rows, int actions, uint64_t key, uint64_t step, uint32_t first_environment, uint32_t draw, int32_t *action, float *log_probability);
    void (*diagonal_gaussian)(const float *parameters, int rows, int width, starling_squash squash, uint64_t key, uint64_t step, uint32_t first_environment, uint32_t draw, float *sample, float *log_probability);
    void (*squash_actions)(const float *samples, int stride, int rows, int width, starling_squash squash, const float *low, const float *high, float *actions);
    void (*argmax)(const float *logits, int rows, int actions, int32_t *action);
    void (*epsilon_greedy)(const float *logits, int rows, int actions, float absent, const float *epsilons, uint64_t key, uint64_t step, uint32_t first_environment, uint32_t draw, int32_t *action, float *log_probability);
    double (*sum_of_squares)(const float *x, size_t count);
    void (*adam)(float *parameters, const float *gradients, float *m, float *v, size_t count, float rate, float beta1, float beta2, float epsilon, float correction1, float correction2, float scale);
    void (*rms_prop)(float *parameters, const float *gradients, float *v, size_t count, float rate, float decay, float epsilon, float scale);
    void (*momentum)(float *parameters, const float *gradients, float *m, size_t count, float rate, float decay, float scale);
    void (*mix)(float *x, const float *y, size_t count, float share);
    void (*multiply)(float *x, size_t count, float factor);
} starling_kernels;

extern const starling_kernels starling_kernels_base;
#ifdef __x86_64__
extern const starling_kernels starling_kernels_v3, starling_kernels_v4;
#endif

#endif
