"""How quick the stores stay when they are large: python -m benchmarks.stores

Fills the translation memory, the workspace and the state of stories with made rows, most of them in bulk and
in order, which is quicker, the last 10,000 at random places and in the way that the program adds them. Then
opens the store anew and asks for rows at random, half of which are not there: first with nothing of the file
in the machine's memory (on Linux), then again. What goes through the whole store is timed once.
"""

from __future__ import annotations

import argparse
import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np

from pipeline.language import Language
from pipeline.model import Document, Source
from pipeline.stories.article import Article
from pipeline.stories.grouping import Member, Story
from pipeline.stories.state import New, State
from pipeline.translate import memory as memories
from pipeline.translate.exchange import Unit
from pipeline.translate.memory import Memory
from pipeline.workspace import Workspace

S = TypeVar("S")
GERMAN, ENGLISH = Language("de"), Language("en")
ENGINE, VERSION = "argos de-en 1.0", "1.0 b4"
ADDED = 10_000  # rows that are added to a store of each size as the program does it
ASKED = 1_000  # questions, half of them for rows that are not there
AT_ONCE = 100_000  # rows of a bulk transaction
SENTENCE = "and then so many words that it is as long as sentences of the news are on average, at least"
ARTEFACT = (SENTENCE * 7).encode()
PER_STORY, SENTENCES = 4, 25


@dataclass(frozen=True)
class Store(Generic[S]):
    """What is measured. Names of rows are texts whose order is that of their numbers.

    add: as the program does it. fill: in bulk. ask: None where there is no such row. whole: what goes through all.
    """

    opened: Callable[[Path], AbstractContextManager[S]]
    file: str
    fill: Callable[[S, Sequence[str]], None]
    add: Callable[[S, Sequence[str]], None]
    ask: Callable[[S, str], object]
    whole: dict[str, Callable[[S], object]]


def measure(label: str, store: Store[Any], sizes: Sequence[int], folder: Path) -> None:
    """Fill the store to one size after the other, and print its figures at each."""
    start, path = 0, folder / store.file
    for size in sizes:
        names = (f"{number:09d} row" for number in range(start, size - ADDED))
        with store.opened(folder) as opened:
            while chunk := list(islice(names, AT_ONCE)):
                store.fill(opened, chunk)
        rng = random.Random(size)
        new = [f"{number:09d} new at {size}" for number in rng.sample(range(size - ADDED), ADDED)]
        start = size
        with store.opened(folder) as opened:
            _, added = timed(partial(store.add, opened, new))
        asked = [f"{rng.randrange(start - ADDED):09d} {rng.choice(['row', 'none'])}" for _ in range(ASKED)]
        forget(path)
        began = time.perf_counter()
        with store.opened(folder) as opened:
            store.ask(opened, "000000000 none")
            opening = time.perf_counter() - began
            found, cold = timed(partial(answered, store, opened, asked))
            assert 0 < found < ASKED
            _, warm = timed(partial(answered, store, opened, asked))
            whole = {name: timed(partial(ask, opened))[1] for name, ask in store.whole.items()}
        print(
            f"{label:<10}{size:>11,} rows {path.stat().st_size / 1e6:>7,.0f} MB  {ADDED / added:>7,.0f} added a second"
            f"  opening {opening * 1e3:.0f} ms"
            f"  a question {cold / ASKED * 1e6:,.0f} us cold, {warm / ASKED * 1e6:,.0f} us"
            + "".join(f"  {name} {seconds * 1e3:,.0f} ms" for name, seconds in whole.items()),
            flush=True,
        )


def answered(store: Store[S], opened: S, names: Sequence[str]) -> int:
    """How many of these rows are there."""
    return sum(store.ask(opened, name) is not None for name in names)


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """What work gives, and its seconds."""
    began = time.perf_counter()
    result = work()
    return result, time.perf_counter() - began


def forget(path: Path) -> None:
    """Let the machine's memory hold nothing of a file."""
    if not hasattr(os, "posix_fadvise"):
        return
    with path.open("rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def chunks(names: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (names[start : start + size] for start in range(0, len(names), size))


@contextmanager
def open_memory(folder: Path) -> Iterator[Memory]:
    memory = Memory.open(folder / memories.FILE_NAME)
    try:
        yield memory
    finally:
        memory.close()


def units(names: Sequence[str]) -> Iterator[Unit]:
    return (Unit(GERMAN, ENGLISH, f"{name} {SENTENCE}", SENTENCE, ENGINE, VERSION, 0.9) for name in names)


def fill_memory(memory: Memory, names: Sequence[str]) -> None:
    memory.add(units(names))


def add_units(memory: Memory, names: Sequence[str]) -> None:
    for chunk in chunks(names, 500):
        memory.add(units(chunk))


MEMORY = Store(
    open_memory,
    memories.FILE_NAME,
    fill_memory,
    add_units,
    lambda memory, name: memory.machine(f"{name} {SENTENCE}", GERMAN, ENGLISH, ENGINE, VERSION),
    {"counting": Memory.counts, "the human ones": lambda memory: list(memory.units())},
)


@contextmanager
def open_workspace(folder: Path) -> Iterator[Workspace]:
    workspace = Workspace(folder)
    try:
        yield workspace
    finally:
        workspace.close()


def key(name: str) -> str:
    return name.encode().ljust(32).hex()


def fill_workspace(workspace: Workspace, names: Sequence[str]) -> None:
    workspace._rows("BEGIN")
    add_artefacts(workspace, names)
    workspace._rows("COMMIT")
    workspace._used.clear()


def add_artefacts(workspace: Workspace, names: Sequence[str]) -> None:
    for name in names:
        workspace.put("segment", key(name), ARTEFACT)


WORKSPACE = Store(
    open_workspace,
    ".parallax/artefacts.sqlite",
    fill_workspace,
    add_artefacts,
    lambda workspace, name: workspace.get("segment", key(name)),
    {"pruning nothing": lambda workspace: workspace.prune(1 << 60)},
)


@contextmanager
def open_state(folder: Path) -> Iterator[State]:
    with State.opened(folder / "stories.sqlite", "none") as state:
        yield state


def articles(names: Sequence[str], first: int) -> Iterator[tuple[New, Member]]:
    """Articles of 25 sentences with numbers from `first`, a hundred a day."""
    rng = np.random.default_rng(first)
    vector = rng.standard_normal(512).astype(np.float32)
    sentences = rng.integers(-127, 127, (SENTENCES, 512), dtype=np.int8)
    terms = dict.fromkeys(range(30), 0.1)
    for number, name in enumerate(names, first):
        day = 730_000 + number // 100
        source = Source("bote", name, "Bote", GERMAN, name, f"https://example.org/{name}", "2031-05-04", name)
        document = Document(source, f"{name} {SENTENCE * SENTENCES}", ())
        made = Article(name, "de", day, vector, sentences, frozenset())
        yield New(document, made, source.url), Member(number, "de", day, vector, sentences, terms)


def add_articles(state: State, names: Sequence[str]) -> None:
    """Every four articles are a story; all that changed is listed and reported."""
    for chunk in chunks(names, 500):
        first = state.next_number()
        with state.batch(name.encode() for name in chunk):
            arrived = list(articles(chunk, first))
            state.insert(arrived)
            for start in range(0, len(arrived), PER_STORY):
                members = [member for _, member in arrived[start : start + PER_STORY]]
                numbers = [member.number for member in members]
                story = Story(numbers[0], len(members), tuple(members), members[0].day, members[-1].day)
                state.change(story, numbers)
        for number in state.unlisted():
            state.list_story(number, SENTENCE * 15)
        state.commit()


STATE = Store(
    open_state,
    "stories.sqlite",
    add_articles,
    add_articles,
    lambda state, name: state.known(name) if state.has_seen(name.encode()) else None,
    {
        "a story": lambda state: state.story(0),
        "weeks": State.shards,
        "a week": lambda state: state.rows(730_000 // 7 + 1),
        "what changed": State.unlisted,
        "the sums": State.total,
        "the reports": State.several,
        "all entries": lambda state: sum(1 for _ in state.entries(2)),
    },
)
STORES = {"memory": MEMORY, "workspace": WORKSPACE, "stories": STATE}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", choices=STORES, nargs="+", default=list(STORES))
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000], help="sizes, ascending")
    parser.add_argument("--folder", type=Path, help="where to make the files; they are removed again")
    arguments = parser.parse_args()
    for name in arguments.store:
        with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
            measure(name, STORES[name], arguments.rows, Path(folder))


if __name__ == "__main__":
    main()
