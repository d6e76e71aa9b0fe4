"""The contract of every export, and what is particular to the tables.

Each format has a reader here, made with another library than its writer where there is one, which
gives back the texts by their ids. Whatever one format promises is asked of all.
"""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import openpyxl
import polib
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import etree
from story_fixture import story

from pipeline.errors import UserError
from pipeline.export import FORMATS, Options, write
from pipeline.export.tsv import SEPARATOR, bitext_tsv, defused, restored
from pipeline.export.view import View
from pipeline.language import Language
from pipeline.model import Document, Group, Link, Segment, Source, Story

# Everything but the characters that end a line, which tables and line-parallel files turn into spaces.
LINE_ENDS = "\t\n\x0b\x0c\r\x1c\x1d\x1e\x85\u2028\u2029"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
NASTY = {
    "combining marks": "Ko\u0308ln, cafe\u0301, \u0301",
    "bidi controls": "\u202eabc\u202c \u2066x\u2069 \u200f",
    "astral": "𠀀𝔘🏴‍☠️",
    "markup": "<b>&amp; & \"x\" 'y' ]]> <!-- --> <?x?> </seg>",
    "entity": "&lt;&#0;&xxe;",
    "leading and trailing space": "  x ",
    "odd spaces": "\u00a0x\u200by\u3000z\ufeff",
    "formula": "=cmd|' /C calc'!A0",
    "plus": "+49 30 1234",
    "minus": "- 5 Prozent",
    "at": "@outlet",
    "full-width formula": "＝1+1",
    "apostrophe and formula": "'=1",
    "two apostrophes and formula": "''=1",
    "space and formula": " =1",
    "apostrophe": "'s ist so",
    "quotation mark": '"Nein", sagte sie.',
    "one quotation mark": '"Nein, sagte sie.',
    "separator": "a ~~~ b",
    "escape of workbooks": "_x0041_ x_x000C_y",
    "backslashes": "C:\\new\\table \\u0041",
    "format": "%s {0} ${x}",
    "delete and C1": "\x7f\x80\x9f",
    "replacement": "\ufffd",
    "long": "Satz. " * 4000 + "Ende.",
}


@dataclass
class Exported:
    """What a reader finds: texts by ids ("a:1" or "a:1 a:2"), translations by id, tags of languages."""

    texts: dict[str, str] = field(default_factory=dict)
    translations: dict[str, str] = field(default_factory=dict)
    languages: set[str] = field(default_factory=set)


def read_tsv(folder: Path) -> Exported:
    found = Exported()
    for row in table(folder / "groups.tsv"):
        for name in row:
            if name.endswith(":ids") and row[name]:
                source = name.removesuffix(":ids")
                tag = next(key for key in row if key.startswith(f"{source}:") and key != name).split(":")[1]
                found.languages.add(tag)
                found.texts[row[name]] = row[f"{source}:{tag}"]
                if tag != "en":
                    found.translations[row[name]] = row.get(f"{source}:en", "")
    for path in folder.glob("bitext.*.tsv"):
        for row in table(path):
            found.languages |= {row["a_lang"], row["b_lang"]}
            for side in "ab":
                found.texts.setdefault(row[f"{side}_ids"], row[f"{side}_text"])
    return found


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", strict=True)
        return [{restored(name): restored(cell) for name, cell in row.items()} for row in rows]


def read_xlsx(folder: Path) -> Exported:
    found = Exported()
    for row in sheet(folder / "review.xlsx", "Sentences"):
        found.texts[row["id"]] = row["text"]
        found.translations[row["id"]] = row["translation"]
        found.languages.add(row["language"])
    return found


def sheet(path: Path, name: str) -> list[dict[str, str]]:
    header, *rows = openpyxl.load_workbook(path)[name].iter_rows(values_only=True)
    # ECMA-376, 22.9.2.19 escapes a carriage return; openpyxl leaves it so.
    return [{str(title): str(cell or "").replace("_x000D_", "\r") for title, cell in zip(header, row)} for row in rows]


def read_tmx(folder: Path) -> Exported:
    found = Exported()
    for unit in etree.parse(folder / "parallax.tmx").iter("tu"):
        for variant in unit.iter("tuv"):
            properties = {each.get("type"): each.text for each in variant.iter("prop")}
            found.languages.add(variant.get(LANG))
            if "x-segments" in properties:
                found.texts[properties["x-segments"]] = variant.findtext("seg")
            else:
                found.translations[unit.get("tuid")] = variant.findtext("seg")
    return found


def read_xliff(folder: Path) -> Exported:
    found = Exported()
    for path in folder.glob("*.xlf"):
        root = etree.parse(path).getroot()
        for unit in root.iter("{*}trans-unit", "{*}unit"):
            part = unit if unit.find("{*}segment") is None else unit.find("{*}segment")
            found.texts[unit.get("id")] = part.findtext("{*}source")
            found.translations[unit.get("id")] = part.findtext("{*}target") or ""
            found.languages.add(root.get("srcLang") or root.find("{*}file").get("source-language"))
            found.languages |= {target.get(LANG) for target in unit.iter("{*}target") if target.get(LANG)}
    return found


def read_po(folder: Path) -> Exported:
    found = Exported()
    for path in folder.glob("*.po"):
        catalogue = polib.pofile(str(path))
        found.languages.add(catalogue.metadata["X-Source-Language"])
        for entry in catalogue:
            found.texts[entry.msgctxt] = entry.msgid
            found.translations[entry.msgctxt] = entry.msgstr
    return found


def read_moses(folder: Path) -> Exported:
    found = Exported()
    for ids in folder.glob("*.ids"):
        files = sorted(path for path in folder.glob(f"{ids.stem}.*") if path != ids)
        lines = [path.read_bytes().decode().split("\n") for path in files]
        assert len(files) == 2 and len(lines[0]) == len(lines[1])
        a, b = re.fullmatch(r"bitext\.((?:zh-)?[^-]+)-(.+)", ids.stem).groups()
        found.languages |= {a, b}
        assert [path.name.split(".")[-1] for path in files] == [a, b]
        for line, one, other in zip(ids.read_bytes().decode().split("\n"), *lines):
            if line:
                found.texts[line.split("\t")[2]], found.texts[line.split("\t")[3]] = one, other
    return found


def read_xces(folder: Path) -> Exported:
    found = Exported()
    for path in folder.glob("xml/*/*.xml"):
        found.languages.add(path.parent.name)
        for sentence in etree.parse(path).iter("s"):
            found.texts[f"{path.stem}:{sentence.get('id')}"] = sentence.text
    return found


def read_jsonl(folder: Path) -> Exported:
    found = Exported()
    for line in (folder / "groups-with-texts.jsonl").read_text("utf-8").splitlines():
        for member in json.loads(line)["members"]:
            found.texts[" ".join(member["ids"])] = member["text"]
            found.translations[" ".join(member["ids"])] = member["translation"]
            found.languages.add(member["language"])
    for line in (folder / "bitext.jsonl").read_text("utf-8").splitlines():
        record = json.loads(line)
        for side in "ab":
            found.texts.setdefault(" ".join(record[f"{side}_ids"]), record[f"{side}_text"])
    return found


def read_parquet(folder: Path) -> Exported:
    parquet = pytest.importorskip("pyarrow.parquet")
    found = Exported()
    for row in parquet.read_table(folder / "segments.parquet").to_pylist():
        found.texts[row["id"]] = row["text"]
        found.translations[row["id"]] = row["translation"]
        found.languages.add(row["language"])
    return found


READERS: dict[str, Callable[[Path], Exported]] = {
    "tsv": read_tsv,
    "xlsx": read_xlsx,
    "tmx": read_tmx,
    "xliff": read_xliff,
    "xliff2": read_xliff,
    "po": read_po,
    "moses": read_moses,
    "xces": read_xces,
    "jsonl": read_jsonl,
    "parquet": read_parquet,
}
TRANSLATED = sorted(READERS.keys() - {"moses", "xces"})
# Texts of these formats lie line by line.
LINES = {"tsv", "moses"}


def small(
    text: str = "Ein Satz.", other: str = "一句话。", pivot: str = "A sentence.", tags: str = "de zh-Hans"
) -> Story:
    """Two outlets with a sentence each, linked and in a group."""
    documents, segments = [], []
    for id, tag, plain in zip("ab", tags.split(), (text, other)):
        source = Source(id, f"{id}.txt", f"Outlet {id}", Language.parse(tag), "Title", "2025-05-04", "", "0" * 64)
        documents.append(Document(source, plain, ()))
        segments.append(
            Segment(
                f"{id}:1", id, 1, 0, len(plain), plain, plain, "paragraph", 0, 1, plain, pivot, "model", "argos", 0.8
            )
        )  # fmt: skip
    group = Group("g1", {"a": ("a:1",), "b": ("b:1",)}, 0.95, "A label")
    return Story(tuple(documents), tuple(segments), (Link(("a:1",), ("b:1",), 0.95),), (group,), (), version="1.0.0")


def exported(story: Story, name: str, folder: Path, **options: Any) -> Exported:
    write(story, name, folder, Options(**options))
    return READERS[name](folder)


def files_in(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def rendered(story: Story, name: str, **options: Any) -> dict[str, bytes]:
    return dict(FORMATS[name].render(View(story, Options(**options))))


@pytest.mark.parametrize("name", FORMATS)
class TestEveryFormat:
    def test_has_a_reader_and_a_line_of_help(self, name: str) -> None:
        assert name in READERS
        assert FORMATS[name].help and "\n" not in FORMATS[name].help

    def test_writes_the_files_it_names_and_no_others(self, name: str, tmp_path: Path) -> None:
        paths = write(story(), name, tmp_path / "new" / "folder")
        assert sorted(map(str, paths)) == sorted(
            str(tmp_path / "new/folder" / file) for file in files_in(tmp_path / "new/folder")
        )
        assert paths
        extensions = FORMATS[name].extensions or (".de", ".en", ".zh-Hans", ".zh-Hant", ".ids")
        assert all(path.name.endswith(extensions) for path in paths)

    def test_twice_the_same_bytes(self, name: str) -> None:
        assert rendered(story(), name) == rendered(story(), name)

    @pytest.mark.parametrize("text", NASTY.values(), ids=NASTY)
    def test_keeps_every_character(self, name: str, text: str, tmp_path: Path) -> None:
        found = exported(small(text, text + "二", text + " English"), name, tmp_path)
        assert found.texts["a:1"] == text
        if "b:1" in found.texts:
            assert found.texts["b:1"] == text + "二"
        if name in TRANSLATED:
            assert found.translations["a:1"] == text + " English"

    @pytest.mark.parametrize("character", ["\0", "\x08", "\x1b", "\ufffe", "\uffff", "\ud800", "\udfff"])
    def test_refuses_what_it_cannot_hold(self, name: str, character: str, tmp_path: Path) -> None:
        if FORMATS[name].controls and not "\ud800" <= character <= "\udfff":
            assert exported(small(f"x{character}y"), name, tmp_path).texts["a:1"] == f"x{character}y"
            return
        with pytest.raises(UserError, match=rf"Sentence b:1 .*U\+{ord(character):04X}"):
            write(small(other=f"x{character}y"), name, tmp_path)
        with pytest.raises(UserError, match="translation of sentence a:1"):
            write(small(pivot=f"x{character}y"), name, tmp_path)
        with pytest.raises(UserError, match=r"label of group g1"):
            write(replace(small(), groups=(replace(small().groups[0], label=character),)), name, tmp_path)
        assert not files_in(tmp_path)

    @pytest.mark.parametrize("end", LINE_ENDS)
    def test_no_text_ends_its_line(self, name: str, end: str, tmp_path: Path) -> None:
        if end in "\x0b\x0c\x1c\x1d\x1e" and not FORMATS[name].controls:
            return  # not in XML either: refused
        found = exported(small(f"x{end}y", f"二{end}三"), name, tmp_path)
        assert found.texts["a:1"] == ("x y" if name in LINES else f"x{end}y")
        assert found.texts.get("b:1", "二 三") == ("二 三" if name in LINES else f"二{end}三")

    def test_takes_a_story_with_nothing_in_it(self, name: str, tmp_path: Path) -> None:
        empty = Story((), (), (), (), ())
        assert exported(empty, name, tmp_path).texts == {}
        alone = replace(story(), links=(), groups=(), topics=())
        assert set(exported(alone, name, tmp_path).texts) <= {segment.id for segment in alone.segments}

    def test_leaves_boilerplate_out(self, name: str, tmp_path: Path) -> None:
        found = exported(story(), name, tmp_path)
        furniture = {segment.id for segment in story().segments if segment.kind == "boilerplate"}
        assert furniture and found.texts
        assert not furniture & {id for ids in found.texts for id in ids.split()}

    def test_leaves_out_what_scores_less(self, name: str) -> None:
        whole = story()
        best = replace(
            whole,
            groups=tuple(group for group in whole.groups if group.score >= 0.92),
            links=tuple(link for link in whole.links if link.score >= 0.92),
        )
        assert 0 < len(best.groups) < len(whole.groups)
        if name == "xlsx":  # in which a sentence without its group would seem to have been taken out of it
            weak = {id for group in whole.groups if group.score < 0.92 for run in group.members.values() for id in run}
            best = replace(best, segments=tuple(segment for segment in best.segments if segment.id not in weak))
        assert rendered(whole, name, min_score=0.92) == rendered(best, name)

    def test_leaves_machine_translations_out_if_told(self, name: str, tmp_path: Path) -> None:
        if name not in TRANSLATED:
            return
        both = exported(story(), name, tmp_path / "both").translations
        people = exported(story(), name, tmp_path / "people", machine=False).translations
        assert any("Mayor Ilse Brandt said" in text for text in people.values())
        assert any("412 metres" in text for text in both.values())
        assert not any("412 metres" in text for text in people.values())

    def test_writes_tags_with_scripts_or_regions(self, name: str, tmp_path: Path) -> None:
        scripts = exported(story(), name, tmp_path / "scripts").languages
        regions = exported(story(), name, tmp_path / "regions", regions=True).languages
        assert {"de", "zh-Hans", "zh-Hant"} <= scripts
        assert {"de", "zh-CN", "zh-TW"} <= regions
        assert not {"zh-Hans", "zh-Hant"} & regions

    def test_tells_two_outlets_in_one_language_apart(self, name: str, tmp_path: Path) -> None:
        paths = write(small("Erster Satz.", "Zweiter Satz.", tags="de de"), name, tmp_path)
        everything = b"".join(path.read_bytes() for path in paths)
        if name not in ("xlsx", "parquet"):
            assert b"Erster Satz." in everything and b"Zweiter Satz." in everything
        assert len(set(paths)) == len(paths)

    @pytest.mark.parametrize("id", ["../x", "/x", "a/../../x", "..", "a\\b", "c:x", ""])
    def test_writes_nowhere_else(self, name: str, id: str, tmp_path: Path) -> None:
        hostile = small()
        documents = (
            replace(hostile.documents[0], source=replace(hostile.documents[0].source, id=id)),
            hostile.documents[1],
        )
        segments = (replace(hostile.segments[0], source=id), hostile.segments[1])
        group = replace(hostile.groups[0], members={id: ("a:1",), "b": ("b:1",)})
        folder = tmp_path / "in" / "folder"
        try:
            write(replace(hostile, documents=documents, segments=segments, groups=(group,)), name, folder)
        except UserError as error:
            assert "sources.jsonl" in str(error)
        assert all(path.startswith("in/folder/") for path in files_in(tmp_path))

    def test_replaces_a_file_as_a_whole_or_not_at_all(
        self, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write(small(), name, tmp_path)
        before = files_in(tmp_path)

        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(Path, "replace", full)
        with pytest.raises(UserError, match="No space left"):
            write(small("Anders."), name, tmp_path)
        assert files_in(tmp_path) == before

    @settings(derandomize=True, max_examples=20, deadline=None)
    @given(
        text=st.text(
            st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp"), exclude_characters="\ufffe\uffff"), min_size=1
        )
    )
    @example(text="'")
    @example(text='"')
    def test_keeps_any_text(self, name: str, text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
        if re.search("[\ufffe\uffff]|[\U0001fffe-\U0001ffff]", text):
            return
        folder = tmp_path_factory.mktemp("any")
        assert exported(small(text), name, folder).texts["a:1"] == text


def test_a_format_nobody_knows(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"'docx' is not a format .* tsv, xlsx"):
        write(story(), "docx", tmp_path)


class TestTables:
    def test_a_row_for_each_group_and_columns_for_each_source(self, tmp_path: Path) -> None:
        write(story(), "tsv", tmp_path)
        rows = table(tmp_path / "groups.tsv")
        assert [row["group"] for row in rows] == [group.id for group in story().groups]
        first = rows[0]
        assert first["topic"] == "The reopening"
        assert first["score"] == "0.97"
        assert first["haisheng:zh-Hans"].split(SEPARATOR) == ["沙港海桥重新开放", "沙港的海桥5月3日重新开放。"]
        assert first["haisheng:en"].split(SEPARATOR)[1] == "The sea bridge at Shagang reopened on 3 May."
        assert "ledger:en" in first and "ledger:ids" in first
        assert list(first).count("ledger:en") == 1

    def test_bitext_has_ids_texts_relation_and_score_last(self, tmp_path: Path) -> None:
        write(story(), "tsv", tmp_path)
        row = table(tmp_path / "bitext.de-zh-Hans.tsv")[0]
        assert row == {
            "a_ids": "kuestenblatt:2 kuestenblatt:3",
            "b_ids": "haisheng:1 haisheng:2",
            "a_lang": "de",
            "b_lang": "zh-Hans",
            "a_text": "Sandhaven hat seine Seebrücke wieder Drei Jahre nach der Sturmflut ist die Seebrücke von "
            "Sandhaven am 3. Mai wieder eröffnet worden.",
            "b_text": "沙港海桥重新开放沙港的海桥5月3日重新开放。",
            "relation": "equal",
            "score": "0.97",
        }
        assert list(row)[-1] == "score"
        assert {row["relation"] for row in table(tmp_path / "bitext.de-zh-Hans.tsv")} == {"equal", "overlap"}

    def test_the_subset_holds_what_is_above_nine_tenths(self, tmp_path: Path) -> None:
        write(story(), "tsv", tmp_path)
        for path in tmp_path.glob("bitext.*.90.tsv"):
            rows = table(tmp_path / path.name.replace(".90", ""))
            assert table(path) == [row for row in rows if float(row["score"]) > 0.9]
        assert table(tmp_path / "bitext.de-en.90.tsv") != table(tmp_path / "bitext.de-en.tsv")

    def test_all_pairs_of_a_run_in_one_table(self) -> None:
        rows = list(csv.DictReader(io.StringIO(bitext_tsv(story())), delimiter="\t"))
        assert len(rows) == len(story().links)
        assert {(row["a_ids"], row["b_ids"]) for row in rows} == {
            (" ".join(link.a), " ".join(link.b)) for link in story().links
        }

    @pytest.mark.parametrize("end", LINE_ENDS)
    def test_every_line_has_every_column(self, end: str) -> None:
        text = bitext_tsv(small(f'x{end}"y"{end}{end}z'))
        header, row, rest = text.split("\n")
        assert rest == "" and text.splitlines() == [header, row]
        assert row.count("\t") == header.count("\t") == 7

    @pytest.mark.parametrize("text", [*NASTY.values(), "", "'", "''", "plain", "=", "\t=", "'\t=", " '=", "x=1"])
    def test_defusing_is_undone(self, text: str) -> None:
        assert restored(defused(text)) == text

    @settings(derandomize=True, deadline=None)
    @given(st.text("'=+-@＝ \tx", max_size=6))
    def test_defusing_any_text_is_undone_and_leaves_no_formula(self, text: str) -> None:
        cell = defused(text)
        assert restored(cell) == text
        assert not cell.lstrip().startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))

    def test_no_cell_of_any_table_starts_a_formula(self, tmp_path: Path) -> None:
        hostile = small("=1+1", "@SUM(1)", "+1")
        hostile = replace(hostile, groups=(replace(hostile.groups[0], label="-1", id="=g"),))
        write(hostile, "tsv", tmp_path)
        write(hostile, "tsv", tmp_path, Options(sketch_engine=True))
        cells = [
            cell
            for path in tmp_path.glob("*.tsv")
            for row in csv.reader(path.open(encoding="utf-8", newline=""), delimiter="\t")
            for cell in row
        ]
        assert "'=1+1" in cells and "'-1" in cells and "'=g" in cells
        assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]

    def test_byte_order_mark_only_on_request(self, tmp_path: Path) -> None:
        write(story(), "tsv", tmp_path / "without")
        write(story(), "tsv", tmp_path / "with", Options(bom=True))
        for name, content in files_in(tmp_path / "without").items():
            assert not content.startswith(b"\xef\xbb\xbf")
            assert (tmp_path / "with" / name).read_bytes() == b"\xef\xbb\xbf" + content

    def test_shape_of_sketch_engine(self, tmp_path: Path) -> None:
        (path,) = write(story(), "tsv", tmp_path, Options(sketch_engine=True))
        rows = table(path)
        assert list(rows[0]) == ["Chinese Simplified", "Chinese Traditional", "English", "German"]
        assert len(rows) == len(story().groups)
        assert rows[0]["Chinese Simplified"] == "沙港海桥重新开放沙港的海桥5月3日重新开放。"
        # A second outlet in a language stands in the same cell, and a group in one language is in no row.
        (path,) = write(
            small("Erster Satz.", "Zweiter Satz.", tags="de de"), "tsv", tmp_path, Options(sketch_engine=True)
        )
        assert path.read_text("utf-8") == "German\n"


class TestWorkbook:
    def test_nothing_is_a_formula_a_number_or_a_link(self, tmp_path: Path) -> None:
        write(small("=1+1", "1234", "https://example.org"), "xlsx", tmp_path)
        rows = openpyxl.load_workbook(tmp_path / "review.xlsx")["Sentences"]
        cells = {cell.value: cell for row in rows.iter_rows(min_row=2) for cell in row}
        for text in ("=1+1", "1234", "https://example.org"):
            assert cells[text].data_type == "s"
            assert cells[text].number_format == "@"
            assert cells[text].hyperlink is None

    def test_every_sentence_has_a_row_and_every_link(self, tmp_path: Path) -> None:
        write(story(), "xlsx", tmp_path)
        rows = sheet(tmp_path / "review.xlsx", "Sentences")
        assert [row["id"] for row in rows if row["group"] == "g2"] == [
            "kuestenblatt:4",
            "haisheng:7",
            "gangwan:3",
            "ledger:3",
        ]
        assert {row["id"] for row in rows} == {s.id for s in story().segments if s.kind != "boilerplate"}
        assert len(sheet(tmp_path / "review.xlsx", "Links")) == len(story().links)

    def test_what_is_too_long_for_a_cell_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(UserError, match="a:1 is too long"):
            write(small("x" * 32_768), "xlsx", tmp_path)
        write(small("x" * 32_767), "xlsx", tmp_path)
        assert sheet(tmp_path / "review.xlsx", "Sentences")[0]["text"] == "x" * 32_767


class TestOthers:
    def test_moses_ids_name_documents_sentences_and_score(self, tmp_path: Path) -> None:
        write(story(), "moses", tmp_path)
        ids = (tmp_path / "bitext.de-en.ids").read_text("utf-8").splitlines()
        assert ids[0] == "kuestenblatt\tledger\tkuestenblatt:2 kuestenblatt:3\tledger:1 ledger:2\t0.95"

    def test_xces_links_point_to_sentences(self, tmp_path: Path) -> None:
        """Follow every link the way `opus_read` does, from fromDoc and xtargets to the texts."""
        write(story(), "xces", tmp_path)
        documents = {
            path.relative_to(tmp_path / "xml").as_posix(): {s.get("id"): s.text for s in etree.parse(path).iter("s")}
            for path in tmp_path.glob("xml/*/*.xml")
        }
        followed = set()
        for path in tmp_path.glob("*.xml"):
            root = etree.parse(path).getroot()
            assert (root.tag, root.get("version")) == ("cesAlign", "1.0")
            for group in root.iter("linkGrp"):
                assert group.get("targType") == "s"
                for link in group:
                    assert 0 < float(link.get("certainty")) <= 1
                    sides = []
                    for name, ids in zip(("fromDoc", "toDoc"), link.get("xtargets").split(";")):
                        sides.append([documents[group.get(name)][id] for id in ids.split(" ")])
                    followed.add(frozenset(text for side in sides for text in side))
        plain = {segment.id: segment.plain for segment in story().segments}
        assert followed == {frozenset(plain[id] for id in (*link.a, *link.b)) for link in story().links}

    def test_po_marks_machine_translations_and_names_places(self, tmp_path: Path) -> None:
        write(story(), "po", tmp_path)
        assert sorted(path.name for path in tmp_path.iterdir()) == ["gangwan.po", "haisheng.po", "kuestenblatt.po"]
        entries = {entry.msgctxt: entry for entry in polib.pofile(str(tmp_path / "kuestenblatt.po"))}
        assert entries["kuestenblatt:4"].fuzzy
        assert not entries["kuestenblatt:11"].fuzzy and entries["kuestenblatt:11"].msgstr
        assert entries["kuestenblatt:4"].occurrences == [("kuestenblatt.txt", "5")]

    def test_po_comments_cannot_be_broken_out_of(self, tmp_path: Path) -> None:
        hostile = small()
        source = replace(hostile.documents[0].source, path='my file\nmsgid "x"\nmsgstr "y"', outlet='o\nmsgid "z"')
        write(
            replace(hostile, documents=(replace(hostile.documents[0], source=source), hostile.documents[1])),
            "po",
            tmp_path,
        )
        assert [entry.msgid for entry in polib.pofile(str(tmp_path / "a.po"))] == ["Ein Satz."]

    def test_parquet_without_pyarrow_says_what_to_install(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "pyarrow", None)
        with pytest.raises(UserError, match=r"pip install 'parallax\[parquet\]'"):
            write(story(), "parquet", tmp_path)

    def test_parquet_tables(self, tmp_path: Path) -> None:
        parquet = pytest.importorskip("pyarrow.parquet")
        write(story(), "parquet", tmp_path)
        groups = parquet.read_table(tmp_path / "groups.parquet").to_pylist()
        assert len(groups) == sum(len(group.members) for group in story().groups)
        bitext = parquet.read_table(tmp_path / "bitext.parquet").to_pylist()
        assert len(bitext) == len(story().links)
        segments = {row["id"]: row for row in parquet.read_table(tmp_path / "segments.parquet").to_pylist()}
        assert segments["haisheng:7"]["groups"] == ["g2"]
        assert segments["ledger:3"]["translation"] == "" and segments["ledger:3"]["origin"] == "none"


def lines_of(content: bytes) -> Iterator[dict[str, object]]:
    for line in content.decode().split("\n"):
        if line:
            yield json.loads(line)


def test_json_lines_stand_alone() -> None:
    files = rendered(story(), "jsonl")
    groups = list(lines_of(files["groups-with-texts.jsonl"]))
    assert [group["group"] for group in groups] == [group.id for group in story().groups]
    assert groups[0]["topic"] == "The reopening"
    assert len(list(lines_of(files["bitext.jsonl"]))) == len(story().links)
