"""Bead scores for parallel text, as the field reports them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import regex

from pipeline.errors import UserError

# Segment indices of both sides, 0-based; one of them may be empty (a null bead).
Bead = tuple[tuple[int, ...], tuple[int, ...]]

_LINE = regex.compile(r"\s*\[([\d,\s]*)\]\s*:\s*\[([\d,\s]*)\].*")


@dataclass(frozen=True)
class Score:
    precision: float
    recall: float

    @property
    def f1(self) -> float:
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


@dataclass(frozen=True)
class Scores:
    """`strict`: the bead is in the gold. `lax`: it overlaps a gold bead on both sides.

    Both count beads as vecalign's scorer does, which leaves null beads out of recall, so that an
    aligner that never deletes loses nothing by it. `null` scores the null beads alone, and
    `strict_with_null` all beads alike.
    """

    strict: Score
    lax: Score
    null: Score
    strict_with_null: Score


def read(path: Path) -> list[Bead]:
    """Beads in vecalign's form, one a line: `[0]:[0, 1]`, anything may follow. Raises UserError for other lines."""
    beads: list[Bead] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        match = _LINE.fullmatch(line)
        if not match:
            raise UserError(f"{path}, line {number} is no bead; write one such as [0]:[0, 1].")
        left, right = (tuple(int(n) for n in side.split(",") if n.strip()) for side in match.groups())
        beads.append((left, right))
    return beads


def score(pairs: Iterable[tuple[Sequence[Bead], Sequence[Bead]]]) -> Scores:
    """Scores of (found, gold) bead lists, counted over all documents together."""
    strict_right = lax_right = found_count = found_real = strict_recalled = lax_recalled = gold_count = 0
    null_right = null_found = null_gold = 0
    for found, gold in pairs:
        found_set, gold_set = set(found), set(gold)
        gold_real = [bead for bead in gold if bead[0] and bead[1]]
        found_beads = [bead for bead in found if bead[0] and bead[1]]
        # vecalign's scorer counts found null beads in precision, not in recall.
        strict_right += sum(bead in gold_set for bead in found)
        lax_right += sum(_overlaps(bead, gold_real) for bead in found_beads)
        lax_right += sum(bead in gold_set for bead in found if not (bead[0] and bead[1]))
        found_count += len(found)
        found_real += len(found_beads)
        strict_recalled += sum(bead in found_set for bead in gold_real)
        lax_recalled += sum(_overlaps(bead, found_beads) for bead in gold_real)
        gold_count += len(gold_real)
        null_right += sum(bead in gold_set for bead in found if not (bead[0] and bead[1]))
        null_found += len(found) - len(found_beads)
        null_gold += len(gold) - len(gold_real)

    def ratio(part: int, whole: int) -> float:
        return part / whole if whole else 0.0

    return Scores(
        strict=Score(ratio(strict_right, found_count), ratio(strict_recalled, gold_count)),
        lax=Score(ratio(lax_right, found_count), ratio(lax_recalled, gold_count)),
        null=Score(ratio(null_right, null_found), ratio(null_right, null_gold)),
        strict_with_null=Score(
            ratio(strict_right, found_count), ratio(strict_recalled + null_right, gold_count + null_gold)
        ),
    )


def _overlaps(bead: Bead, others: Sequence[Bead]) -> bool:
    left, right = set(bead[0]), set(bead[1])
    return any(left.intersection(other[0]) and right.intersection(other[1]) for other in others)
