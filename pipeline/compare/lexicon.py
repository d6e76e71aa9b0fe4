"""The words of a language that carry numbers, units, dates and speech, read from the tables beside this file.

A text is cut into atoms (a number, a word, one Han character, one mark), and the longest phrases
of the lexicon are put together from them. So one reader serves languages with and without spaces.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any, NamedTuple

import regex

from pipeline.compare.fold import fold
from pipeline.compare.german import Numeral, forms, numeral

# Thin and no-break spaces part the thousands of a number (ISO 80000-1, 7.3.1).
_ATOM = regex.compile(
    r"(?P<number>[0-9]++(?:[.,'’\u2009\u202f\u00a0][0-9]++)*+)"
    r"|(?P<han>\p{Han})"
    r"|(?P<word>[\p{L}--\p{Han}](?:[[\p{L}--\p{Han}]\p{M}\p{N}]|[’'](?=[\p{L}--\p{Han}]))*+)"
    r"|(?P<mark>[^\s])",
    regex.V1,
)
LANGUAGES = ("de", "en", "zh")
# A compound is known by its last part only if that is long; even then a Beispiel is no Spiel.
_SHORTEST_HEAD = 5
_NO_HEADS = ("^spiel", "^punkt")
# Atoms remembered with what is known of them; a bound, so that a large run cannot fill the memory.
_MOST_WORDS = 1 << 16


_SYMBOLS = 2  # the place of the table of symbols among the keys of a word


class Sense(NamedTuple):
    """One thing a phrase may mean. What `name`, `value` and `high` are depends on the role: for a
    unit its base and factor, for a vague number its lowest and highest value."""

    name: str = ""
    value: float = 0.0
    high: float = 0.0


Senses = dict[str, Sense]
_NOTHING: Senses = {}


@dataclass(slots=True)
class Token:
    """A phrase of the lexicon, or an atom that is in none. Offsets count in the text that was read."""

    start: int
    end: int
    text: str
    kind: str  # number, han, word or mark
    senses: Senses
    gap: bool  # whether white space stands before it
    numeral: Numeral | None = None

    @property
    def name(self) -> bool:
        """Whether it looks like a name: a Latin word with a capital letter in it."""
        return self.kind == "word" and self.text != self.text.lower()


class Word(NamedTuple):
    """What the lexicon knows of one atom: how it is looked up, what it means alone, what it begins."""

    keys: tuple[str, str, str]
    senses: Senses
    phrases: tuple[tuple[tuple[str, ...], int, Senses], ...]
    numeral: Numeral | None


@dataclass(slots=True)
class Lexicon:
    """The phrases of one language, found by their first atom, longest first."""

    language: str
    decimal: str = "."
    exact: dict[str, list[tuple[tuple[str, ...], Senses]]] = field(default_factory=dict)
    stems: dict[str, list[tuple[tuple[str, ...], Senses]]] = field(default_factory=dict)
    symbols: dict[str, list[tuple[tuple[str, ...], Senses]]] = field(default_factory=dict)
    people: set[str] = field(default_factory=set)
    _words: dict[str, Word] = field(default_factory=dict)

    def add(self, phrase: str, role: str, sense: Sense, table: str = "exact") -> None:
        atoms = tuple(match[0] for match in _ATOM.finditer(phrase))
        keys = atoms if table == "symbols" else tuple(self.key(atom, table == "stems") for atom in atoms)
        rows = getattr(self, table).setdefault(keys[0], [])
        for known, senses in rows:
            if known == keys:
                senses.setdefault(role, sense)
                return
        rows.append((keys, {role: sense}))
        rows.sort(key=lambda row: -len(row[0]))

    def _senses(self, word: str) -> Iterator[tuple[str, Senses]]:
        """The single words of the tables with endings that a word may be a form of, the nearest first."""
        for form in _forms(word, self.language):
            for phrase, senses in self.stems.get(form, ()):
                if len(phrase) == 1:
                    yield form, senses

    def common(self, word: str) -> bool:
        """Whether a single word is in the lexicon, so that a capital does not make it a name."""
        tables = (self.exact.get(word.lower(), ()), self.stems.get(self.key(word), ()), self.symbols.get(word, ()))
        return any(len(phrase) == 1 for rows in tables for phrase, _ in rows)

    def suffix(self, word: str, role: str) -> Sense | None:
        """The sense of what a German numeral is joined to: the `jähriger` of `zweijähriger`."""
        for phrase, senses in self.stems.get(self.key(word), ()):
            if len(phrase) == 1:
                return senses.get(role)
        return None

    def tokens(self, text: str) -> list[Token]:
        """The tokens of a text that went through `fold`. Linear in its length."""
        matches = list(_ATOM.finditer(text))
        written = [match[0] for match in matches]
        known = [self._words.get(atom) or self._word(atom) for atom in written]
        tokens = []
        i = end = 0
        while i < len(matches):
            length, word = 1, known[i]
            senses = word.senses
            for phrase, table, found in word.phrases:
                size = len(phrase)
                if size < length:
                    break
                fits = i + size <= len(matches) and all(
                    part.keys[table] == atom for part, atom in zip(known[i + 1 : i + size], phrase[1:])
                )
                # A symbol stands in one piece: "A $5 note" is no note of A$5.
                if fits and (
                    table != _SYMBOLS or matches[i + size - 1].end() - matches[i].start() == len("".join(phrase))
                ):
                    senses = {**found, **senses} if size == length else found
                    length = size
            start, stop = matches[i].start(), matches[i + length - 1].end()
            tokens.append(
                Token(
                    start,
                    stop,
                    written[i] if length == 1 else text[start:stop],
                    matches[i].lastgroup or "",
                    senses,
                    start > end,
                    word.numeral if length == 1 else None,
                )
            )
            i, end = i + length, stop
        return tokens

    def _word(self, atom: str) -> Word:
        """What the lexicon knows of an atom, remembered for the next time it is met."""
        keys = (atom.lower(), self.key(atom), atom)
        senses: Senses = {}
        phrases = []
        for number_, (table_, key) in enumerate(zip((self.exact, self.stems, self.symbols), keys)):
            for phrase, found in table_.get(key, ()):
                if len(phrase) > 1:
                    phrases.append((phrase, number_, found))
                else:
                    senses = {**found, **senses}
        parted = None
        if self.language == "de" and atom[0].isalpha():
            if senses.keys() <= {"unit", "concept"}:
                parted = numeral(atom)
            if not senses and parted is None:
                senses = self._compound(atom)
        phrases.sort(key=lambda row: -len(row[0]))
        if len(self._words) >= _MOST_WORDS:
            self._words.clear()
        self._words[atom] = Word(keys, senses, tuple(phrases), parted)
        return self._words[atom]

    def _compound(self, word: str) -> Senses:
        if not word[0].isupper():
            return _NOTHING
        for i in range(3, len(word) - _SHORTEST_HEAD + 1):
            for phrase, senses in self.stems.get(self.key(word[i:].capitalize()), ()):
                if len(phrase) == 1 and len(phrase[0]) > _SHORTEST_HEAD and phrase[0] not in _NO_HEADS:
                    return {role: sense for role, sense in senses.items() if role in ("concept", "aspect")}
        return _NOTHING


@functools.lru_cache(maxsize=1 << 16)
def _forms(word: str, language: str) -> tuple[str, ...]:
    """What a word may be looked up by, the word itself first. German nouns keep their capital: `Seit` is no `seit`."""
    lower = word.lower()
    if language == "de":
        noun = word[:1].isupper()
        return tuple(f"^{form}" if noun else form for form in forms(lower, noun))
    if len(lower) > 3 and lower.endswith("s"):
        return (lower, lower[:-1], lower[:-2]) if lower.endswith("es") else (lower, lower[:-1])
    return (lower,)


def table(name: str) -> dict[str, Any]:
    try:
        import tomllib  # type: ignore[import-not-found,unused-ignore]
    except ImportError:  # Python 3.10
        import tomli as tomllib  # type: ignore[import-not-found,no-redef,unused-ignore]
    return dict(tomllib.loads((files(__package__) / f"{name}.toml").read_text(encoding="utf-8")))


def _items(listed: str) -> Iterator[str]:
    """The items of a comma-separated list; a comma of the text cannot be one."""
    return (item.strip() for item in listed.split(",") if item.strip())


def _valued(item: str, count: int = 1) -> tuple[str, list[float]]:
    words = item.split()
    return " ".join(words[:-count]), [float(value) for value in words[-count:]]


@functools.cache
def lexicon(base: str) -> Lexicon:
    """The lexicon of a language by its base subtag. A language without a table has symbols and digits only.

    Chinese holds the English one too, since Chinese texts have English words in them.
    """
    result = Lexicon(base)
    for language in ("zh", "en") if base == "zh" else (base,):
        if language in LANGUAGES:
            _read_language(result, language, table(language))
        _read_shared(result, language)
    return result


def _read_shared(result: Lexicon, language: str) -> None:
    units = table("units")["unit"]
    for row in units:
        sense = Sense(row["base"], row["factor"])
        for word in _items(row.get(language, "")):
            result.add(fold(word), "unit", sense, "stems")
        for word in _items(row.get("symbol", "")):
            result.add(word, "unit", sense, "symbols")
    for group, rows in table("concepts").items():
        role = "concept" if group == "person" else group
        for row in rows:
            if group == "person":
                result.people.add(row["name"])
            for word in _items(row.get(language, "")):
                result.add(fold(word), role, Sense(row["name"]), "stems")


def _read_language(result: Lexicon, language: str, table: dict[str, Any]) -> None:
    first = language == result.language
    if first:
        result.decimal = table["decimal"]
    number = table["number"]
    for role in ("digit", "small", "big", "times", "share", "span"):
        for item in _items(number[role]):
            word, (value,) = _valued(item)
            result.add(word, role, Sense(value=value))
    for item in _items(number["vague"]):
        word, (low, high) = _valued(item, 2)
        result.add(word, "vague", Sense(value=low, high=high))
    for role in ("half", "halved", "one"):
        for word in _items(number[role]):
            result.add(word, role, Sense())
    for section in ("approximate", "syntax"):
        for role, listed in table[section].items():
            for item in _items(listed):
                word, _, name = item.partition(" ") if role == "measure" else (item, "", "")
                if first or section == "approximate" or role in ("range", "none"):
                    result.add(word, role, Sense(name))
    for name, listed in table["rate"].items():
        for word in _items(listed):
            result.add(word, "rate", Sense(name))
    _read_dates(result, table["date"])
    for role, listed in table["speech"].items():
        for word in _items(listed):
            result.add(word, role, Sense())


def _read_dates(result: Lexicon, table: dict[str, Any]) -> None:
    for role in ("months", "weekdays"):
        for number, words in enumerate(_items(table[role]), start=1):
            for word in words.split():
                for ending in ("", *_items(table["daytimes"])) if role == "weekdays" else ("",):
                    result.add(word + ending, role[:-1], Sense(value=number))
    for item in _items(table["relative"]):
        word, _, shift = item.rpartition(" ")
        result.add(word, "relative", Sense(shift[0], float(shift[1:])))
    for role in ("quarter", "half", "clock"):
        for item in _items(table[role]):
            word, (value,) = _valued(item)
            result.add(word, f"{role}_of_year" if role != "clock" else role, Sense(value=value))
    for role in ("ends", "starts", "mids", "ordinal", "year_before", "last_weekday", "next_weekday", "ago"):
        for word in _items(table[role]):
            result.add(word, role, Sense())
    for role in ("year", "month", "day"):
        for word in _items(table[role]):
            result.add(word, f"{role}_mark", Sense())
