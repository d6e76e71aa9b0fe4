"""New articles in, batch by batch: read, made comparable, grouped with all that came before.

Articles arrive in the order of the paths, in a folder in the order of names, in a .jsonl file line by
line. What was read before is known by a hash of its bytes and not read again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from pipeline import embed, executor, read
from pipeline.embed import Encoder, Matrix
from pipeline.errors import UserError
from pipeline.executor import Workers
from pipeline.model import Document
from pipeline.normalise import normalise
from pipeline.progress import Progress
from pipeline.read import stream
from pipeline.read.stream import Piece
from pipeline.segment import segment
from pipeline.stories import article, grouping
from pipeline.stories.article import Article
from pipeline.stories.grouping import Member, Story
from pipeline.stories.index import StoryIndex
from pipeline.stories.state import New, State
from pipeline.workspace import Workspace, digest

_MOST_NOTES = 20
_MOST_BYTES = 2**26  # of pieces that are read at once
# An article of a known address or file is a new version of the old one if it is still about the same.
_VERSION = 0.7


@dataclass(frozen=True, slots=True)
class Arrived:
    """How many articles were new, were new versions of known ones, were known; and what was left out."""

    new: int
    versions: int
    known: int
    notes: tuple[str, ...]


class Graphs:
    """The neighbour graphs of an index, kept in a workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def get(self, name: str) -> bytes | None:
        return self._workspace.get("graphs", name)

    def put(self, name: str, data: bytes) -> None:
        self._workspace.put("graphs", name, data)

    def drop(self, name: str) -> None:
        self._workspace.drop("graphs", name)


def key(document: Document) -> str:
    """What names an article for ever: a digest of its bytes and its outlet, for two outlets may print the same."""
    return digest(document.source.sha256, document.source.outlet)


def prepare(document: Document, encoder: Encoder) -> Article:
    """A document as grouping sees it. Depends on nothing else, so it may run in any process."""
    source = document.source
    chosen = article.lead(normalise(segment(document), source.language))
    vectors = encoder.encode([one.normal for one in chosen])
    return article.from_segments(key(document), chosen, vectors, source.language, source.date)


def _some(pieces: Iterator[Piece]) -> list[Piece]:
    """The next pieces, as many as are read at once; none at the end."""
    found: list[Piece] = []
    size = 0
    while len(found) < grouping.BATCH and size < _MOST_BYTES and (piece := next(pieces, None)):
        found.append(piece)
        size += piece.size
    return found


def taken(piece: Piece) -> list[Document] | str:
    """The documents of a piece, or why it cannot be read. Runs in a worker."""
    try:
        return piece.read()
    except UserError as error:
        return str(error)


def prepared(document: Document) -> Article:
    """`prepare` with the encoder of this process. Runs in a worker."""
    return prepare(document, embed.default())


def arrive(paths: Sequence[Path], state: State, graphs: Graphs, workers: Workers, progress: Progress) -> Arrived:
    """Take in what the paths hold and the state has not.

    Raises UserError where a path cannot be read and where nothing can; single articles that cannot be
    read are left out with a note.
    """
    found = read.find(paths)
    notes = list(found.notes)
    total = sum(stream.amount(file) for file in found.files)
    index = StoryIndex(rows=state, graphs=graphs)
    left_out = new = versions = known = done = begin = 0

    def unseen() -> Iterator[Piece]:
        nonlocal known, done
        for piece in (piece for file in found.files for piece in stream.pieces(file)):
            if not state.has_seen(piece.digest):
                yield piece
                continue
            known += 1
            done += 1

    def readable() -> Iterator[tuple[bytes, list[Document]]]:
        nonlocal left_out, known, done
        waiting = unseen()
        while pieces := _some(waiting):
            enough = executor.enough(workers, sum(piece.size for piece in pieces))
            for piece, made in zip(pieces, enough.map(taken, pieces)):
                done += 1
                if isinstance(made, str):
                    left_out += 1
                    if left_out <= _MOST_NOTES:
                        notes.append(f"Left out: {made}")
                elif state.has_seen(piece.digest):  # since these pieces were gathered: the same line came before
                    known += 1
                else:
                    yield piece.digest, made

    with progress.stage("Reading") as task:
        arriving = readable()

        def step(prepared: int, _: int) -> None:
            task.step(min(begin + prepared, total), total)

        while batch := list(islice(arriving, grouping.BATCH)):
            begin = done - len(batch)
            added, replaced = _batch(batch, state, index, workers, step)
            new, versions = new + added, versions + replaced
            known += sum(len(documents) for _, documents in batch) - added - replaced
            task.step(done, total)
    if left_out > _MOST_NOTES:
        notes.append(f"Left out: {left_out - _MOST_NOTES} more that cannot be read.")
    if not new + versions + known:
        raise UserError(f"Nothing could be read. {' '.join(notes)}")
    return Arrived(new, versions, known, tuple(notes))


def _batch(
    batch: Sequence[tuple[bytes, list[Document]]],
    state: State,
    index: StoryIndex,
    workers: Workers,
    step: executor.Step,
) -> tuple[int, int]:
    """Take a batch in, as one transaction; how many articles were new, and how many new versions."""
    arrived = [(key(document), document) for _, documents in batch for document in documents]
    same = {name: state.known(name) for name, _ in arrived}
    unknown = {name: document for name, document in reversed(arrived) if same[name] is None}
    enough = executor.enough(workers, sum(len(document.text) for document in unknown.values()))
    articles = dict(zip(unknown, enough.map(prepared, list(unknown.values()), step)))
    fresh: dict[str, New] = {}  # by key
    places: dict[str, str] = {}  # of fresh articles, to their keys
    versions: list[tuple[int, Document]] = []
    for name, document in arrived:
        if name in fresh:
            continue
        if (number := same[name]) is not None:
            versions.append((number, document))
            continue
        made, place = articles[name], _place(document)
        if place in places and _is_version(made.vector, fresh[places[place]].article.vector):
            old = places[place]
            fresh[old] = replace(fresh[old], document=document)
        elif (before := state.at(place)) and _is_version(made.vector, before[1]):
            versions.append((before[0], document))
        else:
            fresh[name] = New(document, made, place)
            if place:
                places[place] = name
    with state.batch(digest for digest, _ in batch):
        replaced = sum(state.replace(number, document) for number, document in versions)
        if fresh:
            _group(list(fresh.values()), state, index)
    return len(fresh), replaced


def _group(fresh: Sequence[New], state: State, index: StoryIndex) -> None:
    known: dict[int, Story] = {}

    def story(number: int) -> Story:
        own = state.story_of(number)
        if own not in known:
            known[own] = state.story(own)
        return known[own]

    rarity = state.rarity()
    for new in fresh:
        rarity.count(new.article.terms)
    members = [Member.of(number, new.article, rarity) for number, new in enumerate(fresh, start=state.next_number())]
    state.insert(list(zip(fresh, members)))
    for made, parts in grouping.arrive(members, index, story):
        state.change(made, parts)
    state.keep_rarity(rarity)


def _place(document: Document) -> str:
    """Where a new version of an article would come from: its address, else its file, else its record's id."""
    source = document.source
    if source.url or source.line_unit != "record":
        return source.url or source.path
    return "" if "id" in source.inferred else f"{source.path}#{source.id}"


def _is_version(new: Matrix, old: Matrix) -> bool:
    return float(new @ old) >= _VERSION
