"""An Excel workbook for review by hand: a row a sentence, group by group, and a sheet of links.

To correct a translation, write over it. To move a sentence to another group, write that group's
name; to take it out, empty the cell. In the sheet of links write "no" beside one that is wrong.
`parallax import` takes the workbook back.
"""

from __future__ import annotations

import datetime
import io
from collections.abc import Iterable
from typing import Any

import xlsxwriter

from pipeline.errors import UserError
from pipeline.export.view import Run, View, rounded

REVIEW = ("group", "score", "topic", "outlet", "id", "language", "text", "translation", "origin", "warnings")
LINKS = ("a_ids", "b_ids", "a_lang", "b_lang", "a_text", "b_text", "relation", "score", "review")
_WIDTHS = {"text": 60, "translation": 60, "a_text": 60, "b_text": 60, "topic": 24, "outlet": 18, "warnings": 30}
_WIDTHS |= {"id": 18, "a_ids": 18, "b_ids": 18}
# The limits of the file format (ECMA-376; Microsoft, "Excel specifications and limits").
_MOST_CHARACTERS = 32_767
_MOST_ROWS = 1_048_576
# A workbook has the time of its making inside; without a fixed one no two would be equal.
_MADE = datetime.datetime(1980, 1, 1)


def render(view: View) -> dict[str, bytes]:
    """Raises UserError for a sentence or a table too long for the file format."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        book.set_properties({"title": "Parallax review", "comments": view.signature, "created": _MADE})
        _sheet(book, "Sentences", REVIEW, _sentences(view))
        _sheet(book, "Links", LINKS, _links(view))
    return {"review.xlsx": content.getvalue()}


def _sentences(view: View) -> Iterable[dict[str, str | float]]:
    """The sentences of each group, then those of no group, in source order."""
    # Also those whose groups score too little to be here: beside an empty cell they would seem taken out.
    grouped = {id for group in view.story.groups for run in group.members.values() for id in run}
    for group, runs in view.groups():
        topic = view.topics.get(group.id)
        for run in runs:
            for segment in run.segments:
                labels = {"group": group.id, "topic": topic.label if topic else ""}
                yield {**labels, "score": rounded(group.score), **_sentence(view, Run(run.source, (segment,)))}
    for source, segments in view.texts():
        for segment in segments:
            if segment.id not in grouped:
                yield _sentence(view, Run(source, (segment,)))


def _sentence(view: View, run: Run) -> dict[str, str | float]:
    record = view.run_record(run)
    names = ("outlet", "language", "text", "translation", "origin")
    return {
        "id": run.segments[0].id,
        **{name: record[name] for name in names},
        "warnings": "; ".join(run.segments[0].warnings),
    }


def _links(view: View) -> Iterable[dict[str, str | float]]:
    for pair in view.pairs():
        record = view.pair_record(pair)
        yield {name: " ".join(cell) if isinstance(cell, list) else cell for name, cell in record.items()}


def _sheet(book: Any, name: str, columns: tuple[str, ...], rows: Iterable[dict[str, str | float]]) -> None:
    sheet = book.add_worksheet(name)
    head = book.add_format({"bold": True, "bottom": 1})
    # "@" keeps a cell text when somebody edits it, "=" or "3. Mai" and all.
    cell = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
    number = book.add_format({"num_format": "0.00", "valign": "top"})
    for column, title in enumerate(columns):
        sheet.set_column(column, column, _WIDTHS.get(title, 10), number if title == "score" else cell)
        sheet.write_string(0, column, title, head)
    sheet.freeze_panes(1, 0)
    last = 0
    for last, row in enumerate(rows, start=1):
        if last >= _MOST_ROWS:
            raise UserError(f"The sheet {name} would have more than {_MOST_ROWS:,} rows; export tsv instead.")
        for column, title in enumerate(columns):
            value = row.get(title, "")
            if isinstance(value, str):
                if len(value) > _MOST_CHARACTERS:
                    where = row.get("id") or row.get("a_ids")
                    raise UserError(f"Sentence {where} is too long for a cell of a workbook; export tsv instead.")
                # Never `write`, which would take "=1+1" for a formula and an address for a link.
                sheet.write_string(last, column, value, cell)
            else:
                sheet.write_number(last, column, value, number)
    sheet.autofilter(0, 0, last, len(columns) - 1)
    if "review" in columns and last:
        place = columns.index("review")
        sheet.data_validation(1, place, last, place, {"validate": "list", "source": ["yes", "no"]})
