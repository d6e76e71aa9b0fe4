"""What speaks for and against a bead of parallel text: features of beads and of null beads, and their weights.

What the published aligners look at is here too: the cosine of two runs less that to random sentences
(Thompson & Koehn 2019 divide by it), what neighbouring runs would gain and the ratio of lengths (Liu &
Zhu 2022). New is the look at the two ends of a bead: whether the clause before a boundary and the one
behind it belong with their counterparts or with each other's.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from pipeline.align.coarse import Cell, Corridor, around, match
from pipeline.align.runs import Runs, prefix, runs
from pipeline.align.side import clauses, weight
from pipeline.embed import Encoder, Floats, Matrix
from pipeline.language import Language

# Segments of a by segments of b in a bead.
Size: TypeAlias = tuple[int, int]

LONGEST = 5  # segments on one side
SIZES: tuple[Size, ...] = tuple((p, q) for p in range(1, LONGEST + 1) for q in range(1, LONGEST + 1))
# Beads of these sizes, either way round, share a bias.
BIASES: tuple[Size, ...] = tuple(sorted({(min(size), max(size)) for size in SIZES}))

FEATURES = (
    "cosine",  # of the two runs
    "margin",  # that less the mean cosine of both to random segments
    "wider",  # cosine gained by the best run that is one segment longer on one side
    "narrower",  # cosine gained by the best one that is one segment shorter on one side
    "length_ratio",  # log, without sign, at most 2
    "same_mark",  # both end in the same mark
    "question",  # just one ends in a question or exclamation mark, or they end in different ones
    "length",  # log of the text in the bead, in typical pairs of segments
    "alike",  # the five below, at both ends together: cosines of the clauses before and of those behind the boundary
    "crossed",  # of the clause before with the one behind it on the other side
    "leak",  # how much nearer the clauses at the boundary are to the segment across it than to their own counterpart
    "drift",  # the same, with sign
    "worst_leak",
)
ENDS = FEATURES.index("alike")
NULL_FEATURES = ("one", "best", "length", "unended")  # of a segment without a counterpart

RADIUS = 15  # boundaries around the first pass's chain
_ROWS = 32  # boundaries whose beads are looked at together
_SHORTEST_CLAUSE = 14  # letters
_SAMPLE = 200  # segments that stand for random ones
_END_MARKS = {mark: kind for kind, marks in enumerate(("", ".。", "!！", "?？", ":：", ";；", ",，")) for mark in marks}
_EXCLAIMS = (2, 3)
_TRAILING = "\"'”’」』»)）]】… "


@dataclass(frozen=True)
class Text:
    """n segments as parallel alignment sees them."""

    size: int  # n
    runs: Runs
    spans: tuple[Matrix, ...]  # spans[p - 1] (n - p + 1, d): the runs of p segments
    heads: Matrix  # (n, d) first clauses
    tails: Matrix  # (n, d) last clauses
    weights: Floats  # (n + 1,) letters before each boundary
    marks: NDArray[np.int64]  # (n,) kind of the closing mark, 0 for none


def text(segments: Sequence[str], language: Language, encoder: Encoder) -> Text:
    """One or more segments as a `Text`."""
    count = len(segments)
    own = runs(encoder, segments, " " if language.spaced else "")
    pieces = [clauses(segment, _SHORTEST_CLAUSE) for segment in segments]
    return Text(
        size=count,
        runs=own,
        spans=tuple(own.vectors(*_spans(count, p)) for p in range(1, LONGEST + 1)),
        heads=encoder.encode([piece[0] for piece in pieces]),
        tails=encoder.encode([piece[-1] for piece in pieces]),
        weights=prefix(np.array([1.0 + weight(segment) for segment in segments])),
        marks=np.array([_END_MARKS.get(segment.rstrip(_TRAILING)[-1:], 0) for segment in segments], dtype=np.int64),
    )


def _spans(count: int, size: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    first = np.arange(max(count - size + 1, 0))
    return first, first + size


@dataclass(frozen=True)
class Pair:
    """Two texts of n and m segments, and what is measured of them as a whole."""

    a: Text
    b: Text
    chain: tuple[Cell, ...]  # the first pass's 1-1 matches
    corridor: Corridor
    background_a: tuple[Floats, ...]  # [p - 1] (n - p + 1,): mean cosine of each run to random segments of b
    background_b: tuple[Floats, ...]
    ratio: float  # letters of b for one of a
    typical: float  # cosine of a likely 1-1 bead
    length: float  # letters of b in a typical segment of each, together


def pair(a: Text, b: Text) -> Pair:
    """The first pass over two texts."""
    chain = match(a.runs, b.runs, a.size, b.size)
    cosines = np.array([a.spans[0][i] @ b.spans[0][j] for i, j in chain])
    likely = cosines[cosines > 0.3]
    ratio = float(b.weights[-1] / a.weights[-1])
    return Pair(
        a=a,
        b=b,
        chain=tuple(chain),
        corridor=around(chain, a.size, b.size, RADIUS),
        background_a=_background(a, b),
        background_b=_background(b, a),
        ratio=ratio,
        typical=float(np.median(likely)) if len(likely) else 0.5,
        length=float(np.median(np.diff(a.weights)) * ratio + np.median(np.diff(b.weights))),
    )


def _background(a: Text, b: Text) -> tuple[Floats, ...]:
    sample = np.unique(np.linspace(0, b.size - 1, _SAMPLE).astype(int))
    mean = b.spans[0][sample].mean(axis=0)
    return tuple(np.asarray(span @ mean, dtype=np.float64) for span in a.spans)


@dataclass(frozen=True)
class Block:
    """Features of the beads that begin at r boundaries of a by c boundaries of b."""

    first_row: int
    first_column: int
    features: Mapping[Size, Floats]  # (r, c, f)
    possible: Mapping[Size, NDArray[np.bool_]]  # (r, c): the bead ends within both texts


def blocks(both: Pair) -> Iterator[Block]:
    """The features of all beads in the corridor, some rows at a time."""
    low, high = both.corridor.low, both.corridor.high
    for first in range(0, both.a.size + 1, _ROWS):
        after = min(first + _ROWS, both.a.size + 1)
        yield _block(both, np.arange(first, after), np.arange(low[first], high[after - 1] + 1))


def _block(both: Pair, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> Block:
    a, b = both.a, both.b
    cosines = _Cosines(a, b, rows, columns)
    ends = _ends(a, b, np.arange(rows[0], rows[-1] + LONGEST + 1), np.arange(columns[0], columns[-1] + LONGEST + 1))
    features, possible = {}, {}
    for p, q in SIZES:
        last_a, last_b = np.minimum(rows + p, a.size), np.minimum(columns + q, b.size)
        cosine = cosines.at(p, q)
        random = (_padded(both.background_a[p - 1], rows) + _padded(both.background_b[q - 1], columns).T) / 2
        letters_a = ((a.weights[last_a] - a.weights[rows]) * both.ratio)[:, None]
        letters_b = (b.weights[last_b] - b.weights[columns])[None, :]
        ratio = np.abs(np.log(np.maximum(letters_a, 1) / np.maximum(letters_b, 1)))
        mark_a, mark_b = a.marks[last_a - 1][:, None], b.marks[last_b - 1][None, :]
        same = mark_a == mark_b
        wider = ((p + 1, q, 0, 0), (p + 1, q, -1, 0), (p, q + 1, 0, 0), (p, q + 1, 0, -1))
        narrower = ((p - 1, q, 0, 0), (p - 1, q, 1, 0), (p, q - 1, 0, 0), (p, q - 1, 0, 1))
        height, width = len(rows), len(columns)
        stack = [
            cosine,
            cosine - random,
            cosines.gain(cosine, wider),
            cosines.gain(cosine, narrower),
            np.minimum(ratio, 2.0),
            same,
            ~same & (np.isin(mark_a, _EXCLAIMS) | np.isin(mark_b, _EXCLAIMS)),
            np.log(np.clip((letters_a + letters_b) / both.length, 0.05, 6.0)),
            *np.moveaxis(ends[:height, :width] + ends[p : p + height, q : q + width], -1, 0),
        ]
        fits = (rows + p <= a.size)[:, None] & (columns + q <= b.size)[None, :]
        features[p, q] = np.where(fits[..., None], np.stack(np.broadcast_arrays(*stack), axis=-1), 0.0)
        possible[p, q] = fits
    return Block(int(rows[0]), int(columns[0]), features, possible)


def _padded(values: Floats, places: NDArray[np.int64]) -> Floats:
    """Values at places as a column; past the end nothing is asked for that counts."""
    if not len(values):
        return np.zeros((len(places), 1))
    return np.asarray(values[np.minimum(places, len(values) - 1)][:, None])


class _Cosines:
    """Cosines of runs by where they begin: those of a block, and one row and column around it."""

    def __init__(self, a: Text, b: Text, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> None:
        self._shape = (len(rows), len(columns))
        around_rows = np.arange(rows[0] - 1, rows[-1] + 2)
        around_columns = np.arange(columns[0] - 1, columns[-1] + 2)
        self._known = {(p, q): _cosines(a.spans[p - 1], b.spans[q - 1], around_rows, around_columns) for p, q in SIZES}

    def at(self, p: int, q: int, down: int = 0, right: int = 0) -> Floats:
        """(r, c) cosines of runs of p and q segments that begin so far from the beads; -1 where there is none."""
        height, width = self._shape
        return self._known[p, q][1 + down : 1 + down + height, 1 + right : 1 + right + width]

    def gain(self, cosine: Floats, others: Sequence[tuple[int, int, int, int]]) -> Floats:
        """How much better than `cosine` the best of other runs are, 0 where there are none."""
        found = [self.at(*other) for other in others if other[:2] in self._known]
        if not found:
            return np.zeros(self._shape)
        best = np.maximum.reduce(found)
        return np.where(best > -1, best - cosine, 0.0)


def _cosines(a: Matrix, b: Matrix, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> Floats:
    found = np.full((len(rows), len(columns)), -1.0)
    inside_a, inside_b = (rows >= 0) & (rows < len(a)), (columns >= 0) & (columns < len(b))
    if inside_a.any() and inside_b.any():
        found[np.ix_(inside_a, inside_b)] = a[rows[inside_a]] @ b[columns[inside_b]].T
    return found


def _ends(a: Text, b: Text, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> Floats:
    """(r, c, 5) how well boundaries of a and b suit each other; 0 at the ends of a text, where they do."""
    i, next_i = np.clip(rows - 1, 0, a.size - 1), np.clip(rows, 0, a.size - 1)
    j, next_j = np.clip(columns - 1, 0, b.size - 1), np.clip(columns, 0, b.size - 1)
    tail_a, head_a, tail_b, head_b = a.tails[i], a.heads[next_i], b.tails[j], b.heads[next_j]
    before_a, behind_a, before_b, behind_b = a.spans[0][i], a.spans[0][next_i], b.spans[0][j], b.spans[0][next_j]
    leaks = (
        tail_a @ behind_b.T - tail_a @ before_b.T,
        head_a @ before_b.T - head_a @ behind_b.T,
        behind_a @ tail_b.T - before_a @ tail_b.T,
        before_a @ head_b.T - behind_a @ head_b.T,
    )
    suited = np.stack(
        [
            tail_a @ tail_b.T + head_a @ head_b.T,
            tail_a @ head_b.T + head_a @ tail_b.T,
            sum(np.maximum(leak, 0.0) for leak in leaks),
            sum(leaks),
            np.maximum.reduce(leaks),
        ],
        axis=-1,
    )
    inside = ((rows > 0) & (rows < a.size))[:, None] & ((columns > 0) & (columns < b.size))[None, :]
    return np.where(inside[..., None], suited, 0.0)


def null_features(both: Pair) -> tuple[Floats, Floats]:
    """Features (n, f) and (m, f) of null beads."""
    a, b, corridor = both.a, both.b, both.corridor
    best_a, best_b = np.full(a.size, -1.0), np.full(b.size, -1.0)
    for i in range(a.size):
        first, after = corridor.low[i], min(int(corridor.high[i]) + 1, b.size)
        if first < after:
            cosines = b.spans[0][first:after] @ a.spans[0][i]
            best_a[i] = cosines.max()
            best_b[first:after] = np.maximum(best_b[first:after], cosines)

    def features(own: Text, best: Floats, ratio: float) -> Floats:
        lengths = np.diff(own.weights) * ratio * 2 / both.length
        above = np.clip(best - both.typical, -0.6, 0.6)
        return np.stack([np.ones(own.size), above, np.log(np.maximum(lengths, 0.05)), own.marks == 0], axis=-1)

    return features(a, best_a, both.ratio), features(b, best_b, 1.0)


@dataclass(frozen=True)
class Weights:
    """Log-linear weights: of null beads, of the size of beads, of their features, and what is added to
    the last where a bead holds more than one segment on a side. The two sides are weighed alike."""

    null: Floats  # (null features,)
    bias: Floats  # (biases,)
    features: Floats  # (features,)
    merged: Floats  # (features,)

    def of(self, size: Size, features: Floats) -> Floats:
        """Scores (...,) of beads of one size by their features (..., f)."""
        weights = self.features if size == (1, 1) else self.features + self.merged
        return np.asarray(features @ weights + self.bias[BIASES.index((min(size), max(size)))])


@functools.cache
def default() -> Weights:
    """The trained weights that come with the program."""
    stored = json.loads((resources.files("pipeline.align") / "parallel.json").read_text(encoding="utf-8"))
    if stored["features"] != list(FEATURES) or stored["null_features"] != list(NULL_FEATURES):
        raise AssertionError("align/parallel.json is of other features; run benchmarks/train_parallel.py.")
    return Weights(**{name: np.array(stored["weights"][name]) for name in Weights.__dataclass_fields__})
