"""A benchmark for comparable text: outlets that tell the same lines, each in its own way.

No public gold has sentences without a counterpart, out of order and in more than two languages.
This one is made from a corpus whose line i says the same in every language: each outlet of a
story drops lines, joins and splits neighbours, tells its paragraphs in another order, and mixes
in lines of other stories, among them the lines most like its own. Gold is the line numbers.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

import regex

from pipeline.align import SUPPORTING, comparable, group
from pipeline.align.scores import Models
from pipeline.align.side import Side, side
from pipeline.embed import Encoder
from pipeline.evaluate import bcubed
from pipeline.language import Language, hant_variant, to_simplified
from pipeline.model import Link

# Where a sentence may be cut in two: after a comma or semicolon with enough text on both sides.
_CUT = regex.compile(r"[;,；，] ?")


@dataclass(frozen=True)
class Line:
    """One segment of an outlet: its text, and what it tells: corpus lines, or the names of facts."""

    text: str
    gold: frozenset[str]
    pivot: str = ""
    kind: str = "paragraph"


@dataclass(frozen=True)
class Outlet:
    id: str
    language: Language
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Benchmark:
    """Outlets of one story."""

    story: str
    outlets: tuple[Outlet, ...]
    lexicon: bool = True  # False: aligned as languages that have none


def stories(
    corpus: Mapping[str, Sequence[str]],
    documents: Sequence[str],
    chosen: Sequence[str],
    seed: int,
    documents_a_story: int = 3,
) -> Iterator[Benchmark]:
    """Make stories from the chosen documents of a corpus.

    corpus: language tag to lines, line i the same in each; documents: the document of each line.
    Lines of documents that are in no story of their own serve as noise.
    """
    generator = random.Random(seed)
    members: dict[str, list[int]] = {}
    for number, document in enumerate(documents):
        members.setdefault(document, []).append(number)
    similar = _most_alike(corpus[min(corpus)], documents)
    names = list(chosen)
    generator.shuffle(names)
    for start in range(0, len(names) - documents_a_story + 1, documents_a_story):
        inside = names[start : start + documents_a_story]
        own = [number for name in inside for number in members[name]]
        others = [number for name in chosen if name not in inside for number in members[name]]
        outlets = []
        noise = generator.sample(others, k=min(len(others), len(own)))
        for order, (tag, lines) in enumerate(sorted(corpus.items())):
            # Each outlet has noise of its own, so that noise has no counterpart.
            share = noise[order :: len(corpus)]
            language = Language.parse(tag)
            outlets.append(Outlet(tag, language, _told(lines, inside, members, similar, share, language, generator)))
        yield Benchmark("+".join(inside), _without_shared_noise(outlets, {str(number) for number in own}))


def _told(
    lines: Sequence[str],
    inside: Sequence[str],
    members: Mapping[str, list[int]],
    similar: Mapping[int, int],
    noise: Sequence[int],
    language: Language,
    generator: random.Random,
) -> tuple[Line, ...]:
    paragraphs: list[list[Line]] = []
    for name in inside:
        dropped = generator.uniform(0.3, 0.6)
        kept = [number for number in members[name] if generator.random() >= dropped]
        told: list[Line] = []
        for number in kept:
            # The line of another story that is most like this one: a hard negative.
            if number in similar and generator.random() < 0.1:
                told.append(Line(lines[similar[number]], frozenset({str(similar[number])})))
            told.extend(_split(Line(lines[number], frozenset({str(number)})), language, generator))
        told = _joined(told, language, generator)
        while told:
            size = generator.randint(1, 4)
            paragraphs.append(told[:size])
            told = told[size:]
    paragraphs.extend([Line(lines[number], frozenset({str(number)}))] for number in noise)
    generator.shuffle(paragraphs)
    return tuple(line for paragraph in paragraphs for line in paragraph)


def _split(line: Line, language: Language, generator: random.Random) -> list[Line]:
    if generator.random() >= 0.12:
        return [line]
    least = 40 if language.spaced else 14
    cuts = [match.end() for match in _CUT.finditer(line.text) if least <= match.end() <= len(line.text) - least]
    if not cuts:
        return [line]
    cut = min(cuts, key=lambda end: abs(end - len(line.text) / 2))
    return [Line(line.text[:cut].strip(), line.gold), Line(line.text[cut:].strip(), line.gold)]


def _joined(told: list[Line], language: Language, generator: random.Random) -> list[Line]:
    joined: list[Line] = []
    for line in told:
        previous = joined[-1] if joined else None
        if previous and generator.random() < 0.12 and len(previous.gold) == 1 and not previous.gold & line.gold:
            joined[-1] = Line(previous.text + (" " if language.spaced else "") + line.text, previous.gold | line.gold)
        else:
            joined.append(line)
    return joined


def _without_shared_noise(outlets: list[Outlet], own: set[str]) -> tuple[Outlet, ...]:
    """A foreign line that two outlets happened to get would be a true link; only the first keeps it."""
    seen: set[str] = set()
    result = []
    for outlet in outlets:
        lines = tuple(line for line in outlet.lines if line.gold <= own or not line.gold & seen)
        seen.update(number for line in lines for number in line.gold if number not in own)
        result.append(Outlet(outlet.id, outlet.language, lines))
    return tuple(result)


def _most_alike(lines: Sequence[str], documents: Sequence[str]) -> dict[int, int]:
    """For each line the line of another document that shares the rarest words with it."""
    words = [frozenset(word.lower() for word in regex.findall(r"\w{4,}", line)) for line in lines]
    holders: dict[str, list[int]] = {}
    for number, tokens in enumerate(words):
        for token in sorted(tokens):
            holders.setdefault(token, []).append(number)
    alike: dict[int, int] = {}
    for number, tokens in enumerate(words):
        points: dict[int, float] = {}
        for token in sorted(tokens):
            held = holders[token]
            if len(held) <= 40:
                for other in held:
                    if documents[other] != documents[number]:
                        points[other] = points.get(other, 0) + 1 / len(held)
        if points:
            alike[number] = max(sorted(points), key=points.__getitem__)
    return alike


def gold_links(a: Outlet, b: Outlet) -> set[tuple[int, int]]:
    """The pairs of line positions that tell a common corpus line."""
    return {(i, j) for i, left in enumerate(a.lines) for j, right in enumerate(b.lines) if left.gold & right.gold}


def sides(benchmark: Benchmark, encoder: Encoder) -> list[Side]:
    """The outlets as alignment sees them, script-normalised; a segment's id is `outlet:position`."""
    made = []
    for outlet in benchmark.outlets:
        texts = [line.text for line in outlet.lines]
        if outlet.language.script == "Hant":
            variant = hant_variant("".join(texts), outlet.language)
            texts = [to_simplified(text, variant) for text in texts]
        ids = [(f"{outlet.id}:{position}",) for position in range(len(texts))]
        lines = outlet.lines
        pivots, kinds = [line.pivot for line in lines], [line.kind for line in lines]
        made.append(
            side(
                ids,
                texts,
                outlet.language,
                encoder,
                pivots=pivots,
                kinds=kinds,
                section=_sections(kinds),
                lexicon=benchmark.lexicon,
            )
        )
    return made


def _sections(kinds: Sequence[str]) -> list[int]:
    """As in a document: headings and table rows stand alone, the text between them belongs together."""
    sections = []
    section = 0
    for kind in kinds:
        alone = kind in ("title", "heading", "row")
        section += alone
        sections.append(section)
        section += alone
    return sections


def read_story(path: Path) -> Benchmark:
    """A hand-written story, see benchmarks/data/stories/README.md."""
    data = json.loads(path.read_text(encoding="utf-8"))
    outlets = [
        Outlet(
            outlet["id"],
            Language.parse(outlet["language"]),
            tuple(
                Line(
                    line["text"].replace(" | ", "，"),
                    frozenset(line["facts"]),
                    line["en"].replace(" | ", ", "),
                    line["kind"],
                )
                for line in outlet["sentences"]
            ),
        )
        for outlet in data["outlets"]
    ]
    return Benchmark(path.stem, tuple(outlets))


def found_links(links: Sequence[Link]) -> set[tuple[str, str]]:
    """The pairs of segment ids that links join."""
    return {(x, y) for link in links for x in link.a for y in link.b}


def untranslated(benchmark: Benchmark) -> Benchmark:
    """The same story where no translation is to be had."""
    outlets = tuple(
        outlet
        if outlet.language.base == "en"
        else replace(outlet, lines=tuple(replace(line, pivot="") for line in outlet.lines))
        for outlet in benchmark.outlets
    )
    return replace(benchmark, outlets=outlets)


@dataclass(frozen=True)
class Found:
    """What was found in one story: counts of pairs of segments, and of each segment the clusters it is in."""

    right: int
    found: int
    wanted: int
    grouped: dict[str, set[int]]
    gold_grouped: dict[str, set[int]]


def find(
    benchmark: Benchmark, encoder: Encoder, minimum: float, grouping: float, models: Models | None = None
) -> Found:
    """Align a story, with links of at least `minimum` probability and groups of links of at least `grouping`."""
    made = {one.id: own for one, own in zip(benchmark.outlets, sides(benchmark, encoder))}
    links = [link for own in comparable.links(made, minimum, SUPPORTING, models).values() for link in own]
    linked = found_links([link for link in links if link.score >= minimum])
    gold = {(f"{x.id}:{i}", f"{y.id}:{j}") for x, y in combinations(benchmark.outlets, 2) for i, j in gold_links(x, y)}
    order = {unit[0]: (source, place) for source, own in made.items() for place, unit in enumerate(own.ids)}
    clusters = [[s for run in g.members.values() for s in run] for g in group(links, order, grouping)]
    told: dict[str, list[str]] = {}
    for outlet in benchmark.outlets:
        for place, line in enumerate(outlet.lines):
            for fact in sorted(line.gold):
                told.setdefault(fact, []).append(f"{outlet.id}:{place}")

    def holders(gathered: Sequence[Sequence[str]]) -> dict[str, set[int]]:
        held: dict[str, set[int]] = {identifier: set() for identifier in order}
        for number, cluster in enumerate(gathered):
            for identifier in cluster:
                held[identifier].add(number)
        return held

    return Found(len(gold & linked), len(linked), len(gold), holders(clusters), holders(list(told.values())))


def scores(found: Sequence[Found]) -> dict[str, tuple[float, float, float]]:
    """Precision, recall and F1 over all stories: of linked pairs of segments ("links"), and B-cubed of groups
    ("groups", overlapping clusters, a segment without a group by itself)."""
    right, linked, wanted = (sum(getattr(one, name) for one in found) for name in ("right", "found", "wanted"))
    both: list[dict[str, set[int]]] = []
    for name in ("grouped", "gold_grouped"):
        # A story's clusters are its own: numbers of different stories are kept apart.
        apart: dict[str, set[int]] = {}
        first = 0
        for number, one in enumerate(found):
            held: dict[str, set[int]] = getattr(one, name)
            apart.update({f"{number} {key}": {first + cluster for cluster in own} for key, own in held.items()})
            first += 1 + max((cluster for own in held.values() for cluster in own), default=-1)
        both.append(apart)
    links = right / max(linked, 1), right / max(wanted, 1), 2 * right / max(linked + wanted, 1)
    return {"links": links, "groups": bcubed.score(*both)}


def evaluate(
    benchmarks: Sequence[Benchmark], encoder: Encoder, minimum: float, grouping: float, models: Models | None = None
) -> dict[str, tuple[float, float, float]]:
    """The `scores` of what is found in these stories."""
    return scores([find(benchmark, encoder, minimum, grouping, models) for benchmark in benchmarks])
