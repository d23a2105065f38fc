"""Bins of balance columns: exactly the asked numbers in each, on any column that has an order."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import trimtab
from trimtab import Range, datasets
from trimtab._random import Key
from trimtab.errors import ColumnError, InputError, PlanError, RefusedError
from trimtab.plan.balance.bins import bins_of
from trimtab.plan.json import from_json
from trimtab.table.files import read
from trimtab.table.schema import Column, Kind, Schema

KEY = Key(8)
START = date(2020, 1, 1)


def table(rows: int = 700) -> pa.Table:
    g = KEY.child("table").generator()
    seen = np.datetime64("2021-03-01T00:00") + g.integers(0, 90_000, rows).astype("timedelta64[m]")
    return pa.table(
        {
            "age": pa.array(g.integers(0, 90, rows), mask=g.random(rows) < 0.05),
            "size": np.round(g.normal(10, 20, rows), 1),
            "fine": g.random(rows),
            "day": [START + timedelta(days=int(d)) for d in g.integers(0, 700, rows)],
            "seen": pa.array(seen.astype("datetime64[us]")),
            "sex": np.array(["F", "M"])[g.integers(0, 2, rows)].tolist(),
            "many": g.integers(0, 3, rows) * 1000,
        }
    )


REAL = table()
NOON = datetime(2021, 4, 1, 12)
CUTS: dict[str, list[Any]] = {
    "age": [18, 45, 65],
    "size": [-3.5, 0, 12.25],
    "fine": [0.3, 0.5],
    "day": [date(2020, 7, 1), date(2021, 1, 15)],
    "seen": [NOON, datetime(2021, 5, 1)],
}


def bin_of(value: Any, cuts: list[Any]) -> int | None:
    """The bin of a value, counted from 0; None for missing."""
    return None if value is None else sum(value >= c for c in cuts)


@pytest.mark.parametrize("name", CUTS)
@pytest.mark.parametrize("mode", ["replace", "augment"])
def test_each_bin_gets_what_was_planned(name: str, mode: str) -> None:
    cuts = CUTS[name]
    made = trimtab.balance(
        REAL, [name, "sex"], bins={name: cuts}, mode=mode, unseen="skip", origin="from"
    )
    plan, rows = made.plan, made.table.to_pylist()
    names = plan.bins[name].names
    found = Counter((bin_of(r[name], cuts), r["sex"]) for r in rows)
    drawn = Counter((bin_of(r[name], cuts), r["sex"]) for r in rows if r["from"] == "synthetic")
    real = Counter((bin_of(r[name], cuts), r["sex"]) for r in REAL.to_pylist())
    assert len(plan.cells) == len(real)
    for cell in plan.cells:
        at = None if cell.values[0] is None else names.index(cell.values[0])
        key = (at, cell.values[1])
        assert found[key] == cell.target_rows and drawn[key] == cell.generated_rows, cell
        assert real[key] == cell.real_rows
    assert len(rows) == sum(c.target_rows for c in plan.cells)
    # Values are drawn, and not one for each bin.
    assert len({r[name] for r in rows if r["from"] == "synthetic"}) > 3 * len(cuts)


@given(
    st.lists(st.integers(1, 89), min_size=1, max_size=4, unique=True).map(sorted),
    st.integers(1, 400),
)
@settings(max_examples=10, deadline=None, derandomize=True)
def test_any_cuts(cuts: list[int], rows: int) -> None:
    """The plan's counts, and that every group's range is exactly its bin on whole numbers."""
    plan = trimtab.plan_balance(REAL, ["age"], bins={"age": cuts}, missing="exclude", rows=rows)
    assert sum(c.target_rows for c in plan.cells) == rows
    asked = plan.given["age"]
    for ranged, cell in zip(asked.choice, [c for c in plan.cells if c.target_rows], strict=True):
        range_ = asked.sets[ranged]
        assert isinstance(range_, Range)
        at = plan.bins["age"].names.index(cell.values[0])
        ends = [None, *cuts][at], ([*cuts, None][at])
        assert (range_.low, range_.high) == (ends[0], None if ends[1] is None else ends[1] - 1)
    again = from_json(plan.to_json(), read(REAL).schema, "plan.json")
    assert again.bins == plan.bins and again.to_dict() == plan.to_dict()


NAMES: list[tuple[str, list[Any], tuple[str, ...]]] = [
    ("age", [18, 65], ("under 18", "18 to under 65", "65 and over")),
    ("age", ["18"], ("under 18", "18 and over")),
    ("age", [17.5], ("under 17.5", "17.5 and over")),
    ("size", [-1.0, 12.25], ("under -1", "-1 to under 12.25", "12.25 and over")),
    ("day", ["2020-07-01"], ("before 2020-07-01", "2020-07-01 and later")),
    (
        "day",
        CUTS["day"],
        ("before 2020-07-01", "2020-07-01 to before 2021-01-15", "2021-01-15 and later"),
    ),
    ("seen", [datetime(2021, 4, 1)], ("before 2021-04-01", "2021-04-01 and later")),
    ("seen", [NOON], ("before 2021-04-01 12:00:00", "2021-04-01 12:00:00 and later")),
]


@pytest.mark.parametrize(("name", "cuts", "names"), NAMES, ids=range(len(NAMES)))
def test_the_names_of_bins(name: str, cuts: list[Any], names: tuple[str, ...]) -> None:
    plan = trimtab.plan_balance(REAL, [name], bins={name: cuts})
    assert plan.bins[name].names == names
    seen = [c.values[0] for c in plan.cells]
    assert set(seen) - {None} == set(names)


LAST: list[tuple[str, list[Any], Any]] = [
    ("age", [18, 65], 64),
    ("age", [17.5, 64.5], 64),
    ("size", [0, 65], 64.9),
    ("size", [0, 12.25], 12.2),
    ("day", ["2020-02-01", "2020-03-01"], date(2020, 2, 29)),
    ("seen", [NOON, "2021-05-01"], datetime(2021, 4, 30, 23, 59, 59, 999999)),
]


@pytest.mark.parametrize(("name", "cuts", "last"), LAST, ids=range(len(LAST)))
def test_the_last_value_below_a_cut(name: str, cuts: list[Any], last: Any) -> None:
    given_ = trimtab.plan_balance(REAL, [name], bins={name: cuts}, missing="exclude").given[name]
    assert last in [s.high for s in given_.sets if isinstance(s, Range)]


@pytest.mark.parametrize(
    ("name", "many", "cuts"),
    [
        ("age", 2, {45}),
        ("age", 5, None),
        ("size", 4, None),
        ("fine", 4, {0.25, 0.5, 0.75}),
        ("fine", 10, None),
        ("day", 2, {date(2021, 1, 1)}),
        ("day", 6, None),
        ("seen", 3, None),
    ],
)
def test_so_many_bins_of_about_equally_many_rows(name: str, many: int, cuts: Any) -> None:
    plan = trimtab.plan_balance(REAL, [name], bins={name: many}, missing="exclude")
    found = plan.bins[name].cuts
    rows = [c.real_rows for c in plan.cells]
    assert len(rows) == many == len(found) + 1
    assert max(rows) < 1.3 * sum(rows) / many and min(rows) > 0.75 * sum(rows) / many
    if cuts is not None:
        assert set(found) == cuts
    if name == "seen":  # they begin a day
        assert all((c.hour, c.minute) == (0, 0) for c in found)


def skewed(values: list[float | None]) -> trimtab.Table:
    column = Column(name="x", kind=Kind.NUMBER, storage="double", decimals=1)
    return read(pa.table({"x": pa.array(values, pa.float64())}), Schema(columns=(column,)))


def test_a_value_of_many_rows_takes_a_bin_of_its_own() -> None:
    spike = skewed([0.0] * 80 + [float(v) for v in range(1, 21)] + [None] * 5)
    cuts = bins_of(spike, ["x"], {"x": 4})["x"].cuts
    assert cuts == (1,)
    said = trimtab.plan_balance(spike, ["x"], bins={"x": 4}).warnings
    assert "x is cut into 2 bins, not 4: many rows hold one value." in said
    tiny = skewed([0.001 * v for v in range(100)])
    assert len(bins_of(tiny, ["x"], {"x": 4})["x"].cuts) == 3


def test_counts_are_asked_by_the_names_of_bins() -> None:
    to = {("under 18", "F"): 7, ("65 and over", "M"): 0, ("65 and over", "F"): 11}
    made = trimtab.balance(REAL, ["age", "sex"], to, bins={"age": [18, 65]})
    found = Counter((bin_of(r["age"], [18, 65]), r["sex"]) for r in made.table.to_pylist())
    assert found == {(0, "F"): 7, (2, "F"): 11}
    margins = {"age": {"under 18": 0.5, "18 and over": 0.5}}
    plan = trimtab.plan_balance(
        REAL, ["age", "sex"], margins, bins={"age": [18]}, missing="exclude", rows=100
    )
    counts = Counter[str]()
    for cell in plan.cells:
        counts[cell.values[0]] += cell.target_rows
    assert counts == {"under 18": 50, "18 and over": 50}


def test_two_binned_columns_and_missing_values() -> None:
    bins = {"age": [30, 60], "size": [0.0]}
    made = trimtab.balance(REAL, ["age", "size"], bins=bins, unseen="skip", rows=400)
    found = Counter(
        (bin_of(r["age"], bins["age"]), bin_of(r["size"], bins["size"]))
        for r in made.table.to_pylist()
    )
    assert sorted(found.values()) == sorted(c.target_rows for c in made.plan.cells)
    assert found[(None, 0)] == found[(None, 1)] == 50
    with pytest.raises(RefusedError, match="one column at a time, not of age, size together"):
        trimtab.balance(REAL, ["age", "size"], bins=bins, unseen="skip", model="network")
    with pytest.raises(RefusedError, match=r"a GAN cannot condition on ranges of numbers \(age"):
        trimtab.balance(REAL, ["age"], bins={"age": 3}, unseen="skip", model="cgan")


def test_bins_that_the_model_cannot_fill_are_refused_before_it_is_learned(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Three rows of an age of 200: fewer than what may be learned by their value."""
    monkeypatch.setattr(
        "trimtab.model.trees.fit.fit_trees", lambda *_: pytest.fail("it was learned")
    )
    old = REAL.slice(0, 3).set_column(0, "age", pa.array([200] * 3, pa.int64()))
    both = pa.concat_tables([REAL, old])
    with pytest.raises(PlanError, match=r"age from 150: the model knows no such value"):
        trimtab.balance(both, ["age"], bins={"age": [40, 150]})


def test_a_bin_without_rows() -> None:
    plan = trimtab.plan_balance(REAL, ["age"], bins={"age": [40, 150]})
    assert any("No real row has age 150 and over: none is generated" in w for w in plan.warnings)
    assert {c.values[0] for c in plan.cells} == {"under 40", "40 to under 150", None}
    with pytest.raises(PlanError, match="age = 150 and over never occurs"):
        trimtab.plan_balance(REAL, ["age"], {"150 and over": 3}, bins={"age": [40, 150]})


BAD: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"age": [65, 18]}, PlanError, r"age = \[65, 18\]: expected cut points that ascend"),
    ({"age": [18, 18]}, PlanError, "expected cut points that ascend, each of them once"),
    ({"age": []}, PlanError, "expected a number of bins, such as 4, or cut points"),
    ({"age": "18"}, PlanError, "expected a number of bins"),
    ({"age": True}, PlanError, "expected a number of bins"),
    ({"age": 1}, PlanError, "age = 1: expected from 2 to 1,000 bins"),
    ({"age": ["young"]}, PlanError, "age = 'young' does not fit"),
    ({"age": [None, 3]}, PlanError, "a cut point is missing"),
    (
        {"day": [datetime(2020, 1, 1, 5)]},
        PlanError,
        r"the column holds date32\[day\], and its cuts",
    ),
    ({"sex": 2}, ColumnError, "bins: column 'sex' is a "),
    ({"size": 2}, ColumnError, "'size' is not among those to balance over"),
    ({"nope": 2}, ColumnError, "bins: there is no column 'nope'"),
    (4, InputError, r"bins = 4: expected a dict"),  # type: ignore[list-item]
]


@pytest.mark.parametrize(("bins", "error", "message"), BAD, ids=range(len(BAD)))
def test_bins_that_are_none(bins: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        trimtab.plan_balance(REAL, ["age", "sex", "day"], bins=bins)


def test_numbers_of_many_values_ask_for_bins() -> None:
    message = r"age is a number of 9\d distinct values.* `bins=\{'age': 5\}`"
    with pytest.raises(PlanError, match=message):
        trimtab.plan_balance(REAL, ["age", "sex"])
    with pytest.raises(PlanError, match=r"day is a datetime of \d+ distinct values"):
        trimtab.plan_balance(REAL, ["day"])
    assert trimtab.plan_balance(REAL, ["many"]).rows == REAL.num_rows
    assert trimtab.plan_balance(REAL, ["age"], {18: 5, 40: 6}).rows == 11


@pytest.mark.stress
def test_a_balanced_table_is_judged_by_its_bins() -> None:
    patients = datasets.strokes(600, seed=2).select(["age", "gender", "bmi", "stroke"])
    made = trimtab.balance(
        patients, ["age", "gender"], bins={"age": [30, 60]}, holdout=0.2, mode="augment"
    )
    assert made.scorecard is not None
    delivered = next(s for s in made.scorecard.scores if s.measure == "planned_rows_delivered")
    assert delivered.value == 1.0
    saved = from_json(made.plan.to_json(), read(patients).schema, "plan.json")
    again = trimtab.evaluate(
        patients, made.table, by=["age", "gender"], plan=saved, sections=["fidelity"]
    )
    assert next(s for s in again.scores if s.measure == "planned_rows_delivered").value == 1.0
    groups = {g for e in again.exhibits for g in map(str, e.model_dump().values())}
    assert any("age = 30 to under 60, gender = " in g for g in groups)
    # Two-sided: a table that lacks rows of a bin does not pass.
    ages = np.array(made.table["age"].to_pylist(), float)
    lacking = made.table.filter(pa.array(~((ages < 30) & (np.arange(len(ages)) % 2 == 0))))
    worse = trimtab.evaluate(
        patients, lacking, by=["age", "gender"], plan=saved, sections=["fidelity"]
    )
    assert next(s for s in worse.scores if s.measure == "planned_rows_delivered").value < 1.0


def test_moments_with_a_zone_are_cut_at_their_midnight() -> None:
    zoned = pa.timestamp("us", "Europe/Berlin")
    seen = REAL["seen"].combine_chunks().cast(zoned)
    made = trimtab.balance(pa.table({"seen": seen, "sex": REAL["sex"]}), ["seen"], bins={"seen": 3})
    cuts = made.plan.bins["seen"].cuts
    assert [(c.hour, c.minute) for c in cuts] == [(0, 0)] * 2
    found = Counter(bin_of(v, list(cuts)) for v in made.table["seen"].to_pylist())
    assert sorted(found.values()) == sorted(c.target_rows for c in made.plan.cells)
    assert from_json(made.plan.to_json(), made.result.schema, "plan.json").bins == made.plan.bins


def test_cells_are_listed_in_the_order_of_the_bins() -> None:
    ages = [*[70.0, 71.5, 72.0] * 20, *[30.0, 31.5, 32.0] * 30, *[5.0, 6.5, 7.0] * 25, None]
    table = pa.table({"age": ages, "sex": (["m", "f", "m"] * 76)[: len(ages)]})
    plan = trimtab.plan_balance(table, ["sex", "age"], bins={"age": [18, 65]}, unseen="skip")
    bins = ["under 18", "18 to under 65", "65 and over"]
    assert [c.values for c in plan.cells[:4]] == [*[("m", b) for b in bins], ("m", None)]
    assert [c.values for c in plan.cells[4:7]] == [("f", b) for b in bins]
