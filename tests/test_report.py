"""The three renderings of a report: what they hold, and that hostile sources change nothing about it."""

from __future__ import annotations

import base64
import hashlib
import io
import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import lxml.html
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console
from story_fixture import large_story, story

from pipeline import report
from pipeline.language import Language
from pipeline.model import Block, Document, Group, Kind, Link, Segment, Source, Story
from pipeline.report.build import build
from pipeline.report.view import Line, Passage


@pytest.fixture(scope="module")
def page() -> lxml.html.HtmlElement:
    return lxml.html.document_fromstring(report.html(story()))


def _text(elements: Iterable[Any]) -> list[str]:
    return [" ".join(element.text_content().split()) for element in elements]


def test_the_story_in_one_line(page: lxml.html.HtmlElement) -> None:
    headline = "4 outlets, 4 languages, 3–4 May 2025: 6 shared points, 4 disagreements"
    assert build(story()).headline.replace("\N{NO-BREAK SPACE}", " ") == headline
    assert _text(page.cssselect("h1"))[0].replace("\u2060", "") == headline
    assert "Most shared, by 4 of 4: The pier at Sandhaven" in _text(page.cssselect(".standfirst"))[0]


def test_the_top_of_the_report_is_as_sure_as_a_link() -> None:
    told = story()
    view = build(told)
    assert view.most_shared and view.everyone
    assert [row.score for row in view.everyone] == sorted((row.score for row in view.everyone), reverse=True)
    doubted = build(replace(told, groups=tuple(replace(one, score=0.4) for one in told.groups)))
    assert doubted.most_shared is None and not doubted.everyone
    alone = build(replace(told, links=()))
    assert alone.most_shared is None and not alone.everyone
    # The chapters still have it.
    assert view.most_shared.label in [row.label for chapter in doubted.chapters for row in chapter.rows]


def test_two_sources_of_one_outlet_are_told_apart() -> None:
    told = story()
    first, second, *rest = told.documents
    twin = replace(second, source=replace(second.source, outlet=first.source.outlet))
    view = build(replace(told, documents=(first, twin, *rest)))
    assert view.headline.startswith("4 sources from 3 outlets, 4 languages")
    assert [outlet.name.text for outlet in view.outlets][:2] == [
        "Küstenblatt (kuestenblatt.txt)",
        "Küstenblatt (haisheng.md)",
    ]


def test_the_outlets_and_what_was_inferred(page: lxml.html.HtmlElement) -> None:
    rows = _text(page.cssselect(".outlets tbody tr"))
    assert rows[0] == "Küstenblatt Sandhaven hat seine Seebrücke wieder German 4 May 2025 12 67 %"
    assert rows[1] == "海声日报 inferred 沙港海桥重新开放 Chinese (Simplified) 4 May 2025 inferred 12 58 %"


def test_the_coverage_matrix_counts_sentences(page: lxml.html.HtmlElement) -> None:
    links = page.cssselect(".matrix td a")
    titles = [link.findtext("title") for link in links]
    assert "Küstenblatt: 5 sentences on “The reopening”" in titles
    assert "港灣時報: 1 sentence on “Cost and who pays”" in titles
    assert len(titles) == 11  # one outlet leaves one topic out
    assert {link.get("href") for link in links} == {"#topic-1", "#topic-2", "#topic-3"}


def test_who_says_it_and_who_does_not(page: lxml.html.HtmlElement) -> None:
    row = page.get_element_by_id("g3")
    meta = _text(row.cssselect(".meta"))[0]
    assert meta == "g3 said by 3 of 4 · match 91 % · not mentioned by 港灣時報"
    assert _text(page.cssselect("#topic-3 .opening .meta"))[0].startswith(
        "Mentioned by 3 of 4 · not mentioned by 港灣時報"
    )


def test_each_sentence_has_original_translation_and_place(page: lxml.html.HtmlElement) -> None:
    line = page.get_element_by_id("g5").cssselect(".line")[1]
    original, english = line.cssselect(".o")[0], line.cssselect(".e")[0]
    assert (original.get("lang"), english.get("lang")) == ("zh-Hans", "en")
    assert _text([english]) == ["human Mayor Ilse Brandt said: “Without the bridge we have no face.”"]
    assert _text(line.cssselect(".by")) == ["haisheng.md, line 10, sentence 10"]
    machine = page.get_element_by_id("g2").cssselect(".line .e abbr")[0]
    assert machine.text == "MT"
    assert machine.get("title") == "Machine translation by argos de-en 1.0, confidence 82 %, not checked by a person"


def test_english_sources_are_shown_once(page: lxml.html.HtmlElement) -> None:
    line = page.get_element_by_id("g6").cssselect(".cell:last-child .line")[0]
    assert [paragraph.get("class") for paragraph in line.cssselect("p")] == ["o e", "by"]
    assert not line.cssselect("abbr")


def test_what_is_doubtful_is_said(page: lxml.html.HtmlElement) -> None:
    assert _text(page.cssselect(".flag")) == [
        "the translation is too short, something is missing",
        "not all of it was translated",
        "the translation repeats itself",
        "a number of the original is not in the translation",
    ]
    assert "not translated" in _text(page.cssselect("#only-gangwan-4 .by"))[0]
    assert _text(page.get_element_by_id("g4").cssselect("abbr.tag")).count("in part") == 1


def test_numbers_that_differ_are_marked_by_more_than_colour(page: lxml.html.HtmlElement) -> None:
    differing = page.get_element_by_id("g4").cssselect("mark.differs")
    assert _text(differing)[:2] == ["38 Millionen Euro\u2060≠", "38 million\u2060≠"]
    assert all(mark.cssselect("[aria-label]") for mark in differing)
    agreeing = [mark.text for mark in page.get_element_by_id("g1").cssselect("mark")]
    assert "3. Mai" in agreeing and "5月3日" in agreeing


def test_the_differences_put_value_against_value(page: lxml.html.HtmlElement) -> None:
    cards = _text(page.cssselect("#differences .difference"))
    assert len(cards) == 4
    assert cards[2].startswith(
        "≠ Numbers differ The new building cost 38 million euros 38 million EUR Küstenblatt, 海声"
    )
    assert "36 million EUR 港灣時報 3600萬歐元" in cards[2]
    assert "differences" not in lxml.html.tostring(
        lxml.html.document_fromstring(report.html(replace(story(), comparisons=()))).cssselect("main")[0]
    ).decode().replace("only-differences", "")


def test_what_agrees_and_what_only_one_gives(page: lxml.html.HtmlElement) -> None:
    assert _text(page.cssselect("#g1 .agreeing")) == ["= Agreed by several: 3 May 2025, Sandhaven"]
    told = story()
    only = replace(next(c for c in told.comparisons if c.group == "g6"), verdict="only")
    only = replace(only, claims=only.claims[:1])
    made = lxml.html.document_fromstring(report.html(replace(told, comparisons=(only,))))
    assert _text(made.cssselect("#g6 .alone summary, #g6 .alone li")) == [
        "1 detail given by one only",
        "1 June 2025 (Küstenblatt)",
    ]


def test_a_difference_behind_equal_values_is_told_by_its_notes() -> None:
    told = story()
    june = next(c for c in told.comparisons if c.group == "g6")
    weekdays = tuple(
        replace(claim, value="2025-06-01", note=note)
        for claim, note in zip(june.claims, ("", "", "1 June 2025 was a Sunday, not a Monday"))
    )
    (difference,) = build(replace(told, comparisons=(replace(june, claims=weekdays),))).differences
    assert [(stance.value.text, len(stance.outlets)) for stance in difference.stances] == [
        ("1 June 2025", 2),
        ("1 June 2025 was a Sunday, not a Monday", 1),
    ]
    assert difference.reason == ""
    same = tuple(replace(claim, note="") for claim in weekdays)
    (difference,) = build(replace(told, comparisons=(replace(june, claims=same),))).differences
    assert difference.reason == june.reason


def test_singles_stand_under_their_topic_or_their_outlet(page: lxml.html.HtmlElement) -> None:
    assert _text(page.cssselect("#topic-1 .singles .cell h4")) == [
        "Only in Küstenblatt",
        "Only in 港灣時報",
        "Only in The Harbour Ledger",
    ]
    assert _text(page.cssselect("#alone-ledger .o")) == ["Tickets are on sale < 48 hours ahead."]


def test_the_sources_are_there_in_full(page: lxml.html.HtmlElement) -> None:
    told = story()
    for document in told.documents:
        shown = page.get_element_by_id(f"source-{document.source.id}")
        words = _text(shown.cssselect(".text .o, .text .beside"))
        assert words == [segment.plain for segment in told.segments if segment.source == document.source.id]
    left_out = page.cssselect("#source-kuestenblatt .boilerplate")
    assert _text(left_out)[0] == "navigation line Startseite | Politik | Lokales | Sport"
    assert page.get_element_by_id("s-kuestenblatt-3").cssselect("a")[0].get("href") == "#g1"
    table = page.cssselect("#source-haisheng .quoted")[0]
    assert [_text(row.cssselect(".o")) for row in table.cssselect("tr")] == [
        ["项目", "数字"],
        ["长度", "421米"],
        ["造价", "3800万欧元"],
    ]


@st.composite
def documents(draw: st.DrawFn) -> tuple[Document, list[Segment]]:
    """A document of random blocks, with sentences over only some of their text."""
    source = Source("s", "s.txt", "S", Language("en"), "", "", "", "")
    text = ""
    blocks: list[Block] = []
    segments: list[Segment] = []
    for number in range(draw(st.integers(0, 5))):
        words = draw(st.text("ab. ", min_size=1, max_size=12).filter(str.strip))
        before, after = draw(st.sampled_from(["", "# ", "- "])), draw(st.sampled_from(["\n", "\n\n"]))
        start, content = len(text), len(text) + len(before)
        text += before + words
        kinds: list[Kind] = ["paragraph", "item", "boilerplate"]
        kind = draw(st.sampled_from(kinds))
        blocks.append(Block(start, len(text), (content, len(text)), kind, number + 1))
        at = content
        for _ in range(draw(st.integers(0, 2))):
            first = draw(st.integers(at, len(text) - 1))
            at = draw(st.integers(first + 1, len(text)))
            piece = text[first:at]
            n = len(segments) + 1
            segments.append(Segment(f"s:{n}", "s", n, first, at, piece, piece, kind, number, number + 1))
            if at == len(text):
                break
        text += after
    return Document(source, text, tuple(blocks)), segments


@given(documents())
@settings(derandomize=True, max_examples=200, deadline=None)
def test_no_letter_of_a_source_is_missing(drawn: tuple[Document, list[Segment]]) -> None:
    document, segments = drawn
    (_, flow), *_ = build(Story((document,), tuple(segments), (), (), ())).texts
    shown = ""
    for passage in flow:
        assert isinstance(passage, Passage)
        shown += "".join(part.segment.text if isinstance(part, Line) else part.text for part in passage.parts)
    sentences = {segment.block for segment in segments}
    expected = "".join(
        document.text[slice(*(block.content if number in sentences else (block.start, block.end)))]
        for number, block in enumerate(document.blocks)
    )
    assert "".join(shown.split()) == "".join(expected.split())


def test_every_piece_of_data_has_a_language_and_a_direction(page: lxml.html.HtmlElement) -> None:
    for element in page.cssselect("p.o, p.e, .text, .text .e:not(.o)"):
        assert element.get("lang") and element.get("dir") in ("ltr", "rtl")
    for element in page.iter():
        own = "".join([element.text or "", *(child.tail or "" for child in element)]) if element.tag != "style" else ""
        if (
            isinstance(element.tag, str)
            and re.search(r"[\u4e00-\u9fff]", own)
            and element.tag not in ("title", "script")
        ):
            owner = next(up for up in (element, *element.iterancestors()) if up.get("lang"))
            assert owner.get("lang").startswith("zh"), own


def test_a_sentence_with_two_points_is_in_two_groups() -> None:
    told = story()
    again = Group("g7", {"kuestenblatt": ("kuestenblatt:4",), "haisheng": ("haisheng:1",)}, 0.6, "Once more")
    link = Link(("kuestenblatt:4",), ("haisheng:1",), 0.6, "overlap")
    view = build(replace(told, groups=(*told.groups, again), links=(*told.links, link)))
    rows = {row.anchor: row for chapter in view.chapters for row in chapter.rows}
    assert [cell.partly for cell in rows["g7"].cells.values()] == [True, True]
    assert not any(cell.partly for cell in rows["g1"].cells.values())
    assert view.targets["kuestenblatt:4"] == "g2"  # the first of them
    assert view.outlets[0].shared == 8
    topics = (replace(told.topics[0], groups=(*told.topics[0].groups, "g7")), *told.topics[1:])
    twice = build(replace(told, groups=(*told.groups, again), topics=topics))
    assert twice.chapters[0].amounts == build(told).chapters[0].amounts


def test_labels_in_the_words_of_a_source_have_its_language() -> None:
    told = story()
    labels = ["Zwei Drittel zahlt das Land.", "Nach Angaben der Stadt kamen rund …", "The mayor, and what comes next"]
    topics = tuple(replace(topic, label=label) for topic, label in zip(told.topics, labels))
    chapters = build(replace(told, topics=topics)).chapters
    assert [chapter.label.lang for chapter in chapters] == ["de", "de", "en"]


def test_right_to_left_sources_run_from_right_to_left() -> None:
    told = story()
    first, *rest = told.documents
    arabic = replace(first, source=replace(first.source, language=Language("ar")))
    made = lxml.html.document_fromstring(report.html(replace(told, documents=(arabic, *rest))))
    line = made.get_element_by_id("g1").cssselect(".o")[0]
    assert (line.get("lang"), line.get("dir")) == ("ar", "rtl")


def test_the_policy_allows_this_style_and_these_scripts_and_nothing_else(page: lxml.html.HtmlElement) -> None:
    policy = page.cssselect('meta[http-equiv="Content-Security-Policy"]')[0].get("content")
    sources = dict(part.strip().split(" ", 1) for part in policy.split(";"))

    def hashed(elements: Iterable[Any]) -> str:
        digests = (hashlib.sha256(element.text.encode()).digest() for element in elements)
        return " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)

    assert sources == {
        "default-src": "'none'",
        "style-src": hashed(page.cssselect("style")),
        "script-src": hashed(page.cssselect("script")),
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }


def test_source_addresses_are_links_that_tell_nothing(page: lxml.html.HtmlElement) -> None:
    link = page.cssselect("#source-ledger a[rel]")[0]
    assert link.get("href") == "https://ledger.example/2025/05/pier?id=1&p=2"
    assert {"noopener", "noreferrer"} <= set(link.get("rel").split())


def test_markdown_has_every_sentence() -> None:
    told = story()
    made = report.markdown(told).replace("\\", "")
    for segment in told.segments:
        assert segment.plain in made
        if segment.pivot and segment.kind != "boilerplate":
            assert segment.pivot in made
    assert "g3: said by 3 of 4, match 91 %. Not mentioned by 港灣時報." in made
    assert "- 36 million EUR: 港灣時報 (3600萬歐元)" in made


def _terminal(told: Story, **options: Any) -> str:
    console = Console(file=io.StringIO(), width=160, **options)
    report.terminal(told, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_the_terminal_sums_up() -> None:
    shown = _terminal(story())
    assert shown.startswith("4 outlets, 4 languages, 3–4 May 2025: 6 shared points, 4 disagreements\n")
    assert "Said by 4 of 4" in shown
    assert re.search(r"36 million EUR +港灣時報", shown)
    assert re.search(r"海声日报 +Chinese \(Simplified\) +4 May 2025 \(inferred\) +12 +58 % +5", shown)
    assert re.search(r"3 +The mayor, and what comes next +2 +3 of 4 +港灣時報", shown)
    large = _terminal(large_story(216, 2160))
    assert "and 192 more" in large and "and 136 more" in large


def test_the_same_story_gives_the_same_bytes() -> None:
    assert report.html(story()) == report.html(story())
    assert report.markdown(story()) == report.markdown(story())


@pytest.mark.parametrize("render", [report.html, report.markdown, _terminal])
def test_a_story_of_nothing_or_of_one_source_is_no_failure(render: Any) -> None:
    told = story()
    one = told.documents[0].source.id
    alone = Story(told.documents[:1], tuple(s for s in told.segments if s.source == one), (), (), ())
    assert "0 shared points" in render(alone)
    assert "0 outlets" in render(Story((), (), (), (), ()))


def test_groups_without_a_topic_are_still_shown() -> None:
    view = build(replace(story(), topics=story().topics[:1]))
    assert [chapter.label.text for chapter in view.chapters] == ["The reopening", "Other shared points"]
    assert [row.anchor for row in view.chapters[1].rows] == ["g4", "g5", "g6"]


def test_similarity_and_order_are_what_the_links_say() -> None:
    view = build(story())
    shares = {(mark.column, mark.row): round(mark.value, 2) for mark in view.similarity.marks}
    assert shares == {(0, 1): 0.67, (0, 2): 0.67, (1, 2): 0.67, (0, 3): 0.78, (1, 3): 0.78, (2, 3): 0.67}
    assert [(mark.column, mark.value) for mark in view.order.marks if mark.column == 2] == [(2, 0), (2, 1)]
    gaps = [(path.topic, path.gap) for path in view.order.paths if path.gap]
    assert gaps == [(2, True)]  # the third topic skips the third outlet
