"""The numbers behind the plots, and where their marks go. Units are those of the SVG view box."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.model import Story

MOST = 12  # outlets and topics that a plot shows; more could not be told apart
STEP_X, STEP_Y, BOX = 132, 44, 26
CELL = 44


@dataclass(frozen=True, slots=True)
class Mark:
    """A square: topic `value` in the column of outlet `column`, or the share `value` of two outlets."""

    x: float
    y: float
    column: int
    value: float
    row: int = 0


@dataclass(frozen=True, slots=True)
class Path:
    """The line that follows a topic from outlet to outlet; `gap` where an outlet between them leaves it out."""

    topic: int
    x1: float
    y1: float
    x2: float
    y2: float
    gap: bool

    @property
    def d(self) -> str:
        middle = (self.x1 + self.x2) / 2
        return f"M{self.x1:g} {self.y1:g}C{middle:g} {self.y1:g} {middle:g} {self.y2:g} {self.x2:g} {self.y2:g}"


@dataclass(frozen=True, slots=True)
class Order:
    """In which order each outlet comes to the topics: a column per outlet, first topic on top."""

    width: float
    height: float
    columns: tuple[tuple[int, float], ...]  # outlet number, x
    marks: tuple[Mark, ...]
    paths: tuple[Path, ...]
    left_out: int  # outlets that there was no room for
    topics_left_out: int


@dataclass(frozen=True, slots=True)
class Similarity:
    """How much pairs of outlets share: for each pair the share of the smaller one's sentences that are linked."""

    size: float
    outlets: tuple[int, ...]
    marks: tuple[Mark, ...]
    left_out: int


def order(first_mentions: Sequence[Sequence[int]], outlets: Sequence[int]) -> Order:
    """From the topics of each outlet in the order of their first mention, and the number of outlets of each topic.

    Where there are too many topics to tell apart, those that most outlets have are shown.
    """
    topics_shown = set(sorted(range(len(outlets)), key=lambda topic: (-outlets[topic], topic))[:MOST])
    told = [(number, list(topics)) for number, topics in enumerate(first_mentions) if topics]
    shown = told[:MOST]
    columns, marks, paths = [], [], []
    last: dict[int, tuple[int, float, float]] = {}
    tallest = 0
    for column, (number, topics) in enumerate(shown):
        x = STEP_X * (column + 0.5)
        columns.append((number, x))
        kept = [topic for topic in topics if topic in topics_shown]
        tallest = max(tallest, len(kept))
        for rank, topic in enumerate(kept):
            y = STEP_Y * (rank + 0.5)
            marks.append(Mark(x, y, number, topic))
            if topic in last:
                before, x1, y1 = last[topic]
                paths.append(Path(topic, x1 + BOX / 2, y1, x - BOX / 2, y, gap=column - before > 1))
            last[topic] = (column, x, y)
    width, height = STEP_X * len(shown), STEP_Y * tallest
    return Order(
        width,
        height,
        tuple(columns),
        tuple(marks),
        tuple(paths),
        len(told) - len(shown),
        len(outlets) - len(topics_shown),
    )


def similarity(story: Story, sources: Sequence[str]) -> Similarity:
    """The outlets that share most come in, in the order of the sources; a pair's share is from 0 to 1."""
    source_of = {segment.id: segment.source for segment in story.segments}
    sizes = dict.fromkeys(sources, 0)
    for segment in story.segments:
        if segment.kind != "boilerplate":
            sizes[segment.source] += 1
    linked: dict[tuple[str, str], set[str]] = {}  # the segments of the first that the second shares
    for link in story.links:
        pair = source_of[link.a[0]], source_of[link.b[0]]
        linked.setdefault(pair, set()).update(link.a)
        linked.setdefault(pair[::-1], set()).update(link.b)
    totals = dict.fromkeys(sources, 0)
    for (source, _), ids in linked.items():
        totals[source] += len(ids)
    kept = sorted(range(len(sources)), key=lambda n: (-totals[sources[n]], n))[:MOST]
    shown = sorted(kept)
    marks = []
    for (x, a), (y, b) in itertools.combinations(enumerate(shown), 2):
        smaller, other = sorted((sources[a], sources[b]), key=lambda source: sizes[source])
        share = len(linked.get((smaller, other), ())) / max(sizes[smaller], 1)
        marks.append(Mark(CELL * x, CELL * y, a, share, b))
    return Similarity(CELL * len(shown), tuple(shown), tuple(marks), len(sources) - len(shown))
