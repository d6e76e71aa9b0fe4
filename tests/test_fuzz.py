"""Whatever comes in: no crash but a UserError, no hang, exact offsets, nothing lost.

    PARALLAX_FUZZ_EXAMPLES=100000 python -m pytest tests/test_fuzz.py     for as long as you like

In CI the examples are few and always the same. What longer runs found is kept in `@example`s here and as
cases of the modules that were wrong.
"""

from __future__ import annotations

import csv
import functools
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import lxml.html
import pytest
from fuzz import damaged, fuzz, languages, texts
from hypothesis import given
from hypothesis import strategies as st
from story_fixture import story
from test_export import LINE_ENDS, small
from test_export_data import finished
from test_read import check
from test_read_hostile import document_xml

from pipeline import compare, normalise, report, settings
from pipeline.errors import UserError
from pipeline.export import FORMATS, Options, decisions, write
from pipeline.export.jsonl import data_files, read_story
from pipeline.export.review import read_review
from pipeline.export.tsv import bitext_tsv, restored
from pipeline.export.view import View
from pipeline.language import Language
from pipeline.model import Document, Segment, Source
from pipeline.read import documents, manifest, markup, parse
from pipeline.segment import segment
from pipeline.translate import archive, exchange, packages
from pipeline.translate.glossary import Glossary
from pipeline.translate.memory import Memory
from pipeline.workspace import Workspace

FIXTURES = Path(__file__).parent / "fixtures"


def one_sentence(error: UserError, name: str = "") -> None:
    """An error that names the file. That it is one line and harmless is seen to where it is printed."""
    assert name in str(error) and len(str(error)) < 20_000


# --- reading, segmenting, claims ---


def followed(found: list[Document]) -> None:
    """Documents on their way to claims: at each step the offsets are exact and nothing is lost."""
    for document in found:
        check(document)
        text, content = document.text, _content(document)
        segments = normalise.normalise(segment(document), document.source.language)
        position = 0
        for one in segments:
            assert text[one.start : one.end] == one.text and position <= one.start < one.end
            # Between segments stand white space and marks of the markup, never words.
            assert not re.search(r"\w", content[position : one.start]), text[position : one.start]
            position = one.end
        assert not re.search(r"\w", content[position:])
        claims, _ = compare.find([document], segments, [])
        within = {one.id: one for one in segments}
        for claim in claims:
            assert text[claim.start : claim.end] == claim.text != ""
            assert within[claim.segment].start <= claim.start < claim.end <= within[claim.segment].end
            assert claim.low is None or claim.high is None or claim.low <= claim.high


def _content(document: Document) -> str:
    """The text with list numbers and other marks that blocks keep out of their content as spaces."""
    pieces, position = [], 0
    for block in document.blocks:
        start, end = block.content
        pieces += [document.text[position : block.start], " " * (start - block.start), document.text[start:end]]
        pieces += [" " * (block.end - end)]
        position = block.end
    return "".join(pieces) + document.text[position:]


def read(data: bytes, name: str) -> list[Document]:
    try:
        return parse(data, name)
    except UserError as error:
        one_sentence(error, name)
        return []


ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32", "gb18030", "big5hkscs", "cp1252", "shift_jis")


@pytest.mark.parametrize("name", ["a.txt", "a.md"])
@given(text=texts, encoding=st.sampled_from(ENCODINGS), end=st.sampled_from(["\n", "\r\n", "\r"]))
@fuzz(60)
def test_texts(name: str, text: str, encoding: str, end: str) -> None:
    data = text.replace("\n", end).encode(encoding, "replace")
    found = read(data, name)
    followed(found)
    if encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-32") and "\0" not in text and found:
        assert found[0].text == data.decode(encoding).removeprefix("\ufeff")


@pytest.mark.parametrize("name", ["a.html", "a.json", "a.jsonl"])
@given(text=texts, data=st.data())
@fuzz(60)
def test_marked_up(name: str, text: str, data: st.DataObject) -> None:
    if name == "a.html":
        followed(read(text.encode("utf-8", "replace"), name))
        return
    values = st.one_of(texts, st.none(), st.booleans(), st.integers(), st.floats(), st.lists(texts, max_size=2))
    keys = st.sampled_from(["title", "date", "url", "language", "outlet", "id", "text", "Text", "body", text])
    record = {**data.draw(st.dictionaries(keys, values, max_size=4)), "content": text}
    followed(read(json.dumps([record] if name == "a.json" else record).encode(), name))


W = ("p", "r", "tbl", "tr", "tc", "sdt", "hyperlink", "ins", "smartTag", "footnote", "txbxContent", "br", "tab", "pPr")
words = st.lists(st.sampled_from([*W, "word", "word", "word", "up", "up"]), max_size=60)


@given(words)
@fuzz(60)
def test_word_documents_in_any_order_of_elements(steps: list[str]) -> None:
    """Text in a paragraph is read wherever the paragraph is."""
    xml, open_tags, expected = [], [], []
    for number, step in enumerate(steps):
        if step == "up":
            xml.append(f"</w:{open_tags.pop()}>" if open_tags else "")
        elif step == "word":
            xml.append(f"<w:p><w:r><w:t>w{number}.</w:t></w:r></w:p>")
            expected.append(f"w{number}")
        else:
            open_tags.append(step)
            xml.append(f"<w:{step}>")
    xml += [f"</w:{tag}>" for tag in reversed(open_tags)]
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as made:
        made.writestr("word/document.xml", document_xml("".join(xml)))
    found = read(stream.getvalue(), "a.docx")
    followed(found)
    assert sorted(re.findall(r"w\d+", found[0].text if found else "")) == sorted(expected)


SAMPLES = {path.name: path.read_bytes() for path in sorted((FIXTURES / "read").glob("*")) if path.is_file()}
SAMPLES |= {
    "a.html": b"<html lang=de><meta charset=utf-8><article><h1>Der Hafen</h1><p>Ein Satz.<table><tr><td>1<td>2</table>",
    "a.json": '[{"text": "Der Hafen schließt.", "date": "2031-02-03"}, {"body": "<p>Ein Satz.</p>"}]'.encode(),
    "a.jsonl": b'{"text": "Der Hafen."}\n{"text": "Der Kran.", "language": "de"}\n',
    "a.md": "---\ntitle: Der Hafen\n---\n# Kopf\n\n- *eins*\n- zwei\n\n|a|b|\n|-|-|\n|1|2|\n\n> „Ja.“\n".encode(),
}


def letter() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("word/document.xml", document_xml("<w:p><w:r><w:t>Der Hafen schließt.</w:t></w:r></w:p>"))
        made.writestr("docProps/core.xml", b"<x/>")
    return stream.getvalue()


SAMPLES["a.docx"] = letter()


@pytest.mark.parametrize("name", SAMPLES)
@given(data=st.data())
@fuzz(40)
def test_damaged_sources(name: str, data: st.DataObject) -> None:
    followed(read(data.draw(damaged(st.just(SAMPLES[name]))), name))


def of(source: str, text: str, language: Language) -> tuple[Document, list[Segment]]:
    """The text as a document, with its segments."""
    draft = markup.draft(text)
    about = Source(source, "a.txt", "Outlet", language, "Title", "2031-02-12", "", "0" * 64)
    found = Document(about, draft.text, draft.blocks, draft.markup)
    return found, segment(found)


@given(a=texts, b=texts, tongues=st.tuples(languages, languages), count=st.integers(0, 3))
@fuzz(8)
def test_any_two_texts_compared(a: str, b: str, tongues: tuple[Language, Language], count: int) -> None:
    """Claims, comparisons and topics of two texts whose first sentences are said to say the same."""
    found = [of("a", a, tongues[0]), of("b", b, tongues[1])]
    segments = [one for _, own in found for one in own]
    whole = small()
    groups = [
        replace(whole.groups[0], id=f"g{n}", members={"a": (x.id,), "b": (y.id,)})
        for n, (x, y) in enumerate(zip(*(own for _, own in found)))
    ][:count]
    claims, comparisons = compare.find([document for document, _ in found], segments, groups)
    assert {one for each in comparisons for one in each.claims} <= {*claims}
    told = replace(
        whole, documents=tuple(document for document, _ in found), segments=tuple(segments), links=(),
        groups=tuple(groups), claims=tuple(claims), comparisons=tuple(comparisons),
    )  # fmt: skip
    for render in (report.html, report.markdown, data_files):
        render(told)


# --- writing ---


def cells(text: str) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(text, newline=""), delimiter="\t", strict=True)


@given(text=texts, other=texts, pivot=texts)
@fuzz(60)
def test_tables_hold_any_text(text: str, other: str, pivot: str) -> None:
    table = bitext_tsv(small(text, other, pivot))
    assert not re.search("[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]", table)
    header, row = cells(table)
    found = dict(zip(header, map(restored, row)))
    assert [found["a_text"], found["b_text"]] == [re.sub(f"[{LINE_ENDS}]+", " ", t) for t in (text, other)]
    assert all(not cell.lstrip("\t ").startswith(("=", "+", "-", "@")) for cell in row)


@given(text=texts, other=texts, pivot=texts)
@fuzz(8)
def test_pages_show_any_text_and_nothing_else(text: str, other: str, pivot: str) -> None:
    """The page has the elements that a page of harmless words has, and each sentence in it to the letter."""
    made = lxml.html.document_fromstring(report.html(small(text, other, pivot)))
    assert len(made.cssselect("script")) == 2 and not made.cssselect("img, iframe, object, base, link, [style]")
    assert not [name for element in made.iter() for name in map(str, element.attrib) if name.startswith("on")]
    shown = "".join(made.itertext()).split()
    for word in report.text.neutral(text).split():
        assert word in shown or word in "".join(shown)


@pytest.mark.parametrize("name", FORMATS)
@given(text=texts, other=texts, pivot=texts, options=st.builds(Options, machine=st.booleans(), bom=st.booleans()))
@fuzz(15)
def test_exports_write_any_text_or_refuse_it(
    name: str, text: str, other: str, pivot: str, options: Options, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("export")
    told = small(text, other, pivot)
    try:
        paths = write(told, name, folder, options)
    except UserError as error:
        one_sentence(error)
        assert not [*folder.iterdir()]
        return
    if name in ("tsv", "xlsx", "xliff", "xliff2", "tmx"):
        for path in paths:
            try:
                review = read_review(path, told)
            except UserError as error:
                # Two empty or equal texts cannot be told apart once their ids are not in the file.
                one_sentence(error, path.name)
                continue
            assert not review.corrections and not review.decisions


@given(text=texts, other=texts, pivot=texts)
@fuzz(40)
def test_a_run_with_any_text_comes_back(
    text: str, other: str, pivot: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    told = small(text, other, pivot)
    assert read_story(finished(told, tmp_path_factory.mktemp("run"))) == told


# --- files that people and programs give back ---


@functools.cache
def exported(name: str) -> bytes:
    """A file of an export: "format-file"."""
    kind, file = name.split("-", 1)
    return FORMATS[kind].render(View(small(), Options()))[file]


@pytest.mark.parametrize("name", ["tsv-groups.tsv", "tsv-bitext.de-zh-Hans.tsv", "xlsx-review.xlsx", "xliff-a.xlf",
                                  "xliff2-a.xlf", "tmx-parallax.tmx"])  # fmt: skip
@given(data=st.data())
@fuzz(40)
def test_damaged_reviews(name: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("review") / name
    path.write_bytes(data.draw(damaged(st.just(exported(name)))))
    try:
        review = read_review(path, small())
    except UserError as error:
        one_sentence(error, name)
        return
    known = set(decisions.keys(small().segments).values())
    assert all(key in known for decision in review.decisions for part in decision.parts for key in part)
    assert all(correction.translation.strip() for correction in review.corrections)


@given(data=st.data())
@fuzz(30)
def test_damaged_workbooks(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A part of a workbook is damaged before it is packed, where no checksum tells."""
    path = tmp_path_factory.mktemp("book") / "review.xlsx"
    with zipfile.ZipFile(io.BytesIO(exported("xlsx-review.xlsx"))) as old, zipfile.ZipFile(path, "w") as new:
        victim = data.draw(st.sampled_from(old.namelist()))
        for part in old.namelist():
            content = old.read(part)
            new.writestr(part, data.draw(damaged(st.just(content))) if part == victim else content)
    try:
        read_review(path, small())
    except UserError as error:
        one_sentence(error, "review.xlsx")


TMX = (
    '<?xml version="1.0"?><tmx version="1.4"><header/><body><tu><prop type="x-score">-0.5</prop><tuv xml:lang="de">'
    '<seg>Ein <hi>Satz</hi>.</seg></tuv><tuv xml:lang="en"><seg>A sentence.</seg></tuv></tu></body></tmx>'
)
TSV = "\t".join(exchange.COLUMNS) + "\nde\ten\tEin Satz.\tA sentence.\thuman\t1\t0.5\tx\n"
SMALL_FILES: dict[str, tuple[bytes, Callable[[Path], object]]] = {
    "m.tmx": (TMX.encode(), lambda path: Memory.from_tmx(path).close()),
    "m.tsv": (TSV.encode(), lambda path: list(exchange.read(path))),
    "glossary.tsv": ("Hafen\tport\tnote\n港口\tharbour\n".encode(), Glossary.read),
    "sources.toml": (b'["a.txt"]\nid = "a"\nlanguage = "de"\ndate = 2031-02-03\nurl = "https://x.example/a"\n',
                     manifest.load),
    "parallax.toml": (b'models = "m"\nbeam = 4\nmin_score = 0.5\ntranslate = true\ntopics = 0\nthreads = 1\n',
                      lambda path: settings.load(path.parent, {})),
    "decisions.jsonl": (b'{"verdict": "apart", "parts": [["a#0123"], ["b#4567"]]}\n', decisions.load),
}  # fmt: skip


@pytest.mark.parametrize("name", SMALL_FILES)
@given(data=st.data())
@fuzz(60)
def test_damaged_companions(name: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    sound, load = SMALL_FILES[name]
    path = tmp_path_factory.mktemp("file") / name
    path.write_bytes(data.draw(damaged(st.just(sound))))
    try:
        load(path)
    except UserError as error:
        one_sentence(error, name)


@functools.cache
def run_files() -> dict[str, bytes]:
    """The data files of a run."""
    files = {name: text.encode() for name, text in data_files(story()).items()}
    run = {"version": "1", "settings": {}, "models": [], "notes": []}
    return {**files, "run.json": json.dumps(run).encode()}


@given(data=st.data())
@fuzz(60)
def test_damaged_runs(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("run")
    victim = data.draw(st.sampled_from(sorted(run_files())))
    for name, content in run_files().items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(data.draw(damaged(st.just(content))) if name == victim else content)
    try:
        told = read_story(folder)
        for name in ("tsv", "tmx", "xliff2", "jsonl"):
            write(told, name, folder / name)
    except UserError as error:
        one_sentence(error)


@given(data=st.data())
@fuzz(60)
def test_damaged_artefacts(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    space = Workspace(tmp_path_factory.mktemp("space"))
    made = list(small().segments)
    space.cached("segment", [], list[Segment], lambda: made)
    space.close()
    path = space.folder / "artefacts.sqlite"
    path.write_bytes(data.draw(damaged(st.just(path.read_bytes()))))
    assert space.cached("segment", [], list[Segment], lambda: made) == made


@given(data=st.data())
@fuzz(25)
def test_damaged_memories(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("memory") / "m.sqlite"
    first = Memory.open(path)
    first.add(exchange.Unit(Language("de"), Language("en"), f"Satz {n}.", "x") for n in range(50))
    first.close()
    path.write_bytes(data.draw(damaged(st.just(path.read_bytes()))))
    try:
        memory = Memory.open(path)
        memory.human("Satz 7.", Language("de"))
        list(memory.units())
        memory.add([exchange.Unit(Language("de"), Language("en"), "Satz 7.", "y")])
        assert memory.human("Satz 7.", Language("de")) == "y"
        memory.close()
    except UserError as error:
        one_sentence(error, "m.sqlite")


@given(data=st.data())
@fuzz(40)
def test_damaged_packages(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The directory of an archive and its metadata, which decide what is unpacked and where."""
    folder = tmp_path_factory.mktemp("package")
    stream = io.BytesIO()
    stated = json.dumps({"from_code": "de", "to_code": "en", "package_version": "1.0", "type": "translate"}).encode()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("translate-de_en/metadata.json", data.draw(st.one_of(st.just(stated), damaged(st.just(stated)))))
        made.writestr("translate-de_en/sentencepiece.model", b"x")
        made.writestr("translate-de_en/model/model.bin", b"x" * 200)
    path = folder / "m.argosmodel"
    path.write_bytes(data.draw(damaged(st.just(stream.getvalue()))))
    into = folder / "into"
    into.mkdir()
    try:
        packages.read(path)
        archive.unpack(path, into)
    except UserError as error:
        one_sentence(error)
    assert sorted(p.name for p in folder.iterdir()) == ["into", "m.argosmodel"]
    assert not any(p.is_symlink() for p in into.rglob("*"))


@given(files=st.lists(st.tuples(texts, st.binary(max_size=60)), max_size=3))
@fuzz(60)
def test_folders_with_any_names(files: list[tuple[str, bytes]], tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("folder")
    for n, (name, content) in enumerate(files):
        safe = name.replace("/", "").replace("\0", "")[:40] or "x"
        (folder / f"{n}{safe}.txt").write_bytes(content or b"x")
    try:
        found, notes = documents([folder])
    except UserError as error:
        one_sentence(error)
        return
    assert not any(re.search("[\0-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", note) for note in notes), (
        notes
    )
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9_-]*", document.source.id) for document in found)
