"""What the terminal shows besides data: progress bars, and text that cannot act on it."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import regex

if TYPE_CHECKING:
    from rich.progress import Progress as Bars

    from pipeline.progress import Progress

# Escape sequences, other controls and direction marks in a source's text or name could act on the terminal.
_ACTIVE = regex.compile(r"[^\P{C}\n\t]")


def plain(text: str) -> str:
    """Text with every control and formatting character but newline and tab replaced."""
    return _ACTIVE.sub("�", text)


def progress(quiet: bool, verbose: bool) -> Progress:
    """Progress for a terminal: bars while a stage works, with --verbose a line when it is done."""
    return _Terminal(quiet, verbose)


class _Terminal:
    def __init__(self, quiet: bool, verbose: bool) -> None:
        self._quiet, self._verbose = quiet, verbose

    @contextmanager
    def stage(self, name: str) -> Iterator[_Stage]:
        start = time.monotonic()
        if self._quiet:
            yield _Stage(None, name)
        else:
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

            columns = (TextColumn("{task.description:<12}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
            with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
                yield _Stage(bars, name)
        if self._verbose:
            print(f"{name}: {time.monotonic() - start:.1f} s", file=sys.stderr)


class _Stage:
    def __init__(self, bars: Bars | None, name: str) -> None:
        self._bars = bars
        self._task = bars.add_task(name, total=None) if bars else None

    def step(self, done: int, total: int) -> None:
        if self._bars is not None and self._task is not None:
            self._bars.update(self._task, completed=done, total=total)
