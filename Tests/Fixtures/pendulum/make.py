"""Episodes of Gymnasium's Pendulum-v1, with injected start states, for the test that ours is equal.

    python -m venv /tmp/venv && /tmp/venv/bin/pip install gymnasium==1.4.0 numpy safetensors
    /tmp/venv/bin/python Tests/Fixtures/pendulum/make.py

Writes episodes.safetensors beside this file. All episodes have 200 steps and end by truncation:
  start        float64 [episodes, 2]      injected first states, angle and speed
  action       float32 [episodes, 200]    torques
  reward       float64 [episodes, 200]
  state        float64 [episodes, 40, 2]  the state after every 5th step
  observation  float32 [episodes, 3]      the last one
"""
from pathlib import Path

import gymnasium
import numpy
from safetensors.numpy import save_file

random = numpy.random.default_rng(22)
environment = gymnasium.make("Pendulum-v1")
bare = environment.unwrapped
starts, actions, rewards, states, observations = [], [], [], [], []
for episode in range(50):
    environment.reset(seed=0)
    # Some hang, some spin as fast as they may, some are held upright.
    start = random.uniform(-1, 1, 2) * [(numpy.pi, 1), (6 * numpy.pi, 8), (0.1, 0.1)][episode % 3]
    bare.state = start.copy()
    for t in range(200):
        torque = numpy.float32(random.uniform(-2, 2))
        if episode % 3 == 2:
            angle, speed = bare.state
            torque = numpy.float32(numpy.clip(-12 * numpy.sin(angle) - 3 * speed, -2, 2))
        # In double, so that Gymnasium's own arithmetic is.
        observation, reward, terminated, truncated, _ = environment.step(numpy.array([torque], numpy.float64))
        assert not terminated and truncated == (t == 199)
        actions.append(torque)
        rewards.append(reward)
        if t % 5 == 4:
            states.append(bare.state.copy())
    starts.append(start)
    observations.append(observation)

count = len(starts)
save_file(
    {
        "start": numpy.array(starts),
        "action": numpy.array(actions, numpy.float32).reshape(count, 200),
        "reward": numpy.array(rewards, numpy.float64).reshape(count, 200),
        "state": numpy.array(states, numpy.float64).reshape(count, 40, 2),
        "observation": numpy.array(observations, numpy.float32),
    },
    Path(__file__).with_name("episodes.safetensors"),
    {"source": f"gymnasium {gymnasium.__version__} Pendulum-v1"},
)
print(f"{count} episodes, {len(actions)} steps")
