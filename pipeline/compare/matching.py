"""Comparing the claims of a group: what its sources agree on, what they contradict each other in.

A false alarm costs a reader more than a missed difference. So two values differ only where nothing
explains them otherwise: the same unit of the same thing at the same rate, in sources of about the
same date that speak of no different names, with exactly one value left over on each side once
everything that matches is matched.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from pipeline.compare import calendar
from pipeline.compare.around import START
from pipeline.compare.clusters import Node, add, clustered, verdicts
from pipeline.compare.dates import INFERRED, WRONG_WEEKDAY
from pipeline.compare.evidence import Evidence, some
from pipeline.compare.lexicon import date_words, lexicon
from pipeline.compare.people import names
from pipeline.compare.quotations import REPORTED
from pipeline.compare.values import closeness, compatible, split_unit
from pipeline.compare.wording import listed
from pipeline.model import Claim, Comparison, Group, Segment

# Durations, shares and people are counted of everything; further apart than this they are of different things.
_RATIOS = {"s": 1.6, "%": 3.0, "times": 3.0, "percentage point": 3.0, "person": 3.0}
# Of these, two are said of one thing only where all else that the sentences say agrees.
_ANYTHING = ("s", "%", "times", "percentage point")
# Of times of day, one may be rounded.
_MINUTES = 30
# A range this wide is vague: `hundreds of`, 几十.
_VAGUE_RATIO = 2.0
_PERSON = "person"
# Degrees of what, the number does not say: of two scales, of an angle, of a university.
_AMBIGUOUS = ("degree",)
_VERDICTS = ("differ", "agree", "only")


def compare(
    groups: Sequence[Group],
    segments: Mapping[str, Segment],
    claims: Mapping[str, Sequence[Claim]],
    dates: Mapping[str, str] | None = None,
) -> list[Comparison]:
    """The comparisons of all groups, in their order: differences first, then agreements, then what one source has.

    `claims` maps a segment's id to what it claims, `dates` a source's id to its ISO date.
    """
    evidence = Evidence(segments, claims, dates or {})
    found: list[Comparison] = []
    for group in groups:
        members = {
            source: [claim for id in ids for claim in claims.get(id, ())] for source, ids in group.members.items()
        }
        found += _numbers(group, members, evidence)
        found += _dates(group, members, evidence)
        found += names(group, members, evidence)
        found += _quotations(group, members)
    found += list(_misnamed(found, evidence))
    place = {group.id: number for number, group in enumerate(groups)}
    return sorted(found, key=lambda one: (place[one.group], _VERDICTS.index(one.verdict)))


# Numbers


def _numbers(group: Group, members: Mapping[str, Sequence[Claim]], evidence: Evidence) -> Iterable[Comparison]:
    by_base: dict[str, list[Node]] = defaultdict(list)
    for source, claims in members.items():
        for claim in claims:
            if claim.kind == "number" and claim.unit:
                base = _base(claim)
                add(by_base[_PERSON if base in _people() else base], source, claim)

    def differ(a: Claim, b: Claim) -> bool:
        if not _numbers_differ(a, b, evidence):
            return False
        beside_a, beside_b = members[evidence.source(a)], members[evidence.source(b)]
        if _counted_otherwise(a, beside_b) or _counted_otherwise(b, beside_a):
            return False
        sure = split_unit(a.unit)[0] not in _ANYTHING or bool(a.note and a.note == b.note)
        return sure or (_rest_agrees(a, beside_a, beside_b) and _rest_agrees(b, beside_b, beside_a))

    for nodes in by_base.values():
        clusters = clustered(nodes, _numbers_agree, _number_closeness)
        yield from verdicts(group, "number", clusters, differ, lambda a, b: _tied(a, b, evidence))


@functools.cache
def _people() -> frozenset[str]:
    """The concepts that are people: "2,400 people" may be "2,400 employees"."""
    return frozenset(lexicon("en").people)


def _numbers_agree(a: Claim, b: Claim) -> bool:
    (base, rate_a), (base_b, rate_b) = split_unit(a.unit), split_unit(b.unit)
    if base != base_b and _PERSON not in (base, base_b):
        return False
    if rate_a and rate_b and rate_a != rate_b:
        return False
    if _aspects_differ(a, b) and (a.low, a.high) != (b.low, b.high):
        return False
    return compatible((a.low, a.high, a.approximate), (b.low, b.high, b.approximate), base)


def _number_closeness(a: Claim, b: Claim) -> float:
    return closeness((a.low, a.high), (b.low, b.high)) + (0.001 if a.unit == b.unit else 0.0)


def _numbers_differ(a: Claim, b: Claim, evidence: Evidence) -> bool:
    if a.unit != b.unit or _aspects_differ(a, b) or _numbers_agree(a, b) or not evidence.comparable(a, b):
        return False
    base = split_unit(a.unit)[0]
    if base == "s" and a.note != b.note:
        return False
    if (a.note == START) != (b.note == START) or _is_vague(a) or _is_vague(b) or base in _AMBIGUOUS:
        return False
    if evidence.says_elsewhere(evidence.source(b), a) or evidence.says_elsewhere(evidence.source(a), b):
        return False
    if evidence.lists(a) or evidence.lists(b):
        return False
    less, more = sorted((some(a), some(b)))
    return base not in _RATIOS or (less > 0 and more / less <= _RATIOS[base])


def _aspects_differ(a: Claim, b: Claim) -> bool:
    """Whether one is an amount of revenue, say, and the other of an investment."""
    return bool(a.note and b.note) and a.note != b.note


def _is_vague(claim: Claim) -> bool:
    return claim.low is not None and claim.high is not None and claim.high > _VAGUE_RATIO * claim.low


def _counted_otherwise(claim: Claim, others: Iterable[Claim]) -> bool:
    """Whether the other source has the same number of something else, and may only name it differently."""
    base = split_unit(claim.unit)[0]
    return any(
        other.kind == "number"
        and (other.low, other.high) == (claim.low, claim.high)
        and split_unit(other.unit)[0] != base
        for other in others
    )


def _rest_agrees(claim: Claim, beside: Sequence[Claim], others: Sequence[Claim]) -> bool:
    """Whether all other numbers of the sentence stand in the other source too, so that the two are surely
    told of the same thing."""
    rest = [one for one in beside if one.segment == claim.segment and one.kind == "number" and one.value != claim.value]
    numbers = [one for one in others if one.kind == "number"]
    return all(any(_base(one) == _base(other) and _numbers_agree(one, other) for other in numbers) for one in rest)


def _tied(a: Claim, b: Claim, evidence: Evidence) -> bool:
    """Whether what stands beside the two is the same: the dates of one thousand platforms are of one thing."""
    return any(_same(x, y) for x in evidence.beside(a) for y in evidence.beside(b))


def _same(a: Claim, b: Claim) -> bool:
    if a.kind == b.kind == "number":
        return bool(a.unit) and _base(a) == _base(b) and _base(a) not in _ANYTHING and _numbers_agree(a, b)
    return a.kind == b.kind and a.kind != "quotation" and a.value == b.value


def _base(claim: Claim) -> str:
    return split_unit(claim.unit)[0]


# Dates


def _dates(group: Group, members: Mapping[str, Sequence[Claim]], evidence: Evidence) -> Iterable[Comparison]:
    days: list[Node] = []
    clocks: list[Node] = []
    for source, claims in members.items():
        for claim in claims:
            if claim.kind == "date":
                add(clocks if claim.value.startswith("T") else days, source, claim)

    def differ(a: Claim, b: Claim) -> bool:
        if a.approximate or b.approximate or _dates_agree(a, b) or not evidence.comparable(a, b):
            return False
        if _other_amounts(members[evidence.source(a)], members[evidence.source(b)]):
            return False
        role_a, role_b = _date_role(a), _date_role(b)
        # A start is only compared with a start: "since January" is not when it happened.
        return role_a == role_b or ("since" not in (role_a, role_b) and "" in (role_a, role_b))

    for nodes in (days, clocks):
        clusters = clustered(nodes, _dates_agree, _date_closeness)
        yield from verdicts(group, "date", clusters, differ, lambda a, b: _tied(a, b, evidence))


def _other_amounts(one: Sequence[Claim], two: Sequence[Claim]) -> bool:
    """Whether both count the same thing and no numbers agree: ten platforms in 2036 are not the
    thousand of 2040."""
    numbers = [[claim for claim in claims if claim.kind == "number" and claim.unit] for claims in (one, two)]
    shared = {_base(claim) for claim in numbers[0]} & {_base(claim) for claim in numbers[1]} - {*_ANYTHING}
    pairs = [(a, b) for a in numbers[0] for b in numbers[1] if _base(a) == _base(b) and _base(a) in shared]
    return bool(pairs) and not any(_numbers_agree(a, b) for a, b in pairs)


def _date_role(claim: Claim) -> str:
    """Whether a date is said to be a start ("since"), an end ("by") or the day itself ("on"); "" where nothing is."""
    lower = claim.text.lower()
    word = max((word for word in date_words() if lower.startswith(word)), key=len, default="")
    spaced = word.isascii() and lower[len(word) :].lstrip() == lower[len(word) :]
    return "" if spaced else date_words().get(word, "")


def _dates_agree(a: Claim, b: Claim) -> bool:
    """Where one year is only inferred, the days and months are compared."""
    if a.value.startswith("T") and b.value.startswith("T"):
        return abs(calendar.minutes(a.value) - calendar.minutes(b.value)) <= _MINUTES
    return calendar.agree(a.value, b.value, years=INFERRED not in a.note and INFERRED not in b.note)


def _date_closeness(a: Claim, b: Claim) -> float:
    return 1.0 if a.value == b.value else 0.5


def _misnamed(found: Sequence[Comparison], evidence: Evidence) -> Iterable[Comparison]:
    """Days that one source calls by a wrong name, beside the claims that agree on the day.

    The calendar needs no alignment, so the claim may stand anywhere in its source.
    """
    by_day: dict[str, list[tuple[str, Claim]]] = defaultdict(list)
    for comparison in found:
        for claim in comparison.claims:
            if claim.kind == "date":
                by_day[claim.value].append((comparison.group, claim))
    for claims in evidence.claims.values():
        for claim in claims:
            if claim.kind != "date" or WRONG_WEEKDAY not in claim.note:
                continue
            source = evidence.source(claim)
            others = [(group, one) for group, one in by_day[claim.value[:10]] if evidence.source(one) != source]
            if others:
                group = others[0][0]
                beside = tuple(dict.fromkeys(one for where, one in others if where == group))
                reason = f"{claim.note.partition(';')[0]}, as {source} has it"
                yield Comparison(group, "date", "differ", (*beside, claim), reason)


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
