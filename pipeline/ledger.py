"""Whose file is it: what Parallax wrote outside its workspace, so that nothing of the user's is written over.

A file belongs to Parallax if it wrote one of that name; of a file that people work on, such as a table
for review, only what is still as it was written does.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from pipeline.workspace import FOLDER, write

FILE_NAME = "written.json"


class Ledger:
    """The files that one run folder's commands wrote, each with the SHA-256 of its last two contents: the one it
    has, and the one it was about to get, whichever of them a killed process left."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self._path = out / FOLDER / FILE_NAME
        self._sums = _from_run(out) | _load(self._path)

    def knows(self, path: Path) -> bool:
        """Whether Parallax wrote this file, whatever has become of it."""
        return self._key(path) in self._sums

    def unchanged(self, path: Path) -> bool:
        """Whether this file is as Parallax wrote it."""
        try:
            return hashlib.sha256(path.read_bytes()).hexdigest() in self._sums.get(self._key(path), ())
        except OSError:
            return False

    def note(self, files: Mapping[Path, bytes]) -> None:
        """Remember these files; to be called before they are written. Raises UserError where that is not possible."""
        for path, content in files.items():
            before = self._sums.get(self._key(path), [])
            made = hashlib.sha256(content).hexdigest()
            self._sums[self._key(path)] = [*(one for one in before[-1:] if one != made), made]
        write(self._path, json.dumps(self._sums, ensure_ascii=True, indent=1, sort_keys=True).encode())

    def names(self, folder: str) -> list[str]:
        """The known files in a folder of the run, relative to the run."""
        return sorted(name for name in self._sums if name.startswith(f"{folder}/"))

    def _key(self, path: Path) -> str:
        """A name that stays true when the run folder is moved."""
        path, out = path.resolve(), self._out.resolve()
        return path.relative_to(out).as_posix() if path.is_relative_to(out) else path.as_posix()


def _load(path: Path) -> dict[str, list[str]]:
    try:
        data = json.loads(path.read_bytes())
        return {str(name): [str(each) for each in sums] for name, sums in data.items()}
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        return {}


def _from_run(out: Path) -> dict[str, list[str]]:
    """What `run.json` says, for a run whose workspace was thrown away."""
    try:
        data = json.loads((out / "run.json").read_bytes())
        own = data["outputs"] | {"run.json": ""} if data["program"] == "parallax" else {}
        return {str(name): [str(made)] for name, made in own.items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return {}
