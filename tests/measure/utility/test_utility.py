"""Usefulness: scikit-learn's figures, honest intervals, and tables that are good, bad and moved."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn import metrics

from tests.measure.made_tables import compared, real_table, shuffled, simulated, split, taken
from trimtab._random import Key
from trimtab.measure.compare.comparison import Comparison
from trimtab.measure.score import Exhibit, Findings, Score, Verdict
from trimtab.measure.utility import trial as trial_module
from trimtab.measure.utility.measures import AGREEMENT
from trimtab.measure.utility.trial import NoTrial, TrialResult, run_trial
from trimtab.measure.utility.utility import OF_CLASSES, OF_NUMBERS, utility
from trimtab.predict.prediction import BOOSTING, FOREST, LINEAR, LOGISTIC, REAL, SYNTHETIC

KEY = Key(4)
ROWS = 600
Columns = dict[str, list[Any]]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trials with one linear learner."""
    monkeypatch.setattr(trial_module, "CLASSIFIERS", (LOGISTIC,))
    monkeypatch.setattr(trial_module, "REGRESSORS", (LINEAR,))


@pytest.fixture(scope="module")
def parts() -> tuple[Columns, Columns, Columns]:
    """Real, as good as real, and held-out rows."""
    table = simulated(3 * ROWS)
    real, synthetic, holdout = (taken(table, range(k * ROWS, (k + 1) * ROWS)) for k in range(3))
    return real, synthetic, holdout


@pytest.fixture(scope="module")
def good(parts: tuple[Columns, Columns, Columns]) -> tuple[TrialResult, Findings]:
    """A trial of rows that are as good as real, with all learners."""
    return judged(compared(*parts), "flag")


def judged(
    comparison: Comparison, target: str, positive: str | None = None
) -> tuple[Any, Findings]:
    trial = run_trial(comparison, target, KEY, positive)
    return trial, utility(trial, KEY)


def score(found: Findings, measure: str, within: str | None = None) -> Score:
    alike = [s for s in found.scores if s.measure == measure]
    (one,) = [s for s in alike if within is None or s.within == within]
    return one


def headline(found: Findings) -> Score:
    (one,) = [s for s in found.scores if s.headline]
    return one


def exhibit(found: Findings, name: str, within: str) -> Exhibit:
    (one,) = [e for e in found.exhibits if (e.name, e.within) == (name, within)]
    return one


def held(value: float | None) -> float:
    assert value is not None
    return value


def test_every_figure_of_every_learner(good: tuple[TrialResult, Findings]) -> None:
    trial, found = good
    names = ["loss_of_auc", *(m.name for m in OF_CLASSES)]
    expected = [(n, learner) for learner in (LOGISTIC, FOREST, BOOSTING) for n in names]
    assert [(s.measure, s.within) for s in found.scores] == [*expected, (AGREEMENT.name, BOOSTING)]
    for one in found.scores:
        assert one.about == ("flag",) and one.interval is not None and one.covers
        assert one.interval[0] <= held(one.value) <= one.interval[1]
        assert (one.ceiling is None) == one.measure.startswith("loss")
    assert headline(found) == score(found, "loss_of_auc", trial.best)
    assert found.notes == ()


def test_figures_are_scikit_learn_s(good: tuple[TrialResult, Findings]) -> None:
    trial, found = good
    for learner in (LOGISTIC, FOREST, BOOSTING):
        for arm in (REAL, SYNTHETIC):
            said = trial.of(arm, learner)
            assert said is not None and trial.positive == 1
            hit, stated = said.truth == 1, said.probability[:, 1]
            expected = {
                "auc": metrics.roc_auc_score(hit, stated),
                "average_precision": metrics.average_precision_score(hit, stated),
                "f1": metrics.f1_score(hit, said.predicted == 1),
                "balanced_accuracy": metrics.balanced_accuracy_score(said.truth, said.predicted),
                "brier_score": metrics.brier_score_loss(hit, stated),
            }
            for name, figure in expected.items():
                one = score(found, name, learner)
                assert (one.value if arm == SYNTHETIC else one.ceiling) == pytest.approx(figure)
        lost = score(found, "loss_of_auc", learner)
        auc = score(found, "auc", learner)
        assert held(lost.value) == pytest.approx(held(auc.ceiling) - held(auc.value))
        assert auc.interval is not None and lost.interval is not None
        assert np.ptp(auc.interval) == pytest.approx(np.ptp(lost.interval))


def test_rows_as_good_as_real_lose_nothing(good: tuple[TrialResult, Findings]) -> None:
    _, found = good
    lost = headline(found)
    assert lost.interval is not None and lost.interval[0] < 0 < lost.interval[1]
    assert lost.verdict is Verdict.GOOD
    assert "trained on real rows 0." in lost.because
    assert not [s.name for s in found.scores if s.verdict is Verdict.POOR]


def test_shuffled_columns_are_useless(parts: tuple[Columns, Columns, Columns]) -> None:
    real, synthetic, holdout = parts
    _, found = judged(compared(real, shuffled(synthetic), holdout), "flag")
    assert held(headline(found).value) > 0.1
    assert headline(found).verdict is Verdict.POOR
    for learner in (LOGISTIC, FOREST, BOOSTING):
        auc = score(found, "auc", learner)
        assert held(auc.value) == pytest.approx(0.5, abs=0.08) and auc.verdict is Verdict.POOR


def test_reversed_classes_are_worse_than_useless(
    parts: tuple[Columns, Columns, Columns], quick: None
) -> None:
    real, synthetic, holdout = parts
    turned = synthetic | {"flag": ["no" if v == "yes" else "yes" for v in synthetic["flag"]]}
    _, found = judged(compared(real, turned, holdout), "flag")
    auc = score(found, "auc")
    assert held(auc.value) == pytest.approx(1 - held(auc.ceiling), abs=0.06)
    assert headline(found).verdict is Verdict.POOR


@pytest.mark.stress
def test_intervals_hold_no_loss_for_halves_of_one_table(quick: None) -> None:
    """Real and synthetic rows of one source: about 95 % of intervals hold the real figure."""
    table = simulated(6000, seed=8)
    names = ["loss_of_auc", "auc", "average_precision", "brier_score", "balanced_accuracy"]
    missed = dict.fromkeys(names, 0)
    repeats = 24
    for seed in range(repeats):
        rows = Key(seed).child("halves").generator().choice(6000, 900, replace=False).tolist()
        real, synthetic, holdout = (taken(table, rows[k::3]) for k in range(3))
        made = compared(real, synthetic, holdout)
        few = replace(made, features=tuple(made[name] for name in ("size", "spiked", "flag")))
        found = utility(run_trial(few, "flag", Key(seed)), Key(seed))
        for name in names:
            one = score(found, name)
            assert one.interval is not None
            goal = 0.0 if name == "loss_of_auc" else held(one.ceiling)
            missed[name] += not one.interval[0] <= goal <= one.interval[1]
    # At 95 % coverage 1.2 of 24 miss; 6 or more do in one simulation of 900.
    assert all(misses <= 5 for misses in missed.values()), missed
    assert sum(missed.values()) >= 1, missed


def test_a_table_balanced_on_purpose_is_judged_apart_from_its_shares(
    parts: tuple[Columns, Columns, Columns], quick: None
) -> None:
    real, synthetic, holdout = parts
    hits = [k for k, v in enumerate(synthetic["flag"]) if v == "no"]
    moved = taken(synthetic, [*range(ROWS), *hits, *hits, *hits])
    trial, found = judged(compared(real, moved, holdout), "flag", "no")
    plain, corrected = (score(found, f"calibration_error{s}") for s in ("", "_corrected"))
    assert held(plain.value) > 0.2 and plain.verdict is Verdict.POOR
    assert corrected.verdict is Verdict.GOOD
    assert held(corrected.value) < held(plain.value) / 2
    brier, better = (score(found, f"brier_score{s}") for s in ("", "_corrected"))
    assert held(better.value) == pytest.approx(held(better.ceiling), abs=0.01)
    assert held(brier.value) > held(brier.ceiling) + 0.03
    assert brier.ceiling == better.ceiling
    assert headline(found).verdict is Verdict.GOOD and score(found, "f1").verdict is Verdict.GOOD
    sizes, shifted = found.notes
    assert f"{ROWS:,} real and from {trial.arms[SYNTHETIC].rows:,} synthetic rows" in sizes
    assert "multiplies the odds that a learner of flag states by 3." in shifted


def test_probabilities_that_are_too_sure_are_poorly_calibrated(
    good: tuple[TrialResult, Findings],
) -> None:
    trial, _ = good
    sure = []
    for said in trial.predictions:
        if said.arm == SYNTHETIC:
            odds = (said.probability[:, 1] / said.probability[:, 0]) ** 4
            high = odds / (1 + odds)
            said = replace(said, probability=np.column_stack([1 - high, high]))
        sure.append(said)
    found = utility(replace(trial, predictions=tuple(sure)), KEY)
    calibration = score(found, "calibration_error", LOGISTIC)
    assert held(calibration.value) > 0.1 and calibration.verdict is Verdict.POOR
    assert held(score(found, "loss_of_auc", LOGISTIC).value) < 0.02


def test_more_than_two_classes(
    parts: tuple[Columns, Columns, Columns], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial_module, "CLASSIFIERS", (FOREST,))
    real, synthetic, holdout = parts
    trial, found = judged(compared(real, synthetic, holdout), "some")
    assert trial.positive is None and len(trial.classes) == 5
    assert headline(found).verdict in (Verdict.GOOD, Verdict.MIDDLING)
    said = trial.of(SYNTHETIC, FOREST)
    truth, stated = said.truth, said.probability
    aucs = [metrics.roc_auc_score(truth == c, stated[:, c]) for c in np.unique(truth)]
    assert score(found, "auc", FOREST).value == pytest.approx(np.mean(aucs))
    assert score(found, "f1", FOREST).value == pytest.approx(
        metrics.f1_score(truth, said.predicted, average="macro")
    )
    roc = exhibit(found, "roc", FOREST)
    assert "mean over the classes" in roc.title
    bad = compared(real, shuffled(synthetic), holdout)
    assert headline(judged(bad, "some")[1]).verdict is not Verdict.GOOD


def test_numbers(parts: tuple[Columns, Columns, Columns]) -> None:
    trial, found = judged(compared(*parts), "size")
    names = ["loss_of_r_squared", *(m.name for m in OF_NUMBERS)]
    assert [s.measure for s in found.scores] == names * 3 + [AGREEMENT.name]
    lost = headline(found)
    assert lost.measure == "loss_of_r_squared" and lost.verdict is Verdict.GOOD
    said = trial.of(SYNTHETIC, FOREST)
    expected = metrics.r2_score(said.truth, said.predicted)
    assert score(found, "r_squared", FOREST).value == pytest.approx(expected)
    error = score(found, "mean_absolute_error", FOREST)
    assert error.value == pytest.approx(metrics.mean_absolute_error(said.truth, said.predicted))
    assert error.verdict is Verdict.NONE
    assert {e.name for e in found.exhibits} == {"importance"}


def test_shuffled_columns_say_nothing_of_a_number(
    parts: tuple[Columns, Columns, Columns], quick: None
) -> None:
    real, synthetic, holdout = parts
    _, found = judged(compared(real, shuffled(synthetic), holdout), "size")
    assert headline(found).verdict is Verdict.POOR
    assert held(score(found, "r_squared").value) < 0.1


def test_other_columns_that_matter_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the synthetic rows the answer hangs on the other half of the columns."""
    monkeypatch.setattr(trial_module, "CLASSIFIERS", (BOOSTING,))
    draw = Key(6).generator()
    matrix = draw.normal(size=(4, 800, 6))
    names = [f"x{k}" for k in range(6)]

    def table(part: int, used: range) -> Columns:
        score = matrix[part][:, list(used)] @ [2.0, 1.0, 0.5]
        answer = np.where(score + draw.normal(size=800) > 0, "a", "b")
        return {n: [*matrix[part][:, k]] for k, n in enumerate(names)} | {"t": [*map(str, answer)]}

    first, second = range(3), range(3, 6)
    real, holdout = table(0, first), table(1, first)
    same = score(judged(compared(real, table(2, first), holdout), "t")[1], AGREEMENT.name)
    other = score(judged(compared(real, table(3, second), holdout), "t")[1], AGREEMENT.name)
    assert same.verdict is Verdict.GOOD and held(same.value) > 0.5
    assert other.verdict is Verdict.POOR and held(other.value) < 0


def test_what_cannot_be_computed_says_why(
    parts: tuple[Columns, Columns, Columns], quick: None
) -> None:
    real, synthetic, holdout = parts
    untried = utility(NoTrial("flag", "for no reason"), KEY)
    assert headline(untried).verdict is Verdict.UNKNOWN
    assert headline(untried).because == "for no reason"

    alone = compared(real, synthetic | {"flag": ["yes"] * ROWS}, holdout)
    _, found = judged(alone, "flag")
    lost = headline(found)
    assert all(s.verdict is Verdict.UNKNOWN for s in found.scores if s is not lost)
    # One class teaches nothing: all that real rows teach is lost, beyond one guess for all.
    assert "only the class 'yes'" in lost.because
    assert lost.verdict is Verdict.POOR and lost.beyond_doubt
    real_area = re.search(r"trained on real rows (\.?0?\.\d+)", lost.because)
    assert real_area and lost.value == pytest.approx(float(real_area[1]) - 0.5, abs=0.001)
    assert {s.measure for s in found.scores} == {
        "loss_of_auc",
        AGREEMENT.name,
        *(m.name for m in OF_CLASSES),
    }
    assert set(exhibit(found, "roc", LOGISTIC).columns["arm"]) == {REAL}
    assert exhibit(found, "importance", LOGISTIC).columns["synthetic"] == [None] * 5

    one_class = compared(real, synthetic, holdout | {"flag": ["no"] * ROWS})
    _, found = judged(one_class, "flag")
    assert headline(found).because == "the rows to test on hold only one class"
    assert score(found, "auc").verdict is Verdict.UNKNOWN
    assert score(found, "brier_score").value is not None


def test_a_target_that_nothing_predicts_has_nothing_to_lose(
    parts: tuple[Columns, Columns, Columns], quick: None
) -> None:
    real, synthetic, holdout = (shuffled(p, k) for k, p in enumerate(parts))
    for target in ("flag", "size"):
        _, found = judged(compared(real, synthetic, holdout), target)
        assert headline(found).verdict is Verdict.UNKNOWN
        assert f"real rows do not predict {target} either" in headline(found).because


def test_without_real_training_there_is_no_verdict(
    parts: tuple[Columns, Columns, Columns], quick: None
) -> None:
    real, synthetic, holdout = parts
    first = [real["flag"].index("yes"), real["flag"].index("no")]
    _, found = judged(compared(taken(real, first), synthetic, holdout), "flag")
    assert "have 2 rows with a known flag, too few" in headline(found).because
    auc = score(found, "auc")
    assert auc.ceiling is None and auc.verdict is Verdict.NONE and auc.interval is not None
    assert auc.covers == "test rows drawn again" and held(auc.value) > 0.6


def test_exhibits_are_complete(good: tuple[TrialResult, Findings]) -> None:
    trial, found = good
    columns = {
        "roc": ["arm", "fpr", "tpr"],
        "calibration": ["arm", "predicted", "observed", "low", "high", "rows"],
        "classification report": ["arm", "class", "precision", "recall", "f1", "rows"],
        "importance": ["column", "real", "synthetic"],
    }
    assert [e.name for e in found.exhibits] == [*columns] * 3
    for one in found.exhibits:
        assert list(one.columns) == columns[one.name] and one.about == ("flag",)
        assert one.rests_on == ("real", "synthetic", "holdout")
    unseen = utility(replace(trial, heldout=False), KEY)
    assert unseen.exhibits[0].rests_on == ("real", "synthetic")


def test_roc_curves(good: tuple[TrialResult, Findings]) -> None:
    _, found = good
    for learner in (LOGISTIC, FOREST, BOOSTING):
        roc = exhibit(found, "roc", learner).columns
        for arm in (REAL, SYNTHETIC):
            own = [k for k, a in enumerate(roc["arm"]) if a == arm]
            fpr, tpr = (np.array([roc[n][k] for k in own]) for n in ("fpr", "tpr"))
            assert len(own) <= 100
            assert (fpr[0], tpr[0], fpr[-1], tpr[-1]) == (0, 0, 1, 1)
            assert (np.diff(fpr) >= 0).all() and (np.diff(tpr) >= 0).all()
            auc = score(found, "auc", learner)
            area = auc.value if arm == SYNTHETIC else auc.ceiling
            assert metrics.auc(fpr, tpr) == pytest.approx(held(area), abs=0.003)


def test_classification_reports(good: tuple[TrialResult, Findings]) -> None:
    trial, found = good
    for said in trial.predictions:
        report = metrics.classification_report(
            said.truth, said.predicted, target_names=said.classes, output_dict=True
        )
        drawn = exhibit(found, "classification report", said.learner)
        assert f"{said.arm} {said.threshold:.2f}" in drawn.title
        lines = list(zip(*drawn.columns.values(), strict=True))
        own = {line[1]: line[2:] for line in lines if line[0] == said.arm}
        assert list(own) == [*said.classes, "accuracy", "macro avg", "weighted avg"]
        for name, figures in own.items():
            if name == "accuracy":
                assert figures[:2] == (None, None)
                assert figures[2] == pytest.approx(report[name])
            else:
                assert figures == pytest.approx(tuple(report[name].values()))


def test_calibration_curves(good: tuple[TrialResult, Findings]) -> None:
    trial, found = good
    for said in trial.predictions:
        drawn = exhibit(found, "calibration", said.learner).columns
        lines = [line for line in zip(*drawn.values(), strict=True) if line[0] == said.arm]
        assert sum(line[5] for line in lines) == ROWS
        assert sum(line[1] * line[5] for line in lines) / ROWS == pytest.approx(
            said.probability[:, 1].mean()
        )
        assert sum(line[2] * line[5] for line in lines) == pytest.approx((said.truth == 1).sum())
        assert all(line[3] <= line[2] <= line[4] for line in lines)
        gap = sum(abs(line[1] - line[2]) * line[5] for line in lines) / ROWS
        error = score(found, "calibration_error", said.learner)
        known = error.value if said.arm == SYNTHETIC else error.ceiling
        assert held(known) == pytest.approx(gap)


def test_same_key_same_findings(parts: tuple[Columns, Columns, Columns], quick: None) -> None:
    made = compared(*parts)
    assert judged(made, "flag")[1] == judged(made, "flag")[1]


@pytest.mark.parametrize(("name", "target"), [("stroke", "stroke"), ("compas", "two_year_recid")])
def test_halves_of_real_tables(name: str, target: str, quick: None) -> None:
    table = real_table(name)
    cut = split(split(table, 1, 0.8), 2)
    made = replace(cut, holdout=split(table, 1, 0.8).synthetic)
    _, found = judged(made, target)
    assert headline(found).verdict is Verdict.GOOD
    assert held(score(found, "auc").ceiling) > 0.65
