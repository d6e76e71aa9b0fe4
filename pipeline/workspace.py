"""What stages made, kept on disk: a rerun does only what changed, a killed run loses little.

An artefact's name is the SHA-256 of everything it depends on: the stage, its input, the settings
that matter to it and the program itself. So nothing ever has to be invalidated, an interrupted
run leaves only whole artefacts behind, and two versions can share a folder.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from pipeline import __version__, codec
from pipeline.errors import UserError

T = TypeVar("T")

FOLDER = ".parallax"
# What unfinished files end in: a name of our own, since a killed run's leavings are removed by it.
_UNFINISHED = ".parallax-part"


@functools.cache
def program() -> str:
    """A digest of the program itself, so that a changed rule is never answered from an old artefact."""
    root = Path(__file__).parent
    digest = hashlib.sha256(__version__.encode())
    for path in sorted(root.rglob("*")):
        if path.suffix in (".py", ".txt", ".toml", ".json") and path.is_file():
            digest.update(str(path.relative_to(root)).encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def digest(*parts: Any) -> str:
    """The SHA-256 of plain JSON data, bytes or text, in hexadecimal."""
    total = hashlib.sha256()
    for part in parts:
        data = part if isinstance(part, bytes) else json.dumps(codec.dump(part), sort_keys=True).encode()
        total.update(hashlib.sha256(data).digest())
    return total.hexdigest()


def write(path: Path, data: bytes) -> None:
    """Write a file whole or not at all: what is at `path` is the old file or the new one, never a part.

    Raises UserError where the folder cannot be written or the disk is full.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}.", suffix=_UNFINISHED)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            # mkstemp makes files that only their owner may read; outputs follow the user's umask.
            Path(name).chmod(0o666 & ~_umask())
            Path(name).replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(name).unlink()
            raise
    except OSError as error:
        reason = error.strerror or str(error)
        raise UserError(f"{path} cannot be written: {reason}; free some space or choose another --out.", 1) from None


@functools.cache
def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


class Workspace:
    """The artefacts of one output folder."""

    def __init__(self, out: Path) -> None:
        self.folder = out / FOLDER
        self.made = 0  # artefacts computed by this run
        self.found = 0  # artefacts that were there already

    def get(self, stage: str, key: str) -> bytes | None:
        """The artefact, or None if there is none or it is damaged (a damaged one is made again)."""
        try:
            data = self._path(stage, key).read_bytes()
        except OSError:
            return None
        if hashlib.sha256(data[32:]).digest() != data[:32]:
            return None
        self.found += 1
        return data[32:]

    def put(self, stage: str, key: str, data: bytes) -> None:
        self.made += 1
        write(self._path(stage, key), hashlib.sha256(data).digest() + data)

    def cached(self, stage: str, inputs: Any, kind: type[T], compute: Callable[[], T]) -> T:
        """The artefact for these inputs; computed and kept if it is not there. `kind` is its type."""
        key = self.key(stage, inputs)
        data = self.get(stage, key)
        if data is not None:
            with contextlib.suppress(ValueError, TypeError, KeyError, AttributeError, RecursionError):
                return codec.load(kind, json.loads(data))
        value = compute()
        self.put(stage, key, json.dumps(codec.dump(value), ensure_ascii=False).encode())
        return value

    @staticmethod
    def key(stage: str, inputs: Any) -> str:
        return digest(program(), stage, inputs)

    def _path(self, stage: str, key: str) -> Path:
        return self.folder / stage / key

    def sweep(self) -> None:
        """Remove the unfinished files that a killed run left; only for the holder of the lock."""
        out = self.folder.parent
        for folder in (out, out / "texts", self.folder, *self.folder.glob("*/")):
            for path in folder.glob(f".*{_UNFINISHED}"):
                with contextlib.suppress(OSError):
                    path.unlink()

    def prune(self, keep: int = 50_000_000) -> None:
        """Remove the oldest artefacts until at most `keep` bytes are left."""
        files = [path for path in self.folder.glob("*/*") if path.is_file()]
        files.sort(key=lambda path: (path.stat().st_mtime, path.name), reverse=True)
        total = 0
        for path in files:
            total += path.stat().st_size
            if total > keep:
                with contextlib.suppress(OSError):
                    path.unlink()

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder for one run; the lock goes with the process, however it ends.

        Raises UserError while another run holds it.
        """
        import portalocker

        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            file = (self.folder / "lock").open("a")
        except OSError as error:
            raise UserError(
                f"{self.folder.parent} cannot be written: {error.strerror}; choose another --out.", 1
            ) from None
        with file:
            try:
                portalocker.lock(file, portalocker.LockFlags.EXCLUSIVE | portalocker.LockFlags.NON_BLOCKING)
            except portalocker.LockException:
                raise UserError(
                    f"Another run is at work in {self.folder.parent}; wait for it or choose another --out.", 1
                ) from None
            yield
