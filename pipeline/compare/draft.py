"""A quantity while it is read."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.compare.lexicon import Sense


@dataclass(slots=True)
class Draft:
    """Tokens first to next - 1, and what they have said so far. A unit counts from outside, a noun is counted."""

    first: int
    next: int
    low: float
    high: float
    unit: Sense | None = None
    noun: str = ""
    about: bool = False
    over: bool = False
    under: bool = False
    digits: bool = False

    @property
    def base(self) -> str:
        """The base unit, or what is counted, without a rate."""
        return self.unit.name if self.unit else self.noun

    @property
    def is_money(self) -> bool:
        return self.unit is not None and is_currency(self.unit)


def is_currency(unit: Sense) -> bool:
    """Whether a unit is one of ISO 4217's three-letter codes."""
    return len(unit.name) == 3 and unit.name.isupper()
