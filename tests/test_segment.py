"""Segmenting documents and running text."""

from __future__ import annotations

import time
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.language import UNDETERMINED, Language
from pipeline.model import Block, Document, Kind, Segment, Source
from pipeline.segment import segment, split

GERMAN, ENGLISH, HANS = Language("de"), Language("en"), Language("zh", "Hans")


def document(
    text: str,
    *blocks: Block,
    language: Language = GERMAN,
    markup: Literal["plain", "markdown"] = "markdown",
    unit: str = "line",
) -> Document:
    source = Source("a", "a.md", "A", language, "", "", "", "", line_unit=unit)
    return Document(source, text, blocks or (Block(0, len(text), (0, len(text)), "paragraph", 1),), markup)


def block(text: str, part: str, kind: Kind = "paragraph", mark: str = "", **fields: object) -> Block:
    """The block of `part` in `text`; `mark` stands before its content."""
    start = text.index(mark + part)
    end = start + len(mark + part)
    line = text.count("\n", 0, start) + 1
    return Block(start, end, (start + len(mark), end), kind, line, **fields)  # type: ignore[arg-type]


def shown(segments: list[Segment]) -> list[str]:
    return [segment.plain for segment in segments]


def test_fields() -> None:
    text = "# Titel\n\nErster Satz. Zweiter\nSatz. Dritter.\n\nWerbung | Impressum\n"
    segments = segment(
        document(
            text,
            block(text, "Titel", "heading", "# ", level=1),
            block(text, "Erster Satz. Zweiter\nSatz. Dritter."),
            block(text, "Werbung | Impressum", "boilerplate", reason="links"),
        )
    )
    assert [s.id for s in segments] == ["a:1", "a:2", "a:3", "a:4", "a:5"]
    assert [s.number for s in segments] == [1, 2, 3, 4, 5]
    assert [s.text for s in segments] == ["Titel", "Erster Satz.", "Zweiter\nSatz.", "Dritter.", "Werbung | Impressum"]
    assert shown(segments) == ["Titel", "Erster Satz.", "Zweiter Satz.", "Dritter.", "Werbung | Impressum"]
    assert [s.kind for s in segments] == ["heading", *["paragraph"] * 3, "boilerplate"]
    assert [s.block for s in segments] == [0, 1, 1, 1, 2]
    assert [s.line for s in segments] == [1, 3, 3, 4, 6]
    assert [s.reason for s in segments] == ["", "", "", "", "links"]
    assert {s.source for s in segments} == {"a"}
    assert all(text[s.start : s.end] == s.text for s in segments)
    assert all((s.normal, s.pivot, s.pivot_origin) == ("", None, "none") for s in segments)


def test_lines_that_are_paragraphs_or_records_are_not_counted() -> None:
    text = "Eins.\nZwei."
    assert [s.line for s in segment(document(text, unit="paragraph"))] == [1, 1]


def test_boilerplate_and_code_stay_whole() -> None:
    text = "Teilen. Drucken. Melden.\n\nx = a. B()\n y = 1"
    segments = segment(
        document(
            text, block(text, "Teilen. Drucken. Melden.", "boilerplate"), block(text, "x = a. B()\n y = 1", "code")
        )
    )
    assert shown(segments) == ["Teilen. Drucken. Melden.", "x = a. B() y = 1"]


def test_markup_neither_makes_nor_hides_an_end() -> None:
    text = "**Neu.** Das [Werk (Ulm)](https://x.example/a.B) steht. *Es läuft.* ![Bild](b.png) `a.B` bleibt\\. Ende."
    segments = segment(document(text))
    assert shown(segments) == ["Neu.", "Das Werk (Ulm) steht.", "Es läuft.", "Bild a.B bleibt.", "Ende."]
    assert [s.text for s in segments] == [
        "**Neu.**",
        "Das [Werk (Ulm)](https://x.example/a.B) steht.",
        "*Es läuft.*",
        "![Bild](b.png) `a.B` bleibt\\.",
        "Ende.",
    ]


def test_a_link_over_two_sentences_is_cut_with_its_text() -> None:
    segments = segment(document("[Eins. Zwei.](x) Drei."))
    assert [s.text for s in segments] == ["[Eins.", "Zwei.](x)", "Drei."]
    assert shown(segments) == ["Eins.", "Zwei.", "Drei."]


def test_markup_is_text_in_a_plain_document() -> None:
    segments = segment(document("Er schrieb *das*. Und _das_.", markup="plain"))
    assert shown(segments) == ["Er schrieb *das*.", "Und _das_."]


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        (
            "**Ohm**: „Das Werk ist das größte des Landes und wächst weiter, auch wenn das manche bis heute nicht\n"
            "> wahrhaben wollen. Wir bauen dort im Sommer neu, und im Winter bauen wir noch einmal neu, so viel ist\n"
            "> sicher. Das habe ich versprochen.“",
            GERMAN,
            [
                "Ohm: „Das Werk ist das größte des Landes und wächst weiter, auch wenn das manche bis heute nicht "
                "wahrhaben wollen.",
                "Wir bauen dort im Sommer neu, und im Winter bauen wir noch einmal neu, so viel ist sicher.",
                "Das habe ich versprochen.“",
            ],
        ),
        (
            '**张经理**："速度最重要，其他的事情都可以\n> 等。文件不重要，会议也不重要，做事就行。"',
            HANS,
            ['张经理："速度最重要，其他的事情都可以等。', '文件不重要，会议也不重要，做事就行。"'],
        ),
        ("**张经理**：\n>\n> “好。”", HANS, ["张经理： “好。”"]),
        ('John M.: "We stay." Then he left.', ENGLISH, ['John M.: "We stay."', "Then he left."]),
    ],
)
def test_the_speaker_stays_with_the_first_sentence(text: str, language: Language, expected: list[str]) -> None:
    quote = "> " + text
    segments = segment(document(quote, block(quote, text, "quote", "> "), language=language))
    assert shown(segments) == expected


@pytest.mark.parametrize("kind", ["item", "cell", "heading", "title"])
def test_a_label_stays_with_what_it_labels(kind: Kind) -> None:
    text = "**Phase 2.** Der Bau beginnt. Er dauert lange."
    segments = segment(document(text, block(text, text, kind)))
    assert shown(segments) == ["Phase 2. Der Bau beginnt.", "Er dauert lange."]


def test_a_short_sentence_of_a_paragraph_is_no_label() -> None:
    assert shown(segment(document("Kein Wunder. Der Bau stockt."))) == ["Kein Wunder.", "Der Bau stockt."]


def test_a_question_in_an_item_is_no_label() -> None:
    text = "聪明？能解决问题。"
    assert shown(segment(document(text, block(text, text, "item"), language=HANS))) == ["聪明？", "能解决问题。"]


def test_text_without_words() -> None:
    assert shown(segment(document("– Erster Satz. – – Zweiter Satz. ***"))) == [
        "– Erster Satz.",
        "– – Zweiter Satz. ***",
    ]
    assert shown(segment(document("* * *"))) == ["* * *"]
    assert [s.text for s in segment(document("![](a.png)"))] == ["![](a.png)"]


def test_blank_blocks() -> None:
    text = "#\n\n \n"
    hash_only, blank = Block(0, 1, (1, 1), "heading", 1), Block(3, 4, (3, 4), "paragraph", 3)
    assert [s.text for s in segment(document(text, hash_only, blank))] == ["#"]
    assert segment(document("")) == []


def test_an_unknown_language_has_the_shared_rules() -> None:
    text = "Abc def. Ghi jkl! Mno 3.5 p. 4? 中文。好。"
    assert [text[a:b] for a, b in split(text, UNDETERMINED)] == [
        "Abc def.",
        "Ghi jkl!",
        "Mno 3.5 p. 4?",
        "中文。",
        "好。",
    ]


LANGUAGES = st.sampled_from([GERMAN, ENGLISH, HANS, Language("ja"), Language("fr"), UNDETERMINED])
_WORDS = (
    "Das Haus|geht|The|he said|他说|我们|12|3,5|z. B. |Dr. |usw. |p.m. |U.S. |II|grok.com|xAI|5 lb. |&amp;|[a](b)|<b>"
)
_MARKS = [
    *" .?!…„“\"'”»«()。！：「」《》，–*_`>\n\u200b\u00a0🎉",
    "''",
    ". ",
    "! ",
    " ... ",
    "[1]",
    "\n\n",
    "\n• ",
    "**",
]
PIECES = st.lists(st.sampled_from([*_WORDS.split("|"), *_MARKS]), max_size=30).map("".join)


@settings(max_examples=300, derandomize=True, deadline=None)
@given(PIECES | st.text(max_size=60), LANGUAGES)
def test_every_character_is_in_one_sentence(text: str, language: Language) -> None:
    position = 0
    for start, end in split(text, language):
        assert position <= start < end and not text[position:start].strip()
        assert text[start:end] == text[start:end].strip()
        position = end
    assert not text[position:].strip()


@settings(max_examples=300, derandomize=True, deadline=None)
@given(PIECES | st.text(max_size=60), LANGUAGES, st.sampled_from(["plain", "markdown"]))
def test_segments_of_any_text(text: str, language: Language, markup: Literal["plain", "markdown"]) -> None:
    segments = segment(document(text, language=language, markup=markup))
    position = 0
    for number, found in enumerate(segments, 1):
        assert found.id == f"a:{number}" and text[found.start : found.end] == found.text
        assert position <= found.start < found.end
        # Between two sentences stand white space and the marks of a quotation, nothing else.
        assert not text[position : found.start].replace(">", "").strip()
        assert found.line == text.count("\n", 0, found.start) + 1
        assert found.plain == " ".join(found.plain.split())
        position = found.end
    assert not text[position:].strip()


_PILES = [
    "a",
    "a.",
    "a. ",
    "A. ",
    ". ",
    "...",
    '"',
    "“",
    "' ",
    "(",
    ")",
    "()",
    ".[1]",
    "a\n",
    "a.\n\n",
    " \n",
    "?",
    "«",
    "( ",
    "\n• ",
]
_PILES += ["At 5 p.m. X ", "z. B. ", " 'tis", "Ende.Anfang ", ". “ ", ".\u200b", " ...a", "5 lb. ", "!🎉", "🇩", "1."]
_HAN_PILES = ["。", "“。”", "“好。”他说。", "好。", "“", "？ "]


@pytest.mark.parametrize(
    ("piece", "language"), [*((pile, GERMAN) for pile in _PILES), *((pile, HANS) for pile in _HAN_PILES)]
)
def test_linear_time(piece: str, language: Language) -> None:
    """Twenty times the text takes about twenty times the time, with room for noise; not 400 times."""

    def seconds(length: int) -> float:
        text = piece * (length // len(piece))
        start = time.process_time()
        split(text, language)
        return time.process_time() - start

    seconds(100)
    assert seconds(20_000) < 120 * max(min(seconds(1_000), seconds(1_000)), 0.001)


def test_a_megabyte_without_a_space() -> None:
    text = "Satz" * 250_000
    assert split(text, GERMAN) == [(0, len(text))]


def test_lines_of_a_large_block() -> None:
    text = "Das ist ein Satz.\n" * 5_000
    segments = segment(document(text))
    assert [found.line for found in segments] == list(range(1, 5_001))
