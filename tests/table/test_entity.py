"""Whose the rows are, where no name tells it: panels of persons, and tables that look like them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from trimtab._random import Key
from trimtab.table.prepare import prepare
from trimtab.table.schema import Kind

PERSONS = 60


def panel(seed: int = 0, waves: int = 6) -> dict[str, Any]:
    """Persons in waves: a year that no two rows of one share, and what never changes."""
    g = Key(seed).child("panel").generator()
    who = np.repeat(np.arange(PERSONS), waves)
    return {
        "wave": np.tile(np.arange(waves) + 2001, PERSONS),
        "who": 500 + 3 * who,
        "born": g.integers(1950, 1990, PERSONS)[who],
        "sex": g.choice(["f", "m"], PERSONS)[who],
        "pay": g.normal(2000, 300, len(who)).round(2),
        "job": g.choice(["a", "b", "c"], len(who)),
    }


def entity_of(columns: dict[str, Any]) -> str | None:
    found = prepare(pd.DataFrame(columns)).schema.entity
    return None if found is None else found.name


def test_a_panel_of_persons_is_seen_and_said() -> None:
    assert entity_of(panel()) == "who"
    (reason,) = [c.reason for c in prepare(pd.DataFrame(panel())).schema if c.kind is Kind.ENTITY]
    assert "60 values have 6.0 rows each, which agree in born, sex and never in wave" in reason


def test_the_order_of_rows_and_columns_tells_nothing() -> None:
    data = pd.DataFrame(panel()).sample(frac=1, random_state=3)[
        ["job", "sex", "who", "pay", "born", "wave"]
    ]
    assert entity_of(data.to_dict("list")) == "who"


def test_codes_of_letters_and_digits_are_seen_too() -> None:
    columns = panel()
    columns["who"] = [f"P{w}" for w in columns["who"]]
    assert entity_of(columns) == "who"


@pytest.mark.parametrize(
    "change",
    [
        {"born": "pay", "sex": "job"},  # nothing is constant
        {"wave": "job"},  # nothing tells the rows of one apart
    ],
)
def test_half_of_the_signs_are_none(change: dict[str, str]) -> None:
    columns = panel()
    g = Key(7).child("shuffled").generator()
    for name, other in change.items():
        columns[name] = g.permutation(columns[other])
    assert entity_of(columns) is None


def test_what_is_missing_belongs_to_nobody() -> None:
    columns = panel()
    columns["who"] = pd.Series(columns["who"], dtype="Int64").mask(np.arange(360) < 8)
    assert entity_of(columns) is None


def test_towns_and_amounts_are_no_persons() -> None:
    g, rows = Key(2).child("towns").generator(), 900
    town = g.integers(0, 40, rows)
    columns = {
        "zip": 10_000 + 7 * town,
        "office": 300 + town,
        "county": np.array([f"c{t // 5}" for t in town]),
        "day": g.integers(0, 30, rows),
        "amount": g.integers(0, 300, rows),
    }
    assert entity_of(columns) is None


def test_a_name_goes_before_signs() -> None:
    columns = panel() | {"patient_nbr": panel()["who"] // 6}
    assert entity_of(columns) == "patient_nbr"
