"""The HTML report: templates filled in, with their style and scripts inlined under a strict policy."""

from __future__ import annotations

import base64
import functools
import hashlib
from importlib.resources import files
from typing import Any

from markupsafe import Markup

from pipeline.model import Story
from pipeline.report import wording
from pipeline.report.build import build
from pipeline.report.text import neutral, shorten

_TEMPLATES = files("pipeline.report") / "templates"
WIDEST = 8  # outlets that stand side by side; with more, a topic's cells are cards


def render(story: Story) -> str:
    """One HTML file. The same story gives the same bytes."""
    style, early, script = (_asset(name) for name in ("report.css", "early.js", "report.js"))
    policy = (
        f"default-src 'none'; style-src {_hashed(style)}; script-src {_hashed(early)} {_hashed(script)}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    return str(
        _environment()
        .get_template("report.html")
        .render(page=build(story), style=style, early=early, script=script, policy=policy, widest=WIDEST)
    )


@functools.cache
def _environment() -> Any:
    """The templates; to compile them takes longer than to fill them in, so that is done once in a process."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("pipeline.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        finalize=_finalize,
    )
    environment.filters.update(
        counted=wording.counted, percent=wording.percent, shown_date=wording.shown_date, shorten=shorten
    )
    environment.globals.update(kinds=wording.KINDS)
    return environment


def _finalize(value: object) -> object:
    """All that a template prints, unless it is markup of ours, loses its power over the page."""
    return value if isinstance(value, (Markup, int, float)) else neutral(str(value))


def _asset(name: str) -> Markup:
    return Markup((_TEMPLATES / name).read_text(encoding="utf-8"))


def _hashed(content: str) -> str:
    """The source expression of an inline style or script (Content Security Policy Level 3, section 6.7.3.3)."""
    digest = hashlib.sha256(content.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"
