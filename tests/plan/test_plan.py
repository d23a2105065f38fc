"""Plans as data: JSON there and back, and files that are no plan."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.errors import ColumnError, PlanError
from trimtab.plan.json import from_json
from trimtab.plan.plan import MAX_ROWS, Given, Plan, from_condition, from_rows
from trimtab.plan.ranges import Range
from trimtab.table.files import read
from trimtab.table.schema import Column, Kind, Schema
from trimtab.verbs.balance import plan_balance

SCHEMA = Schema(
    columns=(
        Column(name="label", kind=Kind.LABEL, storage="string"),
        Column(name="stage", kind=Kind.LABEL, storage="int64"),
        Column(name="flag", kind=Kind.FLAG, storage="bool"),
        Column(name="size", kind=Kind.NUMBER, storage="double", decimals=2),
        Column(name="age", kind=Kind.NUMBER, storage="int64"),
        Column(name="day", kind=Kind.DATETIME, storage="date32[day]"),
        Column(name="seen", kind=Kind.DATETIME, storage="timestamp[us]"),
        Column(name="written", kind=Kind.DATETIME, storage="string", pattern="%d/%m/%Y"),
    )
)
VALUES: dict[str, Any] = {
    "label": st.text(st.characters(exclude_categories=("Cs",)), max_size=5),
    "stage": st.integers(-(2**60), 2**60),
    "flag": st.booleans(),
    "size": st.floats(-1e9, 1e9),
    "age": st.integers(-(2**53), 2**53),
    "day": st.dates(date(1700, 1, 1), date(2200, 1, 1)),
    "seen": st.datetimes(datetime(1700, 1, 1), datetime(2200, 1, 1)),
    "written": st.dates(date(1700, 1, 1), date(2200, 1, 1)),
}


def same(plan: Plan, other: Plan) -> bool:
    """Whether two plans ask for the same, array by array."""
    return (
        plan.counts.tolist() == other.counts.tolist()
        and set(plan.given) == set(other.given)
        and all(
            g.values.to_pylist() == o.values.to_pylist()
            and g.known.tolist() == o.known.tolist()
            and [g.cell(k) for k in range(len(g.known))] == [o.cell(k) for k in range(len(g.known))]
            and asked(g) == asked(o)
            for g, o in ((plan.given[n], other.given[n]) for n in plan.given)
        )
        and (plan.mode, plan.by, plan.reason, plan.warnings)
        == (other.mode, other.by, other.reason, other.warnings)
    )


def asked(given: Given) -> list[Any]:
    """The set or range of each group."""
    sets = [s if isinstance(s, Range) else s.to_pylist() for s in given.sets]
    return [sets[c] if c >= 0 else None for c in given.choice]


def again(plan: Plan, schema: Schema = SCHEMA) -> Plan:
    return from_json(plan.to_json(), schema, "plan.json")


@given(
    st.fixed_dictionaries(
        {}, optional={n: st.one_of(v, st.none(), st.lists(v, min_size=1, max_size=3, unique=True))
                      for n, v in VALUES.items()}
    ),
    st.integers(0, 1000),
)  # fmt: skip
@settings(max_examples=150, deadline=None)
def test_a_condition_comes_back_from_json(condition: dict[str, Any], rows: int) -> None:
    plan = from_condition(condition, rows, SCHEMA)
    assert same(plan, again(plan))
    for name, wanted in condition.items():
        told = plan.given[name]
        if isinstance(wanted, list):
            assert set(told.sets[0].to_pylist()) == set(wanted)
        else:
            assert told.values.to_pylist() == [wanted]


def test_partial_rows_come_back_from_json() -> None:
    rows = read(
        pa.table(
            {
                "label": ["a", None, "c"],
                "day": pa.array([None, date(2020, 1, 2), None], pa.date32()),
                "size": [1.25, None, None],
            }
        ),
        Schema(locked=True, columns=tuple(SCHEMA[n] for n in ("label", "day", "size"))),
    )
    plan = from_rows(rows)
    assert plan.given["label"].known.tolist() == [True, False, True]
    assert same(plan, again(plan))
    told = [g["given"] for g in plan.to_dict()["groups"]]
    assert told[1]["label"] == {"present": True} and told[0]["label"] == {"value": "a"}
    assert not same(plan, again(replace(plan, given=may_be_missing(plan))))


def may_be_missing(plan: Plan) -> dict[str, Given]:
    return {n: replace(g, present=False) for n, g in plan.given.items()}


def test_a_plan_of_an_earlier_version_is_read() -> None:
    plan = from_condition({"label": ["a", "b"], "age": 3}, 4, SCHEMA)
    told = plan.to_dict()
    assert told["version"] == 4
    for version in (1, 2, 3):
        text = json.dumps({**told, "version": version})
        assert same(plan, from_json(text, SCHEMA, "plan.json"))


def test_a_balance_plan_comes_back_from_json() -> None:
    days = [date(2020, 1, 1), date(2020, 1, 2), None] * 4
    table = read(
        pa.table({"day": pa.array(days), "flag": [True, False] * 6}),
        Schema(locked=True, columns=(SCHEMA["day"], SCHEMA["flag"])),
    )
    plan = plan_balance(table, ["day", "flag"], mode="augment", rows=60)
    back = again(plan, table.schema)
    assert same(plan, back)
    assert [c.target_rows for c in back.cells] == [c.target_rows for c in plan.cells]
    assert back.effective_rows == plan.effective_rows
    assert [c.support for c in back.cells] == [c.support for c in plan.cells]
    assert [c.expected_rows for c in back.cells] == [c.expected_rows for c in plan.cells]
    told = plan.to_dict()
    for cell in told["cells"]:
        del cell["expected_rows"]  # as a plan of the second version has it
    old = from_json(json.dumps({**told, "version": 2}), table.schema, "plan.json")
    assert [replace(c, expected_rows=None) for c in back.cells] == list(old.cells)
    # JSON has no dates, so the cells show them as text.
    assert back.cells[0].values[0] == "2020-01-01"


def test_stand_ins_for_missing_are_missing() -> None:
    for value in (None, float("nan"), np.float64("nan"), np.datetime64("NaT")):
        assert from_condition({"label": value}, 1, SCHEMA).given["label"].values.null_count == 1
    # A text is a text, whatever it says.
    assert from_condition({"label": "nan"}, 1, SCHEMA).given["label"].values.null_count == 0


BAD_CONDITIONS: list[tuple[Any, type[Exception], str]] = [
    ({"lable": "a"}, ColumnError, "where: there is no column 'lable'. Did you mean 'label'"),
    ({"age": "old"}, PlanError, r"age = 'old' does not fit: expected a number \(int64\)"),
    ({"flag": "maybe"}, PlanError, "flag = 'maybe' does not fit"),
    ({"written": "2/30/2020"}, PlanError, "expected a datetime written %d/%m/%Y"),
    ({"size": [1.5, "x"]}, PlanError, "size = "),
    ("label=a", PlanError, "expected a dict"),
]


@pytest.mark.parametrize(("condition", "error", "message"), BAD_CONDITIONS)
def test_bad_conditions(condition: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        from_condition(condition, 5, SCHEMA)


def test_more_rows_than_any_memory_holds() -> None:
    with pytest.raises(PlanError, match="at most 1,000,000,000"):
        from_condition({}, MAX_ROWS + 1, SCHEMA)


def changed(**changes: Any) -> str:
    """A sound plan as JSON, with some parts changed; None takes a part out."""
    data = from_condition({"label": "a"}, 3, SCHEMA).to_dict() | changes
    return json.dumps({k: v for k, v in data.items() if v is not None})


GROUP = {"rows": 1, "given": {"label": {"value": "a"}}}
BAD_FILES: list[tuple[str, str]] = [
    ("", "is no plan"),
    ("[]", "is no plan"),
    ("3", "is no plan"),
    ("null", "is no plan"),
    ("{", "is no plan"),
    ("{}", "is no plan"),
    (changed(version=5), "version 5 is newer than 4"),
    (changed(version="new"), "is no plan"),
    (changed(version=None), "is no plan"),
    (changed(groups=None), "is no plan"),
    (changed(groups={"a": 1}), "is no plan"),
    (changed(groups=[{"rows": 3}]), "is no plan"),
    (changed(groups=[{**GROUP, "rows": -1}]), "groups.0.rows"),
    (changed(groups=[{**GROUP, "rows": 1.5}]), "groups.0.rows"),
    (changed(groups=[{**GROUP, "rows": True}]), "groups.0.rows"),
    (changed(groups=[{**GROUP, "rows": 10**30}]), "at most"),
    (changed(groups=[{"rows": 1, "given": ["label"]}]), "is no plan"),
    (changed(groups=[{"rows": 1, "given": {"label": "a"}}]), "is no plan"),
    (changed(groups=[{"rows": 1, "given": {"label": {}}}]), "is no plan"),
    (changed(groups=[{"rows": 1, "given": {"label": {"value": ["a"]}}}]), "is no plan"),
    (changed(groups=[{"rows": 1, "given": {"label": {"one_of": "abc"}}}]), "is no plan"),
    (changed(groups=[{"rows": 1, "given": {"label": {"one_of": []}}}]), "is no plan"),
    (changed(groups=[{"rows": 1, "given": {"nope": {"value": "a"}}}]), "no column 'nope'"),
    (changed(groups=[{"rows": 1, "given": {"age": {"value": "old"}}}]), "age = 'old'"),
    (changed(mode="both"), "is no plan"),
    (changed(by="label"), "is no plan"),
    (changed(cells=[{}]), "is no plan"),
    (changed(cells=None), "is no plan"),
    (changed(warnings=7), "is no plan"),
]


@pytest.mark.parametrize(("text", "message"), BAD_FILES, ids=range(len(BAD_FILES)))
def test_files_that_are_no_plan(text: str, message: str) -> None:
    with pytest.raises((PlanError, ColumnError), match=message):
        from_json(text, SCHEMA, "plan.json")


def test_what_is_wrong_names_the_file() -> None:
    for text in ("{", changed(version=9), changed(groups=[{**GROUP, "rows": -1}])):
        with pytest.raises(PlanError, match=r"plan\.json"):
            from_json(text, SCHEMA, "plan.json")


def test_a_plan_for_a_notebook_is_escaped() -> None:
    column = Column(name="<b>", kind=Kind.LABEL, storage="string")
    table = read(pa.table({"<b>": ["<i>", "&"] * 5}), Schema(locked=True, columns=(column,)))
    shown = plan_balance(table, ["<b>"])._repr_html_()
    assert "<b>" not in shown
    assert "<i>" not in shown
    assert "&lt;b&gt;" in shown
    assert "&lt;i&gt;" in shown
