"""Codes: a table as whole numbers, one int64 array a column."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from trimtab._arrays import Float, Int
from trimtab.errors import TableError

LARGEST = 2**62  # codes stay below this, so that the difference of two never overflows
MISSING = np.iinfo(np.int64).min  # the code of a missing value, below every other code


@dataclass(frozen=True)
class Codes:
    """Coded columns of equal length, by name."""

    columns: Mapping[str, Int]
    rows: int

    def take(self, rows: Int) -> Codes:
        """The rows at some positions, in that order, as often as they are named."""
        return Codes({n: c[rows] for n, c in self.columns.items()}, len(rows))

    def without(self, names: Collection[str]) -> Codes:
        """The same rows without some columns."""
        return Codes({n: c for n, c in self.columns.items() if n not in names}, self.rows)

    def __getitem__(self, name: str) -> Int:
        return self.columns[name]


def beyond(codes: Int, base: Int, sign: int = 1) -> Int:
    """How far codes lie beyond others, or before them where the sign is -1; missing where either
    is."""
    known = (codes != MISSING) & (base != MISSING)
    apart = sign * (np.where(known, codes, 0) - np.where(known, base, 0))
    return np.where(known, apart, MISSING)


def check_size(size: Float, name: str) -> None:
    """Raise TableError for a column whose codes would be too large."""
    if size.size and size.max() >= LARGEST:
        raise TableError(
            f"column {name!r} holds {size.max():.4g} at the finest of its units, and numbers end "
            f"at {LARGEST:.4g}: divide the column first, or declare it a label or an identifier."
        )
