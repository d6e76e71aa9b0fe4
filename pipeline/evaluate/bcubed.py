"""B-cubed precision and recall for clusters that may overlap."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from typing import TypeVar

T = TypeVar("T")


def score(found: Mapping[T, Set[int]], gold: Mapping[T, Set[int]]) -> tuple[float, float, float]:
    """Precision, recall and F1 of clusters: each item's set of clusters, found and gold.

    The extended B-cubed of Amigo et al., "A comparison of extrinsic clustering evaluation metrics"
    (2009), section 4: for each item, the mean over the items that share a cluster with it (itself
    included) of how many shared clusters are right. An item without a cluster stands for itself.
    """
    precision, recall = _half(found, gold, found), _half(gold, found, found)
    return precision, recall, 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _half(own: Mapping[T, Set[int]], other: Mapping[T, Set[int]], items: Iterable[T]) -> float:
    holders: dict[int, list[T]] = {}
    for item, clusters in own.items():
        for cluster in clusters:
            holders.setdefault(cluster, []).append(item)
    means = []
    for item in items:
        if not own[item]:
            means.append(1.0)
            continue
        mates = dict.fromkeys(mate for cluster in sorted(own[item]) for mate in holders[cluster])
        right = 0.0
        for mate in mates:
            if mate == item:
                # An item's own cluster is right with itself unless the other side splits it further.
                shared, agreed = len(own[item]), min(len(own[item]), max(len(other[item]), 1))
            else:
                shared = len(own[item] & own[mate])
                agreed = min(shared, len(other[item] & other[mate]))
            right += agreed / shared
        means.append(right / len(mates))
    return sum(means) / len(means) if means else 0.0
