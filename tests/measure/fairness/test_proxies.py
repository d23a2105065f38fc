"""Proxies of protected columns: given away, hidden, too rare, and as scikit-learn counts it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score

from tests.measure.made_tables import compared, real_table, split
from trimtab._random import Key
from trimtab.errors import ColumnError
from trimtab.measure.fairness import proxies as module
from trimtab.measure.fairness.proxies import proxies
from trimtab.measure.score import Findings, Score, Verdict
from trimtab.predict.prediction import LOGISTIC

KEY = Key(2)
Columns = dict[str, list[Any]]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """One linear learner."""
    monkeypatch.setattr(module, "CLASSIFIERS", (LOGISTIC,))


def table(rows: int, tell: float, seed: int = 0, groups: str = "ab") -> Columns:
    """A group that a number gives away the more, the larger `tell`; and an outcome that does."""
    draw = Key(seed).child("table").generator()
    group = draw.integers(len(groups), size=rows)
    return {
        "g": [groups[k] for k in group],
        "x": (tell * group + draw.normal(size=rows)).tolist(),
        "z": draw.normal(size=rows).tolist(),
        "y": [f"y{k}" for k in group],
    }


def one(found: Findings, which: str, name: str = "g") -> Score:
    (score,) = [s for s in found.scores if (s.about, s.within) == ((name,), f"{which} data")]
    return score


def held(value: float | None) -> float:
    assert value is not None
    return value


def test_a_column_that_others_give_away() -> None:
    found = proxies(compared(table(900, 20), table(900, 20, 1)), ["g"], "y", KEY)
    score = one(found, "synthetic")
    assert score.value == 0 and score.ideal == 0.5
    assert score.verdict is Verdict.POOR and "nearly all of it" in score.because
    assert "g is predicted from all other columns but y, in 900 rows of each table." in found.notes


def test_a_column_that_nothing_tells() -> None:
    # The target tells it, but is no part of what it is predicted from.
    found = proxies(compared(table(900, 0), table(900, 0, 1)), ["g"], "y", KEY)
    score = one(found, "synthetic")
    assert held(score.value) == pytest.approx(0.5, abs=0.08)
    assert held(score.noise) < 0.5 and score.verdict is Verdict.GOOD
    told = proxies(compared(table(900, 0), table(900, 0, 1)), ["g"], None, KEY)
    assert one(told, "synthetic").value == 0


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("real", "synthetic", "verdict", "said"),
    [
        (1.5, 1.5, Verdict.MIDDLING, "as the real table does"),
        (1.5, 0.0, Verdict.GOOD, "no more of it than chance"),
        (2.5, 1.0, Verdict.GOOD, "hides it better"),
        (0.5, 2.0, Verdict.POOR, "more than the real table does"),
        (0.0, 20.0, Verdict.POOR, "nearly all of it"),
    ],
)
def test_a_table_is_compared_with_the_real_one(
    real: float, synthetic: float, verdict: Verdict, said: str
) -> None:
    found = proxies(compared(table(2000, real), table(2000, synthetic, 1)), ["g"], "y", KEY)
    score = one(found, "synthetic")
    assert (score.verdict, said in score.because) == (verdict, True), score.because
    other = one(found, "real")
    assert other.verdict is Verdict.NONE
    if "real table does" in score.because:
        assert f"(error {held(other.value):.3f})" in score.because
    assert "by logistic regression; chance among 2 groups is 0.500" in score.because


def test_the_best_of_three_learners_counts() -> None:
    # Only trees see that the two middle values stand for one group.
    draw = Key(9).generator()
    x = draw.integers(4, size=1500)
    made = {"g": [("a", "b", "b", "a")[k] for k in x], "x": (x + 0.0).tolist()}
    found = proxies(compared(made, made), ["g"], None, KEY)
    score = one(found, "synthetic")
    assert held(score.value) < 0.02
    assert "random forest" in score.because or "boosted trees" in score.because


def test_errors_are_those_of_scikit_learn() -> None:
    draw = Key(3).generator()
    truth = draw.choice(3, 400, p=[0.7, 0.25, 0.05])
    said = np.where(draw.random(400) < 0.7, truth, draw.integers(3, size=400))
    weights = draw.random(400) + 0.5
    proxy = module._tested("one", truth == said, truth, weights, "abc")
    expected = 1 - balanced_accuracy_score(truth, said, sample_weight=weights)
    assert proxy.value == pytest.approx(expected)
    assert proxy.low < proxy.value < proxy.high


def test_intervals_hold_the_true_error() -> None:
    draw = Key(4).generator()
    wrong, sizes = np.array([0.1, 0.3, 0.6]), (500, 60, 12)
    truth = np.repeat(np.arange(3), sizes)
    inside = []
    for _ in range(300):
        proxy = module._tested(
            "one", draw.random(len(truth)) >= wrong[truth], truth, np.ones(len(truth)), "abc"
        )
        inside.append(proxy.low <= wrong.mean() <= proxy.high)
    assert 0.92 <= np.mean(inside) <= 1.0


@pytest.mark.usefixtures("quick")
def test_nothing_to_tell_is_within_noise_in_about_95_of_100() -> None:
    good = []
    for seed in range(30):
        comparison = compared(table(300, 0, 2 * seed), table(300, 0, 2 * seed + 1))
        score = one(proxies(comparison, ["g"], "y", Key(seed)), "synthetic")
        good.append(held(score.value) >= held(score.noise))
    assert sum(good) >= 26


@pytest.mark.usefixtures("quick")
def test_rare_groups_count_as_one_or_are_left_out() -> None:
    made = table(600, 1)
    for rare, said in (
        (["c"] * 6 + ["d"] * 7, "count as one"),
        (["c"] * 6, "are left out"),
    ):
        own = {**made, "g": [*rare, *made["g"][len(rare) :]]}
        found = proxies(compared(own, own), ["g"], "y", KEY)
        (note,) = [n for n in found.notes if "fewer than 10 rows" in n]
        assert said in note and "g = c" in note
        score = one(found, "synthetic")
        groups = 3 if said == "count as one" else 2
        assert held(score.ideal) == pytest.approx(1 - 1 / groups)
        assert f"chance among {groups} groups" in score.because


@pytest.mark.usefixtures("quick")
def test_what_cannot_be_told() -> None:
    made = table(60, 1)
    same = {**made, "g": ["a"] * 60}
    for tables, columns, said in (
        ((same, same), ["g"], "fewer than two groups of 10 rows"),
        ((made, same), ["g"], "fewer than two groups of 10 rows"),
        (({"g": made["g"], "y": made["y"]},) * 2, ["g"], "no other column"),
        (({**made, "g": [None] * 59 + ["a"]}, made), ["g"], "fewer than two groups"),
    ):
        score = one(proxies(compared(*tables), columns, "y", KEY), "synthetic")
        assert score.verdict is Verdict.UNKNOWN and said in score.because
    assert proxies(compared(made, made), [], "y", KEY) == Findings()
    with pytest.raises(ColumnError, match="no column 'h'"):
        proxies(compared(made, made), ["h"], "y", KEY)


@pytest.mark.usefixtures("quick")
def test_numbers_missing_values_and_unequal_tables() -> None:
    draw = Key(6).generator()
    age = draw.uniform(20, 70, 1000)
    age[:100] = np.nan
    made = {"age": age.tolist(), "x": (age + draw.normal(size=1000)).tolist()}
    made["x"][:100] = [0.0] * 100
    few = {name: column[:700] for name, column in made.items()}
    found = proxies(compared(made, few), ["age"], None, KEY)
    score = one(found, "synthetic", "age")
    assert "chance among 10 groups is 0.900" in score.because
    assert held(score.value) < 0.6
    assert "age is missing in 100 real rows, which say nothing of its leakage." in found.notes
    # 600 rows of both tables are known, so that neither is learned better for being larger.
    assert any("in 600 rows of each table" in note for note in found.notes)
    assert score.n == pytest.approx(180, abs=10)


@pytest.mark.usefixtures("quick")
def test_rows_of_one_person_are_not_on_both_sides() -> None:
    # Each person's number is theirs alone and says nothing but who they are.
    draw = Key(7).generator()
    persons = draw.normal(size=150)
    group = draw.integers(2, size=150)
    made = {
        "g": ["ab"[k] for k in np.repeat(group, 8)],
        "x": np.repeat(persons, 8).tolist(),
    }
    comparison = compared(made, made)
    who = np.repeat(np.arange(150), 8)
    comparison = replace(
        comparison,
        real=replace(comparison.real, people=who),
        delivered=replace(comparison.delivered, people=who),
    )
    score = one(proxies(comparison, ["g"], None, KEY), "synthetic")
    assert held(score.value) > 0.3


def test_the_same_key_gives_the_same_findings() -> None:
    comparison = compared(table(200, 1), table(200, 1, 1))
    assert proxies(comparison, ["g"], "y", KEY) == proxies(comparison, ["g"], "y", KEY)


def test_adult(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_ROWS", 3000)
    comparison = split(real_table("adult"), 3)
    found = proxies(comparison, ["sex"], "income", KEY)
    assert held(one(found, "synthetic", "sex").value) == pytest.approx(0.15, abs=0.04)
    assert one(found, "synthetic", "sex").verdict is Verdict.MIDDLING
