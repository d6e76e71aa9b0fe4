"""A Dask cluster of two worker processes: the same bytes as without, and no loss when one is killed."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import worker_functions
from stories_fixture import TOPICS, record, text, write_lines
from test_executor import outputs, sources

from pipeline import executor, run, translate
from pipeline.errors import UserError
from pipeline.language import Language
from pipeline.model import Segment
from pipeline.progress import Progress, Silent
from pipeline.read import parse
from pipeline.settings import Settings
from pipeline.stories.run import stories
from pipeline.tell import Telling, Translating, tell
from pipeline.translate import Memory, far
from pipeline.workspace import FOLDER

pytest_plugins = ("argos_plugin",)

distributed = pytest.importorskip("distributed")
SOURCES = 8


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
    ) as cluster:
        yield cluster.scheduler_address


class Killer(Silent):
    """Progress that kills one of the workers as soon as the first item of each of these stages is done."""

    def __init__(self, address: str, *stages: str) -> None:
        self.killed: dict[str, int] = {}
        self._address, self._stages, self._now = address, stages, ""

    @contextmanager
    def stage(self, name: str) -> Iterator[Killer]:
        self._now = name
        yield self

    def step(self, done: int, total: int) -> None:
        if self._now in self._stages and self._now not in self.killed:
            assert done < total
            with distributed.Client(self._address, set_as_default=False) as client:
                self.killed[self._now] = min(client.run(os.getpid).values())
            os.kill(self.killed[self._now], signal.SIGKILL)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kill -9 is a POSIX signal")
def test_a_worker_is_killed_in_the_middle_and_the_bytes_are_the_same(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executor, "_FEW", 0)
    folder = sources(tmp_path / "sources", SOURCES)
    memory, killer = tmp_path / "memory.sqlite", Killer(address, "Encoding")
    run.run([folder], tmp_path / "cluster", Settings(memory=memory, scheduler=address), killer)
    assert killer.killed
    run.run([folder], tmp_path / "alone", Settings(memory=memory, jobs=1))
    assert outputs(tmp_path / "cluster") == outputs(tmp_path / "alone")


OUTLETS = "Bote", "Courier", "Gazette", "Ledger"
LATER = "Herald"
SUBJECTS = list(TOPICS)[:2]


def article(topic: str, outlet: str) -> dict[str, str]:
    """An article in English, or in the German that the tests' package knows."""
    turn = len(outlet)
    if outlet != "Bote":
        return record(topic, outlet, turn)
    lines = [f"Der {topic.title()} {number} ist alt." for number in range(6)]
    return {**record(topic, outlet), "language": "de", "text": text(topic, turn) + "\n\n" + " ".join(lines)}


def told(path: Path, out: Path, settings: Settings, progress: Progress | None = None) -> dict[str, bytes]:
    """All files of the stories in `path`, as they are after a first run and one with an article more."""
    articles = [article(topic, outlet) for topic in SUBJECTS for outlet in OUTLETS]
    stories([write_lines(path, articles)], out, settings, progress)
    stories([write_lines(path, [*articles, article("bridge", LATER)])], out, settings)
    assert settings.memory
    memory = Memory.open(settings.memory)
    units = repr(list(memory.units(machine=True))).encode()
    memory.close()
    return {**files(out), "memory": units}


def files(out: Path) -> dict[str, bytes]:
    paths = [path for path in sorted(out.rglob("*")) if path.is_file() and FOLDER not in path.parts]
    return {str(path.relative_to(out)): path.read_bytes() for path in paths}


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kill -9 is a POSIX signal")
def test_stories_are_the_same_from_a_cluster_that_loses_workers(
    address: str, models: Path, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executor, "_FEW", 0)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1900000000")
    settings, path = Settings(models=models), tmp_path / "articles.jsonl"
    killer = Killer(address, "Reading", "Reporting")
    far = told(path, tmp_path / "far", replace(settings, memory=tmp_path / "far.sqlite", scheduler=address), killer)
    assert set(killer.killed) == {"Reading", "Reporting"}
    here = told(path, tmp_path / "here", replace(settings, memory=tmp_path / "here.sqlite", jobs=1))
    assert far == here
    assert sum(name.endswith("report.html") for name in here) == len(SUBJECTS)
    assert b"argos de-en" in here["memory"] and LATER.encode() in here["stories.jsonl"]


def test_a_worker_without_the_packages_of_a_story_is_refused(address: str, models: Path, home: Path) -> None:
    [document] = parse(b"Der Kran ist alt. Er ist noch da und er ist gross.", "kran.txt")
    telling = Telling([document], Settings(models=models), translating=Translating((), (), ["argos de-en 9.9 other"]))
    with (
        executor.workers(scheduler=address) as cluster,
        pytest.raises(UserError, match="does not have the translation packages"),
    ):
        list(cluster.map(tell, [telling]))


def segments(count: int) -> list[Segment]:
    texts = [f"Der Kran {number} ist alt." for number in range(count)]
    return [
        Segment(f"de:{n}", "de", n, 0, len(text), text, text, "paragraph", 0, 1, normal=text)
        for n, text in enumerate(texts, 1)
    ]


def test_a_cluster_translates_as_this_machine_does(
    address: str, models: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(translate, "_CHUNK", 10)
    settings, languages = Settings(models=models, threads=1), {"de": Language("de")}
    here = translate.translate(segments(45), languages, settings)
    with executor.workers(scheduler=address) as cluster:
        assert translate.translate(segments(45), languages, settings, workers=cluster) == here
    assert all(segment.pivot_origin == "model" for segment in here.segments)


def test_a_worker_without_the_package_is_refused(address: str) -> None:
    chunk = far.Chunk("argos de-xx 1.0", "0", Settings(), Language("de"), ("Text",), ((),))
    with (
        executor.workers(scheduler=address) as cluster,
        pytest.raises(UserError, match="does not have the argos de-xx"),
    ):
        list(cluster.map(far.translated, [chunk]))


def test_another_version_is_refused(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.workspace.program", lambda: "another")
    with (
        pytest.raises(UserError, match="install the same version on both"),
        executor.workers(scheduler=address),
    ):
        pass


def test_a_worker_of_another_version_that_joins_later_is_refused(address: str) -> None:
    with executor.workers(scheduler=address) as cluster:
        cluster._program = "another"  # type: ignore[attr-defined]
        with pytest.raises(UserError, match=r"worker tcp://.* does not have the Parallax"):
            list(cluster.map(worker_functions.square, [1, 2]))


def test_a_mistake_on_a_worker_is_raised_here(address: str) -> None:
    with executor.workers(scheduler=address) as cluster, pytest.raises(UserError, match="Number 3 is wrong"):
        list(cluster.map(worker_functions.mistaken, range(9)))


@pytest.mark.parametrize("wrong", ["tcp://127.0.0.1:9", "nonsense://x"])
def test_a_scheduler_that_is_not_there_is_one_sentence(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executor, "_PATIENCE", 1)
    with pytest.raises(UserError, match="cannot be reached"), executor.workers(scheduler=wrong):
        pass
