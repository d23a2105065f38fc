"""What an analyst would ask of a table: which effects, of which groups, on which target.

What is asked is settled by rows of the real table, and then asked of every table alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from trimtab._arrays import Float, Int
from trimtab.measure.compare.target import Target
from trimtab.measure.utility.regression import (
    Estimates,
    estimable,
    group_differences,
    linear,
    logistic,
)
from trimtab.predict.sample import Feature, Sample

MAX_CLASSES = 5  # the most frequent of a target's, each against all others
MAX_TERMS = 80  # of a regression
MAX_FIGURES = 240  # of groups
MAX_LABELS = 10  # of a column whose groups are compared
_MIN_ROWS, _MIN_SHARE = 10, 0.02  # of a label that is told apart
_MIN_OF_CLASS = 5  # rows of each class with a label, where classes are told
_ROWS_PER_TERM = 3
_FARTHEST = 10.0  # standard deviations: beyond them one row would be the whole result


class Analysis(StrEnum):
    """What is asked of the tables."""

    REGRESSION = "regression"
    MEANS = "means of groups"
    RATES = "rates of groups"


@dataclass(frozen=True)
class Term:
    """An effect that is estimated.

    outcome   on what: "stroke = 1", or a number
    effect    of what: "age", "smoker = yes", "bmi = (missing)"
    """

    analysis: Analysis
    outcome: str
    effect: str


@dataclass(frozen=True)
class _Column:
    """One column of a design: a number in deviations, a mark for a missing one, or a label.

    code   of the label, or MISSING; None for the number itself
    """

    feature: Feature
    code: int | None
    mean: float = 0.0
    scale: float = 1.0

    @property
    def name(self) -> str:
        """What effect it has."""
        if self.code is None:
            return self.feature.name
        named = not self.feature.is_number and self.code >= 0
        return f"{self.feature.name} = {self.feature.labels[self.code] if named else '(missing)'}"

    def of(self, sample: Sample) -> Float:
        """Shape (rows,)."""
        values = sample.values[self.feature.name]
        if not self.feature.is_number:
            return (values == self.code).astype(np.float64)
        missing = np.isnan(values)
        if self.code is not None:
            return missing.astype(np.float64)
        return np.where(missing, 0.0, self.deviations(sample))

    def deviations(self, sample: Sample) -> Float:
        """A number in standard deviations of the real rows, nan for missing."""
        scaled = (sample.values[self.feature.name] - self.mean) / self.scale
        return np.clip(scaled, -_FARTHEST, _FARTHEST)


@dataclass(frozen=True)
class Questions:
    """What is asked.

    outcomes   names of the outcomes, and the class that each is about; None for a number
    columns    of the design, without its constant
    groups     whose means and rates are compared with those of all other rows
    numbers    whose means are
    notes      what was left out
    """

    target: Target
    outcomes: tuple[tuple[str, int | None], ...]
    columns: tuple[_Column, ...]
    groups: tuple[_Column, ...]
    numbers: tuple[_Column, ...]
    notes: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, features: Sequence[Feature], real: Sample, target: Target, protected: Sequence[str]
    ) -> Questions:
        """What rows of the real table can answer; all of them have a known target."""
        others = [f for f in features if f is not target.feature]
        outcomes = tuple(_outcomes(target, real))
        truth = None if target.is_number else target.of(real)
        columns = [c for f in others for c in _effects(f, real, truth, outcomes)]
        matrix = np.column_stack([np.ones(real.rows), *(c.of(real) for c in columns)])
        kept = estimable(matrix, real.weights)[1:]
        told = [c for c, k in zip(columns, kept, strict=True) if k]
        most = min(MAX_TERMS, real.rows // _ROWS_PER_TERM)
        groups = [g for f in _by_interest(others, protected) for g in _groups(f, real, protected)]
        means = [f for f in features if f is not target.feature or target.is_number]
        numbers = [c for f in means if f.is_number for c in _number(f, real)]
        asked = len(numbers) + (0 if target.is_number else len(outcomes))
        few = MAX_FIGURES // max(1, asked)
        notes = []
        if not kept.all():
            twice = [c.name for c, k in zip(columns, kept, strict=True) if not k]
            notes.append(
                f"The regression leaves out what other columns say already: {', '.join(twice)}."
            )
        if len(told) > most:
            notes.append(f"The regression has the first {most} of {len(told)} terms.")
        if len(groups) > few:
            notes.append(f"Of {len(groups)} groups the first {few} are compared with the rest.")
        return cls(
            target, outcomes, tuple(told[:most]), tuple(groups[:few]), tuple(numbers), tuple(notes)
        )

    @property
    def terms(self) -> tuple[Term, ...]:
        """All that is estimated, in the order in which `answers` gives it."""
        terms = [
            Term(Analysis.REGRESSION, outcome, column.name)
            for outcome, _ in self.outcomes
            for column in self.columns
        ]
        for group in self.groups:
            terms += [Term(Analysis.MEANS, c.feature.name, group.name) for c in self.numbers]
            terms += [
                Term(Analysis.RATES, o, group.name) for o, k in self.outcomes if k is not None
            ]
        return tuple(terms)

    def answers(self, sample: Sample) -> Estimates:
        """What a table says to all of it; its rows have a known target."""
        units = np.arange(sample.rows)
        if sample.people is not None:
            units = np.unique(sample.people, return_inverse=True)[1].astype(np.int64)
        parts = [self._regression(sample, of_class, units) for _, of_class in self.outcomes]
        if self.groups:
            member = np.column_stack([g.of(sample) for g in self.groups])
            numbers = [c.deviations(sample) for c in self.numbers]
            numbers += [self._truth(sample, k) for _, k in self.outcomes if k is not None]
            if numbers:
                stacked = np.column_stack(numbers)
                parts.append(group_differences(member, stacked, sample.weights, units))
        values = np.concatenate([p.values for p in parts])
        return Estimates(values, np.concatenate([p.influence for p in parts], axis=1))

    def _truth(self, sample: Sample, of_class: int | None) -> Float:
        if of_class is not None:
            return (self.target.of(sample) == of_class).astype(np.float64)
        (own,) = (c for c in self.numbers if c.feature is self.target.feature)
        return own.deviations(sample)

    def _regression(self, sample: Sample, of_class: int | None, units: Int) -> Estimates:
        """The coefficients of one outcome: nan where the table does not tell one."""
        truth = self._truth(sample, of_class)
        matrix = np.column_stack([np.ones(sample.rows), *(c.of(sample) for c in self.columns)])
        values = np.full(len(self.columns), np.nan)
        influence = np.zeros((int(units.max()) + 1, len(self.columns)))
        if np.ptp(truth) == 0:
            return Estimates(values, influence)
        kept = estimable(matrix, sample.weights)
        fit = linear if of_class is None else logistic
        found = fit(matrix[:, kept], truth, sample.weights, units)
        told = kept[1:]
        values[told], influence[:, told] = found.values[1:], found.influence[:, 1:]
        return Estimates(values, influence)


def _outcomes(target: Target, real: Sample) -> Iterator[tuple[str, int | None]]:
    name = target.feature.name
    if target.is_number:
        yield name, None
    elif target.positive is not None:
        yield f"{name} = {target.classes[target.positive]}", target.positive
    else:
        counts = np.bincount(target.of(real).astype(np.int64), minlength=len(target.classes))
        for k in np.argsort(-counts, kind="stable")[:MAX_CLASSES].tolist():
            if _MIN_ROWS <= counts[k] <= real.rows - _MIN_ROWS:
                yield f"{name} = {target.classes[k]}", k


def _effects(
    feature: Feature,
    real: Sample,
    truth: Int | Float | None,
    outcomes: Sequence[tuple[str, int | None]],
) -> Iterator[_Column]:
    """The columns of the design for one column of the table."""
    if feature.is_number:
        yield from _number(feature, real)
        missing = int(real.missing(feature).sum())
        if _enough(missing, real.rows) and _enough(real.rows - missing, real.rows):
            yield _Column(feature, -1)
        return
    codes = real.values[feature.name]
    for code in _labels(feature, real, _least(real.rows)):
        of_label = None if truth is None else truth[codes == code]
        if of_label is None or all(
            _MIN_OF_CLASS <= (of_label == k).sum() <= len(of_label) - _MIN_OF_CLASS
            for _, k in outcomes
        ):
            yield _Column(feature, code)


def _groups(feature: Feature, real: Sample, protected: Sequence[str]) -> Iterator[_Column]:
    """The labels of one column whose rows are compared with all others."""
    if feature.is_number:
        return
    least = _MIN_ROWS if feature.name in protected else _least(real.rows)
    labels = _labels(feature, real, least)
    if len(labels) < MAX_LABELS or feature.name in protected:
        for code in labels:
            yield _Column(feature, code)


def _labels(feature: Feature, real: Sample, least: float) -> list[int]:
    """Labels of at least so many rows but the most frequent one, which the others stand against."""
    codes, counts = np.unique(real.values[feature.name], return_counts=True)
    order = np.argsort(-counts, kind="stable")
    return [int(codes[k]) for k in order[1:] if counts[k] >= least]


def _number(feature: Feature, real: Sample) -> list[_Column]:
    """A number in deviations, if it varies."""
    known = ~real.missing(feature)
    values, weights = real.values[feature.name][known], real.weights[known]
    if not len(values) or values.min() == values.max():
        return []
    mean = float(np.average(values, weights=weights))
    largest = float(np.abs(values - mean).max())
    apart = (values - mean) / largest  # divided first: no square is too great
    scale = largest * float(np.sqrt(np.average(np.square(apart), weights=weights)))
    return [_Column(feature, None, mean, scale)] if np.isfinite(mean) and scale > 0 else []


def _by_interest(features: Sequence[Feature], protected: Sequence[str]) -> list[Feature]:
    """Protected columns first, then those of few labels."""
    return sorted(features, key=lambda f: (f.name not in protected, len(f.labels)))


def _least(rows: int) -> float:
    return max(_MIN_ROWS, _MIN_SHARE * rows)


def _enough(count: int, rows: int) -> bool:
    return count >= _least(rows)
