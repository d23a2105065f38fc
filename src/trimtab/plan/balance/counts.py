"""The counts or shares that a person asks a balanced table to have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trimtab._validate import several
from trimtab.errors import InputError, PlanError, unknown_column
from trimtab.plan.balance.quota import COLUMN, COUNT_NAMES, SHARE_NAMES, VALUE, is_margins
from trimtab.plan.values import text_of
from trimtab.table.files import read
from trimtab.table.schema import Column, Kind, Schema
from trimtab.table.table import Origin, Table


def counts_table(to: Any, by: Sequence[str]) -> Table | None:
    """What was asked for as a table: the columns `by` as text, and a count or a share; or, of
    each column by itself, the columns `column` and `value` instead of `by`.

    to   a path, a dataframe, a dict {value or tuple of values: number}, a dict of dicts
         {column: {value: number} or "equal"}, or rows as `counts_rows` makes them; None and "equal"
         ask for nothing in particular, and give None

    Raises InputError for cells that do not fit `by`, PlanError for numbers that are no counts.
    """
    if to is None or (isinstance(to, str) and to == "equal"):
        return None
    names = several(by)
    if isinstance(to, (list, tuple)):
        return _table_of_rows(to, names)
    if not isinstance(to, Mapping):
        # As text, so that a "01103" or "1.10" is the same value there and in the table.
        table = read(to)
        about = names if set(names) <= set(table.schema.names) else (COLUMN, VALUE)
        texts = [c.model_copy(update={"kind": Kind.LABEL}) for c in table.schema if c.name in about]
        if isinstance(to, (str, Path)) and table.origin.library == "csv" and texts:
            texts = [
                c.model_copy(update={"storage": "string", "pattern": None, "format": None})
                for c in texts
            ]
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


def counts_rows(to: Any, by: Sequence[str] | None) -> str | tuple[dict[str, Any], ...] | None:
    """The same as plain data: "equal", None, or a dict for each row, of texts and numbers.

    Of one column whose name is not known (`by` is None) the values stand under `value`. No rows
    stand for equal parts of every column by itself.
    """
    if to is None or (isinstance(to, str) and to == "equal"):
        return to
    if isinstance(to, (list, tuple)):
        return tuple(to)
    if by is None and not isinstance(to, Mapping):
        numbers = (*COUNT_NAMES, *SHARE_NAMES)
        by = [name for name in read(to).schema.names if name.lower() not in numbers]
    table = counts_table(to, (VALUE,) if by is None else by)
    assert table is not None
    about = {COLUMN, VALUE} if by is None or is_margins(table, several(by)) else set(several(by))
    columns = {n: _plain_column(table.column(n), n in about) for n in table.schema.names}
    return tuple(
        dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)
    )


def _plain_column(values: pa.Array, is_text: bool) -> list[Any]:
    plain_types = (pa.types.is_integer, pa.types.is_floating, pa.types.is_boolean)
    if is_text or not any(holds(values.type) for holds in plain_types):
        values = pc.cast(values, pa.string())
    return list(values.to_pylist())


def _table_of_rows(rows: Sequence[Mapping[str, Any]], names: tuple[str, ...]) -> Table:
    """Rows as a table; `value` alone stands for the one column that it can be."""
    if not rows:
        return _margins_table({}, names)
    columns = {n: [row.get(n) for row in rows] for row in rows for n in row}
    if len(names) == 1 and VALUE in columns and not {COLUMN, *names} & columns.keys():
        columns = {names[0] if n == VALUE else n: values for n, values in columns.items()}
    margins = {COLUMN, VALUE} if {COLUMN, VALUE} <= columns.keys() else set[str]()
    texts = set(names) if set(names) <= columns.keys() else margins
    try:
        return _as_table(
            {
                n: pa.array([text_of(v) for v in values], pa.string())
                if n in texts
                else pa.array(values)
                for n, values in columns.items()
            }
        )
    except (TypeError, ValueError, pa.ArrowException) as error:
        raise PlanError(
            f"to has rows that make no table ({error}): expected in each of them the same names, "
            "and under each name values of one type."
        ) from None


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
