"""What sentence splitting has to know of a language, read from `data/<language>.toml`."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from importlib import resources
from typing import Any

from pipeline import toml
from pipeline.language import Language

_SHARED = "shared"
_SAME = {"yue": "zh", "lzh": "zh", "nb": "no", "nn": "no"}


@dataclass(frozen=True, slots=True)
class Rules:
    """Words of one language. Abbreviations are written as in text, without their last stop and
    without inner spaces ("z.B"); one that is written small also holds with a capital at the start
    of a sentence."""

    never: frozenset[str]  # never ends a sentence
    number: frozenset[str]  # does not before a number
    unit: frozenset[str]  # does after a number, when a capital follows
    closing: frozenset[str]  # does when a capital follows
    may: frozenset[str]  # does only when one of `starters` follows
    endings: tuple[str, ...]  # words that end so are abbreviations of the last kind
    starters: frozenset[str]  # have a capital only at the start of a sentence
    fronting: frozenset[str]  # begin an adverbial that waits for its subject: At 5 a.m. Mr. Smith ...
    elisions: frozenset[str]  # are written with an apostrophe in front
    suffixes: frozenset[str]  # end addresses and names of files
    reporting: tuple[str, ...]  # verbs that end the clause naming a speaker
    continues: tuple[str, ...]  # go on with the sentence after a quotation, in languages without spaces
    capital_nouns: bool  # a capital is weak evidence, and a number with a stop is an ordinal
    whole: int  # a quotation or bracket of at most so many code points is not split


def rules_for(language: Language) -> Rules:
    """The rules of a language, or those that all languages share where it has no file."""
    return _load(_SAME.get(language.base, language.base))


@functools.cache
def _load(name: str) -> Rules:
    shared, own = _read(_SHARED), _read(name)

    def words(key: str) -> list[str]:
        return [word for table in (shared, own) for word in str(table.get(key, "")).split()]

    return Rules(
        never=frozenset(words("never")),
        number=frozenset(words("number")),
        unit=frozenset(words("unit")),
        closing=frozenset(words("closing")),
        may=frozenset(words("may")),
        endings=tuple(words("endings")),
        starters=frozenset(words("starters")),
        fronting=frozenset(words("fronting")),
        elisions=frozenset(words("elisions")),
        suffixes=frozenset(words("suffixes")),
        reporting=tuple(words("reporting")),
        continues=tuple(words("continues")),
        capital_nouns=bool(own.get("capital_nouns", False)),
        whole=int(own.get("whole", shared["whole"])),
    )


def _read(name: str) -> dict[str, Any]:
    file = resources.files(__package__) / "data" / f"{name}.toml"
    if not file.is_file():
        return {}
    table: dict[str, Any] = toml.loads(file.read_text(encoding="utf-8"))
    return table
