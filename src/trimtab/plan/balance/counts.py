"""The counts or shares that a person asks a balanced table to have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from trimtab._validate import several
from trimtab.errors import InputError, PlanError, unknown_column
from trimtab.plan.balance.quota import COLUMN, COUNT_NAMES, SHARE_NAMES, VALUE
from trimtab.plan.values import text_of
from trimtab.table.files import read
from trimtab.table.schema import Column, Kind, Schema
from trimtab.table.table import Origin, Table


def counts_table(to: Any, by: Sequence[str]) -> Table | None:
    """What was asked for as a table: the columns `by` as text, and a count or a share; or, of
    each column by itself, the columns `column` and `value` instead of `by`.

    to   a path, a dataframe, a dict {value or tuple of values: number}, or a dict of dicts
         {column: {value: number} or "equal"}; None and "equal" ask for nothing in particular, and
         give None

    Raises InputError for cells that do not fit `by`, PlanError for numbers that are no counts.
    """
    if to is None or (isinstance(to, str) and to == "equal"):
        return None
    names = several(by)
    if not isinstance(to, Mapping):
        # As text, so that a "01103" or "1.10" is the same value there and in the table.
        table = read(to)
        about = names if set(names) <= set(table.schema.names) else (COLUMN, VALUE)
        texts = [c.model_copy(update={"kind": Kind.LABEL}) for c in table.schema if c.name in about]
        if isinstance(to, (str, Path)) and table.origin.library == "csv" and texts:
            texts = [c.model_copy(update={"storage": "string", "pattern": None}) for c in texts]
            table = read(to, Schema(columns=tuple(texts)))
        return table
    if any(isinstance(v, Mapping) or (isinstance(v, str) and v == "equal") for v in to.values()):
        return _margins_table(to, names)
    cells = [c if isinstance(c, tuple) else (c,) for c in to]
    for cell in cells:
        if len(cell) != len(names):
            raise InputError(
                f"to has the cell {cell!r}: expected one value for each of {', '.join(names)}."
            )
    numbers = list(to.values())
    try:
        whole_numbers = _are_counts(numbers)
        kind = next(k for k in (COUNT_NAMES if whole_numbers else SHARE_NAMES) if k not in names)
        columns = {
            n: pa.array([text_of(c[k]) for c in cells], pa.string()) for k, n in enumerate(names)
        }
        columns[kind] = pa.array(numbers)
    except (TypeError, ValueError, OverflowError, pa.ArrowException):
        raise PlanError(
            f"to asks for {numbers[:5]!r} rows: expected whole numbers of rows, or shares that sum "
            "to 1."
        ) from None
    if not numbers:
        raise PlanError("to = {}: expected {value: count}, or leave it out for equal parts.")
    return _as_table(columns)


def _margins_table(to: Mapping[Any, Any], names: tuple[str, ...]) -> Table:
    """What a dict asks of each column by itself, in long form."""
    rows: list[tuple[str, Any, Any, Any]] = []
    for name, parts in to.items():
        if name not in names:
            raise unknown_column(str(name), names, "to")
        if isinstance(parts, str) and parts == "equal":
            continue
        if not isinstance(parts, Mapping) or not parts:
            raise PlanError(
                f"to[{name!r}] = {parts!r}: expected {{value: count or share}} or 'equal' for each "
                "column (for combinations, a dict {tuple of values: count or share})."
            )
        try:
            counts = _are_counts(list(parts.values()))
            numbers = [int(v) if counts else float(v) for v in parts.values()]
            pa.array(numbers)
        except (TypeError, ValueError, OverflowError):
            raise PlanError(
                f"to[{name!r}] asks for {list(parts.values())[:5]!r}: expected whole numbers of "
                "rows, or shares that sum to 1."
            ) from None
        for value, number in zip(parts, numbers, strict=True):
            rows.append((name, text_of(value), *((number, None) if counts else (None, number))))
    columns, values, counted, shared = zip(*rows, strict=True) if rows else ((), (), (), ())
    return _as_table(
        {
            COLUMN: pa.array(columns, pa.string()),
            VALUE: pa.array(values, pa.string()),
            COUNT_NAMES[0]: pa.array(counted, pa.int64()),
            SHARE_NAMES[0]: pa.array(shared, pa.float64()),
        }
    )


def _are_counts(numbers: Sequence[Any]) -> bool:
    """Whether numbers are rows, and not shares: whole, and not 1 in all by floats."""
    return all(isinstance(v, (int, np.integer)) for v in numbers) or (
        all(float(v).is_integer() for v in numbers) and sum(numbers) != 1
    )


def _as_table(columns: Mapping[str, pa.Array]) -> Table:
    """Texts and numbers as a table whose columns are what they are."""
    described = [
        Column(name=n, kind=Kind.LABEL, storage="string", reason="asked for")
        if pa.types.is_string(values.type)
        else Column(name=n, kind=Kind.NUMBER, storage=str(values.type))
        for n, values in columns.items()
    ]
    schema = Schema(locked=True, columns=tuple(described))
    data = pa.table(dict(columns))
    # Equal parts of every column ask for nothing in particular, and make no rows.
    return read(data, schema) if data.num_rows else Table(schema, data, Origin("dict", data.schema))
