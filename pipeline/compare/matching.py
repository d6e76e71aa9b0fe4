"""Comparing the claims of a group: what its sources agree on, what they contradict each other in.

A false alarm costs a reader more than a missed difference. So two values differ only where nothing
explains them otherwise: the same unit of the same thing at the same rate, in sources of about the
same date that speak of no different names, with exactly one value left over on each side once
everything that matches is matched.
"""

from __future__ import annotations

import datetime
import functools
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import combinations
from typing import Literal

from pipeline.compare import calendar
from pipeline.compare.around import START
from pipeline.compare.dates import INFERRED, WRONG_WEEKDAY
from pipeline.compare.lexicon import lexicon
from pipeline.compare.values import closeness, compatible, split_unit
from pipeline.compare.wording import listed, say
from pipeline.model import Claim, Comparison, Group, Segment

Kind = Literal["number", "date", "name", "quotation"]
LEADER = "leads"
POST = "in charge of "
REPORTED = "reported speech"
# What was true for one source may have changed for another that is dated so much later.
_DAYS_APART = 31
# Durations further apart than this factor are durations of different things.
_DURATION_RATIO = 3.0
# Two values as near as this are the same value said again.
_SAME = 0.97
# Names at least so alike may be one name, heard wrongly (Ratcliff and Obershelp's measure, 1988).
_MISHEARD = 0.6
_SHORTEST_NAME = 4
# A smaller number may stand elsewhere in a text by chance.
_DISTINCTIVE = 100
_PERSON = "person"
# Degrees of what, the number does not say: of two scales, of an angle, of a university.
_AMBIGUOUS = ("degree",)
_UNCOUNTED = ("s", "%", "times", "percentage point")


@dataclass(slots=True)
class _Node:
    """What one source says: one value, in as many claims as repeat it."""

    source: str
    claims: list[Claim]

    @property
    def claim(self) -> Claim:
        return self.claims[0]


_Cluster = list[_Node]


class _Evidence:
    """What is known beyond the group: dates of the sources, the names and values each of them has."""

    def __init__(
        self, segments: Mapping[str, Segment], claims: Mapping[str, Sequence[Claim]], dates: Mapping[str, str]
    ) -> None:
        self.segments = segments
        self.claims = claims
        self.days = {source: _day(date) for source, date in dates.items()}
        self.names: dict[str, set[str]] = defaultdict(set)
        self.values: dict[tuple[str, str], list[Claim]] = defaultdict(list)
        for id, found in claims.items():
            source = segments[id].source
            for claim in found:
                if claim.kind == "name":
                    self.names[source].add(claim.value)
                elif claim.kind == "number":
                    self.values[source, claim.unit].append(claim)

    def source(self, claim: Claim) -> str:
        return self.segments[claim.segment].source

    def same_time(self, a: str, b: str) -> bool:
        day_a, day_b = self.days.get(a), self.days.get(b)
        return day_a is None or day_b is None or abs((day_a - day_b).days) <= _DAYS_APART

    def names_of(self, claim: Claim) -> set[str]:
        return {other.value for other in self.claims.get(claim.segment, ()) if other.kind == "name"}

    def other_subjects(self, a: Claim, b: Claim) -> bool:
        """Whether the two sentences speak of different names, all of which both sources know."""
        source_a, source_b = self.source(a), self.source(b)
        names_a, names_b = self.names_of(a) & self.names[source_b], self.names_of(b) & self.names[source_a]
        return (
            bool(names_a and names_b) and names_a.isdisjoint(self.names_of(b)) and names_b.isdisjoint(self.names_of(a))
        )

    def says_elsewhere(self, source: str, claim: Claim) -> bool:
        """Whether a source has this very value too, so that it contradicts nobody."""
        if split_unit(claim.unit)[0] in _UNCOUNTED or _some(claim) < _DISTINCTIVE:
            return False
        return any(
            closeness((other.low, other.high), (claim.low, claim.high)) >= _SAME
            for other in self.values.get((source, claim.unit), ())
        )


def compare(
    groups: Sequence[Group],
    segments: Mapping[str, Segment],
    claims: Mapping[str, Sequence[Claim]],
    dates: Mapping[str, str] | None = None,
) -> list[Comparison]:
    """The comparisons of all groups, in their order: differences first, then agreements, then what one source has.

    `claims` maps a segment's id to what it claims, `dates` a source's id to its ISO date.
    """
    evidence = _Evidence(segments, claims, dates or {})
    result: list[Comparison] = []
    for group in groups:
        members = {
            source: [claim for id in ids for claim in claims.get(id, ())] for source, ids in group.members.items()
        }
        found = [
            *_numbers(group, members, evidence),
            *_dates(group, members, evidence),
            *_names(group, members, evidence),
            *_quotations(group, members),
        ]
        result += found
    result += list(_misnamed(result, evidence))
    place = {group.id: number for number, group in enumerate(groups)}
    order = {"differ": 0, "agree": 1, "only": 2}
    return sorted(result, key=lambda comparison: (place[comparison.group], order[comparison.verdict]))


# Numbers


def _numbers(group: Group, members: Mapping[str, Sequence[Claim]], evidence: _Evidence) -> Iterable[Comparison]:
    by_base: dict[str, list[_Node]] = defaultdict(list)
    for source, claims in members.items():
        for claim in claims:
            if claim.kind == "number" and claim.unit:
                base = split_unit(claim.unit)[0]
                _add(by_base[_PERSON if base in _people() else base], source, claim)

    def differ(a: Claim, b: Claim) -> bool:
        return _numbers_differ(a, b, evidence) and not (
            _counted_otherwise(a, members[evidence.source(b)]) or _counted_otherwise(b, members[evidence.source(a)])
        )

    for nodes in by_base.values():
        yield from _verdicts(group, "number", _clustered(nodes, _numbers_agree, _number_closeness), differ)


@functools.cache
def _people() -> frozenset[str]:
    """The concepts that are people: "2,400 people" may be "2,400 employees"."""
    return frozenset(lexicon("en").people)


def _counted_otherwise(claim: Claim, others: Iterable[Claim]) -> bool:
    """Whether the other source has the same number of something else, and may only name it differently."""
    base = split_unit(claim.unit)[0]
    return any(
        other.kind == "number"
        and other.low == claim.low
        and other.high == claim.high
        and split_unit(other.unit)[0] != base
        for other in others
    )


def _add(nodes: list[_Node], source: str, claim: Claim) -> None:
    for node in nodes:
        if node.source == source and (node.claim.value, node.claim.note) == (claim.value, claim.note):
            node.claims.append(claim)
            return
    nodes.append(_Node(source, [claim]))


def _range(claim: Claim) -> tuple[float | None, float | None, bool]:
    return claim.low, claim.high, claim.approximate


def _numbers_agree(a: Claim, b: Claim) -> bool:
    (base, rate_a), (base_b, rate_b) = split_unit(a.unit), split_unit(b.unit)
    if base != base_b and _PERSON not in (base, base_b):
        return False
    if rate_a and rate_b and rate_a != rate_b:
        return False
    if a.note and b.note and a.note != b.note and (a.low, a.high) != (b.low, b.high):
        return False
    return compatible(_range(a), _range(b), base)


def _number_closeness(a: Claim, b: Claim) -> float:
    return closeness((a.low, a.high), (b.low, b.high)) + (0.001 if a.unit == b.unit else 0.0)


def _comparable(a: Claim, b: Claim, evidence: _Evidence) -> bool:
    """Whether the two may be about one thing at one time at all."""
    return evidence.same_time(evidence.source(a), evidence.source(b)) and not evidence.other_subjects(a, b)


def _numbers_differ(a: Claim, b: Claim, evidence: _Evidence) -> bool:
    if not _comparable(a, b, evidence):
        return False
    if a.unit != b.unit or (a.note and b.note and a.note != b.note) or _numbers_agree(a, b):
        return False
    if a.note != b.note and START in (a.note, b.note):
        return False
    if _is_vague(a) or _is_vague(b) or split_unit(a.unit)[0] in _AMBIGUOUS:
        return False
    source_a, source_b = evidence.source(a), evidence.source(b)
    if evidence.says_elsewhere(source_b, a) or evidence.says_elsewhere(source_a, b):
        return False
    if split_unit(a.unit)[0] == "s":
        value_a, value_b = sorted((_some(a), _some(b)))
        return value_a > 0 and value_b / value_a <= _DURATION_RATIO
    return True


def _is_vague(claim: Claim) -> bool:
    """`Hundreds of` and 几十 contradict nothing."""
    return claim.low is not None and claim.high is not None and claim.high > 2 * claim.low


def _some(claim: Claim) -> float:
    return (claim.high if claim.low is None else claim.low) or 0.0


# Dates


def _dates(group: Group, members: Mapping[str, Sequence[Claim]], evidence: _Evidence) -> Iterable[Comparison]:
    nodes: dict[bool, list[_Node]] = {True: [], False: []}
    for source, claims in members.items():
        for claim in claims:
            if claim.kind == "date":
                _add(nodes[claim.value.startswith("T")], source, claim)
    for same in nodes.values():
        clusters = _clustered(same, _dates_agree, _date_closeness)
        yield from _verdicts(group, "date", clusters, lambda a, b: _dates_differ(a, b, evidence))


def _dates_differ(a: Claim, b: Claim, evidence: _Evidence) -> bool:
    return not (a.approximate or b.approximate) and not _dates_agree(a, b) and _comparable(a, b, evidence)


def _dates_agree(a: Claim, b: Claim) -> bool:
    """Where one year is only inferred, the days and months are compared."""
    return calendar.agree(a.value, b.value, years=INFERRED not in a.note and INFERRED not in b.note)


def _date_closeness(a: Claim, b: Claim) -> float:
    return 1.0 if a.value == b.value else 0.5


def _misnamed(found: Sequence[Comparison], evidence: _Evidence) -> Iterable[Comparison]:
    """Days that one source calls by a wrong name, beside the claims that agree on the day.

    The calendar needs no alignment, so the claim may stand anywhere in its source.
    """
    for claims in evidence.claims.values():
        for claim in claims:
            if claim.kind != "date" or WRONG_WEEKDAY not in claim.note:
                continue
            source, day = evidence.source(claim), claim.value.partition("T")[0]
            for one in found:
                others = [c for c in one.claims if c.kind == "date" and c.value == day and evidence.source(c) != source]
                if others:
                    reason = f"{claim.note.partition(';')[0]}, as {source} has it"
                    yield Comparison(one.group, "date", "differ", (*others, claim), reason)
                    break


# Names


def _names(group: Group, members: Mapping[str, Sequence[Claim]], evidence: _Evidence) -> Iterable[Comparison]:
    nodes: dict[str, list[_Node]] = defaultdict(list)
    leading: dict[str, list[Claim]] = defaultdict(list)
    in_charge: dict[str, list[_Node]] = defaultdict(list)
    for source, claims in members.items():
        for claim in claims:
            if claim.kind == "name" and claim.note.startswith(POST):
                _add(in_charge[claim.value], source, claim)
            elif claim.kind == "name":
                _add(nodes[claim.value], source, replace(claim, note=""))
                if claim.note == LEADER and claim.value not in [other.value for other in leading[source]]:
                    leading[source].append(claim)
    yield from _leaders(group, leading, evidence)
    for name, posts in in_charge.items():
        yield from _posts(group, name, posts, evidence)
    for name, same in nodes.items():
        sources = list(dict.fromkeys(node.source for node in same))
        claims_ = tuple(claim for node in same for claim in node.claims)
        if len(sources) > 1:
            yield Comparison(group.id, "name", "agree", claims_, f"{name} in {listed(sources)}")
        else:
            heard = _misheard(name, sources[0], members, evidence)
            note = f"perhaps {heard}, heard wrongly" if heard else ""
            reason = f"{name} only in {sources[0]}" + (f"; {note}" if note else "")
            yield Comparison(group.id, "name", "only", tuple(replace(one, note=note) for one in claims_), reason)


def _leaders(group: Group, leading: Mapping[str, list[Claim]], evidence: _Evidence) -> Iterable[Comparison]:
    """Two sources that each name one leader, and not the same."""
    single = {source: claims[0] for source, claims in leading.items() if len(claims) == 1}
    sides: dict[str, list[str]] = defaultdict(list)
    for source, claim in single.items():
        sides[claim.value].append(source)
    if len(sides) < 2 or any(_alike(a, b) >= _MISHEARD for a, b in combinations(sides, 2)):
        return
    if not all(evidence.same_time(a, b) for a, b in combinations(single, 2)):
        return
    reason = "led by " + " against ".join(f"{name} ({listed(sources)})" for name, sources in sides.items())
    yield Comparison(group.id, "name", "differ", tuple(single.values()), reason)


def _posts(group: Group, name: str, posts: Sequence[_Node], evidence: _Evidence) -> Iterable[Comparison]:
    """One person with one post in each of two sources, and not the same."""
    sides: dict[str, list[str]] = defaultdict(list)
    for node in posts:
        sides[node.claim.note].append(node.source)
    sources = [node.source for node in posts]
    if len(sides) < 2 or len(set(sources)) < len(sources):
        return
    if all(evidence.same_time(a, b) for a, b in combinations(sources, 2)):
        told = " against ".join(f"{post} ({listed(where)})" for post, where in sides.items())
        claims = tuple(claim for node in posts for claim in node.claims)
        yield Comparison(group.id, "name", "differ", claims, f"{name} {told}")


def _misheard(name: str, source: str, members: Mapping[str, Sequence[Claim]], evidence: _Evidence) -> str:
    """A name of another source that this one never has, and that sounds alike."""
    if any(name in names for other, names in evidence.names.items() if other != source):
        return ""
    others = {
        claim.value
        for other, claims in members.items()
        if other != source
        for claim in claims
        if claim.kind == "name" and claim.value not in evidence.names[source]
    }
    best = max(((_alike(name, other), other) for other in sorted(others)), default=(0.0, ""))
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


# Quotations


def _quotations(group: Group, members: Mapping[str, Sequence[Claim]]) -> Iterable[Comparison]:
    found = {source: [claim for claim in claims if claim.kind == "quotation"] for source, claims in members.items()}
    quoting = [source for source, claims in found.items() if claims]
    claims_ = tuple(claim for claims in found.values() for claim in claims)
    speakers = sorted({claim.value for claim in claims_ if claim.value})
    if not claims_ or len(speakers) > 1:
        return
    who = speakers[0] if speakers else "someone"
    direct = [source for source in quoting if any(claim.note != REPORTED for claim in found[source])]
    reporting = [source for source in quoting if source not in direct]
    parts = [f"quoted in {listed(direct)}"] * bool(direct) + [f"reported in {listed(reporting)}"] * bool(reporting)
    verdict: Literal["agree", "only"] = "agree" if len(quoting) > 1 else "only"
    yield Comparison(group.id, "quotation", verdict, claims_, f"{who} {' and '.join(parts)}")


# Clusters and verdicts


def _clustered(
    nodes: Sequence[_Node], agree: Callable[[Claim, Claim], bool], near: Callable[[Claim, Claim], float]
) -> list[_Cluster]:
    """Nodes of different sources that agree, put together best first; each source once in a cluster."""
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


def _verdicts(
    group: Group, kind: Kind, clusters: Sequence[_Cluster], differ: Callable[[Claim, Claim], bool]
) -> Iterable[Comparison]:
    """Differences between two sources that have one cluster each without the other, then what is left."""
    without: dict[tuple[str, str], list[tuple[int, _Node]]] = defaultdict(list)
    every = sorted({node.source for cluster in clusters for node in cluster})
    for i, cluster in enumerate(clusters):
        own = {node.source for node in cluster}
        for node in cluster:
            for other in every:
                if other not in own:
                    without[node.source, other].append((i, node))
    # Clusters that contradict one another make one comparison; each with the nodes that do.
    sides: dict[int, list[_Node]] = defaultdict(list)
    parts = list(range(len(clusters)))
    for a, b in combinations(every, 2):
        for base in dict.fromkeys(_base(node) for _, node in without[a, b]):
            one, two = ([left for left in without[pair] if _base(left[1]) == base] for pair in ((a, b), (b, a)))
            if len(one) == len(two) == 1 and differ(one[0][1].claim, two[0][1].claim):
                for i, node in (*one, *two):
                    if node not in sides[i]:
                        sides[i].append(node)
                first, second = sorted((parts[one[0][0]], parts[two[0][0]]))
                parts = [first if part == second else part for part in parts]
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


def _base(node: _Node) -> str:
    return split_unit(node.claim.unit)[0]


def _told(nodes: Sequence[_Node]) -> str:
    """What nodes that agree say, each with its sources: "1.8 GW (a), about 2 GW (b)"."""
    sources: dict[str, list[str]] = defaultdict(list)
    for node in nodes:
        sources[say(node.claim)].append(node.source)
    return ", ".join(f"{said} ({listed(where)})" for said, where in sources.items())


def _day(date: str) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(date[:10])
    except ValueError:
        return None
