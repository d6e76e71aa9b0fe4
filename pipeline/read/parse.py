"""Bytes of one file to documents: the pure function that the reading of files comes down to."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import PurePath

from pipeline.errors import UserError
from pipeline.model import Block, Document
from pipeline.read.decode import decode
from pipeline.read.draft import NOTHING, Draft, Entry
from pipeline.read.metadata import source

EXTENSIONS = (".txt", ".md", ".markdown", ".html", ".htm", ".docx", ".json", ".jsonl")
_TITLE = 200  # characters of the longest title in a plain text


def parse(data: bytes, name: str, stated: Mapping[int, Entry] | None = None) -> list[Document]:
    """The documents in one file's bytes; a .json or .jsonl file may hold several.

    `name` is the file's name as messages and `Source.path` show it. `stated` is what a `sources.toml`
    says: under 0 of the file, under n of its n-th record. Depends on nothing else, so its result may
    be kept under the hash of its arguments. Ids are not yet unique among files (see `unique`).

    Raises UserError for bytes that are no such file, hold no text, or cannot be decoded.
    """
    if not data.strip(b" \t\r\n\0"):
        raise UserError(f"{name} is empty; give a file with text in it.")
    drafts = _drafts(data, name)
    digest = "" if all(draft.digest for draft in drafts) else hashlib.sha256(data).hexdigest()
    return [document(replace(draft, digest=draft.digest or digest), name, stated or {}) for draft in drafts]


def document(draft: Draft, name: str, stated: Mapping[int, Entry]) -> Document:
    """The document of a draft that has its digest; `name` and `stated` as for `parse`."""
    from pipeline.read import boilerplate

    manifest = stated.get(0, NOTHING)
    if draft.label:  # what is stated of a file of many records can hold for each of them only in part
        manifest = stated.get(int(draft.label), NOTHING).over(_shared(manifest))
    blocks = titled(draft.text, boilerplate.mark(draft.text, draft.blocks, draft.links))
    return Document(source(draft, blocks, name, manifest), draft.text, tuple(blocks), draft.markup)


def _drafts(data: bytes, name: str) -> Sequence[Draft]:
    # A rerun reads no file anew, and each of these takes a while to import.
    from pipeline.read import docx, html, jsonl, markup

    suffix = PurePath(name).suffix.lower()
    if suffix == ".docx":
        found = [docx.draft(data, name)]
    elif suffix in (".html", ".htm"):
        found = [html.draft(decode(data, name, html.charset(data)))]
    elif suffix in (".json", ".jsonl"):
        found = jsonl.drafts(decode(data, name), name, lines=suffix == ".jsonl")
    elif suffix in EXTENSIONS:
        found = [markup.draft(decode(data, name), is_markdown=suffix != ".txt")]
    else:
        raise UserError(f"{name} is of no kind that Parallax reads; it reads {', '.join(EXTENSIONS)}.")
    if not any(draft.blocks for draft in found):
        raise UserError(f"{name} holds no text; give a file with text in it.")
    return found


def _shared(entry: Entry) -> Entry:
    return Entry(outlet=entry.outlet, language=entry.language, date=entry.date)


def titled(text: str, blocks: Sequence[Block]) -> list[Block]:
    """The blocks, with the title marked as one: the heading that content begins with, or the line before a byline."""
    found = list(blocks)
    first = next((n for n, block in enumerate(found) if block.kind not in ("boilerplate", "caption")), None)
    if first is None or any(block.kind == "title" for block in found):
        return found
    block = found[first]
    short = block.end - block.start <= _TITLE
    byline_next = first + 1 < len(found) and found[first + 1].reason == "byline"
    if block.kind == "heading" or (block.kind == "paragraph" and short and byline_next):
        found[first] = replace(block, kind="title", level=block.level or 1)
    return found
