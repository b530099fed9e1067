// Steps a library's environments as Starling does, in memory of exactly the sizes that it may write to: for AddressSanitizer.
#include "starling_env.h"
#include <assert.h>
#include <stdio.h>

int main(void) {
    const starling_env_api *api = starling_environment();
    starling_env_spec spec = {.size = sizeof spec};
    assert(api->abi == STARLING_ENV_ABI && api->describe("{}", &spec) == NULL);
    uint32_t count = 5, scalars = 1, episodes = 0, width = spec.action_part_count ? spec.action_part_count : spec.action_count ? 1 : spec.action_width;
    for (uint32_t d = 0; d < spec.rank; d++) scalars *= spec.shape[d];
    size_t size = scalars * (spec.scalar == STARLING_UINT8 ? 1 : 4);
    if (spec.part_count) size = 0;
    for (uint32_t p = 0; p < spec.part_count; p++) {
        scalars = 1;
        for (uint32_t d = 0; d < spec.parts[p].rank; d++) scalars *= spec.parts[p].shape[d];
        size += scalars * (spec.parts[p].scalar == STARLING_UINT8 ? 1 : 4);
    }
    if (spec.part_count) size = (size + 3) / 4 * 4;
    uint32_t choices = spec.action_count;
    for (uint32_t p = 0; p < spec.action_part_count; p++) choices += spec.action_counts[p];
    uint8_t *masks = malloc(count * choices);
    memset(masks, 1, count * choices);
    starling_env_batch *batch = NULL, *other = NULL;
    assert(api->create("{}", count, &batch) == NULL && api->create("{}", count, &other) == NULL);
    uint8_t *active = malloc(count), *begins = malloc(count), *endings = malloc(count), *rows = malloc(count * size);
    uint64_t *seeds = malloc(8 * count), random = 1;
    uint32_t *actions = malloc(4 * count * width);
    float *rewards = malloc(4 * count);
    for (uint32_t i = 0; i < count; i++) seeds[i] = i, active[i] = 1;
    assert(api->reset(batch, active, seeds, rows) == NULL && api->reset(other, active, seeds, rows) == NULL);
    if (spec.masks_actions) assert(api->masks(batch, active, masks) == NULL);
    for (int t = 0; t < 5000; t++) {
        for (uint32_t i = 0; i < count * width; i++) {
            if (spec.action_part_count) {
                // The first that is allowed from a random one on.
                uint32_t part = i % width, first = 0;
                for (uint32_t p = 0; p < part; p++) first += spec.action_counts[p];
                const uint8_t *mask = masks + i / width * choices + first;
                actions[i] = (uint32_t)(starling_random(&random) % spec.action_counts[part]);
                while (!mask[actions[i]]) actions[i] = (actions[i] + 1) % spec.action_counts[part];
                continue;
            }
            float number = spec.action_count ? 0 : (float)starling_uniform(&random, spec.low[i % width], spec.high[i % width]);
            if (spec.action_count) actions[i] = (uint32_t)(starling_random(&random) % spec.action_count);
            else memcpy(&actions[i], &number, 4);
        }
        assert(api->step(batch, active, actions, rows, rewards, endings) == NULL);
        for (uint32_t i = 0; i < count; i++) {
            begins[i] = !active[i] || endings[i] == STARLING_TERMINATED;
            episodes += active[i] && endings[i] != STARLING_GOES_ON;
            active[i] = active[i] && endings[i] == STARLING_TRUNCATED ? 0 : 1;
            seeds[i]++;
        }
        assert(api->reset(batch, begins, seeds, rows) == NULL);
        if (spec.masks_actions) assert(api->masks(batch, active, masks) == NULL);
        if (api->save != NULL && t % 97 == 0) {
            size_t state = api->save(batch, NULL, 0);
            void *bytes = malloc(state);
            assert(api->save(batch, bytes, state) == state && api->restore(other, bytes, state) == NULL);
            assert(api->restore(other, bytes, state - 1) != NULL);
            free(bytes);
        }
    }
    api->destroy(batch), api->destroy(other);
    free(active), free(begins), free(masks), free(endings), free(rows), free(seeds), free(actions), free(rewards);
    printf("%u episodes\n", episodes);
    return episodes == 0;
}
