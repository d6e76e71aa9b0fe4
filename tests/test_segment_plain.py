"""What a reader sees of a text."""

from __future__ import annotations

import itertools
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.segment.plain import Markup, labels, plain, visible


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("**bold** and *italic* and ***both***", "bold and italic and both"),
        ("__bold__ and _italic_", "bold and italic"),
        ("~~gone~~ but ~ 5 km", "gone but ~ 5 km"),
        ('a [link](https://x.example/a_b_(c) "title") here', "a link here"),
        ("an ![old mill](mill_1_.png) here", "an old mill here"),
        ("[![logo](l.png)](https://x.example) name", "logo name"),
        ("`code` and ``a `b` c``", "code and a `b` c"),
        ('<b>bold</b> and <a href="https://x.example/_a_">link</a>', "bold and link"),
        ("one<br>two<br/>three", "one two three"),
        ("seen <!-- not seen --> seen", "seen seen"),
        ("<https://x.example/_a_> and <me@x.example>", "https://x.example/_a_ and me@x.example"),
        (r"\*no\* \_markup\_ 5 \| 6", "*no* _markup_ 5 | 6"),
        ("AT&amp;T, 5&nbsp;km, &#8222;so&#8220;, &nosuch; & more", "AT&T, 5 km, „so“, &nosuch; & more"),
        ("snake_case_names and 2*3*4 and a * b * c", "snake_case_names and 2*3*4 and a * b * c"),
        ("https://x.example/_a_/b_c_d and www.x.example/_b_", "https://x.example/_a_/b_c_d and www.x.example/_b_"),
        ("**https://x.example/a**", "https://x.example/a"),
        ("a**b**c and 2**3**4", "abc and 2**3**4"),
        ("**open and *closed*", "**open and closed"),
        ("known[1][2] and [3]", "known[1][2] and [3]"),
        ("**强调（abc）**文字**再次**。", "强调（abc）文字再次。"),
        ("**名字**：“话。”", "名字：“话。”"),
        ("a < b and c > d", "a < b and c > d"),
        ("unclosed `code and [link](", "unclosed `code and [link]("),
    ],
)
def test_markdown(source: str, shown: str) -> None:
    assert plain(source, "markdown") == shown


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("hard\nwrapped   text\t here ", "hard wrapped text here"),
        ("quoted\n> text\n>> twice", "quoted text twice"),
        ("硬\n换行，\n> 引用", "硬换行，引用"),
        ("汉字\nLatin 汉 字", "汉字 Latin 汉 字"),
        ("soft\u00adhyphen and\u200b zero\x0c\x1f", "softhyphen and zero"),
        ("first\n\nsecond\n>\n> third", "first second third"),
        ("**as it is** [a](b) &amp;", "**as it is** [a](b) &amp;"),
        (" \n ", ""),
    ],
)
def test_plain_text(source: str, shown: str) -> None:
    assert plain(source) == shown


def test_reference_links_need_a_definition() -> None:
    page = "See [the mill][Mill], [mill][] and [mill], but [this][that].\n\n[MILL]: https://x.example\n"
    defined = labels(page)
    assert defined == {"mill"}
    line = page.splitlines()[0]
    assert visible(line, "markdown", defined).text == "See the mill, mill and mill, but [this][that]."


def test_offsets_lead_back_to_the_source() -> None:
    source = "**One** [two](x)\n> thr\\*ee &amp; four"
    page = visible(source, "markdown")
    assert page.text == "One two thr*ee & four"
    spans = {
        word: source[page.starts[at] : page.ends[at + len(word) - 1]]
        for word in page.text.split()
        for at in [page.text.index(word)]
    }
    assert spans == {"One": "**One**", "two": "[two](x)", "thr*ee": "thr\\*ee", "&": "&amp;", "four": "four"}


PIECES = st.lists(
    st.sampled_from(
        [
            *" \n\t*_~`[]()<>!\\&;>#ab1汉。！",
            "\u00ad",
            "**",
            "](x)",
            "<b>",
            "</b>",
            "&amp;",
            "https://x.de/",
            "<!--",
            "-->",
        ]
    ),
    max_size=40,
).map("".join)


@settings(max_examples=300, derandomize=True, deadline=None)
@given(PIECES, st.sampled_from(["plain", "markdown"]))
def test_any_text(source: str, markup: Markup) -> None:
    page = visible(source, markup, frozenset({"a"}))
    assert len(page.text) == len(page.starts) == len(page.ends)
    places = [(s, e) for s, e, shown in zip(page.starts, page.ends, page.text) if not shown.isspace()]
    assert all(0 <= s < e <= len(source) for s, e in places)
    assert all(a == b or a[1] <= b[0] for a, b in itertools.combinations(places, 2))
    assert page.text == page.text.strip()


@settings(max_examples=300, derandomize=True, deadline=None)
@given(PIECES)
def test_plain_text_loses_nothing(source: str) -> None:
    page = visible(source)
    shown = "".join(page.text.split())
    assert shown == "".join(source.replace("\u00ad", "").split()) or "\n" in source


@pytest.mark.parametrize(
    "piece",
    ["*a", "**a ", "_", "`", "` ", "[", "[a](", "](", '](a "', "<a", "<a ", "<!--", "<!-- -", "&a", "https://", "www._",
     "\n>", " \n", "\\", "\n[a]:", "a\n", "[a][", "~~a", "\u00ad"],
)  # fmt: skip
def test_linear_time(piece: str) -> None:
    """Twenty times the text takes about twenty times the time, with room for noise; not 400 times."""

    def seconds(length: int) -> float:
        source = piece * (length // len(piece))
        labels(source)
        best = float("inf")
        for _ in range(2):
            start = time.process_time()
            labels(source)
            visible(source, "markdown", frozenset({"b"}))
            best = min(best, time.process_time() - start)
        return best

    assert seconds(20_000) < 120 * max(seconds(1_000), 0.001)
