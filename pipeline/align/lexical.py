"""Likeness of wording, where two texts are in one language or have translations in one."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np
import regex
from numpy.typing import NDArray

# Grams are hashed to so many columns; a collision costs little and the memory stays bounded.
_COLUMNS = 8192
_TOKEN = regex.compile(r"\p{Han}++|[\p{L}\p{M}\p{N}]++")
_HAN = regex.compile(r"\p{Han}")


def grams(text: str) -> list[str]:
    """Character n-grams inside words: 1 and 2 for Han, else 3 and 4 with the word's edges marked."""
    found: list[str] = []
    for token in _TOKEN.findall(text.lower()):
        if _HAN.match(token):
            sizes: tuple[int, ...] = (1, 2)
        else:
            token, sizes = f" {token} ", (3, 4)
        for size in sizes:
            found.extend(token[i : i + size] for i in range(len(token) - size + 1))
    return found


def cosines(a: Sequence[str], b: Sequence[str]) -> NDArray[np.float32]:
    """Cosine of rarity-weighted gram counts of each text of a with each of b: (n, m).

    As chrF (Popovic 2015) it compares character n-grams; unlike it, a gram that is everywhere
    counts for little, and all pairs are one matrix product.
    """
    counts = _counts([*a, *b])
    holders = (counts > 0).sum(axis=0)
    counts = np.sqrt(counts) * np.log((1 + len(counts)) / (1 + holders)).astype(np.float32)
    counts /= np.maximum(np.linalg.norm(counts, axis=1, keepdims=True), 1e-9)
    return np.asarray(counts[: len(a)] @ counts[len(a) :].T)


def _counts(texts: Sequence[str]) -> NDArray[np.float32]:
    counts = np.zeros((len(texts), _COLUMNS), dtype=np.float32)
    for row, text in enumerate(texts):
        for gram in grams(text):
            counts[row, zlib.crc32(gram.encode()) % _COLUMNS] += 1
    return counts
