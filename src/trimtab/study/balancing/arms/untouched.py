"""The arm that does nothing: what all others are compared to."""

from __future__ import annotations

from dataclasses import dataclass

from trimtab._random import Key
from trimtab.study.balancing.arms.arm import ArmKind
from trimtab.study.question import Part, Training

UNTOUCHED = "as it is"


@dataclass(frozen=True)
class Untouched:
    """Nothing is done."""

    name: str = UNTOUCHED
    adds: bool = False

    def training(self, part: Part, ratio: float, key: Key) -> Training:
        """The rows as they are."""
        return Training(part.sample, part.is_positive)


KIND = ArmKind("none", lambda table: Untouched(), usual=True)
