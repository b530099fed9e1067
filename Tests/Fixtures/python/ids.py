"""An environment whose observations are ids, which a model embeds: the action is to be their sum modulo 3."""
import gymnasium as gym
import numpy as np


class Ids(gym.Env):
    observation_space = gym.spaces.Box(0, 6, (2,), np.float32)
    action_space = gym.spaces.Discrete(3)
    observation_limit = 6  # the largest id

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.time = 0
        return self.look(), {}

    def step(self, action):
        reward = float(self.ids.sum() % 3 == action)
        self.time += 1
        return self.look(), reward, False, self.time == 10, {"steps": self.time}

    def look(self):
        self.ids = self.np_random.integers(0, 7, 2)
        return self.ids.astype(np.float32)
