"""Comparing names: who is in several sources, who leads, and who may have been heard wrongly."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from itertools import combinations

from pipeline.compare.clusters import Node, add, told
from pipeline.compare.evidence import Evidence
from pipeline.compare.leaders import LEADER, POST
from pipeline.compare.wording import listed
from pipeline.model import Claim, Comparison, Group

# Names at least so alike may be one name, heard wrongly (the measure of Ratcliff and Metzener 1988).
_MISHEARD = 0.6
_SHORTEST_NAME = 4
_MOST_NAMES = 60


def names(group: Group, members: Mapping[str, Sequence[Claim]], evidence: Evidence) -> Iterable[Comparison]:
    """What the sources of a group say about people, companies and products."""
    named: dict[str, list[Node]] = defaultdict(list)
    leading: dict[str, dict[str, Claim]] = defaultdict(dict)
    in_charge: dict[str, list[Node]] = defaultdict(list)
    for source, claims in members.items():
        for claim in claims:
            if claim.kind != "name":
                continue
            if claim.note.startswith(POST):
                add(in_charge[claim.value], source, claim)
                continue
            if claim.note == LEADER:
                leading[source].setdefault(claim.value, claim)
            add(named[claim.value], source, replace(claim, note=""))
    yield from _leaders(group, leading, evidence)
    for name, posts in in_charge.items():
        yield from _posts(group, name, posts, evidence)
    for name, nodes in named.items():
        sources = [node.source for node in nodes]
        claims_ = tuple(claim for node in nodes for claim in node.claims)
        if len(sources) > 1:
            yield Comparison(group.id, "name", "agree", claims_, f"{name} in {listed(sources)}")
            continue
        heard = _misheard(name, sources[0], named, evidence)
        note = f"perhaps {heard}, heard wrongly" if heard else ""
        reason = f"{name} only in {sources[0]}" + (f"; {note}" if note else "")
        yield Comparison(group.id, "name", "only", tuple(replace(one, note=note) for one in claims_), reason)


def _leaders(group: Group, leading: Mapping[str, Mapping[str, Claim]], evidence: Evidence) -> Iterable[Comparison]:
    """Sources that each name one leader, and not the same."""
    single = {source: next(iter(claims.values())) for source, claims in leading.items() if len(claims) == 1}
    leaders = sorted({claim.value for claim in single.values()})
    if len(leaders) < 2 or any(_alike(a, b) >= _MISHEARD for a, b in combinations(leaders, 2)):
        return
    if all(evidence.same_time(a, b) for a, b in combinations(single, 2)):
        reason = "led by " + told(((claim.value, source) for source, claim in single.items()), " against ")
        yield Comparison(group.id, "name", "differ", tuple(single.values()), reason)


def _posts(group: Group, name: str, posts: Sequence[Node], evidence: Evidence) -> Iterable[Comparison]:
    """One person with one post in each of several sources, and not the same."""
    sources = [node.source for node in posts]
    if len({node.claim.note for node in posts}) < 2 or len(set(sources)) < len(sources):
        return
    if all(evidence.same_time(a, b) for a, b in combinations(sources, 2)):
        reason = f"{name} " + told(((node.claim.note, node.source) for node in posts), " against ")
        yield Comparison(group.id, "name", "differ", tuple(claim for node in posts for claim in node.claims), reason)


def _misheard(name: str, source: str, named: Mapping[str, Sequence[Node]], evidence: Evidence) -> str:
    """A name that another source of the group has and this one never, and that sounds alike."""
    if len(named) > _MOST_NAMES or any(name in known for other, known in evidence.names.items() if other != source):
        return ""
    others = [
        other
        for other, nodes in named.items()
        if other not in evidence.names[source] and any(node.source != source for node in nodes)
    ]
    best = max(((_alike(name, other), other) for other in others), default=(0.0, ""))
    return best[1] if best[0] >= _MISHEARD else ""


def _alike(a: str, b: str) -> float:
    """How alike the likest words of two names are, between 0 and 1."""
    return max(
        (
            SequenceMatcher(None, x, y, autojunk=False).ratio()
            for x in a.lower().split()
            for y in b.lower().split()
            if min(len(x), len(y)) >= _SHORTEST_NAME
        ),
        default=0.0,
    )
