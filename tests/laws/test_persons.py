"""Persons with all their rows: what is drawn is what persons are like, and no row breaks a rule.

Judged row by row in plain pandas, by what the made tables are known to keep.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import trimtab
from tests.model.trees.persons.panels import (
    KINDS,
    RULES,
    TOWNS,
    learned_visits,
    measurements,
    survey,
    visits,
)
from tests.synthesis.bundle.bundle_files import JSON, hostile, packed, refused, stored, unpacked
from trimtab.errors import InputError, PlanError, RefusedError
from trimtab.synthesis import persons as drawing
from trimtab.table.prepare import prepare


@pytest.fixture(scope="module")
def made() -> trimtab.Synthesizer:
    return learned_visits()


@pytest.fixture(scope="module")
def drawn(made: trimtab.Synthesizer) -> pd.DataFrame:
    return made.sample(persons=500, seed=1)


def test_persons_have_their_columns_once(drawn: pd.DataFrame) -> None:
    of_person = drawn.groupby("patient_id")
    for name in ("sex", "side", "born", "last"):
        assert (of_person[name].nunique(dropna=False) == 1).all()
    assert drawn["patient_id"].nunique() == 500
    assert not set(drawn["patient_id"]) & set(visits()["patient_id"])


def test_what_persons_have_once_is_not_computed_from_their_rows() -> None:
    """A rule decides it by a column of rows, of which a person has several values."""
    ruled = prepare(visits()).schema.add_rule("side from town")
    made = trimtab.fit(visits(), schema=ruled, model="persons")
    drawn = made.sample(persons=200)
    assert (drawn.groupby("patient_id")["side"].nunique() == 1).all()
    assert all(t in TOWNS[s] for t, s in zip(drawn["town"], drawn["side"], strict=True))


def test_rows_come_in_order_within_their_bounds(drawn: pd.DataFrame) -> None:
    of_person = drawn.groupby("patient_id")
    assert (of_person["visit"].diff().dropna() >= pd.Timedelta(0)).all()
    assert (of_person["spent"].diff().dropna() >= 0).all()
    assert (drawn["visit"] <= drawn["last"]).all() and (drawn["born"] <= drawn["visit"]).all()


def test_rows_keep_the_rules(made: trimtab.Synthesizer, drawn: pd.DataFrame) -> None:
    assert all(t in TOWNS[s] for t, s in zip(drawn["town"], drawn["side"], strict=True))
    assert (drawn["bill"] <= drawn["visit"]).all()
    assert not set(made.provenance.unheld) & set(RULES)


def test_persons_are_like_real_ones(drawn: pd.DataFrame) -> None:
    """Against rows that are dealt to persons at random, which have none of it."""
    real = visits(400, seed=9)
    dealt = drawn.assign(patient_id=np.random.default_rng(0).permutation(drawn["patient_id"]))
    assert abs(_stays(drawn) - _stays(real)) < 0.08 < _stays(real) - _stays(dealt)
    assert abs(_alike(drawn) - _alike(real)) < 0.15 < _alike(real) - _alike(dealt)
    counts = [d.groupby("patient_id").size() for d in (real, drawn)]
    assert abs(counts[0].mean() - counts[1].mean()) < 0.5
    gaps = [_gaps(d) for d in (real, drawn)]
    assert abs((gaps[0] == 0).mean() - (gaps[1] == 0).mean()) < 0.09
    assert abs(gaps[0].mean() - gaps[1].mean()) < 12


def _gaps(data: pd.DataFrame) -> pd.Series:
    """The days between the rows of a person."""
    return data.sort_values("visit").groupby("patient_id")["visit"].diff().dt.days.dropna()


def _stays(data: pd.DataFrame) -> float:
    """How often a job is that of the row before."""
    ordered = data.sort_values(["patient_id", "visit", "spent"])
    before = ordered.groupby("patient_id")["job"].shift(1)
    return float((ordered["job"] == before)[before.notna()].mean())


def _alike(data: pd.DataFrame) -> float:
    """How much of the spread of scores lies between persons."""
    known = data.dropna(subset=["score"])
    within = known["score"] - known.groupby("patient_id")["score"].transform("mean")
    return float(1 - within.var() / known["score"].var())


def test_a_person_does_not_hang_on_how_many_are_drawn(
    made: trimtab.Synthesizer, drawn: pd.DataFrame
) -> None:
    few = made.sample(persons=40, seed=1)
    pd.testing.assert_frame_equal(few, drawn.head(len(few)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(drawing, "PERSONS_AT_ONCE", 7)
        pd.testing.assert_frame_equal(made.sample(persons=40, seed=1), few)
    whole = drawn.groupby("patient_id").size()
    more, kept = (made.sample(rows, seed=1).groupby("patient_id").size() for rows in (400, 150))
    assert all(kept[who] == whole[who] for who in kept.index if who in whole.index)
    first = len(kept) - 12  # of the last ones it hangs on how many rows are left
    assert first > 5 and kept.index[:first].equals(more.index[:first])


@pytest.mark.parametrize("rows", [1, 17, 150, 1000])
def test_rows_are_made_of_whole_persons(made: trimtab.Synthesizer, rows: int) -> None:
    drawn = made.sample(rows, seed=3)
    assert len(drawn) == rows
    assert (drawn.groupby("patient_id")["visit"].diff().dropna() >= pd.Timedelta(0)).all()


def test_a_saved_model_draws_the_same(made: trimtab.Synthesizer, tmp_path: Path) -> None:
    made.save(tmp_path / "m.trimtab")
    again = trimtab.load(tmp_path / "m.trimtab")
    pd.testing.assert_frame_equal(again.sample(persons=60, seed=4), made.sample(persons=60, seed=4))
    again.save(tmp_path / "again.trimtab")
    assert (tmp_path / "m.trimtab").read_bytes() == (tmp_path / "again.trimtab").read_bytes()


def test_what_persons_have_once_can_be_given(made: trimtab.Synthesizer) -> None:
    asked = made.sample(persons=80, where={"side": "n", "sex": "f"}, seed=2)
    assert asked["patient_id"].nunique() == 80
    assert (asked["side"] == "n").all() and set(asked["town"]) <= TOWNS["n"]
    assert asked["score"].mean() > made.sample(persons=80, where={"side": "s"})["score"].mean() + 8
    exact = made.sample(90, where={"side": ["n"]}, seed=2)
    assert len(exact) == 90 and (exact["side"] == "n").all()


def test_a_survey_has_its_own_years_alone() -> None:
    made = trimtab.fit(survey(), model="persons")
    drawn = made.sample(persons=400, seed=1)
    assert set(drawn["year"]) == {2001, 2003, 2004, 2008}
    of_person = drawn.groupby("who")
    assert not drawn.duplicated(["who", "year"]).any()
    assert (of_person["year"].diff().dropna() > 0).all()
    real = survey().groupby("who").size().value_counts(normalize=True)
    found = of_person.size().value_counts(normalize=True)
    assert (real - found).abs().max() < 0.12


@pytest.fixture(scope="module")
def measured() -> trimtab.Synthesizer:
    return trimtab.fit(measurements(), model="persons")


def _lasts(data: pd.DataFrame) -> float:
    """How a value, ranked in its kind, correlates with the person's last of that kind."""
    ordered = data.dropna(subset=["value"]).sort_values(["patient_id", "day"], kind="stable")
    rank = ordered.groupby("what")["value"].rank(pct=True)
    before = rank.groupby([ordered["patient_id"], ordered["what"]]).shift(1)
    return float(rank.corr(before))


def test_values_of_a_kind_last_in_a_person(measured: trimtab.Synthesizer) -> None:
    real, drawn = measurements(400, seed=8), measured.sample(persons=400, seed=1)
    assert _lasts(real) > 0.6 and _lasts(drawn) > 0.4
    g = np.random.default_rng(0)
    apart = real.assign(value=real.groupby("what")["value"].transform(g.permutation))
    assert abs(_lasts(apart)) < 0.15
    for kind in KINDS:
        own = [d.loc[d["what"] == kind, "value"].dropna() for d in (measurements(), drawn)]
        assert own[0].min() <= own[1].min() and own[1].max() <= own[0].max()
        assert abs(own[0].median() - own[1].median()) < 0.25 * own[0].std()
    assert abs(drawn["value"].isna().mean() - 0.05) < 0.03


def test_persons_with_values_of_kinds_are_saved_and_drawn_alike(
    measured: trimtab.Synthesizer, tmp_path: Path
) -> None:
    measured.save(tmp_path / "m.trimtab")
    again = trimtab.load(tmp_path / "m.trimtab")
    drawn = measured.sample(persons=60, seed=4)
    pd.testing.assert_frame_equal(again.sample(persons=60, seed=4), drawn)
    few = again.sample(persons=9, seed=4)
    pd.testing.assert_frame_equal(few, drawn.head(len(few)))


def test_rules_of_numbers_of_kinds_are_kept(measured: trimtab.Synthesizer) -> None:
    """One that is found, and one that free draws would break."""
    assert "value within what" in {r.text for r in measured.schema.rules or ()}
    data = measurements()
    spread = data["what"].map({kind: spread for kind, (_, spread, _) in KINDS.items()})
    below = np.random.default_rng(1).gamma(1.0, 0.3, len(data)) * spread
    data["usual"] = (data["value"] - below).round(2)
    made = trimtab.fit(
        data, schema=prepare(data).schema.add_rule("usual <= value"), model="persons"
    )
    assert not {*made.provenance.unheld, *measured.provenance.unheld}
    drawn = made.sample(persons=300, seed=2).dropna(subset=["usual", "value"])
    assert len(drawn) > 1500 and (drawn["usual"] <= drawn["value"]).all()
    free = drawn["value"].groupby(drawn["what"]).transform(np.random.default_rng(2).permutation)
    assert (drawn["usual"] > free).mean() > 0.2


@pytest.mark.parametrize(
    "change",
    [
        lambda c: c.update(kinds=None),
        lambda c: c.update(by="itself"),
        lambda c: c["kinds"].update(label="value"),
        lambda c: c["kinds"].update(label="nothing"),
        lambda c: c["kinds"]["grids"].pop(),
        lambda c: c["kinds"]["grids"][0].update(kind="label"),
        lambda c: c.update(location=None),
        lambda c: c.update(shrunk=[1.0, 0.0, 1.0]),
        lambda c: c.update(shrunk=[1.0]),
    ],
)
def test_kinds_that_contradict_the_rest(
    change: Callable[[Any], None], measured: trimtab.Synthesizer, tmp_path: Path
) -> None:
    measured.save(tmp_path / "m.trimtab")
    members = unpacked(tmp_path / "m.trimtab")
    structure = json.loads(members[JSON])
    change(_column(structure, "value"))
    members[JSON] = json.dumps(structure).encode()
    refused(packed(tmp_path / "wrong.trimtab", members))


def test_rows_that_no_persons_come_to_are_refused() -> None:
    four = survey()
    four = four[four.groupby("who")["year"].transform("size") == 4]
    made = trimtab.fit(four, model="persons")
    with pytest.raises(RefusedError, match=r"ask for 20 or 24 rows, or for a number of persons"):
        made.sample(22)
    assert len(made.sample(24)) == 24


def test_what_cannot_be_asked(made: trimtab.Synthesizer) -> None:
    with pytest.raises(RefusedError, match="job differ between the rows of a person"):
        made.sample(persons=5, where={"job": "a"})
    with pytest.raises(RefusedError, match="born are drawn by how far they lie"):
        made.sample(persons=5, where={"born": pd.Timestamp("1950-01-01")})
    with pytest.raises(InputError, match="persons excludes rows"):
        made.sample(5, persons=5)
    with pytest.raises(InputError, match="persons = 0"):
        made.sample(persons=0)
    rows = visits().head(3)[["sex", "job"]]
    with pytest.raises((RefusedError, PlanError)):
        made.sample(given=rows)
    single = trimtab.fit(visits()[["sex", "job", "score"]], model="trees")
    with pytest.raises(InputError, match='fit with `model="persons"`'):
        single.sample(persons=5)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d.drop(columns="patient_id"), "no column says whose the rows are"),
        (
            lambda d: d.assign(patient_id=np.arange(len(d)) // 2 * 0 + 5),
            "entity|says whose|persons",
        ),
        (lambda d: d[d["patient_id"] < 7040], "expected at least 20"),
        (lambda d: d[["patient_id", "sex", "side"]], "no column differs between the rows"),
    ],
)
def test_tables_without_persons_are_refused(
    change: Callable[[pd.DataFrame], pd.DataFrame], message: str
) -> None:
    with pytest.raises((RefusedError, InputError), match=message):
        trimtab.fit(change(visits()), model="persons")


def test_one_row_a_person_is_said() -> None:
    data = visits().drop_duplicates("patient_id")
    ruled = prepare(visits()).schema
    with pytest.raises(RefusedError, match="each person of the table has one row"):
        trimtab.fit(data, schema=ruled, model="persons")


def test_what_differs_between_rows_is_not_given() -> None:
    for ask in ({"by": ["job"]}, {"by": ["sex", "job"]}):
        with pytest.raises(RefusedError, match="job: differs between the rows of a person"):
            trimtab.balance(visits(), **ask, model="persons")
    with pytest.raises(RefusedError, match="last: drawn by how far it lies"):
        trimtab.balance(visits(), ["last"], bins={"last": 2}, model="persons")
    with pytest.raises(RefusedError, match="job: differs"):
        trimtab.fit(visits(), first=["job"], model="persons")


def _column(structure: Any, name: str) -> Any:
    return next(c for c in structure["columns"] if c["name"] == name)


@pytest.mark.parametrize(
    "change",
    [
        lambda s: s["columns"].reverse(),
        lambda s: s["columns"].pop(),
        lambda s: s["columns"].append(s["columns"][-1]),
        lambda s: s["columns"][0].update(least=2),
        lambda s: s["columns"][1].update(by="never"),
        lambda s: s["columns"][-1].update(by="before"),
        lambda s: s["columns"][0].update(waves=True),
        lambda s: _column(s, "job").update(stay=None),
        lambda s: _column(s, "job").update(stay=None, stay_grid=None),
        lambda s: _column(s, "score").update(location=None),
        lambda s: s["constants"].pop(),
        lambda s: s["constants"].append("visit"),
        lambda s: s["bounds"].append("job"),
        lambda s: s.update(moment="job"),
        lambda s: s.update(most=0),
        lambda s: s["distances"].append({"name": "job", "sign": 1, "ends": [1, 2]}),
        lambda s: s["distances"][0].update(ends=[9, 1]),
        lambda s: s["distances"][0].update(sign=0),
        lambda s: s["grids_of_people"].pop(),
        lambda s: s["grids_of_people"].reverse(),
        lambda s: s["people"].update(block=0),
        lambda s: s["kept"].append(3),
    ],
)
def test_structures_that_contradict_each_other(
    change: Callable[[Any], None], made: trimtab.Synthesizer, tmp_path: Path
) -> None:
    made.save(tmp_path / "m.trimtab")
    members = unpacked(tmp_path / "m.trimtab")
    structure = json.loads(members[JSON])
    change(structure)
    members[JSON] = json.dumps(structure).encode()
    refused(packed(tmp_path / "wrong.trimtab", members))


def test_arrays_are_needed_and_checked(made: trimtab.Synthesizer, tmp_path: Path) -> None:
    made.save(tmp_path / "m.trimtab")
    arrays = stored(tmp_path / "m.trimtab")
    own = [n for n in arrays if n.startswith(("row.", "people."))]
    assert len(own) > 50
    for name in own[:: max(1, len(own) // 25)]:
        values = arrays[name]
        refused(hostile(tmp_path / "m.trimtab", tmp_path / "w.trimtab", {name: None}))
        refused(hostile(tmp_path / "m.trimtab", tmp_path / "w.trimtab", {name: values[None]}))


@pytest.mark.parametrize("seed", range(4))
def test_balanced_persons_come_out_as_planned(seed: int) -> None:
    """So many persons of each cell, whatever is asked, and each with all its rows."""
    g = np.random.default_rng(seed)
    asked = {(s, t): int(g.integers(0, 40)) for s in ("f", "m") for t in ("n", "s")}
    asked[("f", "n")] += 1
    balanced = trimtab.balance(visits(), ["sex", "side"], asked, unit="persons", seed=seed)
    found = balanced.table.drop_duplicates("patient_id").groupby(["sex", "side"]).size()
    assert found.to_dict() == {cell: n for cell, n in asked.items() if n}
    of_person = balanced.table.groupby("patient_id")
    assert (of_person[["sex", "side", "born"]].nunique() == 1).all(axis=None)
    assert all(
        t in TOWNS[s] for t, s in zip(balanced.table["town"], balanced.table["side"], strict=True)
    )


def test_a_balance_of_persons_is_said_in_persons() -> None:
    plan = trimtab.plan_balance(visits(), ["sex"], unit="persons", rows=80)
    assert (plan.unit.value, plan.rows, [c.generated_rows for c in plan.cells]) == (
        "persons",
        80,
        [40, 40],
    )
    assert sum(c.real_rows for c in plan.cells) == visits()["patient_id"].nunique()
    assert "80 persons to generate" in plan.reason and " rows to" not in plan.reason
    again = trimtab.balance(visits(), ["sex"], unit="persons", mode="augment")
    real = visits()["patient_id"].nunique()
    assert again.table["patient_id"].nunique() >= real
    assert set(visits()["patient_id"]) <= set(again.table["patient_id"])


@pytest.mark.parametrize(
    ("by", "more", "message"),
    [
        (["job"], {}, "job differs between the rows of a person"),
        (["nobody"], {}, "no column 'nobody'"),
        (["sex"], {"model": "trees"}, "draws rows one by one"),
        (["sex"], {"unit": "people"}, "unit"),
    ],
)
def test_persons_that_cannot_be_balanced(by: list[str], more: dict[str, Any], message: str) -> None:
    with pytest.raises((RefusedError, InputError), match=message):
        trimtab.balance(visits(), by, **{"unit": "persons", **more})


@pytest.mark.stress
def test_balanced_persons_are_judged_as_planned() -> None:
    balanced = trimtab.balance(visits(), ["sex"], unit="persons", holdout=0.25, seed=2)
    assert balanced.scorecard is not None
    (score,) = [s for s in balanced.scorecard.scores if s.measure == "planned_rows_delivered"]
    assert score.value == 1.0
    plan = trimtab.plan_balance(visits(), ["sex"], {"f": 30, "m": 41}, unit="persons")
    card = trimtab.evaluate(visits(), balanced.table, plan=plan, sections=["fidelity"])
    (score,) = [s for s in card.scores if s.measure == "planned_rows_delivered"]
    assert score.value == 0.0 and "has 75 persons where 30 were planned" in score.because


def test_rows_of_nobody_are_no_persons_to_balance() -> None:
    with pytest.raises(InputError, match="no column says whose the rows are"):
        trimtab.balance(visits().drop(columns="patient_id"), ["sex"], unit="persons")
