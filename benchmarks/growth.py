"""How time and memory grow with the number of articles: python -m benchmarks.growth

For each size a process of its own makes a corpus (`benchmarks.synthetic`), finds its stories and writes
the side-by-side report of each story that has two articles, with translation off. What is mapped over
workers goes through `pipeline.executor`, as in `parallax`: `--jobs`, `--scheduler`.

Times are seconds of processor time, in all processes together, which other programs on the machine
change less than the wall clock. Memory is the peak of the main process and, as many times as there are
workers, that of the largest worker. The exponent is the slope of the line through the logarithms.
"""

from __future__ import annotations

import argparse
import json
import math
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks import synthetic
from pipeline import codec, executor, read, tell
from pipeline.analyse import segmented
from pipeline.model import Document
from pipeline.progress import Silent
from pipeline.settings import Settings
from pipeline.workspace import Workspace

SIZES = (10, 100, 1_000, 10_000)
FITTED = (100, 10_000)
PIECE = 25  # articles that go to a worker at once
AT_ONCE = 1_000  # articles that are on their way to the stories
MOST = 1.1


@dataclass
class Clock(Silent):
    """Processor seconds of each stage in this process."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[Clock]:
        start = time.process_time()
        yield self
        self.add(name, time.process_time() - start)

    def add(self, name: str, seconds: float) -> None:
        self.seconds[name] = self.seconds.get(name, 0.0) + seconds


@dataclass(frozen=True)
class Done:
    """What a worker sends back with its result: where its time went, and its peak memory in bytes."""

    result: Any
    seconds: dict[str, float]
    memory: int


def peak() -> int:
    """The most memory that this process has held, in bytes; Linux counts in KiB, macOS in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def prepared(lines: bytes) -> Done:
    """Lines of JSONL to documents, and to articles as grouping sees them. Runs in a worker."""
    from pipeline import embed
    from pipeline.stories import article

    clock = Clock()
    embed.default()  # loaded before the clock starts: once in a worker, not once for each piece
    found = []
    with clock.stage("Reading"):
        documents = read.parse(lines, "articles.jsonl")
    for document in documents:
        with clock.stage("Segmenting"):
            segments = article.lead(segmented(document))
        with clock.stage("Encoding articles"):
            vectors = embed.default().encode([segment.normal for segment in segments])
        with clock.stage("Names of articles"):
            source = document.source
            found.append(article.from_segments(source.id, segments, vectors, source.language, source.date))
    return Done(list(zip(documents, found)), clock.seconds, peak())


def told(documents: Sequence[Document]) -> Done:
    """The documents of one story to the files of its report. Runs in a worker."""
    from pipeline import embed

    clock = Clock()
    embed.default()
    told = tell.tell(tell.Telling(read.unique(documents), Settings(translate=False)), clock)
    return Done(told.files, clock.seconds, peak())


def measure(count: int, folder: Path, settings: Settings) -> dict[str, Any]:
    """Everything for one size, in this process and its workers."""
    from pipeline.stories import grouping
    from pipeline.stories.article import Article

    truth = synthetic.write(folder / "corpus", count)
    clock, began, largest = Clock(), time.monotonic(), 0
    workspace = Workspace(folder)
    articles: list[Article] = []
    segments_told = reports = 0
    with executor.workers(settings.jobs, settings.scheduler) as workers:
        before = time.process_time()

        def mapped(function: Any, items: Sequence[Any]) -> Iterator[Any]:
            nonlocal largest
            for done in workers.map(function, items):
                largest = max(largest, done.memory)
                for name, seconds in done.seconds.items():
                    clock.add(name, seconds)
                yield done.result

        lines = (line for path in sorted((folder / "corpus").glob("*.jsonl")) for line in path.open("rb"))
        while batch := list(islice(lines, AT_ONCE)):
            pieces = [b"".join(batch[start : start + PIECE]) for start in range(0, len(batch), PIECE)]
            for found in mapped(prepared, pieces):
                for document, article in found:
                    with clock.stage("Keeping"):
                        data = json.dumps(codec.dump(document)).encode()
                        workspace.put("documents", f"{len(articles):064x}", data)
                    articles.append(article)
        with clock.stage("Grouping"):
            stories = grouping.group(articles)
        articles.clear()
        several = [story.members for story in stories if len(story.members) > 1]
        for start in range(0, len(several), AT_ONCE):
            with clock.stage("Keeping"):
                batch_of = [
                    [_document(workspace.get("documents", f"{number:064x}")) for number in members]
                    for members in several[start : start + AT_ONCE]
                ]
            for number, files in enumerate(mapped(told, batch_of), start=start):
                with clock.stage("Keeping"):
                    segments_told += files["segments.jsonl"].count(b"\n")
                    reports += 1
                    _save(folder / "stories" / str(number), files)
        alone = isinstance(workers, executor.Alone)
        here = clock.seconds if alone else {name: clock.seconds.get(name, 0.0) for name in ("Keeping", "Grouping")}
        # What the main process did besides its stages: sending, receiving, starting workers.
        clock.add("Sending", max(time.process_time() - before - sum(here.values()), 0.0))
        memory = peak() if alone else peak() + workers.count * largest
        return {
            "articles": count,
            "stories": len(stories),
            "true_stories": len(set(truth)),
            "reports": reports,
            "segments": segments_told,
            "wall": time.monotonic() - began,
            "seconds": sum(clock.seconds.values()),
            "stages": clock.seconds,
            "memory": memory,
            "main_memory": peak(),
            "workers": workers.count,
        }


def _document(data: bytes | None) -> Document:
    assert data is not None
    return codec.load(Document, json.loads(data))


def _save(folder: Path, files: dict[str, bytes]) -> None:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def exponent(points: Sequence[tuple[float, float]]) -> float:
    """The slope of the least-squares line through the logarithms of (x, y)."""
    xs, ys = [math.log(x) for x, _ in points], [math.log(y) for _, y in points]
    mean_x, mean_y = sum(xs) / len(xs), sum(ys) / len(ys)
    return sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys)) / sum((x - mean_x) ** 2 for x in xs)


def table(rows: Sequence[dict[str, Any]]) -> str:
    """The measured sizes as a table, the stages by their share at the largest size."""
    lines = [f"{'articles':<20}" + "".join(f"{row['articles']:>10,}" for row in rows)]
    for label, key, form in (
        ("stories", "stories", ",d"), ("reports", "reports", ",d"), ("wall s", "wall", ",.1f"),
        ("processor s", "seconds", ",.1f"),
    ):  # fmt: skip
        lines.append(f"{label:<20}" + "".join(f"{row[key]:>10{form}}" for row in rows))
    lines.append(f"{'articles a second':<20}" + "".join(f"{row['articles'] / row['wall']:>10.1f}" for row in rows))
    lines.append(f"{'memory MB':<20}" + "".join(f"{row['memory'] / 1e6:>10,.0f}" for row in rows))
    lines.append("share of processor time, and articles a processor second:")
    last = rows[-1]
    for name in sorted(last["stages"], key=lambda name: -last["stages"][name]):
        shares = "".join(f"{row['stages'].get(name, 0.0) / row['seconds']:>10.1%}" for row in rows)
        lines.append(f"  {name:<18}{shares}{last['articles'] / max(last['stages'][name], 1e-9):>12,.0f}/s")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="numbers of articles")
    parser.add_argument("--jobs", type=int, default=0, help="processes; 0 for one a core")
    parser.add_argument("--scheduler", default="", help="the address of a Dask cluster")
    parser.add_argument("--json", type=Path, help="a file for the figures, written after each size")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        with tempfile.TemporaryDirectory() as name:
            settings = Settings(jobs=arguments.jobs, scheduler=arguments.scheduler)
            print(json.dumps(measure(arguments.one, Path(name), settings)))
        return
    rows = []
    for size in arguments.sizes:
        command = [sys.executable, "-m", "benchmarks.growth", "--one", str(size), "--jobs", str(arguments.jobs)]
        command += ["--scheduler", arguments.scheduler]
        rows.append(json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout))
        if arguments.json:
            arguments.json.write_text(json.dumps(rows, indent=2) + "\n")
        print(f"{size:,} articles: {rows[-1]['wall']:,.0f} s", file=sys.stderr)
    print(table(rows))
    fitted = [row for row in rows if FITTED[0] <= row["articles"] <= FITTED[1]]
    if len(fitted) > 1:
        for what, key in (("time", "seconds"), ("memory", "memory")):
            found = exponent([(row["articles"], row[key]) for row in fitted])
            print(f"exponent of {what}: {found:.3f} ({'at most' if found <= MOST else 'MORE THAN'} {MOST})")


if __name__ == "__main__":
    main()
