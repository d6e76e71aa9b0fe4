"""Two files aligned with each other, without a workspace: `parallax align`."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from pipeline import __version__
from pipeline.align.parallel import Bead
from pipeline.embed import Encoder
from pipeline.errors import UserError
from pipeline.language import Language, detect, hant_variant, to_simplified
from pipeline.model import Document, Segment

Mode: TypeAlias = Literal["auto", "parallel", "comparable"]
MODES: dict[str, Mode] = {"auto": "auto", "parallel": "parallel", "comparable": "comparable"}
Places: TypeAlias = tuple[int, ...]


@dataclass(frozen=True)
class Text:
    """One of the two: n segments as the reader sees them and as they are aligned.

    `places` are those that take part; blank lines and furniture do not, and keep their number.
    """

    name: str
    language: Language
    shown: tuple[str, ...]  # (n,)
    normal: tuple[str, ...]  # of those in `places`
    places: tuple[int, ...]
    document: tuple[Document, tuple[Segment, ...]] | None = None


@dataclass(frozen=True)
class Bitext:
    """Beads of places on both sides with their probability; one side is empty where there is no counterpart."""

    a: Text
    b: Text
    mode: Literal["parallel", "comparable"]
    beads: tuple[tuple[Places, Places, float], ...]


def lines(path: Path, language: Language | None = None) -> Text:
    """A file of one segment a line, which stays so. Raises UserError where it cannot be read as text."""
    from pipeline.read import File
    from pipeline.read.decode import decode
    from pipeline.read.draft import printable

    name = printable(path.as_posix())
    text = decode(File(path, name, True).content(), name)
    # Only line ends count, not all that `splitlines` takes for one: other programs number lines so.
    shown = text.replace("\r\n", "\n").removesuffix("\n").split("\n")
    language = language or detect(text)
    places = tuple(place for place, line in enumerate(shown) if any(map(str.isalnum, line)))
    if not places:
        raise UserError(f"{path} has no line with a word in it; give a file with one sentence a line.")
    return Text(path.name, language, tuple(shown), tuple(_normal([shown[p] for p in places], language)), places)


def article(path: Path, language: Language | None = None) -> Text:
    """A file of any format that Parallax reads, split into sentences. Raises UserError where it is not one document."""
    from dataclasses import replace

    from pipeline import read
    from pipeline.align.side import alignable
    from pipeline.normalise import normalise
    from pipeline.segment import segment

    documents, _ = read.documents([path])
    if len(documents) != 1:
        raise UserError(f"{path} holds {len(documents)} documents; `parallax align` takes one on each side.")
    document = documents[0]
    if language:
        document = replace(document, source=replace(document.source, language=language))
    language = document.source.language
    segments = normalise(segment(document), language)
    places = tuple(place for place, one in enumerate(segments) if alignable(one))
    normal = tuple(segments[place].normal for place in places)
    return Text(path.name, language, tuple(one.plain for one in segments), normal, places, (document, tuple(segments)))


def _normal(texts: Sequence[str], language: Language) -> Sequence[str]:
    if language.base != "zh" or language.script != "Hant":
        return texts
    variant = hant_variant("\n".join(texts), language)
    return [to_simplified(text, variant) for text in texts]


def align(a: Text, b: Text, mode: Mode, encoder: Encoder, minimum: float) -> Bitext:
    """The beads of two texts in the order of `a`; comparable ones are at least `minimum` probable."""
    from pipeline.align import detect as detection
    from pipeline.align import parallel
    from pipeline.align.runs import runs

    if mode == "auto":
        of_a, of_b = (runs(encoder, text.normal, " " if text.language.spaced else "") for text in (a, b))
        translated = detection.are_parallel(of_a, of_b, len(a.places), len(b.places))
        mode = "parallel" if translated else "comparable"
    if mode == "parallel":
        beads = parallel.align(a.normal, b.normal, encoder, (a.language, b.language))
        return Bitext(a, b, mode, tuple(_with_the_rest(a, b, beads)))
    return Bitext(a, b, "comparable", tuple(_comparable(a, b, encoder, minimum)))


def _with_the_rest(a: Text, b: Text, beads: Sequence[Bead]) -> list[tuple[Places, Places, float]]:
    """Beads of aligned segments, and a null bead for each of the others where it stands."""
    found: list[tuple[Places, Places, float]] = []
    i = j = 0
    for bead in beads:
        left, right = (tuple(places[x] for x in side) for places, side in ((a.places, bead.a), (b.places, bead.b)))
        if left:
            found += [((x,), (), 1.0) for x in range(i, left[-1]) if x not in left]
            i = left[-1] + 1
        if right:
            found += [((), (y,), 1.0) for y in range(j, right[-1]) if y not in right]
            j = right[-1] + 1
        found.append((left, right, bead.score))
    found += [((x,), (), 1.0) for x in range(i, len(a.shown))]
    return found + [((), (y,), 1.0) for y in range(j, len(b.shown))]


def _comparable(a: Text, b: Text, encoder: Encoder, minimum: float) -> list[tuple[Places, Places, float]]:
    from pipeline.align import comparable
    from pipeline.align.side import Side, from_document, side

    def prepared(text: Text) -> tuple[Side, dict[str, int]]:
        if text.document:
            document, segments = text.document
            return from_document(document, segments, encoder), {one.id: n for n, one in enumerate(segments)}
        ids = [(str(place),) for place in text.places]
        return side(ids, text.normal, text.language, encoder), {name: int(name) for (name,) in ids}

    (side_a, place_a), (side_b, place_b) = prepared(a), prepared(b)
    links = comparable.links({"a": side_a, "b": side_b}, minimum)["a", "b"]
    found = [(tuple(place_a[x] for x in one.a), tuple(place_b[y] for y in one.b), one.score) for one in links]
    linked_a, linked_b = {x for left, _, _ in found for x in left}, {y for _, right, _ in found for y in right}
    found += [((x,), (), 1.0) for x in range(len(a.shown)) if x not in linked_a]
    found.sort(key=lambda bead: (bead[0], bead[1]))
    return found + [((), (y,), 1.0) for y in range(len(b.shown)) if y not in linked_b]


def vecalign(bitext: Bitext) -> str:
    """`[0]:[0, 1]:0.9876`, one bead a line, as vecalign prints them; `[]` for an empty side."""
    return "".join(f"{list(a)}:{list(b)}:{score:.4f}\n" for a, b, score in bitext.beads)


def ladder(bitext: Bitext) -> str:
    """hunalign's ladder: before each bead how many segments of either side came before, and its probability."""
    if bitext.mode == "comparable":
        raise UserError("A ladder cannot show beads out of order; use --format tsv or vecalign, or --mode parallel.")
    rungs, i, j = [], 0, 0
    for a, b, score in bitext.beads:
        rungs.append(f"{i}\t{j}\t{score:.4f}\n")
        i, j = max((i, *(x + 1 for x in a))), max((j, *(y + 1 for y in b)))
    return "".join(rungs) + f"{len(bitext.a.shown)}\t{len(bitext.b.shown)}\t1.0000\n"


def tsv(bitext: Bitext) -> str:
    """A table with a header: places and text of both sides, and the probability."""
    import csv
    import io

    from pipeline.export.tsv import defused

    out = io.StringIO()
    writer = csv.writer(out, dialect="excel-tab", lineterminator="\n")
    writer.writerow(["a", "b", "score", str(bitext.a.language), str(bitext.b.language)])
    for a, b, score in bitext.beads:
        said = (_joined(text, side) for text, side in ((bitext.a, a), (bitext.b, b)))
        cells = (" ".join(map(str, a)), " ".join(map(str, b)), f"{score:.4f}", *map(defused, said))
        writer.writerow(cells)
    return out.getvalue()


def tmx(bitext: Bitext) -> str:
    """TMX 1.4b of the beads that have two sides."""
    from lxml import etree

    from pipeline.export.xml import LANG, add, document

    root = etree.Element("tmx", version="1.4")
    header = {
        "creationtool": "Parallax",
        "creationtoolversion": __version__,
        "segtype": "sentence",
        "o-tmf": "Parallax",
        "adminlang": "en",
        "srclang": str(bitext.a.language),
        "datatype": "plaintext",
    }
    add(root, "header", None, header)
    body = add(root, "body")
    for a, b, score in bitext.beads:
        if a and b:
            unit = add(body, "tu")
            add(unit, "prop", f"{score:.4f}", {"type": "score"})
            for text, side in ((bitext.a, a), (bitext.b, b)):
                variant = add(unit, "tuv", None, {LANG: str(text.language)})
                add(variant, "prop", f"{text.name}:{' '.join(map(str, side))}", {"type": "segments"})
                add(variant, "seg", _said(text, side))
    return document(root).decode()


def _said(text: Text, places: Places) -> str:
    from pipeline.export.view import NOT_XML

    said = _joined(text, places)
    if match := NOT_XML.search(said):
        raise UserError(
            f"{text.name}, segment {places[0]} holds the character U+{ord(match[0]):04X}, which TMX cannot hold;"
            " remove it, or use --format tsv."
        )
    return said


def _json(bitext: Bitext) -> str:
    beads = [{"a": a, "b": b, "score": score} for a, b, score in bitext.beads]
    about = {
        "version": __version__,
        "mode": bitext.mode,
        "a": {"file": bitext.a.name, "language": str(bitext.a.language), "segments": len(bitext.a.shown)},
        "b": {"file": bitext.b.name, "language": str(bitext.b.language), "segments": len(bitext.b.shown)},
    }
    return json.dumps({**about, "beads": beads}, ensure_ascii=False) + "\n"


FORMATS: dict[str, Callable[[Bitext], str]] = {
    "vecalign": vecalign,
    "ladder": ladder,
    "tsv": tsv,
    "tmx": tmx,
    "json": _json,
}


def _joined(text: Text, places: Places) -> str:
    return (" " if text.language.spaced else "").join(text.shown[place].strip() for place in places)
