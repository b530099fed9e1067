"""The check vectors of the page TheModelOnTheWire against deploy/python/starling_actor.py, whose folder is the first argument."""
import sys

import numpy as np

sys.path.insert(0, sys.argv[1])
from starling_actor import Message, Model, choose, decode, digest, encode, mix, noise, philox, xxh64


def equal(name, found, expected, tolerance=2e-7):
    found, expected = np.ravel(found), np.ravel(expected)
    assert found.shape == expected.shape and np.all(np.abs(found - expected) <= tolerance), f"{name}: {found}, the page has {expected}"


assert xxh64(b"") == 0xEF46DB3751D8E999 and xxh64(b"starling") == 0x841D3502E1C98402
# Rounds, words of 8 and 4 bytes, and bytes: by the reference implementation.
assert xxh64(bytes(range(47))) == 0x0D9883A03E7BFBB8 and xxh64(bytes(range(256)) * 3 + b"abc") == 0xD12812566A2CBCB1
assert mix(0, 0) == 0x0397AB29740681D9 and mix(1, 2) == 0xC132DD2B56B2763C
assert mix(mix(mix(7, 2), 3), 0x123456789ABC) == 0xA5CB188CB058A188
key = 0x0123456789ABCDEF
for k, counter, words in ((0, (0, 0, 0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
                          (key, (5, 1, 3, 0), (0xC700706D, 0x9C85723F, 0x88E713FA, 0x6A794632)),
                          (key, (5, 1, 3, 1), (0xC858D325, 0x43AABC91, 0x13A0088B, 0xA55B6667))):
    assert tuple(philox(k, np.array(counter, np.uint64)).tolist()) == words
epsilon = noise(key, np.array([[2**32 + 5]], np.uint64), [3], 6)[0]
equal("noise", epsilon, (-0.5428296, -0.4572351, -0.9662884, 0.5640048, -0.0629313, 0.6973471))


def dense(*widths):
    return Message("Trunk", dense=Message("Dense", widths=list(widths)))


def assignment(shape, scalar, actions, latent_mode=0, **model):
    environment = Message("Environment", observation_shape=shape, observation_scalar=scalar, **actions)
    return decode("Assignment", encode(Message(
        "Assignment", environment=environment, latent_mode=latent_mode, model=Message("Model", latent_count=2, **model))))


convolution = Message("Convolutional", convolutions=[Message("Convolution", channels=3, kernel=3, stride=2, padding=1)], widths=[4])
section = Message("Residual", sections=[Message("Section", channels=2, blocks=1)])
bounds = Message("Continuous", low=[-2], high=[2])
models = {  # what stands in the page: the model, bytes and digest of its blob, a row's numbers, its state, the logits and the state behind
    "A": (assignment([2], 0, {"discrete": 2}, 1, encoder=dense(3), policy=dense(3), activation=1, observation_scale=[2, 4],
                     core=Message("Core", gru=2)),
          896, 0xEEA4D5CD6432CA2D, [1, -2], [0.25, -0.5], [-0.3340479, 0.2005301], [0.0679212, -0.1242964]),
    "B": (assignment([2, 5, 4], 1, {"discrete": 3}, encoder=Message("Trunk", convolutional=convolution), policy=dense(),
                     observation_scale=[255], core=Message("Core", lstm=2)),
          1216, 0x1A1249C6E5395B39, [37 * i % 256 for i in range(40)], [0.5, -0.25, 1, -2], [-0.4326045, 0.1579781, -0.2935019],
          [0.1493524, -0.4815508, 0.3977640, -0.9608068]),
    "C": (assignment([1, 5, 6], 1, {"continuous": bounds}, encoder=Message("Trunk", residual=section), policy=dense(),
                     observation_scale=[255], frame_stack=2),
          1152, 0xBC6061E4AD557475, [37 * i % 256 for i in range(60)], [], [-0.1233980, -0.2252981], []),
    "D": (assignment([2], 0, {"discrete": 2}, 1, encoder=dense(3), policy=dense(3), activation=1, observation_scale=[2, 4], frame_stack=2,
                     normalizes_observations=1, normalizes_heads=1),
          896, 0x76117E03D305018C, [1, -2, 100, 3], [], [-0.0034678, -0.2976398], []),
}
for name, (work, size, sum_, row, state, logits, behind) in models.items():
    model = Model(work)
    blob = bytearray(model.bytes)
    for s, (_, shape, at) in enumerate(sorted(model.slots, key=lambda slot: slot[2])):
        values = ((7 * np.arange(np.prod(shape)) + 3 * s) % 11 - 5) / 16
        blob[at:at + 4 * values.size] = values.astype("<f4").tobytes()
    assert (len(blob), digest(bytes(blob)), xxh64(bytes(blob))) == (size, sum_, sum_), f"the blob of {name}"
    found = model(model.load(bytes(blob)), np.array([row]), np.array([state], np.float32), epsilon[:, :2] if model.has_noise else None)
    equal(f"logits of {name}", found[0], logits)
    equal(f"state of {name}", found[1], behind)


class Drawn:
    """Random numbers that make u = 0.5 of model C."""

    def standard_normal(self, shape):
        return np.full(shape, (0.5 + 0.1233980) / np.exp(-0.2252981))


for is_tanh, log in ((False, -0.9985649), (True, -0.7583359)):
    u, found = choose(0, np.array([[-0.1233980, -0.2252981]]), [], 0.0, 1.0, is_tanh, Drawn())
    equal("u", u, 0.5)
    equal("log μ of u", found, log)
print("equal")
