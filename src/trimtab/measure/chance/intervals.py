"""How far chance moves a distance between two tables: intervals, and what chance alone would show.

A distance such as the total variation is never negative and is biased upwards by chance, so that
the usual bootstrap, which adds noise to noise, misleads near zero. Here an interval is the set of
differences that would make the distance seen a likely one (test inversion; Davison and Hinkley
1997, section 5.5): the tables are moved together or apart along the line between them. The noise is
that of rows permuted between the two tables: their permutation distribution where they do not
differ.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trimtab._arrays import Float, Int, Single
from trimtab._random import Key
from trimtab.measure.chance.permutation import DRAWS, Difference, counted
from trimtab.measure.score import Measure, Score
from trimtab.predict.sample import Sample

COVERS = "rows of both tables drawn again"
_LEVEL = 0.95
Z, Z_ONE_SIDED = 1.959963984540054, 1.6448536269514722  # 97.5 % and 95 % normal quantiles
# Multiples of the difference seen that are tried. From one to the next, both ends of the sizes that
# are likely are nearly linear in the mean size; at the last, any difference is far beyond chance.
_PARTS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.3, 1.8, 3.0, 6.0, 12.0, 24.0, 48.0)
Distance = Callable[[Float, Float], Float]  # shares (..., cells) of both tables -> (...)
Size = Callable[[NDArray[Any]], NDArray[Any]]  # differences of shares (cells, draws) -> (draws,)


@dataclass(frozen=True)
class Spread:
    """What resampling tells of a distance.

    `low` and `high` are the 95 % interval of the distance that tables of these sizes from these
    two sources have on average. `chance` is the mean distance of two samples of these sizes from
    one source, and `noise` its 95 % point.
    """

    low: float
    high: float
    chance: float
    noise: float

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval."""
        return self.low, self.high


@dataclass(frozen=True)
class Drawn:
    """The size of a difference, and what it is by chance where other parts of it are true.

    sizes   where none of the difference is true, and then more and more: shape (parts, draws)
    """

    value: float
    sizes: Single

    @property
    def chance(self) -> Single:
        """Sizes where there is no difference, shape (draws,)."""
        return self.sizes[0]

    @property
    def found(self) -> Single:
        """Sizes where the difference is such that their mean is the one seen, shape (draws,)."""
        means = np.maximum.accumulate(self.sizes.mean(axis=1, dtype=np.float64))
        place = float(np.interp(self.value, means, np.arange(len(means))))
        before = min(int(place), len(means) - 2)
        rest = np.float32(place - before)
        return np.asarray((1 - rest) * self.sizes[before] + rest * self.sizes[before + 1])

    @property
    def excess(self) -> float:
        """How far the size is beyond what chance makes it on average."""
        return self.value - float(self.chance.mean())

    @cached_property
    def spread(self) -> Spread:
        """How far chance moves the size."""
        return inverted(self.value, self.sizes)


def drawn(difference: Difference, size: Size, value: float | None = None) -> Drawn:
    """A size of a difference, such as the total variation, and how far chance moves it.

    size    from differences (cells, draws) to their sizes (draws,)
    value   the size as it was seen, where finer cells than those of the difference tell it better
    """
    if value is None:
        value = float(size(difference.seen[:, None])[0])
    return Drawn(value, np.stack([size(difference.at(part)) for part in _PARTS]))


def averaged(items: Sequence[Drawn]) -> Drawn:
    """The mean of some sizes that were drawn by the same permutations, at least one."""
    return Drawn(
        float(np.mean([item.value for item in items])),
        np.mean([item.sizes for item in items], axis=0),
    )


def half_sum(difference: NDArray[Any]) -> NDArray[Any]:
    """The total variation of differences of shares (cells, draws), for each draw."""
    return np.asarray(np.abs(difference).sum(axis=0) / 2)


def scored(
    measure: Measure,
    item: Drawn,
    *,
    n: int,
    about: tuple[str, ...] = (),
    of: Sequence[Drawn] = (),
    headline: bool = False,
    note: str = "",
) -> Score:
    """The score of a distance, with its interval, its ceiling and its noise.

    of   where the item was chosen for being the furthest beyond chance, those that it was chosen
         from: the ceiling and the noise are then those of the furthest
    """
    ceiling, noise = item.spread.chance, item.spread.noise
    if of:
        furthest = np.max([o.chance - o.chance.mean() for o in of], axis=0)
        noise = ceiling + float(np.quantile(furthest, _LEVEL))
        ceiling += float(furthest.mean())
    return measure.score(
        item.value,
        n=n,
        about=about,
        interval=item.spread.interval,
        covers=COVERS,
        ceiling=ceiling,
        noise=noise,
        headline=headline,
        note=note,
    )


def spread(
    real: Float,
    synthetic: Float,
    rows: float,
    others: float,
    distance: Distance,
    key: Key,
    draws: int = DRAWS,
) -> Spread:
    """How far chance moves a distance between two histograms.

    real, synthetic   shares of the cells, shape (cells,), each summing to 1
    rows, others      how many (effective) rows each rests on
    distance          from shares (draws, cells) of both to distances (draws,); of their difference
                      alone, for what is drawn for great differences is no shares
    """
    difference = counted(real, synthetic, max(1.0, rows), max(1.0, others), key, draws)

    def size(apart: NDArray[Any]) -> NDArray[Any]:
        moved = apart.T.astype(np.float64)
        return np.asarray(distance(moved, np.zeros_like(moved)))

    return drawn(difference, size, float(distance(real, synthetic))).spread


def inverted(value: float, made: NDArray[Any]) -> Spread:
    """The spread of a distance by test inversion.

    value   the distance seen
    made    distances drawn at growing differences, the first at none; shape (differences, draws)
    """
    means = np.maximum.accumulate(made.mean(axis=1, dtype=np.float64))
    low, high = (np.maximum.accumulate(ends) for ends in _shortest(made))
    least, most = np.interp(value, high, means), np.interp(value, low, means)
    if value <= high[0]:  # no difference at all is likely enough
        least = low[0]
    return Spread(
        low=float(min(value, least)),
        high=float(max(value, most)),
        chance=float(means[0]),
        noise=float(np.quantile(made[0], _LEVEL)),
    )


def around(value: float, found: Float, chance: Float) -> Spread:
    """The spread of a mean of many distances, which is near enough to normal.

    found    the figure of tables drawn again with the difference that chance does not explain
    chance   the figure of tables drawn again with no difference
    """
    reach = Z * float(found.std())
    noise = float(np.quantile(chance, _LEVEL))
    return Spread(max(0.0, value - reach), value + reach, float(chance.mean()), noise)


def _shortest(sizes: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """The shortest intervals that hold 95 % of the draws in each line."""
    ordered = np.sort(sizes, axis=1)
    # One draw more than 95 %, because the shortest of many intervals is chosen for being short.
    covered = min(sizes.shape[1], int(np.ceil(_LEVEL * (sizes.shape[1] + 1))) + 1)
    widths = ordered[:, covered - 1 :] - ordered[:, : ordered.shape[1] - covered + 1]
    first = widths.argmin(axis=1)
    lines = np.arange(len(sizes))
    return ordered[lines, first], ordered[lines, first + covered - 1]


def wilson(successes: float, n: float) -> tuple[float, float]:
    """The 95 % interval of a rate (Wilson 1927). (0, 1) where n is 0."""
    if n <= 0:
        return 0.0, 1.0
    rate, z2 = successes / n, Z**2
    centre = (rate + z2 / (2 * n)) / (1 + z2 / n)
    reach = Z * np.sqrt(rate * (1 - rate) / n + z2 / (4 * n**2)) / (1 + z2 / n)
    # Exactly 0 and 1 at the ends, where rounding would leave a little.
    low = 0.0 if successes <= 0 else max(0.0, float(centre - reach))
    return low, 1.0 if successes >= n else min(1.0, float(centre + reach))


def clustered(hits: Float, counts: Float) -> tuple[float, float]:
    """A rate and its standard error where units come in clusters (Cochran 1977, section 11).

    hits, counts   of each cluster, shape (clusters,)
    """
    total = counts.sum()
    rate = float(hits.sum() / total)
    residual = hits - rate * counts
    few = len(counts) / max(1, len(counts) - 1)
    return rate, float(np.sqrt(few * np.square(residual).sum()) / total)


def worth(codes: Int, size: int, sample: Sample) -> float:
    """How many rows by themselves would tell the shares of codes as well as those of a sample.

    That is as many as it has, unless rows of one person hang together (the design effect of Kish
    1965, over all cells).
    codes   of its rows, in 0 .. size-1
    """
    if sample.people is None or not sample.rows:
        return sample.effective_rows if sample.rows else 0.0
    _, person = np.unique(sample.people, return_inverse=True)
    persons = int(person.max()) + 1
    cells = np.bincount(person * size + codes, sample.weights, persons * size)
    counts = cells.reshape(persons, size)
    each, total = counts.sum(axis=1), counts.sum()
    share = counts.sum(axis=0) / total
    few = persons / max(1, persons - 1)
    variance = few * float(np.square(counts - each[:, None] * share).sum()) / total**2
    spread_of_one = float((share * (1 - share)).sum())
    if variance <= 0 or spread_of_one <= 0:
        return sample.effective_rows
    return min(sample.effective_rows, spread_of_one / variance)


def histogram(codes: Int, weights: Float, size: int) -> Float:
    """Weighted shares of codes 0 .. size-1; all 0 where there is no weight."""
    counts = np.bincount(codes, weights, minlength=size).astype(np.float64)
    total = counts.sum()
    return np.asarray(counts / total if total else counts)
