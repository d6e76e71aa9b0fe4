"""Parallel text: the corridor, the lattice, beads of hand-made and of real texts, detection, `parallax align`."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from pipeline import bitext
from pipeline.align import bead_scores, coarse, detect, parallel
from pipeline.align.bead_scores import SIZES
from pipeline.align.coarse import Corridor
from pipeline.align.parallel import Lattice
from pipeline.align.runs import JoinedRuns, PooledRuns, runs
from pipeline.cli import app
from pipeline.embed import Matrix, default
from pipeline.errors import UserError
from pipeline.language import Language

GERMAN = (
    "Der Hafen blieb am Montag geschlossen.",
    "Drei Fähren warteten vor der Mole, und ihre Kapitäne stritten über Funk.",
    "Niemand hatte mit dem Sturm gerechnet.",
    "Gegen Mittag ließ der Wind nach.",
    "Die erste Fähre legte um 14 Uhr an.",
    "An Bord waren 212 Reisende.",
    "Die Stadt zahlte ihnen das Essen, aber nicht das Hotel.",
    "Ein Hund ging verloren.",
    "Am Dienstag fuhr alles wieder nach Plan.",
)  # fmt: skip
ENGLISH = (
    "The harbour stayed closed on Monday.",
    "Three ferries were waiting outside the pier.",
    "Their captains argued over the radio.",
    "Nobody had expected the storm.",
    "Towards noon the wind eased and the first ferry docked at 2 pm.",
    "There were 212 travellers on board.",
    "The city paid for their food, but not for the hotel.",
    "On Tuesday everything ran to schedule again.",
)
GOLD = [
    ([0], [0]),
    ([1], [1, 2]),
    ([2], [3]),
    ([3, 4], [4]),
    ([5], [5]),
    ([6], [6]),
    ([7], []),
    ([8], [7]),
]
DE, EN = Language("de"), Language("en")


def beads(a: Sequence[str], b: Sequence[str]) -> list[tuple[list[int], list[int]]]:
    return [(list(bead.a), list(bead.b)) for bead in parallel.align(a, b, default(), (DE, EN))]


def test_a_short_text_is_aligned_with_merges_splits_and_a_deletion() -> None:
    assert beads(GERMAN, ENGLISH) == GOLD
    assert beads(ENGLISH, GERMAN) == [(b, a) for a, b in GOLD]


def test_scores_are_probabilities_and_alignment_is_deterministic() -> None:
    found = parallel.align(GERMAN, ENGLISH, default(), (DE, EN))
    assert all(0.0 <= bead.score <= 1.0 for bead in found)
    assert found[0].score > 0.9
    assert found == parallel.align(GERMAN, ENGLISH, default(), (DE, EN))


@pytest.mark.parametrize(("a", "b"), [((), ENGLISH), (GERMAN, ()), ((), ())])
def test_nothing_has_no_counterpart(a: Sequence[str], b: Sequence[str]) -> None:
    assert beads(a, b) == [([i], []) for i in range(len(a))] + [([], [j]) for j in range(len(b))]


def test_a_long_insertion_is_stepped_over() -> None:
    foreign = [f"Recipe {n}: take {n} eggs, some flour and a little butter." for n in range(60)]
    found = beads(GERMAN, [*ENGLISH[:4], *foreign, *ENGLISH[4:]])
    assert found[:2] == GOLD[:2] and ([6], [66]) in found and ([8], [67]) in found
    assert sum(not a for a, _ in found) >= 45


# ---- the lattice, against all paths of small random ones


def random_lattice(n: int, m: int, seed: int) -> Lattice:
    generator = np.random.default_rng(seed)
    corridor = Corridor(np.zeros(n + 1, dtype=np.int64), np.full(n + 1, m, dtype=np.int64))
    scores = {}
    for p, q in SIZES:
        rows = []
        for i in range(n + 1):
            row = generator.normal(size=m + 1)
            row[[i + p > n or j + q > m for j in range(m + 1)]] = parallel._NEVER
            rows.append(row)
        scores[p, q] = rows
    return Lattice(corridor, scores, generator.normal(size=n), generator.normal(size=m))


def all_paths(n: int, m: int) -> list[list[tuple[int, int, tuple[int, int]]]]:
    if not n and not m:
        return [[]]
    return [
        [*path, (n - p, m - q, (p, q))]
        for p, q in [(1, 0), (0, 1), *SIZES]
        if p <= n and q <= m
        for path in all_paths(n - p, m - q)
    ]


@given(st.integers(0, 3), st.integers(0, 3), st.integers(0, 10_000))
@settings(derandomize=True, deadline=None, max_examples=40)
def test_the_lattice_agrees_with_the_sum_over_all_paths(n: int, m: int, seed: int) -> None:
    lattice = random_lattice(n, m, seed)
    paths = all_paths(n, m)
    weights = [sum(parallel._value(lattice, *bead) for bead in path) for path in paths]
    assert parallel.best_path(lattice) == paths[int(np.argmax(weights))]
    total, marginals = parallel.marginals(lattice)
    assert total == pytest.approx(np.logaddexp.reduce(weights), abs=1e-6)
    for size in SIZES:
        for i, j in itertools.product(range(n + 1), range(m + 1)):
            through = [w for w, path in zip(weights, paths) if (i, j, size) in path]
            expected = np.exp(np.logaddexp.reduce(through) - total) if through else 0.0
            assert marginals.scores[size][i][j] == pytest.approx(expected, abs=1e-6)
    for i in range(n):
        through = [w for w, path in zip(weights, paths) if any(x == i and s == (1, 0) for x, _, s in path)]
        assert marginals.null_a[i] == pytest.approx(np.exp(np.logaddexp.reduce(through) - total), abs=1e-6)
    for j in range(m):
        through = [w for w, path in zip(weights, paths) if any(y == j and s == (0, 1) for _, y, s in path)]
        assert marginals.null_b[j] == pytest.approx(np.exp(np.logaddexp.reduce(through) - total), abs=1e-6)


# ---- the corridor

# Cells that rise on both sides.
chains = st.tuples(st.sets(st.integers(0, 19), max_size=8), st.sets(st.integers(0, 29), max_size=8)).map(
    lambda sides: list(zip(sorted(sides[0]), sorted(sides[1])))
)


@given(chains, st.integers(1, 6))
@settings(derandomize=True, deadline=None, max_examples=60)
def test_a_corridor_holds_its_chain_and_is_passable(chain: list[tuple[int, int]], radius: int) -> None:
    corridor = coarse.around(chain, 20, 30, radius)
    assert corridor.low[0] == 0 and corridor.high[-1] == 30
    assert (np.diff(corridor.low) >= 0).all() and (np.diff(corridor.high) >= 0).all()
    assert (corridor.low[1:] <= corridor.high[:-1] + 1).all()
    for i, j in chain:
        assert corridor.low[i] <= j <= corridor.high[i] and corridor.low[i + 1] <= j + 1 <= corridor.high[i + 1]


@given(st.lists(st.lists(st.sampled_from([0.0, 0.5, 1.0]), min_size=4, max_size=4), min_size=1, max_size=5))
@settings(derandomize=True, deadline=None, max_examples=60)
def test_the_heaviest_chain_is_heaviest(gains: list[list[float]]) -> None:
    table = np.array(gains)
    n, m = table.shape
    full = Corridor(np.zeros(n + 1, dtype=np.int64), np.full(n + 1, m, dtype=np.int64))
    chain = coarse.heaviest_chain(lambda row, first, after: table[row, first:after], full)
    assert all(a[0] < b[0] and a[1] < b[1] for a, b in itertools.pairwise(chain))
    cells = [(i, j) for i in range(n) for j in range(m)]
    best = max(
        sum(table[c] for c in chosen)
        for size in range(min(n, m) + 1)
        for chosen in itertools.combinations(cells, size)
        if all(a[0] < b[0] and a[1] < b[1] for a, b in itertools.pairwise(chosen))
    )
    assert sum(table[c] for c in chain) == pytest.approx(best)


# ---- vectors of runs


def test_pools_are_what_the_encoder_encodes() -> None:
    encoder = default()
    texts = ["Der Hafen blieb zu.", "港口周一关闭。", "", "x"]
    assert np.allclose(encoder.unpool(encoder.pool(texts)), encoder.encode(texts), atol=1e-4)  # type: ignore[attr-defined]


def test_pooled_runs_are_near_the_joined_text() -> None:
    pooled = runs(default(), GERMAN, " ")
    joined = JoinedRuns(default(), GERMAN, " ")
    assert isinstance(pooled, PooledRuns)
    for length in (1, 2, 3):
        first = np.arange(len(GERMAN) - length + 1)
        near = (pooled.vectors(first, first + length) * joined.vectors(first, first + length)).sum(axis=1)
        assert near.min() > (0.999 if length == 1 else 0.93)


class Plain:
    """An encoder that cannot pool."""

    name = "plain"

    def encode(self, texts: Sequence[str]) -> Matrix:
        return default().encode(texts)


def test_an_encoder_that_cannot_pool_will_do() -> None:
    found = parallel.align(GERMAN, ENGLISH, Plain(), (DE, EN))
    assert [(list(bead.a), list(bead.b)) for bead in found] == GOLD


# ---- detection


def test_translations_are_told_from_articles_on_one_event() -> None:
    encoder = default()
    a, b = encoder.encode(GERMAN), encoder.encode(ENGLISH)
    assert detect.is_parallel(a, b)
    assert not detect.is_parallel(a, b[[5, 2, 7, 0, 6, 1, 4, 3]])  # the same sentences, told in another order
    assert not detect.is_parallel(a, b[:0])


def test_the_weights_fit_the_features() -> None:
    weights = bead_scores.default()
    assert weights.features.shape == weights.merged.shape == (len(bead_scores.FEATURES),)
    assert len(weights.bias) == len(bead_scores.BIASES)


# ---- parallax align


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    (tmp_path / "a.de.txt").write_text("\n".join(GERMAN) + "\n", encoding="utf-8")
    (tmp_path / "b.en.txt").write_text("\n".join(ENGLISH), encoding="utf-8")
    return str(tmp_path / "a.de.txt"), str(tmp_path / "b.en.txt")


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["align", *arguments])
    if isinstance(result.exception, UserError):
        return 2, result.stdout, str(result.exception)
    assert result.exception is None, result.exception
    return result.exit_code, result.stdout, result.stderr


def test_vecalign_form(files: tuple[str, str]) -> None:
    code, out, talk = run(*files, "--lines")
    assert code == 0
    lines = [line.rsplit(":", 1) for line in out.splitlines()]
    assert [beads for beads, _ in lines] == [f"{a}:{b}" for a, b in GOLD]
    assert all(0 <= float(score) <= 1 for _, score in lines)
    assert talk == "parallel: 7 beads, 1 segments without a counterpart.\n"


def test_ladder_form(files: tuple[str, str]) -> None:
    _, out, _ = run(*files, "--lines", "--format", "ladder")
    rungs = [tuple(map(int, line.split("\t")[:2])) for line in out.splitlines()]
    assert rungs == [(0, 0), (1, 1), (2, 3), (3, 4), (5, 5), (6, 6), (7, 7), (8, 7), (9, 8)]


def test_tsv_and_json_hold_the_text(files: tuple[str, str]) -> None:
    _, out, _ = run(*files, "--lines", "--format", "tsv")
    rows = [line.split("\t") for line in out.splitlines()]
    assert rows[0] == ["a", "b", "score", "de", "en"]
    assert rows[2][0] == "1" and rows[2][1] == "1 2" and rows[2][4] == " ".join(ENGLISH[1:3])
    _, out, _ = run(*files, "--lines", "--json")
    data = json.loads(out)
    assert data["mode"] == "parallel" and [(bead["a"], bead["b"]) for bead in data["beads"]] == GOLD


def test_tmx_is_valid(files: tuple[str, str]) -> None:
    from lxml import etree

    _, out, _ = run(*files, "--lines", "--format", "tmx")
    root = etree.fromstring(out.encode())
    dtd = etree.DTD(str(Path(__file__).parent / "schemas" / "tmx14.dtd"))
    assert dtd.validate(root), dtd.error_log
    assert root.find("header").get("srclang") == "de"
    assert len(root.findall(".//tu")) == 7


def test_blank_lines_keep_their_number(tmp_path: Path) -> None:
    a, b = tmp_path / "a.txt", tmp_path / "b.txt"
    a.write_text("\n" + "\n\n".join(GERMAN), encoding="utf-8")
    b.write_text("\n".join(ENGLISH), encoding="utf-8")
    _, out, _ = run(str(a), str(b), "--lines")
    lines = [line.rsplit(":", 1)[0] for line in out.splitlines()]
    assert "[1]:[0]" in lines and "[0]:[]" in lines and "[7, 9]:[4]" in lines and "[8]:[]" in lines
    covered = sorted(n for line in lines for n in json.loads(line.split(":")[0]))
    assert covered == list(range(2 * len(GERMAN)))


def test_articles_out_of_order_are_comparable(tmp_path: Path) -> None:
    a, b = tmp_path / "a.txt", tmp_path / "b.txt"
    a.write_text("\n\n".join(GERMAN), encoding="utf-8")
    b.write_text("\n\n".join(ENGLISH[i] for i in (5, 2, 7, 0, 6, 1, 4, 3)), encoding="utf-8")
    _, out, talk = run(str(a), str(b))
    assert talk.startswith("comparable: ")
    lines = [line.rsplit(":", 1)[0] for line in out.splitlines()]
    assert "[5]:[0]" in lines and "[0]:[3]" in lines
    code, _, message = run(str(a), str(b), "--format", "ladder")
    assert code == 2 and "out of order" in message


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--mode", "both"), "--mode both is unknown"),
        (("--format", "csv"), "--format csv is unknown"),
        (("--languages", "de"), "names 1 languages"),
    ],
)
def test_mistakes_are_one_sentence(files: tuple[str, str], arguments: tuple[str, ...], said: str) -> None:
    code, out, message = run(*files, *arguments)
    assert code == 2 and said in message and not out


def test_a_file_without_words_and_one_that_is_not_there(files: tuple[str, str], tmp_path: Path) -> None:
    empty = tmp_path / "empty.txt"
    empty.write_text("\n\n", encoding="utf-8")
    assert "no line with a word" in run(files[0], str(empty), "--lines")[2]
    assert "cannot be read" in run(files[0], str(tmp_path / "none.txt"), "--lines")[2]


def test_formulas_are_defused(tmp_path: Path) -> None:
    a, b = tmp_path / "a.txt", tmp_path / "b.txt"
    a.write_text("=1+1 is what the harbour said", encoding="utf-8")
    b.write_text("=1+1 is what the harbour said", encoding="utf-8")
    out = bitext.tsv(bitext.align(bitext.lines(a, EN), bitext.lines(b, EN), "parallel", default(), 0.4))
    assert "\t=1" not in out and "=1+1 is what" in out
