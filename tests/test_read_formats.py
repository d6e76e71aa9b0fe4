"""HTML, Word and JSON: text out of files with markup around it."""

from __future__ import annotations

import io
import json
from pathlib import Path

import docx
import pytest
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from test_read import content, kept, only, shown

from pipeline.errors import UserError
from pipeline.model import Cell, Document
from pipeline.read import parse

PAGE = Path(__file__).parent / "fixtures" / "read" / "page.html"


def page(body: str) -> Document:
    return only(f"<html><body>{body}</body></html>", "a.html")


def cells(document: Document) -> list[tuple[int, int, int, bool, str]]:
    return [
        (cell.table, cell.row, cell.column, cell.header, content(document, block))
        for block in document.blocks
        if (cell := block.cell)
    ]


def test_a_whole_page() -> None:
    document = only(PAGE.read_bytes(), "page.html")
    assert [(b.line, b.reason or b.kind, b.level, content(document, b)) for b in document.blocks] == [
        (13, "cookie notice", 0, "Wir verwenden Cookies."),
        (13, "cookie notice", 0, "Einverstanden"),
        (14, "outside the article", 0, "Küstenkurier"),
        (15, "navigation", 1, "Startseite"),
        (15, "navigation", 1, "Wirtschaft"),
        (15, "navigation", 1, "Politik"),
        (19, "navigation", 0, "Startseite › Wirtschaft"),
        (20, "title", 1, "Hafen bekommt neues Leitsystem"),
        (21, "byline", 0, "Von Grete Petersen | 06.05.2031, 07:30 Uhr"),
        (
            22,
            "paragraph",
            0,
            "Der Hafen von Nordmünde steuert seine Kräne künftig selbst. Das teilte die Betreiberin am Montag mit.",
        ),
        (25, "caption", 0, "Ein Kran im Osthafen."),
        (26, "heading", 2, "Was sich ändert"),
        (28, "item", 1, "Die Kräne melden ihre Last."),
        (29, "item", 1, "Der Leitstand"),
        (30, "item", 2, "plant Liegeplätze und"),
        (30, "item", 2, "warnt vor Sturm."),
        (33, "caption", 0, "Kosten in Millionen Euro"),
        (34, "cell", 0, "Jahr"),
        (34, "cell", 0, "Kräne"),
        (34, "cell", 0, "Leitstand"),
        (36, "cell", 0, "2031"),
        (36, "cell", 0, "12,5"),
        (36, "cell", 0, "3"),
        (37, "cell", 0, "14"),
        (40, "quote", 0, "„Wir haben lange gerechnet“, sagte die Hafenmeisterin."),
        (41, "advertising label", 0, "Anzeige: Jetzt Segel kaufen!"),
        (42, "paragraph", 0, "Werbung auf den Kränen bleibt verboten."),
        (42, "paragraph", 0, "Das gilt auch nachts."),
        (43, "share label", 0, "Teilen Drucken"),
        (44, "page footer", 0, "Schlagwörter: Hafen, Kräne"),
        (46, "sidebar", 3, "Auch interessant"),
        (46, "sidebar", 0, "Fähre fällt aus"),
        (48, "page footer", 0, "© 2031 Küstenkurier"),
    ]
    assert cells(document)[3:] == [
        (0, 1, 0, False, "2031"),
        (0, 1, 1, False, "12,5"),
        (0, 1, 2, False, "3"),
        (0, 2, 1, False, "14"),
    ]
    source = document.source
    assert (source.title, source.outlet, source.date, source.language.tag, source.url) == (
        "Hafen bekommt neues Leitsystem",
        "Küstenkurier",
        "2031-05-06",
        "de",
        "https://www.kuestenkurier.example/hafen/leitsystem",
    )
    assert source.inferred == {"id"}


def test_what_a_browser_does_not_show_is_not_text() -> None:
    hidden = "".join(
        f"<{tag}>verborgen</{tag}>" for tag in ("script", "style", "noscript", "template", "svg", "select", "iframe")
    )
    assert page(f"<p>Sicht{hidden}bar</p><!-- verborgen -->").text == "Sichtbar"


def test_text_that_is_hidden_is_kept_apart() -> None:
    found = shown(page("<p>a</p><div hidden>b</div><p style='color:red; display : none'>c</p><p>d</p>"))
    assert found == [("paragraph", "a"), ("hidden", "b"), ("hidden", "c"), ("paragraph", "d")]


def test_white_space_is_what_a_browser_makes_of_it() -> None:
    assert kept(page("<p> Ein\n  Kran\u00a0<b>im</b><i> Hafen</i> </p>")) == ["Ein Kran im Hafen"]
    assert kept(page("<p>港口\n将在冬天\n关闭 Nordmünde\n港</p>")) == ["港口将在冬天关闭 Nordmünde 港"]
    assert kept(page("<p>Bundes&shy;tag&#8203;s&zwnj;wahl</p>")) == ["Bundestags\u200cwahl"]
    assert shown(page("<pre>  a\n    b  </pre><div>c</div>")) == [("code", "a\n    b"), ("paragraph", "c")]
    assert kept(page("Eins<br>Zwei<br><br>drei<p>Vier<p>Fünf")) == ["Eins", "Zwei drei", "Vier", "Fünf"]


def test_tables_that_only_make_a_layout() -> None:
    one = "<table><tr><td>Ein Satz.</td></tr></table>"
    nested = f"<table><tr><td>links</td><td><h2>Kopf</h2>{one}</td></tr></table>"
    long = f"<table><tr><td>Menü</td><td>{'Ein langer Text. ' * 80}</td></tr></table>"
    for layout in (one, nested, long, "<table role=presentation><tr><td>a<td>b</table>"):
        assert cells(page(layout)) == []
        assert page(layout).blocks
    assert len(cells(page("<table><tr><td>a<td>b</table>"))) == 2


def test_cells_that_span() -> None:
    table = (
        "<table><tr><th colspan=2>A</th><th>B</th></tr><tr><td rowspan=3>C</td><td>D</td><td rowspan=2>E</td></tr>"
        "<tr><td>F<p>G</p><ul><li>H</ul></td></tr><tr><td>I</td><td>J</td></tr></table><table><tr><td>K<td>L</table>"
    )
    assert cells(page(table)) == [
        (0, 0, 0, True, "A"), (0, 0, 2, True, "B"), (0, 1, 0, False, "C"), (0, 1, 1, False, "D"), (0, 1, 2, False, "E"),
        (0, 2, 1, False, "F\nG\nH"), (0, 3, 1, False, "I"), (0, 3, 2, False, "J"), (1, 0, 0, False, "K"),
        (1, 0, 1, False, "L"),
    ]  # fmt: skip


def test_furniture_by_class_name_never_takes_the_article() -> None:
    text = "<p>Der Hafen schließt. " * 5
    assert shown(page(f"{text}<div class='related-links'><p>Fähre fällt aus</p></div>"))[-1][0] == "related articles"
    for wrapper in ("<div class='share'>", "<div id='comments'>", "<div class='ad'><h1>Kopf</h1>"):
        assert {kind for kind, _ in shown(page(f"{wrapper}{text}</div>"))} <= {"title", "paragraph"}
    assert shown(page(f"<div class='promo'><h1>Kopf</h1></div>{text}"))[0] == ("title", "Kopf")


def test_the_article_is_what_the_page_says_it_is() -> None:
    article = "<p>Der Hafen schließt im Winter für fünf Wochen.</p>" * 3
    found = shown(page(f"<h1>Kopf</h1><p>davor</p><main>{article}</main><p>danach</p>"))
    assert found[:2] == [("title", "Kopf"), ("outside the article", "davor")]
    assert found[-1] == ("outside the article", "danach")
    # Several articles, or one that is only a teaser, say nothing.
    for body in (f"<article>{article}</article><article>{article}</article>", f"<article>kurz</article>{article}"):
        assert "outside the article" not in {kind for kind, _ in shown(page(body))}


def test_rows_of_links_are_navigation() -> None:
    links = "".join(f"<li><a href='/{n}'>Weg {n}</a></li>" for n in range(3))
    text = "<p>Der Hafen schließt. <a href='/'>Mehr</a></p>" * 3
    assert [kind for kind, _ in shown(page(f"{text}<ul>{links}</ul>"))] == ["paragraph"] * 3 + ["navigation"] * 3
    assert [kind for kind, _ in shown(page(f"{text}<ul><li><a href='/'>Quelle eins</a></li></ul>"))][-1] == "item"


# --- Word


def word(build: docx.document.Document) -> bytes:
    stream = io.BytesIO()
    build.save(stream)
    return stream.getvalue()


def test_a_word_document() -> None:
    build = docx.Document()
    build.core_properties.title = "Word Document"
    build.core_properties.language = "de-DE"
    build.add_paragraph("Der Hafen schließt", style="Title")
    build.add_heading("Die Lage", level=2)
    paragraph = build.add_paragraph("Der Hafen ")
    paragraph.add_run("von Nordmünde").bold = True
    paragraph.add_run("\tschließt.")
    build.add_paragraph("")
    build.add_paragraph("Kräne", style="List Bullet")
    build.add_paragraph("„Wir haben gerechnet.“", style="Intense Quote")
    table = build.add_table(rows=2, cols=3)
    for n, text in enumerate(("Jahr", "Kräne", "", "2031", "12", "14")):
        table.cell(n // 3, n % 3).text = text
    table.cell(1, 1).add_paragraph("neu")
    table.cell(1, 1).merge(table.cell(1, 2))
    build.add_paragraph("Ein Kran", style="Caption")
    build.add_paragraph("Ende.\nUnd aus.")
    document = only(word(build), "a.docx")
    assert [(b.line, b.kind, b.level, content(document, b)) for b in document.blocks] == [
        (1, "title", 0, "Der Hafen schließt"),
        (2, "heading", 2, "Die Lage"),
        (3, "paragraph", 0, "Der Hafen von Nordmünde schließt."),
        (5, "item", 1, "Kräne"),
        (6, "quote", 0, "„Wir haben gerechnet.“"),
        (7, "cell", 0, "Jahr"),
        (8, "cell", 0, "Kräne"),
        (10, "cell", 0, "2031"),
        (11, "cell", 0, "12\nneu\n14"),
        (14, "caption", 0, "Ein Kran"),
        (15, "paragraph", 0, "Ende."),
        (15, "paragraph", 0, "Und aus."),
    ]
    assert [block.cell for block in document.blocks if block.cell] == [
        Cell(0, 0, 0, True), Cell(0, 0, 1, True), Cell(0, 1, 0), Cell(0, 1, 1),
    ]  # fmt: skip
    assert document.source.line_unit == "paragraph"
    assert (document.source.title, document.source.language.tag) == ("Der Hafen schließt", "de-DE")


def test_tracked_changes_text_boxes_and_custom_headings() -> None:
    build = docx.Document()
    style = build.styles.add_style("Zwischentitel", docx.enum.style.WD_STYLE_TYPE.PARAGRAPH)
    style.base_style = build.styles["Heading 3"]
    build.add_paragraph("Eigene Überschrift", style="Zwischentitel")
    paragraph = build.add_paragraph("Der Hafen ")
    for tag, text_tag, text in (
        ("w:ins", "w:t", "öffnet."),
        ("w:del", "w:delText", "schließt."),
        ("w:moveFrom", "w:t", "?"),
    ):
        change, run, piece = OxmlElement(tag), OxmlElement("w:r"), OxmlElement(text_tag)
        piece.text = text
        run.append(piece)
        change.append(run)
        paragraph._p.append(change)
    box, inner, run, piece = (OxmlElement(tag) for tag in ("w:txbxContent", "w:p", "w:r", "w:t"))
    piece.text = "Im Kasten."
    run.append(piece)
    inner.append(run)
    box.append(inner)
    paragraph.add_run()._r.append(box)
    outlined = build.add_paragraph("Gegliedert")
    level = OxmlElement("w:outlineLvl")
    level.set(qn("w:val"), "1")
    outlined._p.get_or_add_pPr().append(level)
    build.add_paragraph("Text.")
    document = only(word(build), "a.docx")
    assert [(b.kind, b.level, content(document, b)) for b in document.blocks] == [
        ("title", 3, "Eigene Überschrift"),
        ("paragraph", 0, "Im Kasten."),
        ("paragraph", 0, "Der Hafen öffnet."),
        ("heading", 2, "Gegliedert"),
        ("paragraph", 0, "Text."),
    ]


# --- JSON


def test_json_records() -> None:
    record = {
        "ID": "Kran/7", "headline": "Hafen\nschließt", "text": "Der Hafen schließt im Winter. Das gilt bis März.",
        "source": "Küstenkurier", "lang": "de", "published": "2031-05-06T07:30:00Z", "url": "https://example.org/7",
    }  # fmt: skip
    for name, data in [
        ("a.json", json.dumps(record)),
        ("a.json", json.dumps([record])),
        ("a.jsonl", json.dumps(record) + "\n\n"),
    ]:
        source = only(data, name).source
        assert (source.id, source.title, source.outlet) == ("kran-7", "Hafen schließt", "Küstenkurier")
        assert (source.language.tag, source.date, source.url) == ("de", "2031-05-06", "https://example.org/7")
        assert source.inferred == frozenset()


def test_several_records_are_several_sources() -> None:
    lines = "\r\n".join(json.dumps({"content": f"Der Hafen schließt zum {n}. Mal.\n\nEnde."}) for n in (1, 2))
    one, two = parse(f"\n{lines}".encode(), "x/haefen.jsonl")
    assert [one.source.id, two.source.id] == ["haefen-2", "haefen-3"]
    assert {block.line for block in two.blocks} == {3}
    assert two.source.line_unit == "record"
    assert one.source.sha256 != two.source.sha256
    assert [document.source.id for document in parse(b'[{"body": "a"}, {"body": "b"}]', "haefen.json")] == [
        "haefen-1",
        "haefen-2",
    ]


def test_records_may_hold_markdown_or_html() -> None:
    assert shown(only(json.dumps({"text": "# Hafen\n\n- Kran"}), "a.json")) == [("title", "Hafen"), ("item", "Kran")]
    assert shown(only(json.dumps({"text": "<h1>Hafen</h1><p>Kran</p>"}), "a.json")) == [
        ("title", "Hafen"),
        ("paragraph", "Kran"),
    ]


def test_halves_of_surrogate_pairs_are_replaced() -> None:
    document = only(b'{"text": "a\\ud800b \\ud83d\\ude00", "title": "\\udfff x"}', "a.json")
    assert document.text == "a\ufffdb 😀"
    document.source.title.encode()


@pytest.mark.parametrize("name", ["a.rtf", "a", "a.txt.gz", "a.doc"])
def test_other_kinds(name: str) -> None:
    with pytest.raises(UserError, match="is of no kind that Parallax reads"):
        parse(b"x", name)
