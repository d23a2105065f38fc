"""A column of rows as it is drawn: as in the row before, or anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from trimtab._arrays import Bool, Float, Int
from trimtab.codec.domain import MISSING
from trimtab.model.grid.intervals import Allowed, shares_of
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
                own = GivenBefore.of(stay, told[0][at], told[1][at])
                stays[at] = np.exp(own.log_prob(yes, stay.grid.encode(yes)))
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
        pooled among these (see `masks.held`).

        Of a column whose residual is drawn only what is not allowed is told from the rest.
        """
        logs, allowed = self.log_prob(codes), left.allows(codes)
        if self.change.conditional.located:
            return np.where(allowed, logs, LEAST_LOG)
        out = np.where(allowed, logs, LEAST_LOG)
        grid, kinds = self.change.grid, left.apart(codes).astype(np.int64)
        anew = self.change.log_prob(codes, grid.encode(codes))
        classes = left.classes
        whole = [shares_of(grid, classes.allowed(classes.apart == bool(k))) for k in (0, 1)]
        for case in left.cases():
            rows = case.rows[allowed[case.rows]]
            if case.everything or not len(rows):
                continue
            sets = [case.of_kind(apart=bool(k)) for k in (0, 1)]
            kept = [shares_of(grid, inside) for inside in sets]
            mine = kinds[rows]
            lost = self._outside(rows, whole, sets, kept, mine)
            part = (self._tokens[rows] * np.stack(kept)[mine]).sum(axis=1)
            more = np.log(np.maximum(lost, _LEAST)) - np.log(np.maximum(part, _LEAST))
            out[rows] = np.logaddexp(logs[rows], anew[rows] + more)
        return out

    def _outside(
        self, rows: Int, whole: list[Float], sets: list[Allowed], kept: list[Float], kinds: Int
    ) -> Float:
        """The probability of what is drawn anew among the codes of each row's kind: of those of
        its kind that are not allowed, and of the other one where none of that is."""
        lost = []
        for k in (0, 1):
            before = self.unlike[rows] & among(self.before[rows], sets[k])
            of_kind = self._of_shares(rows, whole[k], self._before_of(rows, whole[k]))
            lost.append(of_kind - self._of_shares(rows, kept[k], before))
            if not kept[k].any():
                lost[k] = of_kind
        other = [lost[1 - k] if not kept[1 - k].any() else np.zeros(len(rows)) for k in (0, 1)]
        return np.where(kinds == 0, lost[0] + other[0], lost[1] + other[1]).clip(0)

    def _before_of(self, rows: Int, shares: Float) -> Bool:
        """The rows of which the token before is among some."""
        grid, found = self.change.grid, np.zeros(len(rows), bool)
        at = np.flatnonzero(self.unlike[rows])
        tokens = grid.tokens(grid.encode(self.before[rows[at]]))
        found[at] = shares[tokens] > 0
        return found

    def _of_shares(self, rows: Int, shares: Float, before: Bool) -> Float:
        """The probability of some of the tokens' draws; `before` where the code before is one."""
        share = self._tokens[rows] @ shares - before * self._same[rows]
        changed = share.clip(0) / self._others[rows]
        return np.asarray(self.stays[rows] * before + (1 - self.stays[rows]) * changed)

    @cached_property
    def _tokens(self) -> Float:
        """[rows, tokens] the probabilities of a draw anew."""
        return np.exp(self.change.log_probs())

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
        if not conditional.nullable:
            return np.zeros(len(self.before))
        return np.exp(conditional.log_missing(self.change.inputs))

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
