"""Handwritten digits of 8 x 8 as sequences, and a classifier of them; they come with the Python package scikit-learn."""
import os

import numpy as np
from sklearn.datasets import load_digits
from sklearn.neural_network import MLPClassifier

from .files import array, folder_of

DIGITS, GREYS, TRAIN = 10, 5, 1297


def digits():
    """Greys 0 ... 4 [N, 64] and labels of both parts."""
    data = load_digits()
    order = np.random.default_rng(0).permutation(len(data.target))
    greys = np.rint(data.data / 16 * (GREYS - 1)).astype(np.int32)[order]
    return {"train": (greys[:TRAIN], data.target[order][:TRAIN]), "test": (greys[TRAIN:], data.target[order][TRAIN:])}


def make():
    """The arrays, and where their licence stands. A sequence is a digit's name, 0 ... 9, which is given, and its greys,
    10 ... 14."""
    arrays, parts = {}, digits()
    for part, (greys, labels) in parts.items():
        arrays[f"{part}.given"] = array(labels.astype(np.int32))
        arrays[f"{part}.tokens"] = array(np.concatenate([labels[:, None], DIGITS + greys], 1).astype(np.int32))
    classifier = MLPClassifier([64], alpha=0.01, max_iter=1000, random_state=0)
    scale = lambda greys: greys / (GREYS - 1)
    classifier.fit(scale(parts["train"][0]), parts["train"][1])
    for layer, name in enumerate(["hidden", "output"]):
        arrays[f"classifier.{name}_weight"] = array(classifier.coefs_[layer].astype(np.float32))
        arrays[f"classifier.{name}_bias"] = array(classifier.intercepts_[layer].astype(np.float32))
    share = classifier.score(scale(parts["test"][0]), parts["test"][1])
    print(f"the classifier names {100 * share:.1f} % of {len(parts['test'][1])} digits right that it was not trained on")
    return arrays, [os.path.join(folder_of("sklearn", "datasets/descr"), "digits.rst")]
