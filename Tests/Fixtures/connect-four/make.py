"""Exact values of positions of Connect Four on 5 x 4, by plain minimax over strings of cells: no bits, no bounds.

Needs numpy and safetensors; takes about a minute. Writes, beside this file, positions.safetensors:

cells    [N, 20]  0 empty, 1 a stone of who is to move, 2 one of the other; rows from the top
worths   [N, 5]   what each move is worth to who makes it: 0 a draw, 1 + e a win that leaves e cells empty, -1 - e such a loss; -128 of a
                  full column
optimal  [N, 5]   1 of the moves that keep the game's value
"""

import os
import random
import sys

import numpy
from safetensors.numpy import save_file

COLUMNS, ROWS = 5, 4
CELLS = COLUMNS * ROWS
LINES = [
    [(row + i * dy) * COLUMNS + column + i * dx for i in range(4)]
    for row in range(ROWS)
    for column in range(COLUMNS)
    for dx, dy in ((1, 0), (0, 1), (1, 1), (-1, 1))
    if 0 <= column + 3 * dx < COLUMNS and row + 3 * dy < ROWS
]
THROUGH = [[line for line in LINES if cell in line] for cell in range(CELLS)]


def landing(board, column):
    """The lowest empty cell of a column; None where it is full."""
    for row in reversed(range(ROWS)):
        if board[row * COLUMNS + column] == ".":
            return row * COLUMNS + column
    return None


def drop(board, cell):
    """The board after a stone there, as the next player sees it, and whether the stone wins."""
    after = board[:cell] + "o" + board[cell + 1 :]
    won = any(all(after[c] == "o" for c in line) for line in THROUGH[cell])
    # What was mine is the other's now.
    return after.translate(str.maketrans("ox", "xo")), won


known = {}


def move_worths(board):
    worths = []
    for column in range(COLUMNS):
        cell = landing(board, column)
        if cell is None:
            worths.append(None)
            continue
        after, won = drop(board, cell)
        worths.append(1 + after.count(".") if won else -worth(after))
    return worths


def worth(board):
    if "." not in board:
        return 0
    if board not in known:
        known[board] = max(w for w in move_worths(board) if w is not None)
    return known[board]


def reachable(stones, generator):
    """A position after so many random moves; None where the game was over before."""
    board = "." * CELLS
    for _ in range(stones):
        cell = landing(board, generator.choice([c for c in range(COLUMNS) if landing(board, c) is not None]))
        board, won = drop(board, cell)
        if won:
            return None
    return board


def main():
    sys.setrecursionlimit(10_000)
    generator = random.Random(4)
    boards = ["." * CELLS]
    while len(boards) < 400:
        board = reachable(generator.randrange(1, CELLS), generator)
        if board is not None and board not in boards:
            boards.append(board)
    worths = [move_worths(board) for board in boards]
    sign = lambda number: (number > 0) - (number < 0)
    best = [max(sign(w) for w in row if w is not None) for row in worths]
    arrays = {
        # The mover's stones are "o".
        "cells": numpy.array([[".ox".index(c) for c in board] for board in boards], numpy.uint8),
        "worths": numpy.array([[-128 if w is None else w for w in row] for row in worths], numpy.int32),
        "optimal": numpy.array([[w is not None and sign(w) == b for w in row] for row, b in zip(worths, best)], numpy.uint8),
    }
    save_file(arrays, os.path.join(os.path.dirname(os.path.abspath(__file__)), "positions.safetensors"))
    values = numpy.array(best)
    print(len(boards), "positions; won, drawn, lost:", [(values == v).sum() for v in (1, 0, -1)], "; solved", len(known))


main()
