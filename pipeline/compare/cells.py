"""Tables: a cell means what its row says, and the row's first cell names it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pipeline.model import Document, Segment


def row_names(documents: Iterable[Document], segments: Sequence[Segment]) -> dict[str, str]:
    """For each segment in a table cell that is not its row's first, the text of that first cell."""
    place = {
        (document.source.id, number): (block.cell.table, block.cell.row, block.cell.column)
        for document in documents
        for number, block in enumerate(document.blocks)
        if block.cell is not None and not block.cell.header
    }
    first: dict[tuple[str, int, int], str] = {}
    for segment in segments:
        cell = place.get((segment.source, segment.block))
        if cell and cell[2] == 0:
            row = (segment.source, *cell[:2])
            first[row] = f"{first.get(row, '')} {segment.text}".strip()
    return {
        segment.id: first[segment.source, cell[0], cell[1]]
        for segment in segments
        if (cell := place.get((segment.source, segment.block))) and cell[2] and (segment.source, *cell[:2]) in first
    }
