"""Dates and times in German, English and Chinese, in a source dated Thursday, 12 February 2026."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline import compare
from pipeline.compare import calendar
from pipeline.language import Language
from pipeline.model import Claim, Segment

GOLDEN = Path(__file__).parent / "golden" / "claims"
TODAY = "2026-02-12"


def rows(name: str) -> list[tuple[str, str, str]]:
    lines = (GOLDEN / f"dates_{name}.tsv").read_text(encoding="utf-8").splitlines()
    return [tuple(line.split("\t")) for line in lines if line and not line.startswith("#")]  # type: ignore[misc]


def dates(text: str, tag: str, today: str = TODAY) -> list[Claim]:
    segment = Segment("a:1", "a", 1, 0, len(text), text, text, "paragraph", 0, 1)
    return [claim for claim in compare.claims(segment, Language.parse(tag), today) if claim.kind == "date"]


CASES = [(name, *row) for name in ("de", "en", "zh") for row in rows(name)]


@pytest.mark.parametrize(("tag", "text", "value", "marks"), CASES, ids=[f"{tag}: {text}" for tag, text, *_ in CASES])
def test_golden(tag: str, text: str, value: str, marks: str) -> None:
    found = dates(text, tag)
    assert [claim.value for claim in found] == ([] if value == "-" else [value])
    for claim in found:
        said = [
            name
            for name, marked in (
                ("inferred", "year inferred" in claim.note),
                ("loose", claim.approximate),
                ("wrong weekday", " was a " in claim.note),
            )
            if marked
        ]
        assert ", ".join(said) == marks.replace("-", "")


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("2026-02-12", "2026-02", True),
        ("2026-02-12", "2026", True),
        ("2026-Q1", "2026-02", True),
        ("2026-W07", "2026-02-12", True),
        ("2026-H1", "2026-Q2", True),
        ("2024/2026", "2025-05", True),
        ("2026-02-12", "2026-02-11", False),
        ("2026-Q2", "--08", False),
        ("2026-Q2", "--06", True),
        ("--09", "2031-09", True),
        ("--09", "2031-11", False),
        ("--02-12", "2026-02-12", True),
        ("--02-12", "2026-02-11", False),
        ("2026-02-12T16:00", "2026-02-12", True),
        ("2026-02-12T16:00", "2026-02-12T17:00", False),
        ("T16:00", "2026-02-12T16:00", True),
        ("T16:00", "2026-02-12", False),
    ],
)
def test_a_date_agrees_with_what_holds_it(a: str, b: str, same: bool) -> None:
    assert calendar.agree(a, b) is same
    assert calendar.agree(b, a) is same


def test_an_inferred_year_is_not_compared() -> None:
    assert not calendar.agree("2018-10-01", "2017-10-01")
    assert calendar.agree("2018-10-01", "2017-10-01", years=False)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("2026-02-12", "12 February 2026"),
        ("2026-02", "February 2026"),
        ("--02-12", "12 February"),
        ("--09", "September"),
        ("2026-Q2", "second quarter of 2026"),
        ("2026-W07", "the week of 9 February 2026"),
        ("2024/2026", "2024 to 2026"),
        ("2026-02-12T16:00", "12 February 2026, 16:00"),
        ("T16:00", "16:00"),
    ],
)
def test_readable(value: str, words: str) -> None:
    assert calendar.readable(value) == words


def test_a_wrong_weekday_is_named() -> None:
    (claim,) = dates("2026年2月11日（星期二）开会。", "zh-Hans")
    assert claim.note == "11 February 2026 was a Wednesday, not a Tuesday"
    assert claim.text == "2026年2月11日（星期二）"


def test_without_the_date_of_the_source() -> None:
    assert dates("Gestern kam sie.", "de", today="") == []
    assert [claim.value for claim in dates("Am 12. Februar kam sie.", "de", today="")] == ["--02-12"]
    assert [claim.value for claim in dates("Am 12. Februar kam sie.", "de", today="no date")] == ["--02-12"]


@pytest.mark.parametrize(
    ("tag", "text"),
    [("de", "Am 31. Februar 2026 kam niemand."), ("zh-Hans", "2026年13月40日。"), ("en", "On 2026-02-30.")],
)
def test_days_that_do_not_exist_are_no_days(tag: str, text: str) -> None:
    assert all(claim.value in ("2026-02", "2026") for claim in dates(text, tag))


def test_the_29th_of_february_needs_a_leap_year() -> None:
    assert [claim.value for claim in dates("Am 29. Februar kam sie.", "de", today="2026-02-12")] == ["2026-02"]
    assert [claim.value for claim in dates("Am 29. Februar kam sie.", "de", today="2024-03-01")] == ["2024-02-29"]
