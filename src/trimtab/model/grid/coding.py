"""Given values in the codes that were learned."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trimtab._arrays import Int
from trimtab.codec.codec import Codec
from trimtab.codec.domain import MISSING
from trimtab.codec.identifier import IdentifierCodec
from trimtab.codec.label import LabelCodec
from trimtab.errors import PlanError, TableError
from trimtab.model.grid.grid import Grid, NumberGrid


class RareLabelError(PlanError):
    """A label that a column may have held, too rarely to be kept."""

    def __init__(self, message: str, column: str) -> None:
        super().__init__(message)
        self.column = column


def typed_as(codec: Codec, name: str, values: pa.Array) -> pa.Array:
    """Given values in the type that was learned: they may come from a table typed otherwise."""
    column = codec.columns[name]
    assert not isinstance(column, IdentifierCodec), f"{name} is an identifier: it has no codes"
    type_ = column.decode(np.zeros(0, np.int64)).type
    try:
        cast = values.cast(type_)
    except pa.ArrowException as error:
        raise PlanError(
            f"{name}: the values given are of type {values.type}, expected {type_} ({error})."
        ) from None
    if pa.types.is_boolean(type_) and not cast.cast(values.type).equals(values):
        raise PlanError(f"{name}: the values given are {values.type}, expected true or false.")
    return cast


def encoded(codec: Codec, name: str, values: pa.Array) -> Int:
    """Codes of given values. Raises PlanError for what has none."""
    try:
        return codec.encode_column(name, values)
    except TableError as error:
        raise PlanError(f"the values given for {name} have no code: {error}") from None


def codes_of(codec: Codec, grid: Grid, name: str, values: pa.Array, real: bool = False) -> Int:
    """Codes of given values. `real` values stand in the table.

    Raises PlanError for what the model never saw.
    """
    column = codec.columns[name]
    assert not isinstance(column, IdentifierCodec)
    values = typed_as(codec, name, values)
    codes = encoded(codec, name, values)
    if isinstance(grid, NumberGrid) and len(grid.low) and not real:
        low, high = int(grid.low[0]), int(grid.high.max()) - 1
        slack = high - low  # extremes that few rows hold are not kept, so leave some room
        known = codes[codes != MISSING]
        strange = known[(known < low - slack) | (known > high + slack)]
        if len(strange):
            decoded = column.decode(np.array([strange[0], low, high])).to_pylist()
            raise PlanError(
                f"{name} = {decoded[0]} lies far outside what the model learned, about "
                f"{decoded[1]} to {decoded[2]}: ask for a value in that range."
            )
    if isinstance(column, LabelCodec):
        distinct = pc.unique(values.drop_null())
        labels = column.values if column.marker is None else (*column.values, column.marker)
        known = pc.is_in(distinct, pa.array(labels, distinct.type))
        strange = distinct.filter(pc.invert(known)).to_pylist()
        if strange:
            expected = ", ".join(str(v) for v in labels[:20])
            pooled = column.marker is not None or (column.type != "string" and codec.min_count > 1)
            few = f", or held by fewer than {codec.min_count} rows" if pooled else ""
            message = (
                f"{name} = {strange[0]!r} is no value that the model kept (never seen{few}): "
                f"expected one of {expected}."
            )
            raise RareLabelError(message, name) if pooled else PlanError(message)
    return codes
