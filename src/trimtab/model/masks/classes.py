"""The codes of a column in classes that rules tell apart."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from trimtab._arrays import Bool, Float, Int
from trimtab.codec.domain import LARGEST, MISSING
from trimtab.model.grid.grid import Grid, NumberGrid
from trimtab.model.grid.intervals import Allowed, Intervals, truncated
from trimtab.model.grid.sets import codes_of_tokens


@dataclass(frozen=True)
class Classes:
    """The classes of a column: the tokens of a label; of a number missing, and the codes between
    bounds.

    bounds  of a number: the codes, ascending, at which another class begins; shape (classes - 2,)
    pooled  the code of the label under which rare ones are pooled; MISSING if there is none
    """

    grid: Grid
    bounds: Int
    pooled: int = int(MISSING)

    @property
    def size(self) -> int:
        """How many classes."""
        return len(self.bounds) + 2 if self.is_number else len(self.grid.sizes)

    @property
    def is_number(self) -> bool:
        """Whether the column is a number."""
        return isinstance(self.grid, NumberGrid)

    def of(self, codes: Int) -> Int:
        """The class of each code."""
        if not self.is_number:
            return self.grid.encode(codes)
        return np.where(codes == MISSING, 0, np.searchsorted(self.bounds, codes, "right") + 1)

    @cached_property
    def examples(self) -> Int:
        """A code of each class, shape (classes,)."""
        if not self.is_number:
            return codes_of_tokens(self.grid)
        first = self.bounds[:1] - 1 if len(self.bounds) else np.zeros(1, np.int64)
        return np.concatenate([[MISSING], first, self.bounds])

    @cached_property
    def apart(self) -> Bool:
        """Which classes are no values that are told: missing, the pooled label; shape (classes,).

        What is not allowed goes to what is, values to values, so that as many cells stay missing.
        """
        apart = np.zeros(self.size, bool)
        apart[: int(self.is_number or self.grid.nullable)] = True
        if self.pooled != MISSING:
            apart[self.of(np.array([self.pooled]))] = True
        return apart

    @cached_property
    def possible(self) -> Bool:
        """Which classes any draw lands in, shape (classes,)."""
        return np.asarray((self.token_shares > 0).any(axis=1))

    @cached_property
    def token_shares(self) -> Float:
        """[classes, T] which share of a token's draws lies in each class."""
        return np.stack([self.shares(only) for only in np.eye(self.size, dtype=bool)])

    def allowed(self, pattern: Bool) -> Allowed:
        """The codes of some classes; `pattern` has shape (classes,)."""
        if not self.is_number:
            return self.examples[pattern]
        begins = np.concatenate([[-LARGEST + 1], self.bounds])
        ends = np.concatenate([self.bounds - 1, [LARGEST - 1]])
        # Classes that stand side by side are one interval.
        chosen = np.concatenate([[False], pattern[1:], [False]])
        starts = np.flatnonzero(chosen[1:] & ~chosen[:-1])
        stops = np.flatnonzero(~chosen[1:] & chosen[:-1]) - 1
        return Intervals(begins[starts], ends[stops], missing=bool(pattern[0]))

    def within(self, pattern: Bool, low: int, high: int) -> tuple[Classes, Bool]:
        """Finer classes of a number, and those of them that lie in a pattern and in a range.

        Missing stays as the pattern says.
        """
        bounds = np.unique(np.concatenate([self.bounds, [low, high + 1]]))
        bounds = bounds[np.abs(bounds) < LARGEST - 2]
        finer = Classes(self.grid, bounds, self.pooled)
        inside = pattern[self.of(finer.examples)]
        inside[1:] &= (finer.examples[1:] >= low) & (finer.examples[1:] <= high)
        return finer, inside

    def shares(self, pattern: Bool) -> Float:
        """[T] the share of each token's draws that land in some classes."""
        if self.is_number:
            assert isinstance(self.grid, NumberGrid)
            allowed = self.allowed(pattern)
            assert isinstance(allowed, Intervals)
            return truncated(self.grid, allowed).shares
        return pattern.astype(float)
