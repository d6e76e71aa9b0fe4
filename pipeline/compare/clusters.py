"""Putting the claims of a group's sources together: which agree, and which two are left against each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from pipeline.compare.values import split_unit
from pipeline.compare.wording import listed, say
from pipeline.model import Claim, Comparison, Group

Kind = Literal["number", "date", "name", "quotation"]
# A group in which one kind of value stands more often than this is a list; its values are not compared.
_MOST = 60
_MOST_PAIRS = 16


@dataclass(slots=True)
class Node:
    """What one source says: one value, in as many claims as repeat it."""

    source: str
    claims: list[Claim]

    @property
    def claim(self) -> Claim:
        return self.claims[0]

    @property
    def base(self) -> str:
        return split_unit(self.claim.unit)[0]


Cluster = list[Node]
Relation = Callable[[Claim, Claim], bool]


def add(nodes: list[Node], source: str, claim: Claim) -> None:
    """Put a claim with its source's others of the same value."""
    for node in nodes:
        if node.source == source and (node.claim.value, node.claim.note) == (claim.value, claim.note):
            node.claims.append(claim)
            return
    if len(nodes) <= _MOST:
        nodes.append(Node(source, [claim]))


def clustered(nodes: Sequence[Node], agree: Relation, near: Callable[[Claim, Claim], float]) -> list[Cluster]:
    """Nodes of different sources that agree, put together best first; each source once in a cluster."""
    if len(nodes) > _MOST:
        return []
    pairs = [
        (-near(nodes[i].claim, nodes[j].claim), i, j)
        for i, j in combinations(range(len(nodes)), 2)
        if nodes[i].source != nodes[j].source and agree(nodes[i].claim, nodes[j].claim)
    ]
    cluster_of = list(range(len(nodes)))
    holding: dict[int, list[int]] = {i: [i] for i in range(len(nodes))}
    for _, i, j in sorted(pairs):
        a, b = cluster_of[i], cluster_of[j]
        if a == b or {nodes[k].source for k in holding[a]} & {nodes[k].source for k in holding[b]}:
            continue
        # One value that two others are near to does not make these agree: "about 35" between 30 and 40.
        if not all(agree(nodes[k].claim, nodes[m].claim) for k in holding[a] for m in holding[b]):
            continue
        for k in holding.pop(b):
            holding[a].append(k)
            cluster_of[k] = a
    return [[nodes[k] for k in sorted(members)] for members in holding.values()]


def verdicts(
    group: Group, kind: Kind, clusters: Sequence[Cluster], differ: Relation, tied: Relation
) -> Iterable[Comparison]:
    """What clusters of one kind come to.

    Two sources differ where each has exactly one cluster of a unit without the other, or exactly one
    that is `tied` to the other's, and `differ` has nothing against it. Clusters of two sources agree,
    and what is left one source alone has.
    """
    sides, parts = _against(clusters, differ, tied)
    for part in dict.fromkeys(parts[i] for i in sorted(sides)):
        contradicting = [sides[i] for i in sorted(sides) if parts[i] == part]
        claims = tuple(claim for nodes in contradicting for node in nodes for claim in node.claims)
        yield Comparison(group.id, kind, "differ", claims, " against ".join(map(_told, contradicting)))
    for i, cluster in enumerate(clusters):
        claims = tuple(claim for node in cluster for claim in node.claims)
        if len(cluster) > 1:
            yield Comparison(group.id, kind, "agree", claims, _told(cluster))
        elif i not in sides:
            yield Comparison(group.id, kind, "only", claims, f"{say(cluster[0].claim)} only in {cluster[0].source}")


def _against(clusters: Sequence[Cluster], differ: Relation, tied: Relation) -> tuple[dict[int, list[Node]], list[int]]:
    """The clusters that contradict others, with the nodes that do, and for each cluster the first of
    those that it is tied to by contradictions."""
    without: dict[tuple[str, str], list[tuple[int, Node]]] = defaultdict(list)
    every = sorted({node.source for cluster in clusters for node in cluster})
    for i, cluster in enumerate(clusters):
        own = {node.source for node in cluster}
        for node in cluster:
            for other in every:
                if other not in own:
                    without[node.source, other].append((i, node))
    sides: dict[int, list[Node]] = defaultdict(list)
    parts = list(range(len(clusters)))
    for a, b in combinations(every, 2):
        for base in dict.fromkeys(node.base for _, node in without[a, b]):
            left = [[one for one in without[pair] if one[1].base == base] for pair in ((a, b), (b, a))]
            pairs = [(one, two) for one in left[0] for two in left[1]]
            if 1 < len(pairs) <= _MOST_PAIRS:
                pairs = [(one, two) for one, two in pairs if tied(one[1].claim, two[1].claim)]
            if len(pairs) != 1 or not differ(pairs[0][0][1].claim, pairs[0][1][1].claim):
                continue
            for i, node in pairs[0]:
                if node not in sides[i]:
                    sides[i].append(node)
            first, second = sorted((parts[pairs[0][0][0]], parts[pairs[0][1][0]]))
            parts = [first if part == second else part for part in parts]
    return sides, parts


def _told(nodes: Sequence[Node]) -> str:
    """What nodes that agree say, each with its sources: "1.8 GW (a), about 2 GW (b)"."""
    return told((say(node.claim), node.source) for node in nodes)


def told(said: Iterable[tuple[str, str]], between: str = ", ") -> str:
    """What is said, and by which sources: "Ada Byron (a, b) against Ida Bergen (c)"."""
    sources: dict[str, list[str]] = defaultdict(list)
    for value, source in said:
        sources[value].append(source)
    return between.join(f"{value} ({listed(where)})" for value, where in sources.items())
