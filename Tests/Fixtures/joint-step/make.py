"""A whole joint step of the latent policy in PyTorch: loss terms, gradients, three optimiser steps; V-trace, PPO, A2C,
action values.

    python -m venv /tmp/venv && /tmp/venv/bin/pip install torch numpy safetensors
    /tmp/venv/bin/python Tests/Fixtures/joint-step/make.py [VARIANT …]

Writes one safetensors file per variant, or per variant that is named, beside this file; README.md says what is in it. Everything is computed in
float64 from float32 inputs and stored as float32. The model, the losses and the targets are written here from their
equations, apart from the product's code.
"""
import json
import sys
from math import copysign, cos, erf, expm1, log, pi, sin
from pathlib import Path

import numpy
import torch
from safetensors.numpy import save as serialize

T, E, D, A, Z, HIDDEN, CORE = 5, 3, 4, 2, 3, 16, 5
# Of variants with a convolution: C, H, W; 6 channels of 3 by 3 in place of the first layer.
IMAGE, CHANNELS = (1, 4, 4), 6
ORDINARY, TERMINATED, TRUNCATED, RESET = range(4)
SCALE = [2.4, 3.0, 0.21, 3.0]
VARIANCE = 0.1
SETTINGS = dict(
    discount=0.9, lambda_=0.95, rho_clip=1.0, c_clip=1.0, pg_rho_clip=1.0, value_cost=0.5, entropy_cost=0.01,
    vae_cost=0.5, kl_weight=0.1, learning_rate=1e-2, beta1=0.9, beta2=0.999, epsilon=1e-5, clip_norm=1.0, variance=VARIANCE)

# name: latent mode, gradient into the encoder, autoencoder, free nats per latent, recurrent core
VARIANTS = {
    "mean-all-vae": ("mean", "all", "vae", 0.0, None),
    "noise-all-vae": ("noise", "all", "vae", 0.0, None),
    "mean-critic-vae": ("mean", "critic", "vae", 0.5, None),
    "mean-vaeonly-rae": ("mean", "vae_only", "rae", 0.0, None),
    "mean-all-none": ("mean", "all", "none", 0.0, None),
    # As the first, with a logVariance on both sides of its lower limit of -10.
    "clamped": ("mean", "all", "vae", 0.0, None),
    "gru-noise-all-vae": ("noise", "all", "vae", 0.0, "gru"),
    "gru-mean-vaeonly-vae": ("mean", "vae_only", "vae", 0.0, "gru"),
    "lstm-mean-all-rae": ("mean", "all", "rae", 0.0, "lstm"),
    "lstm-mean-critic-vae": ("mean", "critic", "vae", 0.0, "lstm"),
    "unrolls-gru-noise-all-vae": ("noise", "all", "vae", 0.0, "gru"),
    "gaussian-mean-all-vae": ("mean", "all", "vae", 0.0, None),
    "tanh-gaussian-noise-all-vae": ("noise", "all", "vae", 0.0, None),
    "scaled-mean-all-vae": ("mean", "all", "vae", 0.0, None),
    "predict-mean-all": ("mean", "all", "predict", 0.0, None),
    "predict-tanh-gaussian-vaeonly": ("mean", "vae_only", "predict", 0.0, None),
}


# What a variant has besides: unrolls in the batch, of E columns each; continuous actions; a scale of rewards.
BESIDES = {
    "unrolls-gru-noise-all-vae": dict(unrolls=2),
    "gaussian-mean-all-vae": dict(action="gaussian"),
    "tanh-gaussian-noise-all-vae": dict(action="tanh_gaussian"),
    "scaled-mean-all-vae": dict(reward_scale=0.25),
    "predict-mean-all": dict(unrolls=2),
    "predict-tanh-gaussian-vaeonly": dict(action="tanh_gaussian"),
}

# Self-prediction: steps ahead, how far the target follows after every step, weight of reward and ending.
STEPS, SHARE, SIDE = 3, 0.05, 0.1

# PPO keeps the targets of its first step and the policy of then; of its three steps two are of another policy.
PPO = dict(algorithm="ppo", clip=0.02, rho_clip=0.8)
for name, (variant, besides) in {
    "ppo-mean-all-vae": (VARIANTS["mean-all-vae"], PPO),
    # Three minibatches in an epoch, drawn as the product draws them.
    "ppo-minibatches": (VARIANTS["noise-all-vae"], PPO | dict(unrolls=2, minibatch_rows=9)),
    "ppo-predict": (VARIANTS["predict-mean-all"], PPO | dict(unrolls=2, minibatch_rows=9)),
    "ppo-unrolls-gru": (VARIANTS["gru-noise-all-vae"], PPO | dict(unrolls=2)),
    "ppo-gaussian": (VARIANTS["gaussian-mean-all-vae"], PPO | dict(action="gaussian")),
    "ppo-convolution": (VARIANTS["mean-all-vae"], PPO | dict(convolution=True, unrolls=2)),
    "a2c-unrolls-mean-all-vae": (VARIANTS["mean-all-vae"], dict(algorithm="a2c", unrolls=2)),
    "a2c-gru": (VARIANTS["gru-noise-all-vae"], dict(algorithm="a2c")),
    "a2c-tanh-gaussian": (VARIANTS["tanh-gaussian-noise-all-vae"], dict(algorithm="a2c", action="tanh_gaussian")),
    "convolution-mean-all-vae": (VARIANTS["mean-all-vae"], dict(convolution=True)),
    # A vector and a picture, each with an encoder and a decoder of its own beside what both share.
    "parts-mean-all-vae": (VARIANTS["mean-all-vae"], dict(parts=True, unrolls=2)),
}.items():
    VARIANTS[name], BESIDES[name] = variant, besides

# Values over bins, trained by cross-entropy: how returns become distributions, how many bins, their range.
for name, (variant, besides) in {
    "hl-gauss-mean-all-vae": (VARIANTS["mean-all-vae"], dict(value_head="hl_gauss", value_bins=21, value_limit=1.5)),
    "two-hot-noise-all-vae": (VARIANTS["noise-all-vae"], dict(value_head="two_hot", value_bins=31, value_limit=3.0)),
    "a2c-hl-gauss-gru": (VARIANTS["gru-noise-all-vae"], dict(algorithm="a2c", value_head="hl_gauss", value_bins=9, value_limit=6.0)),
}.items():
    VARIANTS[name], BESIDES[name] = variant, besides

# Action values: what the next state is worth, the share of random actions, lambda, and where Huber's loss becomes linear.
Q = dict(algorithm="q", huber=0.4, exploring=0.3)
for name, (variant, besides) in {
    "q-greedy": (VARIANTS["mean-all-vae"], dict(bootstrap="greedy", trace=0.0)),
    "q-double-dueling": (VARIANTS["mean-all-none"], dict(bootstrap="double", trace=0.0, dueling=True, unrolls=2)),
    "q-taken": (VARIANTS["mean-all-vae"], dict(bootstrap="taken", trace=0.8, unrolls=2)),
    "q-expected": (VARIANTS["mean-vaeonly-rae"], dict(bootstrap="expected", trace=0.5)),
}.items():
    VARIANTS[name], BESIDES[name] = variant, Q | besides

# Soft actor-critic: the entropy that the temperature keeps.
for name, (variant, besides) in {
    "sac-continuous": (VARIANTS["mean-critic-vae"], dict(action="tanh_gaussian", entropy=-2.0, unrolls=2)),
    "sac-discrete": (("mean", "critic", "none", 0.0, None), dict(entropy=0.6)),
}.items():
    VARIANTS[name], BESIDES[name] = variant, dict(algorithm="sac") | besides

# Actions of several parts, of so many choices each, and masks of what may be chosen; soft actor-critic's entropy is then a share of the most.
for name, (variant, besides) in {
    "masked-mean-all-vae": (VARIANTS["mean-all-vae"], dict(choices=[4], masked=True)),
    "masked-parts-gru-noise-all-vae": (VARIANTS["gru-noise-all-vae"], dict(choices=[3, 2], masked=True, unrolls=2)),
    "parts-mean-critic-vae": (VARIANTS["mean-critic-vae"], dict(choices=[2, 3, 2])),
    "predict-parts": (VARIANTS["predict-mean-all"], dict(choices=[3, 2], unrolls=2)),
    "ppo-masked-parts": (VARIANTS["mean-all-vae"], PPO | dict(choices=[3, 2], masked=True, unrolls=2)),
    "a2c-masked": (VARIANTS["mean-all-vae"], dict(algorithm="a2c", choices=[5], masked=True)),
    "q-masked-double-dueling": (
        VARIANTS["mean-all-none"], Q | dict(bootstrap="double", trace=0.0, dueling=True, choices=[4], masked=True, unrolls=2)),
    "q-masked-expected": (VARIANTS["mean-vaeonly-rae"], Q | dict(bootstrap="expected", trace=0.5, choices=[4], masked=True)),
    "sac-masked": (VARIANTS["sac-discrete"], dict(algorithm="sac", entropy_share=0.7, choices=[4], masked=True)),
}.items():
    VARIANTS[name], BESIDES[name] = variant, besides

# Where the noise comes from: what the header of each unroll says, key, first step and first environment.
HEADERS = [(0x0123456789ABCDEF, 2**32 - 2, 6), (0xFEDCBA9876543210, 17, 0)]


def philox(key, counter):
    """Philox4x32-10 (Salmon et al. 2011): four words of 32 bits."""
    c, k = list(counter), [key & 0xFFFFFFFF, key >> 32]
    for _ in range(10):
        low, high = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [high >> 32 ^ c[1] ^ k[0], high & 0xFFFFFFFF, low >> 32 ^ c[3] ^ k[1], low & 0xFFFFFFFF]
        k = [(k[0] + 0x9E3779B9) & 0xFFFFFFFF, (k[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return c


def make_noise(columns, draw=0, width=Z):
    """The epsilon of every row: Box-Muller on the words of the counter (step, environment, draw and block of lanes)."""
    noise = numpy.zeros((T + 1, columns, width))
    for t in range(T + 1):
        for b in range(columns):
            key, first_step, first_environment = HEADERS[b // E]
            step = first_step + t
            a, b1, c, d = philox(key, (step & 0xFFFFFFFF, step >> 32, first_environment + b % E, draw << 16))
            lanes = []
            for radius, angle in ((a, b1), (c, d)):
                r = (-2 * log(((radius >> 8) + 1) / 2**24)) ** 0.5
                turn = 2 * pi * (angle >> 8) / 2**24
                lanes += [r * cos(turn), r * sin(turn)]
            noise[t, b] = lanes[:width]
    return noise.astype(numpy.float32)


def make_inputs(random, unrolls=1, convolution=False, parts=False):
    B = E * unrolls
    kinds = numpy.zeros((T, B), numpy.uint8)
    kinds[:, 0] = [ORDINARY, ORDINARY, TERMINATED, ORDINARY, ORDINARY]
    kinds[:, 1] = [ORDINARY, TRUNCATED, RESET, ORDINARY, TERMINATED]
    kinds[:, 2] = [RESET, ORDINARY, ORDINARY, ORDINARY, TRUNCATED]
    if unrolls > 1:
        kinds[:, 3] = [TRUNCATED, RESET, ORDINARY, TERMINATED, ORDINARY]
        kinds[:, 4] = [ORDINARY, ORDINARY, ORDINARY, ORDINARY, ORDINARY]
        kinds[:, 5] = [TERMINATED, TERMINATED, TRUNCATED, RESET, ORDINARY]
    # Deliberate rubbish in the rows that hold no step: it must not matter.
    rewards = random.normal(1, 0.5, (T, B))
    rewards[kinds == RESET] = 1000
    picture = {"picture": random.integers(0, 256, (T + 1, B, *IMAGE)).astype(numpy.uint8)} if parts else {}
    return picture | {
        "observation": (
            random.uniform(-1, 1, (T + 1, B, *IMAGE)) if convolution else random.uniform(-1, 1, (T + 1, B, D)) * SCALE
        ).astype(numpy.float32),
        "noise": make_noise(B),
        "action": random.integers(0, A, (T, B)).astype(numpy.int32),
        "reward": rewards.astype(numpy.float32),
        "kind": kinds,
        "behaviorLogProbability": numpy.log(random.uniform(0.25, 0.9, (T, B))).astype(numpy.float32),
    }


def make_parameters(random, outputs=A, convolution=False, bins=1, parts=False):
    shapes = {
        "encoder.0": (HIDDEN, D), "encoder.1": (HIDDEN, HIDDEN), "encoder.mean": (Z, HIDDEN),
        "encoder.logVariance": (Z, HIDDEN), "policy.0": (HIDDEN, Z), "policy.logits": (outputs, HIDDEN),
        "value.0": (HIDDEN, Z), "value.output": (bins, HIDDEN), "decoder.0": (HIDDEN, Z), "decoder.output": (D, HIDDEN),
    }
    if convolution:
        shapes["encoder.1"] = (HIDDEN, CHANNELS * 2 * 2)
        shapes["decoder.output"] = (16, HIDDEN)
    if parts:
        del shapes["encoder.1"], shapes["decoder.output"]
        shapes |= {
            "encoder.vector.0": (HIDDEN, D), "encoder.picture.1": (HIDDEN, CHANNELS * 2 * 2), "encoder.0": (HIDDEN, 2 * HIDDEN),
            "decoder.vector.0": (HIDDEN, HIDDEN), "decoder.vector.output": (D, HIDDEN), "decoder.picture.0": (HIDDEN, HIDDEN),
            "decoder.picture.output": (16, HIDDEN),
        }
    parameters = {}
    for name, (rows, columns) in shapes.items():
        parameters[name + ".weight"] = random.normal(0, columns**-0.5, (rows, columns)).astype(numpy.float32)
        parameters[name + ".bias"] = random.normal(0, 0.1, rows).astype(numpy.float32)
    if convolution or parts:
        name = "encoder.picture.0" if parts else "encoder.0"
        parameters[name + ".weight"] = random.normal(0, 1 / 3, (CHANNELS, 1, 3, 3)).astype(numpy.float32)
        parameters[name + ".bias"] = random.normal(0, 0.1, CHANNELS).astype(numpy.float32)
    parameters["encoder.logVariance.weight"] *= 0.3
    parameters["encoder.logVariance.bias"] = numpy.array([-1.92, -1.42, -1.72], numpy.float32)
    return parameters


def add_core(core, inputs, parameters, random):
    """A recurrent core's parameters, PyTorch's names, and the state before row 0: [B, hidden (and cell)]."""
    gates, states = (3, 1) if core == "gru" else (4, 2)
    shapes = {
        "core.weight_ih_l0": (gates * CORE, Z), "core.weight_hh_l0": (gates * CORE, CORE),
        "core.bias_ih_l0": (gates * CORE,), "core.bias_hh_l0": (gates * CORE,),
        "policy.0.weight": (HIDDEN, Z + CORE), "value.0.weight": (HIDDEN, Z + CORE),
    }
    for name, shape in shapes.items():
        parameters[name] = random.normal(0, 0.5, shape).astype(numpy.float32)
    columns = inputs["kind"].shape[1]
    inputs["coreState"] = random.normal(0, 0.7, (columns, states * CORE)).astype(numpy.float32)
    inputs["coreState"][1] = 0  # an episode begins at row 0


def add_prediction(parameters, random, actions=A):
    """Heads that see the latent beside the action."""
    for name, outputs in {"dynamics": Z, "reward": 1, "ending": 1}.items():
        for layer, shape in {"0": (HIDDEN, Z + actions), "output": (outputs, HIDDEN)}.items():
            parameters[f"{name}.{layer}.weight"] = random.normal(0, shape[1] ** -0.5, shape).astype(numpy.float32)
            parameters[f"{name}.{layer}.bias"] = random.normal(0, 0.1, shape[0]).astype(numpy.float32)


def add_critics(parameters, random, is_continuous, actions=A):
    """Two critics of the latent and the action, or of the latent for every action, and a temperature."""
    for name in ("critic1", "critic2"):
        shapes = {"0": (HIDDEN, Z + A if is_continuous else Z), "output": (1 if is_continuous else actions, HIDDEN)}
        for layer, shape in shapes.items():
            parameters[f"{name}.{layer}.weight"] = random.normal(0, shape[1] ** -0.5, shape).astype(numpy.float32)
            parameters[f"{name}.{layer}.bias"] = random.normal(0, 0.1, shape[0]).astype(numpy.float32)
    parameters["temperature.log"] = numpy.array([log(0.3)], numpy.float32)


def add_samples(inputs, parameters, random):
    """Continuous actions: their samples u in place of numbers of choices, and a log sigma on both sides of its limit of 1."""
    shape = inputs["action"].shape + (A,)
    inputs["action"] = random.normal(0.2, 0.7, shape).astype(numpy.float32)
    inputs["behaviorLogProbability"] = random.uniform(-3.5, -1, shape[:-1]).astype(numpy.float32)
    parameters["policy.logits.bias"][A:] = [-0.6, 1]


def add_choices(inputs, parameters, random, besides):
    """Actions of several parts [T, B] or [T, B, P], and masks [T+1, B, sum of the choices] that allow what was chosen."""
    choices = besides["choices"]
    rows = inputs["kind"].shape
    taken = numpy.stack([random.integers(0, count, rows) for count in choices], -1).astype(numpy.int32)
    inputs["action"] = taken if len(choices) > 1 else taken[..., 0]
    if not besides.get("masked"):
        return
    parts = []
    for part, count in enumerate(choices):
        allowed = random.uniform(0, 1, (T + 1, rows[1], count)) < 0.5
        allowed[T, ..., 0] = True
        allowed[:T] |= numpy.arange(count) == taken[..., part, None]
        parts.append(allowed)
    inputs["mask"] = numpy.concatenate(parts, -1).astype(numpy.uint8)


def allowed_logits(logits, inputs):
    """-infinity where a mask forbids."""
    if "mask" not in inputs:
        return logits
    return logits.masked_fill(torch.tensor(inputs["mask"] == 0), -torch.inf)


def remember(parameters, inputs, z, core):
    """PyTorch's own layer, a step at a time; its states are zeroed where an episode begins."""
    layer = (torch.nn.GRU if core == "gru" else torch.nn.LSTM)(Z, CORE, dtype=z.dtype)
    weights = {n[5:]: p for n, p in parameters.items() if n.startswith("core.")}
    state = torch.tensor(inputs["coreState"]).to(z.dtype)
    outputs = []
    for t in range(T + 1):
        if t > 0:
            over = (inputs["kind"][t - 1] == TERMINATED) | (inputs["kind"][t - 1] == RESET)
            state = state * torch.tensor(~over).to(z.dtype)[:, None]
        parts = [s[None].contiguous() for s in state.split(CORE, dim=1)]
        before = parts[0] if core == "gru" else tuple(parts)
        output, after = torch.func.functional_call(layer, weights, (z[t : t + 1], before))
        outputs.append(output[0])
        state = after[0] if core == "gru" else torch.cat([s[0] for s in after], dim=1)
    return torch.stack(outputs)


def v_trace(log_ratios, rewards, kinds, values, s=SETTINGS):
    """The paper's sum, column by column, in O(T^2); the advantage is rlax's."""
    targets, advantages = values.copy(), numpy.zeros(values.shape)
    for b in range(values.shape[1]):
        discounts = [0.0 if kinds[t, b] == TERMINATED else s["discount"] for t in range(T)]
        is_step = [kinds[t, b] != RESET for t in range(T)]
        ratios = numpy.exp(log_ratios[:, b])
        bootstrap = lambda t, v: rewards[t, b] + discounts[t] * v - values[t, b]
        deltas = [is_step[t] * min(s["rho_clip"], ratios[t]) * bootstrap(t, values[t + 1, b]) for t in range(T)]
        traces = [is_step[t] * discounts[t] * s["lambda_"] * min(s["c_clip"], ratios[t]) for t in range(T)]
        for start in range(T):
            for t in range(start, T):
                targets[start, b] += numpy.prod(traces[start:t]) * deltas[t]
        for t in range(T):
            mixed = s["lambda_"] * targets[t + 1, b] + (1 - s["lambda_"]) * values[t + 1, b]
            advantages[t, b] = is_step[t] * min(s["pg_rho_clip"], ratios[t]) * bootstrap(t, mixed)
    return targets, advantages


def generalized_advantages(rewards, kinds, values):
    """The sum of discounted errors that lambda weights, column by column, in O(T^2); targets are A + V."""
    s = SETTINGS
    advantages = numpy.zeros(values.shape)
    for b in range(values.shape[1]):
        discounts = [0.0 if kinds[t, b] == TERMINATED else s["discount"] for t in range(T)]
        for start in range(T):
            weight = 1.0
            for t in range(start, T):
                if kinds[t, b] == RESET:
                    break
                error = rewards[t, b] + discounts[t] * values[t + 1, b] - values[t, b]
                advantages[start, b] += weight * error
                weight *= discounts[t] * s["lambda_"]
    return values + advantages, advantages


def finalize(x):
    """SplitMix64's."""
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) % 2**64
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) % 2**64
    return x ^ (x >> 31)


def mix(seed, *numbers):
    gamma = 0x9E3779B97F4A7C15
    for number in numbers:
        seed = finalize(finalize((seed + gamma) % 2**64) ^ ((number + 1) * gamma) % 2**64)
    return seed


def minibatches(kinds, limit, epoch):
    """The rows of each minibatch of an epoch: seed 0, purpose 6, update 0."""
    order = [row for row, kind in enumerate(kinds.flatten()) if kind != RESET]
    state = mix(0, 6, 0, epoch)
    for last in range(len(order) - 1, 0, -1):
        state = (state + 0x9E3779B97F4A7C15) % 2**64
        place = finalize(state) * (last + 1) >> 64
        order[last], order[place] = order[place], order[last]
    parts = -(-len(order) // limit)
    bounds = [len(order) * part // parts for part in range(parts + 1)]
    return [order[a:b] for a, b in zip(bounds, bounds[1:])]


def log_slope(u):
    """log of tanh's derivative."""
    return 2 * (log(2) - u - torch.nn.functional.softplus(-2 * u))


def squashed_entropy(mean, log_deviation):
    """Of tanh u: that of u, and the mean of the slope's logarithm by Gauss-Hermite's quadrature with eight points, which is
    how the algorithm defines it: at sigma = e the true integral, that of ../distributions, is another by up to 0.08."""
    places, weights = (torch.tensor(x).to(mean.dtype) for x in numpy.polynomial.hermite_e.hermegauss(8))
    slope = log_slope(mean[..., None] + log_deviation.exp()[..., None] * places)
    return log_deviation + (1 + log(2 * pi)) / 2 + (weights / (2 * pi) ** 0.5 * slope).sum(-1)


def bin_places(besides):
    """What each bin of a value stands for: even, or even in their symlog."""
    count, limit = besides["value_bins"], besides["value_limit"]
    if besides["value_head"] == "hl_gauss":
        return [(2 * i + 1 - count) * limit / count for i in range(count)]
    even = [(2 * i + 1 - count) * limit / (count - 1) for i in range(count)]
    return [copysign(expm1(abs(x)), x) for x in even]


def spread_over_bins(number, besides):
    """What a return is to be learned as: its neighbours in proportion, or a Normal of 0.75 of a bin, of what is in the range."""
    places, count, limit = bin_places(besides), besides["value_bins"], besides["value_limit"]
    if besides["value_head"] == "two_hot":
        number = min(max(number, places[0]), places[-1])
        return [
            max(0.0, 1 - abs(number - x) / ((places[i + 1] - x) if number > x else (x - places[i - 1]))) if number != x else 1.0
            for i, x in enumerate(places[:-1])
        ] + [max(0.0, 1 - (places[-1] - number) / (places[-1] - places[-2]))]
    number = min(max(number, -limit), limit)
    deviation = 0.75 * 2 * limit / count
    below = [erf((2 * i - count) * limit / count / deviation / 2**0.5 - number / deviation / 2**0.5) for i in range(count + 1)]
    return [(b - a) / (below[-1] - below[0]) for a, b in zip(below, below[1:])]


def choose_parts(logits, inputs, choices):
    """The same of several parts, or by masks: sums over the parts, of what is allowed alone."""
    taken = torch.tensor(inputs["action"]).long().reshape(*inputs["kind"].shape, len(choices))
    log_probability, entropy = 0, 0
    for part, own in enumerate(allowed_logits(logits, inputs).split(choices, -1)):
        log_probabilities = own - torch.logsumexp(own, -1, keepdim=True)
        log_probability = log_probability + log_probabilities[:T].gather(-1, taken[..., part : part + 1])[..., 0]
        finite = torch.where(own.isinf(), torch.zeros_like(own), log_probabilities)
        entropy = entropy - (log_probabilities.exp() * finite).sum(-1)
    return log_probability, entropy


def choose(logits, taken, action):
    """log pi of what was taken [T, B] and the entropy [T+1, B]."""
    if action == "categorical":
        log_probabilities = torch.log_softmax(logits, -1)
        log_probability = log_probabilities[:T].gather(-1, torch.tensor(taken).long()[..., None])[..., 0]
        return log_probability, -(log_probabilities.exp() * log_probabilities).sum(-1)
    mean, log_deviation = logits[..., :A], logits[..., A:].clamp(-4, 1)
    u = torch.tensor(taken).to(logits.dtype)
    epsilon = (u - mean[:T]) / log_deviation[:T].exp()
    density = -(epsilon**2) / 2 - log_deviation[:T] - log(2 * pi) / 2
    if action == "gaussian":
        return density.sum(-1), (log_deviation + (1 + log(2 * pi)) / 2).sum(-1)
    return (density - log_slope(u)).sum(-1), squashed_entropy(mean, log_deviation).sum(-1)


def forward(
    parameters, inputs, mode, encoder_gradient, autoencoder, core, action="categorical", convolution=False, besides={}
):
    """What the model says of every row."""
    dtype = next(iter(parameters.values())).dtype

    def tensor(name):
        return torch.tensor(inputs[name]).to(dtype)

    def dense(x, name):
        return x @ parameters[name + ".weight"].T + parameters[name + ".bias"]

    if besides.get("parts"):
        vector, picture = tensor("observation") / 2, tensor("picture") / 255  # [T+1, B, D], [T+1, B, C, H, W]
        image = torch.nn.functional.conv2d(
            picture.flatten(0, 1), parameters["encoder.picture.0.weight"], parameters["encoder.picture.0.bias"])
        image = torch.tanh(image.flatten(1).unflatten(0, picture.shape[:2]))
        own = [torch.tanh(dense(vector, "encoder.vector.0")), torch.tanh(dense(image, "encoder.picture.1"))]
        h = torch.tanh(dense(torch.cat(own, -1), "encoder.0"))
        x = torch.cat([vector, picture.flatten(2)], -1)
    elif convolution:
        x = tensor("observation")  # [T+1, B, C, H, W]
        image = torch.nn.functional.conv2d(x.flatten(0, 1), parameters["encoder.0.weight"], parameters["encoder.0.bias"])
        first = image.flatten(1).unflatten(0, x.shape[:2])
        x = x.flatten(2)
    else:
        x = tensor("observation") / torch.tensor(SCALE, dtype=dtype)  # [T+1, B, D]
        first = dense(x, "encoder.0")
    if not besides.get("parts"):
        h = torch.tanh(dense(torch.tanh(first), "encoder.1"))
    mean = dense(h, "encoder.mean")  # [T+1, B, Z]
    raw_log_variance = dense(h, "encoder.logVariance")
    log_variance = raw_log_variance.clamp(-10, 4)
    sample = mean if autoencoder in ("rae", "predict") else mean + torch.exp(log_variance / 2) * tensor("noise")
    z = mean if mode == "mean" else sample
    policy_z = z if encoder_gradient == "all" else z.detach()
    value_z = z if encoder_gradient in ("all", "critic") else z.detach()
    if core:
        h = remember(parameters, inputs, value_z, core)  # [T+1, B, CORE]
        policy_h = h.detach() if encoder_gradient == "critic" else h
        policy_z, value_z = torch.cat([policy_z, policy_h], -1), torch.cat([value_z, h], -1)
    logits = dense(torch.tanh(dense(policy_z, "policy.0")), "policy.logits")  # [T+1, B, A or 2A]
    judged = dense(torch.tanh(dense(value_z, "value.0")), "value.output")  # [T+1, B, 1 or bins]
    if "value_head" in besides:
        values = torch.softmax(judged, -1) @ torch.tensor(bin_places(besides), dtype=dtype)
    else:
        values = judged[..., 0]  # [T+1, B]
    if "choices" in besides:
        log_probability, entropy = choose_parts(logits, inputs, besides["choices"])
    else:
        log_probability, entropy = choose(logits, inputs["action"], action)
    rows = {
        "mean": mean, "logVariance": log_variance, "logits": logits, "values": values, "logProbability": log_probability,
        "entropy": entropy, "bins": torch.log_softmax(judged, -1),
    }
    facts = {"clamped": int((raw_log_variance[:T] < -10).sum())}
    if action != "categorical":
        facts["cut"] = int((logits[:T, :, A:] > 1).sum())
    if autoencoder in ("vae", "rae"):
        def cost(x, decoded):
            return ((x - decoded) ** 2 / (2 * VARIANCE) + log(2 * pi * VARIANCE) / 2).sum(-1)  # [T+1, B]

        shared = torch.tanh(dense(sample, "decoder.0"))
        if besides.get("parts"):
            own = [dense(torch.tanh(dense(shared, f"decoder.{part}.0")), f"decoder.{part}.output") for part in ("vector", "picture")]
            rows["reconstruction"] = cost(vector, own[0]) + 0.5 * cost(picture.flatten(2), torch.sigmoid(own[1]))
        else:
            rows["reconstruction"] = cost(x, dense(shared, "decoder.output"))
        if autoencoder == "vae":
            rows["divergence"] = (mean**2 + log_variance.exp() - 1 - log_variance).sum(-1) / 2
        else:
            rows["divergence"] = (mean**2).sum(-1) / 2
    return rows, x.shape[-1], facts


def action_values(rows, besides):
    """Q [T+1, B, A]: the head's, or V beside it and without the head's mean."""
    head = rows["logits"]
    return rows["values"][..., None] + head - head.mean(-1, keepdim=True) if besides.get("dueling") else head


def q_targets(online, target, inputs, besides):
    """What states are worth and the returns that are made of it [T+1, B], from the definition: sums over all later steps."""
    s, kinds = SETTINGS, inputs["kind"]
    online, target = online.detach().double().numpy(), target.detach().double().numpy()
    allowed = inputs["mask"] > 0 if "mask" in inputs else numpy.ones(target.shape, bool)
    best = numpy.where(allowed, online, -numpy.inf).argmax(-1)
    expected = (1 - besides["exploring"]) * numpy.take_along_axis(target, best[..., None], -1)[..., 0]
    expected = expected + besides["exploring"] * numpy.where(allowed, target, 0).sum(-1) / allowed.sum(-1)
    worth = {
        "greedy": numpy.where(allowed, target, -numpy.inf).max(-1), "double": numpy.take_along_axis(target, best[..., None], -1)[..., 0],
        "expected": expected, "taken": expected.copy(),
    }[besides["bootstrap"]]
    if besides["bootstrap"] == "taken":
        for t, b in numpy.argwhere(kinds != RESET):
            worth[t, b] = target[t, b, inputs["action"][t, b]]
    returns = worth.copy()
    for b in range(kinds.shape[1]):
        for start in range(T):
            if kinds[start, b] == RESET:
                continue
            value, weight = 0.0, 1.0
            for t in range(start, T):
                discount = 0.0 if kinds[t, b] == TERMINATED else s["discount"]
                is_last = t + 1 == T or kinds[t + 1, b] == RESET
                trust = 1.0 if is_last else 1 - besides["trace"]
                value += weight * (inputs["reward"][t, b] + discount * trust * worth[t + 1, b])
                weight *= discount * (1 - trust)
                if weight == 0:
                    break
            returns[start, b] = value
    return worth, returns


def soft_rows(live, target, rows, target_mean, inputs, besides):
    """What soft actor-critic needs of every row: its critics' values of what was taken, the policy's choice, and the targets."""
    dtype = rows["mean"].dtype
    alpha = live["temperature.log"].detach().exp()

    def critics(parameters, *x):
        x = torch.cat(x, -1)
        out = []
        for name in ("critic1", "critic2"):
            h = torch.tanh(x @ parameters[name + ".0.weight"].T + parameters[name + ".0.bias"])
            out.append(h @ parameters[name + ".output.weight"].T + parameters[name + ".output.bias"])
        return out

    fixed = {n: p.detach() for n, p in live.items()}
    z, taken = rows["mean"], torch.tensor(inputs["action"])
    if "action" in besides:
        mean, log_deviation = rows["logits"][..., :A], rows["logits"][..., A:].clamp(-4, 1)
        epsilon = torch.tensor(make_noise(taken.shape[1], draw=1, width=A)).to(dtype)
        u = mean + log_deviation.exp() * epsilon
        chosen = torch.tanh(u)
        density = -(epsilon**2) / 2 - log_deviation - log(2 * pi) / 2
        log_probability = (density - log_slope(u)).sum(-1)
        values = torch.minimum(*critics(fixed, z.detach(), chosen))[..., 0]
        next_values = torch.minimum(*critics(target, target_mean, chosen))[..., 0]
        of_taken = [q[..., 0] for q in critics(live, z[:T], torch.tanh(taken.to(dtype)))]
    else:
        own = allowed_logits(rows["logits"], inputs)
        logarithms = torch.log_softmax(own, -1)
        log_probability = (logarithms.exp() * torch.where(own.isinf(), torch.zeros_like(own), logarithms)).sum(-1)
        values = (logarithms.exp() * torch.minimum(*critics(fixed, z.detach()))).sum(-1)
        next_values = (logarithms.exp() * torch.minimum(*critics(target, target_mean))).sum(-1)
        of_taken = [q.gather(-1, taken.long()[..., None])[..., 0] for q in critics(live, z[:T])]
    worth = (next_values - alpha * log_probability).detach()
    continues = torch.tensor(inputs["kind"] != TERMINATED).to(dtype)
    returns = torch.zeros_like(worth)
    returns[:T] = torch.tensor(inputs["reward"]).to(dtype) + SETTINGS["discount"] * continues * worth[1:]
    rows["critics"] = sum((q - returns[:T]) ** 2 / 2 for q in of_taken)
    rows["actor"] = (alpha * log_probability - values)[:T]
    rows["entropy"] = -log_probability
    if "entropy_share" in besides:
        rows["wanted"] = besides["entropy_share"] * torch.tensor(inputs["mask"].sum(-1)).to(dtype).log()
    return returns, worth


def make_targets(rows, inputs, algorithm="vtrace", reward_scale=1, rho_clip=1.0):
    """Targets and advantages [T+1, B] of what the model said, and the log pi of then."""
    dtype = rows["values"].dtype
    rewards = inputs["reward"].astype(numpy.float64) * reward_scale
    values = rows["values"].detach().double().numpy()
    log_ratios = rows["logProbability"].detach().double().numpy() - inputs["behaviorLogProbability"]
    if algorithm == "vtrace":
        targets, advantages = v_trace(log_ratios, rewards, inputs["kind"], values)
    elif algorithm == "ppo":
        clips = dict(rho_clip=rho_clip, c_clip=min(1, rho_clip), pg_rho_clip=rho_clip)
        targets, advantages = v_trace(log_ratios, rewards, inputs["kind"], values, SETTINGS | clips)
    else:
        targets, advantages = generalized_advantages(rewards, inputs["kind"], values)
    return (
        torch.tensor(targets).to(dtype), torch.tensor(advantages).to(dtype), rows["logProbability"].detach())


def prediction(parameters, inputs, mean, target, action, choices=None):
    """What the latents of the next steps are told to be, their rewards and endings: a sum over the steps, [T, B] each."""
    kinds, dtype = inputs["kind"], mean.dtype

    def head(x, name):
        h = torch.tanh(x @ parameters[name + ".0.weight"].T + parameters[name + ".0.bias"])
        return h @ parameters[name + ".output.weight"].T + parameters[name + ".output.bias"]

    def describe(t, b):
        taken = torch.tensor(inputs["action"][t, b])
        if choices:
            return torch.cat([torch.nn.functional.one_hot(x.long(), count) for x, count in zip(taken, choices)]).to(dtype)
        if action == "categorical":
            return torch.nn.functional.one_hot(taken.long(), A).to(dtype)
        return torch.tanh(taken.to(dtype)) if action == "tanh_gaussian" else taken.to(dtype).clamp(-1, 1)

    sums = {name: [[torch.zeros((), dtype=dtype) for _ in kinds[0]] for _ in kinds] for name in ("latent", "reward", "ending")}
    for t in range(T):
        for b in range(kinds.shape[1]):
            z = mean[t, b]
            for s in range(t, min(t + STEPS, T)):
                if kinds[s, b] == RESET:
                    break
                state = torch.cat([z, describe(s, b)])
                z = z + head(state, "dynamics")
                reward = float(inputs["reward"][s, b])
                told = numpy.sign(reward) * numpy.log1p(abs(reward))
                sums["reward"][t][b] = sums["reward"][t][b] + (head(state, "reward")[0] - told) ** 2
                ended = torch.tensor(float(kinds[s, b] == TERMINATED), dtype=dtype)
                sums["ending"][t][b] = sums["ending"][t][b] + torch.nn.functional.binary_cross_entropy_with_logits(
                    head(state, "ending")[0], ended)
                if ended:
                    break
                sums["latent"][t][b] = sums["latent"][t][b] + ((z - target[s + 1, b]) ** 2).mean()
    return {name: torch.stack([torch.stack(row) for row in rows]) for name, rows in sums.items()}


def joint_loss(rows, made, weights, width, autoencoder, free_nats, algorithm="vtrace", clip=0.0, besides={}):
    """Everything worth comparing, by name; "total" is what is differentiated. `weights` [T, B] are 1 for rows that count."""
    targets, advantages, proximal = made
    log_probability = rows["logProbability"]

    def average(rows):
        return (rows * weights).sum() / weights.sum()

    advantage = advantages[:T]
    facts = {}
    if algorithm == "sac":
        surrogate = None
    elif algorithm == "ppo":
        center = average(advantage)
        deviation = (((advantage - center) ** 2 * weights).sum() / (weights.sum() - 1)) ** 0.5
        advantage = (advantage - center) / (deviation + 1e-8)
        ratio = torch.exp(log_probability - proximal)
        surrogate = torch.minimum(ratio * advantage, ratio.clamp(1 - clip, 1 + clip) * advantage)
        facts["clipped"] = int((((ratio - 1).abs() > clip) * weights).sum())
    else:
        surrogate = advantage * log_probability
    if algorithm == "q":
        terms = {"actionValueLoss": average(torch.nn.functional.huber_loss(
            rows["taken"], targets[:T], reduction="none", delta=clip))}
        return with_representation(terms, terms["actionValueLoss"], rows, average, width, autoencoder, free_nats, facts)
    if algorithm == "sac":
        terms = {"criticLoss": average(rows["critics"]), "actorLoss": average(rows["actor"]), "entropy": average(rows["entropy"][:T]).detach()}
        terms["temperatureLoss"] = rows["logTemperature"][0] * (terms["entropy"] - (average(rows["wanted"][:T]) if "wanted" in rows else clip))
        policy = terms["criticLoss"] + terms["actorLoss"] + terms["temperatureLoss"]
        return with_representation(terms, policy, rows, average, width, autoencoder, free_nats, facts)
    errors = (rows["values"] - targets)[:T] ** 2 / 2
    if "value_head" in besides:
        spread = torch.tensor([[spread_over_bins(x.item(), besides) for x in row] for row in targets[:T]]).to(targets.dtype)
        errors = -(spread * rows["bins"][:T]).sum(-1)
        counted = targets[:T][weights > 0].abs()
        facts["beyond"] = int((counted > bin_places(besides)[-1]).sum())
    terms = {
        "policyGradientLoss": average(-surrogate),
        "valueLoss": average(errors),
        "entropy": average(rows["entropy"][:T]),
    }
    total = (
        terms["policyGradientLoss"] + SETTINGS["value_cost"] * terms["valueLoss"]
        - SETTINGS["entropy_cost"] * terms["entropy"])
    return with_representation(terms, total, rows, average, width, autoencoder, free_nats, facts)


def with_representation(terms, policy, rows, average, width, autoencoder, free_nats, facts):
    """The terms with those that train the latent, and their sum with the policy's loss."""
    total = policy
    if autoencoder in ("vae", "rae"):
        penalty = rows["divergence"].clamp(min=free_nats * Z)
        terms["reconstructionLoss"] = average(rows["reconstruction"][:T])
        terms["klDivergence"] = average(rows["divergence"][:T])
        terms["vaeLoss"] = average((rows["reconstruction"] + SETTINGS["kl_weight"] * penalty)[:T]) / width
    if autoencoder == "predict":
        for name in ("latent", "reward", "ending"):
            terms[name + "Prediction"] = average(rows[name])
            total = total + SETTINGS["vae_cost"] * (1 if name == "latent" else SIDE) * terms[name + "Prediction"]
    if autoencoder in ("vae", "rae"):
        total = total + SETTINGS["vae_cost"] * terms["vaeLoss"]
        facts["free"] = int((rows["divergence"][:T] < free_nats * Z).sum())
    terms["total"] = total
    facts["halves"] = (total - policy, policy)
    return terms, facts


def pulls(halves, encoder):
    """Norms of the derivatives by the encoder of what trains the latent and of the other losses; 0 where they don't reach it."""
    out = {}
    for name, half in zip(("representation", "policy"), halves):
        gradients = (
            torch.autograd.grad(half, encoder.values(), retain_graph=True, allow_unused=True) if half.requires_grad else [None])
        out["encoderGradient." + name] = torch.sqrt(sum((g**2).sum() for g in gradients if g is not None) + torch.zeros(1))
    return out


def run(variant, inputs, parameters, dtype):
    """Results of the first step, and the parameters after three batches; PPO's are three epochs over one batch."""
    mode, encoder_gradient, autoencoder, free_nats, core = VARIANTS[variant]
    besides = BESIDES.get(variant, {})
    algorithm = besides.get("algorithm", "vtrace")
    live = {n: torch.tensor(p).to(dtype).requires_grad_() for n, p in parameters.items()}
    s = SETTINGS
    optimizer = torch.optim.Adam(
        live.values(), lr=s["learning_rate"], betas=(s["beta1"], s["beta2"]), eps=s["epsilon"])
    mask = torch.tensor(inputs["kind"] != RESET).to(dtype)  # [T, B]

    def look(parameters=live):
        return forward(
            parameters, inputs, mode, encoder_gradient, autoencoder, core, besides.get("action", "categorical"),
            besides.get("convolution", False), besides)

    def look_ahead(parameters):
        return look(parameters)[0]["mean"].detach()

    target = {n: p.detach().clone() for n, p in live.items()}
    if algorithm == "q":
        # Of another opinion which action is best.
        for name in ("policy.logits.weight", "policy.logits.bias"):
            target[name] *= -0.7
    out, norms, first = {}, [], {}
    made = None
    for epoch in range(3):
        parts = [mask]
        if "minibatch_rows" in besides:
            parts = []
            for chosen in minibatches(inputs["kind"], besides["minibatch_rows"], epoch):
                part = torch.zeros(mask.numel()).to(dtype)
                part[chosen] = 1
                parts.append(part.reshape(mask.shape))
        for weights in parts:
            rows, width, facts = look()
            if algorithm == "q":
                values = action_values(rows, besides)
                rows["taken"] = values[:T].gather(-1, torch.tensor(inputs["action"]).long()[..., None])[..., 0]
                worth, returns = q_targets(values, action_values(look(target)[0], besides), inputs, besides)
                made = torch.tensor(returns).to(dtype), torch.tensor(worth).to(dtype), None
            elif algorithm == "sac":
                returns, worth = soft_rows(live, target, rows, look_ahead(target), inputs, besides)
                rows["logTemperature"] = live["temperature.log"]
                made = returns, worth, None
            elif made is None or algorithm != "ppo":
                made = make_targets(
                    rows, inputs, algorithm, besides.get("reward_scale", 1), besides.get("rho_clip", 1.0))
                told = look_ahead(target)
            if autoencoder == "predict":
                rows |= prediction(live, inputs, rows["mean"], told, besides.get("action", "categorical"), besides.get("choices"))
            terms, more = joint_loss(
                rows, made, weights, width, autoencoder, free_nats, algorithm,
                besides.get("clip", besides.get("huber", besides.get("entropy", 0.0))), besides)
            for p in live.values():
                p.grad = torch.zeros_like(p)  # also where a variant has no use for it
            terms["total"].backward(retain_graph=True)
            halves = more.pop("halves")
            if not out:
                out |= pulls(halves, {n: p for n, p in live.items() if n.startswith("encoder.")})
            norm = torch.sqrt(sum((p.grad**2).sum() for p in live.values()))
            norms.append(norm.item())
            if len(norms) == 1:
                out |= {"loss." + n: v.detach().reshape(1) for n, v in terms.items()}
                out |= {
                    "row." + n: v.detach() for n, v in rows.items() if n not in ("entropy", "reconstruction", "divergence", "latent", "reward", "ending", "critics", "actor", "logTemperature", "bins", "wanted")}
                out |= {"row.valueTargets": made[0], "row.advantages": made[1]}
                out |= {"gradient." + n: p.grad.clone() for n, p in live.items()}
            first |= facts | more
            scale = min(1.0, s["clip_norm"] / norm.item())
            for p in live.values():
                p.grad *= scale
            optimizer.step()
            for n, p in live.items():
                target[n] += SHARE * (p.detach() - target[n])
    out["gradientNorm"] = torch.tensor(norms)
    out |= {"updated." + n: p.detach() for n, p in live.items()}
    return {n: v.double().numpy() for n, v in out.items()}, first


def save(arrays, path, metadata):
    """As the library does, but with sorted metadata, so that the same numbers are the same bytes."""
    blob = serialize({n: numpy.ascontiguousarray(v) for n, v in arrays.items()}, metadata)
    size = int.from_bytes(blob[:8], "little")
    header = json.loads(blob[8 : 8 + size])
    header["__metadata__"] = dict(sorted(metadata.items()))
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(len(text).to_bytes(8, "little") + text + blob[8 + size :])


def main():
    folder = Path(__file__).parent
    for variant, (mode, encoder_gradient, autoencoder, free_nats, core) in VARIANTS.items():
        if sys.argv[1:] and variant not in sys.argv[1:]:
            continue
        random = numpy.random.default_rng(2)
        besides = BESIDES.get(variant, {})
        is_continuous = "action" in besides
        convolution = besides.get("convolution", False)
        parts = besides.get("parts", False)
        inputs = make_inputs(random, besides.get("unrolls", 1), convolution, parts)
        actions = sum(besides["choices"]) if "choices" in besides else A
        parameters = make_parameters(random, 2 * A if is_continuous else actions, convolution, besides.get("value_bins", 1), parts)
        if variant == "clamped":
            parameters["encoder.logVariance.bias"][2] = -10
        if core:
            add_core(core, inputs, parameters, random)
        if autoencoder == "predict":
            add_prediction(parameters, random, actions)
        if besides.get("algorithm") == "sac":
            add_critics(parameters, random, is_continuous, actions)
        if is_continuous:
            add_samples(inputs, parameters, random)
        if "choices" in besides:
            add_choices(inputs, parameters, random, besides)
        exact, facts = run(variant, inputs, parameters, torch.float64)
        single, _ = run(variant, inputs, parameters, torch.float32)
        worst = {}
        for name, value in exact.items():
            group = name.split(".")[0]
            error = (abs(single[name] - value) / numpy.maximum(1, abs(value))).max()
            worst[group] = max(worst.get(group, 0.0), float(error))
        arrays = {"input." + n: v for n, v in inputs.items()}
        arrays |= {"parameter." + n: v for n, v in parameters.items()}
        arrays |= {n: v.astype(numpy.float32) for n, v in exact.items()}
        metadata = {
            "latent_mode": mode, "encoder_grad": encoder_gradient, "autoencoder": autoencoder,
            "free_nats": str(free_nats), "torch": torch.__version__,
        }
        if core:
            metadata["core"] = core
        metadata |= {n: str(v) for n, v in (SETTINGS | besides).items()}
        path = folder / f"{variant}.safetensors"
        save(arrays, path, metadata)
        total, norms = exact["loss.total"][0], exact["gradientNorm"].round(3)
        errors = ", ".join(f"{group} {error:.0e}" for group, error in worst.items())
        print(f"{variant}: total {total:.6f}, norms {norms}, {facts}, float32 differs by: {errors}")


main()
