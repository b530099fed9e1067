"""The inventory task solved in other ways than ours, for the test that table and answers are equal.

    python -m venv /tmp/venv && /tmp/venv/bin/pip install numpy safetensors
    /tmp/venv/bin/python Tests/Fixtures/inventory/make.py

Builds the task from its description as dense matrices. The best (s, S) and its mean cost come from renewal theory (Veinott and Wagner
1965) without any bounds, what a policy costs in the bounded task from its stationary distribution and by linear equations.
Writes values.safetensors beside this file, all float64; S levels from -20, A targets:
  reward, level, square  [S, A]   means of the reward, of the level behind it and of its square
  best        [3]   s, S and mean cost a period of the best (s, S) policy without bounds
  average     [2]   mean reward a period of (6, 40) and of (10, 30) in the bounded task
  discounted  [2, S]  values of the two with a discount of 0.95
  hundred     [2]   mean return of (6, 40) and of the best there is in 100 periods from an empty store
"""
import math
from pathlib import Path

import numpy
from safetensors.numpy import save_file

FIXED, HOLDING, SHORTAGE, MEAN = 64, 1, 9, 10
LOWEST, HIGHEST, LARGEST = -20, 50, 30


def poisson(largest):
    p = numpy.array([math.exp(-MEAN + d * math.log(MEAN) - math.lgamma(d + 1)) for d in range(largest + 1)])
    return p / p.sum()


def keeping(level):
    return numpy.where(level >= 0, HOLDING * level, -SHORTAGE * level)


def best_without_bounds():
    p = poisson(80)
    demand = numpy.arange(len(p))
    found = (math.inf, 0, 0)
    for top in range(20, 60):
        # Mean visits to S - j before an order, and what they cost: an order falls due at s = S - n.
        visits = [1 / (1 - p[0])]
        cost = FIXED + visits[0] * (p * keeping(top - demand)).sum()
        for n in range(1, top + 10):
            found = min(found, (cost / sum(visits), top - n, top))
            visits.append(sum(p[k] * visits[n - k] for k in range(1, n + 1)) / (1 - p[0]))
            cost += visits[n] * (p * keeping(top - n - demand)).sum()
    return numpy.array([found[1], found[2], found[0]], numpy.float64)


levels = numpy.arange(LOWEST, HIGHEST + 1)
targets = numpy.arange(HIGHEST + 1)
transition = numpy.zeros((len(levels), len(targets), len(levels)))
reward = numpy.zeros(transition.shape[:2])
for d, probability in enumerate(poisson(LARGEST)):
    filled = numpy.maximum(levels[:, None], numpy.where(targets == 0, LOWEST, targets)[None, :])
    left = numpy.maximum(filled - d, LOWEST)
    rows, columns = numpy.indices(left.shape)
    numpy.add.at(transition, (rows, columns, left - LOWEST), probability)
    reward -= probability * (FIXED * (filled > levels[:, None]) + keeping(left))

average, discounted, hundred = [], [], []
for low, high in [(6, 40), (10, 30)]:
    choice = numpy.where(levels <= low, high, 0)
    chain = transition[numpy.arange(len(levels)), choice]
    gain = reward[numpy.arange(len(levels)), choice]
    identity = numpy.eye(len(levels))
    equations = numpy.vstack([chain.T - identity, numpy.ones(len(levels))])
    share = numpy.linalg.lstsq(equations, numpy.append(numpy.zeros(len(levels)), 1), rcond=None)[0]
    average.append(share @ gain)
    discounted.append(numpy.linalg.solve(identity - 0.95 * chain, gain))
    if low == 6:
        values = numpy.zeros(len(levels))
        for _ in range(100):
            values = gain + chain @ values
        hundred.append(values[-LOWEST])
values = numpy.zeros(len(levels))
for _ in range(100):
    values = (reward + transition @ values).max(axis=1)
hundred.append(values[-LOWEST])

arrays = {
    "reward": reward, "level": transition @ levels, "square": transition @ levels**2, "best": best_without_bounds(), "average": numpy.array(average),
    "discounted": numpy.array(discounted), "hundred": numpy.array(hundred),
}
for name in ("best", "average", "hundred"):
    print(name, arrays[name])
save_file(arrays, Path(__file__).with_name("values.safetensors"))
