// Picks the kernels for this CPU when the program is loaded, and forwards to them.
#include "kernels/table.h"
#include "starling_level.h"
#ifdef __x86_64__
#include <cpuid.h>
#endif

static const starling_kernels *kernels = &starling_kernels_base;
static starling_level highest = STARLING_LEVEL_BASE;

int starling_choose_level(starling_level level) {
    switch (level) {
    case STARLING_LEVEL_BASE: kernels = &starling_kernels_base; break;
#ifdef __x86_64__
    case STARLING_LEVEL_X86_64_V3:
        if (!__builtin_cpu_supports("x86-64-v3")) return 0;
        kernels = &starling_kernels_v3;
        break;
    case STARLING_LEVEL_X86_64_V4:
        if (!__builtin_cpu_supports("x86-64-v4")) return 0;
        kernels = &starling_kernels_v4;
        break;
#endif
    default: return 0;
    }
    if (level > highest) highest = level;
    return 1;
}

starling_level starling_highest_level(void) { return highest; }

void starling_name_cpu(char *name, int size) {
    const char *found = "unknown CPU";
#ifdef __x86_64__
    unsigned words[13] = {0};
    if (__get_cpuid_max(0x80000000u, 0) >= 0x80000004u)
        for (unsigned i = 0; i < 3; i++)
            __get_cpuid(0x80000002u + i, &words[4 * i], &words[4 * i + 1], &words[4 * i + 2], &words[4 * i + 3]);
    if (words[0]) found = (const char *)words;
#elif defined(__aarch64__)
    found = "ARM64";
#endif
    while (*found == ' ') found++;
    int length = 0;
    for (; length + 1 < size && found[length]; length++) name[length] = found[length];
    while (length > 0 && name[length - 1] == ' ') length--;
    if (size > 0) name[length] = 0;
}

__attribute__((constructor)) static void choose_highest(void) {
#ifdef __x86_64__
    __builtin_cpu_init();
#endif
    if (!starling_choose_level(STARLING_LEVEL_X86_64_V4)) (void)starling_choose_level(STARLING_LEVEL_X86_64_V3);
}

void starling_map_run(const starling_map_instruction *code, size_t count, const starling_map_slot *slots,
                      size_t slot_count, size_t rows, size_t block) {
    kernels->map_run(code, count, slots, slot_count, rows, block);
}

void starling_product(const float *x, const float *b, size_t b_stride, const float *bias, const float *other,
                      float *y, size_t rows, size_t depth, size_t columns, starling_after after) {
    kernels->product(x, b, b_stride, bias, other, y, rows, depth, columns, after);
}

void starling_outer_product(const float *a, const float *c, float *w, size_t rows, size_t height, size_t width) {
    kernels->outer_product(a, c, w, rows, height, width);
}

void starling_pack_transposed(const float *w, size_t columns, size_t depth, float *packed, size_t stride) {
    kernels->pack_transposed(w, columns, depth, packed, stride);
}

void starling_after_product(float *y, const float *bias, const float *other, size_t rows, size_t columns,
                            starling_after after) {
    kernels->after_product(y, bias, other, rows, columns, after);
}

void starling_pack_patches(const starling_patch_grid *grid, const float *w, float *packed, int is_transposed) {
    kernels->pack_patches(grid, w, packed, is_transposed);
}

void starling_pack_taps(const starling_patch_grid *grid, const float *w, float *packed) {
    kernels->pack_taps(grid, w, packed);
}

void starling_unfold_patches(const starling_patch_grid *grid, const float *image, float *unfolded, size_t samples) {
    kernels->unfold_patches(grid, image, unfolded, samples);
}

void starling_fold_patches(const starling_patch_grid *grid, const float *unfolded, const float *bias, float *image,
                           size_t samples) {
    kernels->fold_patches(grid, unfolded, bias, image, samples);
}

void starling_patch_product(const starling_patch_grid *grid, const float *image, const float *packed, const float
        *bias, const float *other, float *y, size_t samples, starling_after after, float *scratch) {
    kernels->patch_product(grid, image, packed, bias, other, y, samples, after, scratch);
}

void starling_patch_product_transposed(const starling_patch_grid *grid, const float *x, const float *packed, const
        float *bias, const float *other, float *image, size_t samples, starling_after after, float *scratch) {
    kernels->patch_product_transposed(grid, x, packed, bias, other, image, samples, after, scratch);
}

void starling_patch_outer_product(const starling_patch_grid *grid, const float *x, const float *image, float *w,
        size_t samples, size_t first, size_t end, float *scratch) {
    kernels->patch_outer_product(grid, x, image, w, samples, first, end, scratch);
}

void starling_max_pool(const starling_patch_grid *grid, const float *x, const float *v, float *y, size_t samples) {
    kernels->max_pool(grid, x, v, y, samples);
}

void starling_max_pool_gradient(const starling_patch_grid *grid, const float *x, const float *dy, float *dx, size_t
        samples) {
    kernels->max_pool_gradient(grid, x, dy, dx, samples);
}

size_t starling_packed_patches(const starling_patch_grid *grid, int is_transposed) {
    return kernels->packed_patches(grid, is_transposed);
}

size_t starling_patch_scratch(const starling_patch_grid *grid) {
    return kernels->patch_scratch(grid);
}

size_t starling_patch_outer_scratch(const starling_patch_grid *grid, size_t channels) {
    return kernels->patch_outer_scratch(grid, channels);
}

void starling_shared_product(const float *x, const float *b, size_t b_stride, const float *bias, const float *other,
        float *y, size_t y_stride, size_t rows, size_t depth, size_t columns, starling_after after) {
    kernels->shared_product(x, b, b_stride, bias, other, y, y_stride, rows, depth, columns, after);
}

void starling_dot_product(const float *x, const float *w, const float *bias, const float *other, float *y, size_t
        y_stride, size_t rows, size_t depth, size_t columns, starling_after after) {
    kernels->dot_product(x, w, bias, other, y, y_stride, rows, depth, columns, after);
}

void starling_shared_outer_product(const float *a, size_t a_stride, const float *c, size_t width, float *w, size_t
        rows, size_t height) {
    kernels->shared_outer_product(a, a_stride, c, width, w, rows, height);
}

void starling_gru(const starling_scan *s, const float *x, const float *initial, const float *reset, const float
        *packed, size_t stride, const float *bias, float *trace, size_t first, size_t end, float *scratch) {
    kernels->gru(s, x, initial, reset, packed, stride, bias, trace, first, end, scratch);
}

void starling_gru_gradient(const starling_scan *s, const float *trace, const float *initial, const float *reset, const
        float *weight, const float *upstream, float *gradient, size_t first, size_t end, float *scratch) {
    kernels->gru_gradient(s, trace, initial, reset, weight, upstream, gradient, first, end, scratch);
}

void starling_lstm(const starling_scan *s, const float *x, const float *initial, const float *reset, const float
        *packed, size_t stride, const float *bias, float *trace, size_t first, size_t end, float *scratch) {
    kernels->lstm(s, x, initial, reset, packed, stride, bias, trace, first, end, scratch);
}

void starling_lstm_gradient(const starling_scan *s, const float *trace, const float *initial, const float *reset,
        const float *weight, const float *upstream, float *gradient, size_t first, size_t end, float *scratch) {
    kernels->lstm_gradient(s, trace, initial, reset, weight, upstream, gradient, first, end, scratch);
}

void starling_sum_parts(const float *parts, size_t count, size_t stride, float *t, size_t width) {
    kernels->sum_parts(parts, count, stride, t, width);
}

void starling_add_named_rows(const void *ids, int is_integer, const float *x, size_t count, size_t width, size_t height,
                             float *table, size_t first, size_t end) {
    kernels->add_named_rows(ids, is_integer, x, count, width, height, table, first, end);
}

void starling_philox4x32(uint64_t key, const uint32_t counter[4], uint32_t words[4]) {
    kernels->philox4x32(key, counter, words);
}

void starling_gaussian(const uint64_t *key, const uint64_t *step, const uint32_t *environment, uint32_t draw,
                       int rows, int count, float *normals) {
    kernels->gaussian(key, step, environment, draw, rows, count, normals);
}

void starling_categorical(const float *logits, int rows, int actions, uint64_t key, uint64_t step,
                          uint32_t first_environment, uint32_t draw, int32_t *action, float *log_probability) {
    kernels->categorical(logits, rows, actions, key, step, first_environment, draw, action, log_probability);
}

void starling_diagonal_gaussian(const float *parameters, int rows, int width, starling_squash squash, uint64_t key,
                                uint64_t step, uint32_t first_environment, uint32_t draw, float *sample,
                                float *log_probability) {
    kernels->diagonal_gaussian(parameters, rows, width, squash, key, step, first_environment, draw, sample, log_probability);
}

void starling_squash_actions(const float *samples, int stride, int rows, int width, starling_squash squash,
                             const float *low, const float *high, float *actions) {
    kernels->squash_actions(samples, stride, rows, width, squash, low, high, actions);
}

void starling_argmax(const float *logits, int rows, int actions, int32_t *action) {
    kernels->argmax(logits, rows, actions, action);
}

void starling_epsilon_greedy(const float *logits, int rows, int actions, float absent, const float *epsilons, uint64_t key, uint64_t step,
                             uint32_t first_environment, uint32_t draw, int32_t *action, float *log_probability) {
    kernels->epsilon_greedy(logits, rows, actions, absent, epsilons, key, step, first_environment, draw, action, log_probability);
}

double starling_sum_of_squares(const float *x, size_t count) { return kernels->sum_of_squares(x, count); }

void starling_adam(float *parameters, const float *gradients, float *m, float *v, size_t count, float rate,
                   float beta1, float beta2, float epsilon, float correction1, float correction2, float scale) {
    kernels->adam(parameters, gradients, m, v, count, rate, beta1, beta2, epsilon, correction1, correction2, scale);
}

void starling_rms_prop(float *parameters, const float *gradients, float *v, size_t count, float rate, float decay, float epsilon,
                       float scale) {
    kernels->rms_prop(parameters, gradients, v, count, rate, decay, epsilon, scale);
}

void starling_momentum(float *parameters, const float *gradients, float *m, size_t count, float rate, float decay, float scale) {
    kernels->momentum(parameters, gradients, m, count, rate, decay, scale);
}

void starling_mix(float *x, const float *y, size_t count, float share) { kernels->mix(x, y, count, share); }

void starling_multiply(float *x, size_t count, float factor) { kernels->multiply(x, count, factor); }
