"""How numbers are written: digits with separators, number words, Chinese numerals, and words such as `million`."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.compare.draft import is_currency
from pipeline.compare.lexicon import Sense
from pipeline.compare.words import Words

_FRACTIONS = {"½": 0.5, "¼": 0.25, "¾": 0.75, "⅓": 1 / 3, "⅔": 2 / 3}
_PERCENT = Sense("%", 1.0)
_TIMES = Sense("times", 1.0)
_SECONDS = Sense("s", 1.0)
# A numeral of more tokens, or digits, is no number that anyone reads; the bound keeps reading linear.
_MOST_TOKENS, _MOST_DIGITS, _MOST_GROUPS = 24, 18, 5
_SPACES = "\u2009\u202f\u00a0"


@dataclass(slots=True)
class Number:
    """A number without its unit: its range, the token after it, and how it is written."""

    low: float
    high: float
    next: int
    digits: bool = False  # in digits, not in words
    scaled: bool = False  # with a word such as million
    scale: float = 1.0  # the product of these words
    one: bool = False  # only an article or the word for one: "a million", "in einem Jahr"
    over: bool = False  # 20多
    parts: int = 1  # of how many tokens
    rest: str = ""  # what a German numeral is joined to
    unit: Sense | None = None  # % for "half", times for "doubled"


def parse(text: str, decimal: str) -> float | None:
    """The value of digits with separators, None where they are no number (a version, an IP address).

    `decimal` is the language's decimal mark. Three digits after the other mark are thousands; any
    other number of digits makes it the decimal mark of a writer with foreign habits.
    """
    for space in _SPACES:
        text = text.replace(space, "")
    text = text.replace("’", "'").replace("'", "")
    group = "," if decimal == "." else "."
    if len(text) > _MOST_DIGITS + _MOST_GROUPS:
        return None
    if text.isdigit():
        return float(text)
    marks = [mark for mark in text if mark in ".,"]
    parts = text.replace(",", ".").split(".")
    if not parts[0].isdigit():
        return None
    if len(set(marks)) == 2:
        # The mark that comes last, and only once, is the decimal one.
        last = marks[-1]
        if marks.count(last) != 1 or any(len(part) != 3 for part in parts[1:-1]):
            return None
        return float("".join(parts[:-1]) + "." + parts[-1])
    thousands = all(len(part) == 3 for part in parts[1:]) and len(parts[0]) <= 3 and parts[0] != "0"
    if len(marks) > 1:
        return float("".join(parts)) if thousands else None
    if marks[0] == group:
        return float("".join(parts)) if thousands else float(".".join(parts))
    # "200,000" in a German text has no three decimals that are all zero: it is an English number.
    if thousands and parts[1] == "000":
        return float("".join(parts))
    return float(".".join(parts))


def number(words: Words, i: int) -> Number | None:
    """The number that starts at token i."""
    if words.sense(i, "none"):
        return None
    for role, unit in (("span", _SECONDS), ("times", _TIMES)):
        if sense := words.sense(i, role):
            return Number(sense.value, sense.value, i + 1, unit=unit)
    if share := words.sense(i, "share"):
        ordinal = words.lexicon.language == "en" and words.lower(i).startswith("a ") and not words.sense(i - 1, "about")
        if ordinal and words.kind(i + 1) == "word" and not (words.sense(i + 1, "link") or words.sense(i + 1, "stop")):
            return None  # "a third defeat"
        return Number(share.value, share.value, i + 1, unit=_PERCENT)
    found = _vague(words, i) or _amount(words, i)
    return _share(words, found) if found and words.han else found


def _share(words: Words, base: Number) -> Number | None:
    """两成半, 三分之二; a number that is neither stays what it is."""
    if words.sense(base.next, "tenths") and base.low <= 10:
        low, high, end = base.low * 10, base.high * 10, base.next + 1
        if words.sense(end, "half"):
            low, high, end = low + 5, high + 5, end + 1
        elif words.kind(end) == "han" and (ones := words.sense(end, "digit")):
            low, high, end = low + ones.value, high + ones.value, end + 1
        # 成 is also "to become": 一成 is one.
        return None if base.one else Number(low, high, end, unit=_PERCENT)
    if words.sense(base.next, "fraction") and base.low > 1:
        top = _amount(words, base.next + 1)
        if top is not None:
            return Number(top.low / base.low * 100, top.high / base.low * 100, top.next, unit=_PERCENT)
    return base


def _vague(words: Words, i: int) -> Number | None:
    """`hundreds of`, `several million`, `ein paar`, 若干. Chinese 几 and 数 are digits, in `_amount`."""
    sense = words.sense(i, "vague")
    if sense is None or (words.han and words.tokens[i].text in "几数"):
        return None
    found = Number(sense.value, sense.high, i + 1, scaled=sense.value >= 100)
    while scale := words.sense(found.next, "big") or words.sense(found.next, "small"):
        found = Number(found.low * scale.value, found.high * scale.value, found.next + 1, scaled=True)
    return found


def _half(words: Words, i: int) -> Number | None:
    """`half a million`, `eine halbe Stunde`, 半年."""
    if not words.sense(i, "halved"):
        return None
    if scale := words.sense(i + 1, "big"):
        return Number(0.5 * scale.value, 0.5 * scale.value, i + 2, scaled=True, scale=scale.value)
    unit = words.sense(i + 1, "unit")
    return Number(0.5, 0.5, i + 1) if unit and unit.name == "s" else None


def _amount(words: Words, i: int) -> Number | None:
    """Digits and number words up to the last scale word: `1.25 trillion`, 一亿两千万, `zweihunderttausend`.

    The classic method: a section below the next big scale word grows by digits and small scale
    words; a big one closes it.
    """
    if half := _half(words, i):
        return half
    first = i
    total = section = (0.0, 0.0)
    current: tuple[float, float] | None = None
    found = Number(0, 0, i)
    last_scale = 0.0
    while i < min(len(words.tokens), first + _MOST_TOKENS) and not words.sense(i, "none"):
        token = words.tokens[i]
        value = _digit(words, i, current, i == first, last_scale)
        if value is not None:
            current = value
            found.digits |= token.kind == "number"
            found.one = i == first and value == (1.0, 1.0) and token.kind != "number"
            if last_scale < 100 or token.kind == "number" or value[1] == 0:  # 二千零五 is no 2500
                last_scale = 0.0
            i = _groups(words, i)
            if token.numeral and token.numeral.rest:
                found.rest = token.numeral.rest
                break
        elif (small := words.sense(i, "small")) and (words.han or current or not section[1]):
            if not words.han and current is None and not _is_bare(words, i):
                break
            section = _plus(section, _times(current or (1.0, 1.0), small.value))
            current, last_scale = None, small.value
            found.scaled = True
            i += 1
        elif (big := words.sense(i, "big")) and _is_scale(words, i, first):
            section = _plus(section, current or (0.0, 0.0))
            if section[1]:
                total = _plus(total, _times(section, big.value))
            elif total[1]:
                total = _times(total, big.value)
            elif _is_bare(words, i):
                total = (big.value, big.value)
            else:
                break
            section, current, last_scale = (0.0, 0.0), None, big.value
            found.scaled, found.scale = True, found.scale * big.value
            i += 1
        elif words.han and i > first and _is_more(words, i):
            found.over = True
            i += 1
        elif _joins(words, i, section, current):
            i += 1
        else:
            break
    if i == first:
        return None
    if words.han and current and last_scale >= 100 and not found.digits:
        current = _times(current, last_scale / 10)  # 一万二 is 12,000
    low, high = _plus(_plus(total, section), current or (0.0, 0.0))
    if found.one and i > first + 1:
        found.one = not found.digits and total == (0.0, 0.0) and section == (0.0, 0.0)
    if not words.han and words.sense(i, "half") and words.tokens[i].kind == "word":
        low, high, i = low + 0.5, high + 0.5, i + 1
    found.low, found.high, found.next, found.parts = low, high, i, i - first
    return found


def _digit(
    words: Words, i: int, current: tuple[float, float] | None, first: bool, last_scale: float
) -> tuple[float, float] | None:
    """The value of token i as the next digits of a number of which `current` has been read."""
    token = words.tokens[i]
    if i in words.taken:
        return None
    if token.kind == "number":
        if current is not None or (not first and not (words.han and last_scale >= 1e4 and not token.gap)):
            return None
        value = parse("".join(words.text(j) for j in range(i, _groups(words, i))), words.lexicon.decimal)
        return None if value is None else (value, value)
    if token.text in _FRACTIONS:
        value = _FRACTIONS[token.text]
        return (value, value) if current is None else (current[0] + value, current[1] + value)
    if token.numeral:
        return (token.numeral.value, token.numeral.value) if current is None and first else None
    if words.han and token.text in "几数":
        if current is not None or not _counts(words, i + 1):
            return None
        return (1.0, 9.0) if last_scale == 10 and not first else (2.0, 9.0)
    sense = words.sense(i, "digit")
    if sense is None:
        return (1.0, 1.0) if first and words.sense(i, "one") and _scale_or_unit(words, i + 1) else None
    value = sense.value
    if current is None:
        return (value, value)
    if words.han:
        if value == current[1] + 1 and current[0] == current[1] > 0:
            return (current[0], value)  # 两三年
        return (current[1] * 10 + value,) * 2 if value < 10 and token.kind == "han" else None
    if current[0] % 10 == 0 and 20 <= current[0] <= 90 and value < 10:
        return (current[0] + value,) * 2
    return None


def _groups(words: Words, i: int) -> int:
    """The end of the digits at token i, with the groups of thousands that only a space parts: German `10 000`."""
    end = i + 1
    if words.lexicon.language == "de" and words.text(i).isdigit() and len(words.text(i)) <= 3:
        while end <= i + _MOST_GROUPS and words.text(end).isdigit() and len(words.text(end)) == 3:
            end += 1
    return end


def _counts(words: Words, i: int) -> bool:
    """Whether 几 or 数 before token i says how many: 几十, 数百, 几个."""
    return any(words.sense(i, role) for role in ("small", "big", "measure", "unit"))


def _scale_or_unit(words: Words, i: int) -> bool:
    return any(words.sense(i, role) for role in ("small", "big", "unit"))


def _is_bare(words: Words, i: int) -> bool:
    """Whether a scale word counts by itself: 百万卡, `hundert Leute`; English needs `a` before it."""
    if words.han:
        return any(words.sense(i + 1, role) for role in ("small", "big", "measure", "unit", "concept"))
    return words.lexicon.language == "de" and words.tokens[i].text.lower() in ("hundert", "tausend")


def _is_scale(words: Words, i: int, first: int) -> bool:
    """A single letter is a scale word only where it touches its digits: `10k`, `$20m`."""
    token = words.tokens[i]
    if len(token.text) > 1 or token.kind == "han":
        return True
    if token.gap or i == 0:
        return False
    unit = words.sense(first - 1, "unit")
    money = unit is not None and is_currency(unit)
    return token.text in "kK" or money or words.sense(i + 1, "concept") is not None


def _is_more(words: Words, i: int) -> bool:
    """多 and 余 within a number: 10多万, 二十余亿."""
    token = words.tokens[i]
    return token.text in "多余来" and not token.gap and bool(words.sense(i + 1, "big") or words.sense(i + 1, "small"))


def _joins(words: Words, i: int, section: tuple[float, float], current: tuple[float, float] | None) -> bool:
    """The `and` of `one hundred and twenty` and the hyphen of `twenty-five`."""
    if words.han or not words.sense(i + 1, "digit"):
        return False
    text = words.tokens[i].text.lower()
    if text == "and":
        return section[1] > 0 and current is None
    touching = text == "-" and not words.tokens[i].gap and not words.tokens[i + 1].gap
    return touching and current is not None and current[0] % 10 == 0 and 20 <= current[0] <= 90


def _plus(a: tuple[float, float], b: tuple[float, float]) -> tuple[float, float]:
    return a[0] + b[0], a[1] + b[1]


def _times(a: tuple[float, float], factor: float) -> tuple[float, float]:
    return a[0] * factor, a[1] * factor
