"""Settings from file, environment and flags."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline import commands, settings
from pipeline.errors import UserError


def test_flags_win_over_environment_over_file(tmp_path: Path) -> None:
    (tmp_path / "parallax.toml").write_text('beam = 2\nmin_score = 0.6\nmodels = "models"\n')
    loaded = settings.load(tmp_path, {"PARALLAX_BEAM": "3", "PARALLAX_TRANSLATE": "no"}, beam=5, topics=None)
    assert (loaded.beam, loaded.min_score, loaded.translate, loaded.topics) == (5, 0.6, False, 0)
    assert loaded.models == tmp_path / "models"
    assert settings.load(tmp_path, {"PARALLAX_BEAM": "3"}).beam == 3


@pytest.mark.parametrize(
    ("text", "word"),
    [("beem = 2", "beem"), ('beam = "two"', "two"), ("beam = true", "True"), ("beam = 1.5", "1.5"), ("beam =", "TOML")],
)
def test_a_wrong_file_is_one_sentence(text: str, word: str, tmp_path: Path) -> None:
    (tmp_path / "parallax.toml").write_text(text)
    with pytest.raises(UserError, match=word):
        settings.load(tmp_path, {})


def test_a_wrong_environment_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="environment sets translate"):
        settings.load(tmp_path, {"PARALLAX_TRANSLATE": "perhaps"})


def test_the_help_shows_the_defaults() -> None:
    assert (settings.Settings.min_score, settings.Settings.group_score) == (commands.MIN_SCORE, commands.GROUP_SCORE)
