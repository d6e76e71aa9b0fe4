"""Text that no style guide foresees is read, split, searched for claims and shown like any other, in linear time."""

from __future__ import annotations

import json
import time
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from quick import run, visible
from test_cli import GERMAN
from test_fuzz import followed, read
from test_read import kept, only
from test_read_hostile import document_xml, repacked
from test_read_hostile import letter as letter  # a fixture

from pipeline.export.jsonl import read_story
from pipeline.language import Language
from pipeline.read import documents, parse
from pipeline.segment import segment
from pipeline.translate.exchange import Unit
from pipeline.translate.memory import Memory

pytest_plugins = ("quick",)

ODD = {
    "mixed scripts": "Der Konzern 東方電子 sagte heute, Ο Όμιλος Δέλτα и завод «Заря» 공장 zahlten 3,5 Mrd. Euro.",
    "right to left": "קבוצת המסחר מסרה ב-12 בפברואר 2031. وقالت الشركة إن 40 شخصا يعملون. Ende.",
    "right to left in left to right": "Die Zeitung \u2067הארץ\u2069 (\u202bשלום\u202c) schrieb: „Nein.“ Dann nichts.",
    "emoji": "Alles gut 👍🏽! Die Familie 👩‍👩‍👧‍👦 kam am 5. März. 🏴󠁧󠁢󠁷󠁬󠁳󠁿 und 🇩🇪 gewannen 2:1. #️⃣",
    "combining marks": "Ko\u0308ln wa\u0308chst um 5\u0336 %. Z" + "\u0300\u0301\u0302" * 60 + "algo. Ende.",
    "zero width": "Der\u200bHafen\u200c schlie\u00adßt\u200d am\ufeff 5.\u2060 März.\u180e Das gilt.",
    "control characters": "Der \x1b[31mHafen\x07\x08 \x01\x7f\x9b schließt. \x1c\x1d\x1e\x1f Das gilt.",
    "line ends": "Erste.\rZweite.\r\nDritte.\nVierte.\x0bFünfte.\x0cSechste.\x85Siebte.\u2028Achte.\u2029Neunte.",
    "NFD": unicodedata.normalize("NFD", "Die Behörde für Gewässer in Köln zählte 40 Füchse. Im März waren es zwölf."),
    "full-width": "ＡＢＣ　社　は１２３４５６円を払った。（２０３１年３月５日）",
    "noncharacters": "a\ufffe b\uffff c\U0001ffff d\ue000 e\U0010fffd. Ende.",
    "mathematical": "𝟙𝟚𝟛 𝕳𝖆𝖋𝖊𝖓 ½ ⅔ ² ₂ Ⅷ ① 10⁻⁹ km. Ende.",
    "only marks": "… --- *** !!! ??? 。。。 」」」 „“",
    "one letter": "a",
}


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html", "a.json"])
@pytest.mark.parametrize("odd", ODD)
def test_odd_text_is_followed_to_its_claims(odd: str, name: str) -> None:
    text = ODD[odd]
    content = json.dumps({"text": text}) if name == "a.json" else text
    found = read(content.encode(), name)
    assert found
    followed(found)
    if name != "a.html":
        assert found[0].text == text


def test_a_run_over_all_of_it(quick: None, tmp_path: Path) -> None:
    folder = tmp_path / "odd"
    folder.mkdir()
    for number, text in enumerate(ODD.values()):
        (folder / f"{number:02}.txt").write_bytes(text.encode())
    told = run(folder, tmp_path / "out").story
    assert [document.text for document in told.documents] == [*ODD.values()]
    assert read_story(tmp_path / "out").documents == told.documents
    shown = visible(tmp_path / "out")["report.html"].decode()
    assert "東方電子" in shown and "👩‍👩‍👧‍👦" in shown and "\x1b" not in shown


def test_both_normal_forms_are_the_same_sentence() -> None:
    """NFC and NFD have the same claims and the same entry in a memory, and each is shown as it was written."""
    nfc = unicodedata.normalize("NFC", ODD["NFD"])
    split = [[one.plain for one in segment(only(text))] for text in (nfc, ODD["NFD"])]
    assert [unicodedata.normalize("NFC", one) for one in split[1]] == split[0] != split[1]
    memory = Memory.in_ram()
    memory.add([Unit(Language("de"), Language("en"), nfc, "x")])
    assert memory.human(ODD["NFD"], Language("de")) == "x"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_change_nothing_but_offsets(end: str) -> None:
    text = GERMAN.replace("\n", end)
    assert kept(only(text)) == kept(only(GERMAN))
    assert [one.line for one in segment(only(text))] == [one.line for one in segment(only(GERMAN))]


def test_halves_of_surrogate_pairs(tmp_path: Path) -> None:
    """JSON can escape them, UTF-16 can hold them, and CESU-8 has them in pairs: none reaches an output."""
    (tmp_path / "a.json").write_bytes(
        b'{"text": "Der \\ud83d Hafen \\udc00.", "title": "\\ud800x", "outlet": "\\udfff"}'
    )
    (tmp_path / "b.txt").write_bytes("\ufeffDer ".encode("utf-16-le") + b"\x00\xd8" + " Hafen.".encode("utf-16-le"))
    (tmp_path / "c.txt").write_bytes("Der Hafen: ü, ä, ö. ".encode() * 9 + b"\xed\xa0\xbd\xed\xb8\x80")
    found, notes = documents([tmp_path])
    for document in found:
        "".join([document.text, document.source.title, document.source.outlet]).encode()
    assert len(found) + len(notes) == 3


LABELS = [
    "utf-8",
    "iso-8859-1",
    "windows-1252",
    "gb2312",
    "big5",
    "shift_jis",
    "utf-16",
    "utf-7",
    "no-such",
    "rot13",
    "x" * 99,
]


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize(
    ("text", "encoding"), [("Die Häfen schließen früh.", "utf-8"), ("港口今天关闭，天气不好。", "gb18030")]
)
def test_a_page_with_a_wrong_label(label: str, text: str, encoding: str) -> None:
    page = f"<html><meta charset={label}><p>".encode() + text.encode(encoding) + b"</p></html>"
    assert only(page, "a.html").text == text


def rows(n: int) -> str:
    return "|Name|Zahl|\n|-|-|\n" + "".join(f"|Ort {i}|{i} Euro|\n" for i in range(n))


# Sizes at which a shape is as large as a source may well be; the time of a quarter of it is the measure.
SHAPES: dict[str, tuple[str, int, Callable[[int], str]]] = {
    "a megabyte without a space": ("a.txt", 1_000_000, lambda n: "Satz" * (n // 4)),
    "a megabyte of Chinese without a space": ("a.txt", 300_000, lambda n: "港口关闭" * (n // 4)),
    "one-word lines": ("a.txt", 8_000, lambda n: "".join(f"wort{i}\n" for i in range(n))),
    "a table in Markdown": ("a.md", 1_600, rows),
    "a table of 5,000 rows, HTML": (
        "a.html", 5_000, lambda n: "<table>" + "".join(f"<tr><td>Ort {i}<td>{i} Euro" for i in range(n)) + "</table>",
    ),
    "nested quotes and lists": ("a.md", 2_000, lambda n: "".join("> " * (i % 60) + "- wort.\n" for i in range(n))),
    "nested elements": ("a.html", 5_000, lambda n: "".join(f"<div><p>w{i}" for i in range(n)) + "</div>" * n),
    "combining marks": ("a.txt", 100_000, lambda n: "a" + "\u0301" * n),
    "zero width": ("a.txt", 100_000, lambda n: "a\u200b" * (n // 2)),
    "direction marks": ("a.txt", 24_000, lambda n: "\u202eabc\u202c. " * (n // 8)),
    "emoji in families": ("a.txt", 100_000, lambda n: "👩‍👩‍👧" * (n // 5)),
    "control characters": ("a.txt", 24_000, lambda n: "\x1b[31m\x07 " * (n // 7)),
    "digits": ("a.txt", 100_000, lambda n: "1" * n),
    "grouped digits": ("a.txt", 40_000, lambda n: "1.000." * (n // 6)),
    "open quotations": ("a.txt", 40_000, lambda n: "sagte: „Wort " * (n // 12)),
    "open Chinese quotations": ("a.txt", 20_000, lambda n: "他說：「好" * (n // 5)),
    "initials": ("a.txt", 40_000, lambda n: "A. B. von " * (n // 10)),
    "dates": ("a.txt", 40_000, lambda n: "am 12. Februar 2031 " * (n // 20)),
    "one record with a long line": ("a.json", 16_000, lambda n: json.dumps({"text": "Wort. " * (n // 6)})),
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_time_grows_with_the_text_up_to_its_claims(shape: str) -> None:
    """Four times the text may take ten times as long, not the sixteen times of a quadratic rule."""
    name, size, make = SHAPES[shape]

    def seconds(n: int) -> float:
        data = make(n).encode()
        start = time.process_time()
        followed(parse(data, name))
        return time.process_time() - start

    seconds(size // 50)  # reads tables and rules
    tries = [seconds(size) / max(seconds(size // 4), 0.01)]
    while tries[-1] > 10 and len(tries) < 3:
        tries.append(seconds(size) / max(seconds(size // 4), 0.01))
    assert min(tries) <= 10, tries


def test_a_hundred_thousand_one_word_lines() -> None:
    assert len(only("".join(f"wort{n}\n" for n in range(100_000))).blocks) == 100_000


def test_deep_nesting_in_word(letter: bytes) -> None:
    """Tables in tables, as deep as lxml allows: the text in the innermost is read."""
    deep = "<w:tbl><w:tr><w:tc>" * 60 + "<w:p><w:r><w:t>innen</w:t></w:r></w:p>" + "</w:tc></w:tr></w:tbl>" * 60
    assert only(repacked(letter, word___document__xml=document_xml(deep)), "a.docx").text == "innen"
