"""The same functions over many sources or stories: in this process, on this machine's cores, on a Dask cluster.

A function that is mapped is a plain one at the top of a module: what it needs comes to it by value, what
it makes goes back by value, and the models it uses are loaded once in each worker (`functools.cache`).
Results come in the order of the items, so that nothing depends on who worked, on how many, or on how fast.
"""

from __future__ import annotations

import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, Protocol, TypeVar

from pipeline.errors import UserError

A = TypeVar("A")
B = TypeVar("B")
A_co = TypeVar("A_co", covariant=True)
Step = Callable[[int, int], None]  # told how many items are done, and of how many

# Characters of text that are worked on in this process: starting others would take longer.
_FEW = 20_000
# Items that are sent ahead, for each worker: none waits for work, and memory stays bounded.
_AHEAD = 3
# A cluster without a worker for so many seconds is none.
_PATIENCE = 30


class Items(Protocol[A_co]):
    """What is mapped: so many items, which are asked for one by one as workers get free."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[A_co]: ...


class Workers(Protocol):
    """Whoever does the work: `count` items at once, on other machines if `far`."""

    count: int
    far: bool

    def map(self, function: Callable[[A], B], items: Items[A], step: Step | None = None) -> Iterator[B]:
        """The function's results, in the order of the items. An exception of the function is raised here."""
        ...


@contextmanager
def workers(jobs: int = 0, scheduler: str = "") -> Iterator[Workers]:
    """The workers of one run: those of the cluster at the address `scheduler`, or `jobs` processes.

    jobs: 0 means one for each physical core; with one, all is done in this process. Raises UserError
    where a cluster cannot be reached, has no worker, or runs another version of Parallax.
    """
    if scheduler:
        with _cluster(scheduler) as found:
            yield found
        return
    if (jobs or cores()) == 1:
        yield Alone()
        return
    processes = Processes(jobs or cores())
    try:
        yield processes
    except BaseException:
        processes.stop()
        raise
    processes.close()


def enough(workers: Workers, characters: int) -> Workers:
    """The workers, or this process where there is so little text that starting others would take longer."""
    return Alone() if characters < _FEW else workers


class Alone:
    """This process."""

    count = 1
    far = False

    def map(self, function: Callable[[A], B], items: Items[A], step: Step | None = None) -> Iterator[B]:
        for number, item in enumerate(items, start=1):
            yield function(item)
            if step:
                step(number, len(items))


class Processes:
    """Processes of this machine, started when there is work for more than one.

    On POSIX they are forked from a server that has loaded the encoder, so that they share its memory;
    elsewhere each loads its own.
    """

    far = False

    def __init__(self, count: int) -> None:
        self.count = count
        self._pool: Any = None
        self._others: set[Any] = set()  # processes that were there before

    def map(self, function: Callable[[A], B], items: Items[A], step: Step | None = None) -> Iterator[B]:
        if len(items) < 2:
            yield from Alone().map(function, items, step)
            return
        import multiprocessing
        from concurrent.futures.process import BrokenProcessPool

        if self._pool is None:
            self._others = set(multiprocessing.active_children())
            self._pool = _pool(self.count)
        pool = self._pool
        try:
            yield from _in_order(lambda item: pool.submit(function, item), items, self.count * _AHEAD, step)
        except BrokenProcessPool:
            raise UserError(
                "A worker process was killed, most often because memory ran out; what was done is kept: run it again"
                f" with fewer than {self.count} --jobs.",
                1,
            ) from None

    def close(self) -> None:
        if self._pool:
            self._pool.shutdown()

    def stop(self) -> None:
        """End at once, whatever the workers are at."""
        if self._pool:
            import multiprocessing

            self._pool.shutdown(wait=False, cancel_futures=True)
            for process in multiprocessing.active_children():
                if process not in self._others:
                    process.terminate()


def _pool(count: int) -> Any:
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    from pipeline import embed  # noqa: F401  (sets the threads of BLAS and OpenMP, which the workers inherit)

    served = "forkserver" in multiprocessing.get_all_start_methods()
    context: Any = multiprocessing.get_context("forkserver" if served else "spawn")
    if served:
        context.set_forkserver_preload(["pipeline.preload"])
    return ProcessPoolExecutor(count, mp_context=context, initializer=_begin)


def _begin() -> None:
    """Ctrl-C is the main process's to handle; a worker whose main process is gone, by whatever signal, goes too."""
    import multiprocessing
    from multiprocessing.connection import wait

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if parent := multiprocessing.parent_process():
        threading.Thread(target=lambda: (wait([parent.sentinel]), os._exit(1)), daemon=True).start()


def _in_order(submit: Callable[[A], Any], items: Items[A], ahead: int, step: Step | None) -> Iterator[Any]:
    """Results of futures in the order of the items, with at most `ahead` of them on their way."""
    rest = iter(items)
    waiting: deque[Any] = deque(map(submit, islice(rest, ahead)))
    try:
        for done in range(1, len(items) + 1):
            yield waiting.popleft().result()
            if step:
                step(done, len(items))
            waiting.extend(map(submit, islice(rest, 1)))
    finally:
        for future in waiting:
            future.cancel()


class Cluster:
    """The workers of a Dask cluster. What a lost worker had is done again by another."""

    far = True

    def __init__(self, client: Any, program: str) -> None:
        self._client, self._program = client, program
        self.count = sum(client.nthreads().values())

    def map(self, function: Callable[[A], B], items: Items[A], step: Step | None = None) -> Iterator[B]:
        from distributed import KilledWorker

        def submit(item: A) -> Any:
            # Not "pure": equal items are equal work, but a result that nobody holds any more is let go.
            return self._client.submit(_checked, self._program, function, item, pure=False)

        try:
            yield from _in_order(submit, items, max(self.count * _AHEAD, 8), step)
        except KilledWorker as error:
            raise UserError(
                f"The cluster gave up on a piece of work whose workers died one after another ({error.task});"
                " give the workers more memory and run it again.",
                1,
            ) from None


@contextmanager
def _cluster(address: str) -> Iterator[Cluster]:
    try:
        from distributed import Client
    except ImportError:
        raise UserError("A cluster needs dask; install it with: pip install 'parallax[cluster]'") from None
    from pipeline.workspace import program

    try:
        client: Any = Client(address, set_as_default=False, timeout=_PATIENCE)  # type: ignore[no-untyped-call]
    except (OSError, ValueError, TimeoutError) as error:
        raise UserError(
            f"The scheduler {address} cannot be reached ({error}); start it with: dask scheduler", 1
        ) from None
    with client:
        try:
            client.wait_for_workers(1, timeout=_PATIENCE)
        except TimeoutError:
            raise UserError(
                f"The scheduler {address} has no worker; start some with: dask worker {address} --nthreads 1", 1
            ) from None
        _refuse_others(client, program())
        yield Cluster(client, program())


def _refuse_others(client: Any, expected: str) -> None:
    """Raise UserError where a worker cannot run this very program."""
    for name, found in sorted(client.run(_program, on_error="return").items()):
        if found != expected:
            raise _other(name)


def _program() -> str:
    from pipeline.workspace import program

    return program()


def _checked(expected: str, function: Callable[[A], B], item: A) -> B:
    """What a worker of a cluster runs; workers may join when the run has begun, so each is asked each time."""
    if _program() != expected:
        from distributed import get_worker

        raise _other(get_worker().address)
    return function(item)


def _other(name: str) -> UserError:
    return UserError(
        f"The worker {name} does not have the Parallax of this computer; install the same version on both.", 1
    )


def cores() -> int:
    """The physical cores that this process may use: two threads of one core do not encode faster than one."""
    if not hasattr(os, "sched_getaffinity"):
        return os.cpu_count() or 1
    usable = os.sched_getaffinity(0)
    siblings = {_siblings(number) for number in usable}
    return max(1, len(siblings))


def _siblings(number: int) -> str:
    """What names the core of a logical processor: the list of all its threads."""
    try:
        return Path(f"/sys/devices/system/cpu/cpu{number}/topology/thread_siblings_list").read_text().strip()
    except OSError:
        return str(number)
