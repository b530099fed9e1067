// The listener that listener.py trained.
#include "speech.h"

#include <math.h>
#include <string.h>

// "LISTEN01", features, hidden units, words, and the weights.
const char *speech_read_listener(const char *path, speech_listener *listener) {
    uint64_t size;
    const uint8_t *bytes = speech_read_file(path, &size);
    if (bytes == NULL) return "there is no listener.bin beside the library: make -C deploy/speech makes it";
    uint32_t sizes[3] = {0};
    if (size >= 20) memcpy(sizes, bytes + 8, sizeof sizes);
    const uint64_t hidden = sizes[1], words = sizes[2];
    if (size < 20 || memcmp(bytes, "LISTEN01", 8) != 0 || sizes[0] != FEATURES || hidden < 1 || hidden > 1024 || words < 2
        || words > MOST_WORDS || size != 20 + 4 * (FEATURES * hidden + hidden + hidden * words + words))
        return "listener.bin beside the library is damaged: make it anew (make -C deploy/speech)";
    const float *weights = (const void *)(bytes + 20);
    *listener = (speech_listener){
        .hidden = sizes[1], .words = sizes[2], .input = weights, .input_bias = weights + FEATURES * hidden,
        .output = weights + FEATURES * hidden + hidden, .output_bias = weights + FEATURES * hidden + hidden + hidden * words};
    return NULL;
}

void speech_listen(const speech_listener *listener, const float *features, float *log_probabilities) {
    float hidden[1024];
    memcpy(hidden, listener->input_bias, listener->hidden * sizeof *hidden);
    for (uint32_t i = 0; i < FEATURES; i++) {
        const float *weights = listener->input + (size_t)i * listener->hidden, feature = features[i];
        for (uint32_t h = 0; h < listener->hidden; h++) hidden[h] += feature * weights[h];
    }
    memcpy(log_probabilities, listener->output_bias, listener->words * sizeof *log_probabilities);
    for (uint32_t h = 0; h < listener->hidden; h++) {
        if (hidden[h] <= 0) continue;
        for (uint32_t w = 0; w < listener->words; w++) log_probabilities[w] += hidden[h] * listener->output[h * listener->words + w];
    }
    float most = log_probabilities[0], sum = 0;
    for (uint32_t w = 1; w < listener->words; w++) most = fmaxf(most, log_probabilities[w]);
    for (uint32_t w = 0; w < listener->words; w++) sum += expf(log_probabilities[w] - most);
    for (uint32_t w = 0; w < listener->words; w++) log_probabilities[w] -= most + logf(sum);
}
