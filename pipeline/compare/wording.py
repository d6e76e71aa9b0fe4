"""Claims and comparisons in plain English, so that a reader can check them in a second."""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.compare.calendar import readable
from pipeline.compare.values import rounded, split_unit
from pipeline.model import Claim

_MAGNITUDES = ((1e12, "trillion"), (1e9, "billion"), (1e6, "million"))
_PREFIXES = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
_PREFIXED = ("W", "Wh", "B", "Hz")
_DURATIONS = (
    (31557600, "year"), (2629800, "month"), (604800, "week"), (86400, "day"), (3600, "hour"), (60, "minute"),
    (1, "second"),
)  # fmt: skip
# Beyond so many minutes or seconds, hours and minutes are easier to read.
_MOST_OF_ONE = 180
_PLURALS = {
    "person": "people", "child": "children", "woman": "women", "man": "men", "injured": "injured",
    "missing": "missing", "aircraft": "aircraft", "line of code": "lines of code", "year of age": "years of age",
}  # fmt: skip
_SIBILANTS = ("s", "x", "ch", "sh")


def say(claim: Claim) -> str:
    """What a claim says: "about 50 million videos a day", "12 February 2026", "Elon Musk"."""
    if claim.kind == "number":
        return quantity(claim.low, claim.high, claim.approximate, claim.unit)
    if claim.kind == "date":
        return readable(claim.value)
    return claim.value or claim.text


def quantity(low: float | None, high: float | None, approximate: bool, unit: str) -> str:
    """A number with its unit: "more than 16 billion EUR", "15 to 20 minutes", "1.2 GW"."""
    base, rate = split_unit(unit)
    if low is None:
        text = f"at most {_amount(high or 0.0, base)}"
    elif high is None:
        text = f"more than {_amount(low, base)}"
    elif low != high:
        text = f"{_amount(low, base)} to {_amount(high, base)}"
    else:
        text = f"about {_amount(_three_digits(low), base)}" if approximate else _amount(low, base)
    if rate:
        text += " each" if rate == "/each" else f" {'an' if rate == '/hour' else 'a'} {rate[1:]}"
    return text


def _three_digits(value: float) -> float:
    return float(f"{value:.3g}")


def _amount(value: float, unit: str) -> str:
    if unit == "s":
        return _duration(value)
    if unit == "%":
        return f"{number(value)} %"
    if unit == "times":
        return f"{number(value)} times"
    if unit == "m":
        return f"{number(value / 1000)} km" if value >= 1000 else f"{number(value)} m"
    if unit in _PREFIXED:
        for size, prefix in _PREFIXES:
            if value >= size:
                return f"{number(value / size)} {prefix}{unit}"
    if not unit or unit.isupper() or len(unit) <= 2 or unit in ("°C", "°F", "m/s"):
        counted = unit + "s" if unit in ("GPU", "CPU") and value != 1 else unit
        return f"{number(value)} {counted}".rstrip()
    noun, _, language = unit.partition("@")
    return f"{number(value)} {noun if language or value == 1 else plural(noun)}"


def _duration(seconds: float) -> str:
    """In the greatest unit in which the number is whole or a half, in two units where that is a small one."""
    for size, name in _DURATIONS:
        count = rounded(seconds / size)
        if count >= 1 and count * 2 == int(count * 2) and (count <= _MOST_OF_ONE or size not in (1, 60)):
            return _counted(count, name)
    size, name = next(((size, name) for size, name in _DURATIONS if seconds >= size), _DURATIONS[-1])
    if size not in (60, 3600):
        return _counted(rounded(seconds / size), name)
    below, small = (1, "second") if size == 60 else (60, "minute")
    return f"{_counted(int(seconds // size), name)} {_counted(round(seconds % size / below), small)}"


def _counted(count: float, name: str) -> str:
    return f"{number(count)} {name if count == 1 else name + 's'}"


def plural(noun: str) -> str:
    if noun in _PLURALS:
        return _PLURALS[noun]
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + ("es" if noun.endswith(_SIBILANTS) else "s")


def number(value: float) -> str:
    """ "412", "12,000", "1.25 trillion"."""
    for size, word in _MAGNITUDES:
        if abs(value) >= size:
            return f"{rounded(value / size):,.6g} {word}"
    return (
        f"{value:,.0f}"
        if rounded(value) == int(rounded(value))
        else f"{value:,.3g}"
        if value < 100
        else f"{value:,.1f}"
    )


def listed(sources: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(sources))
