"""What a reader decided on which sentences say the same thing, and how that is kept for later runs.

A decision names sentences by their words, so that it outlives new numbers: `kuestenblatt#` and the
first 16 hexadecimal digits of SHA-256 of the sentence, with `.2` and so on for its repetitions in
one source. Decisions are applied one after another; a later one wins over an earlier.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from pipeline import workspace
from pipeline.errors import UserError
from pipeline.model import Group, Link, Segment


@dataclass(frozen=True, slots=True)
class Decision:
    """`together`: all these sentences are one group. `apart`: no sentence of one part is in a group
    with one of another part; of sentences in the same part it says nothing."""

    verdict: Literal["together", "apart"]
    parts: tuple[tuple[str, ...], ...]  # keys of sentences


def keys(segments: Iterable[Segment]) -> dict[str, str]:
    """The key of each segment, by its id."""
    seen: dict[str, int] = {}
    found = {}
    for segment in segments:
        words = " ".join(unicodedata.normalize("NFC", segment.plain).split())
        key = f"{segment.source}#{hashlib.sha256(words.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"
        seen[key] = seen.get(key, 0) + 1
        found[segment.id] = key if seen[key] == 1 else f"{key}.{seen[key]}"
    return found


def load(path: Path) -> tuple[Decision, ...]:
    """The decisions in a file, none where there is no file. Raises UserError for a damaged one."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except FileNotFoundError:
        return ()
    except (OSError, ValueError) as error:
        raise UserError(f"{path} cannot be read: {error}; mend it or remove it.") from None
    decisions = []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                decisions.append(_decision(json.loads(line)))
            except (ValueError, TypeError, KeyError, RecursionError):
                raise UserError(f"{path}, line {number}, is no decision; mend it or remove the line.") from None
    return tuple(decisions)


def _decision(record: Mapping[str, object]) -> Decision:
    verdict, parts = record["verdict"], record["parts"]
    if verdict not in ("together", "apart") or not isinstance(parts, list):
        raise ValueError
    if not all(isinstance(part, list) and all(isinstance(key, str) for key in part) for part in parts):
        raise ValueError
    return Decision(verdict, tuple(map(tuple, parts)))


def save(path: Path, decisions: Iterable[Decision]) -> None:
    """Write the decisions, one a line, as a whole or not at all."""
    lines = (json.dumps({"verdict": decision.verdict, "parts": decision.parts}) for decision in decisions)
    workspace.write(path, "".join(f"{line}\n" for line in lines).encode())


def added(decisions: Iterable[Decision], new: Iterable[Decision]) -> tuple[Decision, ...]:
    """All decisions in order, the last of equal ones only."""
    return tuple(reversed(dict.fromkeys(reversed((*decisions, *new)))))


def lapsed(decisions: Iterable[Decision], segments: Iterable[Segment]) -> tuple[Decision, ...]:
    """The decisions that say nothing any more, as their sentences are gone from the sources."""
    known = {key: id for id, key in keys(segments).items()}
    return tuple(decision for decision in decisions if not _said(decision, known))


def apply(decisions: Iterable[Decision], segments: Sequence[Segment], groups: Iterable[Group]) -> tuple[Group, ...]:
    """The groups as the decisions want them.

    `together` adds its sentences to the group that most of them are in, and drops groups that this
    one then holds. `apart` leaves the part that most of a group's sentences are in, with all that no
    part names, and moves the others out. A group keeps its id, label and score; a new one has the
    score of the group it came from, or 1. Groups left with one source go, as everywhere.
    """
    known = {key: id for id, key in keys(segments).items()}
    state = _Groups(groups)
    for decision in decisions:
        if parts := _said(decision, known):
            if decision.verdict == "together":
                state.together(parts[0])
            else:
                state.apart(parts)
    return state.made(segments)


def apply_to_links(
    decisions: Iterable[Decision], segments: Sequence[Segment], links: Iterable[Link]
) -> tuple[Link, ...]:
    """The links as the decisions want them: none between parts that are apart, one with score 1
    between each two sources whose sentences are together and that had none."""
    known = {key: id for id, key in keys(segments).items()}
    source = {segment.id: segment.source for segment in segments}
    place = {segment.id: number for number, segment in enumerate(segments)}
    kept = dict(enumerate(links))
    fresh = itertools.count(len(kept))
    of: dict[str, set[int]] = {}

    def note(number: int) -> None:
        for id in (*kept[number].a, *kept[number].b):
            of.setdefault(id, set()).add(number)

    for number in kept:
        note(number)
    for decision in decisions:
        parts = _said(decision, known)
        part_of = {id: number for number, part in enumerate(parts) for id in part}
        near = sorted({number for id in part_of for number in of.get(id, ()) if number in kept})
        if decision.verdict == "apart":
            for number in near:
                a, b = ({part_of[id] for id in side if id in part_of} for side in (kept[number].a, kept[number].b))
                if any(x != y for x in a for y in b):
                    del kept[number]
            continue
        runs: dict[str, list[str]] = {}
        for id in sorted(part_of, key=place.__getitem__):
            runs.setdefault(source[id], []).append(id)
        linked = {
            frozenset((source[link.a[0]], source[link.b[0]]))
            for link in map(kept.__getitem__, near)
            if not part_of.keys().isdisjoint(link.a) and not part_of.keys().isdisjoint(link.b)
        }
        for one, other in itertools.combinations(runs, 2):
            if frozenset((one, other)) not in linked:
                number = next(fresh)
                kept[number] = Link(tuple(runs[one]), tuple(runs[other]), 1.0)
                note(number)
    return tuple(kept.values())


def _said(decision: Decision, known: Mapping[str, str]) -> list[list[str]]:
    """The parts of a decision as ids of sentences that are still there; none where that says nothing."""
    parts = [list(dict.fromkeys(known[key] for key in part if key in known)) for part in decision.parts]
    if decision.verdict == "together":
        parts = [list(dict.fromkeys(itertools.chain(*parts)))]
        return parts if len(parts[0]) > 1 else []
    parts = list(filter(None, parts))
    return parts if len(parts) > 1 else []


class _Groups:
    """Groups while decisions are applied to them: the members of each, and the groups of each member."""

    def __init__(self, groups: Iterable[Group]) -> None:
        self.original = {group.id: group for group in groups}
        self.members: dict[str, set[str]] = {}
        self.homes: dict[str, list[str]] = {}
        self.changed: set[str] = set()
        for name, group in self.original.items():
            self.members[name] = set()
            for run in group.members.values():
                self._add(name, run)
        self.changed.clear()

    def together(self, ids: Sequence[str]) -> None:
        counts = Counter(name for id in ids for name in self.homes.get(id, ()))
        # The first of equals: a counter keeps the order in which it met its keys.
        host = max(counts, key=counts.__getitem__, default=None) or self._new(None)
        self._add(host, ids)
        for name in counts:
            if name != host and self.members[name] <= self.members[host]:
                self._remove(name, sorted(self.members[name]))

    def apart(self, parts: Sequence[Sequence[str]]) -> None:
        for name in dict.fromkeys(name for part in parts for id in part for name in self.homes.get(id, ())):
            inside = [[id for id in part if id in self.members[name]] for part in parts]
            for part in sorted(filter(None, inside), key=len, reverse=True)[1:]:
                self._remove(name, part)
                self._add(self._new(name), part)

    def _new(self, parent: str | None) -> str:
        names = (f"{parent or 'own'}-{number}" for number in itertools.count(1))
        name = next(name for name in names if name not in self.members)
        self.members[name] = set()
        template = self.original[parent] if parent else Group(name, {}, 1.0)
        self.original[name] = replace(template, id=name, label="")
        return name

    def _add(self, name: str, ids: Iterable[str]) -> None:
        for id in ids:
            if id not in self.members[name]:
                self.members[name].add(id)
                self.homes.setdefault(id, []).append(name)
                self.changed.add(name)

    def _remove(self, name: str, ids: Iterable[str]) -> None:
        for id in ids:
            self.members[name].discard(id)
            self.homes[id].remove(name)
            self.changed.add(name)

    def made(self, segments: Sequence[Segment]) -> tuple[Group, ...]:
        runs: dict[str, dict[str, tuple[str, ...]]] = {name: {} for name in self.changed}
        for segment in segments:
            for name in self.homes.get(segment.id, ()):
                if name in self.changed:
                    by_source = runs[name]
                    by_source[segment.source] = (*by_source.get(segment.source, ()), segment.id)
        groups = (
            replace(group, members=runs[name]) if name in self.changed else group
            for name, group in self.original.items()
        )
        return tuple(group for group in groups if len(group.members) > 1)
