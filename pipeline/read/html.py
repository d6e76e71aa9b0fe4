"""HTML: the text a browser would show, in document order, and what the page says of itself.

lxml parses, without network, DTDs or entities from outside. What surrounds the article (navigation,
sidebars, page footer, what stands outside the only `article` or `main`) is kept as boilerplate.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

from pipeline.model import Block, Cell, Kind
from pipeline.read.boilerplate import class_reason
from pipeline.read.draft import Draft, Entry, paragraphs_of
from pipeline.read.metadata import entry

_UNSEEN = {
    "head", "script", "style", "noscript", "template", "svg", "math", "iframe", "object", "embed", "canvas", "audio",
    "video", "map", "datalist", "select", "textarea", "input", "frameset",
}  # fmt: skip
_INLINE = {
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i", "img",
    "ins", "kbd", "label", "mark", "meter", "nobr", "output", "picture", "progress", "q", "rp", "rt", "ruby", "s",
    "samp", "small", "source", "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr",
}  # fmt: skip
_HEADINGS = {f"h{n}": n for n in range(1, 7)}
_KINDS: dict[str, Kind] = {
    "li": "item", "dt": "item", "dd": "item", "blockquote": "quote", "figcaption": "caption", "caption": "caption",
    "pre": "code", **dict.fromkeys(_HEADINGS, "heading"),
}  # fmt: skip
_FURNITURE = {"nav": "navigation", "aside": "sidebar", "menu": "navigation", "dialog": "dialog", "button": "navigation"}
_ROLES = {
    "navigation": "navigation", "banner": "navigation", "menu": "navigation", "menubar": "navigation",
    "search": "navigation", "contentinfo": "page footer", "complementary": "sidebar", "dialog": "dialog",
    "alertdialog": "dialog",
}  # fmt: skip
_OUTSIDE = "outside the article"
_HIDDEN = re.compile(r"display\s{0,3}:\s{0,3}none|visibility\s{0,3}:\s{0,3}hidden", re.IGNORECASE)
# Soft hyphens and zero-width spaces only say where a line may be broken.
_BREAK_HINTS = dict.fromkeys(map(ord, "\u00ad\u200b\ufeff"))
_SPACE = re.compile(r"\s+")
_WIDE = re.compile("[\u2e80-\u9fff\uf900-\ufaff\uff00-\uff60]")
_CHARSET = re.compile(
    rb"<(?:meta[^>]{0,300}?charset|\?xml[^>]{0,100}?encoding)\s{0,9}=\s{0,9}[\"']?\s{0,9}([\w.:-]{1,40})", re.IGNORECASE
)
_FORMATTING = re.compile(
    rf"</?(?:div|section|center|dl|{'|'.join(sorted(_INLINE - {'a'}, key=len, reverse=True))})\b[^<>]*>", re.IGNORECASE
)
_TAG = re.compile(r"</?(?!script\b|style\b)[a-z][^<>]*>", re.IGNORECASE)
_MOST_COLUMNS = 200  # that cells spanning rows are kept account of; spans may claim any number
_LONG_CELL = 1000  # characters; a cell with more holds an article, and its table is for layout


def charset(data: bytes) -> str:
    """The encoding that a page claims in its first bytes, "" for none."""
    match = _CHARSET.search(data[:4096])
    return match[1].decode("ascii") if match else ""


def draft(source: str) -> Draft:
    """The text of a page, its blocks, and what its meta elements state."""
    tree = _parse(source)
    if tree is None:
        return Draft("", ())
    body = tree.find("body")
    walk = _Walk(_Survey(tree if body is None else body))
    walk.run()
    text = "".join(walk.pieces)
    titles = [text[block.start : block.end] for block in walk.blocks if block.kind == "title"]
    return Draft(text, tuple(walk.blocks), _stated(tree, titles), links=frozenset(walk.links))


def _parse(source: str) -> Any:
    """The tree of a page; None for one with nothing in it.

    libxml2 stops at 2,048 open elements and would lose the rest. Such a page is read without the
    elements that only format, and if that is not enough, without any.
    """
    from lxml import etree
    from lxml import html as lxml_html

    source = source.replace("\0", "\ufffd")
    for tags, instead in ((None, ""), (_FORMATTING, " "), (_TAG, "\n")):
        parser = lxml_html.HTMLParser(
            encoding="utf-8", no_network=True, huge_tree=True, remove_comments=True, remove_pis=True
        )
        shown = tags.sub(instead, source) if tags else source
        try:
            tree = lxml_html.document_fromstring(shown.encode("utf-8", "replace"), parser=parser)
        except etree.ParserError:  # "Document is empty"
            return None
        if not any("depth" in error.message for error in parser.error_log):
            return tree
    return tree


def _stated(tree: Any, titles: list[str]) -> Entry:
    values: dict[str, str] = {"lang": tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang") or ""}
    for meta in tree.iter("meta"):
        name = meta.get("property") or meta.get("name") or meta.get("itemprop")
        if name and meta.get("content"):
            values.setdefault(name.strip().lower(), meta.get("content"))
    for link in tree.iter("link"):
        if (link.get("rel") or "").lower() == "canonical":
            values.setdefault("canonical", link.get("href") or "")
    for time in tree.iter("time"):
        values.setdefault("pubdate", time.get("datetime") or "")
    # The title element often has the site's name in it; the page's own first heading has not.
    titles = titles or [title.text or "" for title in tree.iterfind("head/title")]
    values["title"] = titles[0] if titles else ""
    values.pop("id", None)
    return entry(values)


class _Survey:
    """What must be known of a page before its text is cut into blocks.

    `article`: the element that holds the article, if the page says which. `reasons`: elements that
    are furniture by their class names. `tables`: those with data, not the ones that make a layout.
    """

    def __init__(self, body: Any) -> None:
        from lxml import etree

        self.body = body
        self.tables: set[Any] = set()
        self.total = 0
        self.headed: set[Any] = set()  # elements with a first-level heading in them
        sizes: dict[Any, int] = {}
        articles: list[Any] = []
        mains: list[Any] = []
        classed: list[tuple[Any, str]] = []
        tables: list[_Table] = []
        inside = hidden = headings = 0
        starts: list[tuple[int, int]] = []
        for event, element in etree.iterwalk(body, events=("start", "end")):
            tag = element.tag
            is_article = tag == "article" or "articlebody" in (element.get("itemprop") or "").lower()
            if event == "start":
                starts.append((self.total, headings))
                hidden += tag in _UNSEEN
                headings += tag == "h1"
                if is_article:
                    articles += [] if inside else [element]
                    inside += 1
                if tag == "main" or element.get("role") == "main":
                    mains.append(element)
                if tag == "table":
                    if tables:
                        tables[-1].layout = True
                    tables.append(_Table())
                elif tables and tag in ("td", "th"):
                    tables[-1].cells += 1
                elif tables and tag in _HEADINGS:
                    tables[-1].layout = True
                self.total += 0 if hidden else len((element.text or "").strip())
                continue
            start, headings_before = starts.pop()
            sizes[element] = self.total - start
            if headings > headings_before:
                self.headed.add(element)
            if tables and tag in ("td", "th") and sizes[element] > _LONG_CELL:
                tables[-1].layout = True
            if tag == "table":
                table = tables.pop()
                if table.cells > 1 and not table.layout and element.get("role") not in ("presentation", "none"):
                    self.tables.add(element)
            if reason := class_reason(f"{element.get('class') or ''} {element.get('id') or ''}"):
                classed.append((element, reason))
            inside -= is_article
            hidden -= tag in _UNSEEN
            self.total += 0 if hidden else len((element.tail or "").strip())
        self.article = next(
            (found[0] for found in (articles, mains) if len(found) == 1 and sizes[found[0]] >= 0.3 * self.total), None
        )
        around = set() if self.article is None else {self.article, *self.article.iterancestors()}
        self.reasons = {
            element: reason
            for element, reason in classed
            if element not in around and element not in self.headed and sizes[element] < 0.4 * self.total
        }


@dataclass(slots=True)
class _Table:
    """A table under way: in the survey its number of cells, in the walk its place and open row spans."""

    number: int = -1
    cells: int = 0
    layout: bool = False
    row: int = -1
    column: int = 0
    spans: dict[int, int] = field(default_factory=dict)

    def next_row(self) -> None:
        self.row += 1
        self.column = 0
        self.spans = {column: left - 1 for column, left in self.spans.items() if left > 1}

    def next_cell(self, element: Any) -> Cell:
        self.row = max(self.row, 0)
        while self.column in self.spans:
            self.column += 1
        cell = Cell(self.number, self.row, self.column, header=element.tag == "th" and self.row == 0)
        width, height = _span(element.get("colspan")), _span(element.get("rowspan"))
        if height > 1:
            self.spans.update(dict.fromkeys(range(self.column, min(self.column + width, _MOST_COLUMNS)), height))
        self.column += width
        return cell


def _span(value: str | None) -> int:
    return max(1, int(value)) if value and value.isascii() and value.isdigit() and len(value) < 6 else 1


@dataclass(frozen=True, slots=True)
class _Context:
    """What the open elements make of the text in them."""

    kind: Kind = "paragraph"
    level: int = 0
    reason: str = ""
    cell: Cell | None = None
    lists: int = 0
    preformatted: bool = False
    link: bool = False


class _Walk:
    """The walk that collects text and cuts it where block elements begin and end."""

    def __init__(self, survey: _Survey) -> None:
        self.survey = survey
        self.pieces: list[str] = []
        self.blocks: list[Block] = []
        self.links: set[int] = set()
        self.contexts = [_Context(reason=_OUTSIDE if survey.article is not None else "")]
        self.tables: list[_Table] = []
        self.table_count = 0
        self.position = 0
        self.hidden = 0
        self.titled = False
        self.buffer: list[str] = []
        self.line = 0
        self.linked = self.unlinked = 0

    def run(self) -> None:
        from lxml import etree

        for event, element in etree.iterwalk(self.survey.body, events=("start", "end")):
            tag = element.tag
            if event == "start":
                if tag in _UNSEEN:
                    self.hidden += 1
                elif tag == "br":
                    self.buffer.append("\0")
                elif tag not in _INLINE:
                    self.boundary()
                self.contexts.append(self.enter(element, tag))
                self.add(element.text, element)
            else:
                if tag in ("td", "th") and self.contexts[-1].cell is not None:
                    self.flush()
                elif tag not in _INLINE and tag not in _UNSEEN and tag != "br":
                    self.boundary()
                self.contexts.pop()
                self.hidden -= tag in _UNSEEN
                if element in self.survey.tables:
                    self.tables.pop()
                self.add(element.tail, element)
        self.flush()

    def enter(self, element: Any, tag: str) -> _Context:
        context = self.contexts[-1]
        if element is self.survey.article:
            context = replace(context, reason="")
        reason = context.reason
        if reason in ("", _OUTSIDE):
            reason = self.reason(element, tag, context) or reason
        if tag == "h1" and reason == _OUTSIDE and self.survey.article not in self.survey.headed:
            reason = ""
        lists = context.lists + (tag in ("ul", "ol"))
        kind, level, cell = context.kind, context.level, context.cell
        if cell is None and tag in _KINDS:
            kind = _KINDS[tag]
            level = _HEADINGS.get(tag, max(1, lists) if kind == "item" else 0)
        if element in self.survey.tables:
            self.tables.append(_Table(self.table_count))
            self.table_count += 1
        elif self.tables and tag == "tr":
            self.tables[-1].next_row()
        elif self.tables and tag in ("td", "th") and cell is None:
            kind, level, cell = "cell", 0, self.tables[-1].next_cell(element)
        preformatted = context.preformatted or tag in ("pre", "listing", "xmp")
        return _Context(kind, level, reason, cell, lists, preformatted, context.link or tag == "a")

    def reason(self, element: Any, tag: str, context: _Context) -> str:
        if element in self.survey.reasons:
            return self.survey.reasons[element]
        if element.get("hidden") is not None or _HIDDEN.search((element.get("style") or "")[:2000]):
            return "hidden"
        if tag == "footer" and context.kind != "quote":
            return "page footer"
        if tag == "header" and self.survey.article is None and element not in self.survey.headed:
            return "navigation"
        return _FURNITURE.get(tag) or _ROLES.get((element.get("role") or "").lower(), "")

    def add(self, text: str | None, element: Any) -> None:
        if not text or self.hidden:
            return
        shown = len(text) - text.count(" ") if not text.isspace() else 0
        if shown and not (self.linked or self.unlinked):
            self.line = element.sourceline or 0
        if self.contexts[-1].link:
            self.linked += shown
        else:
            self.unlinked += shown
        self.buffer.append(text)

    def boundary(self) -> None:
        """The edge of a block element: the end of a block, but in a table cell only of a line."""
        if self.contexts[-1].cell is None:
            self.flush()
        else:
            self.buffer.append("\0")

    def flush(self) -> None:
        raw = "".join(self.buffer).translate(_BREAK_HINTS)
        context = self.contexts[-1]
        only_link = self.linked > 0 and not self.unlinked
        self.buffer, self.linked, self.unlinked = [], 0, 0
        if context.preformatted:
            lines = [raw.replace("\0", "\n").strip()]
        else:
            lines = [line for part in raw.split("\0") if (line := _folded(part))]
            lines = ["\n".join(lines)] if context.cell else paragraphs_of(lines)
        for line in lines:
            if line:
                self.emit(line, context, only_link)

    def emit(self, text: str, context: _Context, only_link: bool) -> None:
        if self.pieces:
            self.pieces.append("\n")
            self.position += 1
        start, end = self.position, self.position + len(text)
        kind = context.kind
        if context.reason:
            kind = "boilerplate"
        elif kind == "heading" and context.level == 1 and not self.titled:
            kind, self.titled = "title", True
        if only_link:
            self.links.add(len(self.blocks))
        self.blocks.append(
            Block(start, end, (start, end), kind, max(1, self.line), context.level, context.cell, context.reason)
        )
        self.pieces.append(text)
        self.position = end


def _folded(text: str) -> str:
    """The text with white space folded; a line broken between two Han characters has no space there."""
    text = text.strip()
    wide = _WIDE.match

    def space(match: re.Match[str]) -> str:
        broken = "\n" in match[0] and wide(text[match.start() - 1]) and wide(text[match.end()])
        return "" if broken else " "

    return _SPACE.sub(space, text)
