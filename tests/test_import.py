"""Reviewed files come back: the same tests for each format that Parallax takes back."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from lxml import etree
from story_fixture import story
from test_export import LANG, NASTY, small

from pipeline.errors import UserError
from pipeline.export import Options, write
from pipeline.export.decisions import apply, apply_to_links, load, save
from pipeline.export.review import Review, read_review
from pipeline.model import Group, Story

# Editors: change cells or elements of an exported file as a person at a program would.
Rows = list[dict[str, str]]


def edit_tsv(path: Path, change: Callable[[Rows], object], save_as: str = "utf-8") -> Path:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file, delimiter="\t")
        header, rows = list(reader.fieldnames or ()), list(reader)
    change(rows)
    text = io.StringIO()
    writer = csv.DictWriter(text, header, delimiter="\t", extrasaction="ignore", quoting=csv.QUOTE_ALL)
    writer.writeheader()
    writer.writerows(rows)
    path.write_bytes(text.getvalue().encode(save_as))
    return path


def edit_xlsx(path: Path, change: Callable[[Rows], object], sheet: str = "Sentences") -> Path:
    book = openpyxl.load_workbook(path)
    cells = list(book[sheet].iter_rows())
    header = [cell.value for cell in cells[0]]
    rows = [dict(zip(header, (str(cell.value or "") for cell in row))) for row in cells[1:]]
    change(rows)
    for row, values in zip(cells[1:], rows):
        for cell, name in zip(row, header):
            if str(cell.value or "") != values[name]:
                cell.value = values[name] or None
                cell.data_type = "s" if values[name] else "n"
    book.save(path)
    return path


def correct_tsv(folder: Path, story: Story, id: str, translation: str) -> Path:
    source = id.split(":")[0]

    def change(rows: Rows) -> None:
        (row,) = (row for row in rows if row[f"{source}:ids"] == id)
        row[f"{source}:en"] = f"'{translation}" if translation.lstrip("' ")[:1] in tuple("=+-@＝") else translation

    write(story, "tsv", folder)
    return edit_tsv(folder / "groups.tsv", change)


def correct_xlsx(folder: Path, story: Story, id: str, translation: str) -> Path:
    def change(rows: Rows) -> None:
        next(row for row in rows if row["id"] == id)["translation"] = translation

    write(story, "xlsx", folder)
    return edit_xlsx(folder / "review.xlsx", change)


def correct_xliff(folder: Path, story: Story, id: str, translation: str, version: str = "xliff") -> Path:
    write(story, version, folder)
    path = folder / f"{id.split(':')[0]}.xlf"
    tree = etree.parse(path)
    (unit,) = (unit for unit in tree.iter("{*}trans-unit", "{*}unit") if unit.get("id") == id)
    part = unit if unit.find("{*}segment") is None else unit.find("{*}segment")
    part.find("{*}target").text = translation
    tree.write(path, encoding="UTF-8", xml_declaration=True)
    return path


def correct_xliff2(folder: Path, story: Story, id: str, translation: str) -> Path:
    return correct_xliff(folder, story, id, translation, "xliff2")


def correct_tmx(folder: Path, story: Story, id: str, translation: str) -> Path:
    write(story, "tmx", folder)
    path = folder / "parallax.tmx"
    tree = etree.parse(path)
    tree.xpath("//tu[@tuid=$id]/tuv[@creationid]/seg", id=id)[0].text = translation
    tree.write(path, encoding="UTF-8", xml_declaration=True)
    return path


CORRECT = {
    "tsv": correct_tsv,
    "xlsx": correct_xlsx,
    "xliff": correct_xliff,
    "xliff2": correct_xliff2,
    "tmx": correct_tmx,
}
FILES = {
    "tsv": "groups.tsv",
    "xlsx": "review.xlsx",
    "xliff": "{}.xlf",
    "xliff2": "{}.xlf",
    "tmx": "parallax.tmx",
}


def unchanged(review: Review) -> bool:
    return review == Review((), (), ())


@pytest.mark.parametrize("name", CORRECT)
class TestEveryFormat:
    @pytest.mark.parametrize(
        "options",
        [Options(), Options(min_score=0.92), Options(machine=False), Options(regions=True), Options(bom=True)],
        ids=str,
    )
    def test_an_unchanged_file_changes_nothing(self, name: str, options: Options, tmp_path: Path) -> None:
        # A group of little score between sentences that are in better ones too.
        weak = Group("g9", {"kuestenblatt": ("kuestenblatt:4",), "haisheng": ("haisheng:9",)}, 0.5)
        whole = replace(story(), groups=(*story().groups, weak))
        write(whole, name, tmp_path, options)
        paths = list(tmp_path.glob(FILES[name].format("*")))
        assert paths
        for path in paths:
            assert unchanged(read_review(path, whole))

    @pytest.mark.parametrize("text", NASTY.values(), ids=NASTY)
    def test_nor_does_one_with_every_character(self, name: str, text: str, tmp_path: Path) -> None:
        nasty = small(text, f"{text}二", f"{text} English")
        write(nasty, name, tmp_path)
        assert unchanged(read_review(tmp_path / FILES[name].format("a"), nasty))

    def test_a_corrected_translation_comes_back(self, name: str, tmp_path: Path) -> None:
        path = CORRECT[name](tmp_path, story(), "kuestenblatt:4", "Its length is now 412 metres.")
        (correction,) = read_review(path, story()).corrections
        assert correction.segment == "kuestenblatt:4"
        assert correction.language.tag == "de"
        assert correction.text == "Sie ist jetzt 412 Meter lang."
        assert correction.translation == "Its length is now 412 metres."
        assert not read_review(path, story()).decisions

    @pytest.mark.parametrize("text", NASTY.values(), ids=NASTY)
    def test_with_every_character(self, name: str, text: str, tmp_path: Path) -> None:
        path = CORRECT[name](tmp_path, small(), "a:1", text)
        (correction,) = read_review(path, small()).corrections
        assert correction.translation == text.strip()

    def test_an_emptied_translation_is_no_correction(self, name: str, tmp_path: Path) -> None:
        path = CORRECT[name](tmp_path, story(), "kuestenblatt:4", " ")
        assert unchanged(read_review(path, story()))

    def test_a_file_of_another_run_is_refused(self, name: str, tmp_path: Path) -> None:
        write(small("Ganz anders.", "别的。", "Quite other."), name, tmp_path)
        with pytest.raises(UserError, match=r"holds nothing that belongs to this run|does not have"):
            read_review(tmp_path / FILES[name].format("a"), story())

    def test_a_sentence_that_changed_since_is_left_out_and_said_to_be(self, name: str, tmp_path: Path) -> None:
        path = CORRECT[name](tmp_path, story(), "kuestenblatt:4", "Its length is now 412 metres.")
        later = replace(
            story(),
            segments=tuple(
                replace(segment, plain="Sie ist 300 Meter lang.") if segment.id == "kuestenblatt:4" else segment
                for segment in story().segments
            ),
        )
        review = read_review(path, later)
        assert not review.corrections and not review.decisions
        assert any("kuestenblatt:4" in note for note in review.notes)

    @pytest.mark.parametrize(
        "content", [b"", b"\0\1\2", b"PK\3\4 no zip", b"<a", b"plain words\n", b"\xff\xfe\x00\xd8"]
    )
    def test_what_is_no_such_file_is_refused(self, name: str, content: bytes, tmp_path: Path) -> None:
        path = (tmp_path / FILES[name].format("a")).with_stem("other")
        path.write_bytes(content)
        with pytest.raises(UserError, match=str(path)):
            read_review(path, story())

    def test_a_missing_file_is_named(self, name: str, tmp_path: Path) -> None:
        with pytest.raises(UserError, match="cannot be read: No such file"):
            read_review(tmp_path / FILES[name], story())


def test_what_cannot_be_imported_is_said(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no file to import; Parallax takes back \.tsv"):
        read_review(tmp_path / "x.docx", story())


def test_a_file_too_large_to_be_a_review_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "x.tsv"
    with path.open("wb") as file:
        file.truncate(100_000_001)
    with pytest.raises(UserError, match="larger than 100 MB"):
        read_review(path, story())


def set_groups(name: str, folder: Path, story: Story, wanted: dict[str, str]) -> Path:
    """Export, move the sentences with these ids to those groups ("" for none), save."""
    write(story, name, folder)
    if name == "xlsx":

        def change(rows: Rows) -> None:
            for row in rows:
                row["group"] = wanted.get(row["id"], row["group"])

        return edit_xlsx(folder / "review.xlsx", change)
    if name == "tsv":

        def move(rows: Rows) -> None:
            for id, group in wanted.items():
                column = f"{id.split(':')[0]}:ids"
                for row in rows:
                    ids = [each for each in row[column].split() if each != id]
                    row[column] = " ".join([*ids, id] if row["group"] == group else ids)
                if group and group not in {row["group"] for row in rows}:
                    rows.append({**dict.fromkeys(rows[0], ""), "group": group, column: id})

        return edit_tsv(folder / "groups.tsv", move)
    path = folder / "parallax.tmx"
    tree = etree.parse(path)
    body = tree.getroot().find("body")
    for id, group in wanted.items():
        for variant in body.xpath("tu[prop[@type='x-score']]/tuv[prop[@type='x-segments']=$id]", id=id):
            unit = variant.getparent()
            unit.remove(variant)
            if group:
                found = body.xpath("tu[@tuid=$group]", group=group)
                (found[0] if found else etree.SubElement(body, "tu", tuid=group)).append(variant)
    tree.write(path, encoding="UTF-8", xml_declaration=True)
    return path


def after(path: Path, story: Story) -> dict[str, set[str]]:
    """The groups once the review's decisions have been kept in a file and applied."""
    save(path.parent / "decisions.jsonl", read_review(path, story).decisions)
    groups = apply(load(path.parent / "decisions.jsonl"), story.segments, story.groups)
    return {group.id: {id for run in group.members.values() for id in run} for group in groups}


@pytest.mark.parametrize("name", ["tsv", "xlsx", "tmx"])
class TestGroups:
    def before(self) -> dict[str, set[str]]:
        return {group.id: {id for run in group.members.values() for id in run} for group in story().groups}

    def test_a_sentence_taken_out(self, name: str, tmp_path: Path) -> None:
        path = set_groups(name, tmp_path, story(), {"haisheng:7": ""})
        assert after(path, story()) == self.before() | {"g2": self.before()["g2"] - {"haisheng:7"}}

    def test_a_sentence_moved_to_another_group(self, name: str, tmp_path: Path) -> None:
        path = set_groups(name, tmp_path, story(), {"ledger:4": "g2"})
        wanted = {"g2": self.before()["g2"] | {"ledger:4"}, "g3": self.before()["g3"] - {"ledger:4"}}
        assert after(path, story()) == self.before() | wanted

    def test_a_group_split(self, name: str, tmp_path: Path) -> None:
        path = set_groups(name, tmp_path, story(), {"gangwan:3": "new", "ledger:3": "new"})
        result = after(path, story())
        assert result["g2"] == {"kuestenblatt:4", "haisheng:7"}
        assert {"gangwan:3", "ledger:3"} in result.values()
        assert len(result) == len(self.before()) + 1

    def test_two_groups_merged(self, name: str, tmp_path: Path) -> None:
        moves = dict.fromkeys(self.before()["g3"], "g2")
        result = after(set_groups(name, tmp_path, story(), moves), story())
        assert result["g2"] == self.before()["g2"] | self.before()["g3"]
        assert "g3" not in result

    def test_decisions_outlive_a_later_run_that_finds_other_groups(self, name: str, tmp_path: Path) -> None:
        path = set_groups(name, tmp_path, story(), {"haisheng:7": ""})
        decisions = read_review(path, story()).decisions
        shifted = tuple(replace(segment, id=f"{segment.id}0") for segment in story().segments)
        found = Group("g1", {"kuestenblatt": ("kuestenblatt:40",), "haisheng": ("haisheng:70",)}, 0.99)
        for group in apply(decisions, shifted, (found,)):
            assert "haisheng" not in group.members

    def test_a_sentence_of_two_groups_is_no_change(self, name: str, tmp_path: Path) -> None:
        two = replace(story().groups[1], id="g9", members={"haisheng": ("haisheng:7",), "ledger": ("ledger:4",)})
        both = replace(story(), groups=(*story().groups, two))
        write(both, name, tmp_path)
        assert unchanged(read_review(tmp_path / FILES[name], both))
        path = set_groups(name, tmp_path, both, {"gangwan:3": ""})
        review = read_review(path, both)
        groups = apply(review.decisions, both.segments, both.groups)
        assert groups[-1] == two
        assert {id for run in groups[1].members.values() for id in run} == {"kuestenblatt:4", "haisheng:7", "ledger:3"}


class TestTables:
    def groups(self, folder: Path, change: Callable[[Rows], object] = list, save_as: str = "utf-8") -> Path:
        write(story(), "tsv", folder)
        return edit_tsv(folder / "groups.tsv", change, save_as)

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
    def test_as_spreadsheets_save_them(self, encoding: str, tmp_path: Path) -> None:
        def change(rows: Rows) -> None:
            rows[1]["haisheng:en"] = "421 m"

        review = read_review(self.groups(tmp_path, change, encoding), story())
        assert [correction.translation for correction in review.corrections] == ["421 m"]

    def test_another_encoding_is_named(self, tmp_path: Path) -> None:
        path = self.groups(tmp_path)
        path.write_bytes("group\tk:ids\nKüste\t\n".encode("cp1252"))
        with pytest.raises(UserError, match="is not UTF-8 at byte 13; save it as UTF-8"):
            read_review(path, story())

    def test_a_translation_of_two_sentences(self, tmp_path: Path) -> None:
        def change(rows: Rows) -> None:
            first, _ = rows[0]["haisheng:en"].split(" ~~~ ")
            rows[0]["haisheng:en"] = f"{first}~~~ The bridge at Shagang is open again. "

        (correction,) = read_review(self.groups(tmp_path, change), story()).corrections
        assert (correction.segment, correction.translation) == ("haisheng:2", "The bridge at Shagang is open again.")

    def test_a_translation_of_two_sentences_that_lost_its_mark(self, tmp_path: Path) -> None:
        def change(rows: Rows) -> None:
            rows[0]["haisheng:en"] = "The bridge at Shagang is open again."

        with pytest.raises(UserError, match=r"row 2: .* haisheng:1 haisheng:2 has 1 part\(s\) for 2 sentences"):
            read_review(self.groups(tmp_path, change), story())

    def test_rows_that_are_gone_mean_nothing(self, tmp_path: Path) -> None:
        assert unchanged(read_review(self.groups(tmp_path, lambda rows: rows.__delitem__(slice(1, None))), story()))

    def test_columns_that_are_gone_or_moved_mean_nothing_to_translations(self, tmp_path: Path) -> None:
        path = tmp_path / "some.tsv"
        path.write_text("note\ttranslation\tid\tgroup\nx\tIt has 412 metres.\tkuestenblatt:4\tg2\n", "utf-8")
        review = read_review(path, story())
        assert [correction.translation for correction in review.corrections] == ["It has 412 metres."]
        assert not review.decisions

    def test_an_id_nobody_has(self, tmp_path: Path) -> None:
        def change(rows: Rows) -> None:
            rows[2]["ledger:ids"] = "ledger:77"

        with pytest.raises(UserError, match=r"row 4 names the sentence 'ledger:77', which this run does not have"):
            read_review(self.groups(tmp_path, change), story())

    def test_boilerplate_cannot_be_put_in_a_group(self, tmp_path: Path) -> None:
        path = tmp_path / "some.tsv"
        path.write_text("id\tgroup\nkuestenblatt:1\tg2\n", "utf-8")
        with pytest.raises(UserError, match="'kuestenblatt:1', which this run does not have"):
            read_review(path, story())

    def test_two_translations_of_one_sentence(self, tmp_path: Path) -> None:
        path = tmp_path / "some.tsv"
        rows = "kuestenblatt:4\tg2\t{}\n"
        old, new = "It is now 412 metres long.", "It has 412 metres."
        for first, second in ((old, new), (new, old), (new, new)):
            path.write_text("id\tgroup\ttranslation\n" + rows.format(first) + rows.format(second), "utf-8")
            assert [each.translation for each in read_review(path, story()).corrections] == [new]
        path.write_text("id\tgroup\ttranslation\n" + rows.format(new) + rows.format("Another."), "utf-8")
        with pytest.raises(UserError, match="row 3 translates kuestenblatt:4 in another way"):
            read_review(path, story())

    @pytest.mark.parametrize("content", ['id\tgroup\n"open\tg1\n', 'id\tgroup\na:1\t"x"y\n'])
    def test_a_broken_line_is_named(self, content: str, tmp_path: Path) -> None:
        path = tmp_path / "broken.tsv"
        path.write_text(content, "utf-8")
        with pytest.raises(UserError, match=r"broken.tsv, line [23], is no line of a table"):
            read_review(path, story())


class TestLinks:
    def bitext(self, folder: Path, change: Callable[[Rows], object] = list) -> Path:
        write(story(), "tsv", folder)
        return edit_tsv(folder / "bitext.de-zh-Hans.tsv", change)

    def test_an_unchanged_table_changes_nothing(self, tmp_path: Path) -> None:
        write(story(), "tsv", tmp_path)
        for path in tmp_path.glob("bitext.*.tsv"):
            if path.stat().st_size > 100:
                assert unchanged(read_review(path, story()))

    @pytest.mark.parametrize(("word", "kept"), [("no", False), ("X", False), ("yes", True), ("", True)])
    def test_a_verdict_in_the_workbook(self, word: str, kept: bool, tmp_path: Path) -> None:
        def change(rows: Rows) -> None:
            next(row for row in rows if row["a_ids"] == "kuestenblatt:4" and row["b_ids"] == "haisheng:7")["review"] = (
                word
            )

        write(story(), "xlsx", tmp_path)
        decisions = read_review(edit_xlsx(tmp_path / "review.xlsx", change, "Links"), story()).decisions
        links = apply_to_links(decisions, story().segments, story().links)
        assert ((("kuestenblatt:4",), ("haisheng:7",)) in {(link.a, link.b) for link in links}) == kept
        assert len(links) == len(story().links) - (not kept)

    def test_a_link_made_by_hand(self, tmp_path: Path) -> None:
        def change(rows: Rows) -> None:
            rows.append({"a_ids": "kuestenblatt:14", "b_ids": "haisheng:12"})

        decisions = read_review(self.bitext(tmp_path, change), story()).decisions
        links = apply_to_links(decisions, story().segments, story().links)
        assert (links[-1].a, links[-1].b, links[-1].score) == (("kuestenblatt:14",), ("haisheng:12",), 1.0)
        groups = apply(decisions, story().segments, story().groups)
        assert {"kuestenblatt": ("kuestenblatt:14",), "haisheng": ("haisheng:12",)} in [g.members for g in groups]

    def test_a_word_nobody_knows(self, tmp_path: Path) -> None:
        path = tmp_path / "links.tsv"
        path.write_text("a_ids\tb_ids\treview\nkuestenblatt:4\thaisheng:7\tperhaps\n", "utf-8")
        with pytest.raises(UserError, match="row 2 has 'perhaps' in the column review; write yes, no or nothing"):
            read_review(path, story())

    def test_one_side_only(self, tmp_path: Path) -> None:
        path = tmp_path / "links.tsv"
        path.write_text("a_ids\tb_ids\nkuestenblatt:4\t\n", "utf-8")
        with pytest.raises(UserError, match="row 2 has ids on one side only"):
            read_review(path, story())


class TestTranslatorsTools:
    def test_an_approved_machine_translation_is_a_persons(self, tmp_path: Path) -> None:
        write(story(), "xliff", tmp_path)
        path = tmp_path / "kuestenblatt.xlf"
        text = path.read_text("utf-8")
        path.write_text(text.replace('id="kuestenblatt:4"', 'id="kuestenblatt:4" approved="yes"'), "utf-8")
        (correction,) = read_review(path, story()).corrections
        assert correction.translation == "It is now 412 metres long."

    def test_so_is_one_with_another_state(self, tmp_path: Path) -> None:
        write(story(), "xliff2", tmp_path)
        path = tmp_path / "haisheng.xlf"
        path.write_text(path.read_text("utf-8").replace('state="initial"', 'state="reviewed"', 1), "utf-8")
        (correction,) = read_review(path, story()).corrections
        assert correction.segment == "haisheng:1"

    def test_a_unit_that_a_tool_cut_in_two(self, tmp_path: Path) -> None:
        path = tmp_path / "a.xlf"
        path.write_text(
            '<xliff version="2.1" xmlns="urn:oasis:names:tc:xliff:document:2.0" srcLang="de" trgLang="en">'
            '<file id="f"><unit id="kuestenblatt:4"><segment><source>Sie ist jetzt</source><target>It has</target>'
            "</segment><ignorable><source> </source><target> </target></ignorable><segment><source>412 Meter lang."
            '</source><target>412 <pc id="1">metres</pc>.</target></segment></unit></file></xliff>',
            "utf-8",
        )
        (correction,) = read_review(path, story()).corrections
        assert correction.translation == "It has 412 metres."

    def test_units_without_their_ids_are_found_by_their_text(self, tmp_path: Path) -> None:
        path = tmp_path / "a.tmx"
        path.write_text(
            '<tmx version="1.4"><header/><body><tu><tuv xml:lang="DE-DE"><seg>Sie ist jetzt 412 Meter lang.</seg></tuv>'
            '<tuv xml:lang="EN"><seg>It has 412 metres.</seg></tuv></tu></body></tmx>',
            "utf-8",
        )
        (correction,) = read_review(path, story()).corrections
        assert (correction.segment, correction.translation) == ("kuestenblatt:4", "It has 412 metres.")

    def test_a_group_whose_properties_a_tool_dropped_is_no_translation(self, tmp_path: Path) -> None:
        """What an outlet says in English is not the translation of what another says in German."""
        write(story(), "tmx", tmp_path)
        path = tmp_path / "parallax.tmx"
        tree = etree.parse(path)
        for each in [*tree.iter("prop")]:
            each.getparent().remove(each)
        for unit in tree.iter("tu"):
            del unit.attrib["tuid"]
            for variant in unit.findall("tuv"):
                if not variant.get(LANG).startswith(("de", "en")):
                    unit.remove(variant)
        tree.write(path, encoding="UTF-8")
        assert not read_review(path, story()).corrections
        assert not read_review(path, story()).decisions

    def test_a_document_type_by_itself_is_no_harm(self, tmp_path: Path) -> None:
        path = correct_tmx(tmp_path, story(), "kuestenblatt:4", "It has 412 metres.")
        text = path.read_text("utf-8").replace("<tmx", '<!DOCTYPE tmx SYSTEM "tmx14.dtd">\n<tmx', 1)
        path.write_text(text, "utf-8")
        assert len(read_review(path, story()).corrections) == 1


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))


class TestHostileFiles:
    @pytest.mark.parametrize(
        "declared",
        [
            '<!ENTITY l11 SYSTEM "file:///etc/passwd">',
            '<!ENTITY l11 "x">',
            f'<!ENTITY l0 "ha">{LAUGHS}',
            '<!ENTITY % p SYSTEM "http://127.0.0.1:9/x.dtd"> %p;',
        ],
        ids=["external", "internal", "laughs", "parameter"],
    )
    @pytest.mark.parametrize("root", ["tmx", "xliff"])
    def test_entities_are_not_expanded(self, root: str, declared: str, tmp_path: Path) -> None:
        path = tmp_path / f"a.{'tmx' if root == 'tmx' else 'xlf'}"
        path.write_text(
            f"<!DOCTYPE {root} [{declared}]><{root}><tu><tuv><seg>&l11;</seg></tuv></tu>"
            f"<trans-unit id='a'><source>&l11;</source></trans-unit></{root}>",
            "utf-8",
        )
        with pytest.raises(UserError, match=str(path)):
            read_review(path, story())

    def test_deep_nesting(self, tmp_path: Path) -> None:
        path = tmp_path / "a.tmx"
        path.write_text("<tmx>" + "<x>" * 100_000 + "</x>" * 100_000 + "</tmx>", "utf-8")
        with pytest.raises(UserError, match="no readable XML"):
            read_review(path, story())

    def test_the_wrong_kind_of_xml(self, tmp_path: Path) -> None:
        path = tmp_path / "a.xlf"
        path.write_text("<html/>", "utf-8")
        with pytest.raises(UserError, match="its first element is not 'xliff'"):
            read_review(path, story())

    def workbook(self, folder: Path, changed: dict[str, bytes]) -> Path:
        write(story(), "xlsx", folder)
        path = folder / "review.xlsx"
        with zipfile.ZipFile(path) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in (parts | changed).items():
                archive.writestr(name, content)
        return path

    def test_a_workbook_that_unpacks_to_far_too_much(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("pipeline.export.reading_tables._LARGEST", 3_000_000)
        path = self.workbook(tmp_path, {f"xl/{n}.bin": b"\0" * 1_010_000 for n in range(3)})
        assert path.stat().st_size < 100_000
        with pytest.raises(UserError, match="unpacks to more than"):
            read_review(path, story())

    def test_a_workbook_of_far_too_many_parts(self, tmp_path: Path) -> None:
        path = self.workbook(tmp_path, {f"xl/{n}.bin": b"" for n in range(1000)})
        with pytest.raises(UserError, match="unpacks to more than"):
            read_review(path, story())

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
    def test_a_workbook_with_entities(self, encoding: str, tmp_path: Path) -> None:
        part = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE sst [<!ENTITY a "x">]><sst>&a;</sst>'
        path = self.workbook(tmp_path, {"xl/sharedStrings.xml": part.encode(encoding)})
        with pytest.raises(UserError, match=r"has a document type in 'xl/sharedStrings.xml'"):
            read_review(path, story())

    def test_a_workbook_that_claims_to_be_endless(self, tmp_path: Path) -> None:
        rows = '<row r="1"><c r="A1" t="inlineStr"><is><t>id</t></is></c></row><row r="999999999999"/>'
        part = (
            '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
            f'<dimension ref="A1:XFD1048576"/><sheetData>{rows}</sheetData></worksheet>'
        )
        sheets = {f"xl/worksheets/sheet{n}.xml": part.encode() for n in (1, 2)}
        with pytest.raises(UserError, match="no sheet has its columns"):
            read_review(self.workbook(tmp_path, sheets), story())

    @pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "[Content_Types].xml"])
    def test_a_workbook_with_a_damaged_part(self, part: str, tmp_path: Path) -> None:
        with pytest.raises(UserError, match="no readable workbook"):
            read_review(self.workbook(tmp_path, {part: b"<"}), story())

    def test_formulas_in_a_workbook_are_not_run_and_not_text(self, tmp_path: Path) -> None:
        write(story(), "xlsx", tmp_path)
        path = tmp_path / "review.xlsx"
        book = openpyxl.load_workbook(path)
        column = [cell.value for cell in book["Sentences"][1]].index("translation")
        book["Sentences"][2][column].value = "=1+1"
        book.save(path)
        assert unchanged(read_review(path, story()))
