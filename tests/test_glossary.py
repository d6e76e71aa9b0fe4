"""The glossary: OmegaT's TSV, names learnt from the sources, and what they do to a translation."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from pipeline.errors import UserError
from pipeline.language import to_traditional
from pipeline.translate.glossary import Glossary, Term, explained


def names(text: str) -> list[tuple[str, str]]:
    return [(term.source, term.targets[0]) for term in explained(text)]


EXPLAINED = [
    # Chinese people: the family name tells where the name begins, the pinyin how long it is.
    ("最受关注的是王小明(Xiaoming Wang)。", [("王小明", "Xiaoming Wang")]),
    ("他和李伟（Wei Li）都来了", [("李伟", "Wei Li")]),
    ("主任是歐陽大海（Dahai Ouyang，音譯）", [("欧阳大海", "Dahai Ouyang")]),
    ("記者張天山(Zhang Tianshan)報道", [("张天山", "Zhang Tianshan")]),
    ("同事陳大山(Tony Chen)說", [("陈大山", "Tony Chen")]),
    # Transliterations, with the dot and without.
    ("昨天馬克·施密特（Mark Schmidt）說", [("马克·施密特", "Mark Schmidt")]),
    ("主席汉斯·贝克尔(Hans Becker)", [("汉斯·贝克尔", "Hans Becker")]),
    ("他說的是貝克爾（Hans Becker）。", [("贝克尔", "Hans Becker")]),
    # The other way round.
    ("Hans Becker（汉斯·贝克尔）来了", [("汉斯·贝克尔", "Hans Becker")]),
    # No names: a gloss in English, a label, a term, a role.
    ("编码团队（Coding）", []),
    ("强化学习（Reinforcement Learning）", []),
    ("微软(Microsoft)", []),
    ("第二，编程(Coding)", []),
    ("大会（All Hands Meeting）", []),
    ("Jimmy（小明）", []),
    ("Der Bürgermeister (Hans Becker) kam", []),
    ("桥（2026）", []),
]


@pytest.mark.parametrize(("text", "found"), EXPLAINED)
def test_names_are_learnt_from_parentheses(text: str, found: list[tuple[str, str]]) -> None:
    assert names(text) == found


def test_learnt_names_hold_in_both_scripts_and_for_the_family_name() -> None:
    glossary = Glossary().learn(["馬克·施密特（Mark Schmidt）說"])
    for text in ("施密特来了", to_traditional("施密特来了")):
        assert [(s.start, s.end, s.shown) for s in glossary.names(text)] == [(0, 3, "Schmidt")]
    assert [s.shown for s in glossary.names("今天马克·施密特和施密特太太")] == ["Mark Schmidt", "Schmidt"]


def test_a_full_explanation_is_better_than_a_family_name() -> None:
    glossary = Glossary().learn(["马克·施密特（Mark Schmidt）", "施密特（Mark Schmidt）"])
    assert glossary.terms["施密特"].targets == ("Mark Schmidt",)


def test_the_users_terms_win() -> None:
    glossary = Glossary([Term("施密特", ("M. Schmidt",))]).learn(["施密特（Mark Schmidt）"])
    assert glossary.terms["施密特"].targets == ("M. Schmidt",)


def test_the_explanation_itself_is_not_said_twice() -> None:
    glossary = Glossary().learn(["王小明(Xiaoming Wang)"])
    text = "昨天王小明（Xiaoming Wang）说"
    assert [text[s.start : s.end] for s in glossary.names(text)] == ["王小明（Xiaoming Wang）"]


def test_whole_words_in_any_case() -> None:
    glossary = Glossary([Term("Rat", ("council",)), Term("EZB", ("ECB",))])
    assert [term.source for _, _, term in glossary.find("Der RAT, die Rate, die EZB-Pläne, Ratten")] == ["Rat", "EZB"]
    assert [s.shown for s in glossary.names("Der Rat der EZB")] == ["ECB"]  # only names go into the text
    assert [s.shown for s in glossary.names("ＥＺＢ")] == []


def test_the_longest_term_wins() -> None:
    glossary = Glossary([Term("大学", ("university",)), Term("北方大学", ("Northern University",))])
    assert [term.source for _, _, term in glossary.find("北方大学和大学")] == ["北方大学", "大学"]


def test_violations() -> None:
    glossary = Glossary([Term("Rat", ("council", "Council of Ministers")), Term("Brücke", ("bridge",))])
    assert [t.source for t in glossary.violated("Der Rat sperrt die Brücke", "The advice closes the Bridge")] == ["Rat"]
    assert glossary.violated("Der Rat", "the Councils") == []
    assert glossary.violated("Die Stadt", "anything") == []
    learnt = Glossary().learn(["马克·施密特（Mark Schmidt）"])
    assert learnt.violated("马克·施密特", "Schmidt said") == []
    assert len(learnt.violated("马克·施密特", "Shimit said")) == 1


def test_read(tmp_path: Path) -> None:
    path = tmp_path / "glossary.txt"
    path.write_text(
        "\ufeff# terms\nRat\tcouncil\ta body\n\nRat\tcouncil of ministers\n軟體\tsoftware\nBrücke\tbridge\n",
        encoding="utf-8",
    )
    glossary = Glossary.read(path)
    assert glossary.terms["rat"] == Term("Rat", ("council", "council of ministers"), "a body")
    assert [term.note for _, _, term in glossary.find("软体")] == [""]


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"Rat\n", "line 1 needs"), (b"Rat\t \tnote\n", "line 1 needs"), (b"\xff", "not UTF-8")],
)
def test_bad_files_are_user_errors(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "glossary.tsv"
    path.write_bytes(content)
    with pytest.raises(UserError, match=message):
        Glossary.read(path)
    with pytest.raises(UserError, match="cannot be read"):
        Glossary.read(tmp_path / "none.tsv")


def test_empty_glossary() -> None:
    assert Glossary().find("馬斯克") == []
    assert Glossary().learn(["nothing here"]).terms == {}


@pytest.mark.parametrize("text", ["马" * 100_000, "A " * 50_000, "马克·" * 30_000, "马(" * 50_000, "A（马" * 30_000])
def test_hostile_text_takes_linear_time(text: str) -> None:
    start = time.perf_counter()
    glossary = Glossary().learn([text, "马克·施密特（Mark Schmidt）"])
    glossary.names(text)
    assert time.perf_counter() - start < 10
