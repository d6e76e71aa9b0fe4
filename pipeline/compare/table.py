"""Differences as a table: for JSON, for a spreadsheet, and for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypedDict

import regex

from pipeline.compare.dates import WRONG_WEEKDAY
from pipeline.model import Claim, Comparison, Story

COLUMNS = ("verdict", "kind", "group", "reason", "sources", "segments", "spans", "values")
# Between the items of one cell.
_BETWEEN = " | "
# What a spreadsheet takes for the start of a formula (OWASP, CSV injection), full-width forms included.
_FORMULA = regex.compile(r"[\s']*+[=+\-@＝＋－＠]")
_BREAKS = regex.compile(r"[\t\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+")


class Row(TypedDict):
    """One comparison. The lists run in parallel: a source, its segment, its words, what they come to."""

    verdict: str
    kind: str
    group: str
    reason: str
    sources: list[str]
    segments: list[str]
    spans: list[str]
    values: list[str]


def rows(story: Story, verdicts: Sequence[str] = ("differ",)) -> list[Row]:
    """The comparisons with one of the verdicts ("differ", "agree", "only") in the order of the story,
    and, with the differences, what a source says against the calendar."""
    sources = {segment.id: segment.source for segment in story.segments}
    chosen = [comparison for comparison in story.comparisons if comparison.verdict in verdicts]
    result = [_row(one, one.claims, sources) for one in chosen]
    if "differ" in verdicts:
        told = {claim for one in chosen for claim in one.claims}
        wrong = [claim for claim in story.claims if WRONG_WEEKDAY in claim.note and claim not in told]
        for claim in wrong:
            note = Comparison("", claim.kind, "differ", (claim,), claim.note.partition(";")[0])
            result.append(_row(note, note.claims, sources))
    return result


def _row(comparison: Comparison, claims: Iterable[Claim], sources: dict[str, str]) -> Row:
    shown = list(claims)
    return Row(
        verdict=comparison.verdict,
        kind=comparison.kind,
        group=comparison.group,
        reason=comparison.reason,
        sources=[sources[claim.segment] for claim in shown],
        segments=[claim.segment for claim in shown],
        spans=[claim.text for claim in shown],
        values=[claim.value for claim in shown],
    )


def tsv(table: Iterable[Row]) -> str:
    """The rows with a header, one a line; no cell can be taken for a formula by a spreadsheet."""
    lines = ["\t".join(COLUMNS)]
    for row in table:
        cells = (row["verdict"], row["kind"], row["group"], row["reason"])
        lists = (row["sources"], row["segments"], row["spans"], row["values"])
        lines.append("\t".join(map(_cell, (*cells, *map(_BETWEEN.join, lists)))))
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    text = _BREAKS.sub(" ", text)
    return f"'{text}" if _FORMULA.match(text) else text


def text(table: Sequence[Row]) -> str:
    """The rows for a reader: the reason, then each source's own words."""
    if not table:
        return "No differences were found.\n"
    lines = []
    for row in table:
        lines.append(f"{row['kind']}: {row['reason']}")
        for source, segment, span in zip(row["sources"], row["segments"], row["spans"]):
            lines.append(f"    {source}  {segment.removeprefix(source + ':')}  {_BREAKS.sub(' ', span)}")
    return "\n".join(lines) + "\n"
