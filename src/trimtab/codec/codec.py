"""Table <-> codes, over all columns of a schema."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated

import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field

from trimtab._arrays import Int
from trimtab._random import Key
from trimtab.codec.datetime import DatetimeCodec, fit_datetime
from trimtab.codec.domain import Codes
from trimtab.codec.identifier import IdentifierCodec, fit_identifier
from trimtab.codec.label import LabelCodec, fit_label
from trimtab.codec.number import NumberCodec, fit_number
from trimtab.table.emptied import TEXT_MIN_COUNT
from trimtab.table.persons import persons
from trimtab.table.schema import Kind
from trimtab.table.table import Table

ColumnCodec = Annotated[
    NumberCodec | DatetimeCodec | LabelCodec | IdentifierCodec, Field(discriminator="kind")
]


class Codec(BaseModel):
    """One codec a kept column, by name, in the schema's order. Frozen, and JSON in the bundle.

    `min_count` is how many rows (persons, where there is an entity) must share a value for it to be
    kept; 0 keeps all.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    min_count: int
    columns: dict[str, ColumnCodec]

    @property
    def modelled(self) -> tuple[str, ...]:
        """The columns that a model learns."""
        return tuple(n for n, c in self.columns.items() if not isinstance(c, IdentifierCodec))

    def without(self, names: Collection[str]) -> Codec:
        """The same codec for all columns but some."""
        if not names:
            return self
        kept = {n: c for n, c in self.columns.items() if n not in names}
        return Codec(min_count=self.min_count, columns=kept)

    def encode(self, table: Table) -> Codes:
        """Codes of the modelled columns. Raises TableError for values that have no code."""
        names = self.modelled
        coded = {n: self.encode_column(n, table.column(n)) for n in names}
        return Codes(coded, table.rows)

    def encode_column(self, name: str, values: pa.Array) -> Int:
        """Codes of one modelled column."""
        codec = self.columns[name]
        assert not isinstance(codec, IdentifierCodec), f"{name} is an identifier: it has no codes"
        return codec.encode(values, name)

    def decode(self, codes: Codes, start: int, key: Key) -> pa.Table:
        """The rows of codes; identifiers are made for row numbers start, start + 1, ..."""
        arrays = {}
        for name, codec in self.columns.items():
            if isinstance(codec, IdentifierCodec):
                arrays[name] = codec.make(start, start + codes.rows, key.child("fresh", name))
            else:
                arrays[name] = codec.decode(codes[name])
        return pa.table(arrays)


def fit_codec(table: Table, min_count: int, public: Collection[str] = ()) -> Codec:
    """Learn a codec. The labels of `public` columns are all kept, however rare."""
    who = persons(table)
    columns: dict[str, ColumnCodec] = {}
    for column in table.schema:
        values = None if not (column.modelled or column.fresh) else table.column(column.name)
        if values is None:
            continue
        if column.fresh:
            columns[column.name] = fit_identifier(values)
        elif column.kind is Kind.NUMBER:
            columns[column.name] = fit_number(values, column)
        elif column.kind is Kind.DATETIME:
            columns[column.name] = fit_datetime(values)
        else:
            least = max(min_count, TEXT_MIN_COUNT) if column.kind is Kind.TEXT else min_count
            least = 0 if column.name in public else least
            columns[column.name] = fit_label(values, least, who)
    return Codec(min_count=min_count, columns=columns)


def rare_labels(table: Table, codec: Codec) -> dict[str, set[object]]:
    """The labels of each label column that the table holds and the codec did not keep."""
    return {
        name: set(table.column(name).unique().to_pylist()) - {None, *column.values}
        for name, column in codec.columns.items()
        if isinstance(column, LabelCodec)
    }
