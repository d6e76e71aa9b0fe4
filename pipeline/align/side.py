"""One source as alignment sees it: its segments, the runs they form, the parts they fall into, their vectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import regex
from numpy.typing import NDArray

from pipeline.align import evidence
from pipeline.embed import Encoder, Matrix
from pipeline.language import Language
from pipeline.model import Document, Segment

LONGEST_RUN = 3
# Longer runs say too much at once to be one statement.
_LONGEST_TEXT = 700
# A segment is cut into at most so many clauses, each with at least so much text (letters; a Han
# character counts as three).
_MOST_CLAUSES = 4
_SHORTEST_CLAUSE = 30
_CLAUSE_END = regex.compile(r"(?<=[.!?;:,] |[。！？；：，]|[.!?][\"'”“»)] | [–—] )")


@dataclass(frozen=True)
class Side:
    """n segments, the runs of 2 to `LONGEST_RUN` adjacent ones, and the parts of each segment.

    `vectors` (n, d) are unit vectors of the segments. `runs[k]` are the runs of k segments: index
    of the first segment (r,) and vectors (r, d). Parts are the clauses a segment begins or ends
    with, so that a statement inside a longer sentence can be found: `parts` (p, d), segment by
    segment, `part_start` (n,) where each segment's begin (a segment of one clause is its own part).
    """

    language: str  # base subtag
    ids: tuple[str, ...]
    texts: tuple[str, ...]
    pivots: tuple[str | None, ...]
    kinds: tuple[str, ...]
    section: tuple[int, ...]
    weights: NDArray[np.float64]  # (n,) how much each segment says
    vectors: Matrix
    runs: dict[int, tuple[NDArray[np.int64], Matrix]]
    parts: Matrix
    part_start: NDArray[np.int64]
    numbers: tuple[frozenset[str], ...]
    names: tuple[frozenset[str], ...]

    @property
    def size(self) -> int:
        """n, the number of segments."""
        return len(self.ids)


def weight(text: str) -> int:
    """How much a text says, in letters: a Han character counts as three."""
    return sum(3 if "\u2e80" <= character <= "\u9fff" else 1 for character in text)


def clauses(text: str) -> list[str]:
    """A text cut after its stops, semicolons, colons, commas and dashes into 1 to 4 clauses that say enough."""
    pieces = _CLAUSE_END.split(text)
    merged = [pieces[0]]
    for piece in pieces[1:]:
        if weight(merged[-1]) < _SHORTEST_CLAUSE or weight(piece) < _SHORTEST_CLAUSE:
            merged[-1] += piece
        else:
            merged.append(piece)
    while len(merged) > _MOST_CLAUSES:
        shortest = min(range(len(merged) - 1), key=lambda i: weight(merged[i]) + weight(merged[i + 1]))
        merged[shortest : shortest + 2] = [merged[shortest] + merged[shortest + 1]]
    return merged


def parts(text: str) -> list[str]:
    """What a text begins and ends with: its leading and trailing runs of clauses, or itself if it has one."""
    pieces = clauses(text)
    if len(pieces) == 1:
        return [text]
    return [part.strip() for cut in range(1, len(pieces)) for part in ("".join(pieces[:cut]), "".join(pieces[cut:]))]


def alignable(segment: Segment) -> bool:
    """Whether a segment takes part in alignment: not furniture, and with something in it to say."""
    return segment.kind != "boilerplate" and any(character.isalnum() for character in segment.plain)


def sections(document: Document, segments: Sequence[Segment]) -> list[int]:
    """For each segment a number; adjacent segments may be joined to a run where it is the same.

    Headings and captions stand alone, the cells of a table row belong together, and so does all
    text between two headings.
    """
    numbers: list[int] = []
    section = 0
    row: object = None
    for segment in segments:
        cell = document.blocks[segment.block].cell
        place = (cell.table, cell.row) if cell else None
        alone = segment.kind in ("title", "heading", "caption")
        if alone or place != row:
            section += 1
        row = place
        numbers.append(section)
        if alone:
            section += 1
    return numbers


def side(
    ids: Sequence[str],
    texts: Sequence[str],
    language: Language,
    encoder: Encoder,
    *,
    pivots: Sequence[str | None] | None = None,
    kinds: Sequence[str] | None = None,
    section: Sequence[int] | None = None,
) -> Side:
    """Find runs and parts, embed everything in one go, and collect numbers and names.

    Without `section`, any neighbours may form a run.
    """
    count = len(ids)
    section = section or [0] * count
    joint = " " if language.spaced else ""
    starts: dict[int, list[int]] = {}
    run_texts: list[str] = []
    for length in range(2, LONGEST_RUN + 1):
        starts[length] = [
            start
            for start in range(count - length + 1)
            if section[start] == section[start + length - 1]
            and sum(len(text) for text in texts[start : start + length]) <= _LONGEST_TEXT
        ]
        run_texts.extend(joint.join(texts[start : start + length]) for start in starts[length])
    part_texts = [parts(text) for text in texts]
    flat = [part for pieces in part_texts for part in pieces]
    vectors = encoder.encode([*texts, *run_texts, *flat])
    runs: dict[int, tuple[NDArray[np.int64], Matrix]] = {}
    offset = count
    for length, begin in starts.items():
        runs[length] = (np.array(begin, dtype=np.int64), vectors[offset : offset + len(begin)])
        offset += len(begin)
    sizes = np.array([len(pieces) for pieces in part_texts], dtype=np.int64)
    return Side(
        language=language.base,
        ids=tuple(ids),
        texts=tuple(texts),
        pivots=tuple(pivots) if pivots else (None,) * count,
        kinds=tuple(kinds) if kinds else ("paragraph",) * count,
        section=tuple(section),
        weights=np.array([1.0 + weight(text) for text in texts]),
        vectors=vectors[:count],
        runs=runs,
        parts=vectors[offset:],
        part_start=np.cumsum(sizes) - sizes,
        numbers=tuple(evidence.numbers(text) for text in texts),
        names=tuple(evidence.names(text, language.spaced) for text in texts),
    )


def from_document(document: Document, segments: Sequence[Segment], encoder: Encoder) -> Side:
    """The alignable segments of one document as a `Side`."""
    section = sections(document, segments)
    kept = [index for index, segment in enumerate(segments) if alignable(segment)]
    chosen = [segments[index] for index in kept]
    return side(
        [segment.id for segment in chosen],
        [segment.normal for segment in chosen],
        document.source.language,
        encoder,
        pivots=[segment.pivot for segment in chosen],
        kinds=[segment.kind for segment in chosen],
        section=[section[index] for index in kept],
    )
