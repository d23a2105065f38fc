"""How work is carried out: workers hear the stop and the deadline of the run that they serve."""

from __future__ import annotations

import threading
import time

import pytest

from trimtab._executor import Executor, Inline, Processes, Threads
from trimtab._run import Run, Stop, silent
from trimtab.errors import StoppedError

ALL: list[Executor] = [Inline(), Threads(2), Processes(2)]


def kind(executor: Executor) -> str:
    return type(executor).__name__


def seen(shared: str, run: Run, more: str) -> tuple[str, float | None, bool]:
    return shared + more, run.deadline, run.progress is silent


def until_stopped(run: Run) -> None:
    end = time.time() + 20
    while time.time() < end:
        run.stop.check()
        time.sleep(0.01)


@pytest.mark.parametrize("executor", ALL, ids=kind)
def test_workers_have_the_run(executor: Executor) -> None:
    run = Run(lambda *_: None, deadline=5e9, executor=executor)
    with run.pool("one") as pool:
        assert pool.submit(seen, " two").result() == ("one two", 5e9, True)


@pytest.mark.parametrize("executor", ALL, ids=kind)
def test_workers_hear_the_stop_of_another_thread(executor: Executor) -> None:
    run = Run(stop=Stop(), executor=executor)
    timer = threading.Timer(0.3, run.stop.ask)
    with run.pool(tasks=2) as pool:
        timer.start()
        futures = [pool.submit(until_stopped) for _ in range(2)]
        for future in futures:
            with pytest.raises(StoppedError):
                future.result(timeout=25)


@pytest.mark.parametrize("executor", [Threads(2), Processes(2)], ids=kind)
def test_an_error_stops_the_workers_and_not_the_run(executor: Executor) -> None:
    run, futures = Run(executor=executor), []
    with pytest.raises(ValueError), run.pool() as pool:
        futures.append(pool.submit(until_stopped))
        while not futures[0].running():
            time.sleep(0.01)
        raise ValueError
    with pytest.raises(StoppedError):
        futures[0].result(timeout=25)
    assert not run.stop.asked


def test_one_task_is_carried_out_here() -> None:
    with Run(executor=Processes(2)).pool("", tasks=1) as pool:
        assert pool.submit(seen, "x").done()
