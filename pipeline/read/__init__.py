"""Files and folders in, documents out: decoded text, cut into blocks, with what is known of its source."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from pipeline.errors import UserError
from pipeline.model import Document
from pipeline.read.draft import Entry
from pipeline.read.files import File, Found, find
from pipeline.read.manifest import manifest_text
from pipeline.read.metadata import MOST_ID
from pipeline.read.parse import EXTENSIONS, parse

__all__ = ["EXTENSIONS", "Entry", "File", "Found", "documents", "find", "manifest_text", "parse", "read", "unique"]


def read(file: File) -> list[Document]:
    """The documents in one file. Raises UserError if it cannot be read."""
    return parse(file.content(), file.name, file.stated)


def documents(
    paths: Sequence[Path], reader: Callable[[File], list[Document]] = read
) -> tuple[list[Document], list[str]]:
    """All documents that these paths name or hold, with unique ids, and notes on what was left out.

    `reader` may answer for a file from an earlier run. Raises UserError for what the user named and
    cannot be read, and where nothing can be read.
    """
    found = find(paths)
    notes = list(found.notes)
    collected: list[Document] = []
    for file in found.files:
        try:
            collected += reader(file)
        except UserError as error:
            # A fault of the machine, such as a full disk under the artefacts, is not the file's.
            if file.named or error.exit_code == 1:
                raise
            notes.append(f"Left out: {error}")
    if not collected:
        raise UserError(f"Nothing could be read. {' '.join(notes)}")
    return unique(collected), notes


def unique(found: Iterable[Document]) -> list[Document]:
    """The documents with ids made unique by a number at their end; ids that were stated come first."""
    found = list(found)
    ids: dict[int, str] = {}
    taken: set[str] = set()
    counts: dict[str, int] = {}
    for n in sorted(range(len(found)), key=lambda n: "id" in found[n].source.inferred):
        wanted = found[n].source.id
        ids[n] = wanted
        while ids[n] in taken:
            counts[wanted] = counts.get(wanted, 1) + 1
            number = f"-{counts[wanted]}"
            ids[n] = wanted[: MOST_ID - len(number)].rstrip("-_") + number
        taken.add(ids[n])
    return [
        document if ids[n] == document.source.id else replace(document, source=replace(document.source, id=ids[n]))
        for n, document in enumerate(found)
    ]
