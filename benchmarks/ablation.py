"""What each kind of evidence is worth to the alignment of comparable text.

    python -m benchmarks.ablation

Each time both networks are trained anew, without the evidence, on every second hand-written story and on
the made stories of training; scored on the other hand-written stories, and on made ones never trained on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import numpy as np

from benchmarks import corpus
from benchmarks.train_alignment import made, train
from pipeline.align import scores
from pipeline.align.scores import Floats
from pipeline.embed import default
from pipeline.evaluate import comparable
from pipeline.evaluate.comparable import Benchmark, evaluate, untranslated

MINIMUM = 0.5
_NAMES_AND_NUMBERS = ("names", "rarest_name", "names_around", "no_names", "numbers", "number_conflict")
_GLOSSES = tuple(name for name in scores.FEATURES if "gloss" in name)


@contextmanager
def without_features(*names: str) -> Iterator[None]:
    """Features of these names say nothing."""
    columns = [scores.FEATURES.index(name) for name in names]
    original = scores.features

    def blind(*arguments: Any) -> Floats:
        found = original(*arguments)
        found[:, columns] = 0.0
        return np.asarray(found)

    with mock.patch.object(scores, "features", blind):
        yield


def as_written(text: str, *_: str) -> str:
    return text


def main() -> None:
    encoder = default()
    written = corpus.written_stories()
    halves, held_out = made()
    print("| without | links of written stories P / R / F1 | groups | links of made stories | groups |")
    print("| --- | --- | --- | --- | --- |")

    def row(name: str, prepare: Callable[[Benchmark], Benchmark] = lambda story: story) -> None:
        models = train([prepare(story) for story in written[::2]], halves, encoder)
        cells = []
        for tested in (written[1::2], held_out):
            found = evaluate([prepare(story) for story in tested], encoder, MINIMUM, models)
            cells += [" / ".join(f"{value:.3f}" for value in found[part]) for part in ("links", "groups")]
        print(f"| {name} | {' | '.join(cells)} |", flush=True)

    row("nothing")
    row("English", untranslated)
    with without_features(*_NAMES_AND_NUMBERS):
        row("numbers and names")
    with without_features(*_GLOSSES):
        row("lexicon")
    with without_features("margin"):
        row("margin (cosine alone)")
    with without_features("run", "run_gain", "part", "part_gap_a", "part_gap_b", "part_part"):
        row("runs and parts")
    with mock.patch.object(comparable, "to_simplified", as_written):
        row("one Chinese script")


if __name__ == "__main__":
    main()
