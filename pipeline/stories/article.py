"""An article as grouping sees it: its sentences as vectors, the names and numbers in it, its day, its language."""

from __future__ import annotations

import datetime
import functools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.align import evidence
from pipeline.align.side import alignable
from pipeline.embed import Matrix
from pipeline.language import Language
from pipeline.model import Segment

# The sentences that stand for an article: news tells first what it is about, and time per article stays bounded.
MOST_SENTENCES = 40
MOST_TERMS = 200
_LONGEST_TERM = 40
# The components of a unit vector of 512 are about 1/23 and hardly ever beyond 0.31, so that a byte holds one.
SCALE = 400


Bytes = NDArray[np.int8]


@dataclass(frozen=True, slots=True, eq=False)
class Article:
    """One article.

    key: what names it for ever. day: the proleptic ordinal of its date, None where unknown. vector: float32
    (d,) of length 1, or 0 where there is nothing to embed. sentences: int8 (n, d), `SCALE` times unit rows.
    """

    key: str
    language: str
    day: int | None
    vector: Matrix
    sentences: Bytes
    terms: frozenset[str]


def lead(segments: Sequence[Segment]) -> list[Segment]:
    """The segments that stand for an article: its first sentences that say something, titles among them."""
    return [segment for segment in segments if alignable(segment)][:MOST_SENTENCES]


def centred(vectors: Matrix, language: Language) -> Matrix:
    """Sentence embeddings, float32 (n, d), less what all news in the language has in common; unit rows.

    That is the mean in `model.json`. It makes any two texts in one language alike, and texts in two
    languages less so than they are.
    """
    known = _means()
    rows = vectors - known.get(language.base, known[""])
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9), dtype=np.float32)


def document_vector(vectors: Matrix, language: Language) -> Matrix:
    """The unit vector (d,) of an article, comparable across languages: the mean of its sentences, centred.

    vectors: the sentence embeddings of `lead`, float32 (n, d). Zeros where there is no row.
    """
    if not len(vectors):
        return np.zeros(vectors.shape[1], dtype=np.float32)
    return np.asarray(centred(vectors.mean(axis=0, keepdims=True), language)[0], dtype=np.float32)


@functools.cache
def model() -> dict[str, Any]:
    """What benchmarks/train_stories.py worked out: `means`, and the `weights` of grouping."""
    return dict(json.loads((files("pipeline.stories") / "model.json").read_text(encoding="utf-8")))


@functools.cache
def _means() -> dict[str, Matrix]:
    """Language to the mean of the sentence embeddings of news in it; "" to the mean of these means."""
    means = {base: np.array(row, dtype=np.float32) / model()["scale"] for base, row in model()["means"].items()}
    return {**means, "": np.mean(list(means.values()), axis=0, dtype=np.float32)}


def terms(segments: Sequence[Segment], language: Language) -> frozenset[str]:
    """Names in Latin letters and numbers, in the form in which they cross languages; at most 200, the first ones."""
    found: dict[str, None] = {}
    for segment in segments:
        text = segment.normal or segment.plain
        own = evidence.names(text, language.spaced) | {f"#{number}" for number in evidence.numbers(text)}
        found.update(dict.fromkeys(term for term in sorted(own) if len(term) <= _LONGEST_TERM))
        if len(found) >= MOST_TERMS:
            break
    return frozenset(list(found)[:MOST_TERMS])


def from_segments(key: str, segments: Sequence[Segment], vectors: Matrix, language: Language, date: str) -> Article:
    """An article from the segments of `lead`, normalised, and their sentence embeddings (n, d).

    date: an ISO 8601 calendar date, or "".
    """
    rows = np.clip(np.rint(centred(vectors, language) * SCALE), -127, 127).astype(np.int8)
    vector = document_vector(vectors, language)
    return Article(key, language.base, ordinal(date), vector, rows, terms(segments, language))


def ordinal(date: str) -> int | None:
    """The proleptic Gregorian ordinal of an ISO date; None for "" and for what is no date."""
    try:
        return datetime.date.fromisoformat(date).toordinal()
    except ValueError:
        return None
