"""Values that a person or a file gave, as values of a column."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trimtab.errors import PlanError, TableError
from trimtab.table.canonical import canonical
from trimtab.table.schema import Column, Kind

_ABSENT = ("nan", "NaT", "<NA>")  # how numpy and pandas show a missing value


def typed_values(values: Sequence[Any], column: Column) -> pa.Array:
    """Plain values as an Arrow array of the column's canonical type. Raises PlanError.

    Texts are read as the column is written; numbers are the numbers that they are.
    """
    texts = [text_of(v) for v in values]
    if column.format is not None and not any(isinstance(v, str) for v in values):
        column = column.model_copy(update={"format": None})
    return typed(pa.array(texts, pa.string()), column)


def typed(texts: pa.Array, column: Column) -> pa.Array:
    """Texts that a person or a file gave, as values of a column. Raises PlanError."""
    try:
        return canonical(texts, column)
    except TableError:
        datetimes = _iso_moments(texts, column) if column.kind is Kind.DATETIME else None
        if datetimes is not None:
            return datetimes
        examples = ", ".join(repr(t) for t in pc.unique(texts.drop_null()).to_pylist()[:5])
        form = f" written {column.pattern}" if column.pattern else f" ({column.storage})"
        raise PlanError(
            f"{column.name} = {examples} does not fit: expected a {column.kind}{form}, as in the "
            "table."
        ) from None


def _iso_moments(texts: pa.Array, column: Column) -> pa.Array | None:
    """Dates and times in ISO form, as a saved plan holds them, whatever pattern the table shows."""
    bare = column.model_copy(update={"pattern": None})
    try:
        return canonical(texts, bare)
    except TableError:
        pass  # texts of several layouts, or with a zone: one by one
    try:
        moments = [None if t is None else datetime.fromisoformat(t) for t in texts.to_pylist()]
        return canonical(pa.array(moments), bare)
    except (ValueError, TableError, pa.ArrowException):
        return None


def text_of(value: Any) -> str | None:
    """A value as text; None for what stands for missing, such as nan."""
    bare = plain(value)
    if bare is None or (not isinstance(value, str) and str(value) in _ABSENT):
        return None
    if isinstance(bare, float) and bare.is_integer():
        return str(int(bare))  # a float may stand for a whole number, as in a pandas column
    return str(bare).lower() if isinstance(bare, bool) else str(bare)


def plain(value: Any) -> Any:
    """A value as JSON holds it; dates and times as ISO texts."""
    if isinstance(value, np.generic):
        value = value.item()
    if hasattr(value, "hour") and hasattr(value, "date"):
        # All with the same digits, so that one layout reads them all back.
        return value.isoformat(timespec="microseconds")
    return value.isoformat() if hasattr(value, "isoformat") else value
