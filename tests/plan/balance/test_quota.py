"""Balance plans: exact totals, largest remainder, deficits, and what is refused."""

from __future__ import annotations

import math
import re
from collections import Counter
from datetime import date
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.errors import ColumnError, InputError, PlanError, RefusedError
from trimtab.plan.balance.rounding import apportion
from trimtab.plan.plan import MAX_ROWS, Plan, Support
from trimtab.table.files import read
from trimtab.table.schema import Column, Kind, Role, Schema
from trimtab.table.table import Table
from trimtab.verbs.balance import plan_balance

LABELS = st.sampled_from(["a", "b", "c", None])
ROWS = st.lists(st.tuples(LABELS, st.sampled_from(["x", "y"])), min_size=1, max_size=40)


def labels(rows: list[tuple[Any, ...]]) -> Table:
    """A table of text labels g, h, ...; the schema is locked, so that nothing is inferred."""
    names = "ghij"[: len(rows[0])]
    data = {n: pa.array([r[k] for r in rows], pa.string()) for k, n in enumerate(names)}
    columns = tuple(Column(name=n, kind=Kind.LABEL, storage="string") for n in names)
    return read(pa.table(data), Schema(locked=True, columns=columns))


def targets(plan: Plan) -> dict[tuple[Any, ...], int]:
    return {c.values: c.target_rows for c in plan.cells}


def generated(plan: Plan) -> dict[tuple[Any, ...], int]:
    """What the groups say, read from the groups themselves."""
    columns = [plan.given[n].values.to_pylist() for n in plan.by]
    return dict(zip(zip(*columns, strict=True), plan.counts.tolist(), strict=True))


@given(
    st.lists(st.floats(0.001, 1), min_size=1, max_size=30),
    st.integers(0, 10_000),
)
def test_largest_remainder(weights: list[float], total: int) -> None:
    counts = apportion(weights, total)
    exact = [w * total / math.fsum(weights) for w in weights]
    assert counts.sum() == total
    assert all(abs(c - e) < 1 + 1e-6 for c, e in zip(counts, exact, strict=True))
    assert all(c >= 0 for c in counts)


@given(ROWS, st.integers(1, 500), st.sampled_from(["skip", "generate"]))
@settings(max_examples=60, deadline=None)
def test_equal_parts_sum_to_what_was_asked(
    rows: list[tuple[Any, ...]], total: int, unseen: str
) -> None:
    plan = plan_balance(labels(rows), ["g", "h"], rows=total, unseen=unseen)
    counts = targets(plan)
    assert plan.rows == sum(counts.values()) == total
    assert max(counts.values()) - min(counts.values()) <= 1
    assert {c: n for c, n in counts.items() if n} == generated(plan)
    real = Counter(rows)
    assert all(c.real_rows == real[c.values] for c in plan.cells)
    if unseen == "skip":
        assert set(counts) == set(real)
    else:
        assert len(counts) == len({r[0] for r in rows}) * len({r[1] for r in rows})


@given(ROWS, st.data())
@settings(max_examples=60, deadline=None)
def test_shares_by_largest_remainder(rows: list[tuple[Any, ...]], data: st.DataObject) -> None:
    cells = sorted(set(rows), key=str)
    weights = data.draw(
        st.lists(st.integers(1, 50), min_size=len(cells), max_size=len(cells)), "weights"
    )
    total = data.draw(st.integers(1, 1000), "total")
    shares = [w / sum(weights) for w in weights]
    asked = pa.table(
        {
            "g": pa.array([c[0] for c in cells], pa.string()),
            "h": [c[1] for c in cells],
            "share": shares,
        }
    )
    plan = plan_balance(labels(rows), ["g", "h"], asked, rows=total)
    counts = targets(plan)
    assert sum(counts.values()) == total
    for cell, share in zip(cells, shares, strict=True):
        assert abs(counts[cell] - share * total) < 1 + 1e-6


@given(ROWS, st.booleans())
@settings(max_examples=60, deadline=None)
def test_augmenting_generates_the_deficit_alone(rows: list[tuple[Any, ...]], exclude: bool) -> None:
    missing = "exclude" if exclude else "group"
    if exclude and all(r[0] is None for r in rows):
        return
    plan = plan_balance(labels(rows), ["g"], mode="augment", missing=missing)
    real = Counter(r[0] for r in rows if not (exclude and r[0] is None))
    largest = max(real.values())
    # Nothing is generated for the largest group, and every other one is raised to it.
    assert targets(plan) == {(v,): largest for v in real}
    assert generated(plan) == {(v,): largest - n for v, n in real.items() if n < largest}


@given(ROWS, st.integers(1, 200))
@settings(max_examples=80, deadline=None)
def test_a_total_too_small_to_augment_names_the_least_that_works(
    rows: list[tuple[Any, ...]], total: int
) -> None:
    table = labels(rows)
    try:
        plan = plan_balance(table, ["g"], mode="augment", rows=total)
    except RefusedError as error:
        least = int(re.findall(r"at least (\d+)", str(error))[0])
        assert least > total
        plan = plan_balance(table, ["g"], mode="augment", rows=least)
        total = least
    assert table.rows + plan.rows == total
    assert all(c.target_rows == c.real_rows + c.generated_rows for c in plan.cells)


TABLE = labels([("a", "x")] * 20 + [("b", "x")] * 10 + [(None, "y")] * 6 + [("b", "y")] * 3)


def test_counts_are_taken_as_they_are() -> None:
    plan = plan_balance(TABLE, ["g"], {"a": 5, "b": 0, None: 7})
    assert targets(plan) == {("a",): 5, ("b",): 0, (None,): 7}
    assert generated(plan) == {("a",): 5, (None,): 7}
    assert plan.rows == 12
    assert plan_balance(TABLE, ["g"], {"a": 5, "b": 7}, rows=12).rows == 12


def test_the_default_total_is_that_of_the_table() -> None:
    assert plan_balance(TABLE, "g").rows == TABLE.rows
    assert plan_balance(TABLE, "g", {"a": 0.5, "b": 0.5}).rows == TABLE.rows


def test_counts_to_augment() -> None:
    plan = plan_balance(TABLE, ["g"], {"a": 30, "b": 13}, mode="augment")
    assert generated(plan) == {("a",): 10}
    # Six real rows are in no cell that was asked for: kept, counted, and said.
    assert "6 real rows" in " ".join(plan.warnings)
    assert f"{TABLE.rows + 10} in the result" in plan.reason
    with pytest.raises(RefusedError, match="holds 20 real rows, more than the 19 asked for"):
        plan_balance(TABLE, ["g"], {"a": 19, "b": 13}, mode="augment")
    shares = {"a": 0.5, "b": 0.5}
    assert generated(plan_balance(TABLE, ["g"], shares, mode="augment", rows=46)) == {("b",): 7}
    with pytest.raises(RefusedError, match="at least 46"):
        plan_balance(TABLE, ["g"], shares, mode="augment", rows=38)
    with pytest.raises(RefusedError, match="share 0 hold real rows"):
        plan_balance(TABLE, ["g"], {"a": 1.0, "b": 0.0}, mode="augment")


def test_missing_values_are_a_group_or_left_out_and_it_is_said() -> None:
    grouped = plan_balance(TABLE, ["g"])
    assert (None,) in targets(grouped)
    assert any("group of their own" in w for w in grouped.warnings)
    left = plan_balance(TABLE, ["g"], missing="exclude")
    assert set(targets(left)) == {("a",), ("b",)}
    assert left.rows == TABLE.rows
    assert any("missing value of g" in w for w in left.warnings)
    with pytest.raises(PlanError, match=r"\(missing\) never occurs"):
        plan_balance(TABLE, ["g"], {"a": 1, None: 1}, missing="exclude")


def test_cells_never_seen() -> None:
    with pytest.raises(RefusedError, match=r"2 of 6 cells .* `unseen='skip'`") as caught:
        plan_balance(TABLE, ["g", "h"], target="product")
    assert "g = a, h = y" in str(caught.value)
    assert "g = (missing), h = x" in str(caught.value)
    skipped = plan_balance(TABLE, ["g", "h"], unseen="skip")
    assert len(skipped.cells) == 4
    assert skipped.rows == TABLE.rows
    assert any("2 cells never seen" in w and "g = a, h = y" in w for w in skipped.warnings)
    made = plan_balance(TABLE, ["g", "h"], unseen="generate")
    assert {c.values: c.support for c in made.cells}[("a", "y")] is Support.UNSEEN
    assert any("extrapolation" in w for w in made.warnings)


def test_skipping_says_when_nothing_is_left() -> None:
    for asked in (3, 1.0):
        with pytest.raises(RefusedError, match="nothing is left"):
            plan_balance(TABLE, ["g", "h"], {("a", "y"): asked}, unseen="skip")
    with pytest.raises(RefusedError, match="fewer than 30 real rows: nothing is left"):
        plan_balance(TABLE, ["g"], unseen="skip", min_support=30)
    # An unseen cell of which no rows are asked is no reason to refuse.
    assert plan_balance(TABLE, ["g", "h"], {("a", "x"): 2, ("a", "y"): 0}).rows == 2


def test_cells_of_too_little_support_are_treated_as_never_seen() -> None:
    with pytest.raises(RefusedError, match=r"3 of 6 cells are seen in fewer than 4 real rows"):
        plan_balance(TABLE, ["g", "h"], target="product", min_support=4)
    skipped = plan_balance(TABLE, ["g", "h"], unseen="skip", min_support=4)
    assert set(targets(skipped)) == {("a", "x"), ("b", "x"), (None, "y")}
    assert any("3 cells seen in fewer than 4 real rows are left out" in w for w in skipped.warnings)
    kept = plan_balance(TABLE, ["g", "h"], unseen="generate", min_support=4)
    assert len(kept.cells) == 6
    assert [c.real_rows for c in kept.cells if c.support is Support.UNSEEN] == [0, 0]
    with pytest.raises(RefusedError, match="1 of 2 cells"):
        plan_balance(TABLE, ["g", "h"], {("a", "x"): 2, ("b", "y"): 2}, min_support=4)


def test_what_the_real_rows_would_be_worth() -> None:
    plan = plan_balance(labels([("a",)] * 90 + [("b",)] * 10), ["g"])
    # Weights 50/90 and 50/10: 100^2 / (50^2/90 + 50^2/10).
    assert plan.effective_rows == pytest.approx(100**2 / (2500 / 90 + 2500 / 10))
    assert any("worth 36 of 100 rows" in w for w in plan.warnings)
    assert plan_balance(labels([("a",), ("b",)] * 50), ["g"]).effective_rows == 100
    many = plan_balance(labels([("a",)] * 90 + [("b",)] * 10), ["g"], rows=402)
    assert any("1 cell of 2 gets more than 20 times its real rows" in w for w in many.warnings)
    assert not any("20 times" in w for w in plan.warnings)


def test_support_is_observed_rare_or_never_seen() -> None:
    cells = plan_balance(TABLE, ["g", "h"], unseen="generate").cells
    support = {c.values: c.support.value for c in cells}
    assert support[("a", "x")] == support[("b", "x")] == "observed"
    assert support[("b", "y")] == support[(None, "y")] == "rare"
    warnings = plan_balance(TABLE, ["g", "h"], unseen="skip").warnings
    assert any("g = b, h = y rest on 3 real rows." in w for w in warnings)


def test_persons_are_counted_where_there_is_an_entity() -> None:
    table = read(
        pa.table({"who": [1, 1, 1, 2, 3], "g": ["a", "a", "a", "b", "b"]}),
        Schema(
            locked=True,
            columns=(
                Column(name="who", kind=Kind.ENTITY, storage="int64"),
                Column(name="g", kind=Kind.LABEL, storage="string"),
            ),
        ),
    )
    plan = plan_balance(table, ["g"])
    assert {c.values: c.persons for c in plan.cells} == {("a",): 1, ("b",): 2}
    assert any("3 real rows of 1 person." in w for w in plan.warnings)


def typed() -> Table:
    rows = 24
    return read(
        pa.table(
            {
                "key": [f"K{i:03}x" for i in range(rows)],
                "email": [f"p{i}@example.org" for i in range(rows)],
                "zip": ["01103", "02139", "1.10", "x"] * 6,
                "whole": [1, 2, 3, 1] * 6,
                "half": [0.5, 1.5, 2.0, 0.5] * 6,
                "flag": [True, False, True, True] * 6,
                "day": [date(2020, 1, 1 + i % 20) for i in range(rows)],
                "written": ["13/04/2020", "03/04/2020", "04/05/2020", "13/04/2020"] * 6,
            }
        )
    )


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("zip", {"01103": 2, "1.10": 3}),
        ("whole", {1: 2, 3: 3}),
        ("whole", {1.0: 2, "3": 3}),
        ("half", {0.5: 2, 2: 3}),
        ("flag", {True: 2, "false": 3}),
        ("day", {date(2020, 1, 2): 2, "2020-01-04": 3}),
        ("written", {"13/04/2020": 2, "04/05/2020": 3}),
        ("written", {date(2020, 4, 13): 2, date(2020, 5, 4): 3}),
    ],
)
def test_values_of_every_kind_can_be_asked_for(name: str, asked: dict[Any, int]) -> None:
    assert plan_balance(typed(), [name], asked).counts.tolist() == [2, 3]


def test_a_file_of_counts_keeps_its_texts(tmp_path: Any) -> None:
    for name, values in (("zip", ("01103", "1.10")), ("written", ("13/04/2020", "04/05/2020"))):
        path = tmp_path / f"{name}.csv"
        path.write_text(f"{name},Count\n{values[0]},2\n{values[1]},3\n")
        assert plan_balance(typed(), [name], path).counts.tolist() == [2, 3]


BAD_PLANS: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"by": ["gg"]}, ColumnError, "no column 'gg'. Did you mean 'g'"),
    ({"by": []}, ColumnError, "at least one column"),
    ({"by": ["g", "g"]}, ColumnError, "stands twice"),
    ({"rows": 0}, InputError, "rows = 0"),
    ({"rows": -3}, InputError, "rows = -3"),
    ({"rows": 2.5}, InputError, "rows = 2.5"),
    ({"rows": MAX_ROWS + 1}, PlanError, "at most"),
    ({"mode": "both"}, InputError, "expected one of augment, replace"),
    ({"unseen": "maybe"}, InputError, "expected one of generate, refuse, skip"),
    ({"missing": "drop"}, InputError, "expected one of exclude, group"),
    ({"target": "other"}, InputError, "expected one of auto, margins, product"),
    ({"min_support": 0}, InputError, "min_support = 0: expected a whole number of at least 1"),
    ({"min_support": 40}, RefusedError, "3 of 3 cells are seen in fewer than 40 real rows"),
    ({"to": {"q": 3}}, PlanError, "q never occurs .* Its values are: a, b"),
    ({"to": {}}, PlanError, "to = {}"),
    ({"to": {("a", "b"): 3}}, InputError, "one value for each of g"),
    ({"to": {"a": "many"}}, PlanError, "whole numbers of rows"),
    ({"to": {"a": None}}, PlanError, "whole numbers"),
    ({"to": {"a": -1, "b": 3}}, PlanError, "-1 under 'count'"),
    ({"to": {"a": 0, "b": 0}}, PlanError, "all 0"),
    ({"to": {"a": 0.5, "b": 0.4}}, PlanError, "sum to 0.9"),
    ({"to": {"a": 1.5, "b": -0.5}}, PlanError, "between 0 and 1"),
    ({"to": {"a": 10**10}}, PlanError, "at most"),
    ({"to": {"a": 10**30}}, PlanError, "whole numbers"),
    ({"to": {"a": 3}, "rows": 4}, PlanError, "rows = 4 but the counts sum to 3"),
    ({"to": pa.table({"g": ["a", "a"], "count": [1, 2]})}, PlanError, "g = a twice"),
    ({"to": pa.table({"g": ["a"], "count": [1], "share": [1.0]})}, PlanError, "exactly one"),
    ({"to": pa.table({"g": ["a"], "many": [1]})}, PlanError, "exactly one"),
    ({"to": pa.table({"h": ["a"], "count": [1]})}, ColumnError, "no column 'g'"),
    ({"to": pa.table({"g": ["a", "b"], "count": [1, None]})}, PlanError, "None under 'count'"),
    ({"to": pa.table({"g": ["a", "b"], "count": [1.5, 2]})}, PlanError, "1.5 under 'count'"),
]


@pytest.mark.parametrize(("asked", "error", "message"), BAD_PLANS, ids=[b[2] for b in BAD_PLANS])
def test_bad_plans(asked: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        plan_balance(TABLE, **{"by": ["g"], **asked})


def test_columns_that_cannot_be_balanced_over() -> None:
    with pytest.raises(ColumnError, match="'key' is an identifier"):
        plan_balance(typed(), ["key"])
    with pytest.raises(ColumnError, match="'email' is left out"):
        plan_balance(typed(), ["email"])
    with pytest.raises(ColumnError, match="'zip' is left out"):
        plan_balance(typed(), ["zip"], drop="zip")
    assert typed().schema["email"].role is Role.DROP


def test_values_that_do_not_fit_a_column() -> None:
    for name, value in (("whole", "x"), ("half", "x"), ("flag", "yes"), ("day", "soon")):
        with pytest.raises(PlanError, match=f"{name} = '{value}' does not fit"):
            plan_balance(typed(), [name], {value: 3})


def test_too_many_cells() -> None:
    many = read(pa.table({n: [i % 50 / 8 for i in range(400)] for n in "abc"}))
    with pytest.raises(PlanError, match=r"a \(50\), b \(50\), c \(50\) are 125,000 cells"):
        plan_balance(many, ["a", "b", "c"])
    assert plan_balance(many, ["a", "b"], {(0.125, 0.125): 3}).rows == 3


def test_fewer_rows_than_cells_is_said() -> None:
    plan = plan_balance(TABLE, ["g"], rows=2)
    assert plan.rows == 2
    assert any("2 is too few for 3 cells" in w for w in plan.warnings)


def test_a_balanced_table_lacks_nothing() -> None:
    even = labels([("a",), ("b",)] * 5)
    plan = plan_balance(even, ["g"], mode="augment")
    assert plan.rows == 0
    assert [c.target_rows for c in plan.cells] == [5, 5]
