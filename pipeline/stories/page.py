"""The page over all stories: one HTML file for a thousand stories of several articles, the latest first."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.language import Language
from pipeline.report import wording
from pipeline.stories.state import Total

PER_PAGE = 1000
MARK = '<meta name="generator" content="Parallax stories">'  # what tells a page of ours


def name(number: int) -> str:
    """The file of a page, from 1."""
    return "index.html" if number == 1 else f"index-{number}.html"


def render(
    entries: Sequence[Mapping[str, Any]], number: int, pages: int, total: Total, notes: Sequence[str] = ()
) -> str:
    """Page `number` of `pages`, with these entries of stories.jsonl. The same entries give the same bytes."""
    from jinja2 import ChoiceLoader, PackageLoader

    from pipeline.report import as_html

    report = as_html.environment()
    loader = ChoiceLoader([PackageLoader("pipeline.stories"), PackageLoader("pipeline.report")])
    environment = report.overlay(loader=loader)
    environment.filters.update(date_range=wording.date_range, language=lambda tag: Language.parse(tag).name)
    style = as_html.asset("report.css") + as_html.asset("stories.css", "pipeline.stories")
    early, script = as_html.asset("early.js"), as_html.asset("stories.js", "pipeline.stories")
    return environment.get_template("stories.html").render(
        stories=entries,
        number=number,
        pages=pages,
        total=total,
        notes=notes,
        name=name,
        style=style,
        early=early,
        script=script,
        policy=as_html.policy([style], [early, script]),
    )


def redirect(identifier: str) -> bytes:
    """What stands in the place of the report of a story that another took in."""
    target = html.escape(f"../{identifier}/report.html")
    return (
        '<!DOCTYPE html>\n<html lang="en"><meta charset="utf-8">'
        f'<meta http-equiv="refresh" content="0; url={target}">'
        f'<title>Moved</title><p>This story is now part of <a href="{target}">another</a>.</p></html>\n'
    ).encode()
