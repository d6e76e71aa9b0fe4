"""Files and folders in, documents out. The other tests of reading take their helpers from here."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipeline.errors import UserError
from pipeline.model import Block, Document
from pipeline.read import documents, find, parse


def only(content: str | bytes, name: str = "a.txt") -> Document:
    """The one document of a file with this content, checked."""
    (document,) = parse(content.encode() if isinstance(content, str) else content, name)
    check(document)
    return document


def check(document: Document) -> None:
    """Blocks are in order, do not overlap, hold every character that is not blank, and have no blank ends."""
    text, position = document.text, 0
    for block in document.blocks:
        assert position <= block.start <= block.content[0] < block.content[1] <= block.end, block
        assert not text[position : block.start].strip(), (text[position : block.start], block)
        for piece in (text[block.start : block.end], text[slice(*block.content)]):
            assert piece == piece.strip(), block
        assert (block.kind == "boilerplate") == (block.reason != ""), block
        assert block.line >= 1
        position = block.end
    assert not text[position:].strip()


def content(document: Document, block: Block) -> str:
    return document.text[slice(*block.content)]


def shown(document: Document) -> list[tuple[str, str]]:
    """Kind (or reason) and content of every block."""
    return [(block.reason or block.kind, content(document, block)) for block in document.blocks]


def kept(document: Document) -> list[str]:
    """The content of what is not boilerplate."""
    return [content(document, block) for block in document.blocks if block.kind != "boilerplate"]


ARTICLE = "Der Hafen schließt\n\nDer Hafen von Nordmünde wird im Winter geschlossen. Das gilt bis März.\n"


def folder(root: Path, **files: str | bytes) -> Path:
    """A folder with these files; `__` in a name stands for the dot, `___` for a slash."""
    for name, text in files.items():
        path = root / name.replace("___", "/").replace("__", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return root


def names(root: Path, paths: list[Path]) -> list[str]:
    return [file.path.relative_to(root).as_posix() for file in find(paths).files]


def test_a_folder_is_searched_in_order(tmp_path: Path) -> None:
    folder(tmp_path, b__txt="b", a__md="a", c__HTML="<p>c", sub___d__jsonl='{"text": "d"}', sub___deep___e__docx=b"e")
    assert names(tmp_path, [tmp_path]) == ["a.md", "b.txt", "c.HTML", "sub/d.jsonl", "sub/deep/e.docx"]


def test_what_a_folder_holds_besides_sources_is_left_out(tmp_path: Path) -> None:
    folder(
        tmp_path, a__txt=ARTICLE, README__md="x", LICENSE__txt="x", CHANGELOG__md="x", facts__toml="", memory__tmx="",
        parallax__toml="", b__pdf="x", c__png="x", __hidden__txt="x", sub___SECURITY__md="x",
    )  # fmt: skip
    (tmp_path / ".git").mkdir()
    folder(tmp_path / ".git", d__txt="x")
    folder(tmp_path / "old", run__json="{}", segments__jsonl="{}", report__html="<p>x", more___x__txt="x")
    (tmp_path / "begun" / ".parallax").mkdir(parents=True)
    folder(tmp_path / "begun", texts___a__txt="x")
    found = find([tmp_path])
    assert [file.path.name for file in found.files] == ["a.txt"]
    assert sorted(found.notes) == [
        f"Left out of {tmp_path}: CHANGELOG.md, LICENSE.txt, README.md, sub/SECURITY.md (about the folder).",
        f"Left out of {tmp_path}: b.pdf, c.png (of no kind that Parallax reads).",
        f"Left out of {tmp_path}: begun, old (results of an earlier run).",
    ]


def test_named_files_are_read_whatever_their_name(tmp_path: Path) -> None:
    folder(tmp_path, README__md=ARTICLE, __hidden__txt=ARTICLE)
    assert names(tmp_path, [tmp_path / "README.md", tmp_path / ".hidden.txt"]) == ["README.md", ".hidden.txt"]


def test_each_file_is_read_once(tmp_path: Path) -> None:
    folder(tmp_path, a__txt=ARTICLE, b__txt=ARTICLE)
    paths = [tmp_path / "b.txt", tmp_path, tmp_path / "sub" / ".." / "a.txt"]
    (tmp_path / "sub").mkdir()
    assert sorted(names(tmp_path, paths[:2])) == ["a.txt", "b.txt"]
    assert len(find(paths).files) == 2
    assert all(file.named for file in find(paths).files)


def test_a_file_of_a_folder_that_cannot_be_read_is_left_out_with_a_note(tmp_path: Path) -> None:
    folder(tmp_path, a__txt=ARTICLE, empty__txt=" \n", bad__txt=b"PK\x03\x04\0\0\0\x01\xff\xfe\0\0x")
    found, notes = documents([tmp_path])
    assert [document.source.path for document in found] == [f"{tmp_path}/a.txt"]
    assert notes == [
        f"Left out: {tmp_path}/bad.txt is a binary file (byte 4 is NUL); give Parallax text, HTML, .docx or JSON.",
        f"Left out: {tmp_path}/empty.txt is empty; give a file with text in it.",
    ]


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.txt", b"", "a.txt is empty"),
        ("a.txt", b" \r\n\t\n", "a.txt is empty"),
        ("a.txt", "\u3000\u2028\n".encode(), "a.txt holds no text"),
        ("a.html", b"<html><script>x</script><p> </p></html>", "a.html holds no text"),
        ("a.html", b"<!-- nothing -->", "a.html holds no text"),
        ("a.docx", b"no archive at all", "a.docx is no readable .docx file"),
        ("a.json", b"[]", "a.json holds no record"),
        ("a.json", b'{"title": "x"}', "a.json: record 1 has no text"),
        ("a.json", b'[{"text": "x"}, 7]', "a.json: record 2 is no object"),
        ("a.json", b'{"text": ', "a.json is no valid JSON"),
        ("a.jsonl", b'{"text": "x"}\n\n{"text"}\n', "a.jsonl is no valid JSON in line 3"),
        ("a.json", b"[" * 100_000, "a.json is nested too deeply"),
        ("a.json", b'{"id": ' + b"1" * 5000 + b', "text": "x"}', "a.json is no valid JSON"),
        ("a.txt", b"%PDF-1.7\n\0\0\x01\x02", "a.txt is a binary file"),
        ("a.txt", "Größe und Übergröße".encode()[:-1] + b"\xff\xfe", "a.txt cannot be decoded: byte 23 (0xff) is not"),
    ],
)
def test_what_cannot_be_read_is_one_sentence_that_names_the_file(name: str, data: bytes, message: str) -> None:
    with pytest.raises(UserError) as error:
        parse(data, name)
    assert str(error.value).startswith(message)
    assert "\n" not in str(error.value)


def test_paths_that_lead_to_nothing(tmp_path: Path) -> None:
    folder(tmp_path, a__pdf="x", sub___README__md="x")
    for path, message in [
        (tmp_path / "missing.txt", "cannot be read (No such file or directory)"),
        (tmp_path / "a.pdf", "is of no kind that Parallax reads; it reads .txt, .md"),
        (tmp_path / "sub", "holds nothing to read"),
        (tmp_path / ("x" * 300), "cannot be read (File name too long)"),
        (Path("nul\0.txt"), "cannot be read (no such name is possible)"),
    ]:
        with pytest.raises(UserError, match=r"^[^\n]*$") as error:
            documents([path])
        assert message in str(error.value)


def test_a_folder_where_nothing_can_be_read_says_why(tmp_path: Path) -> None:
    folder(tmp_path, a__txt="")
    with pytest.raises(UserError, match=r"^Nothing could be read\. Left out: .*a\.txt is empty"):
        documents([tmp_path])


def test_a_named_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    with pytest.raises(UserError, match="neither a file nor a folder"):
        find([tmp_path / "pipe.txt"])
    folder(tmp_path, a__txt=ARTICLE)
    assert find([tmp_path]).notes == (f"Left out of {tmp_path}: pipe.txt (not a file).",)


def test_links_out_of_the_folder_are_not_followed(tmp_path: Path) -> None:
    inside, outside = tmp_path / "in", tmp_path / "out"
    folder(inside, a__txt=ARTICLE)
    folder(outside, secret__txt="secret", more___b__txt="b")
    (inside / "secret.txt").symlink_to(outside / "secret.txt")
    (inside / "more").symlink_to(outside / "more", target_is_directory=True)
    (inside / "loop").symlink_to(inside, target_is_directory=True)
    (inside / "again.txt").symlink_to(inside / "a.txt")
    (inside / "broken.txt").symlink_to(inside / "gone.txt")
    found = find([inside])
    # The link to a file of the folder is that file, which is read once.
    assert [file.path.resolve().name for file in found.files] == ["a.txt"]
    assert sorted(found.notes) == [
        f"Left out of {inside}: broken.txt (not a file).",
        f"Left out of {inside}: loop, more (a link to a folder).",
        f"Left out of {inside}: secret.txt (a link out of the folder).",
    ]
    # A link that the user names is the user's wish.
    assert [document.text for document in documents([inside / "secret.txt"])[0]] == ["secret"]


def test_names_that_would_reach_the_terminal_are_made_printable(tmp_path: Path) -> None:
    path = tmp_path / "a\x1b[31m\u202eb.txt"
    path.write_text(ARTICLE, encoding="utf-8")
    (document,), _ = documents([tmp_path])
    assert document.source.path.endswith("a\ufffd[31mb.txt")
    assert document.source.id == "a-31mb"


def test_ids_are_short_slugs_and_unique(tmp_path: Path) -> None:
    folder(
        tmp_path, Ärger_im_Hafen__txt="a", a__txt="b", sub___a__md="c", sub___more___a__html="<p>d", 新聞__txt="e",
        a_very_long_name_that_goes_on__txt="f", a_very_long_name_that_goes_too__txt="g", x_7c1dc33cc98480cd__txt="h",
        news_20260213__txt="i",
    )  # fmt: skip
    (tmp_path / "-rf ..__.txt").write_text("j", encoding="utf-8")
    ids = {document.text[-1]: document.source.id for document in documents([tmp_path])[0]}
    assert ids["a"] == "arger_im_hafen"
    assert [ids[text] for text in "bcd"] == ["a", "a-2", "a-3"]
    assert ids["e"].startswith("source-") and ids["e"] == documents([tmp_path / "新聞.txt"])[0][0].source.id
    assert [ids[text] for text in "fg"] == ["a_very_long_name_that_go", "a_very_long_name_that-2"]
    assert [ids[text] for text in "hij"] == ["x", "news_20260213", "rf"]
    assert all(set(one) <= set("abcdefghijklmnopqrstuvwxyz0123456789-_") and len(one) <= 24 for one in ids.values())


def test_stated_ids_come_before_inferred_ones(tmp_path: Path) -> None:
    folder(tmp_path, a__txt="a", b__txt="b", sources__toml='["b.txt"]\nid = "a"\n')
    assert [document.source.id for document in documents([tmp_path])[0]] == ["a-2", "a"]


def test_parsing_depends_on_its_arguments_only(tmp_path: Path) -> None:
    assert parse(ARTICLE.encode(), "x/a.txt") == parse(ARTICLE.encode(), "x/a.txt")
    (document,) = documents([folder(tmp_path, a__txt=ARTICLE)])[0]
    assert parse(ARTICLE.encode(), f"{tmp_path}/a.txt") == [document]
