"""How the columns of rows are counted: as they are, from the row before, from the moment, or among
those of their kind."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from trimtab._arrays import Int
from trimtab.codec.domain import MISSING, beyond


class By(StrEnum):
    """What a column is counted from."""

    ITSELF = "itself"
    BEFORE = "before"  # the row before: moments, totals
    MOMENT = "moment"  # the moment of its own row: other dates
    KIND = "kind"  # the numbers of its kind: see `standing`, which tells steps and codes


@dataclass(frozen=True, eq=False)
class Counting:
    """How one column is counted.

    waves  of moments that come in waves, as in a survey: all of their codes, ascending. They are
           counted by their places among these
    """

    by: By = By.ITSELF
    waves: Int | None = None

    def steps(self, codes: Int, base: Int) -> Int:
        """How far codes lie beyond others; missing where either is. The codes, of `ITSELF`."""
        if self.by is By.ITSELF:
            return codes
        if self.waves is not None:
            codes, base = self._places(codes), self._places(base)
        return beyond(codes, base)

    def codes(self, steps: Int, base: Int) -> Int:
        """The codes that lie so far beyond others."""
        if self.by is By.ITSELF:
            return steps
        known = (steps != MISSING) & (base != MISSING)
        steps, base = np.where(known, steps, 0), np.where(known, base, 0)
        if self.waves is None:
            return np.where(known, base + steps, MISSING)
        at = (self._places(base) + steps).clip(0, len(self.waves) - 1)
        return np.where(known, self.waves[at], MISSING)

    def _places(self, codes: Int) -> Int:
        """The places among the waves; of a code that is none of them, that of the one below, and
        missing of missing."""
        assert self.waves is not None
        places = (np.searchsorted(self.waves, codes, "right") - 1).clip(0)
        return np.where(codes == MISSING, MISSING, places)
