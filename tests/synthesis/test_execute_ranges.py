"""Ranges in plans: JSON, exact conditions on tables of every kind, and what is refused."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import trimtab
from trimtab import Range
from trimtab._random import Key
from trimtab.errors import ColumnError, PlanError, RefusedError
from trimtab.model.trees.trees import Trees
from trimtab.plan.json import from_json
from trimtab.plan.plan import Given, Plan, from_condition
from trimtab.synthesis.execute import execute
from trimtab.synthesis.synthesizer import Synthesizer

KEY = Key(5)
START = date(2020, 1, 1)


def table(rows: int = 900) -> pa.Table:
    """Whole numbers, decimals, days, moments, numeric labels; gaps; a column behind the others."""
    g = KEY.child("table").generator()
    age = g.integers(18, 90, rows)
    moments = np.datetime64("2021-03-01T00:00") + g.integers(0, 90_000, rows).astype(
        "timedelta64[m]"
    )
    spent = np.round(g.gamma(2.0, 40.0, rows) * age / 50, 1)
    return pa.table(
        {
            "age": pa.array(age, mask=g.random(rows) < 0.1),
            "spent": spent,
            "day": [START + timedelta(days=int(d)) for d in g.integers(0, 300, rows)],
            "seen": pa.array(moments.astype("datetime64[us]")),
            "stage": g.integers(1, 4, rows),
            "town": np.array(["Oslo", "Graz", "Bari"])[age % 3].tolist(),
            "late": np.round(spent * 3 + 20 * g.random(rows), 1),
        }
    )


@pytest.fixture(scope="module")
def made() -> Synthesizer:
    return trimtab.fit(table(), first=["age", "spent", "stage", "town"], outcome="late")


@pytest.fixture(scope="module")
def timed() -> Synthesizer:
    return trimtab.fit(table().select(["day", "seen", "town"]), first=["day", "seen"])


def inside(values: list[Any], asked: Range) -> bool:
    return all(
        v is not None
        and (asked.low is None or v >= asked.low)
        and (asked.high is None or v <= asked.high)
        for v in values
    )


ENDS: dict[str, Any] = {
    "age": st.integers(25, 80),
    "spent": st.floats(5, 150).map(lambda v: round(v, 1)),
}


@st.composite
def ranges(draw: st.DrawFn, name: str) -> Range:
    low, high = sorted([draw(ENDS[name]), draw(ENDS[name])])
    ends = [(low, high + 6), (low, None), (None, high), (None, None)]
    return Range(*draw(st.sampled_from(ends)))


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "age": ranges("age"),
            "spent": ranges("spent"),
            "stage": st.just(Range(2, None)),
            "town": st.sampled_from(["Oslo", ["Oslo", "Bari"]]),
        },
    )
)
@settings(max_examples=40, deadline=None, derandomize=True)
def test_a_range_holds_in_every_row(made: Synthesizer, condition: dict[str, Any]) -> None:
    plan = from_condition(condition, 40, made.schema)
    again = from_json(plan.to_json(), made.schema, "plan.json")
    assert again.to_dict() == plan.to_dict()
    drawn = execute(made.learned, plan, KEY).data
    assert execute(made.learned, again, KEY).data.equals(drawn)
    for name, asked in condition.items():
        values = drawn[name].to_pylist()
        if isinstance(asked, Range):
            assert inside(values, asked)
        else:
            assert set(values) <= set(asked if isinstance(asked, list) else [asked])


def test_a_saved_plan_says_what_lies_between(timed: Synthesizer) -> None:
    condition = {"day": Range(START, None), "seen": Range(None, datetime(2021, 4, 1, 12))}
    plan = from_condition(condition, 3, timed.schema)
    told = plan.to_dict()["groups"][0]["given"]
    assert told["day"] == {"between": ["2020-01-01", None]}
    assert told["seen"] == {"between": [None, "2021-04-01T12:00:00.000000"]}
    assert plan.reason == "3 rows with day from 2020-01-01, seen up to 2021-04-01T12:00:00.000000"
    back = from_json(plan.to_json(), timed.schema, "plan.json")
    assert back.given["day"].sets == (Range(START, None),)


@pytest.mark.parametrize(
    ("low", "high"),
    [
        (date(2020, 3, 1), date(2020, 3, 31)),
        ("2020-03-01", "2020-03-31"),
        (datetime(2020, 2, 29, 1), datetime(2020, 3, 31, 23)),
        (np.datetime64("2020-03-01"), None),
    ],
)
def test_days(timed: Synthesizer, low: Any, high: Any) -> None:
    drawn = timed.sample(200, where={"day": Range(low, high)})
    last = date(2020, 3, 31) if high is not None else date(2020, 12, 31)
    assert inside(drawn["day"].to_pylist(), Range(date(2020, 3, 1), last))


def test_moments(timed: Synthesizer) -> None:
    asked = Range(datetime(2021, 3, 10, 6, 30), datetime(2021, 3, 12))
    drawn = timed.sample(200, where={"seen": asked, "town": "Oslo"})
    assert inside(drawn["seen"].to_pylist(), asked)


def test_draws_are_those_that_fall_inside(made: Synthesizer) -> None:
    """Two ranges and a set at once, against unconditional draws: every column, two-sided."""
    free = made.sample(60_000).to_pandas()
    free = free[free.age.between(33, 61) & free.spent.between(20.5, 90) & (free.stage != 2)]
    where = {"age": Range(33, 61), "spent": Range(20.5, 90), "stage": [1, 3]}
    found = made.sample(len(free), where=where, seed=1).to_pandas()
    for name in ("age", "spent", "late"):
        assert stats.ks_2samp(found[name], free[name]).pvalue > 1e-3, name
        other = made.sample(len(free), where={**where, "age": Range(45, 80)}).to_pandas()
        assert stats.ks_2samp(other[name], free[name]).pvalue < 1e-3, name
    for name in ("town", "stage"):
        counts = [t[name].value_counts().sort_index() for t in (found, free)]
        assert stats.chi2_contingency(counts).pvalue > 1e-3, name


def test_several_numbers_and_missing_are_a_set(made: Synthesizer) -> None:
    drawn = made.sample(300, where={"age": [20, 40, 41, None]})
    assert set(drawn["age"].to_pylist()) == {20, 40, 41, None}
    assert set(made.sample(200, where={"age": (30, 31.0)})["age"].to_pylist()) == {30, 31}


def test_a_range_behind_given_columns(made: Synthesizer) -> None:
    row = made.sample(1, where={"age": 50, "spent": 60.0}).to_pylist()[0]
    before = made.learned.model.columns[: made.learned.model.columns.index("late")]
    told = {n: row[n] for n in before}
    drawn = made.sample(50, where={**told, "late": Range(185, 195)})
    assert inside(drawn["late"].to_pylist(), Range(185, 195))
    assert drawn["age"].to_pylist() == [50] * 50
    with pytest.raises(RefusedError, match="leave a range no probability"):
        made.sample(5, where={**told, "late": Range(700, 800)})


REFUSED: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"late": Range(100, 200)}, RefusedError, "cannot condition exactly on late"),
    ({"age": Range(200)}, PlanError, r"age from 200: the model knows no such value.*18 to 89"),
    ({"age": Range(None, 3)}, PlanError, "age up to 3: the model knows"),
    ({"age": Range(40.2, 40.8)}, PlanError, r"age from 40.2 to 40.8: the model knows"),
    ({"age": Range(70, 60)}, PlanError, r"age from 70 to 60: the first is above the second"),
    ({"age": Range("old", None)}, PlanError, r"age = 'old' does not fit"),
    ({"town": Range("A", "M")}, PlanError, "town is a label, and ranges are of numbers"),
    ({"stage": Range(7)}, PlanError, "stage from 7: the model knows no such value: expected .* 1"),
    ({"nope": Range(7)}, ColumnError, "no column 'nope'"),
]


@pytest.mark.parametrize(("condition", "error", "message"), REFUSED, ids=range(len(REFUSED)))
def test_refused_before_the_first_row(
    made: Synthesizer,
    condition: dict[str, Any],
    error: type[Exception],
    message: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Trees, "fill", lambda *_: pytest.fail("a row was drawn"))
    with pytest.raises(error, match=message):
        made.sample(
            5, where={"town": "Oslo", **condition} if "town" not in condition else condition
        )


def test_plans_made_by_hand(made: Synthesizer) -> None:
    """Ends of another type than the column's, as nobody checked them."""

    def plan(name: str, asked: Range) -> Plan:
        hole = pa.nulls(1, pa.int64())
        return Plan(
            np.array([3]), {name: Given(hole, np.zeros(1, bool), np.zeros(1, int), (asked,))}
        )

    assert inside(
        made.draw(plan("spent", Range(30, 40.5))).column("spent").to_pylist(), Range(30, 41)
    )
    assert made.draw(plan("age", Range())).column("age").null_count == 0
    with pytest.raises(PlanError, match=r"the ends are of type date32\[day\], expected numbers"):
        made.draw(plan("age", Range(START, START)))
    with pytest.raises(PlanError, match="age from 70 to 60: the model knows no such value"):
        made.draw(plan("age", Range(70, 60)))
    with pytest.raises(PlanError, match="expected ends of one type"):
        made.draw(plan("age", Range("a", 3)))


def test_infinite_ends_are_open() -> None:
    schema = trimtab.read(table()).schema
    given_ = from_condition({"spent": Range(float("-inf"), float("inf"))}, 1, schema).given
    assert given_["spent"].sets == (Range(None, None),)


def test_one_cell_is_told_given_values_only(made: Synthesizer) -> None:
    with pytest.raises(PlanError, match="expected one value"):
        made.conditional({"age": Range(20, 30)}, "town")
