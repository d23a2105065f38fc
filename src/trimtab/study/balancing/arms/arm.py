"""Arms: what is done to the training rows before a learner sees them.

A new arm is a small object with a name and one method.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from trimtab._random import Key
from trimtab.predict.sample import Sample, concat
from trimtab.study.question import Part, Training, UnableError

UNTOUCHED = "as it is"
WEIGHTS = "class weights"
OVERSAMPLING = "random over-sampling"


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


@dataclass(frozen=True)
class Untouched:
    """Nothing is done."""

    name: str = UNTOUCHED
    adds: bool = False

    def training(self, part: Part, ratio: float, key: Key) -> Training:
        """The rows as they are."""
        return Training(part.sample, part.is_positive)


@dataclass(frozen=True)
class ClassWeights:
    """Rows of the smaller class count for more."""

    name: str = WEIGHTS
    adds: bool = False

    def training(self, part: Part, ratio: float, key: Key) -> Training:
        """The rows as they are, with weights of mean 1."""
        few = part.minority
        factor = max(1.0, ratio * (~few).sum() / max(few.sum(), 1))
        weights = np.where(few, factor, 1.0)
        return Training(part.sample, part.is_positive, weights / weights.mean())


@dataclass(frozen=True)
class RandomOversampling:
    """Rows of the smaller class are repeated at random."""

    name: str = OVERSAMPLING
    adds: bool = True

    def training(self, part: Part, ratio: float, key: Key) -> Training:
        """The rows, then the repeated ones. Raises UnableError where there are none to repeat."""
        few = np.flatnonzero(part.minority)
        if not len(few):
            raise UnableError("there is no row of the smaller class to repeat")
        drawn = key.generator().choice(few, part.wanting(ratio))
        return extended(part, part.sample.take(drawn))


def extended(part: Part, new: Sample) -> Training:
    """The rows of a part, then new ones of its smaller class."""
    positive = np.concatenate([part.is_positive, np.full(new.rows, part.rarer)])
    return Training(concat(part.sample.name, part.sample, new), positive, added=new.rows)
