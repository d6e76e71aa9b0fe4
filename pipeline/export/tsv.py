"""Tab-separated values.

UTF-8, a header row, one record a line, never a tab or a line end inside a cell. A cell with a
double quote in it is quoted as RFC 4180 says, as every spreadsheet and CSV library expects.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping

from pipeline.export.view import PIVOT, Options, Pair, View, joined, one_line, rounded
from pipeline.model import Source, Story

# Between the sentences of one cell, as hunalign writes it, so that they can be told apart again.
SEPARATOR = " ~~~ "
SURE = 0.9
BITEXT = ("a_ids", "b_ids", "a_lang", "b_lang", "a_text", "b_text", "relation", "score")
# What a spreadsheet takes for the start of a formula (OWASP, CSV injection), full-width forms included.
_FORMULA = re.compile(r"[\s']*[=+\-@＝＋－＠]")


def render(view: View) -> dict[str, bytes]:
    if view.options.sketch_engine:
        return {"sketch-engine.tsv": _encoded(_sketch_engine(view), view)}
    files = {"groups.tsv": _groups(view)}
    for (a, b), pairs in view.pairs_by_language().items():
        files[f"bitext.{a}-{b}.tsv"] = _bitext(view, pairs)
        files[f"bitext.{a}-{b}.90.tsv"] = _bitext(view, [pair for pair in pairs if pair.score > SURE])
    return {name: _encoded(text, view) for name, text in files.items()}


def bitext_tsv(story: Story) -> str:
    """All pairs of a run in one table."""
    view = View(story, Options())
    return _bitext(view, view.pairs())


def defused(text: str) -> str:
    """The text as a cell that no spreadsheet takes for a formula: with an apostrophe before it where
    it could be one, and where it looks as if that had been done already. `restored` is the inverse."""
    return f"'{text}" if _FORMULA.match(text) else text


def restored(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def _groups(view: View) -> str:
    header = ["group", "topic", "label", "score"]
    for source in view.sources.values():
        header += _columns(source, view)
    rows = []
    for group, runs in view.groups():
        topic = view.topics.get(group.id)
        row = {
            "group": defused(group.id),
            "topic": defused(topic.label if topic else ""),
            "label": defused(group.label),
            "score": str(rounded(group.score)),
        }
        for run in runs:
            translations = [view.translation(segment) for segment in run.segments]
            cells = [
                " ".join(run.ids),
                SEPARATOR.join(segment.plain for segment in run.segments),
                SEPARATOR.join(translations) if any(translations) else "",
            ]
            row |= {name: defused(cell) for name, cell in zip(_columns(run.source, view), cells)}
        rows.append(row)
    return _table(header, rows)


def _columns(source: Source, view: View) -> list[str]:
    """The columns of a source in groups.tsv: ids, text, and translation where there can be one.

    A source id has no colon, so that these names meet neither each other nor the first four.
    """
    columns = [f"{source.id}:ids", f"{source.id}:{view.tag(source.language)}"]
    return columns if source.language.base == PIVOT.base else [*columns, f"{source.id}:{PIVOT.tag}"]


def _bitext(view: View, pairs: Iterable[Pair]) -> str:
    rows = []
    for pair in pairs:
        record = view.pair_record(pair)
        texts = {name: " ".join(cell) if isinstance(cell, list) else str(cell) for name, cell in record.items()}
        rows.append({name: defused(cell) if name != "score" else cell for name, cell in texts.items()})
    return _table(BITEXT, rows)


def _sketch_engine(view: View) -> str:
    """A column for each language under its English name, a row for each group that two languages tell.

    https://www.sketchengine.eu/guide/data-format-for-a-parallel-corpus/
    """
    names = {source.id: re.sub("[()]", "", source.language.name) for source in view.sources.values()}
    rows = []
    for _, runs in view.groups():
        row: dict[str, str] = {}
        for run in runs:
            name = names[run.source.id]
            row[name] = joined((row[name], run.text), run.source.language) if name in row else run.text
        if len(row) > 1:
            rows.append({name: defused(text) for name, text in row.items()})
    return _table(sorted(set(names.values())), rows)


def _table(header: Iterable[str], rows: Iterable[Mapping[str, str]]) -> str:
    names = list(header)
    text = io.StringIO()
    writer = csv.writer(text, delimiter="\t", lineterminator="\n")
    writer.writerow([defused(one_line(name)) for name in names])
    writer.writerows([one_line(row.get(name, "")) for name in names] for row in rows)
    return text.getvalue()


def _encoded(text: str, view: View) -> bytes:
    return text.encode("utf-8-sig" if view.options.bom else "utf-8")
