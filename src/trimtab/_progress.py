"""How long work tells how far it is."""

from __future__ import annotations

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
