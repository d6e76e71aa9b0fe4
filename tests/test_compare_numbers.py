"""Numbers in German, English and Chinese: golden tables, and texts that nobody wrote."""

from __future__ import annotations

import time
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


@pytest.mark.parametrize("name", ["de", "en", "zh"])
def test_golden_tables_are_large(name: str) -> None:
    assert len(rows(name)) >= 80


@pytest.mark.parametrize(
    ("digits", "decimal", "value"),
    [
        ("1.234,5", ",", 1234.5),
        ("1,234.5", ".", 1234.5),
        ("2.000", ",", 2000),
        ("2.000", ".", 2000),
        ("2,000", ".", 2000),
        ("2,5", ".", 2.5),
        ("4.2", ",", 4.2),
        ("1.234.567", ",", 1234567),
        ("1'299", ".", 1299),
        ("10\u202f000", ",", 10000),
        ("200,000", ",", 200000),
        ("1.2.3", ".", None),
        ("192.168.0.1", ",", None),
        ("1,23,456", ".", None),
        ("9" * 500, ".", None),
    ],
)
def test_digits(digits: str, decimal: str, value: float | None) -> None:
    assert numerals.parse(digits, decimal) == value


def test_a_language_without_a_table_has_its_symbols() -> None:
    assert [claim.value for claim in numbers("Le projet a coûté 20 € et 15 %.", "fr")] == ["20 EUR", "15 %"]


def test_a_cell_takes_its_noun_and_rate_from_its_row() -> None:
    cell = segment("20,000张")
    language = Language.parse("zh-Hans")
    (alone,) = compare.claims(cell, language, "")
    (named,) = compare.claims(cell, language, "", context="每个大厅的GPU")
    assert (alone.unit, named.unit) == ("", "GPU/each")
    (percent,) = compare.claims(segment("55%"), language, "", context="每个用户")
    assert percent.unit == "%"


def test_offsets_count_in_the_document() -> None:
    document = "# Kopf\n\nRund **2.400 Menschen** kamen.\n"
    sentence = "Rund **2.400 Menschen** kamen."
    start = document.index(sentence)
    one = Segment("a:1", "a", 1, start, start + len(sentence), sentence, sentence, "paragraph", 0, 3)
    (claim,) = compare.claims(one, Language.parse("de"), "")
    assert claim.value == "~2400 person"
    assert document[claim.start : claim.end] == claim.text == "Rund **2.400 Menschen"


PIECES = st.sampled_from(
    [
        *("5", "50", "1,5", "2.000", "2026", "12", "99999999999999999999", "½", "²", "٣"),
        *("万", "亿", "百", "十", "一", "两", "半", "几", "多", "成", "分之", "个", "年", "月", "日", "点", "分", "秒"),
        *("约", "超过", "以上", "每天", "到", "用户", "卡", "上午", "星期二", "今年", "年底", "說：", "「", "」"),
        *("%", "$", "€", "US$", "million", "billion", "Millionen", "Billion", "zwei", "dreieinhalb", "zweijährig"),
        *("Jahre", "heute", "Dienstag", "March", "März", "said", "sagte", "that", "dass", "„", "“", '"', ":", ","),
        *(".", "(", ")", "of the", "von", "und", "or", "between", "about", "more than", "bis zu", "a day", "users"),
        *(
            "half",
            "Hälfte",
            "last week",
            "16:30 Uhr",
            "6-foot-6",
            "H100",
            "Grok 4.2",
            "Elon Musk",
            "馬斯克（Elon Musk）",
        ),
        *("https://a.b/5", "**", "\n", "\u2028", "\u00a0", "🎉", "-", "–", "/"),
    ]
)
TEXTS = st.one_of(
    st.text(max_size=60), st.lists(PIECES, max_size=16).map(" ".join), st.lists(PIECES, max_size=16).map("".join)
)
NAMES = compare.Names({"Elon Musk": "Elon Musk", "Musk": "Elon Musk", "马斯克": "Elon Musk"}, ["Elon Musk"])


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    text=TEXTS, tag=st.sampled_from(["de", "en", "zh-Hans", "zh-Hant", "fr"]), date=st.sampled_from(["", "2026-02-12"])
)
def test_claims_quote_the_text(text: str, tag: str, date: str) -> None:
    before = "xyz\n"
    one = Segment("a:1", "a", 1, len(before), len(before) + len(text), text, text, "paragraph", 0, 1)
    document = before + text
    for claim in compare.claims(one, Language.parse(tag), date, NAMES):
        assert document[claim.start : claim.end] == claim.text != ""
        if claim.kind == "number":
            assert claim.value
            assert claim.low is None or claim.high is None or claim.low <= claim.high


HOSTILE = [
    ("1 ", "de"),
    ("1,000,", "en"),
    ("一百", "zh-Hant"),
    ("fünfund", "de"),
    ("A", "de"),
    ('"', "en"),
    ("Elon Musk sagte, dass ", "de"),
    ("2026-", "zh-Hans"),
    ("5 und ", "de"),
    ("](", "de"),
    ("<a ", "en"),
    ("馬斯克（", "zh-Hant"),
]


@pytest.mark.parametrize(("piece", "tag"), HOSTILE)
def test_time_grows_with_the_length_of_the_text(piece: str, tag: str) -> None:
    def seconds(length: int) -> float:
        text = piece * (length // len(piece))
        best = float("inf")
        for _ in range(2):
            start = time.process_time()
            compare.claims(segment(text), Language.parse(tag), "2026-02-12", NAMES)
            best = min(best, time.process_time() - start)
        return best

    short, long = max(seconds(200), 0.002), seconds(2_000)
    # Ten times the text; a square would take a hundred times as long.
    assert long < 50 * short
