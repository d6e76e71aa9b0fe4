"""Lexical evidence that needs no translation: numbers and Latin-script names, as they cross languages."""

from __future__ import annotations

from math import prod

import regex

# A power of ten that a word or character after a number stands for. "Billion" is 10^9 in English
# and 10^12 in German, so both are kept and either may match.
_SCALES: dict[str, tuple[float, ...]] = {
    "百": (1e2,), "千": (1e3,), "万": (1e4,), "亿": (1e8,), "兆": (1e12,),
    "thousand": (1e3,), "tausend": (1e3,), "k": (1e3,),
    "million": (1e6,), "millionen": (1e6,), "mio": (1e6,), "m": (1e6,),
    "billion": (1e9, 1e12), "bn": (1e9,), "milliarde": (1e9,), "milliarden": (1e9,), "mrd": (1e9,),
    "billionen": (1e12,), "bio": (1e12,), "trillion": (1e12, 1e18), "trillionen": (1e18,),
}  # fmt: skip
# Power is given in kilo-, mega- or gigawatts as each outlet likes, so it is counted in watts.
_WATTS = regex.compile(r"(kilo|mega|giga|tera|k|m|g|t)w(?:att)?(?:stunden?|hours?|h)?s?")
_PREFIXES = {"k": (1e3,), "m": (1e6,), "g": (1e9,), "t": (1e12,)}
_HAN_WATTS = {"千": (1e3,), "兆": (1e6,), "吉": (1e9,), "万千": (1e7,)}
_NUMBER = regex.compile(r"(?<![\p{L}\d.,])(\d++(?:[.,]\d++)*+)\s?([百千万亿兆吉]{1,2}(瓦)?|\p{Latin}++)?")
_MONTHS = (
    "jan", "feb", "m[aä]r", "apr", "ma[iy]", "jun", "jul", "aug", "sep", "o[kc]t", "nov", "de[cz]",
)  # fmt: skip
_MONTH = "|".join(f"(?P<m{number}>{start}\\p{{L}}*+)" for number, start in enumerate(_MONTHS, start=1))
_DAY = regex.compile(
    rf"(?<!\d)(?:(?P<day>\d{{1,2}})(?:\.|st|nd|rd|th)?\s(?:{_MONTH})|(?P<month>\d{{1,2}})月(?P<dayz>\d{{1,2}})[日号號])",
    regex.IGNORECASE,
)
_WORD = regex.compile(r"[\p{Latin}\d][\p{Latin}\d'&.-]*+")
_LATIN = regex.compile(r"\p{Latin}")


def numbers(text: str) -> frozenset[str]:
    """The values of the numbers in a text, three digits exact: `5000万` and `50 Millionen` are both "5e+07".

    The day of a date is one value with its month: `3月11日` and `11. März` are both "3/11".
    """
    found: set[str] = set()
    for digits, word, watts in _NUMBER.findall(text):
        scales = _scales(word.removesuffix(watts), bool(watts))
        for value in _values(digits):
            found.update(f"{value * scale:.3g}" for scale in scales)
    for match in _DAY.finditer(text):
        month = match["month"] or next(number for number in range(1, 13) if match[f"m{number}"])
        found.add(f"{int(month)}/{int(match['day'] or match['dayz'])}")
    return frozenset(found)


def _scales(word: str, watts: bool) -> tuple[float, ...]:
    """The powers of ten that the word after a number can stand for."""
    if watts and word in _HAN_WATTS:
        return _HAN_WATTS[word]
    if word and word[0] in "百千万亿兆":
        return (prod(_SCALES.get(character, (1.0,))[0] for character in word),)
    if match := _WATTS.fullmatch(word.lower()):
        return _PREFIXES[match[1][0]]
    return _SCALES.get(word.lower(), (1.0,))


def _values(digits: str) -> list[float]:
    """What a run of digits, points and commas can mean: `1.250` is 1250 in German, 1.25 in English."""
    parts = regex.split("[.,]", digits)
    if len(parts) == 1:
        return [float(digits[:300])]
    whole = float("".join(parts)[:300])
    if len(parts) > 2:
        return [whole]
    fraction = float(f"{parts[0][:300]}.{parts[1][:300]}")
    # Three digits after the only mark are most often thousands, yet may be decimals.
    return [whole, fraction] if len(parts[1]) == 3 and parts[0] != "0" else [fraction]


def names(text: str, spaced: bool) -> frozenset[str]:
    """Words in Latin letters that are likely to stand unchanged in another language, lower-cased.

    In text of a script without spaces every Latin word is one; elsewhere those with a capital or
    a digit inside or, off the start of the sentence, in front.
    """
    found: set[str] = set()
    for word in _WORD.findall(text):
        word = word.rstrip("'&.-")
        if not _LATIN.search(word) or (len(word) < 2 and not word.isupper()):
            continue
        inside = any(character.isupper() or character.isdigit() for character in word[1:])
        if not spaced or inside or word[0].isupper():
            found.add(word.lower().removesuffix("'s"))
    return frozenset(found)
