"""The runs of a study: in order of use, side by side, kept in a file, and within the time given."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any

from pydantic import BaseModel, ValidationError

from trimtab._cores import usable_cores
from trimtab._run import Progress
from trimtab.errors import InputError, RefusedError
from trimtab.study.balancing.controls import ShuffledResult, run_shuffled
from trimtab.study.balancing.curve import CurveResult, run_curve
from trimtab.study.balancing.fold import Clock, Flag, FoldResult, OutOfTimeError, run_fold
from trimtab.study.balancing.protocol import Study
from trimtab.study.balancing.summary import Results
from trimtab.study.engine.checkpoint import Checkpoint

FOLD, SHUFFLED, CURVE = "outer folds", "shuffled classes", "learning curve"
_MIN_FOLDS = 2


@dataclass(frozen=True)
class Run:
    """One piece of work, by itself: an outer fold, the same shuffled, or one size of the curve."""

    phase: str
    fold: int
    size: int = 0

    @property
    def name(self) -> str:
        """Its name in a checkpoint."""
        return f"{self.phase} {self.fold}" + (f" {self.size}" if self.size else "")


_RESULTS: dict[str, type[BaseModel]] = {
    FOLD: FoldResult,
    SHUFFLED: ShuffledResult,
    CURVE: CurveResult,
}


@dataclass(frozen=True)
class Limits:
    """How a study may be run.

    workers      processes side by side; 1: in this one
    minutes      by the clock, after which no run is begun and runs under way end at their next
                 training; None for no end
    checkpoint   where results are kept until all is done; None for nowhere
    resume       whether to go on from there
    """

    workers: int = 1
    minutes: float | None = None
    checkpoint: Path | None = None
    resume: bool = False


def runs(study: Study) -> Iterator[Run]:
    """All runs: what the verdict needs, then the controls, then the curve fold by fold."""
    protocol = study.protocol
    outer = range(protocol.folds * protocol.repeats)
    yield from (Run(FOLD, number) for number in outer)
    yield from (Run(SHUFFLED, number) for number in outer[: protocol.folds])
    for number in outer[: protocol.curve_folds]:
        yield from (Run(CURVE, number, size) for size in protocol.sizes)


def execute(study: Study, limits: Limits, fingerprint: str, progress: Progress) -> Results:
    """Do all runs that the time allows.

    Raises InputError for a file to resume from that is of another study, RefusedError where the
    time was too short for two folds.
    """
    checkpoint = Checkpoint.opened(limits.checkpoint, limits.resume, fingerprint)
    todo = list(runs(study))
    done = _known(checkpoint, todo)
    deadline = None if limits.minutes is None else time.time() + 60 * limits.minutes
    work = _Work(study, deadline, checkpoint, todo, done, progress)
    work.tell(todo[0])
    left = [r for r in todo if r not in done]
    if limits.workers > 1 and len(left) > 1:
        _side_by_side(work, left, limits.workers)
    else:
        _one_by_one(work, left)
    folds = {r.fold: v for r, v in done.items() if isinstance(v, FoldResult)}
    if len(folds) < _MIN_FOLDS:
        raise RefusedError(
            f"minutes = {limits.minutes:g} was enough for {len(folds)} of "
            f"{study.protocol.folds * study.protocol.repeats} outer folds: at least "
            f"{_MIN_FOLDS} are needed for an interval. Give more minutes, fewer learners, or "
            "a checkpoint to go on from."
        )
    if len(done) == len(todo):
        checkpoint.discard()
    return Results(
        folds,
        {r.fold: v for r, v in done.items() if isinstance(v, ShuffledResult)},
        {(r.fold, r.size): v for r, v in done.items() if isinstance(v, CurveResult)},
        checkpoint.seconds,
    )


def _known(checkpoint: Checkpoint, todo: Sequence[Run]) -> dict[Run, Any]:
    """The results that a checkpoint holds. Raises InputError for what is none."""
    try:
        return {
            r: _RESULTS[r.phase].model_validate(checkpoint[r.name])
            for r in todo
            if r.name in checkpoint
        }
    except ValidationError as error:
        raise InputError(
            f"checkpoint {checkpoint.path} is damaged ({error.error_count()} values are amiss): "
            "remove it and begin anew."
        ) from None


@dataclass
class _Work:
    """What is shared by the ways to do it."""

    study: Study
    deadline: float | None
    checkpoint: Checkpoint
    todo: Sequence[Run]
    done: dict[Run, Any]
    progress: Progress
    took: dict[str, list[float]] = field(default_factory=dict)

    def finish(self, run: Run, timed: tuple[BaseModel, float, float]) -> None:
        """Keep a result, timed: what was found, and the seconds it took by clock and CPU."""
        result, seconds, cpu = timed
        self.took.setdefault(run.phase, []).append(seconds)
        self.done[run] = result
        self.checkpoint.add(run.name, result.model_dump(mode="json"), cpu)
        self.tell(run)

    def tell(self, run: Run) -> None:
        """Report how far the runs of its phase are."""
        total = sum(r.phase == run.phase for r in self.todo)
        self.progress(run.phase, sum(r.phase == run.phase for r in self.done), total)

    def fits(self, run: Run) -> bool:
        """Whether a run is likely to end in time."""
        if self.deadline is None:
            return True
        took = self.took.get(run.phase)
        return time.time() + (median(took) if took else 0.0) < self.deadline


def _one_by_one(work: _Work, left: Sequence[Run]) -> None:
    for run in left:
        if not work.fits(run):
            continue
        try:
            work.finish(run, _run(work.study, run, Clock(work.deadline)))
        except OutOfTimeError:
            continue


def _side_by_side(work: _Work, left: Sequence[Run], workers: int) -> None:
    """In processes that start empty: forked ones could inherit a lock of a library's threads."""
    context = get_context("spawn")
    waiting, under_way, stopped = list(left), dict[Future[Any], Run](), context.Event()
    with ProcessPoolExecutor(
        min(workers, len(left)), context, initializer=_prepare, initargs=(work.study, stopped)
    ) as pool:
        try:
            while waiting or under_way:
                while waiting and len(under_way) < workers:
                    run = waiting.pop(0)
                    if work.fits(run):
                        under_way[pool.submit(_run_prepared, run, work.deadline)] = run
                if not under_way:
                    break
                for future in wait(under_way, return_when=FIRST_COMPLETED).done:
                    run = under_way.pop(future)
                    try:
                        work.finish(run, future.result())
                    except OutOfTimeError:
                        continue
        except BrokenProcessPool:
            raise InputError(
                f"workers = {workers}: a process ended before its work was done. A script must "
                'guard its start by `if __name__ == "__main__":`; if that is so, memory may have '
                "run out: ask for fewer."
            ) from None
        except BaseException:
            stopped.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _run(study: Study, run: Run, clock: Clock) -> tuple[BaseModel, float, float]:
    began, cpu = time.time(), time.process_time()
    result: BaseModel
    if run.phase == FOLD:
        result = run_fold(study, run.fold, clock)
    elif run.phase == SHUFFLED:
        result = run_shuffled(study, run.fold, clock)
    else:
        result = run_curve(study, run.fold, run.size, clock)
    return result, time.time() - began, time.process_time() - cpu


_prepared: list[tuple[Study, Flag]] = []  # of this process, if it is a worker


def _prepare(study: Study, stopped: Flag) -> None:
    """Make this process a worker: one thread, so that workers do not fight over the cores.

    Ctrl-C reaches all processes of a terminal: the one that waits for the workers tells them.
    """
    from threadpoolctl import threadpool_limits

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ["OMP_NUM_THREADS"] = "1"
    threadpool_limits(1)
    _prepared[:] = [(study, stopped)]


def _run_prepared(run: Run, deadline: float | None) -> tuple[BaseModel, float, float]:
    study, stopped = _prepared[0]
    return _run(study, run, Clock(deadline, stopped))


def workers_of(asked: int | None) -> int:
    """How many processes: as asked, or one for each usable core. Raises InputError."""
    if asked is None:
        return usable_cores()
    if isinstance(asked, bool) or not isinstance(asked, int) or asked < 1:
        raise InputError(f"workers = {asked!r}: expected a whole number of at least 1.")
    return asked
