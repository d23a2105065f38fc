"""Rows permuted between two tables: the noise of everything that the rows are counted by.

Where the tables do not differ, this is the permutation distribution. Rows drawn with replacement
would understate it where cells hold few rows, for they never draw what was not seen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csc_array

from trimtab._arrays import Bool, Float, Int, Single
from trimtab._random import Key
from trimtab.predict.sample import Sample

DRAWS = 200
_ALIKE = 0.02  # numbers of rows that differ by less are taken as the same
_ODDS = 1 << 16  # of which a unit is taken by so many; the rest is put right
_UNITS = 16  # an effective row in pieces, where shares are of no whole numbers of rows


@dataclass(frozen=True)
class Permutations:
    """Many permutations of the rows of two tables into two tables of the same sizes.

    signs    what a row adds to the first table's shares, less what to the second's: real rows
             first, shape (rows of both, draws)
    masses   effective rows that each row stands for, shape (rows of both,)
    first    how many rows are the real table's
    """

    signs: Single
    masses: Float
    first: int

    @property
    def sizes(self) -> tuple[float, float]:
        """Effective rows of both tables."""
        return float(self.masses[: self.first].sum()), float(self.masses[self.first :].sum())


@dataclass(frozen=True)
class Difference:
    """A difference of two tables in some shares or means, and how chance moves it.

    seen     the difference, shape (cells,)
    own      noise of the real rows about their own means, shape (cells, draws)
    other    the same of the synthetic rows; None where it is in `own`
    mixed    how far the permutation leaves the tables unmixed, 0 on average, shape (draws,)
    sizes    effective rows of both tables
    """

    seen: Float
    own: Single
    other: Single | None
    mixed: Single
    sizes: tuple[float, float]

    def at(self, part: float) -> Single:
        """Draws where a part of the difference seen is true, shape (cells, draws).

        At 0 rows come from one pool: a row of either table has the variance 1 / (n m). At 1
        each table has its own source: a real row has 1 / n^2, a synthetic one 1 / m^2, and no
        variance comes from mixing. Between them the variances of tables that are moved along the
        line are linear in the part, but for the mixing, which falls with its square.
        """
        n, m = self.sizes
        capped = min(part, 1.0)
        unmixed = np.sqrt(1.0 - capped**2) * self.mixed + part
        draws = self.seen.astype(np.float32)[:, None] * unmixed.astype(np.float32)
        if self.other is None:
            draws += self.own
            return np.asarray(draws)
        draws += np.float32(np.sqrt(1 + capped * (m / n - 1))) * self.own
        draws += np.float32(np.sqrt(1 + capped * (n / m - 1))) * self.other
        return np.asarray(draws)


def permute(real: Sample, synthetic: Sample, key: Key, draws: int = DRAWS) -> Permutations:
    """Rows permuted between both tables, for the noise of everything that they are counted by.

    With weights a row stays whole: one that stands for many goes to either table as one. Persons
    go with all their rows, where the tables say whose these are.
    """
    generator = key.generator()
    samples = (real, synthetic)
    n, m = (max(sample.effective_rows, 1e-9) for sample in samples)
    masses = np.concatenate(
        [s.weights * (e / s.weights.sum()) for s, e in zip(samples, (n, m), strict=True)]
    )
    owners = _owners(samples)
    units = int(owners.max(initial=-1)) + 1
    taken = int(np.clip(round(units * n / (n + m)), 1, units - 1))
    assigned = np.ascontiguousarray(_subsets(draws, units, taken, generator).T)
    if units < len(owners):
        assigned = assigned[owners]
    signs = np.where(assigned, np.float32(1 / n), np.float32(-1 / m))
    if real.weighted or synthetic.weighted:
        signs *= masses[:, None].astype(np.float32)
    return Permutations(signs, masses, real.rows)


def _subsets(draws: int, units: int, taken: int, generator: np.random.Generator) -> Bool:
    """In each draw so many of the units, each subset as likely as any; shape (draws, units).

    Each unit is taken by itself at first; then as many as are too many or too few, chosen at
    random, change sides, which makes all subsets of that size as likely as each other. A
    permutation takes five times as long.
    """
    odds = min(round(taken / units * _ODDS), _ODDS - 1)
    subsets = np.asarray(generator.integers(_ODDS, size=(draws, units), dtype=np.uint16) < odds)
    for subset in subsets:
        more = int(np.count_nonzero(subset)) - taken
        if more:
            side = np.flatnonzero(subset if more > 0 else ~subset)
            subset[generator.choice(side, abs(more), replace=False, shuffle=False)] = more < 0
    return subsets


def _owners(samples: tuple[Sample, Sample]) -> Int:
    """What each row goes with: the rows of a person are one unit, in the order of the tables."""
    parts: list[Int] = []
    units = 0
    for sample in samples:
        own = np.arange(sample.rows)
        if sample.people is not None:
            own = np.unique(sample.people, return_inverse=True)[1].astype(np.int64)
        parts.append(own + units)
        units += int(own.max(initial=-1)) + 1
    return np.concatenate(parts)


def differ(codes: Int, size: int, permutations: Permutations) -> Difference:
    """The difference of two histograms, with its noise.

    codes   of the rows of both tables, real ones first, in 0 .. size-1; rows below 0 are left out,
            and each table must keep at least one
    """
    cells = np.where(codes < 0, size, codes)
    first = permutations.first
    parts = (slice(0, first), slice(first, None))
    masses = [
        np.bincount(cells[p], permutations.masses[p], size + 1)[:size].astype(np.float64)
        for p in parts
    ]
    raw = [_added(cells[p], size, permutations.signs[p]) for p in parts]
    return _difference(masses, raw, permutations.sizes)


def _added(cells: Int, size: int, signs: Single) -> Single:
    """Sums of rows' signs by cell, shape (size, draws); cell `size` is left out."""
    rows = len(cells)
    ones = np.ones(rows, np.float32)
    places = (ones, cells.astype(np.int32), np.arange(rows + 1, dtype=np.int32))
    return np.asarray((csc_array(places, shape=(size + 1, rows)) @ signs)[:size])


def _difference(masses: list[Float], raw: list[Single], sizes: tuple[float, float]) -> Difference:
    """From masses of the cells in each table (cells,) and from their noise (cells, draws)."""
    n, m = (float(h.sum()) for h in masses)
    shares = [h / h.sum() for h in masses]
    totals = []
    for share, noise in zip(shares, raw, strict=True):
        total = noise.sum(axis=0)
        noise -= share.astype(np.float32)[:, None] * total
        totals.append(total)
    return _stretched(shares[0] - shares[1], raw, totals, sizes, (n, m))


def _stretched(
    seen: Float,
    raw: list[Single],
    totals: list[Single],
    sizes: tuple[float, float],
    counted: tuple[float, float],
) -> Difference:
    """From the noise of rows about their own means, and that of how many are counted, by table."""
    n, m = counted
    # What the permutations make of all rows, for those that are counted.
    stretch = np.float32(np.sqrt(sizes[0] * sizes[1] / (n * m)))
    own, other = (noise * stretch for noise in raw)
    alike = abs(m / n - 1) < _ALIKE
    return Difference(
        seen=seen,
        own=own + other if alike else own,
        other=None if alike else other,
        mixed=(stretch * (m * totals[0] - n * totals[1]) / (n + m)).astype(np.float32),
        sizes=(n, m),
    )


def differ_in_means(
    seen: Float, influence: Single, complete: Bool, permutations: Permutations
) -> list[Difference]:
    """Differences of figures that are near enough to means of what each row adds to them.

    seen        the differences, shape (figures,)
    influence   of each row on the figure of its own table, 0 on average, shape (rows, figures);
                0 for rows that are left out
    complete    whether a row is counted, shape (rows, figures)
    """
    parts = (slice(0, permutations.first), slice(permutations.first, None))
    noise = [influence[p].T @ permutations.signs[p] for p in parts]
    totals = [complete[p].T.astype(np.float32) @ permutations.signs[p] for p in parts]
    counted = [permutations.masses[p] @ complete[p] for p in parts]
    return [
        _stretched(
            seen[k : k + 1],
            [n[k : k + 1] for n in noise],
            [t[k] for t in totals],
            permutations.sizes,
            (float(counted[0][k]), float(counted[1][k])),
        )
        for k in range(len(seen))
    ]


def counted(
    real: Float, synthetic: Float, rows: float, others: float, key: Key, draws: int
) -> Difference:
    """The difference of two histograms of which only the counts are known, with its noise."""
    masses = [rows * real, others * synthetic]
    counts = np.concatenate(masses)
    whole = np.abs(counts - np.rint(counts)).max() < 1e-3
    units = 1 if whole else _UNITS
    colours = np.rint(units * counts).astype(np.int64)
    taken = round(int(colours.sum()) * rows / (rows + others))
    assigned = key.generator().multivariate_hypergeometric(
        colours, taken, draws, method="marginals"
    )
    signs = (assigned / rows - (colours - assigned) / others) / np.sqrt(units)
    raw = [np.ascontiguousarray(h.T, np.float32) for h in np.split(signs, 2, axis=1)]
    return _difference(masses, raw, (rows, others))
