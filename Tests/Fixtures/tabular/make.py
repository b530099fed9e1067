"""Transition tables of Gymnasium's FrozenLake-v1, Taxi-v4 and CliffWalking-v1, for the test that ours are equal.

    python -m venv /tmp/venv && /tmp/venv/bin/pip install gymnasium==1.4.0 numpy safetensors
    /tmp/venv/bin/python Tests/Fixtures/tabular/make.py

Writes tables.safetensors beside this file; of each task, S states, A actions and at most K outcomes:
  <task>.probability  float64 [S, A, K]  0 where there are fewer
  <task>.next         int32 [S, A, K]
  <task>.reward       float64 [S, A, K]
  <task>.terminates   uint8 [S, A, K]
  <task>.start        float64 [S]
"""
from pathlib import Path

import gymnasium
import numpy
from safetensors.numpy import save_file

arrays = {}
for name, options in [
    ("FrozenLake-v1", {}), ("FrozenLake8x8-v1", {}), ("Taxi-v4", {}), ("CliffWalking-v1", {}), ("CliffWalkingSlippery-v1", {}),
]:
    environment = gymnasium.make(name, **options).unwrapped
    table = environment.P
    shape = (len(table), len(table[0]), max(len(table[s][a]) for s in table for a in table[s]))
    columns = [numpy.zeros(shape, kind) for kind in (numpy.float64, numpy.int32, numpy.float64, numpy.uint8)]
    for s in table:
        for a in table[s]:
            for k, outcome in enumerate(table[s][a]):
                for column, value in zip(columns, outcome):
                    column[s, a, k] = value
    for column, what in zip(columns, ["probability", "next", "reward", "terminates"]):
        arrays[f"{name}.{what}"] = column
    arrays[f"{name}.start"] = numpy.array(environment.initial_state_distrib, numpy.float64)
    print(name, shape)
save_file(arrays, Path(__file__).with_name("tables.safetensors"), {"source": f"gymnasium {gymnasium.__version__}"})
