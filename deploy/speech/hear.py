#!/usr/bin/env python3
"""Lets others listen: a recogniser that no policy was trained with, two measures of intelligibility, and you.

    hear.py FOLDER RUN... [--noises N] [--quieter DB] [--record FOLDER]

In each of N noises that no policy heard every word is spoken as espeak-ng speaks it and as each run's policy has it; what is heard has noise
that is DB quieter than the policy was told, since PocketSphinx, made for people's voices, is more easily disturbed. It listens with its English
model and a grammar of the words: the share that it gets wrong (± is the standard error over noises), and the same where words that take
longer are spoken the more quietly, so that each has the energy of espeak-ng's own. STOI and ESTOI compare with the same speech in silence.
--record writes the words in the first 8 noises as WAV files.
Needs numpy, pocketsphinx and pystoi.
"""
import argparse
import pathlib
import sys
import tempfile
import warnings
import wave

import numpy as np
from judge import DEFAULT, chosen, observations, unseen
from sound import LENGTH, RATE, Sound

try:
    from pocketsphinx import Decoder
    from pystoi import stoi
except ImportError as error:
    sys.exit(f"hear: {error}: pip install pocketsphinx pystoi")


class Recogniser:
    """PocketSphinx, which must choose one of the words."""

    def __init__(self, words):
        with tempfile.NamedTemporaryFile("w", suffix=".gram") as grammar:
            grammar.write("#JSGF V1.0; grammar words; public <word> = " + " | ".join(words) + ";")
            grammar.flush()
            self.decoder = Decoder(jsgf=grammar.name, loglevel="FATAL", samprate=RATE)

    def hears(self, sound):
        with warnings.catch_warnings(action="ignore"):
            self.decoder.start_stream()  # said to be unnecessary, but without it a word is heard otherwise after another
        self.decoder.start_utt()
        self.decoder.process_raw(samples(sound).tobytes(), full_utt=True)
        self.decoder.end_utt()
        hypothesis = self.decoder.hyp()
        return hypothesis.hypstr if hypothesis else ""


def samples(sound):
    """int16, the loudest of it within bounds."""
    return np.round(sound / max(np.abs(sound).max(), 10) * 30000).astype(np.int16)


def alone(sound, action, word, seed):
    """A word in silence, and how many seconds it takes."""
    seconds = sound.say(action, word, np.zeros(LENGTH, np.float32), seed)
    return sound.sound.copy(), seconds


def main():
    parser = argparse.ArgumentParser(description="Lets others listen to policies of speech in noise.")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("runs", nargs="+")
    parser.add_argument("--noises", type=int, default=40)
    parser.add_argument("--quieter", type=float, default=16)
    parser.add_argument("--record", type=pathlib.Path)
    options = parser.parse_args()
    sound = Sound(options.folder)
    words, traits = sound.words(), unseen(options.noises)
    seen = observations(options.folder, traits)
    recogniser = Recogniser(words)
    speakers = {"espeak-ng": np.tile(DEFAULT, (options.noises, 1)).astype(np.int32)}
    speakers |= {pathlib.Path(run).name: np.ascontiguousarray(chosen(run, seen), np.int32) for run in options.runs}
    told = {name: [] for name in speakers}
    for number in range(options.noises):
        levels, pairs = sound.levels(traits[number]) - np.float32(options.quieter), {name: [] for name in speakers}
        errors = {name: [] for name in speakers}
        for word in range(len(words)):
            seed, own = number * 1000 + word, None
            noise = sound.noise(levels, seed)
            for name, actions in speakers.items():
                clean, seconds = alone(sound, actions[number], word, seed)
                own = own or seconds
                pairs[name].append((clean, clean + noise))
                sounds = clean + noise, clean * np.sqrt(own / seconds) + noise
                errors[name].append([*(recogniser.hears(sound) != words[word] for sound in sounds), seconds])
        for name, them in pairs.items():
            clean, noisy = map(np.concatenate, zip(*them))
            told[name].append([*np.mean(errors[name], 0), stoi(clean, noisy, RATE), stoi(clean, noisy, RATE, extended=True)])
            if options.record and number < 8:
                record(options.record / f"{number}-{name}.wav", noisy)
    print(f"of {options.noises * len(words)} words     errors %     ±  energy %  s/word   STOI  ESTOI")
    for name, rows in told.items():
        errors, same, seconds, a, b = np.mean(rows, 0)
        deviation = np.std(rows, 0)[0] / np.sqrt(len(rows))
        print(f"{name:18} {100 * errors:8.1f} {100 * deviation:5.1f} {100 * same:9.1f} {seconds:7.2f} {a:6.3f} {b:6.3f}")


def record(path, sound):
    """As loud in every file: the loudest of the noise may be cut."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(np.clip(sound * 2500, -32767, 32767).astype(np.int16).tobytes())


if __name__ == "__main__":
    main()
