"""A trial: the same learners trained on real rows and on synthetic ones, tested on real rows.

Besides the models that are judged, every learner is trained four times more on three quarters of
its rows. That gives out-of-fold probabilities, by which thresholds and the best learner are chosen
without test rows, and shows how far the choice of training rows moves a figure (the delete-a-group
jackknife, Shao and Tu 1995, chapter 2).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from trimtab._random import Key
from trimtab.measure.compare.comparison import Comparison
from trimtab.measure.compare.target import OneValueError, Target, target_of
from trimtab.measure.utility.cross_fit import TEST, Arm, Refit, Training
from trimtab.predict.learners import CLASSIFIERS, REGRESSORS
from trimtab.predict.prediction import REAL, SYNTHETIC, Trial
from trimtab.predict.sample import Sample

MAX_TRAINED, MAX_TESTED = 30_000, 20_000  # rows


@dataclass(frozen=True)
class TrialResult(Trial):
    """A trial with what it rests on.

    classes   the texts of the target's classes; () for a number
    arms      by name
    refits    by arm and learner
    best      the learner that does best on real training rows that it was not trained on
    fresh     importance in boosted trees trained on the tested rows, what other real rows give;
              first on all of them, then without each of four parts
    notes     what was left out, sampled or put together
    """

    classes: tuple[str, ...]
    arms: Mapping[str, Arm]
    refits: Mapping[tuple[str, str], tuple[Refit, ...]]
    best: str
    fresh: tuple[dict[str, float], ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def is_number(self) -> bool:
        """Whether the target is predicted as a number."""
        return not self.classes


@dataclass(frozen=True)
class NoTrial:
    """Why there is no trial of a target."""

    target: str
    because: str


def run_trial(
    comparison: Comparison, target: str, key: Key, positive: str | None = None
) -> TrialResult | NoTrial:
    """Train on real and on synthetic rows, and test both on real rows.

    The rows to test on are the holdout, or a quarter of the real table. All delivered rows of the
    synthetic table are trained on. Weights of rows are not used: pass the unweighted comparison.
    Raises ColumnError for an unknown target, and for a `positive` that is no class of it.
    """
    features = tuple(f for f in comparison.features if f is not comparison[target])
    if comparison.augmented and comparison.holdout is None:
        return NoTrial(
            target,
            "the synthetic table contains real rows, and so the rows that it would be tested on: "
            "give real rows that it does not contain as the holdout",
        )
    if not features:
        return NoTrial(target, "there is no other column to predict it from")
    try:
        wanted = target_of(comparison, target, positive)
    except OneValueError as error:
        return NoTrial(target, str(error))
    trained, tested = comparison.parts(key)
    samples = {REAL: trained, SYNTHETIC: comparison.delivered, TEST: tested}
    samples, notes = _usable(wanted, samples, key)
    if not samples[TEST].rows:
        return NoTrial(target, "no row to test on has a known value of it")
    if comparison.holdout is None:
        notes += (
            f"{target} is predicted for a random quarter of the real table, which the generator "
            "has seen: this flatters the synthetic rows. Give a holdout to avoid it.",
        )
    training = Training(wanted, features, samples, key)
    return _result(training, comparison.holdout is not None, notes)


def _usable(
    target: Target, samples: dict[str, Sample], key: Key
) -> tuple[dict[str, Sample], tuple[str, ...]]:
    """The samples without rows whose target is missing or unknown, and not too large."""
    texts = {REAL: "real training", SYNTHETIC: "synthetic", TEST: TEST}
    used, missing, strange, sampled = {}, [], [], []
    for name, sample in samples.items():
        known, empty = target.known(sample), sample.missing(target.feature)
        if empty.any():
            missing.append(f"{empty.sum():,} of {sample.rows:,} {texts[name]} rows")
        if (~known & ~empty).any():
            strange.append(f"{(~known & ~empty).sum():,} of {sample.rows:,} {texts[name]} rows")
        most = MAX_TESTED if name == TEST else MAX_TRAINED
        usable = sample.take(known)
        used[name] = usable.sampled(most, key.child("sampled", name))
        if usable.rows > most:
            sampled.append(f"{most:,} of {usable.rows:,} {texts[name]} rows")
    what, notes = target.feature.name, list(target.notes)
    if missing:
        notes.append(f"{what} is missing in {', '.join(missing)}: they are left out of its trial.")
    if strange:
        notes.append(
            f"{what} has a value that the real table does not have in {', '.join(strange)}: they "
            "are left out of its trial."
        )
    if sampled:
        notes.append(f"The trial of {what} used {', '.join(sampled)}, chosen at random.")
    return used, tuple(notes)


def _result(training: Training, heldout: bool, notes: tuple[str, ...]) -> TrialResult:
    """All learners, trained in both arms."""
    target = training.target
    arms = {arm: training.arm(arm) for arm in (REAL, SYNTHETIC)}
    learners = REGRESSORS if target.is_number else CLASSIFIERS
    trained = {
        (arm, learner): training.trained(arm, learner, arms)
        for arm in arms
        for learner in learners
        if not arms[arm].because
    }
    skills = {learner: t.skill for (arm, learner), t in trained.items() if arm == REAL}
    return TrialResult(
        target=target.feature.name,
        positive=target.positive,
        tested=training.samples[TEST],
        heldout=heldout,
        predictions=tuple(t.prediction for t in trained.values()),
        classes=target.classes,
        arms=arms,
        refits={which: t.refits for which, t in trained.items()},
        best=max(learners, key=lambda name: skills.get(name, 0.0)),
        fresh=training.fresh(),
        notes=notes,
    )
