"""One run: new articles in, stories grouped, those that changed reported, the page over all of them written."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from pipeline import embed, executor, read, results, workspace
from pipeline.analyse import segmented
from pipeline.errors import UserError
from pipeline.executor import Workers
from pipeline.model import Document
from pipeline.progress import Progress, Silent
from pipeline.references import References, reviews
from pipeline.settings import MANNER, Settings
from pipeline.stories import listing, page
from pipeline.stories.arrive import Arrived, Graphs, arrive
from pipeline.stories.state import FILE_NAME, State, Total
from pipeline.tell import Telling, Told, Translating, tell
from pipeline.vectors import VECTORS
from pipeline.workspace import Workspace

LIST_NAME = "stories.jsonl"
MOST_IN_REPORT = 20
_COMMIT_EVERY = 1000


@dataclass(frozen=True, slots=True)
class Result:
    """What a run took in, how many stories there are now, and how many reports it wrote."""

    arrived: Arrived
    total: Total
    reports: int
    notes: tuple[str, ...]


def stories(
    paths: Sequence[Path],
    out: Path,
    settings: Settings,
    progress: Progress | None = None,
    reports: bool = True,
    most: int = MOST_IN_REPORT,
    workers: Workers | None = None,
) -> Result:
    """Group the articles that the paths hold, with all that earlier runs took in, and write `out`.

    reports: whether to make the report of each story of several articles that changed; most: of how
    many of its articles. workers: who does the work, else those that the settings name. Raises UserError
    where nothing can be read, or `out` cannot be written or is somebody else's.
    """
    if workers is None:
        with executor.workers(settings.jobs, settings.scheduler) as workers:
            return stories(paths, out, settings, progress, reports, most, workers)
    progress = progress or Silent()
    kept = Workspace(out)
    _refuse_strangers(out)
    with kept.locked(), State.opened(kept.folder / FILE_NAME, embed.default_name()) as state:
        arrived = arrive(paths, state, Graphs(kept), workers, progress)
        _list_changed(state, progress)
        # The page comes first, for reports may take long.
        total = _write(state, out, progress, arrived.notes)
        made, notes = _report(state, paths, out, settings, progress, most, workers) if reports else (0, ())
        if made:
            _write(state, out, progress, arrived.notes)
        return Result(arrived, total, made, (*arrived.notes, *notes))


def _refuse_strangers(out: Path) -> None:
    """Never write over files that no run of Parallax made, nor into the folder of a run."""
    if (out / "run.json").exists():
        raise UserError(f"{out} holds the report of one story; choose another --out.")
    if out.exists() and not out.is_dir():
        raise UserError(f"{out} is a file; name a folder with --out.")
    index = out / page.name(1)
    if index.exists() and page.MARK not in index.read_text(encoding="utf-8", errors="replace"):
        raise UserError(f"{out} has an {page.name(1)} that Parallax did not make; choose another --out.")


def _list_changed(state: State, progress: Progress) -> None:
    changed = state.unlisted()
    with progress.stage("Listing") as task:
        for number, story in enumerate(changed, start=1):
            identifier, merged = state.identifiers(story)
            state.list_story(story, listing.entry(identifier, state.members(story), merged))
            if number % _COMMIT_EVERY == 0 or number == len(changed):
                state.commit()
                task.step(number, len(changed))


def _report(
    state: State,
    paths: Sequence[Path],
    out: Path,
    settings: Settings,
    progress: Progress,
    most: int,
    workers: Workers,
) -> tuple[int, Sequence[str]]:
    """Tell the stories that have changed; how many, and what the user should know of the translation memory."""
    stated = {name: str(value) for name, value in asdict(settings).items() if name not in MANNER}
    form = workspace.digest(workspace.program(), stated, most)
    waiting = [
        (story, out / identifier)
        for story, identifier, reported in state.several()
        if reported != form or not (out / identifier / "run.json").exists()
    ]
    if not waiting:
        return 0, ()
    with progress.stage("Reporting") as task, References.opened(paths, settings) as references:
        # Where each core tells a story, each translates with one thread.
        each = 1 if workers.far or len(waiting) > 1 else executor.cores()
        alone = replace(settings, threads=settings.threads or each)

        def telling(number: int) -> Telling:
            story, folder = waiting[number]
            documents, notes = chosen(state.documents(story), most)
            return _telling(documents, notes, folder, alone, references)

        for number, told in enumerate(workers.map(tell, _Lazy(len(waiting), telling), task.step)):
            story, folder = waiting[number]
            _keep(told, folder, references)
            identifier, merged = state.identifiers(story)
            for gone in merged:
                _lead_on(out / gone / "report.html", identifier)
            state.report_done(story, form)
    return len(waiting), references.memory.notes if references.memory else ()


@dataclass(frozen=True)
class _Lazy:
    """So many items, each made when it is asked for."""

    count: int
    make: Callable[[int], Telling]

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[Telling]:
        return map(self.make, range(self.count))


def _telling(
    documents: Sequence[Document], notes: Sequence[str], folder: Path, settings: Settings, references: References
) -> Telling:
    """A story with what its folder has of it from before, and what translation will look up."""
    results.refuse_strangers(folder)
    with closing(Workspace(folder)) as kept:
        vectors = {key: data for key in kept.keys(VECTORS) if (data := kept.get(VECTORS, key)) is not None}
    translating = None
    if references.memory:
        from pipeline import translate
        from pipeline.translate import far

        languages = {document.source.id: document.source.language for document in documents}
        segments = [segment for document in documents for segment in segmented(document)]
        translating = Translating(
            translate.remembered(segments, languages, settings, references.memory),
            tuple(references.glossary.terms.values()) if references.glossary else (),
            far.stated(languages.values(), settings),
        )
    return Telling(documents, settings, notes, reviews(kept.folder), vectors, translating)


def _keep(told: Told, folder: Path, references: References) -> None:
    """Write the files of a story, and keep what another telling of it will need."""
    kept = Workspace(folder)
    with kept.locked():
        kept.sweep()
        results.save(told.files, told.about, folder)
        for key in kept.keys(VECTORS):
            if key not in told.asked:
                kept.drop(VECTORS, key)
        for key, data in told.vectors.items():
            kept.put(VECTORS, key, data)
    if references.memory:
        references.memory.add(told.units)


def chosen(documents: Sequence[Document], most: int) -> tuple[list[Document], list[str]]:
    """The articles of a story that its report compares, with ids that are unique, and a note if not all.

    Alignment is of every two, so that its time grows with the square of their number: beyond `most`,
    the first article of each outlet is taken before the second of any.
    """
    turns: dict[str, int] = {}
    order = []
    for place, document in enumerate(documents):
        outlet = document.source.outlet
        order.append((turns.setdefault(outlet, 0), place))
        turns[outlet] += 1
    kept = sorted(place for _, place in sorted(order)[:most])
    notes = [f"This story has {len(documents)} articles; {most} of them are compared."] if len(documents) > most else []
    return read.unique(documents[place] for place in kept), notes


def _lead_on(report: Path, identifier: str) -> None:
    """Where a story that was taken in has a report, lead to that of the story it is part of now."""
    leading = page.redirect(identifier)
    if report.exists() and report.read_bytes() != leading:
        workspace.write(report, leading)


def _write(state: State, out: Path, progress: Progress, notes: Sequence[str]) -> Total:
    """stories.jsonl and the pages, those only that are not there yet as they are to be."""
    total = state.total()
    pages = max(-(-total.stories // page.PER_PAGE), 1)
    with progress.stage("Writing") as task:
        _write_lines(out / LIST_NAME, (json.dumps(one, ensure_ascii=False) for one in _entries(state, out, 1)))
        several = _entries(state, out, 2)
        for number in range(1, pages + 1):
            shown = list(islice(several, page.PER_PAGE))
            data = page.render(shown, number, pages, total, notes if number == 1 else ()).encode()
            path = out / page.name(number)
            if not path.exists() or path.read_bytes() != data:
                workspace.write(path, data)
            task.step(number, pages)
    number = pages + 1
    while (out / page.name(number)).exists():
        (out / page.name(number)).unlink()
        number += 1
    return total


def _entries(state: State, out: Path, least: int) -> Iterator[dict[str, Any]]:
    for entry in state.entries(least):
        data = json.loads(entry)
        report = f"{data['id']}/report.html"
        yield {**data, "report": report if data["size"] > 1 and (out / report).exists() else ""}


def _write_lines(path: Path, lines: Iterator[str]) -> None:
    """Like `workspace.write`, for more than memory holds."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=workspace.UNFINISHED)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="replace", newline="\n") as file:
            for line in lines:
                file.write(line + "\n")
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o666 & ~workspace.umask())
        temporary.replace(path)
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror}; free some space.", 1) from None
    finally:
        temporary.unlink(missing_ok=True)
