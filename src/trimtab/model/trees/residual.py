"""Draws of a number inside ranges, where the residual around a prediction is what is drawn."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr, ndtri

from trimtab._arrays import Float, Int
from trimtab.codec.domain import MISSING
from trimtab.errors import RefusedError
from trimtab.model.grid.grid import NumberGrid
from trimtab.model.grid.intervals import Truncation


def residual_within(
    inside: Truncation,
    residual: NumberGrid,
    probabilities: Float,
    predicted: Float,
    unit: float,
    place: Float,
) -> Int:
    """One code a row inside ranges.

    probabilities  [rows, T] of the residual's tokens
    predicted      [rows] normal scores
    unit           normal scores to one code of the residual
    place          [rows] uniforms

    Each part of the ranges (see `Truncation`) is an interval of normal scores, so that its
    probability is a difference of two sums over the residual's codes: exact. Raises
    RefusedError where a row leaves the ranges no probability.
    """
    begins, ends = ranks(inside)
    total = inside.grid.rows.sum()
    scores = np.stack([ndtri(begins / total), ndtri(ends / total)])
    may_miss = inside.missing and residual.nullable
    out = np.full(len(predicted), MISSING, np.int64)
    for row, at in enumerate(predicted):
        codes, upto = residual.curve(probabilities[row])
        # Residuals are whole numbers, of which those from the first to before the last land there.
        first, last = np.ceil((scores - at) / unit)
        below = np.interp([first, last], codes, upto)
        mass = inside.chance * (below[1] - below[0]).clip(0)
        mass = np.append(mass, probabilities[row, 0] if may_miss else 0.0)
        sums = np.cumsum(mass)
        if not sums[-1] > 0:
            raise RefusedError(
                "the values given for the columns before leave a range no probability: widen it, "
                "or leave out a value."
            )
        target = place[row] * sums[-1]
        last_possible = int(np.flatnonzero(mass)[-1])
        part = min(int(np.searchsorted(sums, target, "right")), last_possible)
        if part == len(begins):
            continue
        share = (target - (sums[part] - mass[part])) / mass[part]
        wanted = below[0, part] + share * (below[1, part] - below[0, part])
        off = np.floor(np.interp(wanted, upto, codes)).clip(first[part], last[part] - 1)
        rank = ndtr(at + off * unit) * total
        inner = (rank - begins[part]) / (ends[part] - begins[part])
        out[row] = inside.of_parts(np.array([part]), np.array([inner]))[0]
    return out


def residual_share(
    inside: Truncation, residual: NumberGrid, probabilities: Float, predicted: Float, unit: float
) -> Float:
    """The probability that a code lands inside ranges, [rows]; the arguments are those of
    `residual_within`.
    """
    begins, ends = ranks(inside)
    total = inside.grid.rows.sum()
    scores = np.stack([ndtri(begins / total), ndtri(ends / total)])
    out = np.zeros(len(predicted))
    for row, at in enumerate(predicted):
        codes, upto = residual.curve(probabilities[row])
        first, last = np.ceil((scores - at) / unit)
        below = np.interp([first, last], codes, upto)
        out[row] = float((inside.chance * (below[1] - below[0]).clip(0)).sum())
        if inside.missing and residual.nullable:
            out[row] += probabilities[row, 0]
    return out


def ranks(inside: Truncation) -> tuple[Float, Float]:
    """[C] the ranks among the training rows at which each part begins and ends."""
    grid, e = inside.grid, inside.element
    base = np.concatenate([[0.0], np.cumsum(grid.rows)])[e]
    each = grid.rows[e] / (grid.high - grid.low)[e]
    return (
        base + (inside.first - grid.low[e]) * each,
        base + (inside.last + 1 - grid.low[e]) * each,
    )
