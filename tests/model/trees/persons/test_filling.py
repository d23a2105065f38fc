"""Cells of persons drawn given earlier and later ones, against whole persons that were drawn by the
same model and kept where they agree (rejection): another way to the same distribution."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from trimtab import Synthesizer, fit
from trimtab._random import Key
from trimtab.codec.domain import MISSING
from trimtab.model.interface import GIVEN, PRESENT, Condition, Request
from trimtab.model.trees.persons.model import Persons

PERSONS, TIMES = 150_000, 4_000
NEAR, APART = 0.035, 0.08  # of shares: what counts as the same, and what as another one

Rows = list[dict[str, int | None]]  # of one person: codes, None for what is to be drawn


def panel(persons: int = 500) -> pd.DataFrame:
    """Persons of one to three rows, of whose two flags one stays and the other follows it."""
    g = Key(3).child("flags").generator()
    rows = []
    for who in range(persons):
        sex = int(g.random() < 0.5)
        many = int(g.choice([1, 2, 3], p=[0.2, 0.3, 0.5] if sex else [0.5, 0.3, 0.2]))
        x = int(g.random() < 0.35 + 0.3 * sex)
        for wave in range(many):
            x = x if g.random() < 0.8 else 1 - x
            y = int(g.random() < 0.15 + 0.7 * x)
            rows.append({"who": f"p{who}", "wave": wave + 1, "sex": sex, "x": x, "y": y})
    return pd.DataFrame(rows).astype({"sex": str, "x": str, "y": str})


@pytest.fixture(scope="module")
def made() -> Synthesizer:
    return fit(panel(), model="persons", rules=False)


@pytest.fixture(scope="module")
def model(made: Synthesizer) -> Persons:
    model = made.learned.model
    assert isinstance(model, Persons)
    assert set(model.rows.constants) == {"sex"} and model.rows.moment == "wave"
    return model


@pytest.fixture(scope="module")
def whole(model: Persons) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Persons of the model: codes [persons, 3], MISSING behind the last row; and their counts."""
    key = Key(7)
    drawn, counts = model.fill_persons(Request(PERSONS, {}), 0, key)
    rows = model.fill_rows(drawn, counts, 0, key)
    who = np.repeat(np.arange(PERSONS), counts)
    turn = np.arange(len(who)) - (np.cumsum(counts) - counts)[who]
    out = {}
    for name in ("wave", "sex", "x", "y"):
        out[name] = np.full((PERSONS, 3), MISSING)
        out[name][who, turn] = rows[name]
    return out, counts


def by_rejection(
    whole: tuple[dict[str, np.ndarray], np.ndarray], rows: Rows, exact: bool, wanted: str, at: int
) -> float:
    """The share of 1 in a column of one row, among the persons that agree."""
    codes, counts = whole
    agree = counts == len(rows) if exact else counts >= len(rows)
    for turn, row in enumerate(rows):
        for name, code in row.items():
            if code is not None:
                agree &= codes[name][:, turn] == code
    assert agree.sum() > 600
    return float((codes[wanted][agree, at] == 1).mean())


def filled(model: Persons, rows: Rows, exact: bool, wanted: str, at: int, times: int = TIMES):
    """The codes of a column in one row of persons who are all given the same."""
    conditions = {}
    for name in ("wave", "sex", "x", "y"):
        asked = [row.get(name) for row in rows]
        state = np.tile([PRESENT if a is None else GIVEN for a in asked], times)
        value = np.tile([MISSING if a is None else a for a in asked], times)
        conditions[name] = Condition(value, state)
    who = np.repeat(np.arange(times), len(rows))
    request = Request(len(who), conditions)
    drawn = model.fill_given(request, who, 0, Key(11), whole=exact)
    return drawn[wanted].reshape(times, len(rows))[:, at]


def row(turn: int, **codes: int | None) -> dict[str, int | None]:
    return {"wave": turn, "sex": 0, "x": None, "y": None} | codes


CASES = {
    "first": ([row(0), row(1, x=1, y=1), row(2, x=1, y=1)], "x", 0),
    "between": ([row(0, x=0, y=0), row(1, y=1), row(2, x=0, y=0)], "x", 1),
    "last": ([row(0, x=1, y=0), row(1, x=1)], "y", 1),
    "next": ([row(0, x=1, y=0), row(1)], "x", 1),
    "constant": ([row(0, sex=None, x=0, y=0), row(1, sex=None, x=0, y=0)], "sex", 0),
    "several": ([row(0, sex=None, x=1), row(1, sex=None), row(2, sex=None, y=1)], "x", 1),
}


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("case", CASES)
def test_cells_are_drawn_as_whole_persons_have_them(
    model: Persons,
    whole: tuple[dict[str, np.ndarray], np.ndarray],
    case: str,
    exact: bool,
) -> None:
    rows, wanted, at = CASES[case]
    expected = by_rejection(whole, rows, exact, wanted, at)
    found = float((filled(model, rows, exact, wanted, at) == 1).mean())
    print(case, exact, found, expected)
    assert abs(found - expected) < NEAR


def test_what_comes_later_tells(
    model: Persons, whole: tuple[dict[str, np.ndarray], np.ndarray]
) -> None:
    """So that the cases above could fail: without the rows that follow it is another share."""
    rows, wanted, at = CASES["first"]
    expected = by_rejection(whole, rows, True, wanted, at)
    blind = [rows[0], *({"wave": r["wave"], "sex": 0, "x": None, "y": None} for r in rows[1:])]
    without = by_rejection(whole, blind, True, wanted, at)
    assert abs(expected - without) > APART
    assert abs(float((filled(model, blind, True, wanted, at) == 1).mean()) - without) < NEAR
