"""Quotations: what stands between quotation marks, who said it, and reported speech.

Reported speech ("Musk said that ...") is a weaker witness of the words, so it is marked as such.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import regex

from pipeline.compare.names import Found
from pipeline.compare.words import Words

# Opening marks and what may close them: German, English, French both ways round, Chinese.
_PAIRS = {
    "„": "“”\"", "“": "”\"", "”": "”", "»": "«", "«": "»", "「": "」", "『": "』", "《": "", "\"": "\"", "‚": "‘’",
    "‘": "’", "‹": "›", "›": "‹",
}  # fmt: skip
_MARKS = regex.compile('[„“”»«「」『』"‚‘’‹›]')
_FEWEST_WORDS, _FEWEST_HAN = 4, 8
_HAN = regex.compile(r"\p{Han}")
_WORD = regex.compile(r"[\p{L}\p{N}]++(?:[’'-][\p{L}\p{N}]++)*+")
# How many tokens before or behind a quotation its speaker may stand.
_REACH = 10


@dataclass(frozen=True, slots=True)
class Quotation:
    """Words quoted or reported, at `text[start:end]` without the marks."""

    start: int
    end: int
    speaker: str
    direct: bool


def quotations(text: str, words: Words, names: Sequence[Found]) -> list[Quotation]:
    """The quotations in a folded text, the direct ones first in order; reported speech where there is none."""
    spans = [(start, end) for start, end in _quoted(text) if _long_enough(text[start:end])]
    found = [Quotation(start, end, _speaker(words, names, start, end), True) for start, end in spans]
    return found or _reported(text, words, names)


def _quoted(text: str) -> list[tuple[int, int]]:
    """The spans between quotation marks, outermost only. A mark that is opened and never closed runs to
    the end, and one that is closed only runs from the start: the sentence is part of a longer quotation."""
    spans = []
    opened: tuple[int, str] | None = None
    for match in _MARKS.finditer(text):
        at, mark = match.start(), match[0]
        if mark in "’‘'" and 0 < at < len(text) - 1 and text[at - 1].isalnum() and text[at + 1].isalnum():
            continue  # an apostrophe
        if opened and mark in opened[1]:
            spans.append((opened[0], at))
            opened = None
        elif opened is None:
            closes = _PAIRS.get(mark, "")
            alone = mark in "”」』’" or (mark == '"' and text.count('"') == 1 and at > len(text) / 2)
            if alone and not spans:
                spans.append((0, at))
            elif closes and not alone:
                opened = (at + 1, closes)
    if opened:
        spans.append((opened[0], len(text)))
    return [_stripped(text, start, end) for start, end in spans]


def _stripped(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _long_enough(quoted: str) -> bool:
    return len(_HAN.findall(quoted)) >= _FEWEST_HAN or len(_WORD.findall(_HAN.sub("", quoted))) >= _FEWEST_WORDS


def _speaker(words: Words, names: Sequence[Found], start: int, end: int) -> str:
    """Who said what stands from `start` to `end`: the name beside a verb of speech, or before a colon."""
    tokens = words.tokens
    first = next((i for i, token in enumerate(tokens) if token.start >= start), len(tokens))
    behind = next((i for i, token in enumerate(tokens) if token.start >= end), len(tokens))
    colon = any(words.text(i) in ":：" and words.text(i) for i in range(max(0, first - 2), first))
    for low, high in ((max(0, first - _REACH), first), (behind, min(len(tokens), behind + _REACH))):
        if low >= high:
            continue
        spoken = any(words.sense(i, "verbs") for i in range(low, high))
        near = [name for name in names if tokens[low].start <= name.start < tokens[high - 1].end]
        near = [name for name in near if name.end <= start or name.start >= end]
        if near and (spoken or (colon and high == first)):
            return near[-1 if high == first else 0].name
    return ""


def _reported(text: str, words: Words, names: Sequence[Found]) -> list[Quotation]:
    """`X said that ...`: a name, a verb of speech within reach, and the rest of the sentence."""
    if not names:
        return []
    tokens = words.tokens
    for i in range(len(tokens)):
        if not words.sense(i, "verbs"):
            continue
        # The speaker stands before the verb, or right behind it in German.
        before = [name for name in names if name.end <= tokens[i].start]
        after = [name for name in names if name.start >= tokens[i].end]
        close = [name for name in before if _between(words, name.end, tokens[i].start) <= 4]
        close += [name for name in after[:1] if words.lexicon.language == "de" and name.start - tokens[i].end <= 1]
        if not close:
            continue
        start = _clause(words, i, close[-1].end)
        if start is not None and _long_enough(text[start:]):
            end = len(text.rstrip(" 。.!?！？"))
            return [Quotation(start, end, close[-1].name, False)] if end > start else []
    return []


def _between(words: Words, start: int, end: int) -> int:
    return sum(start <= token.start < end for token in words.tokens)


def _clause(words: Words, verb: int, past: int) -> int | None:
    """Where the reported words start: behind `that`, behind a comma, or right behind the verb in Chinese."""
    tokens = words.tokens
    for i in range(verb + 1, min(verb + 12, len(tokens))):
        if tokens[i].start < past:
            continue
        if words.sense(i, "that"):
            return tokens[i].end + 1 if i + 1 < len(tokens) else None
        if words.text(i) in ",，:：" and words.lexicon.language in ("zh", "de") and not words.sense(i + 1, "that"):
            return tokens[i + 1].start if i + 1 < len(tokens) else None
    if words.han and verb + 1 < len(tokens):
        return tokens[verb + 1].start
    return None
