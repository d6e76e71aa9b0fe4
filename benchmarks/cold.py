"""How much of a cold run is spent inside the translation model and the encoder: python -m benchmarks.cold

A cold run is `parallax run` in a process of its own, with no artefacts and an empty translation memory.
Its wall time begins when the process is started and ends when it is gone. Inside the models is what
passes in loading them and in their own functions; all else, imports included, is Parallax.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

# Runs the command line with a clock around each function of the models.
_CHILD = """
import functools, json, sys, time
from pathlib import Path

inside, depth, stages = {}, 0, {}

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


def measure(sources: Path) -> tuple[float, dict[str, float]]:
    """The wall time of a cold run in seconds, and the seconds of it inside each model."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environment = {**os.environ, "PARALLAX_MEMORY": str(folder / "memory.sqlite")}
        command = [sys.executable, "-c", _CHILD, folder / "inside.json", "run", sources, "--out", folder / "out", "-q"]
        start = time.perf_counter()
        subprocess.run(command, env=environment, check=True)
        wall = time.perf_counter() - start
        return wall, json.loads((folder / "inside.json").read_text())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sources", nargs="?", type=Path, default=Path("seeds"))
    parser.add_argument("--runs", type=int, default=5, help="how many cold runs to take the median of")
    arguments = parser.parse_args()
    runs = []
    for number in range(arguments.runs):
        wall, inside = measure(arguments.sources)
        runs.append(sum(inside.values()) / wall)
        parts = ", ".join(f"{label} {seconds:.2f} s" for label, seconds in inside.items())
        print(f"run {number + 1}: {wall:.2f} s, of which {parts}: {runs[-1]:.1%}")
    print(f"median share inside the model and the encoder: {statistics.median(runs):.1%}")


if __name__ == "__main__":
    main()
