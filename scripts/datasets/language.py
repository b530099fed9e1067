"""A language that is known: a long short-term memory, and sequences drawn from it."""
import numpy as np

from .files import array

WORDS, UNITS, LENGTH = 5000, 32, 20
PARTS = {"train": 10_000, "test": 1_000}


def own():
    random = np.random.default_rng(1)
    normal = lambda *shape: random.standard_normal(shape).astype(np.float32)
    return {
        "embedding": normal(WORDS, UNITS), "input_weight": normal(UNITS, 4 * UNITS), "hidden_weight": normal(UNITS, 4 * UNITS),
        "bias": normal(4 * UNITS), "output_weight": normal(UNITS, WORDS), "output_bias": normal(WORDS),
    }


def seqgan(path):
    """Gates in the order input, forget, cell, output."""
    theirs = np.load(path)
    gates = ["i", "f", "c", "og"]
    return {
        "embedding": theirs["embedding"], "input_weight": np.concatenate([theirs["W" + gate] for gate in gates], 1),
        "hidden_weight": np.concatenate([theirs["U" + gate] for gate in gates], 1),
        "bias": np.concatenate([theirs["b" + gate] for gate in gates]), "output_weight": theirs["Wo"], "output_bias": theirs["bo"],
    }


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


class Memory:
    """States of many sequences side by side, behind the word 0."""

    def __init__(self, oracle, count):
        self.oracle = {name: array.astype(np.float64) for name, array in oracle.items()}
        self.hidden, self.cell = np.zeros((count, UNITS)), np.zeros((count, UNITS))
        self.read(np.zeros(count, int))

    def read(self, words):
        o = self.oracle
        sums = o["embedding"][words] @ o["input_weight"] + self.hidden @ o["hidden_weight"] + o["bias"]
        take, keep, new, show = np.split(sums, 4, 1)
        self.cell = sigmoid(keep) * self.cell + sigmoid(take) * np.tanh(new)
        self.hidden = sigmoid(show) * np.tanh(self.cell)

    def log_probabilities(self):
        logits = self.hidden @ self.oracle["output_weight"] + self.oracle["output_bias"]
        logits -= logits.max(1, keepdims=True)
        return logits - np.log(np.exp(logits).sum(1, keepdims=True))


def nll(oracle, tokens):
    """−log p(sequence) of each, nats per word."""
    memory, sums = Memory(oracle, len(tokens)), np.zeros(len(tokens))
    for step in range(tokens.shape[1]):
        sums -= memory.log_probabilities()[np.arange(len(tokens)), tokens[:, step]]
        memory.read(tokens[:, step])
    return sums / tokens.shape[1]


def sample(oracle, count, random):
    """Sequences, and the entropy of what each word was drawn from, nats."""
    memory, tokens, entropy = Memory(oracle, count), np.zeros((count, LENGTH), np.int32), 0
    for step in range(LENGTH):
        logs = memory.log_probabilities()
        entropy += -(np.exp(logs) * logs).sum(1).mean() / LENGTH
        tokens[:, step] = (logs + random.gumbel(size=logs.shape)).argmax(1)
        memory.read(tokens[:, step])
    return tokens, entropy


def make(oracle):
    """The arrays: the memory as oracle.…, and sequences. Prints the language's entropy rate: what a perfect generator would have for its
    NLL, nats per word."""
    random = np.random.default_rng(2)
    arrays = {f"oracle.{key}": array(np.ascontiguousarray(value, dtype=np.float32)) for key, value in oracle.items()}
    for part, count in PARTS.items():
        tokens, entropy = sample(oracle, count, random)
        arrays[f"{part}.tokens"] = array(tokens)
        print(f"{part}: {count} sequences, entropy rate {entropy:.3f} nats a word, their NLL {nll(oracle, tokens).mean():.3f}")
    return arrays
