"""Whether the arrays of a model file agree with each other. Each check raises BundleError."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trimtab.codec.domain import Float, Int
from trimtab.errors import BundleError
from trimtab.model import partition as partitions
from trimtab.model.grid import Grid, LabelGrid, NumberGrid
from trimtab.model.partition import Partition

_FARTHEST = 2**62  # codes and bounds of intervals are at most this large
_ROWS_MOST = 2**53
_SUM_SLACK = 1e-6
_FOLDS_MOST = 1000


def demand(sound: bool, complaint: str) -> None:
    """Raise BundleError with the complaint unless `sound`."""
    if not sound:
        raise BundleError(complaint)


def _integers(values: NDArray[Any], length: int, low: int, high: int, what: str) -> None:
    demand(
        values.dtype == np.int64 and values.shape == (length,),
        f"{what} is {values.dtype} of shape {values.shape}: expected int64 of shape ({length},)",
    )
    inside = bool(np.all((values >= low) & (values <= high)))
    demand(inside, f"{what} holds numbers outside {low}..{high}")


def _floats(values: NDArray[Any], shape: tuple[int, ...], what: str) -> None:
    demand(
        values.dtype == np.float64 and values.shape == shape,
        f"{what} is {values.dtype} of shape {values.shape}: expected float64 of shape {shape}",
    )
    demand(bool(np.isfinite(values).all()), f"{what} holds numbers that are not finite")


def _few(rows: Int, at: str) -> None:
    demand(
        float(rows.sum(dtype=np.float64)) <= _ROWS_MOST, f"{at} counts more than {_ROWS_MOST} rows"
    )


def check_grid(grid: Grid, at: str) -> None:
    """The tokens and elements of a column."""
    if isinstance(grid, LabelGrid):
        _check_labels(grid, at)
        return
    demand(grid.level_shares.ndim == 2, f"{at}.level_shares is no table")
    demand(grid.low.ndim == 1, f"{at}.low is no list")
    elements, tokens, first = len(grid.low), len(grid.level_shares), int(grid.nullable)
    _integers(grid.low, elements, -_FARTHEST, _FARTHEST, f"{at}.low")
    _integers(grid.high, elements, -_FARTHEST, _FARTHEST, f"{at}.high")
    _integers(grid.rows, elements, 1, _ROWS_MOST, f"{at}.rows")
    _few(grid.rows, at)
    _integers(grid.token, elements, first, tokens - 1, f"{at}.token")
    _integers(grid.atom, elements, 0, 1, f"{at}.atom")
    demand(tokens > 0, f"{at} has no tokens")
    held = np.bincount(grid.token, minlength=tokens)
    demand(bool(np.all(held[first:] > 0)), f"{at} has a token without values")
    demand(bool(np.all(held[grid.token[grid.atom > 0]] == 1)), f"{at} has an atom in a range")
    _check_order(grid, at)
    _check_levels(grid, tokens, at)


def _check_order(grid: NumberGrid, at: str) -> None:
    """Elements ascend, an atom before the interval that it opens; intervals do not overlap."""
    low, high, atom = grid.low, grid.high, grid.atom > 0
    step = np.diff(low)
    sorted_ = np.all((step > 0) | ((step == 0) & atom[:-1] & ~atom[1:]))
    demand(bool(sorted_), f"{at}.low is not sorted")
    demand(bool(np.all(high > low)), f"{at} has an empty interval")
    demand(bool(np.all(high[atom] == low[atom] + 1)), f"{at} has an atom of more than one value")
    apart = np.all(high[~atom][:-1] <= low[~atom][1:])
    demand(bool(apart), f"{at} has intervals that overlap")


def _check_levels(grid: NumberGrid, tokens: int, at: str) -> None:
    demand(grid.levels.ndim == 1 and len(grid.levels) > 0, f"{at}.levels is empty")
    _integers(grid.levels, len(grid.levels), 1, _FARTHEST, f"{at}.levels")
    demand(bool(np.all(np.diff(grid.levels) > 0)), f"{at}.levels is not sorted")
    _floats(grid.level_shares, (tokens, len(grid.levels)), f"{at}.level_shares")
    fair = np.all(grid.level_shares >= 0) and np.allclose(grid.level_shares.sum(axis=1), 1)
    demand(bool(fair), f"{at}.level_shares are no shares")


def _check_labels(grid: LabelGrid, at: str) -> None:
    demand(grid.token.ndim == 1, f"{at}.token is no list")
    first, size = int(grid.nullable), len(grid.token)
    _integers(grid.token, size, first, first + size - 1, f"{at}.token")
    _integers(grid.rows, size, 0, _ROWS_MOST, f"{at}.rows")
    _few(grid.rows, at)
    demand(len(np.unique(grid.token)) == size, f"{at}.token gives two labels one token")
    demand(first + size > 0, f"{at} has no tokens")


def check_residual(grid: NumberGrid, at: str) -> None:
    """A number whose residual is drawn: it has values."""
    demand(len(grid.low) > 0, f"{at} has a residual but no values")


def check_partition(part: Partition, tokens: int, at: str) -> None:
    """Groups ascend from 0 without a gap, and so do the classes inside each group."""
    widest = partitions._CLASSES
    _integers(part.group, tokens, 0, tokens - 1, f"{at}.group")
    _integers(part.klass, tokens, 0, widest, f"{at}.klass")
    _integers(part.sizes, tokens, 0, _ROWS_MOST, f"{at}.sizes")
    _few(part.sizes, at)
    group_step, class_step = np.diff(part.group), np.diff(part.klass)
    opens = group_step == 1
    ascending = np.all((group_step == 0) | opens) and part.group[0] == 0
    demand(bool(ascending), f"the groups of {at} do not ascend one by one")
    inside = np.all((class_step[~opens] == 0) | (class_step[~opens] == 1))
    starts = part.klass[0] == 0 and np.all(part.klass[1:][opens] == 0)
    demand(bool(inside and starts), f"the classes of {at} do not ascend one by one")


def check_block(weights: Float, shape: Sequence[int]) -> None:
    """The joint table of the leading block."""
    _floats(weights, tuple(shape), "block.weights")
    fair = np.all(weights >= 0) and abs(weights.sum() - 1) < _SUM_SLACK
    demand(bool(fair), "block.weights are no probabilities: expected none below 0, and a sum of 1")


def check_parents(parents: Int, before: int, at: str) -> None:
    """Positions of columns before this one, ascending."""
    demand(parents.ndim == 1 and len(parents) <= before, f"{at}.parents is no list of columns")
    _integers(parents, len(parents), 0, max(before - 1, 0), f"{at}.parents")
    demand(bool(np.all(np.diff(parents) > 0)), f"{at}.parents do not ascend")


def check_weights(weights: Float | Int, parents: int, at: str) -> None:
    """The ridge regressions of a location, [folds, parents + 1]."""
    demand(weights.ndim == 2, f"{at}.location is no table")
    demand(1 <= len(weights) <= _FOLDS_MOST, f"{at}.location has {len(weights)} folds")
    _floats(np.asarray(weights), (len(weights), parents + 1), f"{at}.location")
