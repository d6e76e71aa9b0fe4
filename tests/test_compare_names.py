"""Names across scripts and spellings, who leads, and who is quoted."""

from __future__ import annotations

import pytest

from pipeline import compare
from pipeline.compare.fold import fold
from pipeline.compare.names import Names
from pipeline.language import Language
from pipeline.model import Claim, Group, Segment

GERMAN, CHINESE, TRADITIONAL, ENGLISH = map(Language.parse, ("de", "zh-Hans", "zh-Hant", "en"))
LANGUAGES = {"de": GERMAN, "d2": GERMAN, "zh": CHINESE, "zt": TRADITIONAL, "en": ENGLISH}


def segments(source: str, *texts: str) -> list[Segment]:
    return [
        Segment(f"{source}:{i}", source, i, 1000 * i, 1000 * i + len(text), text, text, "paragraph", 0, i)
        for i, text in enumerate(texts)
    ]


def learn(*parts: list[Segment], groups: tuple[Group, ...] = ()) -> Names:
    return compare.learn_names([one for part in parts for one in part], LANGUAGES, groups)


def named(text: str, names: Names) -> list[str]:
    return [found.name for found in names.find(fold(text))]


def claims(text: str, tag: str, names: Names | None, kind: str) -> list[Claim]:
    (one,) = segments(tag, text)
    return [claim for claim in compare.claims(one, LANGUAGES[tag], "", names) if claim.kind == kind]


def test_a_gloss_joins_the_scripts() -> None:
    names = learn(
        segments("zt", "約倫·哈爾貝克（Jorun Halbeck）走上臺。", "就是張國棟(Guodong Zhang)。"),
        segments("de", "Jorun Halbeck sprach lange.", "Halbecks Rede gefiel."),
    )
    assert named("哈尔贝克说", names) == ["Jorun Halbeck"]
    assert named("约伦·哈尔贝克说", names) == ["Jorun Halbeck"]
    assert named("Halbecks Plan", names) == ["Jorun Halbeck"]
    assert named("張國棟離開了", names) == ["Guodong Zhang"]
    assert named("是张国栋的", names) == ["Guodong Zhang"]


def test_the_order_of_names_and_joined_spellings_do_not_matter() -> None:
    names = learn(
        segments("zh", "负责人是 Wenqiao Gu。", "Wenqiao Gu 说。", "XChat 来了。", "XChat 很好。"),
        segments("en", "Then Gu Wenqiao left.", "They praised X Chat and X Chat grew."),
    )
    assert named("Gu Wenqiao", names) == named("Wenqiao Gu", names) == ["Wenqiao Gu"]
    assert named("XChat", names) == named("X Chat", names)


def test_a_note_in_parentheses_is_no_gloss() -> None:
    names = learn(segments("zh", "收入（ARR）很高。", "总部（Memphis）很大，计算机网络基础设施（Memphis）也很大。"))
    assert named("收入很高，基础设施很大", names) == []


def test_characters_are_learnt_from_shared_groups() -> None:
    german = segments("de", *[f"OmniVolt meldet Folge {i}." for i in range(4)], "Etwas anderes.")
    chinese = segments("zh", "奥姆公布一。", "今天奥姆公布二。", "昨日奥姆说。", "据悉奥姆停产。", "别的事情。")
    groups = tuple(Group(f"g{i}", {"de": (f"de:{i}",), "zh": (f"zh:{i}",)}, 1.0) for i in range(5))
    names = learn(german, chinese, groups=groups)
    assert named("奥姆停产", names) == ["OmniVolt"]


def test_german_nouns_are_no_names() -> None:
    names = learn(
        segments("de", "Das Unternehmen baut eine Halle.", "Die Halle ist groß."),
        segments("d2", "Eine Halle steht dort.", "Das Unternehmen wächst."),
    )
    assert names.spellings == {}


def test_a_common_surname_stays_ambiguous() -> None:
    names = learn(segments("en", "We met Ada Byron and Ida Byron.", "Then Ada Byron and Ida Byron left."))
    assert named("Byron left", names) == []


NAMES = Names(
    {"Odalys Renner": "Odalys Renner", "贺知遥": "Zhiyao He", "Kontor": "Kontor", "Amara Quist": "Amara Quist"},
    ["Odalys Renner", "Zhiyao He", "Amara Quist"],
)


@pytest.mark.parametrize(
    ("tag", "text", "leader"),
    [
        ("de", "Geführt wird die Abteilung von Odalys Renner.", "Odalys Renner"),
        ("de", "Kontor verantwortet Odalys Renner.", "Odalys Renner"),
        ("de", "Odalys Renner leitet Kontor.", "Odalys Renner"),
        ("de", "Kontor untersteht Odalys Renner.", "Odalys Renner"),
        ("en", "Odalys Renner leads Kontor.", "Odalys Renner"),
        ("en", "Kontor is led by Odalys Renner.", "Odalys Renner"),
        ("zt", "帶隊的是賀知遙，一位研究員。", "Zhiyao He"),
        ("zh", "贺知遥领导这个团队。", "Zhiyao He"),
        ("de", "Odalys Renner lobte das Team.", None),
        ("de", "Das Team lobte der Leiter, Odalys Renner schwieg.", None),
    ],
)
def test_leaders(tag: str, text: str, leader: str | None) -> None:
    leading = [claim.value for claim in claims(text, tag, NAMES, "name") if claim.note == "leads"]
    assert leading == ([leader] if leader else [])


def test_a_post_needs_a_verb_of_leading() -> None:
    def posts(text: str, tag: str) -> list[str]:
        return [claim.note for claim in claims(text, tag, NAMES, "name") if claim.note.startswith("in charge")]

    assert posts("Odalys Renner, die zuletzt die Produktentwicklung geleitet hatte.", "de") == [
        "in charge of product development"
    ]
    assert posts("负责硬件工程的贺知遥离开了。", "zh") == ["in charge of hardware"]
    assert posts("Odalys Renner lobte die Produktentwicklung.", "de") == []


@pytest.mark.parametrize(
    ("tag", "text", "quoted", "speaker", "note"),
    [
        ("de", "Amara Quist sagte: „Das ist ein guter Tag.“", "Das ist ein guter Tag.", "Amara Quist", ""),
        ("de", "„Das ist ein guter Tag“, sagte Amara Quist.", "Das ist ein guter Tag", "Amara Quist", ""),
        ("de", "»Das ist ein guter Tag«, rief jemand.", "Das ist ein guter Tag", "", ""),
        ("en", "“It is a good day,” said Amara Quist.", "It is a good day,", "Amara Quist", ""),
        ("en", 'Amara Quist said: "It is a good day."', "It is a good day.", "Amara Quist", ""),
        ("en", "It’s what Amara Quist said that it’s a good day", "it’s a good day", "Amara Quist", "reported speech"),
        ("zh", "贺知遥：“今天真是一个好日子。”", "今天真是一个好日子。", "Zhiyao He", ""),
        ("zt", "賀知遙說：「今天真是一個好日子。」", "今天真是一個好日子。", "Zhiyao He", ""),
        ("zh", "**贺知遥**：“今天真是一个好日子", "今天真是一个好日子", "Zhiyao He", ""),
        (
            "de",
            "Amara Quist sagte, dass heute ein guter Tag sei.",
            "heute ein guter Tag sei",
            "Amara Quist",
            "reported speech",
        ),
        ("zh", "贺知遥表示，今天真是一个好日子。", "今天真是一个好日子", "Zhiyao He", "reported speech"),
    ],
)
def test_quotations(tag: str, text: str, quoted: str, speaker: str, note: str) -> None:
    (found,) = claims(text, tag, NAMES, "quotation")
    assert (found.text, found.value, found.note) == (quoted, speaker, note)
    assert found.approximate is (note != "")


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        ("de", "Sie nannte es „gut“."),
        ("zh", "他说“很好”。"),
        ("de", "Er hat erklärt, dass Amara Quist geht und bleibt."),
        ("en", "The '90s were Amara's best years by far."),
    ],
)
def test_no_quotations(tag: str, text: str) -> None:
    assert claims(text, tag, NAMES, "quotation") == []
