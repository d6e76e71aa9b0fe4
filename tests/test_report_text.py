"""What is printed of a source: harmless signs, dates, values, and the places of claims."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from pipeline.model import Claim, Segment
from pipeline.report import text, wording
from pipeline.report.marks import marked, marked_translation

EVERY = settings(derandomize=True, max_examples=300, deadline=None)
ANY_TEXT = st.text(st.characters(), max_size=60) | st.text(
    "ab1 .-+=#*_`[]()<>|~&;:/@$\\\n\t!{}^\u202e\x1b\x85", max_size=30
)


@given(ANY_TEXT)
@EVERY
def test_neutral_text_keeps_its_length_and_holds_no_control_character(sample: str) -> None:
    shown = text.neutral(sample)
    assert len(shown) == len(sample)
    shown.encode("utf-8")  # no lone surrogate is left
    for before, after in zip(sample, shown):
        if after not in "\t\n":
            assert unicodedata.category(after) not in ("Cc", "Cs", "Zl", "Zp")
            assert unicodedata.bidirectional(after) not in (
                "LRE",
                "RLE",
                "LRO",
                "RLO",
                "PDF",
                "LRI",
                "RLI",
                "FSI",
                "PDI",
            )
        if before.isprintable():
            assert before == after


def test_control_characters_are_shown_as_signs() -> None:
    assert text.neutral("\x1b[31m\x00\x7f\x9b\u202e\u2069\ud800") == "␛[31m␀␡\ufffd\ufffd\ufffd\ufffd"
    assert text.neutral("שלום\u200f, Welt") == "שלום\u200f, Welt"


@given(ANY_TEXT)
@EVERY
def test_markdown_shows_the_text_and_nothing_else(sample: str) -> None:
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    for line in (f"- {text.markdown(sample)}", f"# {text.markdown(sample)}", f"- **x** {text.markdown(sample)} (y)"):
        tokens = parser.parse(line)
        assert [token.type for token in tokens if token.nesting == 1] in (
            ["bullet_list_open", "list_item_open", "paragraph_open"],
            ["bullet_list_open", "list_item_open"],
            ["heading_open"],
        )
        inline = [token for token in tokens if token.type == "inline"]
        shown = "".join(child.content for token in inline for child in token.children or ())
        strong = [child.type for token in inline for child in token.children or () if child.nesting]
        assert strong in ([], ["strong_open", "strong_close"])
        expected = text.one_line(sample)
        assert shown == (f"x {expected} (y)" if "**" in line[:5] else expected)


@pytest.mark.parametrize(
    ("sample", "expected"),
    [
        ("1. Juni", r"1\. Juni"),
        ("2025) ja", r"2025\) ja"),
        ("- nein", r"\- nein"),
        ("12.000 | 3", r"12.000 \| 3"),
        ("a_b *c*", r"a\_b \*c\*"),
        ("https://x.example", r"https\://x.example"),
        ("WWW.x.example", r"WWW\.x.example"),
        ("R&D, &lt; und AT & T", r"R\&D, \&lt; und AT & T"),
        ("um 12:30 :smile:", r"um 12:30 \:smile:"),
        ("zwei\nZeilen\t hier", "zwei Zeilen hier"),
    ],
)
def test_markdown_escapes_what_means_something(sample: str, expected: str) -> None:
    assert text.markdown(sample) == expected


@pytest.mark.parametrize(
    ("sample", "width", "expected"),
    [
        ("Küstenblatt", 11, "Küstenblatt"),
        ("Küstenblatt", 7, "Küsten…"),
        ("港灣時報", 8, "港灣時報"),
        ("港灣時報", 6, "港灣…"),
    ],
)
def test_shorten_counts_columns(sample: str, width: int, expected: str) -> None:
    assert text.shorten(sample, width) == expected
    assert text.display_width(text.shorten(sample, width)) <= width


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        ([], ""),
        (["", "not a date"], ""),
        (["2026-02-12"], "12 Feb 2026"),
        (["2026-02-13", "", "2026-02-12"], "12–13 Feb 2026"),
        (["2026-02-02", "2026-01-30"], "30 Jan – 2 Feb 2026"),
        (["2025-12-31", "2026-01-01"], "31 Dec 2025 – 1 Jan 2026"),
    ],
)
def test_date_range(dates: list[str], expected: str) -> None:
    assert wording.date_range(dates).replace("\N{NO-BREAK SPACE}", " ") == expected


def _number(low: float, high: float, unit: str = "") -> Claim:
    return Claim("s:1", "number", 0, 1, "x", "value", unit, low, high)


def _segment(words: str, plain: str, pivot: str | None = None, start: int = 0) -> Segment:
    return Segment("s:1", "s", 1, start, start + len(words), words, plain, "paragraph", 0, 1, pivot=pivot)


def _claim(words: str, part: str, nth: int = 0, start: int = 0, kind: str = "number", value: str = "") -> Claim:
    at = -1
    for _ in range(nth + 1):
        at = words.index(part, at + 1)
    return Claim("s:1", kind, start + at, start + at + len(part), part, value)  # type: ignore[arg-type]


def test_a_claim_is_found_behind_markup_and_folded_white_space() -> None:
    words, plain = "Am **3.\n  Mai** kamen [12](http://x/12) von 12.", "Am 3. Mai kamen 12 von 12."
    claims = [
        _claim(words, "3.\n  Mai", start=40),
        _claim(words, "12", nth=2, start=40),
    ]
    pieces = marked(_segment(words, plain, start=40), claims, lambda claim: False)
    assert [(piece.text, piece.claim is not None) for piece in pieces] == [
        ("Am ", False),
        ("3. Mai", True),
        (" kamen 12 von ", False),
        ("12", True),
        (".", False),
    ]


def test_a_claim_whose_words_are_nowhere_marks_nothing() -> None:
    pieces = marked(_segment("5 %", "fünf Prozent"), [_claim("5 %", "5 %")], lambda claim: True)
    assert [piece.claim for piece in pieces] == [None]


def test_a_claim_that_differs_goes_before_one_that_does_not() -> None:
    words = "vier der 40 Leute"
    wide, narrow = _claim(words, "40 Leute"), _claim(words, "40")
    assert [p.claim for p in marked(_segment(words, words), [wide, narrow], lambda c: c is wide) if p.claim] == [wide]
    assert [p.claim for p in marked(_segment(words, words), [wide, narrow], lambda c: c is narrow) if p.claim] == [
        narrow
    ]


@given(st.text("ab 1", max_size=20), st.lists(st.tuples(st.integers(0, 20), st.integers(0, 6)), max_size=6))
@EVERY
def test_pieces_put_together_are_the_text(words: str, spans: list[tuple[int, int]]) -> None:
    claims = [
        Claim("s:1", "number", a, min(a + n, len(words)), words[a : a + n], "") for a, n in spans if a <= len(words)
    ]
    pieces = marked(_segment(words, words), claims, lambda claim: claim.start % 2 == 0)
    assert "".join(piece.text for piece in pieces) == words


@pytest.mark.parametrize(
    ("claim", "pivot", "expected"),
    [
        (_number(38e6, 38e6, "EUR"), "It cost 38 million euros.", "38 million"),
        (_number(412, 412, "m"), "It is 1,412 or 412.5 or 412 metres.", "412"),
        (_number(12000, 12000), "Some 12,000 came.", "12,000"),
        (_number(3, 3), "Of 3 hundred.", None),
        (Claim("s:1", "date", 0, 1, "1. Juni", "2025-06-01"), "Ferries sail on 1 June 2025.", "1 June 2025"),
        (Claim("s:1", "date", 0, 1, "1. Juni", "2025-06-01"), "Ferries sail on June 1.", "June 1"),
        (Claim("s:1", "date", 0, 1, "1. Juni", "2025-06-01"), "Ferries sail on June 12.", None),
        (Claim("s:1", "name", 0, 1, "沙港", "Sandhaven"), "Sandhavener meet in Sandhaven.", "Sandhaven"),
    ],
)
def test_claims_in_the_translation(claim: Claim, pivot: str, expected: str | None) -> None:
    pieces = marked_translation(_segment("x", "x", pivot), [claim], lambda claim: False)
    assert [piece.text for piece in pieces if piece.claim] == ([expected] if expected else [])
    if expected == "Sandhaven":
        assert pieces[0].text == "Sandhavener meet in "


def test_marking_a_very_long_sentence_takes_no_time() -> None:
    words = "1 " * 50_000
    claims = [Claim("s:1", "number", 2 * n, 2 * n + 1, "1", "1", low=1, high=1) for n in range(50_000)]
    assert len(marked(_segment(words, words), claims, lambda claim: False)) == 100_000
