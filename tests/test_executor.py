"""Work that goes side by side: in order, with errors unchanged, and ended when it is to end."""

from __future__ import annotations

import os
import signal
import threading
import time
from concurrent.futures import Future
from typing import Any

import pytest

from trimtab._executor import Event, Executor, Inline, Processes, Threads, processes
from trimtab.errors import ColumnError, InputError

ALL: list[Executor] = [Inline(), Threads(2), Processes(2)]
SIDE_BY_SIDE: list[Executor] = [Threads(2), Processes(2)]


def kind(executor: Executor) -> str:
    return type(executor).__name__


def added(base: int, more: int) -> int:
    time.sleep(0.02 * (more % 2))  # so that they do not end in the order in which they began
    return base + more


def failing(base: int, more: int) -> int:
    raise ColumnError(f"there is no column {base + more}")


def dying(base: int) -> None:
    os._exit(1)


def surroundings(base: int) -> tuple[int, str | None, Any]:
    return os.getpid(), os.environ.get("OMP_NUM_THREADS"), signal.getsignal(signal.SIGINT)


def ending(event: Event) -> bool:
    """Go on until the event is set, and say whether it was."""
    end = time.time() + 20
    while not event.is_set() and time.time() < end:
        time.sleep(0.01)
    return event.is_set()


def here(base: int) -> int:
    return threading.get_ident()


@pytest.mark.parametrize("executor", ALL, ids=kind)
def test_results_are_those_of_the_calls(executor: Executor) -> None:
    with executor.pool(100) as pool:
        futures = [pool.submit(added, k) for k in range(6)]
        assert [f.result() for f in futures] == [100, 101, 102, 103, 104, 105]


@pytest.mark.parametrize("executor", ALL, ids=kind)
def test_errors_come_out_unchanged(executor: Executor) -> None:
    with executor.pool(1) as pool:
        future, other = pool.submit(failing, 2), pool.submit(added, 2)
        with pytest.raises(ColumnError, match=r"^there is no column 3$"):
            future.result()
        assert other.result() == 3  # the pool goes on


@pytest.mark.parametrize("executor", SIDE_BY_SIDE, ids=kind)
@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_an_interrupt_halts_what_is_under_way_and_cancels_what_waits(
    executor: Executor, error: type[BaseException]
) -> None:
    event = executor.event()
    assert event is not None
    futures: list[Future[bool]] = []
    with pytest.raises(error), executor.pool(event, halt=event.set) as pool:
        futures += [pool.submit(ending) for _ in range(40)]
        while not futures[0].running():
            time.sleep(0.01)
        raise error
    assert futures[0].result(timeout=20) is True
    end = time.time() + 20
    while not all(future.done() for future in futures) and time.time() < end:
        time.sleep(0.01)
    assert futures[-1].cancelled()


def test_an_interrupt_is_not_held_back_here() -> None:
    def pressed() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), Inline().pool() as pool:
        pool.submit(pressed)
    assert Inline().event() is None


def test_here_is_this_thread() -> None:
    with Inline().pool(0) as pool:
        assert pool.submit(here).done()
        assert pool.submit(here).result() == threading.get_ident()
    with Threads(2).pool(0) as pool:
        assert pool.submit(here).result() != threading.get_ident()


def test_a_process_is_prepared() -> None:
    with Processes(2).pool(0, tasks=1) as pool:
        process, threads, handler = pool.submit(surroundings).result()
        assert process != os.getpid()
        assert (threads, handler) == ("1", signal.SIG_IGN)
        assert pool.submit(surroundings).result()[0] == process  # for one task, one is enough


def test_a_worker_that_dies_is_told() -> None:
    """As all do that a script without a guarded start starts."""
    with (
        pytest.raises(InputError, match=r"workers = 2: a process ended.*__main__"),
        Processes(2).pool(0) as pool,
    ):
        pool.submit(dying).result()


def test_how_many_processes() -> None:
    assert processes(3) == Processes(3)
    assert processes(1) == Inline()
    assert processes(None).workers >= 1
    bad: list[Any] = [0, -1, 1.5, True, "2"]
    for asked in bad:
        with pytest.raises(InputError, match=r"workers = .*: expected a whole number"):
            processes(asked)
