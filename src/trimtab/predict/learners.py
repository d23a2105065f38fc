"""The learners that usefulness and fairness are judged by: one linear, one forest, one boosted.

Their settings are fixed: a table is judged by the difference between two trainings of the same
learner, and tuning would add noise to both.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import xgboost
from scipy.special import expit
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.utils.class_weight import compute_sample_weight

from trimtab._arrays import Float, Int
from trimtab._random import Key
from trimtab._validate import one_of
from trimtab.errors import InputError
from trimtab.predict.encoding import Columns, Indicators
from trimtab.predict.prediction import BOOSTING, FOREST, LINEAR, LOGISTIC
from trimtab.predict.sample import Feature, Sample

CLASSIFIERS = (LOGISTIC, FOREST, BOOSTING)
REGRESSORS = (LINEAR, FOREST, BOOSTING)
LEARNERS = (LOGISTIC, LINEAR, FOREST, BOOSTING)
NUMBER = 0  # `classes` of a target that is a number

_STEPS = 200  # of the optimiser of logistic regression
_TREES = 100
_MIN_LEAF = 5  # rows
_DRAWN_ROWS = 5000  # that a tree of a forest is grown on, if that is less than half of all
_ROUNDS, _RATE = 100, 0.1
_MANY = 3  # classes; with more, boosting takes fewer and longer steps, for each grows a tree a step
_MANY_ROUNDS, _MANY_RATE = 40, 0.25
_BOOSTING = {"tree_method": "hist", "max_depth": 5, "min_child_weight": 5, "nthread": 1}


class _Core(Protocol):
    """A trained estimator with its encoding."""

    def scores(self, sample: Sample) -> Float:
        """Probabilities, shape (rows, classes it was trained on); for a number shape (rows,)."""
        ...

    def importance(self) -> Float:
        """How much each feature says, shape (features,), at least 0."""
        ...


@dataclass(frozen=True)
class Model:
    """A trained learner.

    classes   how many classes the target has; 0 (NUMBER) for a number
    present   codes of the classes that training rows had; the others have probability 0
    centre, scale   mean and standard deviation of a target that is a number
    """

    learner: str
    features: tuple[Feature, ...]
    classes: int
    present: Int
    centre: float
    scale: float
    core: _Core | None

    def probability(self, sample: Sample) -> Float:
        """Of each class, shape (rows, classes). Raises InputError for a target that is a number."""
        if self.classes == NUMBER:
            raise InputError("probability: the target is a number: expected one with classes.")
        probability = np.zeros((sample.rows, self.classes))
        scores = np.ones((sample.rows, 1)) if self.core is None else self.core.scores(sample)
        probability[:, self.present] = scores / scores.sum(axis=1, keepdims=True)
        return probability

    def predict(self, sample: Sample) -> Int | Float:
        """Numbers, or codes of the most probable class; shape (rows,)."""
        if self.classes != NUMBER:
            return self.probability(sample).argmax(axis=1).astype(np.int64)
        if self.core is None:
            return np.full(sample.rows, self.centre)
        return self.centre + self.scale * self.core.scores(sample)

    def importance(self) -> dict[str, float]:
        """How much each feature says, by name, summing to 1; {} where none says anything.

        Linear learners: the standard deviation of the part that the feature has in the linear
        score, over the training rows. Forests: the mean decrease of impurity. Boosted trees: the
        total gain.
        """
        importance = np.zeros(0) if self.core is None else self.core.importance()
        if not importance.sum() > 0:
            return {}
        shares = (importance / importance.sum()).tolist()
        return dict(zip((f.name for f in self.features), shares, strict=True))


def fitted(
    learner: str,
    features: Sequence[Feature],
    train: Sample,
    target: Int | Float,
    classes: int,
    *,
    key: Key,
    weights: Float | None = None,
    balanced: bool = False,
) -> Model:
    """Train a learner on the rows of a sample.

    learner    one of LEARNERS: "logistic regression" for classes alone, "ridge regression" for
               numbers alone, the others for both
    features   the columns it learns from; must not hold the target
    target     of each row, none missing, shape (rows,): codes 0 .. classes - 1, or numbers
    classes    how many; NUMBER for a number
    weights    of the rows; all 1 if not given. The weights of the sample are not used
    balanced   rows are weighted so that all classes count alike

    A target with one value alone makes a model that always says so. Raises InputError for an
    unknown learner, one that does not fit the target, and no rows or features.
    """
    fit = REGRESSORS if classes == NUMBER else CLASSIFIERS
    one_of(fit, learner=learner)
    if not train.rows or not features:
        raise InputError(
            f"{train.rows} rows and {len(features)} features to learn from: expected at least one "
            "of each."
        )
    used = tuple(features)
    coded: Int | Float
    if classes == NUMBER:
        present, centre, scale = (
            np.zeros(0, np.int64),
            float(np.mean(target)),
            float(np.std(target)),
        )
        one_value = scale == 0
        coded = np.asarray((target - centre) / (scale or 1.0), np.float64)
    else:
        present, coded = np.unique(target.astype(np.int64), return_inverse=True)
        centre = scale = 0.0
        one_value = len(present) == 1
        if balanced:
            alike = np.asarray(compute_sample_weight("balanced", target), np.float64)
            weights = alike if weights is None else weights * alike
    if one_value:
        return Model(learner, used, classes, present, centre, scale, None)
    seed = int(key.child(learner).generator().integers(2**31))
    work = _Work(used, train, coded, len(present), weights, seed)
    return Model(learner, used, classes, present, centre, scale, _MAKERS[learner](work))


@dataclass(frozen=True)
class _Work:
    """What a learner is trained on. `classes` are those that occur; 0 for a number."""

    features: tuple[Feature, ...]
    train: Sample
    target: Int | Float
    classes: int
    weights: Float | None
    seed: int


@dataclass(frozen=True)
class _Linear:
    encoding: Indicators
    estimator: Any
    contributions: Float

    def scores(self, sample: Sample) -> Float:
        matrix = self.encoding.of(sample)
        if hasattr(self.estimator, "predict_proba"):
            return np.asarray(self.estimator.predict_proba(matrix))
        return np.asarray(self.estimator.predict(matrix))

    def importance(self) -> Float:
        return self.contributions


def _linear(work: _Work) -> _Linear:
    encoding, matrix = Indicators.of_training(work.features, work.train)
    if work.classes == NUMBER:
        estimator = Ridge(random_state=work.seed)
    else:
        estimator = LogisticRegression(max_iter=_STEPS)
    with warnings.catch_warnings():
        # After so many steps the ranking of rows hardly moves.
        warnings.simplefilter("ignore", ConvergenceWarning)
        estimator.fit(matrix, work.target, sample_weight=work.weights)
    slopes = np.atleast_2d(estimator.coef_)
    contributions = np.zeros(len(work.features))
    for k in range(len(contributions)):
        own = encoding.owner == k
        contributions[k] = np.asarray(matrix[:, own] @ slopes[:, own].T).std(axis=0).mean()
    return _Linear(encoding, estimator, contributions)


@dataclass(frozen=True)
class _Forest:
    encoding: Columns
    estimator: Any
    classes: int

    def scores(self, sample: Sample) -> Float:
        matrix = self.encoding.of(sample)
        if hasattr(self.estimator, "predict_proba"):
            return np.asarray(self.estimator.predict_proba(matrix))
        mean = np.asarray(self.estimator.predict(matrix))
        return np.column_stack([1 - mean, mean]) if self.classes == 2 else mean

    def importance(self) -> Float:
        return np.asarray(self.estimator.feature_importances_)


def _forest(work: _Work) -> _Forest:
    encoding = Columns.learned(work.features, work.train)
    settings: dict[str, Any] = {
        "n_estimators": _TREES,
        "min_samples_leaf": _MIN_LEAF,
        # Of adult's 30,000 rows: AUC .915 in half of the time that .916 takes with all of them.
        "max_samples": min(0.5, _DRAWN_ROWS / work.train.rows),
        "random_state": work.seed,
        "n_jobs": 1,
    }
    if work.classes == NUMBER:
        estimator = RandomForestRegressor(max_features=1 / 3, **settings)
    elif work.classes == 2:
        # Of 0 and 1 the variance is half of Gini's impurity and the mean is the probability: the
        # same forest, but for ties of splits, in three quarters of the time.
        estimator = RandomForestRegressor(max_features="sqrt", **settings)
    else:
        estimator = RandomForestClassifier(max_features="sqrt", **settings)
    target = work.target.astype(np.float64) if work.classes == 2 else work.target
    estimator.fit(encoding.of(work.train), target, sample_weight=work.weights)
    return _Forest(encoding, estimator, work.classes)


@dataclass(frozen=True)
class _Boosted:
    encoding: Columns
    booster: Any
    classes: int

    def scores(self, sample: Sample) -> Float:
        raw = self.booster.predict(_boosting_matrix(self.encoding, sample), output_margin=True)
        margins = np.asarray(raw, np.float64)
        if self.classes == NUMBER:
            return margins
        if self.classes == 2:
            return np.column_stack([expit(-margins), expit(margins)])
        return np.asarray(np.exp(margins - margins.max(axis=1, keepdims=True)))

    def importance(self) -> Float:
        gains = self.booster.get_score(importance_type="total_gain")
        return np.array([gains.get(f"f{k}", 0.0) for k in range(len(self.encoding.features))])


def _boosted(work: _Work) -> _Boosted:
    encoding = Columns.learned(work.features, work.train)
    many = work.classes > _MANY
    settings = _BOOSTING | {"eta": _MANY_RATE if many else _RATE, "seed": work.seed}
    if work.classes == NUMBER:
        settings |= {"objective": "reg:squarederror"}
    elif work.classes == 2:
        settings |= {"objective": "binary:logistic"}
    else:
        settings |= {"objective": "multi:softprob", "num_class": work.classes}
    matrix = _boosting_matrix(encoding, work.train)
    matrix.set_info(label=work.target, weight=work.weights)
    booster = xgboost.train(settings, matrix, _MANY_ROUNDS if many else _ROUNDS)
    return _Boosted(encoding, booster, work.classes)


def _boosting_matrix(encoding: Columns, sample: Sample) -> Any:
    return xgboost.DMatrix(
        encoding.of(sample), feature_types=encoding.types, enable_categorical=True, nthread=1
    )


_MAKERS: dict[str, Callable[[_Work], _Core]] = {
    LOGISTIC: _linear,
    LINEAR: _linear,
    FOREST: _forest,
    BOOSTING: _boosted,
}
