"""How alike the single columns of two tables are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import wasserstein_distance

from trimtab._arrays import Float, Int
from trimtab._random import Key
from trimtab.measure.chance.intervals import (
    Drawn,
    Size,
    averaged,
    drawn,
    half_sum,
    histogram,
    scored,
)
from trimtab.measure.chance.permutation import Difference, Permutations, differ, permute
from trimtab.measure.compare import bins
from trimtab.measure.compare.comparison import Comparison
from trimtab.measure.evidence import Evidence
from trimtab.measure.fidelity.histograms import cumulative, histograms
from trimtab.measure.part import Part, once
from trimtab.measure.score import (
    NOTHING_MISSING,
    Direction,
    Findings,
    Measure,
    Score,
    Section,
    Split,
    Topic,
)
from trimtab.predict.sample import Feature, Sample

_HOLDOUT_DRAWS = 60
_FAR = 6.0  # standard deviations beyond chance that make a holdout unlike the real rows
_NAMED = 3

KOLMOGOROV_SMIRNOV = Measure(
    name="kolmogorov_smirnov",
    section=Section.FIDELITY,
    topic=Topic.COLUMNS,
    split=Split.WHOLE,
    title="Distribution difference",
    meaning=(
        "The greatest difference between the shares of rows up to any number (Kolmogorov-Smirnov). "
        "At 0.2, a fifth of the rows is on the wrong side of some number."
    ),
    direction=Direction.LOWER,
    ideal=0.0,
    tolerance=0.03,
    alarm=0.1,
    source="Kolmogorov 1933, Smirnov 1948; 1 - KSComplement of SDMetrics",
)
TOTAL_VARIATION = Measure(
    name="total_variation",
    section=Section.FIDELITY,
    topic=Topic.COLUMNS,
    split=Split.WHOLE,
    title="Share difference",
    meaning=(
        "The share of rows that would need another label for both tables to hold the same shares "
        "(total variation). At 0.2, a fifth of the rows has the wrong label."
    ),
    direction=Direction.LOWER,
    ideal=0.0,
    tolerance=0.03,
    alarm=0.1,
    source="1 - TVComplement of SDMetrics",
)
WASSERSTEIN = Measure(
    name="wasserstein",
    section=Section.FIDELITY,
    topic=Topic.COLUMNS,
    split=Split.WHOLE,
    title="Distance of values",
    meaning=(
        "How far values would have to move on average for both tables to hold the same ones "
        "(Wasserstein-1), in units of the range that holds the middle half of the real values. A "
        "bad value means that numbers are too large or too small, or spread too widely."
    ),
    direction=Direction.LOWER,
    ideal=0.0,
    tolerance=0.05,
    alarm=0.2,
    source="Villani 2009, Optimal transport, chapter 6; scaled by the real interquartile range",
)
MISSING_SHARE = Measure(
    name="missing_share_difference",
    section=Section.FIDELITY,
    topic=Topic.COLUMNS,
    split=Split.WHOLE,
    title="Missing share difference",
    meaning=(
        "The difference between the shares of rows in which the column is missing. A bad value "
        "means that the synthetic table fills gaps that the real one has, or makes new ones."
    ),
    direction=Direction.LOWER,
    ideal=0.0,
    tolerance=0.02,
    alarm=0.05,
    source="1 - MissingValueSimilarity of SDMetrics",
)
MEAN_COLUMN = Measure(
    name="mean_column_error",
    section=Section.FIDELITY,
    topic=Topic.COLUMNS,
    split=Split.WHOLE,
    title="Mean column error",
    meaning=(
        "The mean over all columns of the difference between their distributions: "
        "Kolmogorov-Smirnov for numbers, total variation for labels. At 0.1, a tenth of the rows "
        "of a typical column is not where it should be."
    ),
    direction=Direction.LOWER,
    ideal=0.0,
    tolerance=0.01,
    alarm=0.04,
    source="1 - Column Shapes of SDMetrics",
)
WORST_COLUMN = Measure(
    name="worst_column_error",
    section=Section.FIDELITY,
    topic=Topic.COLUMNS,
    split=Split.WHOLE,
    title="Worst column",
    meaning=(
        "The difference between the distributions of the column that is furthest beyond what "
        "chance would make it. A good mean can hide one bad column."
    ),
    direction=Direction.LOWER,
    ideal=0.0,
    tolerance=0.03,
    alarm=0.1,
)
_OF_NUMBERS = (KOLMOGOROV_SMIRNOV, WASSERSTEIN)


@dataclass(frozen=True)
class _Column:
    """The difference of one column's distributions.

    cells   of the rows of both tables, real ones first; -1 for missing
    size    of a difference of the cells' shares
    """

    feature: Feature
    value: float
    cells: Int
    difference: Difference
    size: Size

    @cached_property
    def drawn(self) -> Drawn:
        """Its difference, and how far chance moves it."""
        return drawn(self.difference, self.size, self.value)

    @property
    def about(self) -> tuple[str, ...]:
        """The column, as scores name it."""
        return (self.feature.name,)

    @property
    def rows(self) -> int:
        """Rows of both tables in which the column is not missing."""
        return int((self.cells >= 0).sum())

    def scored(self, measure: Measure) -> Score:
        """The score of its difference."""
        return scored(measure, self.drawn, n=self.rows, about=self.about)


def marginals(comparison: Comparison, key: Key) -> Findings:
    """How alike each column is, and all of them on average; pictures of each.

    Missing values are left out of distributions, as in SDMetrics, and judged on their own. Columns
    whose distributions cannot be compared are left out of the mean, and a note names them.
    """
    real, synthetic = comparison.real, comparison.synthetic
    permutations = permute(real, synthetic, key.child("deals"))
    scores: list[Score] = []
    columns: list[_Column] = []
    for feature in comparison.features:
        absent = _absent(feature, real, synthetic)
        if absent:
            measures = _OF_NUMBERS if feature.is_number else (TOTAL_VARIATION,)
            scores += [m.missing(absent, about=(feature.name,)) for m in measures]
        else:
            column = _compared(feature, real, synthetic, permutations)
            columns.append(column)
            scores.append(
                column.scored(KOLMOGOROV_SMIRNOV if feature.is_number else TOTAL_VARIATION)
            )
            if feature.is_number:
                scores.append(_moved(column, real, synthetic))
        scores += _missing_share(feature, real, synthetic, permutations)
    notes = _left_out(comparison, columns)
    if not any(s.measure == MISSING_SHARE.name for s in scores):
        notes += (NOTHING_MISSING,)
    if comparison.holdout is not None:
        notes += _unlike(comparison.features, real, comparison.holdout, key.child("holdout"))
    return Findings(
        scores=(*_summary(columns), *scores),
        exhibits=tuple(histograms(comparison)),
        notes=notes,
    )


def _absent(feature: Feature, *samples: Sample) -> str:
    """Why a column cannot be compared; "" where it can."""
    empty = [sample.name for sample in samples if sample.missing(feature).all()]
    if not empty:
        return ""
    return f"every value of {feature.name} is missing in the {' and the '.join(empty)} table"


def _compared(feature: Feature, real: Sample, other: Sample, permutations: Permutations) -> _Column:
    """The difference of one column's distributions; each table must hold a value."""
    values = np.concatenate([real.values[feature.name], other.values[feature.name]])
    if not feature.is_number:
        difference = differ(values, len(feature.labels), permutations)
        return _Column(feature, _labels_apart(feature, real, other), values, difference, half_sum)
    inner = bins.fine(values[~np.isnan(values)])
    cells = bins.cut(values, inner)
    difference = differ(cells, len(inner) + 1, permutations)
    return _Column(feature, _numbers_apart(feature, real, other), cells, difference, _greatest)


def _numbers_apart(feature: Feature, real: Sample, other: Sample) -> float:
    """The Kolmogorov-Smirnov distance of the values that are not missing, by weight."""
    (first, weights), (second, others) = _present(feature, real), _present(feature, other)
    points = np.concatenate([first, second])
    gaps = cumulative(first, weights, points) - cumulative(second, others, points)
    return float(np.abs(gaps).max())


def _labels_apart(feature: Feature, real: Sample, other: Sample) -> float:
    """The total variation distance of the labels that are not missing, by weight."""
    size = len(feature.labels)
    shares = [histogram(*_present(feature, sample), size) for sample in (real, other)]
    return float(np.abs(shares[0] - shares[1]).sum() / 2)


def _present(feature: Feature, sample: Sample) -> tuple[NDArray[Any], Float]:
    """The values that are not missing, and their weights."""
    known = ~sample.missing(feature)
    return sample.values[feature.name][known], sample.weights[known]


def _greatest(difference: NDArray[Any]) -> NDArray[Any]:
    return np.asarray(np.abs(np.cumsum(difference, axis=0)).max(axis=0))


def _moved(column: _Column, real: Sample, synthetic: Sample) -> Score:
    """The Wasserstein distance of a number, in interquartile ranges."""
    (first, weights), (second, others) = (
        _present(column.feature, sample) for sample in (real, synthetic)
    )
    low, high = bins.quantiles(first, weights, np.array([0.25, 0.75]))
    unit = float(high - low)
    if unit == 0:
        unit = float(np.sqrt(np.cov(first, aweights=weights, ddof=0))) if len(first) > 1 else 0.0
    if unit == 0 or first.min() == first.max():
        because = f"every real value of {column.feature.name} is the same, so there is no unit"
        return WASSERSTEIN.missing(because, about=column.about)
    cells = column.cells[column.cells >= 0]
    centres = np.bincount(cells, np.concatenate([first, second])) / np.bincount(cells)
    steps = (np.diff(centres) / unit).astype(np.float32)

    def size(difference: NDArray[Any]) -> NDArray[Any]:
        return np.asarray(steps @ np.abs(np.cumsum(difference, axis=0)[:-1]))

    value = float(wasserstein_distance(first, second, weights, others)) / unit
    return replace(column, value=value, size=size).scored(WASSERSTEIN)


def _missing_share(
    feature: Feature, real: Sample, synthetic: Sample, permutations: Permutations
) -> list[Score]:
    """The difference of the shares of missing values, where either table has any."""
    samples = (real, synthetic)
    missing = [sample.missing(feature) for sample in samples]
    if not any(m.any() for m in missing):
        return []
    shares = [np.average(m, weights=s.weights) for m, s in zip(missing, samples, strict=True)]
    value = abs(float(shares[0] - shares[1]))
    cells = np.concatenate(missing).astype(np.int64)
    difference = differ(cells, 2, permutations)
    column = _Column(feature, value, cells, difference, lambda draws: np.abs(draws[1]))
    return [column.scored(MISSING_SHARE)]


def _left_out(comparison: Comparison, columns: list[_Column]) -> tuple[str, ...]:
    known = {c.feature.name for c in columns}
    left = [f.name for f in comparison.features if f.name not in known]
    if not left:
        return ()
    return (
        f"The mean column error leaves out {', '.join(left)}: a table has no value of "
        f"{'it' if len(left) == 1 else 'them'}.",
    )


def _summary(columns: list[_Column]) -> tuple[Score, ...]:
    """The mean of all columns, and the worst of them."""
    if not columns:
        because = "no column has values in both tables"
        return MEAN_COLUMN.missing(because, headline=True), WORST_COLUMN.missing(because)
    mean = scored(
        MEAN_COLUMN,
        averaged([c.drawn for c in columns]),
        n=max(c.rows for c in columns),
        headline=True,
        note=f"the mean of {len(columns)} columns",
    )
    worst = max(columns, key=lambda c: c.drawn.excess)
    return mean, scored(
        WORST_COLUMN, worst.drawn, n=worst.rows, about=worst.about, of=[c.drawn for c in columns]
    )


def _unlike(
    features: tuple[Feature, ...], real: Sample, holdout: Sample, key: Key
) -> tuple[str, ...]:
    """A note where held-out rows are no random part of the real rows."""
    permutations = permute(real, holdout, key, _HOLDOUT_DRAWS)
    columns = [
        _compared(f, real, holdout, permutations) for f in features if not _absent(f, real, holdout)
    ]
    if not columns:
        return ()
    chance = np.stack([c.drawn.chance for c in columns])
    excess = np.array([c.value for c in columns]) - chance.mean(axis=1)
    if excess.mean() <= max(_FAR * chance.mean(axis=0).std(), chance.mean() / 2):
        return ()
    worst = [columns[k].feature.name for k in np.argsort(-excess)[:_NAMED]]
    return (
        f"The held-out rows differ from the real ones by more than chance, most in "
        f"{', '.join(worst)}: were they chosen at random? If not, what is said of held-out rows "
        "is too strict or too mild.",
    )


def _mean_error(comparison: Comparison, permutations: Permutations) -> Drawn | None:
    """The mean column error of both tables."""
    real, other = comparison.real, comparison.synthetic
    columns = [
        _compared(f, real, other, permutations).drawn
        for f in comparison.features
        if not _absent(f, real, other)
    ]
    return averaged(columns) if columns else None


def _judge(evidence: Evidence) -> Findings:
    judged, key = evidence.weighted, evidence.key
    found = evidence.controls.beside(
        marginals(judged, key), MEAN_COLUMN, _mean_error, key.child("controls", "columns")
    )
    return Findings(notes=judged.notes) + found


PART = Part(
    name="marginals",
    phase="columns",
    section=Section.FIDELITY,
    measures=(
        KOLMOGOROV_SMIRNOV,
        TOTAL_VARIATION,
        WASSERSTEIN,
        MISSING_SHARE,
        MEAN_COLUMN,
        WORST_COLUMN,
    ),
    steps=once(_judge),
)
