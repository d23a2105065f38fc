"""Ranges between which a number of each row is asked to lie."""

from __future__ import annotations

import numpy as np

from trimtab._arrays import Int
from trimtab.codec.domain import LARGEST
from trimtab.model.grid.grid import Grid, NumberGrid
from trimtab.model.grid.intervals import Intervals
from trimtab.model.grid.sets import leaves_any
from trimtab.model.interface import FIRST_SET, GIVEN, Condition


def within(grid: Grid, asked: Condition, low: Int, high: Int) -> Condition:
    """What is asked of a number, with ranges from low to high where it is not given.

    Where no draw lands in a row's range, its code is the end of the range that is nearest.
    """
    assert isinstance(grid, NumberGrid)
    if not len(grid.low):
        return asked
    least, most = grid.reach
    cut = (asked.state != GIVEN) & ((low > least) | (high < most))
    value, state, sets = asked.value.copy(), asked.state.copy(), list(asked.sets)
    rows = np.flatnonzero(cut)
    ends = np.stack([low[rows], high[rows]]).clip(1 - LARGEST, LARGEST - 1)
    pairs, place = np.unique(ends, axis=1, return_inverse=True)
    for k, (first, last) in enumerate(pairs.T.tolist()):
        allowed = Intervals(np.array([first]), np.array([last]))
        at = rows[place.reshape(-1) == k]
        if leaves_any(grid, allowed):
            state[at] = FIRST_SET + len(sets)
            sets.append(allowed)
        else:
            state[at], value[at] = GIVEN, first if first > least else last
    return Condition(value, state, tuple(sets))
