"""From which probability on rows are called positive, chosen on rows that were not trained on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from pydantic import ConfigDict, Field, ValidationError

from trimtab._arrays import Bool, Float
from trimtab._named import Named
from trimtab.errors import InputError

FIXED = 0.5
# What is worth how much, of right calls, wrong calls, all positives and all negatives.
Worth = Callable[[Float, Float, float, float], Float]


class Cost(Named):
    """What a wrong call costs: of a row falsely called positive, and of a positive row missed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    fp: float = Field(ge=0, allow_inf_nan=False)
    fn: float = Field(ge=0, allow_inf_nan=False)

    @property
    def threshold(self) -> float:
        """From which probability on it pays to call a row positive, if probabilities are right."""
        return self.fp / (self.fp + self.fn)


def cost_of(asked: Mapping[str, float] | None) -> Cost | None:
    """The costs that a caller names, {"fp": 1, "fn": 20}. Raises InputError."""
    if asked is None:
        return None
    try:
        cost = Cost.model_validate(dict(asked))
    except (ValidationError, TypeError, ValueError):
        raise InputError(
            f"cost = {asked!r}: expected what a false positive and a false negative cost, numbers "
            "of 0 or more, such as {'fp': 1, 'fn': 20}."
        ) from None
    if not cost.fp + cost.fn > 0:
        raise InputError(f"cost = {asked!r}: expected at least one cost above 0.")
    return cost


@dataclass(frozen=True)
class Calls:
    """What comes of calling rows positive: recall, precision, and what they make together."""

    recall: float
    precision: float
    f1: float
    balanced: float


def f1(right: Float, wrong: Float, positives: float, negatives: float) -> Float:
    """F1 of the positive class."""
    return np.asarray(2 * right / np.maximum(right + wrong + positives, 1))


def balanced(right: Float, wrong: Float, positives: float, negatives: float) -> Float:
    """Balanced accuracy."""
    return np.asarray((right / max(positives, 1) + 1 - wrong / max(negatives, 1)) / 2)


def saved(cost: Cost) -> Worth:
    """Minus the mean cost of a row."""

    def worth(right: Float, wrong: Float, positives: float, negatives: float) -> Float:
        lost = cost.fp * wrong + cost.fn * (positives - right)
        return np.asarray(-lost / max(positives + negatives, 1))

    return worth


def best(probability: Float, positive: Bool, worth: Worth) -> float:
    """The threshold at which calling is worth most; above 1 where calling none is best.

    Halfway to the next lower probability that occurs, so that it does not hang on one row's digits.
    """
    order = np.argsort(-probability, kind="stable")
    ranked = probability[order]
    ends = np.flatnonzero(np.append(np.diff(ranked) != 0, True))
    right = np.concatenate([[0.0], np.cumsum(positive[order])[ends]])
    wrong = np.concatenate([[0.0], np.cumsum(~positive[order])[ends]])
    chosen = int(np.argmax(worth(right, wrong, float(positive.sum()), float((~positive).sum()))))
    if not chosen:
        return float(np.nextafter(1.0, 2.0))
    at = ranked[ends[chosen - 1]]
    if chosen == len(ends):
        return 0.0  # calling all is best
    below = ranked[ends[chosen]]
    middle = (at + below) / 2
    return float(middle if middle > below else at)  # between neighbouring floats there is none


def calls(probability: Float, positive: Bool, threshold: float) -> Calls:
    """What comes of a threshold."""
    right, wrong, positives, negatives = counts(probability, positive, threshold)
    return Calls(
        recall=right / max(positives, 1),
        precision=right / (right + wrong) if right + wrong else 0.0,
        f1=float(f1(np.array(right), np.array(wrong), positives, negatives)),
        balanced=float(balanced(np.array(right), np.array(wrong), positives, negatives)),
    )


def counts(
    probability: Float, positive: Bool, threshold: float
) -> tuple[float, float, float, float]:
    """Right calls, wrong calls, positives and negatives."""
    predicted = probability >= threshold
    right, wrong = float((predicted & positive).sum()), float((predicted & ~positive).sum())
    return right, wrong, float(positive.sum()), float((~positive).sum())
