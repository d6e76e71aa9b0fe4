"""What each kind of evidence is worth to the alignment of comparable text.

    python -m benchmarks.ablation

Each time both networks are trained anew without the evidence, on the hand-written stories without a digest and on the
made stories of NTREX-128; scored on the stories kept for tests, and on made ones never trained on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from benchmarks import corpus, train_alignment
from pipeline.align import comparable, scores
from pipeline.align.scores import Floats, Indices
from pipeline.embed import default
from pipeline.evaluate.comparable import Benchmark, evaluate, untranslated

MINIMUM = 0.5
SEEDS = (101, 102)  # of the made stories: fewer than in training proper, for time
_NAMES_AND_NUMBERS = ("names", "rarest_name", "names_around", "no_names", "numbers", "number_conflict")
_GLOSSES = tuple(name for name in scores.FEATURES if "gloss" in name)


@contextmanager
def without_features(*names: str) -> Iterator[None]:
    """Features of these names say nothing."""
    columns = [scores.FEATURES.index(name) for name in names]
    original = comparable._looks

    def blind(*arguments: Any) -> Iterator[tuple[Indices, Indices, Floats]]:
        for rows, places, found in original(*arguments):
            found[:, columns] = 0.0
            yield rows, places, found

    train_alignment.evidence.cache_clear()
    with mock.patch.object(comparable, "_looks", blind):
        yield
    train_alignment.evidence.cache_clear()


def as_written(text: str, *_: str) -> str:
    return text


def main() -> None:
    encoder = default()
    halves, held_out = train_alignment.made(SEEDS)
    tested = (corpus.test_stories(), held_out)
    print("| without | links of written stories P / R / F1 | groups | links of made stories | groups |")
    print("| --- | --- | --- | --- | --- |")

    def row(name: str, prepare: Callable[[Benchmark], Benchmark] = lambda story: story) -> None:
        models = train_alignment.train([prepare(story) for story in corpus.written_stories()], halves, encoder)
        cells = []
        for told in tested:
            found = evaluate([prepare(story) for story in told], encoder, MINIMUM, MINIMUM, models)
            cells += [" / ".join(f"{value:.3f}" for value in found[part]) for part in ("links", "groups")]
        print(f"| {name} | {' | '.join(cells)} |", flush=True)

    row("nothing")
    row("English", untranslated)
    with without_features(*_GLOSSES):
        row("lexicon")
    with without_features(*_NAMES_AND_NUMBERS):
        row("numbers and names")
    with without_features("margin"):
        row("margin (cosine alone)")
    with without_features("run", "run_gain", "part", "part_gap_a", "part_gap_b", "part_part"):
        row("runs and parts")
    train_alignment.prepared.cache_clear()
    train_alignment.evidence.cache_clear()
    with mock.patch("pipeline.evaluate.comparable.to_simplified", as_written):
        row("one Chinese script")


if __name__ == "__main__":
    main()
