"""A plan: a table with holes, and why it looks as it does. No randomness, no model."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from html import escape
from typing import Any

import numpy as np
import pyarrow as pa

from trimtab._arrays import Bool, Int
from trimtab._shown import charts, pictures
from trimtab._visible import visible, visible_json
from trimtab.errors import PlanError, unknown_column
from trimtab.plan.ranges import Bins, Range, typed_range
from trimtab.plan.values import plain, typed_values
from trimtab.table.schema import Schema
from trimtab.table.table import Table

PLAN_VERSION = 4  # 2: cells that are present; 3: ranges, rows expected of a cell; 4: persons
MAX_ROWS = 10**9  # a plan of more rows than this is taken for a slip
# A class of an outcome that fewer real rows (persons) are of is not multiplied unasked: as few as
# value protection keeps back where nothing else is said, and too few to test it in five folds.
CLASS_ROWS = 5
RARE_ROWS = 10  # a cell that rests on fewer real rows than this is called rare
# Where this many rows are to be expected, chance leaves a cell empty once in 150 (exp(-5) = .007).
SUSPICIOUS_ROWS = 5
CELL_HEADS = ("real rows", "generated", "in the result", "support")


class Unit(StrEnum):
    """What a plan counts."""

    ROWS = "rows"
    PERSONS = "persons"


class Support(StrEnum):
    """How well the real table supports a cell."""

    OBSERVED = "observed"
    RARE = "rare"
    UNSEEN = "never seen"
    STRUCTURAL = "never seen, expected"


@dataclass(frozen=True)
class Cell:
    """One combination of the balance columns' values (None: missing).

    `real_rows` stand in the real table, held by `persons` if there is an entity; `generated_rows`
    are to be generated; `target_rows` will stand in the result. `expected_rows` would stand in the
    real table by chance, as `expectation.expectations` has it (None in plans of older versions).
    """

    values: tuple[Any, ...]
    real_rows: int
    generated_rows: int
    target_rows: int
    persons: int | None = None
    expected_rows: float | None = None

    @property
    def support(self) -> Support:
        """Observed, rare (fewer than 10 real rows), never seen, or never seen although 5 rows or
        more were to be expected: perhaps impossible (a structural zero).
        """
        if self.real_rows:
            return Support.RARE if self.real_rows < RARE_ROWS else Support.OBSERVED
        expected = self.expected_rows or 0
        return Support.STRUCTURAL if expected >= SUSPICIOUS_ROWS else Support.UNSEEN


@dataclass(frozen=True)
class Given:
    """What the groups say of one column. Where `known` is set the value is given (null: missing);
    where `choice` >= 0 it must be one of `sets[choice]`, or in it where that is a range; else it is
    a hole. A hole where `present` is set must be filled by a value, not by missing.
    """

    values: pa.Array
    known: Bool
    choice: Int
    sets: tuple[pa.Array | Range, ...] = ()
    present: Bool | bool = False  # one for all groups, or one each

    def cell(self, group: int) -> dict[str, Any] | None:
        """What one group says, as plain data; None for a hole that may come out missing."""
        if self.known[group]:
            return {"value": plain(self.values[group].as_py())}
        if self.choice[group] >= 0:
            chosen = self.sets[self.choice[group]]
            if isinstance(chosen, Range):
                return {"between": [plain(chosen.low), plain(chosen.high)]}
            return {"one_of": [plain(v) for v in chosen.to_pylist()]}
        return {"present": True} if np.broadcast_to(self.present, len(self.known))[group] else None


@dataclass(frozen=True)
class Plan:
    """Groups of alike rows: group g stands for `counts[g]` rows, in order; or for so many persons
    with all their rows, where that is the `unit`.

    `given` maps a column to what each group says of it; other columns are holes. `cells` shows a
    balance plan as people think of it. `mode` is "replace" (the result is the generated rows) or
    "augment" (they come after the real rows). `bins` says how columns of numbers were cut, of which
    the cells show the bins' names.
    """

    counts: Int
    given: Mapping[str, Given]
    mode: str = "replace"
    by: tuple[str, ...] = ()
    cells: tuple[Cell, ...] = ()
    reason: str = ""
    warnings: tuple[str, ...] = field(default=())
    bins: Mapping[str, Bins] = field(default_factory=dict)
    unit: Unit = Unit.ROWS

    def __repr__(self) -> str:
        return f"Plan({visible(self.reason)})"

    @property
    def rows(self) -> int:
        """How many rows are to be generated, or how many persons."""
        return int(self.counts.sum())

    @property
    def charts(self) -> Mapping[str, Any]:
        """Its chart as an Altair object, {"rows": chart}; see `trimtab.charts`."""
        return charts(self)

    @property
    def effective_rows(self) -> float | None:
        """How many rows the real ones would be worth if they were weighted to the cells' targets:
        (sum of w)^2 / sum of w^2, each real row with the weight target / real (Kish 1965). None
        where no real row has a weight.
        """
        pairs = [(c.real_rows, c.target_rows) for c in self.cells if c.real_rows]
        squares = sum(target**2 / real for real, target in pairs)
        return float(sum(target for _, target in pairs) ** 2 / squares) if squares else None

    def to_dict(self) -> dict[str, Any]:
        """The plan as plain data; dates and times as ISO texts."""
        groups = []
        for g, count in enumerate(self.counts.tolist()):
            cells = {n: given.cell(g) for n, given in self.given.items()}
            groups.append({"rows": count, "given": {n: c for n, c in cells.items() if c}})
        return {
            "version": PLAN_VERSION,
            "mode": self.mode,
            "unit": self.unit.value,
            "rows": self.rows,
            "effective_rows": self.effective_rows,
            "by": list(self.by),
            "bins": {
                n: {"cuts": [plain(c) for c in b.cuts], "names": list(b.names)}
                for n, b in self.bins.items()
            },
            "reason": self.reason,
            "warnings": list(self.warnings),
            "cells": [
                {
                    "values": [plain(v) for v in c.values],
                    "real_rows": c.real_rows,
                    "expected_rows": c.expected_rows,
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
        return visible_json(json.dumps(self.to_dict(), indent=1, ensure_ascii=False))

    def _repr_html_(self) -> str:
        heads = (*self.by, f"real {self.unit.value}", *CELL_HEADS[1:])
        head = "".join(f"<th>{escape(h)}</th>" for h in heads)
        rows = "".join(
            "<tr>" + "".join(f"<td>{escape(str(v))}</td>" for v in cell_row(c)) + "</tr>"
            for c in self.cells
        )
        table = f"<table><tr>{head}</tr>{rows}</table>"
        return f"<p>{escape(self.reason)}</p>{table}{pictures(self)}"


def cell_name(values: Sequence[Any], names: Sequence[str]) -> str:
    """A cell in words: "GENDER = F, RACE = (missing)"."""
    texts = ("(missing)" if v is None else str(v) for v in values)
    return ", ".join(f"{n} = {v}" for n, v in zip(names, texts, strict=True))


def cell_row(cell: Cell) -> tuple[str, ...]:
    """A cell as the texts of a table row, under the balance columns and CELL_HEADS."""
    values = ("(missing)" if v is None else str(v) for v in cell.values)
    counts = (str(n) for n in (cell.real_rows, cell.generated_rows, cell.target_rows))
    return (*values, *counts, cell.support.value)


def check_rows(rows: int) -> None:
    """Refuse a number of rows that no memory holds. Raises PlanError."""
    if rows > MAX_ROWS:
        raise PlanError(
            f"rows = {rows:,}: expected at most {MAX_ROWS:,} at a time. Draw the rest with other "
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
    reason, told = f"complete {rows.rows} rows given by {names}", rows.origin.notes
    return Plan(np.ones(rows.rows, np.int64), given, reason=reason, warnings=told)


def from_condition(
    condition: Mapping[str, Any], rows: int, schema: Schema, unit: Unit = Unit.ROWS
) -> Plan:
    """The plan for `rows` rows (or persons) that agree with a condition: column -> value, None for
    missing, a list for "one of these", or a Range. Raises ColumnError and PlanError."""
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
        one_of = isinstance(wanted, (list, tuple, set, frozenset))
        if one_of or isinstance(wanted, Range):
            chosen = (
                typed_range(wanted, schema[name])
                if isinstance(wanted, Range)
                else typed_values(sorted(wanted, key=str), schema[name])
            )
            hole = typed_values([None], schema[name])
            given[name] = Given(hole, np.zeros(1, bool), np.zeros(1, np.int64), (chosen,))
        else:
            value = typed_values([wanted], schema[name])
            given[name] = Given(value, np.ones(1, bool), np.full(1, -1, np.int64))
    text = ", ".join(
        f"{n} {v}" if isinstance(v, Range) else f"{n} = {v!r}" for n, v in condition.items()
    )
    reason = f"{rows} {unit.value}" + (f" with {text}" if text else "")
    return Plan(np.array([rows], np.int64), given, reason=reason, unit=unit)
