"""Alignment of comparable text: what is linked, what is not, and what a group may hold."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline import align, embed
from pipeline.align import comparable, evidence, lexical, refine, scores
from pipeline.align.refine import third_sources
from pipeline.align.scores import Scored
from pipeline.align.side import Side, clauses, parts, side
from pipeline.language import Language
from pipeline.model import Link


@pytest.fixture(scope="module")
def encoder() -> embed.Encoder:
    return embed.default()


def text_side(
    name: str, language: str, lines: list[str], encoder: embed.Encoder, kinds: list[str] | None = None
) -> Side:
    ids = [(f"{name}:{number}",) for number in range(1, len(lines) + 1)]
    return side(ids, lines, Language.parse(language), encoder, kinds=kinds)


GERMAN = [
    "Der Strom fiel am Freitagabend in der ganzen Altstadt aus.",
    "Ein Bagger hatte bei Bauarbeiten ein Kabel beschädigt.",
    "Rund 12.000 Haushalte waren drei Stunden lang ohne Licht.",
    "Die Bäckerei am Markt verschenkte ihre Brötchen an die Nachbarn.",
]
CHINESE = [
    "当地博物馆下周将展出一批古代钱币。",
    "停电影响了约1.2万户居民，持续了三个小时。",
    "周五晚上，整个老城区停电。",
    "事故原因是一台挖掘机在施工时挖断了电缆。",
]


def test_facts_are_linked_out_of_order_and_across_languages(encoder: embed.Encoder) -> None:
    links = align.align(
        {"a": text_side("a", "de", GERMAN, encoder), "b": text_side("b", "zh-Hans", CHINESE, encoder)},
        lambda: encoder,
        0.45,
    )
    found = {(link.a, link.b) for link in links if link.score >= 0.5}
    assert {(("a:1",), ("b:3",)), (("a:2",), ("b:4",)), (("a:3",), ("b:2",))} <= found
    assert not [link for link in links if link.score >= 0.5 and ("a:4" in link.a or "b:1" in link.b)]


def test_alignment_is_the_same_every_time(encoder: embed.Encoder) -> None:
    sides = {"a": text_side("a", "de", GERMAN, encoder), "b": text_side("b", "zh-Hans", CHINESE, encoder)}
    assert align.align(sides, lambda: encoder, 0.45) == align.align(sides, lambda: encoder, 0.45)


def test_a_heading_is_no_sentences_counterpart(encoder: embed.Encoder) -> None:
    left = text_side(
        "a", "en", ["Power cut in the old town", "Nothing else happened."], encoder, ["heading", "paragraph"]
    )
    right = text_side("b", "en", ["There was a power cut in the old town.", "It rained."], encoder)
    assert not align.align({"a": left, "b": right}, lambda: encoder, 0.45)


def test_short_labels_are_not_linked(encoder: embed.Encoder) -> None:
    left = text_side("a", "en", ["Coding", "Revenue"], encoder)
    assert not align.align({"a": left, "b": text_side("b", "de", ["Coding", "Umsatz"], encoder)}, lambda: encoder, 0.45)


@pytest.mark.parametrize("lines", [[], ["One line only."]])
def test_nothing_to_align_is_no_error(lines: list[str], encoder: embed.Encoder) -> None:
    one, other = text_side("a", "en", lines, encoder), text_side("b", "de", GERMAN, encoder)
    assert all(len(link.a) == 1 for link in align.align({"a": one, "b": other}, lambda: encoder, 0.45))


NUMBERS = [
    ("50 Millionen Videos", "5000万个视频", True),
    ("1,25 Billionen Dollar", "1.25万亿美元", True),
    ("12.000 Haushalte", "1.2万户", True),
    ("60 Milliarden", "60亿", False),
    ("6 Milliarden", "60亿", True),
    ("1.250 Teile", "1,250 parts", True),
    ("50 Megawatt", "5万千瓦", True),
    ("50 MW", "50,000 kilowatts", True),
    ("1,8 Gigawatt", "1.8吉瓦", True),
    ("3 Megawatt", "3兆瓦", True),
    ("3 Megawatt", "3 Kilowatt", False),
]


@pytest.mark.parametrize(("left", "right", "same"), NUMBERS)
def test_numbers_cross_languages(left: str, right: str, same: bool) -> None:
    assert bool(evidence.numbers(left) & evidence.numbers(right)) == same


def test_names_are_words_that_cross_languages() -> None:
    assert evidence.names("Die Chefin Odalys Renner stellte GB300 vor.", spaced=True) >= {"odalys", "renner", "gb300"}
    assert evidence.names("奥维林发布了 Pirol 5 模型和 grok", spaced=False) == {"pirol", "grok"}


def test_evidence_is_linear_in_the_text() -> None:
    for text in ("1." * 200_000, "a'" * 200_000, "1,2.3" * 80_000, "千" * 200_000):
        evidence.numbers(text)
        evidence.names(text, True)


def test_clauses_lose_nothing() -> None:
    text = "Der Strom fiel am Freitag in der Altstadt aus, weil ein Bagger ein Kabel traf; lange blieb es dunkel."
    assert "".join(clauses(text)) == text
    assert 1 < len(clauses(text)) <= 4
    assert all(part in text for part in parts(text))
    assert parts("Kurz.") == ["Kurz."]


def test_wording_likes_what_is_alike() -> None:
    a = ["the power cut in the old town", "a museum shows coins"]
    b = ["museums show old coins", "power cut in old town", "rain"]
    cosines = lexical.cosines(a, b)
    assert cosines.shape == (2, 3)
    assert cosines[0].argmax() == 1 and cosines[1].argmax() == 0


def scored(shape: tuple[int, int], cells: dict[tuple[int, int], float]) -> Scored:
    rows, columns = (np.array(index) for index in zip(*cells))
    return Scored(shape, rows, columns, np.zeros((len(cells), len(scores.FEATURES))), np.array(list(cells.values())))


def test_the_second_look_knows_rivals_and_neighbours() -> None:
    cells = {(0, 0): 0.9, (0, 1): 0.2, (1, 1): 0.6, (2, 0): 0.3}
    found = scored((3, 2), cells)
    nothing = np.zeros(len(cells))
    features = refine.context(found, (nothing, nothing))[:, found.features.shape[1] :]
    wanted = {
        "rival_a": [0.2, 0.9, 0, 0],
        "rival_b": [0.3, 0.6, 0.2, 0.9],
        "diagonal": [0.6, 0, 0.9, 0],
        "beside_a": [0, 0.6, 0.2, 0],
        "beside_b": [0.2, 0.9, 0, 0],
    }
    for name, values in wanted.items():
        odds = features[:, refine.CONTEXT.index(name)]
        assert 1 / (1 + np.exp(-odds)) == pytest.approx(values, abs=2e-4), name


def test_long_sources_are_looked_at_in_windows(encoder: embed.Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    sides = {"a": text_side("a", "de", GERMAN * 3, encoder), "b": text_side("b", "zh-Hans", CHINESE * 3, encoder)}
    monkeypatch.setattr(comparable, "_WINDOW", 4)
    hopeful = comparable.score(sides["a"], sides["b"], scores.default_models().first)
    assert (hopeful.probabilities >= 0.01).all() and len(hopeful.rows)
    monkeypatch.setattr(comparable, "_HOPELESS", 0.0)
    found = comparable.score(sides["a"], sides["b"], scores.default_models().first)
    assert found.shape == (12, 12) and len(found.rows) > len(hopeful.rows)
    whole = dict(zip(zip(found.rows.tolist(), found.columns.tolist()), found.probabilities.tolist()))
    # The second and the third telling have the same text before them, so their windows see the same.
    inside = {(i, j): p for (i, j), p in whole.items() if 4 <= i < 8 <= j}
    assert len(inside) > 4
    for (i, j), probability in inside.items():
        assert whole[i + 4, j - 4] == pytest.approx(probability, abs=1e-6)
    assert max(inside, key=inside.__getitem__) in {(4, 10), (5, 11), (6, 9)}


def gathered(cells: dict[tuple[int, int], float], minimum: float, encoder: embed.Encoder) -> list[Link]:
    sides = [
        text_side(name, language, lines, encoder)
        for name, language, lines in (("a", "de", GERMAN), ("b", "en", GERMAN))
    ]
    return comparable.beads(*sides, scored((4, 4), cells), minimum, 0.2)


def test_neighbours_that_are_probable_enough_make_one_bead(encoder: embed.Encoder) -> None:
    (bead,) = gathered({(0, 0): 0.9, (0, 1): 0.6}, 0.45, encoder)
    assert (bead.a, bead.b, bead.score) == (("a:1",), ("b:1", "b:2"), 0.6)


def test_weak_neighbours_make_one_bead_of_their_own(encoder: embed.Encoder) -> None:
    (bead,) = gathered({(0, 0): 0.35, (0, 1): 0.3}, 0.45, encoder)
    assert (bead.b, bead.score) == (("b:1", "b:2"), 0.3)


def test_what_is_too_weak_does_not_ride_on_a_neighbours_score(encoder: embed.Encoder) -> None:
    strong, weak = gathered({(0, 0): 0.9, (0, 1): 0.3}, 0.45, encoder)
    assert (strong.b, strong.score) == (("b:1",), 0.9)
    assert (weak.b, weak.score) == (("b:2",), 0.3)


def test_a_third_source_speaks_for_a_pair() -> None:
    looks = {
        ("a", "b"): scored((2, 2), {(0, 0): 0.3, (1, 1): 0.3}),
        ("a", "c"): scored((2, 1), {(0, 0): 0.9, (1, 0): 0.05}),
        ("b", "c"): scored((2, 1), {(0, 0): 0.8, (1, 0): 0.05}),
    }
    best, total = third_sources(looks)["a", "b"]
    assert best.tolist() == pytest.approx([0.72, 0.0])
    assert total.tolist() == pytest.approx([0.72, 0.0])


ORDER = {f"{source}:{n}": (source, n) for source in "abcd" for n in range(1, 9)}


def link(a: str, b: str, score: float) -> Link:
    return Link(tuple(a.split("+")), tuple(b.split("+")), score)


def members(links: list[Link]) -> list[dict[str, tuple[str, ...]]]:
    return [dict(group.members) for group in align.group(links, ORDER, 0.5)]


def test_links_that_agree_make_one_group() -> None:
    found = members([link("a:1", "b:1", 0.9), link("a:1", "c:4", 0.8), link("b:1", "c:4", 0.7)])
    assert found == [{"a": ("a:1",), "b": ("b:1",), "c": ("c:4",)}]


def test_a_sentence_that_tells_two_facts_does_not_chain_them() -> None:
    """b:1 tells what a:1 and c:1 tell, of which neither is linked to the other's friends."""
    links = [
        link("a:1", "b:1", 0.9), link("a:1", "d:1", 0.9), link("b:1", "d:1", 0.9),
        link("b:1", "c:1", 0.9),
    ]  # fmt: skip
    found = members(links)
    assert {"a": ("a:1",), "b": ("b:1",), "d": ("d:1",)} in found
    assert not any("a" in group and "c" in group for group in found)


def test_halves_of_a_statement_are_one_run() -> None:
    found = members([link("a:1", "b:1+b:2", 0.9), link("a:1", "c:3", 0.8), link("b:2", "c:3", 0.8)])
    assert found == [{"a": ("a:1",), "b": ("b:1", "b:2"), "c": ("c:3",)}]


def test_a_source_has_one_run_of_neighbours_in_a_group() -> None:
    for group in members([link("a:1", "b:1", 0.9), link("a:1", "b:5", 0.9), link("b:1", "c:1", 0.8)]):
        for run in group.values():
            positions = [ORDER[identifier][1] for identifier in run]
            assert positions == list(range(positions[0], positions[0] + len(positions)))


def test_weak_links_support_but_make_no_group() -> None:
    assert members([link("a:1", "b:1", 0.4)]) == []
    found = members([link("a:1", "b:1", 0.9), link("b:1", "c:1", 0.6), link("a:1", "c:1", 0.3)])
    assert found == [{"a": ("a:1",), "b": ("b:1",), "c": ("c:1",)}]
