"""The benchmark of stories: its gold is true, its seed decides, its scores are counted by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from stories_fixture import TOPICS, WordEncoder

from pipeline.errors import UserError
from pipeline.evaluate import stories
from pipeline.evaluate.stories import Text, Told

DATA = Path(__file__).parent.parent / "benchmarks" / "data"
TEXTS = [
    Text(
        topic,
        topic,
        {tag: tuple(f"{word} {word} {topic} {n}." for n, word in enumerate(words.split())) for tag in ("de", "en")},
    )
    for topic, words in TOPICS.items()
]


def test_made_articles_tell_a_part_of_their_document_in_order() -> None:
    made = stories.make(TEXTS, 3)
    assert made == stories.make(TEXTS, 3) and made != stories.make(TEXTS, 4)
    for one in made:
        whole = next(text.lines[one.language] for text in TEXTS if text.event == one.event)
        places = [whole.index(line) for line in one.lines]
        assert places == sorted(set(places)) and 0.25 < len(places) / len(whole) < 0.65
    assert any(not one.date for seed in range(5) for one in stories.make(TEXTS, seed))


def test_halves_share_no_event_and_documents_of_one_event_are_one_story() -> None:
    texts = [*stories.ntrex(DATA / "ntrex"), *stories.written(DATA / "stories")]
    development, test = stories.halves(texts)
    assert len(development) + len(test) == len(texts)
    assert not {text.event for text in development} & {text.event for text in test}
    events = {text.name: text.event for text in texts}
    assert events["reuters.218861"] == events["cnbc.com.6769"] != events["bbc.381736"]
    made = stories.make(texts, 1)
    assert len({one.key for one in made}) == len(made)
    assert {one.language for one in made} == {"de", "en", "zh-Hans", "zh-Hant"}


def test_scores_are_counted_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """Found {a, b}, {c}, {d}; true {a, b, c}, {d}: of three pairs one is found, and rightly."""
    told = [Told(str(n), event, "en", "", ()) for n, event in enumerate("xxxy")]
    clusters = [stories.grouping.StoryCluster(places) for places in ((0, 1), (2,), (3,))]
    monkeypatch.setattr(stories.grouping, "group", lambda *_: clusters)
    scores = stories.score(told, [])
    assert scores.pairs == (1.0, pytest.approx(1 / 3), pytest.approx(1 / 2))
    assert scores.bcubed[:2] == (1.0, pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 1) / 4))
    assert (scores.articles, scores.stories, scores.found) == (4, 2, 3)


def test_words_in_common_are_enough_for_easy_articles() -> None:
    scores = stories.evaluate(TEXTS, WordEncoder(), [1, 2])
    assert set(scores) == {
        "development",
        "test",
        *(f"test, {how}" for how in ("one by one", "turned round", "without dates")),
    }
    assert scores["test"].bcubed[2] > 0.9


def test_a_folder_without_the_data_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"DOCUMENT_IDS\.tsv"):
        stories.ntrex(tmp_path)
    with pytest.raises(UserError, match=r"pud\.tsv"):
        stories.pud(tmp_path / "pud.tsv")
