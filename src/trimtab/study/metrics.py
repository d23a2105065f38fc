"""What is measured of one learner's probabilities on test rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np

from trimtab._arrays import Bool, Float
from trimtab.predict import threshold
from trimtab.predict.calibration import (
    FORMS,
    ISOTONIC,
    PLATT,
    PRIOR,
    RAW,
    Map,
    calibration_error,
    isotonic,
    platt,
    prior_shift,
)
from trimtab.predict.classification import ranking
from trimtab.predict.threshold import FIXED, Cost, Worth

AUC, PRECISION = "auc", "average_precision"
# name -> (what people read, whether more is better, the difference that does not matter)
MEASURES: Mapping[str, tuple[str, bool | None, float]] = {
    AUC: ("AUC", True, 0.005),
    PRECISION: ("average precision", True, 0.01),
    "f1": ("F1, threshold tuned", True, 0.01),
    "balanced_accuracy": ("balanced accuracy, threshold tuned", True, 0.01),
    "recall": ("recall at the F1 threshold", None, 0.0),
    "precision": ("precision at the F1 threshold", None, 0.0),
    "cost": ("cost a row, threshold tuned", False, 0.0),
    "f1_at_half": ("F1 at .5", None, 0.0),
    "recall_at_half": ("recall at .5", None, 0.0),
    **{f"brier_{form}": (f"Brier score, {form}", False, 0.001) for form in FORMS},
    **{f"log_loss_{form}": (f"log loss, {form}", False, 0.005) for form in FORMS},
    **{f"slope_{form}": (f"calibration slope, {form}", None, 0.0) for form in FORMS},
    **{f"ratio_{form}": (f"stated / observed risk, {form}", None, 0.0) for form in FORMS},
}


@dataclass(frozen=True)
class Tuned:
    """What was chosen on training rows, each told by a learner that had not seen it.

    thresholds   by what they make best: "f1", "balanced_accuracy", "cost"
    maps         that calibrate probabilities, by name
    """

    thresholds: Mapping[str, float]
    maps: Mapping[str, Map]


def tuned(probability: Float, positive: Bool, trained: float, cost: Cost | None) -> Tuned:
    """Choose thresholds and maps.

    probability, positive   of training rows, out of fold, shape (rows,)
    trained                 share of the positive class where the learner was trained
    """
    worths: dict[str, Worth] = {"f1": threshold.f1, "balanced_accuracy": threshold.balanced}
    if cost is not None:
        worths["cost"] = threshold.saved(cost)
    return Tuned(
        {name: threshold.best(probability, positive, worth) for name, worth in worths.items()},
        {
            RAW: lambda p: p,
            PRIOR: prior_shift(trained, float(positive.mean())),
            PLATT: platt(probability, positive),
            ISOTONIC: isotonic(probability, positive),
        },
    )


def ranked(probability: Float, positive: Bool) -> dict[str, float]:
    """AUC and average precision of the positive class; nan where there is one class."""
    auc, precision = ranking(probability, positive, np.ones((1, len(positive))))
    return {AUC: float(auc[0]), PRECISION: float(precision[0])}


def known(figures: Mapping[str, float]) -> dict[str, float | None]:
    """Figures as JSON holds them: None for one that is not finite."""
    return {name: v if np.isfinite(v) else None for name, v in figures.items()}


def measured(
    probability: Float, positive: Bool, chosen: Tuned, cost: Cost | None
) -> dict[str, float]:
    """All figures of test rows, by the names in MEASURES."""
    figures = ranked(probability, positive)
    at = {name: threshold.calls(probability, positive, t) for name, t in chosen.thresholds.items()}
    half = threshold.calls(probability, positive, FIXED)
    figures |= {
        "f1": at["f1"].f1,
        "balanced_accuracy": at["balanced_accuracy"].balanced,
        "recall": at["f1"].recall,
        "precision": at["f1"].precision,
        "f1_at_half": half.f1,
        "recall_at_half": half.recall,
    }
    if cost is not None:
        right, wrong, *all_rows = threshold.counts(probability, positive, chosen.thresholds["cost"])
        figures["cost"] = -float(threshold.saved(cost)(np.array(right), np.array(wrong), *all_rows))
    for form, calibrate in chosen.maps.items():
        for name, value in asdict(calibration_error(calibrate(probability), positive)).items():
            figures[f"{name}_{form}"] = value
    return figures
