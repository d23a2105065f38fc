"""How a column of a chain is distributed, given all columns before it in some rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from trimtab._arrays import Float, Int
from trimtab.model.grid.grid import Features, Grid
from trimtab.model.grid.intervals import Allowed
from trimtab.model.interface import (
    FIRST_SET,
    GIVEN,
    HOLE,
    PRESENT,
    Condition,
    Stream,
    stream_of_rows,
)
from trimtab.model.trees.columns import Columns
from trimtab.model.trees.conditional import Conditional
from trimtab.model.trees.distribution import Inputs


@dataclass(frozen=True, eq=False)
class GivenBefore:
    """The distributions of a column in some rows; see `masks.held.Distributions`.

    columns  what the rows have in its parents
    """

    conditional: Conditional
    columns: Columns

    @classmethod
    def of(cls, conditional: Conditional, features: Features, scores: Float) -> GivenBefore:
        """From the features and normal scores of all columns before, [rows, columns]."""
        parents = conditional.parents
        return cls(conditional, Columns.of(features[:, parents], scores[:, parents]))

    @cached_property
    def inputs(self) -> tuple[Inputs, ...]:
        """What each member of the conditional makes of the rows."""
        return self.conditional.inputs(self.columns)

    @property
    def grid(self) -> Grid:
        """The column's."""
        return self.conditional.grid

    @property
    def rows(self) -> int:
        """How many rows."""
        return self.columns.rows

    @property
    def quick(self) -> bool:
        """Whether a draw among codes takes no longer than any: not where a residual is drawn."""
        return not self.conditional.located

    def part(self, rows: Int) -> GivenBefore:
        """Some of the rows."""
        return GivenBefore(self.conditional, self.columns.part(rows))

    def free(self, condition: Condition, stream: Stream) -> Int:
        """The given codes, and draws where there is a hole, a set or a range."""
        conditional = self.conditional
        if (condition.state == HOLE).all():
            return conditional.draw(self.columns, stream)
        codes = condition.value.copy()
        for state in np.unique(condition.state[condition.state != GIVEN]).tolist():
            rows = np.flatnonzero(condition.state == state)
            part, own = self.part(rows), stream_of_rows(stream, rows)
            if state == HOLE:
                codes[rows] = conditional.draw(part.columns, own)
            elif state == PRESENT:
                codes[rows] = conditional.draw_present(part.inputs, own)
            else:
                allowed = condition.sets[state - FIRST_SET]
                codes[rows] = conditional.draw_allowed(part.inputs, own, allowed)
        return codes

    def share(self, allowed: Sequence[Allowed], which: Int) -> Float:
        """See `masks.held.Distributions.share`."""
        return self.conditional.share_within(self.inputs, allowed, which)

    def draw(self, allowed: Sequence[Allowed], which: Int, stream: Stream) -> Int:
        """See `masks.held.Distributions.draw`."""
        return self.conditional.draw_within(self.inputs, stream, allowed, which)

    def log_prob(self, codes: Int, elements: Int) -> Float:
        """The log probability mass of each row's code, which lies in an element of the grid."""
        return self.conditional.log_prob(codes, elements, self.inputs)

    def log_probs(self) -> Float:
        """See `Conditional.log_probs`."""
        return self.conditional.log_probs(self.inputs)
