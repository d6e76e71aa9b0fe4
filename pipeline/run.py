"""One run, from sources to outputs, doing only what is not done yet."""

from __future__ import annotations

import datetime
import hashlib
import io
import json
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np

from pipeline import __version__, align, codec, compare, embed, normalise, read, segment, topics
from pipeline.embed import Encoder, Matrix
from pipeline.errors import UserError
from pipeline.export import decisions
from pipeline.ledger import Ledger
from pipeline.model import Claim, Comparison, Document, Group, Link, Segment, Story, Topic
from pipeline.settings import Settings
from pipeline.workspace import FOLDER, Workspace, digest, write

MEMORY_NAME = "memory.tmx"
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


class KeptEncoder:
    """An encoder whose vectors are kept in a workspace; the model is loaded only for new texts."""

    def __init__(self, workspace: Workspace, load: Callable[[], Encoder]) -> None:
        self.name = embed.default_name()
        self._workspace, self._load = workspace, load
        self._encoder: Encoder | None = None

    def encode(self, texts: Sequence[str]) -> Matrix:
        key = digest("embed", self.name, list(texts))
        data = self._workspace.get("embed", key)
        if data is not None:
            with suppress(ValueError, EOFError):  # no array, or one of objects
                kept: Matrix = np.load(io.BytesIO(data), allow_pickle=False)
                return kept
        self._encoder = self._encoder or self._load()
        vectors = self._encoder.encode(texts)
        buffer = io.BytesIO()
        np.save(buffer, vectors, allow_pickle=False)
        self._workspace.put("embed", key, buffer.getvalue())
        return vectors


def run(
    paths: Sequence[Path], out: Path, settings: Settings, progress: Progress | None = None, force: bool = False
) -> Result:
    """Analyse the sources and write the report and the data files to `out`.

    Raises UserError where a source cannot be read, or `out` cannot be written or is somebody else's.
    """
    progress = progress or Silent()
    workspace = Workspace(out)
    _refuse_sources(paths, out)
    if not force:
        _refuse_strangers(out, _FILES)
    with workspace.locked():
        workspace.sweep()
        story = analyse(paths, workspace, settings, progress, out / FOLDER / decisions.FILE_NAME)
        return _written(story, out, workspace, progress, force)


def analyse(
    paths: Sequence[Path], workspace: Workspace, settings: Settings, progress: Progress, reviewed: Path
) -> Story:
    """Sources to a story: read, segment, normalise, translate, embed, align, group, compare.

    reviewed: the file of a reviewer's decisions, which win over what alignment finds.
    """
    with progress.stage("Reading"):
        documents, notes = read.documents(paths, lambda file: _read(file, workspace))
    with progress.stage("Segmenting") as task:
        segments: list[Segment] = []
        for number, document in enumerate(documents, start=1):
            segments += workspace.cached("segment", document, list[Segment], lambda d=document: _segmented(d))  # type: ignore[misc]
            task.step(number, len(documents))
    with progress.stage("Translating") as task:
        segments, models, unread = _translated(documents, segments, paths, settings, task)
    notes = [*notes, *unread]
    reviews = decisions.load(reviewed)
    if lapsed := decisions.lapsed(reviews, segments):
        notes.append(f"{len(lapsed)} reviewed decisions name sentences that are no longer in the sources.")
    inputs = [documents, segments, settings.min_score, settings.topics, reviews]
    with progress.stage("Aligning") as task:
        found = workspace.cached(
            "align", inputs, Aligned, lambda: _aligned(documents, segments, settings, reviews, workspace, task)
        )
    with progress.stage("Comparing"):
        compared = workspace.cached(
            "compare", [inputs, found], Compared, lambda: _compared(documents, segments, found.groups)
        )
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
        if name not in ("models", "memory", "glossary", "threads")
    }


def _read(file: read.File, workspace: Workspace) -> list[Document]:
    content = file.content()
    inputs = [hashlib.sha256(content).hexdigest(), file.name, file.stated]
    return workspace.cached("read", inputs, list[Document], lambda: read.parse(content, file.name, file.stated))


def _segmented(document: Document) -> list[Segment]:
    return normalise.normalise(segment.segment(document), document.source.language)


def _translated(
    documents: Sequence[Document], segments: Sequence[Segment], paths: Sequence[Path], settings: Settings, task: Task
) -> tuple[list[Segment], tuple[str, ...], tuple[str, ...]]:
    from pipeline.translate import Glossary, Memory, translate

    languages = {document.source.id: document.source.language for document in documents}
    if not settings.translate:
        english = [
            replace(s, pivot=s.plain, pivot_origin="same")
            if languages[s.source].base == "en" and s.kind != "boilerplate"
            else s
            for s in segments
        ]
        return english, (), ()
    memory = Memory.of(settings)
    try:
        for folder in paths:
            if (folder / MEMORY_NAME).is_file():
                memory.layers.append(Memory.from_tmx(folder / MEMORY_NAME))
        glossary = Glossary.read(settings.glossary) if settings.glossary else None
        done = translate(segments, languages, settings, memory=memory, glossary=glossary, on_progress=task.step)
    finally:
        memory.close()
    return list(done.segments), done.models, done.notes


def _aligned(
    documents: Sequence[Document],
    segments: Sequence[Segment],
    settings: Settings,
    reviews: Sequence[decisions.Decision],
    workspace: Workspace,
    task: Task,
) -> Aligned:
    encoder = KeptEncoder(workspace, embed.default)
    sides = {}
    for number, document in enumerate(documents, start=1):
        own = [s for s in segments if s.source == document.source.id]
        sides[document.source.id] = align.from_document(document, own, encoder)
        task.step(number, len(documents))
    links = align.align(sides)
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


def _compared(documents: Sequence[Document], segments: Sequence[Segment], groups: Sequence[Group]) -> Compared:
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


def _written(story: Story, out: Path, workspace: Workspace, progress: Progress, force: bool) -> Result:
    """Write what is not there yet; `run.json` comes last, so that a folder with one is whole."""
    key = workspace.key("outputs", story)
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
