"""What a small variational autoencoder is worth after 600 updates by two schedules, by NumPy, for the test of TrainingRun's trainings.

    python3 -m venv /tmp/fixtures && /tmp/fixtures/bin/pip install numpy safetensors
    /tmp/fixtures/bin/python Tests/Fixtures/schedules/make.py

64-64-8 latents, ReLU, a Bernoulli a pixel, orthogonal weights, log σ² from −4, batches of 64 with replacement, Adam; ../digits/digits.safetensors, 800 to train, 200 to
test; the mean of seeds 0 ... 5. Prints the ELBO of the test's digits, nats a digit, which TrainingOracleTests.swift holds.
"""
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

DIGITS = load_file(Path(__file__).parent.parent / "digits" / "digits.safetensors")
TRAIN, TEST = (DIGITS[f"{part}.observations"].reshape(-1, 64).astype(np.float64) for part in ("train", "test"))
HIDDEN, LATENT, BATCH, UPDATES, SEEDS, SAMPLES = 64, 8, 64, 600, 6, 8


def initial(random):
    def orthogonal(inputs, outputs, gain):
        q, _ = np.linalg.qr(random.standard_normal((max(inputs, outputs), min(inputs, outputs))))
        return gain * (q if inputs >= outputs else q.T)

    head = np.concatenate([orthogonal(HIDDEN, LATENT, 1), orthogonal(HIDDEN, LATENT, 0.01)], 1)
    return [
        *(orthogonal(64, HIDDEN, np.sqrt(2)), np.zeros(HIDDEN)),
        *(head, np.repeat([0.0, -4.0], LATENT)),
        *(orthogonal(LATENT, HIDDEN, np.sqrt(2)), np.zeros(HIDDEN)),
        *(orthogonal(HIDDEN, 64, 1), np.zeros(64)),
    ]


def forward(p, x, noise):
    hidden = np.maximum(x @ p[0] + p[1], 0)
    head = hidden @ p[2] + p[3]
    mean, log_variance = head[:, :LATENT], np.clip(head[:, LATENT:], -10, 4)
    deviation = np.exp(log_variance / 2)
    z = mean + deviation * noise
    back = np.maximum(z @ p[4] + p[5], 0)
    logits = back @ p[6] + p[7]
    reconstruction = (np.logaddexp(0, logits) - logits * x).sum(1)
    divergence = 0.5 * (mean**2 + deviation**2 - 1 - log_variance).sum(1)
    return hidden, mean, log_variance, deviation, z, back, logits, reconstruction + divergence


def gradients(p, x, noise):
    hidden, mean, log_variance, deviation, z, back, logits, _ = forward(p, x, noise)
    d_logits = (1 / (1 + np.exp(-logits)) - x) / len(x)
    d_back = d_logits @ p[6].T * (back > 0)
    d_z = d_back @ p[4].T
    d_mean = d_z + mean / len(x)
    d_log_variance = (d_z * noise * deviation / 2 + (deviation**2 - 1) / 2 / len(x)) * (np.abs(log_variance + 3) < 7)
    d_head = np.concatenate([d_mean, d_log_variance], 1)
    d_hidden = d_head @ p[2].T * (hidden > 0)
    pairs = (x, d_hidden), (hidden, d_head), (z, d_back), (back, d_logits)
    return [array for inputs, outputs in pairs for array in (inputs.T @ outputs, outputs.sum(0))]


def trained(rate, seed):
    random = np.random.default_rng(seed)
    p = initial(random)
    first, second = [np.zeros_like(a) for a in p], [np.zeros_like(a) for a in p]
    for update in range(UPDATES):
        x = TRAIN[random.integers(0, len(TRAIN), BATCH)]
        for i, g in enumerate(gradients(p, x, random.standard_normal((BATCH, LATENT)))):
            first[i] = 0.9 * first[i] + 0.1 * g
            second[i] = 0.999 * second[i] + 0.001 * g * g
            corrected = first[i] / (1 - 0.9 ** (update + 1)), second[i] / (1 - 0.999 ** (update + 1))
            p[i] = p[i] - rate(update / UPDATES) * corrected[0] / (np.sqrt(corrected[1]) + 1e-8)
    return p


def elbo(p):
    random = np.random.default_rng(9)
    return -np.mean([forward(p, TEST, random.standard_normal((len(TEST), LATENT)))[-1].mean() for _ in range(SAMPLES)])


for name, rate in [("constant 0.01", lambda _: 0.01), ("cosine from 0.02", lambda t: 0.02 * (1 + np.cos(np.pi * t)) / 2)]:
    print(name, [round(elbo(trained(rate, seed)), 3) for seed in range(SEEDS)], end=" ")
    print("mean", round(np.mean([elbo(trained(rate, seed)) for seed in range(SEEDS)]), 3))
