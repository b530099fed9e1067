/*
 * Environments for Starling in C, C++, Rust, or whatever else makes a shared library.
 *
 * A library exports one function, starling_environment(), which gives a table of functions. They work on batches of
 * environments, in memory that Starling gives:
 *
 *     describe(options, &spec)          what observations and actions are
 *     create(options, count, &batch)    makes `count` environments
 *     reset(batch, active, seeds, observations)
 *     step(batch, active, actions, observations, rewards, endings)
 *     masks(batch, active, masks)       which actions may be taken, where not all may always
 *     costs(batch, active, costs)       what the step cost beside its reward, where that is to be limited
 *     destroy(batch)
 *
 * Rules:
 *   - `active` has a byte for each environment: 1 where it is to be reset or stepped, 0 where it and its rows in memory are
 *     to be left alone. After an ending an environment isn't stepped until it was reset.
 *   - Rows lie one after the other: observation i begins at i * (product of the shape) scalars, action i at i * action_width
 *     numbers (of several parts at i * action_part_count). What is active is written whole: what was there before is arbitrary.
 *   - The same seed and the same actions give the same episode, whatever else is in the batch.
 *   - What can fail returns NULL, or why it failed, in one line; the text stays as it is until the same thread's next call.
 *     After a failure the batch is destroyed and another one made.
 *   - Each thread that acts has batches of its own and calls for them alone. Batches share nothing that is written to
 *     without a lock. (A library that can't do so wants `--threads 1`.)
 *   - No exception leaves a function, and none ends the process, changes its signals, or waits without end.
 *
 * Compile it:   cc -O3 -shared -fPIC -o libmaze.so maze.c
 * Look it over: starling doctor --environment ./libmaze.so
 * Train in it:  starling train library --environment ./libmaze.so
 */
#ifndef STARLING_ENV_H
#define STARLING_ENV_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Raised only where what is here changes its meaning. What is added comes at the end of a structure, whose `size` says how
 * much of it there is: what is not within `size` is as if it were 0. */
#define STARLING_ENV_ABI 1

enum { STARLING_FLOAT32 = 0, STARLING_UINT8 = 1 };                       /* starling_env_spec.scalar */
enum { STARLING_GOES_ON = 0, STARLING_TERMINATED = 1, STARLING_TRUNCATED = 2 }; /* endings */

/* One array of an observation that has several, which lie one after the other without gaps: those of float32 first, then
 * those of bytes. A row is as long as all of them together; where there are floats, rounded up to a multiple of 4 bytes. */
typedef struct {
    const char *name;  /* "camera": letters, digits, _ and -, with dots between names */
    uint32_t rank;     /* as below */
    uint32_t shape[8];
    uint32_t scalar;
} starling_env_part;

/* What observations and actions are. Starling sets it to 0, but for `size`; describe() fills in what is otherwise. */
typedef struct {
    uint32_t size;              /* bytes that Starling knows of; nothing beyond is written */
    uint32_t rank;              /* dimensions of an observation, 1 to 8 */
    uint32_t shape[8];          /* {4} of four numbers, {channels, height, width} of a picture */
    uint32_t scalar;            /* STARLING_FLOAT32, or STARLING_UINT8 */
    uint32_t action_count;      /* N: an action is an int32_t, 0 to N - 1. 0: it is numbers, float */
    uint32_t action_width;      /* where action_count is 0: how many numbers, 1 to 4096 */
    uint32_t players_alternate; /* 1: two players in turn; an observation and a reward are those of who acts */
    const float *low, *high;    /* where action_count is 0: bounds of each number, low below high; stay until the next call */
    float observation_limit;    /* largest magnitude of a number of an observation; 0: 1e9 */
    float reward_limit;         /* largest magnitude of a reward; 0: 1e9 */
    /* Observations of several parts; then rank, shape and scalar above are not looked at. They stay until the next call. */
    uint32_t part_count;        /* 0: one array */
    const starling_env_part *parts;
    /* Actions of several parts: an action is that many int32_t, number k from 0 to action_counts[k] - 1. They stay likewise. */
    uint32_t action_part_count; /* 0: as above; else 1 to 4096 */
    const uint32_t *action_counts;
    uint32_t masks_actions;     /* 1: masks() tells which actions may be taken */
    uint32_t tells_cost;        /* 1: costs() tells what a step cost */
} starling_env_spec;

/* A library says what it is: struct starling_env_batch { ... }; */
typedef struct starling_env_batch starling_env_batch;

typedef struct {
    uint32_t abi;  /* STARLING_ENV_ABI */
    uint32_t size; /* sizeof(starling_env_api) */

    /* Names of the options that describe() and create() know, the last one NULL. NULL: they are looked at by describe(). */
    const char *const *options;

    /* options: an object of JSON, as the recipe has it without the environment's name: {"size": 8}; or {}.
     * Returns why there is no such environment, such as "size must be even". */
    const char *(*describe)(const char *options, starling_env_spec *spec);

    /* count: environments of the batch. options: such as describe() took. */
    const char *(*create)(const char *options, uint32_t count, starling_env_batch **batch);

    /* Begins the episode of seeds[i] and writes its first observation, of all that are active. */
    const char *(*reset)(starling_env_batch *batch, const uint8_t *active, const uint64_t *seeds, void *observations);

    /* Takes a step and writes what came of it, of all that are active. actions: int32_t or float. rewards: of this step,
     * finite. endings: STARLING_TERMINATED where the task is over and nothing comes any more; STARLING_TRUNCATED where time
     * ran out, so that the value of the observation counts; else STARLING_GOES_ON. */
    const char *(*step)(starling_env_batch *batch, const uint8_t *active, const void *actions, void *observations,
                        float *rewards, uint8_t *endings);

    void (*destroy)(starling_env_batch *batch);

    /* The rest may be NULL. */

    /* Writes all that the coming steps depend on, where there is room, so that a training can be stopped and go on.
     * Returns how many bytes that is; 0: it can't now. */
    size_t (*save)(const starling_env_batch *batch, void *bytes, size_t room);

    /* Becomes what save() wrote of a batch of the same options and count. The bytes may be damaged. */
    const char *(*restore)(starling_env_batch *batch, const void *bytes, size_t size);

    /* Draws an environment: rows from the top, three bytes (red, green, blue) a pixel; always as many pixels. With rgb NULL it
     * only says how many. Returns 0 when it can't. */
    int (*picture)(const starling_env_batch *batch, uint32_t index, uint8_t *rgb, uint32_t *width, uint32_t *height);

    /* Writes which actions the next step may take, of all that are active: action_count bytes an environment, of several parts
     * those of all parts one after the other; 1: it may be taken, 0: not. Of each part something must be left. Asked after every
     * reset and step where masks_actions says so. */
    const char *(*masks)(const starling_env_batch *batch, const uint8_t *active, uint8_t *masks);

    /* Writes what the last step cost beside its reward, such as 1 for a crash, of all that are active: finite, of no larger magnitude
     * than a reward may have. Asked after every step, before any reset, where tells_cost says so. */
    const char *(*costs)(const starling_env_batch *batch, const uint8_t *active, float *costs);
} starling_env_api;

/* The one function that a library exports; always the same table. */
const starling_env_api *starling_environment(void);

/* Random numbers of a seed, the same on every machine and in Starling's Swift: SplitMix64 (Steele, Lea and Flood 2014).
 * A state is one word, which a seed begins. */
static inline uint64_t starling_random(uint64_t *state) {
    uint64_t z = (*state += UINT64_C(0x9E3779B97F4A7C15));
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

/* Uniform in low <= x < high. */
static inline double starling_uniform(uint64_t *state, double low, double high) {
    return low + (high - low) * ((double)(starling_random(state) >> 11) / 9007199254740992.0);
}

/* The number of this name among the options, or `otherwise` where there is none. (For texts and lists take a library that
 * reads JSON.) */
static inline double starling_option(const char *options, const char *name, double otherwise) {
    size_t length = strlen(name);
    for (const char *at = options; (at = strchr(at, '"')) != NULL; at++)
        if (strncmp(at + 1, name, length) == 0 && strncmp(at + 1 + length, "\": ", 3) == 0) return strtod(at + 4 + length, NULL);
    return otherwise;
}

#ifdef __cplusplus
}
#endif

#endif
