"""How long `parallax stories` takes for ever more articles.

    python -m benchmarks.stories [1000 2000 5000 10000 20000]

Articles are parts of NTREX-128 documents, as in `parallax evaluate stories`; each round over the
documents comes a month after the one before, as news goes on. Prints the seconds of reading and
grouping, the peak memory, and the growth exponent of the CPU time. Sentences are encoded before and
their vectors kept, so that what is measured is all but the encoder, whose time is a constant a sentence.
"""

from __future__ import annotations

import datetime
import json
import math
import resource
import subprocess
import sys
import tempfile
import time
from itertools import count
from pathlib import Path

from pipeline import embed
from pipeline.evaluate import stories

DATA = Path(__file__).parent / "data"


def lines(amount: int) -> list[str]:
    """So many articles as lines of a .jsonl file."""
    texts = stories.ntrex(DATA / "ntrex")
    made: list[str] = []
    for turn in count(1):
        for one in stories.make(texts, turn):
            day = one.date and (datetime.date.fromisoformat(one.date) + datetime.timedelta(days=30 * turn)).isoformat()
            record = {
                "text": "\n\n".join(one.lines),
                "language": one.language,
                "date": day,
                "outlet": f"{one.key} {turn}",
            }
            made.append(json.dumps(record, ensure_ascii=False))
            if len(made) == amount:
                return made
    raise AssertionError


def measure(amount: int) -> None:
    """Take so many articles in, in this process, and print seconds and MiB."""
    from pipeline.settings import Settings
    from pipeline.stories import run

    remembering = stories.Remembering(embed.default())
    for text in stories.ntrex(DATA / "ntrex"):
        for told in text.lines.values():
            remembering.encode(told)
    embed.default = lambda: remembering  # type: ignore[assignment]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "articles.jsonl"
        path.write_text("\n".join(lines(amount)), encoding="utf-8")
        start, used = time.monotonic(), time.process_time()
        run.stories([path], Path(folder) / "out", Settings(jobs=1), reports=False)
        seconds, cpu = time.monotonic() - start, time.process_time() - used
        disk = sum(file.stat().st_size for file in Path(folder, "out").rglob("*") if file.is_file())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{amount}\t{seconds:.1f}\t{cpu:.1f}\t{peak:.0f}\t{disk / 2**20:.0f}", flush=True)


def main() -> None:
    if sys.argv[1:2] == ["measure"]:
        return measure(int(sys.argv[2]))
    amounts = [int(word) for word in sys.argv[1:]] or [1000, 2000, 5000, 10_000, 20_000]
    print("articles\tseconds\tCPU seconds\tpeak MiB\tdisk MiB")
    found = []
    for amount in amounts:
        command = [sys.executable, "-m", "benchmarks.stories", "measure", str(amount)]
        row = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        print(row, end="", flush=True)
        found.append(float(row.split("\t")[2]))
    if len(amounts) > 1:
        print(f"growth exponent {math.log(found[-1] / found[0]) / math.log(amounts[-1] / amounts[0]):.2f}")


if __name__ == "__main__":
    main()
