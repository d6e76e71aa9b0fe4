"""From a story to what a report shows. It only counts, looks up and puts in order."""

from __future__ import annotations

import itertools
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable
from functools import cached_property
from urllib.parse import urlsplit

import regex

from pipeline.compare.wording import say
from pipeline.language import Language
from pipeline.model import Block, Claim, Comparison, Document, Group, Segment, Story, Topic
from pipeline.report import plots
from pipeline.report.marks import key, marked, marked_translation
from pipeline.report.view import (
    Cell,
    Chapter,
    Difference,
    Line,
    Outlet,
    Page,
    Passage,
    Row,
    Stance,
    Table,
    Translated,
    Words,
)
from pipeline.report.wording import counted, date_range, explained

ENGLISH = Language("en")
_HAN = regex.compile(r"\p{Han}")


def build(story: Story) -> Page:
    """The report on `story`. Groups that no topic holds form a last chapter of their own."""
    index = _Index(story)
    chapters = tuple(index.chapter(topic, n) for n, topic in enumerate(index.topics, start=1))
    rows = [row for chapter in chapters for row in chapter.rows]
    ranked = sorted(rows, key=lambda row: (-len(row.cells), -row.score))
    # What stands at the top must be as sure as a link, and so must each outlet's part in it.
    least = story.settings.get("min_score")
    linked = {group_anchor(g) for g in story.groups if all((g.id, source) in index.relations for source in g.members)}
    sure = [r for r in ranked if r.anchor in linked and (not isinstance(least, float) or r.score >= least)]
    most = len(sure[0].cells) if sure else 0
    differences = tuple(difference for row in rows for difference in row.with_verdict("differ"))
    listed = {line.segment.id for chapter in chapters for line in _singles(chapter)}
    only = tuple(
        (outlet, tuple(index.lines(id for id in index.alone(outlet) if id not in listed))) for outlet in index.outlets
    )
    return Page(
        headline=_headline(index, len(rows), len(differences)),
        most_shared=sure[0] if sure else None,
        outlets=index.outlets,
        chapters=chapters,
        everyone=tuple(row for row in sure if len(row.cells) == most),
        differences=differences,
        only=tuple((outlet, lines) for outlet, lines in only if lines),
        alone={outlet.number: len(index.alone(outlet)) for outlet in index.outlets},
        texts=tuple((index.outlet[document.source.id], index.passages(document)) for document in story.documents),
        targets={id: group_anchor(groups[0]) for id, groups in index.groups_of.items()},
        order=plots.order(index.first_mentions(chapters), [len(chapter.columns) for chapter in chapters]),
        similarity=plots.similarity(story, [outlet.source.id for outlet in index.outlets]),
        translated=_translated(story),
        story=story,
    )


def _translated(story: Story) -> Translated:
    origins = Counter(segment.pivot_origin for segment in story.segments if segment.kind != "boilerplate")
    return Translated(origins.total(), origins["model"], origins["memory"], origins["same"], origins["none"])


def _singles(chapter: Chapter) -> Iterable[Line]:
    return (line for lines in chapter.singles.values() for line in lines)


def _headline(index: _Index, points: int, differences: int) -> str:
    sources = [outlet.source for outlet in index.outlets]
    outlets = counted(len({source.outlet for source in sources}), "outlet")
    if len(sources) != len({source.outlet for source in sources}):
        outlets = f"{counted(len(sources), 'source')} from {outlets}"
    languages = counted(len({(source.language.base, source.language.script) for source in sources}), "language")
    parts = [outlets, languages, date_range(source.date for source in sources)]
    told = f"{counted(points, 'shared point')}, {counted(differences, 'disagreement')}"
    return f"{', '.join(part for part in parts if part)}: {told}"


class _Index:
    """The story's parts by the ids that others refer to them with."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self._lines: dict[str, Line] = {}
        self.segments = {segment.id: segment for segment in story.segments}
        self.groups_of: dict[str, list[Group]] = {}  # a sentence with two points in it is in two groups
        for group in story.groups:
            for id in (id for ids in group.members.values() for id in ids):
                self.groups_of.setdefault(id, []).append(group)
        self.groups = {group.id: group for group in story.groups}
        self.documents = {document.source.id: document for document in story.documents}
        self.outlets = self._outlets()
        self.outlet = {outlet.source.id: outlet for outlet in self.outlets}
        self.compared: dict[str, list[Comparison]] = {}
        for comparison in story.comparisons:
            self.compared.setdefault(comparison.group, []).append(comparison)
        self.differing = {
            key(claim)
            for comparison in story.comparisons
            if comparison.verdict == "differ"
            for claim in comparison.claims
        }
        claims = {key(claim): claim for comparison in story.comparisons for claim in comparison.claims}
        claims.update((key(claim), claim) for claim in story.claims)
        self.claims: dict[str, list[Claim]] = {}
        for claim in claims.values():
            self.claims.setdefault(claim.segment, []).append(claim)
        self.relations: dict[tuple[str, str], set[str]] = {}  # of the links in a group from and to a source
        for link in story.links:
            both = self._groups(link.a) & self._groups(link.b)
            for name in sorted(both):
                for id in (link.a[0], link.b[0]):
                    self.relations.setdefault((name, self.segments[id].source), set()).add(link.relation)

    def _groups(self, ids: Iterable[str]) -> set[str]:
        return {group.id for id in ids for group in self.groups_of.get(id, ())}

    @cached_property
    def topics(self) -> tuple[Topic, ...]:
        inside = {id for topic in self.story.topics for id in topic.groups}
        rest = tuple(group.id for group in self.story.groups if group.id not in inside)
        if not rest:
            return self.story.topics
        return (*self.story.topics, Topic("other", "Other shared points", rest, (), (), ()))

    @cached_property
    def _alone(self) -> dict[str, list[str]]:
        alone: dict[str, list[str]] = {source: [] for source in self.documents}
        for segment in self.story.segments:
            if segment.kind != "boilerplate" and segment.id not in self.groups_of:
                alone[segment.source].append(segment.id)
        return alone

    def alone(self, outlet: Outlet) -> list[str]:
        """The sentences of a source that are in no group."""
        return self._alone[outlet.source.id]

    def _outlets(self) -> tuple[Outlet, ...]:
        sources = [document.source for document in self.story.documents]
        names = [source.outlet for source in sources]
        files = [_file_name(source.path) for source in sources]
        sentences: dict[str, list[Segment]] = {source.id: [] for source in sources}
        for segment in self.story.segments:
            if segment.kind != "boilerplate":
                sentences[segment.source].append(segment)
        made = []
        for number, (source, file) in enumerate(zip(sources, files)):
            name = source.outlet if names.count(source.outlet) == 1 else f"{source.outlet} ({file})"
            mine = sentences[source.id]
            made.append(
                Outlet(
                    number=number,
                    source=source,
                    anchor=anchor("source-", source.id),
                    name=Words(name, *_written(source.language)),
                    file=file if files.count(file) == 1 else source.path,
                    url=safe_url(source.url),
                    sentences=len(mine),
                    shared=sum(segment.id in self.groups_of for segment in mine),
                    translated=any(segment.pivot_origin != "none" for segment in mine),
                )
            )
        return tuple(made)

    def lines(self, ids: Iterable[str]) -> list[Line]:
        return [self.line(self.segments[id]) for id in ids]

    def line(self, segment: Segment) -> Line:
        if segment.id not in self._lines:
            self._lines[segment.id] = self._line(segment)
        return self._lines[segment.id]

    def _line(self, segment: Segment) -> Line:
        outlet = self.outlet[segment.source]
        claims = self.claims.get(segment.id, [])
        translated = segment.pivot is not None and segment.pivot_origin in ("memory", "model")
        return Line(
            outlet=outlet,
            segment=segment,
            anchor=anchor("s-", segment.id),
            original=marked(segment, claims, self._differs),
            translation=marked_translation(segment, claims, self._differs) if translated else (),
            place=f"{outlet.file}, {outlet.source.line_unit} {segment.line}, sentence {segment.number}",
            warnings=tuple(map(explained, segment.warnings)),
        )

    def _differs(self, claim: Claim) -> bool:
        return key(claim) in self.differing

    def chapter(self, topic: Topic, number: int) -> Chapter:
        rows = tuple(self.row(self.groups[id]) for id in topic.groups)
        singles: dict[int, list[Line]] = {}
        for line in self.lines(topic.singles):
            singles.setdefault(line.outlet.number, []).append(line)
        # A sentence in two groups counts once.
        grouped = (cell.lines for row in rows for cell in row.cells.values())
        lines = {line.segment.id: line for several in (*grouped, *singles.values()) for line in several}
        amounts = Counter(line.outlet.number for line in lines.values())
        return Chapter(
            anchor=anchor("topic-", re.sub(r"^t(?=\d+$)", "", topic.id)),
            number=number,
            label=self._label(topic.label or f"Topic {number}"),
            rows=rows,
            singles={outlet: tuple(lines) for outlet, lines in singles.items()},
            columns=tuple(outlet for outlet in self.outlets if outlet.number in amounts),
            missing=tuple(outlet for outlet in self.outlets if outlet.number not in amounts),
            amounts=amounts,
        )

    def row(self, group: Group) -> Row:
        cells = {}
        for outlet in self.outlets:
            ids = group.members.get(outlet.source.id, ())
            if ids:
                partly = self.relations.get((group.id, outlet.source.id)) == {"overlap"}
                cells[outlet.number] = Cell(outlet, tuple(self.lines(ids)), partly)
        first = self.segments[next(id for ids in group.members.values() for id in ids)]
        label = self._label(group.label or first.pivot or first.plain)
        mark = group_anchor(group)
        return Row(
            anchor=mark,
            label=label,
            score=group.score,
            cells=cells,
            missing=tuple(outlet for outlet in self.outlets if outlet.number not in cells),
            comparisons=tuple(self._difference(one, mark, label) for one in self.compared.get(group.id, ())),
        )

    def _difference(self, comparison: Comparison, mark: str, label: Words) -> Difference:
        values = [say(claim) for claim in comparison.claims]
        if comparison.verdict == "differ" and len(set(values)) == 1:
            # The same day with another day of the week, the same person in another office: the notes tell.
            values = list(map(_noted, comparison.claims))
        told: dict[str, list[Claim]] = {}
        for value, claim in zip(values, comparison.claims):
            told.setdefault(value, []).append(claim)
        stances = [
            Stance(
                self._words(claims[0]) if comparison.kind == "quotation" else self._by_script(value),
                tuple(dict.fromkeys(self.outlet[self.segments[claim.segment].source] for claim in claims)),
                tuple(words for words in dict.fromkeys(map(self._words, claims)) if words.text != value),
            )
            for value, claims in told.items()
        ]
        stances.sort(key=lambda stance: -len(stance.outlets))
        reason = comparison.reason if len(stances) == 1 else ""  # else the values say it better
        return Difference(comparison.kind, comparison.verdict, reason, tuple(stances), mark, label)

    def _words(self, claim: Claim) -> Words:
        name = self.outlet[self.segments[claim.segment].source].name
        return Words(claim.text, name.lang, name.dir)

    def _label(self, label: str) -> Words:
        """A label with its language: that of the sentence whose words or first words it is, else told by its script."""
        start = label.rstrip("… ")
        at = bisect_left(self._originals, (start,))
        if start and at < len(self._originals) and self._originals[at][0].startswith(start):
            language = self.outlet[self._originals[at][1]].source.language
            if language.base != "zh" or _HAN.search(label):
                return Words(label, *_written(language))
        return self._by_script(label)

    def _by_script(self, text: str) -> Words:
        """Words of our own or of a translation, which may hold a name in Chinese."""
        if not _HAN.search(text):
            return Words(text, *_written(ENGLISH))
        chinese = (outlet.source.language for outlet in self.outlets if outlet.source.language.base == "zh")
        return Words(text, *_written(next(chinese, Language("zh", "Hans"))))

    @cached_property
    def _originals(self) -> list[tuple[str, str]]:
        """The text and source of the sentences that are not in English, sorted."""
        return sorted(
            (segment.plain, segment.source) for segment in self.segments.values() if segment.pivot_origin != "same"
        )

    def passages(self, document: Document) -> tuple[Passage | Table, ...]:
        """A whole source. Nothing of what a reader reads is left out: beside the sentences of a block
        stands whatever else its content holds, and a block without any sentence stands as in the file.
        """
        inside = self._in_block.get(document.source.id, {})
        flow: list[Passage | Table] = []
        for table, run in itertools.groupby(
            enumerate(document.blocks), lambda at: at[1].cell.table if at[1].cell else None
        ):
            made = [(block, self._passage(document, block, inside.get(n, []))) for n, block in run]
            if table is None:
                flow += [passage for _, passage in made]
                continue
            rows = itertools.groupby(made, lambda at: at[0].cell.row if at[0].cell else 0)
            flow.append(
                Table(
                    tuple(
                        tuple((bool(block.cell and block.cell.header), passage) for block, passage in row)
                        for _, row in rows
                    )
                )
            )
        return tuple(flow)

    def _passage(self, document: Document, block: Block, segments: list[Segment]) -> Passage:
        written = _written(document.source.language)
        parts: list[Line | Words] = []

        def beside(start: int, end: int) -> None:
            if document.text[start:end].strip():
                parts.append(Words(document.text[start:end], *written))

        done, end = block.content if segments else (block.start, block.end)
        for segment in segments:
            beside(done, segment.start)
            parts.append(self.line(segment))
            done = max(done, segment.end)
        beside(done, end)
        return Passage(block.kind, block.level, block.reason, tuple(parts))

    @cached_property
    def _in_block(self) -> dict[str, dict[int, list[Segment]]]:
        found: dict[str, dict[int, list[Segment]]] = {}
        for segment in self.story.segments:
            found.setdefault(segment.source, {}).setdefault(segment.block, []).append(segment)
        return found

    def first_mentions(self, chapters: tuple[Chapter, ...]) -> list[list[int]]:
        """For each outlet the chapters in the order in which it first mentions them."""
        first: list[dict[int, int]] = [{} for _ in self.outlets]
        for n, chapter in enumerate(chapters):
            cells = (cell for row in chapter.rows for cell in row.cells.values())
            for line in (*(line for cell in cells for line in cell.lines), *_singles(chapter)):
                seen = first[line.outlet.number]
                seen[n] = min(seen.get(n, line.segment.number), line.segment.number)
        return [sorted(seen, key=lambda n: seen[n]) for seen in first]


def anchor(prefix: str, id: str) -> str:
    """An HTML id that stays the same from run to run; what is no letter, digit, `_` or `-` becomes its code point."""
    return prefix + re.sub(r"[^A-Za-z0-9_-]", lambda found: "-" if found[0] == ":" else f".{ord(found[0]):x}.", id)


def group_anchor(group: Group) -> str:
    return anchor("" if group.id.startswith("g") else "g", group.id)


def safe_url(url: str) -> str:
    """`url` if a browser may be sent there, else ""."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    plain = url.isprintable() and not any(character.isspace() for character in url)
    return url if plain and parts.scheme in ("http", "https") and parts.hostname else ""


def _written(language: Language) -> tuple[str, str]:
    """The `lang` and `dir` of text in a language; "" says that the language is not known."""
    if language.base == "und":
        return "", "auto"
    return language.tag, "rtl" if language.right_to_left else "ltr"


def _noted(claim: Claim) -> str:
    said = say(claim)
    if claim.note.startswith(said):
        return claim.note
    return f"{said} ({claim.note})" if claim.note else said


def _file_name(path: str) -> str:
    return re.split(r"[\\/]", path)[-1] or path
