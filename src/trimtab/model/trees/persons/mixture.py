"""A column of rows as it is drawn: as in the row before, or anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from trimtab._arrays import Bool, Float, Int
from trimtab.codec.domain import MISSING
from trimtab.model.grid.intervals import Allowed
from trimtab.model.grid.sets import among, common, everything, leaves_any, present, without
from trimtab.model.interface import PRESENT, Condition, Stream, stream_of_rows
from trimtab.model.masks.left import Left
from trimtab.model.trees.conditional import Conditional
from trimtab.model.trees.given import GivenBefore
from trimtab.model.trees.persons.features import Told
from trimtab.model.trees.persons.particles import LEAST_LOG

_LEAST = 1e-12  # of probabilities that are divided by


@dataclass(frozen=True, eq=False)
class Mixture:
    """How a column is distributed in some rows that is as before, or is drawn until it is not.

    change  what it is where it is not as before
    before  the codes of the rows before
    stays   the probability that it is as before, [rows]; 0 where nothing can be
    unlike  the rows in which it is not drawn as it was before
    """

    change: GivenBefore
    before: Int
    stays: Float
    unlike: Bool

    @classmethod
    def of(cls, change: Conditional, stay: Conditional | None, told: Told, before: Int) -> Mixture:
        """From what is told of the rows by all that comes before the column."""
        stays, unlike = np.zeros(len(before)), np.zeros(len(before), bool)
        if stay is not None:
            unlike = before != MISSING
            at = np.flatnonzero(unlike)
            if len(at):
                yes = np.ones(len(at), np.int64)
                own = stay.inputs(told[0][at], told[1][at])
                stays[at] = np.exp(stay.log_prob(yes, stay.grid.encode(yes), own))
        return cls(GivenBefore.of(change, *told), before, stays, unlike)

    def log_prob(self, codes: Int) -> Float:
        """The log probability of each row's code."""
        grid, same = self.change.grid, self.unlike & (codes == self.before)
        with np.errstate(divide="ignore"):
            logs = np.log1p(-self.stays) - np.log(self._others)
        logs += self.change.log_prob(codes, grid.encode(codes))
        return np.where(same, np.log(np.maximum(self.stays, _LEAST)), logs)

    def log_prob_held(self, left: Left, codes: Int) -> Float:
        """The same where what masks do not allow is drawn anew, values among values, missing and
        pooled among these (see `masks.held`)."""
        logs, kinds = self.log_prob(codes), left.apart(codes)
        with np.errstate(divide="ignore"):
            again = self.change.log_prob(codes, self.change.grid.encode(codes))
        out = np.where(left.allows(codes), logs, LEAST_LOG)
        for case in left.cases():
            if case.everything:
                continue
            rows = case.rows[left.allows(codes)[case.rows]]
            if not len(rows):
                continue
            part, which = self.part(rows), kinds[rows].astype(np.int64)
            kept = [case.of_kind(apart=bool(k)) for k in (0, 1)]
            classes = left.classes
            whole = [classes.allowed(classes.apart == bool(k)) for k in (0, 1)]
            lost = part.mass(whole, which) - part.mass(kept, which)
            other = 1 - which
            empty = np.array([not leaves_any(classes.grid, k) for k in kept])[other]
            lost += np.where(empty, part.mass(whole, other), 0.0)
            share = np.maximum(part.change.share(kept, which), _LEAST)
            more = np.log(np.maximum(lost, _LEAST)) + again[rows] - np.log(share)
            out[rows] = np.logaddexp(logs[rows], more)
        return out

    def mass(self, allowed: Sequence[Allowed], which: Int) -> Float:
        """The probability that a row's code is among those that `allowed[which[row]]` says."""
        inside = self._before_in(allowed, which)
        return self.stays * inside + (1 - self.stays) * self._changed(allowed, which, inside)

    def draw_present(self, stream: Stream) -> Int:
        """A code for each row that is not missing."""
        state = Condition(self.before, np.full(len(self.before), PRESENT))
        stay = self._stay(1 - self._missing / self._others, self.unlike, stream)
        codes = self.before.copy()
        rows = np.flatnonzero(~stay)
        if len(rows):
            own = stream_of_rows(stream, rows)
            codes[rows] = self.change.part(rows).free(state.of_rows(rows), own)
            every = present(everything(self.change.grid))
            self._unlike(codes, rows, [every], np.zeros(len(codes), np.int64), stream)
        return codes

    def draw(self, allowed: Sequence[Allowed], which: Int, stream: Stream) -> Int:
        """A code for each row among those that `allowed[which[row]]` says."""
        inside = self._before_in(allowed, which)
        stay = self._stay(self._changed(allowed, which, inside), inside, stream)
        codes = self.before.copy()
        rows = np.flatnonzero(~stay)
        if len(rows):
            own = stream_of_rows(stream, rows)
            codes[rows] = self.change.part(rows).draw(allowed, which[rows], own)
            self._unlike(codes, rows, allowed, which, stream)
        return codes

    def part(self, rows: Int) -> Mixture:
        """Some of the rows."""
        change = self.change.part(rows)
        return Mixture(change, self.before[rows], self.stays[rows], self.unlike[rows])

    def _stay(self, changed: Float, inside: Bool, stream: Stream) -> Bool:
        """Which rows are as before, where a draw anew lands with some probability in what is asked,
        and what was before may be in it."""
        stays = self.stays * inside
        changes = (1 - self.stays) * changed.clip(0)
        return np.asarray((stays > 0) & (stream("stay") * (stays + changes) < stays))

    def _unlike(
        self, codes: Int, rows: Int, allowed: Sequence[Allowed], which: Int, stream: Stream
    ) -> None:
        """Draw codes anew that came out as before; they stay where nothing else is allowed."""
        again = rows[self.unlike[rows] & (codes[rows] == self.before[rows])]
        pairs, place = np.unique(
            np.stack([which[again], self.before[again]]), axis=1, return_inverse=True
        )
        grid = self.change.grid
        others = [common(allowed[i], without(grid, code)) for i, code in pairs.T.tolist()]
        open_ = np.array([leaves_any(grid, a) for a in others], bool)
        place = place.reshape(-1)
        if not open_.any():
            return
        redrawn = open_[place]
        again, place = again[redrawn], place[redrawn]
        own = stream_of_rows(stream, again, "unlike")
        codes[again] = self.change.part(again).draw(others, place, own)

    @cached_property
    def _same(self) -> Float:
        """The probability that a draw anew is as before."""
        out, rows = np.zeros(len(self.before)), np.flatnonzero(self.unlike)
        if len(rows):
            codes = self.before[rows]
            logs = self.change.part(rows).log_prob(codes, self.change.grid.encode(codes))
            out[rows] = np.minimum(np.exp(logs), 1.0)
        return out

    @cached_property
    def _others(self) -> Float:
        """The probability that a draw anew is not as before, where it must not be."""
        return np.maximum(1 - self._same, _LEAST)

    @cached_property
    def _missing(self) -> Float:
        """The probability that a draw anew is missing."""
        conditional = self.change.conditional
        grid = conditional.grid if conditional.residual is None else conditional.residual
        if not grid.nullable:
            return np.zeros(len(self.before))
        first = np.zeros(len(self.before), np.int64)
        return np.exp(conditional.distribution.log_prob(self.change.inputs, first))

    def _before_in(self, allowed: Sequence[Allowed], which: Int) -> Bool:
        """The rows whose code before is among what is allowed."""
        inside = np.zeros(len(which), bool)
        for i in np.unique(which).tolist():
            rows = np.flatnonzero((which == i) & self.unlike)
            inside[rows] = among(self.before[rows], allowed[i])
        return inside

    def _changed(self, allowed: Sequence[Allowed], which: Int, inside: Bool) -> Float:
        """The probability that what is drawn anew, and not as before, is allowed."""
        share = self.change.share(allowed, which) - inside * self._same
        return np.asarray(share.clip(0) / self._others)
