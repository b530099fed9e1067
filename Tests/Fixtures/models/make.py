"""Latent policies with convolutions in PyTorch: weights by name, outputs, gradients.

    python -m venv /tmp/venv && /tmp/venv/bin/pip install torch numpy safetensors
    /tmp/venv/bin/python Tests/Fixtures/models/make.py

Writes four files beside this one. `small.safetensors` and `small-residual.safetensors` hold a whole model as PyTorch exports
it (`state_dict`), outputs and gradients. `world-models.safetensors` and `impala-deep.safetensors` hold outputs only: their
millions of weights come from `formula`, which the test evaluates too. Computed in float64 from float32 weights, stored as float32.
"""
from pathlib import Path

import numpy
import torch
from safetensors.numpy import save_file
from torch import nn

HERE = Path(__file__).parent


def scramble(word):
    """A 32-bit mixing function, on arrays of uint64."""
    mask = numpy.uint64(0xFFFFFFFF)
    word = (word ^ (word >> numpy.uint64(16))) * numpy.uint64(0x45D9F3B) & mask
    word = (word ^ (word >> numpy.uint64(16))) * numpy.uint64(0x45D9F3B) & mask
    return word ^ (word >> numpy.uint64(16))


def words(name, count):
    """`count` words of 32 bits: of the FNV-1a hash of a name plus 0x9E3779B9 times 1, 2, 3, …"""
    seed = 0x811C9DC5
    for byte in name.encode():
        seed = (seed ^ byte) * 0x01000193 & 0xFFFFFFFF
    index = numpy.arange(1, count + 1, dtype=numpy.uint64)
    return scramble((numpy.uint64(seed) + index * numpy.uint64(0x9E3779B9)) & numpy.uint64(0xFFFFFFFF))


def formula(name, shape):
    """Uniform in ±sqrt(6 / numbers per first index), of residual sections in half of it, biases in ±0.1."""
    count = int(numpy.prod(shape))
    bound = 0.1 if len(shape) == 1 else (6 / (count // shape[0])) ** 0.5
    if len(shape) > 1 and ("blocks" in name or "convolution" in name):
        bound /= 2
    values = bound * (2 * (words(name, count).astype(numpy.float64) / 2**32) - 1)
    return torch.from_numpy(values.astype(numpy.float32).reshape(shape))


class Model(nn.Module):
    """Encoder and decoder of one module a layer, all activated but those with words for names."""

    def __init__(self, encoder, encoded, latent, decoder, image, activation, is_image_linear, actions):
        super().__init__()
        self.encoder = nn.ModuleDict({str(index): layer for index, layer in enumerate(encoder)})
        self.encoder["mean"] = nn.Linear(encoded, latent)
        self.encoder["logVariance"] = nn.Linear(encoded, latent)
        names = [str(index) for index in range(len(decoder) - 1)] + ["output"]
        self.decoder = nn.ModuleDict(dict(zip(names, decoder)))
        self.policy = nn.ModuleDict({"logits": nn.Linear(latent, actions)})
        self.value = nn.ModuleDict({"output": nn.Linear(latent, 1)})
        self.image, self.activation, self.is_image_linear = image, activation, is_image_linear

    def fill(self):
        for name, parameter in self.named_parameters():
            parameter.data = formula(name, tuple(parameter.shape))

    def encode(self, x):
        for name, layer in self.encoder.items():
            if name in ("mean", "logVariance"):
                continue
            x = self.activation(layer(x.flatten(1) if isinstance(layer, nn.Linear) else x))
        x = x.flatten(1)
        return self.encoder["mean"](x), self.encoder["logVariance"](x).clamp(-10, 4)

    def decode(self, z):
        layers = list(self.decoder.items())
        last_dense = max(index for index, (_, layer) in enumerate(layers) if isinstance(layer, nn.Linear))
        for index, (name, layer) in enumerate(layers):
            z = layer(z)
            if name != "output" and not (index == last_dense and self.is_image_linear):
                z = self.activation(z)
            if index == last_dense:
                z = z.reshape(-1, *self.image)
        return torch.sigmoid(z)


def observations(shape):
    count = int(numpy.prod(shape))
    return (words("observation", count) >> numpy.uint64(24)).astype(numpy.uint8).reshape(shape)


def to_float32(tensors):
    return {name: t.detach().numpy().astype(numpy.float32).copy() for name, t in tensors.items()}


def make_world_models():
    model = Model(
        [nn.Conv2d(3, 32, 4, 2), nn.Conv2d(32, 64, 4, 2), nn.Conv2d(64, 128, 4, 2), nn.Conv2d(128, 256, 4, 2)], 1024, 32,
        [nn.Linear(32, 1024), nn.ConvTranspose2d(1024, 128, 5, 2), nn.ConvTranspose2d(128, 64, 5, 2),
         nn.ConvTranspose2d(64, 32, 6, 2), nn.ConvTranspose2d(32, 3, 6, 2)], (1024, 1, 1), torch.relu, True, 3)
    model.fill()
    vae = [p for name, p in model.named_parameters() if name.split(".")[0] in ("encoder", "decoder")]
    assert sum(p.numel() for p in vae) == 4348547
    model.double()
    x = torch.from_numpy(observations((2, 3, 64, 64))).double() / 255
    mean, log_variance = model.encode(x)
    outputs = to_float32({
        "mean": mean, "logVariance": log_variance, "logits": model.policy["logits"](mean),
        "value": model.value["output"](mean)[:, 0],
        # Every 11th number: enough to see each channel, row and column.
        "reconstruction.every11th": model.decode(mean).flatten()[::11]})
    save_file(outputs, HERE / "world-models.safetensors", metadata={"torch": torch.__version__})


def make_small():
    """Odd sides, padding, a stride that leaves no rest and one above 1 that does, a mirrored decoder."""
    model = Model(
        [nn.Conv2d(2, 3, 3, 2, 1), nn.Conv2d(3, 4, 2, 2), nn.Linear(4 * 2 * 2, 6)], 6, 3,
        [nn.Linear(3, 6), nn.Linear(6, 16), nn.ConvTranspose2d(4, 3, 2, 2, output_padding=1),
         nn.ConvTranspose2d(3, 2, 3, 2, 1)], (4, 2, 2), torch.tanh, False, 2)
    model.fill()
    arrays = {"parameter." + name: t.numpy().copy() for name, t in model.state_dict().items()}
    model.double()
    x = torch.from_numpy(observations((5, 2, 9, 9))).double() / 255
    mean, log_variance = model.encode(x)
    decoded = model.decode(mean)
    # ½(x−x̂)²/σ² + ½ log 2πσ² with σ² = 0.1, and KL to N(0, 1); z is the mean.
    reconstruction = ((x - decoded) ** 2 / 0.2).flatten(1).sum(1) + 81 * numpy.log(2 * numpy.pi * 0.1)
    divergence = 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance).sum(1)
    (reconstruction + 0.3 * divergence).sum().backward()
    arrays |= {"gradient." + name: p.grad.numpy().astype(numpy.float32).copy()
               for name, p in model.named_parameters() if p.grad is not None}
    arrays |= to_float32({
        "mean": mean, "logVariance": log_variance, "reconstruction": reconstruction, "divergence": divergence,
        "decoded": decoded})
    save_file(arrays, HERE / "small.safetensors", metadata={"torch": torch.__version__})


class Block(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.first, self.second = nn.Conv2d(channels, channels, 3, padding=1), nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x):
        return x + self.second(torch.relu(self.first(torch.relu(x))))


class Section(nn.Module):
    """Espeholt et al. 2018, fig. 3 right."""

    def __init__(self, before, channels, blocks):
        super().__init__()
        self.convolution = nn.Conv2d(before, channels, 3, padding=1)
        self.blocks = nn.ModuleList(Block(channels) for _ in range(blocks))

    def forward(self, x):
        x = nn.functional.max_pool2d(self.convolution(x), 3, 2, 1)
        for block in self.blocks:
            x = block(x)
        return x


class SectionBackwards(nn.Module):
    def __init__(self, channels, blocks, before=None, output_padding=0):
        super().__init__()
        self.blocks = nn.ModuleList(Block(channels) for _ in range(blocks))
        if before is not None:  # the last one's is called output
            self.convolution = nn.ConvTranspose2d(channels, before, 3, 2, 1, output_padding)

    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        return self.convolution(x) if hasattr(self, "convolution") else x


class Residual(nn.Module):
    """Residual sections [(channels, blocks)] and their mirror for images [C, H, W]; parts have the names of Starling's layers."""

    def __init__(self, sections, image, width, latent, actions):
        super().__init__()
        chain = [image]
        for channels, _ in sections:
            chain.append((channels, (chain[-1][1] + 1) // 2, (chain[-1][2] + 1) // 2))
        self.last, features = chain[-1], int(numpy.prod(chain[-1]))
        encoder = {str(n): Section(chain[n][0], *section) for n, section in enumerate(sections)}
        encoder[str(len(sections))] = nn.Linear(features, width)
        encoder["mean"], encoder["logVariance"] = nn.Linear(width, latent), nn.Linear(width, latent)
        decoder = {"0": nn.Linear(latent, width), "1": nn.Linear(width, features)}
        for n in reversed(range(1, len(sections))):
            decoder[str(len(decoder))] = SectionBackwards(*sections[n], chain[n][0], 1 - chain[n][1] % 2)
        decoder[str(len(decoder))] = SectionBackwards(*sections[0])
        decoder["output"] = nn.ConvTranspose2d(sections[0][0], image[0], 3, 2, 1, 1 - image[1] % 2)
        self.encoder, self.decoder = nn.ModuleDict(encoder), nn.ModuleDict(decoder)
        self.policy = nn.ModuleDict({"logits": nn.Linear(latent, actions)})
        self.value = nn.ModuleDict({"output": nn.Linear(latent, 1)})
        self.fill()

    fill = Model.fill

    def encode(self, x):
        layers = list(self.encoder.values())
        for section in layers[:-3]:
            x = section(x)
        x = torch.relu(layers[-3](torch.relu(x).flatten(1)))
        return self.encoder["mean"](x), self.encoder["logVariance"](x).clamp(-10, 4)

    def decode(self, z):
        x = self.decoder["1"](torch.relu(self.decoder["0"](z))).reshape(-1, *self.last)
        for layer in list(self.decoder.values())[2:]:
            x = layer(x)
        return x


def make_impala_deep():
    model = Residual([(16, 2), (32, 2), (32, 2)], (4, 84, 84), 256, 32, 2)
    vae = [p for name, p in model.named_parameters() if name.split(".")[0] in ("encoder", "decoder")]
    print("impala-deep:", sum(p.numel() for p in vae), "parameters without the heads")
    model.double()
    x = torch.from_numpy(observations((2, 4, 84, 84))).double() / 255
    mean, log_variance = model.encode(x)
    outputs = to_float32({
        "mean": mean, "logVariance": log_variance, "logits": model.policy["logits"](mean),
        "value": model.value["output"](mean)[:, 0], "reconstruction.every11th": model.decode(mean).flatten()[::11]})
    save_file(outputs, HERE / "impala-deep.safetensors",
              metadata={"torch": torch.__version__, "parameters": str(sum(p.numel() for p in vae))})


def make_small_residual():
    """Even sides, then odd ones; sections of one block and of two."""
    model = Residual([(3, 1), (5, 2)], (2, 10, 6), 6, 3, 2)
    arrays = {"parameter." + name: t.numpy().copy() for name, t in model.state_dict().items()}
    model.double()
    x = torch.from_numpy(observations((5, 2, 10, 6))).double() / 255
    mean, log_variance = model.encode(x)
    decoded = model.decode(mean)
    reconstruction = ((x - decoded) ** 2 / 0.2).flatten(1).sum(1) + 60 * numpy.log(2 * numpy.pi * 0.1)
    divergence = 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance).sum(1)
    (reconstruction + 0.3 * divergence).sum().backward()
    arrays |= {"gradient." + name: p.grad.numpy().astype(numpy.float32).copy()
               for name, p in model.named_parameters() if p.grad is not None}
    arrays |= to_float32({
        "mean": mean, "logVariance": log_variance, "reconstruction": reconstruction, "divergence": divergence,
        "decoded": decoded})
    save_file(arrays, HERE / "small-residual.safetensors", metadata={"torch": torch.__version__})


make_world_models()
make_small()
make_impala_deep()
make_small_residual()
