"""Functions for the tests of workers: these import them by name."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from pipeline.errors import UserError


def square(number: int) -> int:
    return number * number


def slow_square(number: int) -> int:
    time.sleep(0.05 * (number % 3))
    return number * number


def who(number: int) -> int:
    return os.getpid()


def mistaken(number: int) -> int:
    if number == 3:
        raise UserError("Number 3 is wrong; give another.")
    return number


def killed(number: int) -> int:
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def sleeps(folder: Path) -> None:
    (folder / str(os.getpid())).touch()
    time.sleep(60)
