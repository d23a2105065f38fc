"""Trials: targets, what is left out, and that nothing is chosen by test rows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.measure.made_tables import compared, simulated, taken
from trimtab._random import Key
from trimtab.errors import ColumnError
from trimtab.measure.compare.comparison import Comparison
from trimtab.measure.compare.target import MAX_CLASSES, OTHERS, UNKNOWN, OneValueError, target_of
from trimtab.measure.utility import trial as trial_module
from trimtab.measure.utility.cross_fit import FOLDS, TEST, Training, _folds
from trimtab.measure.utility.trial import NoTrial, TrialResult, run_trial
from trimtab.predict.prediction import BOOSTING, FOREST, LOGISTIC, REAL, SYNTHETIC
from trimtab.predict.sample import Feature, Form

KEY = Key(2)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trials with linear learners alone."""
    monkeypatch.setattr(trial_module, "CLASSIFIERS", (LOGISTIC,))


def result_of(comparison: Comparison, target: str, positive: str | None = None) -> TrialResult:
    found = run_trial(comparison, target, KEY, positive)
    assert isinstance(found, TrialResult), found
    return found


def tables(rows: int = 300, synthetic: int = 300, tested: int = 200) -> list[dict[str, list[Any]]]:
    """Real, synthetic and held-out rows of one source."""
    table = simulated(rows + synthetic + tested)
    ends = np.cumsum([rows, synthetic, tested])
    return [
        taken(table, range(e - n, e)) for e, n in zip(ends, (rows, synthetic, tested), strict=True)
    ]


def test_all_learners_in_both_arms() -> None:
    real, synthetic, holdout = tables()
    found = result_of(compared(real, synthetic, holdout), "flag")
    assert found.heldout and found.classes == ("yes", "no") and found.notes == ()
    assert [(p.arm, p.learner) for p in found.predictions] == [
        (arm, learner) for arm in (REAL, SYNTHETIC) for learner in trial_module.CLASSIFIERS
    ]
    assert found.best in trial_module.CLASSIFIERS
    for said in found.predictions:
        assert said.probability.shape == (200, 2)
        assert np.allclose(said.probability.sum(axis=1), 1)
        assert [said.classes[c] for c in said.truth] == holdout["flag"]
        assert found.positive is not None
        called = said.probability[:, found.positive] >= said.threshold
        assert (called == (said.predicted == found.positive)).all()
        assert set(said.importance) == {"size", "spiked", "steps", "some", "many"}
        assert len(found.refits[said.arm, said.learner]) == FOLDS
    assert found.arms[REAL].rows == 300 and found.arms[SYNTHETIC].rows == 300
    shares = [np.mean([v == c for v in synthetic["flag"]]) for c in found.classes]
    assert found.arms[SYNTHETIC].shares == pytest.approx(shares)
    assert [sum(f.values()) for f in found.fresh] == pytest.approx([1] * (1 + FOLDS))


def test_a_number() -> None:
    real, synthetic, holdout = tables()
    found = result_of(compared(real, synthetic, holdout), "size")
    assert found.is_number and found.positive is None
    said = found.of(SYNTHETIC, BOOSTING)
    assert said is not None and said.probability.shape == (200, 0)
    assert said.truth.tolist() == holdout["size"]
    assert np.corrcoef(said.truth, said.predicted)[0, 1] > 0.5
    assert np.isnan(said.threshold)


@pytest.mark.usefixtures("quick")
def test_thresholds_and_the_best_learner_are_not_chosen_by_test_rows() -> None:
    real, synthetic, holdout = tables()
    other = holdout | {"flag": ["yes" if v == "no" else "no" for v in holdout["flag"]]}
    one, two = (result_of(compared(real, synthetic, h), "flag") for h in (holdout, other))
    for first, second in zip(one.predictions, two.predictions, strict=True):
        assert first.threshold == second.threshold
        assert (first.predicted == second.predicted).all()
        assert (first.truth != second.truth).all()
    assert one.best == two.best


@pytest.mark.usefixtures("quick")
def test_thresholds_are_for_the_real_class_shares() -> None:
    """A table with three times the hits says higher probabilities; as many rows are called."""
    real, synthetic, holdout = tables(2000, 2000, 1000)
    hits = [k for k, v in enumerate(synthetic["flag"]) if v == "no"]
    moved = taken(synthetic, [*range(2000), *hits, *hits])
    plain, shifted = (
        result_of(compared(real, s, holdout), "flag", "no").of(SYNTHETIC, LOGISTIC)
        for s in (synthetic, moved)
    )
    assert plain is not None and shifted is not None
    assert shifted.probability[:, 1].mean() > plain.probability[:, 1].mean() + 0.15
    assert shifted.threshold > plain.threshold + 0.1
    assert shifted.predicted.mean() == pytest.approx(plain.predicted.mean(), abs=0.06)


@pytest.mark.usefixtures("quick")
def test_rows_without_a_target_are_left_out_and_counted() -> None:
    real, synthetic, holdout = tables()
    real["flag"][:7] = [None] * 7
    synthetic["flag"][:5] = [None, "maybe", "perhaps", None, "maybe"]
    holdout["flag"][:3] = ["maybe", None, None]
    found = result_of(compared(real, synthetic, holdout), "flag")
    assert found.arms[REAL].rows == 293 and found.arms[SYNTHETIC].rows == 295
    assert found.tested.rows == 197 == len(found.predictions[0].truth)
    assert found.classes == ("yes", "no")
    missing, strange = found.notes
    assert missing == (
        "flag is missing in 7 of 300 real training rows, 2 of 300 synthetic rows, 2 of 200 test "
        "rows: they are left out of its trial."
    )
    assert "3 of 300 synthetic rows, 1 of 200 test rows" in strange


@pytest.mark.usefixtures("quick")
def test_without_a_holdout() -> None:
    real, synthetic, _ = tables(400)
    made = compared(real, synthetic)
    found = result_of(made, "flag")
    assert not found.heldout
    assert (found.arms[REAL].rows, found.tested.rows) == (300, 100)
    assert any("this flatters the synthetic rows" in note for note in found.notes)
    augmented = replace(made, synthetic=made.synthetic.take(np.arange(100)), augmented=True)
    refused = run_trial(augmented, "flag", KEY)
    assert isinstance(refused, NoTrial) and "contains real rows" in refused.because
    # With a holdout an augmented table is used as a whole.
    whole = replace(augmented, holdout=made.real)
    assert result_of(whole, "flag").arms[SYNTHETIC].rows == 300


@pytest.mark.usefixtures("quick")
def test_one_class_in_one_table() -> None:
    real, synthetic, holdout = tables()
    alone = synthetic | {"flag": ["no"] * 300}
    found = result_of(compared(real, alone, holdout), "flag")
    assert found.arms[SYNTHETIC].because == "the synthetic table has only the class 'no' of flag"
    assert {p.arm for p in found.predictions} == {REAL}
    constant = run_trial(compared(real | {"flag": ["no"] * 300}, synthetic, holdout), "flag", KEY)
    assert (
        isinstance(constant, NoTrial) and "the real table holds only no there" in constant.because
    )
    few = result_of(compared(real, taken(synthetic, range(5)), holdout), "flag")
    assert "has 5 rows with a known flag, too few" in few.arms[SYNTHETIC].because


def test_classes_of_single_rows() -> None:
    """Classes with one row in training, in test, or in both are borne."""
    real, synthetic, holdout = tables(60, 60, 30)
    for table, first in ((real, "w"), (synthetic, "u"), (holdout, "w")):
        table["flag"][:2] = [first, "u"]
    found = result_of(compared(real, synthetic, holdout), "flag")
    assert found.positive is None and len(found.classes) == 4
    for said in found.predictions:
        assert np.isfinite(said.probability).all()
    lone = found.of(SYNTHETIC, LOGISTIC)
    assert lone is not None and (lone.probability[:, found.classes.index("w")] == 0).all()


@pytest.mark.usefixtures("quick")
def test_large_tables_are_sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial_module, "MAX_TRAINED", 100)
    monkeypatch.setattr(trial_module, "MAX_TESTED", 50)
    real, synthetic, holdout = tables()
    found = result_of(compared(real, synthetic, holdout), "flag")
    assert (found.arms[REAL].rows, found.arms[SYNTHETIC].rows, found.tested.rows) == (100, 100, 50)
    assert found.notes == (
        "The trial of flag used 100 of 300 real training rows, 100 of 300 synthetic rows, 50 of "
        "200 test rows, chosen at random.",
    )


@pytest.mark.usefixtures("quick")
def test_weights_of_rows_are_ignored() -> None:
    real, synthetic, holdout = tables()
    plain, odd = (
        result_of(compared(real, synthetic, holdout, weights=w), "flag")
        for w in (np.ones(300), np.linspace(0.1, 5, 300))
    )
    for one, two in zip(plain.predictions, odd.predictions, strict=True):
        assert (one.probability == two.probability).all()


def test_what_cannot_be_tried() -> None:
    real, synthetic, holdout = tables(40, 40, 20)
    made = compared(real, synthetic, holdout)
    with pytest.raises(ColumnError, match=r"there is no column 'flagg'\. Did you mean 'flag'"):
        run_trial(made, "flagg", KEY)
    with pytest.raises(ColumnError, match=r"'flag' has no such class .*: expected one of yes, no"):
        run_trial(made, "flag", KEY, "perhaps")
    with pytest.raises(ColumnError, match="'size' is a number with 40 distinct values"):
        run_trial(made, "size", KEY, "1")
    lonely = run_trial(compared({"flag": ["a", "b"] * 9}, {"flag": ["a", "b"] * 9}), "flag", KEY)
    assert isinstance(lonely, NoTrial) and "no other column" in lonely.because
    empty = compared(real, synthetic, holdout | {"flag": [None] * 20})
    untested = run_trial(empty, "flag", KEY)
    assert isinstance(untested, NoTrial) and "no row to test on" in untested.because
    blank = run_trial(compared(real | {"flag": [None] * 40}, synthetic, holdout), "flag", KEY)
    assert isinstance(blank, NoTrial) and "holds only nothing" in blank.because


def test_targets() -> None:
    labels = compared({"t": ["b"] * 5 + ["a"] * 3 + [None]}, {"t": ["a", "c", None]})
    two = target_of(labels, "t")
    assert (two.classes, two.positive) == (("b", "a"), 1)
    assert two.of(labels.synthetic).tolist() == [1, UNKNOWN, UNKNOWN]
    assert target_of(labels, "t", "b").positive == 0
    even = compared({"t": ["b", "a"]}, {"t": ["a"]})
    assert target_of(even, "t").positive == 1

    numbers = compared({"t": [0.5, 3.0, 3.0, np.nan, 7.0]}, {"t": [7.0, np.nan, 1.0, 0.5]})
    few = target_of(numbers, "t")
    assert (few.classes, few.positive, few.is_number) == (("0.5", "3", "7"), None, False)
    assert few.of(numbers.synthetic).tolist() == [2, UNKNOWN, UNKNOWN, 0]
    assert target_of(compared({"t": [0, 1, 1]}, {"t": [0]}), "t").positive == 0

    many = compared({"t": [float(k) for k in range(11)]}, {"t": [0.5, np.nan]})
    number = target_of(many, "t")
    assert number.is_number and number.known(many.synthetic).tolist() == [True, False]

    with pytest.raises(OneValueError, match="holds only 4"):
        target_of(compared({"t": [4.0, 4.0, np.nan]}, {"t": [4.0]}), "t", "4")


def test_a_named_class_of_many_is_set_against_the_others() -> None:
    made = compared({"t": ["a", "b", "c", "c"]}, {"t": ["c", "d", None, "b"]})
    found = target_of(made, "t", "b")
    assert (found.classes, found.positive) == (("not b", "b"), 1)
    assert found.of(made.real).tolist() == [0, 1, 0, 0]
    assert found.of(made.synthetic).tolist() == [0, 0, UNKNOWN, 1]
    assert found.notes == ("t has 3 classes: 'b' is predicted against all others.",)


def test_the_rarest_of_very_many_classes_are_one() -> None:
    labels = [f"m{k:02}" for k in range(MAX_CLASSES + 5) for _ in range(40 - k)]
    made = compared({"t": labels}, {"t": ["m00", "m24", "new", None]})
    found = target_of(made, "t")
    assert len(found.classes) == MAX_CLASSES and found.classes[-1] == OTHERS
    last = MAX_CLASSES - 1
    assert found.of(made.synthetic).tolist() == [0, last, last, UNKNOWN]
    assert "all but the 19 most frequent are predicted as one" in found.notes[0]


def test_moments_of_few_values_read_as_moments() -> None:
    made = compared({"t": [0.0, 86400.0]}, {"t": [0.0]})
    moment = Feature("t", Form.NUMBER, moment=True)
    found = target_of(replace(made, features=(moment,)), "t")
    assert found.classes == ("1970-01-01T00:00:00", "1970-01-02T00:00:00")


@given(st.lists(st.integers(0, 3), min_size=1, max_size=60), st.integers(0, 9), st.booleans())
@settings(max_examples=60, deadline=None)
def test_folds(classes: list[int], seed: int, persons: bool) -> None:
    truth = np.array(classes)
    people = truth * 3 + np.arange(len(truth)) % 3 if persons else None
    folds = _folds(truth, False, people, Key(seed))
    assert len(folds) == len(truth) and set(folds) <= set(range(FOLDS))
    if people is not None and len(set(people)) >= 2 * FOLDS:
        assert all(len(set(folds[people == p])) == 1 for p in people)
        return
    for code in set(classes):
        sizes = np.bincount(folds[truth == code], minlength=FOLDS)
        assert sizes.max() - sizes.min() <= 1


def test_rows_of_one_person_teach_nothing_about_themselves() -> None:
    """A person's answer is chance, and a number tells the person: split persons give it away."""
    draw = Key(0).generator()
    person = np.repeat(np.arange(60), 10)
    columns = {
        "hint": [*draw.normal(size=60)[person]],
        "t": [f"c{a}" for a in draw.integers(0, 2, 60)[person]],
    }
    made = compared(columns, columns)
    owned = replace(made, real=replace(made.real, people=person))
    train, tested = owned.parts(KEY)
    assert train.people is not None and tested.people is not None
    assert not set(train.people) & set(tested.people)
    skills = []
    for sample in (train, replace(train, people=None)):
        samples = {REAL: sample, SYNTHETIC: sample, TEST: tested}
        training = Training(target_of(made, "t"), made.features[:1], samples, KEY)
        skills.append(training.trained(REAL, FOREST, {REAL: training.arm(REAL)}).skill)
    assert skills[0] < 0.7 < 0.9 < skills[1]
