"""Arms: what is done to the training rows before a learner sees them.

A new arm is one file, with an object of a name and one method and the `ArmKind` by which callers
ask for it, and one line in `catalogue`; of another package it is an entry point: see
docs/extending.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from trimtab._random import Key
from trimtab.predict.sample import Sample, concat
from trimtab.study.question import Part, Training
from trimtab.table.table import Table


class Arm(Protocol):
    """What is done to training rows.

    adds   whether it adds rows
    """

    @property
    def name(self) -> str:
        """How people call it."""
        ...

    @property
    def adds(self) -> bool:
        """Whether it adds rows."""
        ...

    def training(self, part: Part, ratio: float, key: Key) -> Training:
        """The rows to train on, with `ratio` rows of the smaller class to one of the other.

        Looks at the rows of the part alone. Raises UnableError where it cannot.
        """
        ...


def needs_nothing() -> None:
    """Find nothing missing."""


@dataclass(frozen=True)
class ArmKind:
    """A kind of arm, as the list of them knows it.

    short            the name by which callers ask for it
    arm              gives the arm for a table: the features of all rows of the question, and the
                     column that names persons
    usual            whether it is compared if nothing is said
    check_installed  raises InputError, which says what to do, where a library is missing
    family           what is said not to be compared then
    """

    short: str
    arm: Callable[[Table], Arm]
    usual: bool = False
    check_installed: Callable[[], None] = needs_nothing
    family: str = ""


def extended(part: Part, new: Sample) -> Training:
    """The rows of a part, then new ones of its smaller class."""
    positive = np.concatenate([part.is_positive, np.full(new.rows, part.rarer)])
    return Training(concat(part.sample.name, part.sample, new), positive, added=new.rows)
