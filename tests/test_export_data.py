"""The data files of a run: their fields, their bytes, and the way back."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from story_fixture import large_story, story
from test_export import LINE_ENDS, NASTY, small

from pipeline.errors import UserError
from pipeline.export import write
from pipeline.export.jsonl import data_files, read_story
from pipeline.model import Story

FIELDS = {
    "sources.jsonl": "id path outlet language title date url sha256 line_unit inferred markup text",
    "blocks.jsonl": "source start end content kind line level cell reason",
    "segments.jsonl": "id source start end kind text normal pivot pivot_origin warnings "
    "number plain block line pivot_engine pivot_score reason",
    "links.jsonl": "a b score relation",
    "groups.jsonl": "id topic label members score",
    "topics.jsonl": "id label groups singles said_by not_mentioned_by",
    "claims.jsonl": "segment kind start end text value unit low high approximate note",
    "comparisons.jsonl": "group kind verdict claims reason",
}


def records(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def finished(story: Story, folder: Path) -> Path:
    """A folder as a run leaves it."""
    for name, text in data_files(story).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(text.encode())
    run = {"version": story.version, "settings": story.settings, "models": story.models, "notes": story.notes}
    (folder / "run.json").write_text(json.dumps(run), "utf-8")
    return folder


@pytest.mark.parametrize("name", FIELDS)
def test_the_fields_and_their_order_are_those_promised(name: str) -> None:
    lines = records(data_files(story())[name])
    assert lines
    assert {" ".join(record) for record in lines} == {FIELDS[name]}


def test_the_files_are_those_promised() -> None:
    texts = {f"texts/{document.source.id}.txt" for document in story().documents}
    assert set(data_files(story())) == FIELDS.keys() | texts


def test_segments_come_in_source_order_boilerplate_included() -> None:
    lines = records(data_files(story())["segments.jsonl"])
    assert [line["id"] for line in lines] == [segment.id for segment in story().segments]
    assert "boilerplate" in {line["kind"] for line in lines}


def test_every_offset_can_be_checked_in_the_texts() -> None:
    files = data_files(story())
    for line in records(files["segments.jsonl"]):
        assert files[f"texts/{line['source']}.txt"][line["start"] : line["end"]] == line["text"]
    for line in records(files["claims.jsonl"]):
        text = files[f"texts/{line['segment'].split(':')[0]}.txt"]
        assert text[line["start"] : line["end"]] == line["text"]


def test_scores_have_four_places() -> None:
    exact = small()
    exact = replace(
        exact,
        links=(replace(exact.links[0], score=2 / 3),),
        groups=(replace(exact.groups[0], score=2 / 3),),
        segments=tuple(replace(segment, pivot_score=1 / 3) for segment in exact.segments),
    )
    files = data_files(exact)
    assert records(files["links.jsonl"])[0]["score"] == records(files["groups.jsonl"])[0]["score"] == 0.6667
    assert records(files["segments.jsonl"])[0]["pivot_score"] == 0.3333


@pytest.mark.parametrize("made", [story(), large_story(8, 80), small(), Story((), (), (), (), ())], ids=range(4))
def test_a_story_comes_back(made: Story, tmp_path: Path) -> None:
    assert read_story(finished(made, tmp_path)) == made


@pytest.mark.parametrize("text", [*NASTY.values(), *LINE_ENDS, "\0", "a\r\nb\rc\n", "\ufeffx", ""])
def test_every_character_comes_back(text: str, tmp_path: Path) -> None:
    made = small(text, f"{text}x", f"y{text}")
    assert read_story(finished(made, tmp_path)) == made


@settings(derandomize=True, deadline=None, max_examples=50)
@given(st.text(st.characters(exclude_categories=("Cs",))))
def test_any_text_comes_back_on_one_line(text: str) -> None:
    line = data_files(small(text))["segments.jsonl"].splitlines()[0]
    assert json.loads(line)["plain"] == text
    line.encode()


def test_lone_surrogates_are_refused_by_name() -> None:
    with pytest.raises(UserError, match=r"a:1 holds the lone surrogate U\+D800"):
        data_files(small("x\ud800"))
    hidden = small()
    document = replace(hidden.documents[0], text="Ein Satz.\udc00")
    with pytest.raises(UserError, match=r"texts/a.txt holds the lone surrogate U\+DC00"):
        data_files(replace(hidden, documents=(document, hidden.documents[1])))


def test_exports_of_a_run_that_was_read_back_are_the_same(tmp_path: Path) -> None:
    again = read_story(finished(story(), tmp_path / "run"))
    for name in ("tsv", "tmx", "xliff2", "jsonl"):
        one = write(story(), name, tmp_path / "one")
        two = write(again, name, tmp_path / "two")
        assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]


class TestDamage:
    def test_no_run(self, tmp_path: Path) -> None:
        with pytest.raises(UserError, match="holds no finished run; make one with"):
            read_story(tmp_path)

    @pytest.mark.parametrize("name", [*FIELDS, "texts/haisheng.txt"])
    def test_a_file_is_missing(self, name: str, tmp_path: Path) -> None:
        (finished(story(), tmp_path) / name).unlink()
        with pytest.raises(UserError, match=rf"{name} cannot be read"):
            read_story(tmp_path)

    @pytest.mark.parametrize("line", ["{", "[]", "null", '{"id": 1}', "\x00", "[" * 100_000, '"x"'])
    @pytest.mark.parametrize("name", FIELDS)
    def test_a_line_is_damaged(self, name: str, line: str, tmp_path: Path) -> None:
        path = finished(story(), tmp_path) / name
        path.write_text(f"{path.read_text('utf-8')}{line}\n", "utf-8")
        number = len(path.read_text("utf-8").split("\n")) - 1
        with pytest.raises(UserError, match=rf"{name}, line {number}, is damaged"):
            read_story(tmp_path)

    @pytest.mark.parametrize("content", [b"{", b"[]", b"\xff"])
    def test_run_json_is_damaged(self, content: bytes, tmp_path: Path) -> None:
        (finished(story(), tmp_path) / "run.json").write_bytes(content)
        with pytest.raises(UserError, match=r"run.json .*run again"):
            read_story(tmp_path)

    def test_a_name_that_nothing_has(self, tmp_path: Path) -> None:
        path = finished(story(), tmp_path) / "links.jsonl"
        path.write_text(path.read_text("utf-8").replace("ledger:3", "ledger:99"), "utf-8")
        with pytest.raises(UserError, match=r"links.jsonl names 'ledger:99', which the run does not have"):
            read_story(tmp_path)

    def test_a_source_id_that_leads_elsewhere(self, tmp_path: Path) -> None:
        (tmp_path / "secret.txt").write_text("secret", "utf-8")
        folder = finished(small(), tmp_path / "run")
        path = folder / "sources.jsonl"
        path.write_text(path.read_text("utf-8").replace('"id": "a"', '"id": "../../secret"'), "utf-8")
        with pytest.raises(UserError, match="no file name"):
            read_story(folder)

    def test_fields_of_a_later_version_are_passed_over(self, tmp_path: Path) -> None:
        path = finished(small(), tmp_path) / "links.jsonl"
        path.write_text(path.read_text("utf-8").replace('{"a"', '{"new": 1, "a"'), "utf-8")
        assert read_story(tmp_path) == small()
