"""Usefulness: what a learner loses when it is trained on synthetic rows instead of real ones.

Train on synthetic, test on real, against train on real, test on real (Esteban et al. 2017).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.stats import spearmanr

from trimtab._arrays import Float
from trimtab._random import Key
from trimtab.measure.chance.bootstrap import jackknife_variance, percentiles, redrawn_rows
from trimtab.measure.chance.intervals import Z
from trimtab.measure.evidence import Evidence
from trimtab.measure.part import Part, once
from trimtab.measure.score import Direction, Findings, Measure, Score, Section
from trimtab.measure.utility.cross_fit import MIN_TRAINED
from trimtab.measure.utility.exhibits import trial_exhibits
from trimtab.measure.utility.measures import (
    ABSOLUTE_ERROR,
    AGREEMENT,
    AUC,
    AVERAGE_PRECISION,
    BALANCED_ACCURACY,
    BRIER,
    BRIER_CORRECTED,
    CALIBRATION,
    CALIBRATION_CORRECTED,
    F1,
    LOSS_OF_AUC,
    LOSS_OF_R2,
    MEASURES,
    R_SQUARED,
)
from trimtab.measure.utility.trial import NoTrial, TrialResult
from trimtab.predict import classification
from trimtab.predict.figures import figures_of_classes, figures_of_numbers
from trimtab.predict.prediction import BOOSTING, REAL, SYNTHETIC, Prediction

OF_CLASSES = (
    AUC,
    AVERAGE_PRECISION,
    F1,
    BALANCED_ACCURACY,
    BRIER,
    BRIER_CORRECTED,
    CALIBRATION,
    CALIBRATION_CORRECTED,
)
OF_NUMBERS = (R_SQUARED, ABSOLUTE_ERROR)
_MIN_COLUMNS = 3  # whose importances have an order worth comparing
_UNLIKE_SIZES = 1.5
_UNLIKE_ODDS = 1.25
_UNLIKE_SHARES = 0.05
_TESTED = "test rows drawn again"
_BOTH = "the difference to real training, training and test rows drawn again"


def utility(trial: TrialResult | NoTrial, key: Key) -> Findings:
    """What is lost by training on synthetic rows, for every learner of a trial.

    The value of every score is the synthetic arm's, its ceiling the real arm's. The headline is
    the loss of AUC (of R2 for a number) of the learner that does best on real training rows.

    Intervals are of the difference between the arms, so that one holds the ceiling where real
    training may be no better. They are normal, with the larger of two variances: over test rows
    (bootstrap, both arms on the same rows), and over training rows (delete-a-group jackknife of
    both arms on the same test rows). For a table as good as real rows the second has the first in
    it, because the arms err independently of each other; their sum would count it twice.
    """
    if isinstance(trial, NoTrial):
        missing = LOSS_OF_AUC.missing(trial.because, about=(trial.target,), headline=True)
        return Findings(scores=(missing,))
    loss, measures = (LOSS_OF_R2, OF_NUMBERS) if trial.is_number else (LOSS_OF_AUC, OF_CLASSES)
    about, because = (trial.target,), trial.arms[SYNTHETIC].because
    scores: list[Score] = []
    if because:
        scores.append(_nothing_learned(trial, loss, measures[0], key))
        scores += [m.missing(because, about=about) for m in (*measures, AGREEMENT)]
    else:
        weights = redrawn_rows(trial.tested, key.child("test rows"))
        for prediction in trial.predictions:
            if prediction.arm == SYNTHETIC:
                other = trial.of(REAL, prediction.learner)
                real = {} if other is None else _figures(trial, other, weights)
                arms = _Arms(trial, prediction.learner, _figures(trial, prediction, weights), real)
                scores.append(_lost(arms, loss, measures[0]))
                scores += [_scored(arms, m, prediction, key) for m in measures]
        scores.append(_agreement(trial))
    notes = (*trial.notes, *_notes(trial))
    return Findings(scores=tuple(scores), exhibits=trial_exhibits(trial), notes=notes)


@dataclass(frozen=True)
class _Arms:
    """The figures of one learner in both arms, for the tested rows and for rows drawn again.

    synthetic, real   by the name of the measure, shape (1 + draws,); `real` is {} without that arm
    """

    trial: TrialResult
    learner: str
    synthetic: dict[str, Float]
    real: dict[str, Float]

    def reach(self, name: str) -> float:
        """Half of the 95 % interval of the difference between the arms."""
        differences = (self.synthetic[name] - self.real[name])[1:]
        known = differences[~np.isnan(differences)]
        tested = float(known.var()) if len(known) else 0.0
        refits = [self.trial.refits[arm, self.learner] for arm in (REAL, SYNTHETIC)]
        trained = sum(jackknife_variance([r.figures[name] for r in again]) for again in refits)
        return Z * float(np.sqrt(max(tested, trained)))


def _figures(trial: TrialResult, prediction: Prediction, weights: Float) -> dict[str, Float]:
    """All figures of one learner in one arm."""
    if trial.is_number:
        truth, predicted = (
            np.asarray(v, np.float64) for v in (prediction.truth, prediction.predicted)
        )
        return figures_of_numbers(truth, predicted, weights)
    codes, predicted_codes = (v.astype(np.int64) for v in (prediction.truth, prediction.predicted))
    shares = trial.arms[prediction.arm].shares, trial.arms[REAL].shares
    return figures_of_classes(
        codes, prediction.probability, predicted_codes, trial.positive, shares, weights
    )


def _scored(arms: _Arms, measure: Measure, prediction: Prediction, key: Key) -> Score:
    """The score of one figure, with what real rows get as the ceiling."""
    trial, figures = arms.trial, arms.synthetic[measure.name]
    value, ceiling = float(figures[0]), None
    interval, covers = percentiles(figures[1:]), _TESTED
    if arms.real:
        ceiling, covers = float(arms.real[measure.name][0]), _BOTH
        reach = arms.reach(measure.name)
        interval = _within_range(measure, value - reach, value + reach)
    else:
        # Without real rows to compare with there is nothing to judge by.
        measure = measure.model_copy(update={"tolerance": None})
    return measure.score(
        value,
        n=trial.tested.rows,
        about=(trial.target,),
        within=arms.learner,
        interval=interval,
        covers=covers,
        ceiling=ceiling,
        noise=_noise(trial, measure, prediction, key),
        note=_note(trial, measure) if np.isfinite(value) else _undefined(trial),
    )


def _within_range(measure: Measure, low: float, high: float) -> tuple[float, float]:
    """An interval without the values beyond the best one that there are not."""
    ideal = measure.ideal or 0.0
    return (low, min(high, ideal)) if measure.direction is Direction.HIGHER else (max(low, 0), high)


def _noise(trial: TrialResult, measure: Measure, prediction: Prediction, key: Key) -> float | None:
    """The calibration error that exact probabilities would show; None for other figures."""
    if measure.name not in (CALIBRATION.name, CALIBRATION_CORRECTED.name):
        return None
    probability = prediction.probability
    if measure.name == CALIBRATION_CORRECTED.name:
        shares = trial.arms[prediction.arm].shares, trial.arms[REAL].shares
        probability = classification.corrected(probability, *shares)
    stated, _ = classification.stated(
        prediction.truth.astype(np.int64), probability, trial.positive
    )
    generator = key.child("calibration", prediction.learner, measure.name).generator()
    return classification.calibration_noise(stated, generator)


def _undefined(trial: TrialResult) -> str:
    if trial.is_number:
        return "the target does not vary in the rows to test on"
    return "the rows to test on hold only one class"


def _note(trial: TrialResult, measure: Measure) -> str:
    """What to compare a figure with that even a constant prediction gets."""
    if measure.name not in (BRIER.name, BRIER_CORRECTED.name):
        return ""
    truth = trial.predictions[0].truth.astype(np.int64)
    shares = np.bincount(truth, minlength=len(trial.classes)) / len(truth)
    same = np.repeat(shares[None, :], len(truth), axis=0)
    once = np.ones((1, len(truth)))
    constant = float(classification.brier(truth, same, trial.positive, once)[0])
    return f"always stating the class shares gets {constant:.3f}"


def _lost(arms: _Arms, loss: Measure, skill: Measure) -> Score:
    """What one learner loses by synthetic training."""
    trial = arms.trial
    about, headline = (trial.target,), arms.learner == trial.best

    def missing(because: str) -> Score:
        return loss.missing(because, about=about, within=arms.learner, headline=headline)

    if not arms.real:
        return missing(trial.arms[REAL].because)
    real, synthetic = arms.real[skill.name], arms.synthetic[skill.name]
    value = float(real[0] - synthetic[0])
    if not np.isfinite(value):
        return missing(_undefined(trial))
    best = percentiles(real[1:])
    if best is None or best[0] <= (0.0 if trial.is_number else 0.5):
        return missing(
            f"real rows do not predict {trial.target} either ({skill.title} {real[0]:.3f}), so "
            "there is nothing to lose: choose another target"
        )
    reach = arms.reach(skill.name)
    return loss.score(
        value,
        n=trial.tested.rows,
        about=about,
        within=arms.learner,
        interval=(value - reach, value + reach),
        covers=_BOTH,
        headline=headline,
        note=f"trained on real rows {real[0]:.3f}, on synthetic rows {synthetic[0]:.3f}",
    )


def _nothing_learned(trial: TrialResult, loss: Measure, skill: Measure, key: Key) -> Score:
    """What is lost where synthetic rows train no learner: all that real rows teach.

    A guess that is the same for every row is what is left.
    """
    arm, other = trial.arms[SYNTHETIC], trial.of(REAL, trial.best)
    about, because = (trial.target,), arm.because
    if other is None or arm.rows < MIN_TRAINED:
        return loss.missing(because, about=about, headline=True)
    real = _figures(trial, other, redrawn_rows(trial.tested, key.child("test rows")))[skill.name]
    constant, ends = 0.0 if trial.is_number else 0.5, percentiles(real[1:])
    if ends is None or ends[0] <= constant or not np.isfinite(real[0]):
        return loss.missing(because, about=about, headline=True)
    return loss.score(
        float(real[0]) - constant,
        n=trial.tested.rows,
        about=about,
        within=trial.best,
        interval=(ends[0] - constant, ends[1] - constant),
        covers=_TESTED,
        headline=True,
        note=f"{because}, which teaches no more than one guess for all rows; trained on real rows "
        f"{real[0]:.3f}",
    )


def _agreement(trial: TrialResult) -> Score:
    """Whether the same columns matter in both arms."""
    about, within = (trial.target,), BOOSTING
    arms = [trial.of(arm, BOOSTING) for arm in (REAL, SYNTHETIC)]
    real, synthetic = ({} if a is None else a.importance for a in arms)
    if len(real) < _MIN_COLUMNS or not synthetic:
        because = (
            f"boosted trees of both arms must use columns, of which there must be at least "
            f"{_MIN_COLUMNS}: they are {len(real)} in the real arm, {len(synthetic)} in the other"
        )
        return AGREEMENT.missing(because, about=about, within=within)
    fresh, *parts = trial.fresh or ({},)
    ours = [r.importance for r in trial.refits[REAL, BOOSTING]]
    theirs = [r.importance for r in trial.refits[SYNTHETIC, BOOSTING]]
    value, ceiling = _correlation(real, synthetic), _correlation(real, fresh) if fresh else None
    # Of the difference to the ceiling, in which the real arm stands on both sides.
    redrawn = [
        [_correlation(real, other) for other in theirs],
        [_correlation(real, other) for other in parts],
        [_correlation(own, synthetic) - _correlation(own, fresh) for own in ours],
    ]
    reach = Z * float(np.sqrt(sum(jackknife_variance(correlations) for correlations in redrawn)))
    return AGREEMENT.score(
        value,
        n=len(real),
        about=about,
        within=within,
        interval=(max(-1.0, value - reach), min(1.0, value + reach)),
        covers=_BOTH,
        ceiling=ceiling,
        note=f"over {len(real)} columns",
    )


def _correlation(one: dict[str, float], other: dict[str, float]) -> float:
    """Spearman's rank correlation of importances; 0 where all columns of one say alike."""
    ours = np.array(list(one.values()))
    theirs = np.array([other.get(name, 0.0) for name in one])
    if not len(ours) or np.ptp(ours) == 0 or np.ptp(theirs) == 0:
        return 0.0
    return float(np.clip(spearmanr(ours, theirs).statistic, -1, 1))


def _notes(trial: TrialResult) -> Iterator[str]:
    """What makes the arms unlike besides the rows themselves."""
    real, synthetic = trial.arms[REAL], trial.arms[SYNTHETIC]
    if real.because or synthetic.because:
        reasons = [a.because for a in (real, synthetic) if a.because]
        yield f"No learner of {trial.target} could be trained: {'; '.join(reasons)}."
        return
    if max(real.rows, synthetic.rows) > _UNLIKE_SIZES * min(real.rows, synthetic.rows):
        yield (
            f"{trial.target} is learned from {real.rows:,} real and from {synthetic.rows:,} "
            "synthetic rows: a part of the difference is due to their number."
        )
    if trial.positive is not None:
        own, shifted = (float(a.shares[trial.positive]) for a in (real, synthetic))
        factor = shifted / (1 - shifted) / (own / (1 - own))
        if max(factor, 1 / factor) > _UNLIKE_ODDS:
            yield (
                f"{trial.classes[trial.positive]!r} is {shifted:.1%} of the synthetic rows and "
                f"{own:.1%} of the real ones, which alone multiplies the odds that a learner of "
                f"{trial.target} states by {factor:.3g}. Corrected figures divide by it."
            )
    elif not trial.is_number:
        moved = float(np.abs(real.shares - synthetic.shares).sum() / 2)
        if moved > _UNLIKE_SHARES:
            yield (
                f"The classes of {trial.target} have other shares in the synthetic rows (total "
                f"variation {moved:.2f}), which alone moves the probabilities that a learner "
                "states. Corrected figures move them back."
            )


def _judge(evidence: Evidence) -> Findings:
    return Findings() if evidence.trial is None else utility(evidence.trial, evidence.key)


PART = Part(
    name="utility",
    phase="usefulness and fairness",
    section=Section.USEFULNESS,
    measures=MEASURES,
    steps=once(_judge),
)
