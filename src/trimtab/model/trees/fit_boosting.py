"""Learning boosted trees.

XGBoost's multi-output trees (`multi_strategy="multi_output_tree"`, Chen & Guestrin 2016; Zhang &
Jung 2021 for vector leaves). A classifier starts from the log shares of its classes, or from
whatever prior it is given, and stops when rows that it was not trained on stop gaining. With
several folds there is a member a fold: nothing is refitted, and every row has been held out once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xgboost as xgb

from trimtab._arrays import Float, Int, Single
from trimtab.model.trees.boosters import arrays_of
from trimtab.model.trees.boosting import Boosting
from trimtab.model.trees.sample import BINS, Sample

Fold = tuple[Int, Int]  # rows to train on, rows to stop by

_EVERY = 2  # rounds between looks at the held-out rows
_MIN_GAIN = 0.003  # mean gain in held-out loss below which an ensemble is dropped
_MIN_HELD_OUT = 10  # with fewer rows to stop by, nothing is learned: the prior stands


@dataclass(frozen=True)
class Growth:
    """How an ensemble is grown. `patience` is in rounds, `bins` are those of a feature."""

    eta: float
    depth: int
    rounds: int
    patience: int = 4
    min_child_weight: float = 3.0
    bins: int = BINS


def fit_classifier(
    sample: Sample, classes: Int, prior: Float, folds: Sequence[Fold], growth: Growth
) -> tuple[Boosting, ...]:
    """Learn P(class | features), starting from the log probabilities `prior`, shape (outputs,).

    A member a fold; one that says nothing where there is nothing to learn.
    """
    outputs = len(prior)
    if outputs < 2 or not sample.features.shape[1]:
        return (Boosting(outputs),)
    objective: dict[str, object] = {
        "objective": "multi:softprob",
        "num_class": outputs,
        "multi_strategy": "multi_output_tree",
        "eval_metric": "mlogloss",
    }
    grown = _grown(sample, classes, prior, folds, growth, objective)
    return _members(outputs, grown, sample) or (Boosting(outputs),)


def fit_regressor(
    sample: Sample, values: Float, start: Float, folds: Sequence[Fold], growth: Growth
) -> tuple[tuple[Boosting, ...], Float]:
    """Learn E[value - start | features], where each fold has its own start, [rows, folds]; (a
    member a fold, out-of-fold predictions of value - start).
    """
    objective: dict[str, object] = {"objective": "reg:squarederror", "eval_metric": "rmse"}
    zero, grown = np.zeros(1), []
    for k, fold in enumerate(folds):
        grown += _grown(sample, values - start[:, k], zero, [fold], growth, objective)
    members = _members(1, grown, sample) if len(grown) == len(folds) else ()
    held_out = np.zeros(len(values))
    for (booster, _), (_, stop) in zip(grown if members else (), folds, strict=False):
        features = sample.features[stop]
        held_out[stop] = booster.inplace_predict(features, predict_type="margin")
    return members or (Boosting(1),) * len(folds), held_out


def _members(
    outputs: int, grown: Sequence[tuple[xgb.Booster, float]], sample: Sample
) -> tuple[Boosting, ...]:
    """The members, if they gain anything on rows that they were not trained on: what does not is
    noise, and costs time in every draw."""
    gains = [gain for _, gain in grown]
    if not gains or np.mean(gains) <= _MIN_GAIN:
        return ()
    return tuple(Boosting(outputs, arrays_of(booster), sample.sizes) for booster, _ in grown)


def _grown(
    sample: Sample,
    target: Int | Float,
    prior: Float,
    folds: Sequence[Fold],
    growth: Growth,
    objective: dict[str, object],
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
    cuts = sample.cut(growth.bins)
    grown, like = [], None if cuts is None else _reference(cuts, growth.bins)
    for train, stop in folds:
        if len(stop) < _MIN_HELD_OUT:
            continue
        data = _matrix(sample.part(train), target[train], prior, growth.bins, like)
        held_out = _matrix(sample.part(stop), target[stop], prior, growth.bins, data)
        booster, loss = _stopped(xgb.Booster(settings, [data, held_out]), data, held_out, growth)
        counted = None if sample.weights is None else sample.weights[stop]
        grown.append((booster, _prior_loss(target[stop], prior, counted) - loss))
    return grown


def _stopped(
    booster: xgb.Booster, data: xgb.QuantileDMatrix, held_out: xgb.QuantileDMatrix, growth: Growth
) -> tuple[xgb.Booster, float]:
    """A booster that is grown until held-out rows stop gaining, and what these lose."""
    best, loss = 0, np.inf
    for start in range(0, growth.rounds, _EVERY):
        rounds = min(start + _EVERY, growth.rounds)
        for done in range(start, rounds):
            booster.update(data, done)
        now = float(booster.eval_set([(held_out, "")], rounds).rpartition(":")[2])
        if now < loss:
            best, loss = rounds, now
        elif rounds - best >= growth.patience:
            break
    return booster[: max(best, 1)], loss


def _prior_loss(target: Int | Float, prior: Float, weights: Float | None) -> float:
    """What the held-out rows lose without trees: log loss, or the root mean squared error."""
    if len(prior) > 1:
        return -float(np.average(prior[np.asarray(target, np.int64)], weights=weights))
    return float(np.sqrt(np.average(np.square(target), weights=weights)))


def _matrix(
    sample: Sample,
    target: Int | Float,
    prior: Float,
    bins: int,
    like: xgb.QuantileDMatrix | None,
) -> xgb.QuantileDMatrix:
    rows = len(target)
    start = np.broadcast_to(prior.astype(np.float32), (rows, len(prior)))
    matrix = xgb.QuantileDMatrix(
        sample.features,
        target,
        base_margin=np.ascontiguousarray(start),
        max_bin=bins,
        nthread=1,
        ref=like,
        enable_categorical=False,
    )
    if sample.weights is not None:  # only now: where a feature is cut should not hang on these
        matrix.set_info(weight=sample.weights)
    return matrix


def _reference(cuts: Sequence[Single], bins: int) -> xgb.QuantileDMatrix:
    """What XGBoost takes cuts from, which it would find anew for each matrix: a row a bin."""
    values = np.zeros((1 + max(len(own) for own in cuts), len(cuts)), np.float32)
    for f, own in enumerate(cuts):
        ladder = np.concatenate([[own[0] - 1 if len(own) else 0], own])
        values[:, f] = ladder[np.minimum(np.arange(len(values)), len(own))]
    return xgb.QuantileDMatrix(values, max_bin=bins, nthread=1, enable_categorical=False)
