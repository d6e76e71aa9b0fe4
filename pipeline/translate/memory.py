"""The translation memory: what people translated, and what models did, in one SQLite file.

A human translation always wins. Machine translations are kept so that no sentence goes through the
same model twice; they are keyed by everything that decides them (package, version, pair, text).
"""

from __future__ import annotations

import sqlite3
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import UserError
from pipeline.language import Language, to_simplified
from pipeline.settings import Settings
from pipeline.translate import exchange
from pipeline.translate.exchange import HUMAN, Unit

FILE_NAME = "memory.sqlite"
_APPLICATION = 0x50524C58  # "PRLX": SQLite's application_id, so that no other program's file is written to
_SCHEMA = 1
_TABLE = """
CREATE TABLE IF NOT EXISTS unit (
    source TEXT NOT NULL,       -- base language of the text: 'zh' for both scripts
    target TEXT NOT NULL,
    key TEXT NOT NULL,          -- the text as it is looked up (see `folded`)
    engine TEXT NOT NULL,       -- 'human', or the name of the package
    version TEXT NOT NULL,      -- all that decides what the engine does with the text; '' for people
    text TEXT NOT NULL,
    language TEXT NOT NULL,     -- full tag of the text
    translation TEXT NOT NULL,
    score REAL,
    warnings TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (source, target, key, engine, version, text)
) WITHOUT ROWID
"""
_WAIT = 30.0  # seconds that a run waits for another's write
_PIVOT = "en"


def default_path() -> Path:
    """The memory in the user's own data folder."""
    from platformdirs import user_data_path

    return Path(user_data_path("parallax", appauthor=False)) / FILE_NAME


def folded(text: str, language: Language) -> str:
    """A text as it is looked up: NFC, white space folded, Chinese in Simplified characters."""
    text = " ".join(unicodedata.normalize("NFC", text).split())
    return to_simplified(text) if language.base == "zh" else text


class Memory:
    """Translations in one SQLite file, or in RAM. Two runs may use the same file at once.

    `layers` are further memories of this run alone, asked for human translations before the file.
    `notes` holds what the user should know, in sentences.
    """

    def __init__(self, connection: sqlite3.Connection, notes: Sequence[str] = ()) -> None:
        self._connection = connection
        self.layers: list[Memory] = []
        self.notes: list[str] = list(notes)

    @classmethod
    def in_ram(cls) -> Memory:
        return cls(_prepared(sqlite3.connect(":memory:", isolation_level=None), Path(":memory:")))

    @classmethod
    def open(cls, path: Path) -> Memory:
        """The memory in a file, made if there is none. A damaged file is moved aside and noted.

        Raises UserError where the file cannot be written or belongs to another program.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            return cls(_connected(path))
        except sqlite3.DatabaseError as error:
            if not _damaged(error):
                raise UserError(f"The translation memory {path} cannot be used ({error}); choose another.") from None
            aside = _moved_aside(path)
            note = f"The translation memory {path} is damaged ({error}); it was moved to {aside}, and a new one begun."
            return cls(_connected(path), [note])
        except OSError as error:
            raise UserError(
                f"The translation memory {path} cannot be made ({error.strerror}); choose another place for it."
            ) from None

    @classmethod
    def of(cls, settings: Settings) -> Memory:
        """The memory that the settings name. Where the user's own folder cannot be written, which is
        nobody's wish, the memory lasts for this run, and a note says so."""
        if settings.memory:
            return cls.open(settings.memory)
        try:
            return cls.open(default_path())
        except UserError as error:
            memory = cls.in_ram()
            memory.notes.append(f"{error} This run goes on without.")
            return memory

    @classmethod
    def from_tmx(cls, path: Path) -> Memory:
        """A memory in RAM with the units of a TMX or TSV file, to be used as a layer."""
        memory = cls.in_ram()
        memory.add(exchange.read(path))
        return memory

    def close(self) -> None:
        self._connection.close()

    def human(self, text: str, language: Language) -> str | None:
        """What a person made of this text; the translation of exactly this text before that of the
        same text in another script."""
        key = folded(text, language)
        for memory in (*self.layers, self):
            rows = memory._connection.execute(
                "SELECT text, translation FROM unit WHERE source=? AND target=? AND key=? AND engine=? ORDER BY text",
                (language.base, _PIVOT, key, HUMAN),
            ).fetchall()
            if rows:
                exact = " ".join(unicodedata.normalize("NFC", text).split())
                return str(next((row[1] for row in rows if row[0] == exact), rows[0][1]))
        return None

    def machine(
        self, text: str, language: Language, engine: str, version: str
    ) -> tuple[str, float | None, tuple[str, ...]] | None:
        """What a model made of this text: translation, score and warnings."""
        row = self._connection.execute(
            "SELECT translation, score, warnings FROM unit"
            " WHERE source=? AND target=? AND key=? AND engine=? AND version=? AND text=?",
            (language.base, _PIVOT, text, engine, version, text),
        ).fetchone()
        return (row[0], row[1], tuple(row[2].split())) if row else None

    def add(self, units: Iterable[Unit]) -> int:
        """Keep units, a later one in the place of an earlier one of the same text; how many there were."""
        rows = (_row(unit) for unit in units)
        with _transaction(self._connection):
            before = self._connection.total_changes
            self._connection.executemany("INSERT OR REPLACE INTO unit VALUES (?,?,?,?,?,?,?,?,?,?)", rows)
            return self._connection.total_changes - before

    def units(self, *, machine: bool = False) -> Iterator[Unit]:
        """The human translations, or all, in a fixed order."""
        rows = self._connection.execute(
            "SELECT language, target, text, translation, engine, version, score, warnings FROM unit"
            + ("" if machine else " WHERE engine='human'")
            + " ORDER BY source, target, key, engine, version, text"
        )
        for language, target, text, translation, engine, version, score, warnings in rows:
            yield Unit(
                Language.parse(language), Language.parse(target), text, translation, engine, version, score,
                tuple(warnings.split()),
            )  # fmt: skip


def _row(unit: Unit) -> tuple[object, ...]:
    text = " ".join(unicodedata.normalize("NFC", unit.text).split()) if unit.engine == HUMAN else unit.text
    key = folded(text, unit.source) if unit.engine == HUMAN else text
    return (
        unit.source.base, unit.target.base, key, unit.engine, unit.version, text, unit.source.tag,
        unit.translation, unit.score, " ".join(unit.warnings),
    )  # fmt: skip


def _connected(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_WAIT, isolation_level=None)
    try:
        return _prepared(connection, path)
    except BaseException:
        connection.close()
        raise


def _prepared(connection: sqlite3.Connection, path: Path) -> sqlite3.Connection:
    pragmas = ("application_id", "user_version")
    application, schema = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in pragmas)
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if tables and application != _APPLICATION:
        raise UserError(f"{path} is the database of another program; name another file as the translation memory.")
    if schema > _SCHEMA:
        raise UserError(f"{path} was written by a newer Parallax; update Parallax or name another translation memory.")
    # Where the file system has no shared memory (network drives) SQLite keeps its default journal.
    connection.execute("PRAGMA journal_mode=WAL").fetchone()
    connection.execute("PRAGMA synchronous=NORMAL")
    if schema < _SCHEMA:
        with _transaction(connection):
            connection.execute(_TABLE)
            connection.execute(f"PRAGMA application_id={_APPLICATION}")
            connection.execute(f"PRAGMA user_version={_SCHEMA}")
    return connection


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _damaged(error: sqlite3.DatabaseError) -> bool:
    return "not a database" in str(error) or "malformed" in str(error)


def _moved_aside(path: Path) -> Path:
    """Rename a damaged file (and SQLite's files beside it) to the first free name."""
    number = 1
    while (aside := path.with_name(f"{path.name}.damaged-{number}")).exists():
        number += 1
    path.rename(aside)
    for suffix in ("-wal", "-shm"):
        beside = path.with_name(path.name + suffix)
        if beside.exists():
            beside.rename(aside.with_name(aside.name + suffix))
    return aside
