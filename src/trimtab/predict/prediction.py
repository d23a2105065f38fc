"""What learners said about real rows, trained on real rows or on synthetic ones."""

from __future__ import annotations

from dataclasses import dataclass, field

from trimtab._arrays import Float, Int
from trimtab.predict.sample import Sample

REAL, SYNTHETIC = "real", "synthetic"  # the arms: what a learner was trained on
FOREST, BOOSTING, LOGISTIC, LINEAR = (
    "random forest",
    "boosted trees",
    "logistic regression",
    "ridge regression",
)


@dataclass(frozen=True)
class Prediction:
    """One learner trained on one table, and what it says of the real rows it is tested on.

    arm           "real" or "synthetic": what it was trained on
    learner       its name, such as "boosted trees"
    classes       the texts of the target's classes; () for a number
    truth         codes into `classes`, or numbers; shape (rows,)
    probability   of each class, shape (rows, classes); (rows, 0) for a number
    predicted     codes into `classes`, or numbers; shape (rows,). For two classes by the tuned
                  threshold, else the most probable class
    threshold     of the positive class's probability, tuned on training rows; nan for others
    importance    how much each feature says, by name, summing to 1; {} where the learner has none
    """

    arm: str
    learner: str
    classes: tuple[str, ...]
    truth: Int | Float
    probability: Float
    predicted: Int | Float
    threshold: float = float("nan")
    importance: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Trial:
    """All predictions of one target, and the real rows that they are about.

    `positive` is the code of the class that a two-class target is about (the rarer one, unless it
    was named); None for more classes and for numbers. `tested` are the rows of truth and
    predicted, in the same order. `heldout` says whether the generator never saw them.
    """

    target: str
    positive: int | None
    tested: Sample
    heldout: bool
    predictions: tuple[Prediction, ...]

    def of(self, arm: str, learner: str) -> Prediction | None:
        """One learner's predictions in one arm, if there are any."""
        for prediction in self.predictions:
            if prediction.arm == arm and prediction.learner == learner:
                return prediction
        return None
