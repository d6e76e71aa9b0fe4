"""Plain text and Markdown: which characters make which block."""

from __future__ import annotations

import pytest
from test_read import content, kept, only, shown

from pipeline.model import Cell
from pipeline.read.markdown import recognised

LONG = (
    "Die Betreiberin teilte am Montag mit, dass der Hafen von Nordmünde im Winter für fünf Wochen geschlossen bleibt."
)


def test_paragraphs_between_blank_lines() -> None:
    document = only(f"{LONG}\n\n{LONG}\r\n \t\r\n{LONG}\r\r{LONG}")
    assert kept(document) == [LONG] * 4
    assert [block.line for block in document.blocks] == [1, 3, 5, 7]


def test_one_paragraph_a_line() -> None:
    assert shown(only(f"{LONG}\nEin kurzer Satz.\nDie Folgen\n{LONG}\n")) == [
        ("paragraph", LONG),
        ("paragraph", "Ein kurzer Satz."),
        ("heading", "Die Folgen"),
        ("paragraph", LONG),
    ]


WRAPPED = """\
Der Hafen von Nordmünde bleibt im kommenden Winter für fünf Wochen
geschlossen. Das teilte die Betreiberin am Montag mit. Betroffen ist am
12. Februar auch die Fähre nach Süderoog, die sonst zweimal am Tag
ablegt.

Was sich ändert

Die Kräne melden ihre Last künftig selbst, und der Leitstand plant die
Liegeplätze drei Tage im Voraus:
- Kräne im Osthafen werden in der ersten Woche umgerüstet, und danach
  kommen die im Westhafen dran
- Die Lotsen behalten ihre Boote
Wer eine Ladung erwartet, soll sich bis zum Ende der Woche bei seiner
Reederei melden.
"""


def test_hard_wrapped_lines_are_joined() -> None:
    document = only(WRAPPED)
    assert [(kind, " ".join(text.split())[:42]) for kind, text in shown(document)] == [
        ("paragraph", "Der Hafen von Nordmünde bleibt im kommende"),
        ("heading", "Was sich ändert"),
        ("paragraph", "Die Kräne melden ihre Last künftig selbst,"),
        ("item", "Kräne im Osthafen werden in der ersten Woc"),
        ("item", "Die Lotsen behalten ihre Boote"),
        ("paragraph", "Wer eine Ladung erwartet, soll sich bis zu"),
    ]
    assert content(document, document.blocks[0]).endswith(
        "12. Februar auch die Fähre nach Süderoog, die sonst zweimal am Tag\nablegt."
    )
    assert content(document, document.blocks[3]).endswith("kommen die im Westhafen dran")


def test_hard_wrapped_chinese() -> None:
    sentence = "港务公司周一宣布新的控制系统将在明年春天上线届时所有起重机都会自动报告载重"
    text = "".join(f"{sentence}\n" for _ in range(4)) + "船长们对此表示欢迎。\n\n" + f"{sentence}\n" * 3 + "完。"
    assert len(kept(only(text))) == 2
    assert len(kept(only("港口关了。\n船停了。\n大家都回家了，明年再来。\n" * 5))) == 15


@pytest.mark.parametrize(
    "lines",
    [
        [
            f"{word} steht am Kai und wartet auf den Lotsen, der heute nicht mehr kommt."
            for word in ("Eva", "Jan", "Ute")
        ],
        ["Kran meldet Sturm am Osthafen und alle Schiffe bleiben liegen", "Die Fähre fällt aus."],
        ["wort"] * 200,
        [LONG[:n] for n in (60, 20, 55, 71, 30, 66)],
    ],
)
def test_lines_that_are_not_wrapped_stay_apart(lines: list[str]) -> None:
    assert kept(only("\n".join(lines))) == lines


def test_headings_are_short_lines_that_head_something() -> None:
    text = "\n\n".join(
        [
            "Vier Kräne, ein Leitstand", LONG, "Team 1: Osthafen", LONG, "Drei Dinge zählen:", LONG, "Er sagte -", LONG,
            "“Es geht los”", LONG, "Es geht los!", LONG, "一、两封信", LONG, "https://example.org/kran", LONG,
            "Ein Ende ohne Punkt",
        ]
    )  # fmt: skip
    headings = [text for kind, text in shown(only(text)) if kind in ("title", "heading")]
    assert headings == ["Vier Kräne, ein Leitstand", "Team 1: Osthafen", "“Es geht los”", "一、两封信"]


def test_a_row_of_short_lines_is_no_row_of_headings() -> None:
    assert {kind for kind, _ in shown(only(f"{LONG}\nEins\nZwei\nDrei\nVier\n{LONG}"))} == {"paragraph"}


def test_a_question_between_long_paragraphs_is_a_heading() -> None:
    assert shown(only(f"{LONG}\n\nWas wird aus den Lotsen?\n\n{LONG}"))[1][0] == "heading"
    assert shown(only(f"{LONG}\n\nWas wird aus ihnen? Wer weiß?\n\n{LONG}"))[1][0] == "paragraph"
    assert shown(only("Er fragte.\n\nWas wird aus den Lotsen?\n\nSie schwieg."))[1][0] == "paragraph"


@pytest.mark.parametrize("mark", ["· ", "• ", "•", "- ", "* ", "– ", "▪ ", "　· "])
def test_bullets_are_not_content(mark: str) -> None:
    document = only(f"Es gibt drei:\n{mark}Kräne\n{mark}Lotsen\n{mark}Boote, alle neu.\n")
    assert shown(document)[1:] == [("item", "Kräne"), ("item", "Lotsen"), ("item", "Boote, alle neu.")]
    assert document.text[document.blocks[1].start] == mark.strip()


def test_numbered_lines_are_items_in_a_series_only() -> None:
    assert [kind for kind, _ in shown(only("Drei Dinge:\n1. Kräne\n2. Lotsen\n(3) Boote\n"))] == ["paragraph"] + [
        "item"
    ] * 3
    assert shown(only("2) Lotsen\n3) Boote"))[0] == ("item", "Lotsen")
    # Dates and lonely numbers keep theirs.
    for text in (
        "12. Februar, im Hafen.",
        "12. Februar: Auftakt.\n13. Februar: Ende.",
        "5. Platz für Nordmünde",
        "-5 Grad im Hafen.",
    ):
        assert "\n".join(kept(only(text))) == text
    headed = f"1. Die Kräne\n\n{LONG}\n\n2. Die Lotsen\n\n{LONG}"
    assert shown(only(headed))[2] == ("heading", "2. Die Lotsen")


def test_image_marks() -> None:
    text = (
        "![]()\n![Ein Kran](kran.jpg)\n![](a.png) ![](b.png)\n[![Karte](k.png)](https://example.org)\n![offen](\n"
        + LONG
    )
    assert shown(only(text)) == [
        ("image", "![]()"),
        ("caption", "Ein Kran"),
        ("image", "![](a.png) ![](b.png)"),
        ("caption", "Karte"),
        ("title", "![offen]("),
        ("paragraph", LONG),
    ]


def test_markdown_in_a_text_file_is_recognised() -> None:
    assert recognised("# Titel\n\ntext")
    assert recognised("text\n\n## Eins\n\ntext\n\n## Zwei\n")
    assert recognised("a | b\n--- | ---\n")
    assert recognised("Kopf\n\n|a|b|\n|:--|--:|\n")
    for plain in (
        "#hafen #kran",
        "text\n\n# 1 von 3",
        "---\n\n***",
        "![]()\ntext",
        "a | b | c",
        "-----\n|",
        "$ ls # list",
    ):
        assert not recognised(plain), plain


MARKDOWN = """\
# Der *Hafen* von C# #

Unter
strich
------

> Wir haben lange gerechnet,
> sagte sie.

1. Eins
   - Zwei
     > Drei

     Vier
+ Fünf

| Jahr | Kräne |  |
|:-----|------:|--|
| 2031 | 12 \\| 14 | |
|  |  |  |
| nur eine

```py
print("Kran")
```

***
![](kran.png)

![Ein Kran](kran.png "Kran")

<div class="x">
<!-- nicht
zu lesen --><p>Lesbar <b>fett</b></p>
</div>

[1]: https://example.org/a
Letzte Zeile
"""


def test_markdown_blocks() -> None:
    document = only(MARKDOWN, "a.md")
    assert document.markup == "markdown"
    found = [(b.line, b.reason or b.kind, b.level, content(document, b)) for b in document.blocks]
    assert found == [
        (1, "title", 1, "Der *Hafen* von C#"),
        (3, "heading", 2, "Unter\nstrich"),
        (7, "quote", 1, "Wir haben lange gerechnet,\n> sagte sie."),
        (10, "item", 1, "Eins"),
        (11, "item", 2, "Zwei"),
        (12, "quote", 3, "Drei"),
        (14, "item", 2, "Vier"),
        (15, "item", 1, "Fünf"),
        (17, "cell", 0, "Jahr"),
        (17, "cell", 0, "Kräne"),
        (18, "markup", 0, "|:-----|------:|--|"),
        (19, "cell", 0, "2031"),
        (19, "cell", 0, "12 \\| 14"),
        (20, "markup", 0, "|  |  |  |"),
        (21, "cell", 0, "nur eine"),
        (23, "code", 0, 'print("Kran")'),
        (27, "markup", 0, "***"),
        (28, "image", 0, "![](kran.png)"),
        (30, "caption", 0, "Ein Kran"),
        (32, "markup", 0, '<div class="x">'),
        (33, "markup", 0, "<!-- nicht"),
        (34, "paragraph", 0, "Lesbar <b>fett"),
        (35, "markup", 0, "</div>"),
        (37, "markup", 0, "[1]: https://example.org/a"),
        (38, "paragraph", 0, "Letzte Zeile"),
    ]
    cells = [(block.cell, content(document, block)) for block in document.blocks if block.cell]
    assert cells == [
        (Cell(0, 0, 0, header=True), "Jahr"),
        (Cell(0, 0, 1, header=True), "Kräne"),
        (Cell(0, 1, 0), "2031"),
        (Cell(0, 1, 1), "12 \\| 14"),
        (Cell(0, 3, 0), "nur eine"),
    ]
    assert document.text[document.blocks[0].start : document.blocks[0].end] == "# Der *Hafen* von C# #"


def test_lines_of_a_markdown_paragraph() -> None:
    # Its writer breaks lines where a paragraph ends ...
    assert kept(only("*Stand: heute*\n*Ort: Hafen*\n", "a.md")) == ["*Stand: heute*", "*Ort: Hafen*"]
    assert kept(only("港口关了，\n船停了\n", "a.md")) == ["港口关了，", "船停了"]
    assert kept(only("Der Hafen schließt.\nDie Fähre auch.\n", "a.md")) == ["Der Hafen schließt.", "Die Fähre auch."]
    assert kept(only("Ein Satz.\n2. Platz für uns.\n", "a.md")) == ["Ein Satz.", "2. Platz für uns."]
    # ... or where a sentence goes on ...
    assert kept(only("Das meldet der Rat von\nNordmünde.\n", "a.md")) == ["Das meldet der Rat von\nNordmünde."]
    assert kept(only("Der Hafen schließt\nim Winter.\n", "a.md")) == ["Der Hafen schließt\nim Winter."]
    # ... or at a column, or where Markdown says so.
    assert len(kept(only(f"## A\n\n{WRAPPED}", "a.md"))) == 6
    assert kept(only("Kai 1  \nkai 2\\\nkai 3", "a.md")) == ["Kai 1", "kai 2", "kai 3"]


def test_indented_text_is_prose() -> None:
    text = "Eingerückter Text,\n    der weitergeht."
    assert shown(only(f"# A\n\n    {text}\n", "a.md"))[1] == ("paragraph", text)


def test_deeper_than_markdown_goes() -> None:
    document = only("> " * 60 + "tief\n\n" + "- " * 60 + "tiefer\n\nEnde.", "a.md")
    assert [text for _, text in shown(document)][-3:] == ["tief", "tiefer", "Ende."]
