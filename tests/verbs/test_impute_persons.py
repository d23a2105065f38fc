"""Gaps of persons filled, given their other rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import trimtab
from tests.model.trees.persons.panels import visits
from trimtab._random import Key
from trimtab.errors import PlanError, RefusedError

ONCE = ("sex", "side", "born", "last")


def levels(persons: int = 150, seed: int = 1) -> pd.DataFrame:
    """Persons of levels of their own far apart, which no other column tells, with a total of steps
    and a mood that mostly stays."""
    g = Key(seed).child("levels").generator()
    rows = []
    for who in range(persons):
        level, total, mood = g.normal(100, 20), 0, g.choice(["good", "bad"])
        for day in range(int(g.integers(4, 9))):
            total += int(g.integers(1, 9))
            mood = mood if g.random() < 0.9 else {"good": "bad", "bad": "good"}[mood]
            rows.append(
                {
                    "patient_id": f"p{who:03d}",
                    "day": day,
                    "age": round(float(g.normal(50, 9)), 1),
                    "mood": mood,
                    "level": round(float(level + g.normal(0, 2)), 1),
                    "total": total,
                }
            )
    return pd.DataFrame(rows)


def with_gaps(data: pd.DataFrame, names: list[str], seed: int, share: float = 0.1) -> pd.DataFrame:
    made, g = data.copy(), Key(seed).child("gaps").generator()
    for name in names:
        made.loc[g.random(len(made)) < share, name] = None
    return made


@pytest.fixture(scope="module")
def gappy() -> pd.DataFrame:
    data = visits()
    return with_gaps(data, [n for n in data if n not in ("patient_id", "visit")], 5)


@pytest.fixture(scope="module")
def imputed(gappy: pd.DataFrame) -> Any:
    return trimtab.impute(gappy, model="persons", seed=2)


def test_gaps_are_filled_and_nothing_else(gappy: pd.DataFrame, imputed: Any) -> None:
    filled = imputed.table
    assert len(filled) == len(gappy) and filled.notna().all(axis=None)
    for name in gappy.columns:
        known = gappy[name].notna().to_numpy()
        assert (filled[name][known].to_numpy() == gappy[name][known].to_numpy()).all(), name
    assert imputed.filled["job"] == gappy["job"].isna().sum()


def test_filled_persons_are_persons(gappy: pd.DataFrame, imputed: Any) -> None:
    filled = imputed.table
    of_person = filled.groupby("patient_id")
    for name in ONCE:
        assert (of_person[name].nunique() == 1).all(), name
    assert (filled["visit"] <= filled["last"]).all() and (filled["born"] <= filled["visit"]).all()
    assert "sex, side, born, last are the same in all rows of each person" in imputed.warnings[0]


def test_the_same_seed_fills_the_same() -> None:
    data = with_gaps(levels(60), ["level", "mood"], 7)
    first, again, other = (
        trimtab.impute(data, model="persons", seed=seed, rules=False).table for seed in (2, 2, 3)
    )
    pd.testing.assert_frame_equal(first, again)
    assert not first.equals(other)


def test_totals_with_gaps_never_fall() -> None:
    data = with_gaps(levels(), ["total"], 3, share=0.3)
    filled = trimtab.impute(data, model="persons", rules=False).table
    steps = filled.groupby("patient_id")["total"].diff().dropna()
    assert (steps >= 0).all() and filled["total"].notna().all()


@pytest.mark.parametrize("seed", [1, 2])
def test_other_rows_of_a_person_say_more_than_its_row(seed: int) -> None:
    """Against the chain of trees, which knows the row alone; the same cells are gone for both."""
    data = levels(seed=seed)
    errors: dict[str, list[float]] = {}
    for name in ("level", "mood"):
        gone = with_gaps(data, [name], seed)
        at = gone[name].isna().to_numpy()
        assert at.sum() > 60
        for model in ("persons", "trees"):
            filled = trimtab.impute(gone, model=model, seed=seed, rules=False).table
            drawn, truth = filled[name].to_numpy()[at], data[name].to_numpy()[at]
            wrong = drawn != truth if name == "mood" else (drawn - truth) ** 2
            errors.setdefault(name, []).append(float(np.mean(wrong)))
    assert errors["level"][0] < 0.35 * errors["level"][1]
    assert errors["mood"][0] < 0.7 * errors["mood"][1]


def test_several_tables_come_from_models_of_halves() -> None:
    data = with_gaps(levels(80), ["level", "mood"], 4)
    made = trimtab.impute(data, model="persons", multiple=3, rules=False)
    assert made.proper and len(made.tables) == 3
    gaps = data["level"].isna()
    first, second, _ = (table["level"] for table in made.tables)
    assert (first[~gaps] == second[~gaps]).all() and (first[gaps] != second[gaps]).any()
    means = {figure.name: figure for figure in made.pooled}
    assert any("level" in name for name in means)


def test_half_of_few_persons_is_too_few() -> None:
    data = with_gaps(levels(30), ["level"], 4)
    with pytest.raises(RefusedError, match="15 persons"):
        trimtab.impute(data, model="persons", multiple=2)


def test_a_saved_model_fills_other_persons() -> None:
    made = trimtab.fit(levels(), model="persons", rules=False)
    data = levels(40, seed=9)
    gone = with_gaps(data, ["level", "mood"], 6)
    filled = trimtab.impute(gone, synthesizer=made).table
    at = gone["level"].isna()
    assert filled.notna().all(axis=None)
    assert np.corrcoef(filled["level"][at], data["level"][at])[0, 1] > 0.9
    with pytest.raises(PlanError, match="patient_id"):
        trimtab.impute(gone.drop(columns="patient_id"), synthesizer=made)
    wrong = gone.copy()
    wrong.loc[1, "total"] = 0
    with pytest.raises(PlanError, match="total of patient_id = 'p000'"):
        trimtab.impute(wrong, synthesizer=made)


def test_rows_without_persons_are_refused() -> None:
    with pytest.raises(RefusedError, match="whose"):
        trimtab.impute(with_gaps(levels(), ["mood"], 1).drop(columns="patient_id"), model="persons")
