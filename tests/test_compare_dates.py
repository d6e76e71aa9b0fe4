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
