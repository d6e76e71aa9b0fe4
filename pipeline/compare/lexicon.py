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

from pipeline import toml
from pipeline.compare.fold import fold
from pipeline.compare.german import Numeral, forms, numeral

# Thin and no-break spaces part the thousands of a number (ISO 80000-1, 7.3.1).
_ATOM = regex.compile(
    r"[0-9]++(?:[.,'’\u2009\u202f\u00a0][0-9]++)*+"
    r"|\p{Han}"
    r"|[\p{L}--\p{Han}](?:[[\p{L}--\p{Han}]\p{M}\p{N}]|[’'](?=[\p{L}--\p{Han}]))*+"
    r"|[^\s]",
    regex.V1,
)
_HAN = regex.compile(r"\p{Han}")
LANGUAGES = ("de", "en", "zh")
# A compound is known by its last part only if that is long; even then a Beispiel is no Spiel.
_SHORTEST_HEAD = 5
# A longer word is no German one; taking it apart would cost the square of its length.
_LONGEST_WORD = 60
_NO_HEADS = ("spiel", "punkt")
# Atoms remembered with what is known of them; a bound, so that a large run cannot fill the memory.
_MOST_WORDS = 1 << 16
# How the words of a table must be written: in any case, in any of their forms, or exactly so.
EXACT, FORMS, SYMBOL = "=", "~", "!"


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
    """What is known of one atom: its kind, the keys it is found by, what it means alone, what it begins."""

    kind: str
    keys: frozenset[str]
    senses: Senses
    phrases: tuple[tuple[tuple[str, ...], Senses], ...]
    numeral: Numeral | None


@dataclass(slots=True)
class Lexicon:
    """The phrases of one language, by the key of their first atom."""

    language: str
    decimal: str = "."
    people: set[str] = field(default_factory=set)
    _phrases: dict[str, list[tuple[tuple[str, ...], Senses]]] = field(default_factory=dict)
    _words: dict[str, Word] = field(default_factory=dict)

    def add(self, phrase: str, role: str, sense: Sense, written: str = EXACT) -> None:
        """Give a phrase a sense; the first sense of a role stays."""
        atoms = [match[0] for match in _ATOM.finditer(phrase)]
        keys = tuple(_keys(atom, written, self.language)[0] for atom in atoms)
        rows = self._phrases.setdefault(keys[0], [])
        for known, senses in rows:
            if known == keys:
                senses.setdefault(role, sense)
                return
        rows.append((keys, {role: sense}))

    def common(self, word: str, roles: frozenset[str] | None = None) -> bool:
        """Whether a single word is in the lexicon, in one of the roles, so that a capital makes it no name."""
        senses = (self._words.get(word) or self._word(word)).senses if word else _NOTHING
        return bool(senses) if roles is None else not roles.isdisjoint(senses)

    def characters(self, role: str) -> frozenset[str]:
        """The single characters with a role."""
        rows = (row for rows in self._phrases.values() for row in rows if role in row[1])
        return frozenset(phrase[0][1:] for phrase, _ in rows if len(phrase) == 1 and len(phrase[0]) == 2)

    def suffix(self, word: str, role: str) -> Sense | None:
        """The sense of what a German numeral is joined to: the `jähriger` of `zweijähriger`."""
        return next((senses[role] for _, senses in self._forms(word) if role in senses), None)

    def _forms(self, word: str) -> Iterator[tuple[str, Senses]]:
        """The single words of the tables that a word may be a form of, the nearest first."""
        for key in _keys(word, FORMS, self.language):
            for phrase, senses in self._phrases.get(key, ()):
                if len(phrase) == 1:
                    yield key, senses

    def tokens(self, text: str) -> list[Token]:
        """The tokens of a text that went through `fold`. Linear in its length."""
        atoms = _ATOM.findall(text)
        known = [self._words.get(atom) or self._word(atom) for atom in atoms]
        starts, at = [], 0
        for atom in atoms:
            at = text.index(atom, at)
            starts.append(at)
            at += len(atom)
        tokens = []
        i = end = 0
        while i < len(atoms):
            word, length, stop = known[i], 1, starts[i] + len(atoms[i])
            senses, parted = word.senses, word.numeral
            for phrase, found in word.phrases:
                size = len(phrase)
                if size < length:
                    break
                if size > len(atoms) - i or any(map(_misses, phrase[1:], known[i + 1 : i + size])):
                    continue
                last = starts[i + size - 1] + len(atoms[i + size - 1])
                # A symbol stands in one piece: "A $5 note" is no note of A$5.
                if phrase[0][0] == SYMBOL and last - starts[i] > sum(map(len, atoms[i : i + size])):
                    continue
                senses = {**found, **senses} if size == length else found
                length, stop, parted = size, last, None
            tokens.append(Token(starts[i], stop, text[starts[i] : stop], word.kind, senses, starts[i] > end, parted))
            i, end = i + length, stop
        return tokens

    def _word(self, atom: str) -> Word:
        """What the lexicon knows of an atom, remembered for the next time it is met."""
        keys = [key for written in (EXACT, FORMS, SYMBOL) for key in _keys(atom, written, self.language)]
        senses: Senses = {}
        phrases = []
        for key in keys:
            for phrase, found in self._phrases.get(key, ()):
                if len(phrase) > 1:
                    phrases.append((phrase, found))
                else:
                    senses = {**found, **senses}
        parted = None
        if self.language == "de" and atom[0].isalpha() and len(atom) <= _LONGEST_WORD:
            if senses.keys() <= {"unit", "concept"}:
                parted = numeral(atom)
            if not senses and parted is None:
                senses = self._compound(atom)
        phrases.sort(key=lambda row: -len(row[0]))
        if len(self._words) >= _MOST_WORDS:
            self._words.clear()
        self._words[atom] = Word(_kind(atom), frozenset(keys), senses, tuple(phrases), parted)
        return self._words[atom]

    def _compound(self, word: str) -> Senses:
        """What a German compound's last part means: `Grafikkarten` are cards."""
        if not word[0].isupper():
            return _NOTHING
        for i in range(3, len(word) - _SHORTEST_HEAD + 1):
            for key, senses in self._forms(word[i:].capitalize()):
                if len(key) >= _SHORTEST_HEAD + 2 and key[2:] not in _NO_HEADS:
                    return {role: sense for role, sense in senses.items() if role in ("concept", "aspect")}
        return _NOTHING


def _kind(atom: str) -> str:
    if atom[0] in "0123456789":
        return "number"
    if _HAN.match(atom):
        return "han"
    return "word" if atom[0].isalpha() else "mark"


def _misses(key: str, word: Word) -> bool:
    return key not in word.keys


@functools.lru_cache(maxsize=1 << 16)
def _keys(word: str, written: str, language: str) -> tuple[str, ...]:
    """What a word is looked up by, the word itself first. German nouns keep their capital: `Seit` is no `seit`."""
    lower = word.lower()
    if written == EXACT:
        return (EXACT + lower,)
    if written == SYMBOL:
        return (SYMBOL + word,)
    if language == "de":
        noun = word[:1].isupper()
        mark = FORMS + "^" if noun else FORMS
        return tuple(mark + form for form in forms(lower, noun))
    found = [lower]
    if len(lower) > 3 and lower.endswith("s"):
        found.append(lower[:-1])
        if lower.endswith("es"):
            found.append(lower[:-2])
    return tuple(FORMS + form for form in found)


@functools.cache
def table(name: str) -> dict[str, Any]:
    """One of the tables beside this file."""
    return dict(toml.loads((files(__package__) / f"{name}.toml").read_text(encoding="utf-8")))


def _items(listed: str) -> Iterator[str]:
    """The items of a comma-separated list; a comma of the text cannot be one."""
    return (item.strip() for item in listed.split(",") if item.strip())


def _valued(item: str, count: int = 1) -> tuple[str, list[float]]:
    words = item.split()
    return " ".join(words[:-count]), [float(value) for value in words[-count:]]


@functools.cache
def lexicon(base: str) -> Lexicon:
    """The lexicon of a language by its base subtag. A language without a table has symbols and digits only.

    Chinese holds the English one too, since Chinese texts have English words in them; written
    Cantonese is read as Chinese.
    """
    if base == "yue":
        return lexicon("zh")
    result = Lexicon(base)
    for language in ("zh", "en") if base == "zh" else (base,):
        if language in LANGUAGES:
            _read_language(result, language, table(language))
        _read_shared(result, language)
    return result


@functools.cache
def date_words() -> dict[str, str]:
    """The words before a date, of all languages, with the role they give it: since, by, on."""
    return {
        word: role
        for language in LANGUAGES
        for role in ("on", "by", "since")
        for word in _items(table(language)["date"][role])
    }


def _read_shared(result: Lexicon, language: str) -> None:
    units = table("units")["unit"]
    for row in units:
        sense = Sense(row["base"], row["factor"])
        for word in _items(row.get(language, "")):
            result.add(fold(word), "unit", sense, FORMS)
        for word in _items(row.get("symbol", "")):
            result.add(word, "unit", sense, SYMBOL)
    for group, rows in table("concepts").items():
        role = "concept" if group == "person" else group
        for row in rows:
            if group == "person":
                result.people.add(row["name"])
            for word in _items(row.get(language, "")):
                result.add(fold(word), role, Sense(row["name"]), FORMS)


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
    for role in ("since", "by", "on"):
        for word in _items(table[role]):
            result.add(word, f"date_{role}", Sense())
    for role in ("ends", "starts", "mids", "ordinal", "year_before", "last_weekday", "next_weekday"):
        for word in _items(table[role]):
            result.add(word, role, Sense())
    for role in ("year", "month", "day"):
        for word in _items(table[role]):
            result.add(word, f"{role}_mark", Sense())
