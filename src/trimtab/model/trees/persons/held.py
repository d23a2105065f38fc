"""A number of several kinds, held to masks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab._arrays import Int
from trimtab.codec.domain import MISSING
from trimtab.model.grid.intervals import Intervals
from trimtab.model.interface import Condition, Stream, stream_of_rows
from trimtab.model.masks.left import Case, Left
from trimtab.model.trees.given import GivenBefore
from trimtab.model.trees.persons.standing import Kinds

_TURNS = 6  # draws of a row before it takes what is nearest


@dataclass(frozen=True)
class OfKinds:
    """How a number of several kinds is distributed in some rows.

    given   of its steps
    tokens  of the label that tells the kinds
    """

    given: GivenBefore
    kinds: Kinds
    tokens: Int

    def held(self, left: Left, drawn: Int, stream: Stream) -> Int:
        """The codes of rows, drawn anew where masks do not leave them: a few times, and then the
        nearest ones that they leave. Where nothing is left they stay as they were drawn."""
        drawn, rows = drawn.copy(), np.flatnonzero(~left.allows(drawn))
        for turn in range(_TURNS):
            if not len(rows):
                return drawn
            own = stream_of_rows(stream, rows, f"turn {turn}")
            steps = self.given.part(rows).free(Condition.holes(len(rows)), own)
            tried = self.kinds.codes(steps, self.tokens[rows], own("kind"))
            good = left.part(rows).allows(tried)
            drawn[rows[good]] = tried[good]
            rows = rows[~good]
        for case in left.part(rows).cases():
            drawn[rows[case.rows]] = _nearest(case, drawn[rows[case.rows]])
        return drawn


def _nearest(case: Case, codes: Int) -> Int:
    """The codes that are left and nearest to some; of missing ones, those in the middle."""
    values, missing = case.has
    inside = case.of_kind(apart=False)
    if values and isinstance(inside, Intervals) and len(inside.low):
        middle = inside.low[len(inside.low) // 2]
        wanted = np.where(codes == MISSING, middle, codes)
        near = wanted[:, None].clip(inside.low, inside.high)
        best = np.abs(near - wanted[:, None]).argmin(axis=1)
        return np.asarray(near[np.arange(len(codes)), best])
    return np.full(len(codes), MISSING) if missing else codes
