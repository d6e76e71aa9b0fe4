"""Gettext PO: a catalogue for each source that is not in the pivot language.

The context of a message is the sentence's id, so that equal sentences stay apart; what a machine
translated is fuzzy.
"""

from __future__ import annotations

import polib

from pipeline.export.view import PIVOT, View, one_line
from pipeline.model import Segment, Source


def render(view: View) -> dict[str, bytes]:
    return {
        f"{source.id}.po": _catalogue(view, source, segments)
        for source, segments in view.texts()
        if source.language.base != PIVOT.base
    }


def _catalogue(view: View, source: Source, segments: list[Segment]) -> bytes:
    catalogue = polib.POFile(wrapwidth=0)
    catalogue.metadata = {
        "Project-Id-Version": one_line(view.signature),
        "Language": PIVOT.tag,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "X-Source-Language": view.tag(source.language),
        "X-Generator": "Parallax",
    }
    for segment in segments:
        translation = view.translation(segment)
        catalogue.append(
            polib.POEntry(
                msgctxt=segment.id,
                msgid=segment.plain,
                msgstr=translation,
                occurrences=[(_reference(source.path), str(segment.line))],
                comment="\n".join(map(one_line, (source.outlet, *segment.warnings))),
                flags=["fuzzy"] if translation and segment.pivot_origin == "model" else [],
            )
        )
    return str(catalogue).encode()


def _reference(path: str) -> str:
    """The path as gettext writes it: between U+2068 and U+2069 where it has a space in it."""
    path = one_line(path)
    return f"\u2068{path}\u2069" if " " in path else path
