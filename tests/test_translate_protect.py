"""Spans that a translation must not change."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.translate.protect import Span, joined, merged, protect, spans

FOUND = [
    ("siehe https://x.org/a_b?c=1&d=2.", ["https://x.org/a_b?c=1&d=2"]),
    ("（https://x.org/新闻）看https://y.org/a，很好", ["https://x.org/", "https://y.org/a"]),
    ("siehe https://de.wikipedia.org/wiki/Brücke_(Bauwerk)", ["https://de.wikipedia.org/wiki/Brücke_(Bauwerk)"]),
    ("www.example.org und mailto:a.b+c@example.co.uk", ["www.example.org", "a.b+c@example.co.uk"]),
    ("@some_user schreibt an @b2 #Thema1 #1", ["@some_user", "@b2", "#Thema1"]),
    ("(siehe https://x.org/a).", ["https://x.org/a"]),
    ("联系@some_user或者a_b@x.org", ["@some_user", "a_b@x.org"]),
    ("die Funktion `f(x)` und snake_case, __init__ und a_", ["`f(x)`", "snake_case", "__init__", "a_"]),
    ("<b>fett</b> &amp; x < y", ["<b>", "</b>", "&amp;"]),
    ("Start 🚀🚀 👩‍👩‍👧 🇩🇪 ok", ["🚀🚀", "👩‍👩‍👧", "🇩🇪"]),
    ("5 * 3 = 15, 20% (a) [b]", []),
    ("Preis: 5 @ 3 Euro, #", []),
]


@pytest.mark.parametrize(("text", "found"), FOUND)
def test_what_is_protected(text: str, found: list[str]) -> None:
    assert [span.shown for span in spans(text)] == found
    assert all(text[span.start : span.end] == span.shown for span in spans(text))


def parts(text: str, **options: bool) -> list[str]:
    return [f"[{p.text}]" if p.translate else p.text for p in protect(text, spans(text), **options).parts]


def test_urls_and_emoji_at_the_ends_are_cut_off() -> None:
    assert parts("🚀 Der Zug fährt https://x.org 🚀.") == ["🚀", "[Der Zug fährt]", "https://x.org", "🚀", "."]


def test_inside_a_sentence_a_placeholder_stands() -> None:
    made = protect(text := "Der Zug von @a_b fährt, siehe https://x.org heute", spans(text))
    assert [part.text for part in made.parts] == ["Der Zug von XQ1 fährt, siehe XQ2 heute"]
    assert made.restored("today XQ2, XQ1") == "today https://x.org, @a_b"
    assert not made.missing("today XQ2, XQ1")
    assert made.missing("today XQ2")
    assert made.missing("today XQ2 XQ1 XQ1")


def test_a_placeholder_never_looks_like_the_text() -> None:
    made = protect(text := "XQ1 und @a_b sind da", spans(text))
    assert made.slots == (("QX1", "@a_b"),)


def test_split_leaves_nothing_to_the_model() -> None:
    assert parts("Der Zug von @a_b fährt", split=True) == ["[Der Zug von]", "@a_b", "[fährt]"]


def test_names_go_into_the_text() -> None:
    found = [Span(2, 5, "Elon Musk", "name")]
    assert protect("今天马斯克说", found).parts[0].text == "今天 Elon Musk 说"
    assert protect("今天马斯克说", found, hide_names=True).parts[0].text == "今天 XQ1 说"


def test_of_two_lists_the_first_wins() -> None:
    first = [Span(0, 4, "a", "url"), Span(8, 9, "b", "url")]
    second = [Span(2, 6, "c", "name"), Span(5, 7, "d", "name"), Span(8, 12, "e", "name")]
    assert [span.shown for span in merged(first, second)] == ["a", "d", "b"]


def test_pieces_are_joined_as_english_is_written() -> None:
    assert joined(["The train", ", see", "(", "https://x.org", ")", "", "."]) == "The train, see (https://x.org)."


TEXT = st.text(alphabet="ab @_.:/<>`#&;🚀中，XQ1\n", max_size=60)


@settings(derandomize=True)
@given(TEXT, st.booleans())
def test_nothing_is_lost(text: str, split: bool) -> None:
    found = spans(text)
    made = protect(text, found, split=split)
    again = made.restored(" ".join(part.text for part in made.parts))
    assert "".join(again.split()) == "".join(text.split())


@pytest.mark.parametrize(
    "piece", ["a", "a.", "a@", "@", "_", "a_", "<", "<a", "`", "`a", "#", "&", "🚀", "http://", "www."]
)
def test_hostile_text_takes_linear_time(piece: str) -> None:
    text = piece * 50_000
    start = time.perf_counter()
    protect(text, spans(text)[:100])
    assert time.perf_counter() - start < 5
