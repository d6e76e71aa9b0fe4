"""Markdown: markdown-it finds the block structure (CommonMark with tables), this module the exact offsets.

Two rules are off on purpose: text indented by four spaces is prose in a news file far more often than
code, and link definitions stay where they stand instead of vanishing.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from pipeline.model import Block, Cell, Kind
from pipeline.read.draft import line_spans, trimmed, uncovered
from pipeline.read.text import Row, Wrap, ends_sentence, image, image_block, is_wide, wrapping

if TYPE_CHECKING:
    from markdown_it.token import Token

_CONTAINER_MARKS = re.compile(r"(?:[ \t>]|[*+-](?=[ \t])|\d{1,9}[.)](?=[ \t]))*")
_LATER_MARKS = re.compile(r"[ \t>]*")  # only the first line of a list item has its bullet
_DEFINITION = re.compile(r"\[[^\]\n]{1,200}\]:[ \t]*\S+")
_HEADING = re.compile(r"#{1,6}[ \t]+\S")
_TAG = re.compile(r"<(?:(!--|script\b|style\b)|[a-z/!?])", re.IGNORECASE)
_TAG_END = re.compile(">")
_ENDS = {
    "!--": re.compile("-->"),
    "script": re.compile("</script[^<>]{0,20}>", re.IGNORECASE),
    "style": re.compile("</style[^<>]{0,20}>", re.IGNORECASE),
}
_Hidden = re.Pattern[str] | None
_HARD_BREAK = re.compile(r"\\$|[ \t]{2,}$")


def recognised(text: str) -> bool:
    """Whether a text without a telling file name is Markdown: by a table's rule, or by ATX headings."""
    headings = 0
    first = True
    for start, end in line_spans(text[:200_000]):
        line = text[start : min(end, start + 500)].strip()
        if not line:
            continue
        headings += bool(_HEADING.match(line))
        if headings > 1 or (first and headings) or ("|" in line and "--" in line and set(line) <= set("|-: \t")):
            return True
        first = False
    return False


def blocks(text: str, start: int = 0, first_line: int = 1) -> list[Block]:
    """The blocks of Markdown from `start` on, in order; every character that is not blank is in one."""
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark").enable("table").disable(["code", "reference"])
    parser.core.ruler.enableOnly(["normalize", "block"])
    tokens = parser.parse(text[start:])
    walk = _Walk(text, [(start + a, start + b) for a, b in line_spans(text[start:])], first_line)
    walk.find_wrap(tokens)
    found = [block for block in walk.blocks(tokens) if block.start < block.end]
    # What lies deeper than markdown-it goes (20 containers) has no token.
    leftovers = [block for span in uncovered(text, found, start) for block in walk.leftover(*span)]
    return sorted(found + leftovers, key=lambda block: block.start) if leftovers else found


class _Walk:
    """A walk over markdown-it's tokens, which give lines, to blocks, which give characters."""

    def __init__(self, text: str, spans: list[tuple[int, int]], first_line: int) -> None:
        self.text = text
        self.spans = spans
        self.first_line = first_line
        self.wrap = Wrap()
        self.tables = 0

    def find_wrap(self, tokens: list[Token]) -> None:
        pairs: list[tuple[Row, Row]] = []
        for token in tokens:
            if token.type == "inline" and token.map and token.map[1] - token.map[0] > 1:
                pairs += pairwise(self.rows(*token.map))
        self.wrap = wrapping(self.text, pairs)

    def blocks(self, tokens: list[Token]) -> Iterator[Block]:
        containers: list[Kind] = []
        position = 0
        while position < len(tokens):
            token = tokens[position]
            first, last = token.map or (0, 0)
            if token.type in ("blockquote_open", "list_item_open"):
                containers.append("quote" if token.type == "blockquote_open" else "item")
            elif token.type in ("blockquote_close", "list_item_close"):
                containers.pop()
            elif token.type == "heading_open":
                yield self.heading(token, first, last)
                position += 1  # its inline token
            elif token.type == "table_open":
                while tokens[position].type != "table_close":
                    position += 1
                yield from self.table(first, last)
            elif token.type == "inline":
                yield from self.paragraph(first, last, containers)
            elif token.type == "fence":
                yield self.fence(first, last, token.markup)
            elif token.type == "html_block":
                yield from self.html(first, last)
            elif token.type == "hr":
                yield self.markup(first)
            position += 1

    def row(self, line: int, first: int) -> Row:
        """A line without the marks of the quotes and list items around it; `first` is the block's first line."""
        start, end = self.spans[line]
        marks = (_CONTAINER_MARKS if line == first else _LATER_MARKS).match(self.text, start, end)
        inner = trimmed(self.text, marks.end() if marks else start, end)
        return Row(*(inner if inner[0] < inner[1] else trimmed(self.text, start, end)), line, gap=False)

    def rows(self, first: int, last: int) -> list[Row]:
        """The lines of a block that are not blank; Markdown knows fewer kinds of blank than Unicode."""
        return [row for line in range(first, last) if (row := self.row(line, first)).start < row.end]

    def whole(self, first: int, last: int) -> tuple[int, int]:
        """The span of lines `first` up to `last`, without the white space around it."""
        return trimmed(self.text, self.spans[first][0], self.spans[last - 1][1])

    def block(self, first: int, last: int, content: tuple[int, int], kind: Kind, level: int = 0) -> Block:
        start, end = self.whole(first, last)
        inner = trimmed(self.text, max(start, content[0]), min(end, content[1]))
        return Block(start, end, inner if inner[0] < inner[1] else (start, end), kind, self.first_line + first, level)

    def markup(self, first: int, last: int = 0) -> Block:
        start, end = self.whole(first, last or first + 1)
        return Block(start, end, (start, end), "boilerplate", self.first_line + first, reason="markup")

    def heading(self, token: Token, first: int, last: int) -> Block:
        if token.markup.startswith("#"):
            start, end = self.spans[first]
            start = self.text.index("#", start) + len(token.markup)
            closed = self.text[start:end].rstrip().rstrip("#")
            # Hashes close a heading only after white space ("C#" keeps its own).
            end = start + len(closed) if closed[-1:].isspace() else end
            content = trimmed(self.text, start, end)
        else:  # underlined
            content = (self.row(first, first).start, self.row(last - 2, first).end)
        if content[0] == content[1]:
            return self.markup(first, last)
        return self.block(first, last, content, "heading", int(token.tag[1]))

    def paragraph(self, first: int, last: int, containers: list[Kind]) -> Iterator[Block]:
        """A paragraph, or several where its lines were not meant to be joined: at hard breaks, and where
        lines that were not broken at a column end like paragraphs (their writers see a line as one)."""
        kind: Kind = containers[-1] if containers else "paragraph"
        rows = self.rows(first, last)
        begin = 0
        for n, row in enumerate(rows):
            if n + 1 < len(rows) and not self.breaks(row, rows[n + 1]):
                continue
            lines = (rows[begin].number, row.number + 1)
            hard_break = n + 1 < len(rows) and self.text[row.end - 1] == "\\"
            content = (rows[begin].start, row.end - hard_break)
            described = image(self.text, *content) if self.text.startswith(("![", "[!["), content[0]) else None
            if described is not None:
                yield image_block(*self.whole(*lines), described, self.first_line + lines[0])
            elif _DEFINITION.fullmatch(self.text, *content):
                yield self.markup(*lines)
            else:
                yield self.block(*lines, content, kind, level=len(containers))
            begin = n + 1

    def breaks(self, row: Row, after: Row) -> bool:
        line_end = self.spans[row.number][1]
        hard = _HARD_BREAK.search(self.text[max(row.start, line_end - 3) : line_end])
        if hard or _DEFINITION.fullmatch(self.text, row.start, row.end):
            return True
        last, first = self.text[row.end - 1], self.text[after.start]
        if self.wrap or first.islower():
            return False
        emphasised = last in "*_" and first in "*_"
        return emphasised or last in ":：" or is_wide(first) or ends_sentence(self.text[row.start : row.end])

    def table(self, first: int, last: int) -> Iterator[Block]:
        """Cell by cell; a cell's block has the bars around it, and those of empty cells before it."""
        number, self.tables = self.tables, self.tables + 1
        for line in range(first, last):
            if line == first + 1:
                yield self.markup(line)
                continue
            row = self.row(line, first)
            cells = [(column, span) for column, span in enumerate(self.columns(row)) if span[0] < span[1]]
            if not cells:
                yield self.markup(line)
                continue
            start = self.whole(line, line + 1)[0]
            for n, (column, span) in enumerate(cells):
                end = span[1] if n + 1 < len(cells) else row.end
                cell = Cell(number, max(0, line - first - 1), column, header=line == first)
                yield Block(start, end, span, "cell", self.first_line + line, cell=cell)
                start = trimmed(self.text, end, row.end)[0]

    def columns(self, row: Row) -> Iterator[tuple[int, int]]:
        """The spans between the bars of a table row; a bar after a backslash is text."""
        start = row.start + (self.text[row.start] == "|")
        for position in range(start, row.end):
            if self.text[position] == "|" and self.text[position - 1] != "\\":
                yield trimmed(self.text, start, position)
                start = position + 1
        if start < row.end:
            yield trimmed(self.text, start, row.end)

    def fence(self, first: int, last: int, mark: str) -> Block:
        closed = last - 1 > first and self.text.startswith(mark[:3], self.row(last - 1, first).start)
        inner_last = last - 1 if closed else last
        if first + 1 >= inner_last:
            return self.markup(first, last)
        content = trimmed(self.text, self.spans[first + 1][0], self.spans[inner_last - 1][1])
        return self.block(first, last, content, "code") if content[0] < content[1] else self.markup(first, last)

    def html(self, first: int, last: int) -> Iterator[Block]:
        """Raw HTML, line by line: what stands outside its tags is a paragraph, the rest markup."""
        hidden: _Hidden = None
        for line in range(first, last):
            start, end = self.whole(line, line + 1)
            if start == end:
                continue
            inner, outer, hidden = _outside_tags(self.text, start, end, hidden)
            if inner < outer:
                yield self.block(line, line + 1, (inner, outer), "paragraph")
            else:
                yield self.markup(line)

    def leftover(self, start: int, end: int) -> Iterator[Block]:
        for a, b in line_spans(self.text[start:end]):
            span = trimmed(self.text, start + a, start + b)
            if span[0] == span[1]:
                continue
            line = self.first_line + self.line_at(span[0])
            marks = _CONTAINER_MARKS.match(self.text, *span)
            content = trimmed(self.text, marks.end() if marks else span[0], span[1])
            if content[0] < content[1] and not set(self.text[slice(*content)]) <= set("|-: \t>*+"):
                yield Block(*span, content, "paragraph", line)
            else:
                yield Block(*span, span, "boilerplate", line, reason="markup")

    def line_at(self, position: int) -> int:
        return bisect_right(self.spans, position, key=lambda span: span[0]) - 1


def _outside_tags(text: str, start: int, end: int, hidden: _Hidden) -> tuple[int, int, _Hidden]:
    """The span from the first to the last character of a line that is not in a tag, comment, script or style.

    `hidden` is the end of what the line begins in; the third value, of what the next line begins in.
    """
    first, last = end, end
    position = start
    while position < end:
        if hidden:
            close = hidden.search(text, position, end)
            if not close:
                break
            position, hidden = close.end(), None
        elif match := _TAG.match(text, position, end):
            position = match.end()
            hidden = _ENDS[match[1].lower()] if match[1] else _TAG_END
        else:
            if not text[position].isspace():
                first, last = min(first, position), position + 1
            position += 1
    return first, max(first, last), hidden
