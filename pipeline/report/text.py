"""Text from sources, made safe to show: control characters shown as pictures, markup escaped.

Everything that comes from a source passes through here (or, in HTML, through `neutral` and
Jinja's escaping) on its way to a reader.
"""

from __future__ import annotations

import re
import unicodedata

# Embeddings, overrides and isolates (UAX #9) may be left open or close what is not theirs, and
# so turn round the text after them. The marks U+200E, U+200F and U+061C cannot, and stay.
_BIDI_CONTROLS = (*range(0x202A, 0x202F), *range(0x2066, 0x206A))
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_NEUTRAL: dict[int, str] = {
    **{code: chr(0x2400 + code) for code in range(0x20) if code not in (0x09, 0x0A)},
    0x0D: " ",
    0x7F: "\N{SYMBOL FOR DELETE}",
    **dict.fromkeys(range(128, 160), _REPLACEMENT),
    0x85: " ",
    0x2028: " ",
    0x2029: " ",
    **dict.fromkeys(_BIDI_CONTROLS, _REPLACEMENT),
    **dict.fromkeys(range(55296, 57344), _REPLACEMENT),
    **dict.fromkeys((*range(64976, 65008), 65534, 65535), _REPLACEMENT),
}

# Marks that mean something anywhere; what begins an entity, an emoji or an address; and, at the
# head of a line, what begins a list or a rule.
_MARKDOWN = re.compile(r"[\\`*_\[\]<>|~$@#]|&(?=[a-z#])|:(?=[a-z/+_-])|(?<=www)\.", re.IGNORECASE)
_MARKDOWN_HEAD = re.compile(r"[-+]|(?<=\d)[.)](?= |$)")


def neutral(text: str) -> str:
    """`text` with what could act on a page or a terminal shown as a harmless sign.

    C0 controls become their Unicode pictures (ESC becomes U+241B), C1 and bidi controls, lone
    surrogates and noncharacters U+FFFD. One character stays one character; tabs and line feeds stay.
    """
    return text.translate(_NEUTRAL)


def one_line(text: str) -> str:
    """`neutral(text)` with white space folded to single spaces, for a table cell or a terminal."""
    return " ".join(neutral(text).split())


def markdown(text: str) -> str:
    """One line of Markdown (CommonMark or GitHub's) that shows `text` and nothing else, wherever it stands."""
    escaped = _MARKDOWN.sub(r"\\\g<0>", one_line(text))
    digits = len(escaped) - len(escaped.lstrip("0123456789"))
    head = _MARKDOWN_HEAD.match(escaped, digits)
    return f"{escaped[:digits]}\\{escaped[digits:]}" if head else escaped


def shorten(text: str, width: int) -> str:
    """`text` cut to `width` columns, a Chinese character counting two, with an ellipsis where it was cut."""
    text = one_line(text)
    if display_width(text) <= width:
        return text
    kept, used = [], 1
    for character in text:
        used += _columns(character)
        if used > width:
            break
        kept.append(character)
    return "".join(kept).rstrip() + "…"


def display_width(text: str) -> int:
    """How many columns of a terminal, or half ems of a page, `text` takes."""
    return sum(map(_columns, text))


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
