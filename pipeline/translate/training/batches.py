"""Which pairs go into which batch. Needs numpy only.

Training draws pairs in rounds: a round is a random sample in which each class has its share at
that moment, cut into batches of about the same number of tokens in which all sources have the
same length. A round follows from the seed, its number and the progress it began with, so that
training can be taken up again in the middle of one.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.translate.training.shards import Encoded

ROUND = 400_000  # pairs

Rows = npt.NDArray[np.int64]
Classes = Sequence[Mapping[str, float]]  # the weights of each class at the `start` and the `end`


@dataclass(frozen=True)
class Batch:
    """Numbers of pairs, with the lengths their arrays will have, control tokens included."""

    rows: Rows
    source_length: int
    target_length: int
    source_tokens: int
    target_tokens: int  # those that are predicted


def probabilities(kinds: npt.NDArray[Any], classes: Classes, progress: float) -> npt.NDArray[np.float64]:
    """The chance of each pair to be drawn. A class's weight moves evenly from `start` to `end`."""
    weights = np.array([c["start"] + (c["end"] - c["start"]) * progress for c in classes])
    chances = weights[kinds]
    return np.asarray(chances / chances.sum(), np.float64)


def round_of(text: Encoded, classes: Classes, seed: int, number: int, progress: float, budget: int) -> list[Batch]:
    """The batches of round `number`, in the order they are trained on."""
    random = np.random.default_rng([seed, number])
    cumulative = np.cumsum(probabilities(text.kinds, classes, progress))
    size = min(len(text), ROUND)
    # One draw in each of `size` equal strips: the shares come out exactly, with few repeats.
    points = (np.arange(size) + random.random(size)) / size
    rows = np.minimum(np.searchsorted(cumulative, points * cumulative[-1]), len(text) - 1)
    # A little noise in the order of target lengths keeps batches from being the same every round.
    noise = random.random(size) * 2
    batches = list(cut(text, rows[np.lexsort((text.target_lengths[rows] + noise, text.source_lengths[rows]))], budget))
    return [batches[i] for i in random.permutation(len(batches))]


def in_order(text: Encoded, rows: Rows, budget: int) -> list[Batch]:
    """All of some pairs once, shortest first."""
    return list(cut(text, rows[np.lexsort((text.target_lengths[rows], text.source_lengths[rows]))], budget))


def cut(text: Encoded, rows: Rows, budget: int) -> Iterator[Batch]:
    """Cut pairs, sorted by source length and then about by target length, into batches of about `budget` tokens.

    What is left of a length goes into its last batch if it is little.
    """
    sources = text.source_lengths[rows].astype(np.int64) + 1  # with the end
    targets = text.target_lengths[rows].astype(np.int64) + 2  # with start and end
    bounds = [0, *(np.flatnonzero(np.diff(sources)) + 1).tolist(), len(rows)]
    for first, last in itertools.pairwise(bounds):
        start = first
        while start < last:
            length = int(sources[start])
            count = max(1, budget // (length + int(targets[start])))
            count = max(1, budget // (length + int(targets[min(start + count, last) - 1])))
            if last - start - count < count // 4:
                count = last - start
            stop = start + count
            yield Batch(
                rows[start:stop],
                length,
                int(targets[start:stop].max()),
                count * length,
                int((targets[start:stop] - 1).sum()),
            )
            start = stop
