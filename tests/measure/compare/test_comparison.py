"""Tables made comparable: columns, label texts, numbers, moments, and what cannot be compared."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pcsv
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab._random import Key
from trimtab.errors import ColumnError, InputError, TableError
from trimtab.measure.compare.comparison import Comparison, compare
from trimtab.predict.sample import MISSING, Feature, Form
from trimtab.table.files import read
from trimtab.table.schema import Kind, Role, Schema

Form_ = Callable[[pa.Table, Path], Any]
ROWS = 48


def everything(rows: int = ROWS) -> pa.Table:
    """A column of each sort; none is an identifier."""
    k = np.arange(rows)
    return pa.table(
        {
            "age": pa.array(20 + k * 7 % 31),
            "height": pa.array(np.round(1.5 + k % 5 / 7, 2)),
            "whole": pa.array((k % 3).astype(float)),
            "sex": pa.array(np.where(k % 2, "F", "M")),
            "code": pa.array(k % 4 + 1),
            "smokes": pa.array(k % 3 == 0),
            "day": pa.array([date(2020, 1, 1 + int(v) % 9) for v in k]),
            "seen": pa.array([datetime(2020, 1, 1, int(v) % 9, 30) for v in k], pa.timestamp("us")),
            "clinic": pa.array(["K1"] * rows),
            "floor": pa.array([3] * rows),
        }
    )


def corrected(source: Any) -> Schema:
    """The inferred schema, with `code` as the label that it is meant to be."""
    return read(source).schema.change("code", kind=Kind.LABEL)


def as_csv(table: pa.Table, folder: Path) -> Path:
    place = folder / f"{id(table)}.csv"
    pcsv.write_csv(table, place)
    return place


def as_parquet(table: pa.Table, folder: Path) -> Path:
    place = folder / f"{id(table)}.parquet"
    pq.write_table(table, place)
    return place


def as_pandas(table: pa.Table, folder: Path) -> Any:
    pytest.importorskip("pandas")
    return table.to_pandas()


def as_polars(table: pa.Table, folder: Path) -> Any:
    return pytest.importorskip("polars").from_arrow(table)


def as_pandas_csv(table: pa.Table, folder: Path) -> Path:
    place = folder / f"{id(table)}.pandas.csv"
    as_pandas(table, folder).to_csv(place, index=False)
    return place


FORMS: dict[str, Form_] = {
    "arrow": lambda table, folder: table,
    "csv": as_csv,
    "csv by pandas": as_pandas_csv,
    "parquet": as_parquet,
    "pandas": as_pandas,
    "polars": as_polars,
}


def alike(comparison: Comparison) -> dict[str, float]:
    """The share of cells that are the same in both tables, by feature; missing equals missing."""
    found = {}
    for feature in comparison.features:
        one, other = (s.values[feature.name] for s in (comparison.real, comparison.synthetic))
        found[feature.name] = float(np.mean((one == other) | ((one != one) & (other != other))))
    return found


@pytest.mark.parametrize("synthetic", FORMS)
@pytest.mark.parametrize("real", FORMS)
def test_the_same_table_is_the_same_however_it_is_kept(
    real: str, synthetic: str, tmp_path: Path
) -> None:
    table = everything()
    first = FORMS[real](table, tmp_path)
    made = compare(first, FORMS[synthetic](table, tmp_path), schema=corrected(first))
    assert {f.name for f in made.features} == set(table.column_names)
    assert alike(made) == dict.fromkeys(table.column_names, 1.0)
    assert all(len(f.labels) == f.known for f in made.labels)


@pytest.mark.parametrize("gap", ["real", "synthetic"])
@pytest.mark.parametrize("form", FORMS)
def test_missing_values_change_no_label(form: str, gap: str, tmp_path: Path) -> None:
    """A missing value makes pandas write whole numbers as "1.0", which still is the label 1."""
    table = everything()
    holed = pa.table(
        {n: pa.array([None, *table[n].to_pylist()[1:]], table[n].type) for n in table.column_names}
    )
    tables = {"real": table, "synthetic": table} | {gap: holed}
    first, second = (FORMS[form](t, tmp_path) for t in tables.values())
    made = compare(first, second, schema=corrected(first))
    assert alike(made) == pytest.approx(dict.fromkeys(table.column_names, 1 - 1 / ROWS))
    for feature in made.features:
        counts = {s.name: int(s.missing(feature).sum()) for s in (made.real, made.synthetic)}
        assert counts == {"real": 0, "synthetic": 0} | {gap: 1}
        assert len(feature.labels) == feature.known


def test_features_and_values_by_hand() -> None:
    real = pa.table(
        {"x": [1, 2, None], "g": ["b", "a", "b"], "d": pa.array([0, 1, 2], pa.date32())}
    )
    synthetic = pa.table(
        {"d": pa.array([None, 5, 5], pa.date32()), "g": ["c", None, "a"], "x": [0.5, None, 7]}
    )
    made = compare(real, synthetic)
    assert [f.name for f in made.features] == ["x", "g", "d"]
    x, g, d = made.features
    assert (x.form, x.moment, x.labels, x.known) == (Form.NUMBER, False, (), 0)
    assert (g.form, g.labels, g.known) == (Form.LABEL, ("b", "a", "c"), 2)
    assert d.is_number and d.moment
    assert x.storage == "int64" and g.storage == "string"
    np.testing.assert_array_equal(made.real.values["x"], [1, 2, np.nan])
    np.testing.assert_array_equal(made.synthetic.values["x"], [0.5, np.nan, 7])
    np.testing.assert_array_equal(made.real.values["g"], [0, 1, 0])
    np.testing.assert_array_equal(made.synthetic.values["g"], [2, MISSING, 1])
    np.testing.assert_array_equal(made.synthetic.values["d"], [np.nan, 5 * 86400, 5 * 86400])
    assert made.real.values["g"].dtype == np.int64 and made.real.values["x"].dtype == np.float64
    assert made["g"] is g
    assert (made.numbers, made.labels) == ((x, d), (g,))
    assert made.real.weights.tolist() == [1, 1, 1]


TEXTS = st.lists(st.none() | st.sampled_from(["a", "b", "A", " ", "é", "1x"]), min_size=1)


@given(TEXTS, TEXTS, TEXTS)
@settings(max_examples=30, deadline=None)
def test_codes_stand_for_the_texts(
    real: list[str | None], synthetic: list[str | None], holdout: list[str | None]
) -> None:
    tables = [pa.table({"g": pa.array(v, pa.string())}) for v in (real, synthetic, holdout)]
    schema = read(tables[0]).schema.change("g", kind=Kind.LABEL, role=Role.KEEP)
    made = compare(*tables, schema=schema)
    (feature,) = made.features
    assert made.holdout is not None
    for sample, given_ in zip(
        (made.real, made.synthetic, made.holdout), (real, synthetic, holdout), strict=True
    ):
        codes = sample.values["g"]
        assert [None if c == MISSING else feature.labels[c] for c in codes] == given_
    assert len(set(feature.labels)) == len(feature.labels)
    assert set(feature.labels[: feature.known]) == {t for t in real if t is not None}
    counts = [real.count(t) for t in feature.labels[: feature.known]]
    assert counts == sorted(counts, reverse=True)


@pytest.mark.parametrize(
    ("real", "synthetic", "labels", "said"),
    [
        (["01", "02", "01"], ["1", "2", "7"], ("01", "02", "7"), "'1' for '01'"),
        (["1", "2", "x"], ["1.0", "2.00", "y"], ("1", "2", "x", "y"), "'1.0' for '1'"),
        (
            ["True", "False", "True"],
            ["true", "true", "yes"],
            ("True", "False", "yes"),
            "'true' for",
        ),
        # Where the real table itself tells them apart, so do we.
        (["1", "01", "1"], ["1.0", "01", "1"], ("1", "01", "1.0"), ""),
        (["a", "A", "a"], ["A", "b", "a"], ("a", "A", "b"), ""),
    ],
)
def test_labels_that_are_only_written_otherwise(
    real: list[str], synthetic: list[str], labels: tuple[str, ...], said: str
) -> None:
    tables = [pa.table({"g": pa.array(v, pa.string())}) for v in (real, synthetic)]
    schema = read(tables[0]).schema.change("g", kind=Kind.LABEL, role=Role.KEEP)
    made = compare(*tables, schema=schema)
    assert made["g"].labels == labels
    notes = [n for n in made.notes if "only written otherwise" in n]
    assert len(notes) == bool(said)
    assert not said or said in notes[0]


def test_real_labels_of_another_type_than_synthetic_ones(tmp_path: Path) -> None:
    codes = ["01234", "02345", "12345"] * 8
    real = pa.table({"zip": codes, "y": list(range(24))})
    synthetic = pa.table({"zip": [int(c) for c in codes], "y": list(range(24))})
    place = as_csv(real, tmp_path)
    made = compare(place, synthetic)
    assert made["zip"].labels == ("01234", "02345", "12345")
    assert alike(made)["zip"] == 1.0


def test_moments_are_seconds_of_one_time_line(tmp_path: Path) -> None:
    place = tmp_path / "real.csv"
    place.write_text("at,y\n" + "".join(f"0{d}.03.2021,{d}\n" for d in range(1, 10)))
    days = [datetime(2021, 3, d) for d in range(1, 10)]
    for unit in ("s", "ms", "us", "ns"):
        synthetic = pa.table({"at": pa.array(days, pa.timestamp(unit)), "y": list(range(1, 10))})
        made = compare(place, synthetic)
        assert made["at"].moment
        np.testing.assert_array_equal(made.real.values["at"], made.synthetic.values["at"])
    utc = [d.replace(tzinfo=UTC).timestamp() for d in days]
    np.testing.assert_array_equal(made.real.values["at"], utc)


@pytest.mark.parametrize(
    ("real", "synthetic", "equal"),
    [
        ("2021-03-{:02}", "2021-03-{:02} 00:00:00", True),
        ("2021-03-{:02}T00:00:00Z", "2021-03-{:02}", True),
        ("{:02}.03.2021", "2021-03-{:02}", True),
        ("{:02}/03/2021", "2021/03/{:02}", True),
        # What the real table writes goes before what the synthetic one alone would say.
        ("{:02}/03/2021 13:45", "{:02}/03/2021 13:45", True),
        ("2021-03-{:02}", "2021-04-{:02} 00:00:00", False),
    ],
)
def test_moments_that_are_only_written_otherwise(
    real: str, synthetic: str, equal: bool, tmp_path: Path
) -> None:
    places = []
    for name, pattern, last in (("real", real, 28), ("synthetic", synthetic, 9)):
        place = tmp_path / f"{name}.csv"
        days = [pattern.format(d) for d in (*range(1, 9), last)]
        place.write_text("at,y\n" + "".join(f"{d},{k}\n" for k, d in enumerate(days)))
        places.append(place)
    made = compare(*places)
    assert made["at"].moment
    assert alike(made)["at"] == pytest.approx(8 / 9 if equal else 0)


def test_numbers_that_are_only_written_otherwise(tmp_path: Path) -> None:
    comma, point = tmp_path / "comma.csv", tmp_path / "point.csv"
    comma.write_text("v;k\n" + "1,234;a\n2,5;b\n12,25;a\n3,125;b\n" * 5)
    point.write_text("v,k\n" + "1.234,a\n2.5,b\n12.25,a\n3.125,b\n" * 5)
    for real, synthetic in ((comma, point), (point, comma)):
        values = compare(real, synthetic).synthetic.values["v"]
        assert values[:4].tolist() == [1.234, 2.5, 12.25, 3.125]


def test_columns_of_another_order_are_aligned() -> None:
    table = everything()
    made = compare(table, table.select(table.column_names[::-1]))
    assert [f.name for f in made.features] == table.column_names
    assert set(alike(made).values()) == {1.0}


@pytest.mark.parametrize("which", ["the synthetic table", "the holdout"])
def test_different_columns_are_an_error(which: str) -> None:
    table = everything()
    other = table.drop_columns(["age", "sex"]).append_column("extra", table["age"])
    tables = {"the synthetic table": table, "the holdout": table} | {which: other}
    expected = f"{which} lacks 'age', 'sex' and has 'extra' besides"
    with pytest.raises(ColumnError, match=re.escape(expected)):
        compare(table, *tables.values())
    if which == "the synthetic table":
        made = compare(table, other, drop=["age", "sex", "extra"])
        assert [f.name for f in made.features] == table.column_names[1:3] + table.column_names[4:]
        assert "age (on request), sex (on request)" in made.notes[0]


def test_an_unknown_column_to_drop_is_an_error() -> None:
    with pytest.raises(ColumnError, match=r"drop: there is no column 'agee'. Did you mean 'age'"):
        compare(everything(), everything(), drop=["agee"])


def test_text_in_a_number_column_is_an_error(tmp_path: Path) -> None:
    table = everything()
    other = table.set_column(0, "age", pa.array(["many"] * ROWS))
    for form in ("arrow", "csv", "pandas"):
        with pytest.raises(TableError) as caught:
            compare(table, FORMS[form](other, tmp_path))
        said = str(caught.value)
        assert said.startswith("the synthetic table does not fit the real table")
        assert "'age'" in said and "'many'" in said


@pytest.mark.parametrize("rows", [0])
def test_empty_tables_are_an_error(rows: int) -> None:
    table = everything()
    empty = table.slice(0, rows)
    with pytest.raises(TableError, match="0 rows"):
        compare(empty, table)
    with pytest.raises(TableError, match=r"^the synthetic table: .*0 rows"):
        compare(table, empty)
    with pytest.raises(TableError, match=r"^the holdout: .*0 rows"):
        compare(table, table, empty)


def test_what_is_no_table_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"the synthetic table: .*does not exist"):
        compare(everything(), tmp_path / "none.csv")
    with pytest.raises(TableError, match="the synthetic table: given a int"):
        compare(everything(), 3)


def test_nothing_left_to_compare_is_an_error() -> None:
    table = pa.table({"id": [f"ab-{k:04d}" for k in range(30)]})
    with pytest.raises(ColumnError, match="no column is left to compare"):
        compare(table, table)
    with pytest.raises(ColumnError, match="no column is left to compare"):
        compare(everything(), everything(), drop=everything().column_names)


def people(rows: int = 40) -> pa.Table:
    return pa.table(
        {
            "patient_id": [f"p{k // 4:03d}" if k % 10 else None for k in range(rows)],
            "visit_id": [f"v-{k:05d}" for k in range(rows)],
            "age": [20 + k % 9 for k in range(rows)],
        }
    )


def test_identifiers_are_kept_apart() -> None:
    table = people()
    made = compare(table, table)
    assert [f.name for f in made.features] == ["age"]
    assert {n: kind for n, (kind, _, _) in made.identifiers.items()} == {
        "patient_id": Kind.ENTITY,
        "visit_id": Kind.IDENTIFIER,
    }
    assert made.identifiers["visit_id"][1].to_pylist() == table["visit_id"].to_pylist()
    assert "patient_id (an identifier), visit_id (an identifier)" in made.notes[0]
    without = compare(table, table.drop_columns(["visit_id"]))
    assert "visit_id (the synthetic table does not have it)" in without.notes[0]
    assert set(without.identifiers) == {"patient_id"}


def test_rows_without_a_person_are_persons_of_their_own() -> None:
    table = people()
    made = compare(table, table.drop_columns(["patient_id"]))
    codes = made.real.people
    assert codes is not None and made.synthetic.people is None
    ids = table["patient_id"].to_pylist()
    for one in range(len(ids)):
        for other in range(one):
            same = ids[one] is not None and ids[one] == ids[other]
            assert (codes[one] == codes[other]) == same


def test_parts_keep_persons_together() -> None:
    made = compare(people(400), people(400))
    trained, tested = made.parts(Key(1))
    assert tested.name == "holdout"
    assert trained.rows + tested.rows == 400
    assert 60 <= tested.rows <= 140
    assert trained.people is not None and tested.people is not None
    assert not set(trained.people) & set(tested.people)


@pytest.mark.parametrize("rows", range(2, 9))
def test_both_parts_of_a_small_table_hold_rows(rows: int) -> None:
    table = pa.table({"x": list(range(rows))})
    schema = read(table).schema.change("x", kind=Kind.NUMBER, role=Role.KEEP)
    made = compare(table, table, schema=schema)
    for seed in range(5):
        trained, tested = made.parts(Key(seed))
        assert trained.rows and tested.rows
        both = np.sort(np.append(trained.values["x"], tested.values["x"]))
        assert both.tolist() == list(range(rows))


def test_parts_are_the_holdout_where_there_is_one() -> None:
    made = compare(everything(), everything(), everything(8))
    assert made.parts(Key(0)) == (made.real, made.holdout)


def marked(rows: int = ROWS) -> pa.Table:
    marks = ["real" if k % 3 else "synthetic" for k in range(rows)]
    return everything(rows).append_column("origin", pa.array(marks))


def test_an_origin_column_says_which_rows_are_judged() -> None:
    made = compare(everything(), marked(), origin="origin")
    assert made.augmented
    assert (made.synthetic.rows, made.delivered.rows) == (ROWS // 3, ROWS)
    expected = (20 + np.arange(ROWS) * 7 % 31)[::3]
    np.testing.assert_array_equal(made.synthetic.values["age"], expected)
    assert any("32 of 48 rows of the synthetic table are real" in n for n in made.notes)
    assert [f.name for f in made.features] == everything().column_names


def test_an_origin_column_that_marks_nothing_is_an_error() -> None:
    other = everything().append_column("origin", pa.array(["real", None] * (ROWS // 2)))
    with pytest.raises(ColumnError, match=r"no row of column 'origin' says 'synthetic'.*'real'"):
        compare(everything(), other, origin="origin")
    with pytest.raises(ColumnError, match="origin, the synthetic table: there is no column"):
        compare(everything(), everything(), origin="origin")
    with pytest.raises(ColumnError, match="the real table has a column 'origin' too"):
        compare(marked(), marked(), origin="origin")


def test_a_table_that_is_all_generated_is_not_augmented() -> None:
    marks = pa.array(["synthetic"] * ROWS)
    made = compare(everything(), everything().append_column("made", marks), origin="made")
    assert not made.augmented
    assert not compare(everything(), everything()).augmented


@pytest.mark.parametrize("augmented", [False, True])
def test_sampled_rows_are_rows_of_the_tables(augmented: bool) -> None:
    synthetic = marked(900) if augmented else everything(900)
    made = compare(
        everything(600), synthetic, everything(30), origin="origin" if augmented else None
    )
    sampled = made.sampled(100, Key(0))
    assert (sampled.real.rows, sampled.synthetic.rows, sampled.delivered.rows) == (100, 100, 100)
    assert sampled.holdout is made.holdout
    assert sampled.augmented == augmented
    assert (sampled.synthetic is sampled.delivered) != augmented
    rows = {tuple(r) for r in zip(*(made.real.values[f.name] for f in made.features), strict=True)}
    for row in zip(*(sampled.real.values[f.name] for f in made.features), strict=True):
        assert tuple(row) in rows
    assert made.sampled(900, Key(0)) is made
    again = made.sampled(100, Key(0))
    np.testing.assert_array_equal(sampled.real.values["age"], again.real.values["age"])


def test_labels_are_features_of_their_own_name() -> None:
    made = compare(everything(), everything())
    assert isinstance(made["sex"], Feature)
    with pytest.raises(ColumnError, match=r"there is no column 'sexx'. Did you mean 'sex'"):
        made["sexx"]


def test_a_column_that_is_all_missing() -> None:
    table = everything().append_column("empty", pa.nulls(ROWS))
    other = everything().append_column("empty", pa.array(["x", None] * (ROWS // 2)))
    made = compare(table, other)
    assert (made["empty"].labels, made["empty"].known) == (("x",), 0)
    assert made.real.missing(made["empty"]).all()
    assert made.synthetic.values["empty"].tolist() == [0, MISSING] * (ROWS // 2)


def test_real_missing_words_are_missing_in_the_other_table_too(tmp_path: Path) -> None:
    place = tmp_path / "real.csv"
    place.write_text("job,y\n" + "clerk,1\n?,2\nnurse,3\n" * 8)
    schema = read(place).schema.change("job", missing=("?",))
    synthetic = pa.table({"job": ["?", "clerk", "nurse"] * 8, "y": [1, 2, 3] * 8})
    made = compare(place, synthetic, schema=schema)
    assert made["job"].labels == ("clerk", "nurse")
    assert made.synthetic.values["job"][:3].tolist() == [MISSING, 0, 1]
