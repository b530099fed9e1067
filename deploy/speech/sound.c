// Noise, speech within it, and the features that a listener hears: all by one fast Fourier transform.
#include "speech.h"

#include <math.h>
#include <pthread.h>
#include <string.h>

#include "starling_env.h"

static struct {
    float cosine[LENGTH], sine[LENGTH];      // of a transform of 2h points from h on: e^(-πij/h), j < h
    float phase_cosine[256], phase_sine[256];
    float window[WINDOW];
    float band_hertz[BANDS];
    float mel_weights[MELS][WINDOW / 2];
    uint32_t mel_first[MELS], mel_end[MELS];
    uint16_t bin_band[LENGTH / 2];           // the noise at bin k lies between bands bin_band[k] and the next
    float bin_share[LENGTH / 2];
} tables;

// O'Shaughnessy 1987.
static double mel(double hertz) { return 2595 * log10(1 + hertz / 700); }
static double hertz(double mel) { return 700 * (pow(10, mel / 2595) - 1); }

static void make_tables(void) {
    const double pi = 3.14159265358979323846;
    for (int half = 1; half < LENGTH; half *= 2)
        for (int j = 0; j < half; j++) {
            tables.cosine[half + j] = (float)cos(pi * j / half);
            tables.sine[half + j] = (float)-sin(pi * j / half);
        }
    for (int i = 0; i < 256; i++) {
        tables.phase_cosine[i] = (float)cos(2 * pi * i / 256);
        tables.phase_sine[i] = (float)sin(2 * pi * i / 256);
    }
    for (int i = 0; i < WINDOW; i++) tables.window[i] = (float)(0.5 - 0.5 * cos(2 * pi * i / WINDOW));

    const double top = mel(RATE / 2), step = top / BANDS;
    for (int b = 0; b < BANDS; b++) tables.band_hertz[b] = (float)hertz((b + 0.5) * step);
    for (int k = 0; k < LENGTH / 2; k++) {
        double place = fmin(fmax(mel((double)k * RATE / LENGTH) / step - 0.5, 0), BANDS - 1.001);
        tables.bin_band[k] = (uint16_t)place;
        tables.bin_share[k] = (float)(place - floor(place));
    }
    const double low = mel(60), width = (mel(7600) - low) / (MELS + 1);
    for (int m = 0; m < MELS; m++) {
        tables.mel_first[m] = WINDOW / 2;
        for (int k = 0; k < WINDOW / 2; k++) {
            double weight = 1 - fabs((mel((double)k * RATE / WINDOW) - low) / width - (m + 1));
            if (weight <= 0) continue;
            tables.mel_weights[m][k] = (float)weight;
            if (tables.mel_first[m] == WINDOW / 2) tables.mel_first[m] = (uint32_t)k;
            tables.mel_end[m] = (uint32_t)k + 1;
        }
    }
}

static void have_tables(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_tables);
}

// Cooley and Tukey 1965, in place; count is a power of two, at most LENGTH.
static void transform(float *restrict real, float *restrict imaginary, uint32_t count) {
    for (uint32_t i = 1, j = 0; i < count; i++) {
        uint32_t bit = count >> 1;
        for (; j & bit; bit >>= 1) j ^= bit;
        j |= bit;
        if (i >= j) continue;
        float a = real[i], b = imaginary[i];
        real[i] = real[j], imaginary[i] = imaginary[j];
        real[j] = a, imaginary[j] = b;
    }
    for (uint32_t half = 1; half < count; half *= 2)
        for (uint32_t start = 0; start < count; start += 2 * half) {
            float *restrict r0 = real + start, *restrict r1 = r0 + half;
            float *restrict i0 = imaginary + start, *restrict i1 = i0 + half;
            const float *restrict c = tables.cosine + half, *restrict s = tables.sine + half;
            for (uint32_t j = 0; j < half; j++) {
                float r = c[j] * r1[j] - s[j] * i1[j], i = c[j] * i1[j] + s[j] * r1[j];
                r1[j] = r0[j] - r, i1[j] = i0[j] - i;
                r0[j] += r, i0[j] += i;
            }
        }
}

void speech_levels(const float traits[TRAITS], float levels[BANDS]) {
    have_tables();
    const float level = -4 + 20 * traits[0];   // dB at 1 kHz
    const float slope = -9 + 15 * traits[1];   // dB an octave: from an engine's to a hiss
    for (int b = 0; b < BANDS; b++) {
        levels[b] = level + slope * log2f(tables.band_hertz[b] / 1000);
        for (int peak = 0; peak < 2; peak++) {
            float away = (b - traits[2 + 2 * peak] * (BANDS - 1)) / 2.5f;
            levels[b] += 20 * traits[3 + 2 * peak] * expf(-away * away / 2);
        }
    }
}

// A sum of waves whose phases are random, 8,192 of them: hardly different from Gaussian noise, and the cheapest there is.
void speech_noise(const float levels[BANDS], uint64_t seed, float *sound, float *scratch) {
    have_tables();
    float amplitudes[BANDS];
    for (int b = 0; b < BANDS; b++) amplitudes[b] = sqrtf(powf(10, levels[b] / 10) * 2 / (LENGTH / 2));
    uint64_t bits = 0;
    for (uint32_t k = 0; k < LENGTH / 2; k++) {
        bits = k % 8 == 0 ? starling_random(&seed) : bits >> 8;
        uint32_t band = tables.bin_band[k];
        float amplitude = k == 0 ? 0 : amplitudes[band] + tables.bin_share[k] * (amplitudes[band + 1] - amplitudes[band]);
        sound[k] = amplitude * tables.phase_cosine[bits & 255];
        scratch[k] = amplitude * tables.phase_sine[bits & 255];
    }
    memset(sound + LENGTH / 2, 0, LENGTH / 2 * sizeof *sound);
    memset(scratch + LENGTH / 2, 0, LENGTH / 2 * sizeof *scratch);
    transform(sound, scratch, LENGTH);
}

void speech_add(const int16_t *clip, uint32_t count, float tilt, int32_t onset, float *sound) {
    double power = 0;
    for (uint32_t i = 0; i < count; i++) {
        float y = clip[i] - tilt * (i > 0 ? clip[i - 1] : 0);
        power += (double)y * y;
    }
    const float gain = (float)sqrt(count / (power + 1));
    for (uint32_t i = 0; i < count; i++) {
        int64_t at = (int64_t)onset + i;
        if (at >= 0 && at < LENGTH) sound[at] += gain * (clip[i] - tilt * (i > 0 ? clip[i - 1] : 0));
    }
}

// Two frames at a time, one as the real and one as the imaginary part. Past its end a sound goes on with its beginning.
void speech_features(const float *sound, float *features) {
    have_tables();
    for (uint32_t frame = 0; frame < FRAMES; frame += 2) {
        float real[WINDOW], imaginary[WINDOW], power[2][WINDOW / 2];
        for (uint32_t i = 0; i < WINDOW; i++) {
            real[i] = tables.window[i] * sound[(frame * HOP + i) % LENGTH];
            imaginary[i] = tables.window[i] * sound[((frame + 1) * HOP + i) % LENGTH];
        }
        transform(real, imaginary, WINDOW);
        for (uint32_t k = 0; k < WINDOW / 2; k++) {
            uint32_t mirror = (WINDOW - k) % WINDOW;
            float a = real[k] + real[mirror], b = imaginary[k] - imaginary[mirror];
            float c = imaginary[k] + imaginary[mirror], d = real[mirror] - real[k];
            power[0][k] = (a * a + b * b) / 4;
            power[1][k] = (c * c + d * d) / 4;
        }
        for (uint32_t second = 0; second < 2; second++)
            for (uint32_t m = 0; m < MELS; m++) {
                float sum = 0.1f;  // 30 dB below speech and more: nothing is heard
                for (uint32_t k = tables.mel_first[m]; k < tables.mel_end[m]; k++) sum += tables.mel_weights[m][k] * power[second][k];
                features[(frame + second) * MELS + m] = log10f(sum);
            }
    }
}
