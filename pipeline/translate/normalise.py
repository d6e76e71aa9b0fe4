"""How text looks before a translation model reads it.

Two functions, both pure and idempotent. `tidy` is for every package: it changes nothing that any
model was trained to see. `normalise` is for packages that say `"normalisation": "parallax-1"` in
their metadata.json: the text they were trained on went through this very function, and most of
its rules are in their sentencepiece.model too, so that they also work where it is not called.
"""

from __future__ import annotations

import re
import unicodedata

NORMALISATION = "parallax-1"  # the value of "normalisation" in metadata.json; a change of the rules is a new number

_SPACES = "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)
# Invisible marks without a meaning of their own: controls, soft hyphen, zero-width space, word
# joiner, byte order mark, directions. Joiners (U+200C, U+200D) stay: scripts and emoji need them.
_INVISIBLE = "".join(
    chr(code)
    for first, last in ((0x00, 0x08), (0x0E, 0x1B), (0x7F, 0x84), (0x86, 0x9F), (0x202A, 0x202E), (0x2066, 0x2069))
    for code in range(first, last + 1)
) + "\u00ad\u200b\u200e\u200f\u2060\ufeff"  # fmt: skip
_LOOKS = {
    '"': "“”„‟«»″〝〞〟「」『』",
    "'": "‘’‚‛‹›ʼ´′",
    "-": "\u2010\u2011\u2212",
    "–": "\u2012",
    "—": "\u2015",
    "·": "\u2027\u30fb",
    "...": "…",
}
# Full-width and half-width forms, Latin ligatures and Kangxi radicals only: all of NFKC would turn
# "10²" into "102".
_WIDTHS = ((0xFF01, 0xFFEE), (0xFB00, 0xFB06), (0x2F00, 0x2FD5))


def _table() -> dict[int, str]:
    table = {ord(mark): plain for plain, marks in _LOOKS.items() for mark in marks}
    for first, last in _WIDTHS:
        for code in range(first, last + 1):
            plain = unicodedata.normalize("NFKC", chr(code))
            if plain != chr(code):
                table[code] = "".join(table.get(ord(letter), letter) for letter in plain)
    return table


_TIDY = {ord(mark): " " for mark in _SPACES} | {ord(mark): "" for mark in _INVISIBLE}
_TABLE = _table()
_HAN = "[\u3400-\u4dbf\u4e00-\u9fff]"
_HAN_LATIN = re.compile(f"(?<={_HAN}) (?=[A-Za-z0-9])|(?<=[A-Za-z0-9%]) (?={_HAN})")


def tidy(text: str) -> str:
    """The text in NFC on one line, without invisible marks, each run of white space one space."""
    return " ".join(unicodedata.normalize("NFC", text.translate(_TIDY)).split())


def normalise(text: str) -> str:
    """`tidy`, with one form of quotation marks, apostrophes, hyphens, dots and widths, and no space
    between a Chinese character and a Latin letter or digit, where some publishers set one."""
    return _HAN_LATIN.sub("", tidy(tidy(text).translate(_TABLE)))


def character_rules() -> list[tuple[str, str]]:
    """The rules that look at no context, sorted: what to replace, and by what.

    SentencePiece compiles them into a model (`normalization_rule_tsv`). Canonical composition is
    written out for Latin, Greek and Cyrillic letters and the compatibility ideographs.
    """
    rules = {chr(code): plain for code, plain in {**_TIDY, **_TABLE}.items()}
    for code in (*range(0xC0, 0x3100), *range(0xF900, 0xFB00)):
        parts = unicodedata.normalize("NFD", chr(code))
        whole = unicodedata.normalize("NFC", chr(code)).translate(_TIDY | _TABLE)
        if parts != whole:
            rules[parts] = whole
        if chr(code) != whole:
            rules[chr(code)] = whole
    rules.pop("\x00", None)  # SentencePiece takes no NUL
    return sorted(rules.items())
