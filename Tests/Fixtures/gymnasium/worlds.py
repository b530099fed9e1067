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

    def __init__(self, goal=5, access_token=None):
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


class Toll(gym.Env):
    """Three steps that cost their number, ten times that without action."""

    observation_space = spaces.Box(-10, 10, (1,), np.float32)
    action_space = spaces.Discrete(2)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.steps = 0
        return np.zeros(1, np.float32), {}

    def step(self, action):
        self.steps += 1
        return np.zeros(1, np.float32), 1.0, self.steps == 3, False, {"toll": self.steps * (1 if action else 10)}


def tolls(num_envs, **kwargs):
    return gym.vector.SyncVectorEnv([Toll] * num_envs)


gym.register("Tolls-v0", entry_point=Toll, vector_entry_point=tolls)


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
            "several": (box, spaces.Tuple((spaces.Discrete(2), spaces.Discrete(3)))), "unbounded": (box, spaces.Box(-np.inf, np.inf, (1,))),
        }[space]

    def reset(self, *, seed=None, options=None):
        return self.observation_space.sample(), {}


class Bare(gym.Env):
    """Forgets what its resets have to return besides."""

    action_space = spaces.Discrete(2)

    def __init__(self, space="array"):
        box = spaces.Box(-1, 1, (2,), np.float32)
        self.observation_space = {"array": box, "dict": spaces.Dict({"place": box}), "tuple": spaces.Tuple((box, box))}[space]

    def reset(self, *, seed=None, options=None):
        return self.observation_space.sample()


class Unrepeatable(Corridor):
    def look(self):
        return np.array([np.random.default_rng().uniform()], np.float32)


class Beyond(Corridor):
    """Sees more than its space has."""

    observation_space = spaces.Dict({"here": spaces.Box(-10, 10, (1,), np.float32), "there": spaces.Box(0, 1, (2,), np.float32)})

    def look(self):
        return {"here": np.array([self.place], np.float32), "there": np.array([0, 41], np.float32)}


class Hands(gym.Env):
    """Shows what it was given, which must be of its space: several choices at once, in two rows, that begin elsewhere than at 0."""

    observation_space = spaces.Box(-10, 10, (2, 2), np.float32)
    action_space = spaces.MultiDiscrete(np.array([[3, 2], [2, 4]]), start=np.array([[0, 5], [-1, 0]]))

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.time = 0
        return np.zeros(self.observation_space.shape, np.float32), {}

    def step(self, action):
        if not (isinstance(action, np.ndarray) and action.dtype == self.action_space.dtype and self.action_space.contains(action)):
            raise TypeError(f"{action!r} is not of {self.action_space}")
        self.time += 1
        return action.astype(np.float32), float(action.sum()), self.time % 9 == 8, False, {}


class Switches(Hands):
    """The same of several that are on or off."""

    observation_space = spaces.Box(-10, 10, (3,), np.float32)
    action_space = spaces.MultiBinary(3)


class Masked(gym.Env):
    """Tells which actions may be taken, in one of the ways in which environments do, and takes no other. At time t those are number i with
    (t + i) % 3 > 0; behind the last step none is."""

    def __init__(self, how="info", parts=False, fault=None, at=0):
        self.how, self.fault, self.at = how, fault, at
        self.action_space = spaces.MultiDiscrete([3, 2]) if parts else spaces.Discrete(5, start=2)
        self.observation_space = spaces.Box(-100, 100, (1,), np.float32)
        self.plain = self.observation_space
        if how == "dict":
            self.observation_space = spaces.Dict({"action_mask": spaces.MultiBinary(5), "place": self.plain})
        if how == "method":
            self.action_masks = lambda: self.mask().astype(bool)

    def mask(self):
        mask = np.array([(self.time + i) % 3 > 0 for i in range(5)], np.int8)
        if self.fault is not None and self.time == self.at:
            mask = {"none": np.zeros(5, np.int8), "short": np.ones(4, np.int8), "missing": None}[self.fault]
        return np.zeros(5, np.int8) if self.is_over else mask

    def look(self):
        mask = self.mask()
        info = {} if self.how != "info" or mask is None else {"action_mask": mask}
        if self.how == "info" and isinstance(self.action_space, spaces.MultiDiscrete):
            info = {"action_mask": (mask[:3], mask[3:])}
        value = np.array([self.time], np.float32)
        return ({"action_mask": mask, "place": value} if self.how == "dict" else value), info

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.time, self.is_over = 0, False
        return self.look()

    def step(self, action):
        chosen = action - 2 if isinstance(self.action_space, spaces.Discrete) else [action[0], 3 + action[1]]
        if not self.mask()[chosen].all():
            raise ValueError(f"{action} may not be done")
        self.time += 1
        self.is_over = self.time == 7
        observation, info = self.look()
        return observation, 1.0, False, self.is_over, info


gym.register("Corridor-v0", entry_point=Corridor, max_episode_steps=40)
