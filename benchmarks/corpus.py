"""The data that the benchmarks are made from."""

from __future__ import annotations

from pathlib import Path

from pipeline.evaluate.comparable import Benchmark, read_story
from pipeline.evaluate.corpora import Corpus, read

DATA = Path(__file__).parent / "data"


def ntrex() -> Corpus:
    """NTREX-128 (news)."""
    return read(DATA / "ntrex")


def written_stories() -> list[Benchmark]:
    """The hand-written stories, all of them development data."""
    return [read_story(path) for path in sorted((DATA / "stories").glob("*.json"))]


def digests() -> list[Benchmark]:
    """The hand-written stories of which one outlet is a digest with tables, development data too."""
    return [read_story(path) for path in sorted((DATA / "digests").glob("*.json"))]


def test_stories() -> list[Benchmark]:
    """The hand-written stories that nothing is trained on."""
    return [read_story(path) for path in sorted((DATA / "stories-test").glob("*.json"))]
