"""The combinations of class and sensitive columns, and how many rows each of them gets."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trimtab._arrays import Int
from trimtab.plan.plan import CLASS_ROWS, Cell, Given, Plan, cell_name
from trimtab.table.table import Table

_LISTED = 12  # cells that a message names before it says how many more there are
_MAX_CELLS = 100_000  # combinations beyond this are not gone through to find those never seen


@dataclass(frozen=True)
class Cells:
    """The combinations that rows hold, ordered by class and then by the sensitive values.

    names   of the columns: that of the class, then the sensitive ones
    of      [rows] the cell of each row
    codes   [cells, columns] each cell's place in `values`
    values  the distinct values of each column, in order, missing last; None is missing
    first   [cells] a row of each cell
    """

    names: tuple[str, ...]
    of: Int
    codes: Int
    values: tuple[tuple[Any, ...], ...]
    first: Int

    @property
    def rows(self) -> Int:
        """[cells] how many rows hold each."""
        return np.bincount(self.of, minlength=len(self.first))

    @property
    def klass(self) -> Int:
        """[cells] the class of each, by its number."""
        return self.codes[:, 0]

    def cell(self, k: int) -> tuple[Any, ...]:
        """The values of a cell, without its class."""
        return tuple(v[c] for v, c in zip(self.values, self.codes[k], strict=True))[1:]

    def plan(self, table: Table, add: Int) -> Plan:
        """The plan that adds so many rows to each cell; values are taken from rows of the table."""
        chosen = np.flatnonzero(add)
        rows, known = pa.array(self.first[chosen]), np.ones(len(chosen), bool)
        free = np.full(len(chosen), -1, np.int64)
        given = {n: Given(table.column(n).take(rows), known, free) for n in self.names}
        columns = [table.column(n).take(pa.array(self.first)).to_pylist() for n in self.names]
        counts = zip(zip(*columns, strict=True), self.rows.tolist(), add.tolist(), strict=True)
        cells = tuple(Cell(values, real, more, real + more) for values, real, more in counts)
        reason = f"{int(add.sum()):,} rows to add to {len(chosen)} cells"
        return Plan(add[chosen], given, "augment", self.names, cells, reason)


def cells_of(table: Table, names: Sequence[str]) -> Cells:
    """The cells of a table; the first column is the class, numbered from 0."""
    values, codes = [], []
    for name in names:
        column = table.column(name)
        unique = column.unique().to_pylist()
        ordered = sorted(unique, key=lambda v: (v is None, 0 if v is None else v))
        values.append(tuple(ordered))
        place = pc.index_in(column, pa.array(ordered, column.type))
        codes.append(np.asarray(place.to_numpy(zero_copy_only=False), np.int64))
    distinct, first, of = np.unique(
        np.stack(codes, axis=1), axis=0, return_index=True, return_inverse=True
    )
    return Cells(tuple(names), of.reshape(-1), distinct, tuple(values), first)


def shared_out(cells: Cells, adds: Mapping[int, int]) -> Int:
    """[cells] rows to add, where `adds` says how many to each class, by its number."""
    add = np.zeros(len(cells.first), np.int64)
    rows = cells.rows
    for klass, extra in adds.items():
        of = np.flatnonzero(cells.klass == klass)
        add[of] = levelled(rows[of], extra)
    return add


def levelled(held: Int, extra: int) -> Int:
    """How `extra` rows make counts as equal as they can: like water, they fill the lowest first.

    What is left over when all lowest counts are level goes to the first of these, one each.
    """
    low, high = int(held.min()), int(held.min()) + extra
    while low < high:  # the highest level that so many rows reach
        middle = (low + high + 1) // 2
        if np.maximum(middle - held, 0).sum() <= extra:
            low = middle
        else:
            high = middle - 1
    add = np.maximum(low - held, 0).astype(np.int64)
    lowest = np.flatnonzero(held + add == low)
    add[lowest[: extra - int(add.sum())]] += 1
    return add


def too_few(cells: Cells, add: Int, classes: Sequence[Any], least: int | None) -> str | None:
    """Why rows are not added to classes of too few; None where they are.

    `add` says how many to each cell, `classes` are the classes by number, `least` is how many rows
    a class must have: `CLASS_ROWS` if not said, and then only to be given more rows than it has.
    """
    held = np.bincount(cells.klass, cells.rows, len(classes)).astype(np.int64)
    more = np.bincount(cells.klass, add, len(classes)).astype(np.int64)
    short = (held < (least or CLASS_ROWS)) & (more > (held if least is None else 0))
    if not short.any():
        return None
    each = [
        f"{classes[k]} ({held[k]} {'row' if held[k] == 1 else 'rows'}, {more[k]:,} to add)"
        for k in np.flatnonzero(short).tolist()
    ]
    listing = "; ".join(each[:_LISTED])
    if len(each) > _LISTED:
        listing += f"; and {len(each) - _LISTED} more"
    return (
        f"y has classes of fewer than {least or CLASS_ROWS} rows, too few to learn from: {listing}."
        " Leave them as they are or add fewer rows, with a dict for `sampling_strategy`, or insist "
        "with `min_support=1`."
    )


def never_seen(
    cells: Cells, classes: Sequence[Any], named: Sequence[str], among: Sequence[int]
) -> str | None:
    """A note on the combinations that no row holds, of the classes `among`; None without any.

    `classes` are the classes by number, `named` the columns as the caller calls them.
    """
    size = len(among) * math.prod(len(v) for v in cells.values[1:])
    present = int(np.isin(cells.klass, list(among)).sum())
    if size == present:
        return None
    listing = ""
    if size <= _MAX_CELLS:
        known = set(map(tuple, cells.codes.tolist()))
        places = [range(len(v)) for v in cells.values[1:]]
        missing = [c for c in product(sorted(among), *places) if c not in known]
        texts = []
        for klass, *rest in missing[:_LISTED]:
            values = [v[c] for v, c in zip(cells.values[1:], rest, strict=True)]
            texts.append(cell_name((classes[klass], *values), tuple(named)))
        more = f"; and {len(missing) - _LISTED} more" if len(missing) > _LISTED else ""
        listing = f": {'; '.join(texts)}{more}"
    return (
        f"{size - present} of {size} combinations of class and sensitive columns hold no row and "
        f"get none, as a model would have to invent them{listing}."
    )
