"""How much of what outlets tell alike a run found, against a list of shared facts such as `seeds/facts.toml`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from pathlib import Path, PurePath
from typing import Any

from pipeline import toml
from pipeline.errors import UserError
from pipeline.model import Segment, Story


@dataclass(frozen=True)
class Fact:
    """A statement and, for each source that makes it, the segments that do."""

    id: str
    told: Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class FactScores:
    """Of the pairs of sources that tell a fact, how many there are, how many are joined, and which are not."""

    pairs: int
    found: int
    missed: tuple[tuple[str, str, str], ...]  # fact, source, source

    @property
    def recall(self) -> float:
        return self.found / self.pairs if self.pairs else 0.0


def read(path: Path, story: Story) -> list[Fact]:
    """The facts of a TOML file, their quotations found in the story's sources.

    A fact is a `[[fact]]` with `id` and `sources`, a table of file stem to quotations. Raises
    UserError where a source or a quotation is not in the story.
    """
    sources = {PurePath(document.source.path).stem: document for document in story.documents}
    facts = []
    for table in _toml(path).get("fact", []):
        told = {}
        for stem, quotations in table["sources"].items():
            if stem not in sources:
                raise UserError(f"{path} names the source {stem}, which is not part of the run.")
            document = sources[stem]
            own = [segment for segment in story.segments if segment.source == document.source.id]
            ids: set[str] = set()
            for quotation in quotations:
                start = document.text.find(quotation)
                if start < 0:
                    raise UserError(f"{path} quotes {quotation[:40]!r}, which is not in {stem}.")
                ids.update(_inside(own, start, start + len(quotation)))
            told[document.source.id] = frozenset(ids)
        facts.append(Fact(table["id"], told))
    return facts


def _inside(segments: Sequence[Segment], start: int, end: int) -> Iterator[str]:
    return (s.id for s in segments if s.start < end and s.end > start and s.kind != "boilerplate")


def _toml(path: Path) -> dict[str, Any]:
    try:
        return dict(toml.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise UserError(f"{path} is no readable TOML file: {error}.") from None


def joined(story: Story) -> set[frozenset[str]]:
    """All pairs of segments of different sources that a link or a group joins."""
    pairs = {frozenset(pair) for link in story.links for pair in product(link.a, link.b)}
    for group in story.groups:
        for left, right in combinations(group.members.values(), 2):
            pairs.update(frozenset(pair) for pair in product(left, right))
    return pairs


def score(story: Story, facts: Sequence[Fact]) -> FactScores:
    """Recall over pairs of sources that tell the same fact."""
    pairs = joined(story)
    missed = []
    count = 0
    for fact in facts:
        for a, b in combinations(fact.told, 2):
            count += 1
            if not any(frozenset((x, y)) in pairs for x in fact.told[a] for y in fact.told[b]):
                missed.append((fact.id, a, b))
    return FactScores(count, count - len(missed), tuple(missed))
