"""What sentence splitting has to know of a language, read from `data/<language>.toml`."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from importlib import resources
from typing import Any

from pipeline.language import Language

_SHARED = "shared"
_SAME = {"yue": "zh", "lzh": "zh", "nb": "no", "nn": "no"}


@dataclass(frozen=True, slots=True)
class Rules:
    """Words of one language. Abbreviations are written as in text, without their last stop and
    without inner spaces ("z.B"); one that is written small also holds with a capital at the start
    of a sentence.

    `never` never ends a sentence, `number` does not before a number, `unit` does after a number
    when a capital follows, `closing` does when a capital follows, `may` only does when one of
    `starters` follows: words that have a capital only at the start of a sentence. `endings` make
    abbreviations of the last kind. After one of
    `fronting` a sentence still waits for its subject ("At 5 a.m. Mr. Smith ..."). `elisions` are
    written with an apostrophe in front, `suffixes` end addresses and names of files. With `capital_nouns` a capital alone is weak evidence and
    a number with a stop is an ordinal. A quotation or bracket of at most `whole` code points is not
    split. `reporting` verbs end the clause that names a speaker, and what begins with one of
    `continues` goes on after a quotation, in languages without spaces.
    """

    never: frozenset[str]
    number: frozenset[str]
    unit: frozenset[str]
    closing: frozenset[str]
    may: frozenset[str]
    endings: tuple[str, ...]
    starters: frozenset[str]
    fronting: frozenset[str]
    elisions: frozenset[str]
    suffixes: frozenset[str]
    reporting: tuple[str, ...]
    continues: tuple[str, ...]
    capital_nouns: bool
    whole: int


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
    try:
        import tomllib  # type: ignore[import-not-found,unused-ignore]
    except ImportError:  # Python 3.10
        import tomli as tomllib  # type: ignore[import-not-found,no-redef,unused-ignore]
    file = resources.files(__package__) / "data" / f"{name}.toml"
    if not file.is_file():
        return {}
    table: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
    return table
