"""Convolutions, max pooling, layer normalisation, recurrent layers and embeddings in PyTorch: outputs and gradients.

    python -m venv /tmp/venv && /tmp/venv/bin/pip install torch numpy safetensors
    /tmp/venv/bin/python Tests/Fixtures/operations/make.py

Writes operations.safetensors beside this file. Each case has a name; its inputs are `<case>.0`, `<case>.1`, …, the output
`<case>.output`, the derivative of Σ output·upstream by each float input `<case>.gradient.<n>`, and `<case>.upstream`. The
metadata says, per case, the operation and its settings. Computed in float64 from float32 inputs, stored as float32.
"""
from pathlib import Path

import numpy
import torch
import torch.nn.functional as F
from safetensors.numpy import save_file

random = numpy.random.default_rng(20)
arrays, metadata = {}, {}


def draw(*shape):
    return random.uniform(-1, 1, shape).astype(numpy.float32)


def case(name, settings, inputs, compute):
    """compute takes float64 tensors; flags and ids (uint8 inputs) have no gradient."""
    tensors = [torch.tensor(x.astype(numpy.float64), requires_grad=x.dtype != numpy.uint8) for x in inputs]
    y = compute(*tensors)
    upstream = draw(*y.shape)
    (y * torch.tensor(upstream.astype(numpy.float64))).sum().backward()
    for n, (x, t) in enumerate(zip(inputs, tensors)):
        arrays[f"{name}.{n}"] = x
        if t.requires_grad:
            arrays[f"{name}.gradient.{n}"] = t.grad.numpy().astype(numpy.float32)
    arrays[f"{name}.output"] = y.detach().numpy().astype(numpy.float32)
    arrays[f"{name}.upstream"] = upstream
    metadata[name] = settings


# rows, C, H, W, O, kh, kw, stride, padding: batch 1, odd sizes, stride above the kernel, World Models' and Nature's layers
for n, (r, c, h, w, o, kh, kw, s, p) in enumerate([
    (1, 3, 9, 7, 5, 3, 3, 2, 1), (3, 2, 11, 5, 4, 2, 3, 4, 0), (2, 1, 5, 5, 1, 1, 1, 3, 0), (2, 3, 20, 20, 8, 8, 8, 4, 0),
    (5, 5, 7, 7, 17, 3, 3, 1, 1), (2, 8, 10, 9, 33, 4, 4, 2, 0),
]):
    case(f"convolution{n}", f"convolution {s} {p}", [draw(r, c, h, w), draw(o, c, kh, kw), draw(o)],
         lambda x, k, b: F.conv2d(x, k, b, stride=s, padding=p))
# rows, C, H, W, O, kh, kw, stride, padding, output padding
for n, (r, c, h, w, o, kh, kw, s, p, q) in enumerate([
    (1, 3, 4, 3, 5, 3, 3, 2, 1, 1), (3, 9, 1, 1, 4, 5, 5, 2, 0, 0), (2, 2, 3, 5, 3, 2, 2, 3, 0, 2), (2, 8, 5, 5, 3, 6, 6, 2, 0, 0),
    (5, 17, 3, 4, 2, 3, 3, 1, 1, 0),
]):
    case(f"transpose{n}", f"transpose {s} {p} {q}", [draw(r, c, h, w), draw(c, o, kh, kw), draw(o)],
         lambda x, k, b: F.conv_transpose2d(x, k, b, stride=s, padding=p, output_padding=q))
for n, (r, d) in enumerate([(1, 5), (7, 33)]):
    case(f"norm{n}", "norm", [draw(r, d), draw(d), draw(d)], lambda x, g, b: F.layer_norm(x, (d,), g, b))


def unroll(x, initial, reset, wi, wh, bi, bh, kind):
    steps, columns, width = x.shape
    hidden = wh.shape[1]
    cell = (torch.nn.GRUCell if kind == "gru" else torch.nn.LSTMCell)(width, hidden, dtype=torch.float64)
    call = lambda a, s: torch.func.functional_call(cell, dict(weight_ih=wi, weight_hh=wh, bias_ih=bi, bias_hh=bh), (a, s))
    state, states = initial, []
    for t in range(steps):
        state = state * (1 - reset[t])[:, None]
        state = call(x[t], state) if kind == "gru" else torch.cat(call(x[t], tuple(state.split(hidden, 1))), 1)
        states.append(state)
    return torch.stack(states)


# steps, columns, inputs, hidden units
for kind, gates, parts in (("gru", 3, 1), ("lstm", 4, 2)):
    for n, (t, b, d, h) in enumerate([(1, 1, 3, 5), (6, 3, 4, 7), (4, 18, 5, 17)]):
        reset = (random.uniform(size=(t, b)) < 0.3).astype(numpy.uint8)
        case(f"{kind}{n}", f"{kind} {t} {b}",
             [draw(t, b, d), draw(b, parts * h), reset, draw(gates * h, d), draw(gates * h, h), draw(gates * h), draw(gates * h)],
             lambda *x: unroll(*x, kind))

# rows, C, H, W, kernel, stride, padding; whole numbers from -1 to 1, where most patches have several that are largest
for n, (r, c, h, w, k, s, p) in enumerate([(1, 3, 9, 7, 3, 2, 1), (2, 16, 8, 11, 3, 2, 1), (3, 5, 7, 8, 2, 3, 0), (2, 33, 4, 4, 3, 1, 1)]):
    x = draw(r, c, h, w)
    for name, x in (f"pool{n}", x), (f"pool{n}ties", numpy.round(x)):
        case(name, f"pool {k} {s} {p}", [x], lambda x: F.max_pool2d(x, k, s, p))

# rows, ids a row, height, width
for n, (r, k, v, e) in enumerate([(1, 1, 3, 2), (40, 5, 9, 17)]):
    ids = random.integers(0, v, (r, k)).astype(numpy.uint8)
    case(f"embedding{n}", "embedding", [ids, draw(v, e)], lambda i, t: F.embedding(i.long(), t).flatten(1))

save_file(arrays, str(Path(__file__).parent / "operations.safetensors"), metadata=metadata)
