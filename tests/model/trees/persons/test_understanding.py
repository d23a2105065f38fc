"""What of a table belongs to persons, and how their rows follow one another."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.model.trees.persons.panels import survey, visits
from trimtab.model.trees.persons.bounds import bounds_of
from trimtab.model.trees.persons.counting import By
from trimtab.model.trees.persons.understanding import Understanding, understood
from trimtab.synthesis.learn import in_codes
from trimtab.synthesis.settings import settings_of
from trimtab.table.prepare import prepare


def known(data: pd.DataFrame) -> Understanding:
    return understood(in_codes(prepare(data), settings_of("persons", 5, 0)))


def test_what_never_changes_in_a_person_is_its_own() -> None:
    found = known(visits())
    assert set(found.constants) == {"sex", "side", "born", "last"}
    assert found.moment == "visit" and next(iter(found.counting)) == "visit"
    by = {n: c.by for n, c in found.counting.items()}
    assert by["spent"] is By.BEFORE and by["bill"] is By.MOMENT and by["visit"] is By.BEFORE
    assert {n for n, b in by.items() if b is By.ITSELF} == {"town", "job", "score"}
    (note,) = found.notes
    assert "sex, side, born, last are the same in all rows" in note and "order of visit" in note


def test_what_changes_once_is_no_constant() -> None:
    data = visits()
    many = data["patient_id"].value_counts().index[0]
    at = data.index[data["patient_id"] == many][0]
    data.loc[at, "sex"] = "m" if data.loc[at, "sex"] == "f" else "f"
    assert "sex" in known(data).counting


def test_moments_of_a_survey_come_in_waves() -> None:
    found = known(survey())
    assert found.moment == "year" and found.constants == ("born",)
    counting = found.counting["year"]
    assert counting.waves is not None or found.rows.codes["year"].max() == 3  # a label's places
    few = survey()
    few.loc[0, "year"] = 2002  # that of one person would be told
    waves = known(few).counting["year"].waves
    assert waves is None


def test_without_a_moment_rows_stand_as_in_the_table() -> None:
    data = visits()[["patient_id", "sex", "side", "score", "job"]]
    found = known(data)
    assert found.moment is None
    assert all(c.by is By.ITSELF for c in found.counting.values())
    assert "that of the table" in found.notes[0]


def test_moments_with_gaps_are_none() -> None:
    data = visits().drop(columns=["bill"])
    data.loc[3, "visit"] = pd.NaT
    assert known(data).moment is None


def test_the_end_that_nobody_passes_is_a_bound() -> None:
    data = visits()
    coded = in_codes(prepare(data), settings_of("persons", 5, 0))
    assert bounds_of(coded, understood(coded)).columns == ("last",)
    data.loc[data["visit"].idxmax(), "visit"] += pd.Timedelta(days=4000)  # one passes
    coded = in_codes(prepare(data), settings_of("persons", 5, 0))
    assert bounds_of(coded, understood(coded)).columns == ()


@pytest.mark.parametrize("seed", range(3))
def test_bounds_that_are_none_are_not_seen(seed: int) -> None:
    """A date far from all moments is never passed, and says nothing."""
    data = visits(seed=seed)
    far = {w: np.datetime64("2090-01-01") + i for i, w in enumerate(data["patient_id"].unique())}
    data["last"] = data["patient_id"].map(far).astype("datetime64[s]")
    coded = in_codes(prepare(data), settings_of("persons", 5, 0))
    assert bounds_of(coded, understood(coded)).columns == ()
