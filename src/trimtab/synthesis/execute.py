"""Plan + what was learned + key -> the plan's rows, all of them, with every given cell as given."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trimtab._arrays import Int
from trimtab._random import Key
from trimtab.codec.codec import Codec
from trimtab.codec.datetime import DatetimeCodec
from trimtab.codec.domain import MISSING
from trimtab.codec.identifier import IdentifierCodec
from trimtab.codec.label import LabelCodec
from trimtab.codec.number import NumberCodec
from trimtab.errors import ColumnError, PlanError, unknown_column
from trimtab.model.grid.coding import codes_of, encoded, typed_as
from trimtab.model.grid.grid import Grid, NumberGrid
from trimtab.model.grid.intervals import Intervals, truncated
from trimtab.model.interface import FIRST_SET, GIVEN, HOLE, PRESENT, Condition, Request
from trimtab.plan.plan import Given, Plan
from trimtab.plan.ranges import Range, ends_of
from trimtab.synthesis.choose import refused
from trimtab.synthesis.learned import Learned
from trimtab.table.schema import Schema
from trimtab.table.table import Table

Ticks = Callable[[int, int], None]  # rows done, rows in all
_TRIAL = Key(0).child("trial")
BATCH_ROWS = 65_536  # rows drawn at a time: bounds memory, and changes nothing else


def execute(learned: Learned, plan: Plan, key: Key, progress: Ticks | None = None) -> Table:
    """Draw the plan's rows. Row i depends on the key and on i alone.

    Raises ColumnError and PlanError for a plan that does not fit the model, RefusedError for what
    the model cannot condition on exactly: all of them before the first row is drawn.
    """
    request = compile_plan(learned, plan)
    group = np.repeat(np.arange(len(plan.counts)), plan.counts)
    parts = []
    for start, drawn in _batches(learned, request, group, key, progress):
        parts.append(_with_given(drawn, plan, group[start : start + drawn.num_rows]))
    columns = tuple(c for c in learned.schema if c.name in learned.codec.columns)
    schema = Schema(locked=learned.schema.locked, columns=columns)
    return Table(schema, pa.concat_tables(parts).combine_chunks(), learned.origin)


def complete(
    learned: Learned, rows: Table, key: Key, progress: Ticks | None = None
) -> dict[str, pa.Array]:
    """Draws for the empty cells of rows, given their other cells: modelled columns, by name.

    Only the draws of empty cells mean anything, and those of columns of which the model learned no
    value are missing. A plan is exact about what it asks for; these are rows as they come: a rare
    label counts as what it was pooled with, and a label that the model never saw tells it nothing.
    Raises PlanError for values of another type, RefusedError for what cannot be conditioned on.
    """
    conditions = {}
    for name in rows.schema.names:
        if name not in learned.codec.modelled:
            continue
        values = typed_as(learned.codec, name, rows.column(name))
        codes = encoded(learned.codec, name, values)
        empty = PRESENT if holds_values(learned, name) else HOLE
        unseen = np.where(np.asarray(pc.is_valid(values)), HOLE, empty)
        conditions[name] = Condition(codes, np.where(codes == MISSING, unseen, GIVEN))
    request = Request(rows.rows, conditions)
    _check_patterns(learned, request)
    parts = [
        drawn.select(list(conditions))
        for _, drawn in _batches(learned, request, np.arange(rows.rows), key, progress)
    ]
    whole = pa.concat_tables(parts).combine_chunks()
    return {n: whole.column(n).chunk(0) for n in conditions}


def holds_values(learned: Learned, name: str) -> bool:
    """Whether the model learned any value of a column, and not only that it is missing."""
    return _has_values(learned.grids[name])


def _has_values(grid: Grid) -> bool:
    return len(grid.sizes) > int(grid.nullable)


def _batches(
    learned: Learned, request: Request, group: Int, key: Key, progress: Ticks | None
) -> Iterator[tuple[int, pa.Table]]:
    """Batches of rows, and where each begins; row i says what `request` says of `group[i]`."""
    for start in range(0, max(len(group), 1), BATCH_ROWS):
        stop = min(start + BATCH_ROWS, len(group))
        codes = learned.model.fill(_rows_of(request, group[start:stop]), start, key)
        yield start, learned.codec.decode(codes, start, key)
        if progress is not None:
            progress(stop, len(group))


def compile_plan(learned: Learned, plan: Plan) -> Request:
    """The plan's groups in codes, checked against the model; see `execute` for the errors."""
    request = coded_plan(plan, learned.schema, learned.codec, learned.grids)
    _check_patterns(learned, request)
    _check_ranges(learned, request)
    return request


def _check_ranges(learned: Learned, request: Request) -> None:
    """Draw one row of each group that asks for a set or a range behind values: what these leave no
    probability is then refused before the first row that counts."""
    several = np.zeros(request.rows, bool)
    given = np.zeros(request.rows, bool)
    for condition in request.conditions.values():
        several |= condition.state >= FIRST_SET
        given |= condition.state == GIVEN
    groups = np.flatnonzero(several & given)
    if len(groups):
        learned.model.fill(_rows_of(request, groups), 0, _TRIAL)


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


def _check_patterns(learned: Learned, request: Request) -> None:
    for known, sets in request.patterns():
        reason = learned.model.refusal(known, sets)
        if reason is not None:
            sizes = {name: len(grid.sizes) for name, grid in learned.grids.items()}
            raise refused(reason, learned.provenance.model, known, sets, sizes)


def _condition(codec: Codec, grid: Grid, name: str, given: Given, real: bool) -> Condition:
    hole = np.where(given.present, PRESENT, HOLE)
    state = np.where(
        given.known, GIVEN, np.where(given.choice >= 0, FIRST_SET + given.choice, hole)
    )
    if (state == PRESENT).any() and not _has_values(grid):
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
        "--min-count, which also keeps the values that fewer rows hold"
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


def _rows_of(request: Request, group: Int) -> Request:
    conditions = {
        n: Condition(c.value[group], c.state[group], c.sets) for n, c in request.conditions.items()
    }
    return Request(len(group), conditions)


def _with_given(drawn: pa.Table, plan: Plan, group: Int) -> pa.Table:
    """The drawn rows with every given cell exactly as given."""
    for name, given in plan.given.items():
        known = given.known[group]
        if not known.any():
            continue
        index = drawn.column_names.index(name)
        wanted = given.values.take(pa.array(group))
        cells = pc.if_else(
            pa.array(known), wanted.cast(drawn.column(index).type), drawn.column(index)
        )
        drawn = drawn.set_column(index, name, cells)
    return drawn
