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
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("@"):
            language = line[1:]
        elif line.lstrip("#") != "===":
            block.append(line)
        elif case := _case(block, language):
            found.append(case)
            block = []
    if case := _case(block, language):
        found.append(case)
    return found


def _case(block: list[str], language: str) -> Case | None:
    lines = [line for line in block if line.strip() and line != "#" and not line.startswith("# ")]
    if not lines:
        return None
    known_failure = lines[0].startswith("#")
    lines = [line.removeprefix("#") if known_failure else line for line in lines]
    middle = lines.index("---")
    return Case(
        UNDETERMINED if language == "und" else Language.parse(language),
        "\n".join(lines[:middle]).replace("\\n", "\n"),
        [folded(line) for line in lines[middle + 1 :]],
        known_failure,
    )


def folded(text: str) -> str:
    return " ".join(text.split())


def sentences(text: str, language: Language) -> list[str]:
    return [folded(text[start:end]) for start, end in split(text, language)]


def table_cases() -> list[object]:
    return [
        pytest.param(
            case,
            id=f"{path.stem}-{number}",
            marks=[pytest.mark.xfail(strict=True, reason="known failure")] if case.known_failure else [],
        )
        for path in sorted((GOLDEN / "segment").glob("*.txt"))
        for number, case in enumerate(cases(path), 1)
    ]


@pytest.mark.parametrize("case", table_cases())
def test_our_tables(case: Case) -> None:
    assert sentences(case.text, case.language) == case.sentences


@pytest.mark.parametrize("name", ["de", "en", "zh-Hans"])
def test_our_tables_are_large(name: str) -> None:
    assert len(cases(GOLDEN / "segment" / f"{name}.txt")) >= 60


@pytest.mark.parametrize("case", table_cases())
def test_a_sentence_is_one_sentence(case: Case) -> None:
    for sentence in sentences(case.text, case.language):
        assert sentences(sentence, case.language) == [sentence]


@pytest.mark.parametrize("name", PASSED)
def test_sentencex_tables(name: str) -> None:
    table = cases(GOLDEN / "sentencex" / f"{name}.txt")
    right = [case for case in table if sentences(case.text, case.language) == case.sentences]
    passed = sum(not case.known_failure for case in right), len(right)
    assert passed[0] >= PASSED[name][0] and passed[1] >= PASSED[name][1]
