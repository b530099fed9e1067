/* Words spoken in noise and who hears them: what the environment (speech.c), the listener's training and the judges share. */
#ifndef SPEECH_H
#define SPEECH_H

#include <stdint.h>

enum {
    RATE = 16000,              /* samples/s */
    LENGTH = 16384,            /* samples of what is heard at a time: 1.024 s */
    WINDOW = 512, HOP = 256,   /* samples of a frame, and from one to the next */
    FRAMES = LENGTH / HOP,
    MELS = 40,
    FEATURES = FRAMES * MELS,
    BANDS = 32,                /* of the noise's spectrum */
    TRAITS = 6,                /* numbers that a spectrum is made of */
    MOST_WORDS = 20
};

/* sound.c */

/* dB of each band's power density, where 0 is white noise as strong as speech, of traits from 0 to 1: level at 1 kHz, slope per
 * octave, and of two peaks the place and the height. */
void speech_levels(const float traits[TRAITS], float levels[BANDS]);

/* Noise of that spectrum and another realisation for every seed. scratch: LENGTH. */
void speech_noise(const float levels[BANDS], uint64_t seed, float *sound, float *scratch);

/* Adds a clip to the sound from `onset` on. The filter 1 - tilt / z has changed its spectrum, and its root mean square is 1. */
void speech_add(const int16_t *clip, uint32_t count, float tilt, int32_t onset, float *sound);

/* log10 of the power in MELS bands of FRAMES frames, [FRAMES, MELS]. */
void speech_features(const float *sound, float *features);

/* bank.c: clips of every word, pitch, speed and voice. */

typedef struct {
    uint32_t words, pitches, speeds, voices;
    const char (*names)[16];
    const uint32_t *counts, *starts; /* [words, pitches, speeds, voices] */
    const int16_t *samples;
} speech_bank;

/* Reads the file; NULL, or why not. */
const char *speech_read_bank(const char *path, speech_bank *bank);

/* listener.c: a perceptron of one hidden layer, from features to words. */

typedef struct {
    uint32_t hidden, words;
    const float *input; /* [FEATURES, hidden] */
    const float *input_bias, *output /* [hidden, words] */, *output_bias;
} speech_listener;

const char *speech_read_listener(const char *path, speech_listener *listener);

/* log p of each word. */
void speech_listen(const speech_listener *listener, const float *features, float *log_probabilities);

/* The whole file, which is never freed: libraries stay loaded. NULL: it can't be read. */
void *speech_read_file(const char *path, uint64_t *size);

#endif
