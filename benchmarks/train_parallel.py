"""Train the weights that choose the beads of parallel text.

    python -m benchmarks.train_parallel GOLD            train on all of it, write align/parallel.json
    python -m benchmarks.train_parallel GOLD --check    train on one half of every set, score on the other, both ways

GOLD is a folder with one folder a set: `NAME.LANGUAGE.txt`, one segment a line, and `NAME.gold`, one bead
a line in vecalign's form. Trained are only sets in languages that the encoder knows. The likelihood of
the gold path, less `PENALTY` times the squared weights, is raised by L-BFGS (Liu & Nocedal 1989).
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from pathlib import Path

import numpy as np

from pipeline.align import bead_scores, parallel
from pipeline.align.bead_scores import BIASES, FEATURES, NULL_FEATURES, SIZES, Block, Pair, Weights
from pipeline.embed import Encoder, Floats, default
from pipeline.evaluate import beads
from pipeline.evaluate.beads import Bead
from pipeline.evaluate.parallel import Document, documents

PENALTY = 5.0
STEPS = 60
# Of the first half of every document a second version is made, in which so many passages lost one side.
PASSAGES = 2
_MEMORY = 10


@dataclass(frozen=True)
class Example:
    """A document and the features of all beads in its corridor, kept for all steps of training."""

    pair: Pair
    blocks: tuple[Block, ...]
    nulls: tuple[Floats, Floats]
    path: tuple[Bead, ...]  # gold, with a null bead for every segment that gold leaves out


def measured(document: Document, encoder: Encoder) -> Pair:
    return bead_scores.pair(*(bead_scores.text(s, t, encoder) for s, t in zip(document.texts, document.languages)))


def example(document: Document, encoder: Encoder) -> Example:
    pair = measured(document, encoder)
    return Example(
        pair,
        blocks=tuple(bead_scores.blocks(pair)),
        nulls=bead_scores.null_features(pair),
        path=tuple(complete(document.gold, pair.a.size, pair.b.size)),
    )


def both(found: Sequence[Document]) -> list[Document]:
    """Documents as they are, and halves of them with passages that lost a side."""
    versions = [version for seed, one in enumerate(found) for version in (one, lossy(halves(one)[0], seed))]
    return [version for version in versions if all(version.texts)]  # a short one can lose all of a side


def complete(gold: Sequence[Bead], n: int, m: int) -> list[Bead]:
    """The monotone beads of gold, and a null bead for each segment that they leave out."""
    path: list[Bead] = []
    i = j = 0
    for a, b in [*sorted((bead for bead in gold if bead[0] and bead[1]), key=lambda bead: bead[0][0]), ((n,), (m,))]:
        adjacent = all(y == x + 1 for side in (a, b) for x, y in pairwise(side))
        if a[0] < i or b[0] < j or not adjacent:
            continue
        path += [((x,), ()) for x in range(i, a[0])] + [((), (y,)) for y in range(j, b[0])]
        path.append((a, b))
        i, j = a[-1] + 1, b[-1] + 1
    return path[:-1]


def lossy(document: Document, seed: int) -> Document:
    """A document of which passages of 5 to 20 beads have lost one side, and are null beads now.

    Hand-aligned texts lack next to nothing; real ones lack paragraphs and whole chapters.
    """
    generator = random.Random(seed)
    path = complete(document.gold, *map(len, document.texts))
    lost: list[int | None] = [None] * len(path)
    for _ in range(PASSAGES):
        first, side = generator.randrange(len(path)), generator.choice((0, 1))
        for place in range(first, min(first + generator.randint(5, 20), len(path))):
            lost[place] = side
    texts: tuple[list[str], list[str]] = ([], [])
    gold: list[Bead] = []
    for bead, without in zip(path, lost):
        sides: list[tuple[int, ...]] = []
        for side, places in enumerate(bead):
            kept = () if side == without else places
            sides.append(tuple(range(len(texts[side]), len(texts[side]) + len(kept))))
            texts[side].extend(document.texts[side][place] for place in kept)
        # What stays of a bead that lost a side is one null bead for each of its segments.
        gold += (
            [(sides[0], sides[1])] if all(sides) else [((x,), ()) for x in sides[0]] + [((), (y,)) for y in sides[1]]
        )
    return Document(document.name, (tuple(texts[0]), tuple(texts[1])), document.languages, tuple(gold))


def halves(document: Document) -> tuple[Document, Document]:
    """A document cut in two after half of its beads."""
    path = complete(document.gold, *map(len, document.texts))
    half = path[: len(path) // 2]
    i, j = sum(len(a) for a, _ in half), sum(len(b) for _, b in half)
    first = [bead for bead in document.gold if all(x < i for x in bead[0]) and all(y < j for y in bead[1])]
    second = [
        (tuple(x - i for x in a), tuple(y - j for y in b))
        for a, b in document.gold
        if all(x >= i for x in a) and all(y >= j for y in b)
    ]
    a, b = document.texts
    return (
        Document(document.name, (a[:i], b[:j]), document.languages, tuple(first)),
        Document(document.name, (a[i:], b[j:]), document.languages, tuple(second)),
    )


def flat(weights: Weights) -> Floats:
    return np.concatenate([getattr(weights, field.name) for field in fields(Weights)])


def shaped(values: Floats) -> Weights:
    sizes = (len(NULL_FEATURES), len(BIASES), len(FEATURES), len(FEATURES))
    return Weights(*np.split(values, np.cumsum(sizes)[:-1]))


def start() -> Weights:
    """A plain aligner to begin with: like with like, null beads dear, merged beads dearer the larger."""
    null = np.array([-5.0, 0.0, 0.0, 0.0])
    features = np.array([8.0 if feature == "cosine" else 0.0 for feature in FEATURES])
    bias = np.array([-1.0 * (p + q - 2) for p, q in BIASES])
    return Weights(null, bias, features, np.zeros(len(FEATURES)))


def loss(one: Example, weights: Weights) -> tuple[float, Floats]:
    """Negative log-likelihood of the gold path, and its gradient."""
    found = parallel.lattice(one.pair, weights, one.blocks, one.nulls)
    total, expected = parallel.marginals(found)
    gradient = {field.name: np.zeros_like(getattr(weights, field.name)) for field in fields(Weights)}
    low = found.corridor.low
    excess_a, excess_b = expected.null_a.copy(), expected.null_b.copy()
    excess = {size: [row.copy() for row in rows] for size, rows in expected.scores.items()}
    score = 0.0
    i = j = 0
    for a, b in one.path:
        size = (len(a), len(b))
        if size == (1, 0):
            score += found.null_a[i]
            excess_a[i] -= 1
        elif size == (0, 1):
            score += found.null_b[j]
            excess_b[j] -= 1
        elif size in SIZES and 0 <= j - low[i] < len(excess[size][i]):
            score += found.scores[size][i][j - low[i]]
            excess[size][i][j - low[i]] -= 1
        i, j = i + len(a), j + len(b)
    gradient["null"] += excess_a @ one.nulls[0] + excess_b @ one.nulls[1]
    for block in one.blocks:
        for size in SIZES:
            features = block.features[size]
            dense = np.zeros(features.shape[:2])
            for offset in range(len(dense)):
                row = excess[size][block.first_row + offset]
                first = low[block.first_row + offset] - block.first_column
                dense[offset, first : first + len(row)] = row
            sums = np.tensordot(dense, features, ((0, 1), (0, 1)))
            gradient["features"] += sums
            gradient["bias"][BIASES.index((min(size), max(size)))] += dense.sum()
            if size != (1, 1):
                gradient["merged"] += sums
    return total - score, flat(Weights(**gradient))


def train(examples: Sequence[Example]) -> Weights:
    cells = np.concatenate(
        [block.features[size][block.possible[size]][::97] for one in examples for block in one.blocks for size in SIZES]
    )
    scale = 1 / (cells.std(axis=0) + 1e-6)
    scales = flat(Weights(np.ones(len(NULL_FEATURES)), np.ones(len(BIASES)), scale, scale))

    def objective(scaled: Floats) -> tuple[float, Floats]:
        weights = shaped(scaled * scales)
        value, gradient = 0.5 * PENALTY * float(scaled @ scaled), PENALTY * scaled
        for one in examples:
            own, slope = loss(one, weights)
            value, gradient = value + own, gradient + slope * scales
        print(f"loss {value:.2f}", file=sys.stderr)
        return value, gradient

    return shaped(lbfgs(objective, flat(start()) / scales) * scales)


def lbfgs(objective: Callable[[Floats], tuple[float, Floats]], point: Floats) -> Floats:
    """The point where a smooth convex function is least, or near it after `STEPS` steps."""
    moves: list[tuple[Floats, Floats]] = []
    value, gradient = objective(point)
    for _ in range(STEPS):
        direction = gradient.copy()
        shares = []
        for move, change in reversed(moves):
            shares.append((move @ direction) / (change @ move))
            direction -= shares[-1] * change
        direction *= (
            (moves[-1][0] @ moves[-1][1]) / (moves[-1][1] @ moves[-1][1]) if moves else 1 / np.linalg.norm(gradient)
        )
        for (move, change), share in zip(moves, reversed(shares)):
            direction += move * (share - (change @ direction) / (change @ move))
        step = 1.0
        while True:
            new = point - step * direction
            new_value, new_gradient = objective(new)
            if new_value <= value - 1e-4 * step * (gradient @ direction) or step < 1e-4:
                break
            step /= 2
        if (new - point) @ (new_gradient - gradient) > 1e-10:
            moves = [*moves, (new - point, new_gradient - gradient)][-_MEMORY:]
        done = abs(value - new_value) < 3e-4 * abs(value)
        point, value, gradient = new, new_value, new_gradient
        if done:
            break
    return point


def report(name: str, found: Sequence[tuple[Sequence[Bead], Sequence[Bead]]]) -> None:
    scores = beads.score(found)
    print(
        f"{name:24} strict P {scores.strict.precision:.3f} R {scores.strict.recall:.3f} F1 {scores.strict.f1:.3f}"
        f"  lax F1 {scores.lax.f1:.3f}"
    )


def main(arguments: Sequence[str]) -> None:
    gold = Path(next(argument for argument in arguments if not argument.startswith("-")))
    encoder = default()
    sets = {folder.name: documents(folder) for folder in sorted(gold.iterdir()) if documents(folder)}
    sets = {name: own for name, own in sets.items() if all(one.supported for one in own)}
    if "--check" in arguments:
        folds = {name: [halves(one) for one in own] for name, own in sets.items()}
        found: dict[str, list[tuple[Sequence[Bead], Sequence[Bead]]]] = {name: [] for name in sets}
        for held_out in (0, 1):
            own = [pair[1 - held_out] for pairs in folds.values() for pair in pairs]
            weights = train([example(one, encoder) for one in both(own)])
            for name, pairs in folds.items():
                for pair in pairs:
                    one = pair[held_out]
                    path = parallel.beads(measured(one, encoder), weights)
                    found[name].append(([(tuple(bead.a), tuple(bead.b)) for bead in path], one.gold))
        for name, scored in found.items():
            report(name, scored)
        return
    weights = train([example(one, encoder) for own in sets.values() for one in both(own)])
    stored = {field.name: [round(float(x), 4) for x in getattr(weights, field.name)] for field in fields(Weights)}
    target = Path(bead_scores.__file__).with_name("parallel.json")
    content = {"features": FEATURES, "null_features": NULL_FEATURES, "weights": stored}
    target.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    print(f"wrote {target.name}")


if __name__ == "__main__":
    main(sys.argv[1:])
