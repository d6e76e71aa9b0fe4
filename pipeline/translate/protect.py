"""Spans that must come through a translation unchanged, and names that must come through as given.

A model may mangle a URL, a handle or an emoji: SentencePiece knows no pieces for them, and Argos'
tokenizer turns each underscore into a space. So they never reach the model. Those at either end of
a sentence, where they are no part of its grammar, are cut off and put back; the others leave a
placeholder behind, whose return is checked.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import regex

_DETACHED = ("url", "emoji", "markup")
_URL = r"[A-Za-z0-9\p{Latin}\-._~:/?#\[\]@!$&*+,;=%|()]"
_SPAN = regex.compile(
    rf"(?P<code>`[^`]++`)"
    rf"|(?P<markup></?+[A-Za-z][^<>]*+>|&(?:[A-Za-z]{{2,8}}|\#[0-9]{{1,7}});)"
    rf"|(?P<url>(?<![A-Za-z0-9])(?:(?:https?|ftp)://|www\.){_URL}++)"
    rf"|(?P<mail>(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]++@[A-Za-z0-9-]++(?:\.[A-Za-z0-9-]++)++)"
    rf"|(?P<handle>(?<![A-Za-z0-9._%+@-])@[A-Za-z0-9_]{{2,}}+|(?<![A-Za-z0-9_&\#/])\#[\p{{Latin}}][\p{{Latin}}0-9_]*+)"
    rf"|(?P<underscored>(?<![\p{{Latin}}0-9_])(?=[\p{{Latin}}0-9]*+_)[\p{{Latin}}0-9_]++)"
    rf"|(?P<emoji>(?:\p{{Extended_Pictographic}}[\uFE0F\u200D\p{{Emoji_Modifier}}]*+)++|\p{{Regional_Indicator}}{{2}}+)"
)
_TRAILING = frozenset(".,;:!?*)]")
_LETTER = regex.compile(r"\p{L}")
_CLOSING = tuple(",.;:!?%)]}”’»")
_OPENING = tuple("([{“‘«")


@dataclass(frozen=True, slots=True)
class Span:
    """`text[start:end]`, to appear in the translation as `shown`. A `name` is put into the text as
    it is to appear, since models copy names; anything else is hidden from the model."""

    start: int
    end: int
    shown: str
    kind: str

    @property
    def is_name(self) -> bool:
        return self.kind == "name"


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a sentence: to be translated, or to be kept as it is."""

    text: str
    translate: bool


@dataclass(frozen=True, slots=True)
class Protected:
    """A sentence taken apart: parts, what each placeholder in them stands for, and the names put in."""

    parts: tuple[Part, ...]
    slots: tuple[tuple[str, str], ...] = ()
    names: tuple[str, ...] = ()

    def missing(self, text: str) -> bool:
        """Whether a placeholder got lost or was doubled in a translation."""
        return any(text.count(slot) != 1 for slot, _ in self.slots)

    def restored(self, text: str) -> str:
        for slot, verbatim in self.slots:
            text = text.replace(slot, verbatim)
        return text


def spans(text: str) -> list[Span]:
    """The spans of a text that no translation may change, in order and without overlap."""
    found = []
    for match in _SPAN.finditer(text):
        kind, shown = match.lastgroup or "", match.group()
        if kind == "url":
            shown = _trimmed(shown)
        found.append(Span(match.start(), match.start() + len(shown), shown, kind))
    return found


def _trimmed(url: str) -> str:
    """A URL without the marks of the sentence around it; a bracket it opened itself is its own."""
    end = len(url)
    while end and url[end - 1] in _TRAILING and not (url[end - 1] == ")" and "(" in url):
        end -= 1
    return url[:end]


def merged(first: Iterable[Span], second: Iterable[Span]) -> list[Span]:
    """Two lists of spans as one, in order; where they overlap, the first list's are kept."""
    kept = sorted(first, key=lambda span: span.start)
    free = []
    position = 0
    for span in sorted(second, key=lambda span: span.start):
        while position < len(kept) and kept[position].end <= span.start:
            position += 1
        if position == len(kept) or kept[position].start >= span.end:
            free.append(span)
    return sorted([*kept, *free], key=lambda span: span.start)


def protect(text: str, found: Sequence[Span], *, split: bool = False, hide_names: bool = False) -> Protected:
    """Take a sentence apart at its spans. With `split` there are no placeholders: the text between
    the spans is translated piece by piece, which no model can spoil. With `hide_names` names leave a
    placeholder behind too."""
    first, last = _inner(text, found)
    parts: list[Part] = []
    slots: list[tuple[str, str]] = []
    body = ""
    position = 0
    for number, span in enumerate(found):
        body += text[position : span.start]
        position = span.end
        if span.is_name and not hide_names:
            body = _spaced(body, span.shown, text[span.end : span.end + 1])
        elif (split or not first <= number <= last) and not span.is_name:
            parts += [Part(body, True), Part(span.shown, False)]
            body = ""
        else:
            slot = _placeholder(text, len(slots))
            slots.append((slot, span.shown))
            body = _spaced(body, slot, text[span.end : span.end + 1])
    parts.append(Part(body + text[position:], True))
    names = tuple(span.shown for span in found if span.is_name)
    put_in = [slot for slot, _ in slots] + list(names)
    kept = tuple(
        Part(part.text.strip(), part.translate and bool(_LETTER.search(without(part.text, put_in))))
        for part in parts
        if part.text.strip()
    )
    return Protected(kept, tuple(slots), names)


def without(text: str, words: Iterable[str]) -> str:
    """A text without some words in it."""
    for word in words:
        text = text.replace(word, " ")
    return text


def _inner(text: str, found: Sequence[Span]) -> tuple[int, int]:
    """The numbers of the first and the last span that cannot be cut off an end of the sentence."""
    first, position = 0, 0
    while first < len(found) and found[first].kind in _DETACHED and not text[position : found[first].start].strip():
        position = found[first].end
        first += 1
    last, position = len(found) - 1, len(text)
    while last >= first and found[last].kind in _DETACHED and not _LETTER.search(text[found[last].end : position]):
        position = found[last].start
        last -= 1
    return first, last


def _placeholder(text: str, number: int) -> str:
    """A short Latin name with a digit, which models copy as they copy the names of products."""
    letters = next((letters for letters in ("XQ", "QX", "ZQX") if letters not in text), "XQZQ")
    return f"{letters}{number + 1}"


def _spaced(before: str, word: str, after: str) -> str:
    """`before` and `word`, with spaces where a script without any would glue the word to its neighbours."""
    left = " " if before and (before[-1].isalnum()) else ""
    right = " " if after.isalnum() else ""
    return before + left + word + right


def joined(parts: Iterable[str]) -> str:
    """English pieces as one text, with spaces where English has them."""
    text = ""
    for part in (part.strip() for part in parts):
        if part:
            gap = "" if not text or part.startswith(_CLOSING) or text.endswith(_OPENING) else " "
            text += gap + part
    return text
