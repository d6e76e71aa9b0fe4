"""Pytest fixtures around argos_fixture: packages, and a home folder with nothing in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from argos_fixture import CHINESE, GERMAN, build

from pipeline.translate import archive, packages


@pytest.fixture(scope="session")
def archives(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Archives of the two dictionaries, by language."""
    folder = tmp_path_factory.mktemp("archives")
    return {
        "de": build(folder / "de.argosmodel", GERMAN),
        "zh": build(folder / "zh.argosmodel", CHINESE, "zh"),
    }


@pytest.fixture(scope="session")
def models(archives: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with both packages, unpacked."""
    folder = tmp_path_factory.mktemp("models")
    for path in archives.values():
        archive.unpack(path, folder)
    return folder


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home folder, no packages but those that a test names, and no settings."""
    home = tmp_path / "home"
    home.mkdir()
    for name in ("ARGOS_PACKAGES_DIR", "ARGOS_PACKAGE_INDEX", "PARALLAX_MODELS", "PARALLAX_MEMORY", "SNAP"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(home))
    for kind in ("DATA", "CACHE", "CONFIG"):
        monkeypatch.setenv(f"XDG_{kind}_HOME", str(home / kind.lower()))
    monkeypatch.setattr(packages, "STARTER_FOLDER", home / "no starter models")
    monkeypatch.chdir(home)
    return home
