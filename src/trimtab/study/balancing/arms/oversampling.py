"""The arm that repeats rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab._random import Key
from trimtab.study.balancing.arms.arm import ArmKind, extended
from trimtab.study.question import Part, Training, UnableError

OVERSAMPLING = "random over-sampling"


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


KIND = ArmKind("oversample", lambda table: RandomOversampling(), usual=True)
