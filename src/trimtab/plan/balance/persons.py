"""Balancing persons: a table of which each person counts once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa

from trimtab.errors import InputError, RefusedError, unknown_column
from trimtab.plan.plan import Plan, Unit
from trimtab.table.persons import Grouped, codes_of, persons
from trimtab.table.schema import Kind
from trimtab.table.table import Table

_COUNTED = re.compile(r"(?<=\d) rows|(?<=real) rows|(?<=number of) rows")  # in what a plan says


def persons_table(table: Table, by: Sequence[str]) -> Table:
    """The first row of each person, for columns that a person has once.

    Raises ColumnError for columns that are not there, InputError where nothing says whose rows are,
    RefusedError for columns that differ between the rows of a person.
    """
    who = persons(table)
    if who is None:
        raise InputError(
            'unit = "persons": no column says whose the rows are. Mark one as `entity` in the '
            "schema (trimtab inspect DATA -o schema.toml), or balance rows."
        )
    grouped = Grouped(who)
    for name in by:
        if name not in table.schema:
            raise unknown_column(name, table.schema.names, "by")
        if grouped.changes(codes_of(table.column(name))).any():
            raise RefusedError(
                f"{name} differs between the rows of a person, so that persons cannot be balanced "
                "over it: take a column that each person has once (such as whether it ever was "
                'so), or balance rows (`unit="rows"`).'
            )
    entity = table.schema.entity
    assert entity is not None
    alone = table.schema.change(entity.name, kind=Kind.IDENTIFIER)
    return Table(
        alone, table.data.take(pa.array(np.sort(grouped.place[grouped.starts]))), table.origin
    )


def counting_persons(plan: Plan) -> Plan:
    """The same plan, of persons with all their rows, and in words that say so."""
    warnings = tuple(_COUNTED.sub(" persons", text) for text in plan.warnings)
    reason = f"{_COUNTED.sub(' persons', plan.reason)}, with all their rows"
    return replace(plan, unit=Unit.PERSONS, reason=reason, warnings=warnings)
