"""Single columns: the figures of SDMetrics and scipy, honest intervals, and complete pictures."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ks_2samp, wasserstein_distance

from tests.measure.made_tables import compared, real_table, shuffled, simulated, split, taken
from trimtab._random import Key
from trimtab.measure.compare import bins
from trimtab.measure.compare.comparison import Comparison
from trimtab.measure.fidelity.marginals import marginals
from trimtab.measure.score import Exhibit, Findings, Score, Verdict

NUMBERS = st.one_of(st.none(), st.integers(-3, 3).map(float), st.floats(-5, 5, width=16))
LABELS = st.one_of(st.none(), st.sampled_from("abcd"))
KEY = Key(1)


def judged(real: Any, synthetic: Any, **more: Any) -> Findings:
    return marginals(compared(real, synthetic, **more), KEY)


def score(found: Findings, measure: str, *about: str) -> Score:
    (one,) = [s for s in found.scores if s.measure == measure and (not about or s.about == about)]
    return one


def value(found: Findings, measure: str, *about: str) -> float:
    held = score(found, measure, *about).value
    assert held is not None
    return held


def values(found: Findings) -> dict[str, float | None]:
    """All but the worst column, which is chosen by what chance is drawn to be."""
    return {s.name: s.value for s in found.scores if s.measure != "worst_column_error"}


@given(st.lists(NUMBERS, min_size=1, max_size=30), st.lists(NUMBERS, min_size=1, max_size=30))
@settings(max_examples=50, deadline=None)
@pytest.mark.filterwarnings("ignore:ks_2samp")  # on its p-value, which is not compared
def test_numbers_are_compared_as_sdmetrics_and_scipy_do(
    real: list[float | None], synthetic: list[float | None]
) -> None:
    peers = pytest.importorskip("sdmetrics.single_column")
    pandas = pytest.importorskip("pandas")
    found = judged({"x": real}, {"x": synthetic})
    one = score(found, "kolmogorov_smirnov", "x")
    first, second = ([v for v in column if v is not None] for column in (real, synthetic))
    if not first or not second:
        assert one.verdict is Verdict.UNKNOWN
        assert "every value of x is missing" in one.because
        return
    peer = peers.KSComplement.compute(pandas.Series(real, dtype=float), pandas.Series(synthetic))
    assert one.value == pytest.approx(1 - peer, abs=1e-6)
    assert one.value == pytest.approx(ks_2samp(first, second).statistic, abs=1e-12)
    distance = score(found, "wasserstein", "x")
    if len(set(first)) == 1:
        assert distance.because == "every real value of x is the same, so there is no unit"
        return
    low, high = np.quantile(first, [0.25, 0.75], method="inverted_cdf")
    unit = (high - low) or np.std(first)
    assert distance.value == pytest.approx(wasserstein_distance(first, second) / unit, rel=1e-9)


@given(st.lists(LABELS, min_size=1, max_size=30), st.lists(LABELS, min_size=1, max_size=30))
@settings(max_examples=50, deadline=None)
def test_labels_are_compared_as_sdmetrics_does(
    real: list[str | None], synthetic: list[str | None]
) -> None:
    peers = pytest.importorskip("sdmetrics.single_column")
    if not any(real) and not any(synthetic):
        return  # a column without any value is a number
    found = judged({"x": real}, {"x": synthetic})
    if not any(real) or not any(synthetic):
        assert score(found, "total_variation", "x").value is None
        return
    expected = 1 - peers.TVComplement.compute(real, synthetic)
    # SDMetrics adds 1e-6 rows of each label that the real table lacks.
    rows = sum(v is not None for v in real)
    assert value(found, "total_variation", "x") == pytest.approx(expected, abs=1e-6 + 4e-6 / rows)
    missing = abs(real.count(None) / len(real) - synthetic.count(None) / len(synthetic))
    scores = [s.value for s in found.scores if s.measure == "missing_share_difference"]
    gaps = None in real or None in synthetic
    assert scores == ([pytest.approx(missing)] if gaps else [])


@given(st.lists(st.integers(1, 4), min_size=30, max_size=30), st.integers(0, 5))
@settings(max_examples=20, deadline=None)
def test_a_row_of_weight_two_is_two_rows(weights: list[int], seed: int) -> None:
    real, synthetic = simulated(30, seed), simulated(40, seed + 10, 0.5)
    repeated = taken(real, np.repeat(np.arange(30), weights))
    weighted = judged(real, synthetic, weights=np.array(weights, float))
    assert values(weighted) == pytest.approx(values(judged(repeated, synthetic)), abs=1e-9)
    pictures = [
        [v for e in exhibits(f, "distribution").values() for v in e.columns["share"]]
        for f in (weighted, judged(repeated, synthetic))
    ]
    assert pictures[0] == pytest.approx(pictures[1], abs=1e-9)


@given(st.integers(0, 20))
@settings(max_examples=10, deadline=None)
def test_laws(seed: int) -> None:
    one, other = simulated(60, seed), simulated(80, seed + 50, 0.4)
    found = judged(one, other)
    order = Key(seed).generator().permutation(60)
    assert values(judged(taken(one, order), other)) == pytest.approx(values(found), abs=1e-12)
    back = values(judged(other, one))
    for s in found.scores:
        # The unit of a distance of values is the real table's.
        if s.measure not in ("wasserstein", "worst_column_error"):
            assert back[s.name] == pytest.approx(s.value, abs=1e-12), s.name
        assert s.value is not None
        assert s.interval is not None
        assert s.interval[0] - 1e-6 <= s.value <= s.interval[1] + 1e-6
    same = judged(one, one)
    assert all(s.value == 0 for s in same.scores)
    assert all(s.verdict is Verdict.GOOD for s in same.scores)


def test_the_mean_is_over_all_columns_and_the_worst_is_named() -> None:
    real, synthetic = simulated(300), simulated(300, 1)
    synthetic["flag"] = ["yes"] * 290 + ["no"] * 10
    found = judged(real, synthetic)
    errors = [
        s.value for s in found.scores if s.measure in ("kolmogorov_smirnov", "total_variation")
    ]
    mean = score(found, "mean_column_error")
    assert mean.value == pytest.approx(np.mean([e for e in errors if e is not None]))
    assert mean.headline
    assert [s.measure for s in found.scores if s.headline] == ["mean_column_error"]
    worst = score(found, "worst_column_error")
    assert worst.about == ("flag",)
    assert worst.verdict is Verdict.POOR
    assert worst.value == value(found, "total_variation", "flag")


def covered(table: Comparison, repeats: int, share: float = 0.5) -> dict[str, float]:
    """How often intervals hold the ceiling, by measure, over random splits of a table."""
    held: dict[str, list[bool]] = {}
    for seed in range(repeats):
        for s in marginals(split(table, seed, share), Key(seed)).scores:
            assert s.interval is not None
            assert s.ceiling is not None
            held.setdefault(s.measure, []).append(s.interval[0] <= s.ceiling <= s.interval[1])
    return {name: float(np.mean(hits)) for name, hits in held.items()}


@pytest.mark.parametrize("share", [0.5, 0.2])
def test_intervals_hold_the_ceiling_between_halves(share: float) -> None:
    table = compared(simulated(600), simulated(10))
    for name, hits in covered(table, 60, share).items():
        assert 0.88 <= hits <= 1, name  # three standard errors of 60 splits


@pytest.mark.stress
def test_intervals_hold_the_ceiling_between_halves_of_a_real_table() -> None:
    for name, hits in covered(real_table("stroke"), 60).items():
        assert 0.88 <= hits <= 1, name


@pytest.mark.stress
def test_intervals_cover_where_tables_differ() -> None:
    pairs = [(simulated(300, k), simulated(300, 1000 + k, 0.5)) for k in range(60)]
    found = [judged(*pair) for pair in pairs]
    for name in ("mean_column_error", "kolmogorov_smirnov(size)", "total_variation(flag)"):
        scores = [next(s for s in f.scores if s.name == name) for f in found]
        truth = np.mean([s.value for s in scores if s.value is not None])
        hits = [s.interval[0] <= truth <= s.interval[1] for s in scores if s.interval]
        assert 0.88 <= np.mean(hits) <= 0.99, name
        assert np.mean([s.verdict is not Verdict.GOOD for s in scores]) > 0.5


def test_a_shuffled_column_is_the_same_column() -> None:
    found = marginals(compared(simulated(500), shuffled(simulated(500))), KEY)
    assert all(s.value == pytest.approx(0, abs=1e-12) for s in found.scores)


def test_columns_that_cannot_be_compared() -> None:
    real = {"x": [1.0, 2.0, 3.0], "y": [None] * 3, "z": ["a", "b", None], "k": [5.0] * 3}
    synthetic = {"x": [np.nan] * 3, "y": [None] * 3, "z": [None] * 3, "k": [5.0, 5.0, 6.0]}
    found = judged(real, synthetic)
    because = {s.name: s.because for s in found.scores if s.value is None}
    assert because == {
        "kolmogorov_smirnov(x)": "every value of x is missing in the synthetic table",
        "wasserstein(x)": "every value of x is missing in the synthetic table",
        "kolmogorov_smirnov(y)": "every value of y is missing in the real and the synthetic table",
        "wasserstein(y)": "every value of y is missing in the real and the synthetic table",
        "total_variation(z)": "every value of z is missing in the synthetic table",
        "wasserstein(k)": "every real value of k is the same, so there is no unit",
    }
    assert value(found, "missing_share_difference", "x") == 1
    assert value(found, "mean_column_error") == pytest.approx(1 / 3)
    assert found.notes == (
        "The mean column error leaves out x, y, z: a table has no value of them.",
    )
    empty = judged({"x": [1.0]}, {"x": [None]})
    assert score(empty, "mean_column_error").because == "no column has values in both tables"
    assert score(empty, "mean_column_error").headline


def test_one_row() -> None:
    found = judged({"x": [1.0], "y": ["a"]}, {"x": [2.0], "y": ["a"]})
    assert value(found, "kolmogorov_smirnov", "x") == 1
    assert value(found, "total_variation", "y") == 0
    assert all(s.verdict is not Verdict.POOR for s in found.scores)


def test_a_holdout_that_was_not_chosen_at_random_is_told_of() -> None:
    table = simulated(2000)
    order = np.argsort(table["size"])
    real, late = taken(table, order[:1000]), taken(table, order[1000:])
    found = judged(real, simulated(1000, 5), holdout=late)
    assert any("held-out rows differ" in n and "size" in n for n in found.notes)
    mixed = Key(0).generator().permutation(2000)
    fair = judged(taken(table, mixed[:1200]), simulated(900, 5), holdout=taken(table, mixed[1200:]))
    assert not any("held-out" in n for n in fair.notes)


def exhibits(found: Findings, name: str, which: str = "real") -> dict[str, Exhibit]:
    return {e.about[0]: e for e in found.exhibits if e.name == name and which in e.rests_on}


def test_pictures_hold_every_row() -> None:
    real, synthetic = simulated(400), simulated(300, 1, 0.3)
    found = judged(real, synthetic)
    pictures = exhibits(found, "distribution")
    assert list(pictures) == list(real)
    for name, picture in pictures.items():
        held = picture.columns
        for side in ("real", "synthetic"):
            rows = [k for k, s in enumerate(held["side"]) if s == side]
            assert sum(held["share"][k] for k in rows) == pytest.approx(1), name
            inner = [k for k in rows if held["low"][k] is not None]
            assert all(held["high"][k] == held["low"][n] for k, n in pairwise(inner))
    assert "(missing)" in pictures["spiked"].columns["value"]
    assert "(missing)" in pictures["some"].columns["value"]
    assert "(others)" in pictures["many"].columns["value"]
    assert pictures["many"].columns["side"].count("real") == 26
    for curve in exhibits(found, "cumulative").values():
        held = curve.columns
        assert held["side"].count("real") <= 60
        for side in ("real", "synthetic"):
            shares = [v for v, s in zip(held["share"], held["side"], strict=True) if s == side]
            assert shares == sorted(shares)
            assert shares[-1] == pytest.approx(1)


def test_pictures_of_the_synthetic_table_alone_do_not_depend_on_real_rows() -> None:
    synthetic = simulated(300, 1)
    synthetic["flag"] = ["yes", "no"] * 150  # a tie, which the real order must not break
    alone = []
    for seed in (3, 4):
        real = simulated(500, seed, seed / 10)
        real["flag"] = ["yes" if seed == 3 else "no"] * 400 + ["no" if seed == 3 else "yes"] * 100
        found = judged(real, synthetic)
        alone.append([e for e in found.exhibits if e.rests_on == ("synthetic",)])
    assert len(alone[0]) == 6
    assert alone[0] == alone[1]
    weighted = judged(simulated(500), synthetic, weights=np.linspace(1, 2, 500))
    assert all("real" in e.rests_on for e in weighted.exhibits)


def test_bins_of_a_picture() -> None:
    draw = Key(3).generator()
    ages = draw.integers(17, 91, 5000).astype(float)
    edges = bins.picture(ages, np.ones(5000), ages)
    assert set(np.diff(edges)) == {3.0}
    gains = np.where(draw.random(5000) < 0.97, 0.0, draw.exponential(4000, 5000)).round()
    gains[:3] = 99999
    edges = bins.picture(gains, np.ones(5000), gains)
    assert len(edges) <= 33
    assert edges[-1] == 99999
    assert edges[-2] < 30000
    days = 86400 * draw.integers(10000, 10400, 4000).astype(float)
    edges = bins.picture(days, np.ones(4000), days)
    assert set(np.diff(edges)) == {14 * 86400.0}
    assert edges[0] == days.min()
    few = bins.picture(np.array([1.0, 2.0, 4.0]), np.ones(3), np.array([2.0]))
    assert few.tolist() == [0.5, 1.5, 3.0, 5.0]
    assert bins.picture(np.ones(3), np.ones(3), np.ones(2)).tolist() == [0.5, 1.5]


@given(st.lists(st.floats(-100, 100, width=16), min_size=1, max_size=60), st.integers(2, 6))
@settings(max_examples=60, deadline=None)
def test_bins_hold_every_value(given_values: list[float], count: int) -> None:
    held = np.array(given_values)
    for inner in (bins.fine(held), bins.even(held), bins.equal_shares(held, held * 0 + 1, count)):
        codes = bins.cut(np.append(held, np.nan), inner)
        assert codes[-1] == -1
        assert 0 <= codes[:-1].min() <= codes.max() <= len(inner)
        assert (np.diff(inner) > 0).all()
        assert (held[codes[:-1] > 0] >= inner[codes[:-1][codes[:-1] > 0] - 1]).all()
    edges = bins.picture(held, np.ones(len(held)), held)
    assert (np.diff(edges) > 0).all()
    assert edges[0] <= held.min()
    assert held.max() <= edges[-1]
    assert len(edges) <= 33


def test_frequent_values_have_a_cell_of_their_own() -> None:
    draw = Key(3).generator()
    held = np.where(draw.random(20000) < 0.3, 1.0, draw.normal(1, 1, 20000))
    inner = bins.fine(held)
    assert bins.FINE / 2 < len(inner) < 1.5 * bins.FINE
    assert set(held[bins.cut(held, inner) == bins.cut(np.array([1.0]), inner)[0]]) == {1.0}


def test_people_and_other_rows_of_the_comparison_are_left_alone() -> None:
    table = compared(simulated(50), simulated(50, 1))
    before = {n: v.copy() for n, v in table.real.values.items()}
    marginals(replace(table, notes=("kept",)), KEY)
    for name, held in before.items():
        np.testing.assert_array_equal(held, table.real.values[name])
