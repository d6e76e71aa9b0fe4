"""Glosses: what texts of different languages have in common, word by word."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import embed
from pipeline.align import gloss, scores
from pipeline.align.gloss import coverage
from pipeline.align.side import side
from pipeline.language import Language

ENGLISH = [
    "The court sentenced the former minister to three years in prison.",
    "A museum shows old coins from next week on.",
    "The minister's lawyer said that he would appeal.",
]
OTHERS = {
    "de": [
        "Das Gericht verurteilte den ehemaligen Minister zu drei Jahren Gefängnis.",
        "Ein Museum zeigt ab nächster Woche alte Münzen.",
        "Der Anwalt des Ministers sagte, er werde Berufung einlegen.",
    ],
    "zh": [
        "法院判处前部长三年监禁。",
        "一家博物馆下周起展出古代硬币。",
        "部长的律师表示他将提出上诉。",
    ],
}


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_covers_most(language: str) -> None:
    own, other = gloss.gloss(OTHERS[language], language), gloss.gloss(ENGLISH, "en")
    for found in coverage(own, other), coverage(other, own).T:
        assert found.shape == (3, 3)
        assert found.argmax(axis=1).tolist() == [0, 1, 2]
        assert found.argmax(axis=0).tolist() == [0, 1, 2]


def test_german_and_chinese_meet_in_english() -> None:
    found = coverage(gloss.gloss(OTHERS["de"], "de"), gloss.gloss(OTHERS["zh"], "zh"))
    assert found.argmax(axis=1).tolist() == [0, 1, 2]


def test_a_part_is_covered_by_the_whole_and_not_the_other_way_round() -> None:
    whole, part = gloss.gloss([" ".join(ENGLISH)], "en"), gloss.gloss(ENGLISH[:1], "en")
    assert coverage(part, whole)[0, 0] == pytest.approx(1, abs=1e-5)
    assert coverage(whole, part)[0, 0] < 0.7


def test_what_every_text_says_counts_for_little() -> None:
    texts = [f"The earthquake {what}." for what in ("killed forty people", "destroyed a bridge", "cut the power")]
    together = coverage(gloss.gloss(texts, "en"), gloss.gloss(["The earthquake was felt in the capital."], "en"))
    alone = coverage(gloss.gloss(texts[:1], "en"), gloss.gloss(["The earthquake was felt in the capital."], "en"))
    assert together[0, 0] < alone[0, 0]


def test_a_translation_says_half_of_what_its_text_says() -> None:
    plain, told = (gloss.gloss(OTHERS["zh"], "zh", english) for english in ([], [ENGLISH[0], "", ""]))
    other = gloss.gloss(ENGLISH, "en")
    assert coverage(told, other)[0, 0] > coverage(plain, other)[0, 0]
    assert told.said[told.start[1] :] == pytest.approx(plain.said[plain.start[1] :])


@settings(derandomize=True, deadline=None, max_examples=60)
@given(st.lists(st.text(max_size=40), max_size=5), st.sampled_from(["de", "zh", "en", "fr"]))
def test_shares_are_shares(texts: list[str], language: str) -> None:
    made = gloss.gloss(texts, language)
    sums = [float(made.said[start:end].sum()) for start, end in zip(made.start, made.start[1:])]
    assert all(total == pytest.approx(1, abs=1e-4) or total == 0 for total in sums)
    assert len(made.start) == len(texts) + 1
    assert ((made.there > 0) & (made.there <= 1)).all()
    other = gloss.gloss(ENGLISH, "en")
    for found in coverage(made, other), coverage(other, made).T:
        assert found.shape == (len(texts), 3)
        assert (found >= 0).all() and (found <= 1 + 1e-5).all()


def test_many_columns_are_multiplied_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = gloss.gloss(OTHERS["de"], "de"), gloss.gloss(ENGLISH, "en")
    whole = coverage(a, b)
    monkeypatch.setattr(gloss, "_COLUMNS", 7)
    assert coverage(a, b) == pytest.approx(whole, abs=1e-6)


def test_no_gloss_is_said_and_not_guessed() -> None:
    encoder = embed.default()
    a = side([("a",)], ["Le tribunal a condamné le ministre."], Language.parse("fr"), encoder)
    b = side([("b",)], ENGLISH[:1], Language.parse("en"), encoder)
    assert a.glosses is None and b.glosses is not None
    zero = np.zeros(1, dtype=np.int64)
    names = [name for name in scores.FEATURES if "gloss" in name]
    found = dict(zip(scores.FEATURES, scores.features(a, b, zero, zero)[0]))
    assert [found[name] for name in names] == [0] * 7 + [1]
    assert dict(zip(scores.FEATURES, scores.features(replace(b), b, zero, zero)[0]))["no_gloss"] == 0
