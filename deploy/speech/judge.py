#!/usr/bin/env python3
"""Tells how near policies come to the best that there is, in noise that they never heard.

    judge.py FOLDER RUN... [--noises N] [--rounds R]

FOLDER holds libspeech.so. Every combination of pitch, speed, tilt and voice speaks every word R times in each of N noises, the same noise
for all; what that gave is kept in FOLDER/oracle.npz. The oracle takes for each noise the combination that was best in the other half of the
rounds; `at most` takes the best of all rounds, which flatters it. Needs numpy.
"""
import argparse
import concurrent.futures
import itertools
import pathlib
import sys

import numpy as np
from sound import TRAITS, Sound

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "python"))
import starling_policy

SIZES = [4, 4, 3, 3]
PARTS = ["pitch", "speed", "tilt", "voice"]
ACTIONS = np.array(list(itertools.product(*map(range, SIZES))), np.int32)
DEFAULT = [1, 2, 1, 0]  # as espeak-ng speaks by itself


def index(actions):
    """Of combinations, [N, 4], among ACTIONS."""
    return np.ravel_multi_index(np.asarray(actions).T, SIZES)


def unseen(count):
    """Traits of noises, [N, TRAITS]."""
    return np.random.default_rng(77).random([count, TRAITS]).astype(np.float32)


def enumerated(folder, traits, rounds):
    """Rewards and hits, each [noises, actions, rounds, words]."""

    def one(number):
        sound = Sound(folder)
        words = range(len(sound.words()))
        levels, table = sound.levels(traits[number]), np.empty([2, len(ACTIONS), rounds, len(words)], np.float32)
        for turn, word in itertools.product(range(rounds), words):
            seed = (number * 1000 + turn) * 1000 + word
            noise = sound.noise(levels, seed)
            for action, parts in enumerate(ACTIONS):
                table[:, action, turn, word] = sound.tried(parts, word, noise, seed)
        return table

    with concurrent.futures.ThreadPoolExecutor() as pool:
        return np.stack(list(pool.map(one, range(len(traits)))), 1)


def observations(folder, traits):
    """As the environment shows them before the first word, [N, 33]."""
    sound = Sound(folder)
    return np.stack([np.append(sound.levels(t) / 20, 0) for t in traits]).astype(np.float32)


def chosen(run, seen):
    """Combinations that a run's policy takes, [N, 4]."""
    try:
        return starling_policy.load(run, backend="numpy")(seen)["action"]
    except ValueError as error:
        sys.exit(f"speech: {error}")


def oracle(rewards):
    """Of each noise, by one half of the rounds judged by the other and the other way round: [N]; and at most, [N]."""
    mean = rewards.mean(3)
    halves = mean[:, :, 0::2].mean(2), mean[:, :, 1::2].mean(2)
    rows = np.arange(len(rewards))
    crossed = (halves[1][rows, halves[0].argmax(1)] + halves[0][rows, halves[1].argmax(1)]) / 2
    return crossed, mean.mean(2).max(1)


def main():
    parser = argparse.ArgumentParser(description="Judges policies of speech in noise.")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("runs", nargs="*")
    parser.add_argument("--noises", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=4)
    options = parser.parse_args()
    traits, path = unseen(options.noises), options.folder / "oracle.npz"
    Sound(options.folder).words()
    if not path.exists():
        np.savez(path, tables=enumerated(options.folder, traits, options.rounds))
    rewards, hits = np.load(path)["tables"]
    if len(rewards) != options.noises:
        sys.exit(f"judge: {path} is of {len(rewards)} noises: delete it, or ask for as many")
    means, heard = rewards.mean((2, 3)), hits.mean((2, 3))  # [noises, actions]
    rows, default = np.arange(len(means)), index([DEFAULT])[0]
    crossed, most = oracle(rewards)
    low, best = means[:, default].mean(), crossed.mean()

    def line(name, reward, hit):
        print(f"{name:24} {reward:8.3f} {100 * hit:8.1f} {100 * (reward - low) / (best - low):8.0f}")

    print(f"{'':24} {'reward':>8} {'heard %':>8} {'share %':>8}")
    constant = means.mean(0).argmax()
    line("at random", means.mean(), heard.mean())
    line("espeak-ng's own", low, heard[:, default].mean())
    line(f"always {' '.join(map(str, ACTIONS[constant]))}", means[:, constant].mean(), heard[:, constant].mean())
    line("oracle", best, heard[rows, means.argmax(1)].mean())
    line("oracle, at most", most.mean(), heard[rows, means.argmax(1)].mean())
    seen = observations(options.folder, traits)
    for run in options.runs:
        taken = index(chosen(run, seen))
        line(pathlib.Path(run).name, means[rows, taken].mean(), heard[rows, taken].mean())
    if options.runs:
        correlations(options.folder, options.runs)


def correlations(folder, runs):
    """What the policies do as the noise changes: Pearson's r over 2,000 noises, the median of the runs."""
    traits = unseen(2000)
    seen = observations(folder, traits)
    bands = seen[:, :32] * 20
    level = bands.mean(1)
    measures = {"level": level, "below 1 kHz": bands[:, :11].mean(1) - level, "above 4 kHz": bands[:, 24:].mean(1) - level}
    print(f"\n{'r':12} " + " ".join(f"{part:>7}" for part in PARTS[:3]))
    taken = [chosen(run, seen) for run in runs]
    for name, measure in measures.items():
        rs = [[np.corrcoef(measure, t[:, k])[0, 1] if np.ptp(t[:, k]) else 0 for k in range(3)] for t in taken]
        print(f"{name:12} " + " ".join(f"{r:7.2f}" for r in np.median(rs, 0)))


if __name__ == "__main__":
    main()
