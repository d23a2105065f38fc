"""Draws of a number inside ranges, where the residual around a prediction is what is drawn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from trimtab._arrays import Bool, Float, Int
from trimtab.codec.domain import MISSING
from trimtab.model.grid.curves import Curves, some_at_once
from trimtab.model.grid.grid import NumberGrid
from trimtab.model.grid.intervals import Truncation


def residual_within(
    inside: Truncation,
    residual: NumberGrid,
    probabilities: Float,
    predicted: Float,
    unit: float,
    place: Float,
) -> tuple[Int, Bool]:
    """One code a row inside ranges, and which rows leave these any probability: the codes of the
    others mean nothing.

    probabilities  [rows, T] of the residual's tokens
    predicted      [rows] normal scores
    unit           normal scores to one code of the residual
    place          [rows] uniforms

    Each part of the ranges (see `Truncation`) is an interval of normal scores, so that its
    probability is a difference of two sums over the residual's codes: exact.
    """
    out, reached = np.full(len(predicted), MISSING, np.int64), np.zeros(len(predicted), bool)
    for rows, landed in _landing(inside, residual, probabilities, predicted, unit):
        reached[rows] = own = landed.mass[:, -1] > 0
        at = np.arange(len(predicted))[rows][own]
        some = landed if own.all() else landed.part(own)
        out[at] = some.draw(inside, place[at], predicted[at], unit)
    return out, reached


def residual_share(
    inside: Truncation, residual: NumberGrid, probabilities: Float, predicted: Float, unit: float
) -> Float:
    """The probability that a code lands inside ranges, [rows]; the arguments are those of
    `residual_within`.
    """
    out = np.zeros(len(predicted))
    for rows, landed in _landing(inside, residual, probabilities, predicted, unit):
        out[rows] = landed.mass[:, -1]
    return out


@dataclass(frozen=True, eq=False)
class _Landing:
    """Where residuals land.

    curves       of the residuals
    first, last  [rows, C] the codes of the residual that land in each part: whole numbers, from
                 the first to before the last
    below        [2, rows, C] P(code < first) and P(code < last)
    mass         [rows, C + 1] how probable the parts are, added up, and that the cell is missing
    """

    curves: Curves
    first: Float
    last: Float
    below: Float
    mass: Float

    def part(self, rows: Bool | Int) -> _Landing:
        """Some of the rows."""
        first, last, below = self.first[rows], self.last[rows], self.below[:, rows]
        return _Landing(self.curves.part(rows), first, last, below, self.mass[rows])

    def draw(self, inside: Truncation, place: Float, predicted: Float, unit: float) -> Int:
        """One code a row, from uniforms; each row has some mass."""
        target = place * self.mass[:, -1]
        each = np.diff(self.mass, axis=1, prepend=0.0)
        # The last part that is possible takes what rounding leaves over.
        possible = each.shape[1] - 1 - np.argmax(each[:, ::-1] > 0, axis=1)
        part = np.minimum((self.mass <= target[:, None]).sum(axis=1), possible)
        out = np.full(len(part), MISSING, np.int64)
        at = np.flatnonzero(part < len(inside.element))
        if not len(at):
            return out
        part = part[at]
        share = (target[at] - (self.mass[at, part] - each[at, part])) / each[at, part]
        low, high = self.below[:, at, part]
        wanted = self.curves.part(at).at(low + share * (high - low))
        off = np.floor(wanted).clip(self.first[at, part], self.last[at, part] - 1)
        begins, ends = ranks(inside)
        rank = ndtr(predicted[at] + off * unit) * inside.grid.rows.sum()
        inner = (rank - begins[part]) / (ends[part] - begins[part])
        out[at] = inside.of_parts(part, inner)
        return out


def _landing(
    inside: Truncation, residual: NumberGrid, probabilities: Float, predicted: Float, unit: float
) -> Iterator[tuple[slice, _Landing]]:
    """Where the residuals of rows land, some rows at once."""
    begins, ends = ranks(inside)
    total = inside.grid.rows.sum()
    scores = ndtri(begins / total), ndtri(ends / total)
    may_miss = inside.missing and residual.nullable
    for rows in some_at_once(len(predicted), len(residual.edges[0]) + 4 * len(begins)):
        curves, at = Curves.of(residual, probabilities[rows]), predicted[rows, None]
        first, last = (np.ceil((score - at) / unit) for score in scores)
        below = np.stack([curves.below(first), curves.below(last)])
        mass = inside.chance * (below[1] - below[0]).clip(0)
        missing = probabilities[rows, :1] * may_miss
        upto = np.cumsum(np.concatenate([mass, missing], axis=1), axis=1)
        yield rows, _Landing(curves, first, last, below, upto)


def ranks(inside: Truncation) -> tuple[Float, Float]:
    """[C] the ranks among the training rows at which each part begins and ends."""
    grid, e = inside.grid, inside.element
    base = np.concatenate([[0.0], np.cumsum(grid.rows)])[e]
    each = grid.rows[e] / (grid.high - grid.low)[e]
    return (
        base + (inside.first - grid.low[e]) * each,
        base + (inside.last + 1 - grid.low[e]) * each,
    )
