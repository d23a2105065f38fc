"""What neural models see of a column: a few outcomes to choose among, and a scale for the rest.

A label has its tokens. A number has an outcome for missing values and for each of its atoms. What
is left lies on a continuous scale, by its normal scores: intervals and, in a small table, light
atoms in step with their neighbours (its ages), from which a choice among separate outcomes would
learn no order; those that stand out (0, 99999, round amounts) stay outcomes. Each is a piece of
that scale, so that what is learned never depends on where in its interval a row lies, and its
probability is the mass that a density puts on its piece.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from trimtab._arrays import Bool, Float, Int, Single
from trimtab.codec.domain import MISSING
from trimtab.model.grid.grid import Grid, LabelGrid, NumberGrid

WAVES = 8  # pairs of a sine and a cosine
FEATURES = 2 + 2 * WAVES  # smooth features of a place on the scale
UNITS = 32  # of the small net that embeds these features
FARTHEST = 1e4  # the ends of the scale: beyond them no mixture has any mass
_MIN_ROWS = 0.5  # what an outcome without rows counts as
_LIGHT_ROWS = 300  # an atom that fewer rows hold lies on the scale, if it does not stand out
_MANY_ROWS = 10_000  # with so many rows each atom is learned well enough by itself
_SPIKE = 3.0  # it stands out with so many times the rows that its neighbours would let expect
_NEIGHBOURS = 2  # on either side
_SLOTS = sorted({2**k for k in range(20)} | {3 * 2**k for k in range(18)})
_FEW_VALUES = 20  # a number of at most so many values has an outcome for each


class Cells(NamedTuple):
    """Cells of some columns as a neural model takes them, each of shape (columns, rows).

    outcome  the outcome, `outcomes` for a value on the continuous scale
    place    where the value lies on the scale, 0 for labels and missing values
    below, above  the ends of its interval
    """

    outcome: NDArray[np.int32]
    place: Single
    below: Single
    above: Single


@dataclass(frozen=True)
class ColumnEncoding:
    """One column. `outcomes` counts the missing value, and the labels or atoms."""

    grid: Grid

    @property
    def nullable(self) -> bool:
        """Whether outcome 0 is the missing value."""
        return self.grid.nullable

    @property
    def ordered(self) -> bool:
        """Whether values have places on a scale."""
        return isinstance(self.grid, NumberGrid)

    @cached_property
    def outcomes(self) -> int:
        """How many outcomes there are, the continuous scale apart."""
        if isinstance(self.grid, LabelGrid):
            return len(self.grid.sizes)
        return int(self.grid.nullable) + int(self.apart.sum())

    @property
    def slots(self) -> int:
        """How many slots its outcomes get: a few sizes only, so that programs are few."""
        wanted = self.outcomes + self.continuous
        return next(size for size in _SLOTS if size >= wanted)

    @cached_property
    def continuous(self) -> bool:
        """Whether there is anything on the continuous scale."""
        return self.ordered and not self.apart.all()

    @cached_property
    def apart(self) -> Bool:
        """[E] which elements of a number are outcomes; the others are on the scale."""
        grid = self._number
        atom = grid.atom > 0
        if len(grid.low) <= _FEW_VALUES or grid.rows.sum() >= _MANY_ROWS:
            return atom
        return atom & ((grid.rows >= _LIGHT_ROWS) | (grid.rows > _SPIKE * _expected(grid)))

    @cached_property
    def rows(self) -> Float:
        """[outcomes + 1] training rows of each outcome and of the continuous scale."""
        if isinstance(self.grid, LabelGrid):
            rows = np.r_[self.grid.sizes, 0]
        else:
            atoms = self.grid.rows[self.apart]
            missing = [self.grid.missing_rows] if self.grid.nullable else []
            rows = np.r_[missing, atoms, self.grid.rows.sum() - atoms.sum()]
        return np.maximum(rows.astype(float), _MIN_ROWS)

    @cached_property
    def _number(self) -> NumberGrid:
        assert isinstance(self.grid, NumberGrid)
        return self.grid

    @cached_property
    def _outcome(self) -> NDArray[np.int32]:
        """[E + 1] the outcome of each element; the last is that of missing values."""
        outcome = np.cumsum(self.apart) - 1 + int(self.nullable)
        outcome = np.where(self.apart, outcome, self.outcomes)
        return np.r_[outcome, 0].astype(np.int32)

    @cached_property
    def _upto(self) -> Float:
        """[E + 1] rows on the scale below each element."""
        on_scale = np.where(self.apart, 0, self._number.rows)
        return np.concatenate([[0.0], np.cumsum(on_scale)])

    @cached_property
    def _ends(self) -> tuple[Single, Single]:
        """[E + 1] where each element begins and ends on the scale."""
        upto, n = self._upto, max(self._upto[-1], 1.0)
        at = np.r_[ndtri(upto / n), 0.0].clip(-FARTHEST, FARTHEST)
        return at[:-1].astype(np.float32), np.r_[at[1:-1], 0.0].astype(np.float32)

    @cached_property
    def _places(self) -> Single:
        """[E + 1] the place of each element: the middle of its rows; 0 for missing values."""
        if not self.continuous:  # atoms only: their own ranks are the scale
            places = self._number.scores(np.arange(len(self._number.low)))
        else:
            middle = (self._upto[:-1] + self._upto[1:]) / 2
            n = self._upto[-1]
            places = ndtri(middle.clip(0.25, n - 0.25) / n)
        return np.r_[places, 0.0].astype(np.float32)

    @cached_property
    def outcome_places(self) -> Single:
        """[outcomes] the place of each atom on the scale; 0 for missing values and labels."""
        if not self.ordered:
            return np.zeros(self.outcomes, np.float32)
        missing = [0.0] if self.nullable else []
        return np.r_[missing, self._places[:-1][self.apart]].astype(np.float32)

    def encode(self, codes: Int) -> Cells:
        """The cells of codes, each array of shape (rows,)."""
        elements = self.grid.encode(codes)
        if not self.ordered:
            nothing = np.zeros(len(codes), np.float32)
            return Cells(elements.astype(np.int32), nothing, nothing, nothing)
        below, above = self._ends
        return Cells(
            self._outcome[elements], self._places[elements], below[elements], above[elements]
        )

    def decode(self, outcome: Int, place: Float, share: Float, grain: Float) -> Int:
        """The codes of drawn outcomes, or of places on the scale.

        `share` draws the place inside an interval, `grain` the granularity: uniforms, one a row.
        """
        if isinstance(self.grid, LabelGrid):
            return self.grid.decode(outcome, share, grain)
        codes = np.full(len(outcome), MISSING, np.int64)
        atoms = np.flatnonzero(self.apart)
        known = np.flatnonzero((outcome >= self.nullable) & (outcome < self.outcomes))
        codes[known] = self.grid.low[atoms[outcome[known] - self.nullable]]
        on_scale = np.flatnonzero(outcome == self.outcomes)
        elements = self.element(place[on_scale])
        codes[on_scale] = self.grid.inside(elements, share[on_scale], grain[on_scale])
        return codes

    def element(self, place: Float) -> Int:
        """The element in which each place on the scale lies."""
        pieces = np.flatnonzero(~self.apart)
        upto = self._upto[np.r_[pieces, len(self._number.low)]]
        rank = ndtr(place) * upto[-1]
        return pieces[(np.searchsorted(upto, rank, "right") - 1).clip(0, len(pieces) - 1)]

    def log_inside(self, codes: Int) -> Float:
        """Log of the share of its interval's rows that each code holds; 0 for outcomes."""
        if not self.ordered or not len(self._number.low):
            return np.zeros(len(codes))
        elements = self._number.encode(codes)
        return np.where(elements < 0, 0.0, np.log(self._number.spread(codes, elements.clip(0))))


def arranged(grids: Mapping[str, Grid]) -> dict[str, ColumnEncoding]:
    """The encodings in the order of a model's arrays: those with a scale last, sizes ascending."""
    encodings = {name: ColumnEncoding(grid) for name, grid in grids.items()}
    order = sorted(encodings, key=lambda n: (encodings[n].continuous, encodings[n].slots))
    return {name: encodings[name] for name in order}


def bundled(sizes: Sequence[int], first_scaled: int) -> tuple[tuple[int, int, int], ...]:
    """(first column, end, slots) of the arranged columns that are computed together.

    `first_scaled` is the first column with a scale.
    """
    ends = len(sizes)
    cuts = [j for j in range(ends) if j in (0, first_scaled) or sizes[j] != sizes[j - 1]]
    return tuple((a, b, sizes[a]) for a, b in zip(cuts, [*cuts[1:], ends], strict=True))


def stacked(encodings: Mapping[str, ColumnEncoding], codes: Mapping[str, Int]) -> Cells:
    """Cells of all columns, each array [columns, rows]; the last slot says "on the scale"."""
    cells = []
    for name, encoding in encodings.items():
        column = encoding.encode(codes[name])
        if encoding.continuous:
            slot = encoding.slots - 1
            outcome = np.where(column.outcome == encoding.outcomes, slot, column.outcome)
            column = column._replace(outcome=outcome.astype(np.int32))
        cells.append(column)
    return Cells(*(np.stack(parts) for parts in zip(*cells, strict=True)))


def _expected(grid: NumberGrid) -> Float:
    """[E] rows that each element would hold if it were like its neighbours on either side."""
    low, high, rows = grid.low.astype(float), grid.high.astype(float), grid.rows.astype(float)
    gap = np.diff(low)
    width = np.maximum(np.minimum(np.r_[gap, np.inf], np.r_[np.inf, gap]), 1.0)
    every = np.arange(len(low))
    first = np.maximum(every - _NEIGHBOURS, 0)
    last = np.minimum(every + _NEIGHBOURS, len(low) - 1)
    upto = np.concatenate([[0.0], np.cumsum(rows)])
    around = upto[last + 1] - upto[first] - rows
    spanned = np.maximum(high[last] - low[first] - width, 1.0)
    # A value far from all others is not thought to stand for the whole gap.
    width = np.minimum(width, spanned / np.maximum(last - first, 1))
    return around / spanned * width
