"""Learners trained on the rows of one arm of a trial, and what they say of real rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from trimtab._arrays import Float, Int
from trimtab._random import Key
from trimtab.measure.compare.target import Target
from trimtab.predict import classification
from trimtab.predict.figures import (
    SKILL,
    SKILL_OF_NUMBER,
    figures_of_classes,
    figures_of_numbers,
)
from trimtab.predict.learners import Model, fitted
from trimtab.predict.prediction import BOOSTING, REAL, SYNTHETIC, Prediction
from trimtab.predict.sample import Feature, Sample

TEST = "test"  # the rows that both arms are tested on
FOLDS = 4
MIN_TRAINED = 20


@dataclass(frozen=True)
class Arm:
    """What the learners of one arm were trained on.

    rows      how many
    shares    of the classes among them, shape (classes,); empty for a number
    because   why nothing could be trained; "" where it could
    """

    rows: int
    shares: Float
    because: str = ""


@dataclass(frozen=True)
class Refit:
    """A learner trained without a quarter of its rows.

    prediction   what it says of the tested rows
    figures      on the tested rows, by the name of their measure
    """

    prediction: Prediction
    figures: dict[str, float]

    @property
    def importance(self) -> dict[str, float]:
        """As in Prediction."""
        return self.prediction.importance


@dataclass(frozen=True)
class Trained:
    """One learner in one arm.

    refits   the same learner, trained without each of four parts of its rows
    skill    AUC or R2 on training rows, each of them predicted by the refit without it
    """

    prediction: Prediction
    refits: tuple[Refit, ...]
    skill: float


@dataclass(frozen=True)
class Training:
    """One target, what it is learned from, and the rows: of both arms, and TEST."""

    target: Target
    features: tuple[Feature, ...]
    samples: Mapping[str, Sample]
    key: Key

    def arm(self, arm: str) -> Arm:
        """What an arm is trained on, or why it cannot be."""
        sample = self.samples[arm]
        truth, because = self.target.of(sample), ""
        shares = np.zeros(0)
        what = "the synthetic table" if arm == SYNTHETIC else "the real rows to train on"
        verb = "has" if arm == SYNTHETIC else "have"
        if not self.target.is_number:
            shares = self.target.shares(truth.astype(np.int64))
            if (shares > 0).sum() == 1:
                only = self.target.classes[int(shares.argmax())]
                because = f"{what} {verb} only the class {only!r} of {self.target.feature.name}"
        if sample.rows < MIN_TRAINED:
            because = (
                f"{what} {verb} {sample.rows} rows with a known {self.target.feature.name}, too "
                f"few to learn from: {MIN_TRAINED} are needed"
            )
        return Arm(sample.rows, shares, because)

    def _fit(self, learner: str, train: Sample, key: Key) -> Model:
        classes = len(self.target.classes)
        return fitted(learner, self.features, train, self.target.of(train), classes, key=key)

    def trained(self, arm: str, learner: str, arms: Mapping[str, Arm]) -> Trained:
        """Train one learner on the rows of one arm, and test it."""
        train, tested = self.samples[arm], self.samples[TEST]
        truth, wanted = self.target.of(train), self.target.of(tested)
        key = self.key.child("learner")  # the same for both arms: their draws are alike
        folds = _folds(truth, self.target.is_number, train.people, self.key)
        unseen = np.zeros((train.rows, *self._shape))
        again = []
        for fold in range(FOLDS):
            out = folds == fold
            part = self._fit(learner, train.take(~out), key)
            unseen[out] = self._outputs(part, train.take(out))
            again.append((part.importance(), self._outputs(part, tested)))
        shares = arms[arm].shares, arms[REAL].shares
        refits = []
        for fold, (importance, outputs) in enumerate(again):
            kept = folds != fold
            cut = self._cut(truth[kept], unseen[kept], *shares)
            refit_prediction = self._prediction(arm, learner, outputs, cut, importance)
            figures = self._figures(wanted, outputs, refit_prediction.predicted, shares)
            refits.append(Refit(refit_prediction, figures))
        model = self._fit(learner, train, key)
        cut = self._cut(truth, unseen, *shares)
        prediction = self._prediction(
            arm, learner, self._outputs(model, tested), cut, model.importance()
        )
        out_of_fold = self._figures(truth, unseen, self._predicted(unseen, cut), shares)
        skill = out_of_fold[SKILL_OF_NUMBER if self.target.is_number else SKILL]
        return Trained(prediction, tuple(refits), skill)

    def _prediction(
        self, arm: str, learner: str, outputs: Float, cut: float, importance: dict[str, float]
    ) -> Prediction:
        """What a learner says of the tested rows, from its outputs for them."""
        number = self.target.is_number
        return Prediction(
            arm=arm,
            learner=learner,
            classes=self.target.classes,
            truth=self.target.of(self.samples[TEST]),
            probability=np.zeros((len(outputs), 0)) if number else outputs,
            predicted=self._predicted(outputs, cut),
            threshold=cut,
            importance=importance,
        )

    def fresh(self) -> tuple[dict[str, float], ...]:
        """Importance in boosted trees trained on the tested rows, then without each quarter."""
        tested = self.samples[TEST]
        key = self.key.child("fresh")
        folds = _folds(self.target.of(tested), self.target.is_number, tested.people, key)
        parts = [np.ones(tested.rows, bool), *(folds != fold for fold in range(FOLDS))]
        return tuple(
            self._fit(BOOSTING, tested.take(part), key).importance() for part in parts if part.any()
        )

    @property
    def _shape(self) -> tuple[int, ...]:
        """Of what a learner says of one row: one number, or a probability for each class."""
        return () if self.target.is_number else (len(self.target.classes),)

    def _outputs(self, model: Model, sample: Sample) -> Float:
        """Numbers, or probabilities of the classes."""
        if self.target.is_number:
            return np.asarray(model.predict(sample), np.float64)
        return model.probability(sample)

    def _predicted(self, outputs: Float, cut: float) -> Int | Float:
        """What rows are predicted as: numbers, or codes of classes."""
        positive = self.target.positive
        if self.target.is_number:
            return outputs
        if positive is None:
            return outputs.argmax(axis=1).astype(np.int64)
        return np.where(outputs[:, positive] >= cut, positive, 1 - positive).astype(np.int64)

    def _figures(
        self,
        truth: Int | Float,
        outputs: Float,
        predicted: Int | Float,
        shares: tuple[Float, Float],
    ) -> dict[str, float]:
        once = np.ones((1, len(truth)))
        if self.target.is_number:
            figures = figures_of_numbers(np.asarray(truth, np.float64), outputs, once)
        else:
            codes, predicted_codes = truth.astype(np.int64), predicted.astype(np.int64)
            figures = figures_of_classes(
                codes, outputs, predicted_codes, self.target.positive, shares, once
            )
        return {name: float(figure[0]) for name, figure in figures.items()}

    def _cut(self, truth: Int | Float, unseen: Float, shares: Float, real: Float) -> float:
        """The threshold, with the rows of each class weighted to its share in the real table.

        A table that was balanced on purpose is not punished for the shares it was asked to have.
        """
        if self.target.positive is None:
            return float("nan")
        codes = truth.astype(np.int64)
        weights = (real if (real > 0).all() else shares)[codes] / shares[codes]
        positive = codes == self.target.positive
        return classification.threshold(unseen[:, self.target.positive], positive, weights)


def _folds(truth: Int | Float, is_number: bool, people: Int | None, key: Key) -> Int:
    """The fold of each row: alike in classes, and with the rows of one person together."""
    generator = key.child("folds").generator()
    rows = len(truth)
    if people is not None and len(np.unique(people)) >= 2 * FOLDS:
        persons, inverse = np.unique(people, return_inverse=True)
        return (generator.permutation(len(persons)) % FOLDS)[inverse]
    order = np.lexsort((generator.random(rows), np.zeros(rows) if is_number else truth))
    folds = np.empty(rows, np.int64)
    folds[order] = np.arange(rows) % FOLDS
    return folds
