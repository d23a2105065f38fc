"""Plan + what was learned + key -> the plan's rows, all of them, with every given cell as given."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trimtab._arrays import Int
from trimtab._random import Key
from trimtab._run import Run
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
from trimtab.synthesis.choose import refused_when_drawn
from trimtab.synthesis.learned import Learned
from trimtab.table.schema import Schema
from trimtab.table.table import Table

_TRIAL = Key(0).child("trial")
BATCH_ROWS = 16_384  # rows drawn at a time: bounds memory, and changes nothing else


def execute(learned: Learned, plan: Plan, key: Key, run: Run | None = None) -> Table:
    """Draw the plan's rows; see `execute_parts`."""
    parts = list(execute_parts(learned, plan, key, run))
    data = pa.concat_tables([part.data for part in parts]).combine_chunks()
    return Table(parts[0].schema, data, learned.origin)


def execute_parts(
    learned: Learned, plan: Plan, key: Key, run: Run | None = None
) -> Iterator[Table]:
    """Draw the plan's rows in order, BATCH_ROWS at a time. Row i depends on the key and on i alone.

    Raises ColumnError and PlanError for a plan that does not fit the model, RefusedError for what
    the model cannot condition on exactly: all of them at once, before the first row is drawn.
    """
    return _parts(learned, plan, compile_plan(learned, plan), key, run or Run())


def _parts(learned: Learned, plan: Plan, request: Request, key: Key, run: Run) -> Iterator[Table]:
    columns = tuple(c for c in learned.schema if c.name in learned.codec.columns)
    schema, groups = Schema(locked=learned.schema.locked, columns=columns), _Groups(plan.counts)
    for start, drawn in _batches(learned, request, groups, key, run):
        data = _with_given(drawn, plan, groups.of(start, start + drawn.num_rows))
        yield Table(schema, data.combine_chunks(), learned.origin)


class _Groups:
    """Which group each row of a plan belongs to, without a number for each row."""

    def __init__(self, counts: Int) -> None:
        self._ends = np.cumsum(counts)
        self.rows = int(self._ends[-1]) if len(counts) else 0

    def of(self, start: int, stop: int) -> Int:
        """The groups of rows start..stop-1."""
        return np.searchsorted(self._ends, np.arange(start, stop), side="right")


def complete(
    learned: Learned, rows: Table, key: Key, run: Run | None = None
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
    groups = _Groups(np.ones(rows.rows, np.int64))
    parts = [
        drawn.select(list(conditions))
        for _, drawn in _batches(learned, request, groups, key, run or Run())
    ]
    whole = pa.concat_tables(parts).combine_chunks()
    return {n: whole.column(n).chunk(0) for n in conditions}


def holds_values(learned: Learned, name: str) -> bool:
    """Whether the model learned any value of a column, and not only that it is missing."""
    return _has_values(learned.grids[name])


def _has_values(grid: Grid) -> bool:
    return len(grid.sizes) > int(grid.nullable)


def _batches(
    learned: Learned, request: Request, groups: _Groups, key: Key, run: Run
) -> Iterator[tuple[int, pa.Table]]:
    """Batches of rows in order, and where each begins; row i says what `request` says of its group.

    Where the run has several workers, so many batches are drawn at the same time.
    """
    starts = range(0, max(groups.rows, 1), BATCH_ROWS)
    with run.pool(learned, request, groups, key, tasks=len(starts)) as pool:
        waiting, ahead = deque[tuple[int, Future[pa.Table]]](), iter(starts)
        at_once = run.executor.workers + 1 if run.executor.workers > 1 else 1
        for start in ahead:
            waiting.append((start, pool.submit(_batch, start)))
            if len(waiting) >= at_once:
                yield _told(*waiting.popleft(), groups.rows, run)
        while waiting:
            yield _told(*waiting.popleft(), groups.rows, run)


def _batch(
    learned: Learned, request: Request, groups: _Groups, key: Key, run: Run, start: int
) -> pa.Table:
    stop = min(start + BATCH_ROWS, groups.rows)
    codes = learned.model.fill(_rows_of(request, groups.of(start, stop)), start, key)
    return learned.codec.decode(codes, start, key)


def _told(start: int, drawing: Future[pa.Table], rows: int, run: Run) -> tuple[int, pa.Table]:
    """A batch that was drawn, and progress."""
    drawn = drawing.result()
    run.tell("drawing rows", start + drawn.num_rows, rows)
    return start, drawn


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
            raise refused_when_drawn(reason, learned.provenance.model, known, sets, sizes)


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
