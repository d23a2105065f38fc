"""The verbs: a caller's type and dtypes come back, ids are fresh, and what matters is said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import trimtab
from trimtab import Kind, Role, datasets
from trimtab.errors import ColumnError, InputError, RefusedError


def frame(rows: int = 160) -> pd.DataFrame:
    """One column of each dtype that people use."""
    g = np.random.Generator(np.random.Philox(5))
    gap = g.random(rows) < 0.15
    return pd.DataFrame(
        {
            "int": g.integers(0, 90, rows),
            "small": g.integers(0, 3, rows).astype("int8"),
            "float": np.where(gap, np.nan, np.round(g.normal(size=rows), 2)),
            "bool": g.random(rows) < 0.5,
            "text": np.where(gap, None, g.choice(["a", "b"], rows).astype(object)),
            "string": pd.Series(g.choice(["x", "y", "z"], rows), dtype="string"),
            "category": pd.Categorical(g.choice(["lo", "hi"], rows), ["lo", "mid", "hi"], True),
            "Int64": pd.array(np.where(gap, None, g.integers(0, 50, rows)), dtype="Int64"),
            "boolean": pd.array(np.where(gap, None, g.random(rows) < 0.5), dtype="boolean"),
            "when": pd.Timestamp("2020-01-01") + pd.to_timedelta(g.integers(0, 400, rows), "D"),
        }
    )  # fmt: skip


def test_pandas_comes_back_with_its_dtypes() -> None:
    given = frame()
    for made in (trimtab.fit(given).sample(30), trimtab.balance(given, "bool", rows=30).table):
        assert isinstance(made, pd.DataFrame)
        assert made.dtypes.to_dict() == given.dtypes.to_dict()
        assert len(made) == 30
        assert isinstance(made.index, pd.RangeIndex)
    grown = trimtab.balance(given, "bool", mode="augment").table
    assert grown.dtypes.to_dict() == given.dtypes.to_dict()
    pd.testing.assert_frame_equal(grown.head(len(given)), given)


def test_polars_comes_back_with_its_dtypes() -> None:
    given = pl.DataFrame(
        {
            "n": pl.Series([i % 7 for i in range(80)], dtype=pl.Int16),
            "c": pl.Series(["a", "b", None, "a"] * 20, dtype=pl.Categorical),
            "t": pl.Series([f"2020-01-{1 + i % 28:02}" for i in range(80)]).str.to_datetime(),
            "f": [0.5, None, 1.5, 2.5] * 20,
        }
    )
    for made in (trimtab.fit(given).sample(30), trimtab.balance(given, "c", rows=30).table):
        assert isinstance(made, pl.DataFrame)
        assert made.schema == given.schema
        assert made.height == 30


def test_pyarrow_and_files_come_back_as_pyarrow(tmp_path: Path) -> None:
    given = datasets.strokes(200).select(["age", "gender", "bmi"])
    assert trimtab.fit(given).sample(9).schema.equals(given.schema)
    path = tmp_path / "strokes.csv"
    trimtab.write(trimtab.read(given), path)
    made = trimtab.balance(path, ["gender"], rows=10).table
    assert isinstance(made, pa.Table)
    assert made.column("gender").to_pylist().count("Male") == 5
    pq.write_table(given, tmp_path / "strokes.parquet")
    assert trimtab.fit(tmp_path / "strokes.parquet").sample(9).schema.names == given.schema.names


def test_a_table_that_was_read_before_is_taken() -> None:
    read = trimtab.read(frame())
    assert isinstance(trimtab.fit(read).sample(4), pd.DataFrame)


@pytest.fixture(scope="module")
def visits() -> pa.Table:
    names = ["PatientID", "RACE", "GENDER", "ObsValueFloat", "UNITS"]
    return datasets.visits(400).select(names)


@pytest.fixture(scope="module")
def augmented(visits: pa.Table) -> trimtab.Balanced:
    return trimtab.balance(visits, ["GENDER"], mode="augment", origin="source")


def test_augmenting_keeps_the_real_rows_first(
    visits: pa.Table, augmented: trimtab.Balanced
) -> None:
    made = augmented.table
    assert made.slice(0, visits.num_rows).drop_columns("source").equals(visits)
    marks = made.column("source").to_pylist()
    assert marks == ["real"] * 400 + ["synthetic"] * (made.num_rows - 400)
    women = [g == "F" for g in made.column("GENDER").to_pylist()]
    assert 2 * sum(women) == made.num_rows
    assert made.num_rows == 400 + augmented.plan.rows


def test_ids_are_fresh_distinct_and_never_real(
    visits: pa.Table, augmented: trimtab.Balanced
) -> None:
    real = set(visits.column("PatientID").to_pylist())
    alone = trimtab.balance(visits, "GENDER", rows=50, model="trees").table
    for made in (augmented.table.slice(400), augmented.synthesizer.sample(500), alone):
        assert not real & set(made.column("PatientID").to_pylist())
        once = made.select(["PatientID", "RACE", "GENDER"]).to_pandas()
        persons = once["PatientID"].nunique()
        assert len(once.drop_duplicates()) == persons, "an id is one person's"
        assert (persons == len(once)) is (made is alone)


def test_what_a_careful_user_should_know_is_said(augmented: trimtab.Balanced) -> None:
    said = " ".join(augmented.warnings)
    assert "Made afresh, never copied: PatientID." in said
    assert "are the same in all rows of each; no column tells the order of their rows" in said
    assert set(augmented.synthesizer.warnings) <= set(augmented.warnings)
    table = pa.table({"g": ["a", "b"] * 30, "rare": ["x"] * 57 + ["p", "q", "q"], "d": [1, 2] * 30})
    said = " ".join(trimtab.balance(table, "g", drop="d").warnings)
    assert 'pooled as "(rare)" in rare' in said
    assert "Left out: d." in said
    patients = datasets.strokes(200)
    twice = dict.fromkeys(patients["bmi"].unique().to_pylist(), 2)
    said = " ".join(trimtab.balance(patients, ["bmi"], twice).warnings)
    assert "Numbers among `by` (bmi)" in said
    assert "Missing values of bmi are balanced as a group of their own." in said
    assert "rest on 1 real row," in said or "rests on 1 real row." in said


def test_a_rare_group_that_is_asked_for_is_not_pooled() -> None:
    table = pa.table({"g": ["a"] * 57 + ["q"] * 3, "x": [float(i % 9) for i in range(60)]})
    made = trimtab.balance(table, "g", rows=40)
    assert made.table.column("g").to_pylist().count("q") == 20
    assert any("g = q rest on 3 real rows" in w for w in made.warnings)


def test_the_seed_decides() -> None:
    given = datasets.strokes(120).select(["age", "gender", "bmi", "stroke"])
    first, again, other = (trimtab.fit(given, seed=s).sample(50, seed=s) for s in (1, 1, 2))
    assert first.equals(again)
    assert not first.equals(other)
    one = trimtab.fit(given)
    assert not one.sample(50, seed=1).equals(one.sample(50, seed=2))
    assert one.sample(20).equals(one.sample(50).slice(0, 20))
    parts = [trimtab.balance(given, ["gender"], rows=30, seed=s).table for s in (1, 1, 2)]
    assert parts[0].equals(parts[1])
    assert not parts[0].equals(parts[2])


def test_a_plan_alone_is_the_plan_that_balance_carries_out() -> None:
    given = datasets.strokes(200).select(["age", "gender", "residence"])
    plan = trimtab.plan_balance(given, ["gender", "residence"], rows=41)
    made = trimtab.balance(given, ["gender", "residence"], rows=41)
    assert made.plan.to_json() == plan.to_json()
    counted = made.table.group_by(["gender", "residence"]).aggregate([([], "count_all")])
    assert sorted(counted.column("count_all").to_pylist()) == [10, 10, 10, 11]
    # The plan can be drawn again, from the same synthesizer.
    assert made.synthesizer.sample(plan=plan).num_rows == 41


def test_names_may_stand_alone() -> None:
    given = datasets.strokes(120)
    made = trimtab.fit(given, first="stroke", drop="bmi", outcome="smoking_status")
    assert made.learned.model.columns[0] == "stroke"
    assert made.learned.model.columns[-1] == "smoking_status"
    assert made.schema["bmi"].role is Role.DROP
    assert "bmi" not in made.sample(3).column_names


def test_a_schema_goes_before_inference() -> None:
    given = datasets.strokes(120)
    schema = trimtab.read(given).schema.change("age", kind=Kind.LABEL).change("bmi", role=Role.DROP)
    made = trimtab.fit(given, schema=schema, min_count=0)
    assert set(made.sample(200).column("age").to_pylist()) <= set(given.column("age").to_pylist())
    assert "bmi" not in made.sample(2).column_names


def test_notebooks_see_escaped_texts() -> None:
    table = pa.table(
        {"<b>": ["<i>", "&"] * 20, "x": list(range(40)), "<u>": ["q"] * 38 + ["r", "s"]}
    )
    made = trimtab.balance(table, ["<b>"])
    for shown in (made._repr_html_(), made.plan._repr_html_(), made.synthesizer._repr_html_()):
        for name in ("<b>", "<i>", "<u>"):
            text = shown.replace("<p><b>", "")
            assert name not in text, text
        assert "&lt;b&gt;" in shown
    assert "&lt;i&gt;" in made._repr_html_()
    assert "&lt;u&gt;" in made.synthesizer._repr_html_()


def test_progress_is_reported() -> None:
    seen: list[tuple[str, int, int]] = []
    given = datasets.strokes(100).select(["age", "gender"])
    trimtab.balance(given, "gender", progress=lambda *step: seen.append(step))
    assert seen[0][0] == "reading"
    assert seen[-1] == ("drawing rows", 100, 100)
    assert all(0 <= done <= total for _, done, total in seen)


def test_one_row_is_never_copied_out() -> None:
    for rows in (1, 3, 4):
        table = datasets.strokes(rows)
        with pytest.raises(RefusedError, match=f"{rows} rows?: expected at least 5"):
            trimtab.fit(table)
    with pytest.raises(RefusedError, match="1 row: expected at least 2"):
        trimtab.fit(datasets.strokes(1), min_count=0)
    assert trimtab.fit(datasets.strokes(5)).sample(3).num_rows == 3
    visits = pa.table({"PatientID": [1, 1, 1, 2, 2, 2] * 4, "x": list(range(24))})
    schema = trimtab.read(visits).schema.change("PatientID", kind=Kind.ENTITY)
    with pytest.raises(RefusedError, match="2 persons"):
        trimtab.fit(visits, schema=schema)


BAD_CALLS: list[tuple[str, dict[str, Any], type[Exception], str]] = [
    ("fit", {"drop": ["nope"]}, ColumnError, "drop: there is no column 'nope'"),
    ("fit", {"outcome": "strok"}, ColumnError, "outcome: .* Did you mean 'stroke'"),
    ("fit", {"first": ["nope"]}, ColumnError, "first: there is no column 'nope'"),
    ("fit", {"first": "bmi", "drop": "bmi"}, ColumnError, "first: column 'bmi' is left out"),
    ("fit", {"outcome": "bmi", "drop": "bmi"}, ColumnError, "outcome: column 'bmi' is left out"),
    ("fit", {"model": "forest"}, InputError, "expected one of auto, best, cgan"),
    ("fit", {"min_count": -1}, InputError, "min_count = -1"),
    ("fit", {"seed": -1}, InputError, "seed = -1"),
    ("fit", {"seed": "x"}, InputError, "seed = 'x'"),
    ("fit", {"drop": datasets.strokes(2).column_names}, InputError, "nothing to learn"),
    ("balance", {"by": "gender", "origin": "age"}, InputError, "choose another name"),
    ("balance", {"by": "gendre"}, ColumnError, "Did you mean 'gender'"),
]


@pytest.mark.parametrize(("verb", "asked", "error", "message"), BAD_CALLS)
def test_bad_calls(verb: str, asked: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        getattr(trimtab, verb)(datasets.strokes(60), **asked)


@pytest.fixture(scope="module")
def made() -> trimtab.Synthesizer:
    return trimtab.fit(datasets.strokes(200))


BAD_SAMPLES: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"rows": 0}, InputError, "rows = 0"),
    ({"rows": 10**12}, InputError, "at most"),
    ({"where": {"gendre": "Male"}}, ColumnError, "where: .* Did you mean 'gender'"),
    ({"where": "gender=Male"}, InputError, "expected a dict"),
    ({"given": pa.table({"gendre": ["Male"]})}, ColumnError, "given: .* Did you mean 'gender'"),
    ({"given": pa.table({"gender": ["Male"]}), "rows": 2}, InputError, "make 1: leave out rows"),
    ({"given": pa.table({"gender": ["Male"]}), "where": {}}, InputError, "exclude each other"),
    ({"rows": 3, "seed": -1}, InputError, "seed = -1"),
]


@pytest.mark.parametrize(("asked", "error", "message"), BAD_SAMPLES)
def test_bad_samples(
    made: trimtab.Synthesizer, asked: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        made.sample(**asked)


def test_a_saved_synthesizer_draws_the_same(made: trimtab.Synthesizer, tmp_path: Path) -> None:
    made.save(tmp_path / "m.trimtab")
    again = trimtab.load(tmp_path / "m.trimtab")
    assert again.sample(40, seed=3).equals(made.sample(40, seed=3))
    assert again.provenance == made.provenance
    assert [p.name for p in tmp_path.iterdir()] == ["m.trimtab"]


def test_results_are_frozen(made: trimtab.Synthesizer) -> None:
    with pytest.raises(AttributeError):
        made.learned = None  # type: ignore[misc]
    plan = made.plan(3)
    with pytest.raises(AttributeError):
        plan.mode = "augment"  # type: ignore[misc]
