"""1,000 of scikit-learn's handwritten digits, for tests that train an autoencoder.

    python3 -m venv /tmp/fixtures && /tmp/fixtures/bin/pip install scikit-learn numpy safetensors
    /tmp/fixtures/bin/python Tests/Fixtures/digits/make.py

Writes digits.safetensors beside this file:
  train.observations  uint8  [800, 1, 8, 8]  1 where a pixel of 0 ... 16 has 8 at least, else 0
  test.observations   uint8  [200, 1, 8, 8]
"""
from pathlib import Path

import numpy
from safetensors.numpy import save_file
from sklearn.datasets import load_digits

digits = (load_digits().data >= 8).astype(numpy.uint8).reshape(-1, 1, 8, 8)
chosen = digits[numpy.random.default_rng(0).permutation(len(digits))[:1000]]
save_file(
    {"train.observations": numpy.ascontiguousarray(chosen[:800]), "test.observations": numpy.ascontiguousarray(chosen[800:])},
    Path(__file__).with_name("digits.safetensors"))
