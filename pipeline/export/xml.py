"""What the XML formats share. All XML is made by lxml; none is pasted together from strings."""

from __future__ import annotations

from typing import Any

from lxml import etree

LANG = "{http://www.w3.org/XML/1998/namespace}lang"
SPACE = "{http://www.w3.org/XML/1998/namespace}space"


def add(parent: Any, tag: str, text: str | None = None, attributes: dict[str, str] | None = None) -> Any:
    """A new last child, in the namespace of its parent unless `tag` names one."""
    namespace = etree.QName(parent).namespace
    name = tag if namespace is None or tag.startswith("{") else f"{{{namespace}}}{tag}"
    element = etree.SubElement(parent, name, attributes or {})
    element.text = text
    return element


def document(root: Any) -> bytes:
    """The file: UTF-8, indented between elements, text as it is."""
    content: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)
    return content
