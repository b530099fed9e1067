"""Environments of a user's own for the tests of the bridge: some that behave, and some that don't."""
import os
import signal
import sys
import time

import gymnasium as gym
import numpy as np
from gymnasium import spaces


class Corridor(gym.Env):
    """Walk to the right."""

    observation_space = spaces.Box(-10, 10, (1,), np.float32)
    action_space = spaces.Discrete(2)

    def __init__(self, goal=5):
        self.goal = goal

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.place = 0
        return self.look(), {}

    def step(self, action):
        self.place += 1 if action == 1 else -1
        at_goal = self.place == self.goal
        return self.look(), 1.0 if at_goal else -0.1, at_goal, self.place <= -5, {"success": at_goal, "place": self.place, "way": []}

    def look(self):
        return np.array([self.place], np.float32)


class Picture(gym.Env):
    """A picture of bytes as pictures come, and actions that begin at 5."""

    observation_space = spaces.Box(0, 255, (6, 5, 3), np.uint8)
    action_space = spaces.Discrete(3, start=5)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.time = 0
        return self.look(0), {}

    def step(self, action):
        self.time += 1
        return self.look(action), float(action), False, self.time == 7, {}

    def look(self, action):
        image = self.np_random.integers(0, 255, (6, 5, 3)).astype(np.uint8)
        image[0, 0] = (action, self.time, 3)
        return image

    def render(self):
        return np.full((4, 6, 3), self.time, np.uint8)

    metadata = {"render_modes": ["rgb_array"]}

    def __init__(self, render_mode=None):
        self.render_mode = render_mode


class Several(gym.Env):
    """Parts of every kind that is flattened."""

    observation_space = spaces.Dict({
        "kind": spaces.Discrete(3, start=1), "flags": spaces.MultiBinary(2), "two": spaces.MultiDiscrete([2, 3]),
        "far": spaces.Tuple((spaces.Box(-1, 1, (2,), np.float64), spaces.Discrete(2))),
    })
    action_space = spaces.Box(np.array([-1, 0], np.float32), np.array([1, 4], np.float32))

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.time = 0
        self.observation_space.seed(seed)
        return self.observation_space.sample(), {}

    def step(self, action):
        self.time += 1
        return self.observation_space.sample(), float(action.sum()), self.time % 11 == 10, False, {}


class Rover(gym.Env):
    """Numbers and two pictures, of which one lies deeper: the action that pays is the side where the lamp shines, or the other one
    when the switch is on."""

    observation_space = spaces.Dict({
        "eye": spaces.Dict({"camera": spaces.Box(0, 255, (8, 6, 3), np.uint8), "tilt": spaces.Box(-1, 1, (1,), np.float32)}),
        "map": spaces.Box(0, 255, (5, 5), np.uint8), "switch": spaces.Discrete(2), "wear": spaces.MultiBinary(2),
    })
    action_space = spaces.Discrete(2)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.time = 0
        return self.look(), {}

    def look(self):
        self.side, self.switch = (int(x) for x in self.np_random.integers(0, 2, 2))
        camera = self.np_random.integers(0, 40, (8, 6, 3)).astype(np.uint8)
        camera[:, 3 * self.side : 3 * self.side + 3] += 200
        return {
            "eye": {"camera": camera, "tilt": np.array([self.np_random.uniform(-1, 1)], np.float32)},
            "map": np.full((5, 5), self.time, np.uint8), "switch": self.switch, "wear": np.array([self.time % 2, 1], np.int8),
        }

    def step(self, action):
        reward = float(action == self.side ^ self.switch)
        self.time += 1
        return self.look(), reward, self.time == 5, False, {}


class Fickle(Rover):
    """A part of its observations changes in an episode."""

    def look(self):
        seen = super().look()
        if self.time == 3:
            seen["map"] = np.zeros((4, 5), np.uint8)
        return seen


class Faulty(Corridor):
    """Does something that it shouldn't at a step of its life, once for every `times` that are left in the file `tally`."""

    def __init__(self, fault="raise", at=20, tally=None, times=1, goal=50):
        super().__init__(goal)
        self.fault, self.at, self.tally, self.times, self.steps = fault, at, tally, times, 0

    def strikes(self):
        if self.tally is None:
            return True
        count = int(open(self.tally).read() or 0) if os.path.exists(self.tally) else 0
        if count >= self.times:
            return False
        with open(self.tally, "w") as file:
            file.write(str(count + 1))
        return True

    def step(self, action):
        self.steps += 1
        observation, reward, terminated, truncated, info = super().step(1)
        if self.steps == self.at and self.strikes():
            match self.fault:
                case "raise": raise RuntimeError("the floor gives way")
                case "kill": os.kill(os.getpid(), signal.SIGKILL)
                case "segfault": os.kill(os.getpid(), signal.SIGSEGV)
                case "exit": os._exit(3)
                case "hang": time.sleep(1000)
                case "nan": observation[0] = np.nan
                case "infinite": reward = float("inf")
                case "shape": observation = np.zeros(3, np.float32)
                case "type": observation = "here"
        if self.fault == "chatter":
            print("step", self.steps)
            print("x" * 1000, file=sys.stderr)
        return observation, reward, terminated, truncated, info


class Slow(Corridor):
    def __init__(self, seconds=2.0):
        super().__init__()
        self.seconds = seconds

    def reset(self, *, seed=None, options=None):
        time.sleep(self.seconds)
        return super().reset(seed=seed)


class Refused(gym.Env):
    """Of spaces that nothing is made of, by name."""

    def __init__(self, space="text"):
        box = spaces.Box(-1, 1, (2,), np.float32)
        self.observation_space, self.action_space = {
            "text": (spaces.Text(5), spaces.Discrete(2)), "sequence": (spaces.Sequence(box), spaces.Discrete(2)),
            "graph": (spaces.Graph(box, None), spaces.Discrete(2)),
            "film": (spaces.Dict({"eye": spaces.Box(0, 255, (2, 8, 8, 3), np.uint8), "speed": box}), spaces.Discrete(2)),
            "twins": (spaces.Dict({n: spaces.Box(0, 255, (8, 8), np.uint8) for n in ("a b", "a_b")}), spaces.Discrete(2)),
            "choice": (spaces.Dict({"one": spaces.OneOf((box, spaces.Discrete(2)))}), spaces.Discrete(2)),
            "several": (box, spaces.MultiDiscrete([2, 3])), "unbounded": (box, spaces.Box(-np.inf, np.inf, (1,))),
        }[space]

    def reset(self, *, seed=None, options=None):
        return self.observation_space.sample(), {}


class Unrepeatable(Corridor):
    def look(self):
        return np.array([np.random.default_rng().uniform()], np.float32)


gym.register("Corridor-v0", entry_point=Corridor, max_episode_steps=40)
