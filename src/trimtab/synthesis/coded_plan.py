"""A plan's groups in codes, checked against the table that was coded."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trimtab._arrays import Int
from trimtab.codec.codec import Codec
from trimtab.codec.datetime import DatetimeCodec
from trimtab.codec.domain import MISSING
from trimtab.codec.identifier import IdentifierCodec
from trimtab.codec.label import LabelCodec
from trimtab.codec.number import NumberCodec
from trimtab.errors import ColumnError, PlanError, unknown_column
from trimtab.model.grid.coding import codes_of
from trimtab.model.grid.grid import Grid, NumberGrid, has_values
from trimtab.model.grid.intervals import Intervals, truncated
from trimtab.model.interface import FIRST_SET, GIVEN, HOLE, PRESENT, Condition, Request
from trimtab.plan.plan import Given, Plan
from trimtab.plan.ranges import Range, ends_of
from trimtab.table.schema import Schema


def coded_plan(plan: Plan, schema: Schema, codec: Codec, grids: Mapping[str, Grid]) -> Request:
    """The plan's groups in codes; what a model can condition on is not asked.

    Raises ColumnError and PlanError for a plan that does not fit the table that was coded.
    """
    conditions = {}
    for name, given in plan.given.items():
        if name not in schema:
            raise unknown_column(name, schema.names, "plan")
        column = codec.columns.get(name)
        if column is None:
            raise ColumnError(
                f"plan: column {name!r} was left out when the model was fitted: "
                "take it out of the plan, or fit again with that column kept."
            )
        if isinstance(column, IdentifierCodec):
            if (given.choice >= 0).any():
                raise ColumnError(
                    f"plan: {name!r} is an identifier: it can be given by value only."
                )
            continue
        conditions[name] = _condition(codec, grids[name], name, given, name in plan.by)
    return Request(len(plan.counts), conditions)


def _condition(codec: Codec, grid: Grid, name: str, given: Given, real: bool) -> Condition:
    hole = np.where(given.present, PRESENT, HOLE)
    state = np.where(
        given.known, GIVEN, np.where(given.choice >= 0, FIRST_SET + given.choice, hole)
    )
    if (state == PRESENT).any() and not has_values(grid):
        raise PlanError(
            f"{name} is asked to be filled, and the model learned no value of it (all missing, or "
            "held by too few rows): leave that column out of the rows to complete."
        )
    value = np.where(given.known, codes_of(codec, grid, name, given.values, real), MISSING)
    missing = (given.known & ~np.asarray(pc.is_valid(given.values))).any()
    missing |= any(not isinstance(s, Range) and s.null_count for s in given.sets)
    if missing and not grid.nullable:
        raise PlanError(
            f"{name} is asked to be missing, and it never is in the table that the model learned: "
            "give a value instead."
        )
    sets = tuple(_allowed(codec, grid, name, s, real) for s in given.sets)
    return Condition(value, state.astype(np.int64), sets)


def _allowed(
    codec: Codec, grid: Grid, name: str, subset: pa.Array | Range, real: bool
) -> Int | Intervals:
    """The codes that a set or a range allows. Raises PlanError where the model draws none."""
    column = codec.columns[name]
    if isinstance(subset, Range) and isinstance(column, LabelCodec):
        return _labels_within(column, name, subset)
    if isinstance(subset, Range):
        assert isinstance(column, (NumberCodec, DatetimeCodec))
        first, last = column.span(_ends(column, subset, name))
        intervals, description = Intervals(np.array([first]), np.array([last])), str(subset)
    else:
        if not len(subset):
            raise PlanError(f"{name} is asked to be one of no values: give at least one.")
        codes = codes_of(codec, grid, name, subset, real)
        if isinstance(column, LabelCodec):
            return codes
        distinct = np.unique(codes[codes != MISSING])
        intervals = Intervals(distinct, distinct, missing=bool((codes == MISSING).any()))
        description = "among the values given"
    assert isinstance(grid, NumberGrid)
    if not truncated(grid, intervals).shares.any():
        raise PlanError(
            f"{name} {description}: the model knows no such value{_learned(codec, grid, name)}."
        )
    return intervals


def _ends(column: NumberCodec | DatetimeCodec, limits: Range, name: str) -> pa.Array:
    ends = ends_of(limits, name)
    number = pa.types.is_integer(ends.type) or pa.types.is_floating(ends.type)
    if pa.types.is_null(ends.type):  # both are open
        return column.decode(np.full(2, MISSING))
    if number != isinstance(column, NumberCodec):
        what = "numbers" if isinstance(column, NumberCodec) else "moments"
        raise PlanError(f"{name} {limits}: the ends are of type {ends.type}, expected {what}.")
    return ends


def _learned(codec: Codec, grid: NumberGrid, name: str) -> str:
    """Between which values a model draws a number, in words."""
    column = codec.columns[name]
    assert not isinstance(column, IdentifierCodec)
    if not len(grid.low):
        return ", for it learned none at all (all missing, or held by too few rows)"
    ends = np.array([grid.low.min(), grid.high.max() - 1])
    low, high = column.decode(ends).to_pylist()
    return (
        f": it draws values of about {low} to {high}. Ask for some of these, or fit with a lower "
        "`min_count`, which also keeps the values that fewer rows hold"
    )


def _labels_within(column: LabelCodec, name: str, limits: Range) -> Int:
    """The codes of the labels in a range."""
    if column.type not in ("int64", "double"):
        raise PlanError(f"{name} {limits}: its values have no order. Ask for a list of values.")
    low = -math.inf if limits.low is None else limits.low
    high = math.inf if limits.high is None else limits.high
    codes = [code for code, value in enumerate(column.values) if low <= float(value) <= high]
    if not codes:
        known = ", ".join(map(str, column.values[:20]))
        raise PlanError(f"{name} {limits}: the model knows no such value: expected one of {known}.")
    return np.array(codes, np.int64)
