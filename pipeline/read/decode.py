"""Bytes to text: UTF-8, UTF-16, UTF-32, GB18030, Big5 and Windows-1252, strictly.

Almost any bytes are some text in GB18030 or Windows-1252, so a decoding that does not fail proves
nothing. Each candidate is therefore scored by how plausible its characters are as news text, and
the best one is taken if it is plausible at all.
"""

from __future__ import annotations

import codecs
import functools
import re
import unicodedata
from collections import Counter

from pipeline.errors import UserError

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WIDE = ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
_GUESSES = ("gb18030", "cp950", "big5hkscs", "cp1252", "utf-16-le", "utf-16-be")

# What browsers take a label for (WHATWG Encoding Standard, section 4.2), as Python names it. Codecs
# that are no character sets of the web (utf-7, punycode, rot13 ...) are never used.
_LABELS = {"gb2312": "gb18030", "gbk": "gb18030", "big5": "cp950", "iso8859-1": "cp1252", "ascii": "cp1252"}
_KNOWN = {
    "utf-8", "gb18030", "cp950", "big5hkscs", "cp1252", "shift_jis", "cp932", "euc_jp", "iso2022_jp", "euc_kr", "cp949",
    "koi8-r", "koi8-u", *(f"cp125{n}" for n in range(9)), *(f"iso8859-{n}" for n in range(2, 17)),
}  # fmt: skip

_SAMPLE = 20_000
_IMPOSSIBLE = -20.0
# Function words and the commonest characters of Chinese news, both scripts.
_FREQUENT = frozenset(
    "的一是不了在人有我他这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可里后小么多心"
    "天而能好都然没日于起还发成事只作当想看文无开手十用主行方又如前所本见经头面公同三已老从动两长知民样现分将外"
    "但身些与高意进把法此实回二理点月明其种声全工己话儿者向情部正名定女问力机给等几很业最间新什打便位因重被走电"
    "第门相次东政海口使教西再平真由却代军产入先山五太万市報這來國個說們為時會過對後麼沒於還發當開無經頭動兩長現"
    "將與進實點種聲問機給幾業間電門東產關係車馬員應據體團數億據網據司表示今及更目投资技術术"
)
_CHINESE_MARKS = frozenset("，。、；：？！「」『』《》〈〉【】（）“”‘’…—·～％　")
_WESTERN_MARKS = frozenset("“”„‚‘’‹›«»–—…€£°§·•©®™¿¡²³½×\xa0\xad")
_LATIN = re.compile(r"[À-ÖØ-öø-ɏ]+")
_HAN = "\u3400-\u9fff\uf900-\ufaff"
_HAN_IN_WORD = re.compile(rf"(?<=[a-z])[{_HAN}](?![{_HAN}])|(?<![{_HAN}])[{_HAN}](?=[a-z])")
_SCRIPTS = ("\u0370-\u03ff", "\u0400-\u04ff", "\u0590-\u05ff", "\u0600-\u06ff", "\u3040-\u30ff", "\uac00-\ud7a3")
_RUNS = re.compile("|".join(f"[{script}]+" for script in _SCRIPTS))


def decode(data: bytes, name: str, label: str = "") -> str:
    """The text of a file without its byte order mark; `label` is the encoding the file itself claims.

    Raises UserError, with the byte offset, for bytes that are no text.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _strict(data, encoding, name, skip=len(mark))
    if b"\0" in data:
        return _wide(data, name)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        broken = error.start
    # A text that is UTF-8 but for a few bytes would be readable nonsense in any other encoding.
    mixed = data[:_SAMPLE].decode("utf-8", "surrogateescape")
    stray = sum("\udc80" <= char <= "\udcff" for char in mixed)
    if sum(char > "\x7f" for char in mixed) - stray > 2 * stray + 1:
        return _strict(data, "utf-8", name)
    scored = [(score, text) for encoding in _GUESSES if (text := _try(data, encoding)) and (score := _score(text)) > 0]
    best = max(scored, key=lambda pair: pair[0], default=None)
    claimed = _try(data, _known(label))
    if claimed is not None and _score(claimed) > (_IMPOSSIBLE if best is None else best[0] - 0.5):
        return claimed
    if best is None:
        raise _undecodable(name, broken, data[broken])
    return best[1]


def _wide(data: bytes, name: str) -> str:
    """UTF-16 or UTF-32 without a mark, which any NUL byte speaks for; else the file is no text."""
    texts = [text for encoding in _WIDE if (text := _try(data, encoding))]
    best = max(texts, key=_score, default="")
    if best and _score(best) > 0:
        return best
    raise UserError(f"{name} is a binary file (byte {data.index(0)} is NUL); give Parallax text, HTML, .docx or JSON.")


def _strict(data: bytes, encoding: str, name: str, skip: int = 0) -> str:
    try:
        return data[skip:].decode(encoding)
    except UnicodeDecodeError as error:
        raise _undecodable(name, error.start + skip, data[error.start + skip], encoding) from None


def _undecodable(name: str, offset: int, byte: int, encoding: str = "") -> UserError:
    name_of = encoding.upper().removesuffix("-LE").removesuffix("-BE")
    text = f"valid {name_of}" if encoding else "text in any known encoding"
    return UserError(f"{name} cannot be decoded: byte {offset} (0x{byte:02x}) is not {text}; save the file as UTF-8.")


def _try(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding) if encoding else None
    except UnicodeDecodeError:
        return None


def _known(label: str) -> str:
    """Python's name for an encoding label of the web, "" for one that is none."""
    try:
        name = codecs.lookup(label.strip()).name
    except (LookupError, ValueError):
        return ""
    name = _LABELS.get(name, name)
    return name if name in _KNOWN else ""


def _score(text: str) -> float:
    """How plausible the characters beyond ASCII are, on average: about 1 for real text, below 0 for nonsense."""
    sample = text[:_SAMPLE]
    counts = Counter(sample)
    if any(_impossible(char) for char in counts):
        return _IMPOSSIBLE
    total = sum(count for char, count in counts.items() if char > "\x7f")
    if not total:
        return 1.0
    score = sum(_weight(char) * count for char, count in counts.items() if char > "\x7f")
    # Letters with accents stand alone among plain ones; rows of them are another encoding read wrongly.
    for run in _LATIN.findall(sample):
        score += len(run) if len(run) < 3 else -2 * len(run)
    # A rare Han character inside a word of Latin letters is an accent and its neighbour, read as one.
    score -= 3 * sum(match[0] not in _FREQUENT for match in _HAN_IN_WORD.finditer(sample))
    # Other alphabets come in words.
    for run in _RUNS.findall(sample):
        score += len(run) if len(run) > 1 else -1
    return score / total


def _impossible(char: str) -> bool:
    return unicodedata.category(char) in ("Cc", "Cn", "Co", "Cs") and char not in "\t\n\r\f\v\x1a\x1b\x85"


@functools.cache
def _weight(char: str) -> float:
    if char in _FREQUENT:
        return 2.0
    if char in _CHINESE_MARKS or char in _WESTERN_MARKS:
        return 1.0
    if "\u3400" <= char <= "\u9fff" or char > "\U0001ffff":
        return 1.0 if _common(char) else -2.0
    if _LATIN.match(char) or _RUNS.match(char):
        return 0.0
    if unicodedata.category(char) == "So" or "\uff01" <= char <= "\uff5e":
        return 0.0
    return -2.0


def _common(char: str) -> bool:
    """Whether a Han character is in the first level of GB 2312 or Big5, the frequent characters of each."""
    for encoding, first, last in (("gb2312", 0xB0, 0xD7), ("big5", 0xA4, 0xC6)):
        try:
            if first <= char.encode(encoding)[0] <= last:
                return True
        except UnicodeEncodeError:
            pass
    return False
