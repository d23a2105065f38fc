"""The loop that trains a model by steps, whatever the model is."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Generic, Protocol, TypeVar

import numpy as np

from trimtab._arrays import Arrays, Single
from trimtab._run import Interruption, Progress, interruption
from trimtab.errors import InputError, RefusedError
from trimtab.model.neural.checkpoint import Checkpoint, Stage, read_checkpoint, write_checkpoint
from trimtab.model.neural.rate_schedule import RateSchedule

State = TypeVar("State")

_SECONDS_BETWEEN_CHECKPOINTS = 15.0
_MEMORY_WORDS = ("RESOURCE_EXHAUSTED", "out of memory", "bad_alloc")


@dataclass(frozen=True)
class Validation:
    """What the validation of a state showed.

    figure  how good it is on rows that it was not trained on; higher is better
    words   the same in words
    sample  what it would draw, as named arrays; empty for what need not be watched
    """

    figure: float
    words: str
    sample: Arrays


class TrainingTask(Protocol[State]):
    """What is trained, as the loop sees it. A state is opaque to the loop."""

    @property
    def fingerprint(self) -> str:
        """What is trained, on what: a checkpoint of another one is refused."""
        ...

    @property
    def steps_at_once(self) -> int:
        """Steps of one call of `advance`."""
        ...

    def advance(self, state: State, done: int, rates: Single) -> tuple[State, Single]:
        """The state after steps done, done + 1, ... at these rates, and the loss of each."""
        ...

    def validate(self, state: State) -> Validation:
        """How good a state is on rows that it was not trained on."""
        ...

    def arrays(self, state: State) -> Arrays:
        """All of a state as named arrays."""
        ...

    def restored(self, arrays: Arrays) -> State:
        """The state that `arrays` came from. Raises KeyError where one is missing."""
        ...


class Ending(StrEnum):
    """Why a training stopped."""

    FINISHED = "finished"
    INTERRUPTED = "interrupted"
    DIVERGED = "diverged"
    EXHAUSTED = "exhausted"


@dataclass(frozen=True)
class Trained:
    """The best state, the schedule that led to it, why it ended, the reason in words, and the
    stages on the way to where it ended.
    """

    best: Arrays
    schedule: RateSchedule
    ending: Ending
    reason: str = ""
    stages: tuple[Stage, ...] = ()


@dataclass(frozen=True)
class Limits:
    """How long to train, and where to keep what was reached.

    minutes     of wall-clock time, at most; None for no limit
    checkpoint  a file that is written while training, and removed where nothing is left to resume
    resume      go on from that file
    """

    minutes: float | None = None
    checkpoint: Path | None = None
    resume: bool = False


@dataclass
class _Run(Generic[State]):
    """A training under way: the only object here that changes."""

    task: TrainingTask[State]
    schedule: RateSchedule
    state: State
    best: Arrays
    limits: Limits
    began: float
    stages: tuple[Stage, ...] = ()
    written: float = -math.inf

    def go_on(self, checkpoint: Path) -> None:
        saved = read_checkpoint(checkpoint, self.task.fingerprint)
        try:
            self.state = self.task.restored(saved.state)
        except KeyError as error:  # what is stored depends on libraries, too
            raise InputError(
                f"{checkpoint} lacks the array {error}: begin again without --resume."
            ) from None
        self.schedule, self.best, self.stages = saved.schedule, saved.best, saved.stages

    def validate(self) -> str:
        validation = self.task.validate(self.state)
        if not math.isfinite(validation.figure):
            raise FloatingPointError("the held-out figure is no number")
        if self.schedule.keeps(validation.figure):
            self.best = self.task.arrays(self.state)
        self.stages += (Stage(self.schedule.done, validation.figure, validation.sample),)
        self.schedule = self.schedule.validated(validation.figure)
        if self.schedule.stuck:
            self.schedule, self.state = self.schedule.back(), self.task.restored(self.best)
            self.stages = tuple(s for s in self.stages if s.step <= self.schedule.done)
        return validation.words

    def save(self, force: bool = False) -> None:
        now = time.monotonic()
        if self.limits.checkpoint is None:
            return
        if force or now - self.written >= _SECONDS_BETWEEN_CHECKPOINTS:
            saved = Checkpoint(
                self.task.fingerprint,
                self.schedule,
                self.task.arrays(self.state),
                self.best,
                self.stages,
            )
            write_checkpoint(self.limits.checkpoint, saved)
            self.written = now

    def advance(self) -> None:
        count = self.task.steps_at_once
        rates = self.schedule.rates(count)
        self.state, losses = self.task.advance(self.state, self.schedule.done, rates)
        if not np.isfinite(losses).all():
            raise FloatingPointError(f"the loss is no number after step {self.schedule.done}")
        self.schedule = self.schedule.walked(count)

    def out_of_time(self) -> bool:
        if self.limits.minutes is None:
            return False
        spent, allowed = time.monotonic() - self.began, 60 * self.limits.minutes
        if self.schedule.must_cool(spent, allowed):
            self.schedule = self.schedule.cooled()
        return spent >= allowed


def train(
    task: TrainingTask[State],
    start: State,
    schedule: RateSchedule,
    limits: Limits,
    validations: int,
    progress: Progress,
    phase: str,
) -> Trained:
    """Train until the schedule is finished, the time is up, or somebody or something stops it.

    `validations` is about how often the held-out figure is taken. What is kept is the state that
    did best on held-out rows; where a level rate gains nothing any more, it is also where cooling
    begins.

    Raises RefusedError where nothing sound was reached, KeyboardInterrupt where nothing was reached
    before the interruption, InputError for a checkpoint that cannot be resumed.
    """
    run = _Run(task, schedule, start, {}, limits, time.monotonic())
    if limits.resume and limits.checkpoint is not None:
        run.go_on(limits.checkpoint)
    every = max(1, schedule.steps // task.steps_at_once // validations) * task.steps_at_once
    ending, reason = Ending.FINISHED, ""
    with interruption() as wish:
        try:
            _walk(run, every, wish, progress, phase)
            if wish.asked:
                ending, reason = Ending.INTERRUPTED, "interrupted"
        except FloatingPointError as error:
            ending, reason = Ending.DIVERGED, str(error)
        except (MemoryError, RuntimeError) as error:
            if not isinstance(error, MemoryError) and not _out_of_memory(error):
                raise
            ending, reason = Ending.EXHAUSTED, "there is not enough memory"
    if not run.best:
        if ending is Ending.INTERRUPTED:
            raise KeyboardInterrupt
        raise RefusedError(
            f"training stopped before it reached anything: {reason}. "
            "Give fewer columns or rows, or another --model."
        )
    # A training that diverged would diverge again.
    if ending in (Ending.FINISHED, Ending.DIVERGED) and limits.checkpoint is not None:
        limits.checkpoint.unlink(missing_ok=True)
    return Trained(run.best, run.schedule, ending, reason, run.stages)


def _walk(run: _Run[State], every: int, wish: Interruption, progress: Progress, phase: str) -> None:
    late, validated = False, True
    while not (run.schedule.finished or wish.asked or late):
        run.advance()
        late, words = run.out_of_time(), ""
        validated = run.schedule.done % every == 0 or run.schedule.finished or late
        if validated:
            words = run.validate()
            run.save()
        progress(phase, min(run.schedule.done, run.schedule.end), run.schedule.end, words)
    if wish.asked:
        run.save(force=True)  # without the validation below, which no uninterrupted training takes
        if not validated:
            run.validate()


def _out_of_memory(error: Exception) -> bool:
    return any(word in str(error) for word in _MEMORY_WORDS)
