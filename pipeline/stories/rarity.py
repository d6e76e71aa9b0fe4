"""How much a shared name or number says: the rarer it is among all articles so far, the more."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

# Names and numbers are counted under a hash (feature hashing, Weinberger et al. 2009), so that the
# table stays as large as it is however many there come to be.
BUCKETS = 1 << 16
# As if so many articles without any of the terms had been read before the first: what two of the
# first articles share is worth something from the start.
_PRIOR = 1000


class Rarity:
    """In how many articles each name or number was found.."""

    def __init__(self, counts: NDArray[np.uint32] | None = None, articles: int = 0) -> None:
        self.counts = np.zeros(BUCKETS, dtype=np.uint32) if counts is None else counts
        self.articles = articles

    def count(self, terms: Iterable[str]) -> None:
        """Take the terms of one more article in."""
        self.counts[sorted({_bucket(term) for term in terms})] += np.uint32(1)
        self.articles += 1

    def weights(self, terms: Iterable[str]) -> Mapping[int, float]:
        """The terms of one article as a sparse vector of length 1, by their inverse document frequency."""
        places = sorted({_bucket(term) for term in terms})
        if not places:
            return {}
        values = np.log((self.articles + _PRIOR) / (self.counts[places].astype(np.float64) + 1.0))
        values /= np.linalg.norm(values)
        return dict(zip(places, values.tolist()))


def _bucket(term: str) -> int:
    return zlib.crc32(term.encode("utf-8", "surrogatepass")) % BUCKETS
