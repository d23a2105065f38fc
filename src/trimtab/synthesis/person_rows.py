"""Rows of persons that are completed given the other rows of their persons."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trimtab._arrays import Int
from trimtab._random import Key
from trimtab._run import Run
from trimtab.codec.domain import MISSING, Codes
from trimtab.errors import PlanError
from trimtab.model.grid.coding import encoded, typed_as
from trimtab.model.grid.grid import has_values
from trimtab.model.interface import GIVEN, HOLE, PRESENT, Condition, PersonModel, Request
from trimtab.plan.plan import Plan, Unit
from trimtab.synthesis.breaches import refuse_breaches
from trimtab.synthesis.coded_plan import coded_plan
from trimtab.synthesis.computed.draw import with_computed
from trimtab.synthesis.computed.request import Asked, asked_of
from trimtab.synthesis.given_cells import with_given
from trimtab.synthesis.learned import Learned
from trimtab.table.persons import numbered
from trimtab.table.schema import Schema
from trimtab.table.table import Table


@dataclass(frozen=True, eq=False)
class PersonRows:
    """Rows to complete, after rows that are known.

    persons  a number from 0 of each row's person, in the order of the rows to complete
    earlier  how many of the rows are known, and come first
    whole    whether persons have no other rows than these
    """

    learned: Learned
    asked: Asked
    persons: Int
    earlier: int
    whole: bool

    @classmethod
    def of_plan(cls, learned: Learned, plan: Plan, earlier: Table | None = None) -> PersonRows:
        """From a plan that completes rows; `earlier` are rows of these and of other persons.

        Raises ColumnError and PlanError for rows that do not fit the model, or that no person can
        have; RefusedError for what the model cannot be given.
        """
        request = coded_plan(plan, learned.schema, learned.codec, learned.grids)
        refuse_breaches(learned, plan, request)
        name = _entity(learned)
        if name not in plan.given:
            raise _whose(name)
        ids = plan.given[name].values
        before, known = 0, ids.slice(0, 0)
        if earlier is not None:
            column = earlier.column(name)
            mine = pc.is_in(column, ids.drop_null().cast(column.type))
            earlier = Table(earlier.schema, earlier.data.filter(mine), earlier.origin)
            before, known = earlier.rows, earlier.column(name).cast(ids.type)
            request = _after(learned.codec.encode(earlier), request)
        rows = cls(learned, asked_of(learned, request), _numbers(known, ids), before, whole=False)
        rows._check(pa.concat_arrays([known, ids]))
        return rows

    @classmethod
    def of_table(cls, learned: Learned, table: Table, *, strict: bool) -> PersonRows:
        """From all rows of a table's persons, whose gaps are to be filled by values.

        A rare label counts as what it was pooled with, and one that the model never saw tells it
        nothing. `strict` refuses rows that no person can have, by a PlanError; else the cells stay
        as they are, and the model makes of them what it can.
        """
        name = _entity(learned)
        if name not in table.schema:
            raise _whose(name)
        conditions = {}
        for column in table.schema.names:
            if column not in learned.codec.modelled:
                continue
            values = typed_as(learned.codec, column, table.column(column))
            codes = encoded(learned.codec, column, values)
            empty = PRESENT if has_values(learned.grids[column]) else HOLE
            unseen = np.where(np.asarray(pc.is_valid(values)), HOLE, empty)
            conditions[column] = Condition(codes, np.where(codes == MISSING, unseen, GIVEN))
        asked = asked_of(learned, Request(table.rows, conditions), strict=False)
        ids = table.column(name)
        rows = cls(learned, asked, _numbers(ids.slice(0, 0), ids), 0, whole=True)
        if strict:
            rows._check(ids)
        return rows

    def _check(self, ids: pa.Array) -> None:
        """Raise PlanError for what no person can have."""
        found = self._model.trouble(self.asked.model, self.persons)
        if found is None:
            return
        row = int(np.flatnonzero(self.persons == found.person)[0])
        who = ids[row].as_py()
        named = "a person without one" if who is None else repr(who)
        raise PlanError(
            f"{', '.join(found.columns)} of {_entity(self.learned)} = {named} {found.what}."
        )

    @property
    def _model(self) -> PersonModel:
        assert isinstance(self.learned.model, PersonModel)
        return self.learned.model

    def drawn(self, key: Key, run: Run | None = None) -> pa.Table:
        """The rows to complete, all of their columns, as they stood."""
        request = self.asked.model
        if run is not None:
            run.tell("completing persons", 0, 1)
        codes = self._model.fill_given(request, self.persons, 0, key, whole=self.whole)
        every = with_computed(self.learned, codes, self.asked.rows)
        part = every.take(np.arange(self.earlier, request.rows))
        if run is not None:
            run.tell("completing persons", 1, 1)
        return self.learned.codec.decode(part, 0, key)

    def completed(self, plan: Plan, key: Key, run: Run | None = None) -> pa.Table:
        """The rows of a plan, every given cell as given."""
        drawn = self.drawn(key, run)
        return with_given(drawn, plan, np.arange(drawn.num_rows)).combine_chunks()


def completes_persons(learned: Learned, plan: Plan) -> bool:
    """Whether a plan completes rows as they come, by a model of persons."""
    if not isinstance(learned.model, PersonModel) or plan.unit is not Unit.ROWS:
        return False
    return bool(plan.given) and all(np.all(given.present) for given in plan.given.values())


def names_nobody(rows: Table, schema: Schema) -> bool:
    """Whether rows do not say whose they are, where the table's schema does."""
    return schema.entity is not None and schema.entity.name not in rows.schema


def check_whose(rows: Table, schema: Schema) -> None:
    """Raise PlanError for rows that do not say whose they are, where the table's schema does."""
    if schema.entity is not None and names_nobody(rows, schema):
        raise _whose(schema.entity.name)


def of_unknown(learned: Learned, rows: Table, table: Table) -> list[str]:
    """A note on persons of rows to complete of whom a table has no row."""
    name = _entity(learned)
    if name not in rows.schema:
        return []
    ids, known = rows.column(name), table.column(name)
    new = pc.invert(pc.is_in(ids.drop_null(), known.cast(ids.type)))
    many = len(ids.drop_null().filter(new).unique()) + ids.null_count
    if not many:
        return []
    who = "1 of the persons" if many == 1 else f"{many:,} of the persons"
    return [
        f"{who} given {'is' if many == 1 else 'are'} not in the table: nothing is known of such "
        "persons but the rows given, which count as their first ones."
    ]


def _entity(learned: Learned) -> str:
    entity = learned.schema.entity
    assert entity is not None, "a model of persons knows whose rows are"
    return entity.name


def _whose(name: str) -> PlanError:
    return PlanError(
        f"the rows have no column {name!r}, by which a model of persons knows whose each is: add "
        "it (the same for rows of one person, empty for a person of its own), or learn row by row "
        "(leave out `model`)."
    )


def _numbers(earlier: pa.Array, ids: pa.Array) -> Int:
    """A number for the person of each row, in the order of the second rows; earlier ones first. A
    row without an id is a person of its own."""
    who = numbered(pa.concat_arrays([ids, earlier]))
    _, first, which = np.unique(who, return_index=True, return_inverse=True)
    place = np.empty(len(first), np.int64)
    place[np.argsort(first, kind="stable")] = np.arange(len(first))
    who = place[which.reshape(-1)]
    return np.concatenate([who[len(ids) :], who[: len(ids)]])


def _after(earlier: Codes, request: Request) -> Request:
    """What is asked of rows that come after others, which are known."""
    conditions = {}
    for name, codes in earlier.columns.items():
        own = request.conditions.get(name, Condition.holes(request.rows))
        conditions[name] = Condition(
            np.concatenate([codes, own.value]),
            np.concatenate([np.full(earlier.rows, GIVEN), own.state]),
            own.sets,
        )
    return Request(earlier.rows + request.rows, conditions)
