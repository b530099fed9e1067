// A robot in a hall of five by five fetches a crate and brings it to the door at 0, 0. Observations have two parts (numbers of
// the robot, a map), actions too (where to go, whether to hold), and what can't be done is masked.
#include "starling_env.h"

enum { SIDE = 5, STAY = 0, LEFT, RIGHT, UP, DOWN, MOVES, LONGEST = 60 };

typedef struct {
    uint32_t x, y, crate_x, crate_y, holds, time;
} hall;

struct starling_env_batch {
    uint32_t count;
    hall halls[];
};

static const char *describe(const char *options, starling_env_spec *spec) {
    static const starling_env_part parts[] = {
        {.name = "robot", .rank = 1, .shape = {3}, .scalar = STARLING_FLOAT32},
        {.name = "map", .rank = 2, .shape = {SIDE, SIDE}, .scalar = STARLING_UINT8}};
    static const uint32_t counts[] = {MOVES, 2};
    (void)options;
    if (spec->size < sizeof *spec) return "it needs a newer Starling";
    spec->part_count = 2;
    spec->parts = parts;
    spec->action_part_count = 2;
    spec->action_counts = counts;
    spec->masks_actions = 1;
    return NULL;
}

static const char *create(const char *options, uint32_t count, starling_env_batch **batch) {
    (void)options;
    *batch = calloc(1, sizeof **batch + count * sizeof(hall));
    if (*batch == NULL) return "no memory";
    (*batch)->count = count;
    return NULL;
}

/* Numbers first, then bytes; a row is a multiple of 4 bytes long. */
static void show(const hall *hall, uint8_t *row) {
    float robot[3] = {(float)hall->x / (SIDE - 1), (float)hall->y / (SIDE - 1), (float)hall->holds};
    memcpy(row, robot, sizeof robot);
    memset(row + sizeof robot, 0, SIDE * SIDE);
    row[sizeof robot + hall->crate_y * SIDE + hall->crate_x] = 255;
}

static const size_t row_size = (3 * sizeof(float) + SIDE * SIDE + 3) / 4 * 4;

static const char *reset(starling_env_batch *batch, const uint8_t *active, const uint64_t *seeds, void *observations) {
    for (uint32_t i = 0; i < batch->count; i++) {
        if (!active[i]) continue;
        uint64_t random = seeds[i];
        hall *hall = &batch->halls[i];
        memset(hall, 0, sizeof *hall);
        hall->x = (uint32_t)(starling_random(&random) % SIDE);
        hall->y = (uint32_t)(starling_random(&random) % SIDE);
        hall->crate_x = (uint32_t)(starling_random(&random) % SIDE);
        hall->crate_y = 1 + (uint32_t)(starling_random(&random) % (SIDE - 1));  // never at the door
        show(hall, (uint8_t *)observations + i * row_size);
    }
    return NULL;
}

static int is_at_crate(const hall *hall) { return hall->x == hall->crate_x && hall->y == hall->crate_y; }

static const char *step(starling_env_batch *batch, const uint8_t *active, const void *actions, void *observations,
                        float *rewards, uint8_t *endings) {
    for (uint32_t i = 0; i < batch->count; i++) {
        if (!active[i]) continue;
        hall *hall = &batch->halls[i];
        const int32_t *action = (const int32_t *)actions + 2 * i;  // as masks() lets it
        hall->holds = action[1] == 1;
        hall->x += (action[0] == RIGHT) - (action[0] == LEFT);
        hall->y += (action[0] == DOWN) - (action[0] == UP);
        if (hall->holds) hall->crate_x = hall->x, hall->crate_y = hall->y;
        hall->time++;
        int is_done = hall->crate_x == 0 && hall->crate_y == 0;
        rewards[i] = is_done ? 1 : -0.02f;
        endings[i] = is_done ? STARLING_TERMINATED : hall->time == LONGEST ? STARLING_TRUNCATED : STARLING_GOES_ON;
        show(hall, (uint8_t *)observations + i * row_size);
    }
    return NULL;
}

static const char *masks(const starling_env_batch *batch, const uint8_t *active, uint8_t *masks) {
    for (uint32_t i = 0; i < batch->count; i++) {
        if (!active[i]) continue;
        const hall *hall = &batch->halls[i];
        uint8_t *mask = masks + i * (MOVES + 2);
        mask[STAY] = 1;
        mask[LEFT] = hall->x > 0;
        mask[RIGHT] = hall->x < SIDE - 1;
        mask[UP] = hall->y > 0;
        mask[DOWN] = hall->y < SIDE - 1;
        mask[MOVES + 0] = 1;                  // to let go, or hold nothing
        mask[MOVES + 1] = is_at_crate(hall);  // to hold it
    }
    return NULL;
}

static void destroy(starling_env_batch *batch) { free(batch); }

static const char *const options[] = {NULL};
static const starling_env_api api = {
    .abi = STARLING_ENV_ABI, .size = sizeof(starling_env_api), .options = options, .describe = describe, .create = create,
    .reset = reset, .step = step, .destroy = destroy, .masks = masks};

const starling_env_api *starling_environment(void) { return &api; }
