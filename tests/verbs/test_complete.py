"""`complete`: rows completed from a table by whichever model conditions exactly on their cells."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import trimtab
from trimtab._random import Key
from trimtab.errors import ColumnError, InputError, PlanError, RefusedError, TableError
from trimtab.model.network.network import Network
from trimtab.model.neural import extras
from trimtab.model.trees import fit
from trimtab.model.trees.trees import Trees

Run = Callable[..., tuple[int, str, str]]
NAMES = ["town", "size", "age", "paid", "day", "id"]


def table(rows: int = 300) -> pd.DataFrame:
    """Labels with rare ones and gaps, numbers, days, an identifier and a column to leave out."""
    g = Key(17).generator()
    town = g.choice(["Oslo", "Bari", "Graz"], rows).astype(object)
    town[:3] = ["Lyon", "Turku", "Turku"]
    town[g.random(rows) < 0.1] = None
    town[0] = "Lyon"
    age = g.integers(18, 90, rows)
    return pd.DataFrame(
        {
            "town": town,
            "size": g.choice(["S", "M", "L"], rows),
            "age": age,
            "paid": np.round(age * 3.5 + g.normal(0, 20, rows), 2),
            "day": pd.Timestamp("2020-01-01") + pd.to_timedelta(g.integers(0, 200, rows), "D"),
            "id": [f"P{i}" for i in range(rows)],
            "left": g.random(rows),
        }
    )


def assert_as_given(made: pd.DataFrame, given: pd.DataFrame) -> None:
    """Every given cell is unchanged, and every gap of a given column filled."""
    assert len(made) == len(given)
    for name in given.columns:
        known = given[name].notna().to_numpy()
        assert made[name][known].tolist() == given[name].loc[known].tolist(), name
        assert made[name].notna().all(), name


def without_cells(rows: pd.DataFrame, **gaps: list[int]) -> pd.DataFrame:
    """Rows with some cells emptied: column -> row numbers."""
    made = rows.astype(object)
    for name, at in gaps.items():
        made.loc[at, name] = None
    return made


def test_rows_of_one_pattern_get_a_chain_that_it_leads() -> None:
    rows = table()[["paid", "day", "age"]].head(8)
    made = trimtab.complete(table(), rows, drop="left")
    model = made.synthesizer.learned.model
    assert isinstance(model, Trees) and set(model.columns[:3]) == {"paid", "day", "age"}
    assert made.reason.startswith("trees: a chain of trees conditions exactly on what is asked")
    assert list(made.table.columns) == NAMES
    assert made.table.dtypes.to_dict() == table()[NAMES].dtypes.to_dict()
    assert_as_given(made.table, rows)
    again = trimtab.complete(table(), rows, drop="left")
    pd.testing.assert_frame_equal(again.table, made.table)
    assert "8 rows" in made._repr_html_() and "completed by trees" in made._repr_html_()


def test_nested_patterns_get_a_chain() -> None:
    rows = table()[["paid", "day", "age"]].head(9)
    rows = without_cells(rows, day=[0, 1, 2, 3, 4], age=[0, 1, 2])
    made = trimtab.complete(table(), rows, drop="left")
    assert isinstance(made.synthesizer.learned.model, Trees)
    assert made.synthesizer.learned.model.columns[:3] == ("paid", "age", "day")
    assert_as_given(made.table, rows)


def test_other_patterns_get_the_network() -> None:
    rows = table()[NAMES[:5]].iloc[10:20].reset_index(drop=True)
    rows = without_cells(rows, age=[0, 5], paid=[1, 5], day=[2, 6], town=[3, 6], size=[4, 7])
    rows.loc[8, :] = None
    made = trimtab.complete(table(), rows, drop="left", minutes=0.02)
    assert isinstance(made.synthesizer.learned.model, Network)
    assert made.reason.startswith(
        "network: the rows give such different columns that no chain of trees conditions on them "
        "exactly (nothing; age, day, paid; "
    )
    assert_as_given(made.table, rows)
    # From now on without the table.
    assert_as_given(made.synthesizer.sample(given=rows.drop(index=8)), rows.drop(index=8))


def test_a_chain_that_was_asked_for_is_refused_before_it_is_learned(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fit, "fit_trees", lambda *_, **__: pytest.fail("something was learned"))
    rows = without_cells(table()[["age", "paid", "day", "size"]].head(3), age=[0], paid=[1])
    with pytest.raises(RefusedError, match=r"\(age, day, size; day, paid, size; .*leave out `mod"):
        trimtab.complete(table(), rows, model="trees")


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extras, "NEEDS", ("no_such_module",))
    rows = without_cells(table()[["age", "paid", "day"]].head(3), age=[0], paid=[1])
    with pytest.raises(RefusedError, match=r"no chain of trees.*install 'trimtab"):
        trimtab.complete(table(), rows)


def test_rare_labels_stay_and_tell_nothing() -> None:
    """A label of one or two rows: its rows are drawn as those of any rare label."""
    rows = pd.DataFrame({"town": ["Lyon", "Turku", "Oslo", None], "age": [40, 40, None, 30]})
    made = trimtab.complete(table(), rows, drop="left")
    assert_as_given(made.table, rows)
    said = "held by too few rows of the table to be learned (2 in town)"
    assert any(said in w for w in made.warnings)
    swapped = rows.assign(town=["Turku", "Lyon", "Oslo", None])
    other = trimtab.complete(table(), swapped, drop="left")
    pd.testing.assert_frame_equal(made.table.drop(columns="town"), other.table.drop(columns="town"))
    # Unless all may show.
    shown = trimtab.complete(table(), rows, drop="left", min_count=0)
    assert not any("too few rows" in w for w in shown.warnings)


def test_a_rare_number_used_as_a_label_stays() -> None:
    data = table().assign(grade=[1, 1, 2, 2, 2] * 59 + [7, 1, 2, 1, 2])
    schema = trimtab.read(data).schema.change("grade", kind="label")
    made = trimtab.complete(data, pd.DataFrame({"grade": [7, 1]}), schema=schema, drop="left")
    assert made.table["grade"].tolist() == [7, 1]
    assert any("(1 in grade)" in w for w in made.warnings)


def test_rows_with_nothing_missing_come_back_as_given() -> None:
    rows = table()[NAMES].dropna().head(4).reset_index(drop=True)
    made = trimtab.complete(table(), rows, drop="left")
    pd.testing.assert_frame_equal(made.table, rows)
    assert "4 of the 4 given rows have nothing missing: they come back as given." in made.warnings


def test_rows_with_all_missing_are_drawn() -> None:
    rows = table()[NAMES[:5]].head(4).astype(object)
    rows = rows.where(rows.isna(), None)
    made = trimtab.complete(table(), rows, drop="left", seed=3)
    assert isinstance(made.synthesizer.learned.model, Trees)
    assert made.table.notna().all().all()


@pytest.mark.parametrize(
    ("column", "cells"), [("age", ["40", None]), ("age", [40.0, None]), ("day", ["2020-02-02"])]
)
def test_another_dtype_of_the_same_values_is_taken(column: str, cells: list[Any]) -> None:
    made = trimtab.complete(table(), pd.DataFrame({column: cells}), drop="left").table
    assert made[column].dtype == table()[column].dtype
    assert str(made[column][0]).startswith(str(cells[0]).removesuffix(".0"))


BAD: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    "an unknown column": ({"twon": ["a"]}, ColumnError, "given: .* 'twon'. Did you mean 'town'"),
    "a column left out": ({"left": [0.5]}, ColumnError, "'left' is left out.*take it out of the"),
    "an unknown label": ({"town": ["Rome", None]}, PlanError, "town = 'Rome' is no value.*one of"),
    "a number far outside": ({"age": [10**9]}, PlanError, "age = 1000000000 lies far outside"),
    "a fraction of a whole number": ({"age": [1.5]}, PlanError, "age: .*double, expected int64"),
    "text for a number": ({"age": ["old", None]}, TableError, "'age' is a number.*'old'"),
    "numbers for days": ({"day": [1, 2]}, TableError, "'day' is a datetime.*expected dates"),
    "no rows": ({"age": []}, TableError, "0 rows: expected at least one"),
}


@pytest.mark.parametrize(("rows", "error", "message"), BAD.values(), ids=BAD.keys())
def test_bad_rows_are_found_before_anything_is_learned(
    rows: dict[str, Any], error: type[Exception], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fit, "fit_trees", lambda *_, **__: pytest.fail("something was learned"))
    with pytest.raises(error, match=message):
        trimtab.complete(table(), pd.DataFrame(rows), drop="left")


def test_other_bad_input() -> None:
    with pytest.raises(InputError, match=r"model = 'tree': expected one of auto, best, cgan"):
        trimtab.complete(table(), table()[["age"]].head(2), model="tree")
    with pytest.raises(RefusedError, match="the table has 3 rows: expected at least 5"):
        trimtab.complete(table().head(3), pd.DataFrame({"size": [None, None]}))
    gone = table().assign(gone=None)
    with pytest.raises(PlanError, match=r"gone is asked to be filled.*leave that column out"):
        trimtab.complete(gone, pd.DataFrame({"age": [30], "gone": [None]}))


def test_on_the_command_line(run: Run) -> None:
    trimtab.write(trimtab.read(table()), "t.csv")
    Path("rows.csv").write_text(
        "town,paid,day\nLyon,120.5,2020-03-01 00:00:00\nOslo,90,2020-03-02 00:00:00\n"
    )
    asked = ("complete", "t.csv", "--given", "rows.csv", "-o", "out.csv", "--drop", "left")
    code, out, err = run(*asked)
    assert code == 0
    assert "Wrote out.csv: 2 rows.\nModel: trees: a chain of trees conditions exactly" in out
    assert "note: Some given labels are held by too few rows" in err
    with Path("out.csv").open(newline="") as file:
        made = list(csv.DictReader(file))
    assert [r["town"] for r in made] == ["Lyon", "Oslo"]
    assert all(all(r.values()) for r in made) and list(made[0]) == NAMES
    code, out, err = run(*asked, "--json")
    told = json.loads(out)
    assert (code, err, told["output"], told["rows"]) == (0, "", "out.csv", 2)
    assert told["model"] == "trees" and told["reason"] and told["warnings"]
    for words, says in [
        (("--given", "rows.csv", "-o", "rows.csv"), "is the same file as --given"),
        (("--given", "nope.csv", "-o", "o.csv"), "nope.csv does not exist"),
        (("--given", "rows.csv", "-o", "o.xls"), "unknown kind of file"),
    ]:
        code, out, err = run("complete", "t.csv", *words)
        assert (code, out) == (2, "") and says in err
    assert sorted(p.name for p in Path().iterdir()) == ["out.csv", "rows.csv", "t.csv"]


def test_the_refusal_of_a_saved_chain_names_the_command(run: Run) -> None:
    trimtab.fit(table(), drop="left").save("m.trimtab")
    Path("rows.csv").write_text("day\n2020-03-01 00:00:00\n")
    code, _, err = run("sample", "m.trimtab", "--given", "rows.csv", "-o", "out.csv")
    assert code == 3
    assert "trimtab complete DATA --given rows.csv -o OUT" in err and "--model network" in err
