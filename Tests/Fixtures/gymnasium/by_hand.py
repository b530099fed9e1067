"""Steps environments of Gymnasium as the bridge is to, and prints its rows: the oracle of Tests/BridgeTests.

One JSON object on standard input: id, module, kwargs, rows, seeds ([environment][episode]) and actions ([row][environment]); the rows
come as JSON: observations [rows + 1][environment][scalar], rewards and kinds [rows][environment].
"""
import importlib.util
import json
import sys

import gymnasium as gym
import numpy as np

task = json.load(sys.stdin)
if task.get("module"):
    spec = importlib.util.spec_from_file_location("worlds", task["module"])
    module = importlib.util.module_from_spec(spec)
    sys.modules["worlds"] = module
    spec.loader.exec_module(module)
    own = getattr(module, task["id"], None)
else:
    own = None


def make():
    return own(**task["kwargs"]) if own else gym.make(task["id"], **task["kwargs"])


def flat(env, value):
    space = env.observation_space
    if isinstance(space, gym.spaces.Box):
        value = np.asarray(value)
        if space.dtype == np.uint8 and value.ndim == 3:
            value = np.moveaxis(value, 2, 0)
        return value.astype(np.uint8 if space.dtype == np.uint8 else np.float32).reshape(-1).tolist()
    numbers, pictures = [], []

    def part(space, value):
        if isinstance(space, gym.spaces.Dict):
            for key in space.spaces:
                part(space[key], value[key])
        elif isinstance(space, gym.spaces.Tuple):
            for each, own in zip(space.spaces, value):
                part(each, own)
        elif isinstance(space, gym.spaces.Box) and space.dtype == np.uint8:
            pictures.append(np.moveaxis(value, 2, 0) if value.ndim == 3 else value)
        else:
            numbers.append(gym.spaces.flatten(space, value).astype(np.float32))

    part(space, value)
    if not pictures:
        return np.concatenate(numbers).tolist()
    row = np.concatenate(numbers).tobytes() + b"".join(np.ascontiguousarray(p).tobytes() for p in pictures)
    return list(row + bytes(-len(row) % 4))


def action_of(env, action):
    space = env.action_space
    if isinstance(space, gym.spaces.Discrete):
        return int(action[0]) + int(space.start)
    value = np.array(action, space.dtype).reshape(space.shape)
    return value + space.start if isinstance(space, gym.spaces.MultiDiscrete) else value


envs = [make() for _ in task["seeds"]]
episode = [0] * len(envs)
ended = [False] * len(envs)


def begin(i):
    value, _ = envs[i].reset(seed=task["seeds"][i][episode[i]])
    episode[i] += 1
    return flat(envs[i], value)


observations = [[begin(i) for i in range(len(envs))]]
rewards, kinds = [], []
for row in task["actions"]:
    observations.append([])
    rewards.append([])
    kinds.append([])
    for i, env in enumerate(envs):
        if ended[i]:
            ended[i] = False
            value, reward, kind = begin(i), 0.0, 3
        else:
            value, reward, terminated, truncated, _ = env.step(action_of(env, row[i]))
            value = flat(env, value)
            kind = 1 if terminated else 2 if truncated else 0
            if terminated:
                value = begin(i)
            ended[i] = kind == 2
        observations[-1].append(value)
        rewards[-1].append(float(reward))
        kinds[-1].append(kind)
json.dump({"observations": observations, "rewards": rewards, "kinds": kinds}, sys.stdout)
