"""A Dask cluster of two worker processes: the same bytes as without, and no loss when one is killed."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import worker_functions
from test_executor import outputs, sources

from pipeline import executor, run, translate
from pipeline.errors import UserError
from pipeline.language import Language
from pipeline.model import Segment
from pipeline.settings import Settings
from pipeline.translate import far

pytest_plugins = ("argos_plugin",)

distributed = pytest.importorskip("distributed")
SOURCES = 8


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
    ) as cluster:
        yield cluster.scheduler_address


class Killer(run.Silent):
    """Progress that kills one of the workers as soon as the first source is done."""

    def __init__(self, address: str) -> None:
        self.killed: list[int] = []
        self._address = address

    @contextmanager
    def stage(self, name: str) -> Iterator[Killer]:
        yield self

    def step(self, done: int, total: int) -> None:
        if total == SOURCES and not self.killed:
            assert done < total
            with distributed.Client(self._address, set_as_default=False) as client:
                self.killed = sorted(client.run(os.getpid).values())[:1]
            os.kill(self.killed[0], signal.SIGKILL)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kill -9 is a POSIX signal")
def test_a_worker_is_killed_in_the_middle_and_the_bytes_are_the_same(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executor, "_FEW", 0)
    folder = sources(tmp_path / "sources", SOURCES)
    memory, killer = tmp_path / "memory.sqlite", Killer(address)
    run.run([folder], tmp_path / "cluster", Settings(memory=memory, scheduler=address), killer)
    assert killer.killed
    run.run([folder], tmp_path / "alone", Settings(memory=memory, jobs=1))
    assert outputs(tmp_path / "cluster") == outputs(tmp_path / "alone")


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
