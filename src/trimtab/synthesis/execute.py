"""Plan + what was learned + key -> the plan's rows, all of them, with every given cell as given."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trimtab._random import Key
from trimtab._run import Run
from trimtab.codec.domain import MISSING
from trimtab.errors import InputError
from trimtab.model.grid.coding import encoded, typed_as
from trimtab.model.grid.grid import has_values
from trimtab.model.interface import (
    FIRST_SET,
    GIVEN,
    HOLE,
    PRESENT,
    Condition,
    InPasses,
    PersonModel,
    Request,
)
from trimtab.plan.plan import Plan, Unit
from trimtab.synthesis.breaches import refuse_breaches
from trimtab.synthesis.choose import refused_when_drawn
from trimtab.synthesis.computed.draw import fill, refusal
from trimtab.synthesis.computed.request import Asked, asked_of
from trimtab.synthesis.given_cells import with_given
from trimtab.synthesis.groups import Groups
from trimtab.synthesis.kept import coded_for
from trimtab.synthesis.learned import Learned
from trimtab.synthesis.person_rows import PersonRows, completes_persons
from trimtab.synthesis.persons import PersonDraw
from trimtab.table.schema import Schema
from trimtab.table.table import Table

_TRIAL = Key(0).child("trial")
BATCH_ROWS = 16_384  # rows drawn at a time: bounds memory, and changes nothing else


def execute(
    learned: Learned,
    plan: Plan,
    key: Key,
    run: Run | None = None,
    earlier: Table | None = None,
) -> Table:
    """Draw the plan's rows; see `execute_parts`."""
    parts = list(execute_parts(learned, plan, key, run, earlier))
    data = pa.concat_tables([part.data for part in parts]).combine_chunks()
    return Table(parts[0].schema, data, learned.origin)


def execute_parts(
    learned: Learned,
    plan: Plan,
    key: Key,
    run: Run | None = None,
    earlier: Table | None = None,
) -> Iterator[Table]:
    """Draw the plan's rows in order, BATCH_ROWS at a time. Row i depends on the key and on i alone.

    earlier  where a model of persons completes rows: rows that their persons have already

    Raises ColumnError and PlanError for a plan that does not fit the model, RefusedError for what
    the model cannot condition on exactly: all of them at once, before the first row is drawn.
    """
    if completes_persons(learned, plan):
        return _completed(PersonRows.of_plan(learned, plan, earlier), plan, key, run or Run())
    return _parts(learned, plan, compile_plan(learned, plan), key, run or Run())


def _completed(rows: PersonRows, plan: Plan, key: Key, run: Run) -> Iterator[Table]:
    yield Table(_schema(rows.learned), rows.completed(plan, key, run), rows.learned.origin)


def _schema(learned: Learned) -> Schema:
    """The schema of what is drawn."""
    columns = tuple(c for c in learned.schema if c.name in learned.codec.columns)
    return Schema(locked=learned.schema.locked, columns=columns)


def _parts(learned: Learned, plan: Plan, asked: Asked, key: Key, run: Run) -> Iterator[Table]:
    schema = _schema(learned)
    if isinstance(learned.model, PersonModel):
        for data in PersonDraw(learned, learned.model, plan, asked, key).batches(run):
            yield Table(schema, data.combine_chunks(), learned.origin)
        return
    groups = Groups(plan.counts)
    for start, drawn in _batches(learned, asked, groups, key, run):
        data = with_given(drawn, plan, groups.of(start, start + drawn.num_rows))
        yield Table(schema, data.combine_chunks(), learned.origin)


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
    asked = asked_of(learned, Request(rows.rows, conditions), strict=False)
    if not isinstance(learned.model, InPasses):
        _check_patterns(learned, asked)
    groups = Groups(np.ones(rows.rows, np.int64))
    parts = [
        drawn.select(list(conditions))
        for _, drawn in _batches(learned, asked, groups, key, run or Run())
    ]
    whole = pa.concat_tables(parts).combine_chunks()
    return {n: whole.column(n).chunk(0) for n in conditions}


def holds_values(learned: Learned, name: str) -> bool:
    """Whether the model learned any value of a column, and not only that it is missing."""
    return has_values(learned.grids[name])


def _batches(
    learned: Learned, asked: Asked, groups: Groups, key: Key, run: Run
) -> Iterator[tuple[int, pa.Table]]:
    """Batches of rows in order, and where each begins; row i is asked what its group is.

    Where the run has several workers, so many batches are drawn at the same time.
    """
    starts = range(0, max(groups.rows, 1), BATCH_ROWS)
    with run.pool(learned, asked, groups, key, tasks=len(starts)) as pool:
        waiting, ahead = deque[tuple[int, Future[pa.Table]]](), iter(starts)
        at_once = run.executor.workers + 1 if run.executor.workers > 1 else 1
        for start in ahead:
            waiting.append((start, pool.submit(_batch, start)))
            if len(waiting) >= at_once:
                yield _told(*waiting.popleft(), groups.rows, run)
        while waiting:
            yield _told(*waiting.popleft(), groups.rows, run)


def _batch(
    learned: Learned, asked: Asked, groups: Groups, key: Key, run: Run, start: int
) -> pa.Table:
    stop = min(start + BATCH_ROWS, groups.rows)
    codes = fill(learned, asked.take(groups.of(start, stop)), start, key)
    return learned.codec.decode(codes, start, key)


def _told(start: int, drawing: Future[pa.Table], rows: int, run: Run) -> tuple[int, pa.Table]:
    """A batch that was drawn, and progress."""
    drawn = drawing.result()
    run.tell("drawing rows", start + drawn.num_rows, rows)
    return start, drawn


def compile_plan(learned: Learned, plan: Plan) -> Asked:
    """The plan's groups in codes, checked against the model; see `execute` for the errors."""
    asked = asked_of(learned, coded_for(learned, plan))
    if not plan.by:  # what a balance asks for is checked where its rules are known: before the fit
        refuse_breaches(learned, plan, asked.rows)
    _check_unit(learned, plan)
    _check_patterns(learned, asked)
    if not isinstance(learned.model, PersonModel):
        _check_ranges(learned, asked)
    return asked


def _check_unit(learned: Learned, plan: Plan) -> None:
    if plan.unit is Unit.PERSONS and not isinstance(learned.model, PersonModel):
        raise InputError(
            "persons are asked for, and the model draws rows one by one: ask for rows, or fit with "
            '`model="persons"`.'
        )


def _check_ranges(learned: Learned, asked: Asked) -> None:
    """Draw one row of each group that asks for a set or a range behind values: what these leave no
    probability is then refused before the first row that counts."""
    several = np.zeros(asked.model.rows, bool)
    given = np.zeros(asked.model.rows, bool)
    for condition in asked.model.conditions.values():
        several |= condition.state >= FIRST_SET
        given |= condition.state == GIVEN
    groups = np.flatnonzero(several & given)
    if len(groups):
        fill(learned, asked.take(groups), 0, _TRIAL)


def _check_patterns(learned: Learned, asked: Asked) -> None:
    refused = refusal(learned, asked)
    if refused is not None:
        reason, (known, sets) = refused
        sizes = {name: len(grid.sizes) for name, grid in learned.grids.items()}
        raise refused_when_drawn(reason, learned.provenance.model, known, sets, sizes)
