"""The simulated tables are what they say: marginals, impossible cells, persons, true risk."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from trimtab.datasets import (
    VISITS_CELLS,
    VISITS_RACES,
    VISITS_ROWS,
    strokes,
    strokes_risk,
    visits,
)
from trimtab.errors import ColumnError, InputError

SIZES = [1, 2, 40, 500, 2285, 20_000]
PERSON = ["BirthDate", "RACE", "ETHNICITY", "GENDER", "BIRTHPLACE"]


def counts(table: pa.Table, *names: str) -> dict[Any, int]:
    grouped = table.group_by(list(names)).aggregate([([], "count_all")]).to_pylist()
    keys = [tuple(row[n] for n in names) for row in grouped]
    return {
        k if len(names) > 1 else k[0]: r["count_all"] for k, r in zip(keys, grouped, strict=True)
    }


@pytest.fixture(scope="module")
def large() -> pd.DataFrame:
    return visits(30_000, seed=3).to_pandas()


@pytest.mark.parametrize("seed", [0, 1, 7])
def test_visits_marginals(seed: int) -> None:
    table = visits(seed=seed)
    assert table.num_rows == VISITS_ROWS == sum(VISITS_CELLS.values())
    assert counts(table, "RACE") == {"white": 1616, "black": 332, "hispanic": 258, "asian": 79}
    assert counts(table, "GENDER") == {"F": 1296, "M": 989}
    ethnicities = counts(table, "ETHNICITY")
    assert len(ethnicities) == 17
    assert (ethnicities["irish"], ethnicities["african"], ethnicities["american"]) == (426, 266, 8)


@pytest.mark.parametrize("rows", SIZES)
def test_visits_cells_within_one_of_their_share(rows: int) -> None:
    found = counts(visits(rows, seed=5), "GENDER", "ETHNICITY", "RACE")
    assert set(found) <= set(VISITS_CELLS)
    assert sum(found.values()) == rows
    for cell, count in VISITS_CELLS.items():
        assert abs(found.get(cell, 0) - count * rows / VISITS_ROWS) <= 1


@pytest.mark.parametrize("rows", SIZES)
def test_an_ethnicity_occurs_only_within_its_race(rows: int) -> None:
    for race, ethnicity in counts(visits(rows, seed=2), "RACE", "ETHNICITY"):
        assert ethnicity in VISITS_RACES[race]


def test_truth_is_consistent_and_frozen() -> None:
    flat = [e for ethnicities in VISITS_RACES.values() for e in ethnicities]
    assert len(flat) == len(set(flat)) == 17
    assert {(e, r) for _, e, r in VISITS_CELLS} == {
        (e, r) for r in VISITS_RACES for e in VISITS_RACES[r]
    }
    with pytest.raises(TypeError):
        VISITS_RACES["white"] = ()  # type: ignore[index]


def test_a_patient_is_one_person_seen_several_times(large: pd.DataFrame) -> None:
    people = large.groupby("PatientID")[PERSON].nunique(dropna=False)
    assert (people == 1).all().all()
    assert len(large) / 12 < len(people) < len(large) / 4
    sizes = large["PatientID"].value_counts()
    assert sizes.max() > 20
    assert sorted(people.index) == list(range(len(people)))


def test_the_rows_of_a_visit_agree(large: pd.DataFrame) -> None:
    fixed = large.groupby(["PatientID", "DATE"])[["ConditionDesc", "EncounterDesc"]].nunique()
    # Two visits of one patient may fall on one day, which is rare.
    assert (fixed == 1).mean().min() > 0.99


def test_visits_dates_are_in_order(large: pd.DataFrame) -> None:
    assert (large["BirthDate"] <= large["ProcedureDate"]).all()
    assert (large["ProcedureDate"] <= large["DATE"]).all()


def test_visits_dependencies(large: pd.DataFrame) -> None:
    age = (pd.to_datetime(large["DATE"]) - pd.to_datetime(large["BirthDate"])).dt.days / 365.25
    mean = age.groupby(large["ConditionDesc"]).mean()
    assert mean["Otitis media"] < 25 < 55 < mean["Coronary Heart Disease"]
    pregnant = large["ConditionDesc"] == "Normal pregnancy"
    assert set(large.loc[pregnant, "GENDER"]) == {"F"}
    assert age[pregnant].between(16, 49).all()
    assert (large["EncounterDesc"] == "Prenatal visit")[pregnant].mean() > 0.8
    reason = large["EncounterReasonDesc"]
    assert 0.2 < reason.isna().mean() < 0.6
    assert (reason.isna() | (reason == large["ConditionDesc"])).all()
    height = large[(large["ObsDesc"] == "Body Height") & (age > 20)]
    assert height.groupby("GENDER")["ObsValueFloat"].mean().diff().iloc[-1] > 8


def test_units_and_decimals_follow_the_observation(large: pd.DataFrame) -> None:
    assert (large.groupby("ObsDesc")["UNITS"].nunique() == 1).all()
    for name, digits in [
        ("Potassium", 5),
        ("Body Height", 2),
        ("Glucose", 1),
        ("Total Cholesterol", 0),
    ]:
        values = large.loc[large["ObsDesc"] == name, "ObsValueFloat"]
        assert (values == [float(f"{v:.{digits}f}") for v in values]).all()
    assert large.loc[large["ObsDesc"] == "Potassium", "ObsValueFloat"].between(2.5, 7.5).all()


def test_visits_columns_and_types() -> None:
    table = visits(10)
    assert ",".join(table.column_names) == (
        "DATE,PatientID,BirthDate,RACE,ETHNICITY,GENDER,BIRTHPLACE,ConditionDesc,EncounterDesc,"
        "EncounterReasonDesc,ObsDesc,ObsValueFloat,UNITS,ProcedureDate,ProcedureDesc"
    )
    assert table.schema.field("DATE").type == pa.date32()
    assert table.schema.field("PatientID").type == pa.int64()
    assert [c for c in table.column_names if table[c].null_count] in ([], ["EncounterReasonDesc"])


@pytest.mark.parametrize("simulate", [visits, strokes])
def test_same_seed_same_table(simulate: Any) -> None:
    state = np.random.get_state()[1].tolist()  # noqa: NPY002
    first, again, other = simulate(400, seed=1), simulate(400, seed=1), simulate(400, seed=2)
    assert first.equals(again)
    assert not first.equals(other)
    assert np.random.get_state()[1].tolist() == state  # noqa: NPY002


@pytest.mark.parametrize("simulate", [visits, strokes])
@pytest.mark.parametrize("rows", [0, 1, 3, np.int64(5)])
def test_small_sizes_keep_the_types(simulate: Any, rows: int) -> None:
    table = simulate(rows)
    assert table.num_rows == rows
    assert table.schema == simulate(100).schema


@pytest.mark.parametrize("simulate", [visits, strokes])
def test_large_tables(simulate: Any) -> None:
    assert simulate(200_000, seed=4).num_rows == 200_000


@pytest.mark.parametrize("simulate", [visits, strokes])
@pytest.mark.parametrize("bad", [{"rows": -1}, {"rows": 2.5}, {"rows": "x"}, {"rows": True},
                                 {"seed": -1}, {"seed": None}])  # fmt: skip
def test_bad_arguments(simulate: Any, bad: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=f"{next(iter(bad))} = .*expected a whole number"):
        simulate(**bad)


def test_strokes_are_drawn_from_the_true_risk() -> None:
    table = strokes(100_000, seed=11)
    risk, label = strokes_risk(table), table["stroke"].to_numpy()
    assert 0 < risk.min() < risk.max() < 1
    for rows in np.array_split(np.argsort(risk), 10):
        expected, spread = risk[rows].sum(), np.sqrt((risk[rows] * (1 - risk[rows])).sum())
        assert abs(label[rows].sum() - expected) < 4 * spread
    unmeasured = table["bmi"].is_null().to_numpy()
    expected = risk[unmeasured].sum()
    assert abs(label[unmeasured].sum() - expected) < 4 * np.sqrt(expected)


@pytest.mark.parametrize("rows", [300, 5110])
def test_about_one_in_twenty_has_a_stroke(rows: int) -> None:
    tables = [strokes(rows, seed) for seed in range(40_000 // rows)]
    assert abs(np.mean(np.concatenate([strokes_risk(t) for t in tables])) - 0.05) < 0.004
    assert abs(np.mean([pc.mean(t["stroke"]).as_py() for t in tables]) - 0.05) < 0.006


def test_strokes_shape() -> None:
    frame = strokes(20_000, seed=6).to_pandas()
    assert 0.02 < frame["bmi"].isna().mean() < 0.07
    assert frame.loc[frame["bmi"].isna(), "stroke"].mean() > 1.3 * frame["stroke"].mean()
    assert (frame.loc[frame["age"] < 16, "work_type"] == "children").all()
    assert set(frame.loc[frame["age"] < 18, "ever_married"]) == {"No"}
    unknown = frame["smoking_status"] == "Unknown"
    assert unknown[frame["age"] < 16].mean() > 0.8 > 0.4 > unknown[frame["age"] > 30].mean()
    assert (frame["avg_glucose"] == frame["avg_glucose"].round(2)).all()


def test_risk_needs_no_label_and_takes_any_order() -> None:
    table = strokes(50)
    risk = strokes_risk(table)
    names = [n for n in reversed(table.column_names) if n != "stroke"]
    assert np.array_equal(strokes_risk(table.select(names)), risk)
    assert np.array_equal(strokes_risk(table.slice(10, 5)), risk[10:15])
    assert np.array_equal(strokes_risk(pa.concat_tables([table, table])), np.tile(risk, 2))
    assert strokes_risk(table.slice(0, 0)).shape == (0,)


def test_risk_of_a_bad_table() -> None:
    table = strokes(5)
    with pytest.raises(ColumnError, match="no column 'age'"):
        strokes_risk(table.drop_columns("age"))
    with pytest.raises(ColumnError, match="smoking_status"):
        strokes_risk(table.drop_columns("smoking_status"))
    with pytest.raises(InputError, match="'age' has the type string, expected numbers"):
        strokes_risk(table.set_column(0, "age", pa.array(["old"] * 5)))
    with pytest.raises(InputError, match="row 2 lacks a value"):
        strokes_risk(table.set_column(0, "age", pa.array([1, 2, None, 4, 5])))
    with pytest.raises(InputError, match="row 0 lacks"):
        strokes_risk(table.set_column(9, "smoking_status", pa.array(["pipe"] * 5)))
    with pytest.raises(InputError, match="row 0 lacks"):
        strokes_risk(table.set_column(9, "smoking_status", pa.nulls(5, pa.string())))
