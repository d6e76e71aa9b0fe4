"""What is known of articles and stories so far, in one SQLite file.

A batch of articles is one transaction, so that a program that is killed loses at most a batch, and
the next run begins with the same batch.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline import codec
from pipeline.embed import Matrix
from pipeline.errors import UserError
from pipeline.model import Document, Source
from pipeline.stories.article import Article
from pipeline.stories.grouping import MOST_COMPARED, Member, Story
from pipeline.stories.index import Halves, Keys, shard_of
from pipeline.stories.rarity import Rarity

FILE_NAME = "stories.sqlite"
_FORM = "1"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS about (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS seen (digest BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS articles (
    number INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, place TEXT NOT NULL, story INTEGER NOT NULL,
    shard INTEGER NOT NULL, day INTEGER, language TEXT NOT NULL, terms TEXT NOT NULL, vector BLOB NOT NULL,
    sentences BLOB NOT NULL, source TEXT NOT NULL, document BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS articles_story ON articles (story, number);
CREATE INDEX IF NOT EXISTS articles_shard ON articles (shard);
CREATE INDEX IF NOT EXISTS articles_place ON articles (place) WHERE place <> '';
CREATE TABLE IF NOT EXISTS stories (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, size INTEGER NOT NULL, first INTEGER, last INTEGER,
    entry TEXT NOT NULL DEFAULT '', reported TEXT NOT NULL DEFAULT ''
);
CREATE INDEX IF NOT EXISTS stories_last ON stories (last DESC, number DESC);
CREATE INDEX IF NOT EXISTS stories_several ON stories (last DESC, number DESC, id, reported) WHERE size >= 2;
CREATE INDEX IF NOT EXISTS stories_size ON stories (size);
CREATE INDEX IF NOT EXISTS stories_entry ON stories (number) WHERE entry = '';
CREATE TABLE IF NOT EXISTS merged (id TEXT PRIMARY KEY, story INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS merged_story ON merged (story);
"""


@dataclass(frozen=True, slots=True)
class Total:
    """What there is in all: stories of several articles, articles of theirs, articles alone."""

    stories: int
    articles: int
    alone: int


@dataclass(frozen=True, slots=True)
class New:
    """An article that has come in: its document, what grouping needs, and the place that a new version of it has."""

    document: Document
    article: Article
    place: str


class State:
    """The articles and stories of one workspace. Use it as `with State.opened(...) as state`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._sql = connection

    @classmethod
    @contextmanager
    def opened(cls, path: Path, encoder: str) -> Iterator[State]:
        """The state in this file, made if there is none.

        Raises UserError for a file that is none, and for one whose vectors another encoder made.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(path)
            try:
                connection.execute("PRAGMA journal_mode=WAL")
                connection.execute("PRAGMA synchronous=NORMAL")
                connection.executescript(_SCHEMA)
                state = cls(connection)
                made_by = f"{_FORM} {encoder}"
                known = state._about("made by")
                if known is not None and known.decode() != made_by:
                    raise UserError(f"{path} was made with another encoder or version; choose another --out.")
                with connection:
                    state._tell("made by", made_by.encode())
                yield state
            finally:
                connection.close()
        except sqlite3.Error as error:
            raise UserError(f"{path} cannot be used ({error}); free some space or choose another --out.", 1) from None

    # What has come in

    def has_seen(self, digest: bytes) -> bool:
        return self._sql.execute("SELECT 1 FROM seen WHERE digest = ?", (digest,)).fetchone() is not None

    def known(self, key: str) -> int | None:
        """The number of the article with this key."""
        row = self._sql.execute("SELECT number FROM articles WHERE key = ?", (key,)).fetchone()
        return None if row is None else int(row[0])

    def at(self, place: str) -> tuple[int, Matrix] | None:
        """The number and vector of the latest article of this place."""
        if not place:
            return None
        query = "SELECT number, vector FROM articles WHERE place = ? ORDER BY number DESC LIMIT 1"
        row = self._sql.execute(query, (place,)).fetchone()
        return None if row is None else (int(row[0]), _vector(row[1]))

    def next_number(self) -> int:
        return int(self._sql.execute("SELECT coalesce(max(number), -1) + 1 FROM articles").fetchone()[0])

    @contextmanager
    def batch(self, seen: Iterable[bytes]) -> Iterator[None]:
        """Everything inside happens whole or not at all; these pieces have been seen then."""
        with self._sql:
            yield
            self._sql.executemany("INSERT OR IGNORE INTO seen VALUES (?)", ((digest,) for digest in seen))

    def insert(self, arrived: Sequence[tuple[New, Member]]) -> None:
        """Keep new articles, each for now a story of its own."""
        self._sql.executemany(
            "INSERT INTO articles VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (
                    member.number, new.article.key, new.place, member.number, shard_of(member.day), member.day,
                    member.language, json.dumps(list(member.terms.items())), _halves(member.vector),
                    member.sentences.tobytes(), _dumped(new.document.source), _packed(new.document),
                )
                for new, member in arrived
            ),
        )  # fmt: skip

    def replace(self, number: int, document: Document) -> bool:
        """Put a new version in the place of an article, to be shown anew in its story; False if it is the same."""
        new = _dumped(document.source), _packed(document)
        query = "SELECT source, document, story FROM articles WHERE number = ?"
        *old, story = self._sql.execute(query, (number,)).fetchone()
        if (*old,) == new:
            return False
        self._sql.execute("UPDATE articles SET source = ?, document = ? WHERE number = ?", (*new, number))
        self._sql.execute("UPDATE stories SET entry = '', reported = '' WHERE number = ?", (story,))
        return True

    # What grouping needs

    def rarity(self) -> Rarity:
        counts, articles = self._about("terms"), self._about("articles")
        if counts is None or articles is None:
            return Rarity()
        return Rarity(np.frombuffer(zlib.decompress(counts), np.uint32).copy(), int(articles))

    def keep_rarity(self, rarity: Rarity) -> None:
        self._tell("terms", zlib.compress(rarity.counts.tobytes(), 1))
        self._tell("articles", str(rarity.articles).encode())

    def shards(self) -> list[int]:
        # From each shard to the next, by the index: SELECT DISTINCT would go through all articles.
        query = (
            "WITH RECURSIVE found (shard) AS (SELECT min(shard) FROM articles UNION ALL"
            " SELECT (SELECT min(shard) FROM articles WHERE shard > found.shard) FROM found"
            " WHERE found.shard IS NOT NULL) SELECT shard FROM found WHERE shard IS NOT NULL"
        )
        return [int(shard) for (shard,) in self._sql.execute(query)]

    def rows(self, shard: int) -> tuple[Keys, Halves]:
        """The numbers and vectors of a shard, see `index.Rows`."""
        found = self._sql.execute("SELECT number, vector FROM articles WHERE shard = ? ORDER BY number", (shard,))
        numbers, vectors = [], []
        for number, vector in found:
            numbers.append(number)
            vectors.append(vector)
        dimensions = len(vectors[0]) // 2 if vectors else 0
        matrix = np.frombuffer(b"".join(vectors), np.float16).reshape(len(vectors), dimensions)
        return np.array(numbers, dtype=np.int64), matrix

    def story_of(self, number: int) -> int:
        """The number of the story that an article is in."""
        return int(self._sql.execute("SELECT story FROM articles WHERE number = ?", (number,)).fetchone()[0])

    def story(self, number: int) -> Story:
        """A story as it is compared."""
        query = "SELECT size, first, last FROM stories WHERE number = ?"
        size, first, last = self._sql.execute(query, (number,)).fetchone()
        found = self._sql.execute(
            "SELECT number, language, day, vector, sentences, terms FROM articles WHERE story = ?"
            " ORDER BY number DESC LIMIT ?",
            (number, MOST_COMPARED),
        ).fetchall()
        return Story(number, size, tuple(_member(*row) for row in reversed(found)), first, last)

    def change(self, made: Story, parts: Sequence[int]) -> None:
        """Keep a story that a batch founded or changed. `parts`: the numbers of the stories it is made of."""
        for part in parts:
            if part != made.number:
                self._sql.execute("UPDATE articles SET story = ? WHERE story = ?", (made.number, part))
                self._sql.execute("UPDATE merged SET story = ? WHERE story = ?", (made.number, part))
                self._sql.execute("INSERT INTO merged SELECT id, ? FROM stories WHERE number = ?", (made.number, part))
                self._sql.execute("DELETE FROM stories WHERE number = ?", (part,))
        query = "SELECT key, source FROM articles WHERE number = ?"
        key, source = self._sql.execute(query, (made.number,)).fetchone()
        self._sql.execute(
            "INSERT INTO stories (number, id, size, first, last) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (number) DO UPDATE SET size = excluded.size, first = excluded.first, last = excluded.last,"
            " entry = '', reported = ''",
            (made.number, f"{json.loads(source)['date'] or 'undated'}-{key[:12]}", made.size, made.first, made.last),
        )

    # What is shown

    def unlisted(self) -> list[int]:
        """The numbers of the stories that have changed since their entry was made."""
        return [int(number) for (number,) in self._sql.execute("SELECT number FROM stories WHERE entry = ''")]

    def identifiers(self, story: int) -> tuple[str, list[str]]:
        """The id of a story, and the ids of the stories that it took in."""
        own = self._sql.execute("SELECT id FROM stories WHERE number = ?", (story,)).fetchone()[0]
        taken = self._sql.execute("SELECT id FROM merged WHERE story = ? ORDER BY id", (story,))
        return str(own), [str(one) for (one,) in taken]

    def members(self, story: int) -> list[tuple[Source, Matrix]]:
        """The articles of a story in the order of their arrival, with their vectors."""
        found = self._sql.execute("SELECT source, vector FROM articles WHERE story = ? ORDER BY number", (story,))
        return [(codec.load(Source, json.loads(source)), _vector(vector)) for source, vector in found]

    def documents(self, story: int) -> list[Document]:
        """The documents of a story in the order of their arrival."""
        found = self._sql.execute("SELECT document FROM articles WHERE story = ? ORDER BY number", (story,))
        return [codec.load(Document, json.loads(zlib.decompress(document))) for (document,) in found]

    def list_story(self, story: int, entry: str) -> None:
        """Keep the entry of a story, a line of stories.jsonl."""
        self._sql.execute("UPDATE stories SET entry = ? WHERE number = ?", (entry, story))

    def entries(self, least: int = 1) -> Iterator[str]:
        """The entries of the stories with so many articles, the latest first."""
        query = "SELECT entry FROM stories WHERE size >= ? ORDER BY last DESC, number DESC"
        return (str(entry) for (entry,) in self._sql.execute(query, (least,)))

    def several(self) -> list[tuple[int, str, str]]:
        """Number, id and form of the report of each story of several articles, the latest first.

        The form is "" where there is no report since the story changed.
        """
        query = "SELECT number, id, reported FROM stories WHERE size >= 2 ORDER BY last DESC, number DESC"
        return [(int(number), str(own), str(form)) for number, own, form in self._sql.execute(query)]

    def total(self) -> Total:
        several, articles, every = self._sql.execute(
            "SELECT sum(size > 1), coalesce(sum(size), 0), count(*) FROM stories"
        ).fetchone()
        alone = every - (several or 0)
        return Total(several or 0, articles - alone, alone)

    def report_done(self, story: int, form: str) -> None:
        with self._sql:
            self._sql.execute("UPDATE stories SET reported = ? WHERE number = ?", (form, story))

    def commit(self) -> None:
        self._sql.commit()

    def _about(self, name: str) -> bytes | None:
        row = self._sql.execute("SELECT value FROM about WHERE name = ?", (name,)).fetchone()
        return None if row is None else bytes(row[0])

    def _tell(self, name: str, value: bytes) -> None:
        self._sql.execute("INSERT OR REPLACE INTO about VALUES (?, ?)", (name, value))


def _dumped(data: object) -> str:
    return json.dumps(codec.dump(data), ensure_ascii=False)


def _packed(document: Document) -> bytes:
    return zlib.compress(_dumped(document).encode("utf-8", "surrogatepass"))


def _halves(vector: Matrix) -> bytes:
    return vector.astype(np.float16).tobytes()


def _vector(data: bytes) -> Matrix:
    return np.frombuffer(data, np.float16).astype(np.float32)


def _member(number: int, language: str, day: int | None, vector: bytes, sentences: bytes, terms: str) -> Member:
    whole = _vector(vector)
    return Member(
        number, language, day, whole, np.frombuffer(sentences, np.int8).reshape(-1, len(whole)), dict(json.loads(terms))
    )
