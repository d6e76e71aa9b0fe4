"""A second look at every pair of segments, in the light of all other pairs.

The first look judges a pair by itself. Here its probability is weighed against its rivals, its
neighbours, and what third sources say: where A and C, and C and B say the same, A and B most
likely do too, even if a distant pair of languages hid it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from pipeline.align.scores import Floats, Indices, Model, Scored

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
    """First-look features and `CONTEXT`: (c, len(FEATURES) + len(CONTEXT)). Cells without a score count as nothing."""
    probability = _at(s)
    columns: Sequence[Floats] = [
        s.probabilities,
        _rival(s.rows, s.probabilities),
        _rival(s.columns, s.probabilities),
        np.maximum(probability(-1, -1), probability(1, 1)),
        np.maximum(probability(-1, 0), probability(1, 0)),
        np.maximum(probability(0, -1), probability(0, 1)),
    ]
    return np.column_stack([s.features, *map(_log_odds, columns), _log_odds(third[0]), third[1]])


def _at(s: Scored) -> Callable[[int, int], Floats]:
    """For each scored cell the probability of the one so many rows and columns further."""
    # One column more on each side, so that no step leads into another row.
    width = s.shape[1] + 2
    keys = s.rows * width + s.columns
    order = np.argsort(keys)
    ordered = keys[order]

    def at(down: int, right: int) -> Floats:
        wanted = keys + down * width + right
        place = np.minimum(np.searchsorted(ordered, wanted), max(len(ordered) - 1, 0))
        return np.where(ordered[place] == wanted, s.probabilities[order[place]], _FLOOR)

    return at


def _rival(lines: Indices, probabilities: Floats) -> Floats:
    """For each cell the highest probability in its line (row or column) outside that cell."""
    order = np.lexsort((-probabilities, lines))
    first = np.flatnonzero(np.diff(lines[order], prepend=-1))
    size = np.diff(first, append=len(order))
    rival = np.empty(len(order))
    rival[order] = np.repeat(probabilities[order[first]], size)
    second = order[np.minimum(first + 1, len(order) - 1)]
    rival[order[first]] = np.where(size > 1, probabilities[second], _FLOOR)
    return rival


def _log_odds(probability: Floats) -> Floats:
    clipped = np.clip(probability, _FLOOR, 1 - _FLOOR)
    return np.asarray(np.log(clipped / (1 - clipped)))
