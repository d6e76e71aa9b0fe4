"""The made news of the growth benchmark, and the line through its figures."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from benchmarks import synthetic
from benchmarks.growth import exponent
from pipeline import read


def test_a_corpus_follows_from_its_seed(tmp_path: Path) -> None:
    stories = synthetic.write(tmp_path / "a", 60, seed=1, each=25)
    assert synthetic.write(tmp_path / "b", 60, seed=1, each=25) == stories
    names = ["articles-00000.jsonl", "articles-00001.jsonl", "articles-00002.jsonl"]
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == names
    texts = [[(tmp_path / run / name).read_text(encoding="utf-8") for name in names] for run in "ab"]
    assert texts[0] == texts[1]
    assert synthetic.write(tmp_path / "c", 60, seed=2, each=25) != stories


def test_articles_of_a_story_share_sentences_and_others_do_not(tmp_path: Path) -> None:
    corpus = synthetic.ntrex().lines
    number = {line: n for lines in corpus.values() for n, line in enumerate(lines)}
    facts: dict[int, list[set[int]]] = {}
    for made in synthetic.articles(200):
        facts.setdefault(made.story, []).append({number[line] for line in made.record["text"].split("\n\n")})
    sizes = Counter(map(len, facts.values()))
    assert set(sizes) <= set(synthetic.SIZES) and len(facts) > 30
    for several in facts.values():
        assert all(len(told) == synthetic.TOLD for told in several)
        assert len(set.union(*several)) <= synthetic.FACTS


def test_parallax_reads_them(tmp_path: Path) -> None:
    synthetic.write(tmp_path, 8)
    documents, notes = read.documents([tmp_path])
    records = [json.loads(line) for line in (tmp_path / "articles-00000.jsonl").read_text("utf-8").splitlines()]
    assert [document.source.id for document in documents] == [record["id"] for record in records]
    assert [document.source.language.tag for document in documents] == [record["language"] for record in records]
    assert not notes


@pytest.mark.parametrize("power", [0.0, 1.0, 2.0])
def test_the_exponent_is_the_slope_in_logarithms(power: float) -> None:
    assert exponent([(x, 3 * x**power) for x in (100.0, 1_000.0, 10_000.0)]) == pytest.approx(power)
