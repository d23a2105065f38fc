"""Learners: they learn what there is, agree with their libraries, and bear what tables hold."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import xgboost
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import r2_score, roc_auc_score
from sklearn.preprocessing import StandardScaler

from tests.measure.made_tables import compared
from trimtab._arrays import Float, Int
from trimtab._random import Key
from trimtab.errors import InputError
from trimtab.predict.encoding import MAX_LABELS, Columns, Indicators
from trimtab.predict.learners import CLASSIFIERS, LEARNERS, NUMBER, REGRESSORS, Model, fitted
from trimtab.predict.prediction import BOOSTING, FOREST, LINEAR, LOGISTIC
from trimtab.predict.sample import Feature, Sample

KEY = Key(3)
ROWS = 600


def table(rows: int = ROWS, seed: int = 0) -> tuple[tuple[Feature, ...], Sample, Float]:
    """Columns that say something, one that says nothing, and what they say."""
    draw = Key(seed).child("learner").generator()
    size, noise = draw.normal(size=(2, rows))
    place = draw.integers(0, 4, rows)
    score = 1.5 * size + np.array([-1.5, 0.0, 1.0, 2.0])[place]
    gappy = np.where(draw.random(rows) < 0.3, np.nan, noise)
    columns: dict[str, list[Any]] = {
        "size": [*size],
        "noise": [*gappy],
        "place": [None if p == 0 else f"p{p}" for p in place],
        "same": ["x"] * rows,
    }
    made = compared(columns, columns)
    return made.features, made.real, score


def classes(score: Float, seed: int = 0) -> Int:
    draw = Key(seed).child("classes").generator()
    return (draw.random(len(score)) < 1 / (1 + np.exp(-score))).astype(np.int64)


def probability(model: Model, sample: Sample) -> Float:
    made = model.probability(sample)
    assert made.shape == (sample.rows, model.classes)
    assert (made >= 0).all() and np.allclose(made.sum(axis=1), 1)
    return made


@pytest.mark.parametrize("learner", CLASSIFIERS)
def test_classifiers_learn(learner: str) -> None:
    features, rows, score = table(2 * ROWS)
    target, first = classes(score), np.arange(ROWS)
    train, tested = rows.take(first), rows.take(ROWS + first)
    model = fitted(learner, features, train, target[:ROWS], 2, key=KEY)
    assert roc_auc_score(target[ROWS:], probability(model, tested)[:, 1]) > 0.8
    assert (model.predict(tested) == (probability(model, tested)[:, 1] > 0.5)).all()
    importance = model.importance()
    assert list(importance) == ["size", "noise", "place", "same"]
    assert sum(importance.values()) == pytest.approx(1)
    assert importance["same"] == pytest.approx(0, abs=1e-12)
    assert min(importance["size"], importance["place"]) > importance["noise"] > 0


@pytest.mark.parametrize("learner", REGRESSORS)
def test_regressors_learn(learner: str) -> None:
    features, rows, score = table(2 * ROWS)
    target, first = 1e6 + score, np.arange(ROWS)  # far from 0: nothing rests on its scale
    train, tested = rows.take(first), rows.take(ROWS + first)
    model = fitted(learner, features, train, target[:ROWS], NUMBER, key=KEY)
    assert r2_score(target[ROWS:], model.predict(tested)) > 0.8
    assert model.importance()["size"] > 0.3
    with pytest.raises(InputError, match="the target is a number"):
        model.probability(tested)


@pytest.mark.parametrize("learner", CLASSIFIERS)
def test_more_than_two_classes(learner: str) -> None:
    features, train, score = table()
    for bins in (3, 5):
        target = np.searchsorted(np.quantile(score, np.arange(1, bins) / bins), score)
        model = fitted(learner, features, train, target, bins, key=KEY)
        made = probability(model, train)
        assert (made.argmax(axis=1) == target).mean() > 0.6
        # A class that training lacks has probability 0, wherever it stands.
        less = train.take(target != 1)
        model = fitted(learner, features, less, target[target != 1], bins, key=KEY)
        assert (probability(model, train)[:, 1] == 0).all()


def test_logistic_regression_is_the_library_s() -> None:
    features, train, score = table()
    numbers = features[:1]
    target = classes(score)
    model = fitted(LOGISTIC, numbers, train, target, 2, key=KEY)
    matrix = StandardScaler().fit_transform(train.values["size"][:, None])
    oracle = LogisticRegression().fit(matrix, target).predict_proba(matrix)
    np.testing.assert_allclose(model.probability(train), oracle, atol=1e-6)


def test_boosted_trees_are_the_library_s() -> None:
    features, train, score = table()
    numbers = features[:2]
    target = classes(score)
    model = fitted(BOOSTING, numbers, train, target, 2, key=KEY)
    matrix = np.column_stack([train.values[f.name] for f in numbers])
    oracle = xgboost.XGBClassifier(
        n_estimators=100, learning_rate=0.1, max_depth=5, min_child_weight=5, n_jobs=1
    ).fit(matrix, target)
    np.testing.assert_allclose(model.probability(train), oracle.predict_proba(matrix), atol=1e-6)


def test_the_forest_of_two_classes_is_the_library_s() -> None:
    """Continuous columns and whole weights, so that splits seldom tie."""
    draw = KEY.child("forest").generator()
    columns = {name: [*draw.normal(size=ROWS)] for name in ("a", "b", "c")}
    made = compared(columns, columns)
    target = (made.real.values["a"] + draw.normal(size=ROWS) > 0.5).astype(np.int64)
    model = fitted(FOREST, made.features, made.real, target, 2, key=KEY)
    peer = RandomForestClassifier(
        100,
        min_samples_leaf=5,
        max_samples=0.5,
        random_state=int(KEY.child(FOREST).generator().integers(2**31)),
    )
    matrix = Columns.learned(made.features, made.real).of(made.real)
    stated = peer.fit(matrix, target).predict_proba(matrix)[:, 1]
    apart = np.abs(probability(model, made.real)[:, 1] - stated)
    assert np.median(apart) < 0.01 and apart.max() < 0.1
    ours = list(model.importance().values())
    np.testing.assert_allclose(ours, peer.feature_importances_, atol=0.02)


@pytest.mark.parametrize("learner", LEARNERS)
def test_same_key_same_model(learner: str) -> None:
    features, train, score = table(200)
    number = learner == LINEAR
    target: Any = score if number else classes(score)

    def said(key: Key) -> Any:
        model = fitted(learner, features, train, target, NUMBER if number else 2, key=key)
        return model.predict(train) if number else model.probability(train)

    assert (said(Key(1)) == said(Key(1))).all()
    if learner == FOREST:
        assert (said(Key(1)) != said(Key(2))).any()


@pytest.mark.parametrize("learner", CLASSIFIERS)
def test_weights(learner: str) -> None:
    features, train, score = table()
    target = classes(score - 3)
    assert target.mean() < 0.25
    plain = fitted(learner, features, train, target, 2, key=KEY)
    balanced = fitted(learner, features, train, target, 2, key=KEY, balanced=True)
    assert plain.probability(train)[:, 1].mean() == pytest.approx(target.mean(), abs=0.04)
    assert balanced.probability(train)[:, 1].mean() > target.mean() + 0.1
    rebuilt = np.where(target == 1, 0.5 / target.mean(), 0.5 / (1 - target.mean()))
    by_hand = fitted(learner, features, train, target, 2, key=KEY, weights=rebuilt)
    np.testing.assert_allclose(by_hand.probability(train), balanced.probability(train), atol=1e-4)
    # Only the given weights count, not those of the sample.
    other = replace(train, weights=rebuilt)
    again = fitted(learner, features, other, target, 2, key=KEY)
    assert (again.probability(train) == plain.probability(train)).all()


def test_a_weight_of_two_is_a_row_twice() -> None:
    features, train, score = table(200)
    target = classes(score)
    twice = train.take(np.repeat(np.arange(200), 2))
    doubled = fitted(LOGISTIC, features, twice, np.repeat(target, 2), 2, key=KEY)
    weighted = fitted(LOGISTIC, features, train, target, 2, key=KEY, weights=np.full(200, 2.0))
    np.testing.assert_allclose(doubled.probability(train), weighted.probability(train), atol=1e-3)


@pytest.mark.parametrize("learner", LEARNERS)
def test_what_tables_hold(learner: str) -> None:
    """Labels and gaps that training lacked, columns without a value, numbers without measure."""
    rows = 60
    draw = Key(5).generator()
    train: dict[str, list[Any]] = {
        "empty": [None] * rows,
        "vast": [1e300, -1e300] * (rows // 2),
        "same": [7.0] * rows,
        "few": ["a", "b", "c"] * (rows // 3),
        "gone": [None] * (rows - 1) + ["z"],
        "many": [f"m{k}" for k in range(rows)],
    }
    tested: dict[str, list[Any]] = {
        "empty": [1.0, None, -5.0],
        "vast": [None, 0.0, 1e308],
        "same": [1e20, None, 7.0],
        "few": ["d", None, "a"],
        "gone": ["y", None, "z"],
        "many": ["new", None, "m1"],
    }
    made = compared(train, tested)
    number = learner == LINEAR
    target: Any = draw.normal(size=rows) if number else draw.integers(0, 3, rows)
    kinds = NUMBER if number else 3
    model = fitted(learner, made.features, made.real, target, kinds, key=KEY)
    said = model.predict(made.synthetic)
    assert said.shape == (3,) and np.isfinite(said).all()
    if not number:
        probability(model, made.synthetic)


@pytest.mark.parametrize("learner", LEARNERS)
def test_one_value_is_always_said(learner: str) -> None:
    features, train, _ = table(50)
    if learner != LOGISTIC:
        model = fitted(learner, features, train, np.full(50, 2.5), NUMBER, key=KEY)
        assert (model.predict(train) == 2.5).all()
        assert model.importance() == {}
    if learner != LINEAR:
        model = fitted(learner, features, train, np.ones(50, np.int64), 3, key=KEY)
        assert (model.probability(train) == [0, 1, 0]).all()


def test_labels_beyond_the_most_frequent_are_one() -> None:
    labels = [f"m{k}" for k in range(MAX_LABELS + 5) for _ in range(MAX_LABELS + 6 - k)]
    made = compared({"many": labels}, {"many": [None, "new", labels[0], labels[-1]]})
    columns = Columns.learned(made.features, made.real)
    codes = columns.of(made.synthetic)[:, 0]
    assert np.isnan(codes[0]) and codes[1:].tolist() == [MAX_LABELS, 0, MAX_LABELS]
    assert columns.types == ["c"]
    encoding = Indicators.learned(made.features, made.real)
    hot = encoding.of(made.synthetic).toarray()
    assert hot.shape == (4, MAX_LABELS + 1) == (4, len(encoding.owner))
    # A new label is counted among the rare ones; a missing one stands for itself or for them.
    assert (hot.sum(axis=1) == 1).all() and (hot[1] == hot[3]).all()
    assert hot[2].argmax() != hot[3].argmax()


def test_columns_of_the_linear_encoding_have_owners() -> None:
    features, train, _ = table(100)
    encoding = Indicators.learned(features, train)
    # Two numbers, the mark of the one with gaps, three places and a missing one, and one label.
    assert encoding.owner.tolist() == [0, 1, 1, 2, 2, 2, 2, 3]
    matrix = np.asarray(encoding.of(train).todense())
    assert np.allclose(matrix[:, :3].mean(axis=0), 0) and np.allclose(matrix[:, :3].std(axis=0), 1)
    unknown = replace(train, values=train.values | {"place": np.full(100, 9)})
    assert (np.asarray(encoding.of(unknown).todense())[:, 3:7] == 0).all()


def test_bad_requests() -> None:
    features, train, score = table(30)
    target = classes(score)
    with pytest.raises(InputError, match="learner = 'magic': expected one of"):
        fitted("magic", features, train, target, 2, key=KEY)
    with pytest.raises(InputError, match="learner = 'logistic regression'"):
        fitted(LOGISTIC, features, train, score, NUMBER, key=KEY)
    with pytest.raises(InputError, match="learner = 'ridge regression'"):
        fitted(LINEAR, features, train, target, 2, key=KEY)
    with pytest.raises(InputError, match="0 rows and 4 features"):
        fitted(FOREST, features, train.take(target > 9), target[target > 9], 2, key=KEY)
    with pytest.raises(InputError, match="30 rows and 0 features"):
        fitted(FOREST, (), train, target, 2, key=KEY)
