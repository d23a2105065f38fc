"""How work is carried out: how it tells how far it is, and how it hears that it should stop."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Protocol


class Progress(Protocol):
    """Called with the phase, how much of it is done, and how much there is in all.

    `figure` says in words how good what was reached is, where that is known.
    """

    def __call__(self, phase: str, done: int, total: int, figure: str = "") -> None:
        """Report."""
        ...


def silent(phase: str, done: int, total: int, figure: str = "") -> None:
    """Report no progress."""


@dataclass
class Interruption:
    """Whether the person at the terminal asked to stop."""

    asked: bool = False


@contextmanager
def interruption() -> Iterator[Interruption]:
    """Watch for Ctrl-C as a wish to stop soon: the first asks to stop, the second interrupts.

    Outside of the main thread, where Python allows no handler, nothing is watched.
    """
    wish = Interruption()
    if threading.current_thread() is not threading.main_thread():
        yield wish
        return

    def note(number: int, frame: FrameType | None) -> None:
        if wish.asked:
            raise KeyboardInterrupt
        wish.asked = True

    before = signal.signal(signal.SIGINT, note)
    try:
        yield wish
    finally:
        signal.signal(signal.SIGINT, before)
