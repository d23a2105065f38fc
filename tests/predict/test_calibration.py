"""Calibration: what balancing does to probabilities is undone, and wrongness is measured right."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy.special import expit, logit
from scipy.stats import norm
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, log_loss

from tests.study.study_tables import probabilities
from trimtab._random import Key
from trimtab.predict.calibration import (
    EDGES,
    Bins,
    binned,
    calibration_error,
    isotonic,
    platt,
    prior_shift,
)


@pytest.mark.parametrize(("real", "trained"), [(0.05, 0.5), (0.9, 0.5), (0.3, 0.1)])
def test_prior_shift_is_bayes_rule(real: float, trained: float) -> None:
    """Two normal classes, whose posterior is known at any share."""
    x = np.linspace(-3, 4, 50)

    def posterior(share: float) -> np.ndarray:
        above = share * norm.pdf(x, 1)
        return np.asarray(above / (above + (1 - share) * norm.pdf(x)))

    shift = prior_shift(trained, real)
    assert shift(posterior(trained)) == pytest.approx(posterior(real))
    assert prior_shift(real, trained)(shift(posterior(trained))) == pytest.approx(
        posterior(trained)
    )
    assert (np.diff(shift(np.linspace(0, 1, 99))[1:-1]) > 0).all()  # ranks stay


def test_prior_shift_without_a_share_changes_nothing() -> None:
    stated = np.array([0.0, 0.2, 1.0])
    for trained, real in ((0.3, 0.3), (0.0, 0.3), (0.5, 1.0), (1.0, 0.2)):
        assert (prior_shift(trained, real)(stated) == stated).all()


@pytest.mark.parametrize("above", [-2.5, 2.5])
def test_prior_shift_recovers_the_truth_after_weighting(above: float) -> None:
    """A logistic model is well specified here; the rare class is positive, or it is not."""
    draw = Key(1).generator()
    x = draw.normal(size=(6000, 2))
    truth = expit(above + x @ [1.0, -0.7])
    hit = draw.random(6000) < truth
    weights = np.where(hit, 0.5 / hit.mean(), 0.5 / (~hit).mean())
    stated = LogisticRegression(C=1e6).fit(x, hit, weights).predict_proba(x)[:, 1]
    put_right = prior_shift(float(np.average(hit, weights=weights)), float(hit.mean()))(stated)
    assert np.abs(stated - truth).mean() > 0.2
    assert np.abs(put_right - truth).mean() < 0.02
    assert calibration_error(put_right, hit).ratio == pytest.approx(1, abs=0.05)
    assert calibration_error(put_right, hit).slope == pytest.approx(1, abs=0.05)


def test_learned_maps_are_scikit_learns() -> None:
    draw = Key(2).generator()
    x = draw.normal(size=(3000, 3))
    hit = draw.random(3000) < expit(x @ [1.5, 1.0, 0.0] - 2)
    model = LogisticRegression(class_weight="balanced").fit(x[:1000], hit[:1000])
    rows, came = x[1000:], hit[1000:]
    stated = model.predict_proba(rows)[:, 1]
    theirs = {
        method: CalibratedClassifierCV(FrozenEstimator(model), method=method)
        .fit(rows, came)
        .predict_proba(rows)[:, 1]
        for method in ("sigmoid", "isotonic")
    }
    # Platt moves targets a little off 0 and 1, as scikit-learn does and we do not.
    assert platt(stated, came)(stated) == pytest.approx(theirs["sigmoid"], abs=0.01)
    assert np.abs(platt(stated, came)(stated) - stated).mean() > 0.1
    assert isotonic(stated, came)(stated) == pytest.approx(theirs["isotonic"], abs=1e-6)


def test_learned_maps_put_right_what_no_shift_can() -> None:
    stated, hit = probabilities(8000, seed=3)
    wrong = expit(2.5 * logit(stated.clip(1e-6, 1 - 1e-6)) + 1)
    before = calibration_error(wrong, hit)
    assert before.slope == pytest.approx(0.4, abs=0.04)
    for learned in (platt, isotonic):
        after = calibration_error(learned(wrong[:4000], hit[:4000])(wrong[4000:]), hit[4000:])
        assert after.brier < before.brier - 0.005
        assert after.ratio == pytest.approx(1, abs=0.1)
    assert calibration_error(platt(wrong, hit)(wrong), hit).slope == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("all_hit", [False, True])
def test_maps_of_one_class(all_hit: bool) -> None:
    stated = np.array([0.1, 0.5, 0.9])
    hit = np.full(3, all_hit)
    assert (platt(stated, hit)(stated) == stated).all()
    assert (isotonic(stated, hit)(stated) == float(all_hit)).all()
    found = calibration_error(stated, hit)
    assert np.isnan(found.slope) and np.isfinite(found.log_loss)
    assert np.isnan(found.ratio) or all_hit


def test_maps_bear_what_learners_say() -> None:
    """Probabilities of 0 and 1, all alike, and classes told apart without an error."""
    few = np.arange(60) < 6
    for stated in (few.astype(float), np.full(60, 0.3), np.where(few, 0.002, 0.001)):
        for learned in (platt, isotonic):
            made = learned(stated, few)(np.array([0.0, 0.3, 1.0]))
            assert ((made >= 0) & (made <= 1)).all()
        assert np.isfinite(calibration_error(stated, few).log_loss)
    assert np.isnan(calibration_error(np.full(60, 0.3), few).slope)


def test_calibration_error_is_scikit_learns() -> None:
    stated, hit = probabilities(500, seed=4)
    found = calibration_error(stated, hit)
    assert found.brier == pytest.approx(brier_score_loss(hit, stated))
    assert found.log_loss == pytest.approx(log_loss(hit, stated))
    assert found.ratio == pytest.approx(stated.sum() / hit.sum())
    doubled = calibration_error(expit(2 * logit(stated)), hit)
    assert doubled.slope == pytest.approx(found.slope / 2, rel=1e-3)


def test_bins_hold_every_row_once() -> None:
    stated, hit = probabilities(700, seed=5, ties=40)
    stated[:2] = 0.0, 1.0
    made = binned(stated, hit)
    for k, (low, high) in enumerate(pairwise(EDGES)):
        last = k == len(EDGES) - 2
        inside = (stated >= low) & ((stated < high) | last)
        assert made.rows[k] == inside.sum()
        assert made.hits[k] == hit[inside].sum()
        assert made.stated[k] == pytest.approx(stated[inside].sum())
    assert sum(made.rows) == 700
    halves = binned(stated[:300], hit[:300]) + binned(stated[300:], hit[300:])
    assert (halves.rows, halves.hits) == (made.rows, made.hits)
    assert Bins.model_validate_json(made.model_dump_json()) == made
