"""Quotations: what stands between quotation marks, who said it, and reported speech.

Reported speech ("Musk said that ...") is a weaker witness of the words, so it is marked as such.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import regex

from pipeline.compare.names import Found, by_token
from pipeline.compare.words import Words
from pipeline.model import Claim, Segment

REPORTED = "reported speech"
# Opening marks and what may close them: German, English, French both ways round, Chinese.
_PAIRS = {
    "„": "“”\"", "“": "”\"", "”": "”", "»": "«", "«": "»", "「": "」", "『": "』", "《": "", "\"": "\"", "‚": "‘’",
    "‘": "’", "‹": "›", "›": "‹",
}  # fmt: skip
_MARKS = regex.compile('[„“”»«「」『』"‚‘’‹›]')
_FEWEST_WORDS, _FEWEST_HAN = 4, 8
_HAN = regex.compile(r"\p{Han}")
_WORD = regex.compile(r"[\p{L}\p{N}]++(?:[’'-][\p{L}\p{N}]++)*+")
# How many tokens before or behind a quotation its speaker may stand.
_REACH = 10
# How many words may stand between a name and its verb of speech.
_BESIDE = 4
# How many marks may stand between a name, a colon and a quotation.
_COLON = 4
_LONGEST_QUOTATION = 20
_VERBS = frozenset(("verbs",))


@dataclass(frozen=True, slots=True)
class Quotation:
    """Words quoted or reported, at `text[start:end]` without the marks."""

    start: int
    end: int
    speaker: str
    direct: bool


def quotations(text: str, words: Words, names: Sequence[Found]) -> list[Quotation]:
    """The quotations in a folded text, the direct ones first in order; reported speech where there is none."""
    spans = [(start, end) for start, end in _quoted(text) if _long_enough(text[start:end])]
    places = by_token(words, names)
    found = [Quotation(start, end, _speaker(words, places, start, end), True) for start, end in spans]
    return found or _reported(text, words, places)


def _quoted(text: str) -> list[tuple[int, int]]:
    """The spans between quotation marks, outermost only. A mark that is opened and never closed runs to
    the end, and one that is closed only runs from the start: the sentence is part of a longer quotation."""
    spans = []
    opened: tuple[int, str] | None = None
    single = text.count('"') == 1
    for match in _MARKS.finditer(text):
        at, mark = match.start(), match[0]
        if mark in "’‘'" and 0 < at < len(text) - 1 and text[at - 1].isalnum() and text[at + 1].isalnum():
            continue  # an apostrophe
        if opened and mark in opened[1]:
            spans.append((opened[0], at))
            opened = None
        elif opened is None:
            closes = _PAIRS.get(mark, "")
            alone = mark in "”」』’" or (mark == '"' and single and at > len(text) / 2)
            if alone and not spans:
                spans.append((0, at))
            elif closes and not alone:
                opened = (at + 1, closes)
    if opened:
        spans.append((opened[0], len(text)))
    return [_stripped(text, start, end) for start, end in spans]


def _stripped(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _long_enough(quoted: str) -> bool:
    return len(_HAN.findall(quoted)) >= _FEWEST_HAN or len(_WORD.findall(_HAN.sub("", quoted))) >= _FEWEST_WORDS


def _speaker(words: Words, places: Mapping[int, Found], start: int, end: int) -> str:
    """Who said what stands from `start` to `end`: the name right before a colon, or beside a verb of speech."""
    first, behind = words.at(start), words.at(end)
    for i in range(first - 1, max(-1, first - _COLON), -1):
        if words.text(i) in (":", "：") and (name := _before(words, places, i)):
            return name.name
    for i in (*range(max(0, first - _REACH), first), *range(behind, min(len(words), behind + _REACH))):
        name = _beside(words, places, i) if words.sense(i, "verbs") else None
        if name and not start <= name.start < end:
            return name.name
    return ""


def _before(words: Words, places: Mapping[int, Found], colon: int) -> Found | None:
    """The name that stands before a colon with nothing but marks in between."""
    i = colon - 1
    while i > colon - _COLON and words.kind(i) == "mark":
        i -= 1
    return places.get(i)


def _beside(words: Words, places: Mapping[int, Found], verb: int) -> Found | None:
    """The name nearest to a verb of speech, if near enough and in the same clause."""
    for distance in range(1, _BESIDE + 1):
        for i, step in ((verb - distance, -1), (verb + distance, 1)):
            clear = not any(words.ends_clause(j) or words.sense(j, "that") for j in range(verb + step, i, step))
            if i in places and clear:
                return places[i]
    return None


def _reported(text: str, words: Words, places: Mapping[int, Found]) -> list[Quotation]:
    """`X said that ...`: a name, a verb of speech beside it, and the rest of the sentence."""
    end = len(text.rstrip(" 。.!?！？"))
    for verb in words.having(_VERBS) if places else ():
        speaker = _beside(words, places, verb)
        start = _clause(words, verb, speaker) if speaker else None
        if speaker and start is not None and end > start and _long_enough(text[start:end]):
            return [Quotation(start, end, speaker.name, False)]
    return []


def _clause(words: Words, verb: int, speaker: Found) -> int | None:
    """Where the reported words start: behind `that`, or right behind the verb in Chinese."""
    tokens = words.tokens
    if words.han:
        start = verb + 1 + (words.text(verb + 1) in (",", "，"))
        # 强调了 has an object, not a clause.
        said = speaker.end <= tokens[verb].start and words.text(start) not in ("了", "过", ":", "：")
        return tokens[start].start if said and start < len(tokens) else None
    for i in range(verb + 1, min(verb + _REACH, len(tokens) - 1)):
        if words.sense(i, "that"):
            return tokens[i + 1].start
    return None


def continued(segments: Sequence[Segment], claims: Mapping[str, Sequence[Claim]]) -> dict[str, list[Claim]]:
    """The claims with quotations that run over several sentences of a block put together.

    A quotation that is not closed in its segment is the speaker's in the following ones too, up to
    the one that closes it. Where none does, the mark was something else.
    """
    result = {id: list(found) for id, found in claims.items()}
    for i, segment in enumerate(segments):
        opened = next((one for one in result.get(segment.id, ()) if _runs_on(one, segment)), None)
        if opened is None:
            continue
        inside: list[Segment] = []
        for other in segments[i + 1 : i + 1 + _LONGEST_QUOTATION]:
            if (other.source, other.block) != (segment.source, segment.block):
                break
            closing = next((one for one in result.get(other.id, ()) if _runs_in(one, other)), None)
            if closing is not None and not _runs_on(closing, other):
                found = result[other.id]
                found[found.index(closing)] = replace(closing, value=opened.value)
                for between in inside:
                    whole = Claim(between.id, "quotation", between.start, between.end, between.text, opened.value)
                    result.setdefault(between.id, []).append(whole)
                break
            inside.append(other)
    return result


def _runs_on(claim: Claim, segment: Segment) -> bool:
    """Whether a quotation is open at the end of its segment: no mark stands behind it."""
    return claim.kind == "quotation" and not claim.note and claim.end == segment.end and claim.start > segment.start


def _runs_in(claim: Claim, segment: Segment) -> bool:
    return claim.kind == "quotation" and not claim.note and claim.start == segment.start
