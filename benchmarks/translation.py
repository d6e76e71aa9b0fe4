"""Sentences a second: Parallax' engine against `argostranslate.translate` called sentence by sentence.

    python -m benchmarks.translation
    python -m benchmarks.translation --full-size
    python -m benchmarks.translation --package NAME.argosmodel --source de.txt --reference en.txt

Same package, same sentences, same process, in turns. The first is the tiny trained package of the
tests on everyday sentences such as it can translate. The second is built on the spot: it costs what
Argos' own packages do (six layers of 512 dimensions on each side, 32,000 pieces) and translates word
by word, so that both sides have the same right answer.

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

TESTS = Path(__file__).parents[1] / "tests"
TINY = TESTS / "fixtures" / "tiny-de-en.argosmodel"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--package", type=Path, help="an .argosmodel file")
    parser.add_argument("--full-size", action="store_true", help="a package as large as Argos' own")
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
    elif options.full_size:
        path, sources, references = full_size(folder, options.sentences)
    else:
        path, pairs = TINY, everyday()[: options.sentences]
        sources, references = [german for german, _ in pairs], [english for _, english in pairs]
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


SUBJECTS = {
    "Tom": "Tom", "Maria": "Mary", "Er": "He", "Sie": "She", "Mein Bruder": "My brother", "Der Mann": "The man",
    "Meine Schwester": "My sister", "Der Lehrer": "The teacher", "Das Kind": "The child", "Die Frau": "The woman",
}  # fmt: skip
PREDICATES = {
    "hat einen Hund": "has a dog", "liest ein Buch": "is reading a book", "ist sehr müde": "is very tired",
    "wohnt in Boston": "lives in Boston", "kann gut schwimmen": "can swim well", "ist nicht hier": "is not here",
    "spricht kein Deutsch": "does not speak German", "will nach Hause gehen": "wants to go home",
    "trinkt gern Kaffee": "likes to drink coffee", "hat heute keine Zeit": "has no time today",
    "arbeitet jeden Tag": "works every day", "kommt morgen um acht Uhr": "is coming tomorrow at eight o'clock",
    "hat mir einen Brief geschrieben": "wrote me a letter", "war gestern krank": "was sick yesterday",
    "muss das Fenster schließen": "has to close the window", "glaubt mir nicht": "does not believe me",
    "sucht seit einer Stunde den Schlüssel": "has been looking for the key for an hour",
    "mag keine großen Städte": "does not like big cities", "lernt seit drei Jahren Englisch":
    "has been learning English for three years", "weiß nicht, was er tun soll": "does not know what to do",
}  # fmt: skip


def everyday() -> list[tuple[str, str]]:
    """Two hundred everyday sentences in German and English."""
    return [
        (f"{who} {does}.", f"{who_en} {does_en}.")
        for does, does_en in PREDICATES.items()
        for who, who_en in SUBJECTS.items()
    ]


def full_size(folder: Path, count: int) -> tuple[Path, list[str], list[str]]:
    """A package of hand-written weights, and sentences of its words: five to forty, as in the news."""
    sys.path.insert(0, str(TESTS))
    import argos_fixture  # type: ignore[import-not-found,unused-ignore]

    words = {a: b for a, b in argos_fixture.GERMAN.items() if b not in ("</s>", "loop")}
    path = argos_fixture.build(folder / "full-size.argosmodel", words, layers=6, half=256, vocabulary=32_000)
    rng = random.Random(1)
    chosen = [rng.choices(sorted(words), k=rng.randint(5, 40)) for _ in range(count)]
    return path, [" ".join(s) + "." for s in chosen], [" ".join(words[word] for word in s) + "." for s in chosen]


if __name__ == "__main__":
    main()
