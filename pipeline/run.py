"""One run, from sources to outputs, doing only what is not done yet."""

from __future__ import annotations

import datetime
import hashlib
import io
import json
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from pipeline import __version__, codec, embed, executor, read
from pipeline.embed import Encoder, Matrix
from pipeline.errors import UserError
from pipeline.executor import Workers
from pipeline.ledger import Ledger
from pipeline.model import Claim, Comparison, Document, Group, Link, Segment, Story, Topic
from pipeline.settings import MANNER, PLACES, Settings
from pipeline.workspace import DECISIONS, Workspace, digest, write

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pipeline.align import Side
    from pipeline.export.decisions import Decision
    from pipeline.translate import Glossary, Memory

T = TypeVar("T")
MEMORY_NAME = "memory.tmx"
VECTORS = "embed"  # the stage whose artefacts are the vectors of a source
# The files of every run, besides texts/.
_FILES = (
    "report.html", "report.md", "bitext.tsv", "run.json", "sources.jsonl", "blocks.jsonl", "segments.jsonl",
    "links.jsonl", "groups.jsonl", "topics.jsonl", "claims.jsonl", "comparisons.jsonl",
)  # fmt: skip


class Task(Protocol):
    """One stage at work, as a progress bar sees it."""

    def step(self, done: int, total: int) -> None: ...


class Progress(Protocol):
    """Told what a run is doing; the command line draws bars, tests and libraries use `Silent`."""

    def stage(self, name: str) -> AbstractContextManager[Task]: ...


class Silent:
    """Progress that nobody watches."""

    @contextmanager
    def stage(self, name: str) -> Iterator[Silent]:
        yield self

    def step(self, done: int, total: int) -> None:
        pass


class Artefacts(Protocol):
    """What stages made before, and a place for what they make now: a `Workspace`, as they see it."""

    @staticmethod
    def key(stage: str, inputs: Any) -> str: ...

    def get(self, stage: str, key: str) -> bytes | None: ...

    def put(self, stage: str, key: str, data: bytes) -> None: ...

    def cached(self, stage: str, inputs: Any, kind: type[T], compute: Callable[[], T]) -> T: ...


@dataclass(frozen=True)
class References:
    """What translation looks things up in; nothing where it is off."""

    memory: Memory | None = None
    glossary: Glossary | None = None


@dataclass(frozen=True)
class Result:
    """The story of a run, the files that hold it, and whether there was anything to do."""

    story: Story
    files: tuple[str, ...]
    changed: bool


@dataclass(frozen=True)
class Aligned:
    """What alignment makes of a story, as one artefact."""

    links: tuple[Link, ...]
    groups: tuple[Group, ...]
    topics: tuple[Topic, ...]


@dataclass(frozen=True)
class Compared:
    claims: tuple[Claim, ...]
    comparisons: tuple[Comparison, ...]


class Once:
    """An encoder for one source that encodes each text once: as a context, as English, again in a table."""

    def __init__(self, encoder: Encoder) -> None:
        self.name = encoder.name
        self.rows: dict[str, NDArray[np.float32]] = {}
        self._encoder = encoder

    def encode(self, texts: Sequence[str]) -> Matrix:
        new = [text for text in dict.fromkeys(texts) if text not in self.rows]
        vectors = self._encoder.encode(new)
        self.rows.update(zip(new, vectors))
        return _stacked(self.rows, texts, vectors)


class _Replay:
    """An encoder that says again what was said of the texts of one source."""

    def __init__(self, texts: Sequence[str], vectors: Matrix) -> None:
        self.name = embed.default_name()
        self._vectors = vectors
        self._rows = dict(zip(texts, vectors))

    def encode(self, texts: Sequence[str]) -> Matrix:
        return _stacked(self._rows, texts, self._vectors)


def _stacked(rows: Mapping[str, NDArray[np.float32]], texts: Sequence[str], like: Matrix) -> Matrix:
    import numpy as np

    return np.stack([rows[text] for text in texts]) if texts else like[:0]


def vectors(source: tuple[Document, Sequence[Segment]]) -> bytes:
    """All that alignment asks of the encoder about one source, as an .npz file. Runs in a worker."""
    import numpy as np

    from pipeline import align

    once = Once(embed.default())
    align.from_document(*source, once)
    buffer = io.BytesIO()
    texts = np.frombuffer(json.dumps(list(once.rows)).encode(), dtype=np.uint8)
    np.savez(buffer, texts=texts, vectors=_stacked(once.rows, list(once.rows), once.encode([])))
    return buffer.getvalue()


def run(
    paths: Sequence[Path],
    out: Path,
    settings: Settings,
    progress: Progress | None = None,
    force: bool = False,
    workers: Workers | None = None,
) -> Result:
    """Analyse the sources and write the report and the data files to `out`.

    workers: who does the work, where they serve several runs; else those that the settings name.
    Raises UserError where a source cannot be read, or `out` cannot be written or is somebody else's.
    """
    if workers is None:
        with executor.workers(settings.jobs, settings.scheduler) as workers:
            return run(paths, out, settings, progress, force, workers)
    progress = progress or Silent()
    workspace = Workspace(out)
    _refuse_sources(paths, out)
    if not force:
        refuse_strangers(out)
    with workspace.locked():
        workspace.sweep()
        with progress.stage("Reading"):
            documents, notes = read.documents(paths, lambda file: _read(file, workspace))
        with references(paths, settings) as known:
            story, key = analyse(
                documents, notes, settings, known, reviews(workspace.folder), workspace, workers, progress
            )
        return _written(story, key, out, workspace, progress, force)


@contextmanager
def references(paths: Sequence[Path], settings: Settings) -> Iterator[References]:
    """The translation memory, with the `memory.tmx` of each folder in `paths`, and the glossary of the settings."""
    if not settings.translate:
        yield References()
        return
    from pipeline.translate import Glossary, Memory

    memory = Memory.of(settings)
    try:
        for folder in paths:
            if (folder / MEMORY_NAME).is_file():
                memory.layers.append(Memory.from_tmx(folder / MEMORY_NAME))
        yield References(memory, Glossary.read(settings.glossary) if settings.glossary else None)
    finally:
        memory.close()


def reviews(folder: Path) -> Sequence[Decision]:
    """What a reviewer decided, from the workspace in this folder."""
    if not (folder / DECISIONS).exists():
        return ()
    from pipeline.export import decisions

    return decisions.load(folder / DECISIONS)


def analyse(
    documents: Sequence[Document],
    notes: Sequence[str],
    settings: Settings,
    references: References,
    reviews: Sequence[Decision],
    artefacts: Artefacts,
    workers: Workers,
    progress: Progress,
) -> tuple[Story, str]:
    """Documents, with ids that are unique, to a story: segment, normalise, translate, embed, align, group, compare.

    notes: what the reader should know of the documents. A reviewer's decisions win over what alignment
    finds. Returns the story, and a digest of all that decides it.
    """
    with progress.stage("Segmenting") as task:
        segments: list[Segment] = []
        for number, document in enumerate(documents, start=1):
            segments += artefacts.cached("segment", document, list[Segment], lambda d=document: segmented(d))  # type: ignore[misc]
            task.step(number, len(documents))
    with progress.stage("Translating") as task:
        segments, models, unread = _translated(documents, segments, settings, references, workers, task)
    notes = [*notes, *unread]
    if reviews:
        from pipeline.export import decisions

        if lapsed := decisions.lapsed(reviews, segments):
            notes.append(f"{len(lapsed)} reviewed decisions name sentences that are no longer in the sources.")
    # What comes later follows from these inputs alone, so their digest is the key of all of it.
    inputs = digest(documents, segments, settings.min_score, settings.topics, reviews)
    found = artefacts.cached(
        "align",
        inputs,
        Aligned,
        lambda: _aligned(documents, segments, settings, reviews, artefacts, workers, progress),
    )
    with progress.stage("Comparing"):
        compared = artefacts.cached("compare", inputs, Compared, lambda: _compared(documents, segments, found.groups))
    story = Story(
        documents=tuple(documents),
        segments=tuple(segments),
        links=found.links,
        groups=found.groups,
        topics=found.topics,
        comparisons=compared.comparisons,
        claims=compared.claims,
        version=__version__,
        settings=_stated(settings),
        models=(embed.default_name(), *models),
        notes=tuple(notes),
    )
    return story, digest(inputs, story.settings, story.models, story.notes)


def _stated(settings: Settings) -> dict[str, object]:
    """The settings an output names: all that can change it. Paths and threads are this machine's own affair."""
    return {name: value for name, value in asdict(settings).items() if name not in (*PLACES, *MANNER)}


def _read(file: read.File, workspace: Workspace) -> list[Document]:
    content = file.content()
    inputs = [hashlib.sha256(content).hexdigest(), file.name, file.stated]
    return workspace.cached("read", inputs, list[Document], lambda: read.parse(content, file.name, file.stated))


def segmented(document: Document) -> list[Segment]:
    """The segments of a document, normalised."""
    from pipeline import normalise, segment

    return normalise.normalise(segment.segment(document), document.source.language)


def untranslated(documents: Sequence[Document], segments: Sequence[Segment]) -> list[Segment]:
    """The segments, with a pivot where they are English already."""
    english = {document.source.id for document in documents if document.source.language.base == "en"}
    return [
        replace(s, pivot=s.plain, pivot_origin="same") if s.source in english and s.kind != "boilerplate" else s
        for s in segments
    ]


def _translated(
    documents: Sequence[Document],
    segments: Sequence[Segment],
    settings: Settings,
    references: References,
    workers: Workers,
    task: Task,
) -> tuple[list[Segment], tuple[str, ...], tuple[str, ...]]:
    if not settings.translate:
        return untranslated(documents, segments), (), ()
    from pipeline.translate import translate

    languages = {document.source.id: document.source.language for document in documents}
    done = translate(
        segments,
        languages,
        settings,
        memory=references.memory,
        glossary=references.glossary,
        on_progress=task.step,
        workers=workers,
    )
    return list(done.segments), done.models, done.notes


def _aligned(
    documents: Sequence[Document],
    segments: Sequence[Segment],
    settings: Settings,
    reviews: Sequence[Decision],
    artefacts: Artefacts,
    workers: Workers,
    progress: Progress,
) -> Aligned:
    from pipeline import align

    with progress.stage("Encoding") as task:
        sides = {
            document.source.id: align.from_document(document, own, encoder)
            for document, own, encoder in _encoded(documents, segments, artefacts, workers, task)
        }
    with progress.stage("Aligning"):
        return _joined(documents, segments, sides, settings, reviews)


def _joined(
    documents: Sequence[Document],
    segments: Sequence[Segment],
    sides: Mapping[str, Side],
    settings: Settings,
    reviews: Sequence[Decision],
) -> Aligned:
    """What the sources have in common: links, groups, topics."""
    from pipeline import align, topics
    from pipeline.export import decisions

    links = align.align(sides, embed.default, settings.min_score)
    places = [
        (identifier, source, place)
        for source, side in sides.items()
        for place, unit in enumerate(side.ids)
        for identifier in unit
    ]
    order = {identifier: (source, place) for identifier, source, place in places}
    groups = align.group(links, order, settings.min_score)
    groups = list(decisions.apply(reviews, segments, groups))
    shown = [link for link in links if link.score >= settings.min_score]
    shown = list(decisions.apply_to_links(reviews, segments, shown))
    vectors = {identifier: sides[source].meaning(place) for identifier, source, place in places}
    made, groups = topics.topics(documents, segments, groups, vectors, settings.topics)
    return Aligned(tuple(shown), tuple(groups), tuple(made))


def _by_source(documents: Sequence[Document], segments: Sequence[Segment]) -> dict[str, tuple[Document, list[Segment]]]:
    """Each source with its segments, by its id, in order."""
    own: dict[str, tuple[Document, list[Segment]]] = {document.source.id: (document, []) for document in documents}
    for one in segments:
        own[one.source][1].append(one)
    return own


def _encoded(
    documents: Sequence[Document], segments: Sequence[Segment], artefacts: Artefacts, workers: Workers, task: Task
) -> Iterator[tuple[Document, list[Segment], Encoder]]:
    """Each source with its segments and an encoder that knows them; only what is new is encoded, by the workers."""

    sources = list(_by_source(documents, segments).values())
    keys = [artefacts.key(VECTORS, source) for source in sources]
    kept = [_said(artefacts.get(VECTORS, key)) for key in keys]
    new = [source for source, said in zip(sources, kept) if said is None]
    chosen = executor.enough(workers, sum(len(document.text) for document, _ in new))
    fresh = chosen.map(vectors, new, task.step)
    for key, source, said in zip(keys, sources, kept):
        if said is None:
            data = next(fresh)
            artefacts.put(VECTORS, key, data)
            said = _said(data)
            assert said is not None
        yield (*source, said)


def _said(data: bytes | None) -> _Replay | None:
    """What `vectors` made, or None if there is none or it is something else."""
    import zipfile

    import numpy as np

    if data is None:
        return None
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as said:
            return _Replay(json.loads(said["texts"].tobytes()), said["vectors"])
    except (ValueError, KeyError, TypeError, AttributeError, EOFError, zipfile.BadZipFile):
        return None


def _compared(documents: Sequence[Document], segments: Sequence[Segment], groups: Sequence[Group]) -> Compared:
    from pipeline import compare

    claims, comparisons = compare.find(documents, segments, groups)
    return Compared(tuple(claims), tuple(comparisons))


def outputs(story: Story) -> dict[str, bytes]:
    """The files of a run: the report, the data files and the bitext, by name."""
    from pipeline import report
    from pipeline.export.jsonl import data_files
    from pipeline.export.tsv import bitext_tsv

    texts = {
        "report.html": report.html(story),
        "report.md": report.markdown(story),
        "bitext.tsv": bitext_tsv(story),
        **data_files(story),
    }
    return {name: text.encode() for name, text in sorted(texts.items())}


def _written(story: Story, key: str, out: Path, workspace: Workspace, progress: Progress, force: bool) -> Result:
    """Write what is not there yet; `run.json` comes last, so that a folder with one is whole."""
    key = workspace.key("outputs", key)
    known = workspace.get("outputs", key)
    sums = json.loads(known) if known else None
    if isinstance(sums, dict) and all(_sum(out / name) == value for name, value in sums.items()):
        return Result(story, tuple(sums), changed=False)
    with progress.stage("Writing") as task:
        files = save(outputs(story), about(story), out, force, task)
        workspace.put(
            "outputs",
            key,
            json.dumps({name: hashlib.sha256(data).hexdigest() for name, data in files.items()}).encode(),
        )
    workspace.prune()
    return Result(story, tuple(files), changed=True)


def save(
    made: Mapping[str, bytes], about: Mapping[str, Any], out: Path, force: bool = False, task: Task | None = None
) -> dict[str, bytes]:
    """Write what is made of a story to `out`, and with it `run.json`; all the files, by name.

    Raises UserError where `out` cannot be written, or holds such files of somebody else's without `force`.
    """
    files = {**made, "run.json": _run_json(about, made)}
    if not force:
        refuse_strangers(out, files)
    ledger = Ledger(out)
    ledger.note({out / name: data for name, data in files.items()})
    for number, (name, data) in enumerate(files.items(), start=1):
        write(out / name, data)
        if task:
            task.step(number, len(files))
    _remove_stale(out, files, ledger)
    return files


def about(story: Story) -> dict[str, Any]:
    """How a story was made, as `run.json` says it."""
    return {
        "program": "parallax",
        "version": story.version,
        "settings": codec.dump(story.settings),
        "models": list(story.models),
        "notes": list(story.notes),
    }


def _run_json(about: Mapping[str, Any], files: Mapping[str, bytes]) -> bytes:
    data = {
        **about,
        "times": {"finished": _now()},
        "outputs": {name: hashlib.sha256(data).hexdigest() for name, data in files.items()},
    }
    return (json.dumps(data, ensure_ascii=False, indent=2) + "\n").encode()


def _now() -> str:
    """The time in UTC; SOURCE_DATE_EPOCH, by which reproducible builds set it, wins over the clock."""
    stated = os.environ.get("SOURCE_DATE_EPOCH", "")
    seconds = int(stated) if stated.isdigit() else int(time.time())
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).isoformat()


def _sum(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


def _remove_stale(out: Path, files: Mapping[str, bytes], ledger: Ledger) -> None:
    """Texts that an earlier run wrote, of sources that are no longer part of this one."""
    for name in ledger.names("texts"):
        if name not in files and ledger.unchanged(out / name):
            (out / name).unlink()


def _refuse_sources(paths: Sequence[Path], out: Path) -> None:
    """Never write the results among the sources, where the next run would read them as sources."""
    if any(path.is_dir() and path.resolve() == out.resolve() for path in paths):
        raise UserError(f"{out} is the folder of the sources; name another one with --out.")


def refuse_strangers(out: Path, names: Iterable[str] = _FILES) -> None:
    """Never write over files that no run of Parallax made. Raises UserError where there are some."""
    if out.exists() and not out.is_dir():
        raise UserError(f"{out} is a file; name a folder with --out.")
    ledger = Ledger(out)
    taken = [name for name in names if (out / name).exists() and not ledger.knows(out / name)]
    if taken:
        raise UserError(
            f"{out} has a {taken[0]} that Parallax did not make; choose another --out, or --force to write over it."
        )
