"""The sample articles and their gold belong together: what the gold quotes stands in the articles."""

from __future__ import annotations

import datetime
import itertools
import sys
from pathlib import Path
from typing import Any

import pytest
import regex
from lxml import etree

from pipeline.language import detect, to_traditional

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

SEEDS = Path(__file__).parent.parent / "seeds"
ARTICLES = sorted(path for path in SEEDS.iterdir() if regex.match(r"\d{3}_", path.name))
TEXTS = {path.stem: path.read_text(encoding="utf-8") for path in ARTICLES}
GOLD: dict[str, list[dict[str, Any]]] = tomllib.loads((SEEDS / "facts.toml").read_text(encoding="utf-8"))
FACTS = {fact["id"]: fact for fact in GOLD["fact"]}


def passages(entry: dict[str, Any]) -> list[tuple[str, list[str]]]:
    return [*entry["sources"].items(), *entry.get("also", {}).items()]


def places(text: str, sentences: list[str]) -> list[tuple[int, int]]:
    """Where these sentences follow one another with only marks and white space in between."""
    pattern = r"[\W_]*".join(regex.escape(sentence) for sentence in sentences)
    return [match.span() for match in regex.finditer(pattern, text)]


def test_five_articles_are_described() -> None:
    described = tomllib.loads((SEEDS / "sources.toml").read_text(encoding="utf-8"))
    assert sorted(described) == [path.name for path in ARTICLES]
    assert len(ARTICLES) == 5
    for entry in described.values():
        datetime.date.fromisoformat(entry["date"])
    unstated = [name for name, entry in described.items() if "language" not in entry]
    assert len(unstated) >= 2
    stated = {Path(name).stem: entry["language"] for name, entry in described.items() if "language" in entry}
    expected = {"001_digitalbote": "de", "003_guiyu": "zh-Hant", **stated}
    assert {stem: detect(text).tag for stem, text in TEXTS.items()} == expected


def test_counts() -> None:
    assert len(GOLD["fact"]) >= 40
    assert len(FACTS) == len(GOLD["fact"]), "an id is used twice"
    assert len(GOLD["contradiction"]) >= 8
    assert len(GOLD["agreement"]) >= 5
    assert all(len(fact["sources"]) >= 2 for fact in FACTS.values())


@pytest.mark.parametrize(
    "entry", [*GOLD["fact"], *GOLD["distinct"]], ids=lambda entry: entry.get("id", entry.get("why"))
)
def test_quotations_stand_in_the_articles(entry: dict[str, Any]) -> None:
    for stem, sentences in passages(entry):
        found = places(TEXTS[stem], sentences)
        assert len(found) == 1, f"{stem} has {sentences} {len(found)} times"


@pytest.mark.parametrize("entry", [*GOLD["contradiction"], *GOLD["agreement"]], ids=lambda entry: entry["fact"])
def test_spans_lie_in_the_quotations(entry: dict[str, Any]) -> None:
    fact = FACTS[entry["fact"]]
    assert entry["kind"] in ("number", "date", "name")
    assert entry["why"]
    assert len(entry["spans"]) >= 2
    assert list(entry["values"]) == list(entry["spans"])
    for stem, span in entry["spans"].items():
        assert any(span in sentence for sentence in fact["sources"][stem]), f"{stem} does not say {span}"


def test_contradictions_differ() -> None:
    for entry in GOLD["contradiction"]:
        values = dict(entry["values"])
        alone = values.pop(entry["against"])
        assert values
        assert alone not in values.values(), entry["fact"]


def test_the_same_passages_are_not_both_one_fact_and_distinct() -> None:
    told = {
        frozenset((stem, tuple(sentences)) for stem, sentences in pair)
        for fact in FACTS.values()
        for pair in itertools.combinations(fact["sources"].items(), 2)
    }
    for entry in GOLD["distinct"]:
        passages_apart = frozenset((stem, tuple(sentences)) for stem, sentences in entry["sources"].items())
        assert len(passages_apart) == 2
        assert passages_apart not in told, entry["why"]


def test_most_text_has_no_counterpart() -> None:
    for stem, text in TEXTS.items():
        shared = {
            place for fact in FACTS.values() for s, run in passages(fact) if s == stem for place in places(text, run)
        }
        covered = {position for start, end in shared for position in range(start, end)}
        assert len(covered) < 0.6 * len(text), stem


def test_traditional_article_is_a_mechanical_conversion() -> None:
    text = TEXTS["003_guiyu"]
    assert to_traditional(text) == text
    assert "一天半里" in text  # what a writer of Traditional characters would write 一天半裏


def test_one_weekday_is_wrong() -> None:
    weekday = datetime.date(2031, 3, 11).weekday()
    assert weekday == 1
    assert "Dienstag (11. März)" in TEXTS["000_technikwarte"]
    assert "2031年3月11日（星期四）" in TEXTS["004_huihou"]
    assert datetime.date(2030, 11, 21).weekday() == 3
    assert "Donnerstag voriger Woche (21. November)" in TEXTS["002_kursfalke"]


# --- memory.tmx ----------------------------------------------------------------------------------------------

UNITS = [
    (unit.get("tuid").rpartition("-")[0], *(variant.findtext("seg") for variant in unit.iterfind("tuv")))
    for unit in etree.parse(SEEDS / "memory.tmx").iterfind("body/tu")
]
NUMERAL = regex.compile(r"\d++(?:[.,]\d++)*+")
SWAP_SEPARATORS = str.maketrans(".,", ",.")


def test_memory_holds_each_text_of_an_article_once() -> None:
    assert {stem for stem, _, _ in UNITS} == set(TEXTS)
    for stem, text in TEXTS.items():
        sources = [source for unit_stem, source, _ in UNITS if unit_stem == stem]
        assert len(sources) == len(set(sources))
        visible = text.replace("**", "")
        for source in sources:
            assert source in visible
            assert source == " ".join(source.split())


def test_memory_is_valid_tmx() -> None:
    dtd = etree.DTD(str(Path(__file__).parent / "schemas" / "tmx14.dtd"))
    assert dtd.validate(etree.parse(SEEDS / "memory.tmx")), dtd.error_log


def test_memory_is_translated() -> None:
    for _, _, target in UNITS:
        assert target == " ".join(target.split())
        assert target
        assert not regex.search(r"[\p{Han}äöüßÄÖÜ。，：“”„]", target), target


def test_memory_keeps_german_numbers() -> None:
    for stem, source, target in UNITS:
        if not regex.match(r"00[012]", stem):
            continue
        expected = [numeral.translate(SWAP_SEPARATORS) for numeral in NUMERAL.findall(source)]
        assert sorted(NUMERAL.findall(target)) == sorted(expected), source


MYRIADS = {"": 1, "万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8, "万亿": 10**12, "萬億": 10**12}
CHINESE_NUMERAL = regex.compile(r"(\d++(?:[.,]\d++)*+)((?:[万萬]?[亿億])|[万萬])?(?!月)")
ENGLISH_NUMERAL = regex.compile(r"(\d++(?:[.,]\d++)*+)(?: (million|billion|trillion))?")
ENGLISH_POWERS = {"": 1, "million": 10**6, "billion": 10**9, "trillion": 10**12}


def test_memory_keeps_chinese_numbers() -> None:
    for stem, source, target in UNITS:
        if not regex.match(r"00[34]", stem):
            continue
        english = {
            float(digits.replace(",", "")) * ENGLISH_POWERS[power] for digits, power in ENGLISH_NUMERAL.findall(target)
        }
        for digits, power in CHINESE_NUMERAL.findall(source):
            assert float(digits.replace(",", "")) * MYRIADS[power] in english, source


def test_memory_translates_every_sentence_and_nothing_else() -> None:
    from pipeline.read import documents
    from pipeline.segment import segment
    from pipeline.translate.exchange import read

    found, _ = documents([SEEDS])
    assert [document.source.id for document in found] == sorted(TEXTS)
    sentences = {
        (document.source.language, part.plain)
        for document in found
        for part in segment(document)
        if part.kind != "boilerplate"
    }
    translated = {(unit.source, unit.text) for unit in read(SEEDS / "memory.tmx")}
    assert sorted(sentences - translated) == []
    assert sorted(translated - sentences) == []


def test_enough_sentences() -> None:
    from pipeline.read import documents
    from pipeline.segment import segment

    kinds = [part.kind for document in documents([SEEDS])[0] for part in segment(document)]
    assert sum(kind in ("paragraph", "quote") for kind in kinds) >= 250
