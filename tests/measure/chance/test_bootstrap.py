"""Rows drawn anew, intervals of what is drawn, and the jackknife."""

from __future__ import annotations

import numpy as np
import pytest

from trimtab._random import Key
from trimtab.measure.chance.bootstrap import jackknife_variance, percentiles, redrawn_rows
from trimtab.predict.sample import Sample


def test_redrawn_rows() -> None:
    sample = Sample("holdout", {}, np.ones(500))
    weights = redrawn_rows(sample, Key(0), draws=200)
    assert weights.shape == (201, 500) and (weights[0] == 1).all()
    assert (weights.sum(axis=1) == 500).all()
    assert weights[1:].mean() == 1 and weights[1:].var() == pytest.approx(1, abs=0.05)
    # The mean of the rows moves as theory says.
    values = Key(1).generator().normal(size=500)
    assert (weights[1:] @ values / 500).std() == pytest.approx(values.std() / 500**0.5, rel=0.15)


def test_persons_are_drawn_with_all_their_rows() -> None:
    people = np.array([5, 5, 9, 9, 9, 2])
    weights = redrawn_rows(Sample("holdout", {}, np.ones(6), people), Key(0), draws=50)
    assert (weights[:, 0] == weights[:, 1]).all() and (weights[:, 2] == weights[:, 4]).all()
    assert (weights[1:, [0, 2, 5]].sum(axis=1) == 3).all()


def test_intervals_of_drawn_figures() -> None:
    assert percentiles(np.array([np.nan, np.nan])) is None
    drawn = np.append(np.linspace(0, 1, 1001), np.nan)
    assert percentiles(drawn) == pytest.approx((0.025, 0.975))


def test_the_jackknife_of_a_mean_is_its_variance() -> None:
    values = Key(2).generator().normal(size=20)
    without = [np.delete(values, k).mean() for k in range(20)]
    assert jackknife_variance(without) == pytest.approx(values.var(ddof=1) / 20)
    assert jackknife_variance([*without, float("nan")]) == jackknife_variance(without)
    assert jackknife_variance([1.0, float("nan")]) == 0
