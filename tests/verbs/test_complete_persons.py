"""Rows of persons completed: the next ones of persons of a table, and the rest of given ones.

Judged in plain pandas: what is given comes back, what persons have once is theirs, rows come in
order, and what is asked of no person is refused by name.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import trimtab
from tests.model.trees.persons.panels import TOWNS, learned_visits, survey, visits
from trimtab.errors import PlanError, TrimtabError
from trimtab.model.trees.persons import filling

Command = Callable[..., tuple[int, str, str]]
ONCE = ("sex", "side", "born", "last")
DATES = ("visit", "born", "last", "bill")


def dated(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.astype({n: "datetime64[s]" for n in DATES if n in rows})


@pytest.fixture(scope="module")
def made() -> trimtab.Synthesizer:
    return learned_visits()


@pytest.fixture(scope="module")
def given() -> pd.DataFrame:
    """Rows of persons that the model did not learn from, with gaps; some rows have a date only."""
    rows = visits(60, seed=8)
    g = np.random.default_rng(1)
    for name in rows.columns.drop(["patient_id", "visit"]):
        rows.loc[g.random(len(rows)) < 0.3, name] = None
    rows.loc[g.random(len(rows)) < 0.1, rows.columns.drop(["patient_id", "visit"])] = None
    return rows


@pytest.fixture(scope="module")
def completed(made: trimtab.Synthesizer, given: pd.DataFrame) -> pd.DataFrame:
    result: pd.DataFrame = made.sample(given=given, seed=1)
    return result


def test_what_is_given_comes_back(completed: pd.DataFrame, given: pd.DataFrame) -> None:
    assert len(completed) == len(given)
    for name in given.columns:
        known = given[name].notna().to_numpy()
        assert (completed[name][known].to_numpy() == given[name][known].to_numpy()).all(), name
        assert completed[name].notna().all(), name


def test_completed_persons_are_persons(completed: pd.DataFrame) -> None:
    of_person = completed.groupby("patient_id")
    for name in ONCE:
        assert (of_person[name].nunique() == 1).all(), name
    assert (completed["visit"] <= completed["last"]).all()
    assert (completed["born"] <= completed["visit"]).all()
    ordered = completed.sort_values(["patient_id", "visit", "spent"])
    assert (ordered.groupby("patient_id")["spent"].diff().dropna() >= 0).all()
    assert (completed["bill"] <= completed["visit"]).all()


def test_rules_of_rows_are_kept_where_nothing_given_breaks_them(completed: pd.DataFrame) -> None:
    assert all(t in TOWNS[s] for t, s in zip(completed["town"], completed["side"], strict=True))


def test_cells_tell_of_other_rows(completed: pd.DataFrame, given: pd.DataFrame) -> None:
    """A score is near the person's others, and not near those of persons dealt at random."""
    level = given.groupby("patient_id")["score"].transform("mean").to_numpy()
    gaps = given["score"].isna().to_numpy() & ~np.isnan(level)
    drawn = completed["score"].to_numpy()[gaps]
    near = np.abs(drawn - level[gaps]).mean()
    dealt = np.abs(np.random.default_rng(0).permutation(drawn) - level[gaps]).mean()
    assert gaps.sum() > 40 and near < 0.7 * dealt


def test_a_person_hangs_on_itself_alone(
    made: trimtab.Synthesizer, given: pd.DataFrame, completed: pd.DataFrame
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(filling, "PERSONS_AT_ONCE", 7)
        pd.testing.assert_frame_equal(made.sample(given=given, seed=1), completed)
    first = given["patient_id"].unique()[:9]
    some = given["patient_id"].isin(first).to_numpy()
    fewer = made.sample(given=given[some], seed=1)
    pd.testing.assert_frame_equal(fewer, completed[some].reset_index(drop=True))
    assert not made.sample(given=given, seed=2).equals(completed)


def test_a_saved_model_completes_the_same(
    made: trimtab.Synthesizer, given: pd.DataFrame, completed: pd.DataFrame, tmp_path: Path
) -> None:
    made.save(tmp_path / "m.trimtab")
    again = trimtab.load(tmp_path / "m.trimtab")
    pd.testing.assert_frame_equal(again.sample(given=given, seed=1), completed)


def test_the_next_rows_of_persons_follow_theirs() -> None:
    data = visits()
    last = data.sort_values(["visit", "spent"]).groupby("patient_id").tail(1)
    last = last.set_index("patient_id")
    who = [*data["patient_id"].unique()[:40], 1, 2]
    blank = {n: pd.Series([None] * len(who)) for n in data.columns if n != "patient_id"}
    rows = dated(pd.DataFrame({"patient_id": who} | blank))
    found = trimtab.complete(data, rows, model="persons", rules=False, seed=3)
    made = found.table
    assert made["patient_id"].tolist() == who and made.notna().all(axis=None)
    known = made.head(40)
    before = last.loc[known["patient_id"]].reset_index()
    for name in ONCE:
        assert (known[name] == before[name]).all(), name
    assert (known["visit"] >= before["visit"]).all() and (known["spent"] >= before["spent"]).all()
    assert (known["visit"] <= known["last"]).all()
    stays = (known["job"] == before["job"]).mean()
    assert 0.5 < stays < 1, "a job is mostly as before"
    assert "2 of the persons given are not in the table" in found.warnings[0]


def test_rows_without_a_moment_come_after_the_others(made: trimtab.Synthesizer) -> None:
    day = pd.Timestamp("2016-03-01")
    rows = dated(
        pd.DataFrame(
            {
                "patient_id": [5, 5, 5, None],
                "visit": [None, day + pd.Timedelta(days=90), day, None],
                "spent": [None, 200.0, 100.0, None],
            }
        )
    )
    for seed in range(4):
        drawn = made.sample(given=rows, seed=seed)
        assert drawn["visit"][1:3].tolist() == rows["visit"][1:3].tolist()
        assert drawn["visit"][0] >= rows["visit"][1] and drawn["spent"][0] >= 200
        assert drawn["patient_id"].nunique() == 2
        assert not set(drawn["patient_id"][3:]) & {5, *visits()["patient_id"]}


def test_a_total_between_two_lies_between_them(made: trimtab.Synthesizer) -> None:
    day = pd.Timestamp("2016-03-01")
    days = [day + pd.Timedelta(days=30 * k) for k in range(4)]
    rows = pd.DataFrame(
        {"patient_id": 5, "visit": days, "spent": [50.0, None, None, 80.0], "job": "a"}
    )
    for seed in range(6):
        spent = made.sample(given=dated(rows), seed=seed)["spent"]
        assert spent.is_monotonic_increasing and spent[0] == 50 and spent[3] == 80


TWO = {"patient_id": [5, 5], "visit": ["2016-03-01", "2016-05-01"]}
WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no person": ({"visit": ["2016-03-01"]}, "no column 'patient_id'"),
    "two sexes": (TWO | {"sex": ["f", "m"]}, "sex of patient_id = 5 differs"),
    "falling": (TWO | {"spent": [90.0, 40.0]}, "spent of patient_id = 5 does not grow"),
    "too late": (TWO | {"last": ["2016-04-01", None]}, "visit, last of patient_id = 5 do not"),
    "not born": (TWO | {"born": ["2017-04-01", None]}, "visit, born of patient_id = 5 do not"),
    "unknown town": (TWO | {"town": ["x9", None]}, "town = 'x9'"),
    "a broken rule": (TWO | {"side": ["n", "n"], "town": ["s1", None]}, "breaks the kept rule"),
    "no such column": (TWO | {"shoe": [1, 2]}, "shoe"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_no_person_can_have_is_refused(
    made: trimtab.Synthesizer, case: str, tmp_path: Path, run: Command
) -> None:
    columns, message = WRONG[case]
    rows = dated(pd.DataFrame(columns))
    with pytest.raises(TrimtabError, match=message):
        made.sample(given=rows)
    made.save(tmp_path / "m.trimtab")
    rows.to_csv(tmp_path / "rows.csv", index=False)
    output = tmp_path / "out.csv"
    words = ["sample", tmp_path / "m.trimtab", "--given", tmp_path / "rows.csv", "-o", output]
    code, _, told = run(*map(str, words))
    assert code and "Traceback" not in told and not output.exists()
    assert message.split("'")[0].split(" = ")[0].split()[0] in " ".join(told.split())


def test_moments_of_no_survey_and_beyond_the_last_are_refused() -> None:
    data = survey()
    made = trimtab.fit(data, model="persons")
    with pytest.raises(PlanError, match="year"):
        made.sample(given=pd.DataFrame({"who": [1, 1], "year": [2001, 2001], "pay": [1, None]}))
    with pytest.raises(PlanError, match="leaves no room for another row"):
        made.sample(given=pd.DataFrame({"who": [1, 1], "year": [2008, None], "pay": [900, None]}))
    waves = made.sample(given=pd.DataFrame({"who": [1, 1], "year": [2003, None]}), seed=2)
    assert waves["year"][1] in (2004, 2008)


def test_whose_rows_are_is_asked_before_anything_is_learned(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def never(*args: Any, **named: Any) -> None:
        raise AssertionError("learned")

    monkeypatch.setattr("trimtab.verbs.complete.learn", never)
    with pytest.raises(PlanError, match="no column 'patient_id'"):
        trimtab.complete(visits(), visits().head(3)[["sex", "job"]], model="persons")


def test_commands_complete_and_fill(run: Command, tmp_path: Path) -> None:
    data = survey()
    gone = data.assign(pay=data["pay"].mask(np.arange(len(data)) % 7 == 0))
    gone.to_csv("gone.csv", index=False)
    code, _, told = run("impute", "gone.csv", "-o", "filled.csv", "--model", "persons")
    assert code == 0, told
    filled, known = pd.read_csv("filled.csv"), gone["pay"].notna()
    assert filled["pay"].notna().all() and (filled["pay"][known] == gone["pay"][known]).all()
    early = data[data["year"] < 2008]
    early.to_csv("early.csv", index=False)
    last = early.groupby("who")["year"].max()
    who = last.index[last < 2004][:3].tolist()
    blank = [None] * len(who)
    pd.DataFrame({"who": who, "year": blank, "pay": blank}).to_csv("rows.csv", index=False)
    words = ("early.csv", "--given", "rows.csv", "-o", "next.csv", "--model", "persons")
    code, _, told = run("complete", *words)
    assert code == 0, told
    made = pd.read_csv("next.csv")
    assert made["who"].tolist() == who and made["pay"].notna().all()
    assert (made["year"].to_numpy() > last[who].to_numpy()).all()
