"""One run, from sources to outputs, doing only what is not done yet."""

from __future__ import annotations

import datetime
import hashlib
import io
import json
import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from pipeline import __version__, codec, embed, executor, read
from pipeline.embed import Encoder, Matrix
from pipeline.errors import UserError
from pipeline.executor import Workers
from pipeline.ledger import Ledger
from pipeline.model import Claim, Comparison, Document, Group, Link, Segment, Story, Topic
from pipeline.settings import Settings
from pipeline.workspace import DECISIONS, Workspace, digest, write

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pipeline.align import Side
    from pipeline.export.decisions import Decision

MEMORY_NAME = "memory.tmx"
# Characters that are encoded in this process: starting others would take longer.
_FEW = 20_000
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
        _refuse_strangers(out, _FILES)
    with workspace.locked():
        workspace.sweep()
        with progress.stage("Reading"):
            documents, notes = read.documents(paths, lambda file: _read(file, workspace))
        story, key = analyse(documents, notes, paths, workspace, settings, progress, workers)
        return _written(story, key, out, workspace, progress, force)


def run_documents(
    documents: Sequence[Document],
    notes: Sequence[str],
    paths: Sequence[Path],
    out: Path,
    settings: Settings,
    progress: Progress | None = None,
    workers: Workers | None = None,
) -> Result:
    """`run` for documents that have been read already, with ids that are unique.

    notes: what the reader of the report should know of them. paths: where they came from, for a `memory.tmx` there.
    """
    progress = progress or Silent()
    workspace = Workspace(out)
    _refuse_strangers(out, _FILES)
    with workspace.locked():
        workspace.sweep()
        story, key = analyse(documents, notes, paths, workspace, settings, progress, workers or executor.Alone())
        return _written(story, key, out, workspace, progress, force=False)


@dataclass(frozen=True)
class Telling:
    """One story as it is sent to a worker: everything that its outputs follow from, by value.

    `segments` are normalised and, where the run translates, translated. `notes` and `models` are shown.
    """

    documents: Sequence[Document]
    segments: Sequence[Segment]
    settings: Settings
    notes: Sequence[str] = ()
    models: Sequence[str] = ()
    reviews: Sequence[Decision] = ()


def tell(telling: Telling, progress: Progress | None = None) -> dict[str, bytes]:
    """The files of one story, by name, as a run writes them but for `run.json`. Runs in a worker."""
    from pipeline import align

    progress = progress or Silent()
    documents, segments = telling.documents, telling.segments
    with progress.stage("Encoding"):
        own = _by_source(documents, segments)
        sides = {id: align.from_document(*source, Once(embed.default())) for id, source in own.items()}
    with progress.stage("Aligning"):
        found = _joined(documents, segments, sides, telling.settings, telling.reviews)
    with progress.stage("Comparing"):
        compared = _compared(documents, segments, found.groups)
    with progress.stage("Writing"):
        return outputs(_story(documents, segments, found, compared, telling.settings, telling.models, telling.notes))


def analyse(
    documents: Sequence[Document],
    notes: Sequence[str],
    paths: Sequence[Path],
    workspace: Workspace,
    settings: Settings,
    progress: Progress,
    workers: Workers,
) -> tuple[Story, str]:
    """Documents to a story: segment, normalise, translate, embed, align, group, compare.

    A reviewer's decisions in the workspace win over what alignment finds. Returns the story, and a
    digest of all that decides it.
    """
    with progress.stage("Segmenting") as task:
        segments: list[Segment] = []
        for number, document in enumerate(documents, start=1):
            segments += workspace.cached("segment", document, list[Segment], lambda d=document: segmented(d))  # type: ignore[misc]
            task.step(number, len(documents))
    with progress.stage("Translating") as task:
        segments, models, unread = _translated(documents, segments, paths, settings, workers, task)
    notes = [*notes, *unread]
    reviews: Sequence[Decision] = ()
    if (reviewed := workspace.folder / DECISIONS).exists():
        from pipeline.export import decisions

        reviews = decisions.load(reviewed)
        if lapsed := decisions.lapsed(reviews, segments):
            notes.append(f"{len(lapsed)} reviewed decisions name sentences that are no longer in the sources.")
    # What comes later follows from these inputs alone, so their digest is the key of all of it.
    inputs = digest(documents, segments, settings.min_score, settings.topics, reviews)
    with progress.stage("Aligning") as task:
        found = workspace.cached(
            "align", inputs, Aligned, lambda: _aligned(documents, segments, settings, reviews, workspace, workers, task)
        )
    with progress.stage("Comparing"):
        compared = workspace.cached("compare", inputs, Compared, lambda: _compared(documents, segments, found.groups))
    story = _story(documents, segments, found, compared, settings, models, notes)
    return story, digest(inputs, story.settings, story.models, story.notes)


def _story(
    documents: Sequence[Document],
    segments: Sequence[Segment],
    found: Aligned,
    compared: Compared,
    settings: Settings,
    models: Sequence[str],
    notes: Sequence[str],
) -> Story:
    return Story(
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


def _stated(settings: Settings) -> dict[str, object]:
    """The settings an output names: all that can change it. Paths and threads are this machine's own affair."""
    return {
        name: value
        for name, value in asdict(settings).items()
        if name not in ("models", "memory", "glossary", "threads", "jobs", "scheduler")
    }


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
    paths: Sequence[Path],
    settings: Settings,
    workers: Workers,
    task: Task,
) -> tuple[list[Segment], tuple[str, ...], tuple[str, ...]]:
    if not settings.translate:
        return untranslated(documents, segments), (), ()
    from pipeline.translate import Glossary, Memory, translate

    languages = {document.source.id: document.source.language for document in documents}
    memory = Memory.of(settings)
    try:
        for folder in paths:
            if (folder / MEMORY_NAME).is_file():
                memory.layers.append(Memory.from_tmx(folder / MEMORY_NAME))
        glossary = Glossary.read(settings.glossary) if settings.glossary else None
        done = translate(
            segments, languages, settings, memory=memory, glossary=glossary, on_progress=task.step, workers=workers
        )
    finally:
        memory.close()
    return list(done.segments), done.models, done.notes


def _aligned(
    documents: Sequence[Document],
    segments: Sequence[Segment],
    settings: Settings,
    reviews: Sequence[Decision],
    workspace: Workspace,
    workers: Workers,
    task: Task,
) -> Aligned:
    from pipeline import align

    sides = {
        document.source.id: align.from_document(document, own, encoder)
        for document, own, encoder in _encoded(documents, segments, workspace, workers, task)
    }
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
    documents: Sequence[Document], segments: Sequence[Segment], workspace: Workspace, workers: Workers, task: Task
) -> Iterator[tuple[Document, list[Segment], Encoder]]:
    """Each source with its segments and an encoder that knows them; only what is new is encoded, by the workers."""

    sources = list(_by_source(documents, segments).values())
    keys = [workspace.key("embed", source) for source in sources]
    kept = [_said(workspace.get("embed", key)) for key in keys]
    new = [source for source, said in zip(sources, kept) if said is None]
    if sum(len(document.text) for document, _ in new) < _FEW:
        workers = executor.Alone()
    fresh = workers.map(vectors, new, task.step)
    for key, source, said in zip(keys, sources, kept):
        if said is None:
            data = next(fresh)
            workspace.put("embed", key, data)
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
        files = outputs(story)
        files["run.json"] = _run_json(story, files)
        if not force:
            _refuse_strangers(out, files)
        ledger = Ledger(out)
        ledger.note({out / name: data for name, data in files.items()})
        for number, (name, data) in enumerate(files.items(), start=1):
            write(out / name, data)
            task.step(number, len(files))
        _remove_stale(out, files, ledger)
        workspace.put(
            "outputs",
            key,
            json.dumps({name: hashlib.sha256(data).hexdigest() for name, data in files.items()}).encode(),
        )
    workspace.prune()
    return Result(story, tuple(files), changed=True)


def _run_json(story: Story, files: Mapping[str, bytes]) -> bytes:
    data = {
        "program": "parallax",
        "version": story.version,
        "settings": codec.dump(story.settings),
        "models": list(story.models),
        "notes": list(story.notes),
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


def _refuse_strangers(out: Path, names: Iterable[str]) -> None:
    """Never write over files that no run of Parallax made."""
    if out.exists() and not out.is_dir():
        raise UserError(f"{out} is a file; name a folder with --out.")
    ledger = Ledger(out)
    taken = [name for name in names if (out / name).exists() and not ledger.knows(out / name)]
    if taken:
        raise UserError(
            f"{out} has a {taken[0]} that Parallax did not make; choose another --out, or --force to write over it."
        )
