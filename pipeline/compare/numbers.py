"""Numbers with their units and what they count, read from the tokens of one segment."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from pipeline.compare import around, numerals
from pipeline.compare.counted import counts
from pipeline.compare.draft import Draft, is_currency
from pipeline.compare.labels import is_label
from pipeline.compare.lexicon import Sense
from pipeline.compare.measured import FOOT, measure
from pipeline.compare.numerals import Number
from pipeline.compare.values import Quantity, rounded, split_unit
from pipeline.compare.words import Words

_STARTS = frozenset(("digit", "small", "big", "vague", "share", "times", "span", "halved", "one", "unit"))
# Units that nothing is counted in by the day.
_RATELESS = ("%", "percentage point", "times", "s")
# Who is counted "a month" is a monthly user, whatever the text calls him.
_USERS = ("person", "user", "active user", "account")
_USER_RATES = {"/month": "monthly user", "/day": "daily user"}
# "5 or 20" are two numbers, "10 or 20 years" is a range.
_WIDEST_CHOICE = 3


def quantities(words: Words, row: str = "") -> list[Quantity]:
    """All quantities of a segment, in the order of the text.

    Ordinals, versions, names with numbers in them and the numbers of a list are none. `row` is what
    the row of a table is about, as `row_unit` has it.
    """
    found: list[tuple[Draft, Quantity]] = []
    end = 0
    for i in words.starts(_STARTS):
        if i < end or (draft := _draft(words, i)) is None:
            continue
        if found and _continues(words, found[-1][0], draft):
            draft = _joined(found.pop()[0], draft)
        found.append((draft, _quantity(words, draft)))
        end = draft.next
    result = _of_the_same(words, found)
    return [_in_row(quantity, row) for quantity in result] if row else result


def row_unit(words: Words) -> str:
    """What the row of a table is about, when these are the words of its first cell: "GPU/each"."""
    nouns = [token.senses["concept"].name for token in words.tokens if "concept" in token.senses]
    rates = [token.senses["rate"].name for token in words.tokens if "rate" in token.senses]
    return (nouns[-1] if nouns else "") + (f"/{rates[-1]}" if rates else "")


# One quantity


def _draft(words: Words, first: int) -> Draft | None:
    currency = words.sense(first, "unit")
    if currency and not (is_currency(currency) and _is_symbol(words.text(first))):
        currency = None
    number = numerals.number(words, first + 1 if currency else first)
    if number is None or is_label(words, first, number) or not _joins_a_unit(words, number):
        return None
    draft = Draft(first, number.next, number.low, number.high, currency or number.unit, over=number.over)
    draft.about = number.low != number.high  # 几十, hundreds of
    draft.digits = number.digits
    measure(words, draft, number)
    _range(words, draft, number)
    around.after(words, draft)
    if draft.unit is None:
        measure(words, draft, number)
    counted = draft.unit is None and counts(words, draft, number)
    around.after(words, draft)
    if not _stands(words, draft, number, counted):
        return None
    around.before(words, draft)
    return draft


def _is_symbol(text: str) -> bool:
    """Whether a currency may stand before its number: `$5`, `USD 5`, but not `won 5`."""
    return not text.isalpha() or text.isupper()


def _joins_a_unit(words: Words, number: Number) -> bool:
    """Whether what a German numeral is joined to is a unit: `zweijährig`, but not the ordinal `zweiter`."""
    rest = number.rest
    return not rest or bool(words.lexicon.suffix(rest, "unit") or words.lexicon.suffix(rest, "concept"))


def _range(words: Words, draft: Draft, number: Number) -> None:
    """`20 to 30 billion`, `10-20分钟`, `$20 billion to $30 billion`, `10- oder 20-jährig`."""
    i = draft.next
    if words.text(i) == "-" and words.sense(i + 1, "range"):
        i += 1
    if not words.sense(i, "range") or number.low != number.high or words.sense(draft.first - 1, "change"):
        return
    word, between = words.lower(i), words.sense(draft.first - 1, "between")
    if words.sense(i, "both") and not between:
        return
    i += 1
    while words.sense(i, "about") or words.sense(i, "over") or words.text(i) == "$":
        i += 1
    other = numerals.number(words, i)
    if other is None or other.low != other.high:
        return
    low, high = number.low, other.low
    if not number.scaled and other.scaled and low <= high / other.scale:
        low *= other.scale
    choice = words.sense(i - 1, "choice")
    if low >= high or (choice and high > _WIDEST_CHOICE * low):
        return
    whole = replace(draft, low=low, high=high, next=other.next, unit=None)
    measure(words, whole, other)
    if draft.unit and whole.unit and draft.unit.value != whole.unit.value and word not in "-–—~":
        return  # `three years or five months`
    draft.low, draft.high, draft.next = whole.low, whole.high, whole.next
    draft.unit = whole.unit or draft.unit
    if between:
        draft.first -= 1


def _stands(words: Words, draft: Draft, number: Number, counted: bool) -> bool:
    """Whether what was read is a quantity at all, not part of a word or an idiom."""
    if number.rest:
        return draft.unit is not None or bool(draft.noun)
    if draft.unit:
        return True
    if number.one:
        return number.scaled and bool(draft.noun)
    if number.digits:
        attached = draft.next == number.next and words.touches(draft.next) and words.kind(draft.next) == "word"
        return not attached or bool(draft.noun)
    if words.han:
        return counted or (number.scaled and number.low >= 10 and number.parts > 1)
    return True


def _quantity(words: Words, draft: Draft) -> Quantity:
    factor = draft.unit.value if draft.unit else 1.0
    base = draft.base
    rate = "" if base in _RATELESS else around.rate(words, draft)
    if base in _USERS and rate in _USER_RATES:
        base, rate = _USER_RATES[rate], ""
    low, high = rounded(draft.low * factor), rounded(draft.high * factor)
    if around.negative(words, draft):
        low, high = -high, -low
    return Quantity(
        start=words.tokens[draft.first].start,
        end=words.tokens[draft.next - 1].end,
        # 1到2个月内 and "up to 10 or 20" are ranges; the word around them makes them no wider.
        low=None if draft.under and low == high else low,
        high=None if draft.over and not draft.under and low == high else high,
        approximate=draft.about or draft.over or draft.under,
        unit=base + rate,
        aspect=around.aspect(words, draft),
    )


# Several quantities


def _continues(words: Words, a: Draft, b: Draft) -> bool:
    """45分钟46秒, `2 hours and 30 minutes`, `6 feet 2 inches`: one quantity in two units."""
    if not (a.unit and b.unit and a.unit.name == b.unit.name and a.unit.value > b.unit.value):
        return False
    if a.unit.name != "s" and a.unit.value != FOOT:
        return False
    if a.low != a.high or b.low != b.high or b.low * b.unit.value >= a.unit.value or a.over or a.under:
        return False
    between = range(a.next, b.first)
    return len(between) < 2 and all(words.sense(i, "both") or words.text(i) == "零" for i in between)


def _joined(a: Draft, b: Draft) -> Draft:
    assert a.unit and b.unit
    value = a.low + b.low * b.unit.value / a.unit.value
    return replace(a, next=b.next, low=value, high=value, about=a.about or b.about)


def _of_the_same(words: Words, found: list[tuple[Draft, Quantity]]) -> list[Quantity]:
    """`Three of four points`; `of the eleven co-founders six have left`: both numbers count the same."""
    for k, ((a, one), (b, two)) in enumerate(pairwise(found)):
        between = range(a.next, b.first)
        instead = len(between) == 1 and bool(words.sense(a.next, "instead"))
        whole_ = bool(between) and all(words.sense(i, "whole") for i in between)
        if instead and not one.unit and b.unit:
            one = _in(one, b.unit)
        elif (instead or whole_) and "" in (one.unit, two.unit):
            one, two = (replace(each, unit=one.unit or two.unit) for each in (one, two))
        found[k : k + 2] = (a, one), (b, replace(two, aspect=around.START) if instead else two)
    result: list[Quantity] = []
    whole = ""
    for draft, quantity in found:
        unit = quantity.unit
        if whole and unit in ("", "person"):
            unit = whole
        elif unit and not draft.unit and _is_whole(words, draft):
            whole = unit
        # A small number in words that counts nothing is not worth a claim.
        if unit or draft.digits or draft.high >= 1000:
            result.append(replace(quantity, unit=unit))
    return result


def _in(quantity: Quantity, unit: Sense) -> Quantity:
    low, high = (None if bound is None else rounded(bound * unit.value) for bound in (quantity.low, quantity.high))
    return replace(quantity, low=low, high=high, unit=unit.name)


def _is_whole(words: Words, draft: Draft) -> bool:
    """Whether parts of what is counted may follow: `of the eleven`, 十一位中."""
    inside = any(words.sense(i, "inside") for i in (draft.next, draft.next + 1))
    return inside or any(words.sense(i, "whole") for i in (draft.first - 1, draft.first - 2))


def _in_row(quantity: Quantity, row: str) -> Quantity:
    """The 12 in the row of halls counts halls; a quantity that has a unit takes no more than a rate."""
    noun, rate = split_unit(row)
    if quantity.base in _RATELESS:
        return quantity
    return replace(quantity, unit=(quantity.base or noun) + (quantity.rate or rate))
