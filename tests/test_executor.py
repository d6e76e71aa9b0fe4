"""Work in this process, in others, and on a cluster: the same results in the same order, and clear ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import worker_functions
from test_cli import ENGLISH, GERMAN

from pipeline import executor, read, run, tell
from pipeline.errors import UserError
from pipeline.executor import Alone, Processes, Workers
from pipeline.settings import Settings
from pipeline.workspace import FOLDER

posix = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kill -9 is a POSIX signal")


@pytest.fixture(scope="module")
def processes() -> Iterator[Workers]:
    with executor.workers(2) as found:
        assert isinstance(found, Processes)
        yield found


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z" if Path("/proc").is_dir() else True


def gone(pids: list[int]) -> bool:
    deadline = time.monotonic() + 20
    while any(map(alive, pids)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not any(map(alive, pids))


def test_results_come_in_the_order_of_the_items(processes: Workers) -> None:
    steps: list[tuple[int, int]] = []
    numbers = list(range(20))
    found = list(processes.map(worker_functions.slow_square, numbers, lambda *step: steps.append(step)))
    assert found == [number * number for number in numbers] == list(Alone().map(worker_functions.square, numbers))
    assert steps == [(number, 20) for number in range(1, 21)]
    assert list(processes.map(worker_functions.square, [])) == []


def test_other_processes_work_and_one_item_is_worked_on_here(processes: Workers) -> None:
    assert os.getpid() not in processes.map(worker_functions.who, range(6))
    assert list(processes.map(worker_functions.who, [1])) == [os.getpid()]
    with executor.workers(1) as alone:
        assert set(alone.map(worker_functions.who, range(3))) == {os.getpid()}


def test_a_mistake_in_a_worker_is_raised_here(processes: Workers) -> None:
    with pytest.raises(UserError, match="Number 3 is wrong"):
        list(processes.map(worker_functions.mistaken, range(9)))
    assert list(processes.map(worker_functions.square, [1, 2])) == [1, 4]


def test_only_so_much_is_sent_ahead(processes: Workers) -> None:
    class Counted(list[int]):
        asked = 0

        def __iter__(self) -> Iterator[int]:
            for item in super().__iter__():
                self.asked += 1
                yield item

    items = Counted(range(1000))
    results = processes.map(worker_functions.square, items)
    next(results)
    assert items.asked <= 3 * processes.count
    results.close()  # type: ignore[attr-defined]


@posix
def test_a_killed_worker_is_one_sentence() -> None:
    with (
        pytest.raises(UserError, match="fewer than 2 --jobs") as caught,
        executor.workers(2) as found,
    ):
        list(found.map(worker_functions.killed, range(9)))
    assert caught.value.exit_code == 1


STOPPED = """
import sys, worker_functions
from pathlib import Path
from pipeline import executor
if __name__ == "__main__":
    with executor.workers(2) as found:
        list(found.map(worker_functions.sleeps, [Path(sys.argv[1])] * 4))
"""


@posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_workers_end_with_the_main_process(number: signal.Signals, tmp_path: Path) -> None:
    script = tmp_path / "stopped.py"
    script.write_text(STOPPED)
    signs = tmp_path / "signs"
    signs.mkdir()
    here = Path(__file__).parent
    process = subprocess.Popen(
        [sys.executable, script, signs],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(here.parent), str(here)])},
        stderr=subprocess.DEVNULL,
    )
    while len(list(signs.iterdir())) < 2 and process.poll() is None:
        time.sleep(0.02)
    process.send_signal(number)
    assert process.wait(timeout=60) != 0
    assert gone([int(path.name) for path in signs.iterdir()])


def sources(folder: Path, count: int = 4) -> Path:
    folder.mkdir()
    for number in range(count):
        text = (GERMAN, ENGLISH)[number % 2]
        (folder / f"{number}.txt").write_text(f"{text}\n{number} {number} {number}\n", encoding="utf-8")
    return folder


def outputs(out: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(out)): path.read_bytes()
        for path in sorted(out.rglob("*"))
        if path.is_file() and FOLDER not in path.parts and path.name != "run.json"
    }


def test_a_run_is_the_same_on_any_workers(processes: Workers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executor, "_FEW", 0)
    folder = sources(tmp_path / "sources")
    settings = Settings(memory=tmp_path / "memory.sqlite")
    run.run([folder], tmp_path / "alone", settings, workers=Alone())
    run.run([folder], tmp_path / "processes", settings, workers=processes)
    assert outputs(tmp_path / "alone") == outputs(tmp_path / "processes")


def test_a_story_is_told_by_a_worker_as_by_a_run(processes: Workers, tmp_path: Path) -> None:
    folder = sources(tmp_path / "sources", 2)
    settings = Settings(translate=False)
    telling = tell.Telling(read.documents([folder])[0], settings)
    run.run([folder], tmp_path / "out", settings, workers=Alone())
    for told in processes.map(tell.tell, [telling, telling]):
        assert told.files == outputs(tmp_path / "out")
    again = tell.tell(replace(telling, vectors=told.vectors))
    assert again.files == told.files and not again.vectors and sorted(told.vectors) == sorted(again.asked)
