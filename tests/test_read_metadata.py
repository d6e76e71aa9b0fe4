"""What is known of a source: stated in sources.toml or the file, else inferred."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_read import ARTICLE, content, folder, only, shown

from pipeline.errors import UserError
from pipeline.language import to_traditional
from pipeline.model import Source
from pipeline.read import dates, documents, manifest_text, parse

DE = "Die Betreiberin teilte am Montag mit, dass der Hafen von Nordmünde im Winter für fünf Wochen geschlossen bleibt."
ZH = "港务公司周一宣布，新的控制系统将在明年春天上线，预计每年节省1200万欧元，所有起重机都会自动报告载重。"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2031-05-06", "2031-05-06"),
        ("2031/5/6", "2031-05-06"),
        ("2031.05.06", "2031-05-06"),
        ("2031-05-06T08:18:00+08:00", "2031-05-06"),
        ("06.05.2031", "2031-05-06"),
        ("6. 5. 2031", "2031-05-06"),
        ("6. Mai 2031", "2031-05-06"),
        ("6.\xa0Mai 2031", "2031-05-06"),
        ("12. Februar 2031", "2031-02-12"),
        ("3. MÄRZ 2031", "2031-03-03"),
        ("1. Jänner 2031", "2031-01-01"),
        ("2031年5月6日", "2031-05-06"),
        ("2031 年 5 月 6 號", "2031-05-06"),
        ("May 6, 2031", "2031-05-06"),
        ("Sept. 6th, 2031", "2031-09-06"),
        ("6 December 2031", "2031-12-06"),
        ("2031-02-29", ""),
        ("2031-13-01", ""),
        ("0001-01-01", ""),
        ("2231-01-01", ""),
        ("12031-05-06", ""),
        ("2031-05-061", ""),
        ("5/6/2031", ""),
        ("im Mai 2031", ""),
        ("6. Mai", ""),
    ],
)
def test_dates(text: str, day: str) -> None:
    assert dates.parse(text) == day


def test_a_date_ends_with_its_time() -> None:
    for time in (" 08:18", ", 08:18 Uhr", " um 8.18 Uhr", "T08:18:00.123Z", " | 8:18 pm", " at 8:18 a.m."):
        text = f"x 2031-05-06{time} y"
        ((start, end, _, timed),) = dates.find(text)
        assert (text[start:end], timed) == (f"2031-05-06{time}", True)


FRONT = """\
---
title: "Der Hafen: \\"zu\\""
source: Küstenkurier
lang: de
date: 2031-05-06 08:18
url: https://example.org/hafen
tags:
  - kran
draft: false # noch
---

# Hafen

Text.
"""


@pytest.mark.parametrize("name", ["a.md", "a.txt"])
def test_front_matter(name: str) -> None:
    document = only(FRONT, name)
    assert facts(document.source) == (
        "Küstenkurier",
        "de",
        'Der Hafen: "zu"',
        "2031-05-06",
        "https://example.org/hafen",
    )
    assert document.source.inferred == {"id"}
    assert shown(document)[0] == ("front matter", FRONT[: FRONT.index("\n\n#")])
    assert [(block.line, content(document, block)) for block in document.blocks[1:]] == [(12, "Hafen"), (14, "Text.")]


@pytest.mark.parametrize(
    "text",
    [
        "---\nKein Schluss: hier\n\nText",
        "---\nEin Satz zwischen Linien.\n---\nText",
        "--- \n---\nText",
        "----\na: b\n---\n",
        "---\n\n---\nx",
    ],
)
def test_rules_are_no_front_matter(text: str) -> None:
    assert "front matter" not in [kind for kind, _ in shown(only(text, "a.md"))]


def test_front_matter_that_makes_no_sense_counts_as_unstated() -> None:
    source = only(
        f"---\nlang: deutsch\ndate: bald\nurl: javascript://example.org/%0aalert(1)\ntitle: ''\n---\n{DE}"
    ).source
    assert facts(source)[1:] == ("de", DE, "", "")


def facts(source: Source) -> tuple[str, str, str, str, str]:
    return source.outlet, source.language.tag, source.title, source.date, source.url


MANIFEST = """\
["a.txt"]
id = "hafen"
outlet = "Küsten\\u0007kurier"
language = "de"
title = "Der Hafen"
date = 2031-05-06
url = "https://example.org/a"

["sub/b.txt"]
outlet = "Oben"
title = "Von oben"
"""


def test_a_manifest_has_the_first_word(tmp_path: Path) -> None:
    folder(
        tmp_path, a__txt=f"---\noutlet: Andere\n---\n{ARTICLE}", sub___b__txt=f"---\ndate: 2031-01-02\n---\n{ARTICLE}",
        sources__toml=MANIFEST, sub___sources__toml='["b.txt"]\noutlet = "Unten"\n',
    )  # fmt: skip
    one, two = (document.source for document in documents([tmp_path])[0])
    assert (one.id, *facts(one)) == ("hafen", "Küsten kurier", "de", "Der Hafen", "2031-05-06", "https://example.org/a")
    assert one.inferred == frozenset()
    # The nearer manifest goes first, then the farther one, then the file.
    assert facts(two) == ("Unten", "de", "Von oben", "2031-01-02", "")
    # A manifest beside a named file is used as well.
    assert documents([tmp_path / "a.txt"])[0][0].source == one


def test_a_named_manifest_stands_for_the_files_it_lists(tmp_path: Path) -> None:
    folder(tmp_path, a__txt=ARTICLE, b__txt=ARTICLE, sources__toml='["b.txt"]\noutlet = "B"\n')
    (document,), _ = documents([tmp_path / "sources.toml"])
    assert document.source.outlet == "B"
    folder(tmp_path, sources__toml='["c.txt"]\n')
    with pytest.raises(UserError, match=r"c\.txt cannot be read"):
        documents([tmp_path / "sources.toml"])
    assert documents([tmp_path])[1] == [f"{tmp_path}/sources.toml speaks of c.txt, not there."]


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        (
            '["a.txt"]\noutlett = "x"',
            "table [\"a.txt\"], has the unknown key 'outlett'; the keys are id, outlet, language",
        ),
        ('["a.txt"]\ndate = "6 May"', "sets date to '6 May'; write a calendar date such as 2026-02-13"),
        ('["a.txt"]\ndate = 20310506', "sets date to 20310506; write it as text"),
        ('["a.txt"]\nlanguage = "deutsch"', "sets language to 'deutsch'; write a tag such as de"),
        ('["a.txt"]\nid = "A/../b"', "sets id to 'A/../b'; use at most 24 of"),
        ('["a.txt"]\nid = "' + "a" * 25 + '"', "use at most 24 of"),
        ('["a.txt"]\nurl = "javascript://x/"', "sets url to 'javascript://x/'; write an address"),
        ('["a.txt"]\nid = "x"\n["b.txt"]\nid = "x"', "gives the id 'x' to two sources"),
        ('title = "x"', "has 'title' outside a table"),
        ('["../a.txt"]', "can only name files below its own folder"),
        ('["/etc/passwd"]', "can only name files below its own folder"),
        ('["a\\\\b.txt"]', "can only name files below its own folder"),
        ("[a", "is no valid TOML"),
        ("x = " + "[" * 10_000, "is no valid TOML"),
        ('["a.txt"]\ntitle = "\x80\x81\x8d\xff"', "cannot be decoded"),
    ],
)
def test_what_is_wrong_in_a_manifest(tmp_path: Path, toml: str, message: str) -> None:
    folder(tmp_path, a__txt=ARTICLE, b__txt=ARTICLE, sources__toml=toml.encode("latin-1"))
    with pytest.raises(UserError, match=r"^[^\n]*$") as error:
        documents([tmp_path])
    assert str(error.value).startswith(f"{tmp_path}/sources.toml")
    assert message in str(error.value)


def test_records_of_a_file_have_tables_of_their_own(tmp_path: Path) -> None:
    folder(
        tmp_path, x__jsonl='{"text": "Der Hafen schließt."}\n\n{"text": "Der Kran steht."}\n',
        sources__toml='["x.jsonl"]\noutlet = "Alle"\ntitle = "Nicht alle"\nid = "x"\n["x.jsonl#3"]\ntitle = "Kran"\n',
    )  # fmt: skip
    one, two = (document.source for document in documents([tmp_path])[0])
    assert (one.id, one.outlet, one.title) == ("x-1", "Alle", "Der Hafen schließt.")
    assert (two.id, two.outlet, two.title) == ("x-3", "Alle", "Kran")


def test_a_written_manifest_reads_back(tmp_path: Path) -> None:
    folder(
        tmp_path,
        a__txt=f'Der "Hafen" \\ schließt\n\nKüstenkurier | 06.05.2031\n\n{DE}',
        b__md=f"# 港口#\n\n{ZH}\n\n来源：海岸日报",
        sub___c__html=f'<html lang="de"><meta property="og:site_name" content="Küsten"><h1>Hafen</h1><p>{DE}',
        d__jsonl=f'{{"text": "{DE}", "date": "2031-05-06"}}\n\n{{"text": "{ZH}", "url": "https://example.org/x"}}\n',
        e__json='{"text": "Nur eins.", "id": "Ü 7"}',
        新聞__txt="123",
    )
    before, _ = documents([tmp_path])
    text = manifest_text(before, tmp_path)
    (tmp_path / "sources.toml").write_text(text, encoding="utf-8")
    after, notes = documents([tmp_path])
    assert notes == []
    same = [(document.source.id, *facts(document.source)) for document in before]
    assert [(document.source.id, *facts(document.source)) for document in after] == same
    assert {key for document in after for key in document.source.inferred} == {"language"}  # of "123"
    assert 'outlet = "Küstenkurier"  # inferred' in text
    assert '["d.jsonl#3"]' in text and '["sub/c.html"]' in text and '["e.json"]' in text
    assert manifest_text(before, tmp_path / "sub").count("[") == 1


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        (DE, "de"),
        (ZH, "zh-Hans"),
        (to_traditional(ZH), "zh-Hant"),
        ("The operator said on Monday that the port will stay closed for five weeks in winter.", "en"),
        # Furniture in another language does not count.
        (f"{ZH}\nNotice: The content above was uploaded by a user, and {'so on and so forth ' * 20}", "zh-Hans"),
        ("12345", "und"),
    ],
)
def test_languages_are_detected(text: str, tag: str) -> None:
    source = only(text).source
    assert source.language.tag == tag
    assert "language" in source.inferred


@pytest.mark.parametrize(
    ("stated", "text", "tag", "inferred"),
    [
        ("zh", to_traditional(ZH), "zh-Hant", False),
        ("zh-TW", to_traditional(ZH), "zh-Hant-TW", False),
        ("zh-CN", to_traditional(ZH), "zh-Hant", True),
        ("en", ZH, "zh-Hans", True),
        ("zh-CN", DE, "de", True),
        ("en-US", DE, "en-US", False),
        ("ja", ZH, "ja", False),
        ("de", "123", "de", False),
        ("xx-nonsense", DE, "de", True),
    ],
)
def test_a_page_is_not_believed_against_its_letters(stated: str, text: str, tag: str, inferred: bool) -> None:
    source = only(f'<html lang="{stated}"><p>{text}</p></html>', "a.html").source
    assert (source.language.tag, "language" in source.inferred) == (tag, inferred)


@pytest.mark.parametrize("stated", ["de", "en", "ja", "zh-Hant"])
def test_a_stated_language_needs_no_model(stated: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(text: str, tag: str) -> None:
        parse(f'<html lang="{tag}"><p>{text}</p>'.encode(), "a.html")

    monkeypatch.setattr("py3langid.classify", None)  # so that asking it fails
    read("橋樑今天開放。" * 9 if stated == "zh-Hant" else "Die Brücke ist offen, the bridge is open.", stated)
    with pytest.raises(TypeError):
        read("Die Brücke ist offen, the bridge is open.", "zh")


def test_a_manifest_is_believed_against_the_letters(tmp_path: Path) -> None:
    for stated, tag in (("zh-Hans", "zh-Hans"), ("zh", "zh-Hant"), ("en", "en")):
        folder(tmp_path, a__txt=to_traditional(ZH), sources__toml=f'["a.txt"]\nlanguage = "{stated}"\n')
        assert documents([tmp_path])[0][0].source.language.tag == tag


@pytest.mark.parametrize(
    ("text", "day"),
    [
        (f"Hafen\n\nKüstenkurier 2031-05-06 08:18\n\n{DE} Das war am 1. Mai 2031.", "2031-05-06"),
        (f"date 2031-05-06 Werbung\n\n{DE}", "2031-05-06"),
        (f"Hafen\n\n{DE} Das war am 1. Mai 1931.", ""),
        (f"Hafen\n\nAm 6. Mai 2031 war es so weit. {DE}", "2031-05-06"),
        (f"港口\n\n2031年5月6日，{ZH}", "2031-05-06"),
        (f"| 会议 | 2031年5月6日 |\n|--|--|\n| x | y |\n\n{ZH}", "2031-05-06"),
        (
            f"Hafen\n\nDas war am 1. Mai 2031. {DE}\n\nVeröffentlicht am 6. Mai 2031 von der Pressestelle des Hafens.",
            "2031-05-06",
        ),
        (f"| 发布时间 | 2031年5月6日 |\n|--|--|\n| 会议 | 2031年5月1日 |\n\n{ZH}", "2031-05-06"),
        (f"# 港口\n\n会议在2031年5月1日召开。{ZH}\n\n*文档生成时间：2031年5月6日*", "2031-05-06"),
        ("\n\n".join([DE] * 20) + "\n\nAm 1. Mai 2031 war es vorbei.", ""),
        (f"Am 6. Mai, wie jedes Jahr. {DE}", ""),
    ],
)
def test_dates_of_articles(text: str, day: str) -> None:
    source = only(text).source
    assert source.date == day
    assert ("date" in source.inferred) == bool(day)


@pytest.mark.parametrize(
    ("text", "outlet", "url"),
    [
        (f"本文来自微信公众号：海岸观察，作者：阿槐\n{ZH}", "海岸观察", ""),
        (f"{ZH}\n本文來自潮線網，原文鏈接：https://www.example.org/a", "潮線網", "https://www.example.org/a"),
        (f"{ZH}\n来源：海岸日报", "海岸日报", ""),
        (f"Hafen\n\nKüstenkurier | 06.05.2031\n\n{DE}", "Küstenkurier", ""),
        (f"Hafen\n\nVon Grete Petersen, 06.05.2031\n\n{DE}", "mein hafen", ""),
        (f"{DE}\n\nQuelle: Küstenkurier", "Küstenkurier", ""),
        (f"---\nurl: https://www.kurier.example/a\n---\n{DE}", "kurier.example", "https://www.kurier.example/a"),
        (f"---\nsource: https://m.kurier.example/a\n---\n{DE}", "kurier.example", "https://m.kurier.example/a"),
        (DE, "mein hafen", ""),
    ],
)
def test_outlets_and_addresses(text: str, outlet: str, url: str) -> None:
    source = only(text, "x/mein_hafen-7c1dc33cc98480cd.txt").source
    assert (source.outlet, source.url) == (outlet, url)


@pytest.mark.parametrize(
    ("text", "name", "title"),
    [
        (f"Der Hafen schließt\n\n{DE}", "a.txt", "Der Hafen schließt"),
        (f"Startseite\n\n![]()\nEin Satz als Titel.\n{DE}", "a.txt", "Ein Satz als Titel."),
        (f"{DE} {DE}", "a.txt", f"{DE[:92]} …"),
        (f"![Kran](k.png)\n\n## **Hafen** [zu](x)\n\n{DE}", "a.md", "Hafen zu"),
        (f"<title>Hafen | Kurier</title><p>{DE}</p>", "a.html", "Hafen | Kurier"),
        (f"<title>Hafen | Kurier</title><h1>Hafen</h1><p>{DE}</p>", "a.html", "Hafen"),
        (f"<meta property='og:title' content='Hafen zu'><h1>Hafen</h1><p>{DE}</p>", "a.html", "Hafen zu"),
        ("Werbung", "a.txt", ""),
    ],
)
def test_titles(text: str, name: str, title: str) -> None:
    assert only(text, name).source.title == title
