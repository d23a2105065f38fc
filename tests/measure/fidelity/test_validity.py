"""Values that stay in the real ranges, labels and units, and what fresh real rows would do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.measure.made_tables import compared, real_table, simulated, taken
from trimtab._random import Key
from trimtab.measure.compare.comparison import Comparison
from trimtab.measure.fidelity.validity import pooled, unseen, validity
from trimtab.measure.score import Findings, Score, Verdict
from trimtab.predict.sample import MISSING, Feature, Form, Sample

KEY = Key(0)
NUMBERS = st.lists(st.none() | st.integers(-3, 6).map(float), min_size=1, max_size=12)
LABELS = st.lists(st.none() | st.sampled_from("abcde"), min_size=1, max_size=12)


def judged(real: Any, synthetic: Any, **more: Any) -> Findings:
    return validity(compared(real, synthetic, **more), KEY)


def score(found: Findings, measure: str, *about: str) -> Score | None:
    held = [s for s in found.scores if s.measure == measure and s.about == about]
    assert len(held) < 2
    return held[0] if held else None


def the(found: Findings, measure: str, *about: str) -> Score:
    one = score(found, measure, *about)
    assert one is not None
    return one


@given(NUMBERS, NUMBERS, LABELS, LABELS)
@settings(max_examples=50, deadline=None)
def test_shares_by_hand(
    real_x: list[Any], synthetic_x: list[Any], real_g: list[Any], synthetic_g: list[Any]
) -> None:
    rows, others = min(len(real_x), len(real_g)), min(len(synthetic_x), len(synthetic_g))
    real = {"x": real_x[:rows], "g": ["a", *real_g[1:rows]]}
    synthetic = {"x": synthetic_x[:others], "g": synthetic_g[:others]}
    found = judged(real, synthetic)
    held = [v for v in real["x"] if v is not None]
    inside = [bool(held) and min(held) <= v <= max(held) for v in synthetic["x"] if v is not None]
    known = [v in real["g"] for v in synthetic["g"] if v is not None]
    for name, measure, good in (
        ("x", "numbers_within_range", inside),
        ("g", "labels_known", known),
    ):
        one = score(found, measure, name)
        if good and all(good):
            assert one is None
            continue
        assert one is not None
        if not good:
            assert one.verdict is Verdict.UNKNOWN
            assert one.because == "no synthetic row holds a value of it"
            continue
        assert one.value == pytest.approx(np.mean(good)) and one.n == len(good)
        low, high = one.interval or (1, 0)
        assert 0 <= low <= one.value + 1e-9 and one.value - 1e-9 <= high <= 1
    total = the(found, "values_within_real")
    if inside or known:
        assert total.value == pytest.approx(np.mean([*inside, *known]))
        assert total.n == len(inside) + len(known)
    else:
        assert total.because == "no synthetic row holds a value"


def sample_of(values: Any, number: bool, people: Any = None) -> Sample:
    array = np.array(values, float if number else np.int64)
    return Sample("real", {"v": array}, np.ones(len(values)), people)


@given(
    st.lists(st.tuples(st.integers(-1, 6), st.integers(0, 4)), min_size=1, max_size=15),
    st.booleans(),
    st.booleans(),
)
@settings(max_examples=150, deadline=None)
def test_unseen_rows_are_those_that_others_do_not_vouch_for(
    rows: list[tuple[int, int]], number: bool, persons: bool
) -> None:
    """By leaving out each row (each person) and asking whether the rest know its value."""
    people = np.array([p for _, p in rows]) if persons else None
    values = [np.nan if number and v < 0 else v for v, _ in rows]
    sample = sample_of(values, number, people)
    expected = []
    for k, (value, person) in enumerate(rows):
        rest = [
            v for j, (v, p) in enumerate(rows) if v >= 0 and (p != person if persons else j != k)
        ]
        vouched = bool(rest) and (min(rest) <= value <= max(rest) if number else value in rest)
        expected.append(value >= 0 and not vouched)
    assert unseen(sample.values["v"], sample, number).tolist() == expected


def test_the_ceiling_is_that_of_fresh_real_rows() -> None:
    """Without a holdout it is guessed from the real rows (Good 1953); on average it is right."""
    guessed, got = [], []
    for seed in range(300):
        draw = Key(seed).child("fresh").generator()
        tables = [
            {
                "x": [*draw.normal(size=40)],
                "g": [f"g{k}" for k in draw.geometric(0.1, 40)],
            }
            for _ in range(2)
        ]
        found = the(judged(*tables), "values_within_real")
        assert found.value is not None and found.ceiling is not None
        guessed.append(found.ceiling)
        got.append(found.value)
    error = np.std(np.subtract(guessed, got)) / np.sqrt(300)
    assert np.mean(guessed) == pytest.approx(np.mean(got), abs=3 * error)
    # Two of 41 rows are expected beyond the ends of 40 that are all different.
    assert np.mean(got) < 0.97


def test_the_ceiling_is_the_share_of_held_out_rows() -> None:
    real = {"x": [0.0, 10.0] * 20, "g": ["a", "b"] * 20}
    synthetic = {"x": [-1.0, 5.0], "g": ["a", "z"]}
    holdout = {"x": [5.0, 11.0, 12.0, 1.0], "g": ["a", "b", "c", None]}
    found = judged(real, synthetic, holdout=holdout)
    assert the(found, "numbers_within_range", "x").ceiling == 0.5
    assert the(found, "labels_known", "g").ceiling == pytest.approx(2 / 3)
    assert the(found, "values_within_real").ceiling == pytest.approx((0.5 + 2 / 3) / 2)


def test_weights_of_real_rows_count_for_the_ceiling() -> None:
    real = {"g": ["a", "a", "b"], "t": ["t"] * 3}
    comparison = compared(real, {"g": ["a", "z"], "t": ["t"] * 2}, weights=np.array([1.0, 1, 2]))
    found = validity(comparison, KEY)
    # b is held by one row, which stands for half of them.
    assert the(found, "labels_known", "g").ceiling == pytest.approx(0.5)


def halves(table: Any, seed: int, rows: int) -> Comparison:
    order = Key(seed).child("halves").generator().permutation(len(next(iter(table.values()))))
    return compared(taken(table, order[:rows]), taken(table, order[rows : 2 * rows]))


def test_intervals_reach_the_ceiling_for_halves_of_one_table() -> None:
    table = simulated(1200, seed=5)
    table["noise"] = [*Key(1).generator().normal(size=1200)]
    reached, good = [], []
    for seed in range(120):
        found = the(validity(halves(table, seed, 300), KEY), "values_within_real")
        assert found.interval is not None and found.ceiling is not None
        reached.append(found.interval[0] <= found.ceiling <= found.interval[1])
        good.append(found.verdict is Verdict.GOOD)
    assert np.mean(reached) >= 0.92
    assert np.mean(good) >= 0.9


def test_intervals_cover_what_tables_of_these_sizes_get() -> None:
    """The true share of a source that is outside one time in fifty."""
    covered = []
    for seed in range(200):
        draw = Key(seed).child("outside").generator()
        real = {"x": [*draw.uniform(0, 1, 500)]}
        synthetic = {"x": [*np.where(draw.random(400) < 0.02, 2.0, draw.uniform(0, 1, 400))]}
        found = the(judged(real, synthetic), "values_within_real")
        assert found.interval is not None
        # Besides, 2 of 501 are expected between the real ends and those of the source.
        truth = 0.98 * (1 - 2 / 501)
        covered.append(found.interval[0] <= truth <= found.interval[1])
    assert 0.92 <= np.mean(covered) <= 1.0


def test_only_columns_with_something_outside_have_a_score() -> None:
    table = simulated(200)
    found = judged(table, table)
    assert [s.name for s in found.scores] == ["values_within_real", "numbers_on_unit"]
    assert the(found, "values_within_real").value == 1.0
    assert "Every synthetic value lies in" in found.notes[0]
    bad = {**table, "flag": ["maybe", *table["flag"][1:]], "size": [99.0, *table["size"][1:]]}
    found = judged(table, bad)
    assert {s.about for s in found.scores} == {(), ("size",), ("flag",)}
    assert "In 4 of 6 columns" in found.notes[0]
    assert not any(s.headline for s in found.scores)


def test_wild_tables_are_told() -> None:
    table = simulated(400)
    wild = {**table, "size": [v * 20 for v in table["size"]], "some": ["new"] * 400}
    found = judged(table, wild)
    assert the(found, "values_within_real").verdict is Verdict.POOR
    assert the(found, "numbers_within_range", "size").verdict is Verdict.POOR
    assert the(found, "labels_known", "some").value == 0.0


def test_rounding_does_not_leave_the_range() -> None:
    real = {"x": [0.1, 0.30000000000000004, 1e9]}
    assert (
        score(judged(real, {"x": [0.1 - 1e-12, 1e9 + 1e-6]}), "numbers_within_range", "x") is None
    )
    assert score(judged(real, {"x": [0.1 - 1e-3, 1e9 + 10]}), "numbers_within_range", "x")


UNITS = [
    ([34.0, 21.0, 57.0], False, [34.5, 21.0], 0.5, "1"),
    ([1.25, 0.5, 3.75], False, [1.25, 1.255], 0.5, "0.01"),
    ([1200.0, 400.0, 77700.0], False, [1250.0, 1300.0], 0.5, "100"),
    ([0.0, 0.0, 30.0, 20.0], False, [0.0, 0.0, 0.0, 7.0], 0.0, "10"),
    ([-3.0, 4.0, 5.0], False, [-3.5, -4.0, 0.25, 8.0], 0.5, "1"),
    ([86400.0 * d for d in (1, 7, 900)], True, [86400.0, 86401.0], 0.5, "a day"),
    ([60.0 * d for d in (1, 7, 900)], True, [61.0, 30.0, 60.0, 60.5], 0.25, "a minute"),
]


@pytest.mark.parametrize(("real", "moment", "synthetic", "share", "unit"), UNITS)
def test_units_by_hand(
    real: list[float], moment: bool, synthetic: list[float], share: float, unit: str
) -> None:
    comparison = compared({"x": real}, {"x": synthetic})
    feature = replace(comparison["x"], moment=moment)
    found = validity(replace(comparison, features=(feature,)), KEY)
    one = the(found, "column_on_unit", "x")
    assert one.value == pytest.approx(share)
    assert one.n == sum(v != 0 for v in synthetic)
    assert one.ceiling == 1.0
    assert one.because.endswith(f"the unit is {unit}")
    assert the(found, "numbers_on_unit").value == pytest.approx(share)


def test_whole_numbers_with_fractions_give_a_table_away() -> None:
    draw = Key(0).generator()
    real = {"age": [*draw.integers(18, 90, 500).astype(float)], "bmi": [*draw.normal(size=500)]}
    found = judged(real, {**real, "age": [v + draw.normal() for v in real["age"]]})
    assert the(found, "column_on_unit", "age").verdict is Verdict.POOR
    assert score(found, "column_on_unit", "bmi") is None
    same = judged(real, real)
    assert the(same, "numbers_on_unit").verdict is Verdict.GOOD
    assert score(same, "column_on_unit", "age") is None


def test_a_few_finer_real_values_do_not_hide_the_unit() -> None:
    """Ages of babies in fractions of a year, as in the stroke table."""
    real = {"age": [*map(float, range(2, 99)), 0.08, 1.32]}
    smooth = {"age": [v + 0.37 for v in real["age"]]}
    one = the(judged(real, smooth), "column_on_unit", "age")
    assert one.because.endswith("the unit is 1")
    assert one.ceiling == pytest.approx(97 / 99)
    assert one.verdict is Verdict.POOR
    assert the(judged(real, real), "numbers_on_unit").value == pytest.approx(97 / 99)


def test_numbers_without_a_unit_are_not_judged_by_one() -> None:
    draw = Key(0).generator()
    one = the(
        judged({"x": [*draw.normal(size=90)]}, {"x": [*draw.normal(size=90)]}), "numbers_on_unit"
    )
    assert one.verdict is Verdict.UNKNOWN
    assert one.because == "no number of the real table keeps to a unit that could be lost"
    zeros = the(judged({"x": [0.0] * 9}, {"x": [0.0, 1.5]}), "numbers_on_unit")
    assert zeros.verdict is Verdict.UNKNOWN


@pytest.mark.parametrize("size", [1e-300, 1e-12, 1e12, 1e300])
def test_numbers_of_any_size(size: float) -> None:
    real = {"x": [size * v for v in (1.0, 2.5, 4.0)]}
    total = the(judged(real, {"x": [size * 2, size * 9]}), "values_within_real")
    assert total.value == 0.5


def test_withheld_labels_count_neither_way() -> None:
    real = {"g": ["a", "b", "c"] * 5}
    found = judged(real, {"g": ["a", "(rare)", "((rare))", "rare", "b"]})
    one = the(found, "labels_known", "g")
    assert (one.value, one.n) == (pytest.approx(2 / 3), 3)
    assert 'say "(rare)" stand for labels withheld on purpose' in found.notes[-1]
    assert "g (2)" in found.notes[-1]
    mine = judged({"g": ["a", "(rare)"]}, {"g": ["a", "(rare)"]})
    assert the(mine, "values_within_real").value == 1.0 and len(mine.notes) == 1


def test_pooled_labels_are_not_real_ones() -> None:
    feature = Feature("g", Form.LABEL, ("a", "(rare)", "b", "((rare))", "(rare"), known=2)
    assert pooled(feature).tolist() == [3]
    assert pooled(Feature("x", Form.NUMBER)).tolist() == []


def test_columns_that_are_all_missing() -> None:
    gone = {"x": [None] * 5, "g": [None] * 5, "t": ["t"] * 5}
    full = {"x": [1.0] * 5, "g": ["a"] * 5, "t": ["t"] * 5}
    found = judged(gone, full)
    assert the(found, "numbers_within_range", "x").value == 0.0
    assert the(found, "labels_known", "g").value == 0.0
    other = judged(full, gone)
    assert the(other, "numbers_within_range", "x").verdict is Verdict.UNKNOWN
    assert the(other, "values_within_real").value == 1.0
    nothing = judged({"x": [None]}, {"x": [None]})
    assert the(nothing, "values_within_real").verdict is Verdict.UNKNOWN
    assert (unseen(np.array([MISSING]), sample_of([MISSING], False), False) == [False]).all()


def test_rows_of_one_person_are_one_piece_of_evidence() -> None:
    table = simulated(300)
    wild = {**table, "size": [99.0] * 30 + table["size"][30:]}
    comparison = compared(table, wild)
    alone = the(validity(comparison, KEY), "values_within_real")
    people = replace(comparison.synthetic, people=np.arange(300) // 30)
    together = the(validity(replace(comparison, synthetic=people), KEY), "values_within_real")
    assert alone.value == together.value
    widths = [s.interval[1] - s.interval[0] for s in (alone, together) if s.interval]
    assert widths[1] > 1.5 * widths[0]


def test_a_real_table() -> None:
    comparison = real_table("stroke")
    found = validity(comparison, KEY)
    assert the(found, "values_within_real").value == 1.0
    assert the(found, "values_within_real").verdict is Verdict.GOOD
    assert the(found, "numbers_on_unit").verdict is Verdict.GOOD
    assert not found.exhibits
