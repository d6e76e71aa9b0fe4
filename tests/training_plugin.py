"""Fixtures of the tests of the training chain."""

from __future__ import annotations

from pathlib import Path

import pytest
from training_fixture import prepared_at, write


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    write(folder, "de", 2400)
    write(folder, "zh", 600)
    return folder


@pytest.fixture(scope="module")
def prepared(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prepared_at(data, tmp_path_factory.mktemp("work") / "de-en" / "prepared")[0]
