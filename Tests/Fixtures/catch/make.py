"""Episodes of bsuite's Catch, for the test that ours is equal.

    python3 -m venv /tmp/catch && /tmp/catch/bin/pip install --no-deps bsuite==0.3.6
    /tmp/catch/bin/pip install dm-env immutabledict numpy plotnine safetensors scikit-image six termcolor
    /tmp/catch/bin/python Tests/Fixtures/catch/make.py

Writes episodes.safetensors beside this file; every episode has 9 steps:
  column       uint8   [episodes]             where the ball starts; each of the 5 columns 12 times
  action       uint8   [episodes, 9]
  observation  uint8   [episodes, 10, 10, 5]  the first one and the one after each step
  reward       float32 [episodes, 9]
  last         uint8   [episodes, 9]          1 at the step that ends the episode
"""
from pathlib import Path

import numpy
from bsuite.environments.catch import Catch
from safetensors.numpy import save_file

EPISODES = 60
random = numpy.random.default_rng(21)
environment = Catch(seed=3)
episodes = []
while len(episodes) < EPISODES:
    step = environment.reset()
    column = int(step.observation[0].argmax())
    if column != len(episodes) % 5:
        continue
    # Every third episode presses on to one side, so that the paddle meets it.
    side = len(episodes) % 3
    odds = [(1 / 3, 1 / 3, 1 / 3), (0.8, 0.1, 0.1), (0.1, 0.1, 0.8)][side]
    actions, observations, rewards, lasts = [], [step.observation], [], []
    while not step.last():
        actions.append(int(random.choice(3, p=odds)))
        step = environment.step(actions[-1])
        observations.append(step.observation)
        rewards.append(step.reward)
        lasts.append(step.last())
    assert len(actions) == 9
    episodes.append((column, actions, observations, rewards, lasts))

columns, actions, observations, rewards, lasts = zip(*episodes)
save_file(
    {
        "column": numpy.array(columns, numpy.uint8),
        "action": numpy.array(actions, numpy.uint8),
        "observation": numpy.array(observations, numpy.uint8),
        "reward": numpy.array(rewards, numpy.float32),
        "last": numpy.array(lasts, numpy.uint8),
    },
    Path(__file__).with_name("episodes.safetensors"),
    {"source": "bsuite 0.3.6 Catch"},
)
print(f"{EPISODES} episodes, {sum(r[-1] > 0 for r in rewards)} caught")
