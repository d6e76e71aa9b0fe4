"""What the sources claim, and where they agree and differ.

Numbers, dates, names and quotations are read from the original text of every segment, never from
a translation, normalised to values that compare across languages, and compared in every group.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pipeline.compare.dates import moments
from pipeline.compare.fold import fold
from pipeline.compare.leaders import leaders
from pipeline.compare.lexicon import lexicon
from pipeline.compare.matching import compare
from pipeline.compare.names import Names, learn_names
from pipeline.compare.numbers import Reader
from pipeline.compare.quotations import quotations
from pipeline.compare.words import Words
from pipeline.language import Language
from pipeline.model import Claim, Document, Group, Segment

__all__ = ["Names", "claims", "compare", "find", "learn_names"]

LEADER = "leads"
REPORTED = "reported speech"


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
    found: list[Claim] = []

    def claim(kind: str, start: int, end: int, value: str, **details: object) -> None:
        found.append(
            Claim(  # type: ignore[arg-type]
                segment=segment.id,
                kind=kind,
                start=segment.start + start,
                end=segment.start + end,
                text=segment.text[start:end],
                value=value,
                **details,
            )
        )

    for moment in moments(words, date):
        first, last = words.tokens[moment.first], words.tokens[moment.next - 1]
        claim("date", first.start, last.end, moment.value, note=moment.note, approximate=moment.loose)
    for one in Reader(words).quantities(_row(context, language)):
        claim("number", one.start, one.end, one.value, unit=one.unit, low=one.low, high=one.high, approximate=one.approximate)
    places = names.find(text) if names else []
    leading = leaders(words, places)
    seen: set[str] = set()
    for place in places:
        if place.name not in seen or place in leading:
            seen.add(place.name)
            claim("name", place.start, place.end, place.name, note=LEADER if place in leading else "")
    for quotation in quotations(text, words, places):
        note = "" if quotation.direct else REPORTED
        claim("quotation", quotation.start, quotation.end, quotation.speaker, note=note, approximate=not quotation.direct)
    return sorted(found, key=lambda one: (one.start, one.end))


def _row(context: str, language: Language) -> str:
    if not context:
        return ""
    known = lexicon(language.base)
    return Reader(Words(known.tokens(fold(context)), known)).row()


def find(
    documents: Iterable[Document], segments: Sequence[Segment], groups: Sequence[Group]
) -> tuple[list[Claim], list[Comparison]]:
    """The claims of all segments that are no boilerplate, and the comparisons of all groups."""
    sources = {document.source.id: document.source for document in documents}
    languages = {id: source.language for id, source in sources.items()}
    names = learn_names(segments, languages, groups)
    contexts = row_names(documents, segments)
    by_segment = {
        segment.id: claims(segment, languages[segment.source], sources[segment.source].date, names, contexts.get(segment.id, ""))
        for segment in segments
        if segment.kind not in ("boilerplate", "code")
    }
    dates = {id: source.date for id, source in sources.items()}
    comparisons = compare(groups, {segment.id: segment for segment in segments}, by_segment, dates)
    return [claim for found in by_segment.values() for claim in found], comparisons
