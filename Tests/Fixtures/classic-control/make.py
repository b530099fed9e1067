"""Episodes of Gymnasium's Acrobot-v1, MountainCar-v0 and MountainCarContinuous-v0, with injected start states, for the test that ours are equal.

    python -m venv /tmp/venv && /tmp/venv/bin/pip install gymnasium==1.4.0 numpy safetensors
    /tmp/venv/bin/python Tests/Fixtures/classic-control/make.py

Writes acrobot.safetensors, mountain-car.safetensors and mountain-car-continuous.safetensors beside this file, 10⁴ steps and what the last
episode takes beyond them, of policies that reach the goal and of such that don't:
  start        float64 [episodes, S]  injected first states
  length       int32 [episodes]
  ending       uint8 [episodes]       1: terminated, 2: truncated
  action       int32 or float32 [steps]
  reward       float32 [steps]
  state        float64 [episodes, S]  the last one
  observation  float32 [steps / 10, O] after every 10th step of all
"""
from pathlib import Path

import gymnasium
import numpy
from safetensors.numpy import save_file


def write(name, file, draw_start, act):
    random = numpy.random.default_rng(23)
    environment = gymnasium.make(name)
    bare = environment.unwrapped
    starts, lengths, endings, actions, rewards, states, observations = [], [], [], [], [], [], []
    while len(actions) < 10_000:
        environment.reset(seed=0)
        start = draw_start(random, len(starts))
        bare.state = start.copy()
        length, ended = 0, False
        while not ended:
            action = act(random, numpy.array(bare.state), len(starts))
            # Continuous ones in double, so that Gymnasium's own arithmetic is.
            observation, reward, terminated, truncated, _ = environment.step(
                numpy.array([action], numpy.float64) if isinstance(action, numpy.float32) else action)
            ended = terminated or truncated
            actions.append(action)
            rewards.append(reward)
            if len(actions) % 10 == 0:
                observations.append(observation)
            length += 1
        starts.append(start)
        lengths.append(length)
        endings.append(1 if terminated else 2)
        states.append(numpy.array(bare.state, numpy.float64))
    save_file(
        {
            "start": numpy.array(starts, numpy.float64),
            "length": numpy.array(lengths, numpy.int32),
            "ending": numpy.array(endings, numpy.uint8),
            "action": numpy.array(actions, numpy.float32 if isinstance(actions[0], numpy.float32) else numpy.int32),
            "reward": numpy.array(rewards, numpy.float32),
            "state": numpy.array(states),
            "observation": numpy.array(observations, numpy.float32),
        },
        Path(__file__).with_name(file + ".safetensors"),
        {"source": f"gymnasium {gymnasium.__version__} {name}"},
    )
    print(name, len(starts), "episodes", len(actions), "steps,", endings.count(1), "terminated")


def swing(random, state, episode):
    """With the joint's speed, which swings it up, or by chance: every third episode."""
    return int(random.integers(3)) if episode % 3 == 2 else (2 if state[3] > 0 else 0) if random.random() < 0.9 else 1


write("Acrobot-v1", "acrobot", lambda random, episode: random.uniform(-0.1, 0.1, 4), swing)
write(
    "MountainCar-v0", "mountain-car", lambda random, episode: numpy.array([random.uniform(-1.2, 0.4), random.uniform(-0.07, 0.07) * (episode % 2)]),
    lambda random, state, episode: int(random.integers(3)) if episode % 3 == 2 else 2 if state[1] > 0 else 0)
write(
    "MountainCarContinuous-v0", "mountain-car-continuous",
    lambda random, episode: numpy.array([random.uniform(-1.2, 0.4), random.uniform(-0.07, 0.07) * (episode % 2)]).astype(numpy.float32).astype(numpy.float64),
    lambda random, state, episode: numpy.float32(random.uniform(-1, 1) if episode % 6 == 5 else numpy.sign(state[1]) * random.uniform(0.5, 1)))
