"""Reviewed tables: groups.tsv, bitext*.tsv, and the sheets of review.xlsx.

A table is known by its header, so that a sheet saved as text is read too, and columns may be moved
or removed.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path

from pipeline.errors import UserError
from pipeline.export.reading import Known, Reading, folded
from pipeline.export.tsv import SEPARATOR, restored
from pipeline.export.view import PIVOT

Row = tuple[str, dict[str, str]]  # where it stands, for messages, and its cells by the names of the columns

_SENTENCES = {"id", "group"}
_LINKS = {"a_ids", "b_ids"}
_YES, _NO = {"yes", "y", "ja", "ok", "true", "1"}, {"no", "n", "nein", "x", "false", "0"}
# More than any workbook of ours; a zip file can promise a million times its size.
_LARGEST = 300_000_000
_LONGEST = 100_000_000  # characters of a cell: a sentence may be as long as a file
_MOST_PARTS = 500
_MOST_ROWS = 1_048_576
_MOST_COLUMNS = 64
# "<!DOCTYPE" in UTF-8 or UTF-16. Office Open XML has no use for it, attacks by entities do.
_DOCTYPE = re.compile(rb"<\x00?!\x00?D\x00?O\x00?C\x00?T\x00?Y\x00?P\x00?E")


def read_tsv(path: Path, content: bytes, known: Known) -> Reading:
    """Read a table as Parallax or a spreadsheet wrote it. Raises UserError for one that is damaged or unknown."""
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise UserError(f"{path} is not UTF-8 at byte {error.start}; save it as UTF-8 text.") from None
    csv.field_size_limit(_LONGEST)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter="\t", strict=True)
    reading = Reading()
    try:
        table = ([restored(cell) for cell in row] for row in rows)
        known_table = _read_table(table, str(path), known, reading)
    except csv.Error as error:
        raise UserError(f"{path}, line {rows.line_num}, is no line of a table: {error}.") from None
    if not known_table:
        raise UserError(f"{path} is no table of Parallax: its first line has none of its columns.")
    return reading


def read_xlsx(path: Path, content: bytes, known: Known) -> Reading:
    """Read the sheets of a workbook that have our columns. Raises UserError for a damaged or hostile one."""
    import openpyxl

    _check_archive(path, content)
    reading = Reading()
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        tables = 0
        for sheet in book.worksheets:
            # Limits of our own: what a sheet says of its size is not to be believed.
            rows = sheet.iter_rows(max_row=_MOST_ROWS, max_col=_MOST_COLUMNS, values_only=True)
            texts = ([_text(cell) for cell in row] for row in rows if any(cell is not None for cell in row))
            tables += _read_table(texts, f"{path}, sheet {sheet.title}", known, reading)
    except UserError:
        raise
    except Exception as error:
        # openpyxl raises whatever its parsers happen to hit; all of it means the same here.
        raise UserError(f"{path} is no readable workbook: {error or type(error).__name__}; save it again.") from None
    if not tables:
        raise UserError(f"{path} is no workbook of Parallax: no sheet has its columns.")
    return reading


def _check_archive(path: Path, content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            if len(parts) > _MOST_PARTS or sum(part.file_size for part in parts) > _LARGEST:
                raise UserError(f"{path} unpacks to more than a workbook of Parallax can be; it is not read.")
            for part in parts:
                # zipfile gives no more bytes than the directory promised.
                if _DOCTYPE.search(archive.read(part)):
                    raise UserError(f"{path} has a document type in {part.filename!r}, as attacks do; it is not read.")
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, OSError, EOFError, ValueError) as error:
        raise UserError(f"{path} is no readable workbook: {error}; save it again as .xlsx.") from None


def _text(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    # So a workbook writes a carriage return (ECMA-376, part 1, 22.9.2.19), and openpyxl leaves it.
    return "" if cell is None else str(cell).replace("_x000D_", "\r")


def _read_table(table: Iterable[Sequence[str]], where: str, known: Known, reading: Reading) -> bool:
    """Read one table into `reading`; False where its header is none of ours."""
    lines = iter(table)
    header = [cell.strip() for cell in next(lines, ())]
    rows = (
        (f"{where}, row {number}", dict(zip(header, cells)))
        for number, cells in enumerate(lines, start=2)
        if any(cell.strip() for cell in cells)
    )
    if _SENTENCES.issubset(header):
        _read_sentences(rows, known, reading)
    elif _LINKS.issubset(header):
        _read_links(rows, known, reading)
    elif "group" in header and any(name.endswith(":ids") for name in header):
        _read_groups(list(rows), header, known, reading)
    else:
        return False
    return True


def _read_sentences(rows: Iterable[Row], known: Known, reading: Reading) -> None:
    for where, row in rows:
        if not (id := row["id"].strip()):
            continue
        if row.get("text", "").strip() and not known.says([id], row["text"]):
            reading.notes.append(f"{where}: the text of {id} is not that of this run, so the row was left out.")
            continue
        _check(id, where, known)
        reading.seen.add(id)
        if group := row["group"].strip():
            reading.put(id, group)
        else:
            reading.emptied.add(id)
        reading.translate(id, row.get("translation", ""), where, known)


def _read_groups(rows: list[Row], header: Sequence[str], known: Known, reading: Reading) -> None:
    sources = [name.removesuffix(":ids") for name in header if name.endswith(":ids")]
    # A reviewer moves ids from row to row and may leave the texts, so texts are looked for in the whole table.
    texts = {
        folded(part)
        for _, row in rows
        for name, cell in row.items()
        if ":" in name and not name.endswith(":ids")
        for part in (cell, *cell.split(SEPARATOR.strip()))
    }
    stale = set()
    for where, row in rows:
        group = row["group"].strip() or where
        present = []
        for source in sources:
            ids = _ids(row.get(f"{source}:ids", ""))
            for id in ids:
                _check(id, where, known)
                if texts and folded(known.segments[id].plain) not in texts:
                    stale.add(id)
                    reading.notes.append(f"{where}: the text of {id} is not in the table, so it was left out.")
                else:
                    present.append(id)
                    reading.put(id, group)
            _read_translations(source, row, ids, where, known, reading)
        reading.seen.update(present)
        # What the group of this name had and the row has not, somebody took out.
        if not set(members := known.groups.get(group, [])).isdisjoint(present):
            reading.seen.update(members)
    reading.seen -= stale


def _read_translations(
    source: str, row: dict[str, str], ids: Sequence[str], where: str, known: Known, reading: Reading
) -> None:
    """The translations of a source in a row. They belong to the texts beside them, not to ids moved there."""
    language = known.languages.get(source)
    cell = row.get(f"{source}:{PIVOT.tag}", "")
    if not cell.strip() or not language or language.base == PIVOT.base:
        return
    others = (f"{source}:ids", f"{source}:{PIVOT.tag}")
    text = next((row[name] for name in row if name.startswith(f"{source}:") and name not in others), "")
    if text.strip():
        whole = known.in_source(source, text, ids)
        found = [whole] if whole else [known.in_source(source, part, ids) for part in text.split(SEPARATOR.strip())]
        ids = [id for id in found if id]
        if len(ids) < len(found):
            reading.notes.append(
                f"{where}: a text of {source} is not that of this run, so its translation was left out."
            )
            return
    if folded(cell) == folded(SEPARATOR.join(known.segments[id].pivot or "" for id in ids)):
        return
    parts = [cell] if len(ids) == 1 else cell.split(SEPARATOR.strip())
    if len(parts) != len(ids):
        raise UserError(
            f"{where}: the translation of {' '.join(ids)} has {len(parts)} part(s) for {len(ids)} sentences; "
            f"put {SEPARATOR.strip()} between the sentences."
        )
    for id, part in zip(ids, parts):
        reading.translate(id, part, where, known)


def _read_links(rows: Iterable[Row], known: Known, reading: Reading) -> None:
    for where, row in rows:
        sides = []
        for side in ("a", "b"):
            ids = _ids(row[f"{side}_ids"])
            for id in ids:
                _check(id, where, known)
            text = row.get(f"{side}_text", "")
            if not text.strip() or known.says(ids, text):
                sides.append(ids)
        if len(sides) < 2:
            reading.notes.append(f"{where}: a text is not that of this run, so the row was left out.")
        elif not all(sides):
            raise UserError(f"{where} has ids on one side only; give both, or remove the row.")
        else:
            word = row.get("review", "").strip().lower()
            if word and word not in _YES | _NO:
                raise UserError(f"{where} has {word!r} in the column review; write yes, no or nothing.")
            reading.links.append((sides[0], sides[1], "yes" if word in _YES else "no" if word else ""))


def _ids(cell: str) -> list[str]:
    return list(dict.fromkeys(cell.replace(",", " ").split()))


def _check(id: str, where: str, known: Known) -> None:
    if id not in known.segments:
        raise UserError(f"{where} names the sentence {id!r}, which this run does not have; mend the id.")
