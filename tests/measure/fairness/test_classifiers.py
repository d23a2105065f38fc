"""Fairness of a table and of what is trained on it: by hand, by chance, and in hard cases."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from tests.measure.made_tables import compared, real_table, split
from trimtab._random import Key
from trimtab.errors import ColumnError
from trimtab.measure.compare.comparison import Comparison
from trimtab.measure.fairness import measures
from trimtab.measure.fairness.classifiers import classifier_fairness
from trimtab.measure.fairness.labels import data_fairness
from trimtab.measure.score import Findings, Score, Verdict
from trimtab.measure.utility.trial import NoTrial, TrialResult
from trimtab.predict.prediction import (
    BOOSTING,
    LOGISTIC,
    REAL,
    SYNTHETIC,
    Prediction,
    Trial,
)

KEY = Key(8)
ON_SYNTHETIC, ON_REAL = (f"{BOOSTING}, trained on {arm} rows" for arm in (SYNTHETIC, REAL))
Array = np.ndarray[Any, Any]
PARITY = (
    "demographic_parity_difference",
    "demographic_parity_ratio",
    "equalized_odds_difference",
    "equalized_odds_ratio",
    "equal_opportunity_difference",
    "predictive_parity_difference",
    "calibration_gap",
)


def one(found: Findings, measure: str, *about: str, within: str) -> Score:
    (score,) = [
        s for s in found.scores if (s.measure, s.about, s.within) == (measure, about, within)
    ]
    return score


def held(value: float | None) -> float:
    assert value is not None
    return value


# Classifiers ------------------------------------------------------------------------------------


def people(rows: int, seed: int = 0) -> dict[str, Array]:
    """Two groups of unequal size, three others, an outcome, and what says something of it."""
    draw = Key(seed).child("people").generator()
    y = draw.random(rows) < 0.3
    return {
        "sex": np.where(draw.random(rows) < 0.35, "f", "m"),
        "race": draw.choice(["a", "b", "c"], rows, p=[0.8, 0.15, 0.05]),
        "y": y,
        "x": y * 1.0 + draw.normal(size=rows),
    }


def table_of(made: dict[str, Array]) -> Comparison:
    columns = {
        "sex": [None if v == "" else str(v) for v in made["sex"]],
        "race": [str(v) for v in made["race"]],
        "y": ["yes" if v else "no" for v in made["y"]],
    }
    return compared(columns, columns)


def prediction(
    arm: str, made: dict[str, Array], score: Array, learner: str = BOOSTING
) -> Prediction:
    """A classifier that predicts yes where the score is above 0."""
    probability = 1 / (1 + np.exp(-np.asarray(score, float)))
    return Prediction(
        arm=arm,
        learner=learner,
        classes=("no", "yes"),
        truth=made["y"].astype(np.int64),
        probability=np.column_stack([1 - probability, probability]),
        predicted=(np.asarray(score) > 0).astype(np.int64),
    )


def trial_of(comparison: Comparison, *predictions: Prediction, positive: int | None = 1) -> Trial:
    return Trial("y", positive, comparison.real, True, predictions)


def judged(synthetic: Array, real: Array, made: dict[str, Array], *protected: str) -> Findings:
    comparison = table_of(made)
    trial = trial_of(
        comparison, prediction(REAL, made, real), prediction(SYNTHETIC, made, synthetic)
    )
    return classifier_fairness(comparison, trial, protected or ("sex",), KEY)


@pytest.fixture(scope="module")
def made() -> dict[str, Array]:
    return people(3000)


def test_predictions_by_group_are_poor(made: dict[str, Array]) -> None:
    by_group = np.where(made["sex"] == "f", -1.0, 1.0) + 0.01 * made["x"]
    found = judged(by_group, made["x"] - 1, made)
    score = one(found, "demographic_parity_difference", "sex", within=ON_SYNTHETIC)
    assert held(score.value) > 0.99
    assert score.verdict is Verdict.POOR and "amplifies" in score.because
    assert held(score.interval)[0] > 0.95  # type: ignore[index]
    assert (
        one(found, "demographic_parity_ratio", "sex", within=ON_SYNTHETIC).verdict is Verdict.POOR
    )
    assert (
        one(found, "equalized_odds_difference", "sex", within=ON_SYNTHETIC).verdict is Verdict.POOR
    )
    # Where the real arm is as unfair, so large a gap is poor all the same.
    both = judged(by_group, by_group, made)
    kept = one(both, "demographic_parity_difference", "sex", within=ON_SYNTHETIC)
    assert kept.verdict is Verdict.POOR
    assert "keeps the gap of training on real rows" in kept.because and "is large" in kept.because


@pytest.mark.stress
def test_fair_predictions_are_within_noise_in_about_95_of_100() -> None:
    beyond = 0
    for seed in range(60):
        made = people(800, seed)
        found = judged(made["x"] - 1, made["x"] - 1, made)
        score = one(found, "demographic_parity_difference", "sex", within=ON_SYNTHETIC)
        within = held(score.value) <= held(score.noise)
        assert (score.verdict is Verdict.GOOD) == within
        assert ("no more than chance" in score.because) == within
        beyond += not within
    assert beyond <= 8


def test_a_gap_is_kept_reduced_or_amplified(made: dict[str, Array]) -> None:
    woman = made["sex"] == "f"
    for mine, theirs, verdict, word in (
        (-0.6, -0.6, Verdict.MIDDLING, "keeps the gap of training on real rows"),
        (-0.4, -1.4, Verdict.GOOD, "a smaller gap than that of training on real rows"),
        (-1.4, -0.4, Verdict.POOR, "amplifies the gap of training on real rows"),
        (0.9, -0.9, Verdict.POOR, "turns round the gap of training on real rows"),
    ):
        found = judged(made["x"] + mine * woman - 0.5, made["x"] + theirs * woman - 0.5, made)
        score = one(found, "demographic_parity_difference", "sex", within=ON_SYNTHETIC)
        assert (score.verdict, word in score.because) == (verdict, True), score.because
        real = one(found, "demographic_parity_difference", "sex", within=ON_REAL)
        assert real.verdict is Verdict.NONE
        assert f"({held(real.value):.3f})" in score.because


def test_the_auc_stands_beside_every_parity(made: dict[str, Array]) -> None:
    found = judged(
        made["x"] - 1, made["x"] - 1.3 + 0.2 * (made["race"] == "a"), made, "sex", "race"
    )
    aucs = [
        roc_auc_score(made["y"], s) for s in (made["x"], made["x"] + 0.2 * (made["race"] == "a"))
    ]
    seen = set()
    for score in found.scores:
        if score.measure in PARITY:
            seen.add((score.measure, score.about))
            first, second = aucs if "synthetic rows" in score.within else aucs[::-1]
            other = "real" if "synthetic rows" in score.within else "synthetic"
            assert f"AUC {first:.3f} ({other} arm {second:.3f})" in score.because
    assert seen == {(m, a) for m in PARITY for a in (("sex",), ("race",), ("sex", "race"))}


def test_the_headlines_are_of_boosted_trees_for_all_columns_together(
    made: dict[str, Array],
) -> None:
    comparison = table_of(made)
    trial = trial_of(
        comparison,
        *(
            prediction(arm, made, made["x"] - 1, learner)
            for arm in (REAL, SYNTHETIC)
            for learner in (LOGISTIC, BOOSTING)
        ),
    )
    found = classifier_fairness(comparison, trial, ("sex", "race"), KEY)
    assert [(s.measure, s.about, s.within) for s in found.scores if s.headline] == [
        ("demographic_parity_difference", ("sex", "race"), ON_SYNTHETIC),
        ("equalized_odds_difference", ("sex", "race"), ON_SYNTHETIC),
    ]
    alone = classifier_fairness(comparison, trial, ("sex",), KEY)
    assert [(s.measure, s.about) for s in alone.scores if s.headline] == [
        ("demographic_parity_difference", ("sex",)),
        ("equalized_odds_difference", ("sex",)),
    ]
    assert {e.within for e in alone.exhibits} == {LOGISTIC, BOOSTING}


def test_a_constant_classifier_has_no_verdict(made: dict[str, Array]) -> None:
    found = judged(np.full(3000, -1.0) + 0.001 * made["x"], made["x"] - 1, made)
    for name in PARITY[:5]:
        score = one(found, name, "sex", within=ON_SYNTHETIC)
        assert score.verdict in (Verdict.NONE, Verdict.UNKNOWN)
        if score.verdict is Verdict.NONE:
            assert "predicts 'no' for every row" in score.because
    score = one(found, "demographic_parity_difference", "sex", within=ON_SYNTHETIC)
    assert (score.value, score.verdict) == (0, Verdict.NONE)
    # Nor is a real arm that says one thing to everybody anything to compare with.
    other = judged(made["x"] + (made["sex"] == "f") - 1, np.full(3000, -1.0), made)
    score = one(other, "demographic_parity_difference", "sex", within=ON_SYNTHETIC)
    assert score.verdict is Verdict.MIDDLING and "more than chance alone" in score.because
    assert "of training on real rows: it predicts 'no' for every row" in score.because


def test_a_classifier_that_knows_nothing_has_no_verdict(made: dict[str, Array]) -> None:
    nothing = Key(1).generator().normal(size=3000)
    found = judged(nothing, made["x"] - 1, made)
    score = one(found, "demographic_parity_difference", "sex", within=ON_SYNTHETIC)
    assert score.verdict is Verdict.NONE and "no better than chance" in score.because


def test_small_groups_are_named_and_left_out_besides(made: dict[str, Array]) -> None:
    few = dict(made) | {"race": made["race"].copy()}
    few["race"][:3] = "d"
    found = judged(made["x"] - 1, made["x"] - 1, few, "race")
    assert any("groups of fewer than 30 tested rows: race = d (3)" in n for n in found.notes)
    score = one(found, "demographic_parity_difference", "race", within=ON_SYNTHETIC)
    assert "over the groups with at least 30 rows" in score.because
    assert held(score.noise) > 0.2  # three rows hide everything, so the others are judged
    assert score.verdict is Verdict.GOOD and "over the groups with enough rows" in score.because


def test_groups_too_small_to_tell_get_no_verdict() -> None:
    tiny = people(60)
    tiny["race"] = np.array([f"r{k % 12}" for k in range(60)])
    found = judged(tiny["x"] - 0.5, tiny["x"] - 0.5, tiny, "race")
    score = one(found, "equalized_odds_difference", "race", within=ON_SYNTHETIC)
    assert score.verdict is Verdict.NONE and "too small to tell" in score.because
    assert held(score.noise) > 0.2


def test_a_group_of_one_row(made: dict[str, Array]) -> None:
    lone = dict(made) | {"race": np.where(np.arange(3000) == 0, "z", "a")}
    found = judged(made["x"] - 1, made["x"] - 1, lone, "race")
    score = one(found, "demographic_parity_difference", "race", within=ON_SYNTHETIC)
    assert held(score.noise) > 0.5 and score.value is not None
    # One row is of one class, so one group alone has positives, or negatives.
    odds = one(found, "equalized_odds_difference", "race", within=ON_SYNTHETIC)
    assert odds.verdict is Verdict.UNKNOWN and "fewer than two groups" in odds.because


def test_one_group_cannot_be_compared(made: dict[str, Array]) -> None:
    same = dict(made) | {"sex": np.full(3000, "f")}
    found = judged(made["x"] - 1, made["x"] - 1, same)
    assert {s.verdict for s in found.scores} == {Verdict.UNKNOWN}
    assert all("one group, sex = f" in s.because for s in found.scores)
    assert sum(s.headline for s in found.scores) == 2


def test_missing_values_are_a_group(made: dict[str, Array]) -> None:
    gaps = dict(made) | {"sex": np.where(np.arange(3000) % 3 == 0, "", made["sex"])}
    found = judged(made["x"] - 1, made["x"] - 1, gaps)
    (exhibit,) = [e for e in found.exhibits if e.within == BOOSTING]
    assert set(exhibit.columns["group"]) == {"sex = m", "sex = f", "sex = (missing)"}


def test_what_cannot_be_tried_is_said(made: dict[str, Array]) -> None:
    comparison = table_of(made)
    for trial, said in (
        (NoTrial("y", "there is no other column to predict it from"), "no other column"),
        (trial_of(comparison, prediction(REAL, made, made["x"])), "no learner was trained"),
        (trial_of(comparison), "no learner was trained"),
    ):
        found = classifier_fairness(comparison, trial, ("sex",), KEY)
        assert {s.verdict for s in found.scores} == {Verdict.UNKNOWN}
        assert all(said in s.because for s in found.scores)
        assert sum(s.headline for s in found.scores) >= 1


def test_without_a_real_arm_chance_alone_judges(made: dict[str, Array]) -> None:
    comparison = table_of(made)
    unfair = made["x"] - 1 + 1.0 * (made["sex"] == "f")
    trial = trial_of(comparison, prediction(SYNTHETIC, made, unfair))
    found = classifier_fairness(comparison, trial, ("sex",), KEY)
    score = one(found, "demographic_parity_difference", "sex", within=ON_SYNTHETIC)
    assert score.verdict is Verdict.MIDDLING and "more than chance alone" in score.because
    auc = one(found, "worst_group_auc", "sex", within=ON_SYNTHETIC)
    assert auc.verdict is Verdict.NONE


def test_too_many_groups_are_not_compared(made: dict[str, Array]) -> None:
    many = dict(made) | {"race": np.array([f"r{k % 300}" for k in range(3000)])}
    found = judged(made["x"] - 1, made["x"] - 1, many, "race")
    assert {s.verdict for s in found.scores} == {Verdict.UNKNOWN}
    assert all("300 groups, too many to compare" in s.because for s in found.scores)


def test_columns_that_cannot_be_protected(made: dict[str, Array]) -> None:
    comparison = table_of(made)
    trial = trial_of(comparison, prediction(SYNTHETIC, made, made["x"]))
    with pytest.raises(ColumnError, match="both name 'y'"):
        classifier_fairness(comparison, trial, ("y",), KEY)
    with pytest.raises(ColumnError, match="no column 'sez'"):
        classifier_fairness(comparison, trial, ("sez",), KEY)
    with pytest.raises(ColumnError, match="no column 'sez'"):
        data_fairness(comparison, "y", ("sez",), KEY)
    assert classifier_fairness(comparison, trial, (), KEY) == Findings()


def test_rows_trained_on_add_their_noise(made: dict[str, Array]) -> None:
    comparison = table_of(made)
    woman = made["sex"] == "f"
    mine, theirs = made["x"] - 1 + 0.5 * woman, made["x"] - 1 + 0.3 * woman
    said = prediction(REAL, made, theirs), prediction(SYNTHETIC, made, mine)
    again = tuple(
        SimpleNamespace(prediction=prediction(SYNTHETIC, made, mine + shift * woman))
        for shift in (-0.4, -0.2, 0.2, 0.4)
    )
    trial = trial_of(comparison, *said)
    result = TrialResult(
        **vars(trial),
        classes=("no", "yes"),
        arms={},
        refits={(REAL, BOOSTING): (), (SYNTHETIC, BOOSTING): again},  # type: ignore[dict-item]
        best=BOOSTING,
    )
    plain, wide = (
        one(
            classifier_fairness(comparison, t, ("sex",), KEY),
            "demographic_parity_difference",
            "sex",
            within=ON_SYNTHETIC,
        )
        for t in (trial, result)
    )
    assert plain.value == wide.value
    assert held(wide.interval)[0] < held(plain.interval)[0]  # type: ignore[index]
    assert held(wide.interval)[1] > held(plain.interval)[1]  # type: ignore[index]
    assert plain.covers == "test rows drawn again"
    assert wide.covers == "training rows and test rows drawn again"


def test_the_exhibit_holds_the_rates(made: dict[str, Array]) -> None:
    found = judged(made["x"] - 1, made["x"] - 0.5, made)
    (exhibit,) = [e for e in found.exhibits if e.within == BOOSTING]
    assert exhibit.name == "group rates" and exhibit.about == ("sex",)
    assert exhibit.columns["arm"] == ["real", "real", "synthetic", "synthetic"]
    rows = zip(
        *(exhibit.columns[n] for n in ("arm", "group", "selection_rate", "tpr")), strict=True
    )
    for arm, group, selected, tpr in rows:
        inside = made["sex"] == group[-1]
        called = made["x"] > (0.5 if arm == "real" else 1)
        assert selected == pytest.approx(called[inside].mean())
        assert tpr == pytest.approx(called[inside & made["y"]].mean())
    assert set(exhibit.columns) == {
        *("arm", "group", "rows", "positives", "base_rate", "selection_rate", "selection_low"),
        *("selection_high", "tpr", "tpr_low", "tpr_high", "fpr", "fpr_low", "fpr_high"),
        *("precision", "auc"),
    }


def test_a_target_of_several_classes(made: dict[str, Array]) -> None:
    draw = Key(3).generator()
    truth = draw.integers(3, size=3000)
    probability = draw.dirichlet([1, 1, 1], 3000) + np.eye(3)[truth]
    probability /= probability.sum(axis=1, keepdims=True)
    # In one group class c is always said to be class a.
    predicted = probability.argmax(axis=1)
    predicted[(made["sex"] == "f") & (predicted == 2)] = 0
    comparison = table_of(made)
    said = [
        Prediction(arm, BOOSTING, ("a", "b", "c"), truth, probability, codes)
        for arm, codes in ((REAL, probability.argmax(axis=1)), (SYNTHETIC, predicted))
    ]
    found = classifier_fairness(
        comparison, trial_of(comparison, *said, positive=None), ["sex"], KEY
    )
    score = one(found, "equal_opportunity_difference", "sex", within=ON_SYNTHETIC)
    assert "for class c" in score.because and score.verdict is Verdict.POOR
    real = one(found, "equal_opportunity_difference", "sex", within=ON_REAL)
    assert held(real.value) <= held(real.noise) * 1.5


def test_a_target_that_is_a_number(made: dict[str, Array]) -> None:
    comparison = table_of(made)
    truth = 100 + 20 * made["x"]
    woman = made["sex"] == "f"
    for shift, verdict in ((0.0, Verdict.GOOD), (8.0, Verdict.POOR)):
        said = [
            Prediction(arm, BOOSTING, (), truth, np.zeros((3000, 0)), truth + off)
            for arm, off in ((REAL, np.zeros(3000)), (SYNTHETIC, shift * woman))
        ]
        trial = trial_of(comparison, *said, positive=None)
        found = classifier_fairness(comparison, trial, ("sex",), KEY)
        assert {s.measure for s in found.scores} == {"mean_prediction_difference"}
        score = one(found, "mean_prediction_difference", "sex", within=ON_SYNTHETIC)
        made_by_hand = truth + shift * woman
        assert score.value == pytest.approx(
            abs(made_by_hand[woman].mean() - made_by_hand[~woman].mean())
        )
        assert score.headline and score.verdict is verdict
        assert "R2" in score.because
        (exhibit,) = found.exhibits
        assert exhibit.name == "group means"


# The table itself -------------------------------------------------------------------------------


def table(
    rows: int, yes: dict[str, float], seed: int = 0, shares: tuple[float, ...] = (0.6, 0.4)
) -> dict[str, list[Any]]:
    draw = Key(seed).child("table").generator()
    group = draw.choice(list(yes), rows, p=shares)
    hit = draw.random(rows) < np.array([yes[g] for g in group])
    return {
        "g": [str(v) for v in group],
        "y": ["yes" if h else "no" for h in hit],
        "x": draw.normal(size=rows).tolist(),
    }


FAIR, UNFAIR, WORSE = ({"a": 0.3, "b": b} for b in (0.3, 0.15, 0.05))


@pytest.mark.parametrize(
    ("real", "synthetic", "verdict", "said"),
    [
        (UNFAIR, FAIR, Verdict.GOOD, "no more than chance"),
        (UNFAIR, UNFAIR, Verdict.MIDDLING, "keeps the gap of the real table"),
        (WORSE, UNFAIR, Verdict.GOOD, "a smaller gap than that of the real table"),
        (UNFAIR, WORSE, Verdict.POOR, "amplifies the gap of the real table"),
        (FAIR, UNFAIR, Verdict.POOR, "amplifies the gap of the real table"),
        (FAIR, {"a": 1.0, "b": 0.0}, Verdict.POOR, "amplifies"),
        ({"a": 1.0, "b": 0.0}, {"a": 1.0, "b": 0.0}, Verdict.POOR, "is large"),
        (UNFAIR, {"a": 0.15, "b": 0.3}, Verdict.POOR, "turns round the gap of the real table"),
        ({"a": 0.3, "b": 0.298}, {"a": 0.3, "b": 0.302}, Verdict.GOOD, "no more than chance"),
    ],
)
def test_labels_are_compared_with_the_real_ones(
    real: dict[str, float], synthetic: dict[str, float], verdict: Verdict, said: str
) -> None:
    found = data_fairness(
        compared(table(4000, real), table(4000, synthetic, 1)), "y", ("g",), KEY, "yes"
    )
    score = one(found, "label_parity_difference", "g", within="synthetic data")
    assert (score.verdict, said in score.because) == (verdict, True), score.because
    assert score.ideal == 0 and score.ceiling is None
    # A gap that is as large as the real one, or surely larger by .1 at most, is not beyond doubt.
    gaps = [rates["a"] - rates["b"] for rates in (real, synthetic)]
    assert score.beyond_doubt == (gaps[1] - gaps[0] > 0.3 or "turns round" in said)


def test_label_figures_by_hand() -> None:
    real, synthetic = table(1500, UNFAIR), table(1100, WORSE, 1, (0.5, 0.5))
    found = data_fairness(compared(real, synthetic), "y", ("g",), KEY, "yes")

    def share(of: dict[str, list[Any]], g: str | None, y: str | None) -> float:
        pairs = list(zip(of["g"], of["y"], strict=True))
        return sum((g or a) == a and (y or b) == b for a, b in pairs) / len(pairs)

    for name, made in (("real data", real), ("synthetic data", synthetic)):
        a, b = (share(made, g, "yes") / share(made, g, None) for g in "ab")
        assert one(found, "label_parity_difference", "g", within=name).value == pytest.approx(a - b)
        assert one(found, "label_parity_ratio", "g", within=name).value == pytest.approx(b / a)
        signed = one(found, "risk_difference", "g", within=f"{name}, g = a minus g = b")
        assert signed.value == pytest.approx(a - b)
        assert held(signed.interval)[0] < a - b < held(signed.interval)[1]  # type: ignore[index]
    joint = np.array(
        [share(real, g, y) - share(synthetic, g, y) for g in "ab" for y in ("yes", "no")]
    )
    distance = one(found, "joint_distance", "g", "y", within="")
    assert distance.value == pytest.approx(np.sqrt((joint**2).sum()))
    assert held(distance.noise) > held(distance.ceiling) > 0
    target = [share(real, None, y) - share(synthetic, None, y) for y in ("yes", "no")]
    alone = one(found, "target_distance", "y", within="")
    assert alone.value == pytest.approx(np.hypot(*target))
    shares = one(found, "representation_distance", "g", within="")
    assert shares.value == pytest.approx(abs(share(real, "a", None) - share(synthetic, "a", None)))
    assert {s.verdict for s in (distance, alone, shares)} == {Verdict.NONE}


def test_random_labels_are_within_noise_in_about_95_of_100() -> None:
    beyond = 0
    for seed in range(60):
        made = table(500, FAIR, 2 * seed, (0.8, 0.2)), table(500, FAIR, 2 * seed + 1, (0.8, 0.2))
        found = data_fairness(compared(*made), "y", ("g",), Key(seed))
        score = one(found, "label_parity_difference", "g", within="synthetic data")
        beyond += held(score.value) > held(score.noise)
    assert beyond <= 8


def test_halves_of_a_table_keep_its_gap() -> None:
    whole = compared(*[table(6000, UNFAIR)] * 2)
    words = []
    for seed in range(40):
        found = data_fairness(split(whole, seed), "y", ("g",), KEY)
        score = one(found, "label_parity_difference", "g", within="synthetic data")
        words.append("keeps" in score.because)
    assert np.mean(words) >= 0.85


def test_weights_of_real_rows_are_honoured() -> None:
    real, synthetic = table(2000, UNFAIR), table(2000, UNFAIR, 1)
    weights = np.where(np.array(real["y"]) == "yes", 2.0, 1.0)
    comparison = compared(real, synthetic, weights=weights)
    score = one(
        data_fairness(comparison, "y", ("g",), KEY),
        "label_parity_difference",
        "g",
        within="real data",
    )
    rates = [
        np.average(np.array(real["y"])[inside] == "yes", weights=weights[inside])
        for inside in (np.array(real["g"]) == g for g in "ab")
    ]
    assert score.value == pytest.approx(rates[0] - rates[1])


def test_groups_that_the_synthetic_table_lacks() -> None:
    three = {"a": 0.3, "b": 0.3, "c": 0.02}
    real = table(3000, three, shares=(0.5, 0.4, 0.1))
    found = data_fairness(compared(real, table(3000, FAIR, 1)), "y", ("g",), KEY)
    score = one(found, "label_parity_difference", "g", within="synthetic data")
    # Leaving a group out is no way to be fair to it.
    assert score.verdict is Verdict.NONE and "has no row of g = c" in score.because
    assert any("no row of g = c" in note for note in found.notes)
    alone = data_fairness(compared(real, table(500, {"a": 0.3}, 1, (1.0,))), "y", ("g",), KEY)
    for name in ("label_parity_difference", "label_parity_ratio"):
        (missing,) = [s for s in alone.scores if s.measure == name]
        assert missing.verdict is Verdict.UNKNOWN and "rows of 1 group" in missing.because


def test_targets_that_say_nothing() -> None:
    made = table(300, FAIR)
    for real_y, synthetic_y, said in (
        ([None] * 300, made["y"], "missing in every row of the real table"),
        (made["y"], [None] * 300, "missing in every row of the synthetic table"),
        (["no"] * 300, ["no"] * 300, "only one value in the real table"),
    ):
        tables = ({**made, "y": [*real_y]}, {**made, "y": [*synthetic_y]})
        found = data_fairness(compared(*tables), "y", ("g",), KEY)
        parity = [s for s in found.scores if s.measure.startswith("label_parity")]
        assert parity and all(s.verdict is Verdict.UNKNOWN for s in parity)
        assert all(said in s.because for s in parity), parity[0].because
    # The synthetic table alone has one class: there is no gap, and that says nothing.
    found = data_fairness(compared(made, {**made, "y": ["no"] * 300}), "y", ("g",), KEY, "yes")
    score = one(found, "label_parity_difference", "g", within="synthetic data")
    assert (score.value, score.verdict) == (0, Verdict.NONE)
    assert "every synthetic row has the same y" in score.because
    (ratio, _) = [s for s in found.scores if s.measure == "label_parity_ratio"]
    assert ratio.verdict is Verdict.UNKNOWN


def test_a_table_without_rows() -> None:
    made = table(300, FAIR)
    comparison = compared(made, made)
    nothing = comparison.synthetic.take(np.zeros(300, bool))
    found = data_fairness(
        replace(comparison, synthetic=nothing, delivered=nothing), "y", ("g",), KEY
    )
    assert {s.measure for s in found.scores} == {
        *("target_distance", "joint_distance", "representation_distance"),
        *("label_parity_difference", "label_parity_ratio"),
    }
    assert {s.verdict for s in found.scores} == {Verdict.UNKNOWN}
    assert all(s.because for s in found.scores)


def test_a_number_and_several_classes_as_targets() -> None:
    draw = Key(5).generator()
    group = np.where(draw.random(2000) < 0.5, "a", "b")
    fair, unfair = draw.normal(50, 10, 2000), draw.normal(50, 10, 2000) + 4 * (group == "b")
    made = [{"g": group.tolist(), "y": y.tolist()} for y in (fair, unfair)]
    found = data_fairness(compared(*made), "y", ("g",), KEY)
    score = one(found, "label_mean_difference", "g", within="synthetic data")
    expected = abs(unfair[group == "a"].mean() - unfair[group == "b"].mean())
    assert score.value == pytest.approx(expected) and score.verdict is Verdict.POOR
    (exhibit,) = found.exhibits
    assert exhibit.name == "group means" and exhibit.within == "data"

    codes = draw.integers(3, size=2000)
    moved = np.where((group == "b") & (codes == 2), 0, codes)
    made = [{"g": group.tolist(), "y": [f"c{k}" for k in y]} for y in (codes, moved)]
    found = data_fairness(compared(*made), "y", ("g",), KEY)
    score = one(found, "label_parity_difference", "g", within="synthetic data")
    assert score.verdict is Verdict.POOR and "for class c" in score.because
    assert not any(s.measure == "risk_difference" for s in found.scores)


def test_the_delivered_table_is_judged() -> None:
    comparison = compared(table(2000, UNFAIR), table(2000, UNFAIR, 1))
    other = compared(table(2000, UNFAIR), table(2000, FAIR, 2))
    augmented = replace(comparison, delivered=other.synthetic, augmented=True)
    score = one(
        data_fairness(augmented, "y", ("g",), KEY),
        "label_parity_difference",
        "g",
        within="synthetic data",
    )
    assert score.verdict is Verdict.GOOD


def test_exhibit_of_the_data() -> None:
    found = data_fairness(
        compared(table(900, UNFAIR), table(900, FAIR, 1)), "y", ("g",), KEY, "yes"
    )
    (exhibit,) = found.exhibits
    assert (exhibit.name, exhibit.about, exhibit.within) == ("group rates", ("g",), "data")
    assert exhibit.columns["arm"] == ["real", "real", "synthetic", "synthetic"]
    assert exhibit.columns["selection_rate"] == exhibit.columns["base_rate"]
    assert exhibit.columns["tpr"] == [None] * 4


def test_the_same_key_gives_the_same_findings() -> None:
    comparison = compared(table(400, UNFAIR), table(400, FAIR, 1))
    assert data_fairness(comparison, "y", ("g",), KEY) == data_fairness(
        comparison, "y", ("g",), KEY
    )


def test_measures_are_named_once() -> None:
    found = [m for m in vars(measures).values() if isinstance(m, type(measures.JOINT_DISTANCE))]
    assert len(found) == len({m.name for m in found}) == 16
    assert all(2 <= len(m.title.split()) <= 5 for m in found)


def test_adult() -> None:
    comparison = split(real_table("adult"), 1)
    found = data_fairness(comparison, "income", ("sex", "race"), KEY)
    score = one(found, "label_parity_difference", "sex", within="synthetic data")
    assert held(score.value) == pytest.approx(0.196, abs=0.015)
    assert score.verdict is Verdict.MIDDLING
    both = one(found, "label_parity_difference", "sex", "race", within="synthetic data")
    assert held(both.value) > held(both.noise)
