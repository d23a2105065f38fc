"""What a study gives to the engine: its pieces in order, and how one of them is carried out."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from pydantic import BaseModel

from trimtab._run import Run


class OutOfTimeError(Exception):
    """The time that was given is over; the piece that was begun is dropped."""


def check(run: Run) -> None:
    """Raise what ends a piece before it is done: what `Stop.check` raises, or OutOfTimeError."""
    run.stop.check()
    if run.deadline is not None and time.time() > run.deadline:
        raise OutOfTimeError


@dataclass(frozen=True)
class Piece:
    """Work that is done by itself, such as one outer fold.

    phase   what is told of as one on the way
    place   which one it is in its phase
    """

    phase: str
    place: tuple[int, ...]

    @property
    def name(self) -> str:
        """Its name in a checkpoint."""
        return " ".join([self.phase, *map(str, self.place)])


class Work(Protocol):
    """All that is to be done. Handed to every process, so it holds data and no state."""

    @property
    def fingerprint(self) -> str:
        """Of everything that results hang on: a checkpoint of other work is refused."""
        ...

    @property
    def results(self) -> Mapping[str, type[BaseModel]]:
        """The type of what a piece gives, by phase."""
        ...

    def pieces(self) -> Iterable[Piece]:
        """All pieces, in order of use: where time is short, the last are left undone."""
        ...

    def carry_out(self, piece: Piece, run: Run) -> BaseModel:
        """Carry out one piece. Calls `check(run)` between its steps; what that raises comes out."""
        ...
