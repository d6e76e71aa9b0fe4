"""Sources and files that mean harm, from the command line on: nothing is reached, run, or shown that should not be."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from quick import run
from test_export import small
from test_export_data import finished
from test_faults import command

from pipeline import settings
from pipeline.errors import UserError
from pipeline.export import FORMATS, write
from pipeline.export.jsonl import read_story
from pipeline.export.review import read_review
from pipeline.language import Language
from pipeline.translate.exchange import Unit
from pipeline.translate.memory import Memory

pytest_plugins = ("quick",)
ROOT = Path(__file__).parents[1]

# A job from sources to reviewed tables, in a process in which every touch of the network is an error.
OFFLINE = """
import sys
touched = []
def hook(event, _):
    if event.startswith(("socket.", "urllib.", "http.client", "ftplib.", "smtplib.")):
        touched.append(event)
        raise RuntimeError(f"the network was touched: {event}")
sys.addaudithook(hook)
from pipeline import cli

def parallax(*arguments):
    sys.argv = ["parallax", *arguments]
    try:
        cli.main()
    except SystemExit as end:
        if end.code not in (0, None):
            raise SystemExit(f"{arguments}: {end.code}")

sources, models = sys.argv[1:]
parallax("run", sources, "--out", "out", "--models", models, "--memory", "m.sqlite", "--quiet")
for format in %r:
    parallax("export", format, "--run", "out")
parallax("import", "out/xlsx/review.xlsx", "--run", "out", "--memory", "m.sqlite")
parallax("differences", "--run", "out")
parallax("sources", sources)
parallax("segment", sources)
parallax("models", "list", "--models", models)
parallax("memory", "info", "--memory", "m.sqlite")
assert not touched, touched
import socket
try:
    socket.create_connection(("127.0.0.1", 9))
except RuntimeError:
    print("guarded", file=sys.stderr)
"""


def test_the_whole_job_without_a_network(sources: Path, tmp_path: Path) -> None:
    environment = {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path), "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    script = OFFLINE % ([*FORMATS],)
    done = subprocess.run(
        [sys.executable, "-c", script, str(sources), str(ROOT / "tests" / "fixtures")],
        cwd=tmp_path, env={**os.environ, **environment}, capture_output=True, text=True, encoding="utf-8",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr.rstrip().endswith("guarded")
    assert '"pivot_origin": "model"' in (tmp_path / "out" / "segments.jsonl").read_text("utf-8")


ACTIVE = "\x1b[2J\x1b]0;title\x07\x9b31m\u202e\u2066\r"
EVIL = '../../../evil\x00/\\..\\<script>alert(1)</script>=cmd|" /C calc"!A0'


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A folder whose names, ids, outlets, titles and texts all try something."""
    folder = tmp_path / "in" / "folder"
    folder.mkdir(parents=True)
    evil = ACTIVE + EVIL
    records = [
        {
            "id": each,
            "outlet": evil,
            "title": evil,
            "url": f"javascript:{evil}",
            "language": "en",
            "text": f"{evil} Yes. {n}",
        }
        for n, each in enumerate((EVIL, "../../evil", "/etc/evil", "..", "con", "a:b", "-rf", ""))
    ]
    (folder / "a.jsonl").write_text("\n".join(map(json.dumps, records)), "utf-8")
    name = "\x1b[31mrot\x07\u202etxt.evil.txt"
    (folder / name).write_text(f"Der {ACTIVE} Hafen schließt am 5. März 2031 für 40 Euro.", "utf-8")
    (folder / "c\x1b[2J.txt").write_bytes(b"\0\1\2")
    (folder / "d.txt").symlink_to("/etc/passwd")
    return folder


def test_nothing_acts_on_the_terminal(
    quick: None, hostile: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    out = str(tmp_path / "out")
    common = ["--memory", str(tmp_path / "m.sqlite")]
    assert command(monkeypatch, "run", str(hostile), "--out", out, *common) == 0
    assert command(monkeypatch, "run", str(hostile), "--out", str(tmp_path / "o2"), "--json", *common) == 0
    assert command(monkeypatch, "sources", str(hostile)) == 0
    assert command(monkeypatch, "segment", str(hostile)) == 0
    assert command(monkeypatch, "differences", "--run", out) == 0
    assert command(monkeypatch, "run", str(hostile / "c\x1b[2J.txt"), "--out", out) == 2
    assert command(monkeypatch, "run", str(hostile / "\x1b[31mnone")) == 2
    said = capsys.readouterr()
    assert "rot" in said.out and "binary" in said.err
    for text in said:
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)


def test_no_name_leads_out_of_the_output_folder(quick: None, hostile: Path, tmp_path: Path) -> None:
    """Ids and outlets become names of files only after they are made harmless."""
    before = set(tmp_path.rglob("*"))
    told = run(hostile, tmp_path / "run" / "out").story
    assert len(told.documents) == 9 and "root:" not in str(told.documents)
    for document in told.documents:
        assert re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,63}", document.source.id)
    for name in FORMATS:
        try:
            write(told, name, tmp_path / "run" / "out" / name)
        except UserError as error:
            assert "which this format cannot hold" in str(error)
    new = set(tmp_path.rglob("*")) - before - {tmp_path / "run"}
    inside = tmp_path / "run"
    assert new and all(path.is_relative_to(inside / "out") or path.parent == inside for path in new)
    assert {path.name for path in inside.iterdir()} <= {
        "out",
        "memory.sqlite",
        "memory.sqlite-wal",
        "memory.sqlite-shm",
    }


@pytest.mark.parametrize(
    "id", ["../../other/texts/secret", "../texts/../../other/texts/secret", "a/../../other/texts/secret"]
)
def test_a_run_from_somebody_else_reads_no_file_outside(id: str, tmp_path: Path) -> None:
    (tmp_path / "other" / "texts").mkdir(parents=True)
    (tmp_path / "other" / "texts" / "secret.txt").write_text("geheim")
    folder = finished(small(), tmp_path / "run")
    path = folder / "sources.jsonl"
    path.write_text(path.read_text("utf-8").replace('"id": "a"', f'"id": "{id}"'), "utf-8")
    with pytest.raises(UserError, match="which is no file name; run again"):
        read_story(folder)


def test_a_table_of_differences_is_safe_in_a_spreadsheet(
    quick: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for n in range(2):
        (folder / f"{n}.txt").write_text(f"=HYPERLINK(0) kostet {n + 3} Millionen Euro.\n", "utf-8")
    run(folder, tmp_path / "out")
    assert command(monkeypatch, "differences", "--run", str(tmp_path / "out"), "--tsv") == 0
    cells = re.split(r"[\t\n]", capsys.readouterr().out + (tmp_path / "out" / "bitext.tsv").read_text("utf-8"))
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@"))]


# --- found by fuzzing, and while looking for faults ---


def test_a_workbook_with_a_spoilt_stream(tmp_path: Path) -> None:
    (path,) = write(small(), "xlsx", tmp_path)
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        info = max(archive.infolist(), key=lambda one: one.compress_size)
    start = info.header_offset + 30 + len(info.filename)
    data[start : start + 200] = b"\xff" * 200
    path.write_bytes(data)
    with pytest.raises(UserError, match=r"review.xlsx is no readable workbook"):
        read_review(path, small())


@pytest.mark.parametrize(("old", "new"), [(b"CREATE TABLE unit", b"CREATE T\xffBLE unit"), (b"Satz 1", b"S\xfftz 1")])
def test_a_memory_with_bytes_that_are_no_text(old: bytes, new: bytes, tmp_path: Path) -> None:
    path = tmp_path / "m.sqlite"
    memory = Memory.open(path)
    memory.add([Unit(Language("de"), Language("en"), "Satz 1", "x")])
    memory.close()
    assert old in path.read_bytes()
    path.write_bytes(path.read_bytes().replace(old, new))
    memory = Memory.open(path)
    list(memory.units())
    memory.add([Unit(Language("de"), Language("en"), "Satz 1", "y")])
    assert memory.human("Satz 1", Language("de")) == "y"
    assert any("is damaged" in note and "moved to" in note for note in memory.notes)


def test_a_sentence_of_a_megabyte_comes_back_from_a_table(tmp_path: Path) -> None:
    told = small("Satz" * 250_000)
    for path in write(told, "tsv", tmp_path):
        assert not read_review(path, told).corrections


@pytest.mark.parametrize(
    "line",
    ["beam = 0", "threads = -5", "topics = -1", "min_score = nan", "min_score = inf", f"topics = {'9' * 5000}",
     "topics = " + "[" * 5000, "models = 1", "x" * 9000 + " = 1"],
    ids=lambda line: line[:16],
)  # fmt: skip
def test_settings_that_make_no_sense(line: str, tmp_path: Path) -> None:
    (tmp_path / "parallax.toml").write_text(line)
    with pytest.raises(UserError, match=r"parallax\.toml"):
        settings.load(tmp_path, {})
