"""Learning where a number lies: a cross-fitted regression of its normal score.

The prediction is out of fold for the rows it was trained on, so that what is learned on top of it
is not misled.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from trimtab._arrays import Float
from trimtab.model.trees.fit_boosting import Fold, Growth, fit_regressor
from trimtab.model.trees.location import Location
from trimtab.model.trees.sample import Sample

_RIDGE = 1.0


def fit_location(
    sample: Sample, scores: Float, target: Float, folds: Sequence[Fold], growth: Growth
) -> tuple[tuple[Location, ...], Float]:
    """The regressions of `target`, [rows], one a fold, and their out-of-fold predictions.

    scores  [rows, features] normal scores of the features
    """
    counted = np.ones(len(target)) if sample.weights is None else sample.weights
    slopes = [_slopes(scores[a], target[a], counted[a]) for a, _ in folds]
    start = np.stack([scores @ own[:-1] + own[-1] for own in slopes], axis=1)
    boostings, held_out = fit_regressor(sample, target, start, folds, growth)
    for k, (_, stop) in enumerate(folds):
        held_out[stop] += start[stop, k]
    pairs = zip(slopes, boostings, strict=True)
    return tuple(Location(own, boosting) for own, boosting in pairs), held_out


def _slopes(scores: Float, target: Float, weights: Float) -> Float:
    design = np.column_stack([scores, np.ones(len(scores))])
    left = design.T * weights
    gram = left @ design + _RIDGE * np.eye(design.shape[1])
    return np.asarray(np.linalg.solve(gram, left @ target))
