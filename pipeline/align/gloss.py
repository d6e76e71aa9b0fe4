"""What texts say word by word in English: a rough gloss, which keeps the details that an embedding blurs.

A lexicon gives each German or Chinese word piece the English ones it is translated by; every other
piece (names, numbers, English) stands for itself. Two texts in any of these languages then are bags
of English pieces, and how much of one is found in the other can be counted. The lexicon is the
first model of Brown et al., "The Mathematics of Statistical Machine Translation" (1993), trained by
`benchmarks/train_lexicon.py`.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from pipeline.embed import tokenizer

Indices = NDArray[np.int64]
Floats = NDArray[np.float32]

LANGUAGES = ("de", "en", "zh")
# Columns are multiplied so many at a time, so that memory is bounded by the two texts' sizes.
_COLUMNS = 4096
_LEAST_RARITY = 0.05


@dataclass(frozen=True)
class Gloss:
    """n texts as rows of a sparse matrix: `start` (n + 1,) where each begins in the arrays of k cells.

    `pieces` (k,) are English pieces; `said` (k,) what share of its text each makes up, rare ones
    more, so that a text's sum is 1; `there` (k,) how surely it is in the text, from 0 to 1.
    """

    start: Indices
    pieces: Indices
    said: Floats
    there: Floats


@dataclass(frozen=True)
class _Lexicon:
    """For each piece of a language its translations: `start` (v + 1,), `pieces` (t,), `share` (t,) of sum 1 each."""

    start: Indices
    pieces: Indices
    share: Floats


def gloss(texts: Sequence[str], language: str, english: Sequence[str] = ()) -> Gloss:
    """Gloss texts of a language (base subtag), each with its English translation where there is one.

    A translation is half of what its text says; a language without a lexicon is taken as it stands.
    """
    own = _bag(texts, language)
    if not any(english):
        return own
    other = _bag(english, "en")
    rows = np.concatenate([_rows(own), _rows(other)])
    told = np.array([bool(text) for text in english])
    # What has no translation says all of it in its own words.
    half = np.where(told, 0.5, 1.0).astype(np.float32)
    said = np.concatenate([own.said * half[_rows(own)], other.said * 0.5])
    return _gathered(len(texts), rows, np.concatenate([own.pieces, other.pieces]), said,
                     np.concatenate([own.there, other.there]))  # fmt: skip


def excerpt(own: Gloss, first: int, last: int) -> Gloss:
    """The texts from `first` to before `last`."""
    start, end = own.start[first], own.start[last]
    return Gloss(own.start[first : last + 1] - start, own.pieces[start:end], own.said[start:end], own.there[start:end])


def coverage(a: Gloss, b: Gloss) -> Floats:
    """How much of what each text of a says is found in each text of b, as a share: (n, m).

    What few of these texts say counts for more: in a story about an earthquake, "earthquake" tells little.
    """
    columns = np.unique(np.concatenate([a.pieces, b.pieces]))
    place_a, place_b = np.searchsorted(columns, a.pieces), np.searchsorted(columns, b.pieces)
    holders = np.bincount(place_a, a.there, len(columns)) + np.bincount(place_b, b.there, len(columns))
    rarity = np.log((len(a.start) + len(b.start) - 1) / (0.5 + holders)).clip(_LEAST_RARITY)
    said = _weighed(a, rarity[place_a])
    # Half a translation is most of a match, since synonyms share the probability.
    there = np.sqrt(b.there)
    found = np.zeros((len(a.start) - 1, len(b.start) - 1), dtype=np.float32)
    for first in range(0, len(columns), _COLUMNS):
        block = columns[first : first + _COLUMNS]
        found += _dense(a, said, block) @ _dense(b, there, block).T
    return found


def _weighed(own: Gloss, rarity: NDArray[np.float64]) -> Floats:
    said = own.said * rarity
    sums = np.bincount(_rows(own), said, len(own.start) - 1)
    return np.asarray(said / np.maximum(sums[_rows(own)], 1e-9), dtype=np.float32)


def _dense(own: Gloss, values: Floats, columns: Indices) -> Floats:
    inside = (own.pieces >= columns[0]) & (own.pieces <= columns[-1])
    matrix = np.zeros((len(own.start) - 1, len(columns)), dtype=np.float32)
    matrix[_rows(own)[inside], np.searchsorted(columns, own.pieces[inside])] = values[inside]
    return matrix


def _rows(own: Gloss) -> Indices:
    return np.repeat(np.arange(len(own.start) - 1), np.diff(own.start))


def _bag(texts: Sequence[str], language: str) -> Gloss:
    lexicon, rarity = _lexicon(language), _rarity()
    tokens = tokenizer().encode([text.lower() for text in texts], out_type=int)
    flat = np.array([token for ids in tokens for token in ids], dtype=np.int64)
    row = np.repeat(np.arange(len(texts)), [len(ids) for ids in tokens])
    count = lexicon.start[flat + 1] - lexicon.start[flat]
    # For each token its translations, one after the other.
    token = np.repeat(np.arange(len(flat)), count)
    cell = np.arange(len(token)) - np.repeat(np.cumsum(count) - count, count) + lexicon.start[flat[token]]
    pieces, share = lexicon.pieces[cell], lexicon.share[cell]
    weight = np.bincount(token, share * rarity[pieces], minlength=len(flat))
    whole = np.bincount(row, weight, minlength=len(texts))
    peak = np.zeros(len(flat), dtype=np.float32)
    np.maximum.at(peak, token, share)
    said = weight[token] / np.maximum(whole[row[token]], 1e-9) * share
    return _gathered(len(texts), row[token], pieces, said, share / peak[token])


def _gathered(count: int, rows: Indices, pieces: Indices, said: Floats, there: Floats) -> Gloss:
    """One cell for each piece of a row: what it says is summed up, and it is there for sure at most once."""
    size = len(_rarity())
    keys, cell = np.unique(rows * size + pieces, return_inverse=True)
    return Gloss(
        np.searchsorted(keys, np.arange(count + 1) * size),
        keys % size,
        np.bincount(cell, said, minlength=len(keys)).astype(np.float32),
        np.minimum(np.bincount(cell, there, minlength=len(keys)), 1).astype(np.float32),
    )


@functools.cache
def _arrays() -> dict[str, NDArray[np.generic]]:
    path = resources.files("pipeline.align").joinpath("lexicon.npz")
    with path.open("rb") as file, np.load(file, allow_pickle=False) as data:
        return {name: data[name] for name in data.files}


@functools.cache
def _rarity() -> Floats:
    """Of each English piece the logarithm of one in so many sentences that have it: (v,)."""
    return _arrays()["rarity"].astype(np.float32)


@functools.cache
def _lexicon(language: str) -> _Lexicon:
    size = len(_rarity())
    data = _arrays()
    if f"{language}_count" not in data:
        return _Lexicon(np.arange(size + 1), np.arange(size), np.ones(size, dtype=np.float32))
    count, pieces = data[f"{language}_count"].astype(np.int64), data[f"{language}_pieces"].astype(np.int64)
    share = data[f"{language}_share"].astype(np.float32)
    # A piece that has no translation stands for itself.
    own = np.flatnonzero(count == 0)
    holder = np.concatenate([np.repeat(np.arange(size), count), own])
    order = np.argsort(holder, kind="stable")
    pieces, share = np.concatenate([pieces, own])[order], np.concatenate([share, np.ones(len(own), np.float32)])[order]
    start = np.concatenate([[0], np.cumsum(np.maximum(count, 1))])
    return _Lexicon(start, pieces, share / np.add.reduceat(share, start[:-1])[holder[order]])
