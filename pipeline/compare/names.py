"""Names in a text, by any of their spellings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import regex

from pipeline.compare.words import Words

LETTER = r"[\p{L}--\p{Han}]"
NAME_WORD = rf"(?:\p{{Lu}}(?:[{LETTER}\p{{M}}]|[’'](?={LETTER}))*+|\p{{Ll}}{{1,2}}\p{{Lu}}{LETTER}*+)"
# Chinese characters may stand right before and behind a Latin word.
ALONE = rf"(?<![{LETTER}\p{{N}}])"
_CAPITALISED = regex.compile(ALONE + NAME_WORD, regex.V1)
_ENDING = regex.compile(rf"(?:['’]?s)?(?![{LETTER}\p{{N}}])", regex.V1)
_HAN = regex.compile(r"\p{Han}")


class Found(NamedTuple):
    """A name at `text[start:end]` of a folded text."""

    start: int
    end: int
    name: str


class Names:
    """Spellings and the name each stands for. Latin spellings keep their case, Han ones are simplified.

    `people` are those of the names that may be people's.
    """

    def __init__(self, spellings: Mapping[str, str], people: Iterable[str] = ()) -> None:
        self.spellings = dict(spellings)
        self.people = frozenset(people)
        # The lengths of the spellings that begin with a word or character, longest first: so a text
        # is looked up in time that does not grow with the number of names.
        lengths: dict[str, set[int]] = {}
        for spelling in spellings:
            first = spelling[0] if is_han(spelling) else spelling.partition(" ")[0]
            lengths.setdefault(first, set()).add(len(spelling))
        self._lengths = {first: sorted(found, reverse=True) for first, found in lengths.items()}

    def find(self, text: str) -> list[Found]:
        """The names in a folded text, the longest spelling at each place. Linear in the text's length."""
        return sorted([*self._latin(text), *self._han(text)])

    def _latin(self, text: str) -> Iterator[Found]:
        end = 0
        for match in _CAPITALISED.finditer(text):
            start = match.start()
            if start < end:
                continue
            for length in self._lengths.get(self._nominative(match[0]), ()):
                spelling = text[start : start + length]
                if spelling in self.spellings and _ENDING.match(text, start + length):
                    end = start + length
                    yield Found(start, end, self.spellings[spelling])
                    break

    def _nominative(self, word: str) -> str:
        """A word without the ending of a genitive: `Musks`, `Musk's`."""
        if word not in self._lengths:
            for ending in ("'s", "’s", "s"):
                if word.endswith(ending) and word[: -len(ending)] in self._lengths:
                    return word[: -len(ending)]
        return word

    def _han(self, text: str) -> Iterator[Found]:
        end = 0
        for start, character in enumerate(text):
            if start < end or character not in self._lengths:
                continue
            for length in self._lengths[character]:
                spelling = text[start : start + length]
                if spelling in self.spellings and is_han(spelling):
                    end = start + length
                    yield Found(start, end, self.spellings[spelling])
                    break


def is_han(text: str) -> bool:
    return bool(_HAN.match(text))


def by_token(words: Words, names: Sequence[Found]) -> dict[int, Found]:
    """The tokens that names stand on. `names` are in the order of the text."""
    places: dict[int, Found] = {}
    at = iter(names)
    name = next(at, None)
    for i, token in enumerate(words.tokens):
        while name and name.end <= token.start:
            name = next(at, None)
        if name and name.start < token.end and token.start < name.end:
            places[i] = name
    return places
