"""Links between two comparable texts: out of order, many-to-many, most segments without a counterpart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import TypeAlias

import numpy as np

from pipeline.align import scores
from pipeline.align.refine import refine
from pipeline.align.scores import Floats, Indices, Model, Models, Scored
from pipeline.align.side import Side, link, window
from pipeline.model import Link

# Of each segment, so many nearest segments of the other side are looked at.
_CANDIDATES = 6
# So many segments of a long source are looked at together.
_WINDOW = 1000
# What is less probable is forgotten there after the first look.
_HOPELESS = 0.01
# A second place of a statement that has one already (a fact told twice) must be this probable.
_REPEATED = 0.9
# A bead has at most so many segments on a side.
_LONGEST = 4

# Segments of a, segments of b, and the pairs that made the bead, each with its probability.
_Bead: TypeAlias = tuple[set[int], set[int], list[tuple[int, int, float]]]

# A unit that says less than this many letters ("Coding", "the future") is no statement to link.
_SHORTEST = 16

_HEADINGS = ("title", "heading")


def candidates(a: Side, b: Side) -> tuple[Indices, Indices]:
    """Pairs of segments worth scoring: each with its nearest on the other side, by whole and by part.

    A heading announces what another heading announces; it is never a sentence's counterpart.
    """
    if not a.size or not b.size:
        empty = np.zeros(0, dtype=np.int64)
        return empty, empty
    likeness = a.vectors @ b.vectors.T
    parts = np.maximum(
        np.maximum.reduceat(a.vectors @ b.parts.T, b.part_start, axis=1),
        np.maximum.reduceat(a.parts @ b.vectors.T, a.part_start, axis=0),
    )
    views = [likeness, parts]
    if len(a.pivot_vectors) and len(b.pivot_vectors):
        views.append(a.pivot_vectors @ b.pivot_vectors.T)
    chosen = np.zeros(likeness.shape, dtype=bool)
    for matrix in views:
        k = min(_CANDIDATES, b.size)
        np.put_along_axis(chosen, np.argsort(-matrix, axis=1, kind="stable")[:, :k], True, axis=1)
        k = min(_CANDIDATES, a.size)
        np.put_along_axis(chosen, np.argsort(-matrix, axis=0, kind="stable")[:k], True, axis=0)
    # A neighbour of a near segment may be the other half of its counterpart.
    wider = chosen.copy()
    wider[:, 1:] |= chosen[:, :-1]
    wider[:, :-1] |= chosen[:, 1:]
    wider[1:] |= chosen[:-1]
    wider[:-1] |= chosen[1:]
    heading_a = np.array([kind in _HEADINGS for kind in a.kinds])
    heading_b = np.array([kind in _HEADINGS for kind in b.kinds])
    wider &= heading_a[:, None] == heading_b[None, :]
    wider &= (a.weights >= _SHORTEST)[:, None] & (b.weights >= _SHORTEST)[None, :]
    rows, columns = np.nonzero(wider)
    return rows, columns


def evidence(a: Side, b: Side) -> tuple[Indices, Indices, Floats]:
    """The candidate pairs, as rows and columns (c,), and their features (c, len(FEATURES))."""
    nothing = np.zeros(0, dtype=np.int64)
    looks = [(nothing, nothing, np.zeros((0, len(scores.FEATURES)))), *_looks(a, b)]
    rows, columns, features = (np.concatenate(arrays) for arrays in zip(*looks))
    return rows, columns, features


def _looks(a: Side, b: Side) -> Iterator[tuple[Indices, Indices, Floats]]:
    """The evidence window by window of long sources, so that memory is bounded and what is usual (the
    margin, the best rival) is what it is in a text of the length of an article or ten."""
    for i in range(0, a.size, _WINDOW):
        for j in range(0, b.size, _WINDOW):
            one, other = window(a, i, min(i + _WINDOW, a.size)), window(b, j, min(j + _WINDOW, b.size))
            down, across = candidates(one, other)
            if len(down):
                yield down + i, across + j, scores.features(one, other, down, across)


def score(a: Side, b: Side, model: Model) -> Scored:
    """The first look: every candidate pair by itself; of long sources those that have any hope."""
    least = _HOPELESS if max(a.size, b.size) > _WINDOW else 0.0
    nothing = np.zeros(0, dtype=np.int64)
    looks = [(nothing, nothing, np.zeros((0, len(scores.FEATURES))), np.zeros(0))]
    for rows, columns, features in _looks(a, b):
        probability = model.probability(features)
        kept = probability >= least
        looks.append((rows[kept], columns[kept], features[kept], probability[kept]))
    return Scored((a.size, b.size), *(np.concatenate(arrays) for arrays in zip(*looks)))


def links(
    sides: Mapping[str, Side], minimum: float, supporting: float | None = None, models: Models | None = None
) -> dict[tuple[str, str], list[Link]]:
    """The beads between every two sources that are at least `minimum` probable, in the sources' order.

    With `supporting`, also those that are at least so probable; they add nothing to a bead above `minimum`.
    """
    models = models or scores.default_models()
    first = {(x, y): score(sides[x], sides[y], models.first) for x, y in combinations(sides, 2)}
    second = refine(first, models.second)
    floor = minimum if supporting is None else min(minimum, supporting)
    return {(x, y): beads(sides[x], sides[y], s, minimum, floor) for (x, y), s in second.items()}


def beads(a: Side, b: Side, scored: Scored, minimum: float, floor: float) -> list[Link]:
    """The candidate pairs that are at least `floor` probable gathered to n-m beads, in the order of a.

    Pairs are taken from the most probable down. A segment that has a counterpart gets a second
    one next to the first, where the two make one bead, and elsewhere only when that is nearly
    certain. Pairs under `minimum` make beads of their own, since what is dropped later must not take
    anything with it, nor be kept for its company.
    """
    growing: list[_Bead] = []
    of_a: dict[int, list[int]] = {}
    of_b: dict[int, list[int]] = {}
    rows, columns, probabilities = scored.rows, scored.columns, scored.probabilities
    complete: int | None = None  # so many beads are
    for index in np.lexsort((columns, rows, -probabilities)):
        i, j, probability = int(rows[index]), int(columns[index]), float(probabilities[index])
        if probability < floor:
            break
        if probability < minimum and complete is None:
            complete = len(growing)
        near = [
            number
            for number in dict.fromkeys(of_a.get(i, []) + of_b.get(j, []))
            if number >= (complete or 0) and _joins(growing[number], i, j, a, b)
        ]
        if near and (probability >= _REPEATED or i not in of_a or j not in of_b):
            number = near[0]
            growing[number][0].add(i)
            growing[number][1].add(j)
            growing[number][2].append((i, j, probability))
        elif i not in of_a or j not in of_b or probability >= _REPEATED:
            number = len(growing)
            growing.append(({i}, {j}, [(i, j, probability)]))
        else:
            continue
        for holders, place in ((of_a, i), (of_b, j)):
            if number not in holders.setdefault(place, []):
                holders[place].append(number)
    ordered = sorted(growing, key=lambda bead: (min(bead[0]), min(bead[1])))
    return [link(a, b, sorted(left), sorted(right), _weakest(pairs)) for left, right, pairs in ordered]


def _weakest(pairs: Sequence[tuple[int, int, float]]) -> float:
    """How probable a bead is: as much as the segment that has the least to do with it."""
    left: dict[int, float] = {}
    right: dict[int, float] = {}
    for i, j, probability in pairs:
        left[i] = max(left.get(i, 0.0), probability)
        right[j] = max(right.get(j, 0.0), probability)
    return min(*left.values(), *right.values())


def _joins(bead: _Bead, i: int, j: int, a: Side, b: Side) -> bool:
    """Whether the pair (i, j) makes the bead one longer on one side only, within one section."""
    left, right = bead[0] | {i}, bead[1] | {j}
    return _is_run(left, a.section) and _is_run(right, b.section) and (i in bead[0] or j in bead[1])


def _is_run(places: set[int], section: tuple[int, ...]) -> bool:
    first, last = min(places), max(places)
    return last - first + 1 == len(places) <= _LONGEST and section[first] == section[last]
