"""How a column of a chain is distributed, given all columns before it in some rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trimtab._arrays import Float, Int
from trimtab.model.grid.grid import Features, Grid
from trimtab.model.grid.intervals import Allowed
from trimtab.model.interface import FIRST_SET, HOLE, PRESENT, Condition, Stream, stream_of_rows
from trimtab.model.trees.conditional import Conditional, Inputs
from trimtab.model.trees.within import draw_within, share_within


@dataclass(frozen=True)
class GivenBefore:
    """The distributions of a column in some rows; see `masks.held.Distributions`."""

    conditional: Conditional
    inputs: Inputs

    @classmethod
    def of(cls, conditional: Conditional, features: Features, scores: Float) -> GivenBefore:
        """From the features and normal scores of all columns before, [rows, columns]."""
        return cls(conditional, conditional.inputs(features, scores))

    @property
    def grid(self) -> Grid:
        """The column's."""
        return self.conditional.grid

    @property
    def rows(self) -> int:
        """How many rows."""
        return self.inputs.rows

    @property
    def quick(self) -> bool:
        """Whether a draw among codes takes no longer than any: not where a residual is drawn."""
        return self.conditional.residual is None

    def part(self, rows: Int) -> GivenBefore:
        """Some of the rows."""
        return GivenBefore(self.conditional, self.inputs.part(rows))

    def free(self, condition: Condition, stream: Stream) -> Int:
        """The given codes, and draws where there is a hole, a set or a range."""
        conditional = self.conditional
        if (condition.state == HOLE).all():
            return conditional.draw(self.inputs, stream)
        codes = condition.value.copy()
        for state in (HOLE, PRESENT):
            rows = np.flatnonzero(condition.state == state)
            if len(rows):
                codes[rows] = conditional.draw(
                    self.inputs.part(rows), stream_of_rows(stream, rows), state == PRESENT
                )
        for i, allowed in enumerate(condition.sets):
            rows = np.flatnonzero(condition.state == FIRST_SET + i)
            if len(rows):
                codes[rows] = conditional.draw_allowed(
                    self.inputs.part(rows), stream_of_rows(stream, rows), allowed
                )
        return codes

    def share(self, allowed: Sequence[Allowed], which: Int) -> Float:
        """See `masks.held.Distributions.share`."""
        return share_within(self.conditional, self.inputs, allowed, which)

    def draw(self, allowed: Sequence[Allowed], which: Int, stream: Stream) -> Int:
        """See `masks.held.Distributions.draw`."""
        return draw_within(self.conditional, self.inputs, stream, allowed, which)

    def log_prob(self, codes: Int, elements: Int) -> Float:
        """The log probability mass of each row's code, which lies in an element of the grid."""
        return self.conditional.log_prob(codes, elements, self.inputs)
