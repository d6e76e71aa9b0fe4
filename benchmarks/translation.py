"""Sentences a second: Parallax' engine against `argostranslate.translate` called sentence by sentence.

    python -m benchmarks.translation
    python -m benchmarks.translation --package NAME.argosmodel --source de.txt --reference en.txt

Same package, same sentences, same process, in turns. Without a package one is built that costs what
Argos' own do (six layers of 512 dimensions on each side, 32,000 pieces) and translates word by word,
so that both sides have the same right answer; with --small it is the tests' own, of a few hundred kB.

Argos splits what it is given into sentences by a model that it downloads. Here it is spared that:
its splitter is replaced by one that returns the sentence as it is, which makes it faster than it is.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--package", type=Path, help="an .argosmodel file; default: one is built")
    parser.add_argument("--small", action="store_true", help="build the tiny package of the tests instead")
    parser.add_argument("--source", type=Path, help="sentences to translate, one a line")
    parser.add_argument("--reference", type=Path, help="their translations, one a line")
    parser.add_argument("--sentences", type=int, default=200, help="how many sentences (default 200)")
    parser.add_argument("--rounds", type=int, default=3, help="how often each side translates them (default 3)")
    options = parser.parse_args()
    if options.package and not (options.source and options.reference):
        parser.error("a package needs --source and --reference")
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(compare(options, Path(folder)), indent=2))


def compare(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Both sides in turns, `rounds` times; medians."""
    # Argos reads these when it is imported.
    os.environ.update(
        {"ARGOS_PACKAGES_DIR": str(folder / "packages"), "ARGOS_CHUNK_TYPE": "MINISBD"}
        | {f"XDG_{kind}_HOME": str(folder / kind) for kind in ("DATA", "CACHE", "CONFIG")}
    )
    from pipeline.evaluate.translation import score
    from pipeline.translate import archive, packages

    if options.package:
        sources, references = (
            path.read_text(encoding="utf-8").splitlines()[: options.sentences]
            for path in (options.source, options.reference)
        )
        path = options.package
    else:
        path, sources, references = built(folder, options.sentences, small=options.small)
    (folder / "packages").mkdir()
    place = archive.unpack(path, folder / "packages")
    sides = {"parallax": parallax(place), "argostranslate": argos(packages.read(place))}
    times: dict[str, list[float]] = {name: [] for name in sides}
    work: dict[str, list[float]] = {name: [] for name in sides}
    made: dict[str, list[str]] = {}
    for number in range(options.rounds):
        for name, translate in sides.items():
            start, worked = time.perf_counter(), time.process_time()
            made[name] = translate(sources)
            times[name].append(time.perf_counter() - start)
            work[name].append(time.process_time() - worked)
            print(f"round {number + 1}: {name} {len(sources) / times[name][-1]:.1f} sentences/s", file=sys.stderr)
    speed, per_core = (
        {name: len(sources) / statistics.median(taken) for name, taken in seconds.items()} for seconds in (times, work)
    )
    return {
        "package": path.name,
        "sentences": len(sources),
        "sentences_per_second": {name: round(value, 1) for name, value in speed.items()},
        "ratio": round(speed["parallax"] / speed["argostranslate"], 2),
        # What the sides do with a second of one core's work, which other programs do not disturb.
        "sentences_per_cpu_second": {name: round(value, 1) for name, value in per_core.items()},
        "chrf": {name: round(float(score(texts, references)["chrf"]), 2) for name, texts in made.items()},
        "cores": os.cpu_count(),
    }


def parallax(folder: Path) -> Callable[[Sequence[str]], list[str]]:
    """The engine with its guards, as a run uses it."""
    from pipeline.translate import guarded, packages
    from pipeline.translate.engine import Engine

    package = packages.read(folder)
    engine = Engine(folder, package)
    engine.decode(["1"])
    return lambda texts: [output.text for output in guarded.translate(texts, engine, package.source)]


def argos(package: Any) -> Callable[[Sequence[str]], list[str]]:
    """Argos Translate as its README shows it, one call for each sentence."""
    from argostranslate import translate

    class Whole:
        def __init__(self, package: Any) -> None:
            pass

        def split_sentences(self, text: str) -> list[str]:
            return [text]

    translate.MiniSBDSentencizer = Whole
    pair = package.source.argos, package.target.argos
    translate.translate("1", *pair)
    return lambda texts: [translate.translate(text, *pair) for text in texts]


def built(folder: Path, count: int, *, small: bool) -> tuple[Path, list[str], list[str]]:
    """A package of hand-written weights, and sentences of its words: five to forty, as in the news."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
    import argos_fixture  # type: ignore[import-not-found,unused-ignore]

    words = {a: b for a, b in argos_fixture.GERMAN.items() if b not in ("</s>", "loop")}
    size = {} if small else {"layers": 6, "half": 256, "vocabulary": 32_000}
    path = argos_fixture.build(folder / "built.argosmodel", words, **size)
    rng = random.Random(1)
    chosen = [rng.choices(sorted(words), k=rng.randint(5, 40)) for _ in range(count)]
    return path, [" ".join(s) + "." for s in chosen], [" ".join(words[word] for word in s) + "." for s in chosen]


if __name__ == "__main__":
    main()
