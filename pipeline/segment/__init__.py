"""From blocks to sentences, with exact offsets."""

from __future__ import annotations

import regex

from pipeline.model import Block, Document, Kind, Segment
from pipeline.segment.plain import labels, visible
from pipeline.segment.sentences import split

__all__ = ["segment", "split"]

_WHOLE: frozenset[Kind] = frozenset(("boilerplate", "code"))
_TERSE: frozenset[Kind] = frozenset(("title", "heading", "item", "cell"))
_HAN = regex.compile(r"\p{Han}")
_LABEL_WORDS = 2
_LABEL_HAN = 4


def segment(document: Document) -> list[Segment]:
    """All sentences of a document in source order; a block of boilerplate or code is one segment.

    Ids are the source's id and the number, from 1. Sentences are found in the visible text, so that
    markup neither makes nor hides an end; `text` holds the markup around the words, `plain` does not.
    """
    source, text = document.source, document.text
    defined = labels(text) if document.markup == "markdown" else frozenset[str]()
    segments: list[Segment] = []
    for index, block in enumerate(document.blocks):
        line, counted = block.line, block.start
        for start, end, plain in _sentences(document, block, defined):
            if source.line_unit == "line":
                line += text.count("\n", counted, start)
                counted = start
            number = len(segments) + 1
            segments.append(
                Segment(
                    id=f"{source.id}:{number}",
                    source=source.id,
                    number=number,
                    start=start,
                    end=end,
                    text=text[start:end],
                    plain=plain,
                    kind=block.kind,
                    block=index,
                    line=line,
                    reason=block.reason,
                )
            )
    return segments


def _sentences(document: Document, block: Block, defined: frozenset[str]) -> list[tuple[int, int, str]]:
    """Start, end and visible text of a block's sentences; a block without content counts as a whole."""
    start, end = _trimmed(document.text, *block.content)
    if start == end:
        start, end = _trimmed(document.text, block.start, block.end)
    if start == end:
        return []
    page = visible(document.text[start:end], "plain" if block.kind == "code" else document.markup, defined)
    spans = [] if block.kind in _WHOLE else split(page.text, document.source.language)
    if block.kind in _TERSE and len(spans) > 1 and _is_label(page.text[slice(*spans[0])]):
        spans[:2] = [(spans[0][0], spans[1][1])]
    if len(spans) < 2:
        return [(start, end, _line(page.text))]
    # Markup at either end of the block belongs to the first and the last sentence.
    starts = [start, *(start + page.starts[a] for a, _ in spans[1:])]
    ends = [*(start + page.ends[b - 1] for _, b in spans[:-1]), end]
    return [(s, e, _line(page.text[a:b])) for s, e, (a, b) in zip(starts, ends, spans)]


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    piece = text[start:end]
    blank = len(piece) - len(piece.lstrip())
    return (start + blank, start + len(piece.rstrip())) if blank < len(piece) else (start, start)


def _is_label(sentence: str) -> bool:
    """Whether a first "sentence" of an item, cell or heading only names what follows: "Phase 2.", "可靠。"."""
    return (
        sentence.endswith((".", "。"))
        and len(sentence.split()) <= _LABEL_WORDS
        and len(_HAN.findall(sentence)) <= _LABEL_HAN
    )


def _line(plain: str) -> str:
    return plain.replace("\n\n", " ")
