"""Front matter: a `---` block of `key: value` lines before the text, as static site generators write it."""

from __future__ import annotations

import re

from pipeline.read.draft import NOTHING, Entry, line_spans
from pipeline.read.metadata import entry

_KEY = re.compile(r"([A-Za-z_][A-Za-z0-9_.-]{0,60})[ \t]*:(?:[ \t]+(.*))?$")
_MOST_LINES = 100


def split(text: str) -> tuple[Entry, int, int]:
    """What the front matter states, the offset where it ends and the line it ends on; zeros without one.

    Only scalars are understood: lists and nested keys are skipped, quotes around a value are dropped.
    A block that holds anything but keys, their lists and comments is no front matter but two rules.
    """
    if not text.startswith("---"):
        return NOTHING, 0, 0
    values: dict[str, str] = {}
    for number, (start, end) in enumerate(line_spans(text[: _MOST_LINES * 1000])[:_MOST_LINES]):
        line = text[start:end].rstrip()
        if number == 0:
            if line != "---":
                break
        elif line in ("---", "..."):
            return (entry(values), start + len(line), number + 1) if values else (NOTHING, 0, 0)
        elif match := _KEY.match(line):
            values.setdefault(match[1].lower(), _scalar(match[2] or ""))
        elif line and not line.startswith((" ", "\t", "-", "#")):
            break
    return NOTHING, 0, 0


def _scalar(value: str) -> str:
    value = value.strip()
    if len(value) > 1 and value[0] in "\"'" and value.endswith(value[0]):
        return value[1:-1].replace("''", "'") if value[0] == "'" else value[1:-1].replace('\\"', '"')
    return value.split(" #")[0].rstrip()
