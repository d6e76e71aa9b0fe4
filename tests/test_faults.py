"""Whatever breaks under a run: a sentence that says so or a state that is mended, and outputs whole or not at all."""

from __future__ import annotations

import errno
import os
import shutil
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from quick import run, visible

from pipeline import analyse, cli, export, results, review, workspace
from pipeline import run as runner
from pipeline.errors import UserError
from pipeline.export.jsonl import read_story
from pipeline.ledger import Ledger
from pipeline.model import Document, Segment
from pipeline.settings import Settings
from pipeline.translate import install, packages
from pipeline.workspace import FOLDER, Workspace

pytest_plugins = ("quick",)
pytestmark = pytest.mark.usefixtures("quick")
FIXTURES = Path(__file__).parent / "fixtures"


# --- the disk ---


def test_a_disk_that_is_full_at_any_write(sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(sources, tmp_path / "whole")
    whole, out = visible(tmp_path / "whole"), tmp_path / "out"
    real = os.fsync
    for allowed in range(40):
        left = allowed

        def fsync(handle: int) -> None:
            nonlocal left
            left -= 1
            if left < 0:
                raise OSError(errno.ENOSPC, "No space left on device")
            real(handle)

        with monkeypatch.context() as patch:
            patch.setattr(workspace.os, "fsync", fsync)
            try:
                run(sources, out)
                break
            except UserError as error:
                assert error.exit_code == 1 and "No space left on device; free some space" in str(error)
        assert all(whole[name] == data for name, data in visible(out).items())
        for stage in (out / FOLDER).glob("*/") if allowed % 3 == 0 else ():
            shutil.rmtree(stage)  # begin from nothing, or go on
    assert 5 < allowed < 39 and visible(out) == whole


def test_a_disk_on_which_only_small_files_have_room(sources: Path, tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    run(sources, tmp_path / "whole")
    whole, out = visible(tmp_path / "whole"), tmp_path / "out"
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    for most in (100, 3000, 30_000):
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))
        try:
            with pytest.raises(UserError) as caught:
                run(sources, out)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert "cannot be" in str(caught.value)
        assert all(whole[name] == data for name, data in visible(out).items())
    run(sources, out)
    assert visible(out) == whole


def test_a_disk_that_turns_read_only(sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def mkstemp(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(tempfile, "mkstemp", mkstemp)
    with pytest.raises(UserError, match="cannot be written: Read-only file system") as caught:
        run(sources, tmp_path / "out")
    assert caught.value.exit_code == 1


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs a folder that even root cannot write to")
def test_an_output_folder_that_nobody_can_write_to(sources: Path) -> None:
    with pytest.raises(UserError, match=r"/proc/parallax cannot be written: .*; choose another --out"):
        runner.run([sources], Path("/proc/parallax"), Settings(translate=False))


# --- sources that move ---


def test_a_source_that_changes_while_the_run_goes_on(
    sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All outputs are of the text that was read, and the next run sees the new one."""
    before = (sources / "bote.txt").read_text("utf-8")
    split = analyse.segmented

    def segment(document: Document) -> list[Segment]:
        (sources / "bote.txt").write_text("Alles ist anders.", "utf-8")
        (sources / "courier.txt").unlink(missing_ok=True)
        return split(document)

    with monkeypatch.context() as patch:
        patch.setattr(analyse, "segmented", segment)
        told = run(sources, tmp_path / "out").story
    assert (tmp_path / "out" / "texts" / "bote.txt").read_text("utf-8") == before
    assert {document.source.id for document in told.documents} == {"bote", "courier"}
    after = run(sources, tmp_path / "out").story
    assert [document.text for document in after.documents] == ["Alles ist anders."]
    assert not (tmp_path / "out" / "texts" / "courier.txt").exists()


def test_a_source_that_is_removed_before_it_is_read(
    sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = runner._read

    def read(file: runner.read.File, space: Workspace) -> list[Document]:
        (sources / "courier.txt").unlink(missing_ok=True)
        return real(file, space)

    monkeypatch.setattr(runner, "_read", read)
    told = run(sources, tmp_path / "out").story
    assert [document.source.id for document in told.documents] == ["bote"]
    assert any("courier.txt cannot be read (No such file or directory)" in note for note in told.notes)


# --- the workspace ---


def _file_for_folder(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.write_text("x")


def _folder_for_artefacts(folder: Path) -> None:
    for path in folder.glob("artefacts.sqlite*"):
        path.unlink()
    (folder / "artefacts.sqlite").mkdir()


def _folder_for_lock(folder: Path) -> None:
    (folder / "lock").unlink()
    (folder / "lock").mkdir()


def _emptied(folder: Path) -> None:
    for path in folder.glob("artefacts.sqlite*"):
        path.write_bytes(b"")


def _cut(folder: Path) -> None:
    for path in folder.glob("artefacts.sqlite*"):
        path.write_bytes(path.read_bytes()[:-9])


def _of_another_kind(folder: Path) -> None:
    """Whole artefacts, by their sums, that hold something else: a pickle in the place of vectors, a list of lists."""
    import hashlib
    import pickle
    import sqlite3

    head = b"\x93NUMPY\x01\x00v\x00" + b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }".ljust(117) + b"\n"
    with sqlite3.connect(folder / "artefacts.sqlite") as connection:
        for stage, data in (("embed", head + pickle.dumps([os.system])), ("", b"[[1]]")):
            whole = hashlib.sha256(data).digest() + data
            query = "UPDATE artefact SET data = ? WHERE " + (
                "stage = ?" if stage else "stage <> 'embed' AND stage <> ?"
            )
            connection.execute(query, (whole, stage))
    connection.close()


def _no_ledger(folder: Path) -> None:
    (folder / "written.json").write_bytes(b'[{"report.html')


def _thrown_away(folder: Path) -> None:
    shutil.rmtree(folder)


def _bad_decisions(folder: Path) -> None:
    (folder / "decisions.jsonl").write_bytes(b'{"verdict": "together"')


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (_file_for_folder, "cannot be written"),
        (_folder_for_artefacts, "cannot be used: unable to open database file"),
        (_folder_for_lock, "cannot be written: Is a directory"),
        (_emptied, ""),
        (_cut, ""),
        (_of_another_kind, ""),
        (_no_ledger, ""),
        (_thrown_away, ""),
        (_bad_decisions, r"decisions.jsonl, line 1, is no decision"),
    ],
)
def test_a_damaged_workspace(damage: Callable[[Path], None], message: str, sources: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(sources, out)
    whole = visible(out)
    damage(out / FOLDER)
    if message:
        (out / "report.html").unlink()  # so that there is something to do
        with pytest.raises(UserError, match=message):
            run(sources, out)
        assert visible(out).items() <= whole.items()
    else:
        run(sources, out)
        assert visible(out) == whole


def test_a_clock_that_was_set_back(sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Times decide nothing: not what is done again, and not which artefact is right."""
    out = tmp_path / "out"
    run(sources, out)
    whole = visible(out)
    for path in out.rglob("*"):
        os.utime(path, (4_000_000_000, 4_000_000_000))
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    monkeypatch.setattr(time, "time", lambda: 0.0)
    assert not run(sources, out).changed
    assert visible(out) == whole
    (sources / "bote.txt").write_text("Alles ist anders.", "utf-8")
    assert run(sources, out).changed
    assert '"finished": "1970-01-01T00:00:00+00:00"' in (out / "run.json").read_text("utf-8")


def test_a_review_waits_for_no_run(sources: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    told = run(sources, out).story
    (path,) = export.write(told, "xlsx", tmp_path)
    with Workspace(out).locked(), pytest.raises(UserError, match="Another run is at work"):
        review.take_back(path, out, Settings(memory=tmp_path / "memory.sqlite"))


def test_the_lock_writes_over_nothing(sources: Path, tmp_path: Path) -> None:
    """A run folder that comes from somebody else may have a link for a lock."""
    (tmp_path / "mine").write_text("precious")
    (tmp_path / "out" / FOLDER).mkdir(parents=True)
    (tmp_path / "out" / FOLDER / "lock").symlink_to(tmp_path / "mine")
    run(sources, tmp_path / "out")
    assert (tmp_path / "mine").read_text() == "precious"


# --- models ---


def unpacked_model(folder: Path) -> Path:
    with zipfile.ZipFile(FIXTURES / "tiny-de-en.argosmodel") as archive:
        archive.extractall(folder)
    return next(folder.iterdir())


@pytest.mark.parametrize("share", [0.0, 0.4, 0.99])
@pytest.mark.parametrize("name", ["model/model.bin", "sentencepiece.model", "metadata.json"])
def test_a_model_truncated_after_it_was_installed(name: str, share: float, sources: Path, tmp_path: Path) -> None:
    """The run goes on without it and says so."""
    path = unpacked_model(tmp_path / "models") / name
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    told = run(sources, tmp_path / "out", models=tmp_path / "models").story
    assert any("install the package again" in note or "get it again" in note for note in told.notes), told.notes
    assert any("German is shown untranslated" in note for note in told.notes)


def test_a_truncated_model_in_the_cache_is_unpacked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install, "cache_folder", lambda: tmp_path / "cache")
    package = packages.read(FIXTURES / "tiny-de-en.argosmodel")
    path = install.unpacked(package) / "model" / "model.bin"
    whole = path.read_bytes()
    for harm in (lambda: path.write_bytes(whole[:-1]), path.unlink):
        harm()
        assert install.unpacked(package) == path.parents[1]
        assert path.read_bytes() == whole
    assert [each.name for each in (tmp_path / "cache").rglob("*damaged*")] == []


# --- what is the user's ---


def test_the_names_of_all_files_are_known_beforehand(sources: Path, tmp_path: Path) -> None:
    run(sources, tmp_path / "out")
    assert {name for name in visible(tmp_path / "out") if "/" not in name} == {*results.FILES}


@pytest.mark.parametrize("name", [*results.FILES, "texts/bote.txt"])
def test_no_file_of_the_users_is_written_over(name: str, sources: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    (out / name).parent.mkdir(parents=True)
    (out / name).write_text("mine")
    with pytest.raises(UserError, match=f"has a {name} that Parallax did not make; .* --force"):
        run(sources, out)
    assert visible(out) == {name: b"mine"}
    run(sources, out, force=True)
    assert (out / name).read_bytes() != b"mine"


def test_nor_one_that_appears_in_the_workspace_of_an_earlier_run(sources: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(sources, out)
    (out / "texts" / "note.txt").write_text("mine")
    (sources / "note.txt").write_text("Eine neue Quelle.", "utf-8")
    with pytest.raises(UserError, match=r"has a texts/note.txt that Parallax did not make"):
        run(sources, out)
    (sources / "note.txt").unlink()
    (sources / "courier.txt").unlink()
    run(sources, out)
    assert sorted(path.name for path in (out / "texts").iterdir()) == ["bote.txt", "note.txt"]


def test_the_folder_of_the_sources_is_not_for_results(sources: Path) -> None:
    with pytest.raises(UserError, match="is the folder of the sources"):
        run(sources, sources)
    assert len([*sources.iterdir()]) == 2


def test_only_what_a_run_left_unfinished_is_swept_away(sources: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(sources, out)
    leftovers = [out / ".report.html.abc.parallax-part", out / "texts" / ".a.txt.x.parallax-part"]
    leftovers.append(out / FOLDER / ".0a.x.parallax-part")
    mine = [out / ".film.part", out / "sub" / ".film.mkv.part"]
    (out / "sub").mkdir()
    for path in (*leftovers, *mine):
        path.write_text("x")
    run(sources, out)
    assert [path.exists() for path in (*leftovers, *mine)] == [False] * 3 + [True] * 2


def test_a_table_that_somebody_worked_on_is_not_exported_over(sources: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(sources, out)
    told, folder = read_story(out), tmp_path / "tables"
    (path,) = (path for path in export.write(told, "tsv", folder, None, Ledger(out)) if path.name == "groups.tsv")
    whole = path.read_bytes()
    export.write(told, "tsv", folder, export.Options(bom=True), Ledger(out))  # ours, so it may change
    assert path.read_bytes() == b"\xef\xbb\xbf" + whole
    path.write_bytes(whole + b"reviewed\n")
    with pytest.raises(UserError, match=r"groups.tsv was not written by Parallax, or was changed since"):
        export.write(told, "tsv", folder, None, Ledger(out))
    assert path.read_bytes() == whole + b"reviewed\n"
    path.write_bytes(whole)
    export.write(told, "tsv", folder, None, Ledger(out))


def test_force_exports_over_it(sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out"
    run(sources, out)
    arguments = ["export", "tmx", "--run", str(out), "--to", str(tmp_path)]
    (tmp_path / "parallax.tmx").write_text("mine")
    assert command(monkeypatch, *arguments) == 2
    assert (tmp_path / "parallax.tmx").read_text() == "mine"
    assert command(monkeypatch, *arguments, "--force") == 0
    assert (tmp_path / "parallax.tmx").read_text("utf-8").startswith("<?xml")


def test_a_memory_is_not_exported_over_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "m.tmx").write_text("mine")
    arguments = ["memory", "export", str(tmp_path / "m.tmx"), "--memory", str(tmp_path / "m.sqlite")]
    assert command(monkeypatch, *arguments) == 2
    assert (tmp_path / "m.tmx").read_text() == "mine"
    assert command(monkeypatch, *arguments, "--force") == 0


# --- the command line ---


def command(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """The exit code of the command in this process."""
    monkeypatch.setattr(sys, "argv", ["parallax", *arguments])
    try:
        cli.main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (MemoryError(), "Error: There is not enough memory; close other programs, or give fewer or shorter sources."),
        (OSError(errno.EIO, "Input/output error", "a.txt"), "Error: a.txt: Input/output error; check the disk"),
        (UserError("a\nb \x1b[31m\u202e c"), "Error: a b \ufffd[31m\ufffd c"),
    ],
)
def test_faults_of_the_machine_are_one_line(
    fault: Exception, message: str, sources: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise fault

    monkeypatch.setattr(runner, "run", fail)
    stdout = os.dup(1)
    try:
        assert command(monkeypatch, "run", str(sources)) == (2 if isinstance(fault, UserError) else 1)
    finally:
        os.dup2(stdout, 1)
    said = capfd.readouterr().err
    assert said.startswith(message) and said.count("\n") == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_behind_standard_output(sources: Path, tmp_path: Path) -> None:
    import subprocess

    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "pipeline.cli", "segment", str(sources)],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert done.stderr.startswith("Error: No space left on device")


def test_a_name_that_is_too_long(
    sources: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cli, "_stop_printing", lambda: None)
    assert command(monkeypatch, "run", str(sources), "--out", "a" * 300) == 1
    assert "File name too long" in capsys.readouterr().err
