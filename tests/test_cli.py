"""The command line as a user meets it: results, errors in one sentence, exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

GERMAN = """Orvelin baut eine Halle

Die Firma Orvelin baut im Norden eine neue Halle für 900 Millionen Euro.

Der Bau soll im September 2031 beginnen.

Die Leiterin Odalys Renner verlässt das Unternehmen nach zwölf Jahren.
"""
ENGLISH = """Orvelin plans hall

Odalys Renner, the head of the department, leaves the company after twelve years.

Construction is to start in September 2031.

Orvelin is building a new hall in the north for 900 million euros.
"""
ICELANDIC = "Hestar eru á túninu.\n\nVeðrið er gott í dag og sólin skín á fjöllin.\n"


def parallax(*arguments: str | Path, home: Path, expected: int = 0) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own, with a home folder in which nothing is installed."""
    environment = {**os.environ, "HOME": str(home), "XDG_DATA_HOME": str(home / "data"), "PYTHONUTF8": "1"}
    for name in list(environment):
        if name.startswith(("PARALLAX_", "ARGOS_")):
            del environment[name]
    result = subprocess.run(
        [sys.executable, "-m", "pipeline.cli", *map(str, arguments)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=environment,
        cwd=home,
    )
    assert result.returncode == expected, result.stderr
    assert "Traceback" not in result.stderr
    return result


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sources")
    (folder / "bote.txt").write_text(GERMAN, encoding="utf-8")
    (folder / "courier.txt").write_text(ENGLISH, encoding="utf-8")
    return folder


def test_run_writes_everything_and_a_second_run_does_nothing(folder: Path, home: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    first = json.loads(parallax("run", folder, "--out", out, "--json", home=home).stdout)
    assert first["changed"] and first["groups"] >= 2
    for name in ("report.html", "report.md", "bitext.tsv", "segments.jsonl", "groups.jsonl", "run.json"):
        assert (out / name).stat().st_size > 0
    before = {path: path.read_bytes() for path in out.glob("[!.]*.*")}
    second = parallax("run", folder, "--out", out, home=home)
    assert "nothing has changed" in second.stdout
    assert before == {path: path.read_bytes() for path in out.glob("[!.]*.*")}


def test_the_same_sources_make_the_same_bytes(folder: Path, home: Path, tmp_path: Path) -> None:
    outputs = []
    for name in ("one", "two"):
        parallax("run", folder, "--out", tmp_path / name, "-q", home=home)
        outputs.append(
            {
                p.relative_to(tmp_path / name): p.read_bytes()
                for p in (tmp_path / name).glob("*.*")
                if p.is_file() and p.name != "run.json"
            }
        )
    assert outputs[0] == outputs[1]


def test_a_changed_source_is_done_again(folder: Path, home: Path, tmp_path: Path) -> None:
    sources, out = tmp_path / "sources", tmp_path / "out"
    sources.mkdir()
    for path in folder.iterdir():
        (sources / path.name).write_bytes(path.read_bytes())
    parallax("run", sources, "--out", out, "-q", home=home)
    (sources / "bote.txt").write_text(GERMAN.replace("900", "700"), encoding="utf-8")
    result = json.loads(parallax("run", sources, "--out", out, "--json", home=home).stdout)
    assert result["changed"]
    assert "700 Millionen" in (out / "segments.jsonl").read_text(encoding="utf-8")


BAD = {
    "empty.txt": (b"", "empty"),
    "binary.txt": (bytes(range(256)) * 20, "binary"),
    "photo.png": (b"\x89PNG\r\n\x1a\n", "photo.png"),
    "broken.docx": (b"PK\x03\x04 not really", "broken.docx"),
    "broken.json": (b'{"text": ', "broken.json"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_one_sentence_and_exit_code_2(name: str, folder: Path, home: Path, tmp_path: Path) -> None:
    content, word = BAD[name]
    (tmp_path / name).write_bytes(content)
    result = parallax("run", tmp_path / name, folder, "--out", tmp_path / "out", home=home, expected=2)
    message = result.stderr.strip()
    assert message.startswith("Error: ") and "\n" not in message
    assert name in message and word in message
    assert not (tmp_path / "out" / "report.html").exists()


def test_a_missing_file_is_named(home: Path, tmp_path: Path) -> None:
    result = parallax("run", tmp_path / "nowhere.txt", home=home, expected=2)
    assert "nowhere.txt" in result.stderr


def test_a_folder_with_nothing_readable_is_an_error(home: Path, tmp_path: Path) -> None:
    (tmp_path / "photo.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    result = parallax("run", tmp_path, "--out", tmp_path / "out", home=home, expected=2)
    assert result.stderr.startswith("Error: ")


def test_a_bad_file_in_a_folder_is_left_out_with_a_note(folder: Path, home: Path, tmp_path: Path) -> None:
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "binary.txt").write_bytes(bytes(range(256)) * 20)
    result = parallax("run", tmp_path, "--out", tmp_path / "out", "--json", home=home)
    assert json.loads(result.stdout)["sources"] == 2
    assert "binary.txt" in result.stderr


def test_one_source_alone_makes_a_report(folder: Path, home: Path, tmp_path: Path) -> None:
    result = parallax("run", folder / "bote.txt", "--out", tmp_path, "--json", home=home)
    assert json.loads(result.stdout)["groups"] == 0
    assert "Odalys Renner" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_sources_with_nothing_in_common_make_a_report(folder: Path, home: Path, tmp_path: Path) -> None:
    (tmp_path / "hestar.txt").write_text(ICELANDIC, encoding="utf-8")
    result = parallax("run", folder / "bote.txt", tmp_path / "hestar.txt", "--out", tmp_path / "o", "--json", home=home)
    assert json.loads(result.stdout)["links"] == 0
    assert "Hestar" in (tmp_path / "o" / "report.html").read_text(encoding="utf-8")


def test_files_of_others_are_not_written_over(folder: Path, home: Path, tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text("mine")
    result = parallax("run", folder, "--out", tmp_path, home=home, expected=2)
    assert "--force" in result.stderr
    assert (tmp_path / "report.html").read_text() == "mine"
    parallax("run", folder, "--out", tmp_path, "--force", "-q", home=home)
    assert (tmp_path / "report.html").read_text(encoding="utf-8") != "mine"


def test_a_folder_that_cannot_be_written_is_an_error(folder: Path, home: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    parallax("run", folder, "--out", tmp_path / "file", home=home, expected=2)
    parallax("run", folder, "--out", tmp_path / "file" / "below", home=home, expected=1)


def test_sources_writes_a_manifest_that_run_reads(folder: Path, home: Path, tmp_path: Path) -> None:
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    printed = parallax("sources", tmp_path, home=home).stdout
    assert '["bote.txt"]' in printed and "# inferred" in printed
    parallax("sources", tmp_path, "--write", home=home)
    parallax("sources", tmp_path, "--write", home=home, expected=2)
    manifest = tmp_path / "sources.toml"
    manifest.write_text(
        manifest.read_text(encoding="utf-8").replace('outlet = "', 'outlet = "The ', 1), encoding="utf-8"
    )
    parallax("run", tmp_path, "--out", tmp_path / "out", "-q", home=home)
    assert '"outlet": "The ' in (tmp_path / "out" / "sources.jsonl").read_text(encoding="utf-8")


def test_segment_shows_lines_and_kinds(folder: Path, home: Path) -> None:
    lines = parallax("segment", folder / "bote.txt", home=home).stdout.splitlines()
    assert lines[1].split("\t")[1:3] == ["3", "paragraph"]


def test_export_and_differences_read_a_finished_run(folder: Path, home: Path, tmp_path: Path) -> None:
    parallax("run", folder, "--out", tmp_path / "out", "-q", home=home)
    listed = parallax("export", "list", home=home).stdout
    assert "tmx\t" in listed
    paths = parallax("export", "tmx", "--run", tmp_path / "out", home=home).stdout.split()
    assert paths and all(Path(path).is_file() for path in paths)
    assert json.loads(parallax("differences", "--run", tmp_path / "out", "--json", home=home).stdout) == []
    parallax("export", "docx", "--run", tmp_path / "out", home=home, expected=2)
    parallax("differences", "--run", tmp_path / "nowhere", home=home, expected=2)


@pytest.mark.parametrize(
    "command", [[], ["run"], ["sources"], ["segment"], ["differences"], ["export"], ["models"], ["memory"]]
)
def test_help_teaches(command: list[str], home: Path) -> None:
    result = parallax(*command, "--help", home=home)
    assert "Usage:" in result.stdout and len(result.stdout.splitlines()) > 8


def test_version(home: Path) -> None:
    assert parallax("--version", home=home).stdout.startswith("parallax ")


def test_settings_come_from_file_environment_and_flags(folder: Path, home: Path, tmp_path: Path) -> None:
    (home / "parallax.toml").write_text("min_scoer = 0.9\n")
    try:
        result = parallax("run", folder, "--out", tmp_path, home=home, expected=2)
    finally:
        (home / "parallax.toml").unlink()
    assert "min_scoer" in result.stderr and "min_score" in result.stderr


def test_a_reviewed_file_comes_back_and_wins(folder: Path, home: Path, tmp_path: Path) -> None:
    """A correction in the exported table is the human translation of the next run, marked so."""
    out, memory = tmp_path / "out", tmp_path / "memory.sqlite"
    parallax("run", folder, "--out", out, "--memory", memory, "-q", home=home)
    paths = parallax("export", "xlsx", "--run", out, home=home).stdout.split()
    import openpyxl

    book = openpyxl.load_workbook(paths[0])
    sheet = book.worksheets[0]
    header = [cell.value for cell in sheet[1]]
    row = next(
        r
        for r in sheet.iter_rows(min_row=2)
        if "September 2031" in str(r[header.index("text")].value) and r[header.index("language")].value == "de"
    )
    row[header.index("translation")].value = "Building work is due to begin in September 2031."
    book.save(paths[0])
    taken = json.loads(parallax("import", paths[0], "--run", out, "--memory", memory, "--json", home=home).stdout)
    assert taken["corrections"] == 1
    parallax("run", folder, "--out", out, "--memory", memory, "-q", home=home)
    lines = (out / "segments.jsonl").read_text(encoding="utf-8").splitlines()
    corrected = next(s for s in map(json.loads, lines) if "September 2031" in s["text"] and s["source"] == "bote")
    assert corrected["pivot"] == "Building work is due to begin in September 2031."
    assert corrected["pivot_origin"] == "memory"


def test_groups_taken_apart_stay_apart(folder: Path, home: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    before = json.loads(parallax("run", folder, "--out", out, "--json", home=home).stdout)
    parallax("export", "tsv", "--run", out, home=home)
    table = out / "tsv" / "groups.tsv"
    header, first, *rest = table.read_text(encoding="utf-8").splitlines()
    cells = dict(zip(header.split("\t"), first.split("\t")))
    emptied = next(name for name in cells if name.startswith("courier") and "id" in name)
    cells[emptied] = ""
    table.write_text("\n".join([header, "\t".join(cells.values()), *rest]) + "\n", encoding="utf-8")
    taken = json.loads(parallax("import", table, "--run", out, "--json", home=home).stdout)
    assert taken["decisions"] >= 1
    after = json.loads(parallax("run", folder, "--out", out, "--json", home=home).stdout)
    assert after["groups"] == before["groups"] - 1
