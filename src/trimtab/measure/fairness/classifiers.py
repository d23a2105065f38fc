"""Fairness of the classifiers that a synthetic table makes, tested on real rows.

Parity is never shown alone: a classifier that says one class to everybody has it, and so has one
that knows nothing. Each score says the AUC, and there is no verdict on such classifiers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from trimtab._random import Key
from trimtab.measure.compare.comparison import Comparison
from trimtab.measure.evidence import Evidence
from trimtab.measure.fairness import families, gaps, measures
from trimtab.measure.fairness.arm_rates import ArmRates, arm_rates
from trimtab.measure.fairness.exhibits import means_exhibit, rates_exhibit
from trimtab.measure.fairness.rates import FEW_CASES, Members, members
from trimtab.measure.fairness.verdict import (
    DIFFERENCES,
    SHORTFALLS,
    Reference,
    Scale,
    Seen,
    column_sets,
    enough,
    extremes,
    judged,
    of_means,
    seen,
    small_groups,
    too_many,
)
from trimtab.measure.part import Part, once
from trimtab.measure.score import Exhibit, Findings, Measure, Score, Section, Verdict
from trimtab.measure.scorecard import figure
from trimtab.measure.utility.trial import NoTrial, TrialResult
from trimtab.predict.prediction import BOOSTING, REAL, SYNTHETIC, Prediction, Trial

_COVERS = "test rows drawn again"
_ALL_COVERED = "training rows and test rows drawn again"
_TRULY, _CALLED = "truly of the class", "predicted to be of the class"


@dataclass(frozen=True)
class _Kind:
    """A fairness figure of classifiers: its measure, what it compares, and how.

    scale    how large is too large
    among    which rows count, for texts; "" where all do
    """

    measure: Measure
    family: Callable[[ArmRates], families.Family]
    contrast: gaps.Contrast
    scale: Scale = DIFFERENCES
    among: str = ""


_KINDS = (
    _Kind(measures.DEMOGRAPHIC_PARITY_DIFFERENCE, families.parity, gaps.DIFFERENCE),
    _Kind(measures.DEMOGRAPHIC_PARITY_RATIO, families.parity, gaps.RATIO, SHORTFALLS),
    _Kind(measures.EQUALIZED_ODDS_DIFFERENCE, families.odds, gaps.DIFFERENCE, among=_TRULY),
    _Kind(measures.EQUALIZED_ODDS_RATIO, families.odds, gaps.RATIO, SHORTFALLS, _TRULY),
    _Kind(
        measures.EQUAL_OPPORTUNITY_DIFFERENCE,
        families.opportunity,
        gaps.DIFFERENCE,
        among=_TRULY,
    ),
    _Kind(
        measures.PREDICTIVE_PARITY_DIFFERENCE,
        families.predictive,
        gaps.DIFFERENCE,
        among=_CALLED,
    ),
    _Kind(measures.CALIBRATION_GAP, families.calibration, gaps.LARGEST),
)
_HEADLINES = (
    measures.DEMOGRAPHIC_PARITY_DIFFERENCE,
    measures.EQUALIZED_ODDS_DIFFERENCE,
    measures.MEAN_PREDICTION_DIFFERENCE,
)


def classifier_fairness(
    comparison: Comparison, trial: Trial | NoTrial, protected: Sequence[str], key: Key
) -> Findings:
    """How differently groups are treated by what was trained on the synthetic table.

    Each learner is tested on real rows, once trained on the synthetic and once on the real table
    (the arms). A gap is judged by what chance makes of it and by the gap of the real arm. Groups
    are those of each protected column, and of all of them together; `comparison` says what their
    values are called. The headlines are of boosted trees, for all protected columns together.
    Raises ColumnError for an unknown column, and where the target is protected.
    """
    findings = Findings()
    sets = column_sets(comparison, protected, trial.target)
    for columns in sets:
        headline = columns == sets[-1]
        because, within = _untestable(trial), None
        if isinstance(trial, Trial) and not because:
            within = members(comparison, columns, {"tested": trial.tested})["tested"]
            because = _incomparable(columns, within, trial.predictions[0])
        if because or within is None or isinstance(trial, NoTrial):
            findings += _missing(trial, columns, because, headline)
        else:
            key_of_set = key.child("classifier fairness", *columns)
            findings += _Set(trial, columns, within, headline, key_of_set).findings()
    return findings


def _missing(
    trial: Trial | NoTrial, columns: tuple[str, ...], because: str, headline: bool
) -> Findings:
    """The scores of a set of columns that cannot be computed."""
    predictions = trial.predictions if isinstance(trial, Trial) else ()
    used = [k.measure for k in _KINDS]
    if predictions and not predictions[0].classes:
        used = [measures.MEAN_PREDICTION_DIFFERENCE]
    where = _within(BOOSTING, SYNTHETIC)
    return Findings(
        scores=tuple(
            m.missing(because, about=columns, within=where, headline=headline and m in _HEADLINES)
            for m in used
        )
    )


def _untestable(trial: Trial | NoTrial) -> str:
    """Why there is nothing to judge; "" where there is."""
    if isinstance(trial, NoTrial):
        return trial.because
    if any(p.arm == SYNTHETIC for p in trial.predictions):
        return "" if trial.tested.rows else "there are no rows to test on"
    if isinstance(trial, TrialResult) and trial.arms[SYNTHETIC].because:
        return trial.arms[SYNTHETIC].because
    return "no learner was trained on the synthetic table"


def _incomparable(columns: tuple[str, ...], within: Members, example: Prediction) -> str:
    """Why groups cannot be compared; "" where they can."""
    if len(within.names) < 2:
        return f"all tested rows are in one group, {within.names[0]}"
    return too_many(columns, len(within.names), 2 * max(1, len(example.classes)))


def _known(skill: float) -> str:
    return figure(skill if np.isfinite(skill) else None)


def _within(learner: str, arm: str) -> str:
    return f"{learner}, trained on {arm} rows"


@dataclass(frozen=True)
class _Set:
    """The judgement of one set of protected columns."""

    trial: Trial
    columns: tuple[str, ...]
    within: Members
    headline: bool
    key: Key

    def findings(self) -> Findings:
        """All learners."""
        scores: list[Score] = []
        exhibits: list[Exhibit] = []
        notes: dict[str, None] = {}
        learners = dict.fromkeys(p.learner for p in self.trial.predictions)
        strongest = BOOSTING if BOOSTING in learners else next(iter(learners))
        for learner in learners:
            arms = {
                arm: arm_rates(
                    prediction, self.trial.positive, self.within, self._again(arm, learner)
                )
                for arm in (REAL, SYNTHETIC)
                if (prediction := self.trial.of(arm, learner)) is not None
            }
            scores += self._scores(learner, arms, self.headline and learner == strongest)
            exhibits.append(self._exhibit(learner, arms))
            for arm in arms.values():
                small = (small_groups(self.columns, what, names) for what, names in arm.small())
                notes |= dict.fromkeys(small)
        return Findings(scores=tuple(scores), exhibits=tuple(exhibits), notes=tuple(notes))

    def _again(self, arm: str, learner: str) -> tuple[Prediction, ...]:
        """What a learner says that was trained without each of some parts of its rows.

        () where the trial does not keep it.
        """
        refits = self.trial.refits[arm, learner] if isinstance(self.trial, TrialResult) else ()
        return tuple(refit.prediction for refit in refits)

    def _scores(
        self, learner: str, arms: Mapping[str, ArmRates], headline: bool
    ) -> Iterator[Score]:
        number = next(iter(arms.values())).predicted is not None
        for kind in (self._of_number(),) if number else _KINDS:
            by_arm = {
                name: seen(
                    family,
                    kind.contrast,
                    self.key.child(learner, kind.measure.name),
                    [kind.family(again) for again in arm.again],
                )
                for name, arm in arms.items()
                if (family := kind.family(arm)).usable
            }
            for name in arms:
                head = headline and name == SYNTHETIC and kind.measure in _HEADLINES
                yield self._score(kind, learner, name, arms, by_arm, head)
        if not number:
            yield from self._worst_auc(learner, arms)

    def _of_number(self) -> _Kind:
        """The figure of a target that is a number; what is large depends on its spread."""
        truth = self.trial.predictions[0].truth
        return _Kind(
            measures.MEAN_PREDICTION_DIFFERENCE,
            families.predictions,
            gaps.DIFFERENCE,
            of_means(float(np.std(truth))),
        )

    def _score(
        self,
        kind: _Kind,
        learner: str,
        name: str,
        arms: Mapping[str, ArmRates],
        by_arm: Mapping[str, Seen | None],
        headline: bool,
    ) -> Score:
        """The score of one arm, which names the other arm's figures."""
        arm, mine = arms[name], by_arm.get(name)
        about, within = self.columns, _within(learner, name)
        if mine is None:
            rows = f"tested rows that are {kind.among}" if kind.among else "that class predicted"
            because = f"fewer than two groups have {rows}"
            return kind.measure.missing(because, about=about, within=within, headline=headline)
        other_name = REAL if name == SYNTHETIC else SYNTHETIC
        other, theirs = arms.get(other_name), by_arm.get(other_name)
        reference, silent = None, ""
        if name == REAL:
            silent = "what training on real rows gives, for comparison"
        elif arm.silent:
            silent = f"{arm.silent}, so that no gap says anything"
        elif other is not None and theirs is not None and not other.silent:
            reference = Reference(theirs, "training on real rows", paired=True)
        family = kind.family(arm)
        beside = f" ({other_name} arm {_known(other.skill)})" if other is not None else ""
        notes = [f"{arm.said_skill}{beside}"]
        if reference is None and theirs is not None:
            notes.append(f"{other_name} arm {figure(theirs.gap.value)}")
        if other is not None and other.silent:
            notes.append(f"of training on {other_name} rows: {other.silent}")
        names = self.within.names
        notes.append(extremes(mine, family.figures, names, family.lines, enough(bool(kind.among))))
        return judged(
            kind.measure,
            mine,
            reference=reference,
            scale=kind.scale,
            silent=silent,
            n=self.trial.tested.rows,
            about=about,
            within=within,
            covers=_ALL_COVERED if arm.again else _COVERS,
            note="; ".join(notes),
            headline=headline,
        )

    def _worst_auc(self, learner: str, arms: Mapping[str, ArmRates]) -> Iterator[Score]:
        """The AUC of the worst group, against that of the real arm."""
        measure, by_arm = measures.WORST_GROUP_AUC, {}
        for name, arm in arms.items():
            family = families.misranking(arm)
            key = self.key.child(learner, measure.name)
            by_arm[name] = (family, gaps.largest_gap(family.figures, key))
        for name in arms:
            family, gap = by_arm[name]
            within = _within(learner, name)
            if gap is None:
                because = f"no group has {FEW_CASES} tested rows of the class and as many others"
                yield measure.missing(because, about=self.columns, within=within)
                continue
            real = by_arm[REAL][1] if name == SYNTHETIC and REAL in by_arm else None
            worst = gap.turned()
            line = f", {family.lines[gap.line]}" if family.lines else ""
            note = f"{self.within.names[gap.top]}{line}; over all rows {arms[name].said_skill}"
            score = measure.score(
                worst.value,
                n=self.trial.tested.rows,
                about=self.columns,
                within=within,
                interval=(worst.low, worst.high),
                covers=_COVERS,
                ceiling=None if real is None else 1 - real.value,
                note=note,
            )
            if real is None:  # there is nothing to be as good as
                none = {"verdict": Verdict.NONE, "beyond_doubt": False, "because": note}
                score = score.model_copy(update=none)
            yield score

    def _exhibit(self, learner: str, arms: Mapping[str, ArmRates]) -> Exhibit:
        """The rates of the class that is worst in the synthetic arm."""
        last = list(arms.values())[-1]
        if last.predicted is not None:
            means = {
                n: (a.within, a.truth, a.predicted) for n, a in arms.items() if a.truth is not None
            }
            return means_exhibit(self.columns, learner, means)
        selected = families.parity(last).figures.value
        worst = int(np.argmax([gaps.difference(line[None]) for line in selected]))
        rates = {name: arm.rates[worst] for name, arm in arms.items()}
        return rates_exhibit(self.columns, learner, rates, last.classes[worst])


def _judge(evidence: Evidence) -> Findings:
    protected = evidence.settings.protected
    if not protected or evidence.trial is None:
        return Findings()
    return classifier_fairness(evidence.sampled, evidence.trial, protected, evidence.key)


PART = Part(
    name="classifiers",
    phase="usefulness and fairness",
    section=Section.FAIRNESS,
    measures=measures.MEASURES,
    steps=once(_judge),
)
