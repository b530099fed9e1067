// The clips that clips.py had espeak-ng speak: read once, and the same for all who speak.
#include "speech.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *speech_read_file(const char *path, uint64_t *size) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) return NULL;
    void *bytes = NULL;
    long length = fseek(file, 0, SEEK_END) == 0 ? ftell(file) : -1;
    if (length > 0 && fseek(file, 0, SEEK_SET) == 0 && (bytes = malloc((size_t)length)) != NULL
        && fread(bytes, 1, (size_t)length, file) != (size_t)length) {
        free(bytes);
        bytes = NULL;
    }
    fclose(file);
    *size = (uint64_t)length;
    return bytes;
}

// "SPEECH01", words, pitches, speeds, voices, the words' names, the clips' lengths in samples, their samples.
const char *speech_read_bank(const char *path, speech_bank *bank) {
    static const char damaged[] = "clips.bin beside the library is damaged: make it anew (make -C deploy/speech)";
    uint64_t size;
    const uint8_t *bytes = speech_read_file(path, &size);
    if (bytes == NULL) return "there is no clips.bin beside the library: make -C deploy/speech makes it";
    uint32_t sizes[4];
    if (size < 24 || memcmp(bytes, "SPEECH01", 8) != 0) return damaged;
    memcpy(sizes, bytes + 8, sizeof sizes);
    for (int i = 0; i < 4; i++)
        if (sizes[i] < 1 || sizes[i] > MOST_WORDS) return damaged;
    const uint64_t clips = (uint64_t)sizes[0] * sizes[1] * sizes[2] * sizes[3], samples = 24 + 16 * sizes[0] + 4 * clips;
    uint32_t *starts = malloc(clips * sizeof *starts);
    if (size < samples || starts == NULL) return damaged;
    *bank = (speech_bank){
        .words = sizes[0], .pitches = sizes[1], .speeds = sizes[2], .voices = sizes[3], .names = (const void *)(bytes + 24),
        .counts = (const void *)(bytes + 24 + 16 * sizes[0]), .starts = starts, .samples = (const void *)(bytes + samples)};
    uint64_t end = 0;
    for (uint64_t i = 0; i < clips; i++) {
        starts[i] = (uint32_t)end;
        end += bank->counts[i];
        if (bank->counts[i] < 1 || bank->counts[i] > LENGTH) return damaged;
    }
    return size == samples + 2 * end ? NULL : damaged;
}
