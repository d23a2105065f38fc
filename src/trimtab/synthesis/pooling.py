"""Figures of completed tables, and Rubin's rules: several as one estimate with an honest interval.

Rubin 1987, *Multiple Imputation for Nonresponse in Surveys*, chapter 3; degrees of freedom of small
tables by Barnard and Rubin 1999, *Biometrika* 86, 948-955.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, isfinite, sqrt

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.stats import t as student

from trimtab._arrays import Float, Int
from trimtab.errors import InputError
from trimtab.table.persons import persons
from trimtab.table.schema import Kind
from trimtab.table.table import Table

_LEVEL = 0.95
_VALUES = 20  # of a label, the most frequent ones


@dataclass(frozen=True)
class Pooled:
    """One figure, pooled over the completed tables.

    value                the mean of the tables' estimates
    error                its standard error
    low, high            95 % interval
    degrees              degrees of freedom of the t distribution that the interval is from
    missing_information  the share of the information about the figure that the gaps took
    within, between      mean sampling variance of one table, and variance between the tables
    """

    name: str
    value: float
    error: float
    low: float
    high: float
    degrees: float
    missing_information: float
    within: float
    between: float


def pool(name: str, estimates: Sequence[tuple[float, float]], degrees: float = inf) -> Pooled:
    """Pool one figure: an estimate and its sampling variance from each completed table.

    `degrees` are the degrees of freedom that the estimate would have without gaps. Raises
    InputError for fewer than two tables and for what is no estimate with a variance.
    """
    many = len(estimates)
    if many < 2:
        raise InputError(
            f"{name}: {many} estimates: expected one from each of at least two completed tables."
        )
    values, variances = zip(*estimates, strict=True)
    if not all(map(isfinite, [*values, *variances])) or min(variances) < 0 or not degrees > 0:
        raise InputError(
            f"{name}: estimates {list(values)[:5]}, variances {list(variances)[:5]} and {degrees} "
            "degrees of freedom: expected finite numbers, and no variance below 0."
        )
    value, within = float(np.mean(values)), float(np.mean(variances))
    between = float(np.var(values, ddof=1))
    added = (1 + 1 / many) * between
    total = within + added
    share = added / total if total else 0.0
    pooled_degrees = _degrees(many, share, degrees)
    error = sqrt(total)
    reach = float(student.ppf((1 + _LEVEL) / 2, pooled_degrees)) * error if total else 0.0
    # Of the increase in variance r = added / within: (r + 2 / (degrees + 3)) / (r + 1).
    lost = share + (1 - share) * 2 / (pooled_degrees + 3) if share else 0.0
    return Pooled(
        name, value, error, value - reach, value + reach, pooled_degrees, lost, within, between
    )


def _degrees(many: int, share: float, complete: float) -> float:
    """Barnard and Rubin's degrees of freedom, where gaps make `share` of the variance."""
    large = (many - 1) / share**2 if share else inf
    observed = complete * (1 - share)
    if isfinite(complete):
        observed *= (complete + 1) / (complete + 3)
    if share == 1:  # no sampling variance, so that Barnard and Rubin's factor tells nothing
        return large
    if not isfinite(large) or not isfinite(observed):
        return min(large, observed)
    return large * observed / (large + observed)


@dataclass(frozen=True)
class Estimand:
    """A figure of one column: the mean of a number, or the share of a label's `value`."""

    column: str
    value: object = None

    @property
    def name(self) -> str:
        """The figure in words."""
        if self.value is None:
            return f"mean of {self.column}"
        return f"share of {self.column} = {self.value}"


def estimands(table: Table) -> tuple[Estimand, ...]:
    """A mean for each number and a share for each value of each label; none where cells are missing
    still.

    Of a label the 20 most frequent values.
    """
    figures: list[Estimand] = []
    for column in table.schema:
        if not column.modelled or table.column(column.name).null_count:
            continue
        if column.kind is Kind.NUMBER:
            figures.append(Estimand(column.name))
        elif column.kind in (Kind.LABEL, Kind.FLAG):
            counts = Counter(table.column(column.name).to_pylist())
            values = sorted(counts, key=lambda v: (-counts[v], str(v)))[:_VALUES]
            figures += [Estimand(column.name, v) for v in values]
    return tuple(figures)


def estimates(table: Table, asked: Sequence[Estimand]) -> list[tuple[float, float]]:
    """Estimate and sampling variance of each figure.

    Where there is an entity column its persons are what was sampled, with all their rows: the
    variance is that of a ratio of person totals (Cochran 1977, section 9A).
    """
    units = units_of(table)
    pairs = []
    for estimand in asked:
        column = table.column(estimand.column)
        if estimand.value is None:
            x = np.asarray(column.to_numpy(zero_copy_only=False), float)
        else:
            wanted = pa.scalar(estimand.value, column.type)
            x = np.asarray(pc.equal(column, wanted), float)
        pairs.append(_mean(x, units))
    return pairs


def units_of(table: Table) -> Int:
    """The number of each row's person, from 0 on; of each row where no column names persons."""
    who = persons(table)
    return np.arange(table.rows) if who is None else np.unique(who, return_inverse=True)[1]


def _mean(x: Float, units: Int) -> tuple[float, float]:
    off = np.bincount(units, x - x.mean())
    many = len(off)
    spread = float(np.square(off).sum()) / len(x) ** 2
    return float(x.mean()), spread * many / (many - 1) if many > 1 else 0.0
