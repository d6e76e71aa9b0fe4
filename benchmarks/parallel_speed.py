"""Time and memory of parallel alignment: how they grow, and against the published method over the same encoder.

    python -m benchmarks.parallel_speed             from 625 to 20,000 sentences; draws parallel_speed.svg
    python -m benchmarks.parallel_speed --rivals    against vecalign's method, and Bleualign where it is installed

The pairs of texts are German and English, made from NTREX-128, each sentence once: its lines, then ever
new pairs of first clauses. The rival for vecalign (Thompson & Koehn 2019) does what is published over
Parallax' encoder: it encodes every run of up to five sentences as joined text, and takes the path of the
least normalised cost through the same corridor.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from benchmarks import corpus, plot
from pipeline.align import bead_scores, coarse, parallel
from pipeline.align.bead_scores import LONGEST, SIZES
from pipeline.align.parallel import Lattice
from pipeline.align.runs import JoinedRuns, runs
from pipeline.align.side import clauses
from pipeline.embed import Encoder, default
from pipeline.language import Language

SIZES_OF_TEXTS = (625, 1250, 2500, 5000, 10_000, 20_000)
RIVALS_AT = 1000
PLOT = Path(__file__).with_name("parallel_speed.svg")
_DE, _EN = Language("de"), Language("en")
_SAMPLE = 100
_DELETION_PERCENTILE = 20


def texts(count: int) -> tuple[list[str], list[str]]:
    """`count` German sentences and as many English ones, of which each says what its counterpart says."""
    lines = corpus.ntrex().lines
    sides = []
    for tag in ("de", "en"):
        own = lines[tag]
        first = [clauses(line)[0].strip() for line in own]
        made = list(own)
        shift = 1
        while len(made) < count:
            made += [f"{a} {first[(n + shift) % len(own)]}" for n, a in enumerate(first)]
            shift += 1
        sides.append(made[:count])
    return sides[0], sides[1]


def measure(count: int) -> dict[str, float]:
    """Seconds, peak memory in MiB, and the share of 1-1 beads that were found."""
    import resource

    a, b = texts(count)
    encoder = default()
    start = time.perf_counter()
    beads = parallel.align(a, b, encoder, (_DE, _EN))
    seconds = time.perf_counter() - start
    right = sum(bead.a == bead.b and len(bead.a) == 1 for bead in beads)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"sentences": count, "seconds": round(seconds, 1), "MiB": round(peak), "right": round(right / count, 4)}


def growth() -> None:
    rows = []
    for count in SIZES_OF_TEXTS:
        command = [sys.executable, "-m", "benchmarks.parallel_speed", "--one", str(count)]
        rows.append(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
        print(
            "{sentences:>7} sentences  {seconds:>7.1f} s  {MiB:>6.0f} MiB  {right:.3f} right".format(**rows[-1]),
            flush=True,
        )
    for unit in ("seconds", "MiB"):
        slope = np.polyfit(np.log([row["sentences"] for row in rows]), np.log([row[unit] for row in rows]), 1)[0]
        print(f"{unit} grow with the {slope:.2f}th power of the sentences")
    PLOT.write_text(plot.growth(rows, "sentences", ("seconds", "MiB")), encoding="utf-8")


def vecalign(a: Sequence[str], b: Sequence[str], encoder: Encoder) -> int:
    """The published method; returns how many beads it found."""
    spans = []
    for side in (a, b):
        joined = JoinedRuns(encoder, side, " ")
        spans.append(
            [joined.vectors(np.arange(len(side) - k + 1), np.arange(k, len(side) + 1)) for k in range(1, LONGEST + 1)]
        )
    generator = np.random.default_rng(0)
    random = [side[0][generator.choice(len(side[0]), _SAMPLE)] for side in spans]
    far = [[1 - (span @ other.T).mean(axis=1) for span in side] for side, other in zip(spans, (random[1], random[0]))]
    of_a, of_b = (runs(encoder, side, " ") for side in (a, b))
    corridor = coarse.around(coarse.match(of_a, of_b, len(a), len(b)), len(a), len(b), bead_scores.RADIUS)
    scores = {}
    for p, q in SIZES:
        rows = []
        for i in range(len(a) + 1):
            row = np.full(corridor.width(i), parallel._NEVER)
            first, after = corridor.low[i], min(corridor.high[i] + 1, len(b) - q + 1)
            if i + p <= len(a) and first < after:
                cosines = spans[1][q - 1][first:after] @ spans[0][p - 1][i]
                row[: after - first] = -2 * (1 - cosines) * p * q / (far[0][p - 1][i] + far[1][q - 1][first:after])
            rows.append(row)
        scores[p, q] = rows
    sampled = np.concatenate([row[row > parallel._NEVER] for row in scores[1, 1]])
    deletion = float(np.percentile(sampled, 100 - _DELETION_PERCENTILE))
    lattice = Lattice(corridor, scores, np.full(len(a), deletion), np.full(len(b), deletion))
    return len(parallel.best_path(lattice))


def bleualign(a: Sequence[str], b: Sequence[str]) -> int:
    """Bleualign (Sennrich & Volk 2010) with the target text as its machine translation: the work is the same."""
    from bleualign.align import Aligner

    Aligner({"srcfile": list(a), "targetfile": list(b), "srctotarget": [list(b)], "verbosity": 0}).mainloop()
    return len(b)


def rivals() -> None:
    a, b = texts(RIVALS_AT)
    encoder = default()
    encoder.encode(a[:10])
    ways: dict[str, Callable[[], object]] = {
        "Parallax": lambda: parallel.align(a, b, encoder, (_DE, _EN)),
        "vecalign's method": lambda: vecalign(a, b, encoder),
    }
    try:
        import bleualign as _  # noqa: F401

        ways["Bleualign"] = lambda: bleualign(a, b)
    except ImportError:
        print("Bleualign is not installed and left out (pip install pypi-bleualign).")
    seconds = {}
    for name, way in ways.items():
        start = time.perf_counter()
        way()
        seconds[name] = time.perf_counter() - start
    for name, taken in seconds.items():
        print(f"{name:18} {taken:7.1f} s for {RIVALS_AT} sentences, {taken / seconds['Parallax']:.2f} times Parallax")


if __name__ == "__main__":
    if "--one" in sys.argv:
        print(json.dumps(measure(int(sys.argv[-1]))))
    elif "--rivals" in sys.argv:
        rivals()
    else:
        growth()
