"""Who is said to lead: the one role that is stated plainly enough to be compared."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.compare.names import Found
from pipeline.compare.words import Words

# How many tokens may stand between the name and the words that make it a leader's.
_REACH = 4


def leaders(words: Words, names: Sequence[Found]) -> list[Found]:
    """The names of a segment that are said to lead something: beside `leads`, behind `led by`, 負責人.

    Only names of two words or more count, or of Chinese characters: those of people. `Kontor
    verantwortet Odalys Renner` has the leader last.
    """
    found = []
    for i in range(len(words)):
        if words.sense(i, "leader") or words.sense(i, "led_by") or _passive(words, i):
            name = _beside(words, names, i, 1)
        elif words.sense(i, "leads"):
            name = _beside(words, names, i, -1) or _beside(words, names, i, 1)
        else:
            continue
        if name is not None and name not in found:
            found.append(name)
    return found


def _passive(words: Words, i: int) -> bool:
    """German puts the verb last: `wird von Aman Madaan geleitet`, `Geführt wird sie von ...`."""
    if words.lower(i) != "von" or words.lexicon.language != "de":
        return False
    return any(words.sense(j, "led") for j in range(max(0, i - 8), min(len(words), i + 8)))


def _beside(words: Words, names: Sequence[Found], i: int, step: int) -> Found | None:
    """The nearest person on one side of token i, in the same clause."""
    j = i + step
    while 0 <= j < len(words) and abs(j - i) <= _REACH and words.text(j) not in ",.;。，；()（）":
        token = words.tokens[j]
        for name in names:
            if name.start <= token.start < name.end and _is_person(name):
                return name
        j += step
    return None


def _is_person(name: Found) -> bool:
    return " " in name.name
