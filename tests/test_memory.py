"""The translation memory: lookups, two runs at once, damage, and its TMX and TSV."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from pipeline.errors import UserError
from pipeline.language import Language
from pipeline.settings import Settings
from pipeline.translate import exchange
from pipeline.translate.exchange import Unit
from pipeline.translate.memory import Memory, default_path

pytest_plugins = ("argos_plugin",)

DE, HANS, HANT, EN = (Language.parse(tag) for tag in ("de", "zh-Hans", "zh-Hant", "en"))
DTD = Path(__file__).parent / "schemas" / "tmx14.dtd"
UNITS = [
    Unit(DE, EN, "Der Zug fährt.", "The train leaves."),
    Unit(DE, EN, "Zeichen < & > \" ' 🚀", "Signs < & > \" ' 🚀"),
    Unit(HANT, EN, "橋樑今天開放。", "The bridge opens today."),
    Unit(HANS, EN, "他来了", "He came", "argos zh-en 1.9", "1.9 abc r1 b4", 0.71, ("numbers", "long")),
]


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    return Memory.open(tmp_path / "memory.sqlite")


def test_lookup_folds_white_space_and_normal_forms(memory: Memory) -> None:
    memory.add([Unit(DE, EN, "Über  die\u00a0Brücke ", "Over the bridge")])
    assert memory.human("U\u0308ber die Brücke", DE) == "Over the bridge"
    assert memory.human("über die Brücke", DE) is None


def test_counts_stay_right_whatever_takes_whose_place(memory: Memory, tmp_path: Path) -> None:
    memory.add([*UNITS, Unit(Language.parse("de-AT"), EN, UNITS[0].text, "The train departs.")])
    expected = {("de", "en", "human"): 1, ("de-AT", "en", "human"): 1, ("zh-Hant", "en", "human"): 1}
    assert memory.counts() == {**expected, ("zh-Hans", "en", "argos zh-en 1.9"): 1}
    assert sum(memory.counts().values()) == len(list(memory.units(machine=True))) == 4


def test_a_memory_of_the_first_form_is_taken_over(memory: Memory, tmp_path: Path) -> None:
    memory.add(UNITS)
    counts, units = memory.counts(), list(memory.units(machine=True))
    for what in ("TRIGGER unit_added", "TRIGGER unit_removed", "TABLE tally", "INDEX unit_human"):
        memory._connection.execute(f"DROP {what}")
    memory._connection.execute("PRAGMA user_version=1")
    memory.close()
    again = Memory.open(tmp_path / "memory.sqlite")
    assert again.counts() == counts and list(again.units(machine=True)) == units
    again.add([Unit(DE, EN, "Neu", "New")])
    assert again.counts()["de", "en", "human"] == counts["de", "en", "human"] + 1


def test_people_s_translations_are_found_without_reading_the_others(memory: Memory) -> None:
    query = (
        "EXPLAIN QUERY PLAN SELECT text FROM unit WHERE engine='human' ORDER BY source, target, key, engine, version"
    )
    assert "unit_human" in str(memory._connection.execute(query).fetchall())


@pytest.mark.parametrize(("kept", "asked"), [("de-DE", "de"), ("de", "de-AT"), ("zh-TW", "zh-Hant"), ("zh-CN", "zh")])
def test_tags_of_one_language_match(memory: Memory, kept: str, asked: str) -> None:
    memory.add([Unit(Language.parse(kept), EN, "Text", "text")])
    assert memory.human("Text", Language.parse(asked)) == "text"
    assert memory.human("Text", Language.parse("fr")) is None


def test_either_script_is_found_and_the_exact_text_first(memory: Memory) -> None:
    memory.add([Unit(HANS, EN, "桥今天开放", "simplified")])
    assert memory.human("橋今天開放", HANT) == "simplified"
    memory.add([Unit(HANT, EN, "橋今天開放", "traditional")])
    assert memory.human("橋今天開放", HANT) == "traditional"
    assert memory.human("桥今天开放", HANS) == "simplified"


def test_the_later_translation_stays(memory: Memory) -> None:
    assert memory.add([Unit(DE, EN, "Zug", "one"), Unit(DE, EN, " Zug", "two")]) == 2
    assert memory.human("Zug", DE) == "two"
    assert len(list(memory.units())) == 1


def test_units_are_added_piece_by_piece_all_or_none(memory: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.translate.memory._CHUNK", 2)
    many = [Unit(DE, EN, f"Zug {number}", f"train {number}") for number in range(5)]

    def broken() -> Iterator[Unit]:
        yield from many
        raise UserError("line 6 is wrong")

    with pytest.raises(UserError, match="line 6"):
        memory.add(broken())
    assert memory.counts() == {}
    assert memory.add(iter(many)) == 5
    memory.add(UNITS)
    assert memory.counts() == {
        ("de", "en", "human"): 7, ("zh-Hant", "en", "human"): 1, ("zh-Hans", "en", "argos zh-en 1.9"): 1,
    }  # fmt: skip


def test_machine_results_are_kept_apart_from_human_ones(memory: Memory) -> None:
    memory.add(UNITS)
    assert memory.human("他来了", HANS) is None
    assert memory.machine("他来了", HANS, EN, "argos zh-en 1.9", "1.9 abc r1 b4") == (
        "He came",
        0.71,
        ("numbers", "long"),
    )
    assert memory.machine("他来了", HANS, EN, "argos zh-en 1.9", "1.9 abc r1 b1") is None
    assert memory.machine("他来了", HANS, EN, "argos zh-en 2.0", "1.9 abc r1 b4") is None
    assert [unit.text for unit in memory.units()] == [
        u.text for u in sorted(UNITS[:3], key=lambda u: (u.source, u.text))
    ]


def test_layers_come_first_and_are_not_kept(memory: Memory, tmp_path: Path) -> None:
    exchange.write(path := tmp_path / "memory.tmx", [Unit(DE, EN, "Zug", "of the run")])
    memory.add([Unit(DE, EN, "Zug", "of the user"), Unit(DE, EN, "Schiff", "ship")])
    memory.layers.append(Memory.from_tmx(path))
    assert memory.human("Zug", DE) == "of the run"
    assert memory.human("Schiff", DE) == "ship"
    assert {unit.translation for unit in memory.units()} == {"of the user", "ship"}


def test_it_lasts(tmp_path: Path) -> None:
    first = Memory.open(tmp_path / "new" / "m.sqlite")
    first.add(UNITS)
    first.close()
    again = Memory.open(tmp_path / "new" / "m.sqlite")
    assert again.human("Der Zug fährt.", DE) == "The train leaves."
    assert again.notes == []


WRITER = """
import sys
from pathlib import Path
from pipeline.language import Language
from pipeline.translate.memory import Memory, Unit
memory = Memory.open(Path(sys.argv[1]))
for number in range(30):
    memory.add([Unit(Language("de"), Language("en"), f"Zug {sys.argv[2]} {number}", "train")])
"""


def test_two_runs_may_write_at_once(tmp_path: Path) -> None:
    path = tmp_path / "m.sqlite"
    root = str(Path(__file__).parents[1])
    runs = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(path), name], env={**os.environ, "PYTHONPATH": root})
        for name in ("one", "two")
    ]
    assert [run.wait(60) for run in runs] == [0, 0]
    memory = Memory.open(path)
    assert len(list(memory.units())) == 60
    assert memory.notes == []


def test_a_failed_import_changes_nothing(memory: Memory, tmp_path: Path) -> None:
    path = tmp_path / "m.tsv"
    path.write_text("\t".join(exchange.COLUMNS[:4]) + "\nde\ten\tZug\ttrain\nde\ten\tSchiff\n", encoding="utf-8")
    with pytest.raises(UserError, match="line 3 has 3 columns"):
        memory.add(exchange.read(path))
    assert list(memory.units()) == []


@pytest.mark.parametrize("damage", ["not sqlite", "cut short"])
def test_a_damaged_file_is_moved_aside(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "m.sqlite"
    for number in (1, 2):
        if damage == "not sqlite":
            path.write_bytes(b"This is a text, and no database at all. " * 100)
        else:
            memory = Memory.open(path)
            memory.add(Unit(DE, EN, f"Zug {i}", "train " * 20) for i in range(200))
            memory.close()
            data = path.read_bytes()
            path.write_bytes(data[:4096] + bytes(len(data) - 4096))
        before = path.read_bytes()
        memory = Memory.open(path)
        assert list(memory.units()) == []
        assert f"m.sqlite.damaged-{number}" in memory.notes[0]
        assert (tmp_path / f"m.sqlite.damaged-{number}").read_bytes() == before
        memory.add(UNITS)
        memory.close()
        path.unlink()


def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE mine (a)")
    connection.commit()
    connection.close()
    before = path.read_bytes()
    with pytest.raises(UserError, match="another program"):
        Memory.open(path)
    assert path.read_bytes() == before


def test_a_newer_memory_is_left_alone(tmp_path: Path, memory: Memory) -> None:
    memory._connection.execute("PRAGMA user_version=99")
    memory.close()
    with pytest.raises(UserError, match="newer Parallax"):
        Memory.open(tmp_path / "memory.sqlite")


def test_an_unwritable_place(home: Path) -> None:
    (home / "file").write_text("")
    with pytest.raises(UserError, match="cannot be made"):
        Memory.open(home / "file" / "m.sqlite")
    (home / "data").write_text("")  # the user's own folder cannot be made: the run goes on
    memory = Memory.of(Settings())
    assert "This run goes on without" in memory.notes[0]
    assert default_path().is_relative_to(home)
    memory.add(UNITS)
    assert memory.human("Der Zug fährt.", DE) == "The train leaves."


@pytest.mark.parametrize("name", ["m.tmx", "m.tsv"])
def test_written_and_read_again(tmp_path: Path, name: str) -> None:
    assert exchange.write(tmp_path / name, UNITS) == len(UNITS)
    assert list(exchange.read(tmp_path / name)) == UNITS


def test_tmx_is_valid(tmp_path: Path) -> None:
    exchange.write(path := tmp_path / "m.tmx", UNITS)
    dtd = etree.DTD(str(DTD))
    assert dtd.validate(etree.parse(path)), dtd.error_log


@settings(derandomize=True)
@given(st.text(max_size=40), st.text(max_size=40))
def test_any_text_survives_tmx(tmp_path_factory: pytest.TempPathFactory, text: str, translation: str) -> None:
    path = tmp_path_factory.mktemp("tmx") / "m.tmx"
    try:
        exchange.write(path, [Unit(DE, EN, text, translation)])
    except UnicodeEncodeError:
        pytest.fail("a lone surrogate was written")
    made = list(exchange.read(path))
    clean = [" ".join(exchange._NOT_XML.sub("\ufffd", t).split()) for t in (text, translation)]
    assert made == ([Unit(DE, EN, *clean)] if all(clean) else [])


FOREIGN = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE tmx SYSTEM "tmx14.dtd">
<tmx version="1.4"><header creationtool="x" creationtoolversion="1" segtype="sentence" o-tmf="x" adminlang="en"
 srclang="de-DE" datatype="plaintext"/><body>
<tu><note>from a tool</note><tuv xml:lang="de-DE"><seg>Der <bpt i="1">&lt;b&gt;</bpt>neue<ept i="1">&lt;/b&gt;</ept>
 Zug<ph>{1}</ph></seg></tuv><tuv xml:lang="en-GB"><seg>The <hi>new</hi> train</seg></tuv>
<tuv xml:lang="fr"><seg>Le train</seg></tuv></tu>
<tu><tuv lang="zh-TW"><seg>橋</seg></tuv><tuv lang="EN-us"><seg>bridge</seg></tuv></tu>
<tu><tuv xml:lang="de"><seg>leer</seg></tuv><tuv xml:lang="en"><seg/></tuv></tu>
<tu><tuv xml:lang="nonsense tag"><seg>x</seg></tuv><tuv xml:lang="en"><seg>y</seg></tuv></tu>
</body></tmx>"""


def test_tmx_of_other_tools(tmp_path: Path) -> None:
    path = tmp_path / "m.tmx"
    path.write_text(FOREIGN, encoding="utf-8")
    assert [(u.source.tag, u.target.tag, u.text, u.translation) for u in exchange.read(path)] == [
        ("de-DE", "en-GB", "Der neue Zug", "The new train"),
        ("fr", "en-GB", "Le train", "The new train"),
        ("zh-Hant-TW", "en-US", "橋", "bridge"),
    ]


def test_tmx_reads_no_other_file(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    body = "<tu><tuv xml:lang='de'><seg>&e;Zug</seg></tuv><tuv xml:lang='en'><seg>train</seg></tuv></tu>"
    path = tmp_path / "m.tmx"
    for entity in (f'SYSTEM "{(tmp_path / "secret.txt").as_uri()}"', '"aaaa"'):
        path.write_text(f"<!DOCTYPE tmx [<!ENTITY e {entity}>]><tmx version='1.4'><body>{body}</body></tmx>")
        units = list(exchange.read(path))
        assert [unit.text for unit in units] == ["Zug"]


def test_entities_that_grow_do_no_harm(tmp_path: Path) -> None:
    entities = '<!ENTITY a0 "ha">' + "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 12))
    path = tmp_path / "m.tmx"
    path.write_text(
        f"<!DOCTYPE tmx [{entities}]><tmx version='1.4'><body><tu><tuv xml:lang='de'><seg>&a11;</seg></tuv>"
        "<tuv xml:lang='en'><seg>x</seg></tuv></tu></body></tmx>"
    )
    with pytest.raises(UserError, match="amplification"):
        list(exchange.read(path))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("m.tmx", b"<tmx><body><tu>", "no well-formed TMX"),
        ("m.tmx", b"", "no well-formed TMX"),
        ("m.tmx", b"\x00\x01", "no well-formed TMX"),
        ("m.tmx", b"<html/>", "no TMX"),
        ("m.tsv", b"de\ten\tZug\ttrain\n", "no header"),
        ("m.tsv", b"", "no header"),
        ("m.tsv", b"\xff\xfe", "not UTF-8"),
        ("m.tsv", "\t".join(exchange.COLUMNS[:4]).encode() + b"\n?\ten\tZug\ttrain\n", "line 2: '.' is not a language"),
        ("m.docx", b"", "should end in"),
    ],
)
def test_bad_files_are_user_errors(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UserError, match=message):
        list(exchange.read(tmp_path / name))


def test_missing_file_is_a_user_error(tmp_path: Path) -> None:
    for name in ("no.tmx", "no.tsv"):
        with pytest.raises(UserError, match="cannot be read"):
            list(exchange.read(tmp_path / name))
