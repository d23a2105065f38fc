"""Boosted trees whose leaves hold a vector: one ensemble gives a whole distribution.

XGBoost's multi-output trees (`multi_strategy="multi_output_tree"`, Chen & Guestrin 2016; Zhang &
Jung 2021 for vector leaves). A classifier starts from the log shares of its classes, or from
whatever prior it is given, and stops when rows that it was not trained on stop gaining. With
several folds there is a member a fold: nothing is refitted, and every row has been held out once.
Members are never averaged. Each row is dealt one of them (see `conditional`): what is learned on
top of a member, as the spread around its predictions, holds for single members only.
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
    """One member: `outputs` margins a row, which are 0 where there is no booster."""

    outputs: int
    booster: xgb.Booster | None = None

    def margins(self, features: Features) -> Float:
        """Margins to add to the prior, shape (rows, outputs)."""
        shape = len(features), self.outputs
        if self.booster is None or not len(features):
            return np.zeros(shape)
        margins = self.booster.inplace_predict(features, predict_type="margin")
        return np.asarray(margins.reshape(shape), np.float64)


def fit_classifier(
    features: Features,
    classes: Int,
    prior: Float,
    folds: Sequence[Fold],
    growth: Growth,
    weights: Float | None = None,
) -> tuple[Boosting, ...]:
    """Learn P(class | features), starting from the log probabilities `prior`, shape (outputs,).

    `weights` of the rows, shape (rows,): all count alike if there are none. A member a fold; one
    that says nothing where there is nothing to learn.
    """
    outputs = len(prior)
    if outputs < 2 or not features.shape[1]:
        return (Boosting(outputs),)
    objective: dict[str, object] = {
        "objective": "multi:softprob",
        "num_class": outputs,
        "multi_strategy": "multi_output_tree",
        "eval_metric": "mlogloss",
    }
    grown = _grown(features, classes, prior, folds, growth, objective, weights)
    return tuple(Boosting(outputs, booster) for booster in _worth(grown)) or (Boosting(outputs),)


def fit_regressor(
    features: Features,
    values: Float,
    start: Float,
    folds: Sequence[Fold],
    growth: Growth,
    weights: Float | None = None,
) -> tuple[tuple[Boosting, ...], Float]:
    """Learn E[value - start | features], where each fold has its own start, [rows, folds]; (a
    member a fold, out-of-fold predictions of value - start).

    `weights` of the rows, shape (rows,): all count alike if there are none.
    """
    objective: dict[str, object] = {"objective": "reg:squarederror", "eval_metric": "rmse"}
    zero, grown = np.zeros(1), []
    for k, fold in enumerate(folds):
        residual = values - start[:, k]
        grown += _grown(features, residual, zero, [fold], growth, objective, weights)
    boosters = _worth(grown) if len(grown) == len(folds) else []
    members = tuple(Boosting(1, b) for b in boosters) or (Boosting(1),) * len(folds)
    held_out = np.zeros(len(values))
    for member, (_, stop) in zip(members, folds, strict=True):
        held_out[stop] = member.margins(features[stop])[:, 0]
    return members, held_out


def _worth(grown: Sequence[tuple[xgb.Booster, float]]) -> list[xgb.Booster]:
    """The boosters, if they gain anything on rows that they were not trained on: what does not is
    noise, and costs time in every draw."""
    gains = [gain for _, gain in grown]
    return [booster for booster, _ in grown] if gains and np.mean(gains) > _MIN_GAIN else []


def _grown(
    features: Features,
    target: Int | Float,
    prior: Float,
    folds: Sequence[Fold],
    growth: Growth,
    objective: dict[str, object],
    weights: Float | None,
) -> list[tuple[xgb.Booster, float]]:
    """A booster a fold, and what it gains on the rows it is stopped by; none of a fold that has
    too few of these."""
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
    grown = []
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
        counted = None if weights is None else weights[stop]
        gain = _prior_loss(target[stop], prior, counted) - booster.best_score
        grown.append((booster[: booster.best_iteration + 1], gain))
    return grown


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
