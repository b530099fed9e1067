"""The reference models of `starling bench compute` in PyTorch: the same layers, the same joint objective, the same optimiser.

Reads lines "MODEL ROWS THREADS train|act REPEATS" and answers each with the seconds of each repeat.
"""
import math
import sys
import time

import torch
from torch import nn
import torch.nn.functional as F

LATENTS = {"mlp": 8}
ACTIONS = {"mlp": 2, "world-models": 3}
IMAGES = {"minatar": (4, 10, 10), "nature": (4, 84, 84), "impala-deep": (4, 84, 84), "world-models": (3, 64, 64)}
# Images of zeros and ones, whose decoder gives logits; those of the others, means of a Normal of this variance.
BINARY = {"minatar"}
VARIANCES = {"mlp": 1, "nature": 0.1, "impala-deep": 0.1, "world-models": 0.5}


class Block(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.first, self.second = nn.Conv2d(channels, channels, 3, 1, 1), nn.Conv2d(channels, channels, 3, 1, 1)

    def forward(self, x):
        return x + self.second(F.relu(self.first(F.relu(x))))


class Model(nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.kind = kind
        latents, actions = LATENTS.get(kind, 32), ACTIONS.get(kind, 6)
        relu, flat = nn.ReLU, nn.Flatten
        if kind == "mlp":
            encoder = [nn.Linear(4, 64), relu(), nn.Linear(64, 64), relu()]
            decoder = [nn.Linear(latents, 64), relu(), nn.Linear(64, 64), relu(), nn.Linear(64, 4)]
            features = 64
        elif kind == "minatar":
            encoder = [nn.Conv2d(4, 16, 3), relu(), flat(), nn.Linear(1024, 128), relu()]
            decoder = [nn.Linear(latents, 128), relu(), nn.Linear(128, 1024), relu(), nn.Unflatten(1, (16, 8, 8)),
                       nn.ConvTranspose2d(16, 4, 3)]
            features = 128
        elif kind == "nature":
            encoder = [nn.Conv2d(4, 32, 8, 4), relu(), nn.Conv2d(32, 64, 4, 2), relu(), nn.Conv2d(64, 64, 3), relu(), flat(),
                       nn.Linear(3136, 512), relu()]
            decoder = [nn.Linear(latents, 512), relu(), nn.Linear(512, 3136), relu(), nn.Unflatten(1, (64, 7, 7)),
                       nn.ConvTranspose2d(64, 64, 3), relu(), nn.ConvTranspose2d(64, 32, 4, 2), relu(),
                       nn.ConvTranspose2d(32, 4, 8, 4)]
            features = 512
        elif kind == "impala-deep":
            encoder = [layer for before, channels in ((4, 16), (16, 32), (32, 32))
                       for layer in (nn.Conv2d(before, channels, 3, 1, 1), nn.MaxPool2d(3, 2, 1), Block(channels), Block(channels))]
            encoder += [relu(), flat(), nn.Linear(3872, 256), relu()]
            decoder = [nn.Linear(latents, 256), relu(), nn.Linear(256, 3872), nn.Unflatten(1, (32, 11, 11))]
            for channels, before, rest in ((32, 32, 0), (32, 16, 1), (16, 4, 1)):
                decoder += [Block(channels), Block(channels), nn.ConvTranspose2d(channels, before, 3, 2, 1, rest)]
            features = 256
        else:
            encoder = [nn.Conv2d(3, 32, 4, 2), relu(), nn.Conv2d(32, 64, 4, 2), relu(), nn.Conv2d(64, 128, 4, 2), relu(),
                       nn.Conv2d(128, 256, 4, 2), relu(), flat()]
            decoder = [nn.Linear(latents, 1024), nn.Unflatten(1, (1024, 1, 1)), nn.ConvTranspose2d(1024, 128, 5, 2), relu(),
                       nn.ConvTranspose2d(128, 64, 5, 2), relu(), nn.ConvTranspose2d(64, 32, 6, 2), relu(),
                       nn.ConvTranspose2d(32, 3, 6, 2), nn.Sigmoid()]
            features = 1024
        self.encoder, self.decoder = nn.Sequential(*encoder), nn.Sequential(*decoder)
        self.mean, self.log_variance = nn.Linear(features, latents), nn.Linear(features, latents)
        self.policy, self.value = nn.Linear(latents, actions), nn.Linear(latents, 1)

    def observe(self, x):
        if self.kind not in IMAGES:
            return x
        return x.float() if self.kind in BINARY else x.float() * (1 / 255)

    def act(self, x):
        return self.policy(self.mean(self.encoder(self.observe(x))))

    def negative_log_likelihood(self, x, decoded):
        """-log p(x|z), summed over the scalars of an observation."""
        if self.kind in BINARY:
            return F.binary_cross_entropy_with_logits(decoded, x, reduction="none").flatten(1).sum(1)
        variance = VARIANCES[self.kind]
        constant = 0.5 * math.log(2 * math.pi * variance) * x[0].numel()
        return (decoded - x).square().flatten(1).sum(1) * (0.5 / variance) + constant

    def loss(self, x, action, advantage, target):
        """-A log pi(a) + c_V (V-v)^2/2 - c_H H + lambda/D (-log p(x|z) + beta KL), means over the rows."""
        x = self.observe(x)
        features = self.encoder(x)
        mean, log_variance = self.mean(features), self.log_variance(features).clamp(-10, 4)
        sample = mean + torch.exp(log_variance * 0.5) * torch.randn_like(mean)
        reconstruction = self.negative_log_likelihood(x, self.decoder(sample)).mean()
        divergence = 0.5 * (mean.square() + log_variance.exp() - log_variance - 1).sum(1).mean()
        log_probabilities = F.log_softmax(self.policy(mean), 1)
        policy = -(log_probabilities.gather(1, action[:, None])[:, 0] * advantage).mean()
        entropy = -(log_probabilities.exp() * log_probabilities).sum(1).mean()
        value = 0.5 * (self.value(mean)[:, 0] - target).square().mean()
        return policy + 0.05 * value - 0.01 * entropy + 0.5 / x[0].numel() * (reconstruction + 0.01 * divergence)


class Runner:
    def __init__(self, kind, rows, mode, compiles):
        torch.manual_seed(0)
        model = Model(kind)
        levels = 2 if kind in BINARY else 256
        x = torch.randint(0, levels, (rows, *IMAGES[kind]), dtype=torch.uint8) if kind in IMAGES else torch.randn(rows, 4)
        if mode == "act":
            act = torch.compile(model.act) if compiles else model.act
            def step():
                with torch.inference_mode():
                    act(x)
        else:
            optimizer = torch.optim.Adam(model.parameters(), lr=1e-4, foreach=True)
            rest = (torch.randint(0, ACTIONS.get(kind, 6), (rows,)), torch.randn(rows), torch.randn(rows))
            loss = torch.compile(model.loss) if compiles else model.loss
            def step():
                optimizer.zero_grad(set_to_none=True)
                loss(x, *rest).backward()
                optimizer.step()
        self.step = step


def main():
    compiles = "--compile" in sys.argv
    runners = {}
    print("ready", torch.__version__, flush=True)
    for line in sys.stdin:
        kind, rows, threads, mode, repeats = line.split()
        torch.set_num_threads(int(threads))
        key = (kind, rows, mode)
        try:
            if key not in runners:
                runners[key] = Runner(kind, int(rows), mode, compiles)
                for _ in range(2):
                    runners[key].step()
            times = []
            for _ in range(int(repeats)):
                start = time.perf_counter()
                runners[key].step()
                times.append(time.perf_counter() - start)
            print(*times, flush=True)
        except Exception as error:  # torch.compile does not work everywhere
            print("failed", repr(error).splitlines()[0][:200], flush=True)


main()
