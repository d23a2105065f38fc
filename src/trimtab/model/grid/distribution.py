"""How one column of a row is distributed, in codes: the mass of each piece of them.

A piece is a single code (a label, or a number that many rows hold) or the codes of an interval, as
the column's grid cuts them; inside an interval all codes are alike. Draws are rounded as coarsely
as real values were, so that a draw may lie in the piece beside the one that is meant here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from trimtab._arrays import Float, Int
from trimtab.codec.domain import MISSING
from trimtab.model.grid.grid import Grid, LabelGrid


@dataclass(frozen=True)
class PiecewiseDistribution:
    """`mass` [P] and `missing` sum to 1. Piece p covers first[p], first[p] + unit, ..., last[p].

    Labels come by code; the pieces of a number ascend. `draws` says over how many draws of columns
    in between the masses are averaged; 0 where they are exact.
    """

    first: Int
    last: Int
    mass: Float
    missing: float
    unit: int = 1
    draws: int = 0


@dataclass(frozen=True)
class PiecewiseDistributions:
    """The same for several rows: `mass` [rows, P] and `missing` [rows] over the same pieces."""

    first: Int
    last: Int
    mass: Float
    missing: Float
    unit: int = 1
    draws: int = 0

    def row(self, at: int) -> PiecewiseDistribution:
        """The distribution of one row."""
        mass, missing = self.mass[at], float(self.missing[at])
        return PiecewiseDistribution(self.first, self.last, mass, missing, self.unit, self.draws)


def joined(parts: Sequence[PiecewiseDistributions]) -> PiecewiseDistributions:
    """All rows of distributions of one column."""
    mass = np.concatenate([part.mass for part in parts])
    return replace(parts[0], mass=mass, missing=np.concatenate([part.missing for part in parts]))


def of_tokens(grid: Grid, tokens: Float) -> PiecewiseDistributions:
    """The distributions of a column whose tokens have these probabilities, [rows, T]."""
    missing = tokens[:, 0] if grid.nullable else np.zeros(len(tokens))
    if isinstance(grid, LabelGrid):
        codes = np.arange(len(grid.token))
        return normalised(codes, codes, tokens[:, grid.token], missing)
    share = tokens / np.maximum(grid.sizes, 1)
    return of_elements(grid, share[:, grid.token] * grid.rows, missing)


def of_elements(grid: Grid, mass: Float, missing: Float) -> PiecewiseDistributions:
    """The distributions of a number whose elements have these probabilities, [rows, E]."""
    assert not isinstance(grid, LabelGrid)
    unit = int(grid.levels[0])
    last = np.where(grid.atom > 0, grid.low, np.maximum(grid.high - unit, grid.low))
    return normalised(grid.low, last, mass, missing, unit)


def normalised(
    first: Int, last: Int, mass: Float, missing: Float, unit: int = 1
) -> PiecewiseDistributions:
    """Distributions whose masses sum to 1, whatever was lost by rounding."""
    total = mass.sum(axis=1) + missing
    return PiecewiseDistributions(first, last, mass / total[:, None], missing / total, unit)


def mass_near(grid: Grid, distribution: PiecewiseDistribution, code: int, share: float) -> float:
    """The mass of a label or of missing; of a number, that of its neighbours in rank.

    These are the `share` of the rows with a value that lie around it, as many below as above but
    at the ends; of a value that more rows hold, its own rows.
    """
    if code == MISSING:
        return distribution.missing
    if isinstance(grid, LabelGrid):
        return float(distribution.mass[code])
    if not len(grid.low):
        return 0.0
    codes = np.array([code])
    at = int(grid.encode(codes)[0])
    upto = np.concatenate([[0.0], np.cumsum(grid.rows)])
    place = 0.5
    if not grid.atom[at]:
        width = grid.high[at] - grid.low[at]
        place = float(np.clip((code - grid.low[at] + 0.5) / width, 0, 1))
    window = share * upto[-1]
    low = np.clip(upto[at] + place * grid.rows[at] - window / 2, 0, upto[-1] - window)
    high = low + window
    if grid.atom[at]:
        low, high = min(low, upto[at]), max(high, upto[at + 1])
    inside = (np.minimum(upto[1:], high) - np.maximum(upto[:-1], low)).clip(0)
    # What masks cut is told in finer pieces than elements.
    pieces = grid.encode(distribution.first)
    mass = np.bincount(pieces, distribution.mass, minlength=len(grid.rows))
    return float((mass * inside / grid.rows).sum())
