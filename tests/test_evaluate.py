"""The scorers, on cases small enough to count by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import UserError
from pipeline.evaluate import bcubed, beads, comparable
from pipeline.language import Language


def bead(left: str, right: str) -> beads.Bead:
    return tuple(int(n) for n in left.split()), tuple(int(n) for n in right.split())


GOLD = [bead("0", "0"), bead("1", "1 2"), bead("2", ""), bead("3", "3")]


def test_a_perfect_alignment() -> None:
    scores = beads.score([(GOLD, GOLD)])
    assert scores.strict.f1 == scores.lax.f1 == scores.null.f1 == scores.strict_with_null.f1 == 1


def test_strict_and_lax() -> None:
    found = [bead("0", "0"), bead("1", "1"), bead("2 3", "2 3")]
    scores = beads.score([(found, GOLD)])
    assert scores.strict.precision == pytest.approx(1 / 3) and scores.strict.recall == pytest.approx(1 / 3)
    assert scores.lax.precision == 1 and scores.lax.recall == 1


def test_the_usual_scorer_is_blind_to_missing_null_beads() -> None:
    found = [one for one in GOLD if one[1]]
    scores = beads.score([(found, GOLD)])
    assert scores.strict.f1 == 1
    assert scores.null.recall == 0 and scores.strict_with_null.recall == pytest.approx(3 / 4)


def test_beads_are_read_in_any_spacing(tmp_path: Path) -> None:
    path = tmp_path / "gold"
    path.write_text("[0]:[0, 1]:0.25\n[1,2]:[]\n\n")
    assert beads.read(path) == [bead("0", "0 1"), bead("1 2", "")]
    path.write_text("0 - 1\n")
    with pytest.raises(UserError, match="line 1"):
        beads.read(path)


def test_bcubed_of_plain_clusters() -> None:
    """Three items, gold {a, b} and {c}, found {a, b, c}: each of a and b has 2 of 3 right, c 1 of 3."""
    gold = {"a": {1}, "b": {1}, "c": {2}}
    found = {"a": {9}, "b": {9}, "c": {9}}
    precision, recall, _ = bcubed.score(found, gold)
    assert precision == pytest.approx((2 / 3 + 2 / 3 + 1 / 3) / 3)
    assert recall == 1


def test_bcubed_of_overlapping_clusters_and_items_alone() -> None:
    gold = {"a": {1, 2}, "b": {1}, "c": {2}, "d": set()}
    assert bcubed.score(gold, gold) == (1.0, 1.0, 1.0)
    precision, recall, _ = bcubed.score({"a": {1}, "b": {1}, "c": set(), "d": set()}, gold)
    assert precision == 1 and recall < 1


CORPUS = {
    tag: [f"{word} {n}, {word} more of line {n}, and the rest of it for good measure." for n in range(60)]
    for tag, word in (("de", "Satz"), ("en", "Sentence"), ("zh-Hans", "句子"))
}
DOCUMENTS = [f"d{n // 6}" for n in range(60)]


def test_made_stories_are_seeded_and_their_gold_is_true() -> None:
    one, two = (list(comparable.stories(CORPUS, DOCUMENTS, sorted(set(DOCUMENTS)), 5)) for _ in range(2))
    assert one == two
    assert one != list(comparable.stories(CORPUS, DOCUMENTS, sorted(set(DOCUMENTS)), 6))
    for story in one:
        for outlet in story.outlets:
            assert outlet.language == Language.parse(outlet.id)
            for line in outlet.lines:
                whole = "".join(CORPUS[outlet.id][int(number)] for number in sorted(line.gold, key=int))
                assert line.gold and all(
                    part.replace(" ", "") in whole.replace(" ", "") for part in line.text.split(",")
                )


def test_noise_has_no_counterpart() -> None:
    for story in comparable.stories(CORPUS, DOCUMENTS, sorted(set(DOCUMENTS)), 5):
        own = {str(n) for n, document in enumerate(DOCUMENTS) if document in story.story.split("+")}
        told: dict[str, str] = {}
        for outlet in story.outlets:
            for line in outlet.lines:
                for number in line.gold - own:
                    assert told.setdefault(number, outlet.id) == outlet.id
