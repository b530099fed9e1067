"""Plays Atari as Gymnasium's AtariPreprocessing has it: the oracle of Tests/BridgeTests/AtariTests.

One JSON object on standard input: id, stickiness, noops, seeds ([episode]) and actions; the rows of one environment come as JSON, as of
by_hand.py. Where actions stick, each of a step's frames draws whether it does from numpy's generator of the episode's seed.
"""
import json
import sys

import ale_py
import cv2
import gymnasium as gym
import numpy as np

gym.register_envs(ale_py)
task = json.load(sys.stdin)
stickiness = task["stickiness"]
env = gym.make(task["id"], frameskip=1, repeat_action_probability=0.0, obs_type="grayscale")
if stickiness == 0:
    env = gym.wrappers.AtariPreprocessing(env, noop_max=0)


def shrunk(screen):
    return cv2.resize(screen, (84, 84), interpolation=cv2.INTER_AREA)


def begin(seed):
    """Nothing but actions is left to chance, and a seed takes ALE long."""
    global random, held
    value, _ = env.reset()
    random, held = np.random.default_rng(seed), 0
    return value if stickiness == 0 else shrunk(value)


def step(action):
    global held
    if stickiness == 0:
        return env.step(action)[:4]
    total, screens, terminated, truncated = 0.0, [], False, False
    for chance in random.random(4):
        held = held if chance < stickiness else action
        if not terminated and not truncated:
            screen, reward, terminated, truncated, _ = env.step(held)
            total += reward
        screens.append(screen)
    return shrunk(np.maximum(*screens[-2:])), total, terminated, truncated


seeds = iter(task["seeds"])
observations, rewards, kinds = [begin(next(seeds))], [], []
ended = False
for action in task["actions"]:
    if ended:
        ended, value, reward, kind = False, begin(next(seeds)), 0.0, 3
    else:
        value, reward, terminated, truncated = step(action)
        kind = 1 if terminated else 2 if truncated else 0
        if terminated:
            value = begin(next(seeds))
        ended = kind == 2
    observations.append(value)
    rewards.append(float(reward))
    kinds.append(kind)
# As text of bytes: thousands of pictures are long in JSON.
json.dump({"observations": [o.tobytes().hex() for o in observations], "rewards": rewards, "kinds": kinds}, sys.stdout)
