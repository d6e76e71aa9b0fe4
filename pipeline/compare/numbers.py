"""Numbers with their units and what they count, read from the tokens of one segment."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

from pipeline.compare import numerals
from pipeline.compare.lexicon import Sense
from pipeline.compare.numerals import Number
from pipeline.compare.values import Quantity, rounded, split_unit
from pipeline.compare.words import Words

# How many tokens may stand between a number and the noun it counts, or the words that say "a day".
_NOUN_REACH = {True: 12, False: 4}
_RATE_REACH = {True: 14, False: 6}
_ASPECT_REACH = 16
_COUNT_REACH = 9
_STARTS = frozenset(("digit", "small", "big", "vague", "share", "times", "span", "halved", "one", "unit"))
_OF = (["of"], ["out", "of"], ["of", "the"], ["von"], ["von", "den"], ["der"])
_FOOT = 0.3048
_ORDINAL_ENDINGS = frozenset(("st", "nd", "rd", "th"))
_MINUTE, _AGE, _TIMES = Sense("s", 60.0), Sense("year of age", 1.0), Sense("times", 1.0)
# "From 10 to 20": the first is true no more, and says so.
START = "before a change"
_FROM, _TO = frozenset(("from", "von", "从", "由")), frozenset(("to", "auf", "到", "至"))
_CHANGE_REACH = 10
# "A year" is a duration after these, and a rate or an idiom elsewhere.
_DURATION_OPENERS = frozenset(
    (
        "in",
        "im",
        "nach",
        "seit",
        "vor",
        "binnen",
        "innerhalb",
        "nur",
        "within",
        "for",
        "after",
        "about",
        "last",
        "past",
        "über",
    )
)
_MONTHLY = {"person": "monthly user", "user": "monthly user", "active user": "monthly user", "account": "monthly user"}
_DAILY = {"person": "daily user", "user": "daily user", "active user": "daily user", "account": "daily user"}


@dataclass(slots=True)
class _Draft:
    """A quantity while it is read: tokens first to next - 1, and what they have said so far."""

    first: int
    next: int
    low: float
    high: float
    unit: Sense | None = None
    noun: str = ""
    about: bool = False
    over: bool = False
    under: bool = False


class Reader:
    """Reads the quantities of one segment. Ordinals, versions, names with numbers in them and the
    numbers of a list are none."""

    def __init__(self, words: Words) -> None:
        self.words = words
        self.lexicon = words.lexicon
        self.han = words.han

    def quantities(self, row: str = "") -> list[Quantity]:
        """All quantities, in the order of the text. `row` is what the row of a table is about, as a unit."""
        found: list[tuple[_Draft, Quantity]] = []
        end = 0
        for i in self.words.starts(_STARTS):
            if i < end or (draft := self._draft(i)) is None:
                continue
            if found and self._continues(found[-1][0], draft):
                draft = self._joined(found.pop()[0], draft)
            found.append((draft, self._quantity(draft)))
            end = draft.next
        quantities = self._of_the_same(found)
        return [self._in_row(quantity, row) for quantity in quantities] if row else quantities

    def row(self) -> str:
        """What the row of a table is about, when these are the words of its first cell: "GPU/each"."""
        nouns = [token.senses["concept"].name for token in self.words.tokens if "concept" in token.senses]
        rates = [token.senses["rate"].name for token in self.words.tokens if "rate" in token.senses]
        return (nouns[-1] if nouns else "") + (f"/{rates[-1]}" if rates else "")

    # One quantity

    def _draft(self, i: int) -> _Draft | None:
        first = i
        currency = self.words.sense(i, "unit")
        if currency and not (_is_currency(currency) and _is_symbol(self.words.text(i))):
            currency = None
        number = numerals.number(self.words, i + 1 if currency else i)
        if number is None or self._is_label(first, number) or (number.rest and not self._joined_to(number.rest)):
            return None
        draft = _Draft(first, number.next, number.low, number.high, currency or number.unit, over=number.over)
        draft.about = number.low != number.high  # 几十, hundreds of
        self._unit(draft, number)
        self._range(draft, number)
        self._after(draft)
        if draft.unit is None:
            self._unit(draft, number)
        measured = draft.unit is None and self._noun(draft, number)
        self._after(draft)
        if not self._stands(draft, number, measured):
            return None
        self._before(draft)
        return draft

    def _joined_to(self, rest: str) -> bool:
        """Whether a German numeral is joined to a unit: `zweijährig`, and not the ordinal `zweiter`."""
        return bool(self.lexicon.suffix(rest, "unit") or self.lexicon.suffix(rest, "concept"))

    def _quantity(self, draft: _Draft) -> Quantity:
        factor = draft.unit.value if draft.unit else 1.0
        base = draft.unit.name if draft.unit else draft.noun
        rate = self._rate(draft) if base not in ("%", "times", "s", "percentage point") else ""
        if rate in ("/month", "/day") and base in _MONTHLY:
            base, rate = (_MONTHLY if rate == "/month" else _DAILY)[base], ""
        low, high = rounded(draft.low * factor), rounded(draft.high * factor)
        if self._negative(draft):
            low, high = -high, -low
        return Quantity(
            start=self.words.tokens[draft.first].start,
            end=self.words.tokens[draft.next - 1].end,
            # 1到2个月内 and "up to 10 or 20" are ranges; the word around them makes them no wider.
            low=None if draft.under and low == high else low,
            high=None if draft.over and low == high else high,
            approximate=draft.about or draft.over or draft.under,
            unit=base + rate,
            aspect=self._aspect(draft, base),
        )

    # The parts around the number

    def _unit(self, draft: _Draft, number: Number) -> None:
        """A unit after the number, perhaps behind a hyphen or, in Chinese, a measure word."""
        i = draft.next
        if number.rest:
            draft.unit = self.lexicon.suffix(number.rest, "unit")
            if draft.unit is None and (concept := self.lexicon.suffix(number.rest, "concept")):
                draft.noun = concept.name
            if draft.noun == "time" and self.words.lower(draft.next) == "so":  # fünfmal so viel
                draft.unit, draft.next = _TIMES, min(draft.next + 2, len(self.words))
            self._age(draft)
            return
        if self.words.text(i) == "-" and self.words.touches(i) and self.words.touches(i + 1):
            i += 1
        if number.scaled and self.words.sense(i, "link") and self.words.sense(i + 1, "unit"):
            i += 1  # billions of dollars
        if self.words.text(i) == "个" and self.words.text(i + 1) == "半" and self.words.sense(i + 2, "unit"):
            draft.low, draft.high, i = draft.low + 0.5, draft.high + 0.5, i + 2
        elif self.words.text(i) == "个" and self.words.sense(i + 1, "unit"):
            i += 1
        unit = self.words.sense(i, "unit") or self._minute(i)
        if unit is None or (draft.unit and draft.unit is not unit and not _is_currency(unit)):
            return
        if self.words.text(i) in ("m", "s", "t", "g", "h", "W", "mi", "ms", "x") and not number.digits:
            return
        if number.one and not self._is_one(unit, draft.first, i):
            return
        draft.unit, draft.next = unit, i + 1
        if unit.value == _FOOT and self.words.text(i + 1) == "-" and self.words.kind(i + 2) == "number":
            inches = numerals.number(self.words, i + 2)  # 6-foot-6
            if inches is not None and inches.low < 12:
                draft.low = draft.high = draft.low + inches.low / 12
                draft.next = inches.next
        self._age(draft)
        if self.words.sense(draft.next, "half") and (unit.name == "s" or self.han):
            draft.low, draft.high = draft.low + 0.5, draft.high + 0.5
            draft.next += 1

    def _minute(self, i: int) -> Sense | None:
        """分 is a minute beside hours or seconds, 45分46秒, and a point elsewhere."""
        if self.words.text(i) != "分":
            return None
        seconds = self.words.starts_number(i + 1) and self.words.text(i + 2) in ("秒", "秒钟")
        return _MINUTE if seconds or self.words.text(i - 2) in ("小时", "时") else None

    def _age(self, draft: _Draft) -> None:
        """`Ein 20-jähriger Mann` is of that age, `20-jährige Erfahrung` lasted so long."""
        person = self.words.sense(draft.next, "concept")
        if draft.unit is None or person is None or "jährig" not in self.words.lower(draft.next - 1):
            return
        if person.name in self.lexicon.people:
            draft.unit = _AGE

    def _is_one(self, unit: Sense, first: int, unit_at: int) -> bool:
        """Whether `a year`, 一天, `a mile` is a quantity: "in a year" and 一天半 are, "a year" is often a rate."""
        if unit.name == "%" or self.words.sense(first - 1, "about") or self.words.sense(first - 1, "over"):
            return True
        if unit.name != "s":
            return self.han and not _is_currency(unit) and unit.name != "times"
        if self.words.sense(unit_at + 1, "half") or self.words.sense(unit_at + 1, "after_under"):
            return True
        return not self.han and self.words.lower(first - 1) in _DURATION_OPENERS

    def _range(self, draft: _Draft, number: Number) -> None:
        """`20 to 30 billion`, `10-20分钟`, `$20 billion to $30 billion`, `10- oder 20-jährig`."""
        i = draft.next
        if self.words.text(i) == "-" and self.words.sense(i + 1, "range"):
            i += 1
        if not self.words.sense(i, "range") or number.low != number.high:
            return
        word = self.words.lower(i)
        if word in ("and", "und") and not self.words.sense(draft.first - 1, "between"):
            return
        if self.words.lower(draft.first - 1) in ("from", "从", "由"):
            return
        i += 1
        while self.words.sense(i, "about") or self.words.sense(i, "over") or self.words.text(i) == "$":
            i += 1
        other = numerals.number(self.words, i)
        if other is None or other.low != other.high:
            return
        low, high = number.low, other.low
        if not number.scaled and other.scaled and low <= high / other.scale:
            low *= other.scale
        if low >= high or (word in ("or", "或", "oder", "或者", "甚至") and high > 3 * low):
            return
        whole = replace(draft, low=low, high=high, next=other.next, unit=None)
        self._unit(whole, other)
        if draft.unit and whole.unit and draft.unit.value != whole.unit.value and not _is_dash(word):
            return  # `three years or five months`
        draft.low, draft.high, draft.next = whole.low, whole.high, whole.next
        draft.unit = whole.unit or draft.unit
        if self.words.sense(draft.first - 1, "between"):
            draft.first -= 1

    def _after(self, draft: _Draft) -> None:
        """`or more`, 以上, 左右."""
        i = draft.next
        if self.words.sense(i, "after_over"):
            # A plus between two numbers adds them.
            if self.words.text(i) == "+" and self.words.starts_number(i + 1):
                return
            draft.over, draft.next = True, i + 1
        elif self.words.sense(i, "after_under"):
            draft.under, draft.next = True, i + 1
        elif self.words.sense(i, "after_about"):
            draft.about, draft.next = True, i + 1

    def _before(self, draft: _Draft) -> None:
        """`about`, `more than`, `up to` before the number; two may stack: `bis zu etwa`."""
        share = draft.unit is not None and draft.unit.name == "%"
        for _ in range(2):
            i = draft.first - 1
            if share and self.words.lower(i) in ("die", "der", "das", "the", "a", "an"):
                i -= 1
            for role in ("about", "over", "under"):
                if self.words.sense(i, role) and (self.words.text(i) != "上" or self._is_bare(draft.first)):
                    setattr(draft, role, True)
                    draft.first = i
                    break
            else:
                return

    def _is_bare(self, i: int) -> bool:
        """上 means "over" only before a scale word without digits: 上百, 上万."""
        return bool(self.words.sense(i, "small") or self.words.sense(i, "big"))

    def _negative(self, draft: _Draft) -> bool:
        before = self.words.tokens[draft.first - 1] if draft.first else None
        if before is None or draft.unit is None or draft.unit.name not in ("%", "°C"):
            return False
        return before.text.lower() == "minus" or (
            before.text in "-−" and self.words.touches(draft.first) and (before.gap or draft.first == 1)
        )

    def _rate(self, draft: _Draft) -> str:
        """`a day`, `jeden Tag`, 每天: behind the quantity or before it in the same clause."""
        for i in range(draft.next, min(draft.next + 4, len(self.words))):
            if (sense := self.words.sense(i, "rate")) and not self._is_year(i + 1):
                return f"/{sense.name}"
            if self.words.ends_clause(i) or self.words.starts_number(i):
                break
        for i in range(draft.first - 1, max(-1, draft.first - 1 - _RATE_REACH[self.han]), -1):
            if sense := self.words.sense(i, "rate"):
                return f"/{sense.name}" if not self._is_year(i + 1) else ""
            if self.words.ends_clause(i) or self.words.tokens[i].kind == "number":
                break
        return ""

    def _is_year(self, i: int) -> bool:
        return i < len(self.words) and i in self.words.taken

    def _aspect(self, draft: _Draft, base: str) -> str:
        """Where a change starts (`from 10 to 20`), or, of money and shares, what it is the amount of:
        the nearest word such as `revenue` in the same sentence."""
        if self._is_start(draft):
            return START
        if draft.unit is None or not (base in ("%", "times") or _is_currency(draft.unit)):
            return ""
        best, name = _ASPECT_REACH, ""
        for i in range(max(0, draft.first - best), min(len(self.words), draft.next + best)):
            if sense := self.words.sense(i, "aspect"):
                distance = draft.first - i if i < draft.first else i - draft.next
                if distance < best:
                    best, name = distance, sense.name
        return name

    def _is_start(self, draft: _Draft) -> bool:
        if self.words.lower(draft.first - 1) not in _FROM:
            return False
        end = min(draft.next + _CHANGE_REACH, len(self.words))
        return any(
            self.words.lower(i) in _TO and any(self.words.starts_number(j) for j in range(i + 1, i + 5))
            for i in range(draft.next, end)
        )

    # What is counted

    def _noun(self, draft: _Draft, number: Number) -> bool:
        """Find what is counted, and say whether the number is surely a count."""
        if draft.noun:
            return True
        return self._noun_han(draft, number) if self.han else self._noun_spaced(draft, number)

    def _noun_spaced(self, draft: _Draft, number: Number) -> bool:
        i, modifier, unknown = draft.next, "", ""
        if self.words.text(i) == "-" and self.words.touches(i):
            i += 1
        if self.words.sense(i, "link"):
            if not (number.scaled or number.low != number.high or number.unit):
                return False
            i += 1
        last = min(i + _NOUN_REACH[False], len(self.words))
        end = draft.next
        while i < last:
            token = self.words.tokens[i]
            if token.text == "-" and self.words.touches(i) and self.words.touches(i + 1):
                i, last = i + 1, min(last + 2, len(self.words))
                continue
            if sense := self.words.sense(i, "concept"):
                while (step := self._compound_head(i)) and (head := self.words.sense(i + step, "concept")):
                    i, sense = i + step, head
                draft.noun, draft.next = f"{modifier} {sense.name}".strip(), i + 1
                return True
            if (
                token.kind != "word"
                or self.words.sense(i, "stop")
                or self.words.starts_number(i)
                or i in self.words.taken
            ):
                break
            if sense := self.words.sense(i, "modifier"):
                modifier = sense.name
            elif not self.words.sense(i, "rate") and (found := self._unknown(i)):
                unknown, end = found, i + 1
                if self.lexicon.language == "de" and self.words.text(i + 1) != "-":
                    break
            i += 1
        if unknown and not number.one:
            draft.noun, draft.next = f"{modifier} {unknown}@{self.lexicon.language}".strip(), end
            return number.digits or self.lexicon.language == "de"
        return self._counted_before(draft)

    def _compound_head(self, i: int) -> int:
        """How far the next word of a compound is: 1 for `video editors`, 2 for `Video-Editoren`."""
        if self.words.text(i + 1) == "-" and self.words.touches(i + 1) and self.words.touches(i + 2):
            return 2
        return 1

    def _unknown(self, i: int) -> str:
        """A noun that is in no table: a German word with a capital, an English one that ends in s."""
        word = self.words.tokens[i].text
        if self.lexicon.language == "de":
            return word.lower() if word[0].isupper() and len(word) > 1 else ""
        return word.lower() if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else ""

    def _counted_before(self, draft: _Draft) -> bool:
        """`The number of users rose to 600 million`."""
        noun = ""
        for i in range(draft.first - 1, max(-1, draft.first - _COUNT_REACH), -1):
            if sense := self.words.sense(i, "concept"):
                noun = sense.name
            elif self.words.sense(i, "count") and noun:
                draft.noun = noun
                return True
            if self.words.ends_clause(i) or self.words.starts_number(i):
                break
        return False

    def _noun_han(self, draft: _Draft, number: Number) -> bool:
        i = draft.next
        measure = self.words.sense(i, "measure")
        whole = self.words.sense(i, "concept")
        if whole:  # 6人, 百万卡: the word measures and is counted
            draft.noun, draft.next = whole.name, i + 1
            while head := self.words.sense(draft.next, "concept"):
                draft.noun, draft.next = head.name, draft.next + 1
            return True
        if measure:
            i += 1
            draft.next = i
        elif (
            number.digits and self.words.tokens[i - 1].kind == "number" and not self.words.touches(i) and self._latin(i)
        ):
            return False
        noun, end = self._concept_han(i)
        if measure and measure.name and not (noun and (measure.name != "person" or self._is_person(noun))):
            noun, end = measure.name, draft.next
        unknown = self._unknown_han(i) if measure and not noun else ""
        if unknown:
            noun, end = f"{unknown}@zh", i + len(unknown) if self.words.tokens[i].kind == "han" else i + 1
        elif noun == "person" or (not noun and (self.words.ends_clause(i) or self.words.sense(i, "stop"))):
            noun = self._before_han(draft, people=noun == "person") or noun
        draft.noun, draft.next = noun, max(end, draft.next)
        return measure is not None or (bool(noun) and number.scaled)

    def _is_person(self, noun: str) -> bool:
        return noun in self.lexicon.people or noun.partition(" ")[2] in self.lexicon.people

    def _latin(self, i: int) -> bool:
        return i < len(self.words) and self.words.tokens[i].kind == "word"

    def _concept_han(self, i: int) -> tuple[str, int]:
        modifier = ""
        for j in range(i, min(i + _NOUN_REACH[True], len(self.words))):
            if sense := self.words.sense(j, "concept"):
                while head := self.words.sense(j + 1, "concept"):
                    j, sense = j + 1, head
                return f"{modifier} {sense.name}".strip(), j + 1
            if self.words.ends_clause(j) or self.words.starts_number(j) or (self.words.sense(j, "stop") and j > i):
                break
            if sense := self.words.sense(j, "modifier"):
                modifier = sense.name
        return "", i

    def _before_han(self, draft: _Draft, people: bool) -> str:
        """月活约6亿: what is counted stands before the number."""
        for i in range(draft.first - 1, max(-1, draft.first - 1 - _NOUN_REACH[True]), -1):
            sense = self.words.sense(i, "concept")
            if sense and len(self.words.text(i)) > 1:
                return sense.name if not people or sense.name in self.lexicon.people else ""
            if self.words.ends_clause(i) or self.words.starts_number(i):
                break
        return ""

    def _unknown_han(self, i: int) -> str:
        if i >= len(self.words) or self.words.sense(i, "stop"):
            return ""
        if self.words.tokens[i].kind == "word":
            return self.words.tokens[i].text.lower()
        pair = self.words.tokens[i : i + 2]
        return "".join(token.text for token in pair) if all(token.kind == "han" for token in pair) else ""

    # What is no quantity

    def _is_label(self, first: int, number: Number) -> bool:
        """Ordinals, versions, numbered things and the numbers of a list."""
        if "nth" in (self.words.tokens[number.next].senses if number.next < len(self.words) else ()):
            return True
        if not number.digits or number.scaled:
            return self.words.text(first - 1) == "第"
        if self._is_score(first, number):
            return True
        before = self.words.tokens[first - 1] if first else None
        after = self.words.text(number.next)
        touching = self.words.touches(number.next)
        if before:
            if before.text in ("第", "#", "§", "№", "/", ":", "No", "@", "^", "=") or "label" in before.senses:
                return before.text not in "/:=" or self.words.touches(first)
            if before.text in "-.'’" and self.words.touches(first) and first > 1 and self.words.touches(first - 1):
                return self.words.tokens[first - 2].kind != "number"
        if (
            touching
            and after in (":", "/")
            and self.words.touches(number.next + 1)
            and self.words.starts_number(number.next + 1)
        ):
            return True
        if touching and after in (".", ")", "、") and first == 0 and number.next + 1 < len(self.words):
            return True
        if before and before.text == "(" and after == ")" and number.low < 100:
            return True
        if self.lexicon.language == "de" and touching and after == "." and number.low < 1000:
            return number.next + 1 < len(self.words) and self.words.tokens[number.next + 1].kind == "word"
        if touching and after in _ORDINAL_ENDINGS:
            return True
        return bool(before) and self._is_version(first, number)

    def _is_score(self, first: int, number: Number) -> bool:
        """2-1, 5-0-0, 2比1, `2 zu 1`: numbers set against each other."""
        i = number.next
        if self.words.text(i) == "比" or self.words.text(first - 1) == "比":
            return self.words.starts_number(i + 1) or self.words.starts_number(first - 2)
        if first > 1 and self.words.text(first - 1) in ("-", "–") and self.words.kind(first - 2) == "number":
            return self.words.touches(first) and self.words.touches(first - 1)
        if self.words.text(i) in ("-", "–") and self.words.touches(i) and self.words.touches(i + 1):
            other = numerals.number(self.words, i + 1)
            return other is not None and other.digits and not other.scaled and other.low <= number.low
        return False

    def _is_version(self, first: int, number: Number) -> bool:
        """`Grok 4.2`, `Gemini 3 Pro`, `Grok 5-Modell`: a name stands before, and no unit behind."""
        before, i = self.words.tokens[first - 1], number.next
        if not before.name or before.senses.keys() - {"concept", "stop", "unit"} or self.words.touches(first):
            return False
        if self.words.sense(i, "unit") or self.words.sense(i, "measure") or number.low >= 1000:
            return False
        if self.words.text(i) == "-" and self.words.touches(i):
            return not self.words.sense(i + 1, "unit") and not self.words.starts_number(i + 1)
        if self.words.sense(i, "range"):
            return False
        if self.han:
            return True
        common = self.lexicon.language == "de" and not any(c.isupper() or c.isdigit() for c in before.text[1:])
        if self.words.sense(i, "concept") or self.words.sense(i + 1, "concept"):
            return not common and number.low != int(number.low)
        counted = any(self.words.text(j)[:1].isupper() for j in (i, i + 1))
        return not common or not counted or number.low != int(number.low)

    def _stands(self, draft: _Draft, number: Number, counted: bool) -> bool:
        """Whether what was read is a quantity at all, not part of a word or an idiom."""
        if number.rest:
            return draft.unit is not None or bool(draft.noun)
        if draft.unit:
            return True
        if number.one:
            return number.scaled and bool(draft.noun or counted)
        if number.digits:
            after = draft.next
            attached = after == number.next and self.words.touches(after) and self._latin(after)
            return not attached or bool(draft.noun)
        if self.han:
            return counted or (number.scaled and number.low >= 10 and number.parts > 1)
        return True

    # Several quantities

    def _continues(self, a: _Draft, b: _Draft) -> bool:
        """45分钟46秒, `2 hours and 30 minutes`: one duration in two units."""
        if not (a.unit and b.unit and a.unit.name == b.unit.name and a.unit.value > b.unit.value):
            return False
        if a.unit.name != "s" and a.unit.value != _FOOT:
            return False
        if a.low != a.high or b.low != b.high or b.low * b.unit.value >= a.unit.value or a.over or a.under:
            return False
        between = [self.words.lower(i) for i in range(a.next, b.first)]
        return between in ([], ["and"], ["und"], ["零"])

    def _joined(self, a: _Draft, b: _Draft) -> _Draft:
        assert a.unit and b.unit
        value = a.low + b.low * b.unit.value / a.unit.value
        return replace(a, next=b.next, low=value, high=value, about=a.about or b.about)

    def _of_the_same(self, found: list[tuple[_Draft, Quantity]]) -> list[Quantity]:
        """`Of the eleven co-founders six have left`: the second number counts co-founders too."""
        for k, (a, b) in enumerate(pairwise(found)):
            between = [self.words.lower(i) for i in range(a[0].next, b[0].first)]
            if between and between in _OF and not (a[1].unit and b[1].unit):  # three of four points
                unit = a[1].unit or b[1].unit
                found[k : k + 2] = (a[0], replace(a[1], unit=unit)), (b[0], replace(b[1], unit=unit))
        result: list[Quantity] = []
        whole = ""
        for draft, quantity in found:
            if whole and quantity.unit in ("", "person"):
                quantity = replace(quantity, unit=whole)
            elif quantity.unit and not draft.unit and self._is_whole(draft):
                whole = quantity.unit
            # A small number in words that counts nothing is not worth a claim.
            if quantity.unit or self.words.tokens[draft.first].kind == "number" or draft.high >= 1000:
                result.append(quantity)
        return result

    def _in_row(self, quantity: Quantity, row: str) -> Quantity:
        """The 12 in the row of halls counts halls; a quantity that has a unit takes no more than a rate."""
        noun, rate = split_unit(row)
        if quantity.base in ("%", "times", "s", "percentage point"):
            return quantity
        return replace(quantity, unit=(quantity.base or noun) + (quantity.rate or rate))

    def _is_whole(self, draft: _Draft) -> bool:
        if self.han:
            return any(self.words.text(i) in ("中", "里", "当中", "之中", "内") for i in (draft.next, draft.next + 1))
        words = {word for i in (draft.first - 1, draft.first - 2) for word in self.words.lower(i).split()}
        return not words.isdisjoint(("of", "von", "unter", "among"))


def _is_dash(word: str) -> bool:
    return word in "-–—~"


def _is_symbol(text: str) -> bool:
    """Whether a currency may stand before its number: `$5`, `USD 5`, but not `won 5`."""
    return not text.isalpha() or text.isupper()


def _is_currency(unit: Sense) -> bool:
    return len(unit.name) == 3 and unit.name.isupper()
