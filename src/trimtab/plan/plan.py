"""A plan: a table with holes, and why it looks as it does. No randomness, no model."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from html import escape
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from trimtab.errors import PlanError, TableError, unknown_column
from trimtab.table.canonical import canonical
from trimtab.table.schema import Column, Kind, Schema
from trimtab.table.table import Table

PLAN_VERSION = 2  # 2: cells that are present
MOST_ROWS = 10**9  # a plan of more rows than this is taken for a slip
_ABSENT = ("nan", "NaT", "<NA>")  # how numpy and pandas show a missing value
RARE_ROWS = 10  # a cell that rests on fewer real rows than this is called rare


class Support(StrEnum):
    """How well the real table supports a cell."""

    OBSERVED = "observed"
    RARE = "rare"
    UNSEEN = "never seen"


@dataclass(frozen=True)
class Cell:
    """One combination of the balance columns' values (None: missing).

    `real_rows` stand in the real table, held by `persons` if there is an entity; `generated_rows`
    are to be generated; `target_rows` will stand in the result.
    """

    values: tuple[Any, ...]
    real_rows: int
    generated_rows: int
    target_rows: int
    persons: int | None = None

    @property
    def support(self) -> Support:
        """Observed, rare (fewer than 10 real rows), or never seen."""
        if self.real_rows == 0:
            return Support.UNSEEN
        return Support.RARE if self.real_rows < RARE_ROWS else Support.OBSERVED


@dataclass(frozen=True)
class Given:
    """What the groups say of one column. Where `known` is set the value is given (null: missing);
    where `choice` >= 0 it must be one of `sets[choice]`; else it is a hole. A hole where `present`
    is set must be filled by a value, not by missing.
    """

    values: pa.Array
    known: NDArray[np.bool_]
    choice: NDArray[np.int64]
    sets: tuple[pa.Array, ...] = ()
    present: NDArray[np.bool_] | bool = False  # one for all groups, or one each

    def cell(self, group: int) -> dict[str, Any] | None:
        """What one group says, as plain data; None for a hole that may come out missing."""
        if self.known[group]:
            return {"value": _plain(self.values[group].as_py())}
        if self.choice[group] >= 0:
            return {"one_of": [_plain(v) for v in self.sets[self.choice[group]].to_pylist()]}
        return {"present": True} if np.broadcast_to(self.present, len(self.known))[group] else None


@dataclass(frozen=True)
class Plan:
    """Groups of alike rows: group g stands for `counts[g]` rows, in order.

    `given` maps a column to what each group says of it; other columns are holes. `cells` shows a
    balance plan as people think of it. `mode` is "replace" (the result is the generated rows) or
    "augment" (they come after the real rows).
    """

    counts: NDArray[np.int64]
    given: Mapping[str, Given]
    mode: str = "replace"
    by: tuple[str, ...] = ()
    cells: tuple[Cell, ...] = ()
    reason: str = ""
    warnings: tuple[str, ...] = field(default=())

    def __repr__(self) -> str:
        return f"Plan({self.reason})"

    @property
    def rows(self) -> int:
        """How many rows are to be generated."""
        return int(self.counts.sum())

    def to_dict(self) -> dict[str, Any]:
        """The plan as plain data; moments as ISO texts."""
        groups = []
        for g, count in enumerate(self.counts.tolist()):
            said = {n: given.cell(g) for n, given in self.given.items()}
            groups.append({"rows": count, "given": {n: c for n, c in said.items() if c}})
        return {
            "version": PLAN_VERSION,
            "mode": self.mode,
            "rows": self.rows,
            "by": list(self.by),
            "reason": self.reason,
            "warnings": list(self.warnings),
            "cells": [
                {
                    "values": [_plain(v) for v in c.values],
                    "real_rows": c.real_rows,
                    "persons": c.persons,
                    "generated_rows": c.generated_rows,
                    "target_rows": c.target_rows,
                    "support": c.support.value,
                }
                for c in self.cells
            ],
            "groups": groups,
        }

    def to_json(self) -> str:
        """The plan as JSON text."""
        return json.dumps(self.to_dict(), indent=1, ensure_ascii=False)

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{escape(h)}</th>" for h in (*self.by, *CELL_HEADS))
        rows = "".join(
            "<tr>" + "".join(f"<td>{escape(str(v))}</td>" for v in cell_row(c)) + "</tr>"
            for c in self.cells
        )
        return f"<p>{escape(self.reason)}</p><table><tr>{head}</tr>{rows}</table>"


CELL_HEADS = ("real rows", "generated", "in the result", "support")


def cell_name(values: Sequence[Any], names: Sequence[str]) -> str:
    """A cell in words: "GENDER = F, RACE = (missing)"."""
    shown = ("(missing)" if v is None else str(v) for v in values)
    return ", ".join(f"{n} = {v}" for n, v in zip(names, shown, strict=True))


def cell_row(cell: Cell) -> tuple[str, ...]:
    """A cell as the texts of a table row, under the balance columns and CELL_HEADS."""
    values = ("(missing)" if v is None else str(v) for v in cell.values)
    counts = (str(n) for n in (cell.real_rows, cell.generated_rows, cell.target_rows))
    return (*values, *counts, cell.support.value)


def check_rows(rows: int) -> None:
    """Refuse a number of rows that no memory holds. Raises PlanError."""
    if rows > MOST_ROWS:
        raise PlanError(
            f"rows = {rows:,}: expected at most {MOST_ROWS:,} at a time. Draw the rest with other "
            "seeds."
        )


def from_rows(rows: Table) -> Plan:
    """The plan to complete every row of a table.

    Its empty cells are holes to be filled by a value; columns that it does not have are holes that
    may come out missing, as they may in a real row.
    """
    given = {
        c.name: Given(
            rows.column(c.name),
            np.asarray(rows.column(c.name).is_valid()),
            np.full(rows.rows, -1, np.int64),
            present=True,
        )
        for c in rows.schema
    }
    names = ", ".join(rows.schema.names)
    return Plan(
        np.ones(rows.rows, np.int64), given, reason=f"complete {rows.rows} rows given by {names}"
    )


def from_condition(condition: Mapping[str, Any], rows: int, schema: Schema) -> Plan:
    """The plan for `rows` rows that agree with a condition: column -> value, None for missing, or a
    list for "one of these". Raises ColumnError and PlanError."""
    check_rows(rows)
    if not isinstance(condition, Mapping):
        raise PlanError(
            f"where = {condition!r}: expected a dict of column -> value, such as "
            "{'RACE': 'black'}."
        )
    given = {}
    for name, wanted in condition.items():
        if name not in schema:
            raise unknown_column(name, schema.names, "where")
        if isinstance(wanted, (list, tuple, set, frozenset)):
            chosen = _typed(sorted(wanted, key=str), schema, name)
            hole = pa.nulls(1, chosen.type)
            given[name] = Given(hole, np.zeros(1, bool), np.zeros(1, np.int64), (chosen,))
        else:
            value = _typed([wanted], schema, name)
            given[name] = Given(value, np.ones(1, bool), np.full(1, -1, np.int64))
    said = ", ".join(f"{n} = {v!r}" for n, v in condition.items())
    reason = f"{rows} rows" + (f" with {said}" if said else "")
    return Plan(np.array([rows], np.int64), given, reason=reason)


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
            Cell(tuple(c.values), c.real_rows, c.generated_rows, c.target_rows, c.persons)
            for c in file.cells
        ),
        file.reason,
        tuple(file.warnings),
    )


def _unreadable(where: str, what: str) -> PlanError:
    return PlanError(
        f"{where} is no plan that trimtab can read ({what}): "
        "write one with `trimtab balance DATA --by A,B --dry-run --save-plan plan.json`."
    )


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


Scalar = str | bool | int | float | None


class _Value(_Strict):
    value: Scalar


class _OneOf(_Strict):
    one_of: list[Scalar] = Field(min_length=1)


class _Present(_Strict):
    present: Literal[True]


class _Group(_Strict):
    rows: int = Field(ge=0)
    given: dict[str, _Value | _OneOf | _Present]


class _CellRow(_Strict):
    values: list[Scalar]
    real_rows: int
    persons: int | None = None
    generated_rows: int
    target_rows: int
    support: str = ""


class _File(_Strict):
    """A plan as JSON holds it; `rows` is the sum of the groups' rows."""

    version: int
    mode: Literal["replace", "augment"]
    rows: int
    by: list[str]
    reason: str
    warnings: list[str]
    cells: list[_CellRow]
    groups: list[_Group]


def _given(cells: Sequence[_Value | _OneOf | _Present | None], name: str, schema: Schema) -> Given:
    present = np.array([isinstance(c, _Present) for c in cells])
    known = np.array([isinstance(c, _Value) for c in cells])
    values = _typed([c.value if isinstance(c, _Value) else None for c in cells], schema, name)
    sets: list[pa.Array] = []
    choice = np.full(len(cells), -1, np.int64)
    for g, cell in enumerate(cells):
        if isinstance(cell, _OneOf):
            choice[g] = len(sets)
            sets.append(_typed(cell.one_of, schema, name))
    return Given(values, known, choice, tuple(sets), present)


def _typed(values: Sequence[Any], schema: Schema, name: str) -> pa.Array:
    """Plain values as an Arrow array of the column's canonical type."""
    return typed(pa.array([text_of(v) for v in values], pa.string()), schema[name])


def typed(texts: pa.Array, column: Column) -> pa.Array:
    """Texts that a person or a file gave, as values of a column. Raises PlanError."""
    try:
        return canonical(texts, column)
    except TableError:
        found = _iso_moments(texts, column) if column.kind is Kind.MOMENT else None
        if found is not None:
            return found
        shown = ", ".join(repr(t) for t in pc.unique(texts.drop_null()).to_pylist()[:5])
        form = f" written {column.pattern}" if column.pattern else f" ({column.storage})"
        raise PlanError(
            f"{column.name} = {shown} does not fit: expected a {column.kind}{form}, as in the "
            "table."
        ) from None


def _iso_moments(texts: pa.Array, column: Column) -> pa.Array | None:
    """Moments in ISO form, as a saved plan holds them, whatever pattern the table shows."""
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
    plain = _plain(value)
    if plain is None or (not isinstance(value, str) and str(value) in _ABSENT):
        return None
    if isinstance(plain, float) and plain.is_integer():
        return str(int(plain))  # a float may stand for a whole number, as in a pandas column
    return str(plain).lower() if isinstance(plain, bool) else str(plain)


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if hasattr(value, "hour") and hasattr(value, "date"):
        # All with the same digits, so that one layout reads them all back.
        return value.isoformat(timespec="microseconds")
    return value.isoformat() if hasattr(value, "isoformat") else value
