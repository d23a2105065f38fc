"""Means and shares of a table's columns, with their sampling variances."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trimtab.codec.codec import persons
from trimtab.codec.domain import Float, Int
from trimtab.table.schema import Kind
from trimtab.table.table import Table

_VALUES = 20  # of a label, the most frequent ones


@dataclass(frozen=True)
class Question:
    """A figure of one column: the mean of a number, or the share of a label's `value`."""

    column: str
    value: object = None

    @property
    def name(self) -> str:
        """The figure in words."""
        if self.value is None:
            return f"mean of {self.column}"
        return f"share of {self.column} = {self.value}"


def questions(table: Table) -> tuple[Question, ...]:
    """A mean for each number and a share for each value of each label; none where cells are missing
    still.

    Of a label the 20 most frequent values.
    """
    found: list[Question] = []
    for column in table.schema:
        if not column.modelled or table.column(column.name).null_count:
            continue
        if column.kind is Kind.NUMBER:
            found.append(Question(column.name))
        elif column.kind in (Kind.LABEL, Kind.FLAG):
            counts = Counter(table.column(column.name).to_pylist())
            values = sorted(counts, key=lambda v: (-counts[v], str(v)))[:_VALUES]
            found += [Question(column.name, v) for v in values]
    return tuple(found)


def answers(table: Table, asked: Sequence[Question]) -> list[tuple[float, float]]:
    """Estimate and sampling variance of each figure.

    Where there is an entity column its persons are what was sampled, with all their rows: the
    variance is that of a ratio of person totals (Cochran 1977, section 9A).
    """
    units = units_of(table)
    found = []
    for question in asked:
        column = table.column(question.column)
        if question.value is None:
            x = np.asarray(column.to_numpy(zero_copy_only=False), float)
        else:
            wanted = pa.scalar(question.value, column.type)
            x = np.asarray(pc.equal(column, wanted), float)
        found.append(_mean(x, units))
    return found


def units_of(table: Table) -> Int:
    """The number of each row's person, from 0 on; of each row where no column names persons."""
    who = persons(table)
    return np.arange(table.rows) if who is None else np.unique(who, return_inverse=True)[1]


def _mean(x: Float, units: Int) -> tuple[float, float]:
    off = np.bincount(units, x - x.mean())
    many = len(off)
    spread = float(np.square(off).sum()) / len(x) ** 2
    return float(x.mean()), spread * many / (many - 1) if many > 1 else 0.0
