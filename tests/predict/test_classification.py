"""Figures of predictions: scikit-learn's, for any weights, ties and classes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn import metrics

from trimtab._arrays import Float, Int
from trimtab._random import Key
from trimtab.predict import classification as of_classes
from trimtab.predict import regression

DRAWS = 3


def made(seed: int, classes: int, rows: int, steps: int) -> tuple[Int, Float, Float]:
    """Truth, probabilities with ties, and counts of rows for some draws."""
    draw = Key(seed).child("made").generator()
    truth = draw.integers(0, classes, rows)
    probability = draw.integers(1, steps + 2, (rows, classes)).astype(float)
    weights = draw.integers(0, 3, (DRAWS, rows)).astype(float)
    weights[0] = 1
    weights[1:, 0] += 1  # no draw is without rows
    return truth, probability / probability.sum(axis=1, keepdims=True), weights


CASES = st.tuples(st.integers(0, 999), st.just(2), st.integers(4, 40), st.integers(1, 30))
MANY = st.tuples(st.integers(0, 999), st.integers(3, 5), st.integers(4, 40), st.integers(1, 30))


@given(CASES)
@settings(max_examples=40, deadline=None)
def test_two_classes_as_scikit_learn_has_them(case: tuple[int, int, int, int]) -> None:
    truth, probability, weights = made(*case)
    score, hit = probability[:, 1], truth == 1
    called = (score >= 0.5).astype(np.int64)
    auc, precision = of_classes.macro_ranking(truth, probability, 1, weights)
    counts = of_classes.confusion(truth, called, 2, weights)
    f1, accuracy = of_classes.f1(counts, 1), of_classes.balanced_accuracy(counts)
    brier = of_classes.brier(truth, probability, 1, weights)
    for k, weight in enumerate(weights):
        held = weight > 0
        if len(set(truth[held])) < 2:
            assert np.isnan(auc[k]) and np.isnan(precision[k])
            continue
        own = {"sample_weight": weight}
        assert auc[k] == pytest.approx(metrics.roc_auc_score(hit, score, **own))
        assert precision[k] == pytest.approx(metrics.average_precision_score(hit, score, **own))
        assert f1[k] == pytest.approx(metrics.f1_score(hit, called, zero_division=0, **own))
        assert accuracy[k] == pytest.approx(metrics.balanced_accuracy_score(truth, called, **own))
        assert brier[k] == pytest.approx(metrics.brier_score_loss(hit, score, **own))


@given(MANY)
@settings(max_examples=40, deadline=None)
def test_more_classes_as_scikit_learn_has_them(case: tuple[int, int, int, int]) -> None:
    truth, probability, weights = made(*case)
    classes = probability.shape[1]
    assume(len(set(truth)) > 1)
    called = probability.argmax(axis=1)
    auc, precision = of_classes.macro_ranking(truth, probability, None, weights[:1])
    counts = of_classes.confusion(truth, called, classes, weights[:1])
    present = np.unique(truth)
    rest = [metrics.roc_auc_score(truth == c, probability[:, c]) for c in present]
    means = [metrics.average_precision_score(truth == c, probability[:, c]) for c in present]
    assert auc[0] == pytest.approx(np.mean(rest))
    assert precision[0] == pytest.approx(np.mean(means))
    assert of_classes.f1(counts, None)[0] == pytest.approx(
        metrics.f1_score(truth, called, average="macro", zero_division=0)
    )
    recall = metrics.recall_score(truth, called, average=None, labels=present, zero_division=0)
    assert of_classes.balanced_accuracy(counts)[0] == pytest.approx(recall.mean())
    hot = np.eye(classes)[truth]
    assert of_classes.brier(truth, probability, None, weights[:1])[0] == pytest.approx(
        np.square(probability - hot).sum(axis=1).mean()
    )


@given(CASES)
@settings(max_examples=50, deadline=None)
def test_a_count_of_rows_is_rows_so_often(case: tuple[int, int, int, int]) -> None:
    truth, probability, weights = made(*case)
    rows = np.repeat(np.arange(len(truth)), weights[1].astype(int))
    assume(len(rows))
    once = np.ones((1, len(rows)))
    stated, hit = of_classes.stated(truth, probability, None)
    whole = of_classes.calibration_error(stated, hit, weights[1:2])
    groups = of_classes.bins(stated)
    by_hand = [abs((stated - hit)[rows][groups[rows] == g].sum()) for g in range(of_classes.BINS)]
    assert whole[0] == pytest.approx(sum(by_hand) / len(rows))
    assert of_classes.brier(truth, probability, 1, weights[1:2])[0] == pytest.approx(
        of_classes.brier(truth[rows], probability[rows], 1, once)[0]
    )


@given(CASES)
@settings(max_examples=40, deadline=None)
def test_the_threshold_is_the_best_there_is(case: tuple[int, int, int, int]) -> None:
    truth, probability, weights = made(*case)
    score, hit = probability[:, 1], truth == 1
    weight = weights[1] + 0.5
    assume(hit.any())
    cut = of_classes.threshold(score, hit, weight)
    got, *others = (
        metrics.f1_score(hit, score >= c, sample_weight=weight) for c in (cut, *np.unique(score))
    )
    assert got == pytest.approx(max(others))


def test_numbers_as_scikit_learn_has_them() -> None:
    draw = Key(0).generator()
    truth = 1e8 + draw.normal(size=50)
    predicted = truth + draw.normal(size=50)
    weights = draw.integers(0, 3, (4, 50)).astype(float)
    squares = regression.r_squared(truth, predicted, weights)
    errors = regression.absolute_error(truth, predicted, weights)
    for k, weight in enumerate(weights):
        expected = metrics.r2_score(truth, predicted, sample_weight=weight)
        assert squares[k] == pytest.approx(expected, rel=1e-6)
        mean = metrics.mean_absolute_error(truth, predicted, sample_weight=weight)
        assert errors[k] == pytest.approx(mean)
    assert np.isnan(regression.r_squared(np.ones(50), predicted, weights)).all()


def test_corrected_probabilities_are_bayes() -> None:
    """Two classes of known densities: correction turns one prior's answer into the other's."""
    x = np.linspace(-3, 3, 50)
    density = np.stack([np.exp(-np.square(x + 1) / 2), np.exp(-np.square(x - 1) / 2)], axis=1)

    def posterior(prior: Float) -> Float:
        joint = density * prior
        return joint / joint.sum(axis=1, keepdims=True)

    rare, even = np.array([0.95, 0.05]), np.array([0.5, 0.5])
    np.testing.assert_allclose(of_classes.corrected(posterior(even), even, rare), posterior(rare))
    np.testing.assert_allclose(of_classes.corrected(posterior(rare), rare, rare), posterior(rare))
    # A class that training lacked is left as it is, and nothing is divided by 0.
    lacking = of_classes.corrected(np.array([[0.0, 1.0]]), np.array([0.0, 1.0]), rare)
    assert lacking.tolist() == [[0.0, 1.0]]
    kept = of_classes.corrected(np.array([[0.4, 0.6]]), rare, np.array([0.0, 0.05]))
    np.testing.assert_allclose(kept, [[0.4, 0.6]])


def test_calibration_error_of_exact_probabilities_is_noise() -> None:
    draw = Key(1).generator()
    stated = draw.beta(1, 6, 2000)
    noise = of_classes.calibration_noise(stated, draw)
    once = np.ones((1, 2000))
    errors = np.array(
        [of_classes.calibration_error(stated, draw.random(2000) < stated, once) for _ in range(300)]
    )
    assert np.mean(errors <= noise) == pytest.approx(0.95, abs=0.04)
    wrong = of_classes.calibration_error(stated, draw.random(2000) < stated / 3, once)
    assert wrong[0] > 3 * noise
    assert wrong[0] == pytest.approx(2 / 3 * stated.mean(), rel=0.15)


def test_a_constant_is_calibrated_in_one_group() -> None:
    stated = np.full(40, 0.25)
    hit = np.arange(40) < 10
    once = np.ones((1, 40))
    assert len(set(of_classes.bins(stated))) == 1
    assert of_classes.calibration_error(stated, hit, once)[0] == pytest.approx(0)
    assert of_classes.calibration_error(stated, ~hit, once)[0] == pytest.approx(0.5)
