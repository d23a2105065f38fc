"""What rows say of a column that is drawn as a gap, as conditions on the gap."""

from __future__ import annotations

import numpy as np

from trimtab.codec.domain import MISSING
from trimtab.errors import PlanError, RefusedError
from trimtab.model.grid.intervals import Allowed, Intervals, truncated
from trimtab.model.grid.sets import common, is_empty
from trimtab.model.interface import FIRST_SET, GIVEN, Condition
from trimtab.synthesis.computed.gap import Gap


def on_gap(gap: Gap, own: Condition, base: Condition | None) -> Condition:
    """The condition on a gap that one on its column comes to.

    Raises RefusedError where the column that it is counted from is not given, PlanError for what
    lies on the other side of that.
    """
    told = np.zeros(len(own.state), bool) if base is None else base.state == GIVEN
    given = (own.state == GIVEN) & (own.value != MISSING)
    among = own.state >= FIRST_SET
    if ((given | among) & ~told).any():
        raise RefusedError(
            f"{gap.column} is drawn as its distance from {gap.by} by the rule {gap.rule!r}, and no "
            f"value or range of it can be asked for unless {gap.by} is given, too: fit again with "
            f"`first=[{gap.column!r}]`, or without rules."
        )
    if base is None:
        return own
    values = np.where(given, gap.gaps(own.value, base.value), own.value)
    state, sets = own.state.copy(), list[Allowed]()
    rows = np.flatnonzero(among)
    pairs = np.stack([own.state[rows], base.value[rows]], axis=1)
    combinations, place = np.unique(pairs, axis=0, return_inverse=True)
    for which, code in combinations.tolist():
        asked = own.sets[which - FIRST_SET]
        assert isinstance(asked, Intervals), "what is drawn as a gap is no label"
        sets.append(_shifted(gap, asked, code))
    state[rows] = FIRST_SET + place.reshape(-1)
    return Condition(values, state, tuple(sets))


def _shifted(gap: Gap, asked: Intervals, base: int) -> Intervals:
    """The gaps that lead from a code into intervals."""
    ends = (asked.low - base, asked.high - base)
    low, high = ends if gap.sign > 0 else (-ends[1][::-1], -ends[0][::-1])
    near, far = (int(d[0]) for d in gap.limits(np.array([base])))
    most = max(gap.grid.reach[1], far)
    # What would lie beyond the ends is drawn there.
    low, high = (
        np.where((low <= near) & (high >= near), 0, low),
        np.where((low <= far) & (high >= far), most, high),
    )
    none = np.zeros(1, np.int64)
    shifted = common(Intervals(low, high, asked.missing), Intervals(none, none + most, True))
    assert isinstance(shifted, Intervals)
    if is_empty(shifted) or not truncated(gap.grid, shifted).shares.any():
        raise PlanError(
            f"{gap.column} is asked to lie where no row has it by the rule {gap.rule!r} and the "
            f"{gap.by} that is given: ask for what goes together, or fit again with "
            f"`first=[{gap.column!r}]`, or without rules."
        )
    return shifted
