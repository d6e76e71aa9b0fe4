"""A run that is killed, and started again, ends as if nothing had happened."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipeline import run as runner
from pipeline.errors import UserError
from pipeline.settings import Settings
from pipeline.workspace import FOLDER, Workspace

pytest_plugins = ("quick",)

# Stop at the n-th time an artefact or an output is put in its place, the way kill -9 would.
KILLED = """
import os, sys
from pathlib import Path
from pipeline import run, workspace
from pipeline.settings import Settings
left = int(sys.argv[3])
def killing(real):
    def function(*arguments):
        global left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), 9)
        return real(*arguments)
    return function
workspace.os.fsync = killing(workspace.os.fsync)
workspace.Workspace.put = killing(workspace.Workspace.put)
run.run([Path(sys.argv[1])], Path(sys.argv[2]), Settings(memory=Path(sys.argv[2]).parent / "m.sqlite"))
"""


def outputs(out: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(out)): path.read_bytes()
        for path in sorted(out.rglob("*"))
        if path.is_file() and FOLDER not in path.parts and path.name != "run.json"
    }


def settings(tmp_path: Path) -> Settings:
    return Settings(memory=tmp_path / "memory.sqlite")


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kill -9 is a POSIX signal")
def test_a_killed_run_goes_on_where_it_was(sources: Path, tmp_path: Path) -> None:
    undisturbed = tmp_path / "undisturbed"
    runner.run([sources], undisturbed, settings(tmp_path))
    out = tmp_path / "killed"
    killed = 0
    for point in (0, 1, 3, 6, 9, 12, 15):
        done = subprocess.run(
            [sys.executable, "-c", KILLED, sources, out, str(point)], capture_output=True, env={**os.environ}
        )
        killed += done.returncode == -signal.SIGKILL
    assert killed >= 4
    runner.run([sources], out, settings(tmp_path))
    assert outputs(out) == outputs(undisturbed)


def test_an_interrupted_run_says_so_without_a_traceback(sources: Path, tmp_path: Path) -> None:
    # On a busy machine the signal may come when the run is over; then another one is interrupted.
    for attempt in range(5):
        out = tmp_path / f"out{attempt}"
        process = subprocess.Popen(
            [sys.executable, "-m", "pipeline.cli", "run", sources, "--out", out],
            stderr=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PARALLAX_MEMORY": str(tmp_path / "m.sqlite")},
        )
        while not (out / FOLDER / "artefacts.sqlite").is_file() and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
        if process.returncode:
            break
    assert process.returncode == 130
    assert "Traceback" not in said and "Interrupted" in said
    runner.run([sources], out, settings(tmp_path))
    assert (out / "report.html").is_file()


def test_two_runs_do_not_share_a_folder(sources: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with Workspace(out).locked(), pytest.raises(UserError, match="Another run"):
        runner.run([sources], out, settings(tmp_path))


def test_a_damaged_workspace_is_made_again(sources: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    runner.run([sources], out, settings(tmp_path))
    before = outputs(out)
    path = out / FOLDER / "artefacts.sqlite"
    data = bytearray(path.read_bytes())
    for place in range(5000, len(data), 5000):
        data[place] ^= 0xFF
    path.write_bytes(bytes(data))
    runner.run([sources], out, settings(tmp_path))
    assert outputs(out) == before


def test_an_output_that_was_touched_is_written_again(sources: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    runner.run([sources], out, settings(tmp_path))
    before = outputs(out)
    (out / "report.md").write_text("edited")
    (out / "bitext.tsv").unlink()
    assert runner.run([sources], out, settings(tmp_path)).changed
    assert outputs(out) == before


def test_every_segment_of_a_group_is_where_it_says_and_none_is_furniture(sources: Path, tmp_path: Path) -> None:
    story = runner.run([sources], tmp_path / "out", settings(tmp_path)).story
    segments = {segment.id: segment for segment in story.segments}
    texts = {document.source.id: document.text for document in story.documents}
    assert story.groups
    for group in story.groups:
        assert len(group.members) >= 2
        for source, ids in group.members.items():
            for identifier in ids:
                segment = segments[identifier]
                assert segment.source == source and segment.kind != "boilerplate"
                assert texts[source][segment.start : segment.end] == segment.text
