"""Edges that cut numbers into bins, the same for every table that is compared.

Edges here are inner ones: the first and the last bin are open. A value that equals an edge belongs
to the bin above it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from trimtab._arrays import Float, Int

FINE = 512  # cells that a distance between distributions is drawn again on
_EVEN = 10  # bins of a number beside a label, as SDMetrics cuts it
PICTURE = 30  # bins of a picture; numbers of no more values have a bin for each
_TAIL = 0.005  # share of real rows that may lie beyond each end of a picture's even bins
_NEAR = 0.5  # of their reach: values no further beyond them are still within
_SPARSE = 4  # cells for each row beyond which those that occur are found by sorting
_ROUNDING = 1e-9  # of cumulative weights


def cut(values: Float, inner: Float) -> Int:
    """The bin of each value, shape (rows,), from 0 to len(inner); -1 for nan."""
    codes = np.searchsorted(inner, values, side="right")
    return np.where(np.isnan(values), -1, codes).astype(np.int64)


def quantiles(values: Float, weights: Float, levels: Float) -> Float:
    """The least value that at least a share of the weight does not exceed, for each level.

    values, weights   shape (rows,), no nan, at least one row
    """
    order = np.argsort(values, kind="stable")
    upto = np.cumsum(weights[order])
    places = np.searchsorted(upto / upto[-1], levels - _ROUNDING, side="left")
    return np.asarray(values[order][np.minimum(places, len(values) - 1)])


def fine(values: Float) -> Float:
    """Edges of about 512 cells that hold equal shares of values (rows,); no nan.

    Each value has a cell of its own where there are no more, and so has each that is frequent.
    """
    distinct, counts = np.unique(values, return_counts=True)
    if len(distinct) <= FINE:
        return distinct[1:]
    rows = len(values)
    upto = np.cumsum(counts)
    starts = np.searchsorted(upto, np.arange(1, FINE) * (rows / FINE))
    frequent = np.flatnonzero(counts > rows / FINE)
    chosen = np.unique(np.concatenate([starts, frequent, frequent + 1]))
    return np.asarray(distinct[chosen[(chosen > 0) & (chosen < len(distinct))]])


def even(values: Float) -> Float:
    """Edges of ten bins of equal width from the least to the greatest of values; nan is left out.

    Those of numpy.histogram_bin_edges, but for values that are too close to be told apart by ten.
    No edges where there is no value.
    """
    known = values[~np.isnan(values)]
    if not len(known):
        return known
    low, high = known.min(), known.max()
    half = 0.5 if low == high else 0.0
    return np.unique(np.linspace(low - half, high + half, _EVEN + 1)[1:-1])


def equal_shares(values: Float, weights: Float, bins: int) -> Float:
    """Edges of at most so many bins that hold equal shares of the weight; nan is left out.

    Fewer where a value is so frequent that it fills more than one. No edges without a value.
    """
    known = ~np.isnan(values)
    if not known.any():
        return np.empty(0)
    edges = np.unique(quantiles(values[known], weights[known], np.arange(1, bins) / bins))
    # The least value as an edge would leave the bin below it empty.
    return np.asarray(edges[edges > values[known].min()])


def picture(real: Float, weights: Float, others: Float, most: int = PICTURE) -> Float:
    """All edges of the bins of a picture, the outer ones too: shape (bins + 1,), growing.

    Numbers of few values have a bin for each. Others have about `most` bins of equal width, over
    all values or, where some lie far beyond the outermost real ones, over all but those; they have
    a bin of their own at either end, which is much wider, so that no bin is narrower than another
    but for rounding. The width is a multiple of the values' unit, so that each bin can hold equally
    many of them.
    real, others   the values of the tables, shape (rows,); no nan, at least one real value
    weights        of the real values
    """
    distinct = np.unique(np.concatenate([real, others]))
    if len(distinct) == 1:
        return np.array([distinct[0] - 0.5, distinct[0] + 0.5])
    if len(distinct) <= most:
        middles = (distinct[1:] + distinct[:-1]) / 2
        first, last = 2 * distinct[0] - middles[0], 2 * distinct[-1] - middles[-1]
        return np.concatenate([[first], middles, [last]])
    low, high = _core(real, weights, distinct)
    unit = _unit(distinct)
    width = (high - low) / most
    if unit:
        width = unit * max(1.0, np.ceil((high - low + unit) / (most * unit)))
    bins = int(np.ceil((high - low + unit) / width - _ROUNDING))
    edges = low + width * np.arange(bins + 1)
    edges[-1] = max(edges[-1], high)
    below = distinct[:1][distinct[:1] < edges[0]]
    above = distinct[-1:][distinct[-1:] > edges[-1]]
    return np.concatenate([below, edges, above])


def _core(real: Float, weights: Float, distinct: Float) -> tuple[float, float]:
    """Where a picture has bins of equal width: up to the outermost values, unless they are far."""
    low, high = quantiles(real, weights, np.array([_TAIL, 1 - _TAIL]))
    if low == high:
        low, high = real.min(), real.max()
    if low == high:
        low, high = distinct[0], distinct[-1]
    near = _NEAR * (high - low)
    low = distinct[0] if distinct[0] >= low - near else low
    high = distinct[-1] if distinct[-1] <= high + near else high
    return float(low), float(high)


def _unit(distinct: Float) -> float:
    """The greatest whole number that all values are multiples apart by; 0 for fractions."""
    if np.abs(distinct).max() >= 2.0**53 or (distinct != np.rint(distinct)).any():
        return 0.0
    whole = distinct.astype(np.int64)
    return float(np.gcd.reduce(whole[1:] - whole[:-1]))


def joint(codes: Sequence[Int], sizes: Sequence[int]) -> tuple[Int, int]:
    """Cells of the combinations that occur, and how many there are.

    codes   of each column, shape (rows,), from 0 to its size - 1
    """
    cells = np.zeros(len(codes[0]), np.int64)
    size = 1
    for column, count in zip(codes, sizes, strict=True):
        cells, size = cells * count + column, size * count
        if size > _SPARSE * len(cells):
            distinct, cells = np.unique(cells, return_inverse=True)
            size = len(distinct)
    occurring = np.bincount(cells, minlength=size) > 0
    places = np.cumsum(occurring) - 1
    return places[cells], int(occurring.sum())
