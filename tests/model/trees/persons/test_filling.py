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

PERSONS, TIMES = 120_000, 2_500
CLOSE, APART = 0.015, 0.08  # of shares: what candidates may miss, and what is another share

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
) -> tuple[float, int]:
    """The share of 1 in a column of one row, among the persons that agree; and how many do."""
    codes, counts = whole
    agree = counts == len(rows) if exact else counts >= len(rows)
    for turn, row in enumerate(rows):
        for name, code in row.items():
            if code is not None:
                agree &= codes[name][:, turn] == code
    assert agree.sum() > 500
    return float((codes[wanted][agree, at] == 1).mean()), int(agree.sum())


def near(share: float, drawn: np.ndarray, agreeing: int) -> bool:
    """Whether a share of draws is that of persons who agree, but for chance."""
    error = np.sqrt(share * (1 - share) * (1 / len(drawn) + 1 / agreeing))
    return bool(abs(float((drawn == 1).mean()) - share) < 3.5 * error + CLOSE)


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
    share, agreeing = by_rejection(whole, rows, exact, wanted, at)
    assert near(share, filled(model, rows, exact, wanted, at), agreeing)


def test_what_comes_later_tells(
    model: Persons, whole: tuple[dict[str, np.ndarray], np.ndarray]
) -> None:
    """So that the cases above could fail: without the rows that follow it is another share."""
    rows, wanted, at = CASES["first"]
    share, agreeing = by_rejection(whole, rows, True, wanted, at)
    blind = [rows[0], *(row(turn) for turn in (1, 2))]
    without, more = by_rejection(whole, blind, True, wanted, at)
    assert abs(share - without) > APART
    drawn = filled(model, blind, True, wanted, at)
    assert near(without, drawn, more) and not near(share, drawn, agreeing)


def test_how_many_rows_there_are_tells(
    model: Persons, whole: tuple[dict[str, np.ndarray], np.ndarray]
) -> None:
    """Persons with just one row are others than those who may have more."""
    rows, wanted, at = [row(0, sex=None, x=None)], "sex", 0
    share, agreeing = by_rejection(whole, rows, True, wanted, at)
    more, many = by_rejection(whole, rows, False, wanted, at)
    assert abs(share - more) > APART
    assert near(share, filled(model, rows, True, wanted, at), agreeing)
    assert near(more, filled(model, rows, False, wanted, at), many)
