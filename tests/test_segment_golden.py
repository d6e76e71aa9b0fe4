"""Segmenting against tables: our own, and those of sentencex."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.language import UNDETERMINED, Language
from pipeline.segment import split

GOLDEN = Path(__file__).parent / "golden"
# Cases passed of each table of sentencex, without and with its known failures. They must not fall.
PASSED = {
    "de": (25, 29),
    "en": (236, 243),
    "zh": (2, 2),
    "fr": (5, 5),
    "es": (2, 2),
    "ru": (37, 37),
    "ja": (4, 4),
    "ar": (3, 3),
}


@dataclass(frozen=True)
class Case:
    language: Language
    text: str
    sentences: list[str]
    known_failure: bool


def cases(path: Path) -> list[Case]:
    """The cases of a golden table; see golden/segment/README.md for the layout."""
    language = path.stem
    found: list[Case] = []
    block: list[str] = []
    for line in [*path.read_text(encoding="utf-8").splitlines(), "==="]:
        if line.startswith("@"):
            language = line[1:]
        elif line not in ("===", "#==="):
            block.append(line)
        else:
            found += _case(block, language)
            block = []
    return found


def _case(block: list[str], language: str) -> list[Case]:
    lines = [line for line in block if line.strip() and line != "#" and not line.startswith("# ")]
    if not lines:
        return []
    known_failure = lines[0].startswith("#")
    if known_failure:
        lines = [line.removeprefix("#") for line in lines]
    middle = lines.index("---")
    text = "\n".join(lines[:middle]).replace("\\n", "\n")
    expected = [folded(line) for line in lines[middle + 1 :]]
    tag = UNDETERMINED if language == "und" else Language.parse(language)
    return [Case(tag, text, expected, known_failure)]


def folded(text: str) -> str:
    return " ".join(text.split())


def sentences(text: str, language: Language) -> list[str]:
    return [folded(text[start:end]) for start, end in split(text, language)]


TABLES = [
    pytest.param(case, id=f"{path.stem}-{number}")
    for path in sorted((GOLDEN / "segment").glob("*.txt"))
    for number, case in enumerate(cases(path), 1)
]


@pytest.mark.parametrize("case", TABLES)
def test_our_tables(case: Case) -> None:
    found = sentences(case.text, case.language)
    if case.known_failure:
        assert found != case.sentences, "this no longer fails: take the # away"
    else:
        assert found == case.sentences


@pytest.mark.parametrize("name", ["de", "en", "zh-Hans"])
def test_our_tables_are_large(name: str) -> None:
    assert len(cases(GOLDEN / "segment" / f"{name}.txt")) >= 60


@pytest.mark.parametrize("case", TABLES)
def test_a_sentence_is_one_sentence(case: Case) -> None:
    for sentence in sentences(case.text, case.language):
        assert sentences(sentence, case.language) == [sentence]


@pytest.mark.parametrize("name", PASSED)
def test_sentencex_tables(name: str) -> None:
    table = cases(GOLDEN / "sentencex" / f"{name}.txt")
    right = [case for case in table if sentences(case.text, case.language) == case.sentences]
    passed = sum(not case.known_failure for case in right), len(right)
    assert passed[0] >= PASSED[name][0] and passed[1] >= PASSED[name][1]
