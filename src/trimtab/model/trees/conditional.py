"""One column given the columns before it: a mixture of members.

Each row is dealt one member, and all of its draw comes from that. So a conditional is the mean of
the members' probabilities, which is wider than the one that averaged margins would give, and fits
rows that no member was trained on better: the residual's grid, and what a class is given its group,
were learned of single members. Inside a set the members are dealt by the probability that each
gives it, and so the draw is exactly the mixture's, given the set.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property

import numpy as np

from trimtab._arrays import Float, Int
from trimtab.model.grid.distribution import PiecewiseDistributions
from trimtab.model.grid.grid import Grid, NumberGrid
from trimtab.model.grid.intervals import Allowed
from trimtab.model.interface import Stream, stream_of_rows
from trimtab.model.trees.boosting import Boosting
from trimtab.model.trees.columns import Columns
from trimtab.model.trees.distribution import Ensembles, Inputs
from trimtab.model.trees.location import Location
from trimtab.model.trees.member import Member
from trimtab.model.trees.within import draw_within, share_within


@dataclass(frozen=True, eq=False)
class Conditional:
    """A column given its parents.

    parents    positions, in the chain, of the columns that it looks at: it is handed all columns
               before it, and picks
    ensembles  of its tokens, or of those of a residual around a location
    locations  a member a fold, if a location is predicted
    residual   the grid of the residual, if that is drawn
    """

    parents: Int
    grid: Grid
    ensembles: Ensembles
    locations: tuple[Location, ...] = ()
    residual: NumberGrid | None = None

    @cached_property
    def members(self) -> tuple[Member, ...]:
        """As many as there are most of any part; what there is less of, they take in turn."""
        own, locations = self.ensembles.members, self.locations or (None,)
        return tuple(
            Member(self.grid, own[m % len(own)], locations[m % len(locations)], self.residual)
            for m in range(max(len(own), len(locations)))
        )

    @property
    def located(self) -> bool:
        """Whether a residual around a location is drawn, and not a token."""
        return self.residual is not None

    @property
    def nullable(self) -> bool:
        """Whether a draw may be missing."""
        return self.members[0].nullable

    def inputs(self, columns: Columns) -> tuple[Inputs, ...]:
        """What each member makes of rows."""
        return tuple(member.inputs(columns) for member in self.members)

    def boostings(self) -> Iterator[Boosting]:
        """Those of all parts, each once, in a fixed order."""
        yield from (at.boosting for at in self.locations)
        yield from self.ensembles.groups
        for classes in self.ensembles.classes:
            yield from classes

    def draw(self, columns: Columns, stream: Stream) -> Int:
        """One code a row."""
        stream, codes = cache(stream), np.zeros(columns.rows, np.int64)
        for member, rows in self._dealt(None, columns.rows, stream):
            own = self.members[member]
            if len(rows) == columns.rows:
                return own.draw(own.inputs(columns), stream)
            inputs = own.inputs(columns.part(rows))
            codes[rows] = own.draw(inputs, stream_of_rows(stream, rows))
        return codes

    def draw_present(self, inputs: tuple[Inputs, ...], stream: Stream) -> Int:
        """One code a row that is not missing."""
        weights = np.ones((inputs[0].rows, len(self.members)))
        if self.nullable:
            weights -= np.stack([np.exp(logs) for logs in self._logs_of_first(inputs)], axis=1)
        return self._drawn(
            weights, inputs, stream, lambda own, made, of_rows, _: own.draw(made, of_rows, True)
        )

    def draw_allowed(self, inputs: tuple[Inputs, ...], stream: Stream, allowed: Allowed) -> Int:
        """One code a row among the allowed ones.

        Raises RefusedError where a row leaves a range no probability at all.
        """
        weights = self._weights(inputs, [allowed], np.zeros(inputs[0].rows, np.int64))
        return self._drawn(
            weights,
            inputs,
            stream,
            lambda own, made, of_rows, _: own.draw_allowed(made, of_rows, allowed),
        )

    def draw_within(
        self, inputs: tuple[Inputs, ...], stream: Stream, allowed: Sequence[Allowed], which: Int
    ) -> Int:
        """One code a row among those that `allowed[which[row]]` says.

        Where the column's distribution leaves these no probability, they count as in all rows.
        """
        return self._drawn(
            self._weights(inputs, allowed, which),
            inputs,
            stream,
            lambda own, made, of_rows, rows: draw_within(own, made, of_rows, allowed, which[rows]),
        )

    def share_within(
        self, inputs: tuple[Inputs, ...], allowed: Sequence[Allowed], which: Int
    ) -> Float:
        """The probability that a row's code is among those that `allowed[which[row]]` says."""
        return np.asarray(self._shares(inputs, allowed, which).mean(axis=1))

    def conditional(self, inputs: tuple[Inputs, ...], draws: int = 1) -> PiecewiseDistributions:
        """How the column is distributed, averaged over `draws` rows each."""
        pairs = zip(self.members, inputs, strict=True)
        first, *others = (member.conditional(made, draws) for member, made in pairs)
        mass = first.mass + sum(other.mass for other in others)
        missing = first.missing + sum(other.missing for other in others)
        many = len(self.members)
        return replace(first, mass=mass / many, missing=missing / many)

    def log_prob(self, codes: Int, elements: Int, inputs: tuple[Inputs, ...]) -> Float:
        """Log probability mass of each code on the codec's grid."""
        pairs = zip(self.members, inputs, strict=True)
        return log_mean([member.log_prob(codes, elements, made) for member, made in pairs])

    def log_probs(self, inputs: tuple[Inputs, ...]) -> Float:
        """Log probability of every token, or of every token of the residual, [rows, tokens]."""
        pairs = zip(self.members, inputs, strict=True)
        return log_mean([member.distribution.log_probs(made) for member, made in pairs])

    def log_missing(self, inputs: tuple[Inputs, ...]) -> Float:
        """Log probability that a row's code is missing, where it ever is."""
        return log_mean(self._logs_of_first(inputs))

    def _logs_of_first(self, inputs: tuple[Inputs, ...]) -> list[Float]:
        first = np.zeros(inputs[0].rows, np.int64)
        pairs = zip(self.members, inputs, strict=True)
        return [member.distribution.log_prob(made, first) for member, made in pairs]

    def _shares(self, inputs: tuple[Inputs, ...], allowed: Sequence[Allowed], which: Int) -> Float:
        """[rows, members] how probable each member makes what is allowed."""
        pairs = zip(self.members, inputs, strict=True)
        shares = [share_within(member, made, allowed, which) for member, made in pairs]
        return np.stack(shares, axis=1)

    def _weights(self, inputs: tuple[Inputs, ...], allowed: Sequence[Allowed], which: Int) -> Float:
        """[rows, members] the same, where it matters: a single member is dealt to all."""
        if len(self.members) == 1:
            return np.ones((len(which), 1))
        return self._shares(inputs, allowed, which)

    def _drawn(
        self,
        weights: Float,
        inputs: tuple[Inputs, ...],
        stream: Stream,
        draw: Callable[[Member, Inputs, Stream, Int], Int],
    ) -> Int:
        """One code a row, by the member that it is dealt; `draw` is told the rows, too."""
        stream, codes = cache(stream), np.zeros(len(weights), np.int64)
        for member, rows in self._dealt(weights, len(weights), stream):
            made, of_rows = inputs[member].part(rows), stream_of_rows(stream, rows)
            codes[rows] = draw(self.members[member], made, of_rows, rows)
        return codes

    def _dealt(self, weights: Float | None, rows: int, stream: Stream) -> Iterator[tuple[int, Int]]:
        """Each member that any row is dealt, and its rows; the last one where all weights are 0.

        weights  [rows, members]; None where all members count alike
        """
        many = len(self.members)
        if many == 1:
            dealt = np.zeros(rows, np.int64)
        elif weights is None:
            dealt = (stream("member") * many).astype(np.int64)
        else:
            upto = np.cumsum(weights, axis=1)
            target = stream("member") * upto[:, -1]
            dealt = (upto <= target[:, None]).sum(axis=1).clip(max=many - 1)
        for member in range(many):
            mine = np.flatnonzero(dealt == member)
            if len(mine):
                yield member, mine


def log_mean(logs: list[Float]) -> Float:
    """The logarithm of the mean of what these are the logarithms of."""
    if len(logs) == 1:
        return logs[0]
    return np.asarray(np.logaddexp.reduce(logs, axis=0) - np.log(len(logs)))
