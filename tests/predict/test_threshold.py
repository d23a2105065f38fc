"""Thresholds: the best of all cuts, whatever the probabilities look like."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import (
    balanced_accuracy_score,
    f1_score,
    make_scorer,
    precision_score,
    recall_score,
)
from sklearn.model_selection import TunedThresholdClassifierCV

from tests.study.study_tables import probabilities
from trimtab.errors import InputError
from trimtab.predict.threshold import Cost, Worth, balanced, best, calls, cost_of, counts, f1, saved

WORTHS: dict[str, Worth] = {
    "f1": f1,
    "balanced": balanced,
    "cost": saved(Cost(fp=1, fn=7)),
    "free alarms": saved(Cost(fp=0, fn=1)),
    "free misses": saved(Cost(fp=1, fn=0)),
    "extreme": saved(Cost(fp=1, fn=1e9)),
}


def worth_at(probability: Any, hit: Any, worth: Worth, threshold: float) -> float:
    right, wrong, positives, negatives = counts(probability, hit, threshold)
    return float(worth(np.array(right), np.array(wrong), positives, negatives))


rows = st.lists(
    st.tuples(st.sampled_from([0.0, 0.1, 0.3, 0.3000001, 0.7, 1.0]), st.booleans()),
    min_size=1,
    max_size=12,
)


@settings(max_examples=150, deadline=None)
@given(rows, st.sampled_from(sorted(WORTHS)))
def test_best_of_all_cuts(drawn: list[tuple[float, bool]], name: str) -> None:
    """Against every cut there is; rows in any order, with ties, of one class, or one row."""
    probability = np.array([p for p, _ in drawn])
    hit, worth = np.array([h for _, h in drawn]), WORTHS[name]
    cuts = [*np.unique(probability), 2.0]
    most = max(worth_at(probability, hit, worth, c) for c in cuts)
    assert worth_at(probability, hit, worth, best(probability, hit, worth)) == most


@pytest.mark.parametrize(
    ("name", "score"),
    [("f1", f1_score), ("balanced", balanced_accuracy_score)],
)
def test_scikit_learn_finds_no_better(name: str, score: Any) -> None:
    stated, hit = probabilities(400, seed=3)
    matrix = np.column_stack([1 - stated, stated])
    tuned = TunedThresholdClassifierCV(
        FrozenEstimator(_Stated().fit(matrix, hit)),
        scoring=make_scorer(score),
        cv="prefit",
        refit=False,
        thresholds=60,
        store_cv_results=True,
    ).fit(matrix, hit.astype(int))
    found = best(stated, hit, WORTHS[name])
    mine = score(hit, stated >= found)
    assert mine >= tuned.best_score_ - 1e-12
    assert mine == pytest.approx(tuned.best_score_, abs=0.02)
    exact = max(score(hit, stated >= t) for t in np.unique(stated))
    assert mine == pytest.approx(exact)


class _Stated(ClassifierMixin, BaseEstimator):
    """A classifier whose rows are its probabilities."""

    def fit(self, x: Any, y: Any) -> _Stated:
        self.classes_ = np.array([0, 1])
        self.n_features_in_ = 2
        return self

    def predict_proba(self, x: Any) -> Any:
        return np.asarray(x)

    def predict(self, x: Any) -> Any:
        return np.asarray(x).argmax(axis=1)


def test_calls_are_scikit_learns() -> None:
    stated, hit = probabilities(300, seed=4, ties=20)
    for threshold in (0.0, 0.15, 0.5, 0.9, 1.1):
        made, called = calls(stated, hit, threshold), stated >= threshold
        assert made.f1 == pytest.approx(f1_score(hit, called, zero_division=0))
        assert made.recall == pytest.approx(recall_score(hit, called))
        assert made.precision == pytest.approx(precision_score(hit, called, zero_division=0))
        assert made.balanced == pytest.approx(balanced_accuracy_score(hit, called))


def test_the_cut_is_halfway_to_the_next_row() -> None:
    stated = np.array([0.2, 0.9, 0.8, 0.4])
    assert best(stated, np.array([False, True, True, False]), f1) == pytest.approx(0.6)
    assert best(stated, np.array([True] * 4), f1) == 0.0  # calling all
    # Between neighbouring floats there is nothing halfway: the lower one must not be called.
    for low in (np.nextafter(1.0, 0.0), 0.1, np.nextafter(0.1, 0), np.nextafter(0.3, 1)):
        pair = np.array([low, np.nextafter(low, 2.0)])
        found = best(pair, np.array([False, True]), f1)
        assert (pair >= found).tolist() == [False, True]


def test_calling_none_may_be_best() -> None:
    stated, none = np.array([0.3, 1.0]), np.array([False, False])
    for worth in WORTHS.values():
        assert best(stated, none, worth) > 1
    assert best(stated, np.array([True, False]), saved(Cost(fp=5, fn=1))) > 1


def test_threshold_of_right_probabilities_is_the_costs() -> None:
    """Where probabilities are right, the cheapest cut tends to fp / (fp + fn) (Elkan 2001)."""
    cost = Cost(fp=1, fn=4)
    stated, hit = probabilities(40_000, seed=5)
    at = saved(cost)
    assert cost.threshold == 0.2
    assert abs(best(stated, hit, at) - 0.2) < 0.05
    found, theory = worth_at(stated, hit, at, best(stated, hit, at)), worth_at(stated, hit, at, 0.2)
    assert theory <= found < theory + 0.002
    assert worth_at(stated, hit, at, 0.5) < theory - 0.02
    lost = 1 * ((stated >= 0.2) & ~hit).sum() + 4 * ((stated < 0.2) & hit).sum()
    assert theory == pytest.approx(-lost / len(hit))


def test_costs_that_are_asked_for() -> None:
    assert cost_of(None) is None
    assert cost_of({"fp": 1, "fn": 20}) == Cost(fp=1, fn=20)
    bad: list[Any] = [
        {"fp": 1},
        {"fp": 1, "fn": -1},
        {"fp": 1, "fn": float("inf")},
        {"fp": 1, "fn": float("nan")},
        {"fp": 1, "fn": 2, "tp": 3},
        {"fp": "much", "fn": 2},
        {},
        "fp",
        5,
    ]
    for asked in bad:
        with pytest.raises(InputError, match=r"^cost = .* \{'fp': 1, 'fn': 20\}\.$"):
            cost_of(asked)
    with pytest.raises(InputError, match="expected at least one cost above 0"):
        cost_of({"fp": 0, "fn": 0})
