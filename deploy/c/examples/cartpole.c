// CartPole-v1, number for number that of Starling's Swift: constants, Euler step and limits of Gymnasium.
//   cc -O3 -shared -fPIC -I.. -o libcartpole.so cartpole.c -lm
#include "starling_env.h"
#include <math.h>
// numbers: x, dx, angle, dangle, steps and seconds of a step, each of all carts: such loops compilers make vectors of.
struct starling_env_batch { size_t count; double numbers[]; };
static const char *describe(const char *options, starling_env_spec *spec) {
    return (void)options, spec->rank = 1, spec->shape[0] = 4, spec->action_count = 2, NULL;
}
static const char *create(const char *options, uint32_t count, starling_env_batch **batch) {
    (void)options, *batch = calloc(1, sizeof **batch + 6 * count * sizeof(double));
    return *batch == NULL ? "no memory" : ((*batch)->count = count, NULL);
}
static void show(const starling_env_batch *b, size_t i, float *row) {
    for (size_t k = 0; k < 4; k++) row[k] = (float)b->numbers[k * b->count + i];
}
static const char *reset(starling_env_batch *b, const uint8_t *active, const uint64_t *seeds, void *observations) {
    for (size_t i = 0; i < b->count; i++) {
        if (!active[i]) continue;
        uint64_t random = seeds[i];
        for (size_t k = 0; k < 4; k++) b->numbers[k * b->count + i] = starling_uniform(&random, -0.05, 0.05);
        b->numbers[4 * b->count + i] = 0;
        show(b, i, (float *)observations + 4 * i);
    }
    return NULL;
}
static const char *step(starling_env_batch *b, const uint8_t *active, const void *actions, void *observations, float *rewards, uint8_t *endings) {
    double *restrict x = b->numbers, *restrict dx = x + b->count, *restrict angle = dx + b->count, *restrict dangle = angle + b->count;
    double *restrict steps = dangle + b->count, *restrict tau = steps + b->count;
    // For carts that aren't active no time passes.
    for (size_t i = 0; i < b->count; i++) tau[i] = 0.02 * active[i], steps[i] += active[i];
    for (size_t i = 0; i < b->count; i++) {
        double a = angle[i], q = a * a, mass = 1.0 + 0.1, force = 20.0 * ((const int32_t *)actions)[i] - 10;
        // sin and cos by Taylor polynomials, exact within an episode.
        double s = a - a * q * (1.0 / 6 - q * (1.0 / 120 - q * (1.0 / 5040 - q * (1.0 / 362880 - q * (1.0 / 39916800)))));
        double k = 1 - q * (1.0 / 2 - q * (1.0 / 24 - q * (1.0 / 720 - q * (1.0 / 40320 - q * (1.0 / 3628800 - q * (1.0 / 479001600))))));
        double push = (force + 0.1 * 0.5 * (dangle[i] * dangle[i]) * s) / mass;
        double turn = (9.8 * s - k * push) / (0.5 * (4.0 / 3 - 0.1 * (k * k) / mass)), pull = push - 0.1 * 0.5 * turn * k / mass;
        x[i] += tau[i] * dx[i], dx[i] += tau[i] * pull, angle[i] = a + tau[i] * dangle[i], dangle[i] += tau[i] * turn;
    }
    for (size_t i = 0; i < b->count; i++) {
        if (!active[i]) continue;
        show(b, i, (float *)observations + 4 * i);
        rewards[i] = 1;
        int fell = fabs(x[i]) > 2.4 || fabs(angle[i]) > 12 * 2 * 3.14159265358979323846 / 360;
        endings[i] = fell ? STARLING_TERMINATED : steps[i] >= 500 ? STARLING_TRUNCATED : STARLING_GOES_ON;
    }
    return NULL;
}
static void destroy(starling_env_batch *batch) { free(batch); }
static size_t save(const starling_env_batch *b, void *bytes, size_t room) {
    size_t size = 5 * b->count * sizeof(double);
    return room >= size ? memcpy(bytes, b->numbers, size), size : size;
}
static const char *restore(starling_env_batch *b, const void *bytes, size_t size) {
    return size != 5 * b->count * sizeof(double) ? "of another number of carts" : (memcpy(b->numbers, bytes, size), NULL);
}
static const char *const none[] = {NULL};
static const starling_env_api api = {STARLING_ENV_ABI, sizeof(starling_env_api), none, describe, create, reset, step, destroy, save, restore, NULL};
const starling_env_api *starling_environment(void) { return &api; }
