"""Codes: a table as whole numbers, one int64 array a column."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Int = NDArray[np.int64]
Float = NDArray[np.float64]

MISSING = np.iinfo(np.int64).min  # the code of a missing value, below every other code


@dataclass(frozen=True)
class Codes:
    """Coded columns of equal length, by name."""

    columns: Mapping[str, Int]
    rows: int

    def take(self, rows: Int) -> Codes:
        """The rows at some positions, in that order, as often as they are named."""
        return Codes({n: c[rows] for n, c in self.columns.items()}, len(rows))

    def __getitem__(self, name: str) -> Int:
        return self.columns[name]
