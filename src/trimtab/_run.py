"""How work is carried out: what it tells on the way, when it has to end, and what it keeps."""

from __future__ import annotations

import signal
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import FrameType
from typing import Any, Protocol

from trimtab._executor import Event, Executor, Inline, Pool
from trimtab.errors import InputError, StoppedError, TableWarning

_SECONDS_BETWEEN_LOOKS = 0.1


class Progress(Protocol):
    """Called with the phase, how much of it is done, and how much there is in all.

    `figure` says in words how good what was reached is, where that is known.
    """

    def __call__(self, phase: str, done: int, total: int, figure: str = "") -> None:
        """Report."""
        ...


def unheard(line: str) -> None:
    """Let a line pass."""


def aloud(line: str) -> None:
    """Warn as Python does, where the caller of a verb is."""
    warnings.warn(line, TableWarning, stacklevel=5)


def silent(phase: str, done: int, total: int, figure: str = "") -> None:
    """Report no progress."""


class Stop:
    """A wish that work should end soon. Any thread may say it; the work hears it between steps.

    A training ends early then with what it reached, which `fit` gives back and a checkpoint keeps;
    whatever else is under way, or would follow, raises StoppedError.
    """

    def __init__(self, event: Event | None = None) -> None:
        self._event: Event = threading.Event() if event is None else event
        self._pressed = False

    def ask(self) -> None:
        """Ask the work to end soon."""
        self._event.set()

    @property
    def asked(self) -> bool:
        """Whether it was asked to end, be it by Ctrl-C."""
        return self._pressed or self._event.is_set()

    def check(self) -> None:
        """Raise StoppedError if it was asked to end; KeyboardInterrupt, if that was by Ctrl-C."""
        if self._pressed:
            raise KeyboardInterrupt
        if self.asked:
            raise StoppedError("the work was stopped.")

    @contextmanager
    def by_ctrl_c(self) -> Iterator[None]:
        """Inside, take Ctrl-C as this wish: the first asks, the second interrupts at once.

        Outside of the main thread, where Python allows no handler, Ctrl-C is not heard.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def note(number: int, frame: FrameType | None) -> None:
            if self._pressed:
                raise KeyboardInterrupt
            self._pressed = True

        before = signal.signal(signal.SIGINT, note)
        try:
            yield
        finally:
            self._pressed = False
            # None is a handler that was not set from Python, and cannot be set again from it.
            signal.signal(signal.SIGINT, signal.SIG_DFL if before is None else before)


@dataclass(frozen=True)
class Run:
    """How work is carried out; the same for whatever is asked.

    progress    hears how far the work is
    stop        says whether it should stop soon
    deadline    when trainings and studies have to end, by `time.time`; None for no end
    checkpoint  a file that keeps what was reached, until all of it is done; None for nowhere
    resume      go on from that file
    executor    where what can go side by side is carried out
    warn        hears what a user should know before the work begins
    watch       hears, at each look at held-out rows, a line on how a training goes: its losses, and
                the figure that decides
    """

    progress: Progress = silent
    stop: Stop = field(default_factory=Stop)
    deadline: float | None = None
    checkpoint: Path | None = None
    resume: bool = False
    executor: Executor = field(default_factory=Inline)
    warn: Callable[[str], None] = unheard
    watch: Callable[[str], None] = unheard

    def __post_init__(self) -> None:
        if self.resume and self.checkpoint is None:
            raise InputError(
                "`resume` was asked without a `checkpoint`: give the file to go on from."
            )

    def tell(self, phase: str, done: int, total: int, figure: str = "") -> None:
        """Report progress, and raise what `Stop.check` raises."""
        self.stop.check()
        if figure:
            self.progress(phase, done, total, figure)
        else:  # a caller who wants no figures may give a function that takes none
            self.progress(phase, done, total)

    def within(self, minutes: float | None) -> Run:
        """The same work, which has to end in so many minutes from now, if not before."""
        if minutes is None:
            return self
        end = time.time() + 60 * minutes
        return replace(self, deadline=end if self.deadline is None else min(end, self.deadline))

    @property
    def minutes_left(self) -> float | None:
        """The minutes until the deadline, 0 behind it; None without one."""
        return None if self.deadline is None else max(0.0, (self.deadline - time.time()) / 60)

    @contextmanager
    def pool(self, *shared: Any, tasks: int | None = None) -> Iterator[Pool]:
        """Workers of the executor, for the time of a `with` block; here, where there is one task.

        Calls get what is shared, then a silent Run that has this one's deadline and is asked to
        stop when this one is, or when an error ends the block; then their own arguments.
        """
        executor = self.executor if tasks is None or tasks > 1 else Inline()
        inner = Run(stop=self.stop, deadline=self.deadline)
        event = executor.event()
        if event is None:
            with executor.pool(*shared, inner, tasks=tasks) as pool:
                yield pool
            return
        inner = replace(inner, stop=Stop(event))
        with (
            _passed_on(self.stop, event),
            executor.pool(*shared, inner, tasks=tasks, halt=event.set) as pool,
        ):
            yield pool


@contextmanager
def _passed_on(stop: Stop, event: Event) -> Iterator[None]:
    """Inside, set an event soon after work is asked to stop, whoever waits for what."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(_SECONDS_BETWEEN_LOOKS):
            if stop.asked:
                event.set()
                return

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()
