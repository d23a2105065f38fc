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
    made = []
    for learner in dict.fromkeys(said.learner for said in trial.predictions):
        arms = [said for said in trial.predictions if said.learner == learner]
        made += list(_exhibits(trial, learner, arms))
    return tuple(made)


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
        curves = [line for said in arms for line in _roc(trial, said)]
        if curves:
            which = "" if trial.positive is not None else ", mean over the classes"
            yield exhibit("roc", f"ROC curve{which}", _columns(("arm", "fpr", "tpr"), curves))
        what = "the positive class" if trial.positive is not None else "the most probable class"
        yield exhibit(
            "calibration",
            f"Stated and observed share of {what}",
            _columns(
                ("arm", "predicted", "observed", "low", "high", "rows"),
                [line for said in arms for line in _calibration(trial, said)],
            ),
        )
        yield exhibit(
            "classification report",
            f"Classification report, {_rule(trial, arms)}",
            _columns(
                ("arm", "class", "precision", "recall", "f1", "rows"),
                [line for said in arms for line in _report(said)],
            ),
        )
    found = {said.arm: said.importance for said in arms if said.importance}
    names = list(next(iter(found.values()), {}))
    if names:
        shares = {a: [found.get(a, {}).get(n) for n in names] for a in (REAL, SYNTHETIC)}
        yield exhibit("importance", "How much each column says", {"column": names, **shares})


def _columns(names: tuple[str, ...], lines: list[tuple[Any, ...]]) -> dict[str, list[Any]]:
    return {name: [line[k] for line in lines] for k, name in enumerate(names)}


def _rule(trial: TrialResult, arms: list[Prediction]) -> str:
    if trial.positive is None:
        return "each row called its most probable class"
    cuts = ", ".join(f"{said.arm} {said.threshold:.2f}" for said in arms)
    return f"{trial.classes[trial.positive]} from the threshold chosen on training rows ({cuts})"


def _roc(trial: TrialResult, said: Prediction) -> Iterator[tuple[Any, ...]]:
    """Points of the curve; for more than two classes the mean of theirs (macro)."""
    classes = range(len(said.classes)) if trial.positive is None else [trial.positive]
    held = [c for c in classes if 0 < (said.truth == c).sum() < len(said.truth)]
    curves = [roc_curve(said.truth == c, said.probability[:, c])[:2] for c in held]
    if not curves:
        return
    if len(curves) == 1:
        rates = curves[0]
    else:
        grid = np.linspace(0, 1, _MAX_POINTS)
        rates = (grid, np.mean([np.interp(grid, *curve) for curve in curves], axis=0))
    for fpr, tpr in zip(*_thinned(*rates), strict=True):
        yield said.arm, fpr, tpr


def _thinned(fpr: Float, tpr: Float) -> tuple[Float, Float]:
    """At most so many points of a rising curve, evenly spaced along it, with both ends."""
    along = fpr + tpr
    chosen = np.unique(np.searchsorted(along, np.linspace(0, along[-1], _MAX_POINTS)))
    return fpr[chosen], tpr[chosen]


def _calibration(trial: TrialResult, said: Prediction) -> Iterator[tuple[Any, ...]]:
    """Mean stated probability and observed share of ten groups of rows, with 95 % intervals."""
    truth = said.truth.astype(np.int64)
    stated, hit = classification.stated(truth, said.probability, trial.positive)
    groups = classification.bins(stated)
    for group in np.unique(groups):
        own = groups == group
        rows, hits = int(own.sum()), float(hit[own].sum())
        yield (said.arm, stated[own].mean(), hits / rows, *wilson(hits, rows), rows)


def _report(said: Prediction) -> Iterator[tuple[Any, ...]]:
    """The lines of scikit-learn's classification report."""
    truth, called = said.truth, said.predicted
    asked = {"labels": range(len(said.classes)), "zero_division": 0.0}
    parts = precision_recall_fscore_support(truth, called, **asked)
    for name, precision, recall, f1, rows in zip(said.classes, *parts, strict=True):
        yield said.arm, name, precision, recall, f1, rows
    yield said.arm, "accuracy", None, None, np.mean(truth == called), len(truth)
    for average in ("macro", "weighted"):
        means = precision_recall_fscore_support(truth, called, average=average, **asked)
        yield (said.arm, f"{average} avg", *means[:3], len(truth))
