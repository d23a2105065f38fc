"""How a network says that one column of some rows is distributed: draws of it, free and in sets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trimtab._arrays import Float, Int
from trimtab.codec.domain import MISSING
from trimtab.model.grid.grid import Grid, NumberGrid
from trimtab.model.grid.intervals import (
    Allowed,
    Intervals,
    decode_allowed,
    rows_within,
    shares_of,
    truncated,
)
from trimtab.model.grid.sets import everything, present
from trimtab.model.interface import GIVEN, HOLE, PRESENT, Condition, Stream
from trimtab.model.network.truncated import elements_drawn, weights_within
from trimtab.model.neural.encoding import ColumnEncoding


@dataclass(frozen=True)
class OneColumn:
    """The distributions of a column in some rows; see `masks.held.Distributions`.

    outcomes  [rows, slots] probabilities
    mixture   [rows, 3, components] of logistics, where the column has a scale
    """

    encoding: ColumnEncoding
    outcomes: Float
    mixture: Float

    @property
    def grid(self) -> Grid:
        """The column's."""
        return self.encoding.grid

    @property
    def rows(self) -> int:
        """How many rows."""
        return len(self.outcomes)

    @property
    def quick(self) -> bool:
        """A draw among codes takes no longer than any."""
        return True

    def part(self, rows: Int) -> OneColumn:
        """Some of the rows."""
        return OneColumn(self.encoding, self.outcomes[rows], self.mixture[rows])

    def free(self, condition: Condition, stream: Stream) -> Int:
        """The given codes, and draws where there is a hole, a set or a range."""
        every = everything(self.grid)
        allowed = {HOLE: every, GIVEN: every, PRESENT: present(every)}
        which = condition.state
        drawn = self.draw([*(allowed[i] for i in sorted(allowed)), *condition.sets], which, stream)
        return np.where(condition.state == GIVEN, condition.value, drawn)

    def share(self, allowed: Sequence[Allowed], which: Int) -> Float:
        """See `masks.held.Distributions.share`."""
        shares = np.zeros(self.rows)
        for i in np.unique(which).tolist():
            rows = np.flatnonzero(which == i)
            shares[rows] = self.part(rows)._weights(allowed[i]).sum(axis=1)
        return shares

    def draw(self, allowed: Sequence[Allowed], which: Int, stream: Stream) -> Int:
        """See `masks.held.Distributions.draw`."""
        uniforms = {purpose: stream(purpose) for purpose in ("outcome", "share", "grain")}
        codes = np.zeros(self.rows, np.int64)
        for i in np.unique(which).tolist():
            rows = np.flatnonzero(which == i)
            own = {purpose: values[rows] for purpose, values in uniforms.items()}
            codes[rows] = self.part(rows)._drawn(allowed[i], own)
        return codes

    def _weights(self, allowed: Allowed) -> Float:
        """How probable each row's draws are that lie in a set: by token, or missing first and then
        by element of a number."""
        if isinstance(allowed, Intervals):
            assert isinstance(self.grid, NumberGrid)
            inside = truncated(self.grid, allowed)
            return weights_within(self.encoding, inside, self.outcomes, self.mixture)
        return self.outcomes[:, : self.encoding.outcomes] * shares_of(self.grid, allowed)

    def _drawn(self, allowed: Allowed, uniforms: dict[str, Float]) -> Int:
        """A code of each row in one set."""
        weights = self._weights(allowed)
        outcome, share, grain = (uniforms[p] for p in ("outcome", "share", "grain"))
        chosen = elements_drawn(weights, outcome) + 1
        if not isinstance(allowed, Intervals):
            codes = decode_allowed(self.grid, allowed, chosen, share, grain)
        else:
            assert isinstance(self.grid, NumberGrid)
            inside = truncated(self.grid, allowed)
            codes = np.full(self.rows, MISSING, np.int64)
            known = np.flatnonzero(chosen > 0)
            codes[known] = inside.inside(chosen[known] - 1, share[known], grain[known])
        lost = np.flatnonzero(~(weights.sum(axis=1) > 0))
        if len(lost):
            counted = rows_within(self.grid, allowed)
            tokens = elements_drawn(np.tile(counted, (len(lost), 1)), outcome[lost]) + 1
            codes[lost] = decode_allowed(self.grid, allowed, tokens, share[lost], grain[lost])
        return codes
