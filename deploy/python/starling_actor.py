#!/usr/bin/env python3
"""An actor of Starling in one file of Python: it steps Gymnasium environments, robots or your own with a learner's policy.

It needs numpy and pyzmq (and gymnasium for its environments; xxhash and lz4 are used where they are installed), and is written from the
pages TheWire and TheModelOnTheWire, whose letters D, E, T, F, A, K and S it uses. As a program:

    python starling_actor.py --learner tcp://HOST:5555 --key farm.key --environment-id CartPole-v1

As a library, in a notebook or on a robot, where `make_env` is called once for each environment that the learner asks for:

    from starling_actor import run_actor
    run_actor("tcp://HOST:5555", make_env=MyRobot, environment_id="MyRobot-v0")
"""
from __future__ import annotations
import argparse
import collections
import importlib
import importlib.util
import math
import os
import random
import signal
import socket
import struct
import sys
import time

if __name__ == "__main__":  # a policy's matrices are too small for a second thread
    os.environ.update({v: os.environ.get(v, "1") for v in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")})
try:
    import numpy as np
    import zmq
    from zmq.utils.monitor import recv_monitor_message
except ImportError as error:
    if __name__ == "__main__" and {"-h", "--help"} & set(sys.argv):
        print(__doc__)
    raise SystemExit(f"starling_actor: {error}: {sys.executable} -m pip install numpy pyzmq")

PROTOCOL = 3
BUILD = f"starling_actor.py, Python {sys.version.split()[0]}, numpy {np.__version__}, libzmq {zmq.zmq_version()}"
ORDINARY, TERMINATED, TRUNCATED, RESET = 0, 1, 2, 3
PIECE, PAYLOAD, OUTBOX = 262_144, 16_384, 64 << 20  # bytes: of a frame, of what goes in the header's, of all unrolls kept
M32, M64 = (1 << 32) - 1, (1 << 64) - 1

class Failure(Exception):
    """Why the actor ends, in one line. `status` is 0 where its work is done, 69 where it can't do what is asked of it."""

    def __init__(self, text, status=1):
        super().__init__(text)
        self.status = status

def unable(text):
    return Failure(text, 69)

# ---------------------------------------------------------------- numbers that both ends agree on

def mix(s, n):
    def finish(x):
        x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9 & M64
        x = (x ^ x >> 27) * 0x94D049BB133111EB & M64
        return x ^ x >> 31
    return finish(finish(s + 0x9E3779B97F4A7C15 & M64) ^ (n + 1) * 0x9E3779B97F4A7C15 & M64)

def xxh64(data):
    """XXH64 with seed 0, as its specification has it."""
    p1, p2, p3, p4, p5 = 0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5

    def turn(x, n):
        return (x << n | x >> 64 - n) & M64

    h, at, lanes = p5, len(data) // 32 * 32, []
    if at:
        products = np.frombuffer(data, "<u8", at // 8).reshape(-1, 4) * np.uint64(p2)
        for x, column in zip(((p1 + p2) & M64, p2, 0, -p1 & M64), products.T.tolist()):
            for word in column:
                x = x + word & M64
                x = ((x << 31 | x >> 33) & M64) * p1 & M64
            lanes.append(x)
        h = sum(turn(x, n) for x, n in zip(lanes, (1, 7, 12, 18))) & M64
    for x in lanes:
        h = (h ^ turn(x * p2 & M64, 31) * p1 & M64) * p1 + p4 & M64
    h = h + len(data) & M64
    while at + 8 <= len(data):
        h, at = turn(h ^ turn(int.from_bytes(data[at:at + 8], "little") * p2 & M64, 31) * p1 & M64, 27) * p1 + p4 & M64, at + 8
    if at + 4 <= len(data):
        h, at = turn(h ^ int.from_bytes(data[at:at + 4], "little") * p1 & M64, 23) * p2 + p3 & M64, at + 4
    for byte in data[at:]:
        h = turn(h ^ byte * p5 & M64, 11) * p1 & M64
    h = (h ^ h >> 33) * p2 & M64
    h = (h ^ h >> 29) * p3 & M64
    return h ^ h >> 32

try:
    from xxhash import xxh64_intdigest as digest
except ImportError:
    digest = xxh64
try:
    import lz4.block as lz4
except ImportError:
    lz4 = None

def philox(key, counters):
    """The words of Philox4x32-10: [..., 4] of counters [..., 4], 32 bits each in a uint64."""
    c0, c1, c2, c3 = (counters[..., i] for i in range(4))
    k0, k1, low, half = key & M32, key >> 32, np.uint64(M32), np.uint64(32)
    for _ in range(10):
        a, b = np.uint64(0xD2511F53) * c0, np.uint64(0xCD9E8D57) * c2
        c0, c1, c2, c3 = b >> half ^ c1 ^ np.uint64(k0), b & low, a >> half ^ c3 ^ np.uint64(k1), a & low
        k0, k1 = k0 + 0x9E3779B9 & M32, k1 + 0xBB67AE85 & M32
    return np.stack([c0, c1, c2, c3], -1)

def noise(key, steps, environments, count):
    """ε of rows: [T, N, count] of absolute steps [T, N] and indices [N] of environments."""
    quads = -(-count // 4)
    counters = np.zeros(steps.shape + (quads, 4), np.uint64)
    counters[..., 0], counters[..., 1] = (steps & np.uint64(M32))[..., None], (steps >> np.uint64(32))[..., None]
    counters[..., 2], counters[..., 3] = np.asarray(environments, np.uint64)[:, None], np.arange(quads, dtype=np.uint64)
    words = (philox(key, counters) >> np.uint64(8)).astype(np.float64) / 2**24
    radius, angle = np.sqrt(-2 * np.log(words[..., 0::2] + 2.0**-24)), 2 * np.pi * words[..., 1::2]
    normal = np.stack([radius * np.cos(angle), radius * np.sin(angle)], -1)
    return normal.reshape(steps.shape + (4 * quads,))[..., :count].astype(np.float32)

# ---------------------------------------------------------------- headers

# wire.proto: name=number:type, a uint where none is told; * is repeated, ? means something by its absence. What only a learner or an
# actor that plans looks into is bytes here.
SCHEMA = """
ActorFrame hello=1:Hello experience=2:Experience skip=3:Skip pull=4:Pull ping=5:Ping evaluation=6:Evaluation bye=7:ActorBye;
Scalars epsilon=1:float temperature=2:float; Ping session=1 counts=2:Counts; ActorBye session=1 counts=2:Counts unable=40:text;
Counts produced=1 sent_through=2 steps=3 stepping_nanoseconds=40 inference_nanoseconds=41 waiting_nanoseconds=43
 evaluating_nanoseconds=44 processor_nanoseconds=45; Skip session=1 through=2 counts=3:Counts;
Hello protocol_version=1 build=2:text instance=3:text incarnation=4 role=5 run=6:fixed ordinal=7? run_baseline=8 first_unacknowledged=9
 counts=10:Counts environments=11:Environment* reads_payload=13 families=14:text*;
Experience session=1 sequence=2 generation=3 update=4 digest=5:fixed first_step=6 first_environment=7 noise_key=8:fixed
 episode_returns=9:float* episode_lengths=10* byte_count=11 checksum=12:fixed produced=13 sent_through=14 steps=15
 compressed_byte_count=20 tag=21:fixed scalars=22:Scalars waiting_nanoseconds=23
 episode_measures=24:float*;
Pull session=1 generation=2 update=3 offset=4 count=5;
Evaluation session=1 identifier=2 generation=3 update=4 returns=5:float* failure=20:text rule=21? measures=22:float* steps=23? terminated=24?;
LearnerFrame welcome=1:Welcome refuse=2:Refuse status=3:Status weights=4:Weights weights_gone=5:WeightsGone evaluate=6:Evaluate
 bye=7:LearnerBye handshake_request=8:HandshakeRequest payload=15:bytes; HandshakeRequest session=1; LearnerBye session=1 farewell=2;
Announcement generation=1 update=2 digest=3:fixed byte_count=4 tag=5:fixed scalars=6:Scalars;
Welcome protocol_version=1 build=2:text run=3:fixed generation=4 assignment=5:Assignment status=6:Status compression=20 schema=21:Schema
 parameter_slack=23 reads_payload=24; Refuse code=1 reason=2:text remedy=3:text;
Status session=1 acknowledged_through=2 credit_limit=3 newest=4:Announcement resend_from=5 ping_seconds=6 cancelled_evaluations=40
 invalid_unrolls=41 last_fault=42:text; Weights session=1 of=2:Announcement offset=3 count=4 status=5:Status;
WeightsGone session=1 generation=2 update=3 newest=4:Announcement;
Evaluate session=1 identifier=2 episodes=3 seed=4:fixed of=5:Announcement rule=6? scalars=7:Scalars;
Environment name=1:text observation_shape=2* observation_scalar=3 discrete=4 continuous=5:Continuous observation_limit=6:float
 reward_limit=7:float players_alternate=8 options=9:Options multi_discrete=10:Parts masks_actions=11 tells_cost=12
 observation_parts=20:Part*;
Parts counts=1*; Part name=1:text shape=2* scalar=3; Continuous low=1:float* high=2:float*; Options options=1:Option*;
Option name=1:text scalars=2:Scalar* is_list=3; Scalar truth=1? integer=2:signed? number=3:double? text=4:text?;
Trunk dense=1:Dense convolutional=2:Convolutional residual=5:Residual; Dense widths=1*; Convolution channels=1 kernel=2 stride=3 padding=4;
Convolutional convolutions=1:Convolution* widths=2*; Residual sections=1:Section* widths=2*; Section channels=1 blocks=2;
Model encoder=1:Trunk decoder=2:bytes policy=3:Trunk value=4:bytes activation=5 latent_count=6 normal_variance=7:float bernoulli=8
 representation=9 observation_scale=10:float* normal_mean=11 core=12:Core frame_stack=13 action_distribution=14 normalizes_observations=15
 normalizes_heads=16 learns_variance=17 learns_prior=18 value_bins=19:bytes dynamics=20:bytes embedding=21
 latent_classes=22 branches=30:Branch*;
Branch name=1:text encoder=2:Trunk decoder=3:bytes scale=4:float normalizes=5 normal_variance=6:float bernoulli=7 normal_mean=8
 learns_variance=9 weight=10:float; Core gru=1 lstm=2;
Assignment run=1:text environment=2:Environment model=3:Model latent_mode=4 unroll_length=5 environments_per_unroll=6 ordinal=7
 run_seed=8:fixed incarnation=9 environments_per_actor=10 acting_rule=11 epsilon_spread=12:float planning=13:Planning;
Planning search=1:bytes cross_entropy=2:bytes discount=3:float is_for_evaluation=4;
Schema columns=1:Column*; Column name=1:text scalar=2 width=3
"""
Field = collections.namedtuple("Field", "name number type is_list absent")
STRUCTS = {"float": struct.Struct("<f"), "double": struct.Struct("<d"), "fixed": struct.Struct("<Q")}
WIRES, WIDTHS = {"uint": 0, "signed": 0, "float": 5, "double": 1, "fixed": 1}, {1: 8, 5: 4}
FIELDS = {}
for line in SCHEMA.split(";"):
    kind, *words = line.split()
    FIELDS[kind] = {}
    for word in words:
        name, number, type_ = (word.rstrip("*?").replace("=", ":") + ":uint").split(":")[:3]
        absent = () if word[-1] == "*" else None if word[-1] == "?" or type_[0].isupper() else {"text": "", "bytes": b""}.get(type_, 0)
        FIELDS[kind][name] = FIELDS[kind][int(number)] = Field(name, int(number), type_, word[-1] == "*", absent)

class Message:
    """A message's fields by name. One that is absent reads as 0 or empty, or as None where it is a message or optional."""

    def __init__(self, kind, **fields):
        self.kind, self.fields, self.unknown = kind, fields, []

    def __getattr__(self, name):
        return self.fields.get(name, FIELDS[self.kind][name].absent)

    def __eq__(self, other):
        return isinstance(other, Message) and (self.fields, self.unknown) == (other.fields, other.unknown)

    def __repr__(self):
        return "{" + ", ".join(f"{name}: {value}" for name, value in self.fields.items()) + "}"

    def strangers(self):
        """Fields, anywhere within, that this program doesn't know."""
        inner = [m for v in self.fields.values() for m in (v if isinstance(v, list) else [v]) if isinstance(m, Message)]
        return [f"field {n} of {self.kind}" for n in self.unknown] + [text for m in inner for text in m.strangers()]

def varint(n):
    out = bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    return bytes(out) + bytes([n])

def read_varint(data, at):
    value = 0
    for shift in range(0, 70, 7):
        value |= (data[at] & 127) << shift
        at += 1
        if data[at - 1] < 128:
            return value & M64, at
    raise ValueError("a varint of more than ten bytes")

def encode(message):
    out = bytearray()
    for name, value in message.fields.items():
        field = FIELDS[message.kind][name]
        values, wire = value if field.is_list else [] if value is None else [value], WIRES.get(field.type, 2)
        if wire == 2:
            parts = [encode(v) if isinstance(v, Message) else v.encode() if isinstance(v, str) else v for v in values]
        else:
            parts = [STRUCTS[field.type].pack(v) if wire else varint(int(v)) for v in values]
        if field.is_list and wire != 2:
            parts, wire = [b"".join(parts)], 2
        for part in parts:
            out += varint(field.number << 3 | wire) + (varint(len(part)) if wire == 2 else b"") + part
    return bytes(out)

def decode(kind, data):
    """A message of bytes; ValueError, LookupError or TypeError where they are none."""
    message, at = Message(kind), 0
    while at < len(data):
        tag, at = read_varint(data, at)
        field, wire = FIELDS[kind].get(tag >> 3), tag & 7
        value, at = (WIDTHS[wire], at) if wire in WIDTHS else read_varint(data, at)
        if wire:
            value, at = data[at:at + value], at + value
        if wire not in (0, 1, 2, 5) or at > len(data):
            raise ValueError(f"{kind} ends within a field")
        if field is None:
            message.unknown.append(tag >> 3)
            continue
        values = [value]
        if field.type in STRUCTS:
            values = [v for v, in STRUCTS[field.type].iter_unpack(value)] if len(value) % STRUCTS[field.type].size == 0 else []
        elif field.type in WIRES:
            values, here = [] if wire else [value], 0
            while wire and here < len(value):  # packed
                number, here = read_varint(value, here)
                values.append(number)
            values = [v >> 1 ^ -(v & 1) for v in values] if field.type == "signed" else values
        elif field.type != "bytes":
            values = [bytes(value).decode() if field.type == "text" else decode(field.type, value)]
        if field.is_list:
            message.fields.setdefault(field.name, []).extend(values)
        else:
            message.fields[field.name] = values[-1]
    return message

# ---------------------------------------------------------------- the model

def windows(x, kernel, stride, padding, filling=0.0):
    """[N, C, h', w', kernel, kernel] of images [N, C, h, w]."""
    x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)), constant_values=filling)
    return np.lib.stride_tricks.sliding_window_view(x, (kernel, kernel), (2, 3))[:, :, ::stride, ::stride]

class Part(collections.namedtuple("Part", "name dtype shape begin end")):
    """A part of observations of several, and where its bytes lie in a row."""

    def of(self, rows):
        """Of rows of bytes [N, F, D] its numbers [N, F·n]."""
        return np.ascontiguousarray(rows[:, :, self.begin:self.end]).view(self.dtype).reshape(len(rows), -1)

def parts_of(listed):
    """Parts as messages list them."""
    parts, at = [], 0
    for p in listed:
        dtype = np.dtype((np.float32, np.uint8)[p.scalar])
        parts.append(Part(p.name, dtype, list(p.shape), at, at + math.prod(p.shape) * dtype.itemsize))
        at = parts[-1].end
    return parts

def row_bytes(parts):
    """The bytes of a row of several parts."""
    return -(-parts[-1].end // 4) * 4 if parts[0].dtype == np.float32 else parts[-1].end

class Model:
    """The forward pass of an assignment's model."""

    def __init__(self, a):
        m = self.model = a.model
        for what, is_known in (
                ("planning", not a.planning), ("encoder", m.encoder and (m.encoder.dense or m.encoder.convolutional or m.encoder.residual)),
                ("policy", m.policy and m.policy.dense), ("activation", m.activation < 2), ("latent_mode", a.latent_mode < 2),
                ("representation", m.representation < 5), ("action_distribution", m.action_distribution < 2), ("dynamics", not m.dynamics),
                ("acting_rule", a.acting_rule < 4)):
            if not is_known:
                raise unable(f"the {what} of the assignment is one that this program doesn't know")
        e = self.environment = a.environment
        self.counts = list(e.multi_discrete.counts) if e.multi_discrete else [e.discrete] if e.discrete else []
        self.frames, self.parts = m.frame_stack or 1, parts_of(e.observation_parts)
        self.size = row_bytes(self.parts) if self.parts else math.prod(e.observation_shape)
        if [b.name for b in m.branches] != [p.name for p in self.parts]:
            raise unable("the branches of the assignment's model are not the parts of its environment's observations")
        self.has_noise = a.latent_mode == 1 and m.representation in (0, 4)
        self.states = (m.core.gru or 2 * m.core.lstm) if m.core else 0
        self.outputs = sum(self.counts) or 2 * len(e.continuous.low)
        # What the forward pass asks for. A blob holds it by place, and within a place as it is asked for.
        asked = []

        def ask(*shape, place=0):
            asked.append((place, len(asked), shape))
            return np.zeros(shape, np.float32)

        row = np.zeros((1, self.frames * self.size), np.uint8 if self.parts else np.float32)
        self.forward(ask, row, *(np.zeros((1, n), np.float32) for n in (self.states, m.latent_count)))
        self.slots, self.bytes = [], 0
        for _, turn, shape in sorted(asked):
            self.slots.append((turn, shape, self.bytes))
            self.bytes += -(-4 * math.prod(shape) // 64) * 64
        self.slots.sort()

    def load(self, blob):
        """A blob's slots, in the order in which they are asked for."""
        return [np.frombuffer(blob, "<f4", math.prod(shape), at).reshape(shape) for _, shape, at in self.slots]

    def __call__(self, parameters, stacks, state, epsilon=None):
        rest = iter(parameters)
        return self.forward(lambda *shape, place=0: next(rest), stacks, state, epsilon)

    def forward(self, slot, stacks, state, epsilon):
        """Logits [N, A] and the states behind [N, S] of stacks of frames [N, F·D]; z is its mean where there is no ε [N, Z]."""
        m = self.model

        def act(x):
            return np.tanh(x) if m.activation else np.maximum(x, 0)

        def sigmoid(x):
            return 0.5 + 0.5 * np.tanh(0.5 * x)

        def dense(x, width, place=0):
            return x @ slot(width, x.shape[1], place=place).T + slot(width, place=place)

        def convolve(x, channels, kernel=3, stride=1, padding=1):
            weight, w = slot(channels, x.shape[1], kernel, kernel), windows(x, kernel, stride, padding).transpose(0, 2, 3, 1, 4, 5)
            y = w.reshape(math.prod(w.shape[:3]), -1) @ weight.reshape(channels, -1).T + slot(channels)
            return y.reshape(w.shape[:3] + (channels,)).transpose(0, 3, 1, 2)

        def scaled(x, scale, is_normalized):
            scale = 1 / np.array(scale or [1], np.float32)
            x = x.astype(np.float32) * np.tile(scale, self.frames if len(scale) > 1 else 1)
            if is_normalized:
                mean, scale = (np.tile(slot(x.shape[1] // self.frames, place=1), self.frames) for _ in range(2))
                x = np.clip((x - mean) * scale, -10, 10)
            return x

        def hidden(x, trunk, shape):
            """What leaves the hidden layers of a trunk, of observations of that shape, flattened."""
            if not trunk.dense:
                x = x.reshape(-1, self.frames * shape[0], *shape[1:])
            for c in trunk.convolutional.convolutions if trunk.convolutional else ():
                x = act(convolve(x, c.channels, c.kernel, c.stride, c.padding))
            for s in trunk.residual.sections if trunk.residual else ():
                x = windows(convolve(x, s.channels), 3, 2, 1, -np.inf).max((4, 5))
                for _ in range(s.blocks):
                    x = x + convolve(act(convolve(act(x), s.channels)), s.channels)
            x = (act(x) if trunk.residual else x).reshape(len(stacks), -1)
            for width in (trunk.dense or trunk.convolutional or trunk.residual).widths:
                x = act(dense(x, width))
            return x

        if self.parts:
            rows = stacks.reshape(len(stacks), self.frames, self.size)
            seen = [(scaled(p.of(rows), [b.scale], b.normalizes), b.encoder, p.shape) for p, b in zip(self.parts, m.branches)]
            x = np.concatenate([hidden(*part) for part in seen if part[1]], 1)
        else:
            x = scaled(stacks, m.observation_scale, m.normalizes_observations)
        if m.embedding:
            table = slot(int(self.environment.observation_limit) + 1, m.embedding)
            x = table[np.clip(x, 0, len(table) - 1).astype(int)]
        x = hidden(x, m.encoder, self.environment.observation_shape)
        z = dense(x, m.latent_count)
        if m.latent_classes:  # codes of categorical variables, or their probabilities
            z = z.reshape(len(z), -1, m.latent_classes)
            z = np.exp(z - z.max(2, keepdims=True))
            z = 0.99 * z / z.sum(2, keepdims=True) + 0.01 / m.latent_classes
            if epsilon is not None:
                u = 0.5 + 0.5 * np.vectorize(math.erf)(epsilon[:, :z.shape[1]] / math.sqrt(2))
                z = np.eye(m.latent_classes)[np.minimum((z.cumsum(2) <= u[..., None]).sum(2), m.latent_classes - 1)]
            z = z.reshape(len(z), -1).astype(np.float32)
        elif self.has_noise:
            deviation = np.exp(np.clip(dense(x, m.latent_count, place=2), -10, 4) / 2)
            z = z if epsilon is None else z + deviation * epsilon
        x = z
        if m.core:
            h, gates = state[:, :m.core.gru or m.core.lstm], 3 if m.core.gru else 4
            w, u, b, c = (slot(gates * h.shape[1], *n) for n in ((z.shape[1],), (h.shape[1],), (), ()))
            inner, outer = np.split(z @ w.T + b, gates, 1), np.split(h @ u.T + c, gates, 1)
            i, f = (sigmoid(inner[k] + outer[k]) for k in range(2))
            if m.core.gru:
                state = h = (1 - f) * np.tanh(inner[2] + i * outer[2]) + f * h
            else:
                cell = f * state[:, h.shape[1]:] + i * np.tanh(inner[2] + outer[2])
                h = sigmoid(inner[3] + outer[3]) * np.tanh(cell)
                state = np.concatenate([h, cell], 1)
            x = np.concatenate([z, h], 1)
        for width in m.policy.dense.widths:
            x = dense(x, width)
            if m.normalizes_heads:
                x = (x - x.mean(1, keepdims=True)) / np.sqrt(x.var(1, keepdims=True) + np.float32(1e-5)) * slot(width) + slot(width)
            x = act(x)
        logits = dense(x, self.outputs)
        if not self.counts:
            logits[:, self.outputs // 2:] = np.clip(logits[:, self.outputs // 2:], -4, 1)
        return logits, state

FORBIDDEN = np.float32(-1e9)  # the logit of an action that a mask forbids

def choose(rule, logits, counts, epsilon, temperature, is_tanh, generator):
    """Actions [N, P] of parts with so many choices each, or u [N, K] without counts, and log μ of them [N], by an acting rule; ε may be one
    for each row."""
    x = logits.astype(np.float64)
    if counts:
        slices = np.split(x, np.cumsum(counts)[:-1], 1)
        actions, logs = zip(*[choose_part(rule, part, epsilon, temperature, generator) for part in slices])
        return np.stack(actions, 1), np.sum(logs, 0)
    m, s = np.split(x, 2, 1)
    u = (m + np.exp(s) * generator.standard_normal(m.shape) * (rule == 0)).astype(np.float32)
    log = -0.5 * ((u - m) / np.exp(s)) ** 2 - s - 0.5 * math.log(2 * math.pi)
    if is_tanh:
        log -= 2 * (math.log(2) - u - np.logaddexp(0, -2.0 * u))
    return u, log.sum(1) * (rule == 0)

def choose_part(rule, x, epsilon, temperature, generator):
    """Choices [N] of one part, of its logits [N, A], and log μ of them [N]."""
    count, best = len(x), x.argmax(1)
    if rule == 1:
        return best, np.zeros(count)
    if rule == 2:
        allowed = x != FORBIDDEN
        several, sums = allowed.sum(1), allowed.cumsum(1)
        any_ = (sums > generator.integers(several)[:, None]).argmax(1)
        action = np.where(generator.random(count) < epsilon, any_, best)
        return action, np.log((1 - epsilon) * (action == best) + epsilon / several)
    x = (x - x.max(1, keepdims=True)) / (temperature if rule == 3 else 1)
    log = x - np.log(np.exp(x).sum(1, keepdims=True))
    sums = np.exp(log).cumsum(1)
    action = (sums > generator.random((count, 1)) * sums[:, -1:]).argmax(1)
    return action, log[np.arange(count), action]

# ---------------------------------------------------------------- environments and their unrolls

def options_of(environment):
    """What an environment is told besides its name, by dotted names."""
    options = {}
    for o in environment.options.options if environment.options else ():
        values = [bool(v.truth) if v.truth is not None else next(iter(v.fields.values()), None) for v in o.scalars]
        options[o.name] = values if o.is_list else values[0]
    return options

ENCODED = ("Discrete", "MultiDiscrete", "MultiBinary")  # spaces that Gymnasium flattens by one-hot codes

def leaves(space, path=()):
    """The spaces that a space is made of, each with its way there."""
    if type(space).__name__ not in ("Dict", "Tuple"):
        return [(path, space)]
    members = space.spaces.items() if type(space).__name__ == "Dict" else enumerate(space.spaces)
    return [leaf for word, member in members for leaf in leaves(member, path + (word,))]

def member(value, path):
    for word in path:
        value = value[word]
    return value

class Picture:
    """An array of bytes as networks take it: a picture [H, W] or [H, W, C] as [C, H, W]."""

    def __init__(self, shape):
        is_last = len(shape) == 3 and shape[2] <= 4 < shape[0]
        self.axes = (2, 0, 1) if is_last else None
        self.shape = [shape[2], shape[0], shape[1]] if is_last else [1, *shape] if len(shape) == 2 else list(shape)

    def of(self, value):
        value = np.asarray(value, np.uint8)
        return value.transpose(self.axes) if self.axes else value

class Observations:
    """How observations of a space become rows: one array, or bytes of `parts`, of all that are numbers, and of each picture among them."""

    def __init__(self, space):
        odd = next((type(leaf).__name__ for _, leaf in leaves(space) if getattr(leaf, "shape", None) is None), None)
        if odd:
            raise unable(f"observations of {odd} are not there yet: leave them out by a wrapper")
        pictures = {path: Picture(leaf.shape) for path, leaf in leaves(space)
                    if leaf.dtype == np.uint8 and type(leaf).__name__ not in ENCODED and (not path or len(leaf.shape) in (2, 3))}
        self.numbers = [(path, leaf) for path, leaf in leaves(space) if path not in pictures]
        self.pictures, self.listed = list(pictures.items()), []
        width = sum(self.flat(leaf)[1] for _, leaf in self.numbers)
        if pictures and () not in pictures:
            names = [".".join("".join(c if c.isascii() and c.isalnum() or c in "_-" else "_" for c in str(word)) or "_" for word in path)
                     for path in pictures]
            vector = "vector"
            while vector in names:
                vector += "_"
            self.listed = [Message("Part", name=vector, shape=[width])] * bool(width) + [
                Message("Part", name=name, shape=picture.shape, scalar=1) for name, (_, picture) in zip(names, self.pictures)]
            self.shape, self.scalar, self.size = [], 2, row_bytes(parts_of(self.listed))
        else:
            is_array = not self.numbers or self.numbers[0][0] == () and type(space).__name__ not in ENCODED
            self.shape = [int(n) for n in (pictures[()].shape if pictures else space.shape if is_array else [width])] or [1]
            self.scalar, self.size = int(bool(pictures)), math.prod(self.shape)
        self.dtype = np.dtype(np.uint8 if pictures else np.float32)

    @staticmethod
    def flat(leaf):
        """How values of a space become numbers, and how many."""
        if type(leaf).__name__ not in ENCODED:
            return (lambda value: np.asarray(value, np.float32).reshape(-1)), math.prod(leaf.shape)
        from gymnasium.spaces import utils
        return (lambda value: np.asarray(utils.flatten(leaf, value), np.float32)), utils.flatdim(leaf)

    def row(self, value):
        arrays = [self.flat(leaf)[0](member(value, path)) for path, leaf in self.numbers]
        arrays += [picture.of(member(value, path)) for path, picture in self.pictures]
        if not self.listed:
            return (np.concatenate(arrays) if len(arrays) > 1 else arrays[0]).reshape(self.size)
        row = b"".join(np.ascontiguousarray(array).tobytes() for array in arrays)
        return np.frombuffer(row.ljust(self.size, b"\0"), np.uint8).reshape(self.size)

class Actions:
    """Actions of a space: how many there are of each of their parts (`counts`), or within which `bounds` their numbers lie."""

    def __init__(self, space):
        kind, self.space, self.bounds = type(space).__name__, space, None
        self.is_several = kind in ("MultiDiscrete", "MultiBinary")
        self.start = np.asarray(getattr(space, "start", 0)).reshape(-1)
        if kind == "MultiBinary":
            self.counts = [2] * math.prod(space.shape)
        elif self.is_several:
            self.counts = [int(n) for n in space.nvec.reshape(-1)]
        else:
            self.counts = [int(space.n)] if hasattr(space, "n") else []
        if not self.counts:
            self.bounds = [np.asarray(getattr(space, end, np.inf), np.float32).reshape(-1) for end in ("low", "high")]
            if not np.isfinite(self.bounds).all():
                raise unable(f"actions of {space} are not there yet: give it a Discrete space or a Box of finite bounds by a wrapper")

    def given(self, actions, is_tanh):
        """Actions [N, P] or u [N, K] as environments take them."""
        if self.is_several:
            return list((actions + self.start).astype(self.space.dtype).reshape((-1,) + self.space.shape))
        if self.counts:
            return (actions[:, 0] + int(self.start[0])).tolist()
        unit, (low, high) = np.tanh(actions) if is_tanh else np.clip(actions, -1, 1), self.bounds
        scaled = np.clip(low + (unit + 1) * (high - low) / 2, low, high).astype(getattr(self.space, "dtype", np.float32))
        return list(scaled.reshape((-1,) + np.shape(self.space.low)))

class Environment:
    """One environment of the user's. `row` is its newest observation, `mask` which actions may be taken then, if it tells that, `info`
    what its newest step told besides. `cost` names the number of `info` that a step costs; `costs` is their sum in the episode."""

    def __init__(self, make, masks="auto", cost=None):
        try:
            self.env = make()
        except Failure:
            raise
        except Exception as error:
            raise unable(f"the environment can't be made: {type(error).__name__}: {' '.join(str(error).split())}")
        self.actions, space, self.mask = Actions(self.env.action_space), self.env.observation_space, None
        self.cost, self.costs = cost, 0.0
        self.masks = self.masks_of(space) if self.actions.counts and masks is not False else None
        if masks is True and not self.masks:
            raise unable("environment.action_masks is true, and the environment tells no masks here")
        if self.masks == "observation":
            others = [leaf for name, leaf in space.spaces.items() if name != "action_mask"]
            space = others[0] if len(others) == 1 else type(space)({n: leaf for n, leaf in space.spaces.items() if n != "action_mask"})
        self.observations = Observations(space)

    def masks_of(self, space):
        """Where masks are: in the "observation", in what a "method" returns, or in "info"."""
        if type(space).__name__ == "Dict" and len(space.spaces) > 1 and "action_mask" in space.spaces:
            return "observation"
        if self.method() is not None:
            return "method"
        return "info" if "action_mask" in self.begun(7)[1] else None

    def method(self):
        """`action_masks`, as environments of sb3-contrib's MaskablePPO have it, behind wrappers too."""
        try:
            return getattr(self.env, "get_wrapper_attr", self.env.__getattribute__)("action_masks")
        except AttributeError:
            return None

    def spec(self, name, **options):
        """What HELLO says of it."""
        texts = [Message("Option", name=n, scalars=[Message("Scalar", text=v)]) for n, v in options.items()]
        limits = {n: float(getattr(self.env, n)) for n in ("observation_limit", "reward_limit") if hasattr(self.env, n)}
        a, o = self.actions, self.observations
        return Message("Environment", name=name, observation_shape=o.shape, observation_scalar=o.scalar, observation_parts=o.listed,
                       discrete=a.counts[0] if a.counts and not a.is_several else None,
                       multi_discrete=Message("Parts", counts=a.counts) if a.is_several else None, masks_actions=int(bool(self.masks)),
                       tells_cost=int(bool(self.cost)),
                       options=Message("Options", options=texts) if texts else None, **limits,
                       continuous=Message("Continuous", low=a.bounds[0].tolist(), high=a.bounds[1].tolist()) if a.bounds else None)

    def look(self, value, info, is_over):
        mask = (info or {}).get("action_mask") if self.masks == "info" else None
        if self.masks == "observation":
            mask, others = value["action_mask"], [v for name, v in value.items() if name != "action_mask"]
            value = others[0] if len(others) == 1 else value
        elif self.masks == "method":
            mask = self.method()()
        self.row = self.observations.row(value)
        if self.masks:
            self.mask = self.allowed(mask, is_over)

    def allowed(self, mask, is_over):
        """A mask as 0 and 1 [A]. Behind an episode's last step nothing need be allowed, and all is then."""
        counts = self.actions.counts
        if mask is None:
            mask = np.ones(sum(counts)) if is_over else ()
        parts = [np.ravel(part) for part in mask] if isinstance(mask, (tuple, list)) else [np.ravel(mask)]
        mask = (np.concatenate(parts) if parts else np.zeros(0)) != 0
        if len(mask) != sum(counts):
            raise Failure(f"the environment's mask is of {len(mask)} actions, and there are {sum(counts)}: give one with every reset and step")
        for part in np.split(mask, np.cumsum(counts)[:-1]):
            if not part.any():
                if not is_over:
                    raise Failure("the environment's mask allows nothing: let it allow something, or end the episode with that step")
                part[:] = True
        return mask.astype(np.uint8)

    def reset(self, seed):
        self.look(*self.begun(seed & 0x7FFFFFFF), False)
        self.costs = 0.0

    def begun(self, seed):
        """What a reset returned, if that is an observation and a dictionary."""
        result = self.env.reset(seed=seed)
        if not (isinstance(result, tuple) and len(result) == 2 and isinstance(result[1], dict)):
            raise unable("reset must return an observation and a dictionary")
        return result

    def step(self, action):
        """The reward, the kind of the step, and its cost."""
        value, reward, terminated, truncated, self.info = self.env.step(action)
        self.look(value, self.info, terminated or truncated)
        if self.cost and self.cost not in self.info:
            raise Failure(f"the environment's info has no {self.cost}, which is what a step costs: tell it in each")
        cost = float(self.info[self.cost]) if self.cost else 0.0
        self.costs += cost
        return float(reward), TERMINATED if terminated else TRUNCATED if truncated else ORDINARY, cost

    def measures(self, names):
        """Numbers of `info`, infinite where it has none of that name, and what the episode has cost."""
        return [float(self.info.get(name, math.inf)) for name in names] + [self.costs] * bool(self.cost)

Column = collections.namedtuple("Column", "name dtype extent width")  # extent: how many rows
Unroll = collections.namedtuple("Unroll", "header block")

class Work:
    """What follows from an assignment: model, environments and where they stand, and how unrolls lie."""

    def __init__(self, assignment, environments, clock):
        a, m = assignment, Model(assignment)
        self.assignment, self.model, self.environments, self.clock, real = a, m, environments, clock, np.float32
        self.length, self.width, n, dtype = a.unroll_length, a.environments_per_unroll, len(environments), environments[0].observations.dtype
        self.columns = [Column(*c) for c in (
            ("observation", dtype, m.frames + self.length, m.size),
            ("action", np.int32 if m.counts else real, self.length, len(m.counts) or m.outputs // 2),
            ("reward", real, self.length, 1), ("log_probability", real, self.length, 1), ("logits", real, self.length, m.outputs),
            ("kind", np.uint8, self.length, 1), ("cost", real, self.length, int(bool(a.environment.tells_cost))),
            ("action_mask", np.uint8, self.length + 1, m.outputs * bool(a.environment.masks_actions)),
            ("core_state", real, 1, m.states)) if c[3]]
        self.sizes = [-(-c.extent * self.width * c.width * np.dtype(c.dtype).itemsize // 64) * 64 for c in self.columns]
        self.bytes, self.is_tanh = sum(self.sizes), a.model.action_distribution == 1
        self.noise_key = mix(mix(mix(a.run_seed, 2), a.ordinal), a.incarnation)
        self.generator = np.random.default_rng([a.run_seed, a.ordinal, a.incarnation])
        self.exponents = 1 + a.epsilon_spread * (np.arange(n) % self.width) / max(1, self.width - 1)
        self.frames, self.state = np.zeros((m.frames, n, m.size), dtype), np.zeros((n, m.states), real)
        self.is_final, self.episodes, self.returns, self.lengths = [False] * n, [0] * n, [0.0] * n, [0] * n
        self.first_steps, self.turn, metrics = [0] * (n // self.width), 0, options_of(a.environment).get("metrics") or []
        self.metrics = metrics if isinstance(metrics, list) else [metrics]
        for e in range(n):
            self.begin(e)
            self.frames[:, e] = environments[e].row

    def begin(self, e):
        a = self.assignment
        self.environments[e].reset(mix(mix(mix(mix(mix(a.run_seed, 1), a.ordinal), a.incarnation), e), self.episodes[e]))
        self.episodes[e], self.returns[e], self.lengths[e], self.is_final[e] = self.episodes[e] + 1, 0.0, 0, False

    def step(self, e, action, ended):
        """A row of an environment: its reward, kind and cost. An episode that it ends is noted."""
        if self.is_final[e]:
            self.begin(e)
            return 0.0, RESET, 0.0
        reward, kind, cost = self.environments[e].step(action)
        self.returns[e] += reward
        self.lengths[e] += 1
        self.is_final[e] = kind == TRUNCATED
        if kind != ORDINARY:
            ended.append((e // self.width, self.returns[e], self.lengths[e], self.environments[e].measures(self.metrics)))
        if kind == TERMINATED:
            self.begin(e)
        return reward, kind, cost

    def act(self, rule, logits, scalars, exponents=1.0):
        epsilon, temperature = (scalars.epsilon, scalars.temperature or 1.0) if scalars else (0.0, 1.0)
        actions, log = choose(rule, logits, self.model.counts, epsilon ** exponents, temperature, self.is_tanh, self.generator)
        return actions, log, self.environments[0].actions.given(actions, self.is_tanh)

    def masked(self, logits, environments):
        """Logits [N, A] of environments, with those of actions that may not be taken now."""
        if not self.assignment.environment.masks_actions:
            return logits
        return np.where(np.stack([e.mask for e in environments]), logits, FORBIDDEN)

    def round(self, count, of, parameters):
        """Steps the next groups by an unroll each: yields None after each row, and then the unrolls."""
        groups = [(self.turn + i) % len(self.first_steps) for i in range(count)]
        self.turn = (self.turn + count) % len(self.first_steps)
        es = np.concatenate([np.arange(g * self.width, (g + 1) * self.width) for g in groups])
        m, ended, environments, now = self.model, [], [self.environments[e] for e in es], time.perf_counter_ns
        rows = {c.name: np.zeros((c.extent, len(es), c.width), c.dtype) for c in self.columns}
        rows["observation"][:m.frames] = self.frames[:, es]
        if m.states:
            rows["core_state"][0] = self.state[es]
        steps = np.repeat([self.first_steps[g] for g in groups], self.width) + np.arange(self.length)[:, None]
        epsilon = noise(self.noise_key, steps.astype(np.uint64), es, m.model.latent_count) if m.has_noise else [None] * self.length
        for t in range(self.length):
            began = now()
            logits, state = m(parameters, self.frames[:, es].transpose(1, 0, 2).reshape(len(es), -1), self.state[es], epsilon[t])
            logits = self.masked(logits, environments)
            if "action_mask" in rows:
                rows["action_mask"][t] = [e.mask for e in environments]
            actions, log, given = self.act(self.assignment.acting_rule, logits, of.scalars, self.exponents[es])
            chosen = now()
            rewards, kinds, costs = zip(*[self.step(e, action, ended) for e, action in zip(es.tolist(), given)])
            observations, kinds = np.stack([e.row for e in environments]), np.array(kinds, np.uint8)
            self.clock["inference"] += chosen - began
            self.clock["stepping"] += now() - chosen
            rows["action"][t], rows["log_probability"][t, :, 0], rows["logits"][t] = actions, log, logits
            if "cost" in rows:
                rows["cost"][t, :, 0] = costs
            rows["reward"][t, :, 0], rows["kind"][t, :, 0], rows["observation"][m.frames + t] = rewards, kinds, observations
            begins = ((kinds == TERMINATED) | (kinds == RESET))[:, None]
            self.state[es] = np.where(begins, 0, state)
            self.frames[:, es] = np.where(begins, observations, np.concatenate([self.frames[1:, es], observations[None]]))
            yield None
        if "action_mask" in rows:
            rows["action_mask"][self.length] = [e.mask for e in environments]
        yield [self.unroll(place, group, of, rows, [e for e in ended if e[0] == group]) for place, group in enumerate(groups)]

    def unroll(self, place, group, of, rows, ended):
        here, first = slice(place * self.width, (place + 1) * self.width), self.first_steps[group]
        block = b"".join(rows[c.name][:, here].tobytes().ljust(size, b"\0") for c, size in zip(self.columns, self.sizes))
        self.first_steps[group] += self.length
        return Unroll(Message(
            "Experience", generation=of.generation, update=of.update, digest=of.digest, tag=of.tag, scalars=of.scalars, first_step=first,
            first_environment=group * self.width, noise_key=self.noise_key, episode_returns=[e[1] for e in ended],
            episode_lengths=[e[2] for e in ended], episode_measures=[m for e in ended for m in e[3]], byte_count=len(block),
            checksum=digest(block)), block)

    def play(self, m, parameters, environments):
        """Plays an EVALUATE: yields None after each row, and then what to answer."""
        returns, measures, steps, terminated, size = [], [], 0, 0, self.model.size
        for first in range(0, m.episodes, len(environments)):
            some = environments[:m.episodes - first]
            sums, playing, state = [0.0] * len(some), set(range(len(some))), np.zeros((len(some), self.model.states), np.float32)
            for i, e in enumerate(some):
                e.reset(mix(m.seed, first + i))
            frames = np.stack([np.tile(e.row, self.model.frames) for e in some])
            for _ in range(100_000):
                logits, state = self.model(parameters, frames, state)
                given = self.act(1 if m.rule is None else m.rule, self.masked(logits, some), m.scalars)[2]
                for i in list(playing):
                    reward, kind, _ = some[i].step(given[i])
                    sums[i] += reward
                    steps, terminated = steps + 1, terminated + (kind == TERMINATED)
                    playing -= {i} if kind != ORDINARY else set()
                frames = np.concatenate([frames[:, size:], np.stack([e.row for e in some])], 1)
                yield None
                if not playing:
                    break
            returns += sums
            measures += [m for e in some for m in e.measures(self.metrics)]
        yield dict(returns=returns, measures=measures, steps=steps, terminated=terminated)

# ---------------------------------------------------------------- the wire

class Connection:
    """A DEALER and its monitor, for one session; `state` is "opening", "up" or "over"."""

    def __init__(self, context, address, keys):
        self.socket, self.state, self.began = context.socket(zmq.DEALER), "opening", time.monotonic()
        for option, value in (("RECONNECT_IVL", -1), ("SNDHWM", 0), ("RCVHWM", 0), ("LINGER", 0), ("HANDSHAKE_IVL", 15_000),
                              ("CONNECT_TIMEOUT", 2000), ("HEARTBEAT_IVL", 3000), ("HEARTBEAT_TIMEOUT", 10_000),
                              ("MAXMSGSIZE", PIECE + (33 if keys else 0)), *keys.items()):
            self.socket.set(getattr(zmq, option), value)
        self.monitor = self.socket.get_monitor_socket(
            zmq.EVENT_HANDSHAKE_SUCCEEDED | zmq.EVENT_DISCONNECTED | zmq.EVENT_CLOSED | zmq.EVENT_HANDSHAKE_FAILED_AUTH
            | zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL)
        self.poller = zmq.Poller()
        for s in (self.socket, self.monitor):
            self.poller.register(s, zmq.POLLIN)
        try:
            self.socket.connect(address)
        except zmq.ZMQError as error:
            raise Failure(f"{address} is no address of a learner ({error.strerror}): tcp://HOST:PORT")

    def receive(self, seconds):
        """What has come, waiting so long for the first: messages, each with the bytes behind its header."""
        self.poller.poll(1000 * seconds)
        while self.monitor.poll(0):
            self.state = "up" if recv_monitor_message(self.monitor)["event"] == zmq.EVENT_HANDSHAKE_SUCCEEDED else "over"
        while self.socket.poll(0):
            frames = self.socket.recv_multipart()
            try:
                message = decode("LearnerFrame", memoryview(frames[0]))
                payload = message.fields.pop("payload", frames[-1])
                yield next(iter(message.fields.values())), payload
            except (ValueError, LookupError, TypeError, StopIteration):
                pass  # of a newer learner, and no concern of an actor

    def send(self, name, message, frames=(), payload=None):
        header = encode(Message("ActorFrame", **{name: message}))
        if payload is not None:
            header += b"\x7a" + varint(len(payload)) + payload
        try:
            self.socket.send_multipart([header, *frames], zmq.DONTWAIT)
        except zmq.Again:
            self.state = "over"

    def close(self, linger=0):
        self.socket.disable_monitor()
        self.socket.close(linger)

def version(of):
    return of.generation, of.update, of.digest

class Session:
    """What a WELCOME began: how far unrolls are sent and may be, what parameters are newest, which evaluations are wanted."""

    def __init__(self, welcome):
        self.welcome, self.number, self.base = welcome, welcome.status.session, welcome.status.acknowledged_through
        self.sent, self.limit, self.newest, self.ping_seconds, self.pinged, self.invalid = self.base, self.base, None, 1, 0.0, 0
        self.evaluations, self.asked, self.cancelled = collections.deque(), 0, 0

class Actor:
    def __init__(self, address, keys, hello, make, environments, evaluates, give_up_after, log):
        self.address, self.keys, self.hello, self.make, self.environments = address, keys, hello, make, environments
        self.cost = environments[0].cost
        self.evaluates, self.give_up_after, self.log, self.context = evaluates, give_up_after, log, zmq.Context()
        self.connection = self.session = self.work = self.ordinal = self.coming = self.gone = None
        self.run = self.baseline = self.produced = self.acknowledged = self.skipped = self.steps = self.attempts = 0
        self.clock, self.outbox, self.held, self.judges, self.options = collections.Counter(), collections.deque(), {}, [], {}
        self.heard = self.met = time.monotonic()
        self.retry_at = self.attended = 0.0

    # ---- between the rows

    def attend(self, seconds=0.0):
        """Hears what has come, waiting so long for the first; sends what is due; opens connections, and ends those that are silent."""
        now = self.attended = time.monotonic()
        if self.give_up_after and not self.session and now - self.met > self.give_up_after:
            raise Failure(f"no learner at {self.address} for {self.give_up_after:g} s: is it started, and can its port be reached?")
        if self.connection is None:
            if now < self.retry_at:
                return time.sleep(min(seconds, self.retry_at - now))
            self.connection, self.heard, self.is_greeted = Connection(self.context, self.address, self.keys), now, False
        connection = self.connection
        for message, payload in connection.receive(seconds):
            self.heard, number = time.monotonic(), message.session if "session" in FIELDS[message.kind] else None
            if number is None or number == (self.session.number if self.session else 0):
                getattr(self, "hear_" + message.kind)(message, payload)
            if self.connection is not connection:
                return
        if connection.state == "up" and not self.is_greeted:
            self.is_greeted = True
            connection.send("hello", Message("Hello", **self.hello, run=self.run, ordinal=self.ordinal, run_baseline=self.baseline,
                                             first_unacknowledged=self.acknowledged + 1, counts=self.counts()))
        if self.session:
            self.flush()
            if now - self.session.pinged >= self.session.ping_seconds:
                self.session.pinged = now
                connection.send("ping", Message("Ping", session=self.session.number, counts=self.counts()))
        if connection.state == "over":
            self.lose("the connection is gone" if self.is_greeted else "nobody answers" + ", or has other keys" * bool(self.keys))
        elif connection.state == "opening" and now - connection.began > 20 or self.session and time.monotonic() - self.heard > 60:
            self.lose("it is silent")

    def lose(self, why):
        """Ends the connection. The next one follows after 0.1, 0.2 … 5 s."""
        if self.session or self.attempts == 0:
            self.log(f"the learner at {self.address}: {why}; trying again")
        self.met = time.monotonic() if self.session else self.met
        self.connection.close()
        self.connection = self.session = None
        self.retry_at = time.monotonic() + min(5, 0.1 * 2 ** min(self.attempts, 6)) * random.uniform(0.75, 1)
        self.attempts += 1

    def counts(self):
        times = {f"{name}_nanoseconds": self.clock[name] for name in ("stepping", "inference", "waiting", "evaluating")}
        return Message("Counts", produced=self.produced, sent_through=self.session.sent if self.session else 0, steps=self.steps, **times,
                       processor_nanoseconds=time.process_time_ns())

    def flush(self):
        """Says what is skipped and sends what is complete, as far as there is credit."""
        s = self.session
        if s.sent < min(self.skipped, s.limit):
            s.sent = min(self.skipped, s.limit)
            self.connection.send("skip", Message("Skip", session=s.number, through=s.sent, counts=self.counts()))
        for header, block in list(self.outbox):
            if not s.sent < header.sequence <= s.limit:
                continue
            s.sent = header.sequence
            header = Message("Experience", **header.fields, session=s.number, produced=self.produced, sent_through=s.sent,
                             steps=self.steps, waiting_nanoseconds=self.clock["waiting"])
            packed = lz4.compress(block, store_size=False) if lz4 and s.welcome.compression else block
            if len(packed) < len(block) * (1 if s.welcome.compression == 1 else 0.75):  # 2: where it pays
                header.fields["compressed_byte_count"], block = len(packed), packed
            if s.welcome.reads_payload and len(block) <= PAYLOAD:
                self.connection.send("experience", header, payload=block)
            else:
                self.connection.send("experience", header, [block[at:at + PIECE] for at in range(0, len(block), PIECE)])

    # ---- what the learner says

    def hear_Welcome(self, m, _):
        a = m.assignment
        if m.protocol_version != PROTOCOL:
            raise Failure(f"the learner ({m.build}) speaks protocol {m.protocol_version}, this actor ({BUILD}) {PROTOCOL}: "
                          "take both from the same release")
        self.session = Session(m)
        if m.run != self.run or self.work is None or self.work.assignment != a:
            self.work, self.held = None, {}
            self.work = self.begin(a, m.schema)
            self.outbox.clear()  # what was made for other work is never sent
            self.skipped = self.produced
        if m.run != self.run:
            self.run, self.baseline = m.run, self.session.base
        self.ordinal, self.attempts = a.ordinal, 0
        self.log(f"joined {a.run} of {self.address}: {a.environments_per_actor} environments, in groups of {a.environments_per_unroll}")
        self.hear_Status(m.status)

    def environment(self):
        return Environment(lambda: self.make(self.options), self.options.get("action_masks", "auto"), self.options.get("cost", self.cost))

    def begin(self, a, schema):
        """The work of an assignment."""
        if a.strangers():
            raise unable(f"{a.strangers()[0]} in the assignment is not known to this program")
        e, options = a.environment, options_of(a.environment)
        if self.options != options:
            self.options, self.environments, self.judges = options, [], []
        while len(self.environments) < a.environments_per_actor:
            self.environments.append(self.environment())
        mine = self.environments[0].spec(e.name)
        for field in ("observation_shape", "observation_scalar", "observation_parts", "discrete", "multi_discrete", "continuous",
                      "masks_actions", "tells_cost"):
            if (getattr(mine, field) or 0) != (getattr(e, field) or 0):
                raise unable(f"{field} of {e.name} is {getattr(mine, field)} here and {getattr(e, field)} in the run")
        work = Work(a, self.environments[:a.environments_per_actor], self.clock)
        own = {(c.name, "fui".index(np.dtype(c.dtype).kind), c.width) for c in work.columns}
        for column in {(c.name, c.scalar, c.width) for c in schema.columns} ^ own if schema else ():
            raise unable(f"the column {column[0]} of the run's unrolls is not as this program makes it")
        return work

    def hear_Refuse(self, m, _):
        if m.code != 5:
            raise Failure(f"the learner refuses this actor: {m.reason}{': ' * bool(m.remedy)}{m.remedy}")
        self.lose(f"no room: {m.reason}")

    def hear_Status(self, m, _=b""):
        s = self.session
        s.newest, s.ping_seconds, s.cancelled = m.newest or s.newest, m.ping_seconds or 1, max(s.cancelled, m.cancelled_evaluations)
        self.acknowledged = max(self.acknowledged, m.acknowledged_through)
        while self.outbox and self.outbox[0].header.sequence <= self.acknowledged:
            self.outbox.popleft()
        s.limit = max(s.limit, s.base + m.credit_limit // self.work.bytes)
        s.sent = max(self.acknowledged, min(s.sent, m.resend_from - 1) if m.resend_from else s.sent)
        if m.invalid_unrolls > s.invalid:
            s.invalid = m.invalid_unrolls
            self.log(f"the learner can't train on {s.invalid} unrolls of this session: {m.last_fault}")

    def hear_Weights(self, m, piece):
        """A piece that begins a blob or goes on with the one that is coming; others are of what was given up."""
        of = m.of
        if m.offset == 0:
            self.coming = of, bytearray()
        if self.coming and self.coming[0] == of and len(self.coming[1]) == m.offset:
            self.coming[1].extend(piece)
            if len(self.coming[1]) >= of.byte_count:
                blob, self.coming = bytes(self.coming[1]), None
                if of.byte_count != self.work.model.bytes:
                    raise unable(f"its parameters have {of.byte_count} bytes, and its model makes {self.work.model.bytes} here")
                if digest(blob) != of.digest:
                    return self.lose("its parameters came damaged")
                self.held.pop(version(of), None)
                self.held = dict([*self.held.items()][-1:])  # two at most
                self.held[version(of)] = of, self.work.model.load(blob)
        if m.status:
            self.hear_Status(m.status)

    def hear_WeightsGone(self, m, _):
        self.gone, self.session.newest = (m.generation, m.update), m.newest or self.session.newest

    def hear_Evaluate(self, m, _):
        self.session.asked += 1
        self.session.evaluations.append((self.session.asked, m))

    def hear_LearnerBye(self, m, _):
        if m.farewell == 1:
            return self.lose("it restarts")
        raise Failure("the learner ended by an error: see its log" if m.farewell else "the run is finished", 1 if m.farewell else 0)

    def hear_HandshakeRequest(self, m, _):
        self.lose("it doesn't know the session any more")

    # ---- what the actor does

    def fetch(self, of, is_exact=False):
        """Parameters `of`, or newer ones that the learner offers in their place: (announcement, slots), or None without a session."""
        session, known, asked, deadline = self.session, set(self.held), None, time.monotonic() + 60
        self.coming = self.gone = None
        while self.session is session:
            fresh = [v for v in self.held if v == version(of) or not is_exact and v not in known]
            if fresh:
                return self.held[fresh[-1]]
            if self.coming and not is_exact:
                of = self.coming[0]
            elif self.gone == version(of)[:2]:
                if is_exact:
                    return None
                of = session.newest
            at = len(self.coming[1]) if self.coming and self.coming[0] == of else 0
            if asked != (version(of), at):
                asked = version(of), at
                self.connection.send("pull", Message("Pull", session=session.number, generation=of.generation, update=of.update,
                                                     offset=at, count=min(PIECE, of.byte_count - at)))
            if time.monotonic() > deadline:
                return self.lose("it sends no parameters")
            self.attend(0.1)
        return None

    def work_on(self, rows):
        """Runs through rows, hearing the learner between them: what comes last, or None where the work became another meanwhile."""
        work, result = self.work, None
        for result in rows:
            if time.monotonic() - self.attended > 0.02:
                self.attend()
            if self.work is not work:
                return None
        return result

    def evaluate(self, number, m):
        s, began, held = self.session, time.perf_counter_ns(), None
        answer = dict(session=s.number, identifier=m.identifier, generation=m.of.generation, update=m.of.update, rule=m.rule)
        if self.evaluates and number > s.cancelled:
            held = self.fetch(m.of, is_exact=True)
        if held and self.session is s:
            while len(self.judges) < min(m.episodes, 8):
                self.judges.append(self.environment())

            def rows():
                for played in self.work.play(m, held[1], self.judges):
                    if self.session is not s or number <= s.cancelled:
                        return
                    yield played
            answer.update(self.work_on(rows()) or {})
        else:
            answer["failure"] = "its parameters are gone" if self.evaluates else "this actor plays no evaluations"
        self.clock["evaluating"] += time.perf_counter_ns() - began
        if self.session is s and number > s.cancelled:
            self.connection.send("evaluation", Message("Evaluation", **answer))

    def turn(self):
        """An evaluation, a round of unrolls, or a wait for what is missing for either."""
        s, work, held, began = self.session, self.work, None, time.perf_counter_ns()
        if s and s.evaluations:
            return self.evaluate(*s.evaluations.popleft())
        room = max(OUTBOX // work.bytes, 1) - len(self.outbox) if s and s.newest else 0
        count = min(len(work.first_steps), s.limit - self.produced, room) if room > 0 else 0
        if count > 0:
            of, slack = s.newest, s.welcome.parameter_slack
            kept = [h for h in self.held.values() if h[0].generation == of.generation and h[0].update + slack >= of.update]
            held = self.held.get(version(of)) or (kept[-1] if kept and of.byte_count > PIECE else self.fetch(of))
        else:
            self.attend(0.1)
        self.clock["waiting"] += time.perf_counter_ns() - began
        for unroll in self.work_on(work.round(count, *held)) or () if held and self.work is work else ():
            self.produced += 1
            unroll.header.fields["sequence"] = self.produced
            self.outbox.append(unroll)
            self.steps += work.length * work.width
        self.attend()

    def leave(self, unable=""):
        """Says goodbye."""
        if self.session:
            self.connection.send("bye", Message("ActorBye", session=self.session.number, counts=self.counts(), unable=unable))
        if self.connection:
            self.connection.close(linger=1000)
        self.connection = self.session = None

# ---------------------------------------------------------------- beginning

def read_keys(path):
    """The options of a socket that a key file of `starling keygen` asks for."""
    try:
        with open(path) as file:
            lines = dict(line.split() for line in file if len(line.split()) == 2)
        if os.name == "posix" and os.stat(path).st_mode & 0o077:
            raise Failure(f"the key file {path} may be read by others: chmod 600 {path}")
        names = {"CURVE_PUBLICKEY": "public", "CURVE_SECRETKEY": "secret", "CURVE_SERVERKEY": "learner"}
        return {option: lines[name].encode() for option, name in names.items()}
    except KeyError as missing:
        raise Failure(f"the key file {path} has no line {missing.args[0]}: it is the file that `starling keygen` makes for an actor")
    except OSError as error:
        raise Failure(f"the key file {path} can't be read: {error.strerror}")

def gymnasium_maker(environment_id, modules):
    """Makes the environment of Gymnasium, or of a module, that this actor is for, with the arguments that the run's options have."""
    try:
        import gymnasium
        loaded = {}
        for module in modules:
            name = os.path.basename(module)[:-3] if module.endswith(".py") else module
            sys.path.insert(0, os.path.dirname(os.path.abspath(module)) if module.endswith(".py") else os.getcwd())
            loaded[name] = importlib.import_module(name)
    except ImportError as error:
        raise Failure(f"{error}: {sys.executable} -m pip install {error.name or 'gymnasium'}")

    def make(options):
        passed_over = ("metrics", "action_masks", "cost", "vectorised", "seed_every_episode", "step_seconds", "reset_seconds")
        for name, value in options.items():
            if not (name.startswith("kwargs.") or name in passed_over or (name, value) == ("id", environment_id)
                    or name == "module" and value in loaded):
                raise unable(f"environment.{name} is {value!r}; this actor was started for {environment_id}, with modules {list(loaded)}")
        kwargs = {name[7:]: value for name, value in options.items() if name.startswith("kwargs.")}
        own = [getattr(module, environment_id) for module in loaded.values() if hasattr(module, environment_id)]
        return own[0](**kwargs) if own else gymnasium.make(environment_id, disable_env_checker=True, **kwargs)
    return make

def run_actor(connect="tcp://127.0.0.1:5555", make_env=None, environment_id=None, *, key=None, name=None, modules=(), cost=None,
              evaluations=True, give_up_after=None, seconds=math.inf,
              log=lambda text: print(f"starling_actor: {text}", file=sys.stderr, flush=True)):
    """Steps environments for the learner at `connect` until its run is finished, or for so many seconds. Returns counts.

    Each environment is what `make_env()` returns, an object like Gymnasium's (`observation_space`, `action_space`, `reset(seed=)` and
    `step(action)`), or without it the one of Gymnasium that is called `environment_id`, which is its name in the run too. `key` is the
    path of a key file, `name` what the learner calls this actor, `cost` names the number of `info` that a step costs. Without
    `evaluations` others have to play them. Raises Failure, which says in a line what is wrong and what helps.
    """
    if not environment_id:
        raise Failure("environment_id is missing: what the environment is called in the run, as CartPole-v1")
    make = (lambda options: make_env()) if make_env else gymnasium_maker(environment_id, modules)
    first = Environment(lambda: make({}), cost=cost)
    options = {"id": environment_id, **{"module": os.path.basename(m).split(".")[0] for m in modules[:1]}}
    hello = dict(protocol_version=PROTOCOL, build=BUILD, instance=name or f"{socket.gethostname()}-{os.getpid()}", reads_payload=1,
                 incarnation=time.time_ns() // 1000, environments=[first.spec(environment_id), first.spec("gymnasium", **options)],
                 families=["gymnasium"])
    actor = Actor(connect, read_keys(key) if key else {}, hello, make, [first], evaluations, give_up_after, log)
    end = time.monotonic() + seconds
    try:
        while time.monotonic() < end:
            actor.turn()
    except KeyboardInterrupt:
        end = 0
    except Failure as failure:
        learner = actor.session.welcome.build if actor.session else "unknown"
        actor.leave(unable=str(failure) if failure.status == 69 else "")
        if failure.status:
            raise Failure(f"{failure} (learner {learner}, actor {BUILD})", 69) if failure.status == 69 else failure
        log(str(failure))
    finally:
        deadline = time.monotonic() + 3
        while end <= time.monotonic() < deadline and actor.session and actor.outbox:
            actor.attend(0.05)
        actor.leave()
        actor.context.destroy(linger=1000)
    return {"steps": actor.steps, "unrolls": actor.produced, "unacknowledged": len(actor.outbox)}

def main():
    parser = argparse.ArgumentParser(description="Steps Gymnasium environments with a learner's policy and sends it the experience.")
    parser.add_argument("--learner", default=os.environ.get("STARLING_LEARNER", "tcp://127.0.0.1:5555"), help="its address")
    parser.add_argument("--key", default=os.environ.get("STARLING_KEY"), help="the key file that starling keygen made")
    parser.add_argument("--environment-id", required=True, help="of Gymnasium, or a class of a module; its name in the run too")
    parser.add_argument("--module", action="append", default=[], help="a module or a file that brings the environment")
    parser.add_argument("--name", help="in the learner's log (default: host and process)")
    parser.add_argument("--cost", metavar="NAME", help="the number of info that a step costs")
    parser.add_argument("--give-up-after", type=float, metavar="SECONDS", help="end with an error after this long without a learner")
    parser.add_argument("--no-evaluations", action="store_true", help="leave evaluations to others")
    o = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        run_actor(o.learner, None, o.environment_id, key=o.key, name=o.name, modules=o.module, cost=o.cost,
                  evaluations=not o.no_evaluations, give_up_after=o.give_up_after)
    except Failure as failure:
        print(f"starling_actor: {failure}", file=sys.stderr)
        sys.exit(failure.status)

if __name__ == "__main__":
    main()
