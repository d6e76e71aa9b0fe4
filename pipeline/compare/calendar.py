"""Calendar values as the text has them: written, compared, worked out from a source's date.

Values are ISO 8601 with the precision of the text: "2026-02-12", "2026-02", "2026", "2026-W07",
"2026-Q1", "2026-H1", "2026-02-11T16:00", an interval "2024/2026", or without a year, where nobody can
tell it, "--02-12" and "--02" (the truncated form of XML Schema's gMonthDay).
"""

from __future__ import annotations

import datetime

# A month without a year is the nearest one, unless that is so far away that either year may be meant.
_NEAR_MONTHS = 4
DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTH_NAMES = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


def readable(value: str) -> str:
    """A value as a reader writes it: "12 February 2026", "the week of 9 February 2026"."""
    day, _, clock = value.partition("T")
    if clock:
        return f"{readable(day)}, {clock}" if day else clock
    if "/" in day:
        first, _, last = day.partition("/")
        return f"{readable(first)} to {readable(last)}"
    if day.startswith("--"):
        month, _, number_ = day[2:].partition("-")
        name = _MONTH_NAMES[int(month) - 1] if month.isdigit() else month
        return f"{int(number_)} {name}" if number_ else name
    year, _, rest = day.partition("-")
    if not rest:
        return year
    if rest[0] in "QH":
        part = {"Q": "quarter", "H": "half"}[rest[0]]
        return f"{('first', 'second', 'third', 'fourth')[int(rest[1]) - 1]} {part} of {year}"
    if rest[0] == "W":
        first_day = datetime.date.fromisocalendar(int(year), int(rest[1:]), 1)
        return f"the week of {readable(first_day.isoformat())}"
    month, _, number_ = rest.partition("-")
    name = f"{_MONTH_NAMES[int(month) - 1]} {year}"
    return f"{int(number_)} {name}" if number_ else name


def agree(a: str, b: str, years: bool = True) -> bool:
    """Whether one value holds the other: 12 February 2026 lies in February 2026 and in 2026.

    years: False where a year is only inferred, so that months and days alone are compared.
    """
    day_a, _, clock_a = a.partition("T")
    day_b, _, clock_b = b.partition("T")
    if clock_a and clock_b and clock_a != clock_b:
        return False
    if not day_a or not day_b:
        return bool(clock_a and clock_a == clock_b)
    if day_a.startswith("--") or day_b.startswith("--") or not years:
        return _agree_without_year(day_a, day_b)
    (first_a, last_a), (first_b, last_b) = span(day_a), span(day_b)
    return (first_a <= first_b and last_b <= last_a) or (first_b <= first_a and last_a <= last_b)


def minutes(value: str) -> int:
    """The minutes since midnight of a value with a time of day."""
    hour, _, minute = value.partition("T")[2].partition(":")
    return int(hour) * 60 + int(minute)


def _agree_without_year(a: str, b: str) -> bool:
    """Months, quarters and days compared without their years."""
    months_a, day_a = _within_year(a)
    months_b, day_b = _within_year(b)
    if day_a and day_b and months_a == months_b:
        return day_a == day_b
    return months_a <= months_b or months_b <= months_a


def _within_year(value: str) -> tuple[frozenset[int], str]:
    """The months a value spans and its day, years left out."""
    rest = value[2:] if value.startswith("--") else value.partition("-")[2]
    month, _, day = rest.partition("-")
    if not month or month[0] == "W" or "/" in value:
        return frozenset(range(1, 13)), ""
    if month[0] in "QH":
        size = 3 if month[0] == "Q" else 6
        last = int(month[1]) * size
        return frozenset(range(last - size + 1, last + 1)), ""
    return frozenset((int(month),)), day


def span(value: str) -> tuple[datetime.date, datetime.date]:
    """The first and the last day of a value with a year."""
    first, slash, last = value.partition("/")
    if slash:
        return span(first)[0], span(last)[1]
    year_text, _, rest = value.partition("-")
    year = int(year_text)
    if not rest:
        return datetime.date(year, 1, 1), datetime.date(year, 12, 31)
    if rest[0] == "W":
        monday = datetime.date.fromisocalendar(year, int(rest[1:]), 1)
        return monday, monday + datetime.timedelta(6)
    if rest[0] in "QH":
        size = 3 if rest[0] == "Q" else 6
        month = int(rest[1]) * size
        return datetime.date(year, month - size + 1, 1), _month_end(year, month)
    month_text, _, day = rest.partition("-")
    if day:
        one = datetime.date(year, int(month_text), int(day))
        return one, one
    return datetime.date(year, int(month_text), 1), _month_end(year, int(month_text))


def _month_end(year: int, month: int) -> datetime.date:
    following = datetime.date(year + month // 12, month % 12 + 1, 1)
    return following - datetime.timedelta(1)


def day(date: str) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(date[:10])
    except ValueError:
        return None


def value(today: datetime.date | None, year: int | None, month: int | None, day: int | None) -> str:
    """An ISO value from what the text has; the year that is nearest to the source's date where it has none."""
    if year is not None:
        if month is None:
            return str(year)
        if day is None:
            return f"{year}-{month:02}"
        return f"{year}-{month:02}-{day:02}" if _exists(year, month, day) else ""
    if month is None:
        if day is None or today is None:
            return ""
        months = [
            (today.year + (today.month + shift - 1) // 12, (today.month + shift - 1) % 12 + 1) for shift in (-1, 0, 1)
        ]
        days = [datetime.date(y, m, day) for y, m in months if _exists(y, m, day)]
        return min(days, key=lambda other: abs((other - today).days)).isoformat()
    if day is None:
        if today is not None:
            shift = (month - today.month + 6) % 12 - 6
            if abs(shift) <= _NEAR_MONTHS:
                return f"{today.year + (today.month + shift - 1) // 12}-{month:02}"
        return f"--{month:02}"
    if today is None:
        return f"--{month:02}-{day:02}" if _exists(2000, month, day) else ""
    years = [y for y in (today.year - 1, today.year, today.year + 1) if _exists(y, month, day)]
    if not years:
        return ""
    return min((datetime.date(y, month, day) for y in years), key=lambda other: abs((other - today).days)).isoformat()


def _exists(year: int, month: int, day: int) -> bool:
    try:
        datetime.date(year, month, day)
    except ValueError:
        return False
    return True


def shifted(today: datetime.date, unit: str, by: int) -> str:
    if unit == "d":
        return (today + datetime.timedelta(by)).isoformat()
    if unit == "w":
        year, week, _ = (today + datetime.timedelta(7 * by)).isocalendar()
        return f"{year}-W{week:02}"
    if unit == "y":
        return str(today.year + by)
    size = {"m": 1, "q": 3}[unit]
    months = today.year * 12 + today.month - 1 + size * by
    year, month = months // 12, months % 12 + 1
    return f"{year}-{month:02}" if unit == "m" else f"{year}-Q{(month + 2) // 3}"
