"""Balancing simulated patients over race, ethnicity and gender: a case with empty and tiny cells.

The figures are those of research that was done by hand before trimtab planned such tables.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest

from tests.places import DATA
from trimtab.errors import RefusedError
from trimtab.plan.balance.feasibility import conflict, incidence, nearest, positive
from trimtab.plan.balance.raking import raked, residual
from trimtab.plan.plan import Plan, Support
from trimtab.verbs.balance import plan_balance

PATIENTS = DATA / "synthea_patients" / "train.csv"
pytestmark = pytest.mark.skipif(not PATIENTS.exists(), reason="../shared/data is absent")

BY = ("RACE", "ETHNICITY", "GENDER")
EMPTY = {
    ("native", "hispanic", "M"),
    ("other", "hispanic", "M"),
    ("other", "nonhispanic", "M"),
}


def margin(plan: Plan, column: str) -> dict[Any, int]:
    found: Counter[Any] = Counter()
    for cell in plan.cells:
        found[cell.values[BY.index(column)]] += cell.target_rows
    return dict(found)


def test_what_the_table_holds() -> None:
    cells = plan_balance(PATIENTS, BY, unseen="generate").cells
    assert len(cells) == 20
    assert sum(c.real_rows for c in cells) == 936
    assert {c.values for c in cells if not c.real_rows} == EMPTY
    assert sum(1 <= c.real_rows <= 3 for c in cells) == 6
    assert max(c.real_rows for c in cells) == 380
    # Ten natives and two others: that they lack some combination is no wonder.
    assert {c.support for c in cells if c.values in EMPTY} == {Support.UNSEEN}
    assert all((c.expected_rows or 0) < 1 for c in cells if c.values in EMPTY)


def test_every_column_can_be_balanced_by_itself() -> None:
    plan = plan_balance(PATIENTS, BY)
    assert plan.rows == 936
    assert sorted(margin(plan, "RACE").values()) == [187, 187, 187, 187, 188]
    assert margin(plan, "ETHNICITY") == {"nonhispanic": 468, "hispanic": 468}
    assert margin(plan, "GENDER") == {"F": 468, "M": 468}
    others = {c.values[1:]: c.target_rows for c in plan.cells if c.values[0] == "other"}
    assert others == {("hispanic", "F"): 163, ("nonhispanic", "F"): 24}
    assert plan.effective_rows == pytest.approx(26, abs=0.1)
    said = " ".join(plan.warnings)
    assert "3 of 20 cells are never seen in the real table and get no rows" in said
    assert "So each of RACE, ETHNICITY, GENDER is balanced by itself (`target='margins'`)" in said
    assert (
        "163 rows of RACE = other, ETHNICITY = hispanic, GENDER = F rest on 1 real row, and so on "
        "one person at most."
    ) in said
    assert "would be worth 26 of 936 rows" in said
    assert "GENDER = F gets 163 times" in said


def test_equal_margins_are_met_to_a_billionth() -> None:
    cells = plan_balance(PATIENTS, BY).cells
    values = [sorted({c.values[k] for c in cells}) for k in range(3)]
    codes = np.array([[v.index(x) for v, x in zip(values, c.values, strict=True)] for c in cells])
    sizes = tuple(map(len, values))
    shares = np.concatenate([np.full(s, 1 / s) for s in sizes])
    filled = positive(incidence(codes, sizes), shares)
    assert filled is not None
    assert filled.all()
    start = np.array([c.real_rows for c in cells], float)
    assert residual(codes, sizes, raked(codes, sizes, start, shares), shares) < 1e-9


def test_equal_combinations_let_the_margins_drift() -> None:
    plan = plan_balance(PATIENTS, BY, unseen="skip")
    assert len(plan.cells) == 17
    assert plan.effective_rows == pytest.approx(53, abs=0.5)
    assert margin(plan, "GENDER")["F"] / plan.rows == pytest.approx(0.59, abs=0.005)
    assert margin(plan, "RACE")["other"] / plan.rows == pytest.approx(0.12, abs=0.005)


def test_five_rows_in_every_cell() -> None:
    """Race cannot be balanced then, and the other two can."""
    for target in ("margins", "auto"):
        with pytest.raises(RefusedError, match=r"RACE = other should be 20 % and can be 0 % at mo"):
            plan_balance(PATIENTS, BY, target=target, min_support=5)
    plan = plan_balance(PATIENTS, ["ETHNICITY", "GENDER"], target="margins", min_support=5)
    assert sum(c.target_rows for c in plan.cells) == 936
    cells = [c for c in plan_balance(PATIENTS, BY, unseen="generate").cells if c.real_rows >= 5]
    races = ["white", "black", "asian", "native", "other"]
    codes = np.array([[races.index(c.values[0])] for c in cells])
    matrix = incidence(codes, (5,))
    shares = np.full(5, 0.2)
    # A fifth of the rows has no cell, and has to go to other races.
    assert nearest(matrix, shares)[1] == pytest.approx(2 * 0.20)
    (demand,) = conflict(matrix, shares, (5,))
    assert (races[demand.row], demand.least, demand.reach) == ("other", True, 0)


def test_augmenting_keeps_every_patient() -> None:
    plan = plan_balance(PATIENTS, BY, mode="augment")
    # The 771 patients who are white are then a fifth.
    assert set(margin(plan, "RACE").values()) == {771}
    assert all(c.target_rows >= c.real_rows for c in plan.cells)
