"""Drawn rows with the cells that a plan gives."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from trimtab._arrays import Int
from trimtab.plan.plan import Plan


def with_given(drawn: pa.Table, plan: Plan, group: Int) -> pa.Table:
    """The drawn rows with every given cell exactly as given; `group` is that of each row."""
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
