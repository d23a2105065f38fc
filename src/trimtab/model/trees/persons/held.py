"""A number of several kinds: as it is drawn where masks hold it, or where it is given in part."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from trimtab._arrays import Float, Int
from trimtab.codec.domain import MISSING
from trimtab.model.grid.intervals import Allowed, Intervals, truncated
from trimtab.model.grid.sets import among
from trimtab.model.interface import PRESENT, Condition, Stream, stream_of_rows
from trimtab.model.masks.left import Left
from trimtab.model.trees.given import GivenBefore
from trimtab.model.trees.persons.standing import FARTHEST_SCORE, STEP, Kinds
from trimtab.model.trees.residual import ranks

_LEAST = 1e-12  # of probabilities
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

    def part(self, rows: Int) -> OfKinds:
        """Some of the rows."""
        return OfKinds(self.given.part(rows), self.kinds, self.tokens[rows])

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
            values, missing = case.has
            inside = case.of_kind(apart=False) if values else None
            drawn[rows[case.rows]] = _nearest(inside, missing, drawn[rows[case.rows]])
        return drawn

    def log_prob(self, codes: Int) -> Float:
        """The log probability of each row's code, but for its granularity, and for what draws of an
        interval add to a frequent value inside it: up to a sixth in all, and the same for all rows
        of a kind, so that they can be compared."""
        missing = codes == MISSING
        low, high = self.kinds.spans(np.where(missing, 0, codes), self.tokens)
        first = np.floor(low / STEP).astype(np.int64)
        last = np.maximum(np.floor(high / STEP).astype(np.int64) - 1, first)
        within = (high - low) / STEP / (last - first + 1)  # rounded to steps, and so about 1
        ends = np.where(missing, MISSING, np.stack([first, last]))
        share = self._share(ends)
        return np.log(np.maximum(share * np.where(missing, 1.0, within), _LEAST))

    def draw_present(self, stream: Stream) -> Int:
        """A code for each row that is not missing."""
        rows = np.zeros(self.given.rows, np.int64)
        steps = self.given.free(Condition(rows, np.full(len(rows), PRESENT)), stream)
        return self.kinds.codes(steps, self.tokens, stream("kind"))

    def draw_within(self, allowed: Intervals, stream: Stream) -> tuple[Int, Float]:
        """A code for each row in what is allowed, and the log probability of that."""
        which = self.kinds.of_token[self.tokens]
        _, first, place = np.unique(which, return_index=True, return_inverse=True)
        sets = [self._steps_within(allowed, int(self.tokens[at])) for at in first.tolist()]
        place = place.reshape(-1)
        steps = self.given.draw(sets, place, stream)
        codes = self.kinds.codes(steps, self.tokens, stream("kind"))
        codes = np.where(among(codes, allowed), codes, _nearest(allowed, allowed.missing, codes))
        return codes, np.log(np.maximum(self.given.share(sets, place), _LEAST))

    def _steps_within(self, allowed: Intervals, token: int) -> Intervals:
        """The steps of a kind whose codes are allowed; each of its elements as most draws of it are
        rounded. A frequent value and the interval around it lie apart among steps."""
        grid = self.kinds.grids[int(self.kinds.of_token[token])]
        inside = truncated(grid, Intervals(allowed.low, allowed.high))
        order = np.lexsort((-inside.chance, inside.element))
        usual = order[np.diff(inside.element[order], prepend=-1) > 0]
        ends = np.stack(ranks(inside))[:, usual] / grid.rows.sum()
        scores = ndtri(ends).clip(-FARTHEST_SCORE, FARTHEST_SCORE)
        low, high = np.floor(scores / STEP).astype(np.int64)
        filled = np.flatnonzero(high > low)
        return Intervals(low[filled], high[filled] - 1, allowed.missing)

    def _share(self, ends: Int) -> Float:
        """The probability of steps between ends; of missing, where these are."""
        pairs, which = np.unique(ends, axis=1, return_inverse=True)
        none = np.zeros(0, np.int64)
        sets = [
            Intervals(none, none, True)
            if first == MISSING
            else Intervals(np.array([first]), np.array([last]))
            for first, last in pairs.T.tolist()
        ]
        return self.given.share(sets, which.reshape(-1))


def _nearest(inside: Allowed | None, missing: bool, codes: Int) -> Int:
    """The codes that are left and nearest to some; of missing ones, those in the middle.

    missing  whether missing is left, too
    """
    if isinstance(inside, Intervals) and len(inside.low):
        middle = inside.low[len(inside.low) // 2]
        wanted = np.where(codes == MISSING, middle, codes)
        near = wanted[:, None].clip(inside.low, inside.high)
        best = np.abs(near - wanted[:, None]).argmin(axis=1)
        return np.asarray(near[np.arange(len(codes)), best])
    return np.full(len(codes), MISSING) if missing else codes
