"""Plain text: which lines make a paragraph, and which of them are headings, list items or images.

A text file says nothing of its structure but by its lines. Three habits are told apart: blank lines
between paragraphs, one paragraph a line, and lines broken at a fixed column ("hard-wrapped").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise

from pipeline.model import Block, Kind
from pipeline.read import dates
from pipeline.read.draft import line_spans, trimmed

_HAN = "\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff00-\uff60"
_WIDE_RUN = re.compile(f"[{_HAN}]+")
_FIRST_WORD = re.compile(rf"[{_HAN}]|[^\s{_HAN}]{{1,40}}")
_BULLET = re.compile(r"(?:[·•●◦▪▫■□◆◇►▸‣○](?=\s*\S)|[*+–-](?=[ \t\u3000]))\s*")
_NUMBER = re.compile(r"\(?(\d{1,2})(?:[.)](?=\s)|[、．])[ \t\u3000\xa0]*|（(\d{1,2})）\s*")
_MONTH_NEXT = re.compile(rf"(?:{'|'.join(dates.MONTHS)})\b", re.IGNORECASE)
_IMAGE = re.compile(  # ![description](address), which may be inside a link of its own
    r"\[?!\[([^\]\n]{0,500})\](?:\([^)\n]{0,2000}\)|\[[^\]\n]{0,200}\])(?:\]\([^)\n]{0,2000}\))?\s*"
)
_TERMINAL = ".!?…。！？｡"
_CLOSERS = "\"'”’»«›‹）)]」』】》*_"
_OPEN_END = ",;:，；：、—–-"

MOST_WRAPPED = 120  # columns; a text with longer lines is not hard-wrapped
LEAST_WRAPPED = 40
_HEADING_WIDTH = 84  # columns: 84 Latin letters or 42 Han characters
_MOST_HEADINGS_IN_A_ROW = 3
_LONGER = 3  # how much longer than a question its neighbours are, if it heads a section


@dataclass(frozen=True, slots=True)
class Row:
    """A line that is not blank: its span without the white space around it, its number from 1,
    and whether a blank line comes before it."""

    start: int
    end: int
    number: int
    gap: bool


@dataclass(frozen=True, slots=True)
class Wrap:
    """Whether and at which column the lines of a text were broken."""

    column: int = 0

    def __bool__(self) -> bool:
        return self.column > 0

    def goes_on(self, text: str, row: Row, after: Row) -> bool:
        """Whether the paragraph of `row` goes on in the next row: its line is full."""
        return bool(self) and not after.gap and _full(text, row, after, self.column)


def rows(text: str, start: int = 0, first_line: int = 1) -> list[Row]:
    """The lines from `start` that are not blank."""
    found = []
    gap = False
    for number, (line_start, line_end) in enumerate(line_spans(text[start:]), first_line):
        span = trimmed(text, start + line_start, start + line_end)
        if span[0] < span[1]:
            found.append(Row(*span, number, gap))
        gap = span[0] >= span[1]
    return found


def wrapping(text: str, pairs: Sequence[tuple[Row, Row]]) -> Wrap:
    """The column at which a text was broken, from the pairs of rows that follow each other directly.

    In wrapped text a line ends where the next word would not have fitted, and many lines go on
    with a small letter; text with a paragraph a line does neither.
    """
    widths = [max(_width(text, row), _width(text, after)) for row, after in pairs]
    column = max((width for width in widths if width <= MOST_WRAPPED), default=0)
    if column < LEAST_WRAPPED or sum(width <= MOST_WRAPPED for width in widths) < 0.9 * len(widths):
        return Wrap()
    full = [(row, after) for row, after in pairs if _full(text, row, after, column)]
    open_ends = sum(not ends_sentence(text[row.start : row.end]) for row, _ in full)
    running_on = sum(_runs_on(text, row, after) for row, after in full)
    wrapped = len(full) >= 0.6 * len(pairs) and open_ends >= 0.5 * len(full) and running_on >= max(1, 0.3 * len(full))
    return Wrap(column) if wrapped else Wrap()


def blocks(text: str, start: int = 0, first_line: int = 1) -> list[Block]:
    """The blocks of plain text from `start` on, in order; every character that is not blank is in one."""
    lines = rows(text, start, first_line)
    pairs = [(row, after) for row, after in pairwise(lines) if not after.gap]
    wrap = wrapping(text, pairs)
    numbered = _numbered(text, lines)
    paragraphs: list[list[Row]] = []
    for row in lines:
        joined = (
            bool(paragraphs)
            and wrap.goes_on(text, paragraphs[-1][-1], row)
            and not _BULLET.match(text, row.start, row.end)
            and row.start not in numbered
            and not image(text, row.start, row.end)
        )
        if joined:
            paragraphs[-1].append(row)
        else:
            paragraphs.append([row])
    return _checked(text, [_block(text, paragraph, numbered) for paragraph in paragraphs])


def image(text: str, start: int, end: int) -> tuple[int, int] | None:
    """The description in a row of Markdown image marks, empty for none; None for anything else."""
    described = (start, start)
    position = start
    while position < end:
        match = _IMAGE.match(text, position, end)
        if not match:
            return None
        if match[1].strip() and described[0] == described[1]:
            described = trimmed(text, *match.span(1))
        position = match.end()
    return described


def image_block(start: int, end: int, described: tuple[int, int], line: int) -> Block:
    """An image mark: its description is a caption, without one there is nothing to read."""
    if described[0] < described[1]:
        return Block(start, end, described, "caption", line)
    return Block(start, end, (start, end), "boilerplate", line, reason="image")


def ends_sentence(text: str) -> bool:
    """Whether a line ends like a sentence: a full stop, with or without closing quotes and brackets."""
    return text.rstrip().rstrip(_CLOSERS)[-1:] in (*_TERMINAL,)


def looks_like_heading(text: str) -> bool:
    """A short line that does not end like a sentence, nor in the middle of one."""
    words = text.strip()
    return (
        any(char.isalpha() for char in words)
        and len(words) <= _HEADING_WIDTH
        and columns(words) <= _HEADING_WIDTH
        and not ends_sentence(words)
        and words[-1] not in _OPEN_END
        and "。" not in words
        and "://" not in words
    )


def is_wide(char: str) -> bool:
    """Whether a character is of a script written without spaces, two columns wide."""
    return _WIDE_RUN.match(char) is not None


def columns(text: str) -> int:
    """The width of a text in terminal columns, where a Han character takes two."""
    return len(text) + sum(map(len, _WIDE_RUN.findall(text)))


def _width(text: str, row: Row) -> int:
    return columns(text[row.start : min(row.end, row.start + 2 * MOST_WRAPPED)])


def _full(text: str, row: Row, after: Row, column: int) -> bool:
    width = _width(text, row)
    if width > column:
        return False
    word = _FIRST_WORD.match(text, after.start, after.end)
    needed = columns(word[0]) + (0 if _WIDE_RUN.match(text, after.start) else 1) if word else 1
    return width + needed > column * 0.92


def _runs_on(text: str, row: Row, after: Row) -> bool:
    """Whether the next line begins in the middle of a sentence, as far as its first letter tells."""
    first, last = text[after.start], text[row.end - 1]
    within_han = _WIDE_RUN.match(first) and _WIDE_RUN.match(last) and not ends_sentence(text[row.start : row.end])
    return first.islower() or bool(within_han)


def _numbered(text: str, lines: Iterable[Row]) -> dict[int, int]:
    """Where numbered items begin: start of the row to end of its number.

    "12." may also begin a date or end a sentence of wrapped text, so a number counts only beside
    its neighbour in a series.
    """
    marks = []
    for row in lines:
        match = _NUMBER.match(text, row.start, row.end)
        if match and match.end() < row.end and not _MONTH_NEXT.match(text, match.end(), row.end):
            marks.append((int(match[1] or match[2]), row.start, match.end()))
    values = [number for number, _, _ in marks]
    return {
        start: end
        for n, (number, start, end) in enumerate(marks)
        if (n > 0 and values[n - 1] == number - 1) or values[n + 1 : n + 2] == [number + 1]
    }


def _block(text: str, paragraph: list[Row], numbered: dict[int, int]) -> Block:
    start, end, line = paragraph[0].start, paragraph[-1].end, paragraph[0].number
    described = image(text, start, end) if text.startswith(("![", "[!["), start) else None
    if described is not None:
        return image_block(start, end, described, line)
    bullet = _BULLET.match(text, start, end)
    marked = bullet.end() if bullet else numbered.get(start, start)
    if start < marked < end:
        return Block(start, end, trimmed(text, marked, end), "item", line, level=1)
    kind: Kind = "heading" if len(paragraph) == 1 and looks_like_heading(text[start:end]) else "paragraph"
    return Block(start, end, (start, end), kind, line)


def _checked(text: str, found: list[Block]) -> list[Block]:
    """Blocks in the light of their neighbours.

    Headings head something: none comes last, and a long row of short lines is no row of headings.
    A numbered line alone between paragraphs is no list but a numbered heading or paragraph.
    """
    checked: list[Block] = []
    for kind, group in groupby(found, key=lambda block: block.kind):
        run = list(group)
        if kind == "heading" and len(run) > _MOST_HEADINGS_IN_A_ROW:
            run = [replace(block, kind="paragraph") for block in run]
        elif kind == "item" and len(run) == 1 and not _BULLET.match(text, run[0].start):
            start, end = run[0].start, run[0].end
            alone: Kind = "heading" if looks_like_heading(text[start:end]) else "paragraph"
            run = [replace(run[0], kind=alone, content=(start, end), level=0)]
        checked += run
    for n in range(1, len(checked) - 1):
        before, block, after = checked[n - 1 : n + 2]
        if block.kind == before.kind == after.kind == "paragraph" and _heads_as_question(text, before, block, after):
            checked[n] = replace(block, kind="heading")
    if checked and checked[-1].kind == "heading":
        checked[-1] = replace(checked[-1], kind="paragraph")
    return checked


def _heads_as_question(text: str, before: Block, block: Block, after: Block) -> bool:
    """Whether a paragraph is one short question between much longer paragraphs."""
    words = text[block.start : block.end]
    length = block.end - block.start
    return (
        words[-1] in "?？"
        and looks_like_heading(words[:-1])
        and not any(mark in words[:-1] for mark in _TERMINAL)
        and min(before.end - before.start, after.end - after.start) >= _LONGER * length
    )
