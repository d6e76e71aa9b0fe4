"""Which articles are one story: average linkage over nearest neighbours, batch by batch.

Two articles are alike by what their sentences say alike, by the whole of their texts, by the rare
names and numbers they share, and by how near their dates are; two stories, by their articles on
average. The features follow Miranda et al., "Multilingual Clustering of Streaming News" (EMNLP
2018), but for the first: pairs of sentences that are each other's nearest.

A batch of new articles is grouped best first: of all neighbouring stories the two likest are joined,
until no two are more likely than not the same. So an article founds a story (nothing is like it),
joins one, or, by coming between two, makes them one; then the story that began first keeps its
number. What is one story is never taken apart.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

import numpy as np

from pipeline.embed import Matrix
from pipeline.stories.article import SCALE, Article, Bytes, model
from pipeline.stories.index import WINDOW, StoryIndex
from pipeline.stories.rarity import Rarity

NEIGHBOURS = 16
BATCH = 500  # articles that are grouped best first together
# A story is compared by its latest articles, so that comparing costs the same however many it has.
MOST_COMPARED = 5
# Articles whose vectors are less alike than this are not looked at more closely.
_NEAR = 0.2
# Sentences that are each other's nearest say something alike beyond this cosine.
_SAID_ALIKE = 0.3


class Weights(NamedTuple):
    """What makes two articles one story: the weight of each of `features`, in their order."""

    bias: float
    cosine: float
    sentences: float
    terms: float
    days: float
    undated: float
    language: float


WEIGHTS = Weights(**model()["weights"])


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    """An article with its number, its place in the order of arrival, and its terms as a sparse unit vector."""

    number: int
    language: str
    day: int | None
    vector: Matrix  # float32 (d,)
    sentences: Bytes  # int8 (n, d)
    terms: Mapping[int, float]

    @classmethod
    def of(cls, number: int, article: Article, rarity: Rarity) -> Member:
        terms = rarity.weights(article.terms)
        return cls(number, article.language, article.day, article.vector, article.sentences, terms)


@dataclass(frozen=True, slots=True, eq=False)
class Story:
    """A story as it is compared. `number` is that of its first article, `compared` are its latest articles;
    `first` and `last` are the ordinals of its first and last day, None where no article has a date."""

    number: int
    size: int
    compared: tuple[Member, ...]
    first: int | None
    last: int | None

    @classmethod
    def alone(cls, member: Member) -> Story:
        return cls(member.number, 1, (member,), member.day, member.day)

    def plus(self, other: Story) -> Story:
        """The two stories as one, under the number of the earlier."""
        members = sorted((*self.compared, *other.compared), key=lambda member: member.number)
        days = [day for day in (self.first, self.last, other.first, other.last) if day is not None]
        return Story(
            min(self.number, other.number),
            self.size + other.size,
            tuple(members[-MOST_COMPARED:]),
            min(days, default=None),
            max(days, default=None),
        )


@dataclass(frozen=True, slots=True)
class StoryCluster:
    """A story of a list of articles: their places in the list, in order."""

    members: tuple[int, ...]


def features(a: Member, b: Member) -> tuple[float, ...]:
    """What is known of a pair of articles, see `Weights`.

    1, the cosine of their vectors, how much they say alike, the cosine of their terms, the days between
    them, whether one has no date, whether both are in one language (in which all texts are more alike).
    """
    cosine = float(a.vector @ b.vector)
    undated = a.day is None or b.day is None
    days = 0 if a.day is None or b.day is None else abs(a.day - b.day)
    said = shared = 0.0
    if cosine >= _NEAR:
        said = said_alike(a.sentences, b.sentences)
        small, large = (a.terms, b.terms) if len(a.terms) <= len(b.terms) else (b.terms, a.terms)
        shared = sum(value * large[place] for place, value in small.items() if place in large)
    return 1.0, cosine, said, shared, float(days), float(undated), float(a.language == b.language)


def likeness(a: Member, b: Member, weights: Weights = WEIGHTS) -> float:
    """The log-odds that two articles are of one story."""
    return sum(weight * feature for weight, feature in zip(weights, features(a, b)))


def said_alike(a: Bytes, b: Bytes) -> float:
    """How much two articles say alike, 0 or more. a, b: int8 (n, d) and (m, d).

    The sum of the cosines beyond 0.3 of the sentences that are each other's nearest, over the root of
    the number of sentences of the shorter article.
    """
    if not len(a) or not len(b):
        return 0.0
    cosines = (a.astype(np.float32) @ b.astype(np.float32).T) / float(SCALE * SCALE)
    nearest, back = cosines.argmax(axis=1), cosines.argmax(axis=0)
    rows = np.arange(len(a))
    mutual = back[nearest] == rows
    beyond = np.maximum(cosines[rows[mutual], nearest[mutual]] - _SAID_ALIKE, 0.0)
    return float(beyond.sum()) / math.sqrt(min(len(a), len(b)))


class _Compared:
    """Likeness of stories, each pair of articles compared once."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._pairs: dict[tuple[int, int], float] = {}

    def __call__(self, a: Story, b: Story) -> float:
        if a.first is not None and a.last is not None and b.first is not None and b.last is not None:
            gap = max(a.first - b.last, b.first - a.last)
        else:
            gap = 0
        if gap > WINDOW:
            return -math.inf
        return sum(self._pair(x, y) for x in a.compared for y in b.compared) / (len(a.compared) * len(b.compared))

    def _pair(self, x: Member, y: Member) -> float:
        key = (x.number, y.number) if x.number < y.number else (y.number, x.number)
        if key not in self._pairs:
            self._pairs[key] = likeness(x, y, self._weights)
        return self._pairs[key]


def join(
    new: Sequence[Member], near: Sequence[Sequence[int]], story: Callable[[int], Story], weights: Weights = WEIGHTS
) -> Iterator[tuple[Story, tuple[int, ...]]]:
    """Group a batch: the stories that the new articles found or change, each with the numbers of the
    stories (of one new article, or older) that it is made of, in ascending order.

    near: for each new article the numbers of its nearest articles, new and old. story: the older
    story that an article is in.
    """
    live: dict[int, Story] = {}  # by token, a number that a story gets anew each time it changes
    parts: dict[int, tuple[int, ...]] = {}
    now: list[int] = []  # for each token, the one of the story it has become part of
    tokens: dict[int, int] = {}  # number of a story before the batch, or of a new article, to its first token
    alike = _Compared(weights)

    def token(one: Story) -> int:
        if one.number not in tokens:
            tokens[one.number] = len(now)
            live[len(now)], parts[len(now)] = one, (one.number,)
            now.append(len(now))
        return tokens[one.number]

    def current(one: int) -> int:
        while now[one] != one:
            now[one] = now[now[one]]
            one = now[one]
        return one

    heap: list[tuple[float, int, int]] = []
    queued: set[tuple[int, int]] = set()

    def queue(a: int, b: int) -> None:
        pair = (min(a, b), max(a, b))
        if a != b and pair not in queued:
            queued.add(pair)
            if (score := alike(live[a], live[b])) > 0:
                heapq.heappush(heap, (-score, *pair))

    fresh = {member.number: Story.alone(member) for member in new}
    for one in fresh.values():
        token(one)
    for member, numbers in zip(new, near):
        for number in numbers:
            queue(token(fresh[member.number]), token(fresh[number] if number in fresh else story(number)))
    while heap:
        _, a, b = heapq.heappop(heap)
        if a in live and b in live:
            made = len(now)
            now.append(made)
            now[a] = now[b] = made
            live[made] = live.pop(a).plus(live.pop(b))
            parts[made] = tuple(sorted((*parts.pop(a), *parts.pop(b))))
        else:
            # Joining averages, so what a pair was worth before is about the most that it is worth now.
            queue(current(a), current(b))
    for one_token, numbers_of in parts.items():
        if any(number in fresh for number in numbers_of):
            yield live[one_token], numbers_of


def arrive(
    members: Sequence[Member],
    index: StoryIndex,
    story: Callable[[int], Story],
    weights: Weights = WEIGHTS,
) -> Iterator[tuple[Story, tuple[int, ...]]]:
    """Take a batch in, of numbers higher than all before: index it, and `join` it with what is near."""
    vectors, days = np.stack([member.vector for member in members]), [member.day for member in members]
    index.add([member.number for member in members], vectors, days)
    yield from join(members, index.neighbours(vectors, days, NEIGHBOURS, _NEAR), story, weights)


def group(articles: Sequence[Article], batch: int = BATCH, weights: Weights = WEIGHTS) -> list[StoryCluster]:
    """The stories of some articles, in the order of their first article. All of it stays in memory.

    batch: how many articles are grouped best first together; they come in the order given.
    """
    index = StoryIndex()
    rarity = Rarity()
    stories: dict[int, Story] = {}
    part_of = list(range(len(articles)))

    def root(number: int) -> int:
        while part_of[number] != number:
            number = part_of[number]
        return number

    waiting = enumerate(articles)
    while arrived := list(islice(waiting, batch)):
        for _, article in arrived:
            rarity.count(article.terms)
        members = [Member.of(number, article, rarity) for number, article in arrived]
        for made, numbers in arrive(members, index, lambda number: stories[root(number)], weights):
            for number in numbers:
                part_of[number] = made.number
                stories.pop(number, None)
            stories[made.number] = made
    places: dict[int, list[int]] = {}
    for number in range(len(articles)):
        places.setdefault(root(number), []).append(number)
    return [StoryCluster(tuple(found)) for _, found in sorted(places.items())]
