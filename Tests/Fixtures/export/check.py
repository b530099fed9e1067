"""Computes what a test exported and compares it with what the test computed: python check.py FOLDER DEPLOY/PYTHON.

Writes a JSON object a line, of every backend and output.
"""
import importlib.util
import json
import math
import pathlib
import sys

import numpy as np
import onnx
import onnxruntime

folder = pathlib.Path(sys.argv[1])
sys.path.insert(0, sys.argv[2])
import starling_policy

given = starling_policy.read(folder / "given.safetensors")
expected = starling_policy.read(folder / "expected.safetensors")
margin = expected.pop("margin", None)
ROUNDING = 1e-5


def in_pieces(model, inputs, size):
    rows = len(next(iter(inputs.values())))
    pieces = [model({name: value[first:first + size] for name, value in inputs.items()}) for first in range(0, rows, size)]
    return {name: np.concatenate([np.asarray(piece[name]) for piece in pieces]) for name in pieces[0]}


def compare(backend, acted, encoded, decoded):
    found = dict(acted, **{"encoded." + name: value for name, value in encoded.items()})
    found.update({"decoded." + name: value for name, value in (decoded or {}).items()})
    for name, wanted in expected.items():
        if name not in found:
            continue
        rows = min(len(found[name]), len(wanted))
        got, wanted = found[name][:rows], wanted[:rows]
        others = ties = 0
        if got.dtype.kind == "i":
            assert got.shape == wanted.shape, (name, got.shape, wanted.shape)
            differ = (got != wanted).reshape(len(got), -1).any(1)
            tied = margin[:rows] < ROUNDING
            others, ties, distance = int((differ & ~tied).sum()), int(tied.sum()), 0.0
        else:
            wanted = wanted.astype(np.float64)
            distance = float((np.abs(got.reshape(wanted.shape) - wanted) / np.maximum(1, np.abs(wanted))).max())
            distance = distance if math.isfinite(distance) else 1e9
        print(json.dumps(dict(backend=backend, output=name, rows=len(got), distance=distance, others=others, ties=ties)))


observation = {name: value for name, value in given.items() if name.startswith("observation")}
some = {name: value[:len(expected["encoded.mean"])] for name, value in observation.items()}

sessions = {}
for path in folder.glob("*.onnx"):
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    assert {entry.key: entry.value for entry in model.metadata_props}["recipe"] == "of a test"
    sessions[path.stem] = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])


def onnx_run(name):
    names = [output.name for output in sessions[name].get_outputs()]
    return lambda inputs: dict(zip(names, sessions[name].run(names, inputs)))


compare(
    "onnx", in_pieces(onnx_run("acting"), given, 1000), onnx_run("encoder")(some),
    onnx_run("decoder")({"latent": expected["encoded.mean"]}) if "decoder" in sessions else None)

description = json.loads((folder / "policy.json").read_text())
weights = starling_policy.read(folder / "module.safetensors")
for backend in ["numpy"] + (["torch"] if starling_policy.torch else []):
    policy = starling_policy.make(description, weights, backend)
    plain = lambda told: {name: policy.plain(value) for name, value in told.items()}
    # numpy's convolutions take their time.
    count = 10_000 if backend == "torch" or math.prod(next(iter(observation.values())).shape[1:]) < 500 else 500
    compare(
        backend, in_pieces(lambda inputs: plain(policy.run("acting", inputs)), {name: value[:count] for name, value in given.items()}, 500),
        plain(policy.run("encoder", some)),
        plain(policy.decode(expected["encoded.mean"])) if description.get("decoder") else None)

if starling_policy.torch:
    torch = starling_policy.torch
    spec = importlib.util.spec_from_file_location("module", folder / "module.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    policy = module.Policy()
    plain = lambda told: {name: value.detach().numpy() for name, value in told.items()}

    def observed(inputs):
        arrays = {name: torch.tensor(value) for name, value in inputs.items()}
        own = {name.split(".", 1)[1]: arrays.pop(name) for name in list(arrays) if name.startswith("observation.")}
        return dict(arrays, observation=own) if own else arrays

    compare(
        "module", in_pieces(lambda inputs: plain(policy(**observed(inputs))), given, 1000), plain(policy.encode(**observed(some))),
        plain(policy.decode(torch.tensor(expected["encoded.mean"]))) if description.get("decoder") else None)
