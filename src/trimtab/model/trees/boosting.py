"""Boosted trees whose leaves hold a vector: one ensemble gives a whole distribution.

XGBoost's multi-output trees (`multi_strategy="multi_output_tree"`, Chen & Guestrin 2016; Zhang &
Jung 2021 for vector leaves). A classifier starts from the log shares of its classes, or from
whatever prior it is given, and stops when rows that it was not trained on stop gaining. With
several folds the members are averaged: nothing is refitted, and every row has been held out once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xgboost as xgb

from trimtab._arrays import Float, Int, Single
from trimtab.model.grid.grid import Features

Fold = tuple[Int, Int]  # rows to train on, rows to stop by

_MIN_GAIN = 0.003  # mean gain in held-out loss below which an ensemble is dropped
_MIN_HELD_OUT = 10  # with fewer rows to stop by, nothing is learned: the prior stands


@dataclass(frozen=True)
class Growth:
    """How an ensemble is grown. `patience` is in rounds."""

    eta: float
    depth: int
    rounds: int
    patience: int = 5
    min_child_weight: float = 3.0
    bins: int = 64


@dataclass(frozen=True)
class Boosting:
    """Averaged members, each a booster; `outputs` margins a row. No members: margins are 0."""

    outputs: int
    members: tuple[xgb.Booster, ...]

    def margins(self, features: Features) -> Float:
        """Margins to add to the prior, shape (rows, outputs)."""
        total = np.zeros((len(features), self.outputs))
        for member in self.members if len(features) else ():
            margins = member.inplace_predict(features, predict_type="margin")
            total += margins.reshape(total.shape)
        return total / max(len(self.members), 1)


def fit_classifier(
    features: Features,
    classes: Int,
    prior: Float,
    folds: Sequence[Fold],
    growth: Growth,
    weights: Float | None = None,
) -> Boosting:
    """Learn P(class | features), starting from the log probabilities `prior`, shape (outputs,).

    `weights` of the rows, shape (rows,): all count alike if there are none.
    """
    outputs = len(prior)
    if outputs < 2 or not features.shape[1]:
        return Boosting(outputs, ())
    objective: dict[str, object] = {
        "objective": "multi:softprob",
        "num_class": outputs,
        "multi_strategy": "multi_output_tree",
        "eval_metric": "mlogloss",
    }
    return _fit(features, classes, prior, folds, growth, objective, outputs, weights)


def fit_regressor(
    features: Features,
    values: Float,
    start: Float,
    folds: Sequence[Fold],
    growth: Growth,
    weights: Float | None = None,
) -> tuple[Boosting, Float]:
    """Learn E[value - start | features]; (boosting, out-of-fold predictions of value - start).

    `weights` of the rows, shape (rows,): all count alike if there are none.
    """
    objective: dict[str, object] = {"objective": "reg:squarederror", "eval_metric": "rmse"}
    members: list[xgb.Booster] = []
    held_out = np.zeros(len(values))
    for k, fold in enumerate(folds):
        residual = values - start[:, k]
        boosting = _fit(features, residual, np.zeros(1), [fold], growth, objective, 1, weights)
        held_out[fold[1]] = boosting.margins(features[fold[1]])[:, 0]
        members.extend(boosting.members)
    return Boosting(1, tuple(members)), held_out


def _fit(
    features: Features,
    target: Int | Float,
    prior: Float,
    folds: Sequence[Fold],
    growth: Growth,
    objective: dict[str, object],
    outputs: int,
    weights: Float | None,
) -> Boosting:
    settings = {
        **objective,
        "tree_method": "hist",
        "max_depth": growth.depth,
        "eta": growth.eta,
        "max_bin": growth.bins,
        "min_child_weight": growth.min_child_weight,
        "base_score": 0.0,
        "nthread": 1,
        "seed": 0,
        "verbosity": 0,
    }
    members, gains = [], []
    for train, stop in folds:
        if len(stop) < _MIN_HELD_OUT:
            continue
        start = prior.astype(np.float32)
        data = _matrix(features, target, train, start, growth.bins, weights)
        held_out = _matrix(features, target, stop, start, growth.bins, weights, data)
        booster = xgb.train(
            settings,
            data,
            growth.rounds,
            evals=[(held_out, "held_out")],
            early_stopping_rounds=growth.patience,
            verbose_eval=False,
        )
        members.append(booster[: booster.best_iteration + 1])
        counted = None if weights is None else weights[stop]
        gains.append(_prior_loss(target[stop], prior, counted) - booster.best_score)
    # What gains nothing on rows it was not trained on is noise, and costs time in every draw.
    return Boosting(outputs, tuple(members) if members and np.mean(gains) > _MIN_GAIN else ())


def _prior_loss(target: Int | Float, prior: Float, weights: Float | None) -> float:
    """What the held-out rows lose without trees: log loss, or the root mean squared error."""
    if len(prior) > 1:
        return -float(np.average(prior[np.asarray(target, np.int64)], weights=weights))
    return float(np.sqrt(np.average(np.square(target), weights=weights)))


def _matrix(
    features: Features,
    target: Int | Float,
    rows: Int,
    prior: Single,
    bins: int,
    weights: Float | None,
    like: object = None,
) -> xgb.QuantileDMatrix:
    start = np.ascontiguousarray(np.broadcast_to(prior, (len(rows), len(prior))))
    matrix = xgb.QuantileDMatrix(
        features[rows],
        target[rows],
        base_margin=start,
        max_bin=bins,
        nthread=1,
        ref=like,
        enable_categorical=False,
    )
    if weights is not None:  # only now: where a feature is cut should not hang on the weights
        matrix.set_info(weight=weights[rows])
    return matrix


def draw(logits: Float, uniforms: Float) -> Int:
    """Draw a class for each row of logits, shape (rows, classes), by inverse distribution
    function."""
    upto = np.exp(logits - logits.max(axis=1, keepdims=True))
    np.cumsum(upto, axis=1, out=upto)
    chosen = (upto <= (uniforms * upto[:, -1])[:, None]).sum(axis=1)
    return np.minimum(chosen, logits.shape[1] - 1)


def log_softmax(logits: Float) -> Float:
    """Log probabilities of each row of logits."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))
