"""Train the model that tells true from false pairs in comparable text.

    python -m benchmarks.train_alignment ../shared/mt-data            train on all, write align/model.json
    python -m benchmarks.train_alignment ../shared/mt-data --check    train on half of the written stories, score
                                                                      on the other half, both ways

Development data are the hand-written stories, each with and without its English, stories made from
the development documents of NTREX-128, and stories made from news of the years before it. The test
documents of NTREX-128, the stories kept for tests and seeds/ are never read.
"""

from __future__ import annotations

import argparse
import functools
import json
import lzma
from collections.abc import Sequence
from dataclasses import fields, replace
from itertools import combinations
from pathlib import Path

import numpy as np

from benchmarks import corpus
from pipeline.align import comparable, scores
from pipeline.align.refine import context, third_sources
from pipeline.align.scores import Floats, Indices, Model, Models, Scored
from pipeline.align.side import Side
from pipeline.embed import Encoder, default
from pipeline.evaluate.comparable import Benchmark, evaluate, gold_links, sides, stories, untranslated
from pipeline.evaluate.corpora import split

SEEDS = (101, 102, 103, 104)  # of the made stories
HELD_OUT_SEEDS = (7, 8)
NEWS_SEED = 5
# How many stories to make from the news of a language and English, and of how many sentences a document is made up.
NEWS = {"de": 60, "zh-Hans": 36}
NEWS_DOCUMENT = 15
DOCUMENTS = 3  # of a story
HIDDEN = 32
ENSEMBLE = 3
EPOCHS = 12

_ZERO = np.zeros(1)
# Only for its features; what it says of them is not looked at.
UNTRAINED = Model(_ZERO, np.ones(1), np.zeros((len(scores.FEATURES), 1)), _ZERO, _ZERO, _ZERO)


@functools.cache
def prepared(benchmark: Benchmark, encoder: Encoder) -> dict[str, Side]:
    """The outlets of a story, encoded once, however often it is looked at."""
    return {one.id: own for one, own in zip(benchmark.outlets, sides(benchmark, encoder))}


@functools.cache
def evidence(benchmark: Benchmark, encoder: Encoder) -> dict[tuple[str, str], tuple[Indices, Indices, Floats]]:
    """The candidates of every pair of outlets of a story and what speaks for them, gathered once."""
    made = prepared(benchmark, encoder)  # type: ignore[arg-type]
    return {(x, y): comparable.evidence(made[x], made[y]) for x, y in combinations(made, 2)}


def first_looks(benchmark: Benchmark, encoder: Encoder, model: Model) -> dict[tuple[str, str], Scored]:
    """The first look at every pair of outlets of a story."""
    size = {outlet.id: len(outlet.lines) for outlet in benchmark.outlets}
    return {
        (x, y): Scored((size[x], size[y]), rows, columns, features, model.probability(features))
        for (x, y), (rows, columns, features) in evidence(benchmark, encoder).items()  # type: ignore[arg-type]
    }


def truth(benchmark: Benchmark, pair: tuple[str, str], scored: Scored) -> Floats:
    """Which candidates of a pair of outlets are true (c,)."""
    outlets = {outlet.id: outlet for outlet in benchmark.outlets}
    gold = gold_links(outlets[pair[0]], outlets[pair[1]])
    return np.array([cell in gold for cell in zip(scored.rows.tolist(), scored.columns.tolist())], dtype=float)


def first_examples(benchmarks: Sequence[Benchmark], encoder: Encoder) -> tuple[Floats, Floats]:
    """Features (c, f) and truth (c,) of all candidates."""
    looks = [(b, pair, s) for b in benchmarks for pair, s in first_looks(b, encoder, UNTRAINED).items()]
    return np.concatenate([s.features for _, _, s in looks]), np.concatenate([truth(*look) for look in looks])


def second_examples(benchmarks: Sequence[Benchmark], encoder: Encoder, model: Model) -> tuple[Floats, Floats]:
    """The same with context, each story once with all its outlets and once pair by pair."""
    inputs, truths = [], []
    for benchmark in benchmarks:
        looks = first_looks(benchmark, encoder, model)
        third = third_sources(looks)
        for pair, s in looks.items():
            nothing = np.zeros(len(s.rows))
            inputs += [context(s, third[pair]), context(s, (nothing, nothing))]
            truths += [truth(benchmark, pair, s)] * 2
    return np.concatenate(inputs), np.concatenate(truths)


def fit(inputs: Floats, truths: Floats) -> Model:
    """The mean, in log-odds, of `ENSEMBLE` networks that started differently: one network three times as wide."""
    models = [_fit_one(inputs, truths, seed) for seed in range(1, ENSEMBLE + 1)]
    return Model(
        models[0].mean,
        models[0].scale,
        np.concatenate([model.hidden for model in models], axis=1),
        np.concatenate([model.hidden_bias for model in models]),
        np.concatenate([model.output for model in models]) / ENSEMBLE,
        np.mean([model.output_bias for model in models], axis=0),
    )


def _fit_one(inputs: Floats, truths: Floats, seed: int) -> Model:
    """Minimise the log loss with Adam (Kingma & Ba 2015), batches of 512, a linearly falling rate."""
    generator = np.random.default_rng(seed)
    mean, scale = inputs.mean(axis=0), inputs.std(axis=0) + 1e-9
    standard = (inputs - mean) / scale
    count = standard.shape[1]
    parameters = [
        generator.normal(0, (2 / count) ** 0.5, (count, HIDDEN)),
        np.zeros(HIDDEN),
        generator.normal(0, (1 / HIDDEN) ** 0.5, HIDDEN),
        np.zeros(1),
    ]
    first = [np.zeros_like(p) for p in parameters]
    second = [np.zeros_like(p) for p in parameters]
    steps = EPOCHS * (len(standard) // 512)
    step = 0
    for _ in range(EPOCHS):
        order = generator.permutation(len(standard))
        for start in range(0, len(order) - 511, 512):
            batch = order[start : start + 512]
            x, y = standard[batch], truths[batch]
            raw = x @ parameters[0] + parameters[1]
            units = np.maximum(raw, 0)
            error = (1 / (1 + np.exp(-(units @ parameters[2] + parameters[3]))) - y) / len(batch)
            back = np.outer(error, parameters[2]) * (raw > 0)
            gradients = [x.T @ back, back.sum(axis=0), units.T @ error, error.sum(keepdims=True)]
            step += 1
            rate = 3e-3 * (1 - step / (steps + 1))
            for i, gradient in enumerate(gradients):
                gradient = gradient + 1e-5 * parameters[i]
                first[i] = 0.9 * first[i] + 0.1 * gradient
                second[i] = 0.999 * second[i] + 0.001 * gradient**2
                parameters[i] -= rate * (first[i] / (1 - 0.9**step)) / (np.sqrt(second[i] / (1 - 0.999**step)) + 1e-8)
    return Model(mean, scale, parameters[0], parameters[1], parameters[2], parameters[3])


def save(models: Models, path: Path) -> None:
    data = {
        name: {field.name: np.round(getattr(model, field.name), 5).tolist() for field in fields(model)}
        for name, model in (("first", models.first), ("second", models.second))
    }
    path.write_text(json.dumps(data) + "\n", encoding="utf-8")


def train(written: Sequence[Benchmark], made: Sequence[Sequence[Benchmark]], encoder: Encoder) -> Models:
    """Both looks, from hand-written stories and two halves of made ones."""
    told = [both for story in written for both in (story, untranslated(story))]
    told += [without_lexicon(untranslated(story)) for story in written]
    halves = [([*made[0], *told[::2]]), ([*made[1], *told[1::2]])]
    # What the second look learns from must be as uncertain as what it will see, so the first looks
    # at each half come from a model of the other half.
    parts = []
    for own, other in (halves, halves[::-1]):
        parts.append(second_examples(own, encoder, fit(*first_examples(other, encoder))))
    second = fit(*(np.concatenate(columns) for columns in zip(*parts)))
    return Models(fit(*first_examples([*halves[0], *halves[1]], encoder)), second)


def without_lexicon(benchmark: Benchmark) -> Benchmark:
    """The same story as if there were no lexicon for its languages."""
    return replace(benchmark, lexicon=False)


def report(name: str, benchmarks: Sequence[Benchmark], encoder: Encoder, models: Models) -> None:
    for minimum in (0.3, 0.5, 0.7):
        for part, (precision, recall, f1) in evaluate(benchmarks, encoder, minimum, minimum, models).items():
            print(f"{name}, at least {minimum}, {part}: P {precision:.3f} R {recall:.3f} F1 {f1:.3f}", flush=True)


def made(seeds: Sequence[int] = SEEDS) -> tuple[list[list[Benchmark]], list[Benchmark]]:
    """Stories made from two halves of the training documents, and ones from development documents to check with."""
    ntrex = corpus.ntrex()
    names, _ = split(ntrex.documents)
    held_out, training = names[::4], [name for index, name in enumerate(names) if index % 4]

    def of(chosen: Sequence[str], seeds: Sequence[int]) -> list[Benchmark]:
        return [story for seed in seeds for story in stories(ntrex.lines, ntrex.documents, chosen, seed)]

    def both(chosen: Sequence[str]) -> list[Benchmark]:
        return [*of(chosen, seeds), *map(without_lexicon, of(chosen, seeds[-1:]))]

    return [both(training[::2]), both(training[1::2])], of(held_out, HELD_OUT_SEEDS)


def news(folder: Path) -> list[Benchmark]:
    """Stories of two outlets, one in English, made from translated news, whose lines follow each other as printed."""
    found: list[Benchmark] = []
    for tag, count in NEWS.items():
        pair = f"{tag.partition('-')[0]}-en"
        with lzma.open(folder / pair / "news-human.tsv.xz", "rt", encoding="utf-8") as file:
            pairs = [line.split("\t") for line in file.read().splitlines()]
        pairs = [pair for pair in pairs if len(pair) == 2 and all(text.strip() for text in pair)]
        size = len(pairs) // NEWS_DOCUMENT
        lines: dict[str, list[str]] = {tag: [], "en": []}
        documents = []
        for number in range(0, size, max(1, size // (count * DOCUMENTS)))[: count * DOCUMENTS]:
            for own, english in pairs[number * NEWS_DOCUMENT : (number + 1) * NEWS_DOCUMENT]:
                lines[tag].append(own)
                lines["en"].append(english)
                documents.append(f"{number:05}")
        found += stories(lines, documents, sorted(set(documents)), NEWS_SEED, DOCUMENTS)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where de-en/news-human.tsv.xz and zh-en/news-human.tsv.xz lie")
    parser.add_argument("--check", action="store_true", help="score instead of writing the model")
    arguments = parser.parse_args()
    encoder = default()
    halves, held_out = made()
    printed = news(arguments.folder)
    halves = [[*halves[0], *printed[::2]], [*halves[1], *printed[1::2]]]
    written = [*corpus.written_stories(), *corpus.digests()]
    if arguments.check:
        for own, other in ((written[::2], written[1::2]), (written[1::2], written[::2])):
            models = train(own, halves, encoder)
            report("stories", other, encoder, models)
            report("stories without English", [untranslated(story) for story in other], encoder, models)
        report("NTREX-128", held_out, encoder, models)
    else:
        halves = [[*halves[0], *held_out[::2]], [*halves[1], *held_out[1::2]]]
        save(train(written, halves, encoder), Path(scores.__file__).with_name("model.json"))


if __name__ == "__main__":
    main()
