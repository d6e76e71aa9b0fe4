"""Work out what grouping takes from data, and write pipeline/stories/model.json.

    python -m benchmarks.train_stories [--means FOLDER] [--pud pud.tsv]

The mean sentence embedding of news in each language, from NTREX-128: FOLDER holds it with one file a
language, `de.txt` or `ntrex.de.txt`, DOCUMENT_IDS.tsv and EVENTS.tsv; without --means they stay as they
are. The weights, by logistic regression over pairs of articles of made benchmarks; the bias, by the
B-cubed F1 of the stories; pud.tsv (Parallel UD) adds documents that a single outlet tells, as most of
the news is. Only the development documents are used (`halves` in pipeline/evaluate/stories.py).
"""

from __future__ import annotations

import argparse
import json
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline import embed
from pipeline.embed import Encoder
from pipeline.evaluate import stories
from pipeline.evaluate.stories import Text
from pipeline.language import Language
from pipeline.stories.article import Article, model
from pipeline.stories.grouping import Member, Weights, features
from pipeline.stories.index import WINDOW
from pipeline.stories.rarity import Rarity

SCALE = 10_000
SEEDS = range(101, 104)
DATA = Path(__file__).parent / "data"
TARGET = Path(__file__).parent.parent / "pipeline" / "stories" / "model.json"


def means(texts: list[Text], encoder: Encoder) -> dict[str, list[int]]:
    """The mean sentence embedding of each language, times SCALE."""
    found: dict[str, list[int]] = {}
    for tag in sorted(texts[0].lines):
        language = Language.parse(tag)
        # Traditional Chinese is embedded as Simplified, so it needs no mean of its own.
        if language.base != "yue" and language.script != "Hant":
            vectors = encoder.encode([line for text in texts for line in text.lines[tag]])
            found[language.base] = [round(SCALE * value) for value in vectors.mean(axis=0).tolist()]
    return found


def fit(samples: list[tuple[list[stories.Told], list[Article]]]) -> Weights:
    """Logistic regression by Newton's method, with a little ridge."""
    rows, right = [], []
    for told, made in samples:
        rarity = Rarity()
        for article in made:
            rarity.count(article.terms)
        members = [Member.of(number, article, rarity) for number, article in enumerate(made)]
        for (x, a), (y, b) in combinations(zip(told, members), 2):
            if a.day is None or b.day is None or abs(a.day - b.day) <= WINDOW:
                rows.append(features(a, b))
                right.append(x.event == y.event)
    matrix, target = np.array(rows), np.array(right, dtype=float)
    weights: NDArray[np.float64] = np.zeros(matrix.shape[1])
    for _ in range(30):
        odds = 1 / (1 + np.exp(-matrix @ weights))
        curve = matrix.T @ (matrix * (odds * (1 - odds))[:, None]) + 0.01 * np.eye(len(weights))
        weights += np.linalg.solve(curve, matrix.T @ (target - odds) - 0.01 * weights)
    return Weights(*(round(float(weight), 2) for weight in weights))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--means", type=Path, metavar="FOLDER")
    parser.add_argument("--pud", type=Path, metavar="FILE")
    options = parser.parse_args()
    folder = options.means
    encoder = stories.Remembering(embed.default())
    centres = means(stories.halves(stories.ntrex(folder))[0], encoder) if folder else model()["means"]
    write(encoder.name, centres, Weights(**model()["weights"]))
    told = [*stories.ntrex(DATA / "ntrex"), *stories.written(DATA / "stories")]
    texts, _ = stories.halves([*told, *(stories.pud(options.pud) if options.pud else [])])
    benchmarks = [stories.make(texts, seed) for seed in SEEDS]
    samples = [(told, stories.articles(told, encoder)) for told in benchmarks]
    fitted = fit(samples)
    shifted = [fitted._replace(bias=round(fitted.bias + shift / 4, 2)) for shift in range(-4, 13)]
    scores = [
        stories.mean([stories.score(*sample, weights=weights) for sample in samples]).bcubed[2] for weights in shifted
    ]
    best = shifted[int(np.argmax(scores))]
    write(encoder.name, centres, best)
    print(f"{best}: B-cubed F1 {max(scores):.3f} on what it was fitted to")


def write(encoder: str, centres: dict[str, list[int]], weights: Weights) -> None:
    rows = ",\n".join(f'"{base}": {json.dumps(row)}' for base, row in sorted(centres.items()))
    head = f'"encoder": "{encoder}", "weights": {json.dumps(weights._asdict())}, "scale": {SCALE}'
    TARGET.write_text(f'{{{head}, "means": {{\n{rows}\n}}}}\n', encoding="utf-8")
    model.cache_clear()


if __name__ == "__main__":
    main()
