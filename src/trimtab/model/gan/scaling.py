"""Columns as single numbers, as the tutorial's GAN has them: coded, cut, made near normal.

A label is the number of its code, a number that of its bin of equal width; a missing value comes
before all others. These steps of a scale are then bent by a power (Yeo and Johnson 2000) and
standardised, so that they lie about as a normal distribution does. A number that is drawn is put on
the nearest step: for a number that is one of the values that training rows had in that bin, drawn
as every other model of trimtab draws it, so that no row's exact value shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from sklearn.preprocessing import PowerTransformer

from trimtab._arrays import Bool, Float, Int
from trimtab.codec.domain import MISSING
from trimtab.model.grid.grid import Grid, LabelGrid, NumberGrid


@dataclass(frozen=True)
class OrdinalScaler:
    """A column on a scale of steps: one for each code of a label, `bins` of them for a number."""

    grid: Grid
    bins: int

    def encode(self, codes: Int) -> Float:
        """Where each code stands, standardised."""
        return self._heights[self._step(codes)]

    def decode(
        self,
        heights: Float,
        present: bool | Bool,
        which: Float,
        share: Float,
        grain: Float,
    ) -> Int:
        """The codes at the nearest steps.

        present  where a missing value must not come out
        which    draws the value among those of a bin, `share` the place inside an interval, `grain`
                 the granularity: uniforms, one a row
        """
        step = np.searchsorted(self._between, heights)
        step = self._occupied[step.clip(0, len(self._occupied) - 1)]
        step = np.where((step == 0) & self._nullable & present, self._lowest, step)
        codes = np.full(len(step), MISSING, np.int64)
        known = np.flatnonzero((step > 0) | (not self._nullable))
        if isinstance(self.grid, LabelGrid):
            codes[known] = step[known] - self._nullable
            return codes
        if not len(self.grid.low):
            return codes
        bin_ = step[known] - self._nullable
        first = np.searchsorted(self._bin, bin_, "left")
        last = np.searchsorted(self._bin, bin_, "right") - 1
        upto = np.concatenate([[0.0], np.cumsum(self.grid.rows)])
        at = upto[first] + which[known] * (upto[last + 1] - upto[first])
        element = (np.searchsorted(upto, at, "right") - 1).clip(first, last)
        codes[known] = self.grid.inside(element, share[known], grain[known])
        return codes

    @property
    def _nullable(self) -> int:
        """1 if the lowest step is that of missing values."""
        return int(self.grid.nullable)

    @property
    def _lowest(self) -> int:
        """The lowest step that is a value; that of missing values if there is none."""
        return int(self._occupied[min(self._nullable, len(self._occupied) - 1)])

    def _step(self, codes: Int) -> Int:
        if isinstance(self.grid, LabelGrid):
            return np.where(codes == MISSING, 0, codes + self._nullable)
        elements = self.grid.encode(codes)
        if not len(self.grid.low):
            return np.zeros(len(codes), np.int64)
        return np.where(elements < 0, 0, self._bin[elements.clip(0)] + self._nullable)

    @cached_property
    def _bin(self) -> Int:
        """[E] the bin of each element of a number, by its middle; ascending."""
        assert isinstance(self.grid, NumberGrid)
        middle = (self.grid.low + self.grid.high - 1) / 2
        # Atoms may lie inside of intervals, so the middles are not quite sorted.
        middle = np.maximum.accumulate(middle)
        width = max(middle[-1] - middle[0], 1e-9) / self.bins
        return np.minimum((middle - middle[0]) / width, self.bins - 1).astype(np.int64)

    @cached_property
    def _rows(self) -> Int:
        """[steps] training rows at each step."""
        missing = [self.grid.missing_rows] * self._nullable
        if isinstance(self.grid, LabelGrid):
            return np.r_[missing, self.grid.rows].astype(np.int64)
        if not len(self.grid.low):
            return np.array(missing or [1], np.int64)
        return np.r_[missing, np.bincount(self._bin, self.grid.rows, self.bins)].astype(np.int64)

    @cached_property
    def _occupied(self) -> Int:
        """The steps that training rows have, ascending."""
        steps = np.flatnonzero(self._rows)
        return steps if len(steps) else np.zeros(1, np.int64)

    @cached_property
    def _heights(self) -> Float:
        """[steps] how high each step is, after bending and standardising."""
        steps = np.arange(len(self._rows), dtype=float)
        if len(self._occupied) < 2:
            return np.zeros(len(steps))
        bend = PowerTransformer(method="yeo-johnson")
        bend.fit(np.repeat(steps, self._rows)[:, None])
        return bend.transform(steps[:, None])[:, 0]

    @cached_property
    def _between(self) -> Float:
        """Heights half way between the steps that training rows have."""
        heights = self._heights[self._occupied]
        return (heights[1:] + heights[:-1]) / 2
