"""The classifier two-sample test: areas, honest intervals, and what gives a table away."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from tests.measure.made_tables import compared, real_table, shuffled, simulated, split, taken
from trimtab._arrays import Float
from trimtab._random import Key
from trimtab.measure.compare.comparison import Comparison
from trimtab.measure.compare.controls import Controls
from trimtab.measure.compare.weighting import weighted
from trimtab.measure.fidelity.detection import (
    MAX_ROWS,
    _area,
    _standardised,
    detection,
    first_folds,
    folds,
    tell_apart,
)
from trimtab.measure.fidelity.published_detection import published_detection
from trimtab.measure.score import Findings, Score, Verdict
from trimtab.predict.prediction import BOOSTING, LOGISTIC
from trimtab.predict.sample import Sample

KEY = Key(1)


def score(found: Findings, learner: str = BOOSTING) -> Score:
    (one,) = [s for s in found.scores if s.measure == "detection" and s.within == learner]
    return one


def area(found: Findings, learner: str = BOOSTING) -> float:
    value = score(found, learner).value
    assert value is not None
    return value


def sample_of(weights: Float, people: Any = None) -> Sample:
    return Sample("any", {}, weights, people)


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(1, 4)), min_size=2, max_size=20),
    st.lists(st.tuples(st.integers(0, 5), st.integers(1, 4)), min_size=2, max_size=20),
)
@settings(max_examples=60, deadline=None)
def test_the_area_is_that_of_a_peer(
    real: list[tuple[int, int]], synthetic: list[tuple[int, int]]
) -> None:
    negative, positive = (np.array([v for v, _ in s], float) for s in (real, synthetic))
    first, second = (np.array([w for _, w in s], float) for s in (real, synthetic))
    found, _ = _area(negative, sample_of(first), positive, sample_of(second))
    truth = np.repeat([0, 1], [len(negative), len(positive)])
    peer = roc_auc_score(
        truth, np.append(negative, positive), sample_weight=np.append(first, second)
    )
    assert found == pytest.approx(peer)


def test_the_error_is_that_of_delong() -> None:
    draw = Key(3).generator()
    negative, positive = draw.normal(0, 1, 40), draw.normal(0.8, 1, 30)
    wins = (positive[:, None] > negative[None, :]).astype(float)
    error = np.sqrt(wins.mean(axis=1).var(ddof=1) / 30 + wins.mean(axis=0).var(ddof=1) / 40)
    found = _area(negative, sample_of(np.ones(40)), positive, sample_of(np.ones(30)))
    assert found == pytest.approx((wins.mean(), error))
    # Each row twice, as the rows of one person, tells no more than each row once.
    twice = [np.repeat(v, 2) for v in (negative, positive)]
    people = [np.repeat(np.arange(len(v)), 2) for v in (negative, positive)]
    again = _area(
        twice[0], sample_of(np.ones(80), people[0]), twice[1], sample_of(np.ones(60), people[1])
    )
    assert again == pytest.approx(found)


def test_a_fresh_sample_cannot_be_told_apart() -> None:
    found = detection(compared(simulated(500, 1), simulated(500, 2), simulated(500, 3)), KEY)
    for learner in (BOOSTING, LOGISTIC):
        one = score(found, learner)
        assert one.verdict is Verdict.GOOD and one.ceiling == 0.5 and one.n == 1000
        assert "training rows are told from held-out rows with 0.5" in one.because or (
            "training rows are told from held-out rows with 0.4" in one.because
        )
        assert "better" not in one.because
    assert score(found).headline and not score(found, LOGISTIC).headline
    assert all(s.measure == "detection" for s in found.scores), "nothing gives it away"


def test_lost_dependence_gives_a_table_away() -> None:
    """Shuffled columns have the right marginals, so that a linear learner sees nothing."""
    found = detection(compared(simulated(1500, 1), shuffled(simulated(1500, 2))), KEY)
    assert score(found).verdict is Verdict.POOR
    assert area(found) > 0.63 > 0.55 > area(found, LOGISTIC)
    assert "no rows were held out" in score(found).because


def test_the_column_that_gives_a_table_away_is_named() -> None:
    made = simulated(800, 2)
    made["steps"] = [v + 0.25 * (k % 2) for k, v in enumerate(made["steps"])]
    found = detection(compared(simulated(800, 1), made), KEY)
    (shown,) = found.exhibits
    assert shown.name == "telltales" and shown.within == BOOSTING
    assert shown.columns["column"][0] == "steps" and len(shown.columns["column"]) == 6
    assert sum(shown.columns["gain"]) == pytest.approx(1.0)
    assert shown.columns["gain"] == sorted(shown.columns["gain"], reverse=True)
    (telltale,) = [s for s in found.scores if s.measure == "telltale"]
    assert telltale.about == ("steps",) and telltale.verdict is Verdict.NONE
    assert telltale.value == shown.columns["gain"][0] > 0.5


def test_every_row_gives_itself_away() -> None:
    found = detection(compared({"g": ["a"] * 100}, {"g": ["b"] * 100}), KEY)
    for learner in (BOOSTING, LOGISTIC):
        one = score(found, learner)
        assert one.value == 1.0 and one.verdict is Verdict.POOR
        assert one.interval == (pytest.approx(0.97), 1.0)


def test_what_is_missing_more_often_is_seen_by_both() -> None:
    made = simulated(900, 2)
    made["size"] = [None if k % 3 == 0 else v for k, v in enumerate(made["size"])]
    found = detection(compared(simulated(900, 1), made), KEY)
    assert min(area(found), area(found, LOGISTIC)) > 0.6


def test_large_numbers_that_lie_near_each_other_stay_apart() -> None:
    """Seconds since 1970 differ beyond what 32 bits hold."""
    draw = Key(2).generator()
    real = 1.7e9 + draw.integers(0, 40, 600).astype(float)
    found = detection(compared({"x": [*real]}, {"x": [*(real + 0.5)]}), KEY)
    assert area(found) > 0.85


@pytest.mark.stress
@pytest.mark.parametrize("name", ["stroke", "simulated"])
def test_intervals_hold_half_for_halves_of_one_table(name: str) -> None:
    whole = compared(simulated(300, 9), simulated(1, 1))
    if name != "simulated":
        whole = real_table(name)
        whole = replace(whole, real=whole.real.take(np.arange(300)))
    held: dict[str, list[bool]] = {BOOSTING: [], LOGISTIC: []}
    for seed in range(14):
        found = detection(split(whole, seed), Key(seed))
        for learner, inside in held.items():
            one = score(found, learner)
            assert one.interval is not None
            inside.append(one.interval[0] <= 0.5 <= one.interval[1])
    for learner, inside in held.items():
        # Of 14 intervals at 95 %, fewer than 11 hold once in 200.
        assert sum(inside) >= 11, (learner, sum(inside))


@pytest.mark.stress
def test_intervals_hold_the_area_of_other_samples() -> None:
    found = [
        detection(compared(simulated(150, k), simulated(150, 90 + k, 1.0)), KEY) for k in range(12)
    ]
    for learner in (BOOSTING, LOGISTIC):
        scores = [score(f, learner) for f in found]
        mean = np.mean([s.value for s in scores if s.value is not None])
        held = [s.interval is not None and s.interval[0] <= mean <= s.interval[1] for s in scores]
        assert mean > 0.6
        assert sum(held) >= 9, (learner, sum(held))


def test_held_out_rows_of_another_source_raise_the_ceiling() -> None:
    comparison = compared(simulated(600, 1), simulated(600, 2), simulated(600, 3, 1.0))
    one = score(detection(comparison, KEY))
    assert one.ceiling is not None and one.ceiling > 0.7
    assert one.verdict is not Verdict.POOR
    assert "not of one source" in one.because


def test_labels_that_the_training_rows_lack_do_not_tell_of_the_table() -> None:
    """The codes of such labels come last, and trees would see that they are high."""
    draw = Key(4).generator()
    real, synthetic, holdout = (
        {"town": [f"t{v}" for v in draw.integers(0, 1500, rows)], "x": [*draw.normal(size=rows)]}
        for rows in (1500, 300, 300)
    )
    comparison = compared(real, synthetic, holdout)
    assert len(comparison["town"].labels) > comparison["town"].known + 50
    train = replace(comparison.real.take(np.arange(300)), name="synthetic")
    found = detection(replace(comparison, synthetic=train), KEY)
    assert max(area(found), area(found, LOGISTIC)) < 0.57


def test_real_rows_that_are_weighted_count_so() -> None:
    rows, other = simulated(1800, 1), simulated(1800, 2)
    yes = [k for k, v in enumerate(other["flag"]) if v == "yes"]
    no = [k for k, v in enumerate(other["flag"]) if v == "no"]
    comparison = compared(rows, taken(other, yes + no[: len(yes) // 5]))
    plain = detection(comparison, KEY)
    judged = detection(weighted(comparison, ["flag"]), KEY)
    for learner in (BOOSTING, LOGISTIC):
        assert area(plain, learner) > 0.6
        assert score(judged, learner).verdict is Verdict.GOOD


def test_the_rows_of_one_person_are_in_one_fold() -> None:
    people = Key(5).generator().integers(0, 40, 300)
    sample = sample_of(np.ones(300), people)
    found = folds(sample, 5, KEY)
    assert all(len(set(found[people == p])) == 1 for p in range(40))
    assert set(found) == set(range(5))
    assert np.bincount(folds(sample_of(np.ones(300)), 5, KEY)).tolist() == [60] * 5


def test_persons_are_not_recognised() -> None:
    """Trees would learn the constants of a person, and find the person's other rows real."""
    one = simulated(60, 1)
    rows = {n: [v for v in column for _ in range(8)] for n, column in one.items()}
    comparison = compared(rows, simulated(480, 2))
    owned: Comparison = replace(
        comparison, real=replace(comparison.real, people=np.repeat(np.arange(60), 8))
    )
    assert area(detection(comparison, KEY)) > 0.9
    one_fold = score(detection(owned, KEY))
    assert one_fold.value is not None and one_fold.value < 0.65
    assert one_fold.interval is not None
    assert one_fold.interval[1] - one_fold.interval[0] > 0.15, "60 persons, not 480 rows"


def test_numbers_are_standardised_and_labels_one_hot() -> None:
    comparison = compared(
        {"x": [1.0, 3.0, None], "c": [7.0] * 3, "g": ["a", "b", None]},
        {
            "x": [1.0],
            "c": [7.0],
            "g": ["a"],
        },
    )
    sample = replace(comparison.real, weights=np.array([1.5, 0.5, 1.0]))
    made = _standardised(comparison.features, sample)
    mean, spread = 1.5, np.sqrt((1.5 * 0.25 + 0.5 * 2.25) / 2)
    np.testing.assert_allclose(made[:, 0], [(1 - mean) / spread, (3 - mean) / spread, 0])
    assert (made[:, 1] > 0).tolist() == [False, False, True]
    assert not made[:, 2:4].any(), "a number that never differs says nothing"
    assert (made[:, 4:] > 0).sum(axis=1).tolist() == [1, 1, 1]


def test_few_rows_and_many() -> None:
    found = detection(compared(simulated(100, 1), simulated(10, 2)), KEY)
    assert [s.verdict for s in found.scores] == [Verdict.UNKNOWN] * 2
    assert "10 rows" in score(found).because and score(found).headline
    assert MAX_ROWS == 10_000


def test_the_same_key_finds_the_same() -> None:
    comparison = compared(simulated(150, 1), simulated(120, 2), simulated(100, 3))
    assert detection(comparison, KEY) == detection(comparison, KEY)
    assert detection(comparison, KEY) != detection(comparison, Key(2))


@pytest.mark.parametrize("learner", [BOOSTING, LOGISTIC])
def test_fewer_folds_find_the_area_of_all(learner: str) -> None:
    table = compared(simulated(1000, 1), shuffled(simulated(1000, 2)))
    tables = (table.features, table.real, table.synthetic, learner, KEY)
    every, some = tell_apart(*tables), tell_apart(*tables, enough=300)
    assert every.area == tell_apart(*tables, enough=1001).area
    assert some.error > 1.1 * every.error, "of fewer rows"
    assert abs(some.area - every.area) < 3 * some.error


def test_folds_are_counted_until_all_samples_have_enough_rows() -> None:
    by_sample = [np.array([0, 0, 0, 1, 2]), np.array([2, 1, 1, 0, 2])]
    assert [first_folds(3, n, by_sample) for n in (0, 1, 2, 3, 4, 9)] == [1, 1, 2, 2, 3, 3]
    assert first_folds(3, None, by_sample) == 3


def test_the_published_figure_keeps_persons_together() -> None:
    # Fresh persons of one source, each known by a number of its own: a row of a person in another
    # fold would give all others away.
    draw = KEY.child("published").generator()
    samples = []
    for name in ("real", "synthetic"):
        owner = np.repeat(np.arange(60), 8)
        values = {"own": draw.normal(size=60)[owner]}
        samples.append(Sample(name, values, np.ones(480), owner))
    table = compared({"own": [0.0]}, {"own": [0.0]})
    real, synthetic = samples
    table = replace(table, real=real, synthetic=synthetic, delivered=synthetic)
    controls = Controls.of(table, KEY)
    (score,) = published_detection(table, controls, KEY).scores
    assert score.value is not None
    assert 0.3 < score.value < 0.7
