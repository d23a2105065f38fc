"""Tables of persons with several rows each: what a person has once, and what orders its rows.

Panel data, as statisticians say. What the values tell stands in the schema, where it can be edited:
`per` of each column, and the role `order`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trimtab._arrays import Int
from trimtab.errors import InputError, unknown_column
from trimtab.table import personal
from trimtab.table.persons import Grouped, codes_of, persons
from trimtab.table.schema import Column, Kind, Per, Role, Schema
from trimtab.table.table import Table

_MOMENTS = frozenset(
    {"date", "day", "time", "datetime", "timestamp", "year", "month", "week", "wave", "visit"}
    | {"period", "seq", "sequence", "order", "round", "quarter", "encounter", "turn", "step"}
)
_FEW = 0.05  # of the persons with several rows, in whom a column changes that is nearly constant
_GAP = -1  # the rank of a missing value


def described(table: Table) -> Table:
    """The table with a schema that says what persons have once, and what orders their rows.

    What a schema says already stays: where it says `per` of any column, no order is looked for.
    A table without persons of several rows is as it was.
    """
    schema, who = table.schema, persons(table)
    if schema.locked or who is None or all(c.per or not _told(c) for c in schema):
        return table
    grouped = Grouped(np.unique(who, return_inverse=True)[1])
    if len(grouped.starts) == table.rows:
        return table
    told = _Panel(table, grouped)
    columns = tuple(told.column(c) for c in schema)
    new = schema.model_copy(update={"columns": columns})
    return replace(table, schema=new)


def settled(schema: Schema, names: Collection[str]) -> Schema:
    """The schema that says of some columns that persons have them once, although they may change.

    Raises ColumnError for columns that are not there, InputError where nothing says whose rows are.
    """
    for name in names:
        if name not in schema:
            raise unknown_column(name, schema.names, "constant")
        if schema.entity is None:
            raise InputError(
                f"constant = {name!r}: no column says whose the rows are: mark one as `entity` in "
                "the schema (trimtab inspect DATA -o schema.toml)."
            )
        column, reason = schema[name], "persons have it once, on request"
        role = Role.KEEP if column.role is Role.ORDER else column.role
        schema = schema.change(name, per=Per.PERSON, role=role, reason=reason)
    return schema


def order_of(table: Table) -> Int | None:
    """Ranks of the column that orders the rows of persons, shape (rows,); None without one.

    Raises InputError where it orders nothing, for it has gaps or holds no numbers or dates.
    """
    column = table.schema.order
    if column is None:
        return None
    if not _orders(column, table.column(column.name)):
        raise InputError(
            f"column {column.name!r} has the role order and is a {column.kind}: expected numbers, "
            'dates or numbered identifiers. Give it another role, such as "keep", in the schema.'
        )
    gaps = table.column(column.name).null_count
    if gaps:
        raise InputError(
            f"column {column.name!r} is to order the rows of persons and has no value in {gaps:,} "
            'of them: fill these, leave the rows out, or give it the role "keep" in the schema.'
        )
    return ranks(table.column(column.name))


def ranks(values: pa.Array) -> Int:
    """A number for each value, in the order of numbers and dates, and -1 where there is none."""
    if pa.types.is_string(values.type):
        return codes_of(values)
    filled = np.asarray(pc.is_valid(values))
    found = np.full(len(values), _GAP, np.int64)
    known = values.drop_null()
    if pa.types.is_temporal(known.type):
        known = known.cast(pa.int32() if pa.types.is_date32(known.type) else pa.int64())
    found[filled] = np.unique(known.to_numpy(zero_copy_only=False), return_inverse=True)[1]
    return found


def _told(column: Column) -> bool:
    """Whether it is said of a column what has it once: not of persons' ids, or what is left out."""
    return column.role is not Role.DROP and column.kind is not Kind.ENTITY


def _orders(column: Column, values: pa.Array) -> bool:
    """Whether the values of a column come in an order."""
    if column.kind is Kind.DATETIME:
        return True
    whole = pa.types.is_integer(values.type)
    if column.kind is Kind.NUMBER:
        return whole or column.decimals is not None
    return whole and column.kind in (Kind.LABEL, Kind.IDENTIFIER)


@dataclass(frozen=True, eq=False)
class _Panel:
    """A table and its rows by persons."""

    table: Table
    grouped: Grouped

    @cached_property
    def ranks(self) -> Mapping[str, Int]:
        """Ranks of all columns of which something is told."""
        named = [c.name for c in self.table.schema if _told(c)]
        return {name: ranks(self.table.column(name)) for name in named}

    @cached_property
    def changed(self) -> Mapping[str, int]:
        """In how many persons each column changes."""
        return {name: int(self.grouped.changes(r).sum()) for name, r in self.ranks.items()}

    @cached_property
    def order(self) -> tuple[str, str] | None:
        """The column that orders rows, and why."""
        schema = self.table.schema
        if schema.order is not None or any(c.per for c in schema):
            return None
        may = [c for c in self._varying() if c.role is Role.KEEP]
        dates = [c for c in may if c.kind is Kind.DATETIME]
        if dates:
            best = max(dates, key=lambda c: _named(c.name))  # the first, of equals
            return best.name, "a date or time in each row"
        numbers = [c.name for c in may if c.kind is not Kind.IDENTIFIER]
        rising = [n for n in numbers if self.grouped.rises(self.ranks[n])]
        apart = [n for n in numbers if self.grouped.tells_apart(self.ranks[n])]
        for name in numbers:
            if _named(name) and (name in rising or name in apart):
                what = "it never falls" if name in rising else "no two rows share one"
                return name, f"its name says so, and in a person {what}"
        for name in (n for n in rising if n in apart):
            return name, "it rises from row to row of each person"
        hidden = [c.name for c in may if c.kind is Kind.IDENTIFIER]
        if len(hidden) == 1:
            (name,) = hidden
            if not self.grouped.together or self.grouped.rises(self.ranks[name]):
                return name, "it numbers the rows, and nothing else tells their order"
        return None

    def _varying(self) -> Iterator[Column]:
        """The columns without gaps that come in an order and change in some persons."""
        for column in self.table.schema:
            name = column.name
            if name not in self.ranks or not self.changed[name]:
                continue
            if (self.ranks[name] >= 0).all() and _orders(column, self.table.column(name)):
                yield column

    def _could_order(self, column: Column) -> bool:
        """Whether a column with gaps is a date or time, or a number that is called like one."""
        dated = column.kind is Kind.DATETIME or _named(column.name)
        return dated and _orders(column, self.table.column(column.name))

    def column(self, column: Column) -> Column:
        """A column with what is told of it."""
        if not _told(column):
            return column
        orders = self.order is not None and self.order[0] == column.name
        if column.per is not None and not orders:
            return column
        changed, several = self.changed[column.name], int((self.grouped.counts > 1).sum())
        per = Per.ROW if changed else Per.PERSON
        why = "the same in all rows of each person"
        if per is Per.ROW:
            why = "differs between rows of a person"
            if 0 < changed < _FEW * several:
                why = f"changes in {changed} of {several} persons: nearly the same in all rows"
        gaps = int((self.ranks[column.name] < 0).sum())
        if per is Per.ROW and gaps and self._could_order(column):
            why += f"; it could order them, had {gaps:,} rows no gap there"
        role = column.role
        if orders:
            assert self.order is not None
            role, why = Role.ORDER, f"orders the rows of a person: {self.order[1]}"
        reason = "; ".join([column.reason, why]) if column.reason else why
        return column.model_copy(update={"per": per, "role": role, "reason": reason})


def _named(name: str) -> bool:
    return bool(_MOMENTS & set(personal.words(name)))
