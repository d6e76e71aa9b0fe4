"""Languages: tags, detection, scripts.

The only file that knows Argos' own codes (`zh`, `zt`, `pb`); everywhere else a language is a
`Language` or its BCP 47 tag.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import regex

from pipeline.errors import UserError

# Argos package codes that are not the BCP 47 base language.
_ARGOS = {"zh-Hans": "zh", "zh-Hant": "zt", "pt-BR": "pb"}
_FROM_ARGOS = {code: tag for tag, code in _ARGOS.items()}
_TRADITIONAL_REGIONS = {"TW", "HK", "MO"}
_NAMES = {
    "ar": "Arabic", "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek", "en": "English",
    "es": "Spanish", "fi": "Finnish", "fr": "French", "he": "Hebrew", "hu": "Hungarian",
    "id": "Indonesian", "is": "Icelandic", "it": "Italian", "ja": "Japanese", "ko": "Korean",
    "nl": "Dutch", "no": "Norwegian", "pl": "Polish", "pt": "Portuguese", "ro": "Romanian",
    "ru": "Russian", "sv": "Swedish", "th": "Thai", "tr": "Turkish", "uk": "Ukrainian",
    "vi": "Vietnamese", "yue": "Cantonese", "zh": "Chinese",
}  # fmt: skip
_SCRIPTS = {"Hans": "Simplified", "Hant": "Traditional"}
_TAG = regex.compile(r"([a-zA-Z]{2,3})(?:[-_]([a-zA-Z]{4}))?(?:[-_]([a-zA-Z]{2}|[0-9]{3}))?")
_UNDETERMINED = "und"


@dataclass(frozen=True, slots=True, order=True)
class Language:
    """A language as BCP 47 (RFC 5646) subtags: `Language("zh", "Hant", "TW")` is `zh-Hant-TW`.

    Chinese always has a script, since Parallax treats the two scripts differently.
    """

    base: str
    script: str = ""
    region: str = ""

    @classmethod
    def parse(cls, tag: str) -> Language:
        """Read `de`, `zh-TW`, `zh_Hans`, `zt` (Argos) and the like.

        Raises UserError for what is no language tag.
        """
        match = _TAG.fullmatch(_FROM_ARGOS.get(tag, tag).strip())
        if not match:
            raise UserError(f"{tag!r} is not a language tag; write one such as de, en, zh-Hans or zh-Hant.")
        base, script, region = (part or "" for part in match.groups())
        base, script, region = base.lower(), script.title(), region.upper()
        if base == "zh" and not script:
            script = "Hant" if region in _TRADITIONAL_REGIONS else "Hans"
        return cls(base, script, region)

    @property
    def tag(self) -> str:
        return "-".join(part for part in (self.base, self.script, self.region) if part)

    @property
    def name(self) -> str:
        """The English name a reader sees: "Chinese (Traditional)"."""
        name = _NAMES.get(self.base, self.base)
        return f"{name} ({_SCRIPTS.get(self.script, self.script)})" if self.script else name

    @property
    def argos(self) -> str:
        """The code of this language in Argos packages."""
        for tag in (self.tag, f"{self.base}-{self.script}"):
            if tag in _ARGOS:
                return _ARGOS[tag]
        return self.base

    @property
    def spaced(self) -> bool:
        """Whether words of this language are separated by spaces."""
        return self.base not in ("zh", "yue", "ja", "th", "lo", "km", "my")

    @property
    def right_to_left(self) -> bool:
        return self.base in ("ar", "he", "fa", "ur", "yi", "ps", "dv")

    def __str__(self) -> str:
        return self.tag


UNDETERMINED = Language(_UNDETERMINED)

_HAN = regex.compile(r"\p{Han}")
_KANA = regex.compile(r"[\p{Hiragana}\p{Katakana}]")
_HANGUL = regex.compile(r"\p{Hangul}")
_LETTER = regex.compile(r"\p{L}")
_SAMPLE = 20_000  # characters that tell the language of a text


def detect(text: str) -> Language:
    """The language of a text, from its letters; `und` where there is nothing to go by.

    Han, kana and hangul are counted; the rest is left to py3langid, whose model is read on first use.
    """
    if (by_letters := of_letters(text)) is not None:
        return by_letters
    from py3langid import classify

    return Language.parse(classify(text[:_SAMPLE])[0])


def of_letters(text: str) -> Language | None:
    """The language that the letters of a text tell alone: Chinese, Japanese, Korean, `und`; None for any other."""
    sample = text[:_SAMPLE]
    letters = len(_LETTER.findall(sample))
    if not letters:
        return UNDETERMINED
    han, kana = len(_HAN.findall(sample)), len(_KANA.findall(sample))
    if len(_HANGUL.findall(sample)) > letters / 3:
        return Language("ko")
    if kana > (han + kana) / 10 and han + kana > letters / 3:
        return Language("ja")
    # A Chinese article on technology may hold almost as many Latin letters as Han characters,
    # and one Han character carries about as much as four letters.
    if han * 4 > letters - han:
        return Language("zh", _han_script(sample))
    # Without words there is no language to find.
    return UNDETERMINED if letters < 3 else None


def _han_script(text: str) -> str:
    """`Hant` where more characters change on the way to Simplified than to Traditional."""
    to_hans = sum(a != b for a, b in zip(text, _converter("t2s")(text)))
    to_hant = sum(a != b for a, b in zip(text, _converter("s2t")(text)))
    return "Hant" if to_hans > to_hant else "Hans"


@functools.cache
def _converter(configuration: str):  # type: ignore[no-untyped-def]
    import opencc

    return opencc.OpenCC(configuration).convert


def hant_variant(text: str, language: Language) -> str:
    """The OpenCC configuration that turns this Traditional text into Simplified.

    `tw2sp` also turns Taiwan's words into the mainland's (軟體 to 软件), `hk2s` reads Hong Kong's
    character forms. Neither suits mainland text that was converted mechanically, whose words are
    the mainland's already. Which one a text is, its words tell: those that OpenCC's own phrase
    tables know as Taiwan's against those that they know as the mainland's.
    """
    if language.region in ("HK", "MO"):
        return "hk2s"
    plain = _converter("t2s")(text)
    taiwan = _differences(_converter("tw2sp")(text), plain)
    mainland = _differences(_converter("s2twp")(plain), _converter("s2tw")(plain))
    return "tw2sp" if taiwan > mainland else "t2s"


def _differences(a: str, b: str) -> int:
    if len(a) == len(b):
        return sum(x != y for x, y in zip(a, b))
    return abs(len(a) - len(b)) + sum(x != y for x, y in zip(a, b)) // 4


def to_simplified(text: str, configuration: str = "t2s") -> str:
    """Traditional Chinese to Simplified with one of OpenCC's configurations."""
    return str(_converter(configuration)(text))


def to_traditional(text: str) -> str:
    """Simplified Chinese to Traditional, character forms only."""
    return str(_converter("s2t")(text))
