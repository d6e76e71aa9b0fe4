"""Parquet: three flat tables. pyarrow is an optional extra, as it is larger than all the rest."""

from __future__ import annotations

import io
from typing import Any

from pipeline.errors import UserError
from pipeline.export.view import View, rounded

_TEXTS = "list<string>"
_SEGMENTS = {
    "id": "string",
    "source": "string",
    "outlet": "string",
    "language": "string",
    "line": "int32",
    "kind": "string",
    "text": "string",
    "translation": "string",
    "origin": "string",
    "groups": _TEXTS,
}
_GROUPS = {
    "group": "string",
    "topic": "string",
    "label": "string",
    "score": "double",
    "source": "string",
    "outlet": "string",
    "language": "string",
    "ids": _TEXTS,
    "text": "string",
    "translation": "string",
    "origin": "string",
}
_BITEXT = {
    "a_ids": _TEXTS,
    "b_ids": _TEXTS,
    "a_lang": "string",
    "b_lang": "string",
    "a_text": "string",
    "b_text": "string",
    "relation": "string",
    "score": "double",
}


def render(view: View) -> dict[str, bytes]:
    """Raises UserError where pyarrow is not installed."""
    return {
        "segments.parquet": _table(_SEGMENTS, _segments(view)),
        "groups.parquet": _table(_GROUPS, _groups(view)),
        "bitext.parquet": _table(_BITEXT, [view.pair_record(pair) for pair in view.pairs()]),
    }


def _segments(view: View) -> list[dict[str, Any]]:
    of: dict[str, list[str]] = {}
    for group, runs in view.groups():
        for run in runs:
            for id in run.ids:
                of.setdefault(id, []).append(group.id)
    return [
        {
            "id": segment.id,
            "source": source.id,
            "outlet": source.outlet,
            "language": view.tag(source.language),
            "line": segment.line,
            "kind": segment.kind,
            "text": segment.plain,
            "translation": (translation := view.translation(segment)),
            "origin": segment.pivot_origin if translation else "none",
            "groups": of.get(segment.id, []),
        }
        for source, segments in view.texts()
        for segment in segments
    ]


def _groups(view: View) -> list[dict[str, Any]]:
    """One row for each source of each group."""
    rows = []
    for group, runs in view.groups():
        topic = view.topics.get(group.id)
        labels = {"group": group.id, "topic": topic.label if topic else "", "label": group.label}
        rows += [{**labels, "score": rounded(group.score), **view.run_record(run)} for run in runs]
    return rows


def _table(columns: dict[str, str], rows: list[dict[str, Any]]) -> bytes:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise UserError("Parquet needs pyarrow; install it with: pip install 'parallax[parquet]'.") from None
    types = {
        "string": pyarrow.string(),
        "int32": pyarrow.int32(),
        "double": pyarrow.float64(),
        _TEXTS: pyarrow.list_(pyarrow.string()),
    }
    schema = pyarrow.schema([(name, types[kind]) for name, kind in columns.items()])
    content = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows, schema), content)
    return content.getvalue()
