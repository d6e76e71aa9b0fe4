"""TMX 1.4b, the translation memory exchange format (LISA OSCAR, 2005).

A unit for each group holds what its sources say, a variant for each: comparable sentences, not
translations. A unit for each translated sentence holds it and its translation. A variant names its
outlet and sentences in properties, or whether a person or a machine translated it.
"""

from __future__ import annotations

from typing import Any

from lxml import etree

from pipeline.export.view import PIVOT, Run, View, rounded
from pipeline.export.xml import LANG, add, document

# How Trados, and many after it, mark machine output, so that tools can put a penalty on it.
MACHINE = "MT!"


def render(view: View) -> dict[str, bytes]:
    root = etree.Element("tmx", version="1.4")
    header = {
        "creationtool": "Parallax",
        "creationtoolversion": view.story.version or "0",
        "segtype": "sentence",
        "o-tmf": "Parallax",
        "adminlang": "en",
        "srclang": "*all*",
        "datatype": "plaintext",
    }
    add(add(root, "header", None, header), "note", view.signature)
    body = add(root, "body")
    for group, runs in view.groups():
        unit = add(body, "tu", None, {"tuid": group.id})
        _property(unit, "score", str(rounded(group.score)))
        if topic := view.topics.get(group.id):
            _property(unit, "topic", topic.label)
        for run in runs:
            _said(unit, run, view)
    for source, segments in view.texts():
        for segment in segments:
            if translation := view.translation(segment):
                unit = add(body, "tu", None, {"tuid": segment.id, "srclang": view.tag(source.language)})
                _said(unit, Run(source, (segment,)), view)
                machine = {"creationid": MACHINE} if segment.pivot_origin == "model" else {}
                variant = add(unit, "tuv", None, {LANG: PIVOT.tag, **machine})
                _property(variant, "origin", segment.pivot_origin)
                add(variant, "seg", translation)
    return {"parallax.tmx": document(root)}


def _said(unit: Any, run: Run, view: View) -> None:
    variant = add(unit, "tuv", None, {LANG: view.tag(run.source.language)})
    # The DTD: (note|prop)* before seg.
    _property(variant, "outlet", run.source.outlet)
    _property(variant, "segments", " ".join(run.ids))
    _property(variant, "origin", "source")
    add(variant, "seg", run.text)


def _property(parent: Any, name: str, value: str) -> None:
    add(parent, "prop", value, {"type": f"x-{name}"})
