"""Alignment: which segments of different sources say the same thing."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.align.groups import group
from pipeline.align.side import Side, from_document
from pipeline.model import Link

__all__ = ["SUPPORTING", "Side", "align", "from_document", "group"]

# Links down to this probability are kept as evidence for groups, never shown on their own.
SUPPORTING = 0.2


def align(sides: Mapping[str, Side]) -> list[Link]:
    """The links between every two sources, in the order of the sources.

    Links under the user's minimum are included: `group` weighs them, the caller drops them.
    """
    from pipeline.align import comparable

    return comparable.links(sides, SUPPORTING)
