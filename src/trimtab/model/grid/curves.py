"""How a number is distributed in many rows at once: straight lines between the ends of elements."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from trimtab._arrays import Bool, Float, Int
from trimtab.model.grid.grid import NumberGrid

_NUMBERS_AT_ONCE = 1 << 20  # that rows take: what a cache holds


@dataclass(frozen=True, eq=False)
class Curves:
    """P(code < value) of each row.

    Every element is spread evenly over its codes, also where an atom lies inside an interval. Each
    row is added up in one order, so that what is told of it does not hang on the rows around it.

    places  [2 E] the ends of all elements, ascending
    upto    [rows, 2 E] P(code < place)
    """

    places: Int
    upto: Float

    @classmethod
    def of(cls, grid: NumberGrid, probabilities: Float) -> Curves:
        """From each row's probabilities of tokens, [rows, T]."""
        places, order = grid.edges
        share = probabilities / np.maximum(grid.sizes, 1)
        density = share[:, grid.token] * grid.rows / (grid.high - grid.low)
        slope = np.cumsum(np.concatenate([density, -density], axis=1)[:, order], axis=1)
        upto = np.zeros((len(share), len(places)))
        np.cumsum(slope[:, :-1] * np.diff(places), axis=1, out=upto[:, 1:])
        return cls(places, upto)

    def part(self, rows: Bool | Int) -> Curves:
        """Those of some of the rows."""
        return Curves(self.places, self.upto[rows])

    def below(self, values: Float) -> Float:
        """P(code < value) of some values of each row, [rows, K]."""
        i = (np.searchsorted(self.places, values, "right") - 1).clip(0, len(self.places) - 2)
        every = np.arange(len(values))[:, None]
        start, end = self.places[i], self.places[i + 1]
        low, high = self.upto[every, i], self.upto[every, i + 1]
        place = (values.clip(start, end) - start) / np.maximum(end - start, 1)
        return np.asarray(low + place * (high - low))

    def at(self, below: Float) -> Float:
        """The value of each row under which so much lies, [rows]."""
        i = (self.upto <= below[:, None]).sum(axis=1) - 1
        i = i.clip(0, len(self.places) - 2)
        every = np.arange(len(below))
        low, high = self.upto[every, i], self.upto[every, i + 1]
        place = (below - low) / np.where(high > low, high - low, 1.0)
        start, end = self.places[i], self.places[i + 1]
        return np.asarray(start + place.clip(0, 1) * (end - start))


def some_at_once(rows: int, numbers: int) -> Iterator[slice]:
    """Rows by the many, so that what they need, `numbers` each, is held a part at a time."""
    step = max(1, _NUMBERS_AT_ONCE // max(numbers, 1))
    yield from (slice(start, start + step) for start in range(0, rows, step))
