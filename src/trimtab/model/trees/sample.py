"""Rows that trees are learned from, and where their features are cut into bins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from trimtab._arrays import Bool, Float, Int, Single
from trimtab.model.grid.grid import Features, Grid, NumberGrid
from trimtab.model.trees.columns import with_column

BINS = 256  # of a feature, at most: a byte
_DECIDING = 64  # values of a feature that may decide others: a tree of depth 6 tells so many apart
_ROWS_EACH = 20  # rows to a value of it, on average, so that it is no chance


@dataclass(frozen=True, eq=False)
class Sample:
    """Some rows.

    features  [rows, features]
    weights   [rows]; None where all rows count alike
    cuts      where each feature is cut; None for where XGBoost finds best
    sizes     [features] of those that are told by codes; see `compile_forest`
    """

    features: Features
    weights: Float | None = None
    cuts: Sequence[Single] | None = None
    sizes: Int | None = None

    def part(self, rows: Int) -> Sample:
        """Some of the rows, cut as all are."""
        weights = None if self.weights is None else self.weights[rows]
        return replace(self, features=self.features[rows], weights=weights)

    def cut(self, bins: int) -> list[Single] | None:
        """Where each feature is cut into so many bins at most: at some of its cuts, evenly."""
        if self.cuts is None:
            return None
        steps = [-(-(len(own) + 1) // bins) for own in self.cuts]
        return [own[step - 1 :: step] for own, step in zip(self.cuts, steps, strict=True)]

    def uncut(self) -> Sample:
        """The same rows, to be cut as suits them: a part may need finer bins than the whole."""
        return replace(self, cuts=None)

    def only(self, feature: int) -> Sample:
        """The same with one of the features."""
        cuts = None if self.cuts is None else [self.cuts[feature]]
        sizes = None if self.sizes is None else self.sizes[[feature]]
        return Sample(self.features[:, [feature]], self.weights, cuts, sizes)

    def decider(self, tokens: Int) -> int | None:
        """A feature that is told by few codes and decides the token of every row, which is not
        always the same; None if there is none."""
        if self.sizes is None or not len(tokens) or tokens.min() == tokens.max():
            return None
        for j in range(self.features.shape[1]):
            if self.sizes[j] > _DECIDING:
                continue
            values = self.features[:, j].astype(np.int64) + 1
            held = np.unique(values * (int(tokens.max()) + 1) + tokens)
            distinct = len(np.unique(held // (int(tokens.max()) + 1)))
            if len(held) == distinct and len(values) >= _ROWS_EACH * distinct:
                return j
        return None

    def with_predicted(self, predicted: Float) -> Sample:
        """The same with one feature more, [rows]."""
        features = with_column(self.features, predicted)
        cuts = None if self.cuts is None else [*self.cuts, cuts_of_values(predicted)]
        sizes = None if self.sizes is None else np.append(self.sizes, 0)
        return Sample(features, self.weights, cuts, sizes)


def cuts_of_grid(grid: Grid) -> Single:
    """Where a column's elements are cut, which are its feature."""
    if isinstance(grid, NumberGrid):
        rows = np.concatenate([[grid.missing_rows], grid.rows])
        return _between(np.arange(-1, len(grid.rows)), rows)
    return _between(np.arange(len(grid.sizes)), grid.sizes)


def cuts_of_values(values: Float) -> Single:
    """Where a feature is cut that has these values."""
    found, rows = np.unique(values.astype(np.float32), return_counts=True)
    return _between(found, rows)


def _between(values: Int | Single, rows: Int) -> Single:
    """The values at which bins after the first begin, of values that rise and hold these rows:
    each, or so that about as many rows lie in each bin.

    A value of more rows than a bin should hold has one by itself; the rest is shared out evenly.
    """
    begins: Bool = np.ones(len(values), bool)
    wanted = BINS
    while begins.sum() > BINS:
        most = _share(rows, wanted)
        held = np.minimum(rows, most) / most
        begins = np.diff(np.floor(np.cumsum(held) - held), prepend=-1.0) > 0
        alone = rows >= most
        begins |= alone
        begins[1:] |= alone[:-1]
        wanted -= 1
    begins[:1] = False
    return np.asarray(values[begins], np.float32)


def _share(rows: Int, bins: int) -> float:
    """How many rows a bin holds, where what is larger stands alone."""
    falling = np.sort(rows)[::-1].astype(float)
    left = np.cumsum(falling[::-1])[::-1]  # rows of each value and all smaller ones
    share = left / np.maximum(bins - np.arange(len(falling)), 1)
    return float(max(share[np.argmax(falling <= share)], 1.0))
