"""Which sentence pairs are worth learning from.

Everything here is a pure function of one pair, so that what a corpus loses can be counted by
reason and looked at. All patterns run in linear time: none scans on to the end of
the line from each of many places.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from pipeline.translate.normalise import normalise


@dataclass(frozen=True)
class Limits:
    """The thresholds of the filters. Lengths are in characters unless they say otherwise."""

    longest: int = 700  # of either side
    ratio: float = 2.6  # longest allowed quotient of the sides' lengths in English words
    slack: float = 5.0  # words that may differ besides
    letters: float = 0.45  # least share of letters among the characters that are no space
    entry_words: int = 8  # English words of an entry in a word list


_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")
_LATIN = re.compile(r"[^\W\d_\u0370-\U0010ffff]")
_WORD = re.compile(r"[^\W\d_]+")
_LATIN_WORD = re.compile(r"[A-Za-z][A-Za-z0-9.+#-]{2,}")
_NUMBER = re.compile(r"\d[\d.,]*")
_MARKUP = re.compile(
    r"</?[a-zA-Z][^<>]*>|\]\(|\[\[|\]\]|\{|\}|:::|&#?\w+;|`|\\|<!--|-->|\$\[|\$[A-Za-z_]|%[A-Z]{2,}|%\(?\w*\)?[sd]\b"
    r"|[A-Z]{2,4}:\w+:|\*\*|~~|={2,}|\||#{2,}|_{2,}|\(\)|\[\s*\]|@[a-z]+\b"
)
_CODE = re.compile(
    r"[A-Za-z]\([A-Za-z]*\)|[A-Za-z]_[A-Za-z]|\w::\w|[a-z][A-Z]\w{0,40}\.\w|;\s*$|^\s*[$#>] |=\S{0,40}['\"]"
    r"|(?:/[\w.-]+){3}|--\w"
)
_NOTE = re.compile("译注|译者注")
# A space before a comma or full stop, or between two Chinese characters, is where markup was taken out.
_HOLE = re.compile(r"\w [,.;](?: |$)|[(\"] [,.;)]")
_SLIP = re.compile(r" ([,.;])(?= |$)")
_HAN_HOLE = re.compile("[\u4e00-\u9fff] [\u4e00-\u9fff,。]")

# Words that are frequent in one of the languages and are none of the other.
_GERMAN = """
    der die das und ist nicht ein eine einen einer zu den dem des mit von sich auf für im sie wir ich wird werden
    sind auch als oder bei wenn können dass nur aus zum zur über haben hat sein diese dieser wie noch
"""
_ENGLISH = """
    the and of to is are that it for with you this be by from or can not have your we they which if has when all
    more but their use there been its
"""
_GERMAN_WORDS, _ENGLISH_WORDS = frozenset(_GERMAN.split()), frozenset(_ENGLISH.split())


def drop_reason(source: str, target: str, language: str, kind: str, limits: Limits = Limits()) -> str:
    """Why this pair should not be trained on, or "" if it should.

    Both sides are normalised already. `language` is the source's ("de" or "zh"), the target is
    English. `kind` is the class of its file: filters that need prose leave "words" alone, and
    only "docs" must be free of code.
    """
    if not source or not target:
        return "empty"
    if len(source) > limits.longest or len(target) > limits.longest:
        return "long"
    if _MARKUP.search(source) or _MARKUP.search(target):
        return "markup"
    if source.casefold() == target.casefold():
        return "" if kind in ("words", "news") else "copy"  # that names stay as they are is worth learning
    if (language == "zh" and not _HAN.search(source)) or _HAN.search(target):
        return "language"
    if kind == "words":
        return "" if len(target.split()) <= limits.entry_words else "length"
    if kind == "docs" and (_CODE.search(source) or _CODE.search(target)):
        return "code"
    if _NOTE.search(source):
        return "note"
    if _HOLE.search(target) or (language == "zh" and kind == "docs" and _HAN_HOLE.search(source)):
        return "hole"
    return _language(source, target, language, limits) or _agreement(source, target, language, kind, limits)


def _language(source: str, target: str, language: str, limits: Limits) -> str:
    if _share(_LATIN, target) < limits.letters:
        return "language"
    if language == "zh":
        han = len(_HAN.findall(source))
        return "language" if han * 4 < len(_LATIN.findall(source)) else ""
    if _share(_LATIN, source) < limits.letters:
        return "language"
    source_german, source_english = _frequent(source)
    target_german, target_english = _frequent(target)
    foreign = source_english > source_german + 1 or target_german > target_english + 1
    return "language" if foreign else ""


def _agreement(source: str, target: str, language: str, kind: str, limits: Limits) -> str:
    a, b = sorted((english_words(source, language), float(len(target.split()))))
    if b > limits.ratio * a + limits.slack:
        return "length"
    # News numbers change their form (5000万, 50 million), so only texts of record must agree.
    if kind != "news":
        numbers = _numbers(source), _numbers(target)
        if all(numbers) and not numbers[0] & numbers[1]:
            return "numbers"
    if language == "zh":
        names = {name.lower() for name in _LATIN_WORD.findall(source)}
        if len(names) > 1 and not any(name in target.lower() for name in names):
            return "names"
    return ""


def english_words(text: str, language: str) -> float:
    """About how many English words a source text would be."""
    if language == "zh":
        return 0.65 * len(_HAN.findall(text)) + len(_WORD.findall(_HAN.sub(" ", text)))
    return float(len(text.split()))


def _share(pattern: re.Pattern[str], text: str) -> float:
    return len(pattern.findall(text)) / max(1, len(text) - text.count(" "))


def _frequent(text: str) -> tuple[int, int]:
    words = [word.lower() for word in _WORD.findall(text)]
    return sum(word in _GERMAN_WORDS for word in words), sum(word in _ENGLISH_WORDS for word in words)


def _numbers(text: str) -> frozenset[str]:
    """Numbers of three digits or more, without the separators that languages disagree on."""
    digits = (re.sub("[.,]", "", number) for number in _NUMBER.findall(text))
    return frozenset(number for number in digits if len(number) > 2)


def key(text: str) -> str:
    """What is left of a text once case, punctuation, spaces and the digits' values are taken away;
    two lines with one key are duplicates."""
    return re.sub(r"\d", "0", "".join(re.findall(r"\w+", text.casefold())))


def mend(text: str, kind: str, simplified: Callable[[str], str] | None = None) -> str:
    """A raw line as the model will read it: leftovers of markup that lose nothing taken away,
    Traditional Chinese turned into Simplified, then normalised.

    In news, everyday sentences and word lists a space before a comma or a backtick is a typing slip; in
    documents it is where markup was, for `drop_reason` to see.
    """
    text = text.replace("\\'", "'").replace('\\"', '"').replace(" \\ ", " ")
    text = normalise(simplified(text) if simplified else text)
    if kind in ("news", "everyday", "words"):
        text = _SLIP.sub(r"\1", text.replace("`", "'"))
    text = text.removesuffix(" ::").removesuffix("::")
    return text[4:] if text.startswith(("[x] ", "[ ] ")) else text
