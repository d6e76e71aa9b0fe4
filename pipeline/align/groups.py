"""n-way groups from pairwise links, without chains.

Joining everything that is linked chains facts together as soon as one sentence tells two of them
(connected components). Here a group grows only where what comes in is linked to most of what is
in it (average linkage), and a source has at most one short run of adjacent segments in a group.
A sentence that tells two facts may sit in two groups.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.model import Group, Link

# A group and what comes in must be linked this well on average over their pairs of sources.
_SUPPORT = 0.4
# A source's run in a group is at most this long.
_LONGEST = 4

_Place = tuple[str, int]  # source id, position in the source


@dataclass
class _Growing:
    """A group in the making: for each source the positions of its run, and the scores that made it."""

    runs: dict[str, set[int]]
    scores: list[float]


def group(links: Sequence[Link], order: Mapping[str, _Place], minimum: float) -> list[Group]:
    """Groups from links, numbered in the order of the sources' segments.

    links: also those under `minimum`, which make no group but speak for one; order: for each
    segment id its source and position (the cells of a table row share one).
    """
    strength: dict[tuple[_Place, _Place], float] = {}
    for link in links:
        for a in link.a:
            for b in link.b:
                for pair in ((order[a], order[b]), (order[b], order[a])):
                    strength[pair] = max(strength.get(pair, 0.0), link.score)

    growing: list[_Growing] = []
    holders: dict[_Place, list[int]] = {}

    def support(left: Mapping[str, set[int]], right: Mapping[str, set[int]]) -> float:
        """Mean over pairs of different sources of the best link between their runs."""
        best = [
            max(strength.get(((s, i), (t, j)), 0.0) for i in sorted(left[s]) for j in sorted(right[t]))
            for s in sorted(left)
            for t in sorted(right)
            if s != t
        ]
        return sum(best) / len(best) if best else 0.0

    def joins(incoming: Mapping[str, set[int]], present: Mapping[str, set[int]]) -> bool:
        return _compatible(incoming, present) and support(_news(incoming, present), present) >= _SUPPORT

    def add(index: int, runs: Mapping[str, set[int]], score: float) -> None:
        target = growing[index]
        target.scores.append(score)
        for source, positions in runs.items():
            target.runs.setdefault(source, set()).update(positions)
            for position in sorted(positions):
                held = holders.setdefault((source, position), [])
                if index not in held:
                    held.append(index)

    for link in sorted(links, key=lambda link: (-link.score, order[link.a[0]], order[link.b[0]])):
        if link.score < minimum:
            break
        runs = _runs(link, order)
        places = [(source, position) for source, positions in runs.items() for position in positions]
        near = sorted({g for place in places for g in holders.get(place, [])})
        if any(_holds(growing[g].runs, runs) for g in near):
            continue
        ranked = sorted(near, key=lambda g: (-support(runs, growing[g].runs), g))
        home = next((g for g in ranked if joins(runs, growing[g].runs)), None)
        if home is None:
            growing.append(_Growing({}, []))
            add(len(growing) - 1, runs, link.score)
            continue
        add(home, runs, link.score)
        for other in ranked:
            if other == home or not growing[other].runs:
                continue
            if joins(growing[other].runs, growing[home].runs):
                gone = growing[other]
                for source, positions in gone.runs.items():
                    for position in sorted(positions):
                        holders[source, position] = [g for g in holders[source, position] if g != other]
                growing[other] = _Growing({}, [])
                for score in gone.scores[:-1]:
                    growing[home].scores.append(score)
                add(home, gone.runs, gone.scores[-1])

    ids: dict[_Place, list[str]] = {}
    for identifier, place in order.items():
        ids.setdefault(place, []).append(identifier)
    rank = {source: index for index, source in enumerate(dict.fromkeys(source for source, _ in order.values()))}
    kept = [g for g in growing if len(g.runs) > 1]
    kept = [g for g in kept if not any(g.runs != other.runs and _holds(other.runs, g.runs) for other in kept)]
    kept.sort(key=lambda g: min((rank[source], min(positions)) for source, positions in g.runs.items()))
    return [
        Group(
            id=f"g{number}",
            members={
                source: tuple(identifier for position in sorted(g.runs[source]) for identifier in ids[source, position])
                for source in sorted(g.runs, key=rank.__getitem__)
            },
            score=round(sum(g.scores) / len(g.scores), 4),
        )
        for number, g in enumerate(kept, start=1)
    ]


def _runs(link: Link, order: Mapping[str, _Place]) -> dict[str, set[int]]:
    runs: dict[str, set[int]] = {}
    for identifier in (*link.a, *link.b):
        source, position = order[identifier]
        runs.setdefault(source, set()).add(position)
    return runs


def _news(incoming: Mapping[str, set[int]], present: Mapping[str, set[int]]) -> dict[str, set[int]]:
    """What of `incoming` the group has not: new sources and new positions (all of it, if nothing is new)."""
    news = {s: p - present.get(s, set()) for s, p in incoming.items() if p - present.get(s, set())}
    return news or dict(incoming)


def _compatible(left: Mapping[str, set[int]], right: Mapping[str, set[int]]) -> bool:
    """Whether every source would still have one short run of adjacent segments."""
    return all(_is_run(left[source] | right[source]) for source in left if source in right)


def _is_run(positions: set[int]) -> bool:
    return max(positions) - min(positions) + 1 == len(positions) <= _LONGEST


def _holds(large: Mapping[str, set[int]], small: Mapping[str, set[int]]) -> bool:
    return all(positions <= large.get(source, set()) for source, positions in small.items())
