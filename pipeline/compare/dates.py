"""Dates and times, absolute or relative to the day a source is dated. Their values are those of `calendar`."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, replace

import regex

from pipeline.compare import calendar
from pipeline.compare.calendar import DAY_NAMES, readable, span
from pipeline.compare.clock import time_of_day
from pipeline.compare.numerals import number
from pipeline.compare.words import Words

_NUMERIC = regex.compile(r"([0-3]?[0-9])\.([01]?[0-9])\.([0-9]{4}|[0-9]{2})?")
_STARTS = frozenset(
    (
        "digit",
        "small",
        "month",
        "weekday",
        "relative",
        "ends",
        "starts",
        "mids",
        "clock",
        "quarter_of_year",
        "half_of_year",
    )
)
_DECADE = regex.compile(r"(?:s|er|ern|年代)")
_FIRST_YEAR, _LAST_YEAR = 1800, 2199
# A bare number is taken for a year only so near the source's date.
_KNOWN_YEARS = 60
WRONG_WEEKDAY = " was a "
INFERRED = "year inferred"


@dataclass(frozen=True, slots=True)
class Moment:
    """A date or time at tokens `first` to `next` - 1. `weekday` counts from 0 for Monday."""

    first: int
    next: int
    value: str = ""
    weekday: int | None = None
    relative: bool = False
    clock: str = ""
    note: str = ""
    inferred: bool = False  # whether the year is that nearest to the source's date
    bare: bool = False  # whether the month is inferred too: 11日
    loose: bool = False  # whether the day is only inferred: "on Tuesday"


def moments(words: Words, date: str) -> list[Moment]:
    """All dates and times of a segment; their tokens are taken, so that no number is read from them.

    `date` is the day the source is dated, "" where nobody knows it.
    """
    return _Reader(words, calendar.day(date)).read()


class _Reader:
    def __init__(self, words: Words, today: datetime.date | None) -> None:
        self.words = words
        self.today = today
        self.language = words.lexicon.language

    def read(self) -> list[Moment]:
        found: list[Moment] = []
        end = 0
        for i in self.words.starts(_STARTS):
            if i < end or (moment := self._moment(i)) is None:
                continue
            if found and (joined := self._joined(found[-1], moment)):
                moment = joined
                found.pop()
            found.append(moment)
            end = moment.next
        result = [self._with_word(finished) for moment in found if (finished := self._finished(moment))]
        for moment in found:
            self.words.take(moment.first, moment.next)
        return result

    def _with_word(self, moment: Moment) -> Moment:
        """The word before a date says what it is the date of: `bis 2040`, `since May`."""
        i = moment.first - 1
        if any(self.words.sense(i, role) for role in ("date_since", "date_by", "date_on")):
            return replace(moment, first=i)
        return moment

    def _moment(self, i: int) -> Moment | None:
        for read in (self._iso, self._clock, self._part, self._calendar, self._relative, self._weekday, self._year):
            if (moment := read(i)) is not None:
                return moment
        return None

    # One kind each

    def _iso(self, i: int) -> Moment | None:
        """2026-02-13, 2026/2/13, 13.02.2026, each with a time of day behind it."""
        words = self.words
        if numeric := _NUMERIC.fullmatch(words.text(i)):
            day, month, year = (int(part) if part else 0 for part in numeric.groups())
            if self.language == "de" and year:
                return self._dated(i, i + 1, year + 2000 if year < 100 else year, month, day)
        year_ = self.words.integer(i, _FIRST_YEAR, _LAST_YEAR)
        mark = words.text(i + 1)
        if year_ is None or len(words.text(i)) != 4 or mark not in ("-", "/") or words.text(i + 3) != mark:
            return None
        month_, day_ = self.words.integer(i + 2, 1, 12), self.words.integer(i + 4, 1, 31)
        if month_ is None or day_ is None or not all(words.touches(j) for j in range(i + 1, i + 5)):
            return None
        return self._dated(i, i + 5, year_, month_, day_)

    def _clock(self, i: int) -> Moment | None:
        found = time_of_day(self.words, i)
        return Moment(i, found[0], clock=found[1]) if found else None

    def _calendar(self, i: int) -> Moment | None:
        return self._calendar_han(i) if self.language == "zh" else self._calendar_spaced(i)

    def _calendar_spaced(self, i: int) -> Moment | None:
        """`12. Februar 2026`, `February 12th, 2026`, `12 February`, `Ende Juni`, `June`."""
        words, first = self.words, i
        if words.sense(i, "ends") or words.sense(i, "starts") or words.sense(i, "mids"):
            i += 1
        day = self.words.integer(i, 1, 31)
        if day is not None:
            j = i + 1 + bool(words.sense(i + 1, "ordinal") and words.touches(i + 1))
            j += words.lower(j) == "of"
            month = self._month(j)
            if month is None:
                return None
            year, end = self._year_after(j + 1)
            return self._dated(first, end, year, month, day)
        month = self._month(i)
        if month is None:
            return None
        j = i + 1 + (words.text(i + 1) == "." and len(words.text(i)) <= 4 and words.touches(i + 1))
        day = self.words.integer(j, 1, 31)
        if day is not None and self.language == "en" and not words.sense(j + 1, "unit"):
            end = j + 1 + bool(words.sense(j + 1, "ordinal") and words.touches(j + 1))
            year, end = self._year_after(end)
            return self._dated(first, end, year, month, day)
        if words.lower(i) == "may" and not words.sense(i - 1, "year_before") and self._year_after(j)[0] is None:
            return None
        year, end = self._year_after(j)
        if year is None and (shift := words.sense(j, "relative")) and shift.name == "y" and self.today:
            year, end = self.today.year + int(shift.value), j + 1
        return self._dated(first, end, year, month, None)

    def _month(self, i: int) -> int | None:
        sense = self.words.sense(i, "month")
        return int(sense.value) if sense and self.words.text(i)[0].isupper() else None

    def _year_after(self, i: int) -> tuple[int | None, int]:
        words = self.words
        j = i + (words.text(i) == "," and self.language == "en")
        j += words.lower(j) == "of"
        year = self.words.integer(j, _FIRST_YEAR, _LAST_YEAR)
        return (year, j + 1) if year is not None and len(words.text(j)) == 4 else (None, i)

    def _calendar_han(self, i: int) -> Moment | None:
        """2026年2月11日, 去年9月, 2月11日, 11日, 2026年底, 二〇二六年."""
        words, first = self.words, i
        year, month, day = None, None, None
        shift = words.sense(i, "relative")
        if shift and shift.name == "y" and self.today:
            year, i = self.today.year + int(shift.value), i + 1
        elif (found := self._han_year(i)) is not None:
            year, i = found
        after_year = i
        value = self._before_mark(i, 12, "month_mark")
        if value is not None:
            month, i = value
        value = self._before_mark(i, 31, "day_mark")
        # 一号 alone may be the number of anything.
        if value is not None and (month or (words.text(value[1] - 1) == "日" and not words.sense(i - 1, "after_over"))):
            day, i = value
        if year is None and month is None and day is None:
            return None
        if i == after_year and shift:
            return None  # 去年 alone: a relative date
        while words.sense(i, "ends") or words.sense(i, "starts") or words.text(i) == "中旬":
            i += 1
        return self._dated(first, i, year, month, day)

    def _han_year(self, i: int) -> tuple[int, int] | None:
        words = self.words
        year = self.words.integer(i, _FIRST_YEAR, _LAST_YEAR)
        if year is not None and len(words.text(i)) == 4:
            if words.text(i + 1) in ("年", "年度"):
                return year, i + 2
            # 2026年底 is one phrase of the lexicon behind the digits.
            if words.text(i + 1) in ("年底", "年末", "年初", "年中"):
                return year, i + 2
            return None
        digits = [sense for j in range(i, i + 4) if (sense := words.sense(j, "digit")) and sense.value < 10]
        if len(digits) == 4 and words.text(i + 4) == "年":
            spelled = int("".join(str(int(sense.value)) for sense in digits))
            if _FIRST_YEAR <= spelled <= _LAST_YEAR:
                return spelled, i + 5
        return None

    def _before_mark(self, i: int, high: int, mark: str) -> tuple[int, int] | None:
        words = self.words
        value = self.words.integer(i, 1, high)
        end = i + 1
        if value is None:
            if words.kind(i) != "han":
                return None
            read = number(words, i)
            if read is None or read.low != read.high or not 1 <= read.low <= high:
                return None
            value, end = int(read.low), read.next
        if not words.sense(end, mark) or words.lower(end - 1) == "个":
            return None
        return value, end + 1

    def _part(self, i: int) -> Moment | None:
        """`second quarter of 2026`, `Q1 2026`, 2026年第一季度, 上半年."""
        words, first, year = self.words, i, None
        if self.language == "zh":
            shift = words.sense(i, "relative")
            if (found := self._han_year(i)) is not None:
                year, i = found
            elif shift and shift.name == "y" and self.today:
                year, i = self.today.year + int(shift.value), i + 1
        for letter, role in (("Q", "quarter_of_year"), ("H", "half_of_year")):
            if sense := words.sense(i, role):
                end = i + 1
                if year is None:
                    year, end = self._year_after(end)
                if year is None and self.today:
                    year = self.today.year
                return Moment(first, end, f"{year or '-'}-{letter}{int(sense.value)}")
        return None

    def _relative(self, i: int) -> Moment | None:
        words, first = self.words, i
        shift = words.sense(i, "relative")
        if shift is None and (words.sense(i, "ends") or words.sense(i, "starts") or words.sense(i, "mids")):
            i += 1
            shift = words.sense(i, "relative")
        if shift is None:
            return None
        end = i + 1
        while self.language == "zh" and (words.sense(end, "ends") or words.sense(end, "starts")):
            end += 1
        if self.today is None:
            return Moment(first, end, relative=True)
        return Moment(first, end, calendar.shifted(self.today, shift.name, int(shift.value)), relative=True)

    def _weekday(self, i: int) -> Moment | None:
        sense = self.words.sense(i, "weekday")
        if sense is None or not (self.language == "zh" or self.words.text(i)[0].isupper()):
            return None
        if self.language == "en" and len(self.words.text(i)) == 3 and self.words.kind(i + 1) != "mark":
            return None  # Sun and Sat are words too
        return Moment(i, i + 1, weekday=int(sense.value) - 1)

    def _year(self, i: int) -> Moment | None:
        """A bare year: `seit 2023`, `(2026)`, `2024-2026`, the `1970s`."""
        words, first = self.words, i
        if words.sense(i, "ends") or words.sense(i, "starts") or words.sense(i, "mids"):
            i += 1
        year = self.words.integer(i, _FIRST_YEAR, _LAST_YEAR)
        if year is None or len(words.text(i)) != 4 or self.language == "zh":
            return None
        if year % 10 == 0 and words.touches(i + 1) and _DECADE.fullmatch(words.text(i + 1)):
            return Moment(first, i + 2, f"{year}/{year + 9}")
        end = i + 1
        if words.text(end) in ("-", "–", "/") and (last := self.words.integer(end + 1, year + 1, _LAST_YEAR)):
            return Moment(first, end + 2, f"{year}/{last}")
        if any(words.sense(end, role) for role in ("unit", "big", "measure", "concept")):
            return None
        if first < i or words.sense(i - 1, "year_before") or words.text(i - 1) in ("(", "（"):
            return Moment(first, end, str(year))
        # A bare four-digit number that counts nothing is a year.
        follows = words.ends_clause(end) or words.sense(end, "stop") or words.text(end).islower()
        known = abs(year - self.today.year) <= _KNOWN_YEARS if self.today else False
        return Moment(first, end, str(year)) if follows and known and words.kind(i - 1) != "mark" else None

    # Putting together

    def _dated(self, first: int, end: int, year: int | None, month: int | None, day: int | None) -> Moment | None:
        value = calendar.value(self.today, year, month, day)
        inferred = year is None and not value.startswith("--")
        bare = inferred and month is None
        return Moment(first, end, value, inferred=inferred, bare=bare) if value else None

    def _joined(self, a: Moment, b: Moment) -> Moment | None:
        """`Dienstag (11. März)`, `Heute (12. Februar)`, 2026年2月11日（星期二）, a date and its time."""
        between = [self.words.text(j) for j in range(a.next, b.first)]
        if any(text not in ("(", "（", ",", "，", "den", "dem", "um", "at", "the", "on") for text in between):
            return self._interval(a, b, between)
        if not between and self.words.kind(b.first) == "number" and not (b.clock or a.weekday is not None):
            return None
        if a.clock and b.clock:
            return None
        known = [moment for moment in (a, b) if moment.value]
        # The day that is spelled out counts, not the "today" or "last week" before it.
        spelled = [moment for moment in known if not moment.relative] or known
        if len(spelled) == 2 and not (between and calendar.agree(a.value, b.value)):
            return None
        weekday = a.weekday if a.weekday is not None else b.weekday
        if len(spelled) == 2:
            spelled.sort(key=lambda moment: -len(moment.value))
        if not spelled and weekday is None and not (a.clock or b.clock):
            return None
        closed = "(" in "".join(between).replace("（", "(") and self.words.text(b.next) in (")", "）")
        return replace(
            a,
            next=b.next + closed,
            value=spelled[0].value if spelled else "",
            inferred=bool(spelled) and spelled[0].inferred,
            bare=bool(spelled) and spelled[0].bare,
            weekday=weekday,
            relative=bool(spelled) and all(moment.relative for moment in spelled),
            clock=a.clock or b.clock,
        )

    def _interval(self, a: Moment, b: Moment, between: list[str]) -> Moment | None:
        """`from 2024 to 2026`, 2月11日至13日."""
        if between not in (["-"], ["–"], ["bis"], ["to"], ["至"], ["到"]) or "/" in a.value + b.value:
            return None
        if not (a.value and b.value) or a.clock or b.clock or a.value.startswith("--") or b.value.startswith("--"):
            return None
        if len(a.value) != len(b.value) or not span(a.value)[0] < span(b.value)[0]:
            return None
        return replace(a, next=b.next, value=f"{a.value}/{b.value}")

    def _finished(self, moment: Moment) -> Moment | None:
        value, note = moment.value, ""
        if moment.weekday is not None:
            if len(value) == 10 and value[4] == "-" and value[7] == "-":
                actual = datetime.date.fromisoformat(value).weekday()
                if actual != moment.weekday:
                    stated = DAY_NAMES[moment.weekday]
                    note = f"{readable(value)}{WRONG_WEEKDAY}{DAY_NAMES[actual]}, not a {stated}"
            elif not value and self.today:
                value = self._nearest_weekday(moment)
            elif "-W" in value:
                value = (span(value)[0] + datetime.timedelta(moment.weekday)).isoformat()
        if moment.clock:
            value = f"{value}T{moment.clock}"
        # "On Tuesday" may be any, "today" may mean "these days", and of a bare day the month is a guess.
        today = self.today.isoformat() if self.today else ""
        loose = value == today if moment.relative else moment.weekday is not None and not moment.value
        loose |= moment.bare
        if moment.inferred:
            note = f"{note}; {INFERRED}" if note else INFERRED
        return replace(moment, value=value, note=note, loose=loose) if value else None

    def _nearest_weekday(self, moment: Moment) -> str:
        """The day of that name in the week up to the source's date, or, after `next`, in the week behind it."""
        assert self.today is not None and moment.weekday is not None
        ahead = self.words.sense(moment.first - 1, "next_weekday")
        shift = (moment.weekday - self.today.weekday()) % 7
        day = self.today + datetime.timedelta((shift or 7) if ahead else (shift - 7 if shift else 0))
        return day.isoformat()
