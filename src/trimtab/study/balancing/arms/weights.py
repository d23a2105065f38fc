"""The arm that weights rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab._random import Key
from trimtab.study.balancing.arms.arm import ArmKind
from trimtab.study.question import Part, Training

WEIGHTS = "class weights"


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


KIND = ArmKind("weights", lambda table: ClassWeights(), usual=True)
