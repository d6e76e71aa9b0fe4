"""What the sources claim, and where they agree and differ.

Numbers, dates, names and quotations are read from the original text of every segment, never from
a translation, normalised to values that compare across languages, and compared in every group.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from pipeline.compare.cells import row_names
from pipeline.compare.dates import moments
from pipeline.compare.fold import fold
from pipeline.compare.leaders import LEADER, POST, leaders, posts
from pipeline.compare.learning import learn_names
from pipeline.compare.lexicon import Lexicon, lexicon
from pipeline.compare.matching import compare
from pipeline.compare.names import Names
from pipeline.compare.numbers import quantities, row_unit
from pipeline.compare.quotations import REPORTED, continued, quotations
from pipeline.compare.words import Words
from pipeline.language import Language
from pipeline.model import Claim, Comparison, Document, Group, Segment

Kind = Literal["number", "date", "name", "quotation"]

__all__ = ["Names", "claims", "compare", "find", "learn_names"]


def claims(
    segment: Segment, language: Language, date: str, names: Names | None = None, context: str = ""
) -> list[Claim]:
    """What one segment claims, in the order of the text; offsets count in the document's text.

    `date` is the ISO date of the source, "" where nobody knows it. Names are found only where `names`
    are given. `context` is the cell that names the segment's row, for the cells of a table.
    """
    text = fold(segment.text)
    known = lexicon(language.base)
    words = Words(known.tokens(text), known)
    places = names.find(text) if names else []
    people = names.people if names else frozenset()
    leading = frozenset(leaders(words, places, people))
    start = segment.start

    def claim(kind: Kind, first: int, end: int, value: str) -> Claim:
        return Claim(segment.id, kind, start + first, start + end, segment.text[first:end], value)

    found = []
    for moment in moments(words, date):
        first, last = words.tokens[moment.first], words.tokens[moment.next - 1]
        dated = claim("date", first.start, last.end, moment.value)
        found.append(replace(dated, note=moment.note, approximate=moment.loose))
    for one in quantities(words, _row(context, known)):
        counted = claim("number", one.start, one.end, one.value)
        found.append(
            replace(counted, unit=one.unit, low=one.low, high=one.high, approximate=one.approximate, note=one.aspect)
        )
    seen: set[str] = set()
    for place in places:
        if place.name not in seen or place in leading:
            seen.add(place.name)
            named = claim("name", place.start, place.end, place.name)
            found.append(replace(named, note=LEADER) if place in leading else named)
    for place, post in posts(words, places, people):
        found.append(replace(claim("name", place.start, place.end, place.name), note=f"{POST}{post}"))
    for words_said in quotations(text, words, places):
        quoted = claim("quotation", words_said.start, words_said.end, words_said.speaker)
        found.append(quoted if words_said.direct else replace(quoted, note=REPORTED, approximate=True))
    return sorted(found, key=lambda one: (one.start, one.end))


def _row(context: str, known: Lexicon) -> str:
    return row_unit(Words(known.tokens(fold(context)), known)) if context else ""


def find(
    documents: Sequence[Document], segments: Sequence[Segment], groups: Sequence[Group]
) -> tuple[list[Claim], list[Comparison]]:
    """The claims of all segments that are no boilerplate, and the comparisons of all groups."""
    sources = {document.source.id: document.source for document in documents}
    languages = {id: source.language for id, source in sources.items()}
    names = learn_names(segments, languages, groups)
    contexts = row_names(documents, segments)
    by_segment = {
        segment.id: claims(
            segment, languages[segment.source], sources[segment.source].date, names, contexts.get(segment.id, "")
        )
        for segment in segments
        if segment.kind not in ("boilerplate", "code")
    }
    by_segment = continued(segments, by_segment)
    dates = {id: source.date for id, source in sources.items()}
    comparisons = compare(groups, {segment.id: segment for segment in segments}, by_segment, dates)
    return [claim for found in by_segment.values() for claim in found], comparisons
