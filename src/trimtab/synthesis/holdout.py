"""Real rows held out before anything is learned, so that a result can be judged by them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from trimtab._arrays import Bool, Int
from trimtab._random import Key
from trimtab.errors import InputError, RefusedError
from trimtab.table.persons import persons
from trimtab.table.table import Table

MAX_SHARE = 0.5
_MIN_ROWS = 2


@dataclass(frozen=True)
class HeldOut:
    """A table in two parts. `spared` rows were drawn to be held out but had to be learned from."""

    rest: Table
    held: Table
    spared: int


def hold_out(
    table: Table, share: float, by: Sequence[str], key: Key, cells: Table | None = None
) -> HeldOut:
    """Hold out a share of the rows at random; the rows of one person stay together.

    Where that would leave no row of a combination of `by`, its rows are learned from all the same:
    what no row shows cannot be generated. `cells` holds the columns `by` as they are combined, such
    as cut into bins; it is the table itself if not said.
    Raises InputError for a share that is not above 0 and at most one half, RefusedError for a
    table that is too small to be parted.
    """
    if not (isinstance(share, (int, float)) and 0 < share <= MAX_SHARE):
        raise InputError(
            f"holdout = {share!r}: expected a share of the rows above 0 and at most {MAX_SHARE}, "
            "such as 0.2."
        )
    people = persons(table)
    units = np.arange(table.rows) if people is None else people
    drawn = key.generator().random(int(units.max()) + 1) < share
    held_out = drawn[units]
    if by:
        cell = _codes(table if cells is None else cells, by)
        left = np.bincount(cell, ~held_out, minlength=int(cell.max()) + 1)
        spare = held_out & (left[cell] == 0)
        spare = held_out & np.isin(units, units[spare])  # all rows of a person, or none
    else:
        spare = np.zeros(table.rows, bool)
    held_out &= ~spare
    if held_out.sum() < _MIN_ROWS or (~held_out).sum() < _MIN_ROWS:
        raise RefusedError(
            f"holdout = {share}: of {table.rows} rows, {int(held_out.sum())} could be held out: "
            "expected at least 2, and 2 to learn from. Give more rows, a larger share, or no "
            "holdout."
        )
    return HeldOut(_rows(table, ~held_out), _rows(table, held_out), int(spare.sum()))


def _codes(table: Table, columns: Sequence[str]) -> Int:
    """Codes of the combinations of columns; a missing value is a value."""
    coded = [
        pa.array(table.column(name)).dictionary_encode(null_encoding="encode").indices.to_numpy()
        for name in columns
    ]
    codes = np.unique(np.stack(coded, axis=1), axis=0, return_inverse=True)[1]
    return np.asarray(codes, np.int64).reshape(-1)


def _rows(table: Table, mask: Bool) -> Table:
    return Table(table.schema, table.data.filter(pa.array(mask)), table.origin)
