"""Where a monotone alignment runs: a corridor through the matrix of two texts, found coarse to fine.

The idea of looking at blocks of sentences first, then at ever smaller ones near the path found, is
that of FastDTW (Salvador & Chan 2007) as vecalign uses it (Thompson & Koehn 2019): time and memory
grow linearly with the texts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from pipeline.align.runs import Runs
from pipeline.embed import Floats, Matrix

Indices = NDArray[np.int64]
# Gains of one row at columns `first` to `after - 1`.
_Gains: TypeAlias = Callable[[int, int, int], Floats]
Cell: TypeAlias = tuple[int, int]

# At the coarsest level the longer text has at most so many blocks, and all cells are looked at.
_COARSEST = 150
# So many blocks around the path of one level are looked at in the next finer one.
_AROUND_COARSE = 10
# A block counts as a match as far as its cosine is above that of any two blocks, by at least this.
_ABOVE_BACKGROUND = 0.05


@dataclass(frozen=True)
class Corridor:
    """Of each boundary 0..n of one text, the boundaries `low` to `high` of the other one that a path may meet."""

    low: Indices  # (n + 1,), never falling, from 0
    high: Indices  # (n + 1,), never falling, to m

    def width(self, row: int) -> int:
        return int(self.high[row] - self.low[row]) + 1


def match(a: Runs, b: Runs, n: int, m: int) -> list[Cell]:
    """The likeliest chain of 1-1 matches between n and m texts, both sides rising; the first pass of the alignment."""
    size = 1
    while max(n, m) > _COARSEST * size:
        size *= 2
    chain: list[Cell] | None = None
    while size:
        u, v = blocks(a, n, size), blocks(b, m, size)
        if chain is None:
            corridor = Corridor(np.zeros(len(u) + 1, dtype=np.int64), np.full(len(u) + 1, len(v), dtype=np.int64))
        else:
            corridor = around(_finer(chain, len(u), len(v)), len(u), len(v), _AROUND_COARSE)
        chain = heaviest_chain(_gains(u, v), corridor)
        size //= 2
    return chain or []


def blocks(runs: Runs, count: int, size: int) -> Matrix:
    """The vectors of blocks of `size` adjacent texts of `count`, the last one maybe shorter."""
    first = np.arange(0, count, size, dtype=np.int64)
    return runs.vectors(first, np.minimum(first + size, count))


def _gains(u: Matrix, v: Matrix) -> _Gains:
    background_u, background_v = u @ v.mean(axis=0), v @ u.mean(axis=0)

    def gains(row: int, first: int, after: int) -> Floats:
        above = v[first:after] @ u[row] - np.maximum(background_u[row], background_v[first:after])
        return np.asarray(np.maximum(above - _ABOVE_BACKGROUND, 0.0) ** 2, dtype=np.float64)

    return gains


def _finer(chain: Sequence[Cell], rows: int, columns: int) -> list[Cell]:
    """A chain of blocks as one of blocks of half the size."""
    found: list[Cell] = []
    for i, j in chain:
        found += [(2 * i + d, 2 * j + d) for d in (0, 1) if 2 * i + d < rows and 2 * j + d < columns]
    return found


def heaviest_chain(gains: _Gains, corridor: Corridor) -> list[Cell]:
    """The rising chain of cells with the largest sum of gains; no cell without gain is in it."""
    low, high = corridor.low, corridor.high
    best = [np.zeros(corridor.width(0))]
    won = [np.zeros(0)]
    for row in range(1, len(low)):
        values = np.full(corridor.width(row), -np.inf)
        first, last = max(low[row], low[row - 1]), min(high[row], high[row - 1])
        if first <= last:
            values[first - low[row] : last - low[row] + 1] = best[-1][first - low[row - 1] : last - low[row - 1] + 1]
        # A match in column j - 1 leads from boundary j - 1 to boundary j.
        first, last = max(low[row], low[row - 1] + 1), min(high[row], high[row - 1] + 1)
        gain = np.zeros(corridor.width(row))
        if first <= last:
            here = slice(first - low[row], last - low[row] + 1)
            gain[here] = gains(row - 1, first - 1, last)
            before = best[-1][first - 1 - low[row - 1] : last - low[row - 1]]
            values[here] = np.maximum(values[here], before + gain[here])
        best.append(np.maximum.accumulate(values))
        won.append(gain)
    chain: list[Cell] = []
    row, column = len(low) - 1, int(high[-1])
    while row:
        value = best[row][column - low[row]]
        if column > low[row] and best[row][column - 1 - low[row]] == value:
            column -= 1
        elif low[row - 1] <= column <= high[row - 1] and best[row - 1][column - low[row - 1]] == value:
            row -= 1
        else:
            row, column = row - 1, column - 1
            if won[row + 1][column + 1 - low[row + 1]] > 0:
                chain.append((row, column))
    return chain[::-1]


def around(chain: Sequence[Cell], rows: int, columns: int, radius: int) -> Corridor:
    """A corridor of `radius` boundaries to every side of a chain, straight where the chain has gaps."""
    corners = [(0, 0), *(corner for i, j in chain for corner in ((i, j), (i + 1, j + 1))), (rows, columns)]
    low = np.full(rows + 1, columns, dtype=np.int64)
    high = np.zeros(rows + 1, dtype=np.int64)
    for (i, j), (after_i, after_j) in pairwise(corners):
        across = np.arange(i, after_i + 1)
        down = j + (after_j - j) * (across - i) / max(after_i - i, 1)
        low[across] = np.minimum(low[across], np.floor(down).astype(np.int64))
        high[across] = np.maximum(high[across], np.ceil(down).astype(np.int64))
        if i == after_i:
            low[i], high[i] = min(low[i], j), max(high[i], after_j)
    wide_low, wide_high = low.copy(), high.copy()
    for step in range(1, min(radius, rows) + 1):
        wide_low[step:] = np.minimum(wide_low[step:], low[:-step])
        wide_high[:-step] = np.maximum(wide_high[:-step], high[step:])
    wide_low = np.maximum(wide_low - radius, 0)
    wide_high = np.minimum(wide_high + radius, columns)
    wide_low[0], wide_high[-1] = 0, columns
    return Corridor(np.minimum.accumulate(wide_low[::-1])[::-1], np.maximum.accumulate(wide_high))
