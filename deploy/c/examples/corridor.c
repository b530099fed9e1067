// A corridor of `length` places, 5 by default: right (1) leads to the exit, left (0) to a wall.
//   cc -O3 -shared -fPIC -I.. -o libcorridor.so corridor.c
#include "starling_env.h"

struct starling_env_batch {
    uint32_t count, length;
    uint32_t place[];
};

static const char *describe(const char *options, starling_env_spec *spec) {
    double length = starling_option(options, "length", 5);
    if (!(length >= 2 && length <= 1000)) return "length must be a number from 2 to 1000";
    spec->rank = 1;
    spec->shape[0] = 1;
    spec->action_count = 2;
    return NULL;
}

static const char *create(const char *options, uint32_t count, starling_env_batch **batch) {
    *batch = calloc(1, sizeof **batch + count * sizeof(uint32_t));
    if (*batch == NULL) return "no memory";
    (*batch)->count = count;
    (*batch)->length = (uint32_t)starling_option(options, "length", 5);
    return NULL;
}

static const char *reset(starling_env_batch *batch, const uint8_t *active, const uint64_t *seeds, void *observations) {
    (void)seeds;  // all episodes begin alike
    for (uint32_t i = 0; i < batch->count; i++)
        if (active[i]) ((float *)observations)[i] = (float)(batch->place[i] = 0);
    return NULL;
}

static const char *step(starling_env_batch *batch, const uint8_t *active, const void *actions, void *observations,
                        float *rewards, uint8_t *endings) {
    for (uint32_t i = 0; i < batch->count; i++) {
        if (!active[i]) continue;
        uint32_t *place = &batch->place[i];
        if (((const int32_t *)actions)[i] == 1) ++*place;
        else if (*place > 0) --*place;
        ((float *)observations)[i] = (float)*place;
        rewards[i] = *place == batch->length ? 1 : -0.1f;
        endings[i] = *place == batch->length ? STARLING_TERMINATED : STARLING_GOES_ON;
    }
    return NULL;
}

static void destroy(starling_env_batch *batch) { free(batch); }

static const char *const options[] = {"length", NULL};
static const starling_env_api api = {
    .abi = STARLING_ENV_ABI, .size = sizeof(starling_env_api), .options = options,
    .describe = describe, .create = create, .reset = reset, .step = step, .destroy = destroy};

const starling_env_api *starling_environment(void) { return &api; }
