"""How well comparisons find planted contradictions, and how often they cry wolf.

The gold is a TOML file beside the sources (`seeds/facts.toml`): each `[[contradiction]]` names, for
every source that takes part, the `values` it has and the `spans` that say so, verbatim.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline import toml
from pipeline.errors import UserError
from pipeline.model import Comparison, Story

Place = tuple[str, int, int]  # source id, start, end


@dataclass(frozen=True)
class Scores:
    """Precision and recall of `differ`, and the recall of `agree`, with what is missing and what is wrong."""

    contradictions: int
    found: int
    differences: int
    right: int
    agreements: int
    agreed: int
    missed: tuple[str, ...]
    ungrouped: tuple[str, ...]  # of these, the facts whose spans alignment has put in no common group
    wrong: tuple[Comparison, ...]

    @property
    def precision(self) -> float:
        return self.right / self.differences if self.differences else 1.0

    @property
    def recall(self) -> float:
        return self.found / self.contradictions if self.contradictions else 1.0


@dataclass(frozen=True)
class _Gold:
    fact: str
    values: Mapping[str, str]
    places: Mapping[str, list[tuple[int, int]]]  # source id to where its words stand


def load(path: Path) -> Mapping[str, Any]:
    """The gold file. Raises UserError where it cannot be read."""
    try:
        return dict(toml.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, toml.TOMLDecodeError) as error:
        raise UserError(f"{path} is no readable gold file: {error}; write one like seeds/facts.toml.") from None


def score(story: Story, gold: Mapping[str, Any]) -> Scores:
    """Hold a story's comparisons against the gold of `load`.

    A contradiction is found when a `differ` of its group has claims on the spans of two sources with
    different values. A `differ` is right when it does so for some contradiction.
    """
    contradictions = [_placed(story, entry, gold) for entry in gold.get("contradiction", ())]
    agreements = [_placed(story, entry, gold) for entry in gold.get("agreement", ())]
    differences = [comparison for comparison in story.comparisons if comparison.verdict == "differ"]
    agreeing = [comparison for comparison in story.comparisons if comparison.verdict == "agree"]
    sources = {segment.id: segment.source for segment in story.segments}
    right = [one for one in differences if any(_tells(one, entry, sources, differ=True) for entry in contradictions)]
    missed = [
        entry for entry in contradictions if not any(_tells(one, entry, sources, differ=True) for one in differences)
    ]
    return Scores(
        contradictions=len(contradictions),
        found=len(contradictions) - len(missed),
        differences=len(differences),
        right=len(right),
        agreements=len(agreements),
        agreed=sum(any(_tells(one, entry, sources, differ=False) for one in agreeing) for entry in agreements),
        missed=tuple(entry.fact for entry in missed),
        ungrouped=tuple(entry.fact for entry in missed if not _grouped(story, entry)),
        wrong=tuple(one for one in differences if one not in right),
    )


def _placed(story: Story, entry: Mapping[str, Any], gold: Mapping[str, Any]) -> _Gold:
    """Where the spans of a gold entry stand: inside the sentences of its fact, of which each is unique."""
    facts = {fact["id"]: fact for fact in gold.get("fact", ())}
    sentences = facts.get(entry["fact"], {}).get("sources", {})
    texts = {Path(document.source.path).stem: document for document in story.documents}
    places = {}
    for stem, span in entry["spans"].items():
        document = texts.get(stem)
        if document is None:
            raise UserError(
                f"the gold speaks of {stem}, which is no source of this run; evaluate the run of its folder."
            )
        places[document.source.id] = _occurrences(document.text, span, sentences.get(stem, ()))
    ids = {stem: texts[stem].source.id for stem in entry["spans"]}
    return _Gold(entry["fact"], {ids[stem]: value for stem, value in entry["values"].items()}, places)


def _occurrences(text: str, span: str, sentences: Sequence[str]) -> list[tuple[int, int]]:
    found = []
    for sentence in sentences:
        start = text.find(sentence)
        offset = sentence.find(span)
        if start >= 0 and offset >= 0:
            found.append((start + offset, start + offset + len(span)))
    return found


def _tells(comparison: Comparison, entry: _Gold, sources: Mapping[str, str], differ: bool) -> bool:
    """Whether a comparison has claims on the gold's spans of two sources, with different values if they differ."""
    touched = {
        source
        for claim in comparison.claims
        if (source := sources[claim.segment]) in entry.places
        for start, end in entry.places[source]
        if claim.start < end and start < claim.end
    }
    return len({entry.values[source] for source in touched}) > 1 if differ else len(touched) > 1


def _grouped(story: Story, entry: _Gold) -> bool:
    """Whether one group holds spans of two sources with different values."""
    segments = {segment.id: segment for segment in story.segments}
    for group in story.groups:
        held = {
            source
            for source, ids in group.members.items()
            for id in ids
            for start, end in entry.places.get(source, ())
            if segments[id].start < end and start < segments[id].end
        }
        if len({entry.values[source] for source in held}) > 1:
            return True
    return False
