"""Carrying out plans: given cells stay, counts are exact, what cannot be kept is refused first."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import trimtab
from trimtab._executor import Executor, Inline, Threads
from trimtab._random import Key
from trimtab._run import Run, Stop
from trimtab.errors import ColumnError, PlanError, RefusedError, StoppedError, TrimtabError
from trimtab.model.trees.trees import Trees
from trimtab.plan.plan import Given, Plan, from_condition
from trimtab.plan.ranges import Range
from trimtab.synthesis import execute as executing
from trimtab.synthesis.execute import execute
from trimtab.synthesis.synthesizer import Synthesizer
from trimtab.verbs.balance import plan_balance
from trimtab.verbs.fit import fit

KEY = Key(3).child("draw")
START = date(2020, 1, 1)


def table(rows: int = 240) -> pa.Table:
    """Labels with gaps, a rare one and a numeric one; a flag; numbers; days; ids; a last column."""
    g = Key(11).generator()
    colour = np.array(["red", "green", "blue"])[g.integers(0, 3, rows)]
    colour[:2] = "mauve"
    size = np.round(g.gamma(2.0, 3.0, rows), 2)
    return pa.table(
        {
            "key": [f"K{i:04}x" for i in range(rows)],
            "colour": pa.array(colour.tolist(), mask=g.random(rows) < 0.1),
            "stage": g.integers(1, 4, rows),
            "flag": g.random(rows) < 0.4,
            "day": [START + timedelta(days=int(d)) for d in g.integers(0, 60, rows)],
            "size": size,
            "email": [f"p{i}@example.org" for i in range(rows)],
            "late": np.round(size * 2 + g.random(rows), 1),
        }
    )


@pytest.fixture(scope="module")
def made() -> Synthesizer:
    return fit(table(), first=["colour", "stage", "flag", "day", "size"], outcome="late")


def draw(made: Synthesizer, plan: Plan) -> pa.Table:
    return execute(made.learned, plan, KEY).data


WANTED: dict[str, Any] = {
    "colour": st.one_of(
        st.sampled_from(["red", "green", "blue", None]),
        st.lists(
            st.sampled_from(["red", "green", "blue", None]), min_size=1, max_size=3, unique=True
        ),
    ),
    "stage": st.one_of(
        st.integers(1, 3), st.lists(st.integers(1, 3), min_size=1, max_size=2, unique=True)
    ),
    "flag": st.booleans(),
    "day": st.dates(START, START + timedelta(days=59)),
    "size": st.floats(0.5, 12).map(lambda v: round(v, 2)),
}


@given(st.fixed_dictionaries({}, optional=WANTED), st.integers(1, 30))
@settings(max_examples=40, deadline=None)
def test_a_condition_holds_in_every_row(
    made: Synthesizer, condition: dict[str, Any], rows: int
) -> None:
    drawn = draw(made, from_condition(condition, rows, made.schema))
    assert drawn.num_rows == rows
    for name, wanted in condition.items():
        allowed = wanted if isinstance(wanted, list) else [wanted]
        assert set(drawn.column(name).to_pylist()) <= set(allowed)


@given(
    st.lists(
        st.fixed_dictionaries(
            {},
            optional={
                "key": st.sampled_from(["given-1", "given-2"]),
                "colour": st.sampled_from(["red", "green", "blue"]),
                "flag": st.booleans(),
                "size": st.floats(0.5, 12).map(lambda v: round(v, 2)),
            },
        ),
        min_size=1,
        max_size=30,
    )
)
@settings(max_examples=40, deadline=None)
def test_rows_of_many_patterns_are_completed(made: Synthesizer, rows: list[dict[str, Any]]) -> None:
    names = ("key", "colour", "flag", "size")
    types = {"key": pa.string(), "colour": pa.string(), "flag": pa.bool_(), "size": pa.float64()}
    seeds = pa.table({n: pa.array([r.get(n) for r in rows], types[n]) for n in names})
    drawn = draw(made, made.plan(given=seeds)).to_pylist()
    assert len(drawn) == len(rows)
    for asked, got in zip(rows, drawn, strict=True):
        assert {n: got[n] for n in asked} == asked
        # A hole of an identifier is filled, and never with a real one.
        assert got["key"] is not None
        assert not got["key"].startswith("K")


@given(
    st.dictionaries(
        st.tuples(st.sampled_from(["red", "green", "blue", None]), st.booleans()),
        st.integers(0, 40),
        min_size=1,
    )
)
@settings(max_examples=25, deadline=None)
def test_counts_are_exact(made: Synthesizer, counts: dict[tuple[Any, ...], int]) -> None:
    if not sum(counts.values()):
        return
    plan = plan_balance(table(), ["colour", "flag"], counts)
    drawn = draw(made, plan).select(["colour", "flag"]).to_pylist()
    found = {c: sum((r["colour"], r["flag"]) == c for r in drawn) for c in counts}
    # Whole numbers are counts, also where they sum to 1.
    assert found == counts
    assert len(drawn) == sum(counts.values())


def test_a_plan_without_rows_gives_a_table_without_rows(made: Synthesizer) -> None:
    drawn = draw(made, from_condition({"colour": "red"}, 0, made.schema))
    assert drawn.num_rows == 0
    assert drawn.column_names == [n for n in table().column_names if n != "email"]


def test_batches_do_not_show(made: Synthesizer, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = plan_balance(table(), ["colour"], {"red": 60, None: 40})
    whole = draw(made, plan)
    seen: list[tuple[int, int]] = []
    monkeypatch.setattr(executing, "BATCH_ROWS", 7)
    run = Run(lambda phase, done, total, figure="": seen.append((done, total)))
    parts = execute(made.learned, plan, KEY, run).data
    assert parts.equals(whole)
    assert seen[0] == (7, 100)
    assert seen[-1] == (100, 100)


@pytest.mark.parametrize("executor", [Inline(), Threads(3)], ids=["inline", "threads"])
def test_batches_come_in_order_wherever_they_are_drawn(
    made: Synthesizer, monkeypatch: pytest.MonkeyPatch, executor: Executor
) -> None:
    whole = made.sample(240, where={"colour": ["red", None]}, seed=3)
    monkeypatch.setattr(executing, "BATCH_ROWS", 37)
    seen: list[tuple[str, int, int]] = []
    run = Run(lambda *step: seen.append(step[:3]), executor=executor)
    batches = made.draw_batches(240, where={"colour": ["red", None]}, seed=3, run=run)
    first = next(batches)
    assert first.num_rows == 37 and len(seen) == 1, "nobody waits for the rest"
    assert pa.Table.from_batches([first, *batches]).equals(whole)
    assert seen == [("drawing rows", min(37 * k, 240), 240) for k in range(1, 8)]


def test_what_cannot_be_drawn_is_refused_before_a_batch_is_asked_for(made: Synthesizer) -> None:
    with pytest.raises(PlanError):
        made.draw_batches(9, where={"colour": "orange"})


def test_a_draw_can_be_stopped(made: Synthesizer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executing, "BATCH_ROWS", 10)
    stop = Stop()
    batches = made.draw_batches(100, run=Run(stop=stop))
    next(batches)
    stop.ask()
    with pytest.raises(StoppedError):
        next(batches)


def test_more_rows_begin_with_the_fewer(made: Synthesizer) -> None:
    few = draw(made, from_condition({"flag": True}, 10, made.schema))
    many = draw(made, from_condition({"flag": True}, 25, made.schema))
    assert many.slice(0, 10).equals(few)


REFUSED: list[tuple[dict[str, Any], type[TrimtabError], str]] = [
    ({"late": 3.0}, RefusedError, r"condition exactly on late.* `first=\['late', 'stage'\]`"),
    (
        {"late": Range(3.0)},
        RefusedError,
        r"condition exactly on late.* `first=\['late', 'stage'\]`",
    ),
    ({"late": [3.0, 4.0]}, RefusedError, r"condition exactly on late"),
    ({"size": Range(1e6, 1e7)}, PlanError, r"size from 1000000.0 to 10000000.0: the model knows"),
    ({"size": Range(1e6)}, PlanError, r"it draws values of about .* Ask for some of these"),
    ({"size": Range(2.001, 2.004)}, PlanError, "the model knows no such value"),
    ({"size": Range(3, 2)}, PlanError, "the first is above the second"),
    ({"size": Range("a", 2)}, PlanError, "size = 'a'.* does not fit"),
    ({"day": Range("2000-01-01", "2001-01-01")}, PlanError, "day from 2000-01-01 to 2001-01-01"),
    ({"colour": Range("a", "m")}, PlanError, "colour is a label, and ranges are of numbers"),
    ({"size": [999.5, 998.5]}, PlanError, "size = .* lies far outside"),
    ({"key": Range(1, 2)}, PlanError, "key is a"),
    ({"colour": "mauve"}, PlanError, r"fewer than 5 rows.*expected one of"),
    ({"colour": "(scarce)"}, PlanError, "no value that the model kept"),
    ({"colour": ["red", "pink"]}, PlanError, "'pink' is no value"),
    ({"colour": []}, PlanError, "one of no values"),
    ({"flag": None}, PlanError, "flag is asked to be missing, and it never is"),
    ({"flag": [True, None]}, PlanError, "flag is asked to be missing"),
    ({"size": 1e9}, PlanError, "size = 1000000000.0 lies far outside .* about"),
    ({"size": -1e9}, PlanError, "lies far outside"),
    ({"size": 1e30}, PlanError, "size have no code|far outside"),
    ({"day": date(2220, 1, 1)}, PlanError, "day = 2220-01-01 lies far outside"),
    ({"email": "x@example.org"}, ColumnError, "'email' was left out"),
    ({"key": ["a", "b"]}, ColumnError, "identifier: it can be given by value only"),
]


@pytest.mark.parametrize(
    ("condition", "error", "message"), REFUSED, ids=[str(r[0]) for r in REFUSED]
)
def test_refused_before_the_first_row(
    made: Synthesizer,
    condition: dict[str, Any],
    error: type[Exception],
    message: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Trees, "fill", lambda *_: pytest.fail("a row was drawn"))
    with pytest.raises(error, match=message):
        draw(made, from_condition({"stage": 1, **condition}, 5, made.schema))


def rare() -> pd.DataFrame:
    """A town that four rows hold, behind numbers."""
    g = KEY.child("rare").generator()
    rows = {n: g.integers(0, 400, 600) * 1.5 for n in ("a", "b", "c")}
    town = ["Oslo", "Bari"] * 298 + ["Reno"] * 4
    return pd.DataFrame({**rows, "town": town, "y": g.integers(0, 9, 600) * 10.0})


@pytest.mark.parametrize("first", [(), ("town",)], ids=["behind", "leading"])
def test_a_value_too_rare_to_be_kept_is_refused_with_what_keeps_it(first: tuple[str, ...]) -> None:
    """The remedies are carried out as they are told, and work."""
    made = trimtab.fit(rare(), drop="y", first=first, model="trees", rules=False)
    with pytest.raises(PlanError, match=r"fewer than 5 rows.*lower `min_count`") as caught:
        made.sample(3, where={"town": "Reno"})
    told = {remedy.name: remedy.value for remedy in caught.value.remedies}
    assert told.pop("by") == ["town"] and told.pop("balance") is None
    assert told.pop("min_count") is None
    assert told == ({} if first else {"first": ["town"]})
    again = trimtab.fit(rare(), drop="y", model="trees", rules=False, min_count=4, **told)
    balanced = trimtab.balance(rare(), by=["town"], model="trees", unseen="skip")
    for model in (again, balanced.synthesizer):
        assert set(model.sample(3, where={"town": "Reno"})["town"]) == {"Reno"}
        with pytest.raises(PlanError, match=r"'Rome' is no value .*\(never seen\): expec.*\.$"):
            model.sample(3, where={"town": "Rome"})


def test_one_bad_row_among_good_ones_is_refused(made: Synthesizer) -> None:
    rows = pa.table({"colour": ["red", None, "red"], "late": [None, 3.0, None]})
    with pytest.raises(RefusedError, match="late"):
        draw(made, made.plan(given=rows))


def test_a_plan_for_another_table(made: Synthesizer) -> None:
    one = Given(pa.array(["a"]), np.ones(1, bool), np.full(1, -1, np.int64))
    with pytest.raises(ColumnError, match=r"plan: there is no column 'color'. Did you mean"):
        draw(made, Plan(np.array([3]), {"color": one}))
    with pytest.raises(PlanError, match=r"flag.*expected bool"):
        draw(made, Plan(np.array([3]), {"flag": one}))


def test_values_typed_otherwise_are_the_same_values(made: Synthesizer) -> None:
    """A plan from a table with other dtypes asks for the same cells."""
    seeds = pa.table(
        {
            "stage": pa.array([1.0, None]),
            "day": pa.array([START, None]).cast(pa.timestamp("us")),
            "size": pa.array([2, None], pa.int64()),
        }
    )
    drawn = draw(made, made.plan(given=seeds))
    assert drawn.column("stage")[0].as_py() == 1
    assert drawn.column("day")[0].as_py() == START
    assert drawn.column("size")[0].as_py() == 2.0


def test_an_identifier_is_given_by_value(made: Synthesizer) -> None:
    drawn = draw(made, from_condition({"key": "mine"}, 3, made.schema))
    assert drawn.column("key").to_pylist() == ["mine"] * 3


def test_everything_before_a_late_column_lets_it_be_given(made: Synthesizer) -> None:
    row = draw(made, from_condition({"colour": "red"}, 1, made.schema)).to_pylist()[0]
    told = {n: row[n] for n in made.learned.model.columns if n != "late"}
    drawn = draw(made, from_condition({**told, "late": 9.9}, 4, made.schema))
    assert drawn.column("late").to_pylist() == [9.9] * 4


def test_empty_cells_are_filled_and_columns_not_given_may_be_missing(made: Synthesizer) -> None:
    """A gap in the rows to complete never comes out missing, other than in a real row."""
    rows = pa.table({"stage": [1, 2] * 100, "colour": pa.nulls(200, pa.string())})
    assert draw(made, made.plan(given=rows)).column("colour").null_count == 0
    alone = draw(made, made.plan(given=rows.select(["stage"])))
    assert 0 < alone.column("colour").null_count < 60  # a tenth of the real rows


def test_what_has_no_values_cannot_be_filled() -> None:
    """Labels and numbers that are all missing: in the table, or after value protection."""
    real = table(60).select(["stage", "flag"])
    few = [float(i) if i < 3 else None for i in range(60)]
    for name, empty in (("gone", pa.nulls(60)), ("few", pa.array(few))):
        made = fit(real.append_column(name, empty))
        rows = pa.table({"stage": [1, 2], name: pa.nulls(2, pa.float64())})
        with pytest.raises(PlanError, match=rf"{name} is asked to be filled.*leave that column"):
            draw(made, made.plan(given=rows))
        assert draw(made, made.plan(given=rows.select(["stage"]))).column(name).null_count == 2
