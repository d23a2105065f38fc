"""The real rows that masks are learned from, so that no pair and no end of few shows in draws."""

from __future__ import annotations

import numpy as np

from trimtab._arrays import Bool, Int
from trimtab.table.rules.condition import Where
from trimtab.table.rules.ranges import Within
from trimtab.table.rules.statement import Statement
from trimtab.table.rules.together import Together
from trimtab.table.rules.view import View, combined


def shown_by(statement: Statement, real: View, min_count: int) -> View:
    """The rows to learn from, so that no pair and no end of a range shows that few hold."""
    seen = real.only(statement.columns)
    if min_count < 2:
        return seen
    inner = statement.statement if isinstance(statement, Where) else statement
    if isinstance(inner, Together):
        key = combined(seen, seen, inner.names)
        return seen.take(_held_by(key, seen) >= min_count)
    if isinstance(inner, Within):
        return seen.take(_inner(inner, seen, min_count))
    return seen


def _held_by(key: Int, seen: View) -> Int:
    """How many rows (persons) share each row's combination, shape (rows,)."""
    pairs = np.unique(np.stack([key, seen.holders]), axis=1)
    keys, counts = np.unique(pairs[0], return_counts=True)
    return counts[np.searchsorted(keys, key)]


def _inner(statement: Within, seen: View, min_count: int) -> Bool:
    """The rows without those of the outermost holders of each group, at both ends."""
    key, values = combined(seen, seen, statement.groups), seen[statement.number].amounts
    inner = np.ones(seen.rows, bool)
    for signed in (values, -values):
        order = np.lexsort((signed, key))
        first = np.unique(key[order], return_index=True)[1]
        ends = np.append(first[1:], len(order))
        for start, stop in zip(first, ends, strict=True):
            rows = order[start:stop]
            holders, at = np.unique(seen.holders[rows], return_index=True)
            if len(holders) >= min_count:
                least = np.sort(signed[rows[at]])[min_count - 1]
                inner[rows] &= ~(signed[rows] < least)
    return inner
