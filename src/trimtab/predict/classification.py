"""Figures of predicted classes and probabilities, for many weightings of the rows at once.

`weights` has shape (draws, rows): how often each row counts in each draw. The first line may be all
1, which makes the first figure the one of the rows as they are. All results have shape (draws,).
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

from trimtab._arrays import Bool, Float, Int

BINS = 10  # of predicted probabilities, with equally many rows
_BLOCK = 32  # draws at a time, so that the work stays in cache


def ranking(score: Float, positive: Bool, weights: Float) -> tuple[Float, Float]:
    """The area under the ROC curve, and average precision; nan for draws with one class.

    score, positive   of each row, shape (rows,): higher scores say more for the positive class
    """
    order = np.argsort(-score, kind="stable")
    ends = np.flatnonzero(np.append(np.diff(score[order]) != 0, True))
    auc, precision = np.empty(len(weights)), np.empty(len(weights))
    for start in range(0, len(weights), _BLOCK):
        lines = weights[start : start + _BLOCK][:, order]
        total = np.cumsum(lines, axis=1)[:, ends]
        positives = np.cumsum(lines * positive[order], axis=1)[:, ends]
        negatives = total - positives
        gained = np.diff(positives, prepend=0.0, axis=1)
        # Where scores tie, half of the pairs count (Fawcett 2006).
        above = np.diff(negatives, prepend=0.0, axis=1) * (positives - gained / 2)
        n = len(lines)
        auc[start : start + n] = _ratio(above.sum(axis=1), positives[:, -1] * negatives[:, -1])
        means = (gained * positives / np.where(total > 0, total, 1.0)).sum(axis=1)
        precision[start : start + n] = _ratio(means, positives[:, -1] * (negatives[:, -1] > 0))
    return auc, precision


def macro_ranking(
    truth: Int, probability: Float, positive: int | None, weights: Float
) -> tuple[Float, Float]:
    """AUC and average precision of the positive class, or the means over classes against the rest.

    Classes that no row has are left out; nan where there are not two.
    """
    classes = range(probability.shape[1]) if positive is None else [positive]
    pairs = [
        ranking(probability[:, c], truth == c, weights)
        for c in classes
        if 0 < (truth == c).sum() < len(truth)
    ]
    if not pairs:
        nothing = np.full(len(weights), np.nan)
        return nothing, nothing
    aucs, precisions = (_mean(np.stack(f)) for f in zip(*pairs, strict=True))
    return aucs, precisions


def confusion(truth: Int, predicted: Int, classes: int, weights: Float) -> Float:
    """Weight of the rows of each true and predicted class, shape (draws, classes, classes)."""
    rows = len(truth)
    cells = sparse.csr_matrix(
        (np.ones(rows), (truth * classes + predicted, np.arange(rows))), (classes**2, rows)
    )
    return np.asarray((cells @ weights.T).T).reshape(-1, classes, classes)


def f1(counts: Float, positive: int | None) -> Float:
    """F1 of the positive class, or its mean over the classes that occur (macro)."""
    right = np.diagonal(counts, axis1=1, axis2=2)
    both = counts.sum(axis=1) + counts.sum(axis=2)
    # A class that no row has and none is said to have has no F1.
    scores = np.where(both > 0, 2 * _ratio(right, both), np.nan)
    return np.nan_to_num(scores[:, positive]) if positive is not None else _mean(scores.T)


def balanced_accuracy(counts: Float) -> Float:
    """The mean over classes of the share of their rows that is predicted right."""
    right = np.diagonal(counts, axis1=1, axis2=2)
    return _mean(_ratio(right, counts.sum(axis=2)).T)


def brier(truth: Int, probability: Float, positive: int | None, weights: Float) -> Float:
    """The mean squared difference between probability and truth (Brier 1950).

    For two classes of the positive one, in [0, 1]; for more the sum over classes, in [0, 2].
    """
    if positive is not None:
        losses = np.square(probability[:, positive] - (truth == positive))
    else:
        losses = np.square(probability - np.eye(probability.shape[1])[truth]).sum(axis=1)
    return np.asarray(weights @ losses / weights.sum(axis=1))


def stated(truth: Int, probability: Float, positive: int | None) -> tuple[Float, Bool]:
    """The probability that calibration is about, and whether it came true; shape (rows,).

    For two classes that of the positive one; for more that of the most probable one (Guo 2017).
    """
    if positive is not None:
        return probability[:, positive], truth == positive
    best = probability.argmax(axis=1)
    return probability[np.arange(len(truth)), best], best == truth


def bins(stated: Float) -> Int:
    """Bins of equally many rows by probability; equal probabilities share one. Shape (rows,)."""
    inner = np.unique(np.quantile(stated, np.arange(1, BINS) / BINS))
    return np.searchsorted(inner, stated, side="left").astype(np.int64)


def calibration_error(stated: Float, came_true: Bool, weights: Float) -> Float:
    """The mean gap between stated probability and observed share over bins of the probability."""
    places = bins(stated)
    gaps = sparse.csr_matrix(
        (stated - came_true, (places, np.arange(len(stated)))), (BINS, len(stated))
    )
    return np.asarray(np.abs(gaps @ weights.T).sum(axis=0)) / weights.sum(axis=1)


def calibration_noise(stated: Float, generator: np.random.Generator, draws: int = 400) -> float:
    """The 95 % point of the calibration error of probabilities that are exactly right."""
    spread = np.bincount(bins(stated), stated * (1 - stated), minlength=BINS)
    gaps = np.abs(generator.normal(size=(draws, BINS)) * np.sqrt(np.maximum(spread, 0)))
    return float(np.quantile(gaps.sum(axis=1), 0.95)) / max(1, len(stated))


def corrected(probability: Float, trained: Float, real: Float) -> Float:
    """Probabilities moved from the class shares of the training rows to the real ones.

    Every class's odds are multiplied by real share / training share (Saerens et al. 2002,
    section 2). A class that one of them lacks keeps its probability.
    """
    moved = probability * np.where((trained > 0) & (real > 0), _ratio(real, trained), 1.0)
    total = moved.sum(axis=1, keepdims=True)
    return np.where(total > 0, moved / np.where(total > 0, total, 1.0), probability)


def threshold(score: Float, positive: Bool, weights: Float) -> float:
    """The score from which on rows are best predicted positive, by F1. Shapes (rows,)."""
    order = np.argsort(-score, kind="stable")
    ends = np.flatnonzero(np.append(np.diff(score[order]) != 0, True))
    predicted = np.cumsum(weights[order])[ends]
    right = np.cumsum((weights * positive)[order])[ends]
    return float(score[order][ends[np.argmax(_ratio(2 * right, predicted + right[-1]))]])


def _ratio(above: Float, below: Float) -> Float:
    """nan-free where it can be: 0 / 0 is nan, and nothing is warned of."""
    quotient = np.full(np.broadcast_shapes(np.shape(above), np.shape(below)), np.nan)
    return np.divide(above, below, out=quotient, where=np.asarray(below) > 0)


def _mean(figures: Float) -> Float:
    """The mean over the first axis of what is not nan; nan where all is."""
    known = ~np.isnan(figures)
    return _ratio(np.where(known, figures, 0.0).sum(axis=0), known.sum(axis=0).astype(float))
