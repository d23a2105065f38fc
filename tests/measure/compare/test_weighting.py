"""Groups of rows, and real rows weighted to the synthetic shares."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.measure.made_tables import compared, simulated
from trimtab._random import Key
from trimtab.errors import ColumnError
from trimtab.measure.compare.comparison import Comparison, compare
from trimtab.measure.compare.weighting import groups, names_of, weighted

LABELS = st.sampled_from(["a", "b", "c", None])
ROWS = st.lists(st.tuples(LABELS, st.sampled_from([0.0, 1.5, None])), min_size=1, max_size=30)
BOTH = ["g", "x"]


def table(rows: list[tuple[Any, Any]]) -> dict[str, list[Any]]:
    # One label more in another column keeps `g` a label where all of it is missing.
    return {"g": [r[0] for r in rows], "x": [r[1] for r in rows], "t": ["t" for _ in rows]}


def of_rows(real: list[Any], synthetic: list[Any], holdout: list[Any] | None = None) -> Comparison:
    return compared(table(real), table(synthetic), None if holdout is None else table(holdout))


def shares(comparison: Comparison, which: str) -> dict[tuple[int, float], float]:
    """Weighted share of each combination, by its codes."""
    sample = getattr(comparison, which)
    total = Counter[tuple[int, float]]()
    cells = zip(sample.values["g"], np.nan_to_num(sample.values["x"], nan=-9), strict=True)
    for cell, weight in zip(cells, sample.weights, strict=True):
        total[int(cell[0]), float(cell[1])] += weight / sample.weights.sum()
    return dict(total)


def name(cell: tuple[Any, Any]) -> str:
    shown = ["(missing)" if v is None else f"{v:g}" if isinstance(v, float) else v for v in cell]
    return f"g = {shown[0]}, x = {shown[1]}"


@given(ROWS, ROWS)
@settings(max_examples=60, deadline=None)
def test_groups_are_counted(real: list[Any], synthetic: list[Any]) -> None:
    # The real table says which values a number has, so that it must hold all that occur here.
    real = [*real, ("a", 0.0), (None, 1.5)]
    found = groups(of_rows(real, synthetic), BOTH)
    assert found.columns == ("g", "x")
    assert len(set(found.names)) == len(found.names)
    for which, rows in (("real", real), ("synthetic", synthetic)):
        counts = dict(zip(found.names, found.counts(which).tolist(), strict=True))
        assert {n: c for n, c in counts.items() if c} == dict(Counter(map(name, rows)))
        assert [found.names[c] for c in found.codes[which]] == [name(r) for r in rows]


@given(ROWS, ROWS, ROWS)
@settings(max_examples=80, deadline=None)
def test_weights_give_the_synthetic_shares_exactly(
    real: list[Any], synthetic: list[Any], holdout: list[Any]
) -> None:
    # With every number that occurs, for others would count as the nearest.
    real = [*real, ("a", 0.0), (None, 1.5)]
    comparison = of_rows(real, [*synthetic, ("a", 0.0)], holdout)
    made = weighted(comparison, BOTH)
    wanted = shares(made, "synthetic")
    assert shares(made, "real") == pytest.approx(wanted)
    assert made.real.weights.mean() == pytest.approx(1)
    assert (made.real.weights > 0).all()
    assert (made.synthetic.weights == 1).all()
    if made.holdout is not None:
        # Held-out rows may lack some of the groups: those that they have are in proportion.
        held = shares(made, "holdout")
        total = sum(wanted[c] for c in held)
        assert held == pytest.approx({c: wanted[c] / total for c in held})


@given(ROWS, ROWS)
@settings(max_examples=60, deadline=None)
def test_rows_of_groups_that_are_not_shared_are_left_out(
    real: list[Any], synthetic: list[Any]
) -> None:
    real, synthetic = [*real, ("a", 0.0), (None, 1.5)], [*synthetic, ("a", 0.0)]
    made = weighted(of_rows(real, synthetic), BOTH)
    shared = set(real) & set(synthetic)
    assert made.real.rows == sum(r in shared for r in real)
    assert made.synthetic.rows == sum(r in shared for r in synthetic)
    notes = " ".join(made.notes)
    lost = [r for r in synthetic if r not in shared]
    assert (f"{len(lost):,} synthetic rows are in combinations that no real row has" in notes) == (
        bool(lost)
    )
    assert ("only the real table has" in notes) == bool(set(real) - shared)
    assert f"its {made.real.rows:,} rows are then worth {made.real.effective_rows:,.0f}" in notes


def test_weights_are_kept_in_proportion_within_a_group() -> None:
    real = table([("a", 0.0)] * 3 + [("b", 0.0)])
    comparison = compared(real, table([("a", 0.0), ("b", 0.0)]), weights=np.array([1.0, 2, 3, 2]))
    made = weighted(comparison, ["g"])
    np.testing.assert_allclose(made.real.weights, [1 / 3, 2 / 3, 1, 2])


def test_weighting_to_the_same_shares_changes_nothing() -> None:
    made = simulated(200)
    comparison = compared(made, made, made)
    again = weighted(comparison, ["flag", "some"])
    assert again.synthetic is comparison.synthetic
    for sample in (again.real, again.holdout):
        assert sample is not None
        np.testing.assert_allclose(sample.weights, 1)


def test_a_weighted_table_is_not_augmented_and_can_be_sampled() -> None:
    rows = [("a", 0.0)] * 6 + [("b", 0.0)] * 6
    made = weighted(of_rows(rows, [*rows, ("c", 0.0)]), ["g"])
    assert not made.augmented
    assert made.synthetic.rows == 12 and made.delivered.rows == 13
    sampled = made.sampled(12, Key(0))
    assert sampled.synthetic.rows == 12
    assert (sampled.synthetic.values["g"] < 2).all()


def test_a_holdout_without_shared_groups_is_dropped_aloud() -> None:
    made = weighted(of_rows([("a", 0.0)], [("a", 0.0)], [("b", 0.0)]), ["g"])
    assert made.holdout is None
    assert any("No held-out row is in a combination of g" in n for n in made.notes)


def test_no_shared_group_is_an_error() -> None:
    with pytest.raises(ColumnError, match="by g, x: no combination is in both tables"):
        weighted(of_rows([("a", 0.0)], [("b", 0.0)]), BOTH)


def test_many_strange_groups_are_not_all_named() -> None:
    strange = [(f"s{k}", 0.0) for k in range(9)]
    made = weighted(of_rows([("a", 0.0)], [("a", 0.0), *strange]), ["g"])
    assert any(n.endswith("; and 4 more.") for n in made.notes)


def test_unknown_columns_and_none_are_errors() -> None:
    comparison = of_rows([("a", 0.0)], [("a", 0.0)])
    with pytest.raises(ColumnError, match="no column 'h'"):
        groups(comparison, ["h"])
    with pytest.raises(ColumnError, match="no column to group by"):
        groups(comparison, [])


def test_delivered_rows_are_grouped_on_request() -> None:
    comparison = of_rows([("a", 0.0)], [("a", 0.0), ("b", 0.0)])
    comparison = replace(comparison, synthetic=comparison.synthetic.take(np.array([1])))
    found = groups(comparison, ["g"], delivered=True)
    assert found.counts("delivered").tolist() == [1, 1]
    assert found.counts("synthetic").tolist() == [0, 1]
    assert "delivered" not in groups(comparison, ["g"]).codes


def test_numbers_of_many_values_are_cut_into_tenths() -> None:
    values = [float(v) for v in range(100)]
    comparison = compared({"x": values}, {"x": [-5.0, 1000.0, np.nan]})
    found = groups(comparison, ["x"])
    counts = dict(zip(found.names, found.counts("real").tolist(), strict=True))
    assert sum(counts.values()) == 100 and len(found.names) == 11
    assert all(c == 10 for n, c in counts.items() if n != "x = (missing)")
    said = [found.names[c] for c in found.codes["synthetic"]]
    assert said[0].startswith("x = below ") and said[1].endswith(" and more")
    assert said[2] == "x = (missing)"


def test_values_that_real_rows_lack_count_as_the_nearest() -> None:
    found = groups(compared({"x": [1.0, 2.0, 5.0]}, {"x": [0.0, 1.4, 3.6, 99.0]}), ["x"])
    assert [found.names[c] for c in found.codes["synthetic"]] == [
        "x = 1",
        "x = 1",
        "x = 5",
        "x = 5",
    ]


@pytest.mark.parametrize(
    ("values", "names"),
    [
        ([1000001.0, 1000002.0], ["1000001", "1000002"]),
        ([0.1, 0.25], ["0.1", "0.25"]),
        ([1.00000001, 1.00000002], ["1.00000001", "1.00000002"]),
        ([1e300, 2e300], ["1e+300", "2e+300"]),
        ([-3.0, 0.0], ["-3", "0"]),
    ],
)
def test_names_of_numbers_tell_them_apart(values: list[float], names: list[str]) -> None:
    found = groups(compared({"x": values}, {"x": values}), ["x"])
    assert sorted(found.names) == sorted(f"x = {n}" for n in names)


@pytest.mark.parametrize("many", [False, True])
def test_close_numbers_never_share_a_name(many: bool) -> None:
    values = [1e9 + k / (1 if many else 7) for k in range(200 if many else 15)]
    found = groups(compared({"x": values}, {"x": values}), ["x"])
    assert len(set(found.names)) == len(found.names) == (10 if many else 15)


def moments(days: list[Any], type_: pa.DataType) -> Comparison:
    made = pa.table({"at": pa.array(days, type_), "y": list(range(len(days)))})
    return compare(made, made)


def test_names_of_moments_are_dates_and_times() -> None:
    days = [date(2020, 1, 1), date(1950, 6, 30), None, date(2020, 1, 1)]
    comparison = moments(days, pa.date32())
    assert set(groups(comparison, ["at"]).names) == {
        "at = 2020-01-01",
        "at = 1950-06-30",
        "at = (missing)",
    }
    assert names_of(comparison, ["at"], [(days[1],), (None,)]) == (
        "at = 1950-06-30",
        "at = (missing)",
    )
    times = [datetime(2020, 1, 1, 8, 30), datetime(2020, 1, 1, 9, 0)]
    assert set(groups(moments(times, pa.timestamp("us")), ["at"]).names) == {
        "at = 2020-01-01T08:30",
        "at = 2020-01-01T09:00",
    }


def test_a_cell_falls_into_the_group_of_its_rows() -> None:
    comparison = compared(simulated(300), simulated(300, seed=1))
    columns = ["some", "size", "steps"]
    found = groups(comparison, columns)
    labels = comparison["some"].labels
    values = comparison.real.values
    cells = [
        (None if g < 0 else labels[g], x, s)
        for g, x, s in zip(*(values[c] for c in columns), strict=True)
    ]
    said = names_of(comparison, columns, cells)
    assert list(said) == [found.names[c] for c in found.codes["real"]]


def test_a_moment_with_a_zone_counts_in_utc() -> None:
    times = [datetime(2020, 1, 1, hour, tzinfo=UTC) for hour in (8, 9)]
    comparison = moments(times, pa.timestamp("us", tz="UTC"))
    assert names_of(comparison, ["at"], [(times[1],)]) == ("at = 2020-01-01T09:00",)


def test_a_cell_that_does_not_fit_is_an_error() -> None:
    comparison = compared({"x": [1.0, 2.0]}, {"x": [1.0]})
    with pytest.raises(ColumnError, match="column 'x' holds numbers, which a cell's value is not"):
        names_of(comparison, ["x"], [("many",)])
