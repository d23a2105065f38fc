"""Plans over persons: exact counts of rows or of persons in each cell, by whole persons."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import trimtab
from tests.model.trees.persons.panels import survey, visits
from trimtab.errors import RefusedError
from trimtab.table.files import to_native

BY = ("sex", "side")
CELLS = [(sex, side) for sex in ("f", "m") for side in ("n", "s")]


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    return visits()[["patient_id", "visit", "sex", "side"]]


@pytest.fixture(scope="module")
def made(data: pd.DataFrame) -> trimtab.Synthesizer:
    return trimtab.fit(data, first=BY)


def wanted(seed: int) -> tuple[list[str], dict[Any, int], str]:
    """Random columns, counts and unit."""
    g = np.random.default_rng(seed)
    by = [["sex"], ["side"], ["sex", "side"], ["side", "sex"]][int(g.integers(4))]
    cells: list[Any] = {1: ["f", "m"] if by == ["sex"] else ["n", "s"]}.get(len(by), CELLS)
    if by == ["side", "sex"]:
        cells = [(side, sex) for sex, side in CELLS]
    counts = {cell: int(g.integers(0, 80)) * int(g.random() < 0.8) for cell in cells}
    counts[cells[0]] += 1
    return by, counts, "persons" if g.random() < 0.3 else "rows"


def check(made: trimtab.Synthesizer, data: pd.DataFrame, seed: int) -> None:
    by, counts, unit = wanted(seed)
    plan = trimtab.plan_balance(data, by, counts, unit=unit, min_support=1)
    drawn = to_native(made.draw(plan, seed=seed))
    counted = drawn if unit == "rows" else drawn.drop_duplicates("patient_id")
    found = counted.groupby(by[0] if len(by) == 1 else by).size().to_dict()
    assert found == {cell: n for cell, n in counts.items() if n}
    assert (drawn.groupby("patient_id")[list(BY)].nunique() == 1).all(axis=None)
    assert (drawn.groupby("patient_id")["visit"].diff().dropna() >= pd.Timedelta(0)).all()


@pytest.mark.parametrize("seed", range(24))
def test_cells_are_exact(made: trimtab.Synthesizer, data: pd.DataFrame, seed: int) -> None:
    check(made, data, seed)


@pytest.mark.stress
@pytest.mark.parametrize("part", range(10))
def test_cells_are_exact_in_a_thousand_plans(
    made: trimtab.Synthesizer, data: pd.DataFrame, part: int
) -> None:
    for seed in range(1000 + 100 * part, 1100 + 100 * part):
        check(made, data, seed)


def test_rows_per_person_stay_what_they_are(made: trimtab.Synthesizer, data: pd.DataFrame) -> None:
    """Of cells of few rows, too: the last persons are not only those of one row."""
    counts: dict[str, Any] = {"f": 60, "m": 60}
    plan = trimtab.plan_balance(data, ["sex"], counts)
    few = [to_native(made.draw(plan, seed=s)).groupby("patient_id").size() for s in range(40)]
    free = to_native(made.draw(trimtab.plan_balance(data, ["sex"], unit="persons"), seed=1))
    shares = [pd.concat(few).value_counts(normalize=True), free.groupby("patient_id").size()]
    apart = shares[0].sub(shares[1].value_counts(normalize=True), fill_value=0).abs().sum() / 2
    assert apart < 0.15
    assert abs(pd.concat(few).mean() - shares[1].mean()) < 0.5


def test_persons_of_eight_rows_each() -> None:
    data = survey(60)
    years = np.tile(np.arange(2001, 2005), 60)
    data = pd.DataFrame(
        {
            "who": np.repeat(np.arange(60) + 500, 4),
            "year": years,
            "sex": np.repeat(["f", "m"], 120),
            "pay": np.random.default_rng(1).integers(10, 99, 240),
        }
    )
    balanced = trimtab.balance(data, ["sex"], {"f": 40, "m": 12})
    assert balanced.synthesizer.provenance.model == "persons"
    assert balanced.table.groupby("who").size().eq(4).all()
    with pytest.raises(RefusedError, match=r"14 rows of sex = m cannot .* ask for 12 or 16 rows"):
        trimtab.balance(data, ["sex"], {"f": 40, "m": 14})


def test_new_persons_are_added_to_the_real_ones(data: pd.DataFrame) -> None:
    balanced = trimtab.balance(data, ["sex"], mode="augment", origin="what")
    real = balanced.table[balanced.table["what"] == "real"].drop(columns="what")
    pd.testing.assert_frame_equal(real.reset_index(drop=True), data, check_dtype=False)
    added = balanced.table[balanced.table["what"] == "synthetic"]
    assert not set(added["patient_id"]) & set(data["patient_id"])
    counts = balanced.table["sex"].value_counts()
    assert counts["f"] == counts["m"]


@pytest.mark.stress
def test_ranges_of_what_persons_have_once() -> None:
    data = visits()
    g = np.random.default_rng(4)
    weight = {who: float(g.integers(40, 110)) for who in data["patient_id"].unique()}
    data["weight"] = data["patient_id"].map(weight)
    balanced = trimtab.balance(data, ["weight"], bins={"weight": [60, 90]}, rows=300)
    assert balanced.synthesizer.provenance.model == "persons"
    cut = pd.cut(balanced.table["weight"], [-np.inf, 60, 90, np.inf], right=False)
    assert cut.value_counts().tolist() == [100, 100, 100]
    assert (balanced.table.groupby("patient_id")["weight"].nunique() == 1).all()
    model = trimtab.fit(data, first=["weight", "sex"])
    heavy = model.sample(200, where={"weight": trimtab.Range(90, None), "sex": "f"})
    assert (heavy["weight"] >= 90).all() and set(heavy["sex"]) == {"f"} and len(heavy) == 200


def test_what_differs_between_rows_is_balanced_row_by_row() -> None:
    """And said: with the column and what to do."""
    balanced = trimtab.balance(visits(), ["job"])
    assert balanced.synthesizer.provenance.model == "trees"
    (note,) = [w for w in balanced.warnings if "Not learned as persons" in w]
    assert "job: differs between the rows of a person" in note
    assert balanced.table["job"].value_counts().nunique() <= 2


def test_how_persons_are_distributed(made: trimtab.Synthesizer, data: pd.DataFrame) -> None:
    """Shares of persons, and not of rows; and nothing of what differs between rows."""
    once = data.drop_duplicates("patient_id")
    women = once[once["sex"] == "f"]
    told = made.conditional({"sex": "f"}, "side")
    assert (told.rows, told.noun) == (len(once), "persons")
    assert abs(told.values["n"] - (women["side"] == "n").mean()) < 0.08  # of 66
    assert abs(told.support - len(women)) < 3 and "persons like what is given" in told.basis
    drawn = made.sample(persons=3000, where={"sex": "f"}, seed=5).drop_duplicates("patient_id")
    assert abs(told.values["n"] - (drawn["side"] == "n").mean()) < 0.03
    with pytest.raises(RefusedError, match="visit differs between the rows of a person"):
        made.conditional({"sex": "f"}, "visit")
