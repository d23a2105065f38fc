"""All figures of one learner's predictions, by the name of their measure."""

from __future__ import annotations

from trimtab._arrays import Float, Int
from trimtab.predict import classification, regression

SKILL, SKILL_OF_NUMBER = "auc", "r_squared"


def figures_of_classes(
    truth: Int,
    probability: Float,
    predicted: Int,
    positive: int | None,
    shares: tuple[Float, Float],
    weights: Float,
) -> dict[str, Float]:
    """Figures of a target with classes, each of shape (draws,).

    shares    of the classes in the rows that were trained on, and in the real ones
    weights   how often each row counts, shape (draws, rows)
    """
    auc, precision = classification.macro_ranking(truth, probability, positive, weights)
    counts = classification.confusion(truth, predicted, probability.shape[1], weights)
    figures = {
        SKILL: auc,
        "average_precision": precision,
        "f1": classification.f1(counts, positive),
        "balanced_accuracy": classification.balanced_accuracy(counts),
    }
    moved = classification.corrected(probability, *shares)
    for suffix, stated in (("", probability), ("_corrected", moved)):
        figures[f"brier_score{suffix}"] = classification.brier(truth, stated, positive, weights)
        figures[f"calibration_error{suffix}"] = classification.calibration_error(
            *classification.stated(truth, stated, positive), weights
        )
    return figures


def figures_of_numbers(truth: Float, predicted: Float, weights: Float) -> dict[str, Float]:
    """Figures of a target that is a number, each of shape (draws,)."""
    return {
        SKILL_OF_NUMBER: regression.r_squared(truth, predicted, weights),
        "mean_absolute_error": regression.absolute_error(truth, predicted, weights),
    }
