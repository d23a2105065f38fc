"""How uneven the values of a column are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pyarrow.compute as pc

from trimtab.table.table import Table


@dataclass(frozen=True)
class Imbalance:
    """The values of one column with their rows, the most frequent first.

    `ratio` is the rows of the most frequent value over those of the least frequent one.
    """

    column: str
    values: tuple[tuple[Any, int], ...]
    missing_rows: int

    @property
    def ratio(self) -> float:
        """Rows of the largest value over rows of the smallest; 1 is balanced."""
        return self.values[0][1] / self.values[-1][1] if self.values else 1.0


def imbalance(table: Table, name: str) -> Imbalance:
    """Count the values of one column. Raises ColumnError if there is no such column."""
    values = table.column(name)
    counted = pc.value_counts(values.drop_null()).to_pylist()
    pairs = sorted(((c["values"], c["counts"]) for c in counted), key=lambda p: (-p[1], str(p[0])))
    return Imbalance(name, tuple(pairs), values.null_count)
