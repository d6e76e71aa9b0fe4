"""The HTML report: templates filled in, with their style and scripts inlined under a strict policy."""

from __future__ import annotations

import base64
import functools
import hashlib
from collections.abc import Sequence
from importlib.resources import files
from typing import TYPE_CHECKING

from markupsafe import Markup

from pipeline.model import Story
from pipeline.report import wording
from pipeline.report.build import build
from pipeline.report.text import neutral, shorten

if TYPE_CHECKING:
    from jinja2 import Environment

WIDEST = 8  # outlets that stand side by side; with more, a topic's cells are cards


def render(story: Story) -> str:
    """One HTML file. The same story gives the same bytes."""
    style, early, script = (asset(name) for name in ("report.css", "early.js", "report.js"))
    template = environment().get_template("report.html")
    return template.render(
        page=build(story),
        style=style,
        early=early,
        script=script,
        policy=policy([style], [early, script]),
        widest=WIDEST,
    )


@functools.cache
def environment() -> Environment:
    """Templates in which all that is printed is escaped and harmless.

    To compile them takes longer than to fill them in, so that is done once in a process.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    made = Environment(
        loader=PackageLoader("pipeline.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        finalize=_finalize,
    )
    made.filters.update(
        counted=wording.counted, percent=wording.percent, shown_date=wording.shown_date, shorten=shorten
    )
    made.globals.update(kinds=wording.KINDS)
    return made


def policy(styles: Sequence[str], scripts: Sequence[str]) -> str:
    """A content security policy that lets a page do nothing but with these inline styles and scripts."""
    return (
        f"default-src 'none'; style-src {' '.join(map(_hashed, styles))}; "
        f"script-src {' '.join(map(_hashed, scripts))}; img-src data:; base-uri 'none'; form-action 'none'"
    )


def _finalize(value: object) -> object:
    """All that a template prints, unless it is markup of ours, loses its power over the page."""
    return value if isinstance(value, (Markup, int, float)) else neutral(str(value))


def asset(name: str, package: str = "pipeline.report") -> Markup:
    """A file among the templates of a package, as it is."""
    return Markup((files(package) / "templates" / name).read_text(encoding="utf-8"))


def _hashed(content: str) -> str:
    """The source expression of an inline style or script (Content Security Policy Level 3, section 6.7.3.3)."""
    digest = hashlib.sha256(content.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"
