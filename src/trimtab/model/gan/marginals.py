"""How far drawn rows are from held-out ones, by the joint shares of pairs of columns.

A GAN has no likelihood, and the losses of its two sides say nothing of its quality. What can be
watched is what it draws: the total variation distance of every pair of columns, each cut into a few
classes, between drawn and held-out rows. It also tells when the generator has collapsed: when
values that held-out rows have hardly ever come up any more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from trimtab._arrays import Float, Int, Single
from trimtab.codec.domain import Codes
from trimtab.model.grid.grid import Grid, NumberGrid

_CLASSES = 8  # of a column, at most, the missing value apart
_HARDLY = 0.1  # of its share among held-out rows: a class that is drawn no oftener is lost
_COLLAPSED = 0.1  # of the held-out rows of a column are in lost classes
_MIN_ROWS = 10  # held-out rows of a class that can be missed


@dataclass(frozen=True)
class Marginals:
    """The joint shares of held-out rows, against which drawn ones are held.

    `others` are training rows, from which it is known how far real rows are from real ones.
    """

    grids: Mapping[str, Grid]
    held: Codes
    others: Codes

    def distance(self, drawn: Codes) -> float:
        """The mean total variation distance over all pairs of columns, from 0 to 1."""
        return self._distance(self._shares(drawn))

    @cached_property
    def floor(self) -> float:
        """The same distance for real rows."""
        return self._distance(self._shares(self.others))

    def lost(self, drawn: Codes) -> dict[str, float]:
        """The columns that have collapsed, with the share of held-out rows that they miss.

        A column has collapsed if a tenth of the rows are in classes that are lost, or if all of its
        classes but one are, however few rows that is: a rare outcome that never comes up.
        """
        real_shares, drawn_shares = np.diag(self._real_shares), np.diag(self._shares(drawn))
        counted = real_shares * self.held.rows >= _MIN_ROWS
        missed = counted & (drawn_shares < _HARDLY * real_shares)
        lost = {}
        for name, (first, end) in self._spans.items():
            gone = missed[first:end]
            alone = gone.any() and (counted[first:end] & ~gone).sum() < 2
            share = float(real_shares[first:end][gone].sum())
            if alone or share >= _COLLAPSED:
                lost[name] = share
        return lost

    @cached_property
    def _classes(self) -> dict[str, Int]:
        """The class of each element of each column; that of missing values is last."""
        return {name: classes_of(grid) for name, grid in self.grids.items()}

    @cached_property
    def _spans(self) -> dict[str, tuple[int, int]]:
        sizes = [int(classes.max()) + 1 for classes in self._classes.values()]
        ends = np.cumsum(sizes)
        return {
            name: (int(end) - size, int(end))
            for name, size, end in zip(self._classes, sizes, ends, strict=True)
        }

    @cached_property
    def _real_shares(self) -> Float:
        return self._shares(self.held)

    def marks(self, codes: Codes, names: Sequence[str]) -> Single:
        """[rows, classes] 1 where a row is in a class, of some columns one after the other."""
        parts = []
        for name in names:
            first, end = self._spans[name]
            classes = self._classes[name][self.grids[name].encode(codes[name])]
            parts.append(np.eye(end - first, dtype=np.float32)[classes])
        return np.concatenate(parts, axis=1) if parts else np.zeros((codes.rows, 0), np.float32)

    def _shares(self, codes: Codes) -> Float:
        """[classes, classes] the share of rows in each pair of classes of all columns."""
        marks = self.marks(codes, list(self._spans))
        return (marks.T @ marks).astype(np.float64) / max(codes.rows, 1)

    def _distance(self, shares: Float) -> float:
        starts = [first for first, _ in self._spans.values()]
        apart = np.abs(shares - self._real_shares)
        pairs = np.add.reduceat(np.add.reduceat(apart, starts, axis=0), starts, axis=1) / 2
        if len(starts) == 1:
            return float(pairs[0, 0])
        return float(pairs[np.triu_indices(len(starts), 1)].mean())


def classes_of(grid: Grid) -> Int:
    """[E + 1] the class of each element of a grid; the last one is that of missing values.

    The elements of a number are cut into classes of about equal rows, in their order; the commoner
    labels have a class each, and the others share one.
    """
    if isinstance(grid, NumberGrid):
        rows = grid.rows
        middle = (np.cumsum(rows) - rows / 2) / max(rows.sum(), 1)
        classes = np.unique((middle * _CLASSES).astype(np.int64), return_inverse=True)[1]
        return np.r_[classes, int(classes.max(initial=-1)) + 1]
    order = np.argsort(-grid.sizes, kind="stable")
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    classes = np.minimum(place, _CLASSES - 1)
    return np.r_[classes, classes[0] if grid.nullable else 0]
