"""From documents to a story: all stages in their order, the same in a run and in a worker that tells a story."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from pipeline import __version__, embed
from pipeline.executor import Workers
from pipeline.model import Claim, Comparison, Document, Group, Link, Segment, Story, Topic
from pipeline.progress import Progress, Task
from pipeline.references import References
from pipeline.settings import MANNER, PLACES, Settings
from pipeline.vectors import encoded
from pipeline.workspace import Artefacts, digest

if TYPE_CHECKING:
    from pipeline.align import Side
    from pipeline.export.decisions import Decision


@dataclass(frozen=True)
class Aligned:
    """What alignment makes of a story, as one artefact."""

    links: tuple[Link, ...]
    groups: tuple[Group, ...]
    topics: tuple[Topic, ...]


@dataclass(frozen=True)
class Compared:
    claims: tuple[Claim, ...]
    comparisons: tuple[Comparison, ...]


def analyse(
    documents: Sequence[Document],
    notes: Sequence[str],
    settings: Settings,
    references: References,
    reviews: Sequence[Decision],
    artefacts: Artefacts,
    workers: Workers,
    progress: Progress,
) -> tuple[Story, str]:
    """Documents, with ids that are unique, to a story: segment, normalise, translate, embed, align, group, compare.

    notes: what the reader should know of the documents. A reviewer's decisions win over what alignment
    finds. Returns the story, and a digest of all that decides it.
    """
    with progress.stage("Segmenting") as task:
        segments: list[Segment] = []
        for number, document in enumerate(documents, start=1):
            segments += artefacts.cached("segment", document, list[Segment], lambda d=document: segmented(d))  # type: ignore[misc]
            task.step(number, len(documents))
    with progress.stage("Translating") as task:
        segments, models, unread = _translated(documents, segments, settings, references, workers, task)
    notes = [*notes, *unread]
    if reviews:
        from pipeline.export import decisions

        if lapsed := decisions.lapsed(reviews, segments):
            notes.append(f"{len(lapsed)} reviewed decisions name sentences that are no longer in the sources.")
    # What comes later follows from these inputs alone, so their digest is the key of all of it.
    inputs = digest(documents, segments, settings.min_score, settings.group_score, settings.topics, reviews)
    found = artefacts.cached(
        "align",
        inputs,
        Aligned,
        lambda: _aligned(documents, segments, settings, reviews, artefacts, workers, progress),
    )
    with progress.stage("Comparing"):
        compared = artefacts.cached("compare", inputs, Compared, lambda: _compared(documents, segments, found.groups))
    story = Story(
        documents=tuple(documents),
        segments=tuple(segments),
        links=found.links,
        groups=found.groups,
        topics=found.topics,
        comparisons=compared.comparisons,
        claims=compared.claims,
        version=__version__,
        settings=_stated(settings),
        models=(embed.default_name(), *models),
        notes=tuple(notes),
    )
    return story, digest(inputs, story.settings, story.models, story.notes)


def _stated(settings: Settings) -> dict[str, object]:
    """The settings an output names: all that can change it. Paths and threads are this machine's own affair."""
    return {name: value for name, value in asdict(settings).items() if name not in (*PLACES, *MANNER)}


def segmented(document: Document) -> list[Segment]:
    """The segments of a document, normalised."""
    from pipeline import normalise, segment

    return normalise.normalise(segment.segment(document), document.source.language)


def _untranslated(documents: Sequence[Document], segments: Sequence[Segment]) -> list[Segment]:
    """The segments, with a pivot where they are English already."""
    english = {document.source.id for document in documents if document.source.language.base == "en"}
    return [
        replace(s, pivot=s.plain, pivot_origin="same") if s.source in english and s.kind != "boilerplate" else s
        for s in segments
    ]


def _translated(
    documents: Sequence[Document],
    segments: Sequence[Segment],
    settings: Settings,
    references: References,
    workers: Workers,
    task: Task,
) -> tuple[list[Segment], tuple[str, ...], tuple[str, ...]]:
    if not settings.translate:
        return _untranslated(documents, segments), (), ()
    from pipeline.translate import translate

    languages = {document.source.id: document.source.language for document in documents}
    done = translate(
        segments,
        languages,
        settings,
        memory=references.memory,
        glossary=references.glossary,
        on_progress=task.step,
        workers=workers,
    )
    return list(done.segments), done.models, done.notes


def _aligned(
    documents: Sequence[Document],
    segments: Sequence[Segment],
    settings: Settings,
    reviews: Sequence[Decision],
    artefacts: Artefacts,
    workers: Workers,
    progress: Progress,
) -> Aligned:
    from pipeline import align

    with progress.stage("Encoding") as task:
        sides = {
            document.source.id: align.from_document(document, own, encoder)
            for document, own, encoder in encoded(documents, segments, artefacts, workers, task)
        }
    with progress.stage("Aligning"):
        return _joined(documents, segments, sides, settings, reviews)


def _joined(
    documents: Sequence[Document],
    segments: Sequence[Segment],
    sides: Mapping[str, Side],
    settings: Settings,
    reviews: Sequence[Decision],
) -> Aligned:
    """What the sources have in common: links, groups, topics."""
    from pipeline import align, topics
    from pipeline.export import decisions

    links = align.align(sides, embed.default, settings.min_score)
    places = [
        (identifier, source, place)
        for source, side in sides.items()
        for place, unit in enumerate(side.ids)
        for identifier in unit
    ]
    order = {identifier: (source, place) for identifier, source, place in places}
    groups = align.group(links, order, settings.group_score)
    groups = list(decisions.apply(reviews, segments, groups))
    shown = [link for link in links if link.score >= settings.min_score]
    shown = list(decisions.apply_to_links(reviews, segments, shown))
    vectors = {identifier: sides[source].meaning(place) for identifier, source, place in places}
    made, groups = topics.topics(documents, segments, groups, vectors, settings.topics)
    return Aligned(tuple(shown), tuple(groups), tuple(made))


def _compared(documents: Sequence[Document], segments: Sequence[Segment], groups: Sequence[Group]) -> Compared:
    from pipeline import compare

    claims, comparisons = compare.find(documents, segments, groups)
    return Compared(tuple(claims), tuple(comparisons))
