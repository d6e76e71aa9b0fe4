"""The few words the report itself says: counts, dates, values. Computed, never guessed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from pipeline.compare.wording import number
from pipeline.model import Claim

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTH_NAMES = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip

KINDS = {"number": "Numbers", "date": "Dates", "name": "Names", "quotation": "Quotations"}

# What the codes that the translation stage leaves on a sentence mean to a reader.
WARNINGS = {
    "empty": "the translation is empty",
    "repetition": "the translation repeats itself",
    "short": "the translation is too short, something is missing",
    "untranslated": "not all of it was translated",
    "numbers": "a number of the original is not in the translation",
    "protected": "a name, address or code may be garbled",
    "long": "translated in pieces, being too long for the model",
    "glossary": "does not keep to the glossary",
}


def counted(amount: int, noun: str, plural: str = "") -> str:
    """ "1 outlet", "5 outlets", "1,204 sentences"."""
    return f"{amount:,} {noun if amount == 1 else plural or noun + 's'}"


def parsed_date(value: str) -> date | None:
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def shown_date(value: str) -> str:
    """An ISO date as "12 Feb 2026"; anything else as it is."""
    day = parsed_date(value)
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}" if day else value


def date_range(values: Iterable[str]) -> str:
    """The span of some ISO dates: "12 Feb 2026", "12–13 Feb 2026", "30 Jan – 2 Feb 2026", or ""."""
    days = sorted(day for day in map(parsed_date, values) if day)
    if not days:
        return ""
    first, last = days[0], days[-1]
    if first == last:
        return _unbroken(first)
    if first.year != last.year:
        return f"{_unbroken(first)} – {_unbroken(last)}"
    if first.month != last.month:
        return f"{first.day}\N{NO-BREAK SPACE}{_MONTHS[first.month - 1]} – {_unbroken(last)}"
    return f"{first.day}–{_unbroken(last)}"


def _unbroken(day: date) -> str:
    return shown_date(day.isoformat()).replace(" ", "\N{NO-BREAK SPACE}")


def percent(share: float) -> str:
    return f"{round(100 * min(max(share, 0.0), 1.0))} %"


def english_forms(claim: Claim) -> list[str]:
    """How an English translation may write the number, date or name of a claim, longest first."""
    forms = {claim.text}
    if claim.kind == "number":
        for value in (claim.low, claim.high):
            if value is not None and abs(value) >= 10:
                forms |= {number(value), f"{value:,.0f}", f"{value:.0f}"}
    elif claim.kind == "date":
        day = parsed_date(claim.value)
        if day:
            for month in (_MONTH_NAMES[day.month - 1], _MONTHS[day.month - 1]):
                for form in (f"{day.day} {month}", f"{month} {day.day}"):
                    forms |= {form, f"{form} {day.year}", f"{form}, {day.year}"}
    else:
        forms.add(claim.value)
    return sorted(filter(None, forms), key=lambda form: (-len(form), form))


def explained(warning: str) -> str:
    """A warning as a reader understands it."""
    return WARNINGS.get(warning, warning)
