"""What of a pandas table is no column, and how that is told."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import trimtab
from trimtab._random import Key

ROWS = 90
PERSONS = pd.Index([f"P{k // 3:03}" for k in range(ROWS)])
PAIRS = pd.MultiIndex.from_arrays([range(ROWS), range(ROWS)], names=["year", "site"])


def table(index: Any = None) -> pd.DataFrame:
    g = Key(8).child("rows").generator()
    sex, age = g.choice(["F", "M"], ROWS), g.integers(20, 60, ROWS)
    return pd.DataFrame({"sex": sex, "age": age, "pay": g.normal(9, 1, ROWS).round(1)}, index)


def told(notes: Any) -> list[str]:
    return [note for note in notes if "The index" in note]


@pytest.mark.parametrize(
    ("index", "named"),
    [
        (pd.date_range("2020-01-01", periods=ROWS), "The index is"),
        (pd.date_range("2020-01-01", periods=ROWS, name="day"), "The index 'day' is"),
        (pd.RangeIndex(ROWS, name="n"), "The index 'n' is"),
        (pd.Index([f"row {k}" for k in range(ROWS)]), "The index is"),
        (pd.Index(np.arange(ROWS) / 4, name="hours"), "The index 'hours' is"),
        (PAIRS, "The index 'year', 'site' is"),
    ],
)
def test_an_index_that_says_something_is_told_of(index: Any, named: str) -> None:
    (note,) = told(trimtab.read(table(index)).origin.notes)
    assert note == f"{named} no column, and is left out: reset_index() makes it one."


def test_rows_that_were_numbered_or_filtered_are_not() -> None:
    filtered = table()[table()["age"] > 40].sample(frac=1, random_state=0)
    for frame in (table(), filtered, table().iloc[10:50], pd.concat([table(), table()])):
        assert not trimtab.read(frame).origin.notes


@pytest.mark.parametrize(
    ("index", "column"),
    [
        (PERSONS, "index"),
        (PERSONS.rename("who"), "who"),
        (pd.RangeIndex(ROWS, name="patient_id"), "patient_id"),
        (pd.CategoricalIndex(PERSONS, name="who"), "who"),
    ],
)
def test_one_that_may_hold_persons_is_offered_as_that(index: Any, column: str) -> None:
    """What the note tells to do does what it says."""
    (note,) = told(trimtab.read(table(index)).origin.notes)
    assert f"`schema=trimtab.read(TABLE).schema.change({column!r}, kind='entity')`" in note
    frame = table(index).reset_index()
    schema = trimtab.read(frame).schema.change(column, kind="entity")
    learned = trimtab.fit(frame, schema=schema, model="trees", rules=False)
    assert learned.schema.entity is not None and learned.schema.entity.name == column
    assert not told(learned.warnings)


def test_verbs_say_so_and_what_is_drawn_does_not() -> None:
    frame = table(PERSONS.rename("who"))
    learned = trimtab.fit(frame, model="trees", first=["sex"], rules=False)
    assert len(told(learned.warnings)) == 1 and not learned.learned.origin.notes
    assert len(told(trimtab.plan_balance(frame, by=["sex"]).warnings)) == 1
    assert len(told(trimtab.balance(frame, by=["sex"], model="trees").warnings)) == 1
    assert len(told(learned.plan(given=frame[["sex"]].head(3)).warnings)) == 1
    gone = frame.assign(age=frame["age"].astype("Int64").mask(frame["age"] > 50))
    filled = trimtab.impute(gone, model="trees")
    assert len(told(filled.warnings)) == 1 and filled.table.index.equals(frame.index)
    (note,) = told(trimtab.evaluate(frame, learned.sample(90), sections=["fidelity"]).notes)
    assert note.startswith("The real table: The index 'who'")
