"""What stages made, kept on disk: a rerun does only what changed, a killed run loses little.

An artefact's name is the SHA-256 of everything it depends on: the stage, its input, the settings
that matter to it and the program itself. So nothing ever has to be invalidated, an interrupted
run leaves only whole artefacts behind, and two versions can share a folder. All lie in one SQLite
file, which stays quick with millions of them where a folder of files would not.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol, TypeVar

from pipeline import __version__, codec
from pipeline.errors import UserError

T = TypeVar("T")

FOLDER = ".parallax"
_FILE = "artefacts.sqlite"
_SCHEMA = (
    # `run` counts the runs: the number of the last one that used the artefact.
    "CREATE TABLE IF NOT EXISTS artefact (id INTEGER PRIMARY KEY, stage TEXT NOT NULL, key BLOB NOT NULL,"
    " run INTEGER NOT NULL, size INTEGER NOT NULL, data BLOB NOT NULL)",
    "CREATE UNIQUE INDEX IF NOT EXISTS artefact_name ON artefact (stage, key)",
    "CREATE INDEX IF NOT EXISTS artefact_run ON artefact (run, size)",
)
DECISIONS = "decisions.jsonl"  # in that folder: what a reviewer decided on groups
# What unfinished files end in: a name of our own, since a killed run's leavings are removed by it.
UNFINISHED = ".parallax-part"


@functools.cache
def program() -> str:
    """A digest of the program itself, so that a changed rule is never answered from an old artefact."""
    root = Path(__file__).parent
    digest = hashlib.sha256(__version__.encode())
    for path in sorted(root.rglob("*")):
        if path.suffix in (".py", ".txt", ".toml", ".json", ".npz") and path.is_file():
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
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}.", suffix=UNFINISHED)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            # mkstemp makes files that only their owner may read; outputs follow the user's umask.
            Path(name).chmod(0o666 & ~umask())
            Path(name).replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(name).unlink()
            raise
    except OSError as error:
        reason = error.strerror or str(error)
        raise UserError(f"{path} cannot be written: {reason}; free some space or choose another --out.", 1) from None


@functools.cache
def umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


class Artefacts(Protocol):
    """What stages made before, and a place for what they make now: a `Workspace`, as they see it."""

    @staticmethod
    def key(stage: str, inputs: Any) -> str: ...

    def get(self, stage: str, key: str) -> bytes | None: ...

    def put(self, stage: str, key: str, data: bytes) -> None: ...

    def cached(self, stage: str, inputs: Any, kind: type[T], compute: Callable[[], T]) -> T: ...


class Workspace:
    """The artefacts of one output folder."""

    def __init__(self, out: Path) -> None:
        self.folder = out / FOLDER
        self.made = 0  # artefacts computed by this run
        self.found = 0  # artefacts that were there already
        self._file = self.folder / _FILE
        self._sql: sqlite3.Connection | None = None
        self._used: set[tuple[str, bytes]] = set()

    def get(self, stage: str, key: str) -> bytes | None:
        """The artefact, or None if there is none or it is damaged (a damaged one is made again)."""
        if self._sql is None and not self._file.exists():
            return None
        name = stage, bytes.fromhex(key)
        rows = self._rows("SELECT data FROM artefact WHERE stage = ? AND key = ?", name)
        data: bytes = rows[0][0] if rows else b""
        if hashlib.sha256(data[32:]).digest() != data[:32]:
            return None
        self.found += 1
        self._used.add(name)
        return data[32:]

    def keys(self, stage: str) -> list[str]:
        """The keys of all artefacts of a stage, in order."""
        if self._sql is None and not self._file.exists():
            return []
        return [key.hex() for (key,) in self._rows("SELECT key FROM artefact WHERE stage = ? ORDER BY key", (stage,))]

    def put(self, stage: str, key: str, data: bytes) -> None:
        """Keep an artefact. Raises UserError where the folder cannot be written or the disk is full."""
        self.made += 1
        name = stage, bytes.fromhex(key)
        self._used.add(name)
        self._rows(
            "INSERT OR REPLACE INTO artefact (stage, key, run, size, data)"
            " VALUES (?, ?, (SELECT coalesce(max(run), 0) FROM artefact), ?, ?)",
            (*name, len(data), hashlib.sha256(data).digest() + data),
        )

    def drop(self, stage: str, key: str) -> None:
        self._rows("DELETE FROM artefact WHERE stage = ? AND key = ?", (stage, bytes.fromhex(key)))

    def _rows(self, query: str, values: tuple[object, ...] = ()) -> list[Any]:
        """Ask the file; one that is damaged is begun anew, since all that was in it can be made again."""
        try:
            try:
                return self._connected().execute(query, values).fetchall()
            except sqlite3.DatabaseError as error:
                if "malformed" not in str(error) and "not a database" not in str(error):
                    raise
                self.close()
                for path in self.folder.glob(f"{_FILE}*"):
                    path.unlink()
                return self._connected().execute(query, values).fetchall()
        except (OSError, sqlite3.Error) as error:
            raise UserError(
                f"{self._file} cannot be used: {error}; free some space or choose another --out.", 1
            ) from None

    def _connected(self) -> sqlite3.Connection:
        if self._sql is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._sql = sqlite3.connect(self._file, timeout=30, isolation_level=None)
            # A killed program loses nothing this way; after a power cut the last artefacts may be missing.
            self._sql.execute("PRAGMA journal_mode = WAL").fetchone()
            self._sql.execute("PRAGMA synchronous = NORMAL")
            for statement in _SCHEMA:
                self._sql.execute(statement)
        return self._sql

    def close(self) -> None:
        if self._sql is not None:
            self._sql.close()
            self._sql = None

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

    def sweep(self) -> None:
        """Remove the unfinished files that a killed run left; only for the holder of the lock."""
        out = self.folder.parent
        for folder in (out, out / "texts", self.folder, *self.folder.glob("*/")):
            for path in folder.glob(f".*{UNFINISHED}"):
                with contextlib.suppress(OSError):
                    path.unlink()

    def prune(self, keep: int = 50_000_000) -> None:
        """Drop the artefacts that were not used for the most runs, until at most `keep` bytes are left."""
        now = self._rows("SELECT coalesce(max(run), 0) + 1 FROM artefact")[0][0]
        self._rows("BEGIN")
        for name in sorted(self._used):
            self._rows("UPDATE artefact SET run = ? WHERE stage = ? AND key = ?", (now, *name))
        # Of one run the largest go first: fewest are lost. The index holds all that this reads.
        if self._rows("SELECT coalesce(sum(size), 0) FROM artefact")[0][0] > keep:
            self._rows(
                "DELETE FROM artefact WHERE id IN (SELECT id FROM (SELECT id, sum(size)"
                " OVER (ORDER BY run DESC, size, id) AS total FROM artefact) WHERE total > ?)",
                (keep,),
            )
        self._rows("COMMIT")
        self._used.clear()

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
            try:
                yield
            finally:
                self.close()
