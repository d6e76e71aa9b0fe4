"""A copy of a text to match on, of the same length, so that every offset holds in both.

Traditional Chinese becomes Simplified, full-width digits and letters ASCII, and what is no prose
(web addresses, the targets of links, Markdown's stars and backticks) becomes blanks.
"""

from __future__ import annotations

import functools
import unicodedata

import regex

from pipeline.language import to_simplified

# Han characters of the Unicode blocks "CJK Unified Ideographs" and "Extension A".
_HAN_BLOCKS = ((0x3400, 0x4DC0), (0x4E00, 0xA000))
_FULL_WIDTH = (0xFF01, 0xFF5F)
# A full-width comma or colon parts clauses; its ASCII twin may stand inside a number or a time.
_KEPT = "，：；（）！？"
_MARKUP = dict.fromkeys(map(ord, "*_`"), " ")
_NO_PROSE = regex.compile(r"https?://[^\s，。；）)】」”]++|www\.[^\s，。；）)]++|(?<=\])\([^()\s]*+\)|<[^<>\s]++>")


@functools.cache
def _table() -> dict[int, str]:
    table = dict(_MARKUP)
    for code in range(*_FULL_WIDTH):
        if chr(code) not in _KEPT:
            table[code] = unicodedata.normalize("NFKC", chr(code))
    characters = [chr(code) for first, end in _HAN_BLOCKS for code in range(first, end)]
    # Line by line, so that no phrase rule can join two characters.
    simplified = to_simplified("\n".join(characters)).split("\n")
    table.update((ord(a), b) for a, b in zip(characters, simplified) if a != b and len(b) == 1)
    return table


def fold(text: str) -> str:
    """`text` as it is matched; always as long as `text`."""
    if "/" in text or "](" in text or "www." in text or "<" in text:
        text = _NO_PROSE.sub(lambda match: " " * len(match[0]), text)
    return text.translate(_table())
