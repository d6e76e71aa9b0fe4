"""Comparing claims: what agrees, what differs, and above all what is not called a difference."""

from __future__ import annotations

from itertools import pairwise

import pytest

from pipeline import compare
from pipeline.compare import table
from pipeline.compare.lexicon import LANGUAGES as TABLES
from pipeline.compare.lexicon import lexicon
from pipeline.compare.values import closeness, compatible
from pipeline.compare.wording import quantity
from pipeline.evaluate import comparisons as scorer
from pipeline.language import Language
from pipeline.model import Block, Cell, Claim, Comparison, Document, Group, Kind, Segment, Source, Story

Values = tuple[float | None, float | None, bool]
LANGUAGES = {"de": "de", "d2": "de", "en": "en", "zh": "zh-Hans", "zt": "zh-Hant"}
DATE = "2031-03-13"


def document(
    source: str, lines: list[str], date: str = DATE, kind: Kind = "paragraph"
) -> tuple[Document, list[Segment]]:
    text, blocks, segments = "\n\n".join(lines), [], []
    at = 0
    for number, line in enumerate(lines):
        start = text.index(line, at)
        at = start + len(line)
        blocks.append(Block(start, at, (start, at), kind, 2 * number + 1))
        segments.append(
            Segment(f"{source}:{number}", source, number, start, at, line, line, kind, number, 2 * number + 1)
        )
    language = Language.parse(LANGUAGES[source])
    about = Source(source, f"{source}.txt", source, language, source, date, "", "0" * 64)
    return Document(about, text, tuple(blocks)), segments


def compared(
    texts: dict[str, str | list[str]], dates: dict[str, str] | None = None
) -> tuple[list[Claim], list[Comparison]]:
    """One group: each source's text, or the first of its texts; all other texts stand elsewhere."""
    made = {
        source: document(source, [said] if isinstance(said, str) else said, (dates or {}).get(source, DATE))
        for source, said in texts.items()
    }
    group = Group("g1", {source: (f"{source}:0",) for source in texts}, 0.9)
    segments = [segment for _, found in made.values() for segment in found]
    return compare.find([one for one, _ in made.values()], segments, [group])


def differences(texts: dict[str, str | list[str]], dates: dict[str, str] | None = None) -> list[str]:
    return [one.reason for one in compared(texts, dates)[1] if one.verdict == "differ"]


def agreements(texts: dict[str, str | list[str]]) -> list[str]:
    return [one.reason for one in compared(texts)[1] if one.verdict == "agree" and one.kind in ("number", "date")]


# Values


@pytest.mark.parametrize(
    ("a", "b", "unit", "together"),
    [
        ((50e6, 50e6, True), (48e6, 48e6, False), "video", True),
        ((50e6, 50e6, True), (40e6, 40e6, False), "video", False),
        ((20e9, None, True), (25e9, 25e9, False), "USD", True),
        ((20e9, None, True), (50e9, 50e9, False), "USD", False),
        ((20e9, None, True), (15e9, 15e9, False), "USD", False),
        ((None, 6, True), (9, 9, False), "week", False),
        ((None, 6, True), (5, 5, False), "week", True),
        ((12, 12, False), (11, 11, False), "co-founder", False),
        ((5000, 5000, False), (5200, 5200, False), "person", True),
        ((5000, 5000, False), (5600, 5600, False), "person", False),
        ((1.25e12, 1.25e12, False), (1.2e12, 1.2e12, False), "USD", True),
        ((20, 30, False), (25, 25, False), "EUR", True),
        ((20, 30, False), (35, 35, False), "EUR", False),
        ((2700, 2700, False), (2746, 2746, False), "s", True),
        ((2400, 2400, False), (2700, 2700, False), "s", False),
        ((34, 34, False), (33.3333333333, 33.3333333333, False), "%", True),
        ((34, 34, False), (38, 38, False), "%", False),
    ],
)
def test_compatible(a: Values, b: Values, unit: str, together: bool) -> None:
    assert compatible(a, b, unit) is together
    assert compatible(b, a, unit) is together


def test_closeness_prefers_the_same_value() -> None:
    assert closeness((5, 5), (5, 5)) == 1
    assert closeness((5, 5), (5, None)) > closeness((5, 5), (6, 6)) > closeness((5, 5), (50, 50)) >= 0


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        ((5e7, 5e7, True), "video/day", "about 50 million videos a day"),
        ((1.25e12, 1.25e12, False), "USD", "1.25 trillion USD"),
        ((16e9, None, True), "EUR", "more than 16 billion EUR"),
        ((None, 3628800, True), "s", "at most 6 weeks"),
        ((900, 1200, False), "s", "15 minutes to 20 minutes"),
        ((2746, 2746, False), "s", "45 minutes 46 seconds"),
        ((78894000, 78894000, False), "s", "2.5 years"),
        ((1.2e9, 1.2e9, False), "W", "1.2 GW"),
        ((901232.64, 901232.64, True), "m/each", "about 901 km each"),
        ((1, 1, False), "country", "1 country"),
        ((5, 5, False), "country", "5 countries"),
        ((2, 2, False), "GPU", "2 GPUs"),
        ((40, 40, False), "tests@en", "40 tests"),
    ],
)
def test_wording(value: Values, unit: str, said: str) -> None:
    assert quantity(*value, unit) == said


# Differences


def test_a_difference_across_languages() -> None:
    claims, found = compared(
        {
            "de": "Täglich entstehen fast 30 Millionen kurze Filme.",
            "zt": "每天生成近3000萬條視頻。",
            "zh": "每天生成近4000万个视频。",
        }
    )
    (differ,) = [one for one in found if one.verdict == "differ"]
    assert differ.reason == ("about 30 million videos a day (de, zt) against about 40 million videos a day (zh)")
    assert {claim.segment for claim in differ.claims} == {"de:0", "zt:0", "zh:0"}
    assert [one.reason for one in found if one.verdict == "agree"] == ["about 30 million videos a day (de, zt)"]
    assert set(differ.claims) <= set(claims)


@pytest.mark.parametrize(
    "texts",
    [
        {"de": "Der Speicher fasst 400 Megawattstunden.", "zh": "储能系统容量600兆瓦时。"},
        {"de": "Von den elf Mitgründern haben sechs gekündigt.", "zt": "11位聯合創始人裏已經走了5人。"},
        {"de": "Die Halle war in neun Wochen fertig.", "zh": "大厅不到六周就建成了。"},
        {"de": "Der Dienst nimmt 700 Millionen Euro im Jahr ein.", "zh": "年度订阅收入9亿欧元。"},
        {"de": "Die Firma ist 2 Billionen Dollar wert.", "en": "The company is worth 2 billion dollars."},
        {"de": "Im September beginnt der Bau.", "zt": "計劃今年11月動工。"},
        {"de": "Bis 2040 sollen tausend Plattformen treiben.", "zh": "2045年全球1000座平台。"},
        {"de": "Das Modell soll im zweiten Quartal erscheinen.", "zh": "8月发布新模型。"},
    ],
)
def test_planted_differences_are_found(texts: dict[str, str | list[str]]) -> None:
    assert len(differences(texts)) == 1


@pytest.mark.parametrize(
    "texts",
    [
        {"de": "Das kostet 1,25 Billionen US-Dollar.", "en": "It costs $1.25 trillion.", "zh": "花费1.25万亿美元。"},
        {"de": "Es gibt sie seit dreieinhalb Jahren.", "zh": "成立至今已有42个月。"},
        {"de": "Dort liegen rund 900 Kilometer Glasfaser.", "zh": "那里有约560英里光纤。"},
        {"de": "Eine 38-minütige Übertragung folgte.", "zt": "錄像近40分鐘。", "zh": "视频时长38分12秒。"},
        {"de": "Innerhalb von 36 Stunden gingen beide.", "zh": "两天内两人离开。"},
        {"de": "Die Plattform leistet 50 Megawatt.", "zh": "平台功率5万千瓦。"},
        {"de": "Über 20 Milliarden Euro fließen.", "en": "They spend 25 billion euros."},
        {"de": "Ein Dutzend Mitarbeiter sprach.", "zh": "十二位员工发言。"},
        {"de": "70 Prozent stammen von ihr.", "zt": "七成出自它手。"},
        {"de": "Rund 2.400 Menschen arbeiten dort.", "zt": "員工已有2400多名。"},
        {"de": "Sie kam am 12. Februar 2031.", "zh": "她在2月到来。", "en": "She came in 2031."},
    ],
)
def test_what_only_looks_different_agrees(texts: dict[str, str | list[str]]) -> None:
    assert differences(texts) == []
    assert agreements(texts)


@pytest.mark.parametrize(
    "texts",
    [
        # Other units, other things, another rate.
        {"de": "Das sind 40 Nutzer.", "en": "There are 50 images."},
        {"de": "Sie zählt 40 Millionen Nutzer am Tag.", "en": "It has 60 million users a month."},
        {"de": "Der Umsatz lag bei 5 Milliarden Euro.", "en": "The loss was 2 billion euros."},
        # A noun that no table has is compared with nothing in another language.
        {"de": "Vier Geschäftsbereiche bleiben.", "en": "Five divisions remain."},
        {"de": "Zwei chinesische Mitgründer gingen.", "en": "Six co-founders left."},
        # Several values left over on one side.
        {"de": "Es laufen 240.000 GPUs, geplant sind 500.000 GPUs.", "zh": "有26万张GPU。"},
        # The other number of the sentence explains it.
        {"de": "Von 10.000 GPUs wuchs sie auf 90.000 GPUs.", "en": "It has 90,000 GPUs."},
        {
            "de": "Sie baut von 10.000 GPUs auf 90.000 GPUs aus.",
            "en": "It has 40,000 GPUs, and 90,000 GPUs are planned.",
        },
        {"de": "Mindestens zwölf statt bisher zehn Stunden sind es.", "en": "At least 12 hours are granted."},
        # A list whose numbers leave their unit out.
        {"de": "Ein Sitz kostet ab 49 Euro, eine Liege ab 89.", "en": "A berth costs 219 euros."},
        # The same number under another name.
        {"de": "Unter den vier Teams liegen fünf Schichten.", "zt": "四塊業務之下有五個團隊。"},
        # Vague, of another scale, or of another kind of time.
        {"de": "Hunderte Menschen kamen.", "en": "There were 1,500 people."},
        {"de": "Es waren 27 Grad.", "en": "It was 80 degrees."},
        {"de": "Vor acht Monaten gab es nichts.", "en": "Ten months later it was done."},
        {"de": "Seit Januar gehen sie.", "en": "They were fired in May 2031."},
        {"de": "Heute ist alles anders.", "en": "That was on 2 March 2031."},
        {"de": "Das gelang am Montag.", "en": "That was on 2 March 2031."},
        {"de": "Bis 2040 sollen 1.000 Plattformen treiben.", "zh": ["2036年有十座平台。", "2045年有1000座平台。"]},
        # Shares and durations are of anything, where the rest of the sentences does not agree.
        {
            "de": "Die Löhne steigen um sechs Prozent, das gilt für 40 Stellen.",
            "en": "In all it is 14 percent for 300 employees.",
        },
    ],
)
def test_no_false_alarms(texts: dict[str, str | list[str]]) -> None:
    assert differences(texts) == []


def test_what_a_source_says_elsewhere_is_no_contradiction() -> None:
    here = {"de": "Täglich entstehen 50 Millionen Videos.", "en": "It makes 40 million videos a day."}
    assert len(differences(dict(here))) == 1
    elsewhere = {**here, "en": [here["en"], "By now it is 50 million videos a day."]}
    assert differences(elsewhere) == []


def test_earlier_figures_contradict_nobody() -> None:
    texts: dict[str, str | list[str]] = {"de": "Sie hat 120.000 GPUs.", "en": "It has 240,000 GPUs."}
    assert len(differences(texts)) == 1
    assert len(differences(texts, {"de": "2031-02-27"})) == 1
    assert differences(texts, {"de": "2030-11-27"}) == []
    assert len(differences(texts, {"de": ""})) == 1


def test_different_subjects_are_not_compared() -> None:
    texts: dict[str, str | list[str]] = {
        "zh": ["Pirol 有8400万月活用户。", "Diorama 很新，Diorama 很好，Pirol 也好。"],
        "en": ["Diorama has 19 million monthly active users.", "Both Pirol and Diorama grow, Pirol more than Diorama."],
    }
    assert differences(texts) == []
    texts["zh"] = ["Diorama 有8400万月活用户。", "Diorama 很新，Diorama 很好，Pirol 也好。"]
    assert len(differences(texts)) == 1


def test_leaders_and_posts() -> None:
    led = {
        "de": ["Geführt wird die Abteilung von Odalys Renner.", "Odalys Renner lobt Zhiyao He."],
        "zt": ["帶隊的是賀知遙(Zhiyao He)。", "Odalys Renner 沒有說話，Odalys Renner 走了。"],
    }
    assert differences(dict(led)) == ["led by Odalys Renner (de) against Zhiyao He (zt)"]
    heard = {
        "de": ["Bastian Orlow leitet die Gruppe.", "Bastian Orlow spricht."],
        "zh": ["Sebastian Arlo 领导这个组。", "Sebastian Arlo 说话，Bastian Orlow 没有。"],
    }
    assert differences(dict(heard)) == []
    posts = {
        "de": ["Piet Sandoval, der die Produktentwicklung geleitet hatte, ging.", "Piet Sandoval schwieg."],
        "zt": ["負責硬件工程的皮特·桑多瓦爾(Piet Sandoval)離開了。"],
    }
    assert differences(dict(posts)) == [
        "Piet Sandoval in charge of product development (de) against in charge of hardware (zt)"
    ]


def test_a_misheard_name_is_suggested_and_not_merged() -> None:
    _, found = compared(
        {
            "de": ["Yichuan Shen leitet Diorama.", "Yichuan Shen lacht."],
            "en": ["The film was shown by Yichuan Shen.", "They like Yichuan Shen."],
            "zh": ["负责人是 Ichwan。", "Ichwan 说。"],
        }
    )
    only = {one.reason for one in found if one.kind == "name" and one.verdict == "only"}
    assert "Ichwan only in zh; perhaps Yichuan Shen, heard wrongly" in only
    assert not any(one.verdict == "differ" for one in found)


def test_the_calendar_refutes_a_weekday() -> None:
    claims, found = compared(
        {"de": ["Am Dienstag (11. März) sprach sie."], "zh": ["大会很长。", "会议时间：2031年3月11日（星期四）"]}
    )
    (differ,) = [one for one in found if one.verdict == "differ"]
    assert differ.reason == "11 March 2031 was a Tuesday, not a Thursday, as zh has it"
    assert {claim.text for claim in differ.claims} == {"Am Dienstag (11. März)", "2031年3月11日（星期四）"}
    assert any(claim.note for claim in claims)


def test_a_quotation_over_several_sentences_has_one_speaker() -> None:
    first = document("zh", ["x"])[0]
    text = "贺知遥(Zhiyao He)：“今天真是一个好日子。风从海上来了。我们明天就要出发了。”"
    cuts = [0, text.index("风从"), text.index("我们"), len(text)]
    segments = [
        Segment(f"zh:{i}", "zh", i, a, b, text[a:b], text[a:b], "paragraph", 0, 1)
        for i, (a, b) in enumerate(pairwise(cuts))
    ]
    claims, _ = compare.find([first], segments, [])
    quoted = [claim for claim in claims if claim.kind == "quotation"]
    assert [claim.value for claim in quoted] == ["Zhiyao He"] * 3
    assert [text[claim.start : claim.end] for claim in quoted] == [claim.text for claim in quoted]


def test_direct_against_reported_speech() -> None:
    _, found = compared(
        {
            "en": ["Ada Byron said: “The river needs other boats now.”", "Then Ada Byron left."],
            "de": ["Ada Byron sagte, dass der Fluss nun andere Boote brauche.", "Ada Byron ging."],
        }
    )
    (said,) = [one for one in found if one.kind == "quotation"]
    assert (said.verdict, said.reason) == ("agree", "Ada Byron quoted in en and reported in de")


def test_furniture_claims_nothing() -> None:
    made, segments = document("de", ["Anzeige: 50 Prozent Rabatt"], kind="boilerplate")
    assert compare.find([made], segments, []) == ([], [])


def test_a_table_row_lends_its_first_cell() -> None:
    text = "每个大厅的GPU 20,000张"
    at = text.index("20")
    blocks = (
        Block(0, at - 1, (0, at - 1), "cell", 1, cell=Cell(0, 1, 0)),
        Block(at, len(text), (at, len(text)), "cell", 1, cell=Cell(0, 1, 1)),
    )
    segments = [
        Segment(f"zh:{i}", "zh", i, block.start, block.end, text[block.start : block.end], "", "cell", i, 1)
        for i, block in enumerate(blocks)
    ]
    base = document("zh", ["x"])[0]
    claims, _ = compare.find([Document(base.source, text, blocks)], segments, [])
    assert [claim.unit for claim in claims] == ["GPU/each"]


def test_a_group_that_is_a_list_is_not_compared() -> None:
    numbers = ", ".join(f"{n} Nutzer" for n in range(100, 300))
    assert differences({"de": f"Es waren {numbers}.", "en": "There were 7 users."}) == []


def test_comparisons_are_the_same_every_time() -> None:
    texts: dict[str, str | list[str]] = {
        "de": "Es sind 40 GPUs und 5 Hallen.",
        "en": "There are 70 GPUs.",
        "zh": "有40张GPU。",
    }
    assert compared(texts) == compared(texts)


def test_rows_of_a_table_are_kept_apart() -> None:
    text = "北大西洋的十座平台 2036年\n全球1000座平台 2045年"
    cells = [(text.index(cell), text.index(cell) + len(cell)) for cell in text.split()]
    blocks = tuple(
        Block(a, b, (a, b), "cell", 1 + i // 2, cell=Cell(0, i // 2, i % 2)) for i, (a, b) in enumerate(cells)
    )
    rows = [
        Segment(f"zh:{i}", "zh", i, a, b, text[a:b], text[a:b], "cell", i, 1 + i // 2) for i, (a, b) in enumerate(cells)
    ]
    german, sentence = document("de", ["Bis 2040 sollen 1.000 Plattformen treiben."])
    digest = Document(document("zh", ["x"])[0].source, text, blocks)
    group = Group("g1", {"de": ("de:0",), "zh": tuple(row.id for row in rows)}, 0.9)
    _, found = compare.find([german, digest], [*sentence, *rows], [group])
    assert [one.reason for one in found if one.verdict == "differ"] == ["2040 (de) against 2045 (zh)"]


# The table, the score


def story() -> Story:
    made = {
        "de": document("de", ["Täglich entstehen fast 30 Millionen kurze Filme.", "=1+1 Nutzer"]),
        "zh": document("zh", ["每天生成近4000万个视频。", "时间：2031年3月11日（星期四）"]),
    }
    segments = [segment for _, found in made.values() for segment in found]
    groups = (Group("g1", {"de": ("de:0",), "zh": ("zh:0",)}, 0.9),)
    claims, found = compare.find([one for one, _ in made.values()], segments, groups)
    return Story(tuple(one for one, _ in made.values()), tuple(segments), (), groups, (), tuple(found), tuple(claims))


def test_rows() -> None:
    first, calendar = table.rows(story())
    assert first == {
        "verdict": "differ",
        "kind": "number",
        "group": "g1",
        "reason": "about 30 million videos a day (de) against about 40 million videos a day (zh)",
        "sources": ["de", "zh"],
        "segments": ["de:0", "zh:0"],
        "spans": ["fast 30 Millionen kurze Filme", "近4000万个视频"],
        "values": ["~30000000 video/day", "~40000000 video/day"],
    }
    assert calendar["reason"] == "11 March 2031 was a Tuesday, not a Thursday"
    assert {row["verdict"] for row in table.rows(story(), ("agree", "only"))} <= {"agree", "only"}


def test_the_tsv_is_safe_in_a_spreadsheet() -> None:
    row = table.rows(story())[0]
    row["reason"], row["spans"] = "=cmd|' /C calc'!A0", ["@SUM(A1)\tx", "a\nb\u2028c"]
    header, line = table.tsv([row]).rstrip("\n").split("\n")
    cells = dict(zip(header.split("\t"), line.split("\t")))
    assert list(cells) == list(table.COLUMNS)
    assert cells["reason"].startswith("'=")
    assert cells["spans"] == "'@SUM(A1) x | a b c"


def test_the_text_shows_each_source_in_its_own_words() -> None:
    shown = table.text(table.rows(story()))
    assert "number: about 30 million videos a day (de) against" in shown
    assert "    zh  0  近4000万个视频" in shown
    assert table.text([]) == "No differences were found.\n"


def test_the_score_of_planted_contradictions() -> None:
    gold = {
        "fact": [
            {
                "id": "films",
                "sources": {
                    "de": ["Täglich entstehen fast 30 Millionen kurze Filme."],
                    "zh": ["每天生成近4000万个视频。"],
                },
            },
            {"id": "other", "sources": {"de": ["=1+1 Nutzer"], "zh": ["时间：2031年3月11日（星期四）"]}},
        ],
        "contradiction": [
            {
                "fact": "films",
                "values": {"de": "30", "zh": "40"},
                "spans": {"de": "fast 30 Millionen", "zh": "近4000万"},
            },
            {"fact": "other", "values": {"de": "1", "zh": "4"}, "spans": {"de": "1 Nutzer", "zh": "星期四"}},
        ],
    }
    scores = scorer.score(story(), gold)
    assert (scores.found, scores.contradictions, scores.right, scores.differences) == (1, 2, 1, 1)
    assert (scores.precision, scores.recall) == (1.0, 0.5)
    assert scores.missed == scores.ungrouped == ("other",)
    # A difference that nobody planted is a wrong one.
    assert scorer.score(story(), {"contradiction": []}).precision == 0.0


# The tables of words


@pytest.mark.parametrize("base", TABLES)
def test_tables_are_read(base: str) -> None:
    known = lexicon(base)
    assert known.people
    assert known.common({"de": "Nutzer", "en": "users", "zh": "GPUs"}[base])
    assert not known.common("Varanholm")
