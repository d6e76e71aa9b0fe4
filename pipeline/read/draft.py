"""What a reader of one format hands on, and the line arithmetic that all of them share."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Literal

from pipeline.model import Block

_LINE_END = re.compile(r"\r\n|\r|\n")
_LINKED = re.compile(r"!?\[([^\]\n]{0,300})\]\([^)\n]{0,1000}\)")
_BIDI_CONTROLS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C])


@dataclass(frozen=True, slots=True)
class Entry:
    """What somebody stated of a source: a table of `sources.toml`, a front matter, HTML meta elements.

    "" stands for nothing stated. `language` is a BCP 47 tag, `date` an ISO 8601 calendar date.
    """

    id: str = ""
    outlet: str = ""
    language: str = ""
    title: str = ""
    date: str = ""
    url: str = ""

    def over(self, other: Entry) -> Entry:
        """This entry, with the other's word on what this one leaves open."""
        return Entry(*(getattr(self, key) or getattr(other, key) for key in KEYS))


KEYS = tuple(field.name for field in fields(Entry))
NOTHING = Entry()


@dataclass(frozen=True, slots=True)
class Draft:
    """A document as its format's reader sees it, before anything is inferred.

    `links` holds the numbers of the blocks that are nothing but a link. `label` tells apart the
    records of a file that holds several sources, and is "" in a file that is one source.
    """

    text: str
    blocks: tuple[Block, ...]
    stated: Entry = NOTHING
    markup: Literal["plain", "markdown"] = "plain"
    line_unit: str = "line"
    links: frozenset[int] = frozenset()
    label: str = ""
    digest: str = ""


def line_spans(text: str) -> list[tuple[int, int]]:
    """Start and end of every line without its line end; LF, CR LF and CR may be mixed."""
    spans = []
    start = 0
    for match in _LINE_END.finditer(text):
        spans.append((start, match.start()))
        start = match.end()
    spans.append((start, len(text)))
    return spans


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """The span without the white space at both of its ends; empty at `end` if there is nothing else."""
    piece = text[start:end]
    stripped = piece.lstrip()
    start = end - len(stripped)
    return start, start + len(stripped.rstrip())


def paragraphs_of(lines: list[str]) -> list[str]:
    """Lines that were broken inside an element, as paragraphs: a line that begins with a small letter goes on."""
    paragraphs: list[list[str]] = []
    for line in lines:
        if paragraphs and line[0].islower():
            paragraphs[-1].append(line)
        else:
            paragraphs.append([line])
    return [" ".join(paragraph) for paragraph in paragraphs]


def unmarked(text: str) -> str:
    """A short text without Markdown's links, emphasis and code marks, white space folded."""
    return " ".join(_LINKED.sub(r"\1", text).replace("**", "").replace("__", "").replace("`", "").split()).strip("*_")


def one_line(value: str, most: int = 300) -> str:
    """A value that goes into names and headings: one line, no control characters, at most `most` characters."""
    shown = "".join(
        " " if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") else char
        for char in value[: most * 4].translate(_BIDI_CONTROLS)
    )
    return " ".join(shown.split())[:most].rstrip()


def printable(name: str) -> str:
    """A file name that can be printed and written as UTF-8: no control characters, no lone surrogates."""
    name = name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return "".join("\ufffd" if unicodedata.category(char) in ("Cc", "Cs") else char for char in name).translate(
        _BIDI_CONTROLS
    )


def uncovered(text: str, blocks: list[Block], start: int = 0) -> Iterator[tuple[int, int]]:
    """The spans between blocks that hold more than white space, without the white space around them."""
    for block_start, block_end in [*((block.start, block.end) for block in blocks), (len(text), len(text))]:
        if block_start > start:
            span = trimmed(text, start, block_start)
            if span[0] < span[1]:
                yield span
        start = max(start, block_end)
