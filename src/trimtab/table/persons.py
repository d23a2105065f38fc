"""Whose the rows of a table are."""

from __future__ import annotations

import numpy as np

from trimtab._arrays import Int
from trimtab.table.table import Table


def persons(table: Table) -> Int | None:
    """A number for each row's person, None where the table has no entity column.

    A row without an entity is a person of its own.
    """
    column = table.schema.entity
    if column is None:
        return None
    coded = table.column(column.name).dictionary_encode().indices
    who = np.asarray(coded.fill_null(-1).to_numpy(zero_copy_only=False), np.int64)
    alone = who < 0
    who[alone] = who.max(initial=0) + 1 + np.arange(alone.sum())
    return who
