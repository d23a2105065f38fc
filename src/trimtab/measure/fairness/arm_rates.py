"""What one learner of a trial does in each group of the tested rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from sklearn.metrics import r2_score

from trimtab.measure.fairness.rates import (
    FEW_CASES,
    FEW_ROWS,
    GroupRates,
    Mean,
    Members,
    group_rates,
    means,
    ranking,
)
from trimtab.measure.scorecard import figure
from trimtab.predict.prediction import Prediction


@dataclass(frozen=True)
class ArmRates:
    """One learner, trained on the rows of one arm.

    classes   that are looked at, one against the others: the positive one of two, or all
    rates     of each of them
    truth, predicted   means, for a target that is a number; None for others
    skill     AUC, its mean over classes, or R2
    silent    why parity says nothing of it; "" where it does
    again     the same learner, trained without each of some parts of its rows; () if not known
    """

    name: str
    within: Members
    classes: tuple[str, ...]
    rates: tuple[GroupRates, ...]
    truth: Mean | None
    predicted: Mean | None
    skill: float
    silent: str
    again: tuple[ArmRates, ...] = ()

    @property
    def said_skill(self) -> str:
        """The skill with its name."""
        known = self.skill if np.isfinite(self.skill) else None
        return f"{'AUC' if self.classes else 'R2'} {figure(known)}"

    def small(self) -> Iterator[tuple[str, list[str]]]:
        """Which groups are small, and in what."""
        names, rows = self.within.names, self.within.counts
        few = [f"{n} ({r})" for n, r in zip(names, rows, strict=True) if 0 < r < FEW_ROWS]
        if few:
            yield f"groups of fewer than {FEW_ROWS} tested rows", few
        if len(self.classes) == 1:
            cases = self.rates[0].positives
            short = (rows >= FEW_ROWS) & (cases < FEW_CASES)
            lacking = [f"{names[g]} ({cases[g]})" for g in np.flatnonzero(short)]
            if lacking:
                what = f"fewer than {FEW_CASES} of them truly of the class {self.classes[0]!r}"
                yield f"groups of {FEW_ROWS} tested rows or more, but {what}", lacking


def arm_rates(
    said: Prediction, positive: int | None, within: Members, again: Sequence[Prediction] = ()
) -> ArmRates:
    """A prediction by group.

    again   the predictions of the same learner, trained without each of some parts of its rows
    """
    arm = _of_number(said, within) if not said.classes else _of_classes(said, positive, within)
    parts = (
        replace(arm, rates=_rates(other, positive, within, ranked=False))
        if other.classes
        else replace(arm, predicted=means(other.predicted.astype(np.float64), within))
        for other in again
    )
    return replace(arm, again=tuple(parts))


def _rates(
    prediction: Prediction, positive: int | None, within: Members, ranked: bool
) -> tuple[GroupRates, ...]:
    return tuple(
        group_rates(
            prediction.truth == c,
            prediction.predicted == c,
            prediction.probability[:, c],
            within,
            ranked,
        )
        for c in _codes(prediction, positive)
    )


def _codes(prediction: Prediction, positive: int | None) -> Sequence[int]:
    """The classes that are looked at."""
    return range(len(prediction.classes)) if positive is None else (positive,)


def _of_classes(prediction: Prediction, positive: int | None, within: Members) -> ArmRates:
    codes = _codes(prediction, positive)
    rates = _rates(prediction, positive, within, ranked=True)
    everybody = replace(within, names=("all",), codes=np.zeros(len(within.codes), np.int64))
    ranked = [
        ranking(prediction.truth == c, prediction.probability[:, c], everybody) for c in codes
    ]
    aucs = np.array([r.value[0] for r in ranked])
    silent = ""
    if len(predicted := np.unique(prediction.predicted)) == 1:
        silent = f"it predicts {prediction.classes[int(predicted[0])]!r} for every row"
    elif not any(r.low[0] > 0.5 for r in ranked):
        silent = "it ranks rows no better than chance would"
    classes = tuple(prediction.classes[c] for c in codes)
    skill = float(aucs[np.isfinite(aucs)].mean()) if np.isfinite(aucs).any() else float("nan")
    return ArmRates(prediction.arm, within, classes, rates, None, None, skill, silent)


def _of_number(prediction: Prediction, within: Members) -> ArmRates:
    truth, outputs = (v.astype(np.float64) for v in (prediction.truth, prediction.predicted))
    varies = np.ptp(truth) > 0
    skill = (
        float(r2_score(truth, outputs, sample_weight=within.weights)) if varies else float("nan")
    )
    silent = ""
    if np.ptp(outputs) == 0:
        silent = "it predicts one number for every row"
    elif not skill > 0:
        silent = "it predicts no better than the mean would"
    observed, predicted = means(truth, within), means(outputs, within)
    return ArmRates(prediction.arm, within, (), (), observed, predicted, skill, silent)
