"""Word documents: the text of `word/document.xml` in document order, read with zipfile and lxml.

Only the few parts that hold text, style names and properties are opened, each up to a limit, so
neither a bomb nor a link in the archive does harm. Entities are not resolved. Deleted text of
tracked changes is left out, inserted text is read; footnotes and endnotes follow the text.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from typing import Any

from pipeline.errors import UserError
from pipeline.model import Block, Cell, Kind
from pipeline.read.draft import NOTHING, Draft, Entry, paragraphs_of
from pipeline.read.metadata import entry

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_STRICT = b"http://purl.oclc.org/ooxml/wordprocessingml/main"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_RELATIONSHIP = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_DC = "{http://purl.org/dc/elements/1.1/}"
_MOST_BYTES = 32 * 2**20  # of one part, unpacked
_MOST_RATIO = 200  # unpacked to packed; text that people write stays below 30
_RATIO_FREE = 2**20  # bytes that may be packed as tightly as they like

_SKIPPED = {_FALLBACK, *(_W + name for name in ("del", "moveFrom", "instrText", "delText", "rPr", "sectPr"))}
_CHARACTERS = {_W + "tab": "\t", _W + "br": "\n", _W + "cr": "\n", _W + "noBreakHyphen": "-"}


def draft(data: bytes, name: str) -> Draft:
    """The text and blocks of a .docx; lines count paragraphs.

    Raises UserError for what is no Word document, is encrypted, or unpacks to more than it should.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            body = _part(archive, _main_part(_part(archive, "_rels/.rels", name)), name)
            styles = _styles(_part(archive, "word/styles.xml", name))
            notes = [_part(archive, f"word/{kind}.xml", name) for kind in ("footnotes", "endnotes")]
            properties = _part(archive, "docProps/core.xml", name)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OverflowError):
        raise UserError(f"{name} is no readable .docx file; save it again in Word or LibreOffice.") from None
    if body is None:
        raise UserError(f"{name} is no .docx file, it holds no document; save it again in Word or LibreOffice.")
    reader = _Reader(styles)
    reader.read(body)
    for part in notes:
        if part is not None:
            reader.read_notes(part)
    return Draft("".join(reader.pieces), tuple(reader.blocks), _stated(properties), line_unit="paragraph")


def _part(archive: zipfile.ZipFile, member: str, name: str) -> Any:
    """The root element of one part, None where the archive has no such part."""
    from lxml import etree

    try:
        info = archive.getinfo(member)
    except KeyError:
        return None
    with archive.open(info) as stream:
        content = stream.read(_MOST_BYTES + 1)
    if len(content) > max(_RATIO_FREE, _MOST_RATIO * info.compress_size) or len(content) > _MOST_BYTES:
        raise UserError(f"{name} unpacks to far more than an article holds (part {member}); it was not read.")
    # Word's strict variant differs in the names of its namespaces only.
    content = content.replace(_STRICT, _W[1:-1].encode())
    entities = UserError(f"{name} declares XML entities, which no Word document does; it was not read.")
    if b"<!DOCTYPE" in content:
        raise entities
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError:
        raise UserError(f"{name} is damaged (part {member}); save it again in Word or LibreOffice.") from None
    if root.getroottree().docinfo.internalDTD is not None:  # declared in UTF-16
        raise entities
    return root


def _main_part(relationships: Any) -> str:
    """The name of the part with the text, which some programs call something else."""
    if relationships is not None:
        for relationship in relationships.iter(_RELATIONSHIP):
            if relationship.get("Type", "").endswith("/officeDocument"):
                return str(relationship.get("Target", "")).lstrip("/")
    return "word/document.xml"


def _styles(root: Any) -> dict[str, tuple[Kind, int]]:
    """What the paragraph styles mean: style id to kind and level. Built-in names are English in every Word."""
    if root is None:
        return {}
    own: dict[str, tuple[Kind, int]] = {}
    parents: dict[str, str] = {}
    for style in root.iter(_W + "style"):
        key = style.get(_W + "styleId", "")
        name = style.find(_W + "name")
        based_on = style.find(_W + "basedOn")
        if based_on is not None:
            parents[key] = based_on.get(_W + "val", "")
        meaning = _named_style((name.get(_W + "val", "") if name is not None else "").lower()) or _properties(
            style.find(_W + "pPr")
        )
        if meaning:
            own[key] = meaning
    found = {}
    for key in {**own, **parents}:
        ancestor, steps = key, 0
        while ancestor not in own and ancestor in parents and steps < 20:
            ancestor, steps = parents[ancestor], steps + 1
        if ancestor in own:
            found[key] = own[ancestor]
    return found


def _named_style(name: str) -> tuple[Kind, int] | None:
    if match := re.fullmatch(r"heading ([1-9])", name):
        return "heading", int(match[1])
    if match := re.fullmatch(r"list (?:bullet|number)(?: ([2-5]))?", name):
        return "item", int(match[1] or 1)
    if re.fullmatch(r"toc [1-9]|toc heading", name):
        return "boilerplate", 0
    kinds: dict[str, Kind] = {"title": "title", "quote": "quote", "intense quote": "quote", "caption": "caption"}
    return (kinds[name], 0) if name in kinds else None


def _properties(properties: Any) -> tuple[Kind, int] | None:
    """Kind and level from a paragraph's own properties: its outline level or its place in a list."""
    if properties is None:
        return None
    outline = properties.find(_W + "outlineLvl")
    if outline is not None and outline.get(_W + "val") in [*"012345678"]:
        return "heading", int(outline.get(_W + "val")) + 1
    numbering = properties.find(_W + "numPr")
    if numbering is None or numbering.find(f"{_W}numId[@{_W}val='0']") is not None:
        return None
    level = numbering.find(_W + "ilvl")
    value = level.get(_W + "val", "0") if level is not None else "0"
    return "item", min(int(value), 8) + 1 if value.isascii() and value.isdigit() else 1


def _stated(properties: Any) -> Entry:
    """What the document's properties state; their dates are those of the file, not of the article."""
    if properties is None:
        return NOTHING
    title, tongue = (properties.findtext(_DC + key) or "" for key in ("title", "language"))
    # Names that programs give a document by themselves.
    if re.match(r"(?i)microsoft word|word document|document\d|dokument\d", title):
        title = ""
    return entry({"title": title, "language": tongue})


class _Table:
    """A table under way: where its next cell goes, and the text of the cell that is open."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.row = -1
        self.column = 0
        self.lines: list[str] = []
        self.line = 0


class _Reader:
    """Collects paragraphs and cells into one text."""

    def __init__(self, styles: dict[str, tuple[Kind, int]]) -> None:
        self.styles = styles
        self.pieces: list[str] = []
        self.blocks: list[Block] = []
        self.position = 0
        self.paragraphs = 0
        self.table_count = 0

    def read_notes(self, root: Any) -> None:
        for note in root:
            # Separators have a type, notes have none.
            if note.tag in (_W + "footnote", _W + "endnote") and note.get(_W + "type") is None:
                self.read(note)

    def read(self, root: Any) -> None:
        from lxml import etree

        tables: list[_Table | None] = []  # None for a table that only makes a layout
        open_paragraphs: list[tuple[int, list[str]]] = []  # several where a text box hangs on a paragraph
        walk = etree.iterwalk(root, events=("start", "end"))
        for event, element in walk:
            tag = element.tag
            table = tables[-1] if tables else None
            if event == "start":
                if tag in _SKIPPED:
                    walk.skip_subtree()
                elif tag == _W + "p":
                    self.paragraphs += 1
                    open_paragraphs.append((self.paragraphs, []))
                elif tag == _W + "tbl":
                    tables.append(self.new_table(element))
                elif tag == _W + "tr" and table:
                    table.row, table.column = table.row + 1, 0
                elif open_paragraphs and tag == _W + "t":
                    open_paragraphs[-1][1].append(element.text or "")
                elif open_paragraphs and tag in _CHARACTERS and element.getparent().tag == _W + "r":
                    open_paragraphs[-1][1].append(_CHARACTERS[tag])
            elif tag == _W + "p":
                number, pieces = open_paragraphs.pop()
                self.paragraph(element, number, "".join(pieces), table)
            elif tag == _W + "tc" and table:
                self.cell(element, table)
            elif tag == _W + "tbl":
                tables.pop()

    def new_table(self, element: Any) -> _Table | None:
        cells = sum(1 for _ in zip(range(2), element.iter(_W + "tc")))
        nested = sum(1 for _ in zip(range(2), element.iter(_W + "tbl")))
        if cells < 2 or nested > 1:
            return None
        self.table_count += 1
        return _Table(self.table_count - 1)

    def paragraph(self, element: Any, number: int, text: str, table: _Table | None) -> None:
        lines = [line for part in text.split("\n") if (line := " ".join(part.split()))]
        if table is not None:
            table.line = table.line or number
            table.lines += lines
            return
        properties = element.find(_W + "pPr")
        style = properties.find(_W + "pStyle") if properties is not None else None
        of_style = self.styles.get(style.get(_W + "val", "")) if style is not None else None
        kind, level = _properties(properties) or of_style or ("paragraph", 0)
        if of_style and of_style[0] in ("title", "boilerplate"):
            kind, level = of_style
        if kind == "title" and any(block.kind == "title" for block in self.blocks[:20]):
            kind, level = "heading", 1
        for line in paragraphs_of(lines):
            self.emit(line, kind, number, level, reason="table of contents" if kind == "boilerplate" else "")

    def cell(self, element: Any, table: _Table) -> None:
        span = element.find(f"{_W}tcPr/{_W}gridSpan")
        width = span.get(_W + "val", "1") if span is not None else "1"
        if table.lines:
            place = Cell(table.number, max(0, table.row), table.column, header=table.row == 0)
            self.emit("\n".join(table.lines), "cell", table.line, cell=place)
        table.column += min(int(width), 1000) if width.isascii() and width.isdigit() and len(width) < 9 else 1
        table.lines, table.line = [], 0

    def emit(
        self, text: str, kind: Kind, line: int, level: int = 0, cell: Cell | None = None, reason: str = ""
    ) -> None:
        if self.pieces:
            self.pieces.append("\n")
            self.position += 1
        start, self.position = self.position, self.position + len(text)
        self.blocks.append(Block(start, self.position, (start, self.position), kind, line, level, cell, reason))
        self.pieces.append(text)
