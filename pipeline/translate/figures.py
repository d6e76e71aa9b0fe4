"""Numbers of a sentence that its translation lacks.

Built to raise few false alarms: a number may be read in more than one way (German 33.229 is a
number of thousands, Grok 3.5 is not), and it is missing only where the translation has none of its
readings, neither in digits nor in words nor as the name of a month.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from decimal import Decimal

import regex

from pipeline.language import Language

_NUMBER = regex.compile(r"(?<![0-9])[0-9]+(?:[.,'’\u00a0\u202f ](?=[0-9]{3}(?![0-9]))[0-9]{3}|[.,:][0-9]+)*+")
_HAN_SCALE = regex.compile(r"\s?[多余餘几幾]?([十百千万萬亿億]+)")
_CENTURY = regex.compile(r"[0-9]{1,2}\s?世[纪紀]\s?(?=[0-9]+\s?年代)")
_CLOCK = regex.compile(r"([0-9]{1,2})\.([0-9]{2})(?=\s?(?:Uhr|[ap]\.?m))")
_DECADE = regex.compile(r"\s?年代")
_HAN = {"十": 10, "百": 100, "千": 1000, "万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8}
_WORD = regex.compile(r"[ \u00a0\u202f-]?(\p{L}+)\.?")
_GERMAN = {
    "tausend": 3, "tsd": 3, "mio": 6, "million": 6, "millionen": 6, "mrd": 9, "milliarde": 9, "milliarden": 9,
    "bio": 12, "billion": 12, "billionen": 12, "brd": 15, "billiarde": 15, "billiarden": 15,
}  # fmt: skip
_ENGLISH = {
    "k": 3, "thousand": 3, "m": 6, "mn": 6, "mln": 6, "million": 6, "millions": 6, "b": 9, "bn": 9, "billion": 9,
    "billions": 9, "t": 12, "tn": 12, "trillion": 12, "trillions": 12, "quadrillion": 15, "hundred": 2,
}  # fmt: skip
_RANGE = regex.compile(r"\s*+(?:[-–—~～至到]|bis|to)\s*+(?=[0-9])")
_SPELT = {
    word: value
    for value, words in enumerate(
        (
            "zero no none", "one a an first once single half", "two second twice both pair couple",
            "three third triple", "four fourth quadruple", "five fifth", "six sixth", "seven seventh", "eight eighth",
            "nine ninth", "ten tenth", "eleven eleventh", "twelve twelfth dozen", "thirteen thirteenth",
            "fourteen fourteenth", "fifteen fifteenth", "sixteen sixteenth", "seventeen seventeenth",
            "eighteen eighteenth", "nineteen nineteenth", "twenty twentieth",
        )
    )
    for word in words.split()
}  # fmt: skip
_SPELT |= {
    "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
    "hundred": 100, "hundreds": 100, "thousand": 1000, "thousands": 1000, "million": 10**6, "millions": 10**6,
    "billion": 10**9, "billions": 10**9, "trillion": 10**12, "doubled": 2, "double": 2, "tripled": 3,
}  # fmt: skip
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july", "aug august",
            "sep sept september", "oct october", "nov november", "dec december",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip


def missing(source: str, output: str, language: Language) -> list[str]:
    """The numbers of `source`, as written, that are not in the English `output`.

    >>> missing("5,5 Billionen Dollar", "5.5 billion dollars", Language("de"))
    ['5,5']
    """
    there = _english(output)
    source = _CENTURY.sub("", source)
    return [written for written, readings in _numbers(source, language) if there.isdisjoint(readings)]


def _english(text: str) -> set[Decimal]:
    values = {value for _, readings in _numbers(text, Language("en")) for value in readings}
    words = regex.findall(r"\p{L}+", text.lower())
    values |= {Decimal(_SPELT[word]) for word in words if word in _SPELT}
    values |= {Decimal(_MONTHS[word]) for word in words if word in _MONTHS}
    for word, after in itertools.pairwise(words):
        if word in _SPELT and after in _SPELT:  # "two million", "twenty one", "five hundred"
            a, b = Decimal(_SPELT[word]), Decimal(_SPELT[after])
            values |= {a * b, a + b}
    return values


def _numbers(text: str, language: Language) -> list[tuple[str, set[Decimal]]]:
    text = _CLOCK.sub(r"\1:\2", text)
    found: list[tuple[str, set[Decimal]]] = []
    scales: list[set[int]] = []
    ranged: list[bool] = []
    for written, end in _written(text):
        scale = _scales(text, end, language)
        readings = _readings(written, text[end : end + 4])
        found.append((written, {value * factor for value in readings for factor in scale}))
        scales.append(scale)
        ranged.append(bool(_RANGE.match(text, end)))
    for i in range(len(found) - 2, -1, -1):
        if ranged[i]:  # in "1.2-1.5万" the scale belongs to both
            scales[i] |= scales[i + 1]
            found[i][1].update({value * factor for value in _readings(found[i][0], "") for factor in scales[i]})
    return found


def _written(text: str) -> Iterator[tuple[str, int]]:
    """The numbers of a text and where they end. The parts of times, scores, dates and versions count
    as numbers of their own, a part of zeros ("15:00") as none."""
    for match in _NUMBER.finditer(text):
        written = match.group()
        groups = regex.split(r"[^0-9]", written)
        apart = ":" in written or (len(groups) > 2 and any(len(group) != 3 for group in groups[1:-1]))
        if not apart:
            yield written, match.end()
            continue
        for part in regex.finditer(r"[0-9]+", written):
            if part.group().strip("0"):
                yield part.group(), match.start() + part.end()


def _scales(text: str, position: int, language: Language) -> set[int]:
    """What a number ending at `position` may be multiplied with."""
    if match := _HAN_SCALE.match(text, position):
        factor = 1
        for character in match.group(1)[:6]:
            factor *= _HAN[character]
        return {factor}
    match = _WORD.match(text, position)
    word = match.group(1).lower() if match else ""
    if language.base in ("de", "en"):
        power = (_GERMAN if language.base == "de" else _ENGLISH).get(word)
        # "5 m" may be metres, "5 t" tons: a single letter scales, or does not.
        return {1} if power is None else {1, 10**power} if len(word) == 1 else {10**power}
    return {10**power for power in (0, 3, 6, 9, 12)} if word and language.spaced else {1}


def _readings(written: str, after: str) -> set[Decimal]:
    """All values that digits with marks between them may stand for; `after` is the text behind them."""
    digits = written[:40]
    *whole, fraction = regex.split(r"[^0-9]", digits)
    values = set() if len(whole) == 1 and len(fraction) != 3 else {Decimal("".join((*whole, fraction)))}
    if whole:
        values.add(Decimal("".join(whole) + "." + fraction))
    first = int(whole[0] if whole else fraction)
    if after.startswith((":", " Uhr")) and first <= 24:  # 15:00, 13.00 Uhr
        values |= {Decimal(first), Decimal(first % 12)}
    if not whole and 1900 <= first < 2100:  # 1950-53
        values.add(Decimal(first % 100))
    if _DECADE.match(after):
        values.add(Decimal(1900 + first))
    return values
