"""Language tags, detection and scripts."""

from __future__ import annotations

import pytest

from pipeline.errors import UserError
from pipeline.language import UNDETERMINED, Language, detect, hant_variant, to_simplified, to_traditional

TAGS = [
    ("de", "de", "de", "German"),
    ("DE-at", "de-AT", "de", "German"),
    ("zh", "zh-Hans", "zh", "Chinese (Simplified)"),
    ("zh-TW", "zh-Hant-TW", "zt", "Chinese (Traditional)"),
    ("zh_Hant", "zh-Hant", "zt", "Chinese (Traditional)"),
    ("zt", "zh-Hant", "zt", "Chinese (Traditional)"),
    ("pb", "pt-BR", "pb", "Portuguese"),
    ("zh-CN", "zh-Hans-CN", "zh", "Chinese (Simplified)"),
]


@pytest.mark.parametrize(("given", "tag", "argos", "name"), TAGS)
def test_tags(given: str, tag: str, argos: str, name: str) -> None:
    language = Language.parse(given)
    assert (language.tag, language.argos, language.name) == (tag, argos, name)
    assert Language.parse(language.tag) == language


@pytest.mark.parametrize("given", ["", "german!", "d", "de--AT", "../de", "de-Latn-DE-1996-x"])
def test_what_is_no_tag_is_an_error(given: str) -> None:
    with pytest.raises(UserError, match="not a language tag"):
        Language.parse(given)


TEXTS = [
    ("Der Vorstand hat am Dienstag die neuen Zahlen vorgelegt und nannte sie erfreulich.", "de"),
    ("The board presented the new figures on Tuesday and called them encouraging.", "en"),
    ("董事会周二公布了新的数据，称其令人鼓舞。", "zh-Hans"),
    ("董事會週二公布了新的數據，稱其令人鼓舞。", "zh-Hant"),
    ("GPU 集群现已达到 24 万块，Pirol 5 将于八月发布。", "zh-Hans"),
    ("取締役会は火曜日に新しい数字を発表しました。", "ja"),
    ("이사회는 화요일에 새로운 수치를 발표했습니다.", "ko"),
    ("Le conseil a présenté mardi les nouveaux chiffres et les a jugés encourageants.", "fr"),
]


@pytest.mark.parametrize(("text", "tag"), TEXTS)
def test_detection(text: str, tag: str) -> None:
    assert detect(text).tag == tag


@pytest.mark.parametrize("text", ["", "12 345", "?!", "🙂"])
def test_nothing_to_go_by_is_undetermined(text: str) -> None:
    assert detect(text) == UNDETERMINED


def test_taiwan_words_become_the_mainlands_and_converted_text_is_left_alone() -> None:
    language = Language.parse("zh-Hant")
    taiwan = "這家公司的軟體和硬體都在網路上販售，程式設計師使用滑鼠。"
    assert hant_variant(taiwan, language) == "tw2sp"
    assert "软件" in to_simplified(taiwan, "tw2sp")
    mainland = "這家公司的軟件和硬件都在網絡上銷售，程序員使用鼠標，信息很多。"
    assert hant_variant(mainland, language) == "t2s"
    assert hant_variant(mainland, Language.parse("zh-HK")) == "hk2s"


def test_scripts_convert_both_ways() -> None:
    assert to_simplified(to_traditional("数据中心")) == "数据中心"
