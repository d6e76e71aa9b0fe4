"""Numbers in German, English and Chinese: golden tables, and texts that nobody wrote."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import compare
from pipeline.compare import numerals
from pipeline.language import Language
from pipeline.model import Claim, Segment

GOLDEN = Path(__file__).parent / "golden" / "claims"
Row = tuple[str, str, str, str, str]


def rows(name: str) -> dict[str, list[Row]]:
    """The golden table: each text with the numbers it says. Rows after # are not looked at."""
    table: dict[str, list[Row]] = {}
    for line in (GOLDEN / f"{name}.tsv").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            text, *row = line.split("\t")
            table.setdefault(text, []).append(tuple(row))  # type: ignore[arg-type]
    return table


def segment(text: str) -> Segment:
    return Segment("a:1", "a", 1, 0, len(text), text, text, "paragraph", 0, 1)


def numbers(text: str, tag: str) -> list[Claim]:
    language = Language.parse(tag)
    return [claim for claim in compare.claims(segment(text), language, "2026-02-12") if claim.kind == "number"]


def as_row(claim: Claim) -> Row:
    low, high = ("-" if bound is None else f"{bound:.12g}" for bound in (claim.low, claim.high))
    return claim.value, claim.unit, low, high, "yes" if claim.approximate else "no"


def normalised(row: Row) -> Row:
    value, unit, low, high, approximate = row
    low, high = ("-" if bound == "-" else f"{float(bound):.12g}" for bound in (low, high))
    return value, unit, low, high, approximate


CASES = [(name, text, expected) for name in ("de", "en", "zh") for text, expected in rows(name).items()]


@pytest.mark.parametrize(("tag", "text", "expected"), CASES, ids=[f"{tag}: {text}" for tag, text, _ in CASES])
def test_golden(tag: str, text: str, expected: list[Row]) -> None:
    wanted = [] if expected == [("-",) * 5] else [normalised(row) for row in expected]
    assert [as_row(claim) for claim in numbers(text, tag)] == wanted
