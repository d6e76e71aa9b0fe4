"""Text of unknown markup: plain or Markdown, with or without front matter."""

from __future__ import annotations

from pipeline.model import Block
from pipeline.read import frontmatter, markdown, text
from pipeline.read.draft import Draft


def draft(source: str, is_markdown: bool = False) -> Draft:
    """A plain text, or a Markdown one where it is said or seen to be one."""
    stated, start, line = frontmatter.split(source)
    is_markdown = is_markdown or markdown.recognised(source[start:])
    found = (markdown if is_markdown else text).blocks(source, start, line or 1)
    if line:
        found.insert(0, Block(0, start, (0, start), "boilerplate", 1, reason="front matter"))
    return Draft(source, tuple(found), stated, "markdown" if is_markdown else "plain")
