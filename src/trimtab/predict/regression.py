"""Figures of predicted numbers, for many weightings of the rows at once.

`weights` has shape (draws, rows), as for classification. All results have shape (draws,).
"""

from __future__ import annotations

import numpy as np

from trimtab._arrays import Float


def r_squared(truth: Float, predicted: Float, weights: Float) -> Float:
    """The share of the variance that is explained; nan where the truth does not vary."""
    total = weights.sum(axis=1)
    # Centred first: the variance of large numbers drowns in rounding otherwise.
    centred = truth - truth.mean()
    mean = weights @ centred / total
    spread = weights @ np.square(centred) / total - np.square(mean)
    missed = weights @ np.square(truth - predicted) / total
    ratio = np.full(len(weights), np.nan)
    return 1 - np.divide(missed, spread, out=ratio, where=spread > 0)


def absolute_error(truth: Float, predicted: Float, weights: Float) -> Float:
    """The mean distance between predicted and true numbers."""
    return np.asarray(weights @ np.abs(truth - predicted) / weights.sum(axis=1))
