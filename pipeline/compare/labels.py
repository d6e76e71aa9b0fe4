"""Numbers that are no quantities: ordinals, versions, scores, numbered things, the numbers of a list."""

from __future__ import annotations

from pipeline.compare import numerals
from pipeline.compare.numerals import Number
from pipeline.compare.words import Words

_NUMBER_SIGNS = ("第", "#", "§", "№", "@", "^")
# A word of another kind before a number is no name, whatever its case: `About 40 left`.
_NAMING = {"concept", "stop", "unit", "post", "aspect"}
_ORDINAL_ENDINGS = frozenset(("st", "nd", "rd", "th"))


def is_label(words: Words, first: int, number: Number) -> bool:
    """Whether the number read from token `first` on names or orders something, and counts nothing."""
    i = number.next
    if words.sense(i, "nth") or words.text(first - 1) == "第":
        return True
    if not number.digits or number.scaled:
        return False
    return (
        _is_score(words, first, number)
        or _is_marked(words, first, i)
        or _is_item(words, first, number)
        or _is_ordinal(words, number)
        or (first > 0 and _is_version(words, first, number))
    )


def _is_marked(words: Words, first: int, end: int) -> bool:
    """#3, `Phase 2`, the 30 of 16:30, the 2 of A-2, but not the 599 of 449/599 euros."""
    before = words.text(first - 1)
    if before in _NUMBER_SIGNS or words.sense(first - 1, "label"):
        return True
    if not words.touches(first) or not before:
        return False
    if before in ":/=":
        return not (before == "/" and words.sense(end, "unit"))
    return before in "-.'’" and words.touches(first - 1) and words.kind(first - 2) != "number"


def _is_item(words: Words, first: int, number: Number) -> bool:
    """The number of a list item, 1. or (1) or 一、, and what stands before a colon or slash: 3:2, 24/7."""
    i = number.next
    after, touching = words.text(i), words.touches(i)
    if words.text(first - 1) == "(" and after == ")" and number.low < 100:
        return True
    if not touching:
        return False
    if after in (":", "/"):
        return words.touches(i + 1) and words.starts_number(i + 1)
    return after in (".", ")", "、") and first == 0 and i + 1 < len(words)


def _is_ordinal(words: Words, number: Number) -> bool:
    """12th; in German a full stop within the sentence makes an ordinal: `im 3. Stock`."""
    i = number.next
    if not words.touches(i):
        return False
    if words.lexicon.language == "de" and words.text(i) == "." and number.low < 1000:
        return words.kind(i + 1) == "word"
    return words.text(i) in _ORDINAL_ENDINGS


def _is_score(words: Words, first: int, number: Number) -> bool:
    """2-1, 5-0-0, 2比1, `2 zu 1`: numbers set against each other."""
    i = number.next
    if words.text(i) == "比" or words.text(first - 1) == "比":
        return words.starts_number(i + 1) or words.starts_number(first - 2)
    if first > 1 and words.text(first - 1) in ("-", "–") and words.kind(first - 2) == "number":
        return words.touches(first) and words.touches(first - 1)
    if words.text(i) in ("-", "–") and words.touches(i) and words.touches(i + 1):
        other = numerals.number(words, i + 1)
        return other is not None and other.digits and not other.scaled and other.low <= number.low
    return False


def _is_version(words: Words, first: int, number: Number) -> bool:
    """`Grok 4.2`, `Gemini 3 Pro`, `Grok 5-Modell`: a name stands before, and no unit behind."""
    before, i = words.tokens[first - 1], number.next
    if not before.name or before.senses.keys() - _NAMING or words.touches(first):
        return False
    if words.sense(i, "unit") or words.sense(i, "measure") or number.low >= 1000:
        return False
    if words.text(i) == "-" and words.touches(i):
        return not words.sense(i + 1, "unit") and not words.starts_number(i + 1)
    if words.sense(i, "range"):
        return False
    if words.han:
        return True
    common = words.lexicon.language == "de" and not any(c.isupper() or c.isdigit() for c in before.text[1:])
    if words.sense(i, "concept") or words.sense(i + 1, "concept"):
        return not common and number.low != int(number.low)
    counted = any(words.text(j)[:1].isupper() for j in (i, i + 1))
    return not common or not counted or number.low != int(number.low)
