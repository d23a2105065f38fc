"""Columns of a table in the Arrow types that its caller gave."""

from __future__ import annotations

import pyarrow as pa

from trimtab.errors import TableError
from trimtab.table.canonical import given_back
from trimtab.table.schema import Column, Kind
from trimtab.table.table import Table


def to_arrow(table: Table) -> pa.Table:
    """The table in the Arrow types that its caller gave, marked where its rows were made up."""
    columns = [column_back(table, c) for c in table.schema]
    return pa.table(columns, names=list(table.schema.names), metadata=table.origin.mark)


def column_back(table: Table, column: Column) -> pa.Array:
    """A column in the Arrow type that the caller gave. Raises TableError where it does not fit."""
    values = table.column(column.name)
    position = table.origin.arrow.get_field_index(column.name)
    if position < 0:
        return values
    type_ = table.origin.arrow.field(position).type
    try:
        return given_back(values, column, type_)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise TableError(
            f"column {column.name!r} cannot be given back as {type_}: {error}. "
            "Give it a wider type before reading the table."
        ) from None


def shown(table: Table, column: Column) -> pa.Array:
    """The values of a column, times of day as such."""
    values = table.column(column.name)
    if column.kind is Kind.NUMBER and column.storage.startswith("time"):
        return given_back(values, column, pa.time64("us"))
    return values
