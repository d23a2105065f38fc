"""Ctrl-C as a wish to stop soon, not as an exception in the middle of a step."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType


@dataclass
class Interruption:
    """Whether the person at the terminal asked to stop."""

    asked: bool = False


@contextmanager
def interruption() -> Iterator[Interruption]:
    """Watch for Ctrl-C: the first asks to stop, the second interrupts at once.

    Outside of the main thread, where Python allows no handler, nothing is watched.
    """
    found = Interruption()
    if threading.current_thread() is not threading.main_thread():
        yield found
        return

    def note(number: int, frame: FrameType | None) -> None:
        if found.asked:
            raise KeyboardInterrupt
        found.asked = True

    before = signal.signal(signal.SIGINT, note)
    try:
        yield found
    finally:
        signal.signal(signal.SIGINT, before)
