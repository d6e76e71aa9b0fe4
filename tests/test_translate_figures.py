"""Numbers that a translation lacks: pairs of a sentence, its translation and what is missing."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.language import Language
from pipeline.translate.figures import missing

KEPT = [
    ("de", "Die Brücke kostet 5,5 Millionen Euro.", "The bridge costs 5.5 million euros."),
    ("de", "Die Brücke kostet 5,5 Mio. Euro.", "The bridge costs €5.5m."),
    ("de", "1,25 Billionen Dollar", "1.25 trillion dollars"),
    ("de", "1,25 Billionen Dollar", "$1,250 billion"),
    ("de", "33.229 Aufrufe", "33,229 views"),
    ("de", "2 000 000 Zuschauer", "two million viewers"),
    ("de", "Version 3.5 ist da", "Version 3.5 is here"),
    ("de", "Am 12.02.2026 um 15:00 Uhr", "On 12 February 2026 at 3 p.m."),
    ("de", "bis 13.00 Uhr", "until 1 p.m."),
    ("de", "um 19 Uhr", "at 7 pm"),
    ("de", "Er hat 3 Kinder und 21 Enkel.", "He has three children and twenty-one grandchildren."),
    ("de", "von 1950 bis 1953", "from 1950-53"),
    ("de", "2-3 Millionen Menschen", "2 to 3 million people"),
    ("de", "Das Spiel endete 1:0.", "The match ended 1-0."),
    ("de", "nur 1 Mal", "only once"),
    ("zh", "5000万辆", "50 million cars"),
    ("zh", "15.6万订阅者", "156,000 subscribers"),
    ("zh", "超过 2000 万人", "more than 20 million people"),
    ("zh", "1.2-1.5万人", "12,000 to 15,000 people"),
    ("zh", "10多亿张图片", "over a billion images"),
    ("zh", "1.25万亿美元", "$1.25 trillion"),
    ("zh-Hant", "3億元", "300 million yuan"),
    ("zh", "2026年2月11日", "February 11, 2026"),
    ("zh", "20世纪30年代", "in the 1930s"),
    ("zh", "45分46秒", "45 minutes and 46 seconds"),
    ("fr", "12 millions d'euros", "12 million euros"),
]
LOST = [
    ("de", "5,5 Billionen Dollar", "5.5 billion dollars", ["5,5"]),
    ("de", "1,5 Milliarden Euro", "1.5 million euros", ["1,5"]),
    ("de", "33.229 Aufrufe", "33.2 views", ["33.229"]),
    ("de", "In 17 Jahren", "In many years", ["17"]),
    ("de", "am 12.02.2026", "on 12 March 2026", ["02"]),
    ("zh", "10万张显卡", "10 graphics cards", ["10"]),
    ("zh", "5000万", "50,000", ["5000"]),
    ("zh", "1.25万亿美元", "$1.25 billion", ["1.25"]),
    ("zh", "增长70%，达到30亿", "grew by 17% to 3 billion", ["70"]),
]


@pytest.mark.parametrize(("tag", "source", "output"), KEPT)
def test_numbers_in_another_writing_are_not_missing(tag: str, source: str, output: str) -> None:
    assert missing(source, output, Language.parse(tag)) == []


@pytest.mark.parametrize(("tag", "source", "output", "lost"), LOST)
def test_numbers_that_changed_are_missing(tag: str, source: str, output: str, lost: list[str]) -> None:
    assert missing(source, output, Language.parse(tag)) == lost


@settings(derandomize=True)
@given(st.text(alphabet="0123456789.,: 万亿-Mio年代abc", max_size=60))
def test_any_text_holds_its_own_numbers(text: str) -> None:
    for tag in ("de", "zh"):
        assert isinstance(missing(text, "", Language.parse(tag)), list)
    assert missing(text, text, Language.parse("en")) == []


@pytest.mark.parametrize("text", ["1" * 20_000, "1," * 10_000, "1.1:" * 5_000, "2 000 " * 5_000, "1-" * 10_000])
def test_hostile_text_takes_linear_time(text: str) -> None:
    start = time.perf_counter()
    missing(text, text, Language.parse("de"))
    assert time.perf_counter() - start < 10
