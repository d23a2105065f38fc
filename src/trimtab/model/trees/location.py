"""Where a number lies, given the columns before it: a cross-fitted regression of its normal score.

A ridge regression on the parents' normal scores carries the relations that hold far into the tails
(a Gaussian copula's conditional mean); boosted trees learn what it leaves. The prediction is out of
fold for the rows it was trained on, so that what is learned on top of it is not misled.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trimtab._arrays import Float
from trimtab.model.grid.grid import Features
from trimtab.model.trees.boosting import Boosting, Fold, Growth, fit_regressor

_RIDGE = 1.0


@dataclass(frozen=True)
class Location:
    """weights [parents + 1] of the ridge (the last is the constant), and the trees."""

    weights: Float
    boosting: Boosting

    def predict(self, features: Features, scores: Float) -> Float:
        """The predicted normal score of each row."""
        return ridge(scores, self.weights) + self.boosting.margins(features)[:, 0]


def expected(locations: Sequence[Location], features: Features, scores: Float) -> Float:
    """The normal score of each row that some locations predict on average."""
    return np.asarray(np.mean([at.predict(features, scores) for at in locations], axis=0))


def fit_location(
    features: Features,
    scores: Float,
    target: Float,
    folds: Sequence[Fold],
    growth: Growth,
    weights: Float | None = None,
) -> tuple[tuple[Location, ...], Float]:
    """The regressions of `target` on the parents, one a fold, and their out-of-fold predictions.

    `weights` of the rows, shape (rows,): all count alike if there are none.
    """
    counted = np.ones(len(target)) if weights is None else weights
    slopes = [_slopes(scores[a], target[a], counted[a]) for a, _ in folds]
    start = np.stack([ridge(scores, own) for own in slopes], axis=1)
    boostings, held_out = fit_regressor(features, target, start, folds, growth, weights)
    for k, (_, stop) in enumerate(folds):
        held_out[stop] += start[stop, k]
    pairs = zip(slopes, boostings, strict=True)
    return tuple(Location(own, boosting) for own, boosting in pairs), held_out


def ridge(scores: Float, weights: Float) -> Float:
    """What a ridge regression predicts, [rows].

    Summed parent by parent: a product of matrices would round as the number of rows has it.
    """
    total = np.full(len(scores), weights[-1])
    for j, weight in enumerate(weights[:-1]):
        total += scores[:, j] * weight
    return total


def _slopes(scores: Float, target: Float, weights: Float) -> Float:
    design = np.column_stack([scores, np.ones(len(scores))])
    left = design.T * weights
    gram = left @ design + _RIDGE * np.eye(design.shape[1])
    return np.asarray(np.linalg.solve(gram, left @ target))
