"""German puts its words together and bends their ends; this takes them apart."""

from __future__ import annotations

import functools
from typing import NamedTuple

# What a text may add to the form a table has. A noun keeps its -er: a Spieler is no Spiel.
_ADJECTIVE_ENDINGS = ("e", "n", "en", "er", "es", "em")
_NOUN_ENDINGS = ("e", "n", "en", "s", "es", "ens", "nen")
_MORPHEMES = {
    "einhalb": 0.5, "tausend": 1000, "hundert": 100, "und": 0,
    "zwanzig": 20, "dreißig": 30, "dreissig": 30, "vierzig": 40, "fünfzig": 50, "sechzig": 60, "siebzig": 70,
    "achtzig": 80, "neunzig": 90, "sechzehn": 16, "siebzehn": 17, "zehn": 10, "elf": 11, "zwölf": 12,
    "eins": 1, "ein": 1, "zwei": 2, "zwo": 2, "drei": 3, "vier": 4, "fünf": 5, "sechs": 6, "sieben": 7,
    "acht": 8, "neun": 9,
}  # fmt: skip
_BY_LENGTH = sorted(_MORPHEMES, key=len, reverse=True)
_STARTS = frozenset(morpheme[:2] for morpheme in _MORPHEMES)


class Numeral(NamedTuple):
    """A number word and what is joined to it: `zweijährig` is 2 and `jährig`."""

    value: float
    rest: str


def forms(word: str, noun: bool) -> list[str]:
    """A lower-case word and what it may be a form of: `jahren` may be `jahre` or `jahr`."""
    endings = _NOUN_ENDINGS if noun else _ADJECTIVE_ENDINGS
    return [word, *(word[: -len(end)] for end in endings if word.endswith(end) and len(word) - len(end) >= 3)]


@functools.lru_cache(maxsize=1 << 16)
def numeral(word: str) -> Numeral | None:
    """The number at the front of a word, None where there is none or where `word` is a numeral by chance.

    Greedy over the morphemes, so linear; `fünfundzwanzigtausend` is 5 + 20, times 1000.
    """
    word = word.lower()
    if word[:2] not in _STARTS:
        return None
    total = current = 0.0
    at = count = 0
    while at < len(word):
        morpheme = next((known for known in _BY_LENGTH if word.startswith(known, at)), None)
        if morpheme is None or (morpheme == "und" and not count):
            break
        value = _MORPHEMES[morpheme]
        if morpheme == "tausend":
            total, current = total + (current or 1) * value, 0
        elif morpheme == "hundert":
            current = (current or 1) * value
        elif morpheme == "einhalb" and not count:
            break
        else:
            current += value
        at += len(morpheme)
        count += 1
    if not count or (count == 1 and word.startswith("und")):
        return None
    rest = word[at:]
    # `einfach` and `einmal` count nothing; `einhundert` and `einjährig` do.
    if count == 1 and word.startswith("ein") and not rest.endswith(("ig", "ige", "iger", "igen", "iges", "igem")):
        return None
    return Numeral(total + current, rest)
