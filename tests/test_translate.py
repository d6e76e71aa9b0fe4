"""Translation as a stage: where each pivot comes from, with a real package."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import argos_fixture
import pytest

from pipeline.errors import UserError
from pipeline.evaluate import translation
from pipeline.language import Language, to_simplified
from pipeline.model import Kind, Segment
from pipeline.settings import Settings
from pipeline.translate import Glossary, Memory, Translated, Violation, archive, engine, install, packages, translate
from pipeline.translate.exchange import Unit
from pipeline.translate.glossary import Term

pytest_plugins = ("argos_plugin",)
pytestmark = pytest.mark.usefixtures("home")

LANGUAGES = {tag: Language.parse(tag) for tag in ("de", "zh-Hans", "zh-Hant", "en", "fr", "und")}
EN = LANGUAGES["en"]


def segments(*texts: tuple[str, str], kind: Kind = "paragraph") -> list[Segment]:
    """Segments from pairs of a language tag, which is also the source's id, and a text."""
    return [
        Segment(
            f"{tag}:{number}", tag, number, 0, len(text), text, text, kind, 0, 1,
            normal=to_simplified(text) if tag.startswith("zh") else text,
        )
        for number, (tag, text) in enumerate(texts, 1)
    ]  # fmt: skip


def run(found: list[Segment], models: Path | None, **options: Any) -> Translated:
    return translate(found, LANGUAGES, Settings(models=models, threads=1), **options)


def test_every_segment_knows_where_its_pivot_is_from(models: Path) -> None:
    memory = Memory.in_ram()
    memory.add([Unit(LANGUAGES["de"], EN, "Der Kran ist alt.", "The crane is old.")])
    found = segments(
        ("de", "Der Kran ist alt."), ("zh-Hant", "市長訪問很大的港口。"), ("en", "As it was."), ("de", "17,5 %"),
        ("de", "Die Stadt baut vier Brücken."), ("fr", "Bonjour"), ("zh-Hans", "今天城市建造新桥。"),
    )  # fmt: skip
    made = run(found, models, memory=memory)
    assert [(s.pivot, s.pivot_origin, s.pivot_engine) for s in made.segments] == [
        ("The crane is old.", "memory", "human"),
        ("mayor visits very large of harbour.", "model", "argos zh-en 1.0"),
        ("As it was.", "same", ""),
        ("17,5 %", "same", ""),
        ("The city builds four bridges.", "model", "argos de-en 1.0"),
        (None, "none", ""),
        ("today city builds new bridges.", "model", "argos zh-en 1.0"),
    ]
    assert [
        replace(s, pivot=None, pivot_origin="none", pivot_engine="", pivot_score=None) for s in made.segments
    ] == found
    assert all(0 < s.pivot_score <= 1 for s in made.segments if s.pivot_origin == "model" and s.pivot_score)
    assert made.models == ("argos de-en 1.0", "argos zh-en 1.0")
    assert made.notes == (
        "French is shown untranslated, since no model is installed; install one with: parallax models install fr en",
    )


@pytest.mark.parametrize(("kind", "pivot", "origin"), [("boilerplate", None, "none"), ("code", "der Zug", "same")])
def test_what_is_not_translated(models: Path, kind: Kind, pivot: str | None, origin: str) -> None:
    made = run(segments(("de", "der Zug"), kind=kind), models).segments[0]
    assert (made.pivot, made.pivot_origin) == (pivot, origin)


def test_without_any_model_every_language_gets_one_note() -> None:
    made = run(
        segments(("de", "Der Zug"), ("de", "Das Schiff"), ("zh-Hant", "橋"), ("zh-Hans", "桥"), ("und", "x")), None
    )
    assert {s.pivot for s in made.segments} == {None}
    assert [note.split(";")[-1].strip() for note in made.notes] == [
        "install one with: parallax models install de en",
        "state its language.",
        "install one with: parallax models install zh en",
    ]


def test_the_order_of_segments_changes_no_translation(models: Path) -> None:
    found = segments(*(("de", f"Der Zug {n} fährt {'über die Brücke ' * n}heute") for n in range(12)))
    forward, backward = run(found, models), run(found[::-1], models)
    assert forward.segments == backward.segments[::-1]
    assert run(found, models) == forward


def test_a_second_run_needs_no_model(models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    memory = Memory.open(tmp_path / "m.sqlite")
    found = segments(("de", "Der Zug 17"), ("de", "heute AAA nicht"), ("zh-Hant", "馬斯克訪問港口"))
    first = run(found, models, memory=memory)
    monkeypatch.setattr(engine, "Engine", None)
    assert run(found, models, memory=memory) == first
    with pytest.raises(TypeError):  # another beam may translate otherwise
        translate(found, LANGUAGES, Settings(models=models, beam=1), memory=memory)
    with pytest.raises(TypeError):  # and so does another glossary
        run(found, models, memory=memory, glossary=Glossary([Term("马斯克", ("Musk",))]))


def test_another_package_of_the_same_name_translates_anew(models: Path, tmp_path: Path) -> None:
    memory = Memory.in_ram()
    run(segments(("de", "Der Zug")), models, memory=memory)
    other = argos_fixture.build(tmp_path / "m" / "o.argosmodel", {**argos_fixture.GERMAN, "Zug": "ship"})
    made = run(segments(("de", "Der Zug")), other.parent, memory=memory)
    assert made.segments[0].pivot == "The ship"


def test_a_human_translation_wins_over_a_remembered_one(models: Path) -> None:
    memory = Memory.in_ram()
    found = segments(("de", "Der Zug"))
    assert run(found, models, memory=memory).segments[0].pivot_origin == "model"
    memory.add([Unit(LANGUAGES["de"], EN, "Der Zug", "The express")])
    assert run(found, models, memory=memory).segments[0].pivot == "The express"


def test_memory_works_where_translation_is_off() -> None:
    memory = Memory.in_ram()
    memory.add([Unit(LANGUAGES["de"], EN, "Der Zug", "The train")])
    made = translate(
        segments(("de", "Der Zug"), ("de", "Das Schiff")), LANGUAGES, Settings(translate=False), memory=memory
    )
    assert [s.pivot for s in made.segments] == ["The train", None]
    assert made.notes == ()


def test_names_explained_in_one_source_are_kept_in_all(models: Path) -> None:
    made = run(segments(("zh-Hant", "馬斯克（Elon Musk）說"), ("zh-Hans", "今天马斯克访问港口"), ("de", "Zug")), models)
    assert made.segments[0].pivot == "Elon Musk says"
    assert made.segments[1].pivot == "today Elon Musk visits harbour"
    assert made.violations == ()
    assert run(segments(("zh-Hans", "今天马斯克访问港口")), models).segments[0].warnings == ("untranslated",)


def test_violations_are_listed_for_people_and_models(models: Path) -> None:
    memory = Memory.in_ram()
    memory.add([Unit(LANGUAGES["de"], EN, "Das Schiff", "The boat")])
    glossary = Glossary([Term("Schiff", ("vessel", "ship")), Term("Zug", ("railway",))])
    made = run(segments(("de", "Das Schiff"), ("de", "Der Zug"), ("de", "Das Schiff heute")), models,
               memory=memory, glossary=glossary)  # fmt: skip
    assert made.violations == (Violation("de:1", "Schiff", ("vessel", "ship")), Violation("de:2", "Zug", ("railway",)))
    assert [s.warnings for s in made.segments] == [("glossary",), ("glossary",), ()]


def test_flags_come_with_the_segment(models: Path) -> None:
    long = " ".join(f"Der Zug {number} fährt über die Brücke," for number in range(60))
    made = run(segments(("de", long), ("zh-Hans", "人人"), ("de", "SIEHE @a_b BRÜCKEN")), models).segments
    assert made[0].warnings == ("long",)
    assert made[0].pivot == long.replace("Der Zug", "The train").replace(
        "fährt über die Brücke", "sails over the Brücke"
    )
    assert made[1].warnings == ("untranslated",)
    assert made[2].pivot == "SIEHE @a_b Brücken".replace("Brücken", "bridges").replace("SIEHE", "Siehe")


def test_progress_goes_up_to_the_end(models: Path) -> None:
    seen: list[tuple[int, int]] = []
    found = segments(*(("de", f"Der Zug {n}") for n in range(30)), ("zh-Hans", "桥"), ("en", "x"))
    run(found, models, on_progress=lambda done, total: seen.append((done, total)))
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert {total for _, total in seen} == {31}
    assert seen[-1][0] == 31


def test_two_packages_make_a_way(tmp_path: Path, models: Path) -> None:
    folder = tmp_path / "two"
    argos_fixture.build(folder / "fr.argosmodel", {"train": "Zug", "le": "der"}, "fr", "de")
    archive.unpack(argos_fixture.build(folder / "de.argosmodel", argos_fixture.GERMAN), folder)
    made = run(segments(("fr", "le train")), folder)
    assert made.segments[0].pivot == "the train"
    assert made.segments[0].pivot_engine == "argos fr-de 1.0 + argos de-en 1.0"
    assert made.models == ("argos fr-de 1.0", "argos de-en 1.0")


def test_traditional_package_where_it_is_the_only_one(tmp_path: Path) -> None:
    path = argos_fixture.build(tmp_path / "zt" / "zt.argosmodel", {"橋": "bridge", "大": "large", "的": "of"}, "zt")
    made = run(segments(("zh-Hant", "大的橋"), ("zh-Hans", "大的桥")), path.parent)
    assert [s.pivot for s in made.segments] == ["large of bridge", "large of bridge"]


def test_packages_are_chosen_by_place_then_version(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def make(place: str, version: str) -> Path:
        argos_fixture.build(tmp_path / place / f"{version}.argosmodel", {"Zug": "train"}, version=version)
        return tmp_path / place

    monkeypatch.setattr(packages, "STARTER_FOLDER", make("starter", "3.0"))
    assert run(segments(("de", "Zug")), None).segments[0].pivot_engine == "starter de-en 3.0"
    monkeypatch.setenv("ARGOS_PACKAGES_DIR", str(make("argos", "1.9")))
    make("argos", "1.10")
    assert run(segments(("de", "Zug")), None).segments[0].pivot_engine == "argos de-en 1.10"
    assert run(segments(("de", "Zug")), make("own", "1.0")).segments[0].pivot_engine == "argos de-en 1.0"


def test_the_trained_package(tmp_path: Path) -> None:
    """A package that came out of the training chain: small, but it did learn German."""
    from benchmarks.translation import TINY, everyday

    memory = Memory.open(tmp_path / "m.sqlite")
    folder = install.install(TINY, Settings(models=tmp_path / "own"))[0].location.parent
    pairs = everyday()[::7]
    found = segments(*(("de", german) for german, _ in pairs), ("de", "Tom hat einen Hund, siehe https://x.org/a_b 🚀"))
    made = run(found, folder, memory=memory)
    assert {s.pivot_origin for s in made.segments} == {"model"}
    assert (
        translation.score([s.pivot or "" for s in made.segments[:-1]], [english for _, english in pairs])["chrf"] > 30
    )
    last = made.segments[-1].pivot or ""
    assert last.startswith("Tom")
    assert last.endswith("https://x.org/a_b 🚀")
    assert run(found, folder, memory=memory) == made


def test_a_package_that_does_not_load_is_passed_over(
    tmp_path: Path, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = shutil.copytree(models, tmp_path / "m") / "translate-de_en-1_0"
    (broken / "model" / "model.bin").write_bytes(b"")
    found = segments(("de", "Zug"), ("zh-Hans", "桥"))
    made = run(found, tmp_path / "m")
    assert [s.pivot for s in made.segments] == [None, "bridges"]
    assert ["cannot be loaded" in made.notes[0], "models install de en" in made.notes[1]] == [True, True]
    monkeypatch.setattr(packages, "STARTER_FOLDER", models)
    made = run(found, tmp_path / "m")
    assert [s.pivot_engine for s in made.segments] == ["starter de-en 1.0", "argos zh-en 1.0"]
    assert made.models == ("argos zh-en 1.0", "starter de-en 1.0")


def test_a_broken_package_is_a_note_and_a_missing_folder_an_error(tmp_path: Path, archives: dict[str, Path]) -> None:
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "x.argosmodel").write_bytes(archives["de"].read_bytes()[:5000])
    made = run(segments(("de", "Zug")), tmp_path / "m")
    assert "damaged" in made.notes[0]
    assert "models install de en" in made.notes[1]
    with pytest.raises(UserError, match="does not exist"):
        run(segments(("de", "Zug")), tmp_path / "none")
