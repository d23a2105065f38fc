"""One outer fold: choices are made on training rows, by learners that have not seen them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, f1_score, roc_auc_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tests.study.study_tables import FEATURES, LR, poisoned, question, study
from trimtab._random import Key
from trimtab._run import Run
from trimtab.errors import InputError
from trimtab.predict.calibration import calibration_error, prior_shift
from trimtab.predict.threshold import Cost, best, f1
from trimtab.study.balancing.arms.oversampling import RandomOversampling
from trimtab.study.balancing.arms.smote import Interpolation
from trimtab.study.balancing.arms.untouched import Untouched
from trimtab.study.balancing.arms.weights import ClassWeights
from trimtab.study.balancing.curve import CurveResult, Point, run_curve
from trimtab.study.balancing.fold import FoldResult, _best_ratio, run_fold
from trimtab.study.balancing.protocol import Study
from trimtab.study.balancing.summary import Results, proof_of
from trimtab.study.engine.work import OutOfTimeError
from trimtab.study.folds import Split, splits
from trimtab.study.learners import Estimator, learners_of
from trimtab.study.question import Part, Training, UnableError

NO_END = Run()
KEY = Key(2)


@dataclass(frozen=True)
class Watching:
    """Does nothing, and remembers which rows it was shown, and how many of the smaller class."""

    seen: list[set[int]] = field(default_factory=list)
    few: list[int] = field(default_factory=list)
    name: str = "watching"
    adds: bool = True

    def training(self, part: Part, ratio: float, key: Key) -> Training:
        self.seen.append(set(part.positions.tolist()))
        self.few.append(int(part.minority.sum()))
        return Training(part.sample, part.is_positive)


@dataclass(frozen=True)
class Fixed(Study):
    """A study whose outer folds do not hang on the classes."""

    def outer(self) -> Iterator[Split]:
        rows = np.arange(self.question.rows)
        for k in range(self.protocol.folds):
            yield np.flatnonzero(rows % 3 != k), np.flatnonzero(rows % 3 == k)


def fixed(like: Study) -> Fixed:
    return Fixed(like.question, like.arms, like.learners, like.protocol, like.key)


def test_arms_are_shown_training_rows_alone() -> None:
    watching = Watching()
    of = study(question(), [watching], sizes=(5,), curve_folds=1)
    for number, (train, test) in enumerate(of.outer()):
        watching.seen.clear()
        run_fold(of, number, NO_END)
        run_curve(of, number, 5, NO_END)
        assert len(watching.seen) == 2 + 1 + 1
        inner, outer = watching.seen[:2], watching.seen[2]
        assert outer == set(train.tolist())
        assert all(s < outer for s in inner) and not any(s & set(test.tolist()) for s in inner)
        assert len(inner[0] & inner[1]) == 0  # of two inner folds each is trained on once


@pytest.mark.parametrize("cost", [None, Cost(fp=1, fn=5)])
def test_test_rows_change_no_choice(cost: Cost | None) -> None:
    """Nonsense in the test rows, and their classes exchanged: thresholds and ratios stay."""
    arms = [Untouched(), ClassWeights(), RandomOversampling(), Interpolation()]
    of = fixed(study(question(), arms, ratios=(0.5, 1.0), cost=cost))
    (train, _), *_ = of.outer()
    bad = fixed(study(poisoned(of.question, train), arms, ratios=(0.5, 1.0), cost=cost))
    made, nonsense = run_fold(of, 0, NO_END), run_fold(bad, 0, NO_END)
    assert [o.arm for o in made.outcomes] == [a.name for a in arms]
    for one, other in zip(made.outcomes, nonsense.outcomes, strict=True):
        assert (one.thresholds, one.ratio) == (other.thresholds, other.ratio)
        assert ("cost" in one.thresholds) is (cost is not None)
        assert one.figures["auc"] != other.figures["auc"]


def test_figures_by_hand() -> None:
    """The same, put together from scikit-learn's parts."""
    groups = {"sex": ["f", "m"] * 80}
    of = study(question(protected=groups), [ClassWeights()])
    train, test = (of.question.part(p) for p in list(of.outer())[1])
    (found,) = run_fold(of, 1, NO_END).outcomes
    unseen = np.full(len(train.is_positive), np.nan)
    inner = of.key.child("outer", 1, "inner")
    for a, b in splits(train, 2, 1, inner):
        rows = ClassWeights().training(train.at(a), 1.0, KEY)
        unseen[b] = LR.trained(FEATURES, rows, KEY)(train.at(b).sample)
    rows = ClassWeights().training(train, 1.0, KEY)
    stated = LR.trained(FEATURES, rows, KEY)(test.sample)
    at = best(unseen, train.is_positive, f1)
    assert found.thresholds["f1"] == pytest.approx(at)
    expected = {
        "auc": roc_auc_score(test.is_positive, stated),
        "average_precision": average_precision_score(test.is_positive, stated),
        "f1": f1_score(test.is_positive, stated >= at),
        "f1_at_half": f1_score(test.is_positive, stated >= 0.5),
        "brier_raw": calibration_error(stated, test.is_positive).brier,
        "brier_prior": calibration_error(
            prior_shift(0.5, train.share)(stated), test.is_positive
        ).brier,
    }
    assert {n: found.figures[n] for n in expected} == pytest.approx(expected)
    for rates in found.rates:
        member = np.array(groups["sex"])[test.positions] == rates.group
        called = member & (stated >= at)
        assert (rates.rows, rates.called) == (member.sum(), called.sum())
        assert (rates.positives, rates.right) == (
            (member & test.is_positive).sum(),
            (called & test.is_positive).sum(),
        )


def test_ratio_is_the_best_of_inner_folds() -> None:
    of = study(question(), [RandomOversampling()], ratios=(0.4, 1.0))
    alone = [
        run_fold(study(question(), [RandomOversampling()], ratios=(r,)), 0, NO_END).outcomes[0]
        for r in (0.4, 1.0)
    ]
    (found,) = run_fold(of, 0, NO_END).outcomes
    assert found in alone
    hit = np.arange(8) % 2 == 0
    unseen = {0.4: np.where(hit, 0.6, 0.7), 1.0: np.where(hit, 0.2, 0.1), 2.0: np.full(8, 0.5)}
    assert _best_ratio(unseen, hit) == 1.0


@dataclass(frozen=True)
class Thinning:
    """Leaves out rows of the larger class, and remembers for which ratios."""

    ratios: list[float] = field(default_factory=list)
    least: int = 1
    name: str = "thinning"
    adds: bool = False

    def training(self, part: Part, ratio: float, key: Key) -> Training:
        few, many = np.flatnonzero(part.minority), np.flatnonzero(~part.minority)
        if len(few) < self.least:
            raise UnableError("there are too few rows")
        self.ratios.append(ratio)
        rows = np.concatenate([few, many[: round(len(few) / ratio)]])
        return Training(part.sample.take(rows), part.is_positive[rows])


def test_ratios_are_tried_where_rows_are_left_out() -> None:
    thinning = Thinning()
    run_fold(study(question(), [thinning, Untouched()], ratios=(0.5, 1.0)), 0, NO_END)
    assert set(thinning.ratios) == {0.5, 1.0}
    unable = run_fold(study(question(), [Thinning(least=99)], ratios=(0.5, 1.0)), 0, NO_END)
    assert not unable.outcomes and ("thinning", "", "there are too few rows") in unable.unable


def test_unable_arms_and_learners_are_told() -> None:
    nearest = Estimator("nearest", KNeighborsClassifier(3))
    of = study(question(60, 3), [Untouched(), ClassWeights(), Interpolation()], [LR, nearest])
    found = run_fold(of, 0, NO_END)
    made = {(o.arm, o.learner) for o in found.outcomes}
    assert ("as it is", "nearest") in made and ("class weights", LR.name) in made
    assert ("class weights", "nearest", "nearest takes no weights of rows") in found.unable
    assert any(arm == "SMOTE" and "needs 2 rows" in why for arm, _, why in found.unable)
    assert "SMOTE" not in {arm for arm, _ in made}
    again = FoldResult.model_validate_json(found.model_dump_json())
    assert again == found


def test_folds_without_a_class() -> None:
    """Person groups may leave a fold without positives: figures are missing, nothing breaks."""
    people = np.concatenate([np.zeros(10), np.arange(1, 51)]).astype(np.int64)
    whole = question(60, 30, people=people)
    whole.is_positive[:] = np.arange(60) < 10  # all of one person
    mine = Estimator("mine", LogisticRegression())
    of = study(whole, [Untouched(), ClassWeights(), RandomOversampling()], [LR, mine])
    results = {k: run_fold(of, k, NO_END) for k in range(3)}
    for (train, test), found in zip(of.outer(), results.values(), strict=True):
        assert whole.is_positive[train].all() == 0 and len(test)
        for outcome in found.outcomes:
            assert (outcome.figures["auc"] is None) is (not 0 < whole.is_positive[test].mean() < 1)
    proof = proof_of(of, Results(results, {}, {}, 0.0), "as it is", ())
    assert proof == type(proof).parse(proof.to_json())


def test_time_over() -> None:
    for run in (
        lambda: run_fold(study(question()), 0, Run(deadline=1.0)),
        lambda: run_curve(study(question()), 0, 5, Run(deadline=1.0)),
    ):
        with pytest.raises(OutOfTimeError):
            run()


def test_curve_cuts_the_smaller_class_alone() -> None:
    watching = Watching()
    for positives in (40, 120):
        of = study(question(160, positives), [watching, Untouched()], folds=4)
        for size in (3, 29):
            watching.seen.clear(), watching.few.clear()
            found = run_curve(of, 0, size, NO_END)
            assert watching.few == [size]
            train, _ = next(of.outer())
            (seen,) = watching.seen
            hit = of.question.is_positive
            other = {int(k) for k in train if hit[k] == (positives == 120)}
            assert other < seen < set(train.tolist()) and len(seen) == len(other) + size
            one, two = found.points
            assert one.figures == two.figures  # the same rows are left to both
    assert run_curve(of, 0, 30, NO_END) == CurveResult(size=30)


def test_curve_is_paired_by_fold() -> None:
    """An arm that is missing in one fold is compared in the others, each with itself."""

    def point(arm: str, auc: float) -> Point:
        return Point(arm=arm, learner=LR.name, figures={"auc": auc, "average_precision": auc})

    base, arm = "as it is", "random over-sampling"
    curve = {
        (0, 10): CurveResult(size=10, points=(point(base, 0.5),), unable=((arm, "", "why."),)),
        (1, 10): CurveResult(size=10, points=(point(base, 0.6), point(arm, 0.65))),
        (2, 10): CurveResult(size=10, points=(point(base, 0.8), point(arm, 0.85))),
    }
    of = study(question(), [Untouched(), RandomOversampling()], sizes=(10,), curve_folds=3)
    folds = {k: run_fold(of, k, NO_END) for k in range(2)}
    proof = proof_of(of, Results(folds, {}, curve, 1.0), arm, ())
    (found,) = (p for p in proof.curve if p.arm == arm)
    assert found.differences["auc"].value == pytest.approx(0.05)
    assert found.differences["auc"].high - found.differences["auc"].low < 1e-6
    assert found.figures["auc"].folds == 2
    assert f"{arm} could not be done in 1 run: why." in proof.notes


def test_own_classifiers_are_cloned_and_seeded() -> None:
    forest = RandomForestClassifier(8, min_samples_leaf=4)
    part = question().part(np.arange(160))
    rows = ClassWeights().training(part, 1.0, KEY)
    for classifier in (forest, make_pipeline(StandardScaler(), forest)):
        learner = Estimator("mine", classifier)
        if classifier is not forest:
            with pytest.raises(UnableError, match="mine takes no weights of rows"):
                learner.trained(FEATURES, rows, KEY)
            rows = Untouched().training(part, 1.0, KEY)
        one, again = (learner.trained(FEATURES, rows, KEY)(part.sample) for _ in range(2))
        other = learner.trained(FEATURES, rows, KEY.child("other"))(part.sample)
        assert (one == again).all() and (one != other).any()
    assert not hasattr(forest, "estimators_")


def test_own_classifier_of_one_class() -> None:
    part = question().part(np.arange(160))
    for hit in (False, True):
        rows = Training(part.sample, np.full(160, hit))
        made = Estimator("mine", LogisticRegression()).trained(FEATURES, rows, KEY)(part.sample)
        assert (made == float(hit)).all()
        assert (LR.trained(FEATURES, rows, KEY)(part.sample) == float(hit)).all()


class Silent(LogisticRegression):  # type: ignore[misc]
    """States no probability of a row."""

    def predict_proba(self, X: Any) -> Any:
        made = super().predict_proba(X)
        made[0] = np.nan
        return made


def test_own_classifier_that_states_nothing_is_told_of() -> None:
    of = study(question(60, 12), [Untouched(), RandomOversampling()], [Estimator("mute", Silent())])
    found = run_fold(of, 0, NO_END)
    assert not found.outcomes
    assert ("as it is", "mute", "mute states no probability of some rows") in found.unable
    curve = run_curve(of, 0, 4, NO_END)
    assert not curve.points and curve.unable


def test_learners_are_described_with_all_their_settings() -> None:
    """Long pipelines, of which a repr shows the ends, must be told apart where results are kept."""
    made = [
        Estimator(
            "mine", make_pipeline(*[StandardScaler() for _ in range(40)], LogisticRegression(C=c))
        )
        for c in (1.0, 2.0)
    ]
    one, other = (m.described for m in made)
    assert one != other and one == Estimator("mine", made[0].estimator).described
    assert LR.described == LR.name


def test_learners_that_are_asked_for() -> None:
    assert [x.name for x in learners_of(["lr", "gbm", "lr"])] == [
        "logistic regression",
        "boosted trees",
    ]
    (mine,) = learners_of({"mine": LogisticRegression()})
    assert mine.name == "mine"
    bad: list[Any] = [
        "svm",
        ["lr", "svm"],
        (),
        {},
        LogisticRegression(),
        RandomForestClassifier(),
        3,
        [LogisticRegression()],
        {"mine": LogisticRegression},
        {"mine": "lr"},
        {"mine": StandardScaler()},
    ]
    for asked in bad:
        with pytest.raises(InputError, match=r"^learner .*expected"):
            learners_of(asked)
