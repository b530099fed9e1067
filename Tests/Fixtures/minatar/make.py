"""Checksums of 100,000 frames of each MinAtar game, for the test that ours are equal. MinAtar is only run, as it is published.

    python3 -m venv /tmp/minatar && /tmp/minatar/bin/pip install --no-deps minatar==1.0.15
    /tmp/minatar/bin/pip install numpy safetensors
    /tmp/minatar/bin/python Tests/Fixtures/minatar/make.py [game] ...

The games' random numbers come from SplitMix64 instead of NumPy: a number in [0, 1) is the upper 53 bits of one word, a whole number
below n is such a number times n, cut off. Episode k is played with a generator of seed k. Which actions are chosen is drawn from a
generator of seed 2^32: two words a frame. Stretches of 2000 frames take turns: random actions; random actions that last; a simple
policy that plays from the observation and errs at times; the same policy without errors. MinAtarTests.swift does the same.

Writes one file a game beside this file, with
  checksum  uint64 [1000]  of 100 frames each: FNV-1a of their observations [C, 10, 10], rewards and ends, a byte each
"""
import logging
import sys
from pathlib import Path

import numpy
from safetensors.numpy import save_file

logging.disable(logging.CRITICAL)  # It has no display, and says so.
from minatar import Environment  # noqa: E402

FRAMES, BLOCK, STRETCH = 100_000, 100, 2000
STAY, LEFT, UP, RIGHT, DOWN, FIRE = range(6)
OFFSETS = [(0, 0), (-1, 0), (0, -1), (1, 0), (0, 1)]
MASK = (1 << 64) - 1


class SplitMix64:
    """With the two methods that the games draw by."""

    def __init__(self, seed):
        self.state = seed

    def word(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    def rand(self, count=None):
        if count is not None:
            return numpy.array([self.rand() for _ in range(count)])
        return (self.word() >> 11) * 2.0**-53

    def randint(self, low, high=None, size=None):
        if high is None:
            low, high = 0, low
        if size is not None:
            return numpy.array([self.randint(low, high) for _ in range(size)])
        return low + int(self.rand() * (high - low))


class Board:
    """An observation, as the policies read it."""

    def __init__(self, numbers):
        self.numbers = numbers

    def has(self, plane, x, y):
        return 0 <= x < 10 and 0 <= y < 10 and self.numbers[plane * 100 + y * 10 + x] == 1

    def cells(self, plane):
        """Columns and rows, from the upper left corner on."""
        return [(i % 10, i // 10) for i in range(100) if self.numbers[plane * 100 + i] == 1]


def toward(x, target):
    return STAY if x == target else LEFT if target < x else RIGHT


def breakout(board):
    """Goes where the ball will come down, from the middle rows if it still rises."""
    (paddle, _), (x, y), (old, above) = board.cells(0)[0], board.cells(1)[0], board.cells(2)[0]
    target = x + (x - old) * (8 - y if y > above else abs(y - 4) + 4)
    target = -1 - target if target < 0 else 19 - target if target > 9 else target
    return toward(paddle, target)


def space_invaders(board):
    """Avoids bullets, seeks the nearest column of aliens and fires."""
    x = board.cells(0)[0][0]

    def is_safe(column):
        return 0 <= column < 10 and not any(board.has(5, column, y) for y in (7, 8, 9)) and not board.has(1, column, 8)

    if not is_safe(x):
        return LEFT if is_safe(x - 1) else RIGHT
    columns = sorted({column for column, _ in board.cells(1)}, key=lambda column: (abs(column - x), column))
    if not columns:
        return STAY
    if abs(columns[0] - x) <= 1 and not any(board.has(4, column, y) for column in range(10) for y in (6, 7, 8, 9)):
        return FIRE
    move = toward(x, columns[0])
    return move if is_safe(x + OFFSETS[move][0]) else STAY


def freeway(board):
    """Goes up where no car is near."""
    y = board.cells(0)[0][1]
    return STAY if any(board.has(1, x, y - 1) for x in (3, 4, 5)) else UP


def best_move(x, y, rows, score):
    """The first of the moves with the highest score of where they lead."""
    best, highest = STAY, -(10**6)
    for move in (STAY, LEFT, UP, RIGHT, DOWN):
        column, row = min(max(x + OFFSETS[move][0], 0), 9), min(max(y + OFFSETS[move][1], rows[0]), rows[1])
        value = score(column, row)
        if value > highest:
            best, highest = move, value
    return best


def asterix(board):
    """Keeps away from enemies, seeks gold."""
    x, y = board.cells(0)[0]
    enemies, gold = board.cells(1), board.cells(3)

    def score(column, row):
        danger = sum(1 for ex, ey in enemies if ey == row and abs(ex - column) <= 2)
        return max([20 - abs(gx - column) - abs(gy - row) for gx, gy in gold], default=0) - 100 * danger

    return best_move(x, y, (1, 8), score)


def seaquest(board):
    """Keeps away from enemies, fires at those ahead, seeks divers, and goes up with six or when it is out of breath."""
    (x, y), back = board.cells(0)[0], board.cells(1)[0][0]
    facing = 1 if back < x else -1
    oxygen, saved = len(board.cells(7)), len(board.cells(8))
    enemies, bullets, divers = board.cells(5) + board.cells(6), board.cells(4), board.cells(9)
    goes_up = saved >= 6 or (saved > 0 and oxygen <= 7)

    def score(column, row):
        danger = sum(1 for ex, ey in enemies if ey == row and abs(ex - column) <= 2)
        danger += sum(1 for bx, by in bullets if by == row and abs(bx - column) <= 2)
        goal = 20 - 2 * row if goes_up else max([20 - abs(dx - column) - abs(dy - row) for dx, dy in divers], default=0)
        return goal - 100 * danger

    if y == 0:
        return DOWN
    if any(ey == y and 0 < (ex - x) * facing <= 9 for ex, ey in enemies) and not board.has(2, x + facing, y):
        if not goes_up and not any(by == y and abs(bx - x) <= 2 for bx, by in bullets):
            return FIRE
    return best_move(x, y, (0 if goes_up else 1, 8), score)


GAMES = {"breakout": breakout, "space_invaders": space_invaders, "asterix": asterix, "freeway": freeway, "seaquest": seaquest}


class Choices:
    """Chooses the actions of all frames."""

    def __init__(self, policy):
        self.policy, self.random, self.frame, self.last = policy, SplitMix64(1 << 32), 0, STAY

    def next(self, observation):
        chance, action = self.random.rand(), self.random.randint(6)
        stretch = self.frame // STRETCH % 4
        self.frame += 1
        if stretch == 1 and chance >= 0.125:
            action = self.last
        elif stretch == 3 or (stretch == 2 and chance >= 0.05):
            action = self.policy(Board(observation))
        self.last = action
        return action


def frames(game, count=FRAMES):
    """Observation, reward and end of every frame, and the environment to look at."""
    environment = Environment(game)
    choices, episode = Choices(GAMES[game]), 0

    def observe():
        return environment.state().transpose(2, 0, 1).astype(numpy.uint8).tobytes()

    def reset():
        environment.random = environment.env.random = SplitMix64(episode)
        environment.reset()
        return observe()

    observation = reset()
    for _ in range(count):
        reward, is_over = environment.act(choices.next(observation))
        observation = observe()
        yield observation, reward, is_over, environment
        if is_over:
            episode += 1
            observation = reset()


def main():
    for game in sys.argv[1:] or GAMES:
        checksums, checksum, rewards, episodes = [], 0, 0, 0
        for frame, (observation, reward, is_over, _) in enumerate(frames(game)):
            assert reward == int(reward) and 0 <= reward < 256
            if frame % BLOCK == 0:
                checksum = 0xCBF29CE484222325
            for byte in observation + bytes([int(reward), int(is_over)]):
                checksum = ((checksum ^ byte) * 0x100000001B3) & MASK
            if frame % BLOCK == BLOCK - 1:
                checksums.append(checksum)
            rewards, episodes = rewards + reward, episodes + is_over
        file = Path(__file__).with_name(f"{game.replace('_', '-')}.safetensors")
        save_file({"checksum": numpy.array(checksums, numpy.uint64)}, file, {"source": "minatar 1.0.15"})
        print(f"{game}: {episodes} episodes, {rewards:g} points")


if __name__ == "__main__":
    main()
