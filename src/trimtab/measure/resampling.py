"""How far chance moves a distance between two tables: intervals, and what chance alone would show.

A distance such as the total variation is never negative and is biased upwards by chance, so that
the usual bootstrap, which adds noise to noise, misleads near zero. Here an interval is the set of
differences that would make the distance seen a likely one (test inversion; Davison and Hinkley
1997, section 5.5): rows are drawn again from the two tables moved together or apart along the line
between them. For two halves of one table that is the permutation distribution.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from trimtab._random import Key
from trimtab.measure.side import Float, Int, Side

DRAWS = 200
_LEVEL = 0.95
_Z = 1.959963984540054
_STEPS = np.arange(-4.0, 4.1, 0.8)  # differences that are tried, in standard deviations
Distance = Callable[[Float, Float], Float]  # shares (..., cells) of both tables -> (...)


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


def shrinkage(statistic: float, expected: float) -> float:
    """The share of a difference that chance does not explain, in [0, 1].

    `statistic` is a sum of squared standardised differences, `expected` what chance makes it.
    """
    return float(np.sqrt(max(0.0, 1.0 - expected / statistic))) if statistic > 0 else 0.0


def chi_square(real: Float, synthetic: Float, rows: float, others: float) -> tuple[float, float]:
    """Sum of squared standardised differences of shares (cells,), and its chance expectation."""
    pooled = (rows * real + others * synthetic) / (rows + others)
    held = pooled > 0
    scale = (1 / rows + 1 / others) * pooled[held]
    return float((np.square(real - synthetic)[held] / scale).sum()), float(held.sum() - 1)


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
    distance          from shares (draws, cells) of both to distances (draws,)
    """
    generator = key.generator()
    n, m = max(1, round(rows)), max(1, round(others))
    pooled = (rows * real + others * synthetic) / (rows + others)
    pooled = pooled / pooled.sum()
    value = float(distance(real, synthetic))

    def drawn(part: float) -> Float:
        first = _shares(pooled + part * (real - pooled))
        second = _shares(pooled + part * (synthetic - pooled))
        return distance(
            generator.multinomial(n, first, draws) / n, generator.multinomial(m, second, draws) / m
        )

    apart = shrinkage(*chi_square(real, synthetic, rows, others))
    scale = drawn(apart).std() / value if value > 0 else 0.0
    parts = np.clip(apart + _STEPS * scale, 0.0, None)
    return inverted(value, np.stack([drawn(part) for part in np.unique(np.append(parts, 0.0))]))


def inverted(value: float, made: Float) -> Spread:
    """The spread of a distance by test inversion.

    value   the distance seen
    made    distances drawn at growing differences, the first at none; shape (differences, draws)
    """
    means = np.maximum.accumulate(made.mean(axis=1))
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
    reach = _Z * float(found.std())
    noise = float(np.quantile(chance, _LEVEL))
    return Spread(max(0.0, value - reach), value + reach, float(chance.mean()), noise)


def _shortest(made: Float) -> tuple[Float, Float]:
    """The shortest intervals that hold 95 % of the draws in each line."""
    ordered = np.sort(made, axis=1)
    # One draw more than 95 %, because the shortest of many intervals is chosen for being short.
    held = min(made.shape[1], int(np.ceil(_LEVEL * (made.shape[1] + 1))) + 1)
    widths = ordered[:, held - 1 :] - ordered[:, : ordered.shape[1] - held + 1]
    first = widths.argmin(axis=1)
    lines = np.arange(len(made))
    return ordered[lines, first], ordered[lines, first + held - 1]


def _shares(values: Float) -> Float:
    clipped = np.clip(values, 0.0, None)
    return clipped / clipped.sum()


def redrawn(real: Side, synthetic: Side, apart: float, draws: int, key: Key) -> Iterator[Float]:
    """Weights of the rows of both tables, real ones first, for each of `draws` resamplings.

    Shape (2, real rows + synthetic rows): the first line makes the new real table, the second the
    new synthetic one. `apart` is the share of their difference that is kept, from `shrinkage`.
    """
    generator = key.generator()
    own = real.weights / real.weights.sum()
    other = synthetic.weights / synthetic.weights.sum()
    n, m = max(1, round(real.effective_rows)), max(1, round(synthetic.effective_rows))
    share = n / (n + m)
    for _ in range(draws):
        lines = np.zeros((2, real.rows + synthetic.rows))
        for line, (rows, from_real) in enumerate(
            ((n, share + apart * (1 - share)), (m, share - apart * share))
        ):
            taken = int(generator.binomial(rows, from_real))
            lines[line, : real.rows] = generator.multinomial(taken, own)
            lines[line, real.rows :] = generator.multinomial(rows - taken, other)
        yield lines


def wilson(successes: float, n: float) -> tuple[float, float]:
    """The 95 % interval of a rate (Wilson 1927). (0, 1) where n is 0."""
    if n <= 0:
        return 0.0, 1.0
    rate, z2 = successes / n, _Z**2
    centre = (rate + z2 / (2 * n)) / (1 + z2 / n)
    reach = _Z * np.sqrt(rate * (1 - rate) / n + z2 / (4 * n**2)) / (1 + z2 / n)
    return max(0.0, float(centre - reach)), min(1.0, float(centre + reach))


def clustered(hits: Float, counts: Float) -> tuple[float, float]:
    """A rate and its standard error where units come in clusters (Cochran 1977, section 11).

    hits, counts   of each cluster, shape (clusters,)
    """
    total = counts.sum()
    rate = float(hits.sum() / total)
    residual = hits - rate * counts
    few = len(counts) / max(1, len(counts) - 1)
    return rate, float(np.sqrt(few * np.square(residual).sum()) / total)


def histogram(codes: Int, weights: Float, size: int) -> Float:
    """Weighted shares of codes 0 .. size-1; all 0 where there is no weight."""
    found = np.bincount(codes, weights, minlength=size).astype(np.float64)
    total = found.sum()
    return np.asarray(found / total if total else found)
