"""The nouns of Parallax. Each is a frozen dataclass; nothing else lives here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pipeline.language import Language

Kind = Literal["title", "heading", "paragraph", "item", "cell", "quote", "caption", "code", "boilerplate"]
PivotOrigin = Literal["memory", "model", "same", "none"]


@dataclass(frozen=True, slots=True)
class Source:
    """One document, and what is known of it.

    `line_unit` says what `Block.line` counts: lines of a text file, paragraphs of a .docx,
    records of a .jsonl. `inferred` names the fields nobody stated.
    """

    id: str
    path: str
    outlet: str
    language: Language
    title: str
    date: str  # ISO 8601 calendar date, or "" where none is known
    url: str
    sha256: str
    line_unit: str = "line"
    inferred: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Cell:
    """The place of a table cell: which table of the document, row and column, all from 0."""

    table: int
    row: int
    column: int
    header: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """A run `text[start:end]` of a document's text.

    The blocks of a document are in order, do not overlap, and together hold every non-blank
    character. `content` is the part a reader reads, inside start and end, without the marks
    around it (list bullets, hashes, table pipes). `reason` says why a block is boilerplate.
    """

    start: int
    end: int
    content: tuple[int, int]
    kind: Kind
    line: int
    level: int = 0
    cell: Cell | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A source, its text and its blocks.

    `text` is what all offsets count in, in Unicode code points: the decoded file for text and
    Markdown, the text content for formats with markup around it (HTML, .docx, JSON).
    """

    source: Source
    text: str
    blocks: tuple[Block, ...]
    markup: Literal["plain", "markdown"] = "plain"


@dataclass(frozen=True, slots=True)
class Segment:
    """One sentence (or heading, cell, item): `document.text[start:end] == text`.

    `plain` is what a reader sees: `text` without inline markup, white space folded. `normal` is
    `plain` in the script that alignment works on (Simplified for Chinese). `pivot` is the
    translation to the pivot language, None where there is none.
    """

    id: str
    source: str
    number: int
    start: int
    end: int
    text: str
    plain: str
    kind: Kind
    block: int
    line: int
    normal: str = ""
    pivot: str | None = None
    pivot_origin: PivotOrigin = "none"
    pivot_engine: str = ""
    pivot_score: float | None = None
    warnings: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """An n-m bead between two sources: two runs of segment ids, with the probability that they
    say the same thing. `equal`: each side says what the other says; `overlap`: only in part."""

    a: tuple[str, ...]
    b: tuple[str, ...]
    score: float
    relation: Literal["equal", "overlap"] = "equal"


@dataclass(frozen=True, slots=True)
class Group:
    """The n-way union of links: for each source the segments that say the same thing."""

    id: str
    members: Mapping[str, tuple[str, ...]]  # source id to segment ids in source order, two sources at least
    score: float
    label: str = ""


@dataclass(frozen=True, slots=True)
class Topic:
    """Groups that belong together, with the segments near them that no other source has."""

    id: str
    label: str
    groups: tuple[str, ...]
    singles: tuple[str, ...]
    said_by: tuple[str, ...]
    not_mentioned_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Claim:
    """A number with its unit, a date, a name or a quotation in a segment.

    `start` and `end` count in the document's text. `value` is the normalised value as text that
    compares across languages ("1250000000000 USD", "2026-02-12", "Elon Musk"); numbers also have
    their range in `low` and `high` (base units, equal for a single value).
    """

    segment: str
    kind: Literal["number", "date", "name", "quotation"]
    start: int
    end: int
    text: str
    value: str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    approximate: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Claims of one group put side by side."""

    group: str
    kind: Literal["number", "date", "name", "quotation"]
    verdict: Literal["agree", "differ", "only"]
    claims: tuple[Claim, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Story:
    """All that one run found out about its sources: what reports and exports are made from.

    `similarity` maps a pair of source ids to the share of the smaller source's segments that are
    linked; `models` names every model used ("argos de-en 1.0").
    """

    documents: tuple[Document, ...]
    segments: tuple[Segment, ...]  # source by source, in source order, boilerplate included
    links: tuple[Link, ...]
    groups: tuple[Group, ...]
    topics: tuple[Topic, ...]
    comparisons: tuple[Comparison, ...] = ()
    claims: tuple[Claim, ...] = ()
    version: str = ""
    settings: Mapping[str, object] = field(default_factory=dict)
    models: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()  # what the reader should know: languages without a model, files left out
