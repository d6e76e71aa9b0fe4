"""Quotes and brackets: which mark opens, which closes, and which belong together.

A straight quote may do either, an apostrophe does neither, and the same curly mark opens in one
language and closes in another. White space around a mark decides where it can; where it cannot,
marks alternate.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import regex

BRACKETS = {")": "(", "]": "[", "}": "{", "）": "（", "］": "［", "｝": "｛", "】": "【", "〕": "〔", "〗": "〖"}
TITLES = {"》": "《", "〉": "〈"}
# What each closing mark may close, most usual first: German „…“, English “…”, Swiss «…», ASCII stand-ins.
_CLOSES: dict[str, tuple[str, ...]] = {
    '"': ('"', "„", "“"),
    "''": ("''", "``", '"'),
    "``": ("``",),
    "“": ("„", ",,", "‟"),
    "”": ("“", "„", ",,", "”", '"'),
    "‟": ("„",),
    "’": ("‘", "‚"),
    "‘": ("‚",),
    "'": ("'", "`", "‘", "‚"),
    "`": ("`",),
    "«": ("»",),
    "»": ("«", "»"),
    "‹": ("›",),
    "›": ("‹",),
    "」": ("「",),
    "』": ("『",),
    **{close: (opening,) for close, opening in (BRACKETS | TITLES).items()},
}
_OPENING = frozenset("\"'`„“‟‚‘«»‹›「『") | {"''", "``", ",,"} | frozenset((BRACKETS | TITLES).values())
_NESTING = frozenset(BRACKETS.values()) | frozenset(TITLES.values()) | {"「", "『"}
_APOSTROPHES = frozenset("'’`")

_MARK = regex.compile(r"""''|``|,,(?=\p{L})|["'`„“”‟‚‘’«»‹›「」『』《》〈〉()\[\]{}（）［］｛｝【】〔〕〖〗]""")
_WORD = regex.compile(r"\p{L}++")
_DECADE = regex.compile(r"\d\ds?+\b")
_SPACED_SCRIPT = regex.compile(r"[^\W\p{Han}\p{Hiragana}\p{Katakana}]")
# Before an opening mark there is nothing, an opening bracket, a colon or a dash; after a closing mark a stop.
_FREE_BEFORE = frozenset("([{（［【〔〖《「『:：-–—/=*_")
_FREE_AFTER = frozenset(".,;:!?)]}…。，、；：！？）］】〕〗》」』-–—/*_")
_STOP_FOLLOWS = regex.compile(r"\s*+(?!\.\.|…)[.,;:!?)\]]")
_STOP_PRECEDES = regex.compile(r"[.!?…]\s*+\Z")
_SPEECH_ENDS = regex.compile(r"[.!?,…]\s++\Z")
_SMALL_FOLLOWS = regex.compile(r"\s++\p{Ll}")
_STALE = 4000  # code points after which an opening mark is taken to have lost its partner
_NEAR = 8  # code points looked at around a mark


@dataclass(slots=True)
class Marks:
    """The marks of a text: where each one ends that opens or closes, and the pairs they make."""

    opening: dict[int, int] = field(default_factory=dict)
    closing: dict[int, int] = field(default_factory=dict)
    partner: dict[int, int] = field(default_factory=dict)  # closing mark to its opening mark


def find(text: str, elisions: frozenset[str] = frozenset()) -> Marks:
    """The marks of one running text, in linear time.

    `elisions` are words written with an apostrophe in front ('tis, 'em), in lower case.
    """
    marks = Marks()
    waiting: dict[str, list[int]] = {}
    free: dict[int, str] = {}  # marks with space on both sides, which alternate
    latest: dict[str, int] = {}  # the last closing mark of a kind
    for match in _MARK.finditer(text):
        mark, (start, end) = match.group(), match.span()
        before, after = text[start - 1 : start] or " ", text[end : end + 1] or " "
        if mark in _APOSTROPHES and _is_apostrophe(text, before, end, elisions):
            continue
        free_before = before.isspace() or before in _FREE_BEFORE
        free_after = after.isspace() or after in _FREE_AFTER
        must_open = mark in _OPENING and free_before and not free_after
        must_close = mark in _CLOSES and free_after and not free_before
        if free_before and free_after and mark in "«»‹›":
            must_open = mark in "«‹"  # only languages that point them outwards put space inside
            must_close = not must_open
        elif free_before and free_after and mark in _CLOSES:
            free[start] = mark
            must_close = _closes_by_context(text, start, end)
        if mark in _CLOSES and not must_open:
            opened = _take(waiting, mark, start)
            if opened is None and must_close and latest.get(mark, -1) in free:
                opened = _reopen(text, marks, latest[mark])
            if opened is not None or must_close or mark not in _OPENING:
                marks.closing[start] = end
                latest[mark] = start
                if opened is not None:
                    marks.partner[start] = opened
                continue
        marks.opening[start] = end
        stack = waiting.setdefault(mark, [])
        if mark not in _NESTING:
            stack.clear()  # a quotation within itself: the earlier mark has lost its partner
        stack.append(start)
    _close_first(text, marks, free)
    return marks


def _closes_by_context(text: str, start: int, end: int) -> bool:
    """Whether a mark with space on both sides closes: before a stop, or where speech has ended and goes on small."""
    if _STOP_FOLLOWS.match(text, end, end + _NEAR):
        return True
    speech = _SPEECH_ENDS.search(text, max(0, start - _NEAR), start)
    return speech is not None and _SMALL_FOLLOWS.match(text, end, end + _NEAR) is not None


def _reopen(text: str, marks: Marks, closed: int) -> int | None:
    """Let a mark with space on both sides open, since a certain closing mark has no other partner
    and the one it had been paired with stands after a stop: it may close what began before the text."""
    opened = marks.partner.get(closed)
    if opened is None or not _STOP_PRECEDES.search(text, max(0, opened - _NEAR), opened):
        return None
    del marks.partner[closed]
    marks.opening[closed] = marks.closing.pop(closed)
    return closed


def _close_first(text: str, marks: Marks, free: dict[int, str]) -> None:
    """A first mark after a stop that pairs with nothing closes what opened before the text began."""
    paired = set(marks.partner.values())
    seen: set[str] = set()
    for start, mark in free.items():
        unpaired = mark not in seen and start in marks.opening and start not in paired
        seen.add(mark)
        if unpaired and _STOP_PRECEDES.search(text, max(0, start - _NEAR), start):
            marks.closing[start] = marks.opening.pop(start)


def _take(waiting: dict[str, list[int]], mark: str, position: int) -> int | None:
    """The nearest waiting mark that this one closes, taken off its pile."""
    piles = [pile for opening in _CLOSES[mark] if (pile := waiting.get(opening))]
    if not piles:
        return None
    opened = max(piles, key=lambda pile: pile[-1]).pop()
    return opened if position - opened <= _STALE else None


def _is_apostrophe(text: str, before: str, end: int, elisions: frozenset[str]) -> bool:
    after = text[end : end + 1]
    if _SPACED_SCRIPT.match(before):
        return bool(_SPACED_SCRIPT.match(after))
    word = _WORD.match(text, end, end + _NEAR)
    return bool(word and word.group().lower() in elisions) or bool(_DECADE.match(text, end))
