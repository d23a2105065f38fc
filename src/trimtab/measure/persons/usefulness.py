"""What learners make of synthetic persons: the next row of a real person, and its outcome."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from trimtab._arrays import Bool, Float, Int
from trimtab._random import Key
from trimtab.measure.chance.bootstrap import percentiles, redrawn_rows
from trimtab.measure.evidence import Evidence
from trimtab.measure.part import Part, Step
from trimtab.measure.persons.aggregates import as_rows, with_rows_before
from trimtab.measure.persons.histories import MIN_PERSONS, Histories, Persons, too_few
from trimtab.measure.persons.measures import NEXT, NEXT_LOST, OUTCOME_LOST
from trimtab.measure.score import Findings, Score, Section
from trimtab.predict import classification, regression
from trimtab.predict.learners import NUMBER, fitted
from trimtab.predict.prediction import FOREST, REAL, SYNTHETIC
from trimtab.predict.sample import MISSING, Feature, Sample

_MOST_ROWS = 6000  # of each table, by whole persons
_MIN_TRAINED, _MIN_TESTED = 50, 30  # rows
_CLASSES = 8  # the most frequent ones of a label; the rest are one more
_LEAST = 1e-3  # probability that is said of any class
_ENDS = (0.005, 0.995)  # of the tested rows: what lies beyond counts as it
_LEAST_SKILL = 0.01  # on average over columns, of which a share can be lost
_FLOOR = -0.5  # of a skill, so that no single column decides the mean
_TESTED = 0.25  # of real persons, where none were held out
_COVERS = "tested persons drawn again"


@dataclass(frozen=True)
class _Arms:
    """The persons that learners are trained on, by arm, and those that they are tested on."""

    trained: Mapping[str, Histories]
    tested: Histories
    heldout: bool

    @classmethod
    def of(cls, persons: Persons, delivered: Histories, key: Key) -> _Arms:
        real, tested = persons.real, persons.holdout
        if tested is None:
            order = key.child("test part").generator().permutation(real.persons)
            chosen = order < max(1, round(_TESTED * real.persons))
            real, tested = real.take(~chosen), real.take(chosen)
        trained = {REAL: real, SYNTHETIC: delivered}
        return cls(
            {arm: h.sampled(_MOST_ROWS, key.child(arm)) for arm, h in trained.items()},
            tested.sampled(_MOST_ROWS, key.child("tested")),
            persons.holdout is not None,
        )

    @property
    def note(self) -> str:
        """Whom the learners are tested on."""
        if self.heldout:
            return "tested on held-out persons"
        return "tested on a quarter of the real persons, whom the generator has seen"


def next_rows(persons: Persons, key: Key) -> Findings:
    """How well forests tell the next row of real persons, trained on real and synthetic ones."""
    because = too_few(persons.synthetic)
    if because:
        return Findings(scores=(NEXT_LOST.missing(because, headline=True),))
    arms = _Arms.of(persons, persons.synthetic, key)
    features = with_rows_before(persons, persons.real, now=False)[0]
    seen = {a: with_rows_before(persons, h, now=False)[1] for a, h in arms.trained.items()}
    tested = with_rows_before(persons, arms.tested, now=False)[1]
    times = redrawn_rows(tested, key.child("drawn again"))
    skills: dict[str, dict[str, Float]] = {}
    for feature in persons.varying:
        if feature is persons.moment:
            continue  # when a row comes is told by the time between rows
        own = {a: _now(feature, h) for a, h in arms.trained.items()}
        task = _Task.of(feature, own, _now(feature, arms.tested))
        if task is not None:
            mine = key.child(feature.name)
            skills[feature.name] = {
                arm: task.skill(features, sample, arm, tested, times, mine)
                for arm, sample in seen.items()
            }
    return Findings(scores=tuple(_next_scores(skills, arms)))


def _now(feature: Feature, histories: Histories) -> Float | Int:
    """The values of rows that have one before them."""
    values = histories.sample.values[feature.name][histories.again]
    return np.asarray(values)


@dataclass(frozen=True)
class _Task:
    """A column of the next row to be told.

    trained   its values by arm, codes of classes or numbers; tested likewise
    known     of them those that are not missing
    """

    trained: Mapping[str, Float | Int]
    tested: Float | Int
    classes: int

    @classmethod
    def of(
        cls, feature: Feature, trained: Mapping[str, Float | Int], tested: Float | Int
    ) -> _Task | None:
        """None where there is not enough to learn from, or nothing to tell."""
        classes = NUMBER if feature.is_number else min(_CLASSES, len(feature.labels)) + 1
        if not feature.is_number:  # codes are in the order of the real frequencies
            trained = {a: np.minimum(v, classes - 1) for a, v in trained.items()}
            tested = np.minimum(tested, classes - 1)
        task = cls(trained, tested, classes)
        known = task.tested[task.known(task.tested)]
        few = any(task.known(v).sum() < _MIN_TRAINED for v in trained.values())
        if few or len(known) < _MIN_TESTED or len(np.unique(known)) < 2:
            return None
        return task

    def known(self, values: Float | Int) -> Bool:
        """Where values are not missing."""
        return ~np.isnan(values) if self.classes == NUMBER else values != MISSING

    def skill(
        self,
        features: tuple[Feature, ...],
        sample: Sample,
        arm: str,
        tested: Sample,
        times: Float,
        key: Key,
    ) -> Float:
        """The skill of a forest trained in one arm, for each drawing of tested rows (draws,)."""
        own, wanted = self.trained[arm], self.tested
        mine, theirs = self.known(own), self.known(wanted)
        truth, again = wanted[theirs], times[:, theirs]
        target = own[mine]
        if self.classes == NUMBER:
            low, high = np.quantile(truth, _ENDS)
            target, truth = (np.asarray(np.clip(v, low, high), np.float64) for v in (target, truth))
        trained = sample.take(mine)
        model = fitted(FOREST, features, trained, target, self.classes, key=key)
        rows = tested.take(theirs)
        if self.classes == NUMBER:
            told = np.asarray(model.predict(rows), np.float64)
            skill = regression.r_squared(np.asarray(truth, np.float64), told, again)
        else:
            skill = _uncertainty_taken(truth.astype(np.int64), model.probability(rows), again)
        return np.clip(skill, _FLOOR, 1.0)


def _uncertainty_taken(truth: Int, probability: Float, times: Float) -> Float:
    """The share of the entropy of the classes that probabilities take away, shape (draws,)."""
    stated = np.maximum(probability, _LEAST)
    stated /= stated.sum(axis=1, keepdims=True)
    lost = -np.log(stated[np.arange(len(truth)), truth])
    total = times.sum(axis=1)
    shares = times @ np.eye(probability.shape[1])[truth] / total[:, None]
    entropy = -(shares * np.log(np.where(shares > 0, shares, 1.0))).sum(axis=1)
    ratio = np.divide(
        times @ lost / total, entropy, out=np.full(len(total), np.nan), where=entropy > 0
    )
    return np.asarray(1 - ratio)


def _next_scores(skills: Mapping[str, Mapping[str, Float]], arms: _Arms) -> Iterator[Score]:
    if not skills:
        because = "because too few rows have a known value, and one before it"
        yield NEXT_LOST.missing(because, headline=True)
        return
    mean = {arm: np.mean([s[arm] for s in skills.values()], axis=0) for arm in (REAL, SYNTHETIC)}
    note = f"{mean[SYNTHETIC][0]:.3f} trained on synthetic persons, {mean[REAL][0]:.3f} on real "
    note += f"ones, {arms.note}"
    if np.nanquantile(mean[REAL], 0.025) < _LEAST_SKILL:
        because = f"because real rows, too, hardly tell what comes next: mean skill {note}"
        yield NEXT_LOST.missing(because)  # no headline: there is nothing to be kept
    else:
        lost = 1 - mean[SYNTHETIC] / mean[REAL]
        yield NEXT_LOST.score(
            float(lost[0]),
            n=arms.tested.several,
            interval=percentiles(lost),
            covers=_COVERS,
            headline=True,
            note=f"mean skill {note}",
        )
    for name, own in skills.items():
        yield NEXT.score(
            float(own[SYNTHETIC][0]),
            n=arms.tested.several,
            about=(name,),
            interval=percentiles(own[SYNTHETIC]),
            covers=_COVERS,
            ceiling=float(own[REAL][0]),
            note=arms.note,
        )


def outcomes(persons: Persons, target: Feature, key: Key) -> Findings:
    """How well forests tell the outcome that each person has once, by all of their rows.

    target   one of the constants
    """
    persons = replace(
        persons,
        features=tuple(f for f in persons.features if f is not target),
    )
    arms = _Arms.of(persons, persons.synthetic, key)
    truth = {a: _once(target, h) for a, h in {**arms.trained, "tested": arms.tested}.items()}
    known = {a: ~np.isnan(v) if target.is_number else v >= 0 for a, v in truth.items()}
    few = [a for a, k in known.items() if k.sum() < MIN_PERSONS]
    alike = [a for a, k in known.items() if len(np.unique(truth[a][k])) < 2]
    about = (target.name,)
    if few or alike:
        what = "too few persons with a known value" if few else "persons of one value only"
        which = (few or alike)[0]
        where = "to test on" if which == "tested" else f"in the {which} table"
        missing = OUTCOME_LOST.missing(f"because there are {what} {where}", about=about)
        return Findings(scores=(missing,))
    features, tested = as_rows(persons, arms.tested)
    tested, wanted = tested.take(known["tested"]), truth["tested"][known["tested"]]
    times = redrawn_rows(tested, key.child("drawn again"))
    skills = {}
    for arm, histories in arms.trained.items():
        rows = as_rows(persons, histories)[1].take(known[arm])
        classes = NUMBER if target.is_number else len(target.labels)
        model = fitted(FOREST, features, rows, truth[arm][known[arm]], classes, key=key)
        if target.is_number:
            told = np.asarray(model.predict(tested), np.float64)
            skills[arm] = regression.r_squared(wanted.astype(np.float64), told, times)
        else:
            codes = wanted.astype(np.int64)
            skills[arm], _ = classification.macro_ranking(
                codes, model.probability(tested), None, times
            )
    lost = skills[REAL] - skills[SYNTHETIC]
    figure = "R²" if target.is_number else "AUC"
    score = OUTCOME_LOST.score(
        float(lost[0]),
        n=tested.rows,
        about=about,
        interval=percentiles(lost),
        covers=_COVERS,
        note=f"{figure} {skills[SYNTHETIC][0]:.3f} trained on synthetic persons, "
        f"{skills[REAL][0]:.3f} on real ones, {arms.note}",
    )
    return Findings(scores=(score,))


def _once(feature: Feature, histories: Histories) -> Float | Int:
    return np.asarray(histories.sample.values[feature.name][histories.starts])


def _steps(evidence: Evidence) -> Iterator[Step]:
    persons = evidence.persons
    if not isinstance(persons, Persons):
        return
    key = evidence.key.child("persons", "usefulness")
    yield partial(next_rows, persons, key.child("next row"))
    target = next((f for f in persons.constants if f.name == evidence.settings.target), None)
    if target is not None:
        yield partial(outcomes, persons, target, key.child("outcome"))


PART = Part(
    name="usefulness of persons",
    phase="what persons tell",
    section=Section.USEFULNESS,
    measures=(NEXT_LOST, NEXT, OUTCOME_LOST),
    steps=_steps,
)
