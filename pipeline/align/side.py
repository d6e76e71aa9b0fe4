"""One source as alignment sees it: its segments, the runs they form, the parts they fall into, their vectors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import regex
from numpy.typing import NDArray

from pipeline.align import evidence
from pipeline.align.gloss import LANGUAGES, Gloss, excerpt, gloss
from pipeline.embed import Encoder, Matrix
from pipeline.language import Language
from pipeline.model import Document, Link, Segment

LONGEST_RUN = 3
# Longer runs say too much at once to be one statement.
_LONGEST_TEXT = 700
# A segment is cut into at most so many clauses, each with at least so much text (letters; a Han
# character counts as three).
_MOST_CLAUSES = 4
_SHORTEST_CLAUSE = 30
# Pivots are evidence where at least this share of a source has them.
_TRANSLATED = 0.9
_CLAUSE_END = regex.compile(r"(?<=[.!?;:,] |[。！？；：，]|[.!?][\"'”“»)] | [–—] )")


@dataclass(frozen=True)
class Side:
    """n units, the runs of 2 to `LONGEST_RUN` adjacent ones, and the parts of each.

    A unit is a segment, or all cells of a table row: a cell alone says too little.

    `vectors` (n, d) are unit vectors of the units' texts. `runs[k]` are the runs of k units: index of
    the first unit (r,) and vectors (r, d). Parts are the clauses a unit begins or ends with, so
    that a statement inside a longer sentence can be found: `parts` (p, d), unit by unit,
    `part_start` (n,) where each unit's begin (a unit of one clause is its own part).
    """

    language: str  # base subtag
    ids: tuple[tuple[str, ...], ...]  # the segments of each unit
    texts: tuple[str, ...]
    pivots: tuple[str, ...]  # empty where a unit has none
    pivot_vectors: Matrix  # (n, d), (0, d) where no unit has a pivot
    context: Matrix  # (n, d), of each unit with its heading and the unit before it
    pivot_context: Matrix  # the same of the pivots
    kinds: tuple[str, ...]
    section: tuple[int, ...]
    weights: NDArray[np.float64]  # (n,) how much each unit says
    vectors: Matrix
    runs: dict[int, tuple[NDArray[np.int64], Matrix]]
    parts: Matrix
    part_start: NDArray[np.int64]
    numbers: tuple[frozenset[str], ...]
    names: tuple[frozenset[str], ...]
    names_around: tuple[frozenset[str], ...]  # those of the unit's context too
    # Of the units, and of the units in their context; None for a language without a lexicon, where there is no pivot.
    glosses: tuple[Gloss, Gloss] | None

    @property
    def size(self) -> int:
        """n, the number of units."""
        return len(self.ids)

    def meaning(self, unit: int) -> Matrix:
        """The unit vector (d,) of a unit by its text and, where there is one, its pivot."""
        if not len(self.pivot_vectors):
            return np.asarray(self.vectors[unit])
        both = self.vectors[unit] + self.pivot_vectors[unit]
        return np.asarray(both / max(float(np.linalg.norm(both)), 1e-9), dtype=np.float32)


def window(own: Side, first: int, last: int) -> Side:
    """The units from `first` to before `last`, and the runs and parts of these."""
    if first == 0 and last >= own.size:
        return own
    units = slice(first, last)
    runs = {}
    for length, (starts, vectors) in own.runs.items():
        inside = (starts >= first) & (starts + length <= last)
        runs[length] = starts[inside] - first, vectors[inside]
    ends = np.append(own.part_start, len(own.parts))
    apart = ("language", "runs", "parts", "part_start", "glosses")
    return replace(
        own,
        **{field.name: getattr(own, field.name)[units] for field in fields(own) if field.name not in apart},
        runs=runs,
        parts=own.parts[ends[first] : ends[last]],
        part_start=own.part_start[units] - ends[first],
        glosses=own.glosses and (excerpt(own.glosses[0], first, last), excerpt(own.glosses[1], first, last)),
    )


def weight(text: str) -> int:
    """How much a text says, in letters: a Han character counts as three."""
    return sum(3 if "\u2e80" <= character <= "\u9fff" else 1 for character in text)


def clauses(text: str, shortest: int = _SHORTEST_CLAUSE) -> list[str]:
    """A text cut after its stops, semicolons, colons, commas and dashes into 1 to 4 clauses that say enough."""
    pieces = _CLAUSE_END.split(text)
    merged = [pieces[0]]
    for piece in pieces[1:]:
        if weight(merged[-1]) < shortest or weight(piece) < shortest:
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
    return segment.kind not in ("boilerplate", "code") and any(character.isalnum() for character in segment.plain)


@dataclass(frozen=True)
class _Unit:
    segments: tuple[Segment, ...]
    section: int


def _units(document: Document, segments: Sequence[Segment]) -> list[_Unit]:
    """The alignable segments, the cells of a table row together; headers of tables say nothing by themselves.

    Neighbours may be joined to a run where the section is the same: headings, captions and table
    rows stand alone, all text between two of them belongs together.
    """
    units: list[_Unit] = []
    section = 0
    row: tuple[int, int] | None = None
    for segment in segments:
        if not alignable(segment):
            continue
        cell = document.blocks[segment.block].cell
        if cell and cell.header:
            continue
        place = (cell.table, cell.row) if cell else None
        if place and place == row:
            units[-1] = _Unit((*units[-1].segments, segment), section)
            continue
        alone = place is not None or segment.kind in ("title", "heading", "caption")
        if alone or row is not None:
            section += 1
        units.append(_Unit((segment,), section))
        row = place
        if alone and place is None:
            section += 1
    return units


def side(
    ids: Sequence[tuple[str, ...]],
    texts: Sequence[str],
    language: Language,
    encoder: Encoder,
    *,
    pivots: Sequence[str | None] | None = None,
    kinds: Sequence[str] | None = None,
    section: Sequence[int] | None = None,
    lexicon: bool = True,
) -> Side:
    """Find runs and parts, embed everything in one go, and collect numbers, names and words.

    Without `section`, any neighbours may form a run; without `lexicon`, nothing is glossed.
    """
    count = len(ids)
    section = section or [0] * count
    kinds = kinds or ["paragraph"] * count
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
    english = [pivot or "" for pivot in pivots or [None] * count]
    if sum(map(bool, english)) < _TRANSLATED * count:
        english = [""] * count
    runs: dict[int, tuple[NDArray[np.int64], Matrix]] = {}
    offset = count
    for length, begin in starts.items():
        runs[length] = (np.array(begin, dtype=np.int64), vectors[offset : offset + len(begin)])
        offset += len(begin)
    sizes = np.array([len(pieces) for pieces in part_texts], dtype=np.int64)
    around = _in_context(texts, kinds, section)
    english_around = _in_context(english, kinds, section)
    glosses = None
    if lexicon and (language.base in LANGUAGES or any(english)):
        glosses = gloss(texts, language.base, english), gloss(around, language.base, english_around)
    return Side(
        language=language.base,
        ids=tuple(ids),
        texts=tuple(texts),
        pivots=tuple(english),
        pivot_vectors=encoder.encode(english if any(english) else []),
        context=encoder.encode(around),
        pivot_context=encoder.encode(english_around if any(english) else []),
        kinds=tuple(kinds),
        section=tuple(section),
        weights=np.array([1.0 + weight(text) for text in texts]),
        vectors=vectors[:count],
        runs=runs,
        parts=vectors[offset:],
        part_start=np.cumsum(sizes) - sizes,
        numbers=tuple(evidence.numbers(text) for text in texts),
        names=tuple(_names(texts, english, language)),
        names_around=tuple(_names(around, english_around, language)),
        glosses=glosses,
    )


def _in_context(texts: Sequence[str], kinds: Sequence[str], section: Sequence[int]) -> list[str]:
    """Each text after its heading and the text before it, which say who "she" and what "the project" is."""
    found = []
    heading = ""
    for place, (text, kind) in enumerate(zip(texts, kinds)):
        if kind == "heading":
            heading = text
        before = texts[place - 1] if place and section[place - 1] == section[place] else ""
        found.append(" ".join(part for part in (heading if kind != "heading" else "", before, text) if part))
    return found


def _names(texts: Sequence[str], english: Sequence[str], language: Language) -> Iterator[frozenset[str]]:
    """The names in each text; those of its English where there is any, for German writes every noun like one."""
    for text, pivot in zip(texts, english):
        if pivot and language.spaced:
            yield evidence.names(pivot, True)
        else:
            yield evidence.names(text, language.spaced) | evidence.names(pivot, True)


def from_document(document: Document, segments: Sequence[Segment], encoder: Encoder, *, lexicon: bool = True) -> Side:
    """The alignable segments of one document as a `Side`; without `lexicon`, nothing is glossed."""
    units = _units(document, segments)
    joint = " " if document.source.language.spaced else "，"

    def pivot(unit: _Unit) -> str | None:
        pivots = [segment.pivot for segment in unit.segments if segment.pivot]
        return " ".join(pivots) if len(pivots) == len(unit.segments) else None

    return side(
        [tuple(segment.id for segment in unit.segments) for unit in units],
        [joint.join(segment.normal for segment in unit.segments) for unit in units],
        document.source.language,
        encoder,
        pivots=[pivot(unit) for unit in units],
        kinds=[unit.segments[0].kind for unit in units],
        section=[unit.section for unit in units],
        lexicon=lexicon,
    )


def link(a: Side, b: Side, left: Sequence[int], right: Sequence[int], score: float) -> Link:
    """A bead of the units at these places as a link of their segments."""
    said_a, said_b = float(a.weights[list(left)].sum()), float(b.weights[list(right)].sum())
    return Link(
        tuple(identifier for i in left for identifier in a.ids[i]),
        tuple(identifier for j in right for identifier in b.ids[j]),
        round(score, 4),
        # Two runs that say the same say about as much: a translation is rarely twice as long.
        "equal" if 0.5 <= said_a / said_b <= 2.0 else "overlap",
    )
