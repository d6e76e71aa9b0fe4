"""Exports against the schemas of their formats, and read back by translators' tools.

translate-toolkit and msgfmt are other people's readers of TMX, XLIFF and PO; where they are not
installed their tests are skipped.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from story_fixture import large_story, story
from test_export import LANG, NASTY, small

from pipeline.export import FORMATS, Options
from pipeline.export.view import View
from pipeline.model import Story

SCHEMAS = Path(__file__).parent / "schemas"
CORE = "{urn:oasis:names:tc:xliff:document:2.0}"
MATCHES = "{urn:oasis:names:tc:xliff:matches:2.0}"


def xsd(name: str) -> Any:
    tree = etree.parse(SCHEMAS / name)
    for element in tree.iter("{http://www.w3.org/2001/XMLSchema}import"):
        element.set("schemaLocation", "xml.xsd")
    return etree.XMLSchema(tree)


VALIDATORS = {
    "tmx": etree.DTD(str(SCHEMAS / "tmx14.dtd")),
    "xliff": xsd("xliff-core-1.2-strict.xsd"),
    "xliff2": xsd("xliff-core-2.0.xsd"),
}


def hostile() -> Story:
    """Every nasty text at once, in sentences, translations, warnings, titles, paths and labels."""
    text = " ".join(sorted(NASTY.values(), key=len)[:-1])
    made = small(text, text, text)
    documents = tuple(
        replace(document, source=replace(document.source, path=text, outlet=text, title=text, url=text))
        for document in made.documents
    )
    segments = tuple(replace(segment, warnings=(text, text)) for segment in made.segments)
    return replace(
        made, documents=documents, segments=segments, groups=(replace(made.groups[0], label=text),), models=(text,)
    )


STORIES: dict[str, Callable[[], Story]] = {
    "fixture": story,
    "hostile": hostile,
    "empty": lambda: Story((), (), (), (), ()),
    "unlinked": lambda: replace(story(), links=(), groups=(), topics=()),
    "large": lambda: large_story(20, 500),
}


@pytest.mark.parametrize("options", [Options(), Options(regions=True), Options(machine=False)], ids=str)
@pytest.mark.parametrize("which", STORIES)
@pytest.mark.parametrize("name", VALIDATORS)
def test_valid(name: str, which: str, options: Options) -> None:
    validator = VALIDATORS[name]
    for file, content in FORMATS[name].render(View(STORIES[which](), options)).items():
        assert validator.validate(etree.fromstring(content)), f"{file}: {validator.error_log.last_error}"


@pytest.mark.parametrize("name", VALIDATORS)
def test_the_validators_can_fail(name: str) -> None:
    content = next(iter(FORMATS[name].render(View(story(), Options())).values()))
    root = etree.fromstring(content)
    first, parent = next((parent[0], parent) for parent in root.iter("{*}tuv", "{*}segment", "{*}trans-unit"))
    parent.append(first)
    assert not VALIDATORS[name].validate(root)


def xliff2() -> list[Any]:
    return [etree.fromstring(content) for content in FORMATS["xliff2"].render(View(story(), Options())).values()]


class TestXliff2:
    """What XLIFF 2.1 demands in words; its core schema leaves modules open (OASIS, 2018, 4.2 and 5.1)."""

    def test_a_target_language_wherever_there_are_targets(self) -> None:
        with_targets = [bool(root.findall(f".//{CORE}segment/{CORE}target")) for root in xliff2()]
        assert [bool(root.get("trgLang")) for root in xliff2()] == with_targets == [True, True, True, False]

    def test_ids_are_unique_in_their_scope(self) -> None:
        for root in xliff2():
            units = [unit.get("id") for unit in root.iter(f"{CORE}unit")]
            assert len(units) == len(set(units)) > 0

    def test_candidates_are_references_to_a_segment_of_their_unit(self) -> None:
        matches = [match for root in xliff2() for match in root.iter(f"{MATCHES}match")]
        assert matches
        for match in matches:
            unit = match.getparent().getparent()
            assert unit[0] is match.getparent() and unit.tag == f"{CORE}unit"
            assert match.get("ref") in {f"#{segment.get('id')}" for segment in unit.iter(f"{CORE}segment")}
            assert [child.tag for child in match] == [f"{CORE}source", f"{CORE}target"]
            assert match[0].text == unit.findtext(f"{CORE}segment/{CORE}source")
            # A target in another language than the file's must say so.
            assert match.get("reference") == "yes" and match[1].get(LANG)
            assert 0 <= float(match.get("matchQuality")) <= 100
            # A subtype needs a type, and a prefix that is not the standard's.
            assert match.get("type") == "other"
            assert match.get("subType") in ("parallax:equal", "parallax:overlap")

    def test_machine_translations_are_no_more_than_initial(self) -> None:
        states = {
            segment.findtext(f"{CORE}target"): (segment.get("state"), segment.get("subState"))
            for root in xliff2()
            for segment in root.iter(f"{CORE}segment")
        }
        assert states["It is now 412 metres long."] == ("initial", "parallax:mt-suggestion")
        assert states["The citizens collected the rest with cake sales."] == ("translated", None)


class TestXliff1:
    def test_states_and_references(self) -> None:
        files = FORMATS["xliff"].render(View(story(), Options()))
        root = etree.fromstring(files["kuestenblatt.xlf"])
        units = {unit.get("id"): unit for unit in root.iter("{*}trans-unit")}
        machine, person = (units[id].find("{*}target") for id in ("kuestenblatt:4", "kuestenblatt:11"))
        assert (machine.get("state"), machine.get("state-qualifier")) == ("needs-review-translation", "mt-suggestion")
        assert person.get("state") == "translated"
        others = units["kuestenblatt:4"].findall("{*}alt-trans")
        assert [(other.get("origin"), other.findtext("{*}target")) for other in others] == [
            ("海声日报", "421米"),
            ("港灣時報", "新橋全長412米。"),
            ("The Harbour Ledger", "At 412 metres it is the longest on this coast."),
        ]
        assert {other.get("alttranstype") for other in others} == {"reference"}

    def test_a_file_for_each_source_in_its_language(self) -> None:
        files = FORMATS["xliff"].render(View(story(), Options()))
        assert {name: etree.fromstring(content)[0].get("source-language") for name, content in files.items()} == {
            "kuestenblatt.xlf": "de",
            "haisheng.xlf": "zh-Hans",
            "gangwan.xlf": "zh-Hant",
            "ledger.xlf": "en",
        }

    def test_what_is_in_the_pivot_language_is_not_to_be_translated(self) -> None:
        root = etree.fromstring(FORMATS["xliff"].render(View(story(), Options()))["ledger.xlf"])
        assert {unit.get("translate") for unit in root.iter("{*}trans-unit")} == {"no"}


class TestTmx:
    def units(self) -> list[Any]:
        return list(etree.fromstring(FORMATS["tmx"].render(View(story(), Options()))["parallax.tmx"]).iter("tu"))

    def test_the_header_has_every_attribute_the_standard_demands(self) -> None:
        root = etree.fromstring(FORMATS["tmx"].render(View(story(), Options()))["parallax.tmx"])
        header = dict(root.find("header").attrib)
        assert root.get("version") == "1.4"
        assert header == {
            "creationtool": "Parallax",
            "creationtoolversion": "0.1.0",
            "segtype": "sentence",
            "o-tmf": "Parallax",
            "adminlang": "en",
            "srclang": "*all*",
            "datatype": "plaintext",
        }

    def test_a_unit_for_each_group_with_a_variant_for_each_source(self) -> None:
        units = {unit.get("tuid"): unit for unit in self.units()}
        for group in story().groups:
            variants = units[group.id].findall("tuv")
            assert [variant.findtext("prop[@type='x-segments']") for variant in variants] == [
                " ".join(ids) for ids in group.members.values()
            ]
            assert units[group.id].findtext("prop[@type='x-score']") == str(group.score)
            assert not [variant for variant in variants if not variant.findtext("prop[@type='x-outlet']")]

    def test_machine_translations_are_marked_as_such(self) -> None:
        made = [variant for unit in self.units() for variant in unit.iter("tuv") if variant.get("creationid")]
        assert made and {variant.findtext("prop[@type='x-origin']") for variant in made} == {"model"}
        origins = [prop.text for unit in self.units() for prop in unit.iter("prop") if prop.get("type") == "x-origin"]
        assert origins.count("model") == len(made)
        assert origins.count("memory") == 2


class TestOtherReaders:
    """translate-toolkit reads the same texts and translations."""

    def expected(self, source: str = "") -> set[tuple[str, str]]:
        return {
            (segment.plain, segment.pivot or "")
            for segment in story().segments
            if segment.kind != "boilerplate" and segment.source.startswith(source) and segment.pivot_origin != "same"
        }

    def test_xliff_1(self) -> None:
        xliff = pytest.importorskip("translate.storage.xliff")
        files = FORMATS["xliff"].render(View(story(), Options()))
        store = xliff.xlifffile.parsestring(files["kuestenblatt.xlf"])
        assert {(unit.source, unit.target or "") for unit in store.units} == self.expected("kuestenblatt")
        assert (store.sourcelanguage, store.targetlanguage) == ("de", "en")
        # To this reader all that nobody approved is fuzzy.
        assert {unit.isfuzzy() for unit in store.units if unit.target} == {True}

    def test_xliff_2(self) -> None:
        xliff = pytest.importorskip("translate.storage.xliff2")
        files = FORMATS["xliff2"].render(View(story(), Options()))
        store = xliff.Xliff2File.parsestring(files["gangwan.xlf"])
        assert {(unit.source, unit.target or "") for unit in store.units} == self.expected("gangwan")
        assert (store.sourcelanguage, store.targetlanguage) == ("zh-Hant", "en")

    def test_tmx(self) -> None:
        tmx = pytest.importorskip("translate.storage.tmx")
        store = tmx.tmxfile.parsestring(FORMATS["tmx"].render(View(story(), Options()))["parallax.tmx"])
        translated = {pair for pair in self.expected() if pair[1]}
        assert translated <= {(unit.source, unit.target) for unit in store.units}
        assert len(store.units) == len(story().groups) + len(translated)

    def test_po(self) -> None:
        pypo = pytest.importorskip("translate.storage.pypo")
        store = pypo.pofile.parsestring(FORMATS["po"].render(View(story(), Options()))["haisheng.po"])
        units = [unit for unit in store.units if not unit.isheader()]
        assert {(unit.source, unit.target or "") for unit in units} == self.expected("haisheng")
        assert {unit.getcontext() for unit in units if not unit.isfuzzy() and unit.target} == {"haisheng:10"}

    @pytest.mark.parametrize("which", ["fixture", "hostile"])
    def test_msgfmt(self, which: str, tmp_path: Path) -> None:
        if not shutil.which("msgfmt"):
            pytest.skip("gettext is not installed")
        for name, content in FORMATS["po"].render(View(STORIES[which](), Options())).items():
            (tmp_path / name).write_bytes(content)
            command = ["msgfmt", "--check-format", "-o", "/dev/null", str(tmp_path / name)]
            assert subprocess.run(command, capture_output=True, text=True).stderr == ""
