"""Topics: groups that belong together, with a label a reader understands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import regex
from numpy.typing import NDArray

from pipeline.embed import Matrix
from pipeline.model import Document, Group, Segment, Topic

# The affinity of two groups is the cosine of their centroids, plus this where they stand under one
# heading of a source, and this where they share a segment.
_SAME_SECTION = 0.2
_SHARED = 0.5
# Two clusters join the less readily the more groups they would hold, and never under this affinity.
_CROWDED = 0.02
_UNRELATED = 0.12
# As many topics as this times the square root of the number of groups, so that a reader has about
# as many topics to choose from as there are points in a topic.
_TOPICS = 1.3
# A segment that no other source has joins the topic whose centroid it is this near to, the section counted.
_NEAR = 0.45
_LONGEST_LABEL = 90
# A heading is the label of a topic where their harmonic mean of precision and recall, in groups, is this.
_COVERING = 0.3
_NUMBERING = regex.compile(r"^(?:[IVX]{1,5}|\d{1,2}|[一二三四五六七八九十]{1,3})[.、．):]\s*")


def topics(
    documents: Sequence[Document],
    segments: Sequence[Segment],
    groups: Sequence[Group],
    vectors: Mapping[str, NDArray[np.float32]],
    wanted: int = 0,
) -> tuple[list[Topic], list[Group]]:
    """Topics over groups by average-linkage clustering, in the order of their first group.

    vectors: the unit vector of each alignable segment. Returns the topics and the groups with
    their labels. `wanted` is the number of topics, 0 for as many as the text has.
    """
    if not groups:
        return [], []
    by_id = {segment.id: segment for segment in segments}
    section = _sections(documents, segments)
    labelled = [replace(group, label=_group_label(group, by_id)) for group in groups]
    centroids = np.array([_centroid(group, vectors) for group in groups], dtype=np.float32).reshape(len(groups), -1)
    clusters = _cluster(_affinities(groups, centroids, section), wanted or round(_TOPICS * len(groups) ** 0.5))
    labels = _topic_labels([[labelled[index] for index in cluster] for cluster in clusters], by_id, section)
    singles = _singles(segments, groups, clusters, centroids, vectors, section)
    order = [document.source.id for document in documents]
    made: list[Topic] = []
    for number, (cluster, single, label) in enumerate(zip(clusters, singles, labels), start=1):
        members = [labelled[index] for index in cluster]
        speakers = {source for group in members for source in group.members} | {by_id[s].source for s in single}
        made.append(
            Topic(
                id=f"t{number}",
                label=label,
                groups=tuple(group.id for group in members),
                singles=tuple(single),
                said_by=tuple(source for source in order if source in speakers),
                not_mentioned_by=tuple(source for source in order if source not in speakers),
            )
        )
    return made, labelled


def _sections(documents: Sequence[Document], segments: Sequence[Segment]) -> dict[str, str]:
    """For each segment the heading it stands under (the heading's id; the source's id before the first)."""
    section: dict[str, str] = {}
    current = {document.source.id: document.source.id for document in documents}
    for segment in segments:
        if segment.kind == "heading":
            current[segment.source] = segment.id
        section[segment.id] = current[segment.source]
    return section


def _centroid(group: Group, vectors: Mapping[str, NDArray[np.float32]]) -> NDArray[np.float32]:
    parts = [np.mean([vectors[s] for s in run], axis=0) for run in group.members.values()]
    mean = np.mean(parts, axis=0)
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-9), dtype=np.float32)


def _affinities(groups: Sequence[Group], centroids: Matrix, section: Mapping[str, str]) -> NDArray[np.float64]:
    affinity = (centroids @ centroids.T).astype(np.float64)
    members = [{s for run in group.members.values() for s in run} for group in groups]
    # A source without headings is no section: only headings, which are segments themselves, count.
    places = [{section[s] for s in own if section[s] in section} for own in members]
    for i in range(len(groups)):
        for j in range(i + 1, len(groups)):
            bonus = _SHARED if members[i] & members[j] else _SAME_SECTION if places[i] & places[j] else 0.0
            affinity[i, j] += bonus
            affinity[j, i] += bonus
    return affinity


def _cluster(affinity: NDArray[np.float64], wanted: int) -> list[list[int]]:
    """Average-linkage agglomerative clustering: the closest two clusters join until so many are left."""
    count = len(affinity)
    clusters: list[list[int]] = [[index] for index in range(count)]
    between = affinity.copy()
    np.fill_diagonal(between, -np.inf)
    sizes = np.ones(count)
    alive = np.ones(count, dtype=bool)
    while alive.sum() > max(wanted, 1):
        ranked = between - _CROWDED * (sizes[:, None] + sizes[None, :])
        i, j = sorted(divmod(int(np.argmax(ranked)), count))
        if between[i, j] < _UNRELATED:
            break
        merged = (between[i] * sizes[i] + between[j] * sizes[j]) / (sizes[i] + sizes[j])
        between[i], between[:, i] = merged, merged
        between[i, i] = -np.inf
        between[j], between[:, j] = -np.inf, -np.inf
        clusters[i] = sorted(clusters[i] + clusters[j])
        sizes[i] += sizes[j]
        alive[j] = False
    return sorted((clusters[index] for index in range(count) if alive[index]), key=lambda cluster: cluster[0])


def _singles(
    segments: Sequence[Segment],
    groups: Sequence[Group],
    clusters: Sequence[Sequence[int]],
    centroids: Matrix,
    vectors: Mapping[str, NDArray[np.float32]],
    section: Mapping[str, str],
) -> list[list[str]]:
    """For each topic the segments only one source has that are closest to it, in source order."""
    found: list[list[str]] = [[] for _ in clusters]
    topic_of = {index: number for number, cluster in enumerate(clusters) for index in cluster}
    grouped = {s for group in groups for run in group.members.values() for s in run}
    means = np.array([centroids[list(cluster)].mean(axis=0) for cluster in clusters])
    means /= np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-9)
    in_section: dict[str, dict[int, int]] = {}
    for index, group in enumerate(groups):
        for run in group.members.values():
            for s in run:
                counts = in_section.setdefault(section[s], {})
                counts[topic_of[index]] = counts.get(topic_of[index], 0) + 1
    for segment in segments:
        if segment.id in grouped or segment.id not in vectors or segment.kind in ("title", "heading", "caption"):
            continue
        near = means @ vectors[segment.id]
        for topic, count in in_section.get(section[segment.id], {}).items():
            near[topic] += 0.1 * min(count, 2)
        best = int(np.argmax(near))
        if near[best] >= _NEAR:
            found[best].append(segment.id)
    return found


def readable(segment: Segment) -> str:
    """What a label shows of a segment: English where there is any."""
    return segment.pivot or segment.plain


def _group_label(group: Group, by_id: Mapping[str, Segment]) -> str:
    """The shortest telling of the group that is a sentence's worth, English before others."""
    tellings = [[by_id[s] for s in run] for run in group.members.values()]
    texts = [" ".join(readable(s) for s in run) for run in tellings]
    english = [text for text, run in zip(texts, tellings) if all(s.pivot for s in run)] or texts
    long_enough = [text for text in english if len(text) >= 20] or english
    return _shortened(min(long_enough, key=lambda text: (len(text), text)))


def _topic_labels(
    topics: Sequence[Sequence[Group]], by_id: Mapping[str, Segment], section: Mapping[str, str]
) -> list[str]:
    """For each topic the heading that fits it best, no heading twice; else its best-supported group."""
    under = [
        [{section[s] for run in group.members.values() for s in run if section[s] in by_id} for group in groups]
        for groups in topics
    ]
    held: dict[str, int] = {}
    for groups in under:
        for places in groups:
            for place in places:
                held[place] = held.get(place, 0) + 1
    fits: list[tuple[float, bool, int, str]] = []
    for number, groups in enumerate(under):
        for place in sorted(set().union(*groups)):
            inside = sum(place in places for places in groups)
            fits.append((2 * inside / (len(groups) + held[place]), by_id[place].pivot is not None, number, place))
    labels: dict[int, str] = {}
    for fit, _, number, place in sorted(fits, key=lambda fit: (-fit[0], not fit[1], fit[2], fit[3])):
        label = _NUMBERING.sub("", _shortened(readable(by_id[place])))
        if fit >= _COVERING and number not in labels and label not in labels.values():
            labels[number] = label
    return [
        labels.get(number) or max(groups, key=lambda group: (len(group.members), group.score, -len(group.label))).label
        for number, groups in enumerate(topics)
    ]


def _shortened(text: str) -> str:
    if len(text) <= _LONGEST_LABEL:
        return text
    cut = text[:_LONGEST_LABEL]
    return (cut.rsplit(" ", 1)[0] if " " in cut[40:] else cut).rstrip(" ,;:，、") + "…"
