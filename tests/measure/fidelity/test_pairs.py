"""Pairs of columns: the figures of SDMetrics, honest intervals, and associations that compare."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import f_oneway
from scipy.stats.contingency import association

from tests.measure.made_tables import compared, real_table, shuffled, simulated, split, taken
from trimtab._random import Key
from trimtab.measure.compare import bins
from trimtab.measure.compare.comparison import Comparison
from trimtab.measure.fidelity.associations import correlation_ratio, cramers_v
from trimtab.measure.fidelity.marginals import marginals
from trimtab.measure.fidelity.pairs import pairs
from trimtab.measure.score import Findings, Score, Verdict

KEY = Key(1)
FORMS = ("correlation_difference", "joint_difference")
Cells = list[tuple[float | str | None, float | str | None]]


def judged(real: Any, synthetic: Any, **more: Any) -> Findings:
    return pairs(compared(real, synthetic, **more), KEY)


def score(found: Findings, measure: str, *about: str) -> Score:
    (one,) = [s for s in found.scores if s.measure == measure and s.about == about]
    return one


def values(found: Findings) -> dict[str, float | None]:
    return {s.name: s.value for s in found.scores}


def columns(rows: Cells) -> dict[str, list[Any]]:
    return {"a": [r[0] for r in rows], "b": [r[1] for r in rows]}


NUMBERS = st.one_of(st.none(), st.floats(-5, 5, width=16))
LABELS = st.one_of(st.none(), st.sampled_from("abc"))
TWO_LABELS = st.lists(st.tuples(LABELS, LABELS), min_size=1, max_size=30)
TWO_NUMBERS = st.lists(st.tuples(NUMBERS, NUMBERS), min_size=3, max_size=30)
MIXED = st.lists(st.tuples(NUMBERS, LABELS), min_size=1, max_size=30)


@given(TWO_LABELS, TWO_LABELS)
@settings(max_examples=30, deadline=None)
def test_two_labels_are_compared_as_sdmetrics_does(real: Cells, synthetic: Cells) -> None:
    peers = pytest.importorskip("sdmetrics.column_pairs")
    pandas = pytest.importorskip("pandas")
    # One row more, so that both columns hold a text.
    real = [*real, ("a", "a")]
    frames = [pandas.DataFrame(columns(r), dtype=object) for r in (real, synthetic)]
    expected = 1 - peers.ContingencySimilarity.compute(*frames)
    one = score(judged(columns(real), columns(synthetic)), "joint_difference", "a", "b")
    assert one.value == pytest.approx(expected, abs=1e-6)


@given(MIXED, MIXED)
@settings(max_examples=30, deadline=None)
@pytest.mark.filterwarnings("ignore::FutureWarning")  # of pandas, on what SDMetrics does
def test_a_number_and_a_label_are_compared_as_sdmetrics_does(real: Cells, synthetic: Cells) -> None:
    peers = pytest.importorskip("sdmetrics.column_pairs")
    pandas = pytest.importorskip("pandas")
    real = [*real, (0.5, "a")]
    frames = [
        pandas.DataFrame(columns(r)).astype({"a": float, "b": object}) for r in (real, synthetic)
    ]
    with pandas.option_context("mode.chained_assignment", None):
        expected = 1 - peers.ContingencySimilarity.compute(*frames, continuous_column_names=["a"])
    one = score(judged(columns(real), columns(synthetic)), "joint_difference", "a", "b")
    assert one.value == pytest.approx(expected, abs=1e-6)


@given(TWO_NUMBERS, TWO_NUMBERS)
@settings(max_examples=40, deadline=None)
def test_two_numbers_are_compared_as_sdmetrics_does(real: Cells, synthetic: Cells) -> None:
    peers = pytest.importorskip("sdmetrics.column_pairs")
    pandas = pytest.importorskip("pandas")
    both = [
        [(a, b) for a, b in rows if a is not None and b is not None] for rows in (real, synthetic)
    ]
    one = score(judged(columns(real), columns(synthetic)), "correlation_difference", "a", "b")
    if any(len({r[k] for r in rows}) < 2 for rows in both for k in (0, 1)):
        assert one.verdict is Verdict.UNKNOWN
        assert "constant" in one.because or "no row" in one.because
        return
    spans = [np.ptp([float(r[k]) for r in rows]) for rows in both for k in (0, 1)]  # type: ignore[arg-type]
    if min(spans) < 1e-3:
        return  # the peer loses digits
    frames = [pandas.DataFrame(columns(r), dtype=float) for r in (real, synthetic)]
    expected = 1 - peers.CorrelationSimilarity.compute(*frames)
    assert one.value == pytest.approx(expected, abs=1e-6)


def test_a_table_of_all_forms_agrees_with_sdmetrics() -> None:
    peers = pytest.importorskip("sdmetrics.column_pairs")
    pandas = pytest.importorskip("pandas")
    tables = (simulated(400), simulated(300, 1, 0.4))
    found = judged(*tables)
    numbers = ("size", "spiked", "steps")
    frames = [pandas.DataFrame(t) for t in tables]
    errors = []
    for pair in combinations(tables[0], 2):
        asked = [f[list(pair)].copy() for f in frames]
        binned = [n for n in pair if n in numbers]
        if len(binned) == 2:
            expected = 1 - peers.CorrelationSimilarity.compute(*asked)
        else:
            with pandas.option_context("mode.chained_assignment", None):
                expected = 1 - peers.ContingencySimilarity.compute(
                    *asked, continuous_column_names=binned or None
                )
        one = score(found, FORMS[len(binned) < 2], *pair)
        assert one.value == pytest.approx(expected, abs=1e-6), pair
        errors.append(expected)
    mean = score(found, "mean_pair_error")
    assert mean.value == pytest.approx(np.mean(errors), abs=1e-6)
    assert mean.headline
    assert [s.measure for s in found.scores if s.headline] == ["mean_pair_error"]


@given(st.lists(st.integers(1, 4), min_size=30, max_size=30), st.integers(0, 5))
@settings(max_examples=10, deadline=None)
def test_a_row_of_weight_two_is_two_rows(weights: list[int], seed: int) -> None:
    real, synthetic = simulated(30, seed), simulated(40, seed + 10, 0.5)
    repeated = taken(real, np.repeat(np.arange(30), weights))
    weighted = judged(real, synthetic, weights=np.array(weights, float))
    assert values(weighted) == pytest.approx(values(judged(repeated, synthetic)), abs=1e-9)


def test_laws() -> None:
    one, other = simulated(150), simulated(200, 50, 0.4)
    found = judged(one, other)
    order = Key(3).generator().permutation(150)
    assert values(judged(taken(one, order), other)) == pytest.approx(values(found), abs=1e-12)
    back = values(judged(other, one))
    for s in found.scores:
        assert s.value is not None
        assert s.interval is not None
        assert s.interval[0] - 1e-6 <= s.value <= s.interval[1] + 1e-6
        # Bins are the real table's, so that a pair with a number depends on which that is.
        binned = s.measure != "correlation_difference" and {"size", "spiked", "steps"} & {*s.about}
        if s.about and not binned:
            assert back[s.name] == pytest.approx(s.value, abs=1e-12), s.name
    assert all(s.value == pytest.approx(0, abs=1e-12) for s in judged(one, one).scores)


def test_shuffled_columns_are_told_from_the_real_ones() -> None:
    table = simulated(1500)
    comparison = compared(table, shuffled(table))
    (columns_mean,) = [
        s for s in marginals(comparison, KEY).scores if s.measure == "mean_column_error"
    ]
    assert columns_mean.verdict is Verdict.GOOD
    found = pairs(comparison, KEY)
    assert score(found, "mean_pair_error").verdict is Verdict.POOR
    # What does not depend on each other loses nothing.
    assert score(found, "joint_difference", "size", "flag").verdict is Verdict.POOR
    assert score(found, "joint_difference", "flag", "many").verdict is not Verdict.POOR


def covered(table: Comparison, repeats: int, share: float = 0.5) -> dict[str, float]:
    """How often intervals hold the ceiling, by measure, over random splits of a table."""
    held: dict[str, list[bool]] = {}
    for seed in range(repeats):
        for s in pairs(split(table, seed, share), Key(seed)).scores:
            assert s.interval is not None
            assert s.ceiling is not None
            held.setdefault(s.measure, []).append(s.interval[0] <= s.ceiling <= s.interval[1])
    return {name: float(np.mean(hits)) for name, hits in held.items()}


@pytest.mark.parametrize("share", [0.5, 0.2])
def test_intervals_hold_the_ceiling_between_halves(share: float) -> None:
    for name, hits in covered(compared(simulated(500), simulated(10)), 60, share).items():
        assert 0.88 <= hits <= 1, name  # three standard errors of 60 splits


@pytest.mark.stress
def test_intervals_hold_the_ceiling_between_halves_of_a_real_table() -> None:
    for name, hits in covered(real_table("stroke"), 60).items():
        assert 0.88 <= hits <= 1, name


def test_intervals_cover_where_tables_differ() -> None:
    names = ("size", "steps", "flag", "some")  # whose bins hardly vary
    held: dict[str, list[Score]] = {}
    for k in range(60):
        tables = (simulated(300, k), simulated(300, 1000 + k, 0.5))
        for s in judged(*({n: t[n] for n in names} for t in tables)).scores:
            held.setdefault(s.name, []).append(s)
    for name, scores in held.items():
        truth = np.mean([s.value for s in scores if s.value is not None])
        hits = [s.interval[0] <= truth <= s.interval[1] for s in scores if s.interval]
        assert np.mean(hits) >= 0.86, name


def test_pairs_that_cannot_be_compared() -> None:
    real = {"x": [1.0, 2.0, 3.0, 4.0], "k": [5.0] * 4, "n": [None] * 4, "z": ["a", "b", None, "b"]}
    synthetic = {
        "x": [1.0, 2.0, 2.5, 9.0],
        "k": [4.0, 5.0, 6.0, 6.0],
        "n": [1.0] * 4,
        "z": [None] * 4,
    }
    found = judged(real, synthetic)
    because = {s.name: s.because for s in found.scores if s.value is None}
    assert because == {
        "correlation_difference(x, k)": (
            "the correlation is not defined: k is constant in the real table"
        ),
        "correlation_difference(x, n)": (
            "the correlation is not defined: no row of the real table has both values and n is "
            "constant in the synthetic table"
        ),
        "correlation_difference(k, n)": (
            "the correlation is not defined: no row of the real table has both values and n is "
            "constant in the synthetic table"
        ),
        "joint_difference(n, z)": "n has no value in the real table to make bins of",
    }
    mean = [
        s.value for s in found.scores if s.measure == "joint_difference" and s.value is not None
    ]
    assert score(found, "mean_pair_error").value == pytest.approx(np.mean(mean))
    assert "leaves out 4 of 6 pairs" in " ".join(found.notes)


def test_too_few_columns_or_rows() -> None:
    (only,) = judged({"x": [1.0, 2.0]}, {"x": [1.0, 3.0]}).scores
    assert only.because == "there is only one column, so there is no pair"
    assert only.headline
    row = judged({"x": [1.0], "y": ["a"]}, {"x": [2.0], "y": ["a"]})
    assert score(row, "joint_difference", "x", "y").value == 1
    numbers = judged({"x": [1.0], "y": [2.0]}, {"x": [2.0], "y": [2.0]})
    assert score(numbers, "mean_pair_error").because == "no pair of columns can be compared"
    assert score(numbers, "mean_pair_error").headline


def test_a_value_out_of_range_is_in_the_last_bin() -> None:
    draw = Key(5).generator()
    real = {"x": [*draw.random(300)], "y": ["a", "b"] * 150}
    far = {"x": [*draw.random(299), 1e6], "y": ["a", "b"] * 150}
    one = score(judged(real, far), "joint_difference", "x", "y")
    assert one.value is not None
    assert one.value < 0.2


def test_wide_tables_show_the_worst_pairs_and_average_over_all() -> None:
    draw = Key(5).generator()
    names = [f"c{k}" for k in range(46)]
    real, synthetic = ({n: [*draw.normal(size=60)] for n in names} for _ in range(2))
    synthetic["c1"] = synthetic["c0"]
    found = judged(real, synthetic)
    shown = [s for s in found.scores if s.about]
    assert len(shown) == 300
    assert ("c0", "c1") in {s.about for s in shown}
    assert "the mean is over 1,035" in found.notes[0]
    (exhibit,) = found.exhibits
    assert len(exhibit.columns["a"]) == 1035


def test_associations() -> None:
    draw = Key(5).generator()
    x = draw.normal(size=4000)
    label = np.where(x + draw.normal(size=4000) > 0, "p", "q")
    other = np.where(draw.random(4000) < 0.2, "r", np.where(label == "p", "s", "t"))
    table = {"x": [*x], "y": [*(x + draw.normal(size=4000))], "l": [*label], "o": [*other]}
    table = {n: [str(v) if n in "lo" else v for v in c] for n, c in table.items()}
    (exhibit,) = judged(table, shuffled(table)).exhibits
    held = exhibit.columns
    found = {(a, b): k for k, (a, b) in enumerate(zip(held["a"], held["b"], strict=True))}
    assert list(found) == list(combinations("xylo", 2))
    assert held["kind"] == ["correlation", *["mixed"] * 4, "contingency"]
    assert held["real"][found["x", "y"]] == pytest.approx(np.corrcoef(x, table["y"])[0, 1])
    codes = (label == "p").astype(float)
    expected = abs(np.corrcoef(x, codes)[0, 1])
    assert held["real"][found["x", "l"]] == pytest.approx(expected, abs=0.002)
    counts = Counter(zip(table["l"], table["o"], strict=True))
    contingency = [[counts[a, b] for b in "rst"] for a in "pq"]
    expected = association(contingency, method="cramer")
    assert held["real"][found["l", "o"]] == pytest.approx(expected, abs=0.002)
    assert all(abs(v) < 0.06 for v in held["synthetic"])


def test_associations_are_corrected_for_their_bias() -> None:
    draw = Key(5).generator()
    found = []
    for _ in range(40):
        cells = draw.integers(0, 100, 200)
        numbers, labels = draw.normal(size=60), draw.integers(0, 10, 60)
        found.append(
            (
                cramers_v(cells // 10, cells % 10, cells, np.ones(200), 200),
                correlation_ratio(numbers, labels, np.ones(60), 60),
            )
        )
    assert np.mean(found, axis=0) == pytest.approx([0.04, 0.1], abs=0.06)
    numbers, labels = draw.normal(size=60), draw.integers(0, 4, 60)
    numbers += labels / 2
    f = f_oneway(*(numbers[labels == k] for k in range(4))).statistic
    eta2 = f * 3 / (f * 3 + 56)
    expected = np.sqrt(1 - (1 - eta2) * 59 / 56)
    assert correlation_ratio(numbers, labels, np.ones(60), 60) == pytest.approx(expected)


def test_associations_that_are_not_defined() -> None:
    codes, twos = np.array([0, 1]), np.ones(2)
    assert cramers_v(codes, codes * 0, codes, twos, 50) is None
    assert cramers_v(codes, codes, codes, twos, 1) is None
    ones, none = np.ones(3), np.empty(0)
    assert correlation_ratio(none, none.astype(int), none, 0) is None
    assert correlation_ratio(ones, np.array([0, 1, 1]), ones, 3) is None
    assert correlation_ratio(np.arange(3.0), np.array([0, 0, 0]), ones, 3) is None
    assert correlation_ratio(np.arange(3.0), np.array([0, 1, 2]), ones, 3) is None


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 900), st.integers(0, 2)), min_size=1))
def test_combinations_have_a_cell_each(rows: list[tuple[int, int, int]]) -> None:
    codes = [np.array(c) for c in zip(*rows, strict=True)]
    cells, size = bins.joint(codes, (5, 901, 3))
    assert set(cells) == set(range(size))
    assert len(set(zip(rows, cells.tolist(), strict=True))) == len(set(rows)) == size
