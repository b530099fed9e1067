#!/usr/bin/env python3
"""Has espeak-ng speak, beforehand: every word in every way that the policy may choose, and what the listener learns from.

    clips.py FOLDER [--words N] [--lessons N]

writes FOLDER/clips.bin, what libspeech.so speaks with (bank.c reads it), and FOLDER/lessons.npz, N clips of each word for listener.py:
samples, counts, words, and kinds (0: to learn, 1: to test, 2: to test, of voices that it never heard). Needs espeak-ng and numpy.
"""
import argparse
import concurrent.futures
import io
import pathlib
import struct
import subprocess
import sys
import wave

import numpy as np

RATE = 16000
LONGEST = 16384  # samples of what the listener hears at a time
WORDS = ("zero one two three four five six seven eight nine "
         "yes no left right open close red green blue yellow").split()

# What the policy chooses among, in the order of its actions. espeak-ng's own pitch is 50, its speed 175 words a minute.
PITCHES = [25, 50, 75, 99]
SPEEDS = [115, 145, 175, 220]
VOICES = ["en-us", "en-us+f2", "en-us+m7"]

# The listener hears other voices too; of the last two it is only tested.
HEARD = 2 * VOICES + ["en-us+m1", "en-us+m3", "en-us+f3", "en-us+klatt2", "en-gb"]
UNHEARD = ["en-us+m5", "en-gb+f4"]


def speak(word, voice, pitch, speed):
    """int16 at 16 kHz, without the silence around it."""
    command = ["espeak-ng", "-v", voice, "-p", str(pitch), "-s", str(speed), "--stdout", word]
    made = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
    with wave.open(io.BytesIO(made)) as file:
        rate = file.getframerate()
        samples = np.frombuffer(made[44:], np.int16).astype(np.float64)
    loud = np.flatnonzero(np.abs(samples) > 0.01 * np.abs(samples).max())
    samples = resampled(samples[loud[0]:loud[-1] + 1], rate)
    return np.clip(np.round(samples), -32768, 32767).astype("<i2")[:LONGEST]


def resampled(samples, rate):
    """By Fourier's transform: what is above 8 kHz is left out."""
    padded = np.concatenate([samples, np.zeros(-len(samples) % 441 + 441)])
    count = round(len(padded) * RATE / rate)
    spectrum = np.fft.rfft(padded)[:count // 2 + 1]
    return np.fft.irfft(spectrum, count)[:round(len(samples) * RATE / rate)] * (count / len(padded))


def spoken(ways):
    """The clips of (word, voice, pitch, speed), several at a time."""
    with concurrent.futures.ThreadPoolExecutor() as pool:
        return list(pool.map(lambda way: speak(*way), ways))


def write_bank(path, words):
    clips = spoken([(w, v, p, s) for w in words for p in PITCHES for s in SPEEDS for v in VOICES])
    with open(path, "wb") as file:
        file.write(b"SPEECH01" + struct.pack("<4I", len(words), len(PITCHES), len(SPEEDS), len(VOICES)))
        for word in words:
            file.write(word.encode().ljust(16, b"\0"))
        file.write(np.array([len(clip) for clip in clips], "<u4").tobytes())
        for clip in clips:
            file.write(clip.tobytes())
    return clips


def write_lessons(path, words, count):
    random = np.random.default_rng(1)
    ways, kinds = [], []
    for word in range(len(words)):
        for i in range(count):
            kind = 0 if i % 10 < 8 else i % 10 - 7
            voice = random.choice(UNHEARD if kind == 2 else HEARD)
            ways.append((words[word], str(voice), int(random.integers(10, 100)), int(random.integers(105, 240))))
            kinds.append(kind)
    clips = spoken(ways)
    labels = np.repeat(np.arange(len(words)), count)
    np.savez(path, samples=np.concatenate(clips), counts=[len(clip) for clip in clips], words=labels, kinds=kinds)


def main():
    parser = argparse.ArgumentParser(description="Has espeak-ng speak the words.")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--words", type=int, default=len(WORDS), help="how many, 2 to 20")
    parser.add_argument("--lessons", type=int, default=200, help="clips of each word to teach and test the listener with")
    options = parser.parse_args()
    if not 2 <= options.words <= len(WORDS) or options.lessons < 10:
        sys.exit("clips: --words must be from 2 to 20, and --lessons at least 10")
    options.folder.mkdir(parents=True, exist_ok=True)
    words = WORDS[:options.words]
    try:
        # The bank comes last: where it is, all is.
        write_lessons(options.folder / "lessons.npz", words, options.lessons)
        clips = write_bank(options.folder / "clips.bin", words)
    except FileNotFoundError:
        sys.exit("clips: there is no program espeak-ng: apt-get install espeak-ng")
    except subprocess.CalledProcessError as error:
        sys.exit(f"clips: {' '.join(map(str, error.cmd))} ended with {error.returncode}")
    seconds = [len(clip) / RATE for clip in clips]
    print(f"{len(clips)} clips of {min(seconds):.2f} to {max(seconds):.2f} s, and {options.lessons} lessons of each word")


if __name__ == "__main__":
    main()
