"""Which group of a plan each row belongs to."""

from __future__ import annotations

import numpy as np

from trimtab._arrays import Int


class Groups:
    """Which group each row (person) of a plan belongs to, without a number for each row."""

    def __init__(self, counts: Int) -> None:
        self._ends = np.cumsum(counts)
        self.rows = int(self._ends[-1]) if len(counts) else 0

    def of(self, start: int, stop: int) -> Int:
        """The groups of rows start..stop-1."""
        return np.searchsorted(self._ends, np.arange(start, stop), side="right")
