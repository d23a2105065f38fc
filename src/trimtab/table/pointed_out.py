"""What a careful user would look at before learning a table: indices, names, rows that repeat."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from trimtab.table import personal
from trimtab.table.number import INDEX_LIKE
from trimtab.table.persons import codes_of
from trimtab.table.schema import Column, Kind, Role
from trimtab.table.table import Table

_FEW_ROWS = 20
_BY_CHANCE = 3  # times as many equal rows as columns by themselves would make are pointed out
_ODD = np.uint64(0x9E3779B97F4A7C15)  # mixes the bits of codes


def pointed_out(table: Table) -> tuple[str, ...]:
    """What is odd about the columns and the rows, a line each, with what to do."""
    lines = [line for c in table.schema if (line := _of_column(table, c))]
    repeated = repeated_rows(table)
    if repeated:
        lines.append(
            f"{repeated:,} of {table.rows:,} rows repeat an earlier one in every column: remove "
            "them if they were written twice."
        )
    return tuple(lines)


def _of_column(table: Table, column: Column) -> str | None:
    name = column.name
    if INDEX_LIKE in column.flags and column.role is not Role.DROP:
        return f"{name} counts the rows: leave it out (`drop`) unless the number means something."
    if name == table.schema.names[0] and _rises(table, column):
        return (
            f"{name} comes first and rises from row to row, as an index does: leave it out "
            "(`drop`) unless the number means something."
        )
    if any(flag.endswith("person name") for flag in column.flags):
        return f"{name} holds names of persons, and is left out."
    if personal.birth_like(name) and column.kind is Kind.DATETIME:
        return (
            f"{name} holds birth dates, which with a place and a sex find most persons: leave it "
            "out (`drop`), or keep the year alone, if the result is to be shared."
        )
    return None


def _rises(table: Table, column: Column) -> bool:
    """Whether whole numbers rise from each row to the next."""
    values = table.column(column.name)
    if column.role is Role.DROP or not pa.types.is_int64(values.type) or values.null_count:
        return False
    steps = np.diff(values.to_numpy(zero_copy_only=False))
    return len(steps) >= _FEW_ROWS and bool((steps > 0).all())


def repeated_rows(table: Table) -> int:
    """How many rows are equal to an earlier one, but for identifiers; 0 where as many would be if
    columns had nothing to do with one another."""
    columns = [c for c in table.schema if c.kind is not Kind.IDENTIFIER]
    mixed = np.zeros(table.rows, np.uint64)
    equal = table.rows * (table.rows - 1) / 2  # pairs of rows that are equal by chance
    for column in columns:
        codes = codes_of(table.column(column.name)) + 1  # 0 for missing
        shares = np.bincount(codes) / table.rows
        equal *= float((shares**2).sum())
        mixed = (mixed ^ codes.astype(np.uint64)) * _ODD
        mixed ^= mixed >> np.uint64(29)
    repeated = table.rows - len(np.unique(mixed))
    return repeated if repeated > _BY_CHANCE * equal else 0
