"""How quick the translation memory and the workspace stay when they are large: python -m benchmarks.stores

Fills both with made rows and asks for some of them at random, at each power of ten on the way.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from pipeline.language import Language
from pipeline.translate.exchange import Unit
from pipeline.translate.memory import Memory
from pipeline.workspace import Workspace

GERMAN, ENGLISH = Language("de"), Language("en")
ASKED = 2_000  # questions after each power of ten, half of them for rows that are not there
_CHUNK = 2_000  # rows that are added at once, as a translation does


def _text(number: int, length: int = 96) -> str:
    """A text of its own for each number, by default as long as a sentence of the news."""
    digest = hashlib.shake_128(number.to_bytes(8, "big", signed=True)).hexdigest(length // 2)
    return " ".join(digest[start : start + 6] for start in range(0, length, 6))


def _key(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()


def _powers(rows: int) -> Iterator[tuple[int, int]]:
    """From where to where the stores are filled before each measurement."""
    start, end = 0, 10_000
    while start < rows:
        yield start, min(end, rows)
        start, end = end, end * 10


def measure(name: str, rows: int, path: Path, add: Callable[[range], None], ask: Callable[[int], object]) -> None:
    """Fill a store and print its figures. `add` takes the numbers of rows, `ask` one, which may not be there."""
    for start, end in _powers(rows):
        began = time.perf_counter()
        for first in range(start, end, _CHUNK):
            add(range(first, min(first + _CHUNK, end)))
        filled = time.perf_counter() - began
        rng = random.Random(end)
        numbers = [rng.randrange(2 * end) for _ in range(ASKED)]
        began = time.perf_counter()
        found = sum(ask(number) is not None for number in numbers)
        asked = time.perf_counter() - began
        assert found == sum(number < end for number in numbers)
        print(
            f"{name:<10}{end:>12,} rows  {(end - start) / filled:>9,.0f} added a second"
            f"  {asked / ASKED * 1e6:>6,.0f} us a question  {path.stat().st_size / end:>6,.0f} bytes a row"
            f"  peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, help="where to make the files; they are removed again")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
        folder = Path(name)
        memory = Memory.open(folder / "memory.sqlite")

        def translated(numbers: range) -> None:
            memory.add(
                Unit(GERMAN, ENGLISH, _text(n), _text(-n - 1), "argos de-en 1.0", "1.0 b4", 0.9) for n in numbers
            )

        measure(
            "memory", arguments.rows, folder / "memory.sqlite", translated,
            lambda n: memory.machine(_text(n), GERMAN, ENGLISH, "argos de-en 1.0", "1.0 b4"),
        )  # fmt: skip
        memory.close()
        (folder / "memory.sqlite").unlink()
        workspace = Workspace(folder)

        def kept(numbers: range) -> None:
            for n in numbers:
                workspace.put("segment", _key(n), _text(n, 600).encode())

        measure(
            "workspace", arguments.rows, workspace.folder / "artefacts.sqlite", kept,
            lambda n: workspace.get("segment", _key(n)),
        )  # fmt: skip
        workspace.close()


if __name__ == "__main__":
    main()
