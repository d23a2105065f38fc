"""A table: a schema and Arrow columns, checked once at birth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from trimtab._visible import visible
from trimtab.errors import TableError, unknown_column
from trimtab.table.dialect import Dialect
from trimtab.table.schema import Column, Kind, Schema

MADE = "made from a schema, of no table: no evidence of anything"
MARK = b"trimtab"  # the key under which files that have a place for it keep that


@dataclass(frozen=True)
class Origin:
    """Where a table came from, so that a caller gets back what they gave.

    `library` is "csv", "json", "parquet", "excel", "sql", "pyarrow", "pandas", "polars" or another
    narwhals backend's name.
    `arrow` is the Arrow schema as given. `dtypes` holds, for pandas and polars, each column's dtype
    (for pandas its name will do). `labels` holds pandas column labels that are no strings, and
    `missing` what stood for a missing value in each pandas object column. `dialect` is that of a
    file of text. `notes` are what a careful user should know of how it was read, MADE among them
    where nobody ever saw its rows.
    """

    library: str
    arrow: pa.Schema
    dtypes: dict[str, object] = field(default_factory=dict)
    labels: dict[str, object] = field(default_factory=dict)
    missing: dict[str, object] = field(default_factory=dict)
    dialect: Dialect | None = None
    notes: tuple[str, ...] = ()

    @property
    def mark(self) -> dict[bytes, bytes] | None:
        """What files that have a place for it say of rows that were made up."""
        return {MARK: MADE.encode()} if MADE in self.notes else None


@dataclass(frozen=True)
class Table:
    """A schema and its columns in canonical Arrow types.

    number                  int64 or float64 (never nan or infinite: those are refused or missing)
    datetime                timestamp or date32
    label, flag, text,      string, int64, float64 or bool, as stored
    constant, identifier,
    entity
    A missing value is an Arrow null.

    `texts` holds, of a column that was read from text, the cells that would not be written as they
    were (null where they would): they are kept where a cell goes through unchanged.
    """

    schema: Schema
    data: pa.Table
    origin: Origin
    texts: Mapping[str, pa.Array] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if tuple(self.data.column_names) != self.schema.names:
            raise TableError(
                f"the columns {self.data.column_names} do not match the schema's "
                f"{list(self.schema.names)}: give a schema with exactly the table's columns."
            )
        for column in self.schema:
            _check_type(column, self.data.schema.field(column.name).type)

    def __repr__(self) -> str:
        return visible(f"Table({self.rows:,} rows: {', '.join(self.schema.names)})")

    @property
    def rows(self) -> int:
        """How many rows."""
        return int(self.data.num_rows)

    def column(self, name: str) -> pa.Array:
        """One column as a single Arrow array."""
        if name not in self.schema:
            raise unknown_column(name, self.schema.names, "table")
        chunked = self.data.column(name)
        return chunked.combine_chunks() if chunked.num_chunks != 1 else chunked.chunk(0)


def _check_type(column: Column, type_: pa.DataType) -> None:
    if column.kind is Kind.NUMBER:
        sound = pa.types.is_int64(type_) or pa.types.is_float64(type_)
    elif column.kind is Kind.DATETIME:
        sound = pa.types.is_timestamp(type_) or pa.types.is_date32(type_)
    else:
        sound = (
            pa.types.is_string(type_)
            or pa.types.is_int64(type_)
            or pa.types.is_float64(type_)
            or pa.types.is_boolean(type_)
        )
    if not sound:
        raise TableError(
            f"column {column.name!r} is a {column.kind} but holds Arrow type {type_}: "
            "read the table through trimtab.read(), which makes the types canonical."
        )
