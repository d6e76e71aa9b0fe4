"""Which articles are one story: average linkage over nearest neighbours, batch by batch.

Two stories are as alike as their articles are on average: by the cosine of their vectors, by the
names and numbers they share, weighted by rarity, and by how far apart their dates are. The averages
follow from sums that each story keeps, so that comparing two stories costs the same however many
articles they have. The features follow Miranda et al., "Multilingual Clustering of Streaming News"
(EMNLP 2018).

A batch of new articles is grouped best first: of all neighbouring stories the two likest are joined,
until no two are more likely than not the same. So an article founds a story (nothing is like it),
joins one, or, by coming between two, makes them one; then the story that began first keeps its
number. What is one story is never taken apart.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

import numpy as np

from pipeline.embed import Matrix
from pipeline.stories.article import Article
from pipeline.stories.index import WINDOW, StoryIndex
from pipeline.stories.rarity import Rarity

K = TypeVar("K")
V = TypeVar("V", int, float)

NEIGHBOURS = 12
BATCH = 1000  # articles that are grouped best first together


@dataclass(frozen=True, slots=True)
class Weights:
    """What makes two stories one: their likeness is positive."""

    cosine: float = 12.0
    terms: float = 6.0
    day: float = 0.3  # less for each day apart
    undated: float = 0.4  # less where one of two articles has no date
    language: float = 1.8  # less where both are in one language, in which all texts are more alike
    threshold: float = 6.5


WEIGHTS = Weights()


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """A story as it is compared: sums over its articles.

    number: that of its first article. vector: float32 (d,). terms: place of a name or number (see
    `Rarity`) to weight. first, last: ordinals of its first and last day, None where none has a date.
    """

    number: int
    size: int
    vector: Matrix
    terms: Mapping[int, float]
    first: int | None
    last: int | None
    undated: int
    languages: Mapping[str, int]

    def plus(self, other: Sums) -> Sums:
        """The two stories as one, under the number of the earlier."""
        days = [day for day in (self.first, self.last, other.first, other.last) if day is not None]
        return Sums(
            min(self.number, other.number),
            self.size + other.size,
            self.vector + other.vector,
            _added(self.terms, other.terms),
            min(days, default=None),
            max(days, default=None),
            self.undated + other.undated,
            _added(self.languages, other.languages),
        )


@dataclass(frozen=True, slots=True)
class StoryCluster:
    """A story of a batch: places of its articles in the batch, in order."""

    members: tuple[int, ...]


def alone(number: int, article: Article, rarity: Rarity) -> Sums:
    """A story of one article."""
    day = article.day
    return Sums(
        number, 1, article.vector, rarity.weights(article.terms), day, day, int(day is None), {article.language: 1}
    )


def likeness(a: Sums, b: Sums, weights: Weights = WEIGHTS) -> float:
    """How much two stories seem one: above 0 if they do."""
    pairs = a.size * b.size
    score = weights.cosine * float(a.vector @ b.vector) + weights.terms * _product(a.terms, b.terms)
    score = (score - weights.language * _product(a.languages, b.languages)) / pairs - weights.threshold
    score -= weights.undated * (1.0 - (1.0 - a.undated / a.size) * (1.0 - b.undated / b.size))
    if a.first is not None and a.last is not None and b.first is not None and b.last is not None:
        gap = max(a.first - b.last, b.first - a.last, 0)
        if gap > WINDOW:
            return -float("inf")
        score -= weights.day * gap
    return score


def _product(a: Mapping[K, float], b: Mapping[K, float]) -> float:
    small, large = (a, b) if len(a) <= len(b) else (b, a)
    return sum(value * large[key] for key, value in small.items() if key in large)


def _added(a: Mapping[K, V], b: Mapping[K, V]) -> dict[K, V]:
    small, large = (a, b) if len(a) <= len(b) else (b, a)
    total = dict(large)
    for key, value in small.items():
        total[key] = total[key] + value if key in total else value
    return total


def join(
    new: Sequence[Sums],
    near: Sequence[Sequence[int]],
    story: Callable[[int], Sums],
    weights: Weights = WEIGHTS,
) -> Iterator[tuple[Sums, tuple[int, ...]]]:
    """Group a batch: the stories that the new articles found or change, each with the numbers of all
    stories (of one new article, or older) that it is made of, in ascending order.

    near: for each new article the numbers of its nearest articles, new and old. story: the older
    story that an article is in; the same object each time for the same story.
    """
    live: dict[int, Sums] = {}  # by token, a number that a story gets anew each time it changes
    parts: dict[int, tuple[int, ...]] = {}
    now: dict[int, int] = {}  # old token to new
    token_of: dict[int, int] = {}  # number of a story of one new article, or older, to its first token

    def token(sums: Sums) -> int:
        if sums.number not in token_of:
            token_of[sums.number] = len(now)
            live[len(now)], parts[len(now)] = sums, (sums.number,)
            now[len(now)] = len(now)
        return token_of[sums.number]

    def current(one: int) -> int:
        while now[one] != one:
            now[one] = now[now[one]]
            one = now[one]
        return one

    fresh = {sums.number: sums for sums in new}
    for sums in new:
        token(sums)
    heap: list[tuple[float, int, int]] = []
    queued: set[tuple[int, int]] = set()

    def queue(a: int, b: int) -> None:
        pair = (min(a, b), max(a, b))
        if a != b and pair not in queued:
            queued.add(pair)
            if (score := likeness(live[a], live[b], weights)) > 0:
                heapq.heappush(heap, (-score, *pair))

    for sums, numbers in zip(new, near):
        for number in numbers:
            queue(token(sums), token(fresh[number] if number in fresh else story(number)))
    while heap:
        _, a, b = heapq.heappop(heap)
        if a in live and b in live:
            made = len(now)
            live[made] = live.pop(a).plus(live.pop(b))
            parts[made] = tuple(sorted((*parts.pop(a), *parts.pop(b))))
            now[a] = now[b] = now[made] = made
        else:
            # Joining averages, so what a pair was worth before is the most that it is worth now.
            queue(current(a), current(b))
    for one, numbers in parts.items():
        if any(number in fresh for number in numbers):
            yield live[one], numbers


def group(articles: Sequence[Article], batch: int = BATCH, weights: Weights = WEIGHTS) -> list[StoryCluster]:
    """The stories of some articles, in the order of their first article. All of it stays in memory.

    batch: how many articles are grouped best first together; they come in the order given.
    """
    index = StoryIndex(len(articles[0].vector) if articles else 0)
    rarity = Rarity()
    sums: dict[int, Sums] = {}
    story_of = list(range(len(articles)))
    members: dict[int, list[int]] = {}

    def root(number: int) -> int:
        while story_of[number] != number:
            number = story_of[number]
        return number

    waiting = iter(enumerate(articles))
    while arrived := list(islice(waiting, batch)):
        for made, numbers in arrive(arrived, index, rarity, lambda number: sums[root(number)], weights):
            for number in numbers:
                story_of[number] = made.number
                sums.pop(number, None)
            sums[made.number] = made
    for number in range(len(articles)):
        members.setdefault(root(number), []).append(number)
    return [StoryCluster(tuple(places)) for _, places in sorted(members.items())]


def arrive(
    arrived: Sequence[tuple[int, Article]],
    index: StoryIndex,
    rarity: Rarity,
    story: Callable[[int], Sums],
    weights: Weights = WEIGHTS,
) -> Iterator[tuple[Sums, tuple[int, ...]]]:
    """Take a batch of articles in, each under a number higher than all before; what comes out is that of `join`."""
    numbers = [number for number, _ in arrived]
    days = [article.day for _, article in arrived]
    vectors = np.stack([article.vector for _, article in arrived])
    for _, article in arrived:
        rarity.count(article.terms)
    index.add(numbers, vectors, days)
    near = index.neighbours(vectors, days, NEIGHBOURS)
    yield from join([alone(number, article, rarity) for number, article in arrived], near, story, weights)
