"""Reviewed XLIFF and TMX, as translators' tools give them back.

Tools drop what they do not know, so a unit without its id is looked for by its text. No entity is
expanded, no DTD is loaded, nothing is fetched.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lxml import etree

from pipeline.errors import UserError
from pipeline.export.reading import Known, Reading
from pipeline.export.view import PIVOT
from pipeline.export.xml import LANG
from pipeline.language import Language

# XLIFF states that say a person is content, of 1.2 and of 2.x.
_APPROVED = {"translated", "reviewed", "signed-off", "final"}


def read_xliff(path: Path, content: bytes, known: Known) -> Reading:
    """Read XLIFF 1.2 or 2.x. Raises UserError for what is neither, is damaged, or has entities in it."""
    reading = Reading()
    root = _parsed(path, content, "xliff")
    units = list(_named(root, "trans-unit", "unit"))
    for unit in units:
        # 2.x has its texts in segments, of which a tool may have made more than one.
        parts = [part for part in unit if _name(part) in ("segment", "ignorable")] or [unit]
        source = "".join(_content(part, "source") for part in parts)
        target = "".join(_content(part, "target") for part in parts)
        id = unit.get("id", "")
        if not known.says([id], source):
            found = known.by_text(_base(_source_language(unit)), source)
            if found is None:
                reading.notes.append(f"{path}: the text of unit {id!r} is not that of this run, so it was left out.")
                continue
            id = found
        reading.translate(id, target, f"{path}, unit {id!r},", known)
        if target.strip():
            states = {each.get("state") for part in parts for each in (part, *part.iterchildren("{*}target"))}
            if unit.get("approved") == "yes" or states & _APPROVED:
                reading.confirmed.add(id)
    return reading


def read_tmx(path: Path, content: bytes, known: Known) -> Reading:
    """Read TMX 1.4. Raises UserError for what is not TMX, is damaged, or has entities in it."""
    reading = Reading()
    for unit in _named(_parsed(path, content, "tmx"), "tu"):
        variants = [_Variant(variant) for variant in _named(unit, "tuv")]
        said = [variant for variant in variants if variant.ids]
        name = unit.get("tuid", "")
        if said and (name in known.groups or len(said) > 1):
            _read_group(path, name or " ".join(said[0].ids), said, known, reading)
            continue
        pivots = [variant for variant in variants if variant.base == PIVOT.base and not variant.ids]
        others = [variant for variant in variants if variant.base != PIVOT.base]
        if len(pivots) != 1 or len(others) != 1:
            continue
        id, text = " ".join(others[0].ids) or name, others[0].text
        if not known.says([id], text):
            found = known.by_text(others[0].base, text)
            # Without its properties a unit of a group looks like a translation, which it is not.
            if found is None or (not said and known.quotes(PIVOT.base, pivots[0].text)):
                reading.notes.append(f"{path}: unit {name!r} is no translation of this run, so it was left out.")
                continue
            id = found
        reading.translate(id, pivots[0].text, f"{path}, unit {name!r},", known)
    return reading


class _Variant:
    """A `tuv`: its language and text, and the ids of what it quotes."""

    def __init__(self, element: Any) -> None:
        self.base = _base(element.get(LANG) or element.get("lang") or "")
        self.text = _content(element, "seg")
        properties = {each.get("type"): "".join(each.itertext()) for each in _named(element, "prop")}
        self.ids = properties.get("x-segments", "").split()


def _read_group(path: Path, name: str, said: list[_Variant], known: Known, reading: Reading) -> None:
    present, stale = [], set()
    for variant in said:
        if known.says(variant.ids, variant.text):
            present += variant.ids
        else:
            stale.update(variant.ids)
            ids = " ".join(variant.ids)
            reading.notes.append(f"{path}: the text of {ids} is not that of this run, so it was left out.")
    for id in present:
        reading.put(id, name)
    reading.seen.update(present)
    # What the group of this name had and the unit has not, somebody took out.
    if not set(members := known.groups.get(name, [])).isdisjoint(present):
        reading.seen.update(id for id in members if id not in stale)


def _parsed(path: Path, content: bytes, root: str) -> Any:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        tree = etree.fromstring(content, parser).getroottree()
    except (etree.XMLSyntaxError, ValueError) as error:
        raise UserError(f"{path} is no readable XML: {error}; save it again.") from None
    declared = tree.docinfo.internalDTD
    if (declared is not None and list(declared.iterentities())) or any(True for _ in tree.iter(etree.Entity)):
        raise UserError(f"{path} uses XML entities of its own, as attacks do; it is not read.")
    if _name(tree.getroot()) != root:
        raise UserError(f"{path} is not what its name says: its first element is not {root!r}.")
    return tree.getroot()


def _name(element: Any) -> str:
    return str(etree.QName(element).localname)


def _named(element: Any, *names: str) -> Iterator[Any]:
    """The descendants of these names, in any namespace."""
    for name in names:
        yield from element.iterdescendants(f"{{*}}{name}")


def _content(element: Any, name: str) -> str:
    """The text of the first child of that name, without the markup in it."""
    child = next((child for child in element if _name(child) == name), None)
    return "" if child is None else "".join(child.itertext())


def _source_language(unit: Any) -> str:
    for element in unit.iterancestors():
        if language := element.get("source-language") or element.get("srcLang"):
            return str(language)
    return ""


def _base(tag: str) -> str:
    try:
        return Language.parse(tag).base
    except UserError:
        return ""
