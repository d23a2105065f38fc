"""The same rows everywhere: whatever walks the trees, in batches of any size, in any worker.

XGBoost's own walk (`TRIMTAB_KERNEL=off`) in one batch says what the rows are; each instruction set
of the kernel that this machine has draws these, byte by byte.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import trimtab
import trimtab.synthesis.execute
from tests.model.trees.persons.panels import learned_visits
from trimtab._executor import Executor, Inline, Processes, Threads
from trimtab._random import Key
from trimtab._run import Run
from trimtab.model.interface import Request
from trimtab.model.trees.trees import Trees
from trimtab.plan.plan import Given, Plan
from trimtab.plan.ranges import Range
from trimtab.synthesis import persons
from trimtab.synthesis.execute import BATCH_ROWS
from trimtab.synthesis.synthesizer import Synthesizer

KEY = Key(21)
FEW, MANY = 600, 10_500  # below 10,000 rows three members are dealt
PLACES = np.array([f"place {i:02d}" for i in range(60)])
ROWS = {1: 2, 7: 5, 64: 30, 1000: 250, 65_536: 400}  # of a group, for batches of so many
FILE = Path(__file__).parent / "files_of_before" / "trees.trimtab"

GROUPS = ("free", "values", "sets", "ranges", "a set behind", "a range behind")
WHERE = (None, {"side": "n", "sex": ["f"]})  # asked of persons
HOLE = object()


def table(rows: int) -> pa.Table:
    """Labels, numbers with gaps, a label of many values, numbers in an order that is a rule."""
    g = KEY.child("table").generator()
    sex, age = g.integers(0, 2, rows), g.integers(18, 95, rows)
    place = (g.beta(1 + sex, 2, rows) * len(PLACES)).astype(int)
    income = np.round(np.exp(g.normal(7 + age / 60 + sex / 3, 0.5)), 2)
    begin = g.integers(0, 40, rows)
    return pa.table(
        {
            "sex": np.array(["f", "m"])[sex],
            "age": pa.array(age, mask=g.random(rows) < 0.1),
            "place": PLACES[place],
            "income": pa.array(income, mask=g.random(rows) < 0.05),
            "begin": begin,
            "end": begin + g.integers(0, 1 + age // 9),
            "visits": pa.array(g.poisson(1 + place / 20), mask=g.random(rows) < 0.3),
            "left": g.random(rows) < 0.1 + age / 200,
        }
    )


SCHEMA = table(2).schema


def by_xgboost(draw: Callable[[], Any]) -> Any:
    """What is drawn where XGBoost walks the trees."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRIMTAB_KERNEL", "off")
        return draw()


@cache
def learned(rows: int) -> Synthesizer:
    """So many rows, learned by whatever walks trees here."""
    settings: dict[str, Any] = {"first": ["sex", "age"], "outcome": "left", "seed": 2}
    made: Synthesizer = trimtab.fit(table(rows), model="trees", **settings)
    return made


@pytest.mark.parametrize("rows", [FEW, MANY])
def test_the_models_have_every_part(rows: int) -> None:
    model = learned(rows).learned.model
    assert isinstance(model, Trees) and model.masks is not None  # as begin <= end
    behind = model.conditionals
    assert any(len(c.members) == (3 if rows == FEW else 1) for c in behind.values())
    assert any(c.located for c in behind.values())
    assert any(any(c.ensembles.classes) for c in behind.values())
    assert len(model.grids["place"].sizes) > 40 and "place" in behind


def groups_of(made: Synthesizer) -> dict[str, dict[str, Any]]:
    """What may be asked of rows: of columns of the block, and of one behind it given all before."""
    row = {"sex": "m", "age": 40, "visits": 2, "place": PLACES[7], "income": 900.5, "begin": 3}
    order = made.learned.model.columns
    upto = {name: {n: row[n] for n in order[: order.index(name)]} for name in ("place", "income")}
    groups: tuple[dict[str, Any], ...] = (
        {},
        {"sex": "m", "age": None},
        {"sex": pa.array(["f"]), "age": pa.array([20, 50, 80])},
        {"sex": "f", "age": Range(30, 70)},
        upto["place"] | {"place": pa.array(PLACES[5:30])},
        upto["income"] | {"income": Range(500, 4000)},
    )
    return dict(zip(GROUPS, groups, strict=True))


def plan_of(groups: list[dict[str, Any]], rows: int, schema: pa.Schema = SCHEMA) -> Plan:
    """So many rows of each group."""
    names = [n for n in schema.names if any(n in group for group in groups)]
    cells = {n: _given([group.get(n, HOLE) for group in groups], schema.field(n)) for n in names}
    return Plan(np.full(len(groups), rows), cells)


def _given(cells: list[Any], field: pa.Field) -> Given:
    """A cell a group: a hole, a set, a range or a value."""
    several = [isinstance(cell, pa.Array | Range) for cell in cells]
    known = [cell is not HOLE and not s for cell, s in zip(cells, several, strict=True)]
    values = [cell if k else None for cell, k in zip(cells, known, strict=True)]
    choice = np.where(several, np.cumsum(several) - 1, -1)
    sets = tuple(cell for cell, s in zip(cells, several, strict=True) if s)
    return Given(pa.array(values, field.type), np.array(known), choice, sets)


def drawn(
    rows: int,
    groups: tuple[str, ...],
    each: int,
    batch: int,
    *,
    executor: Executor | None = None,
    seed: int = 5,
) -> pa.Table:
    """So many rows of each of these groups, of the model that was learned from so many rows."""
    made = learned(rows)
    plan = plan_of([groups_of(made)[name] for name in groups], each)
    return in_batches(made, plan, batch, Run(executor=executor or Inline()), seed)


def in_batches(made: Synthesizer, plan: Plan, batch: int, run: Run, seed: int) -> pa.Table:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trimtab.synthesis.execute, "BATCH_ROWS", batch)
        return made.draw(plan, seed=seed, run=run).data


@cache
def by_xgboost_at_once(rows: int, groups: tuple[str, ...], each: int) -> pa.Table:
    """The same in one batch."""
    learned(rows)
    return by_xgboost(lambda: drawn(rows, groups, each, 1 << 17))


@pytest.mark.parametrize("rows", [FEW, MANY])
@pytest.mark.parametrize("batch", ROWS)
def test_in_batches_of_any_size(rows: int, batch: int, walk: str) -> None:
    expected = by_xgboost_at_once(rows, GROUPS, ROWS[batch])
    assert drawn(rows, GROUPS, ROWS[batch], batch).equals(expected)
    if batch == 7:  # two-sided
        assert not drawn(rows, GROUPS, ROWS[batch], batch, seed=6).equals(expected)


@pytest.mark.parametrize("rows", [FEW, MANY])
@pytest.mark.parametrize("group", GROUPS)
def test_of_each_kind_of_group(rows: int, group: str, walk: str) -> None:
    expected = by_xgboost_at_once(rows, (group,), 150)
    assert drawn(rows, (group,), 150, 100).equals(expected)


def test_in_several_batches_of_many_rows(walk: str) -> None:
    expected = by_xgboost_at_once(MANY, ("free",), 66_000)
    assert drawn(MANY, ("free",), 66_000, 65_536).equals(expected)


@pytest.mark.parametrize("rows", [FEW, MANY])
def test_in_two_threads(rows: int, walk: str) -> None:
    expected = by_xgboost_at_once(rows, GROUPS, 100)
    assert drawn(rows, GROUPS, 100, 64, executor=Threads(2)).equals(expected)


@pytest.mark.stress
def test_in_two_processes() -> None:
    """By whatever walks trees here, and in them."""
    each = BATCH_ROWS + 100  # which processes of their own know as it is
    expected = by_xgboost_at_once(MANY, ("free",), each)
    assert drawn(MANY, ("free",), each, BATCH_ROWS, executor=Processes(2)).equals(expected)


@pytest.mark.parametrize("rows", [FEW, MANY])
def test_rows_that_are_completed(rows: int, walk: str) -> None:
    """Empty cells are filled by values, never by missing."""
    given = table(300).select(["sex", "age"]).to_pandas()
    given.loc[::3, "sex"] = None
    given["income"] = pd.array([None] * len(given), "Float64")
    draw = partial(learned(rows).sample, given=given, seed=3)
    assert draw()["income"].null_count == 0
    assert draw().equals(by_xgboost(draw))


def test_what_is_said_of_rows(walk: str) -> None:
    """Probabilities of rows, and of a cell given others."""
    made = learned(FEW)
    model = made.learned.model
    assert isinstance(model, Trees)

    def said() -> tuple[Any, ...]:
        codes = model.fill(Request(100, {}), 0, KEY)
        cell = made.conditional({"sex": "f", "age": 33}, "left")
        return model.log_prob(codes).tolist(), cell.values, cell.support

    assert said() == by_xgboost(said)


def test_what_is_learned(walk: str, tmp_path: Path) -> None:
    """Trees are walked while others are learned on top of them."""
    learned(FEW).save(tmp_path / "one.trimtab")
    learned.__wrapped__(FEW).save(tmp_path / "other.trimtab")
    assert (tmp_path / "one.trimtab").read_bytes() == (tmp_path / "other.trimtab").read_bytes()


@pytest.mark.parametrize("batch", ROWS)
def test_of_a_file_of_before(batch: int, walk: str) -> None:
    made = trimtab.load(FILE)
    schema = made.sample(1).schema
    groups: list[dict[str, Any]] = [{}, {"RACE": "black"}, {"GENDER": pa.array(["F"])}]
    plan = plan_of(groups, ROWS[batch], schema)
    expected = by_xgboost(lambda: in_batches(made, plan, 1 << 17, Run(), 5))
    assert in_batches(made, plan, batch, Run(), 5).equals(expected)


@cache
def learned_persons() -> Synthesizer:
    return learned_visits()


@cache
def persons_by_xgboost() -> list[pd.DataFrame]:
    made = learned_persons()
    return [by_xgboost(lambda w=w: made.sample(persons=20, where=w, seed=4)) for w in WHERE]


def test_of_persons(walk: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(persons, "PERSONS_AT_ONCE", 7)
    for where, expected in zip(WHERE, persons_by_xgboost(), strict=True):
        made = learned_persons().sample(persons=20, where=where, seed=4)
        pd.testing.assert_frame_equal(made, expected)
