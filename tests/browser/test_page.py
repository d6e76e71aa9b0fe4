"""The report in a real browser: each interaction once, and what only a browser can measure."""

from __future__ import annotations

import base64

import page_time
import pytest
from reader import Reader
from story_fixture import large_story, story

ALL = 19  # six points, six singles under topics, seven under outlets


def test_it_opens_without_a_complaint_and_asks_for_nothing(reader: Reader) -> None:
    reader.open(story())
    assert reader.browser.title.startswith("4 outlets, 4 languages")
    assert reader.complaints() == []
    assert reader.requests() == [reader.address]
    assert len(reader.units()) == ALL


def test_original_english_or_both_and_it_is_remembered(reader: Reader) -> None:
    reader.open(story())
    german, english = "#g2 .o[lang=de]", "#g2 .e[lang=en]:not(.o)"
    assert reader.shown(german) and reader.shown(english)
    reader.click("#ui-show [value=original] + span")
    assert reader.shown(german) and not reader.shown(english)
    assert reader.shown("#g2 .o[lang=en]")  # what is English anyway stays
    reader.press("e")
    assert not reader.shown(german) and reader.shown(english)
    assert reader.shown("#only-gangwan-4 .o")  # what has no translation stays
    reader.browser.refresh()
    assert not reader.shown(german) and reader.shown(english)
    reader.press("o")
    assert reader.shown(german) and not reader.shown(english)
    reader.press("b")
    assert reader.shown(german) and reader.shown(english)


def test_light_and_dark_follow_the_system_and_the_switch(reader: Reader) -> None:
    def paper() -> str:
        return str(reader.run("return getComputedStyle(document.body).backgroundColor"))

    reader.open(story())
    light = paper()
    reader.prefer("dark")
    dark = paper()
    assert (light, dark) == ("rgb(251, 250, 247)", "rgb(21, 23, 26)")
    reader.click("#ui-theme")
    assert paper() == light
    reader.browser.refresh()
    assert paper() == light
    reader.click("#ui-theme")
    assert paper() == dark


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("Kuchenbasaren", ["only-kuestenblatt-11"]),
        ("CAKE SALES", ["only-kuestenblatt-11"]),
        ("渔民协会", ["only-haisheng-12"]),
        ("ferries june", ["g6"]),
        ("no such words", []),
    ],
)
def test_search_reads_original_and_english(reader: Reader, words: str, found: list[str]) -> None:
    reader.open(story())
    reader.press("/")
    reader.press(words)
    reader.wait(lambda: reader.units() == found)
    assert reader.shown("#ui-status") == [f"{len(found)} of {ALL} points and single sentences"]
    assert not reader.shown("#outlets")  # the overview makes room
    painted = reader.run("return [...CSS.highlights.get('search')].map(String)")
    assert bool(painted) == bool(found)
    reader.press("\ue00c")  # Escape
    assert len(reader.units()) == ALL and reader.shown("#outlets")


@pytest.mark.parametrize(
    ("field", "value", "found"),
    [
        ("outlet", "2", ["g1", "g2", "only-gangwan-4", "g4", "only-gangwan-6"]),
        ("language", "zh-Hant", ["g1", "g2", "only-gangwan-4", "g4", "only-gangwan-6"]),
        ("topic", "topic-3", ["g5", "g6", "only-haisheng-12"]),
        ("differ", True, ["g2", "g3", "g4", "g6"]),
    ],
)
def test_filters(reader: Reader, field: str, value: str | bool, found: list[str]) -> None:
    reader.open(story())
    reader.click("#ui-filter-button")
    if value is True:
        reader.click(f"#ui-{field}")
    else:
        reader.click(f"#ui-{field} option[value='{value}']")
    assert reader.units() == found
    reader.click("#ui-clear")
    assert len(reader.units()) == ALL


def test_what_only_one_outlet_says(reader: Reader) -> None:
    reader.open(story())
    reader.click("[data-alone='3']")
    assert reader.units() == ["only-ledger-7", "only-ledger-9"]
    assert reader.run("return document.getElementById('ui-only').checked")
    assert reader.shown(".chapter h2") == ["The reopening", "Only in one outlet"]


def test_keys_go_from_point_to_point(reader: Reader) -> None:
    reader.open(story())

    def current() -> object:
        return reader.run("return [document.querySelector('.current').id, document.activeElement.id, scrollY > 900]")

    reader.press("j")
    assert current() == ["g1", "g1", True]
    reader.press("jj")
    assert current() == ["g3", "g3", True]
    reader.press("k")
    assert current() == ["g2", "g2", True]
    top = reader.run("return document.getElementById('g2').getBoundingClientRect().top")
    assert 56 <= top <= 200  # under the bar, not behind it


def test_keys_are_letters_while_one_types(reader: Reader) -> None:
    reader.open(story())
    reader.press("/jebo?")
    assert reader.run("return document.getElementById('ui-search').value") == "jebo?"
    assert reader.run("return document.documentElement.dataset.show") == "both"


def test_help_opens_and_closes(reader: Reader) -> None:
    reader.open(story())
    reader.press("?")
    assert reader.shown("#ui-help h2") == ["Keys"]
    reader.press("\ue00c")
    assert not reader.shown("#ui-help h2")


def test_the_contents_lead_on_and_fold_away(reader: Reader) -> None:
    reader.open(story())
    reader.click("#ui-menu summary")
    assert reader.shown("#ui-menu li")[2] == "1 The reopening 4 of 4"
    reader.click("#ui-menu [href='#topic-2']")
    reader.wait(lambda: reader.run("return document.getElementById('topic-2').getBoundingClientRect().top < 200"))
    assert not reader.shown("#ui-menu li")


def test_the_matrix_leads_to_the_topic(reader: Reader) -> None:
    reader.open(story())
    reader.click(".matrix tbody tr:nth-child(3) td a circle")
    reader.wait(lambda: reader.browser.current_url.endswith("#topic-3"))
    reader.wait(lambda: 0 <= reader.run("return document.getElementById('topic-3').getBoundingClientRect().top") < 200)


@pytest.mark.parametrize("fragment", ["#g4", "#topic-3", "#only-ledger-9", "#source-gangwan", "#s-haisheng-9"])
def test_deep_links(reader: Reader, fragment: str) -> None:
    reader.open(story(), fragment)
    where = f"return document.getElementById('{fragment[1:]}')"
    reader.wait(lambda: 0 < reader.run(f"{where}.getBoundingClientRect().top") < 880)
    assert reader.run(f"{where}.checkVisibility()")


def test_a_link_leads_to_what_a_filter_hides(reader: Reader) -> None:
    reader.open(story())
    reader.press("/")
    reader.press("Kuchenbasaren")
    reader.wait(lambda: len(reader.units()) == 1)
    reader.run("location.hash = 'g1'")
    reader.wait(lambda: len(reader.units()) == ALL)
    assert reader.shown(".current h3") == ["The pier at Sandhaven reopened on 3 May"]


def test_the_surrounding_sentences_are_one_click_away(reader: Reader) -> None:
    reader.open(story())
    link = "#g3 .cell:first-child .ref"
    reader.click(link)
    around = [
        "Drei Jahre nach der Sturmflut ist die Seebrücke von Sandhaven am 3. Mai wieder eröffnet worden.",
        "Sie ist jetzt 412 Meter lang.",
        "Nach Angaben der Stadt kamen rund 12.000 Besucher zur Feier.",
        "Der Musikverein spielte z. B. drei Märsche.",
        "Anzeige",
    ]
    assert reader.shown("#g3 .context .o") == around
    assert reader.shown("#g3 .context .here .o") == around[2:3]
    reader.click("#g3 .context > a")
    reader.wait(lambda: reader.shown("#s-kuestenblatt-5 .o"))
    reader.click(link)
    assert not reader.shown("#g3 .context")


def test_without_scripts_it_is_still_there_to_read(reader: Reader) -> None:
    reader.open(story())
    reader.command("Emulation.setScriptExecutionDisabled", value=True)
    reader.browser.refresh()
    words = reader.browser.find_element("css selector", "#g2").text
    assert "Sie ist jetzt 412 Meter" in words and "MT It is now 412" in words
    tools = reader.browser.find_element("css selector", ".tools")
    assert not tools.is_displayed()
    assert reader.browser.find_element("css selector", ".alone a").is_displayed()


def _lefts(reader: Reader, selector: str) -> list[float]:
    return list(
        reader.run(
            "return [...document.querySelectorAll(arguments[0])].filter((one) => one.checkVisibility())"
            ".map((one) => Math.round(one.getBoundingClientRect().left))",
            selector,
        )
    )


def test_columns_side_by_side_become_a_stack(reader: Reader) -> None:
    reader.open(story(), "#g2")
    heads, cells = _lefts(reader, "#topic-1 .heads > div"), _lefts(reader, "#g2 .cell")
    assert heads == cells and len(set(cells)) == 4
    reader.screen(390, 844, mobile=True)
    assert len(set(_lefts(reader, "#g2 .cell"))) == 1
    assert reader.shown("#g2 h4") == ["Küstenblatt", "海声日报", "港灣時報", "The Harbour Ledger"]
    assert reader.run("return document.documentElement.scrollWidth") == 390
    reader.screen(320, 700, mobile=True)
    assert reader.run("return document.documentElement.scrollWidth") == 320


def test_many_outlets_become_cards(reader: Reader) -> None:
    reader.open(large_story(12, 120), "#g1")
    assert not reader.shown(".heads")
    assert reader.shown("#g1 h4")[:2] == ["Outlet 0", "Outlet 1"]
    assert reader.run("return document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_has_contrast(reader: Reader, scheme: str) -> None:
    """What the style sheet promises in its variables, measured on what the browser made of it."""
    reader.prefer(scheme)
    reader.open(story())
    reader.run("for (const one of document.querySelectorAll('details')) one.open = true")
    reader.run("document.getElementById('ui-filter-button').click(); document.querySelector('.ref').click()")
    poor = reader.run(
        """
        const parse = (colour) => colour.match(/[\\d.]+/g).map(Number);
        const luminance = (rgb) => {
          const [r, g, b] = rgb.map((c) => c / 255).map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
          return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        };
        const ground = (one) => {
          for (let at = one; at; at = at.parentElement) {
            const [r, g, b, a = 1] = parse(getComputedStyle(at).backgroundColor);
            if (a > 0) return [r, g, b];
          }
        };
        const poor = [];
        for (const one of document.querySelectorAll('body *:not(svg *)')) {
          const own = [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
          if (!own || !one.checkVisibility() || one.closest('.cell.none, script')) continue;
          const pair = [luminance(parse(getComputedStyle(one).color)), luminance(ground(one))];
          const [high, low] = pair.sort((a, b) => b - a);
          if ((high + 0.05) / (low + 0.05) < 4.5) poor.push(one.outerHTML.slice(0, 120));
        }
        return poor;
        """
    )
    assert poor == []


def test_chinese_is_set_in_its_own_fonts_and_broken_by_its_own_rules(reader: Reader) -> None:
    reader.open(story())
    fonts = reader.run(
        "return ['zh-Hans', 'zh-Hant'].map((tag) => getComputedStyle(document.querySelector(`.o[lang=${tag}]`)))"
        ".map((style) => [style.fontFamily.split(',')[0], style.lineBreak])"
    )
    assert fonts == [['"PingFang SC"', "strict"], ['"PingFang TC"', "strict"]]


def test_it_prints_as_a_clean_document(reader: Reader) -> None:
    reader.prefer("dark")
    reader.open(story())
    pdf = base64.b64decode(reader.command("Page.printToPDF", preferCSSPageSize=True)["data"])
    assert pdf.startswith(b"%PDF") and len(pdf) > 20_000
    reader.command("Emulation.setEmulatedMedia", media="print")
    assert not reader.shown(".bar, .self, .heads, #sources")
    assert reader.shown("#g2 h4") and reader.shown("#about")
    assert reader.run("return getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_the_page_stays_quick_with_two_hundred_outlets(reader: Reader) -> None:
    small, large = large_story(20, 500), large_story(200, 5000)
    assert (len(large.documents), len(large.segments)) == (200, 5000)
    # Both are measured in one browser, so that a crowded machine is as slow for one as for the other. Ten times the
    # page may take ten times as long, and twice that by chance; what grows with the square takes a hundred times.
    few, many = (page_time.measured(reader, told) for told in (small, large))
    for part, seconds in many.items():
        assert seconds < 20 * max(few[part], 0.005), (part, few, many)
