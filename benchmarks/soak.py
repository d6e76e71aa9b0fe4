"""Soak: many jobs are killed at random moments and started again, and must end as if nothing had happened.

    python -m benchmarks.soak                           200 jobs of 5 sources; about an hour
    python -m benchmarks.soak --jobs 3 --seed 11        a short one

A job is a small story in German, Chinese and English, made from NTREX-128 or from the hand-written
stories, in the file formats and encodings that Parallax reads, with odd text strewn in. It runs once
undisturbed; then it gets SIGKILL after a random time, is started again, and so on until a run ends by
itself. Each tenth job is run as a command, the others as forks of this process, which has the encoder
loaded, so that most kills fall in the work and not in the start. After each kill every file that can be
seen must be whole; in the end all must be those of the undisturbed run, byte for byte. Exits with 1 if not.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import multiprocessing
import multiprocessing.process
import os
import random
import shutil
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import corpus
from pipeline import embed, run, settings
from pipeline.workspace import FOLDER

ROOT = Path(__file__).parents[1]
TOY_MODELS = ROOT / "tests" / "fixtures"
_MOST_SENTENCES = 12  # of a source
_ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith(("PARALLAX_", "ARGOS_"))}
_STAGES = ("read", "segment", "embed", "align", "compare", "outputs")
_SLOWER = 1.6  # the longest time before a kill, in times of an undisturbed run
_ODD = (
    "👩‍👩‍👧 e\u0301 ﷽ \u200bzero\u200dwidth\ufeff.", "שלום, مرحبا: 12.", "\x1b[31mred\x1b[0m \x07 \u202etxt.exe",
    "=HYPERLINK(\"http://203.0.113.1\")", "<script>alert(1)</script>", "a" * 3000, "１２３４５６ ﬁ ½ Ⅷ", "| a | b |",
)  # fmt: skip


@dataclass
class Figures:
    """What a soak came to."""

    jobs: int = 0
    sources: int = 0
    starts: int = 0
    kills: Counter[str] = field(default_factory=Counter)  # by the last stage that had left something
    torn: list[str] = field(default_factory=list)  # files that were seen in parts after a kill
    different: list[str] = field(default_factory=list)  # files that did not come out equal
    files: int = 0
    bytes: int = 0

    @property
    def sound(self) -> bool:
        return not self.torn and not self.different

    def text(self, seconds: float) -> str:
        stages = ", ".join(f"{count} {where}" for where, count in sorted(self.kills.items()))
        return (
            f"{self.jobs} jobs, {self.sources} sources, {self.starts} starts, {self.kills.total()} kills ({stages});\n"
            f"{self.files} files of {self.bytes:,} bytes compared: {len(self.different)} different,"
            f" {len(self.torn)} seen in parts; {seconds:.0f} s"
        )


def stories() -> Iterator[list[tuple[str, list[str]]]]:
    """The material: for each story, the language and the sentences of each of its sources."""
    for benchmark in sorted((corpus.DATA / "stories").glob("*.json")):
        outlets = json.loads(benchmark.read_text(encoding="utf-8"))["outlets"]
        yield [(outlet["language"], [s["text"] for s in outlet["sentences"]]) for outlet in outlets]
    ntrex = corpus.ntrex()
    for document in dict.fromkeys(ntrex.documents):
        numbers = [n for n, name in enumerate(ntrex.documents) if name == document]
        yield [(tag, [text[n] for n in numbers]) for tag, text in ntrex.lines.items()]


def make_job(folder: Path, material: Sequence[tuple[str, list[str]]], count: int, chance: random.Random) -> None:
    """Write `count` sources of one story: each a part of what an outlet said, in a format by chance."""
    folder.mkdir(parents=True)
    for number in range(count):
        tag, sentences = material[number % len(material)]
        start = chance.randrange(max(1, len(sentences) - _MOST_SENTENCES))
        said = [s for s in sentences[start : start + _MOST_SENTENCES] if chance.random() < 0.8] or sentences[:1]
        if number >= len(material):
            chance.shuffle(said)
        if chance.random() < 0.3:
            said.insert(chance.randrange(len(said) + 1), chance.choice(_ODD))
        suffix, data = _rendered(said, tag, chance)
        (folder / f"{number}-{tag}{suffix}").write_bytes(data)


def _rendered(said: Sequence[str], tag: str, chance: random.Random) -> tuple[str, bytes]:
    kind = chance.choice((".txt", ".txt", ".md", ".html", ".json", ".jsonl"))
    if kind in (".json", ".jsonl"):
        return kind, json.dumps({"text": "\n\n".join(said), "language": tag}).encode()
    if kind == ".html":
        escaped = [s.replace("&", "&amp;").replace("<", "&lt;") for s in said]
        text = f"<h1>{escaped[0]}</h1>" + "".join(f"<p>{s}</p>\n" for s in escaped[1:])
    else:
        text = ("# " if kind == ".md" else "") + chance.choice(("\n\n", "\r\n\r\n", "\n")).join(said) + "\n"
    own = {"zh-Hans": "gb18030", "zh-Hant": "cp950", "de": "cp1252"}.get(tag, "utf-8")
    for encoding in (chance.choice(("utf-8", "utf-8-sig", "utf-16", own)), "utf-8"):
        try:
            return kind, text.encode(encoding)
        except UnicodeEncodeError:
            continue
    raise AssertionError("UTF-8 holds every text")


def start(sources: Path, home: Path, command: bool) -> multiprocessing.process.BaseProcess:
    """Begin a run of its own: as a command, or as a fork of this process, in which all is loaded already."""
    process = multiprocessing.get_context("fork").Process(target=_run, args=(sources, home, command))
    process.start()
    return process


def _run(sources: Path, home: Path, command: bool) -> None:
    os.environ.clear()
    os.environ.update(_ENVIRONMENT | environment(home))
    os.chdir(home)
    if command:
        options = ["--models", str(TOY_MODELS), "--memory", str(home / "memory.sqlite"), "--quiet"]
        called = [sys.executable, "-m", "pipeline.cli", "run", str(sources), "--out", str(home / "out"), *options]
        with (home / "stdout").open("wb") as out:
            os.dup2(out.fileno(), 1)
        os.execv(sys.executable, called)
    run.run([sources], home / "out", settings.Settings(models=TOY_MODELS, memory=home / "memory.sqlite"))


def undisturbed(sources: Path, home: Path, command: bool) -> float:
    """Run a job to its end; the seconds that took."""
    began = time.monotonic()
    process = start(sources, home, command)
    process.join()
    _check(process, home)
    return time.monotonic() - began


def disturbed(sources: Path, home: Path, command: bool, whole: dict[str, bytes], most: float, chance: random.Random,
              figures: Figures) -> None:  # fmt: skip
    """Run a job with SIGKILL after up to `most` seconds, again and again until one ends by itself."""
    while True:
        figures.starts += 1
        process = start(sources, home, command)
        process.join(chance.uniform(0, most))
        if process.exitcode is not None:
            _check(process, home)
            return
        process.kill()
        process.join()
        figures.kills[_reached(home / "out")] += 1
        seen = files(home / "out")
        figures.torn += [f"{home.parent.name}/{name}" for name, data in seen.items() if data != whole.get(name)]


def _check(process: multiprocessing.process.BaseProcess, home: Path) -> None:
    if process.exitcode:
        raise SystemExit(f"A run in {home} ended with {process.exitcode}; run it by hand to see why.")


def _reached(out: Path) -> str:
    """The last stage that left an artefact; asked of a copy, so that the next run finds what the killed one left."""
    with tempfile.TemporaryDirectory() as name, contextlib.suppress(OSError, sqlite3.Error):
        copy = shutil.copytree(out / FOLDER, Path(name) / FOLDER)
        with contextlib.closing(sqlite3.connect(copy / "artefacts.sqlite")) as sql:
            made = {stage for (stage,) in sql.execute("SELECT DISTINCT stage FROM artefact")}
        there = [stage for stage in _STAGES if stage in made]
        return f"after {there[-1]}" if there else "before any stage"
    return "before any stage"


def environment(home: Path) -> dict[str, str]:
    """The variables of a process that is to touch nothing of the user's and to write the same time every time."""
    own = {"HOME": str(home), "SOURCE_DATE_EPOCH": "0", "PYTHONUTF8": "1"}
    own |= {f"XDG_{name}_HOME": str(home / name.lower()) for name in ("CACHE", "DATA", "CONFIG")}
    return own | {"PYTHONPATH": str(ROOT)}


def files(out: Path) -> dict[str, bytes]:
    """The files of a run that a user sees; names that begin with a dot are Parallax's own affair."""
    return {
        path.relative_to(out).as_posix(): path.read_bytes()
        for path in sorted(out.rglob("*"))
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(out).parts)
    }


def soak(jobs: int, sources: int, seed: int, folder: Path, seconds: float, every: int) -> Figures:
    """Run jobs until all are done or the time is up; each `every`th as a command, the others as forks."""
    figures = Figures()
    encoder = embed.default()
    embed.default = lambda: encoder  # type: ignore[assignment]
    material = list(stories())
    start = time.monotonic()
    chance = random.Random(seed)
    chance.shuffle(material)
    for number in range(jobs):
        if time.monotonic() - start > seconds:
            break
        place = folder / f"{number:04}"
        make_job(place / "sources", material[number % len(material)], sources, chance)
        homes = [place / name for name in ("undisturbed", "disturbed")]
        for home in homes:
            home.mkdir()
        command = number % every == 0
        took = undisturbed(place / "sources", homes[0], command)
        whole = files(homes[0] / "out")
        disturbed(place / "sources", homes[1], command, whole, took * _SLOWER, chance, figures)
        made = files(homes[1] / "out")
        different = sorted(name for name in {*whole, *made} if whole.get(name) != made.get(name))
        figures.different += [f"{place.name}/{name}" for name in different]
        figures.jobs, figures.sources = figures.jobs + 1, figures.sources + len([*(place / "sources").iterdir()])
        figures.files, figures.bytes = figures.files + len(whole), figures.bytes + sum(map(len, whole.values()))
        if not different:
            shutil.rmtree(place)
        if (number + 1) % 10 == 0:
            print(figures.text(time.monotonic() - start), file=sys.stderr, flush=True)
    return figures


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=200)
    parser.add_argument("--sources", type=int, default=5, help="of each job")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--every", type=int, default=10, help="each n-th job is run as a command, the others as forks")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="begin no job after this time")
    parser.add_argument("--keep", type=Path, help="a folder for the jobs; those that differ stay in it")
    options = parser.parse_args()
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="parallax-soak-") as temporary:
        folder = options.keep or Path(temporary)
        figures = soak(options.jobs, options.sources, options.seed, folder.resolve(), options.minutes * 60,
                       options.every)  # fmt: skip
    print(figures.text(time.monotonic() - start))
    for name in (*figures.different, *figures.torn):
        print(f"not equal: {name}")
    return 0 if figures.sound else 1


if __name__ == "__main__":
    raise SystemExit(main())
