"""Alignment: which segments of different sources say the same thing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import combinations

from pipeline.align.groups import group
from pipeline.align.side import Side, from_document
from pipeline.embed import Encoder
from pipeline.model import Link

__all__ = ["SUPPORTING", "Side", "align", "from_document", "group"]

# Links down to this probability are kept as evidence for groups, never shown on their own.
SUPPORTING = 0.2


def align(sides: Mapping[str, Side], load: Callable[[], Encoder], minimum: float) -> list[Link]:
    """The links between every two sources, in the order of the sources.

    Two sources that are translations of each other are aligned as such, in order; all others as
    comparable texts. `load` gives the encoder, which only translations need once more. Links under the
    user's minimum are included down to `SUPPORTING`: `group` weighs them, the caller drops them.
    """
    from pipeline.align import comparable, detect, parallel

    links = comparable.links(sides, minimum, SUPPORTING)
    for x, y in combinations(sides, 2):
        if detect.is_parallel(sides[x].vectors, sides[y].vectors):
            beads = parallel.links(sides[x], sides[y], load())
            links[x, y] = [link for link in beads if link.score >= SUPPORTING]
    return [link for own in links.values() for link in own]
