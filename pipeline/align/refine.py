"""A second look at every pair of segments, in the light of all other pairs.

The first look judges a pair by itself. Here its probability is weighed against its rivals, its
neighbours, and what third sources say: where A and C, and C and B say the same, A and B most
likely do too, even if a distant pair of languages hid it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from pipeline.align.scores import Floats, Model, Scored

# The context features, appended to the features of the first look; all are log-odds but the last.
CONTEXT = ("first", "rival_a", "rival_b", "diagonal", "beside_a", "beside_b", "third", "thirds")

_FLOOR = 1e-4
# Under this a link to a third source says nothing.
_THIRD = 0.1


def refine(scored: Mapping[tuple[str, str], Scored], model: Model) -> dict[tuple[str, str], Scored]:
    """All pairs of sources with second-look probabilities. `scored` maps (a, b) to the first look."""
    third = third_sources(scored)
    return {
        pair: Scored(s.shape, s.rows, s.columns, s.features, model.probability(context(s, third[pair])))
        for pair, s in scored.items()
    }


def third_sources(scored: Mapping[tuple[str, str], Scored]) -> dict[tuple[str, str], tuple[Floats, Floats]]:
    """For each candidate of each pair of sources the strongest path through a third one, and the sum of such paths.

    A path from x to y over z is as strong as the product of the probabilities of (x, z) and (z, y).
    """
    near: dict[tuple[str, int], list[tuple[str, int, float]]] = {}
    for (a, b), s in scored.items():
        for i, j, p in zip(s.rows.tolist(), s.columns.tolist(), s.probabilities.tolist()):
            if p >= _THIRD:
                near.setdefault((a, i), []).append((b, j, p))
                near.setdefault((b, j), []).append((a, i, p))
    best: dict[tuple[str, int, str, int], float] = {}
    total: dict[tuple[str, int, str, int], float] = {}
    for links in near.values():
        for first, (a, i, p) in enumerate(links):
            for b, j, q in links[first + 1 :]:
                if a != b:
                    for key in ((a, i, b, j), (b, j, a, i)):
                        best[key] = max(best.get(key, 0.0), p * q)
                        total[key] = total.get(key, 0.0) + p * q
    found = {}
    for (a, b), s in scored.items():
        keys = [(a, i, b, j) for i, j in zip(s.rows.tolist(), s.columns.tolist())]
        found[a, b] = (
            np.array([best.get(key, 0.0) for key in keys]),
            np.array([total.get(key, 0.0) for key in keys]),
        )
    return found


def context(s: Scored, third: tuple[Floats, Floats]) -> Floats:
    """First-look features and `CONTEXT`: (c, len(FEATURES) + len(CONTEXT))."""
    matrix = np.full(s.shape, _FLOOR)
    matrix[s.rows, s.columns] = s.probabilities
    padded = np.pad(matrix, 1, constant_values=_FLOOR)
    diagonal = np.maximum(padded[:-2, :-2], padded[2:, 2:])
    beside_b = np.maximum(padded[1:-1, :-2], padded[1:-1, 2:])
    beside_a = np.maximum(padded[:-2, 1:-1], padded[2:, 1:-1])
    columns: Sequence[Floats] = [
        matrix,
        _rival(matrix),
        _rival(matrix.T).T,
        diagonal,
        beside_a,
        beside_b,
    ]
    cells = [_log_odds(column[s.rows, s.columns]) for column in columns]
    return np.column_stack([s.features, *cells, _log_odds(third[0]), third[1]])


def _rival(matrix: Floats) -> Floats:
    """For each cell the highest value of its row outside that cell."""
    if matrix.shape[1] < 2:
        return np.full_like(matrix, _FLOOR)
    rival = np.repeat(matrix.max(axis=1)[:, None], matrix.shape[1], axis=1)
    rival[np.arange(len(matrix)), matrix.argmax(axis=1)] = np.partition(matrix, -2, axis=1)[:, -2]
    return rival


def _log_odds(probability: Floats) -> Floats:
    clipped = np.clip(probability, _FLOOR, 1 - _FLOOR)
    return np.asarray(np.log(clipped / (1 - clipped)))
