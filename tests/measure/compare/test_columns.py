"""Foreign tables: columns that the real table lacks are named, and searched for identifiers."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.measure.compare.test_comparison import FORMS, everything, people
from trimtab._random import Key
from trimtab.errors import ColumnError
from trimtab.measure.compare.columns import renames
from trimtab.measure.compare.comparison import Comparison, compare
from trimtab.measure.privacy.copies import SHARED, copies
from trimtab.measure.score import Score, Verdict

SAMPLES = ("real", "synthetic", "delivered", "holdout")


def besides(table: pa.Table, **columns: Any) -> pa.Table:
    for name, values in columns.items():
        table = table.append_column(name, pa.array(values))
    return table


def same(one: Comparison, other: Comparison) -> bool:
    """Whether what is compared is the same, in columns and rows."""
    assert one.features == other.features
    for name in SAMPLES:
        mine, theirs = (getattr(c, name) for c in (one, other))
        assert (mine is None) == (theirs is None)
        if mine is not None:
            for feature in one.features:
                np.testing.assert_array_equal(
                    mine.values[feature.name], theirs.values[feature.name]
                )
    return True


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("which", ["synthetic", "holdout", "both"])
def test_columns_besides_are_named_and_change_nothing(
    form: str, which: str, tmp_path: Path
) -> None:
    table = everything()
    wide = besides(table.select(table.column_names[::-1]), made_by=["tool"] * table.num_rows,
                   fold=list(range(table.num_rows)))  # fmt: skip
    tables = {
        name: FORMS[form](wide if which in (name, "both") else table, tmp_path)
        for name in ("synthetic", "holdout")
    }
    made = compare(table, tables["synthetic"], tables["holdout"])
    assert same(made, compare(table, table, table))
    named = [n for n in made.notes if "that the real table lacks: 'made_by', 'fold'" in n]
    expected = {"synthetic": ["The synthetic table"], "holdout": ["The holdout"]}
    expected["both"] = expected["synthetic"] + expected["holdout"]
    assert [n.split(" has 2 columns")[0] for n in named] == expected[which]
    assert all("They are not compared." in n for n in named)


def test_without_columns_besides_there_is_no_note() -> None:
    assert compare(everything(), everything(), everything()).notes == ()
    asked = compare(everything(), besides(everything(), x=["a"] * 48), drop=["x"])
    assert asked.notes == ()  # left out on request


def test_one_column_besides_is_one() -> None:
    made = compare(everything(), besides(everything(), x=["a"] * 48))
    assert made.notes == (
        "The synthetic table has a column that the real table lacks: 'x'. It is not compared.",
    )


# --- identifiers under another name -----------------------------------------------------------


def shared(comparison: Comparison) -> dict[str, Score]:
    found = copies(comparison, Key(0)).scores
    return {s.about[0]: s for s in found if s.measure == SHARED.name}


def nameless(rows: int = 40) -> pa.Table:
    return people(rows).drop_columns(["visit_id", "patient_id"])


def codes(rows: int, first: str) -> list[str]:
    """Codes that are no series."""
    return [f"{first}{k * 7919 % 999_983:x}" for k in range(rows)]


def coded(rows: int = 60) -> pa.Table:
    return pa.table(
        {"visit_id": codes(rows, "v"), "letter": [f"Dear {c}, come again soon" for c in
         codes(rows, "l")], "age": [20 + k % 9 for k in range(rows)]}
    )  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_real_identifiers_under_another_name_are_found(form: str, tmp_path: Path) -> None:
    table = coded()
    other = pa.table({"age": table["age"], "note": table["letter"], "key": table["visit_id"]})
    made = compare(FORMS[form](table, tmp_path), FORMS[form](other, tmp_path))
    assert [f.name for f in made.features] == ["age"]
    assert set(made.identifiers) == {"key", "note"}
    text = " ".join(made.notes)
    assert "'note', 'key'. They are not compared, and were only searched for values of" in text
    assert "'key' holds values of the real column visit_id: the copy check counts them." in text
    assert "'note' holds values of the real column letter" in text
    scores = shared(made)
    assert {n: (s.value, s.verdict) for n, s in scores.items()} == {
        "key": (1.0, Verdict.POOR),
        "note": (1.0, Verdict.POOR),
    }


def test_some_values_are_counted_as_such() -> None:
    table = coded()
    new = [*table["visit_id"].to_pylist()[:15], *codes(45, "new")]
    scores = shared(compare(table, besides(table.select(["age"]), key=new)))
    assert scores["key"].value == pytest.approx(0.25)
    assert scores["key"].verdict is Verdict.POOR


def test_where_there_are_none_it_is_said() -> None:
    table = coded()
    made = compare(table, besides(table.select(["age"]), key=codes(60, "new")))
    assert made.identifiers == {} and shared(made) == {}
    (note,) = [n for n in made.notes if "'key'" in n]
    assert note.endswith("It is not compared, and was only searched for values of visit_id, "
                         "letter: there are none.")  # fmt: skip


def test_numbers_are_found_whatever_they_are_written_as() -> None:
    rows = 60
    draw = Key(3).generator().choice(10**9, rows, replace=False)
    table = pa.table({"patient_id": draw, "age": [20 + k % 9 for k in range(rows)]})
    other = besides(table.select(["age"]), code=[str(v) for v in draw[::-1]])
    assert shared(compare(table, other))["code"].verdict is Verdict.POOR


def test_serial_numbers_under_another_name_meet_by_themselves() -> None:
    """A column that counts the rows is no copy of one that does so too."""
    table = pa.table({"patient_id": range(1, 61), "age": [20 + k % 9 for k in range(60)]})
    other = besides(table.select(["age"]), row=list(range(1, 61)))
    scores = shared(compare(table, other))
    assert scores["row"].verdict is Verdict.NONE and "count their rows" in scores["row"].because


def test_only_generated_rows_are_searched() -> None:
    table = coded()
    ids = [*table["visit_id"].to_pylist()[:30], *codes(30, "new")]
    marks = ["real"] * 30 + ["synthetic"] * 30
    other = besides(table.select(["age"]), key=ids, origin=marks)
    made = compare(table, other, origin="origin")
    assert made.identifiers == {}
    assert any("'key'. It is not compared" in n and "there are none" in n for n in made.notes)


def test_an_identifier_that_is_dropped_is_not_searched_for() -> None:
    table = coded()
    made = compare(table, besides(table.select(["age"]), key=table["visit_id"].to_pylist()),
                   drop=["visit_id"])  # fmt: skip
    assert made.identifiers == {}
    assert any("only searched for values of letter: there are none" in n for n in made.notes)


def test_a_name_that_is_nearly_a_missing_identifiers_is_pointed_out() -> None:
    table = coded()
    made = compare(table, besides(table.select(["age"]), VisitID=codes(60, "new")))
    assert "If 'VisitID' is the real column visit_id, rename it: it is then judged as that." in (
        made.notes
    )


# --- columns that are missing -----------------------------------------------------------------


@pytest.mark.parametrize("which", ["the synthetic table", "the holdout"])
def test_a_missing_column_stays_an_error_and_a_rename_is_suggested(which: str) -> None:
    table = everything()
    names = {"age": "Age", "height": "height_m", "day": "colour"}
    other = table.rename_columns([names.get(n, n) for n in table.column_names])
    tables = {"the synthetic table": table, "the holdout": table} | {which: other}
    expected = (
        f"{which} lacks 'age', 'height', 'day' and has 'Age', 'height_m', 'colour' besides: "
        "expected the columns of the real table"
    )
    with pytest.raises(ColumnError, match=f"^{re.escape(expected)}") as caught:
        compare(table, *tables.values())
    hint = "If they are the same, rename 'Age' to 'age'; rename 'height_m' to 'height'. Leave"
    assert hint in str(caught.value)
    assert "colour' to" not in str(caught.value)


def test_a_missing_column_without_a_like_one_has_no_suggestion() -> None:
    table = everything()
    with pytest.raises(ColumnError) as caught:
        compare(table, table.drop_columns(["age"]))
    assert "lacks 'age': expected" in str(caught.value) and "rename '" not in str(caught.value)


NAMES = st.lists(st.text("abcXYZ_ -é", min_size=1, max_size=6), max_size=5, unique=True)


@settings(max_examples=80, deadline=None)
@given(NAMES, NAMES)
def test_each_name_is_suggested_once_and_hangs_on_no_order(one: list[str], two: list[str]) -> None:
    found = renames(one, two)
    assert set(found) <= set(one) and set(found.values()) <= set(two)
    assert len(set(found.values())) == len(found)
    assert renames(one[::-1], two[::-1]) == found


def test_names_that_differ_in_case_and_signs_are_the_same() -> None:
    lacking = ["avg_glucose_level", "age", "Residence type"]
    added = ["AVG GLUCOSE LEVEL", "wage", "Age", "residence_type", "id"]
    assert renames(lacking, added) == {
        "avg_glucose_level": "AVG GLUCOSE LEVEL",
        "age": "Age",
        "Residence type": "residence_type",
    }
    assert renames(["sex"], ["gender"]) == {}
