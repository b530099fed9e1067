"""Numbers as distributions over bins: what returns are told to be, the mean of a head's bins, and its cross-entropy.

    python -m venv /tmp/venv && /tmp/venv/bin/pip install torch numpy safetensors
    /tmp/venv/bin/python Tests/Fixtures/value-bins/make.py

Writes value-bins.safetensors beside this file. Per case, R numbers and K bins; `projection count limit` is its metadata:
  <case>.number [R]                   some beyond the range, some on a bin's place, and 0
  <case>.probabilities [R, K]         what the number is projected to
  <case>.logits [R, K], .mean [R]     a head's, and the mean of its softmax
  <case>.crossEntropy [R]             from the projection to the head's softmax, nats
  <case>.gradient [R, K], .weight [R] of the sum of crossEntropy times weight by the logits
Everything is written from the definitions, number by number, in float64 from float32 inputs, and stored as float32.
"""
from math import copysign, expm1, log1p
from pathlib import Path

import numpy
import torch
from safetensors.numpy import save_file

random = numpy.random.default_rng(33)


def symlog(x):
    return copysign(log1p(abs(x)), x)


def symexp(x):
    return copysign(expm1(abs(x)), x)


def places(projection, count, limit):
    """What each bin stands for."""
    if projection == "two_hot":
        return numpy.array([symexp(x) for x in numpy.linspace(-limit, limit, count)])
    edges = numpy.linspace(-limit, limit, count + 1)
    return (edges[:-1] + edges[1:]) / 2


def two_hot(number, count, limit):
    """The number's neighbours share 1, the nearer has more."""
    atoms = places("two_hot", count, limit)
    out = numpy.zeros(count)
    number = min(max(number, atoms[0]), atoms[-1])
    upper = int(numpy.searchsorted(atoms, number))
    if atoms[upper] == number:
        out[upper] = 1
        return out
    share = (number - atoms[upper - 1]) / (atoms[upper] - atoms[upper - 1])
    out[upper - 1], out[upper] = 1 - share, share
    return out


def hl_gauss(number, count, limit):
    """How much of a Normal about the number each bin holds, of what all hold."""
    edges = torch.linspace(-limit, limit, count + 1, dtype=torch.float64)
    normal = torch.distributions.Normal(min(max(number, -limit), limit), 0.75 * 2 * limit / count)
    below = normal.cdf(edges)
    held = below[1:] - below[:-1]
    return (held / held.sum()).numpy()


CASES = {
    "two_hot 255 20": 24, "two_hot 41 5": 24, "two_hot 3 1": 7, "hl_gauss 51 10": 24, "hl_gauss 255 150": 12, "hl_gauss 3 2.5": 7,
}
arrays, metadata = {}, {}
for case, (settings, rows) in enumerate(CASES.items()):
    projection, count, limit = settings.split()[0], int(settings.split()[1]), float(settings.split()[2])
    number = random.uniform(-1.1, 1.1, rows) * limit
    if projection == "two_hot":
        number = numpy.array([symexp(x) for x in number])
    at = places(projection, count, limit)
    number[:6] = [0, at[0], at[-1], at[count // 2 + 1], 10 * at[-1], -10 * at[-1]]
    number = number.astype(numpy.float32)
    exact = number.astype(numpy.float64)
    target = numpy.stack([(two_hot if projection == "two_hot" else hl_gauss)(x, count, limit) for x in exact])
    # Surer of bins about 0, as heads are.
    logits = random.uniform(-2, 2, (rows, count)) - 12 * abs(numpy.linspace(-1, 1, count))
    logits = logits.astype(numpy.float32)
    weight = random.uniform(-1, 1, rows).astype(numpy.float32)
    live = torch.tensor(logits.astype(numpy.float64), requires_grad=True)
    loss = -(torch.tensor(target) * torch.log_softmax(live, -1)).sum(-1)
    (loss * torch.tensor(weight.astype(numpy.float64))).sum().backward()
    mean = (torch.softmax(live, -1).detach() * torch.tensor(at)).sum(-1)
    name = f"case{case}"
    metadata[name] = settings
    arrays |= {
        f"{name}.number": number, f"{name}.probabilities": target, f"{name}.logits": logits, f"{name}.mean": mean.numpy(),
        f"{name}.crossEntropy": loss.detach().numpy(), f"{name}.gradient": live.grad.numpy(), f"{name}.weight": weight,
    }

arrays = {name: numpy.ascontiguousarray(x, numpy.float32) for name, x in arrays.items()}
save_file(arrays, str(Path(__file__).with_name("value-bins.safetensors")), metadata)
print(len(arrays), "arrays")
