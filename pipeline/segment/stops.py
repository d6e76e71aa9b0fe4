"""A stop mark and what is around it: what closes after it, the word before it, how the next one begins."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import regex

from pipeline.segment.pairs import Marks
from pipeline.segment.rules import Rules

Kind = Literal["upper", "lower", "digit", "caseless", "other"]
Table = Literal["never", "number", "unit", "closing", "may"]

RUN = regex.compile(
    r"[\p{Sentence_Terminal}…]++(?:[ \u00a0]++[.!?…](?=[\s.!?…\"'”’)\]]|\Z)[\p{Sentence_Terminal}…]*+)*+"
)
HAN = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}ー々〇]")
ROMAN = regex.compile(r"[IVXLC]++|[ivx]++")
WORD = regex.compile(r"[\p{L}\p{N}]")
BACK = 48  # code points looked at before a stop
AHEAD = 24  # and after it
NEAR = 6  # and around a mark

_REFERENCE = regex.compile(r"\[\d{1,3}(?:[-–,]\s?\d{1,3}){0,5}\]|[⁰¹²³⁴⁵⁶⁷⁸⁹]++")
_EMOJI = regex.compile(
    r"(?:(?![©®™\u2190-\u21ff])\p{Extended_Pictographic}[\p{Emoji_Modifier}\ufe0f\u200d]*+|\p{Regional_Indicator}{2})++"
)
_FORMAT = regex.compile(r"\p{Cf}")
_LEADING = frozenset("*_~-–—•·¿¡#>")
_LETTERS = regex.compile(r"\p{L}++")
_BEFORE_WORD = regex.compile(r"^[^\p{L}\p{N}%‰$€£]++")
_BEHIND_HAN = regex.compile(r"^.*[\p{Han}\p{Hiragana}\p{Katakana}\u3000-\u303f\uff00-\uffef](?=.)")
_INITIALS = regex.compile(r"(?:\p{L}\.)++")
_NUMBER = regex.compile(r"\p{N}[\p{N}.,/]*+\p{L}{0,3}")


@dataclass
class Stop:
    """A run of stop marks `text[start:end]` in a sentence that began at `sentence`."""

    text: str
    rules: Rules
    marks: Marks
    sentence: int
    start: int
    end: int

    def __post_init__(self) -> None:
        self.close = self.end  # where all ends that closes after the stop: quotes, brackets, references, emoji
        self.closer: int | None = None  # the last closing mark among it
        self._close()
        self.after = past_space(self.text, self.close)  # the next visible character

    def _close(self) -> None:
        text, marks = self.text, self.marks
        while self.close < len(text):
            ahead = self.close
            while text[ahead : ahead + 1] in (" ", "\u00a0", "\u202f"):
                ahead += 1
            if ahead in marks.closing:
                self.closer, self.close = ahead, marks.closing[ahead]
            elif match := _REFERENCE.match(text, ahead) or _EMOJI.match(text, ahead):
                self.close = match.end()
            elif self.closer is not None and (match := _further_stop(text, ahead)):
                # The first stop was the quotation's or the bracket's own: (yes!).
                self.start, self.end = match.span()
                self.close, self.closer = self.end, None
            elif _FORMAT.match(text, self.close):
                self.close += 1
            else:
                break

    @property
    def run(self) -> str:
        return self.text[self.start : self.end]

    @property
    def before(self) -> str:
        """The character before the stop."""
        return self.text[self.start - 1 : self.start]

    @property
    def next(self) -> str:
        """The next visible character."""
        return self.text[self.after : self.after + 1]

    @cached_property
    def opening(self) -> int | None:
        """The opening mark of what has closed last."""
        return None if self.closer is None else self.marks.partner.get(self.closer)

    @cached_property
    def head(self) -> int:
        """The next letter or digit, behind opening marks."""
        return head(self.text, self.after, self.marks)

    @cached_property
    def next_word(self) -> str:
        word = _LETTERS.match(self.text, self.head, self.head + AHEAD)
        return word.group() if word else ""

    @cached_property
    def kind(self) -> Kind:
        """How the next word begins; names like xAI and addresses count as capitals."""
        first = self.text[self.head : self.head + 1]
        if first.isupper() or first.istitle():
            return "upper"
        if first.islower():
            return "upper" if self.next_word in ("http", "https", "www") or not self.next_word.islower() else "lower"
        if first.isdecimal():
            return "digit"
        return "caseless" if first.isalpha() else "other"

    @cached_property
    def starter(self) -> bool:
        """Whether the next word has its capital because a sentence begins."""
        word = self.next_word
        initial = len(word) == 1 and self.text.startswith(".", self.head + 1)
        return word[:1].isupper() and not initial and word.lower() in self.rules.starters

    @cached_property
    def word(self) -> str:
        """The word before the stop, without opening marks: "Dr", "12", "z.B" (also for "z. B.")."""
        return self._words[0]

    @cached_property
    def first(self) -> bool:
        """Whether that word opens the sentence."""
        return self._words[1]

    @cached_property
    def table(self) -> Table | None:
        """The table of the rules that the word before the stop is in."""
        rules = self.rules
        for form in self._forms():
            if form in rules.never:
                return "never"
            if form in rules.number and (self.kind == "digit" or ROMAN.fullmatch(self.next_word)):
                return "number"
            if form in rules.unit and self._after_number:
                return "unit"
            if form in rules.closing:
                return "closing"
            if form in rules.may or form.endswith(rules.endings):
                return "may"
        return None

    @cached_property
    def _words(self) -> tuple[str, bool, str]:
        """The word before the stop, whether it opens the sentence, and the word before it."""
        begin = max(self.sentence, self.start - BACK)
        words = _BEFORE_WORD.sub("", self.text[begin : self.start]).split()
        if not words:
            return "", False, ""
        word = _BEFORE_WORD.sub("", _BEHIND_HAN.sub("", words.pop()))
        if len(word) == 1 and word.isalpha():
            while words and _INITIALS.fullmatch(words[-1]):
                word = words.pop() + word
        return word, not words and begin == self.sentence, words[-1] if words else ""

    @property
    def _after_number(self) -> bool:
        previous = self._words[2]
        return _NUMBER.fullmatch(previous) is not None or previous.rstrip(".") in self.rules.unit

    def _forms(self) -> Iterator[str]:
        yield self.word
        for separator in "/-–.":
            if separator in self.word:
                yield self.word.rsplit(separator, 1)[1]
        if self.first:
            yield self.word[:1].lower() + self.word[1:]


def past_space(text: str, position: int) -> int:
    while position < len(text) and text[position].isspace():
        position += 1
    return position


def head(text: str, position: int, marks: Marks) -> int:
    """The first letter or digit at or soon after a position, behind opening marks."""
    end = min(len(text), position + AHEAD)
    while position < end:
        if position in marks.opening:
            position = marks.opening[position]
        elif text[position].isspace() or text[position] in _LEADING:
            position += 1
        else:
            break
    return position


def _further_stop(text: str, position: int) -> regex.Match[str] | None:
    match = RUN.match(text, position)
    return None if match is None or text[match.end() : match.end() + 1].isalnum() else match
