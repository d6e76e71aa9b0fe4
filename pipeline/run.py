"""One run, from sources to outputs, doing only what is not done yet."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from pipeline import executor, read, results
from pipeline.analyse import analyse
from pipeline.executor import Workers
from pipeline.model import Document
from pipeline.progress import Progress, Silent
from pipeline.references import References, reviews
from pipeline.settings import Settings
from pipeline.workspace import Workspace


def run(
    paths: Sequence[Path],
    out: Path,
    settings: Settings,
    progress: Progress | None = None,
    force: bool = False,
    workers: Workers | None = None,
) -> results.Result:
    """Analyse the sources and write the report and the data files to `out`.

    workers: who does the work, where they serve several runs; else those that the settings name.
    Raises UserError where a source cannot be read, or `out` cannot be written or is somebody else's.
    """
    if workers is None:
        with executor.workers(settings.jobs, settings.scheduler) as workers:
            return run(paths, out, settings, progress, force, workers)
    progress = progress or Silent()
    workspace = Workspace(out)
    results.refuse_sources(paths, out)
    if not force:
        results.refuse_strangers(out)
    with workspace.locked():
        workspace.sweep()
        with progress.stage("Reading"):
            documents, notes = read.documents(paths, lambda file: _read(file, workspace))
        with References.opened(paths, settings) as known:
            story, key = analyse(
                documents, notes, settings, known, reviews(workspace.folder), workspace, workers, progress
            )
        return results.written(story, key, out, workspace, progress, force)


def _read(file: read.File, workspace: Workspace) -> list[Document]:
    content = file.content()
    inputs = [hashlib.sha256(content).hexdigest(), file.name, file.stated]
    return workspace.cached("read", inputs, list[Document], lambda: read.parse(content, file.name, file.stated))
