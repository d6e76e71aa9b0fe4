"""What a report shows: the nouns of the page, the Markdown and the terminal. `build` fills them in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.model import Kind, Segment, Source, Story
from pipeline.report.marks import Piece
from pipeline.report.plots import Order, Similarity


@dataclass(frozen=True, slots=True)
class Words:
    """A piece of data with the language and direction it is written in."""

    text: str
    lang: str
    dir: str = "auto"


@dataclass(frozen=True, slots=True)
class Outlet:
    """One source as the report names it. `sentences` leaves out boilerplate; `shared` are those in groups."""

    number: int
    source: Source
    anchor: str
    name: Words
    file: str
    url: str
    sentences: int
    shared: int
    translated: bool  # whether any of its sentences has a translation, or needs none

    @property
    def share(self) -> float:
        return self.shared / self.sentences if self.sentences else 0.0


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence as a reader sees it. `translation` is empty where there is none or none is needed."""

    outlet: Outlet
    segment: Segment
    anchor: str
    original: tuple[Piece, ...]
    translation: tuple[Piece, ...]
    place: str
    warnings: tuple[str, ...]

    @property
    def lang(self) -> str:
        return self.outlet.name.lang

    @property
    def dir(self) -> str:
        return self.outlet.name.dir

    @property
    def untranslated(self) -> bool:
        """Whether the translation is missing, where the rest of the source has one."""
        return self.outlet.translated and not self.translation and self.segment.pivot_origin == "none"


@dataclass(frozen=True, slots=True)
class Stance:
    """One of the values that sources give for the same thing, who gives it, and in which other words."""

    value: Words
    outlets: tuple[Outlet, ...]
    words: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """A comparison, value by value, the one with most sources first. `reason` says what the values do not."""

    kind: str
    verdict: str
    reason: str
    stances: tuple[Stance, ...]
    anchor: str
    label: Words


@dataclass(frozen=True, slots=True)
class Cell:
    """What one outlet says in one group. `partly`: all its links there are overlaps."""

    outlet: Outlet
    lines: tuple[Line, ...]
    partly: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A group: who says the same thing, in whose words, and who does not mention it."""

    anchor: str
    label: Words
    score: float
    cells: Mapping[int, Cell]  # by outlet number
    missing: tuple[Outlet, ...]
    comparisons: tuple[Difference, ...]

    @property
    def differs(self) -> bool:
        return bool(self.with_verdict("differ"))

    def with_verdict(self, verdict: str) -> tuple[Difference, ...]:
        return tuple(comparison for comparison in self.comparisons if comparison.verdict == verdict)


@dataclass(frozen=True, slots=True)
class Chapter:
    """A topic: its groups, its single sentences, and how many sentences each outlet has in it."""

    anchor: str
    number: int
    label: Words
    rows: tuple[Row, ...]
    singles: Mapping[int, tuple[Line, ...]]  # by outlet number
    columns: tuple[Outlet, ...]
    missing: tuple[Outlet, ...]
    amounts: Mapping[int, int]  # by outlet number


@dataclass(frozen=True, slots=True)
class Translated:
    """How many sentences came into English how."""

    total: int
    model: int
    memory: int
    same: int
    none: int


@dataclass(frozen=True, slots=True)
class Passage:
    """A block of a source: its sentences in order, and as `Words` what its text holds beside them."""

    kind: Kind
    level: int
    reason: str
    parts: tuple[Line | Words, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """The cells of a table, row by row; the first of each pair says whether it is a header."""

    rows: tuple[tuple[tuple[bool, Passage], ...], ...]


@dataclass(frozen=True, slots=True)
class Page:
    """Everything in a report."""

    headline: str
    most_shared: Row | None
    outlets: tuple[Outlet, ...]
    chapters: tuple[Chapter, ...]
    everyone: tuple[Row, ...]  # said by all, or by the most that any point has
    differences: tuple[Difference, ...]
    only: tuple[tuple[Outlet, tuple[Line, ...]], ...]  # in no group and no topic
    alone: Mapping[int, int]  # sentences that no other outlet has, by outlet number
    texts: tuple[tuple[Outlet, tuple[Passage | Table, ...]], ...]  # every source in full
    targets: Mapping[str, str]  # the anchor of the group that a segment is in
    order: Order
    similarity: Similarity
    translated: Translated
    story: Story

    @property
    def largest(self) -> int:
        """The most sentences that an outlet has on a topic."""
        return max((amount for chapter in self.chapters for amount in chapter.amounts.values()), default=0)
