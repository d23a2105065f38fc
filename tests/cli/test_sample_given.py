"""`sample --given`: rows with gaps, and what is no table of such rows.

Each kind of bad input, with what its message must hold. Filling itself is tested in
tests/plan/test_execute.py and tests/laws.
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
from trimtab import Synthesizer
from trimtab._random import Key
from trimtab.errors import ColumnError, PlanError, TableError

Run = Callable[..., tuple[int, str, str]]


def table(rows: int = 200) -> pd.DataFrame:
    """A label, a whole number, days, a flag, an identifier and a column to leave out."""
    g = Key(1).generator()
    return pd.DataFrame(
        {
            "g": g.choice(["a", "b"], rows),
            "x": g.integers(0, 50, rows),
            "day": pd.Timestamp("2020-01-01") + pd.to_timedelta(g.integers(0, 300, rows), "D"),
            "f": g.random(rows) < 0.4,
            "id": [f"P{i}" for i in range(rows)],
            "left": g.random(rows),
        }
    )


@pytest.fixture(scope="module")
def made() -> Synthesizer:
    return trimtab.fit(table(), first=["g", "f", "day", "x"], drop="left")


def test_rows_with_nothing_missing_come_back_as_given(made: Synthesizer) -> None:
    rows = table().drop(columns="left").head(5)
    pd.testing.assert_frame_equal(made.sample(given=rows), rows)
    assert made.plan(given=rows).warnings == (
        "5 of the 5 given rows have nothing missing: they come back as given.",
    )
    rows.loc[[0, 3], "g"] = None
    assert "3 of the 5" in made.plan(given=rows).warnings[0]
    assert made.plan(given=rows[["g", "x"]]).warnings == ()


@pytest.mark.parametrize("dtype", ["as in the table", "object"])
def test_rows_with_all_missing_are_sampled(made: Synthesizer, dtype: str) -> None:
    rows = table().drop(columns="left").astype(object)
    rows = rows.where(rows.isna(), None)
    if dtype == "as in the table":
        rows = rows.astype({"x": "float64", "day": "datetime64[ns]"})
    drawn = made.sample(given=rows, seed=2)
    pd.testing.assert_frame_equal(drawn, made.sample(len(rows), seed=2))
    assert drawn.notna().all().all()


BAD: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    "an unknown column": ({"G": ["a"]}, ColumnError, r"'G'. Did you mean 'g'\?"),
    "a column that was left out": ({"left": [0.5]}, ColumnError, "'left' was left out"),
    "another table": ({"speed": [1], "weight": [2]}, ColumnError, "'speed'.*The columns are: g"),
    "an unknown label": ({"g": ["q", None]}, PlanError, "g = 'q' is no value.*one of (a, b|b, a)"),
    "an unknown label among the days": ({"day": ["tomorrow"]}, TableError, "day.*pattern"),
    "text for a number": ({"x": ["red", None]}, TableError, "'x' is a number.*'red'.*expected"),
    "numbers for a label": ({"g": [1, 2]}, PlanError, "g = '1' is no value"),
    "numbers for days": ({"day": [1, 2]}, TableError, "'day' is a datetime.*int64: expected dates"),
    "numbers for a flag": ({"f": [3, 0]}, PlanError, "f: the values given.*true or false"),
    "a fraction of a whole number": ({"x": [1.5, None]}, PlanError, "x: .*double, expected int64"),
    "an infinity": ({"x": [np.inf, None]}, TableError, "'x' is infinite in row 1"),
    "a number far outside": ({"x": [1e12, None]}, PlanError, "far outside.*that range"),
    "no rows": ({"x": []}, TableError, "0 rows: expected at least one"),
    "cells that are lists": ({"x": [[1], [2]]}, TableError, "'x' holds values of Arrow type list"),
}  # fmt: skip


@pytest.mark.parametrize(("rows", "error", "message"), BAD.values(), ids=BAD.keys())
def test_bad_rows(
    made: Synthesizer, rows: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        made.sample(given=pd.DataFrame(rows))


@pytest.mark.parametrize(
    ("column", "cells"),
    [("x", ["12", None]), ("x", [12.0, None]), ("f", [1, 0]), ("day", ["2020-03-01", None])],
    ids=str,
)
def test_another_dtype_of_the_same_values_is_taken(
    made: Synthesizer, column: str, cells: list[Any]
) -> None:
    """Whole numbers as floats or as text, days as text: pandas and files hold them so."""
    drawn = made.sample(given=pd.DataFrame({column: cells}))
    assert drawn[column].dtype == table()[column].dtype
    first = drawn[column][0]
    assert str(first.date() if column == "day" else int(first)) == str(cells[0]).removesuffix(".0")


def test_on_the_command_line(run: Run, made: Synthesizer) -> None:
    made.save("m.trimtab")
    Path("rows.csv").write_text("g,x,day,f,id\na,1,2020-03-01,true,mine\n,,,,\n")
    code, _, err = run("sample", "m.trimtab", "--given", "rows.csv", "-o", "out.csv")
    assert code == 0 and "note: 1 of the 2 given rows have nothing missing" in err
    first = Path("out.csv").read_text().splitlines()[1]
    assert first == "a,1,2020-03-01 00:00:00,True,mine"  # written as the learned table's types are
    code, out, err = run("sample", "m.trimtab", "--given", "rows.csv", "-o", "out.csv", "--json")
    assert (code, err) == (0, "") and len(json.loads(out)["warnings"]) == 1
