"""How strongly two columns of one table hang together, whatever their form."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab._arrays import Bool, Float, Int
from trimtab.predict.sample import Feature, Sample


@dataclass(frozen=True)
class Correlation:
    """A Pearson correlation of the rows in which both columns have a value.

    influence   of each row on it: what it adds to a mean that moves as the correlation does, 0 on
                average; shape (rows,), 0 for rows that are left out
    complete    the rows that have both values, shape (rows,)
    """

    value: float
    influence: Float
    complete: Bool


@dataclass(frozen=True)
class Standardised:
    """The numbers of a table, in standard deviations from their means.

    known    where each has a value, by name; shape (rows,)
    scaled   by name, 0 where there is no value; None for a constant; shape (rows,)
    """

    sample: Sample
    known: dict[str, Bool]
    scaled: dict[str, Float | None]

    @classmethod
    def of(cls, sample: Sample, features: tuple[Feature, ...]) -> Standardised:
        """The numbers of a sample."""
        known = {f.name: ~sample.missing(f) for f in features}
        return cls(sample, known, {n: _scaled(sample, n, h) for n, h in known.items()})

    def correlation(self, one: str, other: str) -> Correlation | str:
        """The correlation of two columns, or why there is none."""
        complete = self.known[one] & self.known[other]
        scaled = []
        for name in (one, other):
            whole = (complete == self.known[name]).all()
            column = self.scaled[name] if whole else _scaled(self.sample, name, complete)
            if column is None:
                if not complete.any():
                    return f"no row of the {self.sample.name} table has both values"
                rows = "" if whole else " wherever the other column has a value"
                return f"{name} is constant in the {self.sample.name} table{rows}"
            scaled.append(column)
        x, y = scaled
        weights = self.sample.weights * complete
        value = float(np.clip((weights @ (x * y)) / weights.sum(), -1.0, 1.0))
        # Devlin, Gnanadesikan and Kettenring 1975, "Robust estimation and outlier detection".
        influence = x * y - value / 2 * (np.square(x) + np.square(y))
        return Correlation(value, influence, complete)


def _scaled(sample: Sample, name: str, known: Bool) -> Float | None:
    """Standard deviations from the mean of some rows, 0 for the others; None for a constant."""
    values = sample.values[name][known]
    if not len(values) or values.min() == values.max():
        return None
    weights = sample.weights[known]
    apart = values - np.average(values, weights=weights)
    # Divided first, so that no square is too small or too great.
    apart /= np.abs(apart).max()
    scaled = np.zeros(len(known))
    scaled[known] = apart / np.sqrt(np.average(np.square(apart), weights=weights))
    return scaled


def cramers_v(one: Int, other: Int, cells: Int, weights: Float, rows: float) -> float | None:
    """Cramer's V of two labels, corrected for its bias (Bergsma 2013); None for a constant.

    one, other   codes of the labels, from 0, shape (rows,)
    cells        codes of their combinations, shape (rows,)
    rows         how many (effective) rows they rest on
    """
    first, second = np.bincount(one, weights), np.bincount(other, weights)
    lines, columns = int((first > 0).sum()), int((second > 0).sum())
    if min(lines, columns) < 2 or rows <= 1:
        return None
    joint = np.bincount(cells, weights)
    example = np.zeros(len(joint), np.int64)
    example[cells] = np.arange(len(cells))
    # Combinations that do not occur add up with the rest to 1.
    squared = float((np.square(joint) / (first[one] * second[other])[example]).sum()) - 1
    bias = (lines - 1) * (columns - 1) / (rows - 1)
    most = min(lines - (lines - 1) ** 2 / (rows - 1), columns - (columns - 1) ** 2 / (rows - 1)) - 1
    if most <= 0:
        return None
    return float(min(1.0, np.sqrt(max(0.0, squared - bias) / most)))


def correlation_ratio(numbers: Float, labels: Int, weights: Float, rows: float) -> float | None:
    """How far a label explains a number, in [0, 1]: eta, corrected for its bias (Kelley 1935).

    None where either is constant, or there are as many labels as rows.
    numbers   shape (rows,); no nan
    labels    codes from 0, shape (rows,)
    rows      how many (effective) rows they rest on
    """
    if not len(numbers) or numbers.min() == numbers.max():
        return None
    apart = numbers - np.average(numbers, weights=weights)
    apart /= np.abs(apart).max()
    totals = np.bincount(labels, weights)
    known = totals > 0
    groups = int(known.sum())
    if groups < 2 or rows <= groups:
        return None
    between = float((np.square(np.bincount(labels, weights * apart)[known]) / totals[known]).sum())
    unexplained = (1 - between / float(weights @ np.square(apart))) * (rows - 1) / (rows - groups)
    return float(np.sqrt(np.clip(1 - unexplained, 0.0, 1.0)))
