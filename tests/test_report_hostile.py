"""Sources that try to act: in none of the renderings do they change more than text."""

from __future__ import annotations

import io
import re
from dataclasses import fields, is_dataclass, replace
from typing import Any

import lxml.html
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from rich.console import Console
from story_fixture import large_story, story

from pipeline import report
from pipeline.language import Language
from pipeline.model import Claim, Story
from pipeline.report.build import anchor, safe_url

HOSTILE = (
    "'\"></script></style></title></template></textarea>--><script>window.pwned=1</script>"
    "<img src=x onerror=window.pwned=1><svg/onload=window.pwned=1><a href=javascript:window.pwned=1>x</a>"
    "<base href=//evil.example><meta http-equiv=refresh content=0;url=//evil.example>"
    "{{7*7}}${7*7}{%raw%}\u202eevil\u2066\u0000\x1b[31m\x1b]8;;http://evil.example\x07\x9b\u2028[red]x[/red] | `*_# ]]>"
)
URLS = (
    "javascript:window.pwned=1//http://x.example",
    "data:text/html,<script>window.pwned=1</script>",
    'https://x.example/"onmouseover="window.pwned=1',
    "//evil.example/",
)


def hostile(told: Story) -> Story:
    """The story with every text in it hostile, ids and all; only what is an enumeration stays."""

    def poisoned(value: Any) -> Any:
        if isinstance(value, str):
            return value + HOSTILE
        if isinstance(value, Language):
            return value
        if isinstance(value, Claim) and value.kind == "date":
            return replace(value, segment=poisoned(value.segment), text=poisoned(value.text))  # its value is not text
        if is_dataclass(value) and not isinstance(value, type):
            kept = {"kind", "verdict", "pivot_origin", "relation", "markup", "date", "inferred", "url", "sha256"}
            names = [field.name for field in fields(value) if field.name not in kept]
            return replace(value, **{name: poisoned(getattr(value, name)) for name in names})
        if isinstance(value, tuple):
            return tuple(poisoned(item) for item in value)
        if isinstance(value, dict):
            return {poisoned(key): poisoned(item) for key, item in value.items()}
        return value

    made = poisoned(told)
    assert isinstance(made, Story)
    documents = (
        replace(document, source=replace(document.source, url=url)) for document, url in zip(made.documents, URLS)
    )
    return replace(made, documents=tuple(documents))


def test_a_hostile_source_adds_no_element_and_no_attribute() -> None:
    def shape(told: Story) -> list[tuple[Any, list[str]]]:
        made = lxml.html.document_fromstring(report.html(told))
        return [
            (element.tag, sorted(set(element.keys()) - {"href"}))
            for element in made.iter()
            if isinstance(element.tag, str) and element.tag not in ("mark", "span", "bdi", "a", "p")
        ]

    plain = replace(story(), claims=(), comparisons=())
    assert shape(hostile(plain)) == shape(plain)
    made = report.html(hostile(story()))
    assert "\x1b" not in made and "\u202e" not in made and "\x00" not in made
    tree = lxml.html.document_fromstring(made)
    assert len(tree.cssselect("script")) == 2
    assert not tree.cssselect("img, iframe, object, embed, base, link, [style]")
    assert not [name for element in tree.iter() for name in map(str, element.attrib) if name.startswith("on")]
    for link in tree.cssselect("a[href]"):
        assert link.get("href").startswith(("#", "https://"))


def test_a_hostile_source_does_not_change_the_markdown() -> None:
    def shape(told: Story) -> list[tuple[str, list[str]]]:
        tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(report.markdown(told))
        kinds = ("text", "text_special", "softbreak")
        return [(t.type, [c.type for c in t.children or () if c.type not in kinds]) for t in tokens]

    assert shape(hostile(story())) == shape(story())


def test_nothing_from_a_source_acts_on_the_terminal() -> None:
    paper = io.StringIO()
    report.terminal(hostile(story()), Console(file=paper, width=160, force_terminal=True, color_system="standard"))
    ours = re.sub(r"\x1b\[[0-9;]*m", "", paper.getvalue())
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e\u2066\u2028]", ours)
    assert "[red]x[/red]" in ours  # brackets are text, no markup


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://x.example/a?b=1&c", True),
        ("http://x.example", True),
        ("HTTPS://x.example", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("javascript://x.example/%0aalert(1)", False),
        ("ftp://x.example/", False),
        ("//x.example", False),
        ("https:", False),
        ("https://x.example/\u202etxt", False),
        ("https://x.example/a b", False),
        ("java\nscript:x", False),
        ("http://[x", False),
        ("", False),
    ],
)
def test_only_web_addresses_become_links(url: str, safe: bool) -> None:
    assert safe_url(url) == (url if safe else "")


@given(st.text(max_size=8), st.text(max_size=8))
@settings(derandomize=True, max_examples=300, deadline=None)
def test_anchors_of_different_ids_differ(a: str, b: str) -> None:
    # A colon stands for the one between source and number, and becomes a hyphen to be readable in an address.
    if a.replace(":", "-") != b.replace(":", "-"):
        assert anchor("s-", a) != anchor("s-", b)


@pytest.mark.parametrize("told", [story(), hostile(story()), large_story(12, 120)], ids=["plain", "hostile", "large"])
def test_every_id_is_there_once_and_every_link_leads_somewhere(told: Story) -> None:
    made = lxml.html.document_fromstring(report.html(told))
    ids = [element.get("id") for element in made.cssselect("[id]")]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]+", one) for one in ids)
    targets = {link.get("href") for link in made.cssselect("a[href]")}
    assert {target[1:] for target in targets if target.startswith("#")} <= set(ids)
