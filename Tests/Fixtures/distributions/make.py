"""Action distributions of torch.distributions: log-probabilities, entropies and their gradients.

    python -m venv /tmp/venv && /tmp/venv/bin/pip install torch numpy safetensors
    /tmp/venv/bin/python Tests/Fixtures/distributions/make.py

Writes distributions.safetensors beside this file. Per case, R rows and K numbers or A logits:
  <case>.logits [R, A], .action [R] int32            Categorical
  <case>.logits [R, A], .counts [P] int32,
    .action [R, P] int32, .mask [R, A] uint8         the same of P parts, of what the mask allows, by logits of -infinity elsewhere
  <case>.mean, .logDeviation, .sample [R, K]         Normal (gaussian…) or Normal with TanhTransform (tanh…), summed over K
  <case>.logProbability, .entropy [R]                of the action; of tanh(sample) where it is squashed
  <case>.logProbability.<input>, .entropy.<input>    the derivative of Σ value·weight by the input
  <case>.weight [R]
Computed in float64 from float32 inputs, stored as float32. A squashed Normal's entropy is an integral over 20,001 points.
"""
from pathlib import Path

import numpy
import torch
from safetensors.numpy import save_file
from torch.distributions import Categorical, Independent, Normal, TanhTransform, TransformedDistribution

random = numpy.random.default_rng(21)
arrays = {}


def draw(low, high, *shape):
    return random.uniform(low, high, shape).astype(numpy.float32)


def squashed_entropy(mean, deviation):
    epsilon = torch.linspace(-9, 9, 20_001, dtype=torch.float64)
    density = Normal(0.0, 1.0).log_prob(epsilon).exp()
    slope = TanhTransform().log_abs_det_jacobian(mean[..., None] + deviation[..., None] * epsilon, None)
    return (Normal(mean, deviation).entropy() + torch.trapezoid(density * slope, epsilon)).sum(-1)


def case(name, inputs, compute, **others):
    tensors = {key: torch.tensor(x.astype(numpy.float64), requires_grad=True) for key, x in inputs.items()}
    weight = draw(-1, 1, len(next(iter(inputs.values()))))
    values = dict(zip(("logProbability", "entropy"), compute(**tensors)))
    arrays.update({f"{name}.{key}": x for key, x in {**inputs, **others, "weight": weight}.items()})
    for what, value in values.items():
        arrays[f"{name}.{what}"] = value.detach().numpy().astype(numpy.float32)
        loss = (value * torch.tensor(weight.astype(numpy.float64))).sum()
        gradients = torch.autograd.grad(loss, list(tensors.values()), retain_graph=True, allow_unused=True)
        for key, gradient in zip(tensors, gradients):
            gradient = torch.zeros_like(tensors[key]) if gradient is None else gradient
            arrays[f"{name}.{what}.{key}"] = gradient.numpy().astype(numpy.float32)


for n, (rows, width) in enumerate([(1, 1), (1, 2), (7, 5), (33, 17)]):
    action = random.integers(0, width, rows).astype(numpy.int32)
    case(f"categorical{n}", {"logits": draw(-3, 3, rows, width)},
         lambda logits: (Categorical(logits=logits).log_prob(torch.tensor(action)), Categorical(logits=logits).entropy()),
         action=action)

for n, (rows, width) in enumerate([(1, 1), (1, 3), (7, 5), (33, 17)]):
    def inputs():
        mean, log_deviation = draw(-1.5, 1.5, rows, width), draw(-3, 0, rows, width)
        sample = mean + numpy.exp(log_deviation) * random.standard_normal((rows, width)).astype(numpy.float32)
        return {"mean": mean, "logDeviation": log_deviation, "sample": sample.astype(numpy.float32)}

    def gaussian(mean, logDeviation, sample):
        normal = Independent(Normal(mean, logDeviation.exp()), 1)
        return normal.log_prob(sample), normal.entropy()

    def tanh(mean, logDeviation, sample):
        # The transform remembers its last input, so that it need not undo the tanh.
        transform = TanhTransform(cache_size=1)
        squashed = Independent(TransformedDistribution(Normal(mean, logDeviation.exp()), transform), 1)
        return squashed.log_prob(transform(sample)), squashed_entropy(mean, logDeviation.exp())

    case(f"gaussian{n}", inputs(), gaussian)
    case(f"tanhGaussian{n}", inputs(), tanh)

def parts_of(logits, counts, mask, action):
    """Sums over the parts, of what the mask allows alone."""
    log_probability, entropy = 0, 0
    for part, (own, allowed) in enumerate(zip(logits.split(counts, -1), torch.tensor(mask != 0).split(counts, -1))):
        logarithms = torch.log_softmax(own.masked_fill(~allowed, -torch.inf), -1)
        log_probability = log_probability + logarithms.gather(-1, torch.tensor(action[:, part : part + 1]).long())[:, 0]
        entropy = entropy - (logarithms.exp() * torch.where(allowed, logarithms, torch.zeros_like(logarithms))).sum(-1)
    return log_probability, entropy


for n, (rows, counts) in enumerate([(1, [3]), (7, [2, 5]), (33, [4, 1, 17]), (20, [2] * 9)]):
    action = numpy.stack([random.integers(0, count, rows) for count in counts], -1).astype(numpy.int32)
    mask = numpy.concatenate(
        [(random.uniform(0, 1, (rows, count)) < 0.5) | (numpy.arange(count) == action[:, p, None]) for p, count in enumerate(counts)], -1)
    case(f"parts{n}", {"logits": draw(-3, 3, rows, sum(counts))},
         lambda logits: parts_of(logits, counts, mask, action), action=action, mask=mask.astype(numpy.uint8),
         counts=numpy.array(counts, numpy.int32))

save_file(arrays, str(Path(__file__).with_name("distributions.safetensors")), {"source": f"torch {torch.__version__}"})
print(len(arrays), "arrays")
