"""docs/formats.md says what the program does: its examples are lines that a run writes."""

from __future__ import annotations

import json
from pathlib import Path

from story_fixture import story

from pipeline.export import FORMATS
from pipeline.export.decisions import keys
from pipeline.export.jsonl import data_files
from pipeline.export.tsv import bitext_tsv

DOCS = (Path(__file__).parent.parent / "docs" / "formats.md").read_text("utf-8")


def test_examples_have_the_fields_of_the_files() -> None:
    examples = [json.loads(line) for line in DOCS.splitlines() if line.startswith("{")]
    kinds = {
        tuple(json.loads(line))
        for name, text in data_files(story()).items()
        if ".jsonl" in name
        for line in text.split("\n")[:1]
    }
    of_stories = [example for example in examples if "outlets" in example and "first" in example]
    assert len(examples) == 10 and len(of_stories) == 1
    assert {tuple(example) for example in examples} == kinds | {("verdict", "parts"), tuple(of_stories[0])}


def test_examples_are_of_the_same_story() -> None:
    examples = [line for line in DOCS.splitlines() if line.startswith(("{", "kuestenblatt:4\t"))]
    written = {line for text in (*data_files(story()).values(), bitext_tsv(story())) for line in text.split("\n")}
    # The others are cut short to fit on a page.
    assert len(written.intersection(examples)) == 5
    found = keys(story().segments)
    assert f'["{found["kuestenblatt:4"]}"], ["{found["haisheng:7"]}"]' in DOCS


def test_every_format_and_data_file_is_described() -> None:
    for name in [*FORMATS, *(name for name in data_files(story()) if name.endswith(".jsonl"))]:
        assert f"`{name}`" in DOCS or f"### {name}" in DOCS or f", {name}" in DOCS, name
