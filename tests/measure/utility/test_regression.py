"""Estimates and their errors against closed forms, loops over rows, scikit-learn and scipy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from sklearn.linear_model import LogisticRegression

from trimtab._arrays import Float, Int
from trimtab._random import Key
from trimtab.measure.utility.regression import (
    Estimates,
    estimable,
    group_differences,
    linear,
    logistic,
)

ROWS = 400


def design(seed: int, rows: int = ROWS) -> tuple[Float, Float, Float, Int]:
    """A design, weights, a noise, and persons of a few rows each."""
    draw = Key(seed).child("design").generator()
    matrix = np.column_stack([np.ones(rows), draw.normal(size=(rows, 2)), draw.random(rows) < 0.3])
    return matrix, draw.uniform(0.5, 1.5, rows), draw.normal(size=rows), np.arange(rows) // 4


def sandwich(matrix: Float, pulls: Float, bread: Float, units: Int) -> Float:
    """Errors by loops over units, with the factor for few columns and clusters."""
    clusters, rows = len(set(units.tolist())), len(matrix)
    meat = np.zeros_like(bread)
    for unit in set(units.tolist()):
        score = (matrix * pulls[:, None])[units == unit].sum(axis=0)
        meat += np.outer(score, score)
    few = (rows - 1) / (rows - matrix.shape[1]) * clusters / (clusters - 1)
    return np.sqrt(np.diag(bread @ meat @ bread) * few)


@pytest.mark.parametrize("persons", [False, True])
def test_least_squares(persons: bool) -> None:
    matrix, weights, noise, people = design(1)
    units = people if persons else np.arange(ROWS)
    shared = noise[people] if persons else 0.0
    truth = matrix @ [1.0, 2.0, 0.0, -1.0] + noise * (1 + 3 * np.abs(matrix[:, 1])) + shared
    found = linear(matrix, truth, weights, units)
    root = np.sqrt(weights)
    values = np.linalg.lstsq(matrix * root[:, None], truth * root, rcond=None)[0]
    assert found.values == pytest.approx(values)
    bread = np.linalg.inv(matrix.T @ np.diag(weights) @ matrix)
    residuals = truth - matrix @ values
    robust = sandwich(matrix, weights * residuals, bread, units)
    textbook = np.sqrt(np.diag(bread) * (weights @ residuals**2) / (ROWS - 4))
    assert found.errors == pytest.approx(np.maximum(robust, textbook))
    assert (robust > textbook).any(), "here the rows vary unequally"


def test_logistic_regression_is_firths() -> None:
    """It is the maximum of the likelihood of rows and of their leverage's share of both classes
    (Heinze and Schemper 2002, section 2.2)."""
    matrix, weights, noise, _ = design(2)
    truth = (noise < matrix @ [-1.5, 1.0, 0.0, 0.5]).astype(float)
    found = logistic(matrix, truth, weights, np.arange(ROWS))
    probability = 1 / (1 + np.exp(-matrix @ found.values))
    scaled = matrix * np.sqrt(weights * probability * (1 - probability))[:, None]
    leverage = np.diag(scaled @ np.linalg.inv(scaled.T @ scaled) @ scaled.T)
    twice = np.concatenate([matrix, matrix])[:, 1:]
    classes = np.concatenate([truth, 1 - truth])
    shares = np.concatenate([weights + leverage / 2, leverage / 2])
    peer = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000)
    peer.fit(twice, classes, sample_weight=shares)
    assert found.values == pytest.approx([peer.intercept_[0], *peer.coef_[0]], abs=1e-5)
    bread = np.linalg.inv(scaled.T @ scaled)
    robust = sandwich(matrix, weights * (truth - probability), bread, np.arange(ROWS))
    assert found.errors == pytest.approx(np.maximum(robust, np.sqrt(np.diag(bread))), rel=1e-6)


def test_logistic_regression_of_many_rows_is_the_usual_one() -> None:
    matrix, _, noise, _ = design(3, rows=40_000)
    truth = (noise < matrix @ [-1.0, 1.0, 0.0, 0.5]).astype(float)
    found = logistic(matrix, truth, np.ones(40_000), np.arange(40_000))
    peer = LogisticRegression(C=np.inf, tol=1e-8).fit(matrix[:, 1:], truth)
    assert found.values[1:] == pytest.approx(peer.coef_[0], abs=0.1 * float(found.errors.min()))


@pytest.mark.parametrize("cells", [(20, 30, 12, 5), (40, 60, 0, 9), (50, 0, 0, 50)])
def test_a_table_of_four_cells(cells: tuple[int, int, int, int]) -> None:
    """Firth's log odds ratio of two by two adds a half to each cell, be one empty."""
    x, y = np.repeat([0.0, 0, 1, 1], cells), np.repeat([0.0, 1, 0, 1], cells)
    found = logistic(np.column_stack([np.ones(len(x)), x]), y, np.ones(len(x)), np.arange(len(x)))
    a, b, c, d = (cell + 0.5 for cell in cells)
    assert found.values[1] == pytest.approx(np.log(d * a / (b * c)), abs=1e-5)
    # No smaller than what a table of few rows can tell.
    assert found.errors[1] >= 0.75 * np.sqrt(1 / a + 1 / b + 1 / c + 1 / d)


def test_classes_that_no_row_contradicts_show_little() -> None:
    """None of the outcome in a small group: a sandwich alone would be sure of it."""
    x = np.repeat([0.0, 1.0], [300, 8])
    y = np.where(x == 1, 0.0, np.arange(308) % 3 == 0).astype(float)
    found = logistic(np.column_stack([np.ones(308), x]), y, np.ones(308), np.arange(308))
    assert np.isfinite(found.values).all() and found.values[1] < -1
    assert abs(found.values[1]) < 1.96 * found.errors[1]


def test_columns_that_say_the_same_twice() -> None:
    matrix, weights, _, _ = design(4)
    said = np.column_stack([matrix, matrix[:, 1] - matrix[:, 2], np.zeros(ROWS), matrix[:, 0] * 3])
    assert estimable(said, weights).tolist() == [True] * 4 + [False] * 3
    again = np.column_stack([matrix[:, 0], matrix[:, 3], 1 - matrix[:, 3], matrix[:, 1]])
    assert estimable(again, weights).tolist() == [True, True, False, True]
    assert estimable(matrix[:2], weights[:2]).sum() == 2, "no more columns than rows"


def test_differences_of_groups() -> None:
    _, _, noise, people = design(5)
    member = np.column_stack([people % 3 == 0, people % 5 == 1]).astype(float)
    numbers = np.column_stack([noise + member[:, 0], noise**2 * 5 * (1 + 4 * member[:, 1])])
    numbers[::7, 0] = np.nan
    found = group_differences(member, numbers, np.ones(ROWS), np.arange(ROWS))
    at = 0
    for group in member.T.astype(bool):
        for column in numbers.T:
            known = ~np.isnan(column)
            one, other = column[group & known], column[~group & known]
            assert found.values[at] == pytest.approx(one.mean() - other.mean())
            equal = stats.ttest_ind(one, other)
            unequal = stats.ttest_ind(one, other, equal_var=False)
            errors = [found.values[at] / t.statistic for t in (equal, unequal)]
            assert found.errors[at] == pytest.approx(max(errors), rel=0.02)
            at += 1


def test_groups_that_are_empty_or_all_alike() -> None:
    member = np.column_stack([np.zeros(50), np.repeat([1.0, 0.0], 25), np.ones(50)])
    rate = np.repeat([0.0, 1.0, 0.0], [30, 5, 15])[:, None]
    found = group_differences(member, rate, np.ones(50), np.arange(50))
    assert np.isnan(found.values[[0, 2]]).all() and np.isnan(found.errors[[0, 2]]).all()
    assert found.values[1] == pytest.approx(-0.2)
    assert found.errors[1] > 0.05, "none in a group is no certainty"
    constant = group_differences(member[:, 1:2], np.ones((50, 1)), np.ones(50), np.arange(50))
    assert constant.values[0] == 0 and 0 < constant.errors[0] < 1e-6


def covers(made: list[Estimates], truth: float, place: int) -> float:
    """How often the 95 % interval holds the truth."""
    return float(np.mean([abs(m.values[place] - truth) < 1.96 * m.errors[place] for m in made]))


def test_intervals_of_persons_hold_what_is_true() -> None:
    """Rows of persons who are alike: as if they were alone, they would be too sure."""
    made, alone = [], []
    for seed in range(300):
        draw = Key(seed).child("persons").generator()
        people = np.repeat(np.arange(60), 5)
        x = draw.normal(size=60)[people]
        y = 0.5 * x + draw.normal(size=60)[people] + draw.normal(size=300)
        matrix = np.column_stack([np.ones(300), x])
        made.append(linear(matrix, y, np.ones(300), people))
        alone.append(linear(matrix, y, np.ones(300), np.arange(300)))
    assert 0.90 < covers(made, 0.5, 1) < 0.98
    assert covers(alone, 0.5, 1) < 0.85
