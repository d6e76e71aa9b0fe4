"""The tokens of one segment, and the questions its readers ask of them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from pipeline.compare.lexicon import Lexicon, Sense, Token

_CLAUSE_ENDS = frozenset('.,;:!?。，；：！？、（）()|…"“”„«»「」『』')


class Words:
    """Tokens by their index; an index outside the segment, or one that was taken, has no meaning."""

    def __init__(self, tokens: Sequence[Token], lexicon: Lexicon) -> None:
        self.tokens = tokens
        self.lexicon = lexicon
        self.taken: set[int] = set()
        self._meaning = [i for i, token in enumerate(tokens) if token.senses or token.kind == "number" or token.numeral]

    @property
    def han(self) -> bool:
        return self.lexicon.language == "zh"

    def __len__(self) -> int:
        return len(self.tokens)

    def take(self, first: int, end: int) -> None:
        """Say that tokens first to end - 1 are spoken for: a date's numbers count nothing."""
        self.taken.update(range(first, end))

    def having(self, roles: frozenset[str]) -> list[int]:
        """The tokens that are a phrase with one of the roles."""
        return [i for i in self._meaning if not roles.isdisjoint(self.tokens[i].senses)]

    def starts(self, roles: frozenset[str]) -> list[int]:
        """The tokens where a number or a date may start: digits, German numerals, phrases with one of the roles."""
        return [
            i
            for i in self._meaning
            if not roles.isdisjoint((token := self.tokens[i]).senses) or token.kind == "number" or token.numeral
        ]

    def sense(self, i: int, role: str) -> Sense | None:
        if 0 <= i < len(self.tokens) and (senses := self.tokens[i].senses) and i not in self.taken:
            return senses.get(role)
        return None

    def at(self, offset: int) -> int:
        """The first token that starts at or behind an offset."""
        return bisect_left(self.tokens, offset, key=lambda token: token.start)

    def text(self, i: int) -> str:
        return self.tokens[i].text if 0 <= i < len(self.tokens) else ""

    def integer(self, i: int, low: int, high: int) -> int | None:
        """The whole number in digits at token i, if it lies between two bounds."""
        text = self.text(i)
        if self.kind(i) == "number" and text.isdigit() and len(text) <= 4 and low <= int(text) <= high:
            return int(text)
        return None

    def lower(self, i: int) -> str:
        return self.text(i).lower()

    def kind(self, i: int) -> str:
        return self.tokens[i].kind if 0 <= i < len(self.tokens) else ""

    def touches(self, i: int) -> bool:
        """Whether token i follows the one before it without a space."""
        return 0 < i < len(self.tokens) and not self.tokens[i].gap

    def ends_clause(self, i: int) -> bool:
        return not 0 <= i < len(self.tokens) or self.tokens[i].text in _CLAUSE_ENDS

    def starts_number(self, i: int) -> bool:
        if not 0 <= i < len(self.tokens) or i in self.taken:
            return False
        token = self.tokens[i]
        return token.kind == "number" or token.numeral is not None or "digit" in token.senses or "big" in token.senses
