"""A run that takes no time: in this process, with an encoder that has no weights to load."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from test_cli import ENGLISH, GERMAN

from pipeline import embed, results
from pipeline import run as runner
from pipeline.embed import Matrix
from pipeline.settings import Settings
from pipeline.workspace import FOLDER


class Hashed:
    """The vector of a text is its hash: the same for the same text, far from all others."""

    name = "hashed"

    def encode(self, texts: Sequence[str]) -> Matrix:
        digests = [hashlib.shake_256(text.encode("utf-8", "replace")).digest(512) for text in texts]
        rows = np.array([np.frombuffer(one, np.uint8) for one in digests]).reshape(len(digests), 512) - 127.5
        made: Matrix = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
        return made


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embed, "default", Hashed)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    folder = tmp_path / "sources"
    folder.mkdir()
    (folder / "bote.txt").write_text(GERMAN, encoding="utf-8")
    (folder / "courier.txt").write_text(ENGLISH, encoding="utf-8")
    return folder


def run(sources: Path, out: Path, force: bool = False, models: Path | None = None) -> results.Result:
    settings = Settings(memory=out.parent / "memory.sqlite", models=models)
    return runner.run([sources], out, settings, force=force)


def visible(out: Path) -> dict[str, bytes]:
    """The files of a run that a user sees."""
    return {
        path.relative_to(out).as_posix(): path.read_bytes()
        for path in sorted(out.rglob("*"))
        if path.is_file() and FOLDER not in path.parts
    }
