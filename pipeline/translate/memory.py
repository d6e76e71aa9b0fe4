"""The translation memory: what people translated, and what models did, in one SQLite file.

A human translation always wins. Machine translations are kept so that no sentence goes through the
same model twice; they are keyed by everything that decides them (package, version, pair, text).
"""

from __future__ import annotations

import sqlite3
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from pipeline.errors import UserError
from pipeline.language import Language, to_simplified
from pipeline.settings import Settings
from pipeline.translate import exchange
from pipeline.translate.exchange import HUMAN, Unit

T = TypeVar("T")
FILE_NAME = "memory.sqlite"
_APPLICATION = 0x50524C58  # "PRLX": SQLite's application_id, so that no other program's file is written to
_SCHEMA = 2
_TABLES = (
    """
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
""",
    # What people translated is found among all that models did without going through it.
    """
CREATE INDEX IF NOT EXISTS unit_human ON unit (source, target, key, engine, version, text) WHERE engine = 'human'
""",
    # How many units there are, kept as they come and go: counting millions takes a minute.
    """
CREATE TABLE IF NOT EXISTS tally (
    language TEXT NOT NULL, target TEXT NOT NULL, engine TEXT NOT NULL, units INTEGER NOT NULL,
    PRIMARY KEY (language, target, engine)
) WITHOUT ROWID
""",
    """
INSERT OR REPLACE INTO tally SELECT language, target, engine, count(*) FROM unit GROUP BY language, target, engine
""",
    """
CREATE TRIGGER IF NOT EXISTS unit_added AFTER INSERT ON unit BEGIN
    INSERT INTO tally VALUES (new.language, new.target, new.engine, 1)
    ON CONFLICT (language, target, engine) DO UPDATE SET units = units + 1;
END
""",
    """
CREATE TRIGGER IF NOT EXISTS unit_removed AFTER DELETE ON unit BEGIN
    UPDATE tally SET units = units - 1
    WHERE language = old.language AND target = old.target AND engine = old.engine;
END
""",
)
_UNIT = "language, target, text, translation, engine, version, score, warnings"
_KEY = "source, target, key, engine, version, text"
_CHUNK = 10_000  # units that are written at once
_WAIT = 30.0  # seconds that a run waits for another's write
_PIVOT = "en"
# SQLite quotes damaged text in its messages, and Python fails to decode those.
_TROUBLE = (sqlite3.DatabaseError, UnicodeDecodeError)
_DAMAGE = ("not a database", "malformed", "Could not decode")


def default_path() -> Path:
    """The memory in the user's own data folder."""
    from platformdirs import user_data_path

    return Path(user_data_path("parallax", appauthor=False)) / FILE_NAME


def folded(text: str, language: Language) -> str:
    """A text as it is looked up: NFC, white space folded, Chinese in Simplified characters."""
    text = _spaced(text)
    return to_simplified(text) if language.base == "zh" else text


def _spaced(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", _storable(text)).split())


def _storable(text: str) -> str:
    """A text without lone surrogates, which no UTF-8 can hold."""
    return text.encode("utf-8", "replace").decode("utf-8")


class Memory:
    """Translations in one SQLite file, or in RAM. Two runs may use the same file at once.

    `layers` are further memories of this run alone, asked for human translations before the file.
    `notes` holds what the user should know, in sentences.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self.layers: list[Memory] = []
        self.notes: list[str] = []
        try:
            self._connection = _connected(path)
        except _TROUBLE as error:
            self._connection = self._begun_anew(error)

    @classmethod
    def in_ram(cls) -> Memory:
        return cls(None)

    @classmethod
    def open(cls, path: Path) -> Memory:
        """The memory in a file, made if there is none. A damaged file is moved aside and noted,
        whenever its damage comes to light.

        Raises UserError where the file cannot be written or belongs to another program.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UserError(
                f"The translation memory {path} cannot be made ({error.strerror}); choose another place for it."
            ) from None
        return cls(path)

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
        units = self.humans(text, language)
        if not units:
            return None
        exact = _spaced(text)
        return next((unit.translation for unit in units if unit.text == exact), units[0].translation)

    def humans(self, text: str, language: Language) -> list[Unit]:
        """What people made of this text, in the order of their scripts, from the first layer that has any."""
        values = language.base, _PIVOT, folded(text, language), HUMAN
        for memory in (*self.layers, self):
            if found := memory._found("source=? AND target=? AND key=? AND engine=?", values):
                return found
        return []

    def machine(
        self, text: str, language: Language, target: Language, engine: str, version: str
    ) -> tuple[str, float | None, tuple[str, ...]] | None:
        """What a model made of this text: translation, score and warnings."""
        rows = self._rows(
            "SELECT translation, score, warnings FROM unit"
            " WHERE source=? AND target=? AND key=? AND engine=? AND version=? AND text=?",
            (language.base, target.base, _storable(text), engine, version, _storable(text)),
        )
        return (rows[0][0], rows[0][1], tuple(rows[0][2].split())) if rows else None

    def machines(self, text: str, language: Language, target: Language) -> list[Unit]:
        """What any model, in any version, made of this text."""
        values = language.base, target.base, _storable(text), HUMAN
        return self._found("source=? AND target=? AND key=? AND engine<>?", values)

    def add(self, units: Iterable[Unit]) -> int:
        """Keep units, a later one in the place of an earlier one of the same text; how many there were.

        All of them or none; however many they are, few are in memory at a time.
        """
        rows = map(_row, units)
        first = list(islice(rows, _CHUNK))
        count = 0

        def write(connection: sqlite3.Connection) -> None:
            nonlocal count
            if count:
                raise UserError(
                    f"The translation memory {self._path} was damaged; a new one was begun: add them again."
                )
            chunk = first
            with _transaction(connection):
                while chunk:
                    connection.executemany("INSERT OR REPLACE INTO unit VALUES (?,?,?,?,?,?,?,?,?,?)", chunk)
                    count += len(chunk)
                    chunk = list(islice(rows, _CHUNK))

        self._safely(write)
        return count

    def counts(self) -> dict[tuple[str, str, str], int]:
        """How many units there are of each language, target and engine."""
        query = "SELECT language, target, engine, units FROM tally WHERE units > 0"
        return {(language, target, engine): count for language, target, engine, count in self._rows(query)}

    def units(self, *, machine: bool = False) -> Iterator[Unit]:
        """The human translations, or all, in a fixed order."""
        where = "" if machine else " WHERE engine='human'"
        rows = self._streamed(f"SELECT {_UNIT} FROM unit{where} ORDER BY {_KEY}")
        return map(self._unit, rows)

    def _found(self, where: str, values: Sequence[str]) -> list[Unit]:
        rows = self._rows(f"SELECT {_UNIT} FROM unit WHERE {where} ORDER BY {_KEY}", values)
        return [self._unit(row) for row in rows]

    def _unit(self, row: Sequence[Any]) -> Unit:
        language, target, text, translation, engine, version, score, warnings = row
        try:
            tags = Language.parse(language), Language.parse(target)
        except UserError as error:
            raise UserError(f"The translation memory {self._path} is damaged: {error}") from None
        return Unit(*tags, text, translation, engine, version, score, tuple(warnings.split()))

    def _rows(self, query: str, values: Sequence[str] = ()) -> list[Any]:
        return self._safely(lambda connection: connection.execute(query, values).fetchall())

    def _streamed(self, query: str) -> Iterator[Any]:
        """Rows one by one; damage can be mended only before the first of them is out."""

        def begin(connection: sqlite3.Connection) -> tuple[list[Any], sqlite3.Cursor]:
            cursor = connection.execute(query)
            return cursor.fetchmany(1), cursor

        first, rest = self._safely(begin)
        yield from first
        try:
            yield from rest
        except sqlite3.DatabaseError as error:
            raise UserError(f"The translation memory {self._path} cannot be read to its end ({error}).", 1) from None

    def _safely(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do something with the database; where it turns out to be damaged, with a new one."""
        try:
            return work(self._connection)
        except _TROUBLE as error:
            self._connection.close()
            self._connection = self._begun_anew(error)
            return work(self._connection)

    def _begun_anew(self, error: Exception) -> sqlite3.Connection:
        """A new database in the place of a damaged one. Raises UserError for any other error."""
        damaged = isinstance(error, UnicodeDecodeError) or any(words in str(error) for words in _DAMAGE)
        if self._path is None or not damaged:
            raise UserError(f"The translation memory {self._path} cannot be used ({error}); choose another.") from None
        aside = _moved_aside(self._path)
        self.notes.append(
            f"The translation memory {self._path} is damaged ({error}); it was moved to {aside}, and a new one begun."
        )
        return _connected(self._path)


def _row(unit: Unit) -> tuple[object, ...]:
    text = _spaced(unit.text) if unit.engine == HUMAN else _storable(unit.text)
    key = folded(text, unit.source) if unit.engine == HUMAN else text
    return (
        unit.source.base, unit.target.base, key, unit.engine, unit.version, text, unit.source.tag,
        _storable(unit.translation), unit.score, " ".join(unit.warnings),
    )  # fmt: skip


def _connected(path: Path | None) -> sqlite3.Connection:
    connection = sqlite3.connect(path or ":memory:", timeout=_WAIT, isolation_level=None)
    try:
        return _prepared(connection, path)
    except BaseException:
        connection.close()
        raise


def _prepared(connection: sqlite3.Connection, path: Path | None) -> sqlite3.Connection:
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
    # A unit that takes another's place removes it, and the tally is to know.
    connection.execute("PRAGMA recursive_triggers=ON")
    if schema < _SCHEMA:
        with _transaction(connection):
            for statement in _TABLES:
                connection.execute(statement)
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
