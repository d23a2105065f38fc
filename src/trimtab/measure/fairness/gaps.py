"""Gaps between groups: the largest difference, the smallest ratio, and what chance makes of them.

The gap is the largest minus the smallest of the groups, the ratio the smallest by the largest, as
fairlearn defines them; over several lines (classes, or TPR and FPR) the worst counts. Both are
biased by chance, the more so the more and the smaller the groups: where nothing is unfair a gap is
never 0. So each comes with the gap that chance alone makes, and its 95 % interval is that of the
true gap, built of two one-sided limits of 97.5 %:

- the upper one is the largest upper limit of a difference of any two groups (MOVER; Newcombe 1998,
  Stat. Med. 17: 873; for ratios Donner and Zou 2012, Stat. Methods Med. Res. 21: 347). As the two
  groups that truly differ most are one of these pairs, it is too small at most once in forty;
- the lower one is by test inversion: the smallest gap, along the line from no difference to the
  rates seen, that would show the gap seen or a larger one at least once in forty. It is 0 where the
  gap is no more than chance alone shows once in twenty.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtri

from trimtab._arrays import Bool, Float
from trimtab._random import Key
from trimtab.measure.chance.intervals import Z
from trimtab.measure.fairness.rates import Mean, Rate

NULL_DRAWS, LOWER_DRAWS = 1000, 300
MAX_GROUPS, MAX_CELLS = 200, 2500  # cells are groups times lines; more say too little
_CELLS_DRAWN = 400_000
# Gaps that are tried: in standard deviations below the gap seen, and as parts of it, for near the
# ends of the scale the deviation at the gap seen says little of those below.
_STEPS, _PARTS = np.arange(-4.8, 0.1, 0.8), np.array([0.0, 0.25, 0.5, 0.75, 0.9, 0.97])
_LEVEL, _TAIL = 0.95, 0.975


@dataclass(frozen=True)
class Figures:
    """A figure of each group on each line, shape (lines, groups), and what chance does to it.

    value       nan where a group has none
    low, high   95 % interval
    rows        effective rows beneath a rate, which chance moves as a binomial; None for others
    error       standard errors of others; None for rates
    by_chance   the same were nothing unfair; None where that is `error`
    centre      what the figures are were nothing unfair; None where they are then alike
    """

    value: Float
    low: Float
    high: Float
    rows: Float | None = None
    error: Float | None = None
    by_chance: Float | None = None
    centre: float | None = None

    def where(self, kept: Bool) -> Figures:
        """The figures of some groups only, chosen line by line."""
        return replace(self, value=np.where(kept, self.value, np.nan))

    def lines(self, kept: Bool) -> Figures:
        """Some of the lines."""
        return Figures(
            value=self.value[kept],
            low=self.low[kept],
            high=self.high[kept],
            rows=None if self.rows is None else self.rows[kept],
            error=None if self.error is None else self.error[kept],
            by_chance=None if self.by_chance is None else self.by_chance[kept],
            centre=self.centre,
        )


def of_rates(rates: Sequence[Rate]) -> Figures:
    """Rates as figures, one line each."""
    ends = [r.interval for r in rates]
    return Figures(
        value=np.stack([r.value for r in rates]),
        low=np.stack([low for low, _ in ends]),
        high=np.stack([high for _, high in ends]),
        rows=np.stack([r.rows for r in rates]),
    )


def of_means(
    means: Sequence[Mean], by_chance: Sequence[Float] | None = None, centre: float | None = None
) -> Figures:
    """Means as figures, one line each."""
    ends = [m.interval for m in means]
    return Figures(
        value=np.stack([m.value for m in means]),
        low=np.stack([low for low, _ in ends]),
        high=np.stack([high for _, high in ends]),
        error=np.stack([m.error for m in means]),
        by_chance=None if by_chance is None else np.stack(list(by_chance)),
        centre=centre,
    )


@dataclass(frozen=True)
class Gap:
    """A gap, its 95 % interval, and what chance alone makes of it at these group sizes.

    chance       the mean, where nothing is unfair
    noise        what chance alone shows once in twenty
    line         the line on which it is worst
    top, bottom  the groups with the largest and the smallest figure on that line
    """

    value: float
    low: float
    high: float
    chance: float
    noise: float
    line: int
    top: int
    bottom: int

    def widened(self, error: float, most: float) -> Gap:
        """With the interval of a gap that has a further standard error, within 0 and `most`."""
        down, up = (
            float(np.hypot(reach, Z * error))
            for reach in (self.value - self.low, self.high - self.value)
        )
        low, high = max(0.0, self.value - down), min(most, self.value + up)
        return replace(self, low=min(low, self.value), high=max(high, self.value))

    def turned(self) -> Gap:
        """1 minus each: the ratio from its shortfall."""
        return replace(
            self,
            value=1 - self.value,
            low=max(0.0, 1 - self.high),
            high=1 - self.low,
            chance=1 - self.chance,
            noise=1 - self.noise,
        )


def difference(values: Float) -> Float:
    """The largest minus the smallest group, on the worst line: (..., lines, groups) to (...)."""
    return np.asarray(np.fmax.reduce(_span(values), axis=-1))


def ratio(values: Float) -> Float:
    """The smallest by the largest group, on the worst line; nan where all are 0."""
    top, bottom = np.fmax.reduce(values, axis=-1), np.fmin.reduce(values, axis=-1)
    ratios = np.full(top.shape, np.nan)
    np.divide(bottom, top, out=ratios, where=top > 0)
    return np.asarray(np.fmin.reduce(ratios, axis=-1))


def largest(values: Float) -> Float:
    """The largest size of all."""
    return np.asarray(np.fmax.reduce(np.fmax.reduce(np.abs(values), axis=-1), axis=-1))


def _shortfall(values: Float) -> Float:
    # Groups that all are at 0 are alike.
    return np.nan_to_num(1 - ratio(values), nan=0.0)


def _span(values: Float) -> Float:
    return np.asarray(np.fmax.reduce(values, axis=-1) - np.fmin.reduce(values, axis=-1))


def difference_gap(figures: Figures, key: Key) -> Gap | None:
    """The difference of the largest and the smallest group; None without two groups to compare."""
    return _gap(figures, difference, _most_apart, key, needed=2)


def ratio_gap(figures: Figures, key: Key) -> Gap | None:
    """The ratio of the smallest to the largest group; None without two, or where all are 0."""
    if not np.isfinite(ratio(figures.value)):
        return None
    gap = _gap(figures, _shortfall, _most_short, key, needed=2)
    return None if gap is None else gap.turned()


def largest_gap(figures: Figures, key: Key) -> Gap | None:
    """The largest size of any group's figure; None where no group has one."""
    return _gap(figures, largest, _most, key, needed=1)


@dataclass(frozen=True)
class Contrast:
    """A way to compare groups: the figure alone, and with what chance makes of it."""

    of: Callable[[Float], Float]
    gap: Callable[[Figures, Key], Gap | None]


DIFFERENCE = Contrast(difference, difference_gap)
RATIO = Contrast(ratio, ratio_gap)
LARGEST = Contrast(largest, largest_gap)


def _gap(
    figures: Figures,
    statistic: Callable[[Float], Float],
    most: Callable[[Figures], float],
    key: Key,
    needed: int,
) -> Gap | None:
    """`needed` is how many groups a line must have."""
    kept = np.isfinite(figures.value).sum(axis=1) >= needed
    if not kept.any():
        return None
    used = figures.lines(kept)
    value = float(statistic(used.value))
    generator = key.generator()
    cells = used.value.size
    draws = int(np.clip(_CELLS_DRAWN // cells, 200, NULL_DRAWS))
    chance_gaps = statistic(_drawn(used, _alike(used)[None], draws, generator, fair=True)[0])
    noise = float(np.quantile(chance_gaps, _LEVEL))
    least = float(statistic(_alike(used)))
    low = least if value <= noise else max(least, _lower(used, statistic, value, generator))
    per_line = np.array([statistic(row[None]) for row in used.value])
    line = int(np.nanargmax(per_line))
    return Gap(
        value=value,
        low=min(value, low),
        high=max(value, most(used)),
        chance=float(chance_gaps.mean()),
        noise=noise,
        line=int(np.flatnonzero(kept)[line]),
        top=int(np.nanargmax(used.value[line])),
        bottom=int(np.nanargmin(used.value[line])),
    )


def _alike(figures: Figures, smoothed: bool = False) -> Float:
    """The figures were nothing unfair, shape (lines, groups); nan where a group has none."""
    known = np.isfinite(figures.value)
    value = np.where(known, figures.value, 0.0)
    if figures.centre is not None:
        common = np.full((len(value), 1), figures.centre)
    elif figures.rows is not None:
        rows = np.where(known, figures.rows, 0.0).sum(axis=1, keepdims=True)
        positives = (value * np.where(known, figures.rows, 0.0)).sum(axis=1, keepdims=True)
        common = (positives + 0.5) / (rows + 1) if smoothed else positives / rows
    else:
        assert figures.error is not None
        exact = np.where(known, 1 / np.maximum(np.square(figures.error), 1e-300), 0.0)
        common = (value * exact).sum(axis=1, keepdims=True) / exact.sum(axis=1, keepdims=True)
    return np.where(known, common, np.nan)


def _drawn(
    figures: Figures,
    centres: Float,
    draws: int,
    generator: np.random.Generator,
    fair: bool = False,
) -> Float:
    """Figures drawn around centres (steps, lines, groups): (steps, draws, lines, groups)."""
    shape = (len(centres), draws, *centres.shape[1:])
    middle = np.broadcast_to(centres[:, None], shape)
    if figures.rows is None:
        error = figures.by_chance if fair and figures.by_chance is not None else figures.error
        assert error is not None
        return np.asarray(middle + error * generator.standard_normal(shape))
    rows = np.maximum(np.rint(figures.rows), 1).astype(np.int64)
    positives = generator.binomial(rows, np.nan_to_num(np.clip(middle, 0.0, 1.0)))
    return np.where(np.isnan(middle), np.nan, positives / rows)


def _lower(
    figures: Figures,
    statistic: Callable[[Float], Float],
    value: float,
    generator: np.random.Generator,
) -> float:
    """The lower limit of a gap that chance alone does not explain."""
    common = _alike(figures, smoothed=True)
    observed = figures.value
    if figures.rows is not None:  # a rate of 0 or 1 among few rows is not taken at its word
        observed = (observed * figures.rows + 0.5) / (figures.rows + 1)
    line = observed - common

    def at(parts: Float) -> Float:
        moved = common + parts[:, None, None] * line
        return moved if figures.rows is None else np.clip(moved, 0.0, 1.0)

    full = float(statistic(at(np.ones(1)))[0])
    if full <= 0:
        return 0.0
    draws = int(np.clip(_CELLS_DRAWN // figures.value.size // 12, 100, LOWER_DRAWS))
    start = value / full
    spread = float(statistic(_drawn(figures, at(np.array([start])), draws, generator)[0]).std())
    steps = 1 + _STEPS * spread / value
    parts = start * np.unique(np.clip(np.append(steps, _PARTS), 0.0, None))
    drawn_gaps = statistic(_drawn(figures, at(parts), draws, generator))
    # Straight in the gap on this scale, where it is near to normal.
    reached = ndtri(((drawn_gaps >= value).sum(axis=1) + 0.5) / (draws + 1))
    wanted = ndtri(1 - _TAIL)
    # No difference at all is rejected once in twenty, as by the noise: nothing lies below it.
    reached[0] = min(reached[0] + wanted - ndtri(1 - _LEVEL), wanted)
    gaps = np.maximum.accumulate(statistic(at(parts)))
    return float(np.interp(wanted, np.maximum.accumulate(reached), gaps))


def _most_apart(figures: Figures) -> float:
    """The largest upper limit of a difference of two groups."""
    up = np.square(figures.high - figures.value)
    down = np.square(figures.value - figures.low)
    apart = figures.value[:, :, None] - figures.value[:, None, :]
    limits = apart + np.sqrt(up[:, :, None] + down[:, None, :])
    return float(np.nanmax(limits[:, ~np.eye(limits.shape[1], dtype=bool)]))


def _most_short(figures: Figures) -> float:
    """1 minus the smallest lower limit of a ratio of two groups."""
    above = figures.low * (2 * figures.value - figures.low)
    below = figures.high * (2 * figures.value - figures.high)
    product = figures.value[:, :, None] * figures.value[:, None, :]
    inner = np.square(product) - above[:, :, None] * below[:, None, :]
    bottom = product + np.sqrt(np.maximum(inner, 0.0))
    numerator = np.broadcast_to(above[:, :, None], bottom.shape)
    limits = np.where(np.isfinite(bottom), 0.0, np.nan)
    np.divide(numerator, bottom, out=limits, where=bottom > 0)
    return 1 - float(np.nanmin(limits[:, ~np.eye(limits.shape[1], dtype=bool)]))


def _most(figures: Figures) -> float:
    """The largest size that any interval reaches."""
    ends = np.fmax(np.abs(figures.low), np.abs(figures.high))
    return float(np.nanmax(np.where(np.isfinite(figures.value), ends, np.nan)))
