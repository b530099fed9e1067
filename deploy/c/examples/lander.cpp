// A lander above the ground: its engine's thrust (0 to 1.5, where 1 is its weight) is to set it down softly. In C++, whose exceptions stay within.
//   c++ -std=c++17 -O3 -shared -fPIC -I.. -o liblander.so lander.cpp
#include "starling_env.h"
#include <exception>
#include <string>
#include <vector>

struct Lander {
    float height = 0, speed = 0;
    int steps = 0;
    void reset(uint64_t seed) { *this = {float(starling_uniform(&seed, 5, 10)), float(starling_uniform(&seed, -1, 1)), 0}; }
    void show(float *row) const { row[0] = height / 10, row[1] = speed / 5; }
};
struct starling_env_batch { std::vector<Lander> landers; };

// No exception leaves a function: what it says becomes the reason.
template <typename Body> static const char *guarded(Body body) {
    static thread_local std::string words;
    try { return body(), nullptr; } catch (const std::exception &error) { return (words = error.what()).c_str(); }
}

static const float low = 0, high = 1.5f;

static const starling_env_api api = [] {
    starling_env_api api = {};
    api.abi = STARLING_ENV_ABI, api.size = sizeof api;
    static const char *const none[] = {nullptr};
    api.options = none;
    api.describe = [](const char *, starling_env_spec *spec) -> const char * {
        spec->rank = 1, spec->shape[0] = 2;
        spec->action_width = 1, spec->low = &low, spec->high = &high;
        return nullptr;
    };
    api.create = [](const char *, uint32_t count, starling_env_batch **batch) {
        return guarded([&] { *batch = new starling_env_batch{std::vector<Lander>(count)}; });
    };
    api.reset = [](starling_env_batch *batch, const uint8_t *active, const uint64_t *seeds, void *observations) -> const char * {
        for (size_t i = 0; i < batch->landers.size(); i++)
            if (active[i]) batch->landers[i].reset(seeds[i]), batch->landers[i].show(static_cast<float *>(observations) + 2 * i);
        return nullptr;
    };
    api.step = [](starling_env_batch *batch, const uint8_t *active, const void *actions, void *observations, float *rewards, uint8_t *endings) -> const char * {
        for (size_t i = 0; i < batch->landers.size(); i++) {
            if (!active[i]) continue;
            Lander &lander = batch->landers[i];
            lander.speed += 0.1f * (static_cast<const float *>(actions)[i] - 1);
            lander.height += 0.1f * lander.speed;
            lander.show(static_cast<float *>(observations) + 2 * i);
            bool lands = lander.height <= 0;
            rewards[i] = lands ? 10 - lander.speed * lander.speed : -0.05f;
            endings[i] = lands ? STARLING_TERMINATED : ++lander.steps == 200 ? STARLING_TRUNCATED : STARLING_GOES_ON;
        }
        return nullptr;
    };
    api.destroy = [](starling_env_batch *batch) { delete batch; };
    return api;
}();

extern "C" const starling_env_api *starling_environment() { return &api; }
