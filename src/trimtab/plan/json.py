"""Plans as JSON text, read back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Literal

import numpy as np
import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from trimtab.errors import PlanError, unknown_column
from trimtab.plan.plan import PLAN_VERSION, Cell, Given, Plan, Unit, check_rows
from trimtab.plan.ranges import Bins, Range, typed_range
from trimtab.plan.values import typed_values
from trimtab.table.schema import Schema


def from_json(text: str, schema: Schema, where: str) -> Plan:
    """A plan from JSON text, its values typed by the schema. Raises PlanError, naming `where`."""
    try:
        data = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise _unreadable(where, str(error)) from None
    version = data.get("version") if isinstance(data, dict) else None
    if isinstance(version, int) and version > PLAN_VERSION:
        raise PlanError(
            f"{where}: plan version {version} is newer than {PLAN_VERSION}: "
            "upgrade trimtab, or make the plan again."
        )
    try:
        file = _File.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(p) for p in first["loc"]) or "top level"
        raise _unreadable(where, f"{place}: {first['msg']}") from None
    names = list(dict.fromkeys(n for g in file.groups for n in g.given))
    for name in names:
        if name not in schema:
            raise unknown_column(name, schema.names, where)
    check_rows(sum(g.rows for g in file.groups))
    return Plan(
        np.array([g.rows for g in file.groups], np.int64),
        {n: _given([g.given.get(n) for g in file.groups], n, schema) for n in names},
        file.mode,
        tuple(file.by),
        tuple(
            Cell(
                tuple(c.values),
                c.real_rows,
                c.generated_rows,
                c.target_rows,
                c.persons,
                c.expected_rows,
            )
            for c in file.cells
        ),
        file.reason,
        tuple(file.warnings),
        {n: _bins(b, n, schema) for n, b in file.bins.items()},
        Unit(file.unit),
    )


def _unreadable(where: str, what: str) -> PlanError:
    return PlanError(
        f"{where} is no plan that trimtab can read ({what}): "
        "write one with `Plan.to_json` (a command: balance --dry-run --save-plan plan.json)."
    )


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


Scalar = str | bool | int | float | None


class _Value(_Strict):
    value: Scalar


class _OneOf(_Strict):
    one_of: list[Scalar] = Field(min_length=1)


class _Between(_Strict):
    between: list[Scalar] = Field(min_length=2, max_length=2)


class _Present(_Strict):
    present: Literal[True]


_Cell = _Value | _OneOf | _Between | _Present


class _Group(_Strict):
    rows: int = Field(ge=0)
    given: dict[str, _Cell]


class _Bins(_Strict):
    cuts: list[Scalar] = Field(min_length=1)
    names: list[str]


class _CellRow(_Strict):
    values: list[Scalar]
    real_rows: int
    expected_rows: float | None = None
    persons: int | None = None
    generated_rows: int
    target_rows: int
    support: str = ""


class _File(_Strict):
    """A plan as JSON holds it; `rows` is the sum of the groups' rows, and `effective_rows` follows
    from the cells.
    """

    version: int
    mode: Literal["replace", "augment"]
    unit: Literal["rows", "persons"] = "rows"
    rows: int
    effective_rows: float | None = None
    by: list[str]
    bins: dict[str, _Bins] = {}
    reason: str
    warnings: list[str]
    cells: list[_CellRow]
    groups: list[_Group]


def _bins(read: _Bins, name: str, schema: Schema) -> Bins:
    if name not in schema:
        raise unknown_column(name, schema.names, "bins")
    return Bins(tuple(typed_values(read.cuts, schema[name]).to_pylist()), tuple(read.names))


def _given(cells: Sequence[_Cell | None], name: str, schema: Schema) -> Given:
    present = np.array([isinstance(c, _Present) for c in cells])
    known = np.array([isinstance(c, _Value) for c in cells])
    column = schema[name]
    values = typed_values([c.value if isinstance(c, _Value) else None for c in cells], column)
    sets: list[pa.Array | Range] = []
    ranges: dict[tuple[Scalar, Scalar], int] = {}
    choice = np.full(len(cells), -1, np.int64)
    for g, cell in enumerate(cells):
        if isinstance(cell, _OneOf):
            choice[g] = len(sets)
            sets.append(typed_values(cell.one_of, column))
        elif isinstance(cell, _Between):
            ends = (cell.between[0], cell.between[1])
            if ends not in ranges:  # groups share a few ranges
                ranges[ends] = len(sets)
                sets.append(typed_range(Range(*ends), column))
            choice[g] = ranges[ends]
    return Given(values, known, choice, tuple(sets), present)
