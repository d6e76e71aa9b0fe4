"""Artefacts on disk, and the JSON they are kept as."""

from __future__ import annotations

from pathlib import Path

import pytest
from story_fixture import story

from pipeline import codec, workspace
from pipeline.errors import UserError
from pipeline.model import Segment, Story
from pipeline.workspace import Workspace


def test_everything_survives_the_codec() -> None:
    made = story()
    assert codec.load(Story, codec.dump(made)) == made


@pytest.mark.parametrize("data", [{"id": 1, "nonsense": 2}, [], "text"])
def test_data_of_another_kind_is_refused(data: object) -> None:
    with pytest.raises((TypeError, ValueError, KeyError, AttributeError)):
        codec.load(Segment, data)


def test_an_artefact_is_computed_once(tmp_path: Path) -> None:
    space = Workspace(tmp_path)
    calls = []

    def compute() -> list[Segment]:
        calls.append(1)
        return list(story().segments)

    for _ in range(2):
        assert space.cached("segment", ["input"], list[Segment], compute) == list(story().segments)
    assert len(calls) == 1
    space.cached("segment", ["another input"], list[Segment], compute)
    assert len(calls) == 2


def test_a_damaged_artefact_is_none(tmp_path: Path) -> None:
    space = Workspace(tmp_path)
    space.put("stage", "key", b"content")
    path = space.folder / "stage" / "key"
    assert space.get("stage", "key") == b"content"
    path.write_bytes(path.read_bytes()[:-1])
    assert space.get("stage", "key") is None


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "report.html"
    workspace.write(target, b"old")

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(workspace.os, "fsync", full)
    with pytest.raises(UserError, match="No space left"):
        workspace.write(target, b"new")
    assert target.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_pruning_keeps_the_newest(tmp_path: Path) -> None:
    space = Workspace(tmp_path)
    for number in range(4):
        space.put("stage", str(number), bytes(1000))
        path = space.folder / "stage" / str(number)
        import os

        os.utime(path, (number, number))
    space.prune(keep=2500)
    assert sorted(path.name for path in (space.folder / "stage").iterdir()) == ["2", "3"]
