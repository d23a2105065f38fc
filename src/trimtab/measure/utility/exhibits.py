"""Facts for pictures of a trial: ROC curves, calibration, classification reports, importances."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from sklearn.metrics import precision_recall_fscore_support, roc_curve

from trimtab._arrays import Float
from trimtab.measure.chance.intervals import wilson
from trimtab.measure.score import Exhibit
from trimtab.measure.utility.trial import TrialResult
from trimtab.predict import classification
from trimtab.predict.prediction import REAL, SYNTHETIC, Prediction

_MAX_POINTS = 100  # of a curve


def trial_exhibits(trial: TrialResult) -> tuple[Exhibit, ...]:
    """All exhibits of a trial, learner by learner, with the arms that could be tried."""
    exhibits = []
    for learner in dict.fromkeys(prediction.learner for prediction in trial.predictions):
        arms = [prediction for prediction in trial.predictions if prediction.learner == learner]
        exhibits += list(_exhibits(trial, learner, arms))
    return tuple(exhibits)


def _exhibits(trial: TrialResult, learner: str, arms: list[Prediction]) -> Iterator[Exhibit]:
    def exhibit(name: str, title: str, columns: dict[str, list[Any]]) -> Exhibit:
        return Exhibit(
            name=name,
            title=title,
            about=(trial.target,),
            within=learner,
            columns=columns,
            rests_on=("real", "synthetic", *(("holdout",) if trial.heldout else ())),
        )

    if not trial.is_number:
        curves = [line for prediction in arms for line in _roc(trial, prediction)]
        if curves:
            which = "" if trial.positive is not None else ", mean over the classes"
            yield exhibit("roc", f"ROC curve{which}", _columns(("arm", "fpr", "tpr"), curves))
        what = "the positive class" if trial.positive is not None else "the most probable class"
        yield exhibit(
            "calibration",
            f"Stated and observed share of {what}",
            _columns(
                ("arm", "predicted", "observed", "low", "high", "rows"),
                [line for prediction in arms for line in _calibration(trial, prediction)],
            ),
        )
        yield exhibit(
            "classification report",
            f"Classification report, {_rule(trial, arms)}",
            _columns(
                ("arm", "class", "precision", "recall", "f1", "rows"),
                [line for prediction in arms for line in _report(prediction)],
            ),
        )
    importances = {
        prediction.arm: prediction.importance for prediction in arms if prediction.importance
    }
    names = list(next(iter(importances.values()), {}))
    if names:
        shares = {a: [importances.get(a, {}).get(n) for n in names] for a in (REAL, SYNTHETIC)}
        yield exhibit("importance", "How much each column says", {"column": names, **shares})


def _columns(names: tuple[str, ...], lines: list[tuple[Any, ...]]) -> dict[str, list[Any]]:
    return {name: [line[k] for line in lines] for k, name in enumerate(names)}


def _rule(trial: TrialResult, arms: list[Prediction]) -> str:
    if trial.positive is None:
        return "each row called its most probable class"
    cuts = ", ".join(f"{prediction.arm} {prediction.threshold:.2f}" for prediction in arms)
    return f"{trial.classes[trial.positive]} from the threshold chosen on training rows ({cuts})"


def _roc(trial: TrialResult, prediction: Prediction) -> Iterator[tuple[Any, ...]]:
    """Points of the curve; for more than two classes the mean of theirs (macro)."""
    classes = range(len(prediction.classes)) if trial.positive is None else [trial.positive]
    present = [c for c in classes if 0 < (prediction.truth == c).sum() < len(prediction.truth)]
    curves = [roc_curve(prediction.truth == c, prediction.probability[:, c])[:2] for c in present]
    if not curves:
        return
    if len(curves) == 1:
        rates = curves[0]
    else:
        grid = np.linspace(0, 1, _MAX_POINTS)
        rates = (grid, np.mean([np.interp(grid, *curve) for curve in curves], axis=0))
    for fpr, tpr in zip(*_thinned(*rates), strict=True):
        yield prediction.arm, fpr, tpr


def _thinned(fpr: Float, tpr: Float) -> tuple[Float, Float]:
    """At most so many points of a rising curve, evenly spaced along it, with both ends."""
    along = fpr + tpr
    chosen = np.unique(np.searchsorted(along, np.linspace(0, along[-1], _MAX_POINTS)))
    return fpr[chosen], tpr[chosen]


def _calibration(trial: TrialResult, prediction: Prediction) -> Iterator[tuple[Any, ...]]:
    """Mean stated probability and observed share of ten groups of rows, with 95 % intervals."""
    truth = prediction.truth.astype(np.int64)
    stated, positive = classification.stated(truth, prediction.probability, trial.positive)
    groups = classification.bins(stated)
    for group in np.unique(groups):
        own = groups == group
        rows, positives = int(own.sum()), float(positive[own].sum())
        yield (prediction.arm, stated[own].mean(), positives / rows, *wilson(positives, rows), rows)


def _report(prediction: Prediction) -> Iterator[tuple[Any, ...]]:
    """The lines of scikit-learn's classification report."""
    truth, predicted = prediction.truth, prediction.predicted
    options = {"labels": range(len(prediction.classes)), "zero_division": 0.0}
    parts = precision_recall_fscore_support(truth, predicted, **options)
    for name, precision, recall, f1, rows in zip(prediction.classes, *parts, strict=True):
        yield prediction.arm, name, precision, recall, f1, rows
    yield prediction.arm, "accuracy", None, None, np.mean(truth == predicted), len(truth)
    for average in ("macro", "weighted"):
        means = precision_recall_fscore_support(truth, predicted, average=average, **options)
        yield (prediction.arm, f"{average} avg", *means[:3], len(truth))
