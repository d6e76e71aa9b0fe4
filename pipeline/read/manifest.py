"""`sources.toml`: what a user states of the files of a folder, and a first one from what was inferred."""

from __future__ import annotations

import datetime
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from pipeline import toml
from pipeline.errors import UserError, named
from pipeline.language import UNDETERMINED, Language
from pipeline.model import Document, Source
from pipeline.read.decode import decode
from pipeline.read.draft import KEYS, Entry, one_line, printable
from pipeline.read.metadata import MOST_ID, slug, web_address

FILE_NAME = "sources.toml"

# What is stated of one file: 0 for all of it, n for its n-th record where it holds several sources.
Stated = Mapping[int, Entry]

_RECORD = re.compile(r"(.+\.jsonl?)#(\d{1,9})", re.IGNORECASE)


def load(path: Path) -> dict[str, dict[int, Entry]]:
    """The tables of a `sources.toml`: a file's name relative to the folder, to what is stated of it.

    Raises UserError, naming file and key, for what is no TOML, for unknown keys and for values that
    make no sense.
    """
    where = printable(str(path))
    stated: dict[str, dict[int, Entry]] = {}
    ids: set[str] = set()
    for name, table in _toml(path, where).items():
        if not isinstance(table, dict):
            raise UserError(f'{where} has {name!r} outside a table; write a table for each file, such as ["a.txt"].')
        inside = PurePosixPath(name)
        if inside.is_absolute() or ".." in inside.parts or "\\" in name or not inside.parts:
            raise UserError(f"{where} has a table for {name!r}; it can only name files below its own folder, with /.")
        record = _RECORD.fullmatch(name)
        file, number = (record[1], int(record[2])) if record else (name, 0)
        entry = _entry(table, f'{where}, table ["{one_line(name)}"],')
        if entry.id and entry.id in ids:
            raise UserError(f"{where} gives the id {entry.id!r} to two sources; give each its own.")
        ids.add(entry.id)
        stated.setdefault(str(PurePosixPath(file)), {})[number] = entry
    return stated


def _toml(path: Path, where: str) -> dict[str, Any]:
    try:
        return dict(toml.loads(decode(path.read_bytes(), where)))
    except OSError as error:
        raise UserError(f"{where} cannot be read ({error.strerror}); check its permissions.") from None
    except (ValueError, RecursionError) as error:
        raise UserError(f"{where} is no valid TOML: {one_line(str(error))}; mend that place.") from None


def _entry(table: Mapping[str, Any], where: str) -> Entry:
    if unknown := [key for key in table if key not in KEYS]:
        raise UserError(f"{where} has the unknown key {named(map(repr, unknown))}; the keys are {', '.join(KEYS)}.")
    values = {}
    for key, value in table.items():
        if key == "date" and isinstance(value, datetime.date):
            value = value.isoformat()[:10]
        if not isinstance(value, str):
            raise UserError(f"{where} sets {key} to {value!r}; write it as text in quotes.")
        values[key] = one_line(value)
    entry = Entry(**values)
    if slug(entry.id) != entry.id:
        raise UserError(f"{where} sets id to {entry.id!r}; use at most {MOST_ID} of a-z, 0-9, - and _.")
    if entry.date and not _is_date(entry.date):
        raise UserError(f"{where} sets date to {entry.date!r}; write a calendar date such as 2026-02-13.")
    if entry.url and not web_address(entry.url):
        raise UserError(f"{where} sets url to {entry.url!r}; write an address that begins with http:// or https://.")
    try:
        _ = entry.language and Language.parse(entry.language)
    except UserError:
        raise UserError(
            f"{where} sets language to {entry.language!r}; write a tag such as de, en, zh-Hans or zh-Hant."
        ) from None
    return entry


def _is_date(value: str) -> bool:
    try:
        return datetime.date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def manifest_text(documents: Iterable[Document], folder: Path) -> str:
    """A `sources.toml` for `folder` that states what is known of these documents, inferred values marked.

    Reading the folder with it gives the same metadata. Documents from outside the folder are left out.
    """
    documents = list(documents)
    files = Counter(document.source.path for document in documents)
    parts = [
        "# What Parallax knows of the sources in this folder. Values marked as inferred were found in the",
        "# text and may be wrong: correct them, or delete a line to have it inferred again.",
    ]
    for document in documents:
        source = document.source
        try:
            name = Path(source.path).relative_to(folder).as_posix()
        except ValueError:
            continue
        if files[source.path] > 1:
            name += f"#{document.blocks[0].line}"  # the number of the record
        parts += ["", f"[{_quoted(name)}]", *_lines(source)]
    return "\n".join(parts) + "\n"


def _lines(source: Source) -> Iterator[str]:
    for key in KEYS:
        value = getattr(source, key)
        if value and value != UNDETERMINED:
            yield f"{key} = {_quoted(str(value))}" + ("  # inferred" if key in source.inferred else "")
        else:
            yield f'# {key} = ""'


def _quoted(value: str) -> str:
    """A TOML basic string: JSON's escapes are among TOML's, which wants DEL escaped as well."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
