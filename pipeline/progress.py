"""What a run tells of its progress, and to whom: stages, and how much of each is done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol


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
