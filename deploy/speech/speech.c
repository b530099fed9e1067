// Someone speaks word after word in noise that slowly changes, and is told whether it was understood. The speaker chooses pitch,
// speed, spectral tilt and voice, not loudness.
#define _GNU_SOURCE
#include "speech.h"

#include <dlfcn.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>

#include "starling_env.h"

enum { OBSERVATION = BANDS + 1, PARTS = 4, MOST_SPOKEN = 1000 };

/* What the third number of an action chooses: darker than espeak-ng speaks, as it speaks, brighter. */
static const float tilts[] = {-0.6f, 0, 0.9f};

typedef struct {
    uint64_t random;
    float traits[TRAITS];  // of the noise, 0 to 1
    int32_t heard;         // 1: the last word was, -1: it wasn't, 0: there was none
    uint32_t spoken;
} talk;

struct starling_env_batch {
    uint32_t count, words;
    float sound[LENGTH], scratch[LENGTH], features[FEATURES];
    talk talks[];
};

/* Read when the first environment is described, and never written to again. */
static struct {
    const char *why;  // there is none
    speech_bank bank;
    speech_listener listener;
    uint32_t action_counts[PARTS];
} world;

static void read_world(void) {
    Dl_info here;
    char path[4096];
    world.why = "its own folder is unknown";
    if (dladdr(tilts, &here) == 0) return;
    const char *slash = strrchr(here.dli_fname, '/');
    const int folder = slash == NULL ? 0 : (int)(slash - here.dli_fname) + 1;
    if (folder > 4000) return;
    snprintf(path, sizeof path, "%.*sclips.bin", folder, here.dli_fname);
    if ((world.why = speech_read_bank(path, &world.bank)) != NULL) return;
    snprintf(path, sizeof path, "%.*slistener.bin", folder, here.dli_fname);
    if ((world.why = speech_read_listener(path, &world.listener)) != NULL) return;
    if (world.listener.words != world.bank.words) world.why = "listener.bin knows other words than clips.bin: make both anew";
    world.action_counts[0] = world.bank.pitches;
    world.action_counts[1] = world.bank.speeds;
    world.action_counts[2] = sizeof tilts / sizeof *tilts;
    world.action_counts[3] = world.bank.voices;
}

static const char *have_world(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, read_world);
    return world.why;
}

/* How many words there are; 0: none, as `why` says. */
uint32_t speech_words(const char **why) {
    *why = have_world();
    return *why == NULL ? world.bank.words : 0;
}

const char *speech_word(uint32_t word) { return world.bank.names[word]; }

/* Speaks a word into the noise that there is. Returns how long it takes, in seconds. */
float speech_say(const int32_t action[PARTS], uint32_t word, uint64_t seed, float sound[LENGTH]) {
    const speech_bank *bank = &world.bank;
    const uint32_t clip = ((word * bank->pitches + (uint32_t)action[0]) * bank->speeds + (uint32_t)action[1]) * bank->voices
        + (uint32_t)action[3];
    const int32_t count = (int32_t)bank->counts[clip];
    // The listener knows when it is spoken to within 50 ms.
    const int32_t onset = (LENGTH - count) / 2 + (int32_t)starling_uniform(&seed, -800, 800);
    speech_add(bank->samples + bank->starts[clip], bank->counts[clip], tilts[action[2]], onset, sound);
    return (float)count / RATE;
}

/* What a word's speaker gains: log p(word), at least log .001, less a tenth of a second's seconds. heard: the likeliest word. */
float speech_reward(uint32_t word, float seconds, const float *sound, float *features, uint32_t *heard) {
    float log_probabilities[MOST_WORDS];
    speech_features(sound, features);
    speech_listen(&world.listener, features, log_probabilities);
    *heard = 0;
    for (uint32_t w = 1; w < world.listener.words; w++)
        if (log_probabilities[w] > log_probabilities[*heard]) *heard = w;
    return fmaxf(log_probabilities[word], logf(0.001f)) - 0.1f * seconds;
}

static const char *describe(const char *options, starling_env_spec *spec) {
    double words = starling_option(options, "words", 8);
    if (!(words >= 1 && words <= MOST_SPOKEN)) return "words, those of an episode, must be a number from 1 to 1000";
    if (spec->size < sizeof *spec) return "it needs a newer Starling";
    if (have_world() != NULL) return world.why;
    spec->rank = 1;
    spec->shape[0] = OBSERVATION;  // the noise in units of 20 dB, and whether the last word was heard
    spec->action_part_count = PARTS;
    spec->action_counts = world.action_counts;
    return NULL;
}

static const char *create(const char *options, uint32_t count, starling_env_batch **batch) {
    *batch = calloc(1, sizeof **batch + count * sizeof(talk));
    if (*batch == NULL) return "no memory";
    (*batch)->count = count;
    (*batch)->words = (uint32_t)starling_option(options, "words", 8);
    return NULL;
}

static void show(const talk *talk, float *observation) {
    speech_levels(talk->traits, observation);
    for (int b = 0; b < BANDS; b++) observation[b] /= 20;
    observation[BANDS] = (float)talk->heard;
}

static const char *reset(starling_env_batch *batch, const uint8_t *active, const uint64_t *seeds, void *observations) {
    for (uint32_t i = 0; i < batch->count; i++) {
        if (!active[i]) continue;
        talk *talk = &batch->talks[i];
        memset(talk, 0, sizeof *talk);
        talk->random = seeds[i];
        for (int t = 0; t < TRAITS; t++) talk->traits[t] = (float)starling_uniform(&talk->random, 0, 1);
        show(talk, (float *)observations + i * OBSERVATION);
    }
    return NULL;
}

/* Each trait goes up or down by at most a tenth, and back where it would leave 0 to 1. */
static void drift(talk *talk) {
    for (int t = 0; t < TRAITS; t++) {
        float trait = fabsf(talk->traits[t] + (float)starling_uniform(&talk->random, -0.1, 0.1));
        talk->traits[t] = trait > 1 ? 2 - trait : trait;
    }
}

static const char *step(starling_env_batch *batch, const uint8_t *active, const void *actions, void *observations,
                        float *rewards, uint8_t *endings) {
    for (uint32_t i = 0; i < batch->count; i++) {
        if (!active[i]) continue;
        talk *talk = &batch->talks[i];
        float levels[BANDS];
        uint32_t word = (uint32_t)(starling_random(&talk->random) % world.bank.words), heard;
        speech_levels(talk->traits, levels);
        speech_noise(levels, starling_random(&talk->random), batch->sound, batch->scratch);
        float seconds = speech_say((const int32_t *)actions + PARTS * i, word, starling_random(&talk->random), batch->sound);
        rewards[i] = speech_reward(word, seconds, batch->sound, batch->features, &heard);
        talk->heard = heard == word ? 1 : -1;
        drift(talk);
        endings[i] = ++talk->spoken >= batch->words ? STARLING_TERMINATED : STARLING_GOES_ON;
        show(talk, (float *)observations + i * OBSERVATION);
    }
    return NULL;
}

static void destroy(starling_env_batch *batch) { free(batch); }

static size_t save(const starling_env_batch *batch, void *bytes, size_t room) {
    size_t size = batch->count * sizeof(talk);
    if (room >= size) memcpy(bytes, batch->talks, size);
    return size;
}

static const char *restore(starling_env_batch *batch, const void *bytes, size_t size) {
    if (size != batch->count * sizeof(talk)) return "the state is that of another batch";
    memcpy(batch->talks, bytes, size);
    for (uint32_t i = 0; i < batch->count; i++) {
        const talk *talk = &batch->talks[i];
        if (talk->spoken > batch->words || talk->heard < -1 || talk->heard > 1) return "the state is damaged";
        for (int t = 0; t < TRAITS; t++)
            if (!(talk->traits[t] >= 0 && talk->traits[t] <= 1)) return "the state is damaged";
    }
    return NULL;
}

static const char *const options[] = {"words", NULL};
static const starling_env_api api = {
    .abi = STARLING_ENV_ABI, .size = sizeof(starling_env_api), .options = options, .describe = describe, .create = create,
    .reset = reset, .step = step, .destroy = destroy, .save = save, .restore = restore};

const starling_env_api *starling_environment(void) { return &api; }
