"""The cells of a balance plan that kept rules forbid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from trimtab.errors import RefusedError
from trimtab.plan.plan import Plan, cell_name
from trimtab.table.rules.reading import kept_rules
from trimtab.table.rules.rule import Rule, Source
from trimtab.table.rules.view import View, vector_of, view
from trimtab.table.rules.words import shortened
from trimtab.table.table import Table

_NAMED = 5


@dataclass(frozen=True)
class Forbidden:
    """A rule, and the cells to generate that break it, by their names."""

    rule: Rule
    cells: tuple[str, ...]


def check_forbidden(plan: Plan, table: Table) -> tuple[str, ...]:
    """Warnings on cells that are to be generated though a rule that was found forbids them.

    table  the real one, with its rules

    Raises RefusedError for a cell that a declared rule forbids.
    """
    warnings = []
    for found in _forbidden(plan, table):
        listed = "; ".join(found.cells[:_NAMED])
        more = f"; and {len(found.cells) - _NAMED} more" if len(found.cells) > _NAMED else ""
        rule = shortened(found.rule.text)
        if found.rule.source is Source.DECLARED:
            raise RefusedError(
                f"the rule {rule!r}, which was declared, forbids {listed}{more}: ask for other "
                "cells, or drop the rule in the schema."
            )
        warnings.append(
            f"No real row is like {listed}{more}: the rule {rule!r} is kept by all of them. Such "
            "rows are made because they were asked for, and cannot be true."
        )
    return tuple(warnings)


def _forbidden(plan: Plan, table: Table) -> list[Forbidden]:
    """The kept rules that cells to generate break; those on columns that were cut tell nothing."""
    names = [n for n in plan.by if n not in plan.bins]
    cells = [c for c in plan.cells if c.generated_rows]
    if not cells or not names:
        return []
    columns = {}
    for name in names:
        place = plan.by.index(name)
        values = pa.array([c.values[place] for c in cells], table.column(name).type)
        columns[name] = vector_of(values, table.schema[name])
    asked, real, found = View(columns, len(cells)), view(table), []
    for read in kept_rules(table.schema):
        if not set(read.statement.columns) <= set(names):
            continue
        broken = np.flatnonzero(read.statement.learned(real)(asked).broken)
        if len(broken):
            told = tuple(cell_name(cells[i].values, plan.by) for i in broken.tolist())
            found.append(Forbidden(read.rule, told))
    return found
