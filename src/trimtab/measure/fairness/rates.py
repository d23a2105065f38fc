"""Rates by group: how often a class is given, and how often rightly, in each group of a table.

Any number of groups, of one column or of the combinations of several. A multi-class target is
looked at one class against the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from sklearn.metrics import roc_auc_score

from trimtab._arrays import Bool, Float, Int
from trimtab.measure.chance.intervals import Z, clustered, wilson
from trimtab.measure.compare.comparison import Comparison
from trimtab.measure.compare.weighting import grouped
from trimtab.predict.sample import Sample

FEW_ROWS = 30  # a group with fewer is small
FEW_CASES = 10  # a rate over fewer rows, such as a TPR over fewer positives, is of a small group


@dataclass(frozen=True)
class Members:
    """The rows of one table, by the group that each is in.

    names    the groups as texts; some may have no row here
    codes    of the rows into `names`, shape (rows,)
    weights  of the rows, shape (rows,)
    people   codes of the persons that rows belong to, if the table says; shape (rows,)
    """

    names: tuple[str, ...]
    codes: Int
    weights: Float
    people: Int | None = None

    @property
    def counts(self) -> Int:
        """Rows in each group, shape (groups,)."""
        return np.bincount(self.codes, minlength=len(self.names)).astype(np.int64)

    def take(self, rows: Bool) -> Members:
        """Some of the rows, in the same groups."""
        return replace(
            self,
            codes=self.codes[rows],
            weights=self.weights[rows],
            people=None if self.people is None else self.people[rows],
        )

    def sums(self, values: NDArray[np.generic]) -> Float:
        """Sums of a value of the rows by group, shape (groups,)."""
        return np.bincount(self.codes, values, minlength=len(self.names)).astype(np.float64)


def members(
    comparison: Comparison, columns: Sequence[str], samples: Mapping[str, Sample]
) -> dict[str, Members]:
    """The rows of some samples by group, with the same groups in the same order for all.

    A missing value is a group "(missing)"; numbers of more than 20 values are cut into tenths of
    the real table's. Raises ColumnError for an unknown column.
    """
    grouping = grouped(comparison, columns, samples)
    return {
        name: Members(grouping.names, grouping.codes[name], sample.weights, sample.people)
        for name, sample in samples.items()
    }


@dataclass(frozen=True)
class Rate:
    """A share in each group, shape (groups,).

    value    nan where no row counts
    rows     what the rows that count are worth: fewer where they have weights or share a person
    counted  the rows that count
    """

    value: Float
    rows: Float
    counted: Int

    @property
    def interval(self) -> tuple[Float, Float]:
        """Both ends of the 95 % intervals (Wilson 1927)."""
        pairs = [
            wilson(float(v) * float(n), float(n)) if n > 0 else (np.nan, np.nan)
            for v, n in zip(self.value, self.rows, strict=True)
        ]
        low, high = np.array(pairs).reshape(-1, 2).T
        return low, high


@dataclass(frozen=True)
class Mean:
    """A mean in each group, or a difference of means, with its standard error; shape (groups,)."""

    value: Float
    error: Float

    @property
    def interval(self) -> tuple[Float, Float]:
        """Both ends of the 95 % intervals, by the normal distribution."""
        return self.value - Z * self.error, self.value + Z * self.error


@dataclass(frozen=True)
class Ranking:
    """The AUC in each group, shape (groups,); nan where a group has rows of one class only."""

    value: Float
    low: Float
    high: Float


@dataclass(frozen=True)
class GroupRates:
    """What a classifier does in each group, for one class against the others.

    rows, positives    rows in each group and those truly of the class, shape (groups,)
    base, selection    share truly of the class, share that is said to be of it
    tpr, fpr           share said to be of the class among those of it, and among the others
    precision          share truly of the class among those said to be of it
    accuracy           share of rows that are said to be what they are
    calibration        mean probability minus the share truly of the class
    by_chance          standard error of `calibration` in a group, were all probabilities right
    """

    names: tuple[str, ...]
    rows: Int
    positives: Int
    base: Rate
    selection: Rate
    tpr: Rate
    fpr: Rate
    precision: Rate
    accuracy: Rate
    auc: Ranking
    calibration: Mean
    by_chance: Float


def group_rates(
    truth: Bool, selected: Bool, probability: Float, within: Members, ranked: bool = True
) -> GroupRates:
    """The rates of one class by group; without the AUC, which takes longest, if not `ranked`.

    truth, selected   whether a row is of the class and whether it is said to be, shape (rows,)
    probability       that it is of the class, shape (rows,)
    """
    nothing = np.full(len(within.names), np.nan)
    off, by_chance = _calibration(truth, probability, within)
    return GroupRates(
        names=within.names,
        rows=within.counts,
        positives=within.take(truth).counts,
        base=rate(truth, within),
        selection=rate(selected, within),
        tpr=rate(selected[truth], within.take(truth)),
        fpr=rate(selected[~truth], within.take(~truth)),
        precision=rate(truth[selected], within.take(selected)),
        accuracy=rate(truth == selected, within),
        auc=ranking(truth, probability, within) if ranked else Ranking(*[nothing] * 3),
        calibration=off,
        by_chance=by_chance,
    )


def rate(hits: Bool, within: Members) -> Rate:
    """The share of hits in each group."""
    total = within.sums(within.weights)
    squares = within.sums(np.square(within.weights))
    filled = total > 0
    value = np.full(len(total), np.nan)
    np.divide(within.sums(within.weights * hits), total, out=value, where=filled)
    worth = np.divide(np.square(total), squares, out=np.zeros_like(total), where=filled)
    return Rate(value, worth / _design_effect(hits.astype(np.float64), within), within.counts)


def means(values: Float, within: Members) -> Mean:
    """The mean of a number in each group; nan where there is none."""
    total = within.sums(within.weights)
    filled = total > 0
    value = np.full(len(total), np.nan)
    np.divide(within.sums(within.weights * values), total, out=value, where=filled)
    residual = values - value[within.codes]
    squares = within.sums(within.weights * np.square(residual))
    worth = np.divide(
        np.square(total),
        within.sums(np.square(within.weights)),
        out=np.ones_like(total),
        where=filled,
    )
    variance = np.divide(squares, total, out=np.zeros_like(total), where=filled)
    variance *= worth / np.maximum(worth - 1, 1)
    # Few rows say little of their own variance: that of all groups stands in for it.
    common = float(squares.sum() / max(total.sum(), 1e-300))
    variance = np.where(within.counts < FEW_CASES, np.maximum(variance, common), variance)
    error = np.sqrt(variance / worth * _design_effect(values, within))
    return Mean(value, np.where(filled, error, np.nan))


def _calibration(truth: Bool, probability: Float, within: Members) -> tuple[Mean, Float]:
    """Mean probability minus the share observed, and its standard error were they right."""
    gap = means(probability - truth, within)
    spread = within.sums(np.square(within.weights) * probability * (1 - probability))
    total = within.sums(within.weights)
    error = np.full(len(total), np.nan)
    np.divide(np.sqrt(spread), total, out=error, where=total > 0)
    return gap, error * np.sqrt(_design_effect(probability - truth, within))


def _design_effect(values: Float, within: Members) -> float:
    """How many times fewer rows the rows are worth because persons have several (Kish 1965)."""
    people = within.people
    if people is None or len(values) < 2:
        return 1.0
    _, person = np.unique(people, return_inverse=True)
    counts = np.bincount(person, within.weights).astype(np.float64)
    if len(counts) in (1, len(values)):
        return 1.0
    centre = np.average(values, weights=within.weights)
    variance = np.average(np.square(values - centre), weights=within.weights)
    worth = within.weights.sum() ** 2 / np.square(within.weights).sum()
    totals = np.bincount(person, within.weights * values).astype(np.float64)
    _, error = clustered(totals, counts)
    return max(1.0, float(error**2 * worth / variance)) if variance > 0 else 1.0


def ranking(truth: Bool, probability: Float, within: Members) -> Ranking:
    """The AUC in each group, with its 95 % interval."""
    value, low, high = np.full((3, len(within.names)), np.nan)
    order = np.argsort(within.codes, kind="stable")
    ends = np.cumsum(within.counts)
    for g, rows in enumerate(np.split(order, ends[:-1])):
        if truth[rows].any() and not truth[rows].all():
            value[g] = roc_auc_score(
                truth[rows], probability[rows], sample_weight=within.weights[rows]
            )
            sizes = (
                _worth(within.weights[rows][truth[rows] == outcome]) for outcome in (True, False)
            )
            low[g], high[g] = auc_interval(float(value[g]), *sizes)
    return Ranking(value, low, high)


def _worth(weights: Float) -> float:
    return float(weights.sum() ** 2 / np.square(weights).sum())


def auc_interval(value: float, positives: float, negatives: float) -> tuple[float, float]:
    """The 95 % interval of an AUC: those that are within 1.96 of their own standard errors.

    The standard error is that of Hanley and McNeil (1982) in the form that Newcombe (2006, Stat.
    Med. 25: 559, method 5) found to cover best, which holds near 1 too.
    """

    def beyond(guess: float, sign: float) -> float:
        return value + sign * Z * auc_error(guess, positives, negatives) - guess

    # At the ends themselves the error is 0, and they solve the equation for a value there.
    tiny = 1e-9
    low = 0.0 if beyond(tiny, -1) <= 0 else brentq(beyond, tiny, 1 - tiny, args=(-1.0,))
    high = 1.0 if beyond(1 - tiny, 1) >= 0 else brentq(beyond, tiny, 1 - tiny, args=(1.0,))
    return min(value, float(low)), max(value, float(high))


def auc_error(value: float, positives: float, negatives: float) -> float:
    """The standard error of an AUC (Hanley and McNeil 1982, as in `auc_interval`)."""
    more = (positives + negatives) / 2 - 1
    spread = 1 + more * (1 - value) / (2 - value) + more * value / (1 + value)
    return float(np.sqrt(max(0.0, value * (1 - value) * spread) / (positives * negatives)))
