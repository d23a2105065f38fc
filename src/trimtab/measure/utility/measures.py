"""The measures of usefulness: what each is, and how much worse than real rows is still good."""

from __future__ import annotations

from trimtab.measure.score import Direction, Measure, Section, Split, Topic


def _measure(
    name: str,
    title: str,
    meaning: str,
    *,
    ideal: float | None,
    tolerance: float | None = None,
    alarm: float | None = None,
    lower: bool = False,
    source: str = "",
) -> Measure:
    return Measure(
        name=name,
        section=Section.USEFULNESS,
        topic=Topic.MODELS,
        split=Split.LEARNER,
        title=title,
        meaning=meaning,
        direction=Direction.LOWER if lower else Direction.HIGHER,
        ideal=ideal,
        tolerance=tolerance,
        alarm=alarm,
        source=source,
    )


_TSTR = "Esteban et al. 2017, arXiv 1706.02633, section 4.2"
LOSS_OF_AUC = _measure(
    "loss_of_auc",
    "AUC lost by synthetic training",
    "How much worse a learner ranks real rows if it was trained on the synthetic rows instead of "
    "real ones. Near 0 nothing is lost; 0.05 and more means that models made from this table are "
    "clearly worse than models made from real rows.",
    ideal=0.0,
    tolerance=0.02,
    alarm=0.05,
    lower=True,
    source=_TSTR,
)
LOSS_OF_R2 = _measure(
    "loss_of_r_squared",
    "R² lost by synthetic training",
    "How much less of the variance of real rows a learner explains if it was trained on the "
    "synthetic rows instead of real ones. Near 0 nothing is lost.",
    ideal=0.0,
    tolerance=0.05,
    alarm=0.15,
    lower=True,
    source=_TSTR,
)
AUC = _measure(
    "auc",
    "Ranking (AUC)",
    "How often a learner trained on the synthetic rows puts a real row of the class above one of "
    "another class (the mean over classes, if there are more than two). 0.5 is guessing.",
    ideal=1.0,
    tolerance=0.02,
    alarm=0.05,
    source="Fawcett 2006, Pattern Recognition Letters 27",
)
AVERAGE_PRECISION = _measure(
    "average_precision",
    "Average precision",
    "The share of true hits among the rows ranked highest, averaged over all hits. Guessing gets "
    "the share of the class, so that for a rare class even a small figure may be good.",
    ideal=1.0,
    tolerance=0.03,
    alarm=0.08,
    source="Davis and Goadrich 2006, ICML",
)
F1 = _measure(
    "f1",
    "Classes called right (F1)",
    "How well rows are called: the harmonic mean of precision and recall of the positive class, at "
    "the threshold that is best on training rows weighted to the real class shares; for more than "
    "two classes the mean over classes, each row called its most probable class.",
    ideal=1.0,
    tolerance=0.03,
    alarm=0.08,
    source="van Rijsbergen 1979, chapter 7",
)
BALANCED_ACCURACY = _measure(
    "balanced_accuracy",
    "Balanced accuracy of classes",
    "The share of rows called right, averaged over the classes, at the same threshold as F1. "
    "Guessing gets one over the number of classes.",
    ideal=1.0,
    tolerance=0.03,
    alarm=0.08,
    source="Brodersen et al. 2010, ICPR",
)
_BRIER = (
    "The mean squared difference between the stated probability and what is true. It is worse both "
    "if rows are ranked worse and if probabilities are too high or too low."
)
_CALIBRATION = (
    "How far stated probabilities are from what comes true, on average over ten groups of rows by "
    "probability: 0.1 means that of rows called 30 % likely about 20 or 40 % come true."
)
_SHIFTED = (
    " Here the odds are first multiplied by the ratio of the real class shares to the synthetic "
    "ones, because a table balanced on purpose moves all probabilities by that known factor."
)
BRIER = _measure(
    "brier_score",
    "Brier score",
    _BRIER,
    ideal=0.0,
    tolerance=0.01,
    alarm=0.03,
    lower=True,
    source="Brier 1950",
)
CALIBRATION = _measure(
    "calibration_error",
    "Calibration error",
    _CALIBRATION,
    ideal=0.0,
    tolerance=0.02,
    alarm=0.05,
    lower=True,
    source="Naeini et al. 2015, AAAI; for more than two classes Guo et al. 2017, ICML",
)
_SAERENS = "Saerens et al. 2002, Neural Computation 14"
BRIER_CORRECTED = BRIER.model_copy(
    update={
        "name": "brier_score_corrected",
        "title": "Brier score, class shares corrected",
        "meaning": _BRIER + _SHIFTED,
        "source": _SAERENS,
    }
)
CALIBRATION_CORRECTED = CALIBRATION.model_copy(
    update={
        "name": "calibration_error_corrected",
        "title": "Calibration error, class shares corrected",
        "meaning": _CALIBRATION + _SHIFTED,
        "source": _SAERENS,
    }
)
R_SQUARED = _measure(
    "r_squared",
    "Explained variance (R²)",
    "The share of the variance of real rows that a learner trained on the synthetic rows explains. "
    "0 is what always saying the mean gets; below 0 is worse than that.",
    ideal=1.0,
    tolerance=0.05,
    alarm=0.15,
)
ABSOLUTE_ERROR = _measure(
    "mean_absolute_error",
    "Mean absolute error",
    "How far the predicted number is from the true one on average, in the units of the target.",
    ideal=0.0,
    lower=True,
)
AGREEMENT = _measure(
    "importance_agreement",
    "Same columns matter",
    "Whether the same columns matter to boosted trees trained on synthetic rows as to those "
    "trained on real rows: the rank correlation of their importances (total gain). Far below what "
    "other real rows get, conclusions about which columns matter cannot be trusted.",
    ideal=1.0,
    tolerance=0.2,
    alarm=0.4,
)
MEASURES = (
    LOSS_OF_AUC,
    LOSS_OF_R2,
    AUC,
    AVERAGE_PRECISION,
    F1,
    BALANCED_ACCURACY,
    BRIER,
    CALIBRATION,
    BRIER_CORRECTED,
    CALIBRATION_CORRECTED,
    R_SQUARED,
    ABSOLUTE_ERROR,
    AGREEMENT,
)
