"""One document after the other, from any number of files, in memory that does not grow with them.

A .jsonl file is read line by line, and a line that cannot be read is left out with a note, where
`documents` would refuse the file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import NamedTuple

from pipeline.errors import UserError
from pipeline.model import Document
from pipeline.read import jsonl
from pipeline.read.draft import NOTHING, Entry
from pipeline.read.files import MOST_BYTES, File
from pipeline.read.parse import document, parse

_MOST_LINE = MOST_BYTES // 8
_BLANK = b" \t\r\n\0\xef\xbb\xbf"


class Piece(NamedTuple):
    """What holds one document, or a file's few, not yet read. `digest` changes with what reading would give.

    size: in bytes. `read` can be sent to another process.
    """

    digest: bytes
    size: int
    read: Callable[[], list[Document]]


def pieces(file: File) -> Iterator[Piece]:
    """The pieces of a file, in order. `Piece.read` raises UserError where a piece cannot be read.

    Raises UserError where the file itself cannot.
    """
    if file.path.suffix.lower() != ".jsonl":
        content = file.content()
        yield Piece(_digest(file, 0, content), len(content), partial(parse, content, file.name, file.stated))
        return
    try:
        with file.path.open("rb") as lines:
            number = 0
            while line := lines.readline(_MOST_LINE):
                number += 1
                if len(line) == _MOST_LINE and not line.endswith(b"\n"):
                    raise UserError(
                        f"{file.name} has no line end for {_MOST_LINE // 2**20} MiB in line {number}; split it."
                    )
                if line.strip(_BLANK):
                    stated = {n: file.stated[n] for n in (0, number) if n in file.stated}
                    yield Piece(
                        _digest(file, number, line), len(line), partial(_record, file.name, stated, line, number)
                    )
    except OSError as error:
        raise UserError(f"{file.name} cannot be read ({error.strerror}); check the file.") from None


def amount(file: File) -> int:
    """How many pieces a file has, at most, for a progress bar."""
    if file.path.suffix.lower() != ".jsonl":
        return 1
    try:
        with file.path.open("rb") as data:
            return sum(chunk.count(b"\n") for chunk in iter(lambda: data.read(1 << 20), b""))
    except OSError:
        return 0


def _record(name: str, stated: Mapping[int, Entry], line: bytes, number: int) -> list[Document]:
    try:
        text = line.decode("utf-8-sig" if number == 1 else "utf-8")
    except UnicodeDecodeError:
        raise UserError(f"{name} is not UTF-8 in line {number}; save it as UTF-8.") from None
    return [document(jsonl.line_draft(text.strip(), name, number), name, stated)]


def _digest(file: File, number: int, data: bytes) -> bytes:
    stated = [file.stated.get(0, NOTHING), file.stated.get(number, NOTHING)]
    return hashlib.sha256(repr((file.name, stated, hashlib.sha256(data).hexdigest())).encode()).digest()
