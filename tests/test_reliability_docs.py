"""What docs/reliability.md and SECURITY.md promise is tested: every test they name exists."""

from __future__ import annotations

import ast
import functools
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = ("docs/reliability.md", "SECURITY.md")
NAMED = re.compile(r"`(tests/[\w/]+\.py)((?:::\w+)+)`")


@functools.cache
def names_in(path: Path) -> frozenset[str]:
    """The tests of a module: "::test_x" and "::TestY::test_z"."""
    found = set()
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef):
            found.add(f"::{node.name}")
        elif isinstance(node, ast.ClassDef):
            found |= {f"::{node.name}::{each.name}" for each in node.body if isinstance(each, ast.FunctionDef)}
    return frozenset(found)


@pytest.mark.parametrize("page", PAGES)
def test_every_named_test_exists(page: str) -> None:
    named = NAMED.findall((ROOT / page).read_text("utf-8"))
    assert len(named) > 20
    assert [f"{path}{test}" for path, test in named if test not in names_in(ROOT / path)] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_row_names_a_test(page: str) -> None:
    rows = re.findall(r"^\| (?!-)(.*) \|$", (ROOT / page).read_text("utf-8"), re.MULTILINE)
    assert [row for row in rows if not row.endswith(" test") and not NAMED.search(row.split(" | ")[-1])] == []
