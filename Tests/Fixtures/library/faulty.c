// A room that one is in for `length` steps (or leaves by action 1, where they are 99), and whatever a library can do wrong. What it does is the
// option `fault`, and when is `at`: the step of environment 0, counted over all batches, and over processes where TALLY names a file.
#include "starling_env.h"
#include <math.h>
#include <stdio.h>
#include <unistd.h>

#ifndef ABI
#define ABI STARLING_ENV_ABI
#endif
#ifndef SIZE
#define SIZE sizeof(starling_env_api)
#endif

enum { NONE, FAIL, NAN_REWARD, NAN_OBSERVATION, LARGE_REWARD, ENDING, SEGFAULT, HANG, EXIT, CHATTER, UNWRITTEN, SHARED, UNSEEDED, FORGETS, RESET_FAILS, NAN_COST };

struct starling_env_batch {
    uint32_t count, fault, at, length, stagger, stuck, again;
    struct { uint64_t random; uint32_t steps; float offset; } rooms[];
};

static float shared;

// Steps of environment 0.
static unsigned tally(void) {
#ifdef TALLY
    FILE *file = fopen(TALLY, "a");
    if (file == NULL) return 0;
    fputc('.', file);
    long size = ftell(file);
    fclose(file);
    return (unsigned)size;
#else
    static unsigned taken;
    return ++taken;
#endif
}

static const char *describe(const char *options, starling_env_spec *spec) {
    if (starling_option(options, "refuse", 0) != 0) return "refuse must be 0:\nit says no";
    if (starling_option(options, "crash", 0) != 0) *(volatile int *)0 = 1;
    spec->rank = (uint32_t)starling_option(options, "rank", 1);
    spec->shape[0] = (uint32_t)starling_option(options, "width", 2);
    spec->scalar = (uint32_t)starling_option(options, "scalar", STARLING_FLOAT32);
    spec->action_count = (uint32_t)starling_option(options, "actions", 2);
    spec->observation_limit = (float)starling_option(options, "limit", 0);
    spec->masks_actions = starling_option(options, "masks", 0) != 0;
    spec->tells_cost = starling_option(options, "costs", 0) != 0;
    static const starling_env_part parts[] = {{.name = "a", .rank = 1, .shape = {3}, .scalar = STARLING_UINT8}, {.name = "b", .rank = 1, .shape = {1}}};
    static const uint32_t counts[] = {2, 0};
    spec->part_count = (uint32_t)starling_option(options, "parts", 0);
    if (spec->part_count > 0 && spec->part_count < 65) spec->parts = parts;
    spec->action_part_count = (uint32_t)starling_option(options, "action_parts", 0);
    if (spec->action_part_count < 4096) spec->action_counts = counts;
    return NULL;
}

static const char *create(const char *options, uint32_t count, starling_env_batch **batch) {
    if (starling_option(options, "create", 1) == 0) return "create must be 1";
    *batch = calloc(1, sizeof **batch + count * sizeof(*batch)->rooms[0]);
    (*batch)->count = count;
    (*batch)->fault = (uint32_t)starling_option(options, "fault", NONE);
    (*batch)->at = (uint32_t)starling_option(options, "at", 30);
    (*batch)->length = (uint32_t)starling_option(options, "length", 13);
    (*batch)->again = (uint32_t)starling_option(options, "again", 0);
    (*batch)->stuck = (uint32_t)starling_option(options, "stuck", 0);
    (*batch)->stagger = (uint32_t)starling_option(options, "stagger", 0);
    return NULL;
}

static void show(starling_env_batch *b, uint32_t i, float *row) {
    row[0] = b->rooms[i].offset + (b->fault == SHARED ? shared : 0);
    if (b->fault != UNWRITTEN || b->rooms[i].steps < 3) row[1] = (float)b->rooms[i].steps;
}

static const char *reset(starling_env_batch *b, const uint8_t *active, const uint64_t *seeds, void *observations) {
    for (uint32_t i = 0; i < b->count; i++) {
        if (!active[i]) continue;
        static uint64_t unseeded;
        uint64_t *random = &b->rooms[i].random;
        *random = b->fault == UNSEEDED ? ++unseeded : seeds[i];
        b->rooms[i].offset = (float)starling_uniform(random, -1, 1);
        b->rooms[i].steps = 0;
        show(b, i, (float *)observations + 2 * i);
        if (b->fault == RESET_FAILS) return "there is no floor";
    }
    return NULL;
}

static const char *step(starling_env_batch *b, const uint8_t *active, const void *actions, void *observations, float *rewards, uint8_t *endings) {
    for (uint32_t i = 0; i < b->count; i++) {
        if (!active[i]) continue;
        int now = i == 0 && b->fault != NONE && b->fault <= CHATTER && (b->again ? tally() % b->at == 0 : tally() == b->at);
        shared += 0.5f;
        b->rooms[i].steps++;
        b->rooms[i].offset += 0.1f * (float)((const int32_t *)actions)[i] + (float)starling_uniform(&b->rooms[i].random, 0, 0.01);
        show(b, i, (float *)observations + 2 * i);
        rewards[i] = 1;
        int exits = b->rooms[i].steps >= 7 && ((const int32_t *)actions)[i] == 1 && b->length == 99;
        endings[i] = b->rooms[i].steps >= b->length - i * b->stagger ? STARLING_TRUNCATED : exits ? STARLING_TERMINATED : STARLING_GOES_ON;
        if (!now) continue;
        switch (b->fault) {
        case FAIL: return "the floor gives way";
        case NAN_REWARD: rewards[i] = NAN; break;
        case NAN_OBSERVATION: ((float *)observations)[1] = NAN; break;
        case LARGE_REWARD: rewards[i] = 1e12f; break;
        case ENDING: endings[i] = 7; break;
        case SEGFAULT: *(volatile int *)0 = 1; break;
        case HANG: pause(); break;
        case EXIT: _exit(3);
        case CHATTER: printf("it is cold\n"); fflush(stdout); break;
        }
    }
    return NULL;
}

static void destroy(starling_env_batch *batch) { free(batch); }

static size_t save(const starling_env_batch *b, void *bytes, size_t room) {
    size_t size = b->count * sizeof b->rooms[0];
    if (room >= size) memcpy(bytes, b->rooms, size);
    if (room >= size && b->fault == FORGETS) memset(bytes, 0, 8);
    return size;
}

static const char *restore(starling_env_batch *b, const void *bytes, size_t size) {
    if (size != b->count * sizeof b->rooms[0]) return "of another size";
    memcpy(b->rooms, bytes, size);
    return NULL;
}

static int picture(const starling_env_batch *b, uint32_t i, uint8_t *rgb, uint32_t *width, uint32_t *height) {
    *width = 3, *height = 2;
    if (rgb != NULL) memset(rgb, (int)(b->rooms[i].steps + i), 18);
    return 1;
}

// Now the one, now the other; at step `stuck` neither.
__attribute__((unused)) static const char *masks(const starling_env_batch *b, const uint8_t *active, uint8_t *masks) {
    for (uint32_t i = 0; i < b->count; i++) {
        if (!active[i]) continue;
        masks[2 * i] = masks[2 * i + 1] = 0;
        if (b->rooms[i].steps != b->stuck || b->stuck == 0) masks[2 * i + b->rooms[i].steps % 2] = 1;
    }
    return NULL;
}

// A step costs its number; what takes none is written to as well, which changes nothing.
__attribute__((unused)) static const char *costs(const starling_env_batch *b, const uint8_t *active, float *costs) {
    for (uint32_t i = 0; i < b->count; i++) costs[i] = active[i] ? (float)b->rooms[i].steps : 1000;
    if (b->fault == NAN_COST && b->rooms[0].steps == 5) costs[0] = NAN;
    return NULL;
}

static const starling_env_api api = {
    .abi = ABI, .size = SIZE, .describe = describe, .create = create, .reset = reset, .step = step, .destroy = destroy,
    .save = save, .restore = restore, .picture = picture,
#ifndef NO_MASKS
    .masks = masks,
#endif
#ifndef NO_COSTS
    .costs = costs,
#endif
};
#ifdef NO_SYMBOL
#define starling_environment starling_environs
#endif
const starling_env_api *starling_environment(void) { return &api; }
