"""How much of a cold run is spent inside the translation model and the encoder.

    python -m benchmarks.cold                   the seeds, whose English all comes from their memory
    python -m benchmarks.cold --translate       the seeds without it, through two packages built on the spot
    python -m benchmarks.cold --models FOLDER   the same through packages of yours

A cold run is `parallax run` in a process of its own, with no artefacts and an empty translation memory.
Its wall time begins when the process is started and ends when it is gone. Inside the models is what
passes in loading them and in their own functions; all else, imports included, is Parallax. The built
packages cost what Argos' own do (see `benchmarks.translation`).
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TESTS = Path(__file__).parents[1] / "tests"
# Runs the command line with a clock around each function of the models.
_CHILD = """
import functools, json, sys, time
from pathlib import Path

inside, depth = {}, 0

def timed(owner, name, label):
    function = getattr(owner, name)

    @functools.wraps(function)
    def clocked(*arguments, **named):
        global depth
        depth += 1
        start = time.perf_counter()
        try:
            return function(*arguments, **named)
        finally:
            depth -= 1
            if not depth:
                inside[label] = inside.get(label, 0.0) + time.perf_counter() - start

    setattr(owner, name, clocked)

from pipeline import cli, embed
from pipeline.translate import engine

for name in ("__init__", "encode"):
    timed(embed.UniversalSentenceEncoder, name, "encoder")
for name in ("__init__", "decode"):
    timed(engine.Engine, name, "model")
target = Path(sys.argv.pop(1))
try:
    cli.main()
finally:
    target.write_text(json.dumps(inside))
"""


def packages(folder: Path) -> Path:
    """A folder with a German and a Chinese package of full size."""
    sys.path.insert(0, str(TESTS))
    import argos_fixture  # type: ignore[import-not-found,unused-ignore]

    for source, words in (("de", argos_fixture.GERMAN), ("zh", argos_fixture.CHINESE)):
        argos_fixture.build(folder / f"{source}.argosmodel", words, source, layers=6, half=256, vocabulary=32_000)
    return folder


def measure(sources: Path, models: Path | None) -> tuple[float, dict[str, float]]:
    """The wall time of a cold run in seconds, and the seconds of it inside each model.

    With `models` a `memory.tmx` of the sources is left out, so that all of them are translated.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environment = {**os.environ, "PARALLAX_MEMORY": str(folder / "memory.sqlite"), "PARALLAX_JOBS": "1"}
        if models:
            sources = Path(shutil.copytree(sources, folder / "sources", ignore=shutil.ignore_patterns("memory.tmx")))
            environment["PARALLAX_MODELS"] = str(models)
        command: list[str | Path] = [
            sys.executable,
            "-c",
            _CHILD,
            folder / "inside.json",
            "run",
            sources,
            "--out",
            folder / "out",
            "-q",
        ]
        start = time.perf_counter()
        subprocess.run(command, env=environment, check=True)
        wall = time.perf_counter() - start
        return wall, json.loads((folder / "inside.json").read_text())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sources", nargs="?", type=Path, default=Path("seeds"))
    parser.add_argument("--runs", type=int, default=3, help="how many cold runs to take the median of (default 3)")
    parser.add_argument("--translate", action="store_true", help="through packages built on the spot")
    parser.add_argument("--models", type=Path, help="a folder of .argosmodel files")
    arguments = parser.parse_args()
    runs = []
    with tempfile.TemporaryDirectory() as name:
        models = packages(Path(name)) if arguments.translate else arguments.models
        for number in range(arguments.runs):
            wall, inside = measure(arguments.sources, models)
            runs.append(sum(inside.values()) / wall)
            parts = ", ".join(f"{label} {seconds:.2f} s" for label, seconds in inside.items())
            print(f"run {number + 1}: {wall:.2f} s, of which {parts}: {runs[-1]:.1%}")
    print(f"median share inside the model and the encoder: {statistics.median(runs):.1%}")


if __name__ == "__main__":
    main()
