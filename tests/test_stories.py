"""Grouping: neighbours, likeness, and what joins what."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from stories_fixture import TOPICS, WordEncoder, member, text

from pipeline.language import Language
from pipeline.read import parse
from pipeline.stories import arrive, article, grouping, index, listing
from pipeline.stories.article import SCALE, Article
from pipeline.stories.grouping import Member, Story, Weights, group, join, likeness, said_alike
from pipeline.stories.index import StoryIndex
from pipeline.stories.rarity import Rarity

ENGLISH = Language("en")
COSINE = Weights(bias=-0.5, cosine=1.0, sentences=0.0, terms=0.0, days=-0.1, undated=-0.1, language=0.0)


def directions(amount: int, seed: int = 0) -> np.ndarray:
    """Unit vectors that lie in bunches of five."""
    generator = np.random.default_rng(seed)
    rows = np.repeat(generator.standard_normal((amount // 5 + 1, 32)), 5, axis=0)[:amount]
    rows = generator.permutation(rows + 0.3 * generator.standard_normal(rows.shape))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


class Memory:
    """Rows and graphs in dictionaries."""

    def __init__(self) -> None:
        self.graphs: dict[str, bytes] = {}
        self.kept: list[tuple[int, int, np.ndarray]] = []

    def get(self, name: str) -> bytes | None:
        return self.graphs.get(name)

    def put(self, name: str, data: bytes) -> None:
        self.graphs[name] = data

    def drop(self, name: str) -> None:
        del self.graphs[name]

    def shards(self) -> list[int]:
        return sorted({shard for shard, _, _ in self.kept})

    def rows(self, shard: int) -> tuple[np.ndarray, np.ndarray]:
        own = [(number, vector) for of, number, vector in self.kept if of == shard]
        keys = np.array([number for number, _ in own], dtype=np.int64)
        return keys, np.array([vector for _, vector in own], dtype=np.float16).reshape(len(own), 32)


def test_neighbours_are_the_nearest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "BLOCK", 64)
    rows = directions(500)
    made = StoryIndex()
    made.add(range(500), rows, [None] * 500)
    found = made.neighbours(rows, [None] * 500, 5)
    exact = np.argsort(-(rows @ rows.T), axis=1)[:, :5]
    hits = [len(set(near) & set(true)) / 5 for near, true in zip(found, exact.tolist())]
    assert np.mean(hits) > 0.98
    assert [near[0] for near in found] == list(range(500))
    assert all(
        rows[near] @ rows[n] >= 0.5 - 1e-3
        for n in range(0, 500, 50)
        for near in made.neighbours(rows[n : n + 1], [None], 20, 0.5)[0]
    )


@pytest.mark.parametrize("batches", [[1] * 300, [7] * 43, [150, 151]])
def test_neighbours_depend_on_neither_batches_nor_restarts(monkeypatch: pytest.MonkeyPatch, batches: list[int]) -> None:
    monkeypatch.setattr(index, "BLOCK", 32)
    rows = directions(301)
    whole = StoryIndex()
    whole.add(range(301), rows, [None] * 301)
    expected = whole.neighbours(rows[:50], [None] * 50, 8)
    grown, kept = StoryIndex(), Memory()
    start = 0
    for amount in batches:
        places = range(start, min(start + amount, 301))
        kept.kept += [(index.UNDATED, n, rows[n].astype(np.float16)) for n in places]
        grown.add(places, rows[places.start : places.stop], [None] * len(places))
        if start // 100 != places.stop // 100:  # a process that begins anew
            again = StoryIndex(rows=kept, graphs=kept)
            again.neighbours(rows[:1], [None], 1)
        start += amount
    kept.kept += [(index.UNDATED, n, rows[n].astype(np.float16)) for n in range(min(start, 301), 301)]
    grown.add(range(min(start, 301), 301), rows[min(start, 301) :], [None] * (301 - min(start, 301)))
    assert grown.neighbours(rows[:50], [None] * 50, 8) == expected
    restarted = StoryIndex(rows=kept, graphs=kept)
    assert restarted.neighbours(rows[:50], [None] * 50, 8) == expected


def test_graphs_that_grew_into_larger_ones_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "BLOCK", 16)
    kept, rows = Memory(), directions(16 * 7)
    made = StoryIndex(graphs=kept)
    for n in range(len(rows)):
        made.add([n], rows[n : n + 1], [None])
    assert len(kept.graphs) == 3  # 7 blocks are 4 + 2 + 1


def test_neighbours_are_of_the_weeks_around_or_without_a_date() -> None:
    rows = np.ones((5, 4), dtype=np.float32) / 2
    made = StoryIndex()
    made.add(range(5), rows, [700, 707, 714, 721, None])
    assert made.neighbours(rows[:1], [707], 9) == [[0, 1, 2, 4]]
    assert made.neighbours(rows[:1], [728], 9) == [[3, 4]]
    assert made.neighbours(rows[:1], [None], 9) == [[0, 1, 2, 3, 4]]


def test_what_is_said_alike_is_counted_by_hand() -> None:
    a = np.array([[1, 0, 0], [0, 1, 0]]) * SCALE // 4
    b = np.array([[1, 0, 0], [0.8, 0.6, 0], [0, 0, 1]]) * SCALE // 4
    # a0 and b0 are each other's nearest, at 1/16; b1 is a1's nearest, whose own nearest is a0.
    assert said_alike(a.astype(np.int8), b.astype(np.int8)) == 0.0
    whole = np.eye(3, 512, dtype=np.float32)
    rows = np.clip(np.rint(whole * SCALE), -127, 127).astype(np.int8)
    close = (127 / SCALE) ** 2  # a byte does not hold more of a vector with a single component
    assert close < 0.3 and said_alike(rows, rows) == 0.0
    spread = np.random.default_rng(0).standard_normal((4, 512))
    spread = np.rint(spread / np.linalg.norm(spread, axis=1, keepdims=True) * SCALE).astype(np.int8)
    assert said_alike(spread, spread[:2]) == pytest.approx(2 * 0.7 / 2**0.5, abs=0.01)
    # Of two sentences with one nearest, only one is that one's nearest.
    assert said_alike(spread[[0, 0]], spread[:1]) == pytest.approx(0.7, abs=0.01)
    assert said_alike(spread, spread[:0]) == 0.0


def test_likeness_is_the_same_both_ways_and_falls_with_days() -> None:
    a, b = member(0, [1, 0.2], day=700), member(1, [1, 0.1], day=703)
    assert likeness(a, b, COSINE) == pytest.approx(likeness(b, a, COSINE))
    assert likeness(a, member(1, [1, 0.1], day=700), COSINE) - likeness(a, b, COSINE) == pytest.approx(0.3)
    assert likeness(a, member(1, [1, 0.1]), COSINE) < likeness(a, member(1, [1, 0.1], day=700), COSINE)


def test_shared_terms_count_by_rarity() -> None:
    rarity = Rarity()
    for n in range(50):
        rarity.count({"berlin", f"word{n}"})
    common, rare = rarity.weights({"berlin", "corvane"}).values()
    assert sorted((common, rare))[0] < 0.6 * sorted((common, rare))[1]
    assert sum(value**2 for value in (common, rare)) == pytest.approx(1)
    assert rarity.weights(()) == {}


def joined(new: Iterable[Member], old: Iterable[Member] = ()) -> list[tuple[int, ...]]:
    """The parts of what a batch makes, where every article is near every other."""
    new, old = list(new), {one.number: Story.alone(one) for one in old}
    near = [[*old, *(other.number for other in new if other is not one)] for one in new]
    return [parts for _, parts in join(new, near, old.__getitem__, COSINE)]


def test_an_article_founds_joins_or_merges() -> None:
    east, north = member(0, [1, 0]), member(1, [0, 1])
    assert joined([member(2, [-1, 0])], [east, north]) == [(2,)]
    assert joined([member(2, [1, 0.1])], [east, north]) == [(0, 2)]
    between = member(2, [1, 1])
    assert likeness(east, north, COSINE) < 0 < likeness(east, between, COSINE)
    near_east, near_north = member(0, [1, 0.3]), member(1, [0.3, 1])
    assert likeness(near_east, near_north, COSINE) < 0
    assert joined([between], [near_east, near_north]) == [(0, 1, 2)]


def test_the_likest_are_joined_first_whatever_their_order() -> None:
    articles = [member(0, [1, 0]), member(1, [1, 0.9]), member(2, [1, 1])]
    turned = [member(0, [1, 1]), member(1, [1, 0.9]), member(2, [1, 0])]
    assert (1, 2) in [parts[-2:] for parts in joined(articles)]
    assert next(parts[:2] for parts in joined(turned)) == (0, 1)


def test_days_too_far_apart_are_never_one_story() -> None:
    a, b = Story.alone(member(0, [1, 0], day=700)), Story.alone(member(1, [1, 0], day=708))
    assert grouping._Compared(COSINE)(a, b) == -np.inf
    assert grouping._Compared(COSINE)(a, Story.alone(member(1, [1, 0], day=707))) > -np.inf


def test_a_story_is_compared_by_its_latest_articles() -> None:
    whole = Story.alone(member(0, [1, 0], day=700))
    for number in range(1, 9):
        whole = whole.plus(Story.alone(member(number, [1, 0], day=700 + number)))
    assert [one.number for one in whole.compared] == [4, 5, 6, 7, 8]
    assert (whole.number, whole.size, whole.first, whole.last) == (0, 9, 700, 708)


def articles(turns: int) -> list[Article]:
    made = []
    for turn in range(turns):
        for topic in TOPICS:
            [document] = parse(text(topic, turn).encode(), f"{topic}{turn}.txt")
            made.append(arrive.prepare(document, WordEncoder()))
    return made


def test_articles_on_four_topics_are_four_stories_in_whatever_batches() -> None:
    made = articles(4)
    expected = [tuple(range(first, 16, 4)) for first in range(4)]
    for batch in (1, 5, 100):
        assert [cluster.members for cluster in group(made, batch)] == expected
    assert group([]) == []


@hypothesis_settings(derandomize=True, deadline=None, max_examples=30)
@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 9), st.none() | st.integers(700, 730)), max_size=12),
    st.integers(1, 5),
)
def test_every_article_is_in_one_story(drawn: list[tuple[int, int, int | None]], batch: int) -> None:
    made = [
        Article(str(n), "en", day, vector, np.zeros((0, 8), np.int8), frozenset())
        for n, (first, second, day) in enumerate(drawn)
        for vector in [np.eye(8, dtype=np.float32)[first] * 0.8 + np.eye(8, dtype=np.float32)[second % 8] * 0.6]
    ]
    clusters = group(made, batch, COSINE)
    assert sorted(place for cluster in clusters for place in cluster.members) == list(range(len(made)))
    assert clusters == group(made, batch, COSINE)
    assert [cluster.members[0] for cluster in clusters] == sorted(cluster.members[0] for cluster in clusters)


def test_an_article_without_a_sentence_stands_alone() -> None:
    [empty] = parse(b"***\n", "empty.txt")
    blank = arrive.prepare(empty, WordEncoder())
    assert not blank.vector.any() and len(blank.sentences) == 0
    assert len(group([blank, *articles(1)])) == 5


def test_terms_and_sentences_are_bounded() -> None:
    words = " ".join(f"Name{n}X" for n in range(3000))
    [document] = parse(f"{words}.\n\n{'A line. ' * 5000}".encode(), "long.txt")
    made = arrive.prepare(document, WordEncoder())
    assert len(made.terms) <= article.MOST_TERMS and len(made.sentences) <= article.MOST_SENTENCES


def test_the_title_of_the_most_central_article_names_a_story() -> None:
    sources = [parse(text("bridge", turn).encode(), f"{turn}.txt")[0].source for turn in range(3)]
    vectors = [np.array(row, dtype=np.float32) for row in ([1, 0], [0.8, 0.6], [0, 1])]
    assert listing.central(list(zip(sources, vectors))) == 1
