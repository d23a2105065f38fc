"""Whether the arrays of a model file agree with each other. Each check raises BundleError."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from trimtab._arrays import Int
from trimtab.errors import BundleError
from trimtab.model.grid.grid import Grid, LabelGrid, NumberGrid

_FARTHEST = 2**62  # codes and bounds of intervals are at most this large
MAX_ROWS = 2**53
SUM_SLACK = 1e-6
MAX_FOLDS = 1000


def demand(sound: bool, complaint: str) -> None:
    """Raise BundleError with the complaint unless `sound`."""
    if not sound:
        raise BundleError(complaint)


def demand_integers(values: NDArray[Any], length: int, low: int, high: int, what: str) -> None:
    """Demand so many int64 values from `low` to `high`."""
    demand(
        values.dtype == np.int64 and values.shape == (length,),
        f"{what} is {values.dtype} of shape {values.shape}: expected int64 of shape ({length},)",
    )
    inside = bool(np.all((values >= low) & (values <= high)))
    demand(inside, f"{what} holds numbers outside {low}..{high}")


def demand_floats(values: NDArray[Any], shape: tuple[int, ...], what: str) -> None:
    """Demand finite float64 values of a shape."""
    demand(
        values.dtype == np.float64 and values.shape == shape,
        f"{what} is {values.dtype} of shape {values.shape}: expected float64 of shape {shape}",
    )
    demand(bool(np.isfinite(values).all()), f"{what} holds numbers that are not finite")


def demand_few(rows: Int, at: str) -> None:
    """Demand that counts of rows add up to what a float holds exactly."""
    demand(float(rows.sum(dtype=np.float64)) <= MAX_ROWS, f"{at} counts more than {MAX_ROWS} rows")


def check_grid(grid: Grid, at: str) -> None:
    """The tokens and elements of a column."""
    if isinstance(grid, LabelGrid):
        _check_labels(grid, at)
        return
    demand(grid.level_shares.ndim == 2, f"{at}.level_shares is no table")
    demand(grid.low.ndim == 1, f"{at}.low is no list")
    elements, tokens, first = len(grid.low), len(grid.level_shares), int(grid.nullable)
    demand_integers(grid.low, elements, -_FARTHEST, _FARTHEST, f"{at}.low")
    demand_integers(grid.high, elements, -_FARTHEST, _FARTHEST, f"{at}.high")
    demand_integers(grid.rows, elements, 1, MAX_ROWS, f"{at}.rows")
    demand_few(grid.rows, at)
    demand_integers(grid.token, elements, first, tokens - 1, f"{at}.token")
    demand_integers(grid.atom, elements, 0, 1, f"{at}.atom")
    demand(tokens > 0, f"{at} has no tokens")
    counts = np.bincount(grid.token, minlength=tokens)
    demand(bool(np.all(counts[first:] > 0)), f"{at} has a token without values")
    demand(bool(np.all(counts[grid.token[grid.atom > 0]] == 1)), f"{at} has an atom in a range")
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
    demand_integers(grid.levels, len(grid.levels), 1, _FARTHEST, f"{at}.levels")
    demand(bool(np.all(np.diff(grid.levels) > 0)), f"{at}.levels is not sorted")
    demand_floats(grid.level_shares, (tokens, len(grid.levels)), f"{at}.level_shares")
    fair = np.all(grid.level_shares >= 0) and np.allclose(grid.level_shares.sum(axis=1), 1)
    demand(bool(fair), f"{at}.level_shares are no shares")


def _check_labels(grid: LabelGrid, at: str) -> None:
    demand(grid.token.ndim == 1, f"{at}.token is no list")
    first, size = int(grid.nullable), len(grid.token)
    demand_integers(grid.token, size, first, first + size - 1, f"{at}.token")
    demand_integers(grid.rows, size, 0, MAX_ROWS, f"{at}.rows")
    demand_few(grid.rows, at)
    demand(len(np.unique(grid.token)) == size, f"{at}.token gives two labels one token")
    demand(first + size > 0, f"{at} has no tokens")
