"""OPUS: each source as an XML document of sentences, and stand-off alignments between them (XCES).

`xml/de/kuestenblatt.xml` holds `<s id="3">` for the sentence `kuestenblatt:3`; `de-en.xml` has a
`linkGrp` for each two documents with links like `xtargets="3 4;2"`. `opus_read` reads both.
Sentences without a counterpart are in no link.
"""

from __future__ import annotations

import itertools
from typing import Any

from lxml import etree

from pipeline.export.view import Pair, Run, View, rounded
from pipeline.export.xml import add, document
from pipeline.model import Source


def render(view: View) -> dict[str, bytes]:
    files = {}
    for source, segments in view.texts():
        text = etree.Element("text")
        for block, inside in itertools.groupby(segments, lambda segment: segment.block):
            paragraph = add(text, "p", None, {"id": str(block)})
            for segment in inside:
                add(paragraph, "s", segment.plain, {"id": str(segment.number)})
        files[f"xml/{_document(source, view)}"] = document(text)
    for (a, b), pairs in view.pairs_by_language().items():
        files[f"{a}-{b}.xml"] = document(_alignment(pairs, view))
    return files


def _alignment(pairs: list[Pair], view: View) -> Any:
    root = etree.Element("cesAlign", version="1.0")

    def documents(pair: Pair) -> tuple[str, str]:
        return _document(pair.a.source, view), _document(pair.b.source, view)

    for (a, b), between in itertools.groupby(sorted(pairs, key=documents), documents):
        group = add(root, "linkGrp", None, {"targType": "s", "fromDoc": a, "toDoc": b})
        for number, pair in enumerate(between, start=1):
            targets = f"{_numbers(pair.a)};{_numbers(pair.b)}"
            certainty = str(rounded(pair.score))
            add(group, "link", None, {"id": f"SL{number}", "certainty": certainty, "xtargets": targets})
    return root


def _document(source: Source, view: View) -> str:
    return f"{view.tag(source.language)}/{source.id}.xml"


def _numbers(run: Run) -> str:
    return " ".join(str(segment.number) for segment in run.segments)
