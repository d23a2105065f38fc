"""Ranges of a number: which of its draws fall into them, and draws of those alone.

A draw of a number is an element, a code inside it, each as likely as the others, and a granularity
to which that code is rounded. Rounding keeps the order of codes, so that the codes that land in a
range form one interval for each element and granularity, and its ends are known: the share of an
element inside a range, and draws inside it, are exact, also at its ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from trimtab._arrays import Float, Int
from trimtab.codec.domain import MISSING
from trimtab.model.grid.grid import Grid, NumberGrid


@dataclass(frozen=True)
class Intervals:
    """Codes low[i] to high[i], both included, no two of which overlap; and missing, if it says so.

    low, high  [S]
    """

    low: Int
    high: Int
    missing: bool = False


Allowed = Int | Intervals  # the codes of a label, or ranges of a number's


@dataclass(frozen=True)
class Truncation:
    """The draws of a number that land in intervals, in parts: codes of an element that are rounded
    to one granularity and land in one of the intervals.

    element      [C] ascending
    level        [C] the granularity
    chance       [C] that a draw of the element is rounded to it
    first, last  [C] the codes before rounding, both included
    missing      whether missing is allowed
    """

    grid: NumberGrid
    element: Int
    level: Int
    chance: Float
    first: Int
    last: Int
    missing: bool

    @cached_property
    def element_shares(self) -> Float:
        """[E] the share of each element's draws that land inside."""
        width = (self.grid.high - self.grid.low)[self.element]
        mass = self.chance * (self.last - self.first + 1) / width
        shares = np.bincount(self.element, mass, minlength=len(self.grid.low))
        return np.minimum(shares, 1.0)

    @cached_property
    def shares(self) -> Float:
        """[T] the share of each token's draws that land inside."""
        grid = self.grid
        shares = np.zeros(len(grid.sizes))
        if len(grid.low):
            rows = grid.rows * self.element_shares
            shares = np.bincount(grid.token, rows, minlength=len(shares)) / np.maximum(
                grid.sizes, 1
            )
        if grid.nullable:
            shares[0] = float(self.missing)
        return np.minimum(shares, 1.0)

    def decode(self, tokens: Int, place: Float, grain: Float) -> Int:
        """Draw a code inside each token and the intervals, from uniforms `place` and `grain`.

        Where all of a token lies inside, this is what `NumberGrid.decode` draws. Tokens have to
        have a share inside.
        """
        codes = np.full(len(tokens), MISSING, np.int64)
        known = np.flatnonzero((tokens > 0) | (not self.grid.nullable))
        rows = self.grid.rows * self.element_shares
        elements = np.flatnonzero(rows > 0)
        order = elements[np.lexsort((elements, self.grid.token[elements]))]
        of_token = self.grid.token[order]
        start = np.searchsorted(of_token, tokens[known], "left")
        stop = np.searchsorted(of_token, tokens[known], "right")
        upto = np.concatenate([[0.0], np.cumsum(rows[order])])
        target = upto[start] + place[known] * (upto[stop] - upto[start])
        i = (np.searchsorted(upto, target, "right") - 1).clip(start, stop - 1)
        share = (target - upto[i]) / rows[order[i]]
        codes[known] = self.inside(order[i], share, grain[known])
        return codes

    def inside(self, elements: Int, share: Float, grain: Float) -> Int:
        """Draw a code of each element inside the intervals, from uniforms `share` and `grain`."""
        mass = self.chance * (self.last - self.first + 1)
        upto = np.concatenate([[0.0], np.cumsum(mass)])
        start = np.searchsorted(self.element, elements, "left")
        stop = np.searchsorted(self.element, elements, "right")
        target = upto[start] + grain * (upto[stop] - upto[start])
        part = (np.searchsorted(upto, target, "right") - 1).clip(start, stop - 1)
        return self.of_parts(part, share)

    def of_parts(self, part: Int, share: Float) -> Int:
        """The code of each part at a share of it, rounded."""
        many = self.last[part] - self.first[part] + 1
        steps = np.minimum((share.clip(0, 1) * many).astype(np.int64), many - 1)
        return self.grid.rounded(self.first[part] + steps, self.element[part], self.level[part])


def truncated(grid: NumberGrid, intervals: Intervals) -> Truncation:
    """The draws of a number that land in intervals."""
    parts = [
        _parts(grid, int(a), int(b)) for a, b in zip(intervals.low, intervals.high, strict=True)
    ]
    none = np.zeros(0, np.int64)
    empty = (none, none, np.zeros(0), none, none)
    element, level, chance, first, last = (
        np.concatenate(part) for part in zip(empty, *parts, strict=True)
    )
    order = np.lexsort((level, element))
    return Truncation(
        grid,
        *(element[order], level[order], chance[order], first[order], last[order]),
        intervals.missing,
    )


def _parts(grid: NumberGrid, low: int, high: int) -> tuple[Int, Int, Float, Int, Int]:
    """element, level, chance, first and last of the parts of one interval; see `Truncation`."""
    begins, ends = grid.bounds
    near = (begins[grid.token] <= high) & (ends[grid.token] > low)
    element = np.repeat(np.flatnonzero(near), len(grid.levels))
    level = np.tile(np.arange(len(grid.levels)), int(near.sum()))
    token, atom = grid.token[element], grid.atom[element] > 0
    chance = np.where(atom, level == 0, grid.level_shares[token, level])
    step = grid.steps[token, level]
    least = -(-begins[token] // step) * step  # what rounding draws, at least and at most
    most = (ends[token] - 1) // step * step
    # Rounding takes codes up to half a step below a multiple there, and others to the one below.
    from_low = np.where(low <= least, grid.low[element], -(-low // step) * step - step // 2)
    upto_high = np.where(
        high >= most, grid.high[element] - 1, high // step * step + step - step // 2 - 1
    )
    first = np.where(atom, grid.low[element], np.maximum(grid.low[element], from_low))
    last = np.where(atom, grid.low[element], np.minimum(grid.high[element] - 1, upto_high))
    reached = np.where(
        atom,
        (grid.low[element] >= low) & (grid.low[element] <= high),
        (low <= most) & (high >= least),
    )
    possible = reached & (first <= last) & (chance > 0)
    return (
        element[possible],
        level[possible],
        chance[possible].astype(float),
        first[possible],
        last[possible],
    )


def shares_of(grid: Grid, allowed: Allowed) -> Float:
    """[T] the share of each token's draws that are allowed."""
    if isinstance(allowed, Intervals):
        assert isinstance(grid, NumberGrid)
        return truncated(grid, allowed).shares
    shares = np.zeros(len(grid.sizes))
    shares[grid.tokens(grid.encode(allowed))] = 1.0
    return shares


def rows_within(grid: Grid, allowed: Allowed) -> Float:
    """[T] how many training rows each token's allowed draws count for, where a distribution leaves
    them nothing: as in the whole table, a token that no row has like one of one row."""
    return np.maximum(grid.sizes, 1) * shares_of(grid, allowed)


def decode_allowed(grid: Grid, allowed: Allowed, tokens: Int, place: Float, grain: Float) -> Int:
    """Draw an allowed code inside each token, from uniforms `place` and `grain`."""
    if isinstance(allowed, Intervals):
        assert isinstance(grid, NumberGrid)
        return truncated(grid, allowed).decode(tokens, place, grain)
    return grid.decode(tokens, place, grain)
