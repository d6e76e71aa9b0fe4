"""What is installed: pinned with hashes, as wheels only, under licences that allow it; and what the program imports."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pipeline import bootstrap

ROOT = Path(__file__).parents[1]
LOCK = (ROOT / "requirements.lock").read_text("utf-8")
PINS = re.findall(r"^([a-z0-9][a-z0-9._-]*)==(\S+)(.*)(?:\n    --hash=\S+.*)+", LOCK, re.MULTILINE)
LICENCES = dict(
    re.findall(
        r"^\| (?!package)([a-z0-9][a-z0-9-]*) \| (\S.*) \|$", (ROOT / "docs" / "licences.md").read_text("utf-8"), re.M
    )
)
PERMISSIVE = {
    "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "CNRI-Python", "ISC", "MIT", "MPL-2.0", "PSF-2.0",
    "Zlib",
}  # fmt: skip
NEVER_IMPORTED = {"minisbd": "AGPL-3.0", "translate-toolkit": "GPL-3.0-or-later"}
MODULES = {path: ast.parse(path.read_text("utf-8")) for path in sorted((ROOT / "pipeline").rglob("*.py"))}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_every_requirement_is_pinned_with_hashes() -> None:
    stated = [line for line in LOCK.splitlines() if line and not line.startswith((" ", "#"))]
    assert len(stated) == len(PINS) > 50
    assert "://" not in LOCK  # no address of an index, which would be somebody's machine
    hashes = re.findall(r"--hash=(\S+)", LOCK)
    assert hashes and all(re.fullmatch(r"sha256:[0-9a-f]{64}", one) for one in hashes)


def test_the_lock_has_all_that_the_project_asks_for() -> None:
    wanted = importlib.metadata.requires("parallax") or []
    direct = {
        normal(re.match(r"[\w.-]+", one)[0]) for one in wanted if "extra ==" not in one or 'extra == "test"' in one
    }  # type: ignore[index]
    assert "lxml" in direct and "pytest" in direct
    assert direct <= {name for name, *_ in PINS}


def test_set_up_installs_wheels_of_the_lock_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No compiler, no package that runs code of its own while it is installed, no version that the lock has not."""
    called: list[list[str]] = []
    monkeypatch.setattr(bootstrap, "ENVIRONMENT", tmp_path)
    monkeypatch.setattr(bootstrap.venv, "create", lambda *_, **__: None)
    monkeypatch.setattr(bootstrap.subprocess, "run", lambda command, **_: called.append(command))
    bootstrap.set_up()
    packages, own = called
    assert packages[packages.index("--only-binary") + 1] == ":all:"
    assert "--require-hashes" in packages and packages[-2:] == ["-r", str(ROOT / "requirements.lock")]
    assert {"--no-deps", "--no-build-isolation"} <= {*own} and own[-1] == str(ROOT)
    bootstrap.set_up()
    assert len(called) == 2  # the second time there is nothing to do


def test_a_changed_lock_is_set_up_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise subprocess.CalledProcessError(1, "pip")

    (tmp_path / "parallax.stamp").write_text("0" * 64)
    monkeypatch.setattr(bootstrap, "ENVIRONMENT", tmp_path)
    monkeypatch.setattr(bootstrap.venv, "create", lambda *_, **__: None)
    monkeypatch.setattr(bootstrap.subprocess, "run", fail)
    monkeypatch.setattr(sys, "argv", ["bootstrap", "run"])
    assert bootstrap.main() == 1
    assert (tmp_path / "parallax.stamp").read_text() == "0" * 64


def test_every_locked_package_has_a_permissive_licence() -> None:
    assert {*LICENCES} == {name for name, *_ in PINS}
    for name, licence in LICENCES.items():
        if name in NEVER_IMPORTED:
            assert licence == NEVER_IMPORTED[name]
        else:
            assert {*re.split(r" AND | OR ", licence)} <= PERMISSIVE, name


@pytest.mark.parametrize("name", sorted({name for name, *_ in PINS} - {*NEVER_IMPORTED}))
def test_no_installed_package_says_otherwise(name: str) -> None:
    try:
        about = importlib.metadata.metadata(name)
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("not for this Python or system")
    said = [about.get("License-Expression") or "", (about.get("License") or "").split("\n")[0]]
    said += [one for one in about.get_all("Classifier") or [] if one.startswith("License")]
    assert not re.search(r"GPL|GNU|Commercial|Proprietary", " ".join(said)), said


def imported(tree: ast.AST) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def test_nothing_copyleft_is_imported() -> None:
    for path, tree in MODULES.items():
        names = imported(tree)
        assert not {name for name in names if name.split(".")[0] in ("minisbd", "translate")}, path
        assert not names & {"argostranslate.translate", "argostranslate.sbd"}, path


def test_only_the_fetching_of_models_can_use_the_network() -> None:
    network = {"socket", "ssl", "http", "urllib.request", "urllib3", "requests", "ftplib", "smtplib", "asyncio"}
    users = {
        path.name
        for path, tree in MODULES.items()
        if any(n in network or n.split(".")[0] in network - {"urllib.request"} for n in imported(tree))
    }
    assert users == {"fetch.py"}


def calls(tree: ast.AST) -> list[tuple[str, dict[str, Any]]]:
    """The calls in a module: the function as it is written, and its named arguments."""
    return [
        (ast.unparse(node.func), {one.arg or "": ast.unparse(one.value) for one in node.keywords})
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
    ]


def test_nothing_is_unpickled_or_evaluated() -> None:
    forbidden = (
        r"(?:pickle|marshal|shelve|dill|joblib|cloudpickle)\.\w+|eval|exec|compile|__import__|os\.system|os\.popen"
    )
    for path, tree in MODULES.items():
        for function, named in calls(tree):
            assert not re.fullmatch(forbidden, function), (path, function)
            assert named.get("shell", "False") == "False", (path, function)
            if function == "np.load":
                assert named.get("allow_pickle", "False") == "False", path
            if function == "torch.load":
                assert named.get("weights_only") == "True", path
