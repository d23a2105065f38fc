"""Gaps in what persons have once: another row of the same person tells."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trimtab._arrays import Int
from trimtab.table.persons import codes_of, persons
from trimtab.table.table import Table

_BY_CHANCE = 1e-6  # that the known values of persons agree


def known_by_others(table: Table, names: Sequence[str]) -> tuple[Table, tuple[str, ...]]:
    """The table with the gaps of columns filled whose values agree within each person, where one of
    these is known; and these columns.

    Only where it is no chance that they agree. `names` are the columns to look at.
    """
    who = persons(table)
    if who is None:
        return table, ()
    filled, data = [], table.data
    for name in names:
        column = table.column(name)
        place = _known(np.asarray(column.is_valid()), codes_of(column), who)
        if place is not None and (place >= 0).any():
            own = column.take(pa.array(place.clip(0), mask=place < 0))
            values = pc.coalesce(column, own)
            if values.null_count < column.null_count:
                data = data.set_column(data.column_names.index(name), name, values)
                filled.append(name)
    return (Table(table.schema, data, table.origin) if filled else table), tuple(filled)


def of_others(names: Sequence[str]) -> list[str]:
    """A note on such columns."""
    if not names:
        return []
    verb = "is" if len(names) == 1 else "are"
    return [
        f"{', '.join(names)} {verb} the same in all rows of each person in which there is a value: "
        "gaps take that."
    ]


def _known(there: np.ndarray, values: Int, who: Int) -> Int | None:
    """For each row the place of one that holds the value of its person, -1 where there is none;
    None for a column that persons do not have once."""
    rows = np.flatnonzero(there)
    if not len(rows):
        return None
    first = np.full(int(who.max()) + 1, -1)
    first[who[rows[::-1]]] = rows[::-1]
    again = rows[first[who[rows]] != rows]
    if (values[again] != values[first[who[again]]]).any():
        return None
    shares = np.bincount(values[rows]) / len(rows)
    alike = float(np.square(shares).sum())
    if not len(again) * np.log(alike) < np.log(_BY_CHANCE):
        return None
    return first[who]
