"""A column that is drawn after others, held to masks.

A code is drawn as without masks first. Where rules do not allow it, another one is drawn among
those of its kind that they do allow, values among values, missing or pooled among these: so as many
cells are missing as the column's distribution says. The masked distribution is that of what comes
out, and what is drawn inside a set, or where a value must be present, is its conditional.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np

from trimtab._arrays import Bool, Float, Int
from trimtab.codec.domain import MISSING
from trimtab.model.grid.grid import Grid
from trimtab.model.grid.intervals import Allowed, rows_within
from trimtab.model.grid.sets import among, common, leaves_any, present
from trimtab.model.interface import (
    FIRST_SET,
    GIVEN,
    HOLE,
    PRESENT,
    Condition,
    Stream,
    stream_of_rows,
)
from trimtab.model.masks.classes import Classes
from trimtab.model.masks.left import Case, Left

_TURNS = 6  # draws of a row before what is left to it is told apart
_KINDS = (0, 1)  # values, and missing and pooled


class Distributions(Protocol):
    """How a column of some rows is distributed without masks, given what is known of each row."""

    @property
    def grid(self) -> Grid:
        """The column's."""
        ...

    @property
    def rows(self) -> int:
        """How many rows."""
        ...

    @property
    def quick(self) -> bool:
        """Whether a draw among codes takes no longer, a row, than one as without masks."""
        ...

    def part(self, rows: Int) -> Self:
        """Some of the rows."""
        ...

    def free(self, condition: Condition, stream: Stream) -> Int:
        """A code for each row that has none yet, as without masks."""
        ...

    def share(self, allowed: Sequence[Allowed], which: Int) -> Float:
        """The probability that a row's code is among those that `allowed[which[row]]` says."""
        ...

    def draw(self, allowed: Sequence[Allowed], which: Int, stream: Stream) -> Int:
        """One code a row among those that `allowed[which[row]]` says.

        Where these have no probability, they count as in all rows.
        """
        ...


def held(
    left: Left, distributions: Distributions, condition: Condition, drawn: Int, stream: Stream
) -> Int:
    """The codes of a column, as they were drawn where rules allow that, and drawn anew elsewhere.

    Where what was given leaves nothing, they stay as they were drawn.
    """
    drawn, kinds = drawn.copy(), left.apart(drawn)
    single = left.low == left.high
    if single.any():  # what is equal to another column needs no draw
        fixed = single & (condition.state == HOLE) & ~kinds & left.allows(left.low)
        drawn[fixed] = left.low[fixed]
    both = _of_both_kinds(left.classes, condition)
    rows = np.flatnonzero((condition.state != GIVEN) & ~both & ~left.allows(drawn))
    tries = ~single & (left.ranged | (not distributions.quick))
    for turn in range(_TURNS):
        # To tell cases apart takes long where there is one a row: most rows hit theirs soon.
        again = rows[tries[rows]]
        if not len(again):
            break
        own = stream_of_rows(stream, again, f"turn {turn}")
        tried = distributions.part(again).free(condition.of_rows(again), own)
        good = left.part(again).allows(tried) & (left.apart(tried) == kinds[again])
        drawn[again[good]] = tried[good]
        rows = np.setdiff1d(rows, again[good])
    rows = np.union1d(rows, np.flatnonzero(both))
    if len(rows):
        again = _Again(left.part(rows), distributions.part(rows), condition, rows)
        drawn[rows] = again.codes(drawn[rows], kinds[rows], stream)
    return drawn


def _of_both_kinds(classes: Classes, condition: Condition) -> Bool:
    """The rows that ask for a set, or for a value, in which there are codes of both kinds."""
    asked = [_inside(classes.allowed(np.ones(classes.size, bool)), PRESENT, condition, classes)]
    asked += condition.sets
    several = [False, False]  # of what is a hole, and of what is given
    for allowed in asked:
        kinds = (common(allowed, classes.allowed(classes.apart == k)) for k in (False, True))
        several.append(all(leaves_any(classes.grid, mine) for mine in kinds))
    return np.array(several)[condition.state]


def _inside(allowed: Allowed, state: int, condition: Condition, classes: Classes) -> Allowed:
    """What a condition leaves of codes."""
    if state >= FIRST_SET:
        return common(allowed, condition.sets[state - FIRST_SET])
    return present(allowed) if state == PRESENT else allowed


@dataclass(frozen=True, eq=False)
class _Again:
    """Rows of a column whose cases are told apart, to draw each among what is left to it.

    rows  their places among all rows that are drawn
    """

    left: Left
    distributions: Distributions
    condition: Condition
    rows: Int

    def codes(self, drawn: Int, kinds: Bool, stream: Stream) -> Int:
        """Codes of the rows, those that were drawn where nothing is left."""
        state, codes = self.condition.state[self.rows], drawn.copy()
        allowed: list[Allowed] = []
        which = np.full((2, len(drawn)), -1)  # by kind
        point = np.full(len(drawn), MISSING)
        for case in self.left.cases():
            if case.everything:
                continue
            for asked in np.unique(state[case.rows]).tolist():
                mine = case.rows[state[case.rows] == asked]
                for k in _KINDS:
                    inside = self._left(case, asked, k)
                    if inside is not None:
                        which[k, mine] = len(allowed)
                        allowed.append(inside)
                point[mine] = MISSING if case.point is None else case.point
        kind = self._kinds(kinds, state, allowed, which, stream)
        chosen = which[kind, np.arange(len(drawn))]
        pointed = (chosen >= 0) & (kind == 0) & (point != MISSING)
        codes[pointed] = point[pointed]
        at = np.flatnonzero((chosen >= 0) & ~pointed)
        if len(at):
            own = stream_of_rows(stream, self.rows[at], "again")
            codes[at] = self.distributions.part(at).draw(allowed, chosen[at], own)
        return codes

    def _left(self, case: Case, state: int, kind: int) -> Allowed | None:
        """The codes of one kind that a mask and a condition leave; None if none is."""
        inside = _inside(case.of_kind(apart=bool(kind)), state, self.condition, case.classes)
        if kind == 0 and case.point is not None:
            return inside if among(np.array([case.point]), inside).all() else None
        return inside if leaves_any(case.classes.grid, inside) else None

    def _kinds(
        self, kinds: Bool, state: Int, allowed: list[Allowed], which: Int, stream: Stream
    ) -> Int:
        """The kind of each row: that of its first draw if that is left; what asks for both kinds
        is drawn one of them by what masks make of their probabilities."""
        kind = kinds.astype(np.int64)
        other = (which[kind, np.arange(len(kind))] < 0) & (which.max(axis=0) >= 0)
        kind = np.where(other, 1 - kind, kind)
        rows = np.flatnonzero((state != HOLE) & (which >= 0).all(axis=0))
        if not len(rows):
            return kind
        own, left = self.distributions.part(rows), self.left.part(rows)
        masses, parts = _masses(own, left, left.cases())
        weights = np.zeros((2, len(rows)))
        for k in _KINDS:
            mine = which[k, rows]
            share = own.share(allowed, mine)
            weights[k] = share / np.where(parts[k] > 0, parts[k], 1)
        for case in left.cases():
            for k in _KINDS:  # where a distribution leaves nothing, codes count as in all rows
                lost = case.rows[~(parts[k, case.rows] > 0)]
                whole = self._counted(case.of_kind(apart=bool(k)))
                weights[k, lost] = [self._counted(allowed[i]) / whole for i in which[k, rows[lost]]]
            if case.point is not None:
                weights[0, case.rows] = 1.0
        weights *= masses
        uniforms = stream("kind")[self.rows[rows]]
        drawn = (uniforms * weights.sum(axis=0) >= weights[0]).astype(np.int64)
        kind[rows] = np.where(weights.sum(axis=0) > 0, drawn, kind[rows])
        return kind

    def _counted(self, allowed: Allowed) -> float:
        """How many training rows are among codes; 1 where none is."""
        return float(rows_within(self.distributions.grid, allowed).sum()) or 1.0


def log_held(left: Left, distributions: Distributions, codes: Int, logs: Float) -> Float:
    """The log probability of each row's code under masks, from what it is without: -inf where it is
    not allowed.
    """
    cases = [c for c in left.cases() if not c.everything and any(c.has)]
    out = logs.copy()
    if not cases:
        return out
    rows = np.concatenate([c.rows for c in cases])
    masses, parts = _masses(distributions, left, cases)
    apart = left.apart(codes)
    kind = apart.astype(np.int64)
    every = np.arange(len(codes))
    mass, part = masses[kind, every], parts[kind, every]
    with np.errstate(divide="ignore"):
        lifted = np.log(mass) + logs - np.log(np.where(part > 0, part, 1.0))
        lost = np.flatnonzero((mass > 0) & ~(part > 0) & left.allows(codes))
        if len(lost):
            lifted[lost] = np.log(mass[lost]) + _log_in_all_rows(left.part(lost), codes[lost])
        for case in cases:
            if case.point is not None:
                values = case.rows[~apart[case.rows]]
                lifted[values] = np.log(masses[0, values] * (codes[values] == case.point))
    out[rows] = np.where(left.allows(codes), lifted, -np.inf)[rows]
    return out


def _masses(distributions: Distributions, left: Left, cases: list[Case]) -> tuple[Float, Float]:
    """[2, rows] by kind: how probable it is under masks, and how probable what they leave of it is
    without them; of the rows of some cases.
    """
    shape = 2, distributions.rows
    masses, parts = np.zeros(shape), np.zeros(shape)
    rows = np.concatenate([c.rows for c in cases])
    own, zero = distributions.part(rows), np.zeros(len(rows), np.int64)
    place = np.repeat(np.arange(len(cases)), [len(c.rows) for c in cases])
    has = np.array([c.has for c in cases]).T[:, place]
    for k in _KINDS:
        whole: list[Allowed] = [left.classes.allowed(left.classes.apart == bool(k))]
        masses[k, rows] = own.share(whole, zero)
        some: list[Allowed] = [c.of_kind(apart=bool(k)) for c in cases]
        parts[k, rows] = own.share(some, place)
    mine = masses[:, rows]
    masses[:, rows] = np.where(has, np.where(has[::-1], mine, mine.sum(axis=0)), 0.0)
    return masses, parts


def _log_in_all_rows(left: Left, codes: Int) -> Float:
    """The log probability of codes that rules leave, by how frequent tokens are in the whole table:
    so they are drawn where a column's distribution leaves them none.
    """
    grid, out = left.classes.grid, np.zeros(len(codes))
    elements = grid.encode(codes)
    tokens = grid.tokens(elements)
    sizes = np.maximum(grid.sizes, 1)
    apart = left.apart(codes)
    for case in left.cases():
        for k in _KINDS:
            mine = case.rows[apart[case.rows] == bool(k)]
            if len(mine):
                counted = rows_within(grid, case.of_kind(apart=bool(k))).sum()
                out[mine] = np.log(sizes[tokens[mine]] / counted)
    return out + grid.log_mass(codes, elements)
