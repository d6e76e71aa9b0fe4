"""How likely two segments are to say the same thing: evidence in, a calibrated probability out."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from pipeline.align import lexical
from pipeline.align.gloss import coverage
from pipeline.align.side import LONGEST_RUN, Side

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
Cosines = NDArray[np.float32]

NEIGHBOURS = 4  # k of the ratio margin, as Artetxe & Schwenk (2019) chose it

FEATURES = (
    "cosine",  # of the two units as they stand
    "pivot",  # of their pivots; as "cosine" where there are none
    "margin",  # ratio margin of the mean of these two
    "gap_a",  # that mean less the best with any other unit of b
    "gap_b",  # that mean less the best with any other unit of a
    "context",  # of the two after their headings and the units before them
    "half_context",  # the better of one in its context with the other alone
    "run",  # best cosine of runs that hold the two
    "run_gain",  # how much a run loses without one of the two
    "part",  # best cosine of one with a part of the other
    "part_gap_a",  # that less the best of any other segment of b
    "part_gap_b",
    "part_part",  # best cosine of a part of one with a part of the other
    "near",  # best cosine of the neighbours before and after, in the same order
    "wording",  # likeness of wording, in one language or by the pivots
    "wording_gap",  # that less the best with any other unit on either side
    "no_wording",  # the two have no language in common
    "gloss",  # share of what each says that the gloss of the other has, geometric mean
    "gloss_most",  # the greater of the two shares
    "gloss_gap_a",  # "gloss" less the best with any other unit of b
    "gloss_gap_b",
    "gloss_most_gap",  # "gloss_most" less the best with any other unit on either side
    "gloss_around",  # as "gloss", of each in the other's context
    "gloss_around_gap",  # that less the best with any other unit on either side
    "no_gloss",  # one of the two has no gloss
    "names",  # rarity-weighted share of names that both have
    "rarest_name",  # rarity of the rarest name that both have
    "names_around",  # share of names that both have, those of their contexts counted
    "no_names",  # one of the two has none
    "numbers",  # share of numbers that both have
    "number_conflict",  # both have numbers and none in common
    "row",  # just one of the two is a table row, which names more than it says
    "headings",  # both are headings
    "length",  # log of the ratio of lengths, without sign
    "short",  # log of the shorter length
    "closeness",  # how alike the two sources are where they are most alike: translations more than reports
    "closeness_gap",  # the mean of "cosine" and "pivot" less that
)


@dataclass(frozen=True)
class Scored:
    """The candidate pairs of two sources: c cells of a matrix of shape (n, m), segments of a by
    segments of b, with their features (c, f) and the probability that they say the same (c,)."""

    shape: tuple[int, int]
    rows: Indices
    columns: Indices
    features: Floats
    probabilities: Floats


@dataclass(frozen=True)
class Model:
    """A network with one hidden layer of rectified units over standardised features.

    Trained on development data by `benchmarks/train_alignment.py`.
    `mean`, `scale` (f,); `hidden` (f, h), `hidden_bias` (h,); `output` (h,), `output_bias` (1,).
    """

    mean: Floats
    scale: Floats
    hidden: Floats
    hidden_bias: Floats
    output: Floats
    output_bias: Floats

    def probability(self, features: Floats) -> Floats:
        """Features (c, f) to probabilities (c,)."""
        units = np.maximum((features - self.mean) / self.scale @ self.hidden + self.hidden_bias, 0)
        return np.asarray(1 / (1 + np.exp(-(units @ self.output + self.output_bias))))


@dataclass(frozen=True)
class Models:
    """The model of the first look at a pair (`FEATURES`), and of the second (those and `refine.CONTEXT`)."""

    first: Model
    second: Model


@functools.cache
def default_models() -> Models:
    data = json.loads(resources.files("pipeline.align").joinpath("model.json").read_text(encoding="utf-8"))
    return Models(*(Model(**{k: np.array(v) for k, v in data[name].items()}) for name in ("first", "second")))


def features(a: Side, b: Side, rows: Indices, columns: Indices) -> Floats:
    """The evidence for candidate pairs, segment `rows[i]` of a with `columns[i]` of b: (c, len(FEATURES)).

    The ratio margin is that of Artetxe & Schwenk, "Margin-based Parallel Corpus Mining with
    Multilingual Sentence Embeddings" (2019).
    """
    cosines = a.vectors @ b.vectors.T
    to_parts = np.maximum.reduceat(a.vectors @ b.parts.T, b.part_start, axis=1)
    of_parts = np.maximum.reduceat(a.parts @ b.vectors.T, a.part_start, axis=0)
    part = np.maximum(np.maximum(to_parts, of_parts), cosines)
    part_part = np.maximum.reduceat(
        np.maximum.reduceat(a.parts @ b.parts.T, b.part_start, axis=1), a.part_start, axis=0
    )
    run, gain = _runs(a, b, cosines)
    context = a.context @ b.context.T
    half = np.maximum(a.context @ b.vectors.T, a.vectors @ b.context.T)
    pivots = cosines
    if len(a.pivot_vectors) and len(b.pivot_vectors):
        pivots = a.pivot_vectors @ b.pivot_vectors.T
        context = (context + a.pivot_context @ b.pivot_context.T) / 2
        half = (half + np.maximum(a.pivot_context @ b.pivot_vectors.T, a.pivot_vectors @ b.pivot_context.T)) / 2
    mean: Cosines = np.asarray((cosines + pivots) / 2, dtype=np.float32)
    usual = (_top_mean(mean)[:, None] + _top_mean(mean.T)[None, :]) / 2
    matrices = (
        cosines,
        pivots,
        mean / np.maximum(usual, 0.05),
        mean - _best_other(mean),
        mean - _best_other(mean.T).T,
        context,
        half,
        run,
        gain,
        part,
        part - _best_other(part),
        part - _best_other(part.T).T,
        part_part,
        _near(mean),
        *_wording(a, b),
        *_glosses(a, b),
    )
    closeness = _closeness(mean)
    rarity = _rarity(a, b)
    names, rarest, no_names = _shared_names(a.names, b.names, rarity, rows, columns)
    names_around, _, _ = _shared_names(a.names_around, b.names_around, rarity, rows, columns)
    numbers, conflict = _shared_numbers(a.numbers, b.numbers, rows, columns)
    length_a, length_b = a.weights[rows], b.weights[columns]
    return np.stack(
        [
            *(matrix[rows, columns] for matrix in matrices),
            names,
            rarest,
            names_around,
            no_names,
            numbers,
            conflict,
            *_kinds(a, b, rows, columns),
            np.abs(np.log(length_a / length_b)),
            np.log(np.minimum(length_a, length_b)),
            np.full(len(rows), closeness),
            mean[rows, columns] - closeness,
        ],
        axis=1,
    ).astype(np.float64)


def _wording(a: Side, b: Side) -> tuple[Cosines, Cosines, Cosines]:
    if a.language == b.language:
        cosines, none = lexical.cosines(a.texts, b.texts), 0.0
    elif len(a.pivot_vectors) and len(b.pivot_vectors):
        cosines, none = lexical.cosines(a.pivots, b.pivots), 0.0
    else:
        cosines, none = np.zeros((a.size, b.size), dtype=np.float32), 1.0
    rival = np.maximum(_best_other(cosines), _best_other(cosines.T).T)
    return cosines, cosines - rival, np.full_like(cosines, none)


def _glosses(a: Side, b: Side) -> tuple[Cosines, ...]:
    if not a.glosses or not b.glosses:
        nothing = np.zeros((a.size, b.size), dtype=np.float32)
        return (*[nothing] * 7, np.ones_like(nothing))
    (own_a, around_a), (own_b, around_b) = a.glosses, b.glosses
    in_b, in_a = coverage(own_a, own_b), coverage(own_b, own_a).T
    both, most = np.sqrt(in_b * in_a), np.maximum(in_b, in_a)
    around = np.sqrt(coverage(own_a, around_b) * coverage(own_b, around_a).T)
    return (
        both,
        most,
        both - _best_other(both),
        both - _best_other(both.T).T,
        most - np.maximum(_best_other(in_b), _best_other(in_a.T).T),
        around,
        around - np.maximum(_best_other(around), _best_other(around.T).T),
        np.zeros_like(both),
    )


def _closeness(cosines: Cosines) -> float:
    """Mean of the upper third of the cosines of pairs that are each other's nearest."""
    nearest = cosines.argmax(axis=1)
    mutual = cosines.argmax(axis=0)[nearest] == np.arange(len(cosines))
    found = np.sort(cosines.max(axis=1)[mutual])
    return float(found[len(found) * 2 // 3 :].mean())


def _top_mean(cosines: Cosines) -> Cosines:
    """Mean of the `NEIGHBOURS` highest cosines of each row."""
    k = min(NEIGHBOURS, cosines.shape[1])
    return np.asarray(np.partition(cosines, cosines.shape[1] - k, axis=1)[:, -k:].mean(axis=1))


def _best_other(cosines: Cosines) -> Cosines:
    """For each cell the highest value of its row outside that cell."""
    if cosines.shape[1] < 2:
        return np.zeros_like(cosines)
    best = cosines.argmax(axis=1)
    second = np.partition(cosines, -2, axis=1)[:, -2]
    other = np.repeat(cosines.max(axis=1)[:, None], cosines.shape[1], axis=1)
    other[np.arange(len(cosines)), best] = second
    return other


def _near(cosines: Cosines) -> Cosines:
    """The better of the cells diagonally before and after: neighbours that agree speak for a pair."""
    near = np.zeros_like(cosines)
    near[1:, 1:] = cosines[:-1, :-1]
    near[:-1, :-1] = np.maximum(near[:-1, :-1], cosines[1:, 1:])
    return near


def _runs(a: Side, b: Side, cosines: Cosines) -> tuple[Cosines, Cosines]:
    """For each pair of segments the best cosine of runs that hold both, and what it gains by both.

    The gain is the cosine of the run less that of the run without the segment: of two halves of a
    sentence each makes the other's run better, while a neighbour that says something else makes
    it worse.
    """
    best, gain = cosines.copy(), np.full_like(cosines, -1)
    _extend(a.vectors, b, cosines, best, gain)
    _extend(b.vectors, a, cosines.T, best.T, gain.T)
    starts_a, vectors_a = a.runs[2]
    starts_b, vectors_b = b.runs[2]
    if len(starts_a) and len(starts_b):
        both = vectors_a @ vectors_b.T
        for i in (0, 1):
            for j in (0, 1):
                cells = np.ix_(starts_a + i, starts_b + j)
                best[cells] = np.maximum(best[cells], both)
    return best, gain


def _extend(vectors: Cosines, side: Side, cosines: Cosines, best: Cosines, gain: Cosines) -> None:
    """Raise `best` and `gain` (in place) by the runs of `side`, against single segments of the other."""
    shorter: dict[int, Cosines] = {}  # first segment of a run of two to its cosines
    for length in range(2, LONGEST_RUN + 1):
        starts, runs = side.runs[length]
        if not len(starts):
            continue
        whole = vectors @ runs.T
        for offset in range(length):
            column = starts + offset
            best[:, column] = np.maximum(best[:, column], whole)
            if length == 2:
                without = cosines[:, starts + 1 - offset]
            elif offset == 0:
                without = np.stack([shorter[s + 1] for s in starts.tolist()], axis=1)
            elif offset == length - 1:
                without = np.stack([shorter[s] for s in starts.tolist()], axis=1)
            else:
                without = np.maximum(cosines[:, starts], cosines[:, starts + 2])
            # The other part must itself be about the same thing.
            gained = np.where(without > 0.3, whole - without, -1)
            gain[:, column] = np.maximum(gain[:, column], gained)
        if length == 2:
            shorter = {s: whole[:, index] for index, s in enumerate(starts.tolist())}


def _kinds(a: Side, b: Side, rows: Indices, columns: Indices) -> tuple[Floats, Floats]:
    """Whether just one of a pair is a table row, and whether both are headings."""
    row_a, row_b = (np.array([kind in ("cell", "row") for kind in side.kinds]) for side in (a, b))
    heading_a, heading_b = (np.array([kind in ("title", "heading") for kind in side.kinds]) for side in (a, b))
    one_row = row_a[rows] != row_b[columns]
    return one_row.astype(np.float64), (heading_a[rows] & heading_b[columns]).astype(np.float64)


def _rarity(a: Side, b: Side) -> dict[str, float]:
    """For each name how few of the units have it, as the logarithm of one in so many."""
    frequency: dict[str, int] = {}
    for tokens in (*a.names, *b.names):
        for token in tokens:
            frequency[token] = frequency.get(token, 0) + 1
    return {token: float(np.log((a.size + b.size) / count)) + 0.1 for token, count in frequency.items()}


def _shared_names(
    a: Sequence[frozenset[str]],
    b: Sequence[frozenset[str]],
    rarity: Mapping[str, float],
    rows: Indices,
    columns: Indices,
) -> tuple[Floats, Floats, Floats]:
    """For each pair the rarity-weighted share of names in common, the rarity of the rarest, whether one has none."""

    def weights(tokens: frozenset[str]) -> list[float]:
        return [rarity.get(token, 1.0) for token in sorted(tokens)]

    shared, rarest, none = np.zeros(len(rows)), np.zeros(len(rows)), np.zeros(len(rows))
    for index, (i, j) in enumerate(zip(rows.tolist(), columns.tolist())):
        left, right = a[i], b[j]
        if left and right:
            if common := left & right:
                found = weights(common)
                shared[index] = sum(found) / min(sum(weights(left)), sum(weights(right)))
                rarest[index] = max(found)
        else:
            none[index] = 1
    return shared, rarest, none


def _shared_numbers(
    a: Sequence[frozenset[str]], b: Sequence[frozenset[str]], rows: Indices, columns: Indices
) -> tuple[Floats, Floats]:
    shared, conflict = np.zeros(len(rows)), np.zeros(len(rows))
    for index, (i, j) in enumerate(zip(rows.tolist(), columns.tolist())):
        if a[i] and b[j]:
            common = len(a[i] & b[j])
            shared[index] = common / min(len(a[i]), len(b[j]))
            conflict[index] = not common
    return shared, conflict
