"""PUSH/PULL with pickle, the two ends: `pyzmq_pair.py pull SHAPE SECONDS` measures, and starts `push` by itself.

What passes for a transport of experience in many projects: a dictionary of arrays, pickled, over PUSH/PULL. No checks, no
acknowledgements, no session.
"""
import json
import os
import pickle
import subprocess
import sys
import time

import numpy as np
import zmq

HIGH_WATER_MARK = 1000


def unroll(shape):
    steps, observation, actions = (64, (65, 4), 2) if shape == "vector" else (20, (21, 3, 64, 64), 6)
    random = np.random.default_rng(1)
    values = random.random(observation, dtype=np.float32) if shape == "vector" else random.integers(0, 256, observation, dtype=np.uint8)
    return {
        "observation": values,
        "action": random.integers(0, actions, steps).astype(np.int32),
        "reward": np.ones(steps, np.float32),
        "log_probability": np.full(steps, -np.log(actions), np.float32),
        "logits": np.zeros((steps, actions), np.float32),
        "kind": np.zeros(steps, np.uint8),
    }


def push(shape, address):
    socket = zmq.Context().socket(zmq.PUSH)
    socket.setsockopt(zmq.SNDHWM, HIGH_WATER_MARK)
    socket.setsockopt(zmq.LINGER, 0)
    socket.connect(address)
    value = unroll(shape)
    while True:
        socket.send(pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL))


def processor_seconds(process):
    # utime and stime, in clock ticks; the name before them may hold spaces.
    fields = open(f"/proc/{process}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def pull(shape, seconds):
    socket = zmq.Context().socket(zmq.PULL)
    socket.setsockopt(zmq.RCVHWM, HIGH_WATER_MARK)
    port = socket.bind_to_random_port("tcp://127.0.0.1")
    sender = subprocess.Popen([sys.executable, __file__, "push", shape, f"tcp://127.0.0.1:{port}"])
    try:
        count = 0
        size = sum(array.nbytes for array in unroll(shape).values())
        warm = time.monotonic() + 0.5
        while time.monotonic() < warm:
            pickle.loads(socket.recv())
        before, start = (time.process_time(), processor_seconds(sender.pid)), time.monotonic()
        while time.monotonic() < start + seconds:
            for _ in range(16):
                pickle.loads(socket.recv())
            count += 16
        took = time.monotonic() - start
        mine, theirs = time.process_time() - before[0], processor_seconds(sender.pid) - before[1]
        gigabytes = count * size / 1e9
        print(json.dumps({
            "shape": shape, "unrolls_per_second": count / took, "megabytes_per_second": count * size / took / 1e6,
            "learner_seconds_per_gigabyte": mine / gigabytes, "actor_seconds_per_gigabyte": theirs / gigabytes,
        }))
    finally:
        sender.kill()
        sender.wait()


if sys.argv[1] == "push":
    push(sys.argv[2], sys.argv[3])
else:
    pull(sys.argv[2], float(sys.argv[3]))
