"""Alignment: which segments of different sources say the same thing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations

from pipeline.align.groups import group
from pipeline.align.side import Side, from_document
from pipeline.model import Link

__all__ = ["SUPPORTING", "Side", "align", "from_document", "group", "pairs"]

# Links down to this probability are kept as evidence for groups, never shown on their own.
SUPPORTING = 0.2


def align(a: Side, b: Side) -> list[Link]:
    """The links between two sources, those too weak to show (under the user's minimum) included."""
    from pipeline.align import comparable

    return comparable.links(a, b, SUPPORTING)


def pairs(sides: Mapping[str, Side], on_pair: Callable[[str, str], None] | None = None) -> list[Link]:
    """The links between every two sources, in the order of the sources."""
    found: list[Link] = []
    names: Sequence[str] = list(sides)
    for a, b in combinations(names, 2):
        found.extend(align(sides[a], sides[b]))
        if on_pair:
            on_pair(a, b)
    return found
