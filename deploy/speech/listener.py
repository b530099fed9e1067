#!/usr/bin/env python3
"""Teaches the listener: a perceptron from 64 x 40 log-mel features to words, by cross-entropy, in new noise every epoch.

    listener.py FOLDER [--epochs N]

reads FOLDER/lessons.npz and FOLDER/libspeech.so, writes FOLDER/listener.bin, and tells which share of words it hears. Needs numpy.
"""
import argparse
import pathlib
import struct
import sys

import numpy as np
from sound import FRAMES, LENGTH, MELS, TRAITS, Sound

HIDDEN = 128
NOISE, LESSONS, SILENCE = (0, 0), (0, 40), (100, 100)  # dB below the environment's noise


class Lessons:
    """Clips of one kind, heard in noise."""

    def __init__(self, sound, arrays, kind):
        chosen = np.flatnonzero(arrays["kinds"] == kind)
        ends = np.cumsum(arrays["counts"])
        self.sound, self.words = sound, arrays["words"][chosen]
        self.clips = [arrays["samples"][ends[i] - arrays["counts"][i]:ends[i]] for i in chosen]

    def heard(self, random, quieter):
        """Features of each clip, [N, FRAMES * MELS], in noise that is `quieter` dB (a range) below the environment's."""
        features = np.empty([len(self.clips), FRAMES * MELS], np.float32)
        for clip, row in zip(self.clips, features):
            levels = self.sound.levels(random.random(TRAITS)) - np.float32(random.uniform(*quieter))
            onset = (LENGTH - len(clip)) // 2 + int(random.integers(-800, 800))
            row[:] = self.sound.heard(clip, random.uniform(-0.6, 0.9), onset, levels, int(random.integers(2**63))).ravel()
        return features


class Perceptron:
    """One hidden layer of rectifiers."""

    def __init__(self, random, words):
        self.weights = [
            (random.standard_normal([FRAMES * MELS, HIDDEN]) * np.sqrt(2 / (FRAMES * MELS))).astype(np.float32), np.zeros(HIDDEN, np.float32),
            (random.standard_normal([HIDDEN, words]) * np.sqrt(1 / HIDDEN)).astype(np.float32), np.zeros(words, np.float32)]
        self.moments = [(np.zeros_like(w), np.zeros_like(w)) for w in self.weights]
        self.steps = 0

    def probabilities(self, x):
        w1, b1, w2, b2 = self.weights
        hidden = np.maximum(x @ w1 + b1, 0)
        logits = hidden @ w2 + b2
        p = np.exp(logits - logits.max(1, keepdims=True))
        return hidden, p / p.sum(1, keepdims=True)

    def learn(self, x, words, rate, decay=1e-2):
        """A step of AdamW (Loshchilov and Hutter 2019) down the cross-entropy."""
        hidden, p = self.probabilities(x)
        p[np.arange(len(words)), words] -= 1
        p /= len(words)
        back = (p @ self.weights[2].T) * (hidden > 0)
        self.steps += 1
        for w, (m, v), g in zip(self.weights, self.moments, [x.T @ back, back.sum(0), hidden.T @ p, p.sum(0)]):
            m += 0.1 * (g - m)
            v += 0.001 * (g * g - v)
            w -= rate * (m / (1 - 0.9**self.steps) / (np.sqrt(v / (1 - 0.999**self.steps)) + 1e-8) + decay * (w if w.ndim == 2 else 0))


def main():
    parser = argparse.ArgumentParser(description="Teaches the listener.")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--epochs", type=int, default=20)
    options = parser.parse_args()
    try:
        arrays = dict(np.load(options.folder / "lessons.npz"))
    except FileNotFoundError:
        sys.exit(f"listener: there is no {options.folder}/lessons.npz: clips.py makes it")
    sound, random = Sound(options.folder), np.random.default_rng(1)
    lessons, tests, strangers = (Lessons(sound, arrays, kind) for kind in range(3))

    listener = Perceptron(random, int(arrays["words"].max()) + 1)
    mean = deviation = None
    for epoch in range(options.epochs):
        x = lessons.heard(random, LESSONS)
        if mean is None:
            mean, deviation = x.mean(0), x.std(0) + 0.1
        x = (x - mean) / deviation
        order = random.permutation(len(x))
        for start in range(0, len(x), 64):
            batch = order[start:start + 64]
            listener.learn(x[batch], lessons.words[batch], 1e-3 * (1 - epoch / options.epochs))

    def share(these, noise):
        p = listener.probabilities((these.heard(np.random.default_rng(2), noise) - mean) / deviation)[1]
        return 100 * (p.argmax(1) == these.words).mean()

    print(f"of clips that it never learned from it hears {share(tests, SILENCE):.1f} % in silence, {share(tests, NOISE):.1f} % in noise; "
          f"of voices that it doesn't know {share(strangers, SILENCE):.1f} % in silence")
    # The normalisation becomes part of the first layer.
    w1, b1, w2, b2 = listener.weights
    first = w1 / deviation[:, None]
    with open(options.folder / "listener.bin", "wb") as file:
        file.write(b"LISTEN01" + struct.pack("<3I", FRAMES * MELS, HIDDEN, w2.shape[1]))
        for array in (first, b1 - mean @ first, w2, b2):
            file.write(array.astype("<f4").tobytes())


if __name__ == "__main__":
    main()
