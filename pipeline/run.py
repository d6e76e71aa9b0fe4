"""One run, from sources to outputs, doing only what is not done yet."""

from __future__ import annotations

import datetime
import hashlib
import io
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pipeline import __version__, align, topics
from pipeline.embed import Encoder
from pipeline.errors import UserError
from pipeline.model import Document, Segment, Story
from pipeline.settings import Settings
from pipeline.workspace import FOLDER, Workspace, digest, write


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
    """What a run made: the story, the files it wrote, and whether there was anything to do."""

    story: Story
    files: tuple[Path, ...]
    changed: bool


def analyse(paths: Sequence[Path], workspace: Workspace, settings: Settings, progress: Progress) -> Story:
    """Sources to a story: read, segment, translate, embed, align, group, compare.

    Raises UserError for sources that cannot be read.
    """
    from pipeline import read

    with progress.stage("Reading") as task:
        documents, notes = read.documents(paths, cache=workspace.cached, on_progress=task.step)
    if not documents:
        raise UserError("No source was found; name files or folders with .txt, .md, .html, .docx, .json or .jsonl.")
    with progress.stage("Segmenting") as task:
        segments: list[Segment] = []
        for number, document in enumerate(documents, start=1):
            segments.extend(_segments(document, workspace))
            task.step(number, len(documents))
    segments, models, more = _translated(documents, segments, paths, settings, progress)
    return _compared(documents, segments, (*notes, *more), models, workspace, settings, progress)
