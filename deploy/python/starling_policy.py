"""A policy that Starling trained, in one file of Python: as a PyTorch module, or with numpy alone where torch isn't installed.

    import starling_policy
    policy = starling_policy.load("runs/cartpole-1")
    action = policy.act(observation)          # greedy; act(observation, sample=True) draws from the policy
    policy.reset()                            # where an episode ends: memory and stacks of frames begin anew

`policy(observation)` takes a batch and tells all that there is, by name: action, log_probabilities (or action_values, or mean and
log_deviation), latent, with memory next_state. `policy.encode(observation)` and `policy.decode(latent)` are its autoencoder. Observations
are those of the environment, of several parts a dictionary; scale, normalisation and activations are part of the policy.

It needs `policy.json` of the run and a checkpoint's parameters, and no Starling. The page TakeItElsewhere tells the names.
"""
import json
import math
import pathlib

import numpy as np

try:
    import torch
    from torch import nn
    from torch.nn import functional as F
except ImportError:
    torch = None

FORMAT = 1


def load(run, checkpoint=None, backend=None):
    """The policy of a run.

    checkpoint: its name, as 1.877; the final one where there is one, else the newest. backend: "torch" or "numpy"; torch where it is.
    """
    run = pathlib.Path(run)
    try:
        description = json.loads((run / "policy.json").read_text())
    except FileNotFoundError:
        raise ValueError(f"{run} holds no policy.json: it is no run, or one of an older Starling, which resuming it once mends") from None
    if description["format"] != FORMAT:
        raise ValueError(f"{run}/policy.json is of format {description['format']}, and this file knows {FORMAT}: take that of the same Starling")
    return make(description, read(newest(run, checkpoint) / "parameters.safetensors"), backend)


def make(description, weights, backend=None):
    """The same from what `policy.json` and `read` give."""
    backend = backend or ("torch" if torch else "numpy")
    if backend == "torch" and torch is None:
        raise ValueError('the backend is torch, which isn\'t installed: pip install torch, or backend="numpy"')
    return {"torch": lambda: TorchPolicy, "numpy": lambda: NumpyPolicy}[backend]()(description, weights)


def newest(run, checkpoint):
    """The folder of a checkpoint."""
    folder = run / "checkpoints"
    if checkpoint is None and (folder / "final").exists():
        return folder / "final"
    known = [path for path in folder.glob("*.*") if all(part.isdigit() for part in path.name.split(".", 1))] if folder.exists() else []
    known.sort(key=lambda path: [int(part) for part in path.name.split(".")])
    found = [path for path in known if checkpoint in (None, path.name)]
    if not found:
        raise ValueError(f"{run} has no checkpoint {checkpoint or 'yet'}" + (f": it has {', '.join(path.name for path in known)}" if known else ""))
    return found[-1]


def read(path):
    """The arrays of a safetensors file by name, as numpy's."""
    data = pathlib.Path(path).read_bytes()
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8:8 + size])
    header.pop("__metadata__", None)
    kinds = {"F32": "<f4", "F64": "<f8", "I32": "<i4", "I64": "<i8", "U64": "<u8", "U8": "u1"}
    return {
        name: np.frombuffer(data[8 + size + entry["data_offsets"][0]:8 + size + entry["data_offsets"][1]], kinds[entry["dtype"]])
        .reshape(entry["shape"]) for name, entry in header.items()
    }


class Acting:
    """One environment's policy: what it remembers, and how an action is chosen. What computes is below."""

    def describe(self, description):
        self.description = description
        self.about = description["about"]
        self.action = description["action"]
        self.parts = description["observation"]["parts"]
        self.frames = description["observation"]["frames"]
        self.generator = np.random.default_rng()
        self.reset()

    def reset(self, seed=None):
        """An episode begins."""
        self.state = np.zeros((1, self.description["state"]), np.float32)
        self.stacks = None
        if seed is not None:
            self.generator = np.random.default_rng(seed)

    def act(self, observation, sample=False, mask=None):
        """The action for the next observation of an episode, as the environment takes it. mask: 1 of actions that may be taken."""
        inputs = {name: value[None] for name, value in self.stacked(observation).items()}
        if self.description["state"]:
            inputs["state"] = self.state
        if self.description["masks"]:
            inputs["mask"] = np.ones((1, sum(self.action["counts"])), np.uint8) if mask is None else np.asarray(mask, np.uint8).reshape(1, -1)
        told = {name: self.plain(value) for name, value in self.run("acting", inputs).items()}
        self.state = told.get("next_state", self.state)
        action = (self.sampled(told) if sample else told["action"])[0]
        return int(action) if self.action["kind"] == "discrete" else action

    def stacked(self, observation):
        """The newest frames as inputs of the model."""
        frame = {}
        for part in self.parts:
            value = observation
            for key in part["name"].split(".")[1:]:
                value = value[key]
            value = np.asarray(value, part["scalar"])
            if list(value.shape) != part["shape"] and value.size != math.prod(part["shape"]):
                raise ValueError(f"{part['name']} is {list(value.shape)}, and the policy knows {part['shape']}")
            frame[part["name"]] = value.reshape(part["shape"])
        self.stacks = [frame] * self.frames if self.stacks is None else self.stacks[1:] + [frame]
        dims = {value["name"]: value["dims"] for value in self.description["acting"]["inputs"]}
        return {name: np.concatenate([old[name] for old in self.stacks]).reshape(dims[name]) for name in frame}

    def sampled(self, told):
        kind = self.action["distribution"]
        if kind == "action_values":
            raise ValueError("the policy head tells what actions are worth, not how likely they are: act without sample")
        if kind == "categorical":
            chosen, first = [], 0
            for count in self.action["counts"]:
                p = np.exp(told["log_probabilities"][0, first:first + count].astype(np.float64))
                chosen.append(self.generator.choice(count, p=p / p.sum()))
                first += count
            return np.array([chosen[0] if self.action["kind"] == "discrete" else chosen])
        u = told["mean"] + np.exp(told["log_deviation"]) * self.generator.standard_normal(told["mean"].shape).astype(np.float32)
        unit = np.tanh(u) if kind == "tanh_gaussian" else u.clip(-1, 1)
        low, high = np.float32(self.action["low"]), np.float32(self.action["high"])
        return (0.5 * (high + low) + unit * 0.5 * (high - low)).clip(low, high)

    def run(self, part, inputs):
        """A model's outputs by name."""
        model = self.description.get(part)
        if model is None:
            raise ValueError(f"this policy has no {part}")
        values = {name: self.weight(name) for name in (value["name"] for value in model["parameters"])}
        values.update({value["name"]: self.taken(inputs[value["name"]], value["scalar"]) for value in model["inputs"]})
        for step in model["steps"]:
            values[step["out"]] = getattr(self, "op_" + step["op"])(step, *[values[name] for name in step["in"]])
        return {name: values[made] for name, made in model["outputs"].items()}

    def observed(self, observation):
        if not isinstance(observation, dict):
            return {"observation": observation}
        return {"observation." + name: value for name, value in observation.items()}

    def forward(self, observation, state=None, mask=None):
        """A batch of observations, of stacks of frames where it sees these, to all that it tells."""
        inputs = self.observed(observation)
        rows = len(next(iter(inputs.values())))
        if self.description["state"]:
            inputs["state"] = np.zeros((rows, self.description["state"]), np.float32) if state is None else state
        if self.description["masks"]:
            inputs["mask"] = np.ones((rows, sum(self.action["counts"])), np.uint8) if mask is None else mask
        return self.run("acting", inputs)

    def encode(self, observation):
        """A batch to mean, log_variance, and scaled: the observation as the decoder gives it."""
        return self.run("encoder", self.observed(observation))

    def decode(self, latent):
        """Latents `[R, Z]` to scaled: the observations that the decoder makes of them."""
        return self.run("decoder", {"latent": latent})

    # Steps that both know alike. A step's shape is its `dims`, behind the rows where it has them.

    def shape(self, step):
        return ([-1] if step["rows"] else []) + step["dims"]

    def op_product(self, step, x, w): return x @ w
    def op_square(self, step, x): return x * x
    def op_add(self, step, a, b): return a + b
    def op_subtract(self, step, a, b): return a - b
    def op_multiply(self, step, a, b): return a * b
    def op_divide(self, step, a, b): return a / b
    def op_scale(self, step, x): return x * self.number(step["by"])
    def op_offset(self, step, x): return x + self.number(step["by"])
    def op_reshape(self, step, x): return x.reshape(self.shape(step))
    def op_slice(self, step, x): return x[..., step["first"]:step["first"] + step["dims"][0]]


class NumpyPolicy(Acting):
    """Computes with numpy."""

    def __init__(self, description, weights):
        self.weights = {name: np.asarray(value, np.float32) for name, value in weights.items()}
        self.describe(description)

    def __call__(self, *arguments, **named): return self.forward(*arguments, **named)
    def weight(self, name): return self.weights[name]
    def taken(self, value, scalar): return np.asarray(value, scalar)
    def plain(self, value): return value
    def number(self, x): return np.float32(x)

    def op_constant(self, step): return np.array(step["values"], np.float32).reshape(step["dims"])
    def op_linear(self, step, x, w, b=np.float32(0)): return x @ w.T + b
    def op_relu(self, step, x): return np.maximum(x, 0)
    def op_tanh(self, step, x): return np.tanh(x)
    def op_sigmoid(self, step, x): return 0.5 * np.tanh(0.5 * x) + np.float32(0.5)
    def op_softplus(self, step, x): return np.logaddexp(np.float32(0), x)
    def op_exp(self, step, x): return np.exp(x)
    def op_log(self, step, x): return np.log(x)
    def op_erf(self, step, x): return np.vectorize(math.erf, otypes=[np.float32])(x)
    def op_minimum(self, step, a, b): return np.minimum(a, b)
    def op_maximum(self, step, a, b): return np.maximum(a, b)
    def op_clamp(self, step, x): return np.clip(x, np.float32(step["low"]), np.float32(step["high"]))
    def op_concatenation(self, step, *x): return np.concatenate(x, -1)
    def op_sum(self, step, x): return x.reshape(len(x), -1).sum(1) if step["rows"] else x.sum()
    def op_lookup(self, step, ids, table): return table[ids.astype(np.int64)].reshape(self.shape(step))
    def op_to_float(self, step, x): return x.astype(np.float32)
    def op_repeat_each(self, step, x): return x.repeat(step["count"], -1)
    def op_spread(self, step, x): return np.broadcast_to(x.reshape([-1] + [1] * len(step["dims"])), [len(x)] + step["dims"])
    def op_largest(self, step, x): return x.argmax(-1)
    def op_stack(self, step, *x): return np.stack(x, -1)

    def op_log_softmax(self, step, x):
        x = x.reshape(*x.shape[:-1], -1, step["classes"])
        x = x - x.max(-1, keepdims=True)
        return (x - np.log(np.exp(x).sum(-1, keepdims=True))).reshape(self.shape(step))

    def windows(self, x, kernel, stride, padding, filling=0.0):
        """[R, C, H', W', kh, kw]."""
        x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)), constant_values=filling)
        return np.lib.stride_tricks.sliding_window_view(x, kernel, (2, 3))[:, :, ::stride, ::stride]

    def op_convolution(self, step, x, w, b=np.float32(0)):
        seen = self.windows(x, w.shape[2:], step["stride"], step["padding"])
        return (np.tensordot(seen, w, ((1, 4, 5), (1, 2, 3))) + b).transpose(0, 3, 1, 2)

    def op_transpose_convolution(self, step, x, w, b=np.float32(0)):
        (rows, _, height, width), s, p = x.shape, step["stride"], step["padding"]
        sizes = [(n - 1) * s + k + more for n, k, more in zip((height, width), w.shape[2:], step["output_padding"])]
        y = np.zeros((rows, w.shape[1], *sizes), np.float32)
        for i in range(w.shape[2]):
            for j in range(w.shape[3]):
                y[:, :, i:i + (height - 1) * s + 1:s, j:j + (width - 1) * s + 1:s] += np.einsum("rchw,co->rohw", x, w[:, :, i, j], optimize=True)
        return y[:, :, p:sizes[0] - p, p:sizes[1] - p] + np.reshape(b, (-1, 1, 1))

    def op_max_pool(self, step, x):
        return self.windows(x, (step["kernel"],) * 2, step["stride"], step["padding"], -np.inf).max((4, 5))


if torch:

    class TorchPolicy(Acting, nn.Module):
        """A module of PyTorch, whose parameters have the names of the checkpoint's. Running statistics don't learn."""

        def __init__(self, description, weights):
            nn.Module.__init__(self)
            models = [description[part] for part in ("acting", "encoder", "decoder") if description.get(part)]
            for name in dict.fromkeys(value["name"] for model in models for value in model["parameters"]):
                *path, leaf = name.split(".")
                module = self
                for part in path:
                    if part not in module._modules:
                        module.add_module(part, nn.Module())
                    module = module._modules[part]
                learned = path[0] not in ("normalizer", "likelihood", "prior")
                module.register_parameter(leaf, nn.Parameter(torch.tensor(weights[name]), requires_grad=learned))
            self.describe(description)

        def act(self, *arguments, **named):
            with torch.no_grad():
                return super().act(*arguments, **named)

        def run(self, part, inputs):
            self.known = self.state_dict(keep_vars=True)
            return super().run(part, inputs)

        @property
        def device(self): return next(self.parameters()).device

        def weight(self, name): return self.known[name]
        def taken(self, value, scalar): return torch.as_tensor(value, dtype=getattr(torch, scalar), device=self.device)
        def plain(self, value): return value.detach().cpu().numpy()
        def number(self, x): return x

        def op_constant(self, step): return torch.tensor(step["values"], device=self.device).reshape(step["dims"])
        def op_linear(self, step, x, w, b=None): return F.linear(x, w, b)
        def op_relu(self, step, x): return torch.relu(x)
        def op_tanh(self, step, x): return torch.tanh(x)
        def op_sigmoid(self, step, x): return torch.sigmoid(x)
        def op_softplus(self, step, x): return F.softplus(x)
        def op_exp(self, step, x): return torch.exp(x)
        def op_log(self, step, x): return torch.log(x)
        def op_erf(self, step, x): return torch.erf(x)
        def op_minimum(self, step, a, b): return torch.minimum(a, b)
        def op_maximum(self, step, a, b): return torch.maximum(a, b)
        def op_clamp(self, step, x): return x.clamp(step["low"], step["high"])
        def op_concatenation(self, step, *x): return torch.cat(x, -1)
        def op_sum(self, step, x): return x.flatten(1).sum(1) if step["rows"] else x.sum()
        def op_lookup(self, step, ids, table): return F.embedding(ids.long(), table).reshape(self.shape(step))
        def op_to_float(self, step, x): return x.float()
        def op_repeat_each(self, step, x): return x.repeat_interleave(step["count"], -1)
        def op_spread(self, step, x): return x.reshape([-1] + [1] * len(step["dims"])).expand([len(x)] + step["dims"])
        def op_largest(self, step, x): return x.argmax(-1)
        def op_stack(self, step, *x): return torch.stack(x, -1)
        def op_log_softmax(self, step, x): return F.log_softmax(x.unflatten(-1, (-1, step["classes"])), -1).flatten(-2)
        def op_convolution(self, step, x, w, b=None): return F.conv2d(x, w, b, step["stride"], step["padding"])
        def op_max_pool(self, step, x): return F.max_pool2d(x, step["kernel"], step["stride"], step["padding"])

        def op_transpose_convolution(self, step, x, w, b=None):
            return F.conv_transpose2d(x, w, b, step["stride"], step["padding"], step["output_padding"])
