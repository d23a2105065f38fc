"""The rows of a chain as far as they are known, column by column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trimtab._arrays import Float, Int, Single
from trimtab.model.grid.grid import Grid, NumberGrid
from trimtab.model.trees.columns import Columns
from trimtab.model.trees.kernel.forest import MAX_CODES
from trimtab.model.trees.kernel.library import Coded, Kernel, Valued, usual_kernel
from trimtab.model.trees.sample import cuts_of_grid


def codes_of(grid: Grid) -> int:
    """How many codes a column is told by, as a feature: its elements, and -1 for missing."""
    return 1 + (len(grid.low) if isinstance(grid, NumberGrid) else len(grid.sizes))


@dataclass(frozen=True, eq=False)
class View:
    """A column as later ones see it.

    codes   see `codes_of`
    scores  [codes] the normal score of each, that of missing last
    """

    grid: Grid
    codes: int
    scores: Float

    @classmethod
    def of(cls, grid: Grid) -> View:
        """Of a column that is cut so."""
        codes = codes_of(grid)
        elements = np.append(np.arange(codes - 1), -1)
        return cls(grid, codes, grid.scores(elements))

    @cached_property
    def cuts(self) -> Single:
        """Where it is cut as a feature."""
        return cuts_of_grid(self.grid)


@dataclass(frozen=True, eq=False)
class ChainRows:
    """What later columns are learned from; it is filled from the left.

    views     of the columns, in drawing order
    kernel    what walks trees, if it is not XGBoost
    features  [columns, rows] elements; codes of them, from 0 on, where two bytes can tell these
    scores    [columns, rows] normal scores
    """

    views: Sequence[View]
    kernel: Kernel | None
    features: NDArray[Any]
    scores: Float

    @classmethod
    def empty(cls, views: Sequence[View], rows: int) -> ChainRows:
        """Rows of which nothing is known."""
        shape = len(views), rows
        few = all(view.codes <= MAX_CODES for view in views)
        features = np.zeros(shape, np.uint16 if few else np.float32)
        return cls(views, usual_kernel(), features, np.zeros(shape))

    def put(self, place: int, codes: Int) -> Int:
        """Take down the codes of a column; their elements."""
        view = self.views[place]
        elements = view.grid.encode(codes)
        self.features[place] = elements + (self.features.dtype == np.uint16)
        self.scores[place] = view.scores[elements]
        return elements

    def parents(self, places: Int, some: Int | None = None) -> Columns:
        """What some rows have in some columns; None for all rows."""
        if self.features.dtype == np.float32:
            return Columns(self.kernel, Valued(self.features, places), self.scores, some)
        coded = Coded(self.features, self._sizes, places)
        return Columns(self.kernel, coded, self.scores, some)

    @cached_property
    def _sizes(self) -> Int:
        return np.array([view.codes for view in self.views], np.int64)
