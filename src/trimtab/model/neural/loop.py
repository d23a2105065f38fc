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
from trimtab._run import Run
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
        """The state after steps done, done + 1, ... at these rates, and the losses of each."""
        ...

    def told(self, losses: Single) -> str:
        """The losses of some steps in words."""
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

    @property
    def notes(self) -> tuple[str, ...]:
        """What a careful user should know of how it ended."""
        if self.ending is Ending.FINISHED:
            return ()
        return (
            f"Training ended early after {self.schedule.done:,} steps ({self.reason}): what is "
            "kept is the best state until then.",
        )


@dataclass
class _Training(Generic[State]):
    """A training under way: the only object here that changes."""

    task: TrainingTask[State]
    schedule: RateSchedule
    state: State
    best: Arrays
    run: Run
    began: float
    stages: tuple[Stage, ...] = ()
    written: float = -math.inf
    losses: Single | None = None  # of the last steps

    def go_on(self, checkpoint: Path) -> None:
        saved = read_checkpoint(checkpoint, self.task.fingerprint)
        try:
            self.state = self.task.restored(saved.state)
        except KeyError as error:  # what is stored depends on libraries, too
            raise InputError(
                f"{checkpoint} lacks the array {error}: begin again without `resume`."
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
        now = time.time()
        if self.run.checkpoint is None:
            return
        if force or now - self.written >= _SECONDS_BETWEEN_CHECKPOINTS:
            saved = Checkpoint(
                self.task.fingerprint,
                self.schedule,
                self.task.arrays(self.state),
                self.best,
                self.stages,
            )
            write_checkpoint(self.run.checkpoint, saved)
            self.written = now

    def advance(self) -> None:
        count = self.task.steps_at_once
        rates = self.schedule.rates(count)
        self.state, losses = self.task.advance(self.state, self.schedule.done, rates)
        if not np.isfinite(losses).all():
            raise FloatingPointError(f"the loss is no number after step {self.schedule.done}")
        self.losses, self.schedule = losses, self.schedule.walked(count)

    def out_of_time(self) -> bool:
        if self.run.deadline is None:
            return False
        spent, allowed = time.time() - self.began, self.run.deadline - self.began
        if self.schedule.must_cool(spent, allowed):
            self.schedule = self.schedule.cooled()
        return spent >= allowed


def train(
    task: TrainingTask[State],
    start: State,
    schedule: RateSchedule,
    run: Run,
    validations: int,
    phase: str,
) -> Trained:
    """Train until the schedule is finished, the time is up, or somebody or something stops it.

    `validations` is about how often the held-out figure is taken. What is kept is the state that
    did best on held-out rows; where a level rate gains nothing any more, it is also where cooling
    begins.

    Raises RefusedError where nothing sound was reached, StoppedError or (by Ctrl-C)
    KeyboardInterrupt where it was stopped before anything was reached, InputError for a checkpoint
    that cannot be resumed.
    """
    training = _Training(task, schedule, start, {}, run, time.time())
    if run.resume and run.checkpoint is not None:
        training.go_on(run.checkpoint)
    every = max(1, schedule.steps // task.steps_at_once // validations) * task.steps_at_once
    ending, reason = Ending.FINISHED, ""
    with run.stop.by_ctrl_c():
        try:
            _walk(training, every, phase)
            if run.stop.asked:
                ending, reason = Ending.INTERRUPTED, "interrupted"
        except FloatingPointError as error:
            ending, reason = Ending.DIVERGED, str(error)
        except (MemoryError, RuntimeError) as error:
            if not isinstance(error, MemoryError) and not _out_of_memory(error):
                raise
            ending, reason = Ending.EXHAUSTED, "there is not enough memory"
        if not training.best:
            run.stop.check()
            raise RefusedError(
                f"training stopped before it reached anything: {reason}. "
                "Give fewer columns or rows, or another `model`."
            )
    # A training that diverged would diverge again.
    if ending in (Ending.FINISHED, Ending.DIVERGED) and run.checkpoint is not None:
        run.checkpoint.unlink(missing_ok=True)
    return Trained(training.best, training.schedule, ending, reason, training.stages)


def _walk(training: _Training[State], every: int, phase: str) -> None:
    run, late, validated = training.run, False, True
    while not (training.schedule.finished or run.stop.asked or late):
        training.advance()
        late, words = training.out_of_time(), ""
        schedule = training.schedule
        validated = schedule.done % every == 0 or schedule.finished or late
        if validated:
            assert training.losses is not None, "it has advanced"
            at, losses = schedule.done, training.task.told(training.losses)
            words = training.validate()
            run.watch(f"step {at:,}: {losses}; {words}")
            training.save()
        schedule = training.schedule
        run.progress(phase, min(schedule.done, schedule.end), schedule.end, words)
    if run.stop.asked:
        # Without the validation below, which no uninterrupted training takes.
        training.save(force=True)
        if not validated:
            training.validate()


def _out_of_memory(error: Exception) -> bool:
    return any(word in str(error) for word in _MEMORY_WORDS)
