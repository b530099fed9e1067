"""Drives CarRacing by Gymnasium alone, four frames a step, shrunk by OpenCV: the oracle of Tests/BridgeTests/CarRacingTests.

One JSON object on standard input: limit (frames of an episode), seeds ([episode]) and actions; the rows of one environment come as JSON,
as of atari_by_hand.py, and pictures channel by channel.
"""
import json
import sys

import cv2
import gymnasium as gym

task = json.load(sys.stdin)
env = gym.make("CarRacing-v3", continuous=False, max_episode_steps=task["limit"], disable_env_checker=True)
seeds = iter(task["seeds"])


def shrunk(picture):
    return cv2.resize(picture, (64, 64), interpolation=cv2.INTER_AREA).transpose(2, 0, 1)


def begin():
    return shrunk(env.reset(seed=next(seeds))[0])


observations, rewards, kinds = [begin()], [], []
for action in task["actions"]:
    if kinds and kinds[-1] == 2:
        value, total, kind = begin(), 0.0, 3
    else:
        total, kind = 0.0, 0
        for _ in range(4):
            picture, reward, terminated, truncated, _ = env.step(action)
            total += reward
            if terminated or truncated:
                kind = 1 if terminated else 2
                break
        value = begin() if kind == 1 else shrunk(picture)
    observations.append(value)
    rewards.append(float(total))
    kinds.append(kind)
# As text of bytes: pictures are long in JSON.
json.dump({"observations": [o.tobytes().hex() for o in observations], "rewards": rewards, "kinds": kinds}, sys.stdout)
