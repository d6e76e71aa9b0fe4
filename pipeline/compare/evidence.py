"""What is known beyond a group, and speaks against calling two claims contradictory."""

from __future__ import annotations

import datetime
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import islice

from pipeline.compare import calendar
from pipeline.compare.values import split_unit
from pipeline.model import Claim, Segment

# What was true for one source may have changed for another that is dated so much later.
_DAYS_APART = 31
# Two values as near as this are the same value said again; a small number may stand anywhere by chance.
_SAME = 0.03
_DISTINCTIVE = 100
_LISTED = 10
# A row with more claims than this is no row.
_MOST_BESIDE = 30
_UNCOUNTED = ("s", "%", "times", "percentage point")


class Evidence:
    """The dates of the sources, and the names and values that each of them has anywhere."""

    def __init__(
        self, segments: Mapping[str, Segment], claims: Mapping[str, Sequence[Claim]], dates: Mapping[str, str]
    ) -> None:
        self.claims = claims
        self.names: dict[str, set[str]] = defaultdict(set)
        self._segments = segments
        self._days: dict[str, datetime.date | None] = {source: calendar.day(date) for source, date in dates.items()}
        self._values: dict[tuple[str, str], list[float]] = defaultdict(list)
        self._names_in: dict[str, frozenset[str]] = {}
        self._rows: dict[tuple[str, str, int], list[str]] = defaultdict(list)
        for id, found in claims.items():
            source = segments[id].source
            self._rows[self._row(id)].append(id)
            self._names_in[id] = frozenset(claim.value for claim in found if claim.kind == "name")
            self.names[source] |= self._names_in[id]
            for claim in found:
                if claim.kind == "number":
                    self._values[source, claim.unit].append(some(claim))
        for values in self._values.values():
            values.sort()

    def source(self, claim: Claim) -> str:
        return self._segments[claim.segment].source

    def comparable(self, a: Claim, b: Claim) -> bool:
        """Whether the two may be about one thing at one time at all."""
        return self.same_time(self.source(a), self.source(b)) and not self._other_subjects(a, b)

    def same_time(self, a: str, b: str) -> bool:
        """Whether two sources are dated about the same day; nobody knows of one without a date."""
        day_a, day_b = self._days.get(a), self._days.get(b)
        return day_a is None or day_b is None or abs((day_a - day_b).days) <= _DAYS_APART

    def _other_subjects(self, a: Claim, b: Claim) -> bool:
        """Whether the two sentences speak of different names, all of which both sources know."""
        names_a, names_b = self._names_in[a.segment], self._names_in[b.segment]
        known_a, known_b = names_a & self.names[self.source(b)], names_b & self.names[self.source(a)]
        return bool(known_a and known_b) and known_a.isdisjoint(names_b) and known_b.isdisjoint(names_a)

    def beside(self, claim: Claim) -> list[Claim]:
        """The other claims of the sentence, or of the row of a table."""
        row = (other for id in self._rows[self._row(claim.segment)] for other in self.claims[id])
        return [other for other in islice(row, _MOST_BESIDE) if other != claim]

    def _row(self, id: str) -> tuple[str, str, int]:
        segment = self._segments[id]
        return (segment.source, "", segment.line) if segment.kind == "cell" else (segment.source, id, 0)

    def lists(self, claim: Claim) -> bool:
        """Whether the sentence has numbers without a unit too, which may be of the same kind: `a seat
        from 49 euros, a berth from 89`."""
        return any(
            other.kind == "number" and not other.unit and some(other) >= _LISTED
            for other in self.claims.get(claim.segment, ())
        )

    def says_elsewhere(self, source: str, claim: Claim) -> bool:
        """Whether a source has this very value too, so that it contradicts nobody."""
        value = some(claim)
        if split_unit(claim.unit)[0] in _UNCOUNTED or value < _DISTINCTIVE:
            return False
        values = self._values.get((source, claim.unit), [])
        at = bisect_left(values, value * (1 - _SAME))
        return at < len(values) and values[at] <= value * (1 + _SAME)


def some(claim: Claim) -> float:
    """A number that stands for a claim's range: its lower bound where it has one."""
    return (claim.high if claim.low is None else claim.low) or 0.0
