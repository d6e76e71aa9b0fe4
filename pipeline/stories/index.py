"""Nearest neighbours among all articles so far, in time that hardly grows with their number.

Articles are kept in shards, one a week and one for articles without a date, so that a search looks
only where the same story can be. A shard is a run of graphs (HNSW, Malkov & Yashunin 2018, from the
library usearch), each over 4096 * 2^n articles in the order of their arrival, and a tail that is
searched exactly. When the tail is full it becomes a graph, and two graphs of one size become one
twice as large (the logarithmic method of Bentley & Saxe 1980). So a graph depends on nothing but
the articles in it: in whatever batches they came, and however often the program was stopped in
between, the neighbours are the same. The library is deterministic with one thread.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from pipeline.embed import Matrix

WINDOW = 7  # days; a shard has so many
BLOCK = 4096
UNDATED = -1
_MOST_SHARDS = 8  # in memory at a time
_CONNECTIVITY, _EXPANSION = 16, 96

Keys = NDArray[np.int64]
Halves = NDArray[np.float16]


class Rows(Protocol):
    """Where articles are kept for good: an index reads a shard from here when it needs it."""

    def shards(self) -> Sequence[int]: ...

    def rows(self, shard: int) -> tuple[Keys, Halves]:
        """Ascending keys and the vectors (n, d) of a shard's articles."""
        ...


class Graphs(Protocol):
    """Where graphs are kept between runs; one that is lost is built again."""

    def get(self, name: str) -> bytes | None: ...

    def put(self, name: str, data: bytes) -> None: ...

    def drop(self, name: str) -> None: ...


def shard_of(day: int | None) -> int:
    """The shard of an article by the ordinal of its date: its week, or UNDATED."""
    return UNDATED if day is None else day // WINDOW


class StoryIndex:
    """An index over article vectors, unit rows, under ascending integer keys.

    Without `rows` all of it stays in memory; with them, the shards used last.
    """

    def __init__(self, rows: Rows | None = None, graphs: Graphs | None = None) -> None:
        self._rows, self._graphs = rows, graphs
        self._shards: dict[int, _Shard] = {}  # in the order of their last use
        self._known = set(rows.shards()) if rows else set()

    def add(self, keys: Sequence[int], vectors: Matrix, days: Sequence[int | None]) -> None:
        """Take articles in: ascending keys, float32 vectors (n, d), the ordinals of their dates or None."""
        places: dict[int, list[int]] = {}
        for n, day in enumerate(days):
            places.setdefault(shard_of(day), []).append(n)
        halves = vectors.astype(np.float16)
        for number, chosen in sorted(places.items()):
            self._known.add(number)
            self._shard(number).add(np.array([keys[n] for n in chosen], dtype=np.int64), halves[chosen])

    def neighbours(
        self, vectors: Matrix, days: Sequence[int | None], count: int, least: float = -1.0
    ) -> list[list[int]]:
        """For each row the keys of the `count` nearest articles in the shards that its story can reach, nearest first.

        Those are its week, the weeks before and after it, and the articles without a date; for an
        article without a date, all shards. least: the least cosine that counts as near.
        """
        places: dict[int, list[int]] = {}
        for n, day in enumerate(days):
            week = shard_of(day)
            reach = self._known if day is None else self._known & {week - 1, week, week + 1, UNDATED}
            for number in reach:
                places.setdefault(number, []).append(n)
        found: list[list[tuple[float, int]]] = [[] for _ in days]
        for number, chosen in sorted(places.items()):
            for n, near in zip(chosen, self._shard(number).search(vectors[chosen], count)):
                found[n] += near
        return [[key for distance, key in sorted(near)[:count] if distance <= 1.0 - least] for near in found]

    def _shard(self, number: int) -> _Shard:
        shard = self._shards.pop(number, None)
        if shard is None:
            shard = _Shard(self._graphs)
            if self._rows:
                shard.add(*self._rows.rows(number))
        self._shards[number] = shard
        if self._rows and len(self._shards) > _MOST_SHARDS:
            del self._shards[next(iter(self._shards))]
        return shard


class _Shard:
    """Articles of one week: graphs over the earlier ones, and the tail of the latest."""

    def __init__(self, graphs: Graphs | None) -> None:
        self._kept = graphs
        self._graphs: list[
            tuple[int, str, Any]
        ] = []  # how many blocks, the name of the graph over them, it; sizes fall
        self._keys = np.zeros(0, dtype=np.int64)
        self._tail: Halves = np.zeros((0, 0), dtype=np.float16)

    def add(self, keys: Keys, vectors: Halves) -> None:
        new = keys > (self._last() if len(self._keys) else -1)  # a shard just read may have them already
        self._keys = np.concatenate([self._keys, keys[new]])
        self._tail = np.concatenate([self._tail, vectors[new]]) if self._tail.size else vectors[new]
        full = len(self._tail) // BLOCK
        if full:
            self._seal(full)

    def _last(self) -> int:
        return int(self._keys[-1])

    def _seal(self, full: int) -> None:
        """Turn the first `full` blocks of the tail into graphs, as if they had come one by one."""
        sealed = sum(blocks for blocks, _, _ in self._graphs)
        total = sealed + full
        # The sizes are the powers of two in the number of blocks; the largest ones that stand already stay.
        sizes = [1 << bit for bit in reversed(range(total.bit_length())) if total >> bit & 1]
        same = 0
        while same < min(len(sizes), len(self._graphs)) and sizes[same] == self._graphs[same][0]:
            same += 1
        first = sum(sizes[:same]) * BLOCK
        undone, start = [], first
        for blocks, name, graph in self._graphs[same:]:
            undone.append(graph.get(self._keys[start : start + blocks * BLOCK]))
            start += blocks * BLOCK
            if self._kept:
                self._kept.drop(name)
        del self._graphs[same:]
        vectors = np.concatenate([*undone, self._tail[: full * BLOCK]]).astype(np.float16)
        self._tail = self._tail[full * BLOCK :]
        for blocks in sizes[same:]:
            end = first + blocks * BLOCK
            self._graphs.append((blocks, *self._graph(self._keys[first:end], vectors[: blocks * BLOCK])))
            vectors, first = vectors[blocks * BLOCK :], end

    def _graph(self, keys: Keys, vectors: Halves) -> tuple[str, Any]:
        import usearch
        from usearch.index import Index

        form = f"usearch {usearch.__version__} {_CONNECTIVITY} {_EXPANSION}"
        name = hashlib.sha256(form.encode() + keys.tobytes() + vectors.tobytes()).hexdigest()
        if self._kept and (data := self._kept.get(name)):
            return name, Index.restore(data)
        graph = Index(
            ndim=vectors.shape[1],
            metric="ip",
            dtype="f16",
            connectivity=_CONNECTIVITY,
            expansion_add=_EXPANSION,
            expansion_search=_EXPANSION,
        )
        graph.add(keys, vectors, threads=1)
        if self._kept:
            self._kept.put(name, bytes(graph.save() or b""))
        return name, graph

    def search(self, vectors: Matrix, count: int) -> list[list[tuple[float, int]]]:
        """Distances (1 - cosine) and keys of the nearest articles, `count` at most of each graph, for each row."""
        found: list[list[tuple[float, int]]] = [[] for _ in vectors]
        for _, _, graph in self._graphs:
            for near, vector in zip(found, vectors):
                match = graph.search(vector, count, threads=1)
                near += zip(match.distances.tolist(), match.keys.tolist())
        if len(self._tail):
            distances = 1.0 - vectors @ self._tail.astype(np.float32).T
            keys = self._keys[len(self._keys) - len(self._tail) :]
            nearest = np.argpartition(distances, min(count, len(keys)) - 1, axis=1)[:, :count]
            for near, row, places in zip(found, distances, nearest):
                near += zip(row[places].tolist(), keys[places].tolist())
        return found
