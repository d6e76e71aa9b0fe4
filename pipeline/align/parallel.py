"""Beads of two texts that are translations of each other: a monotone alignment in two passes.

The first pass finds the corridor that the alignment runs through (`coarse`). The second takes, of all
ways through it in beads up to 5-1, 3-3 and null beads, the one whose scores (`bead_scores`) have the
largest sum: a semi-Markov conditional random field (Sarawagi & Cohen 2004), so that a bead's score is
its probability given both texts. Time and memory grow linearly with the texts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.align import bead_scores
from pipeline.align.bead_scores import SIZES, Block, Pair, Size, Weights
from pipeline.align.coarse import Corridor
from pipeline.align.side import Side, link
from pipeline.embed import Encoder, Floats
from pipeline.language import Language
from pipeline.model import Link

_NEVER = -1e9
_DELETE, _INSERT = (1, 0), (0, 1)
_STEPS: tuple[Size, ...] = (_DELETE, *SIZES)


@dataclass(frozen=True)
class Bead:
    """Segments `a` and `b` say the same; one of them is empty where a segment has no counterpart."""

    a: range
    b: range
    score: float  # probability


@dataclass(frozen=True)
class Lattice:
    """The scores of all beads in a corridor of n + 1 rows.

    `scores[size][i]` (width of row i,): beads that begin at boundary i of a and each boundary of b.
    """

    corridor: Corridor
    scores: dict[Size, list[Floats]]
    null_a: Floats  # (n,)
    null_b: Floats  # (m,)


def align(a: Sequence[str], b: Sequence[str], encoder: Encoder, languages: tuple[Language, Language]) -> list[Bead]:
    """The beads of two texts of n and m segments, in order; each segment is in just one of them."""
    if not a or not b:
        return [Bead(range(i, i + 1), range(0), 1.0) for i in range(len(a))] + [
            Bead(range(0), range(j, j + 1), 1.0) for j in range(len(b))
        ]
    first, second = bead_scores.text(a, languages[0], encoder), bead_scores.text(b, languages[1], encoder)
    return beads(bead_scores.pair(first, second))


def links(a: Side, b: Side, encoder: Encoder) -> list[Link]:
    """The beads of two sources that are translations of each other, null beads left out."""
    languages = (Language(a.language), Language(b.language))
    found = align(a.texts, b.texts, encoder, languages)
    return [link(a, b, bead.a, bead.b, bead.score) for bead in found if bead.a and bead.b]


def beads(both: Pair, weights: Weights | None = None) -> list[Bead]:
    """The best path's beads, each with its probability."""
    found = lattice(both, weights or bead_scores.default())
    _, probable = marginals(found)
    return [
        Bead(range(i, i + p), range(j, j + q), round(_value(probable, i, j, (p, q)), 4))
        for i, j, (p, q) in best_path(found)
    ]


def lattice(
    both: Pair, weights: Weights, blocks: Iterable[Block] | None = None, nulls: tuple[Floats, Floats] | None = None
) -> Lattice:
    """All beads in the corridor of a pair, scored; by features at hand, or they are computed."""
    low, high = both.corridor.low, both.corridor.high
    scores: dict[Size, list[Floats]] = {size: [] for size in SIZES}
    for block in blocks or bead_scores.blocks(both):
        for size in SIZES:
            values = np.where(block.possible[size], weights.of(size, block.features[size]), _NEVER)
            for offset, row in enumerate(values):
                i = block.first_row + offset
                scores[size].append(row[low[i] - block.first_column : high[i] + 1 - block.first_column].copy())
    null_a, null_b = nulls or bead_scores.null_features(both)
    return Lattice(both.corridor, scores, null_a @ weights.null, null_b @ weights.null)


def _value(found: Lattice, i: int, j: int, size: Size) -> float:
    if size == _DELETE:
        return float(found.null_a[i])
    if size == _INSERT:
        return float(found.null_b[j])
    return float(found.scores[size][i][j - found.corridor.low[i]])


def _shared(corridor: Corridor, i: int, size: Size) -> tuple[slice, slice]:
    """Where in row i beads of a size begin, and where in row i + p they end."""
    p, q = size
    first = max(corridor.low[i], corridor.low[i + p] - q)
    after = min(corridor.high[i], corridor.high[i + p] - q) + 1
    after = max(after, first)
    return (
        slice(first - corridor.low[i], after - corridor.low[i]),
        slice(first + q - corridor.low[i + p], after + q - corridor.low[i + p]),
    )


def _step(found: Lattice, i: int, size: Size, begins: slice) -> Floats | float:
    return float(found.null_a[i]) if size == _DELETE else found.scores[size][i][begins]


def best_path(found: Lattice) -> list[tuple[int, int, Size]]:
    """The beads of the path with the largest sum of scores, each by where it begins and its size (Viterbi)."""
    corridor = found.corridor
    inserted = np.concatenate([[0.0], np.cumsum(found.null_b)])
    best: list[Floats] = []
    taken: list[NDArray[np.int8]] = []
    rows = len(corridor.low)
    for row in range(rows):
        values = np.full(corridor.width(row), _NEVER)
        step = np.full(corridor.width(row), -1, dtype=np.int8)
        if not row:
            values[0] = 0.0
        for index, size in enumerate(_STEPS):
            i = row - size[0]
            if i < 0:
                continue
            begins, ends = _shared(corridor, i, size)
            candidate = best[i][begins] + _step(found, i, size, begins)
            better = candidate > values[ends]
            values[ends] = np.where(better, candidate, values[ends])
            step[ends] = np.where(better, index, step[ends])
        before = inserted[corridor.low[row] : corridor.high[row] + 1]
        with_insertions = np.maximum.accumulate(values - before) + before
        step[with_insertions > values + 1e-9] = len(_STEPS)
        best.append(with_insertions)
        taken.append(step)
    path: list[tuple[int, int, Size]] = []
    i, j = rows - 1, int(corridor.high[-1])
    while i or j:
        size = (*_STEPS, _INSERT)[taken[i][j - corridor.low[i]]]
        i, j = i - size[0], j - size[1]
        path.append((i, j, size))
    return path[::-1]


def marginals(found: Lattice) -> tuple[float, Lattice]:
    """Log of the summed weights of all paths, and each bead's share of it: its probability.

    The probability that a segment has no counterpart is summed over all places where that can be.
    """
    corridor, low = found.corridor, found.corridor.low
    forward, backward = _forward(found), _backward(found)
    total = float(forward[-1][-1])
    probable: dict[Size, list[Floats]] = {
        size: [np.zeros_like(row) for row in rows] for size, rows in found.scores.items()
    }
    null_a, null_b = np.zeros_like(found.null_a), np.zeros_like(found.null_b)
    for row in range(len(low)):
        for size in _STEPS:
            if row + size[0] >= len(low):
                continue
            begins, ends = _shared(corridor, row, size)
            weight = forward[row][begins] + _step(found, row, size, begins) + backward[row + size[0]][ends] - total
            share = np.exp(np.minimum(weight, 0.0))
            if size == _DELETE:
                null_a[row] = share.sum()
            else:
                probable[size][row][begins] = share
        inserted = slice(low[row], corridor.high[row])
        weight = forward[row][:-1] + found.null_b[inserted] + backward[row][1:] - total
        null_b[inserted] += np.exp(np.minimum(weight, 0.0))
    return total, Lattice(corridor, probable, np.minimum(null_a, 1.0), np.minimum(null_b, 1.0))


def _forward(found: Lattice) -> list[Floats]:
    """Log of the summed weights of all ways from the start to each boundary."""
    corridor = found.corridor
    inserted = np.concatenate([[0.0], np.cumsum(found.null_b)])
    sums: list[Floats] = []
    for row in range(len(corridor.low)):
        values = np.full(corridor.width(row), _NEVER)
        if not row:
            values[0] = 0.0
        for size in _STEPS:
            i = row - size[0]
            if i >= 0:
                begins, ends = _shared(corridor, i, size)
                values[ends] = np.logaddexp(values[ends], sums[i][begins] + _step(found, i, size, begins))
        before = inserted[corridor.low[row] : corridor.high[row] + 1]
        sums.append(np.logaddexp.accumulate(values - before) + before)
    return sums


def _backward(found: Lattice) -> list[Floats]:
    """Log of the summed weights of all ways from each boundary to the end."""
    corridor = found.corridor
    inserted = np.concatenate([[0.0], np.cumsum(found.null_b)])
    rows = len(corridor.low)
    sums: list[Floats] = [np.zeros(0)] * rows
    for row in range(rows - 1, -1, -1):
        values = np.full(corridor.width(row), _NEVER)
        if row == rows - 1:
            values[-1] = 0.0
        for size in _STEPS:
            if row + size[0] < rows:
                begins, ends = _shared(corridor, row, size)
                values[begins] = np.logaddexp(
                    values[begins], sums[row + size[0]][ends] + _step(found, row, size, begins)
                )
        before = inserted[corridor.low[row] : corridor.high[row] + 1]
        sums[row] = np.logaddexp.accumulate((values + before)[::-1])[::-1] - before
    return sums
