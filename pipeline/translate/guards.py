"""What may be wrong with a translation: pure functions over a text and its translation.

The codes they return are stable; docs/translation.md says what each means.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

import regex

from pipeline.language import Language
from pipeline.translate import figures

_WORD = regex.compile(r"[\p{L}\p{N}]+")
_LETTER = regex.compile(r"\p{L}")
_LETTER_OR_DIGIT = regex.compile(r"[\p{L}\p{N}]")
_HAN = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}]")
_CLAUSE = regex.compile(
    r"[;；:：，、。！？](?=[^0-9])|[,.!?—–-](?=\s)"
    r"|\s(?=(?:und|aber|denn|sondern|weil|dass|and|but|which|that)\s)"
)

_MARKS = {
    "。": ". ", "，": ", ", "、": ", ", "：": ": ", "；": "; ", "！": "! ", "？": "? ", "（": " (", "）": ") ",
}  # fmt: skip
_FULL_WIDTH = regex.compile(f"[{''.join(_MARKS)}]")

HARD = frozenset(("empty", "repetition", "short", "untranslated", "protected"))  # worth a second try


def has_words(text: str) -> bool:
    """Whether there is anything to translate."""
    return bool(_LETTER.search(text))


def faults(source: str, output: str, language: Language, *, complete: bool = True) -> tuple[str, ...]:
    """Codes of what is wrong with `output` as the English of `source`.

    Both without the spans that are kept as they are. `complete` says that the model ended by itself.
    """
    if not _WORD.search(output):
        return ("empty",) if has_words(source) else ()
    found = []
    if not complete or (loops(output) and not loops(source)):
        found.append("repetition")
    if short(source, output, language):
        found.append("short")
    if untranslated(source, output, language):
        found.append("untranslated")
    if figures.missing(source, output, language):
        found.append("numbers")
    return tuple(found)


def short(source: str, output: str, language: Language) -> bool:
    """Whether so little came out that a part of the source must be missing.

    Of 1,000 human translations of NTREX-128 into English one falls short of these bounds from
    German, and none from Chinese.
    """
    letters, made = len(_LETTER_OR_DIGIT.findall(source)), len(_LETTER_OR_DIGIT.findall(output))
    if language.spaced:
        return letters >= 40 and made < 0.45 * letters
    return letters >= 15 and made < 0.8 * letters


def loops(text: str) -> bool:
    """Whether a text runs in circles: the same words again and again, or the same letters within a word.

    One word six times in a row, two to four words three times, more words two and a half times; or
    two to eight letters four times, if they make at least twelve.
    """
    words = [word.casefold() for word in _WORD.findall(text)]
    enough = {1: 5, 2: 4, 3: 6, 4: 8, **{n: (3 * n + 1) // 2 for n in range(5, 13)}}
    return any(_echo(words, n) >= least for n, least in enough.items()) or any(
        _echo(word, n) >= max(3 * n, 12 - n) for word in words if len(word) >= 12 for n in range(2, 9)
    )


def _echo(items: Sequence[str], n: int) -> int:
    """The longest run of items that are each the same as the one n places before."""
    best = same = 0
    for i in range(n, len(items)):
        same = same + 1 if items[i] == items[i - n] else 0
        best = max(best, same)
    return best


def untranslated(source: str, output: str, language: Language) -> bool:
    """Whether text was copied instead of translated.

    From Chinese, Japanese or Korean: any of their characters left over. From other languages: the
    text comes back as it was and has words that are no names, which is to say lower-case words
    outside English, or nearly all of its longer words do.
    """
    if _HAN.search(source):
        return bool(_HAN.search(output))
    if language.base == "en":
        return False
    words, kept = _WORD.findall(source), {word.casefold() for word in _WORD.findall(output)}
    plain = [word for word in words if len(word) >= 3 and word.islower()]
    capitals = [word for word in words if len(word) >= 4 and word.isupper() and word.isalpha()]
    if _WORD.findall(output.casefold()) == _WORD.findall(source.casefold()):
        return bool(plain) or len(capitals) >= 2
    long = [word for word in plain if len(word) >= 5]
    return len(long) >= 4 and sum(word.casefold() in kept for word in long) > 0.7 * len(long)


def recased(text: str) -> str | None:
    """A headline in capitals only, or in small letters only, with each longer word capitalised;
    None for any other text. Models leave unseen capitals as they are."""
    words = [word for word in regex.findall(r"\p{L}+", text) if len(word) >= 4]
    cased = [word for word in words if word.lower() != word.upper()]
    if len(cased) < 2 or not (all(word.isupper() for word in cased) or text.islower()):
        return None
    return regex.sub(r"\p{L}{4,}+", lambda match: match.group().capitalize(), text)


def in_capitals(text: str) -> bool:
    """Whether a text is a headline in capitals."""
    return recased(text) is not None and not text.islower()


def english_marks(text: str) -> str:
    """Chinese punctuation that a model copied, as English has it: "Yes。." becomes "Yes."."""
    if not _FULL_WIDTH.search(text):
        return text
    text = " ".join(_FULL_WIDTH.sub(lambda match: _MARKS[match.group()], text).split())
    return regex.sub(r"(?<=[.,:;!?])\s*[.,](?!\S)|\s+(?=[.,:;!?)])|(?<=\()\s+", "", text)


def clauses(text: str, fits: int, length: int) -> list[str]:
    """Cut a text of `length` tokens into pieces of at most about `fits` tokens, at clauses where
    there are any, at a space otherwise, anywhere if there is none. Joined they are the text."""
    pieces, count = [text], max(1, -(-length // fits))
    if count == 1:
        return pieces
    marks = [match.end() for match in _CLAUSE.finditer(text)]
    spaces = [match.end() for match in regex.finditer(r"\s+", text)]
    cuts: list[int] = []
    for number in range(1, count):
        ideal, reach = len(text) * number // count, len(text) // (2 * count)
        low, high = max(cuts[-1] if cuts else 0, ideal - reach), ideal + reach
        cuts.append(_nearest(marks, ideal, low, high) or _nearest(spaces, ideal, low, high) or ideal)
    return [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)]) if text[a:b].strip()]


def _nearest(places: Sequence[int], ideal: int, low: int, high: int) -> int | None:
    """The place nearest to `ideal` between two bounds; `places` ascend."""
    after = bisect_left(places, ideal)
    inside = [place for place in places[max(0, after - 1) : after + 1] if low < place < high]
    return min(inside, key=lambda place: (abs(place - ideal), place)) if inside else None
