"""Translation units as TMX 1.4b and TSV.

TMX: the Localization Industry Standards Association's Translation Memory eXchange 1.4b (2005).
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import regex

from pipeline import __version__
from pipeline.errors import UserError
from pipeline.language import Language

HUMAN = "human"
COLUMNS = ("source_language", "target_language", "source", "target", "engine", "version", "score", "warnings")
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_CODES = ("bpt", "ept", "it", "ph", "ut")  # native codes of inline elements, which are no text
_NOT_XML = regex.compile(r"[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")
_MAX_FIELD = 100_000_000


@dataclass(frozen=True, slots=True)
class Unit:
    """A text and its translation, by a person or by a named engine."""

    source: Language
    target: Language
    text: str
    translation: str
    engine: str = HUMAN
    version: str = ""
    score: float | None = None
    warnings: tuple[str, ...] = ()


def read(path: Path) -> Iterator[Unit]:
    """The units of a .tmx or .tsv file whose target is English; those of other targets are passed over.

    Raises UserError for a file that is neither, or is damaged.
    """
    if path.suffix.lower() == ".tmx":
        return _read_tmx(path)
    if path.suffix.lower() in (".tsv", ".txt"):
        return _read_tsv(path)
    raise UserError(f"{path} is no translation memory: its name should end in .tmx or .tsv.")


def write(path: Path, units: Iterable[Unit]) -> int:
    """Write units as .tmx or .tsv; how many there were. The file is there in whole or not at all.

    Raises UserError where it cannot be written.
    """
    writers = {".tmx": _write_tmx, ".tsv": _write_tsv}
    writer = writers.get(path.suffix.lower())
    if writer is None:
        raise UserError(f"{path} cannot be written: name a file that ends in .tmx or .tsv.")
    part = path.with_name(f".{path.name}.part")
    try:
        count = writer(part, units)
        part.replace(path)
    except OSError as error:
        raise UserError(f"{path} cannot be written ({error.strerror}); choose another place.") from None
    finally:
        part.unlink(missing_ok=True)
    return count


def _read_tmx(path: Path) -> Iterator[Unit]:
    from lxml import etree

    try:
        with path.open("rb") as stream:
            events = etree.iterparse(
                stream, events=("end",), tag="tu", resolve_entities=False, no_network=True, load_dtd=False
            )
            for _, element in events:
                yield from _units(element)
                element.clear()
                while element.getprevious() is not None:
                    del element.getparent()[0]
            if events.root is None or etree.QName(events.root).localname != "tmx":
                raise UserError(f"{path} is XML, but no TMX: its root element is not tmx.")
    except etree.XMLSyntaxError as error:
        raise UserError(f"{path} is no well-formed TMX ({error.msg}); mend it and try again.") from None
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror}); check the name.") from None


def _units(tu: Any) -> Iterator[Unit]:
    properties = {prop.get("type"): prop.text or "" for prop in tu.iterfind("prop")}
    variants = []
    for tuv in tu.iterfind("tuv"):
        seg = tuv.find("seg")
        tag = tuv.get(_XML_LANG) or tuv.get("lang") or ""
        if seg is None:
            continue
        try:
            language = Language.parse(tag)
        except UserError:
            continue
        text = " ".join(_text(seg).split())
        if text:
            variants.append((language, text))
    for target, translation in variants:
        if target.base != "en":
            continue
        for source, text in variants:
            if source.base != "en":
                score = properties.get("x-score", "")
                yield Unit(
                    source, target, text, translation, properties.get("x-engine") or HUMAN,
                    properties.get("x-version", ""), _number(score), tuple(properties.get("x-warnings", "").split()),
                )  # fmt: skip


def _text(seg: Any) -> str:
    """The text of a seg without native codes. Highlighted text (hi) is text."""
    parts = [seg.text or ""]
    for child in seg:
        if isinstance(child.tag, str) and child.tag not in _CODES:
            parts.append(_text(child))
        parts.append(child.tail or "")
    return "".join(parts)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _write_tmx(path: Path, units: Iterable[Unit]) -> int:
    from lxml import etree

    count = 0
    header = {
        "creationtool": "Parallax", "creationtoolversion": __version__, "segtype": "sentence", "o-tmf": "Parallax",
        "adminlang": "en", "srclang": "*all*", "datatype": "plaintext",
    }  # fmt: skip
    with path.open("wb") as stream, etree.xmlfile(stream, encoding="utf-8") as xml:
        xml.write_declaration()
        with xml.element("tmx", version="1.4"):
            xml.write(etree.Element("header", header), pretty_print=True)
            with xml.element("body"):
                for unit in units:
                    xml.write(_tu(unit), pretty_print=True)
                    count += 1
    return count


def _tu(unit: Unit) -> Any:
    from lxml import etree

    tu = etree.Element("tu", srclang=unit.source.tag)
    properties = {
        "x-engine": unit.engine, "x-version": unit.version,
        "x-score": "" if unit.score is None else repr(unit.score), "x-warnings": " ".join(unit.warnings),
    }  # fmt: skip
    for name, value in properties.items():
        if value:
            etree.SubElement(tu, "prop", type=name).text = value
    for language, text in ((unit.source, unit.text), (unit.target, unit.translation)):
        tuv = etree.SubElement(tu, "tuv", {_XML_LANG: language.tag})
        etree.SubElement(tuv, "seg").text = _NOT_XML.sub("\ufffd", text)
    return tu


def _read_tsv(path: Path) -> Iterator[Unit]:
    csv.field_size_limit(_MAX_FIELD)
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = csv.reader(stream, delimiter="\t", quoting=csv.QUOTE_NONE)
            header = next(rows, [])
            if list(header[:4]) != list(COLUMNS[:4]):
                raise UserError(
                    f"{path} has no header of the columns {', '.join(COLUMNS[:4])}; see docs/translation.md."
                )
            for number, row in enumerate(rows, 2):
                if not any(row):
                    continue
                if len(row) < 4:
                    raise UserError(f"{path} line {number} has {len(row)} columns, and needs four at least.")
                values = dict(zip(header, row))
                try:
                    source, target = map(Language.parse, row[:2])
                except UserError as error:
                    raise UserError(f"{path} line {number}: {error}") from None
                if target.base == "en" and values["source"].strip() and values["target"].strip():
                    yield Unit(
                        source, target, values["source"], " ".join(values["target"].split()),
                        values.get("engine") or HUMAN, values.get("version", ""), _number(values.get("score", "")),
                        tuple(values.get("warnings", "").split()),
                    )  # fmt: skip
    except UnicodeDecodeError:
        raise UserError(f"{path} is not UTF-8; save it so and try again.") from None
    except csv.Error as error:
        raise UserError(f"{path} is no table of tab-separated values ({error}).") from None
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror}); check the name.") from None


def _write_tsv(path: Path, units: Iterable[Unit]) -> int:
    count = 0
    with path.open("w", encoding="utf-8", errors="replace", newline="") as stream:
        stream.write("\t".join(COLUMNS) + "\n")
        for unit in units:
            score = "" if unit.score is None else repr(unit.score)
            fields = (
                unit.source.tag, unit.target.tag, unit.text, unit.translation, unit.engine, unit.version, score,
                " ".join(unit.warnings),
            )  # fmt: skip
            stream.write("\t".join(" ".join(field.split()) for field in fields) + "\n")
            count += 1
    return count
