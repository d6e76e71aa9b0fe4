"""Whatever a folder holds: nothing is lost, nothing hangs, nothing reaches out."""

from __future__ import annotations

import contextlib
import io
import random
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from test_read import check, kept, only
from test_read_formats import word

from pipeline.errors import UserError
from pipeline.read import documents, parse

# Pieces that mean something to one of the readers, or to none.
PIECES = [
    "# ", "## ", "- ", "* ", "1. ", "2) ", "> ", "|", "|--|--|", "---", "***", "===", "```", "~~~", "\n", "\n\n",
    "\r\n", "\r", "    ", "\t", " ", "\u3000", "\xa0", "\u2028", "\x0b", "\x0c", "\x1f", "\x85", "\u200b", "\ufeff",
    "a", "Wort ", "Ein Satz. ", "港口", "。", "，", "12. Februar 2031", "2031-05-06 08:18", "Werbung", "Inhalt",
    "Zusammenfassung", "Mehr zum Thema", "StartseiteArtikel", "![]()", "![x](y)", "[![x](y)](z)", "[a](#b)",
    "<div>", "</div>", "<!--", "-->", "<p>", "<b>", "</b>", "<br>", "<table><tr><td>", "</td>", "</table>",
    "<script>", "</script>", "<li>", "<ul>", "<h1>", "</h1>", "<nav>", "</nav>", "<td colspan=3>", "<pre>",
    "<blockquote>", "<main>", "<article>", "&amp;", "&#0;", "&#xd800;", "\\", "\\|", "\x1b[31m", "\u202e",
    "e\u0301", "👩‍👩‍👧", "[x]: y", "{", "}", '"', "本文来自微信公众号:X", "· ", "一、", "---\ntitle: x\n---\n",
    "שלום ", "مرحبا ",
]  # fmt: skip
anything = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=80)
structured = st.lists(st.one_of(st.sampled_from(PIECES), anything), max_size=40).map("".join)


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html"])
@settings(derandomize=True, deadline=None, max_examples=150)
@given(structured)
# Found by fuzzing.
@example("1. x\n\n\u30002) \u2028{\ufeff---")
@example("\\\r\n![x](y)<p>\u3000\u3000<!--</div>")
@example("|---|<dl><dt>\x0b<h1>\\1. 2) \x0c一、\r\n\x0b")
@example("\xa0\u3000\n" * 5 + "x")
def test_every_character_is_in_exactly_one_block(name: str, text: str) -> None:
    try:
        found = parse(text.encode(), name)
    except UserError:
        assert name == "a.html" or not text.strip("\ufeff").strip()
        return
    for document in found:
        check(document)
    if name != "a.html":
        assert found[0].text == text.removeprefix("\ufeff")


@settings(derandomize=True, deadline=None, max_examples=200)
@given(st.binary(max_size=200))
def test_bytes_are_read_or_refused(data: bytes) -> None:
    for name in ("a.txt", "a.html", "a.json", "a.jsonl", "a.docx"):
        try:
            for document in parse(data, name):
                check(document)
        except UserError as error:
            assert str(error).startswith(name) and "\n" not in str(error)


def test_nothing_is_lost_from_a_page() -> None:
    words = [f"w{n}" for n in range(400)]
    tags = [
        "<p>",
        "</p>",
        "<b>",
        "<td>",
        "<tr>",
        "<table>",
        "</table>",
        "<li>",
        "</ul>",
        "<h2>",
        "<br>",
        "<a>",
        "<nav>",
    ]
    chance = random.Random(7)
    for _ in range(40):
        source = "".join(f"{chance.choice(tags)} {word} " for word in words)
        assert only(source, "a.html").text.split() == words


SLOW: dict[str, Callable[[int], str]] = {
    "no space": lambda n: "a" * n,
    "no space, Chinese": lambda n: "港" * (n // 3),
    "short lines": lambda n: "wort\n" * (n // 20),
    "paragraphs": lambda n: "Wort\n\n" * (n // 20),
    "blanks": lambda n: "a" + " " * n + "b",
    "wide blanks": lambda n: "\u3000\xa0\n" * (n // 20) + "a",
    "image marks": lambda n: "![" * (n // 2),
    "open images": lambda n: "![a](" * (n // 5),
    "open links": lambda n: "[" * (n // 2) + "](" * (n // 4),
    "stars": lambda n: "*" * n,
    "quotes": lambda n: ">" * n + "a",
    "quoted lines": lambda n: ("> " * 40 + "a\n") * (n // 100),
    "nested lists": lambda n: "".join("  " * (i % 200) + "- a\n" for i in range(n // 200)),
    "numbers": lambda n: "".join(f"{i % 90 + 1}. x\n" for i in range(n // 20)),
    "bars": lambda n: "|" * n,
    "a long table": lambda n: "|a|b|\n|-|-|\n" + "|x|y|\n" * (n // 40),
    "fences": lambda n: "```\n" * (n // 20),
    "front matter": lambda n: "---\n" + "a: b\n" * (n // 20),
    "dates": lambda n: "2031-02-" * (n // 8),
    "related": lambda n: "Mehr zum Thema\nX y\n" * (n // 100),
    "contents": lambda n: "Inhalt\n" * (n // 20),
    "menus": lambda n: ("home" * 39 + "\n") * (n // 200),
    "disclaimers": lambda n: ("gibt meinung autor " * 30 + "\n") * (n // 600),
    "open tags": lambda n: "<a " * (n // 3),
    "open comments": lambda n: "<!--" * (n // 4),
    "open scripts": lambda n: "<script>" * (n // 8),
    "nested elements": lambda n: "<div>" * (n // 5) + "a<p>b",
    "unclosed": lambda n: "<b>x" * (n // 4),
    "nested tables": lambda n: "<table><tr><td>" * (n // 30) + "x",
    "spans": lambda n: "<table>" + "<tr><td colspan=1000 rowspan=1000>a" * (n // 60),
    "breaks": lambda n: "a<br>" * (n // 5),
    "attributes": lambda n: "<p " + "a=b " * (n // 4) + ">x",
    "control characters": lambda n: "\x1b[31mrot\x07\x01" * (n // 10),
}


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html"])
@pytest.mark.parametrize("shape", SLOW)
def test_time_grows_with_the_text(shape: str, name: str) -> None:
    """Eight times the text takes eight times as long, not the 64 times of a quadratic reader. The best
    of several tries counts, and three times that is allowed, since other programs use the machine too."""

    def seconds(size: int) -> float:
        data = SLOW[shape](size).encode()
        start = time.process_time()
        with contextlib.suppress(UserError):
            for document in parse(data, name):
                check(document)
        return time.process_time() - start

    seconds(1000)
    short = max(min(seconds(8_000) for _ in range(3)), 0.02)
    assert seconds(64_000) < 24 * short or seconds(64_000) < 24 * short


def test_deeper_than_lxml_goes() -> None:
    source = "".join(f"<div><p>w{n}" for n in range(5000))
    assert kept(only(source, "a.html")) == [f"w{n}" for n in range(5000)]
    source = "<script>if (x) y</script>" + "".join(f"<ul><li>w{n}" for n in range(5000))
    assert only(source, "a.html").text.split() == [f"w{n}" for n in range(5000)]


def test_control_characters_stay_where_they_are() -> None:
    text = "Der \x1b[31mHafen\x07 \u202eschließt.\n\nA\x00B".replace("\0", "\x01")
    assert only(text).text == text


def test_pages_reach_nothing_outside(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("geheim", encoding="utf-8")
    page = (
        f'<?xml version="1.0"?><!DOCTYPE html [<!ENTITY x SYSTEM "{(tmp_path / "secret.txt").as_uri()}">]>'
        '<html><link rel="stylesheet" href="http://203.0.113.1/x"><iframe src="file:///etc/passwd"></iframe>'
        "<p>a &x; b</p></html>"
    )
    assert "geheim" not in only(page, "a.html").text


def repacked(data: bytes, **parts: bytes) -> bytes:
    """A .docx with parts replaced; `__` stands for the dot, `___` for a slash."""
    renamed = {name.replace("___", "/").replace("__", "."): part for name, part in parts.items()}
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in renamed:
                new.writestr(name, old.read(name))
        for name, part in renamed.items():
            new.writestr(name, part)
    return stream.getvalue()


@pytest.fixture(scope="module")
def letter() -> bytes:
    import docx

    build = docx.Document()
    build.add_paragraph("Der Hafen schließt.")
    return word(build)


def document_xml(text: str, doctype: str = "") -> bytes:
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    return f'{doctype}<w:document xmlns:w="{space}"><w:body>{text}</w:body></w:document>'.encode()


def test_word_bombs_are_refused(letter: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    # Too tightly packed for what people write, and too large however packed.
    words = " ".join(random.Random(7).choices([f"Wort{n}" for n in range(5000)], k=250_000))
    for text, most in (("a" * 5_000_000, 2**25), (words, 2**20)):
        monkeypatch.setattr("pipeline.read.docx._MOST_BYTES", most)
        data = repacked(letter, word___document__xml=document_xml(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"))
        with pytest.raises(UserError, match="unpacks to far more than an article holds"):
            parse(data, "a.docx")
    # A part that nobody reads may be as large as it likes.
    assert only(repacked(letter, word___media___a__png=bytes(40_000_000)), "a.docx").text == "Der Hafen schließt."


def test_word_entities_are_refused(letter: bytes, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("geheim", encoding="utf-8")
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha"}">' for n in range(12))
    outside = f'<!ENTITY l11 SYSTEM "{(tmp_path / "secret.txt").as_uri()}">'
    for declared in (laughs, outside):
        doctype = f"<!DOCTYPE x [{declared}]>"
        data = repacked(letter, word___document__xml=document_xml("<w:p><w:r><w:t>&l11;</w:t></w:r></w:p>", doctype))
        with pytest.raises(UserError, match=r"a\.docx declares XML entities"):
            parse(data, "a.docx")


def test_damaged_word_files_are_refused(letter: bytes) -> None:
    deep = "<w:sdt>" * 50_000
    for data in (
        letter[: len(letter) // 2],
        letter.replace(b"PK\x05\x06", b"PK\x00\x00"),
        repacked(letter, word___document__xml=b"<w:document"),
        repacked(letter, word___document__xml=b""),
        repacked(letter, word___document__xml=document_xml(deep)),
        repacked(letter, _rels_____rels=b"x"),
        bytes(range(256)) * 10,
    ):
        with pytest.raises(UserError, match=r"^a\.docx [^\n]*$"):
            parse(data, "a.docx")
    chance = random.Random(7)
    for _ in range(200):
        spoilt = bytearray(letter)
        for _ in range(20):
            spoilt[chance.randrange(len(spoilt))] = chance.randrange(256)
        with contextlib.suppress(UserError):
            check(parse(bytes(spoilt), "a.docx")[0])


def test_files_that_change_under_way(tmp_path: Path) -> None:
    from pipeline.read import find

    (tmp_path / "a.txt").write_text("Der Hafen.", encoding="utf-8")
    (file,) = find([tmp_path]).files
    (tmp_path / "a.txt").unlink()
    with pytest.raises(UserError, match=r"a\.txt cannot be read \(No such file or directory\)"):
        file.content()


def test_unreadable_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.txt").write_text("Der Hafen.", encoding="utf-8")
    (tmp_path / "b.txt").write_text("Der Kran.", encoding="utf-8")
    allowed = Path.read_bytes

    def read_bytes(path: Path) -> bytes:
        if path.name == "b.txt":
            raise PermissionError(13, "Permission denied")
        return allowed(path)

    monkeypatch.setattr(Path, "read_bytes", read_bytes)
    found, notes = documents([tmp_path])
    assert len(found) == 1
    assert notes == [f"Left out: {tmp_path}/b.txt cannot be read (Permission denied); check the file."]


def test_files_too_large_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.read.files.MOST_BYTES", 2**20)
    (tmp_path / "a.txt").write_bytes(b"a" * (2**20 + 1))
    with pytest.raises(UserError, match="is larger than 1 MiB; split it"):
        documents([tmp_path / "a.txt"])
