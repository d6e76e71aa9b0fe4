"""Times of day: `16:30 Uhr`, `4 p.m.`, 下午三点半."""

from __future__ import annotations

import regex

from pipeline.compare.numerals import number
from pipeline.compare.words import Words

_DOTTED = regex.compile(r"([012]?[0-9])\.([0-5][0-9])")


def time_of_day(words: Words, i: int) -> tuple[int, str] | None:
    """The token behind the time of day that starts at token i, and the time as "16:30"."""
    return _han(words, i) if words.han else _spaced(words, i)


def _spaced(words: Words, i: int) -> tuple[int, str] | None:
    hour = words.integer(i, 0, 24)
    if hour is None:
        dotted, mark = _DOTTED.fullmatch(words.text(i)), words.sense(i + 1, "clock")
        return _time(i + 2, int(dotted[1]), int(dotted[2]), mark.value) if dotted and mark else None
    minute, end = _minute(words, i + 1)
    mark = words.sense(end, "clock")
    if mark is None and (minute is None or not _follows_a_date(words, i)):
        return None
    return _time(end + (mark is not None), hour, minute or 0, mark.value if mark else 0)


def _han(words: Words, i: int) -> tuple[int, str] | None:
    """下午4点半, 晚上8时20分; a bare 点 counts points, so it needs the part of the day."""
    if words.text(i - 1) == ":" and words.touches(i):
        return None
    first, part = i, words.sense(i, "clock")
    i += part is not None
    hour = words.integer(i, 0, 24)
    if hour is None:
        spelled = number(words, i) if part else None
        if spelled is None or not 0 < spelled.low <= 24 or spelled.low != int(spelled.low):
            return None
        hour, i = int(spelled.low), spelled.next - 1
    minute, end = _minute(words, i + 1)
    if minute is not None:
        if words.text(end) in ("点", "时"):
            end += 1
        elif part is None and not _follows_a_date(words, first):
            return None
    elif words.text(end) == "时" or (part and words.text(end) in ("点", "点钟")):
        end += 1
        if words.text(end) == "半":
            minute, end = 30, end + 1
        elif (exact := words.integer(end, 0, 59)) is not None and words.text(end + 1) == "分":
            minute, end = exact, end + 2
    else:
        return None
    return _time(end, hour, minute or 0, part.value if part else 0)


def _minute(words: Words, i: int) -> tuple[int | None, int]:
    """The minute behind the colon at token i, and the token behind that."""
    minute = words.integer(i + 1, 0, 59)
    if words.text(i) != ":" or minute is None or len(words.text(i + 1)) != 2:
        return None, i
    return (minute, i + 2) if words.touches(i) and words.touches(i + 1) else (None, i)


def _follows_a_date(words: Words, i: int) -> bool:
    """A bare 08:18 is a time of day only behind a date; elsewhere it may be a length or a score."""
    return i > 1 and words.kind(i - 1) == "number" and words.text(i - 2) in ("-", "/", ".")


def _time(end: int, hour: int, minute: int, half: float) -> tuple[int, str] | None:
    """`half` is 12 for the second half of the day."""
    if half == 12 and hour < 12:
        hour += 12
    return (end, f"{hour:02}:{minute:02}") if hour <= 24 and minute < 60 else None
