"""Regressions and differences of groups as an analyst makes them, with standard errors that hold.

Each gives estimates and the influence of every row on them, from which standard errors follow for
rows that are weighted, that vary unequally, or that belong to persons (the sandwich of Huber 1967
and White 1980; by clusters Liang and Zeger 1986). Where the textbook's error is the larger one it
is taken, because a sandwich of few rows is too thin (Angrist and Pischke 2009, section 8.1): with
none of the outcome in a group it would be nought.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.linalg import cho_factor, cho_solve, solve_triangular
from scipy.special import expit

from trimtab._arrays import Bool, Float, Int

_ALIASED = 1e-5  # of a column's length that the columns before it leave over
_MOST_STEPS, _LONGEST_STEP, _NEAR = 60, 5.0, 1e-8
_JITTER = 1e-10  # keeps a matrix that is just invertible so, when rounded
_LEAST_ERROR = 1e-9  # where a column is told exactly


@dataclass(frozen=True)
class Estimates:
    """Figures of one table, and what each unit of it adds to their errors.

    values      nan where a figure cannot be told; shape (figures,)
    influence   of independent units (rows, or persons): the figures vary as its sums do with random
                factors of variance 1; 0 where there is no figure; shape (units, figures)
    """

    values: Float
    influence: Float

    @cached_property
    def errors(self) -> Float:
        """Standard errors, shape (figures,); nan where there is no figure."""
        found = np.sqrt(np.square(self.influence).sum(axis=0))
        return np.where(np.isnan(self.values), np.nan, np.maximum(found, _LEAST_ERROR))


def estimable(matrix: Float, weights: Float) -> Bool:
    """The columns of a design that those before them leave something of, shape (columns,).

    The later of columns that say the same is left out, as R's `lm` does.
    """
    scaled = matrix * np.sqrt(weights)[:, None]
    lengths = np.sqrt(np.square(scaled).sum(axis=0))
    kept = lengths > 0
    left = np.abs(np.diag(np.linalg.qr(scaled[:, kept] / lengths[kept], mode="r")))
    kept[np.flatnonzero(kept)[: len(left)][left <= _ALIASED]] = False
    kept[np.flatnonzero(kept)[len(scaled) :]] = False  # no more than there are rows
    return kept


def linear(matrix: Float, truth: Float, weights: Float, units: Int) -> Estimates:
    """Least squares.

    matrix    the design with its constant, all of it estimable; shape (rows, columns)
    weights   of the rows, mean 1
    units     the independent unit of each row, from 0; shape (rows,)
    """
    root = cho_factor(matrix.T @ (matrix * weights[:, None]), lower=True)
    values = cho_solve(root, matrix.T @ (weights * truth))
    residuals = truth - matrix @ values
    spread = float(weights @ np.square(residuals)) / max(1, len(truth) - matrix.shape[1])
    textbook = np.sqrt(spread * _diagonal_of_inverse(root))
    return _estimates(values, matrix * (weights * residuals)[:, None], root, textbook, units)


def logistic(matrix: Float, truth: Float, weights: Float, units: Int) -> Estimates:
    """Logistic regression by Firth's penalised likelihood, as `linear` takes it; `truth` is 0 or 1.

    It has finite estimates where the classes can be told apart without fail, and less bias where
    one is rare (Firth 1993; Heinze and Schemper 2002).
    """
    share = float(np.clip(np.average(truth, weights=weights), 1e-3, 1 - 1e-3))
    values = np.zeros(matrix.shape[1])
    values[0] = np.log(share / (1 - share))
    state = _Firth.at(values, matrix, truth, weights)
    for _ in range(_MOST_STEPS):
        step = cho_solve(state.root, state.score)
        longest = float(np.abs(step).max())
        step *= min(1.0, _LONGEST_STEP / max(longest, 1e-300))
        further = _Firth.at(values + step, matrix, truth, weights)
        while further.height < state.height - _NEAR and np.abs(step).max() > _NEAR:
            step /= 2
            further = _Firth.at(values + step, matrix, truth, weights)
        values, state = values + step, further
        if longest < _NEAR:
            break
    scores = matrix * (weights * (truth - state.probability))[:, None]
    textbook = np.sqrt(_diagonal_of_inverse(state.root))
    return _estimates(values, scores, state.root, textbook, units)


@dataclass(frozen=True)
class _Firth:
    """The penalised likelihood at some coefficients: its height, and what moves it."""

    probability: Float
    root: tuple[Float, bool]
    score: Float
    height: float

    @classmethod
    def at(cls, values: Float, matrix: Float, truth: Float, weights: Float) -> _Firth:
        linear_part = matrix @ values
        probability = expit(linear_part)
        variance = np.maximum(weights * probability * (1 - probability), 1e-12)
        scaled = matrix * np.sqrt(variance)[:, None]
        information = scaled.T @ scaled
        information.flat[:: len(information) + 1] *= 1 + _JITTER
        root = cho_factor(information, lower=True)
        leverage = np.square(solve_triangular(root[0], scaled.T, lower=True)).sum(axis=0)
        pull = weights * (truth - probability) + leverage * (0.5 - probability)
        likelihood = float(weights @ (truth * linear_part - np.logaddexp(0, linear_part)))
        height = likelihood + float(np.log(np.diag(root[0])).sum())
        return cls(probability, root, matrix.T @ pull, height)


def group_differences(member: Float, numbers: Float, weights: Float, units: Int) -> Estimates:
    """How far the mean of each number in each group is from its mean in all other rows.

    member    whether a row is in a group, 1 or 0; shape (rows, groups)
    numbers   shape (rows, numbers), nan for missing

    The figures are those of the first group, number by number, then of the next.
    """
    known = ~np.isnan(numbers)
    filled = np.where(known, numbers, 0.0)
    values, influence, textbook = [], [], []
    for group in member.T:
        parts = [weights[:, None] * known * side[:, None] for side in (group, 1 - group)]
        totals = [p.sum(axis=0) for p in parts]
        with np.errstate(invalid="ignore", divide="ignore"):
            means = [(p * filled).sum(axis=0) / t for p, t in zip(parts, totals, strict=True)]
            pulls = [p * (filled - m) / t for p, m, t in zip(parts, means, totals, strict=True)]
            apart = sum(
                (p * np.square(filled - m)).sum(axis=0) for p, m in zip(parts, means, strict=True)
            )
            spread = apart / np.maximum(1, (known * (weights[:, None] > 0)).sum(axis=0) - 2)
            worth = sum(np.square(p).sum(axis=0) / t**2 for p, t in zip(parts, totals, strict=True))
        values.append(means[0] - means[1])
        influence.append(pulls[0] - pulls[1])
        textbook.append(np.sqrt(spread * worth))
    told = np.concatenate(values)
    rows = np.concatenate(influence, axis=1)
    return _thickened(told, np.where(np.isnan(told), 0.0, rows), np.concatenate(textbook), units, 2)


def _estimates(
    values: Float, scores: Float, root: tuple[Float, bool], textbook: Float, units: Int
) -> Estimates:
    influence = cho_solve(root, scores.T).T
    return _thickened(values, influence, textbook, units, scores.shape[1])


def _thickened(
    values: Float, influence: Float, textbook: Float, units: Int, columns: int
) -> Estimates:
    """Estimates whose errors are those of the units, and no smaller than the textbook's."""
    rows, clusters = len(influence), int(units.max()) + 1
    if clusters < rows:
        summed = np.zeros((clusters, influence.shape[1]))
        np.add.at(summed, units, influence)
        influence = summed
    # As for so many columns and clusters (Cameron and Miller 2015, section II.B).
    few = (rows - 1) / max(1, rows - columns) * clusters / max(1, clusters - 1)
    influence = influence * np.sqrt(few)
    errors = np.sqrt(np.square(influence).sum(axis=0))
    with np.errstate(invalid="ignore", divide="ignore"):
        factor = np.where(errors > 0, np.maximum(1.0, textbook / errors), 1.0)
    influence = influence * np.where(np.isfinite(factor), factor, 1.0)
    flat = (errors == 0) & np.isfinite(textbook)  # no unit moves it, and it is not certain
    influence[:, flat] = textbook[flat] / np.sqrt(len(influence))
    return Estimates(values, influence)


def _diagonal_of_inverse(root: tuple[Float, bool]) -> Float:
    return np.diag(cho_solve(root, np.eye(len(root[0]))))
