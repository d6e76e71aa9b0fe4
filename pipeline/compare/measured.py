"""The unit a number is measured in, behind it: `45-minütig`, `billions of dollars`, 三个半小时."""

from __future__ import annotations

from pipeline.compare import numerals
from pipeline.compare.draft import Draft, is_currency
from pipeline.compare.lexicon import Sense
from pipeline.compare.numerals import Number
from pipeline.compare.words import Words

FOOT = 0.3048
_MINUTE, _AGE, _TIMES = Sense("s", 60.0), Sense("year of age", 1.0), Sense("times", 1.0)
# Symbols that are letters, and mean nothing behind a number in words.
_LETTERS = ("m", "t", "g", "h", "W", "mi", "ms", "x")


def measure(words: Words, draft: Draft, number: Number) -> None:
    """A unit after the number, perhaps behind a hyphen or, in Chinese, a measure word."""
    i = draft.next
    if number.rest:
        draft.unit = words.lexicon.suffix(number.rest, "unit")
        if draft.unit is None and (concept := words.lexicon.suffix(number.rest, "concept")):
            draft.noun = concept.name
        if draft.noun == "time" and words.lower(draft.next) == "so":  # fünfmal so viel
            draft.unit, draft.next = _TIMES, min(draft.next + 2, len(words))
        _age(words, draft)
        return
    if words.text(i) == "-" and words.touches(i) and words.touches(i + 1):
        i += 1
    if number.scaled and words.sense(i, "link") and words.sense(i + 1, "unit"):
        i += 1  # billions of dollars
    if words.text(i) == "个" and words.text(i + 1) == "半" and words.sense(i + 2, "unit"):
        draft.low, draft.high, i = draft.low + 0.5, draft.high + 0.5, i + 2
    elif words.text(i) == "个" and words.sense(i + 1, "unit"):
        i += 1
    unit = words.sense(i, "unit") or _minute(words, i)
    if unit is None or (draft.unit and draft.unit is not unit and not is_currency(unit)):
        return
    if words.text(i) in _LETTERS and not number.digits:
        return
    if number.one and not _is_one(words, unit, draft.first, i):
        return
    draft.unit, draft.next = unit, i + 1
    if unit.value == FOOT and words.text(i + 1) == "-" and words.kind(i + 2) == "number":
        inches = numerals.number(words, i + 2)  # 6-foot-6
        if inches is not None and inches.low < 12:
            draft.low = draft.high = draft.low + inches.low / 12
            draft.next = inches.next
    _age(words, draft)
    if words.sense(draft.next, "half") and (unit.name == "s" or words.han):
        draft.low, draft.high = draft.low + 0.5, draft.high + 0.5
        draft.next += 1


def _goes_on(words: Words, i: int) -> bool:
    """`Eine Stunde und 45 Minuten`."""
    i += bool(words.sense(i, "both"))
    if not words.starts_number(i):
        return False
    unit = words.sense(i + 1, "unit")
    return unit is not None and unit.name == "s"


def _minute(words: Words, i: int) -> Sense | None:
    """分 is a minute beside hours or seconds, 45分46秒, and a point elsewhere."""
    if words.text(i) != "分":
        return None
    seconds = words.starts_number(i + 1) and words.text(i + 2) in ("秒", "秒钟")
    return _MINUTE if seconds or words.text(i - 2) in ("小时", "时") else None


def _age(words: Words, draft: Draft) -> None:
    """`Ein 20-jähriger Mann` is of that age, `20-jährige Erfahrung` lasted so long."""
    person = words.sense(draft.next, "concept")
    if draft.unit is None or person is None or "jährig" not in words.lower(draft.next - 1):
        return
    if person.name in words.lexicon.people:
        draft.unit = _AGE


def _is_one(words: Words, unit: Sense, first: int, unit_at: int) -> bool:
    """Whether `a year`, 一天, `a mile` is a quantity: "in a year" and 一天半 are, "a year" is often a rate."""
    if unit.name == "%" or words.sense(first - 1, "about") or words.sense(first - 1, "over"):
        return True
    if unit.name == "s" and _goes_on(words, unit_at + 1):
        return True
    if unit.name != "s":
        return words.han and not is_currency(unit) and unit.name != "times"
    if words.sense(unit_at + 1, "half") or words.sense(unit_at + 1, "after_under"):
        return True
    return not words.han and bool(words.sense(first - 1, "opener"))
