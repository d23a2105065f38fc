"""Stages of a training: the right ones, in the bins of the real rows, and only what is compared."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from trimtab import datasets, evaluate, read
from trimtab._random import Key
from trimtab.errors import InputError
from trimtab.measure.compare.comparison import Comparison, compare
from trimtab.measure.evidence import Stage
from trimtab.measure.fidelity.training_stages import MAX_PAIRS, MAX_STAGES, picked, staged
from trimtab.measure.score import Exhibit, Section
from trimtab.table.table import Table

SOME = ["age", "bmi", "gender", "work_type", "ever_married"]
VISITS = ["RACE", "ETHNICITY", "GENDER", "DATE", "ObsDesc", "ObsValueFloat"]
KEY = Key(3)


def part(table: Table, rows: Sequence[int]) -> Table:
    return Table(table.schema, table.data.take(pa.array(rows)), table.origin)


def noised(table: Table, step: int, off: float, rows: int = 300) -> Stage:
    """Rows of a table of whose cells a share is from any other row."""
    draw = Key(step).generator()
    chosen = pa.array(draw.integers(0, table.rows, rows))
    columns = {}
    for name in table.schema.names:
        other = table.column(name).take(pa.array(draw.integers(0, table.rows, rows)))
        kept = table.column(name).take(chosen)
        columns[name] = pc.if_else(pa.array(draw.random(rows) < off), other, kept)
    return Stage(step, -0.3 * off, Table(table.schema, pa.table(columns), table.origin))


@pytest.fixture(scope="module")
def table() -> Table:
    return read(datasets.strokes(1500).select(SOME))


@pytest.fixture(scope="module")
def visits() -> Table:
    return read(datasets.visits().select(VISITS))


@pytest.fixture(scope="module")
def stages(table: Table) -> list[Stage]:
    steps = (100, 200, 400, 800, 1600, 3200, 6400, 12800)
    return [noised(table, step, 100 / step) for step in steps]


def exhibits(comparison: Comparison, stages: Sequence[Stage], name: str) -> list[Exhibit]:
    return [e for e in staged(comparison, stages, KEY).exhibits if e.name == name]


def steps_of(exhibit: Exhibit) -> list[str]:
    return [n for n in exhibit.columns if n.startswith("step ") or n in ("real", "holdout")]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ([5], [5]),
        ([3, 1, 2], [1, 2, 3]),
        (range(1, 7), [1, 2, 3, 4, 5, 6]),
        (range(0, 110, 10), [0, 20, 40, 60, 80, 100]),
        ([1, 2, 3, 4, 5, 6, 7, 900], [1, 2, 4, 5, 7, 900]),
    ],
)
def test_the_first_the_last_and_some_between(given: Sequence[int], kept: list[int]) -> None:
    table = read(pa.table({"x": [1.0]}))
    found = picked([Stage(step, 0.0, table) for step in given])
    assert [stage.step for stage in found] == kept
    assert len(found) <= MAX_STAGES


def test_the_course_is_a_distance_by_step(table: Table, stages: list[Stage]) -> None:
    (course,) = exhibits(compare(table, table), stages[::-1], "training")
    assert course.columns["step"] == [s.step for s in stages]
    assert course.columns["distance"] == pytest.approx([30 / s.step for s in stages])


@pytest.mark.parametrize("name", ["table", "visits"])
def test_shares_of_every_stage_add_up(name: str, request: pytest.FixtureRequest) -> None:
    real: Table = request.getfixturevalue(name)
    made = [noised(real, 1, 1.0), noised(real, 1000, 0.1)]
    found = staged(compare(real, real), made, KEY).exhibits
    assert [e.about for e in found if e.name == "stages"] == [(n,) for n in real.schema.names]
    for exhibit in found[1:]:
        assert steps_of(exhibit) == ["step 1", "step 1,000", "real"]
        assert exhibit.rests_on == ("real", "synthetic")
        for step in steps_of(exhibit):
            assert sum(exhibit.columns[step]) == pytest.approx(1.0)
            assert min(exhibit.columns[step]) >= 0


def test_a_perfect_stage_is_the_real_table(table: Table) -> None:
    perfect, noise = Stage(9, 0.0, table), noised(table, 1, 1.0)
    found = staged(compare(table, table), [noise, perfect], KEY).exhibits
    pairs = [e for e in found if e.name == "stage pairs"]
    assert pairs
    for exhibit in found[1:]:
        assert exhibit.columns["step 9"] == pytest.approx(exhibit.columns["real"])
    apart = [
        sum(abs(a - b) for a, b in zip(e.columns["step 1"], e.columns["real"], strict=True)) / 2
        for e in pairs
    ]
    assert max(apart) > 0.2


def test_bins_are_those_of_the_distributions_and_the_same_for_all(
    table: Table, stages: list[Stage]
) -> None:
    found = {e.about: e for e in exhibits(compare(table, table), stages, "stages")}
    ages = found["age",].columns
    values = table.column("age").drop_null().to_numpy()
    inside = (values >= ages["low"][3]) & (values < ages["high"][3])
    assert ages["real"][3] == pytest.approx(inside.mean())
    last = stages[-1].table.column("age").to_numpy()
    inside = (last >= ages["low"][3]) & (last < ages["high"][3])
    assert ages["step 12,800"][3] == pytest.approx(inside.mean())
    assert found["gender",].columns["low"] == [None] * len(found["gender",].columns["value"])


def test_held_out_rows_stand_beside_the_stages_where_there_are_any(
    table: Table, stages: list[Stage]
) -> None:
    first, held = part(table, range(1000)), part(table, range(1000, 1500))
    for exhibit in staged(compare(first, first, held), stages, KEY).exhibits[1:]:
        assert steps_of(exhibit)[-1] == "holdout"
        assert exhibit.rests_on == ("holdout", "synthetic")


def test_the_pairs_are_those_that_hang_together_most(visits: Table) -> None:
    made = exhibits(compare(visits, visits), [noised(visits, 1, 0.5)], "stage pairs")
    assert len(made) == MAX_PAIRS
    assert {"RACE", "ETHNICITY"} in [set(e.about) for e in made[:3]]
    number = next(e for e in made if "ObsValueFloat" in e.about)
    assert number.about[0] == "ObsValueFloat"  # below, where its scale has room
    assert set(number.columns["y_low"]) == {None}
    assert "(others)" in number.columns["y_value"]


def test_a_table_of_one_column_has_no_pair(table: Table, stages: list[Stage]) -> None:
    only = compare(table, table, drop=[n for n in SOME if n != "age"])
    assert [e.name for e in staged(only, stages, KEY).exhibits] == ["training", "stages"]


def test_missing_values_and_labels_that_no_other_table_has() -> None:
    numbers = [None if k % 4 == 2 else k / 8 for k in range(80)]
    real = read(pa.table({"x": numbers, "y": ["a", "b", None, "b"] * 20}))
    drawn = pa.table({"x": [1.0, None, None, 99.0], "y": ["z", "b", "b", None]})
    stage = Stage(7, -1.0, Table(real.schema, drawn, real.origin))
    alone = {e.about: e.columns for e in exhibits(compare(real, real), [stage], "stages")}
    assert dict(zip(alone["y",]["value"], alone["y",]["step 7"], strict=True)) == {
        "b": 0.5,
        "a": 0.0,
        "z": 0.25,
        "(missing)": 0.25,
    }
    assert alone["x",]["value"][-1] == "(missing)"
    assert alone["x",]["step 7"][-1] == 0.5
    assert max(v for v in alone["x",]["high"] if v is not None) >= 99
    (pair,) = exhibits(compare(real, real), [stage], "stage pairs")
    held = zip(pair.columns["x_value"], pair.columns["y_value"], strict=True)
    cells = dict(zip(held, pair.columns["step 7"], strict=True))
    assert cells["(missing)", "b"] == 0.5


def test_what_does_not_fit_is_named(table: Table, stages: list[Stage]) -> None:
    comparison = compare(table, table)
    lacking = part(table, range(50))
    lacking = Table(
        lacking.schema.model_copy(
            update={"columns": tuple(c for c in lacking.schema if c.name != "bmi")}
        ),
        lacking.data.drop_columns(["bmi"]),
        lacking.origin,
    )
    with pytest.raises(InputError, match="step 70: its table lacks the compared column 'bmi'"):
        staged(comparison, [*stages, Stage(70, 0.0, lacking)], KEY)
    # A column that is not compared may be lacking, and one that is not compared may be there.
    staged(compare(table, table, drop=["bmi"]), [*stages, Stage(70, 0.0, lacking)], KEY)
    with pytest.raises(InputError, match="two are of one step"):
        staged(comparison, [*stages, stages[0]], KEY)
    words = read(pa.table({**table.data.to_pydict(), "age": ["old"] * table.rows}))
    with pytest.raises(InputError, match=r"step 70: its column 'age' holds .*expected numbers"):
        staged(comparison, [Stage(70, 0.0, words)], KEY)


def test_an_evaluation_shows_stages_whatever_sections_are_judged(
    table: Table, stages: list[Stage]
) -> None:
    drawn = part(table, np.arange(0, 1500, 2))
    first = evaluate(table, drawn, stages=stages, sections=[Section.COPIES])
    assert [e.name for e in first.exhibits][:2] == ["training", "stages"]

    class Model:
        stages: tuple[Stage, ...] = ()

    model = Model()
    with pytest.raises(InputError, match="keeps no stages of its training: they are kept by"):
        evaluate(table, drawn, stages=model)
    model.stages = tuple(stages)
    assert evaluate(table, drawn, stages=model, sections=[Section.COPIES]) == first
    bare = evaluate(table, drawn, sections=[Section.COPIES])
    assert bare == first.model_copy(update={"exhibits": bare.exhibits})
    assert not [e for e in bare.exhibits if e.name in ("training", "stages", "stage pairs")]
