"""JSON: one record, a list of records, or one record a line (.jsonl), each with a text and its metadata."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from pipeline.errors import UserError
from pipeline.read import html, markup
from pipeline.read.draft import Draft, line_spans
from pipeline.read.metadata import entry

_TEXT_KEYS = ("text", "content", "body")
_HTML = re.compile(r"\s*<[a-z!]", re.IGNORECASE)
_SURROGATES = re.compile("[\ud800-\udfff]")


def drafts(text: str, name: str, lines: bool) -> list[Draft]:
    """The records of a JSON file; those of `lines` (.jsonl) stand one on each line that is not blank.

    Raises UserError, with the record's number, for invalid JSON and records without text.
    """
    records = list(_lines(text, name)) if lines else _whole(text, name)
    found = [_draft(record, name, number, alone=len(records) == 1) for number, record in records]
    if not found:
        raise UserError(f"{name} holds no record; give objects with the key text.")
    return found


def line_draft(line: str, name: str, number: int) -> Draft:
    """The record on one line of a .jsonl file that is read line by line.

    Raises UserError, with the record's number, for invalid JSON and a record without text.
    """
    return _draft(_parsed(line, name, f" in line {number}"), name, number, alone=False)


def _lines(text: str, name: str) -> Iterator[tuple[int, Any]]:
    for number, (start, end) in enumerate(line_spans(text), 1):
        if line := text[start:end].strip():
            yield number, _parsed(line, name, f" in line {number}")


def _whole(text: str, name: str) -> list[tuple[int, Any]]:
    value = _parsed(text, name, "")
    return list(enumerate(value, 1)) if isinstance(value, list) else [(1, value)]


def _parsed(text: str, name: str, where: str) -> Any:
    try:
        return json.loads(text)
    except RecursionError:
        raise UserError(f"{name} is nested too deeply{where} to be JSON with articles; mend or remove it.") from None
    except ValueError as error:
        raise UserError(f"{name} is no valid JSON{where}: {error}; mend that place.") from None


def _draft(record: Any, name: str, number: int, alone: bool) -> Draft:
    if not isinstance(record, dict):
        raise UserError(f"{name}: record {number} is no object; give objects with the key text.")
    text = next((record[key] for key in _TEXT_KEYS if isinstance(record.get(key), str)), "")
    # JSON can escape halves of surrogate pairs, which are no characters and cannot be written out again.
    text = _SURROGATES.sub("\ufffd", text)
    if not text.strip():
        raise UserError(f"{name}: record {number} has no text; put the article under the key text.")
    draft = html.draft(text) if _HTML.match(text) and "</" in text else markup.draft(text)
    stated = entry({key.lower(): value for key, value in record.items()})
    label = "" if alone else str(number)
    return replace(
        draft,
        blocks=tuple(replace(block, line=number) for block in draft.blocks),
        stated=stated.over(draft.stated),
        line_unit="record",
        label=label,
        digest=hashlib.sha256(json.dumps(record, sort_keys=True).encode("ascii")).hexdigest(),
    )
