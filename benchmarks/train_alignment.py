"""Train the model that tells true from false pairs in comparable text: python -m benchmarks.train_alignment

Stories are made from the development documents of NTREX-128 only, with seeds that no evaluation
uses; the test documents are never read. Prints link precision, recall and F1 on held-out
development stories and writes pipeline/align/model.json.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks import corpus
from pipeline.align import comparable, scores
from pipeline.align.scores import Floats, Model
from pipeline.embed import Encoder, default
from pipeline.evaluate.comparable import Benchmark, gold_links, link_scores, sides, stories

SEEDS = (101, 102, 103, 104, 105)
HIDDEN = 24
EPOCHS = 12


def examples(benchmarks: Sequence[Benchmark], encoder: Encoder) -> tuple[Floats, Floats]:
    """Features (c, f) and truth (c,) of all candidate pairs of all pairs of outlets."""
    inputs, truths = [], []
    for benchmark in benchmarks:
        made = sides(benchmark, encoder)
        for i, left in enumerate(benchmark.outlets):
            for j in range(i + 1, len(benchmark.outlets)):
                right = benchmark.outlets[j]
                rows, columns = comparable.candidates(made[i], made[j])
                gold = gold_links(left, right)
                inputs.append(scores.features(made[i], made[j], rows, columns))
                truths.append(np.array([pair in gold for pair in zip(rows.tolist(), columns.tolist())], dtype=float))
    return np.concatenate(inputs), np.concatenate(truths)


def fit(inputs: Floats, truths: Floats, seed: int = 1) -> Model:
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
    return Model(mean, scale, parameters[0], parameters[1], parameters[2], float(parameters[3][0]))


def save(model: Model, path: Path) -> None:
    data = {
        "features": list(scores.FEATURES),
        **{
            name: np.round(getattr(model, name), 5).tolist()
            for name in ("mean", "scale", "hidden", "hidden_bias", "output", "output_bias")
        },
    }
    path.write_text(json.dumps(data), encoding="utf-8")


def main() -> None:
    encoder = default()
    lines, documents = corpus.ntrex()
    names, _ = corpus.split(documents)
    held_out, training = names[::4], [name for index, name in enumerate(names) if index % 4]
    made = [story for seed in SEEDS for story in stories(lines, documents, training, seed)]
    inputs, truths = examples(made, encoder)
    print(f"{len(made)} stories, {len(truths)} candidate pairs, {truths.mean():.1%} true")
    model = fit(inputs, truths)
    check = [story for seed in (7, 8) for story in stories(lines, documents, held_out, seed)]
    for minimum in (0.3, 0.4, 0.5, 0.6, 0.7):
        precision, recall, f1 = link_scores(check, encoder, minimum, model)
        print(f"held out, at least {minimum}: P {precision:.3f} R {recall:.3f} F1 {f1:.3f}")
    save(model, Path(scores.__file__).with_name("model.json"))


if __name__ == "__main__":
    main()
