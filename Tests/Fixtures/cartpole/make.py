"""Episodes of Gymnasium's CartPole-v1, with injected start states, for the test that ours is equal.

    python -m venv /tmp/venv && /tmp/venv/bin/pip install gymnasium==1.4.0 numpy safetensors
    /tmp/venv/bin/python Tests/Fixtures/cartpole/make.py

Writes episodes.safetensors beside this file:
  start    float64 [episodes, 4]   injected first states
  length   int32   [episodes]      steps
  ending   uint8   [episodes]      1 terminated, 2 truncated (a step that is both counts as terminated)
  action   uint8   [steps]         all episodes one after the other
  reward   float32 [steps]
  state    float64 [samples, 4]    the state after every 5th step and after the last one of each episode
"""
from pathlib import Path

import gymnasium
import numpy
from safetensors.numpy import save_file

STEPS = 10_000
random = numpy.random.default_rng(20)
environment = gymnasium.make("CartPole-v1")
bare = environment.unwrapped


def balance(state):
    """A policy good enough to reach the time limit."""
    return int(0.1 * state[0] + 0.2 * state[1] + state[2] + 0.5 * state[3] > 0)


starts, lengths, endings, actions, rewards, states = [], [], [], [], [], []
while len(actions) < STEPS:
    # Random play first; then episodes long enough to be truncated, some with slips, some from far out.
    skilled = len(actions) > STEPS // 2
    environment.reset(seed=0)
    width = 0.05 if len(starts) % 3 else 0.15
    start = random.uniform(-width, width, 4)
    bare.state = tuple(float(x) for x in start)
    ended, length = 0, 0
    while not ended:
        slip = random.random() < 0.1
        action = balance(bare.state) if skilled and not slip else int(random.integers(2))
        _, reward, terminated, truncated, _ = environment.step(action)
        ended = 1 if terminated else 2 if truncated else 0
        length += 1
        actions.append(action)
        rewards.append(reward)
        if ended or length % 5 == 0:
            states.append(numpy.array(bare.state, numpy.float64))
    starts.append(start)
    lengths.append(length)
    endings.append(ended)

save_file(
    {
        "start": numpy.array(starts, numpy.float64),
        "length": numpy.array(lengths, numpy.int32),
        "ending": numpy.array(endings, numpy.uint8),
        "action": numpy.array(actions, numpy.uint8),
        "reward": numpy.array(rewards, numpy.float32),
        "state": numpy.array(states, numpy.float64),
    },
    Path(__file__).with_name("episodes.safetensors"),
    {"source": f"gymnasium {gymnasium.__version__} CartPole-v1"},
)
print(f"{len(starts)} episodes, {len(actions)} steps, {endings.count(2)} truncated, {len(states)} states")
