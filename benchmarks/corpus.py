"""The corpora that the benchmarks are made from, and their split into development and test documents."""

from __future__ import annotations

from pathlib import Path

from pipeline.evaluate.comparable import Benchmark, read_story

DATA = Path(__file__).parent / "data"


def ntrex() -> tuple[dict[str, list[str]], list[str]]:
    """NTREX-128 (news): language tag to lines, and the document of each line."""
    folder = DATA / "ntrex"
    corpus = {path.stem: path.read_text(encoding="utf-8").splitlines() for path in sorted(folder.glob("*.txt"))}
    table = (folder / "DOCUMENT_IDS.tsv").read_text(encoding="utf-8").splitlines()
    return corpus, [line.split("\t")[0] for line in table]


def split(documents: list[str]) -> tuple[list[str], list[str]]:
    """Development and test documents: every second one of the sorted names."""
    names = sorted(set(documents))
    return names[::2], names[1::2]


def written_stories() -> list[Benchmark]:
    """The hand-written stories, all of them development data."""
    return [read_story(path) for path in sorted((DATA / "stories").glob("*.json"))]
