"""Where work that can go side by side is carried out: here, in threads, or in processes.

    with Processes(4).pool(table) as pool:
        futures = [pool.submit(column_of, name) for name in names]  # column_of(table, name)
        columns = [future.result() for future in futures]

It has the shape of `concurrent.futures`: what is submitted gives a `Future`, whose result is what
the function gave, or raises what it raised. What all calls share is handed to each worker once,
and comes first in every call. Whoever brings another kind of workers, such as a cluster's, writes
one more class like those below. Work that should also hear when it is to stop uses `Run.pool`.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor as Workers
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any, Protocol, TypeVar

from trimtab._cores import usable_cores
from trimtab.errors import InputError

T = TypeVar("T")
Shared = tuple[Any, ...]


class Event(Protocol):
    """What can be set once: an event of threads, or of processes."""

    def is_set(self) -> bool:
        """Whether it was set."""
        ...

    def set(self) -> None:
        """Set it."""
        ...


class Pool(Protocol):
    """Workers that stand ready."""

    def submit(self, function: Callable[..., T], /, *arguments: Any) -> Future[T]:
        """Call `function` with what is shared, then with `arguments`, in one of the workers.

        In processes all of these are pickled, and so are results and errors: `function` stands at
        the top of a module.
        """
        ...


def nothing() -> None:
    """Do nothing."""


class Executor(Protocol):
    """Where work is carried out. It holds no state: workers live as long as a pool.

    workers   how many calls are carried out at the same time
    """

    @property
    def workers(self) -> int:
        """How many calls are carried out at the same time."""
        ...

    def event(self) -> Event | None:
        """An event that workers hear when it is set here, if it is among what they share.

        None where calls are carried out in the thread that submits them.
        """
        ...

    def pool(
        self, *shared: Any, tasks: int | None = None, halt: Callable[[], None] = nothing
    ) -> AbstractContextManager[Pool]:
        """Workers for the time of a `with` block, at whose end all calls have ended.

        tasks   how many calls there will be at most, if that is known: no more workers are started
        halt    is called when an error or an interrupt ends the block, to let calls under way end
                soon; those that wait are cancelled. Processes are not waited for then

        Raises InputError where a worker dies.
        """
        ...


@dataclass(frozen=True)
class Inline:
    """One after the other, in the thread that submits: a call has ended when `submit` returns."""

    @property
    def workers(self) -> int:
        """One: this thread."""
        return 1

    def event(self) -> Event | None:
        """See Executor."""
        return None

    @contextmanager
    def pool(
        self, *shared: Any, tasks: int | None = None, halt: Callable[[], None] = nothing
    ) -> Iterator[Pool]:
        """See Executor."""
        yield _Here(shared)


@dataclass(frozen=True)
class _Here:
    shared: Shared

    def submit(self, function: Callable[..., T], /, *arguments: Any) -> Future[T]:
        future: Future[T] = Future()
        try:
            future.set_result(function(*self.shared, *arguments))
        except Exception as error:  # an interrupt is none: it ends the block at once
            future.set_exception(error)
        return future


@dataclass(frozen=True)
class Threads:
    """In threads of this process: for work that leaves Python, or waits."""

    workers: int

    def event(self) -> Event | None:
        """See Executor."""
        return threading.Event()

    @contextmanager
    def pool(
        self, *shared: Any, tasks: int | None = None, halt: Callable[[], None] = nothing
    ) -> Iterator[Pool]:
        """See Executor."""
        workers = ThreadPoolExecutor(_at_most(self.workers, tasks))
        with _closing(workers, halt, wait=True):
            yield _Threaded(workers, shared)


@dataclass(frozen=True)
class _Threaded:
    threads: ThreadPoolExecutor
    shared: Shared

    def submit(self, function: Callable[..., T], /, *arguments: Any) -> Future[T]:
        return self.threads.submit(function, *self.shared, *arguments)


@dataclass(frozen=True)
class Processes:
    """In processes of their own, which have one thread each, so that they do not fight over cores.

    They start empty: forked ones could inherit a lock of a library's threads.
    """

    workers: int

    def event(self) -> Event | None:
        """See Executor."""
        return get_context("spawn").Event()

    @contextmanager
    def pool(
        self, *shared: Any, tasks: int | None = None, halt: Callable[[], None] = nothing
    ) -> Iterator[Pool]:
        """See Executor."""
        workers = ProcessPoolExecutor(
            _at_most(self.workers, tasks),
            get_context("spawn"),
            initializer=_become_worker,
            initargs=(shared,),
        )
        try:
            with _closing(workers, halt, wait=False):
                yield _Remote(workers)
        except BrokenProcessPool:
            raise InputError(
                f"workers = {self.workers}: a process ended before its work was done. A script "
                'must guard its start by `if __name__ == "__main__":`; if that is so, memory may '
                "have run out: ask for fewer. What is handed over must be importable there, too."
            ) from None


@dataclass(frozen=True)
class _Remote:
    processes: ProcessPoolExecutor

    def submit(self, function: Callable[..., T], /, *arguments: Any) -> Future[T]:
        return self.processes.submit(_called, function, arguments)


_shared: Shared = ()  # of this process, if it is a worker: set once, before its first call


def _become_worker(shared: Shared) -> None:
    """Ctrl-C reaches all processes of a terminal: the one that waits for the workers tells them."""
    global _shared
    from threadpoolctl import threadpool_limits

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ["OMP_NUM_THREADS"] = "1"
    threadpool_limits(1)
    _shared = shared


def _called(function: Callable[..., T], arguments: tuple[Any, ...]) -> T:
    return function(*_shared, *arguments)


@contextmanager
def _closing(workers: Workers, halt: Callable[[], None], wait: bool) -> Iterator[None]:
    """Wait for the calls at the end of a block; where an error ends it, cancel those that wait.

    wait   whether to wait then for those under way
    """
    try:
        yield
    except BaseException:
        halt()
        workers.shutdown(wait, cancel_futures=True)  # once: a second time would take that back
        raise
    workers.shutdown()


def _at_most(workers: int, tasks: int | None) -> int:
    return workers if tasks is None else max(1, min(workers, tasks))


def processes(workers: int | None) -> Executor:
    """So many processes, or for None one for each usable core; for one there is no need of any.

    Raises InputError.
    """
    if workers is None:
        workers = usable_cores()
    if isinstance(workers, bool) or not isinstance(workers, int) or workers < 1:
        raise InputError(f"workers = {workers!r}: expected a whole number of at least 1.")
    return Processes(workers) if workers > 1 else Inline()
