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


def damage(path: Path, at: float) -> None:
    data = bytearray(path.read_bytes())
    data[int(len(data) * at)] ^= 0xFF
    path.write_bytes(bytes(data))


def test_a_damaged_artefact_is_none(tmp_path: Path) -> None:
    space = Workspace(tmp_path)
    space.put("stage", "ab", bytes(100_000))
    assert space.get("stage", "ab") == bytes(100_000)
    space.close()
    damage(space.folder / "artefacts.sqlite", 0.5)
    assert space.get("stage", "ab") is None


@pytest.mark.parametrize("data", [b"", b"no database", bytes(5000)])
def test_a_damaged_file_is_begun_anew(data: bytes, tmp_path: Path) -> None:
    space = Workspace(tmp_path)
    space.put("stage", "ab", b"content")
    space.close()
    (space.folder / "artefacts.sqlite").write_bytes(data)
    assert space.get("stage", "ab") is None
    space.put("stage", "ab", b"content")
    assert space.get("stage", "ab") == b"content"


def test_asking_makes_no_file(tmp_path: Path) -> None:
    assert Workspace(tmp_path / "out").get("stage", "ab") is None
    assert not (tmp_path / "out").exists()


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


def test_pruning_keeps_what_was_used_last(tmp_path: Path) -> None:
    for used in ("00", "01", "02", "03", "01"):
        space = Workspace(tmp_path)
        if space.get("stage", used) is None:
            space.put("stage", used, bytes(1000))
        space.prune(keep=2500)
        space.close()
    space = Workspace(tmp_path)
    assert [space.get("stage", key) is not None for key in ("00", "01", "02", "03")] == [False, True, False, True]
    space.drop("stage", "03")
    assert space.get("stage", "03") is None


def test_a_file_that_cannot_be_used_is_one_sentence(tmp_path: Path) -> None:
    space = Workspace(tmp_path)
    (space.folder / "artefacts.sqlite").mkdir(parents=True)
    with pytest.raises(UserError, match="choose another --out"):
        space.put("stage", "ab", b"content")
