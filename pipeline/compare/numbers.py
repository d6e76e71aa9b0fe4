"""Numbers with their units and what they count, read from the words of one segment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipeline.compare.lexicon import Lexicon, Sense, Token
from pipeline.compare.values import Quantity

# How many tokens may stand between a number and the noun it counts, or the word that says "a day".
_NOUN_SPACED, _NOUN_HAN = 4, 12
_RATE_SPACED, _RATE_HAN = 6, 14
_CLAUSE_ENDS = frozenset(".,;:!?。，；：！？、（）()|…\"“”„«»「」『』")
_DURATION_OPENERS = frozenset("in im nach seit vor binnen innerhalb nur within for after about every one last past über".split())
_PEOPLE = ("person", "user", "account", "active user", "member")


@dataclass(slots=True)
class _Number:
    """A number without its unit: its range, the token after it, and how it was written."""

    low: float
    high: float
    next: int
    digits: bool  # in digits, not in words
    scaled: bool  # with a word such as million in it
    one: bool = False  # only an article or the word for one: "a million", "einem Jahr"
    over: bool = False
    rest: str = ""  # what a German numeral is joined to


def quantities(tokens: Sequence[Token], lexicon: Lexicon, taken: set[int], context: str = "") -> list[Quantity]:
    """All quantities in the tokens of a segment, in their order.

    `taken` holds the tokens that belong to dates. `context` is the text of the cell that names this
    one (its row's first), so that a bare `12` in a table counts something. Ordinals, versions, names
    with numbers in them and the numbers of a list are no quantities.
    """
    return _Reader(tokens, lexicon, taken).read(context)


class _Reader:
    def __init__(self, tokens: Sequence[Token], lexicon: Lexicon, taken: set[int]) -> None:
        self.tokens = tokens
        self.lexicon = lexicon
        self.taken = taken
        self.han = lexicon.language == "zh"
        self.count = len(tokens)

    def read(self, context: str) -> list[Quantity]:
        found: list[Quantity] = []
        i = 0
        while i < self.count:
            result = None if i in self.taken else self.quantity(i, found)
            if result is None:
                i += 1
                continue
            quantity, i = result
            last = found[-1] if found else None
            if last and self._continues(last, quantity):
                found[-1] = _joined(last, quantity)
            else:
                found.append(quantity)
        self._parts_of(found)
        named = self._context(context)
        return [replace(q, unit=named + q.rate) if named and not q.base else q for q in found]

    # The number itself

    def has(self, i: int, role: str) -> Sense | None:
        return self.tokens[i].senses.get(role) if 0 <= i < self.count and i not in self.taken else None

    def touches(self, i: int) -> bool:
        """Whether token i follows the one before it without a space."""
        return i < self.count and not self.tokens[i].gap

    def quantity(self, i: int, before: Sequence[Quantity]) -> tuple[Quantity, int] | None:
        first = i
        currency = None
        if (unit := self.has(i, "unit")) and unit.name.isupper() and len(unit.name) == 3:
            currency, i = unit, i + 1
        number = self.number(i, money=currency is not None)
        if number is None or self._is_label(first, i, number):
            return None
        low, high, over, approximate = number.low, number.high, number.over, number.low != number.high
        i, unit, noun_at = self._unit(number, currency)
        low, high, i, unit, ranged = self._range(number, low, high, i, unit, currency)
        if ranged:
            approximate = False
        if unit is None and number.rest and not ranged:
            return None
        i, low, high, over, approximate, under = self._after(i, low, high, over, approximate)
        if unit is None:
            i, unit = self._unit_at(i)
        concept, i = ("", i) if unit else self._concept(i, first)
        if unit and unit.name in ("%", "percentage point", "times") and low == high:
            pass
        if not self._stands(number, unit, concept, i, first, ranged or over or under or approximate):
            return None
        rate, i = self._rate(first, i)
        start, about, more, less = self._before(first)
        if more and not number.rest:
            over = True
        factor = unit.value if unit else 1.0
        low, high = round_(low * factor), round_(high * factor)
        sign = self._negative(first, start, unit)
        base = unit.name if unit else concept
        if rate == "/month" and base in _PEOPLE:
            base, rate = "active user", ""
        del noun_at
        return (
            Quantity(
                start=self.tokens[start].start,
                end=self.tokens[i - 1].end,
                low=None if less or under else sign * low,
                high=None if over and not (less or under) else sign * high,
                approximate=bool(about or over or less or under or approximate),
                unit=base + rate,
            ),
            i,
        )
