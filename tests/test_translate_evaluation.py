"""Scores of translations, with a package whose output is known."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import UserError
from pipeline.evaluate import translation
from pipeline.language import Language

pytest_plugins = ("argos_plugin",)
pytestmark = pytest.mark.usefixtures("home")

SOURCE = ["Die Stadt baut vier neue Brücken über den Fluss.", "Der Zug fährt heute nicht über die Stadt."]
RIGHT = ["The city builds four new bridges over the river.", "The train sails today not over the city."]


def test_a_perfect_translation_has_100() -> None:
    made = translation.score(RIGHT, RIGHT)
    assert made["bleu"] == pytest.approx(100)
    assert made["chrf"] == pytest.approx(100)
    assert "tok:13a" in str(made["bleu_signature"])
    assert "nc:6" in str(made["chrf_signature"])
    assert translation.score(RIGHT[::-1], RIGHT)["chrf"] < 50  # type: ignore[operator]


def test_what_cannot_be_scored() -> None:
    for hypotheses, references in ((["a"], []), ([], [])):
        with pytest.raises(ValueError, match="references"):
            translation.score(hypotheses, references)


def test_a_package_is_scored_on_files(archives: dict[str, Path], tmp_path: Path) -> None:
    (source := tmp_path / "de.txt").write_text("\n".join(["Zug", *SOURCE]), encoding="utf-8")
    (reference := tmp_path / "en.txt").write_text("\n".join(["wrong", *RIGHT]), encoding="utf-8")
    made = translation.evaluate(archives["de"], source, reference, lines=slice(1, None), threads=1)
    assert (made["package"], made["lines"], made["flagged"]) == ("argos de-en 1.0", 2, 0)
    assert made["bleu"] == pytest.approx(100)
    assert made["sentences_per_second"] > 0  # type: ignore[operator]


def test_traditional_text_is_converted_for_a_package_of_simplified(archives: dict[str, Path], tmp_path: Path) -> None:
    (source := tmp_path / "zh.txt").write_text("市長今天訪問新橋\n", encoding="utf-8")
    (reference := tmp_path / "en.txt").write_text("mayor today visits new bridges\n", encoding="utf-8")
    made = translation.evaluate(archives["zh"], source, reference, language=Language.parse("zh-TW"), threads=1)
    assert made["chrf"] == pytest.approx(100)


def test_files_that_do_not_fit(archives: dict[str, Path], tmp_path: Path) -> None:
    (source := tmp_path / "de.txt").write_text("a\nb\n", encoding="utf-8")
    (reference := tmp_path / "en.txt").write_text("a\n", encoding="utf-8")
    with pytest.raises(UserError, match="2 and 1 lines"):
        translation.evaluate(archives["de"], source, reference)
    with pytest.raises(UserError, match="cannot be read"):
        translation.evaluate(archives["de"], source, tmp_path / "none")
