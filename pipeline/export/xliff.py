"""XLIFF 1.2 (OASIS, 2008) and 2.1 (OASIS, 2018): a file for each source, to correct its translation.

A unit is a sentence. What a machine translated is marked as that and in need of review. What other
outlets say in its place stands beside it as reference: `alt-trans` in 1.2, the translation
candidates module in 2.1.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lxml import etree

from pipeline.export.view import PIVOT, Pair, View
from pipeline.export.xml import LANG, SPACE, add, document
from pipeline.model import Segment, Source

NAMESPACE_1 = "urn:oasis:names:tc:xliff:document:1.2"
NAMESPACE_2 = "urn:oasis:names:tc:xliff:document:2.0"  # that of 2.1 too
MATCHES = "urn:oasis:names:tc:xliff:matches:2.0"
Others = dict[str, list[Pair]]
_PRESERVE = {SPACE: "preserve"}

# The states of a translation by a person and by a machine.
_STATES_1 = {
    "memory": {"state": "translated", "state-qualifier": "exact-match"},
    "model": {"state": "needs-review-translation", "state-qualifier": "mt-suggestion"},
}
# 2.1 has no state for a suggestion. "translated" would claim that somebody had done the work.
_STATES_2 = {
    "memory": {"state": "translated"},
    "model": {"state": "initial", "subState": "parallax:mt-suggestion"},
}


def render_1(view: View) -> dict[str, bytes]:
    return _files(view, _xliff_1)


def render_2(view: View) -> dict[str, bytes]:
    return _files(view, _xliff_2)


def _files(view: View, xliff: Callable[[View, Source, list[Segment], Others], Any]) -> dict[str, bytes]:
    others = _others(view)
    return {
        f"{source.id}.xlf": document(xliff(view, source, segments, others))
        for source, segments in view.texts()
        if segments  # a file without a unit is invalid
    }


def _others(view: View) -> Others:
    """For each sentence the pairs it is in, turned so that it is on side a, best first."""
    others: Others = {}
    for pair in view.pairs():
        for turned in (pair, pair.turned()):
            for id in turned.a.ids:
                others.setdefault(id, []).append(turned)
    for pairs in others.values():
        pairs.sort(key=lambda pair: -pair.score)
    return others


def _is_foreign(source: Source) -> bool:
    return source.language.base != PIVOT.base


def _xliff_1(view: View, source: Source, segments: list[Segment], others: Others) -> Any:
    root = etree.Element(f"{{{NAMESPACE_1}}}xliff", {"version": "1.2"}, nsmap={None: NAMESPACE_1})
    languages = {"source-language": view.tag(source.language)}
    if _is_foreign(source):
        languages["target-language"] = PIVOT.tag
    file = add(root, "file", None, {"original": source.path, "datatype": "plaintext", **languages})
    header = add(file, "header")
    add(header, "note", view.signature)
    body = add(file, "body")
    for segment in segments:
        unit = add(body, "trans-unit", None, {"id": segment.id, **_PRESERVE, **_translate(source, segment)})
        add(unit, "source", segment.plain)
        if translation := view.translation(segment):
            add(unit, "target", translation, _STATES_1[segment.pivot_origin])
        place = add(unit, "context-group", None, {"purpose": "location"})
        add(place, "context", source.path, {"context-type": "sourcefile"})
        add(place, "context", str(segment.line), {"context-type": "linenumber"})
        for warning in segment.warnings:
            add(unit, "note", warning, {"from": "Parallax"})
        for pair in others.get(segment.id, ()):
            quality = {"match-quality": f"{100 * pair.score:.0f}%", "origin": pair.b.source.outlet}
            other = add(unit, "alt-trans", None, {"alttranstype": "reference", **quality, **_PRESERVE})
            add(other, "target", pair.b.text, {LANG: view.tag(pair.b.source.language)})
            add(other, "note", " ".join(pair.b.ids), {"from": "Parallax"})
    return root


def _xliff_2(view: View, source: Source, segments: list[Segment], others: Others) -> Any:
    names: dict[str | None, str] = {None: NAMESPACE_2, "mtc": MATCHES}
    root = etree.Element(f"{{{NAMESPACE_2}}}xliff", {"version": "2.1"}, nsmap=names)
    root.set("srcLang", view.tag(source.language))
    if _is_foreign(source):
        root.set("trgLang", PIVOT.tag)
    file = add(root, "file", None, {"id": source.id, "original": source.path})
    add(add(file, "notes"), "note", view.signature, {"category": "tool"})
    for segment in segments:
        attributes = {"id": segment.id, "canResegment": "no", **_PRESERVE, **_translate(source, segment)}
        unit = add(file, "unit", None, attributes)
        # The order of a unit's parts is fixed: modules, notes, segments.
        if pairs := others.get(segment.id):
            matches = add(unit, f"{{{MATCHES}}}matches")
            for pair in pairs:
                _match(matches, segment, pair, view)
        notes = add(unit, "notes")
        add(notes, "note", f"{source.path}:{segment.line}", {"category": "location"})
        for warning in segment.warnings:
            add(notes, "note", warning, {"category": "warning"})
        translation = view.translation(segment)
        state = _STATES_2[segment.pivot_origin] if translation else {}
        part = add(unit, "segment", None, {"id": "s", **state})
        add(part, "source", segment.plain)
        if translation:
            add(part, "target", translation)
    return root


def _match(matches: Any, segment: Segment, pair: Pair, view: View) -> None:
    """A candidate that is a reference: not in the target language, but in its outlet's own."""
    match = add(
        matches,
        "match",
        None,
        {
            "ref": "#s",
            "reference": "yes",
            "type": "other",
            "subType": f"parallax:{pair.relation}",
            "origin": f"{pair.b.source.outlet} ({' '.join(pair.b.ids)})",
            "matchQuality": f"{100 * pair.score:.2f}",
        },
    )
    add(match, f"{{{NAMESPACE_2}}}source", segment.plain)
    add(match, f"{{{NAMESPACE_2}}}target", pair.b.text, {LANG: view.tag(pair.b.source.language)})


def _translate(source: Source, segment: Segment) -> dict[str, str]:
    return {} if _is_foreign(source) and segment.kind != "code" else {"translate": "no"}
