"""What a number says, as a value that compares across languages, and whether two values can both be true."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal

RATES = ("second", "minute", "hour", "day", "week", "month", "year", "each")
# How far from the number that is written the true one may lie, as a share of it. Journalists
# round: "nearly 50 million" is said of 44, "more than 20 billion" hardly of 41.
_ABOUT = 0.15
_ROUNDED = 0.05
_EXACT = 0.001
_MORE_THAN = 2.0
# A month is no fixed number of days, a recording of 45:46 is one of 45 minutes, and 85 mph are 136 km/h.
_MEASURED = 0.03
_MEASURES = ("s", "m", "m2", "l", "kg", "m/s")
# Whole numbers below this are counted, not rounded, unless a word such as "about" says so.
_COUNTED = 100


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number at `text[start:end]`, in base units. `low` is None for "up to", `high` for "more than".

    `unit` is a unit of measure, a concept ("video") or a noun with its language ("sitzung@de"), and
    the rate behind a slash ("video/day"). `aspect` says what an amount is the amount of ("revenue").
    """

    start: int
    end: int
    low: float | None
    high: float | None
    approximate: bool
    unit: str
    aspect: str = ""

    @property
    def base(self) -> str:
        return split_unit(self.unit)[0]

    @property
    def rate(self) -> str:
        return split_unit(self.unit)[1]

    @property
    def value(self) -> str:
        """ "~50000000 video/day", ">20000000000 USD", "20..30 s"."""
        return f"{amount(self.low, self.high, self.approximate)} {self.unit}".rstrip()


def split_unit(unit: str) -> tuple[str, str]:
    """A unit without its rate, and the rate: "video/day" is "video" and "/day"."""
    base, slash, rate = unit.rpartition("/")
    return (base, slash + rate) if slash and rate in RATES else (unit, "")


def amount(low: float | None, high: float | None, approximate: bool) -> str:
    if low is None or high is None:
        return f">{plain(low)}" if low is not None else f"<{plain(high or 0)}"
    sign = "~" if approximate else ""
    return sign + (plain(low) if low == high else f"{plain(low)}..{plain(high)}")


def plain(number: float) -> str:
    """A number without exponent and without the noise of binary fractions."""
    digits = format(Decimal(repr(rounded(number))), "f")
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def rounded(number: float) -> float:
    return float(f"{number:.12g}")


def compatible(
    a: tuple[float | None, float | None, bool], b: tuple[float | None, float | None, bool], unit: str
) -> bool:
    """Whether two values (low, high, approximate) of the same unit can be said of one thing."""
    (low_a, high_a, slack_a), (low_b, high_b, slack_b) = _bounds(*a, unit), _bounds(*b, unit)
    gap = max(low_b - high_a, low_a - high_b, 0.0)
    return gap <= max(slack_a, slack_b) * (1 + 1e-9)


def closeness(a: tuple[float | None, float | None], b: tuple[float | None, float | None]) -> float:
    """How near two values are, between 0 and 1; 1 for the same."""
    x, y = _middle(*a), _middle(*b)
    if x == y:
        return 1.0 if a == b else 0.99
    return 0.0 if x <= 0 or y <= 0 else 0.98 * min(x, y) / max(x, y)


def _middle(low: float | None, high: float | None) -> float:
    if low is None or high is None:
        return low if low is not None else (high or 0.0)
    return (low + high) / 2


def _bounds(low: float | None, high: float | None, approximate: bool, unit: str) -> tuple[float, float, float]:
    """The least and the greatest number meant, and how far beyond them rounding may have gone."""
    if low is None:
        return -math.inf, high or 0.0, _EXACT + 0.02 * abs(high or 0.0)
    if high is None:
        return low, max(low, low * _MORE_THAN), 0.02 * abs(low)
    greatest = max(abs(low), abs(high))
    if approximate:
        return low, high, _ABOUT * greatest
    return low, high, max(_slack(low, unit), _slack(high, unit))


def _slack(number: float, unit: str) -> float:
    """Half a unit of the last digit that is not zero, but no more than a twentieth of the number."""
    number = abs(number)
    if unit == "%" and (number % 10 == 0 or round(number * 3) % 100 == 0):
        return _ROUNDED * number  # a third and 三成 are as round as they sound
    if unit in _MEASURES:
        return _MEASURED * number
    if not number or (number < _COUNTED and number == int(number)):
        return 0.0
    digits = f"{number:.11e}"
    mantissa, _, exponent = digits.partition("e")
    last = len(mantissa.rstrip("0").replace(".", "")) - 1
    return max(_EXACT * number, min(0.5 * 10.0 ** (int(exponent) - last), _ROUNDED * number))
