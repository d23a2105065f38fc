"""One outer fold: every arm and learner, choices made inside, figures taken on its test rows."""

from __future__ import annotations

import numpy as np
from pydantic import BaseModel, ConfigDict

from trimtab._arrays import Bool, Float
from trimtab._random import Key
from trimtab._run import Run
from trimtab.predict.calibration import PLATT, PRIOR, RAW, Bins, binned
from trimtab.study.balancing.arms.arm import Arm
from trimtab.study.balancing.copies import Copies, copied
from trimtab.study.balancing.protocol import Study
from trimtab.study.balancing.tails import Tail, tails_of
from trimtab.study.balancing.trained import TrainingRows, averaged, counted
from trimtab.study.engine.work import check
from trimtab.study.folds import splits
from trimtab.study.learners import Learner
from trimtab.study.metrics import PRECISION, Tuned, known, measured, ranked, tuned
from trimtab.study.question import Part, Training, UnableError

SHOWN = (RAW, PRIOR, PLATT)  # the calibration curves that are kept


class Rates(BaseModel):
    """What comes to one group of the test rows: how many, positive, called, and rightly called."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    column: str
    group: str
    rows: int
    positives: int
    called: int
    right: int


class Outcome(BaseModel):
    """One learner in one arm of one fold.

    ratio       that was chosen
    figures     by the names in `metrics.MEASURES`
    thresholds  by what they make best
    bins        calibration curves of raw and corrected probabilities
    rates       by protected column and group, at the threshold that makes the cost (or F1) best
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    arm: str
    learner: str
    ratio: float
    figures: dict[str, float | None]
    thresholds: dict[str, float]
    bins: dict[str, Bins]
    rates: tuple[Rates, ...] = ()


class FoldResult(BaseModel):
    """What one outer fold found.

    trained         the rows that learners were trained on, by arm: the mean over learners
    copies, tails   of the arms that add rows, by arm
    unable          why arms or learners are missing: (arm, learner or "", reason)
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    outcomes: tuple[Outcome, ...]
    trained: dict[str, tuple[TrainingRows, ...]] = {}
    copies: dict[str, Copies] = {}
    tails: dict[str, Tail] = {}
    unable: tuple[tuple[str, str, str], ...] = ()


def run_fold(study: Study, number: int, run: Run) -> FoldResult:
    """Run one outer fold. Raises what `check` raises."""
    train, test = (study.question.part(rows) for rows in study.split(number))
    key = study.key.child("outer", number)
    outcomes, trained, copies, tails, unable = [], {}, {}, {}, []
    for arm in study.arms:
        arm_fold = _ArmFold(study, arm, train, test, key, run)
        arm_outcomes, trainings = arm_fold.outcomes()
        rows = next(reversed(trainings.values()), None)
        outcomes += arm_outcomes
        if arm_outcomes:
            counts = {ratio: counted(t, train) for ratio, t in trainings.items()}
            trained[arm.name] = averaged([counts[o.ratio] for o in arm_outcomes])
        unable += arm_fold.unable
        if arm.adds and rows is not None and rows.added:
            copies[arm.name] = copied(rows, train, test)
            tails[arm.name] = tails_of(rows, train, test, key.child("tails"))
    return FoldResult(
        outcomes=tuple(outcomes),
        trained=trained,
        copies=copies,
        tails=tails,
        unable=tuple(unable),
    )


class _ArmFold:
    """One arm of one fold; collects what could not be done."""

    def __init__(self, study: Study, arm: Arm, train: Part, test: Part, key: Key, run: Run) -> None:
        self.study, self.arm, self.train, self.test = study, arm, train, test
        self.key, self.run = key.child(arm.name), run
        # The same for all arms, so that neither the splits nor a learner's own chance adds to their
        # differences.
        self.splitting, self.learning = key.child("inner"), key.child("learner")
        self.unable: list[tuple[str, str, str]] = []

    def outcomes(self) -> tuple[list[Outcome], dict[float, Training]]:
        """The outcomes, and the rows that learners were trained on, by ratio."""
        unseen = {ratio: self._out_of_fold(ratio) for ratio in self._ratios()}
        trainings: dict[float, Training] = {}
        outcomes = []
        for learner in self.study.learners:
            by_ratio = {r: u[learner.name] for r, u in unseen.items() if learner.name in u}
            if not by_ratio:
                continue
            ratio = _best_ratio(by_ratio, self.train.is_positive)
            try:
                if ratio not in trainings:
                    trainings[ratio] = self._rows(self.train, ratio, "outer")
                outcomes.append(self._outcome(learner, trainings[ratio], ratio, by_ratio[ratio]))
            except UnableError as error:
                self.unable.append((self.arm.name, learner.name, str(error)))
        return outcomes, trainings

    def _ratios(self) -> tuple[float, ...]:
        """Those to choose from: one, where nothing is changed whatever the ratio."""
        ratios = self.study.protocol.ratios
        if self.arm.adds:
            return ratios
        try:
            rows = self.arm.training(self.train, 1.0, self.key)
        except UnableError:  # is told of where it is carried out
            return ratios
        changed = rows.weights is not None or rows.sample is not self.train.sample
        return ratios if changed else (1.0,)

    def _rows(self, part: Part, ratio: float, where: str) -> Training:
        check(self.run)
        return self.arm.training(part, ratio, self.key.child(where, str(ratio)))

    def _out_of_fold(self, ratio: float) -> dict[str, Float]:
        """Each learner's probabilities of the training rows, told by one that did not see them."""
        protocol, probabilities = self.study.protocol, {}
        for learner in self.study.learners:
            probabilities[learner.name] = np.full(len(self.train.is_positive), np.nan)
        for k, (a, b) in enumerate(splits(self.train, protocol.inner, 1, self.splitting)):
            try:
                rows = self._rows(self.train.at(a), ratio, f"inner {k}")
            except UnableError as error:
                self.unable.append((self.arm.name, "", str(error)))
                return {}
            sample = self.train.at(b).sample
            for learner in self.study.learners:
                check(self.run)
                try:
                    key = self.learning.child("inner", k)
                    rank = learner.trained(self.train.features, rows, key)
                    probabilities[learner.name][b] = rank(sample)
                except UnableError as error:
                    self.unable.append((self.arm.name, learner.name, str(error)))
        return {name: p for name, p in probabilities.items() if np.isfinite(p).all()}

    def _outcome(self, learner: Learner, rows: Training, ratio: float, unseen: Float) -> Outcome:
        check(self.run)
        cost = self.study.protocol.cost
        rank = learner.trained(self.train.features, rows, self.learning.child("outer"))
        stated = rank(self.test.sample)
        chosen = tuned(unseen, self.train.is_positive, rows.share, cost)
        figures = measured(stated, self.test.is_positive, chosen, cost)
        predicted = stated >= chosen.thresholds["f1" if cost is None else "cost"]
        return Outcome(
            arm=self.arm.name,
            learner=learner.name,
            ratio=ratio,
            figures=known(figures),
            thresholds=dict(chosen.thresholds),
            bins=_bins(stated, self.test.is_positive, chosen),
            rates=_rates(self.test, predicted),
        )


def _best_ratio(unseen: dict[float, Float], positive: Bool) -> float:
    return max(unseen, key=lambda ratio: ranked(unseen[ratio], positive)[PRECISION])


def _bins(stated: Float, positive: Bool, chosen: Tuned) -> dict[str, Bins]:
    return {form: binned(chosen.maps[form](stated), positive) for form in SHOWN}


def _rates(test: Part, predicted: Bool) -> tuple[Rates, ...]:
    rates = []
    for column, texts in test.question.protected.items():
        groups = texts[test.positions]
        for group in sorted(set(groups)):
            member = groups == group
            rates.append(
                Rates(
                    column=column,
                    group=group,
                    rows=int(member.sum()),
                    positives=int((member & test.is_positive).sum()),
                    called=int((member & predicted).sum()),
                    right=int((member & predicted & test.is_positive).sum()),
                )
            )
    return tuple(rates)
