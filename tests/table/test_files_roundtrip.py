"""What a caller gives is what a caller gets back: library, dtypes, values, missing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trimtab.table.files import read, to_native
from trimtab.table.table import Origin, Table
from trimtab.table.writing import write

CET = dt.timezone(dt.timedelta(hours=1))
words = st.text("abcäß ,\"'é\n", max_size=6)
small = st.integers(-100, 100)
counts = st.integers(0, 200)
reals = st.floats(-1e6, 1e6, width=32)
days = st.dates(dt.date(1900, 1, 1), dt.date(2100, 1, 1))
times = st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2100, 1, 1)).map(
    lambda t: t.replace(microsecond=t.microsecond // 1000 * 1000)
)
labels = st.sampled_from(["red", "green", "blue"])
quiet = settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))

PANDAS: list[tuple[str, st.SearchStrategy[Any], bool]] = [
    ("int64", small, False),
    ("int8", small, False),
    ("uint8", counts, False),
    ("uint64", counts, False),
    ("Int64", small, True),
    ("UInt8", counts, True),
    ("float64", reals, True),
    ("float32", reals, True),
    ("Float64", reals, True),
    ("bool", st.booleans(), False),
    ("boolean", st.booleans(), True),
    ("object", words, True),
    ("string", words, True),
    ("category", labels, True),
    ("datetime64[ns]", times, True),
    ("datetime64[us]", times, True),
    ("datetime64[ns, Europe/Paris]", times, True),
    ("timedelta64[ns]", counts.map(lambda n: dt.timedelta(seconds=n)), True),
    ("int64[pyarrow]", small, True),
    ("double[pyarrow]", reals, True),
    ("string[pyarrow]", words, True),
    ("bool[pyarrow]", st.booleans(), True),
    ("timestamp[ms][pyarrow]", times, True),
    ("date32[pyarrow]", days, True),
]

ARROW: list[tuple[pa.DataType, st.SearchStrategy[Any]]] = [
    (pa.int8(), small),
    (pa.uint32(), counts),
    (pa.int64(), small),
    (pa.float32(), reals),
    (pa.float64(), reals),
    (pa.decimal128(12, 2), st.decimals(-1000, 1000, places=2)),
    (pa.bool_(), st.booleans()),
    (pa.string(), words),
    (pa.large_string(), words),
    (pa.string_view(), words),
    (pa.dictionary(pa.int8(), pa.string()), labels),
    (pa.dictionary(pa.int32(), pa.large_string()), labels),
    (pa.dictionary(pa.int16(), pa.int64()), small),
    (pa.date32(), days),
    (pa.date64(), days),
    (pa.timestamp("s"), times.map(lambda t: t.replace(microsecond=0))),
    (pa.timestamp("ms"), times),
    (pa.timestamp("ns"), times),
    (pa.timestamp("us", tz="Europe/Paris"), times.map(lambda t: t.replace(tzinfo=CET))),
    (pa.duration("us"), counts.map(lambda n: dt.timedelta(microseconds=n))),
    (pa.time64("us"), st.times()),
    (pa.null(), st.none()),
]

POLARS: list[tuple[Any, st.SearchStrategy[Any]]] = [
    (pl.Int16(), small),
    (pl.UInt8(), counts),
    (pl.Float32(), reals),
    (pl.Float64(), reals),
    (pl.String(), words),
    (pl.Boolean(), st.booleans()),
    (pl.Categorical(), labels),
    (pl.Enum(["red", "green", "blue", "never"]), labels),
    (pl.Date(), days),
    (pl.Datetime("ms"), times),
    (pl.Datetime("us", "Europe/Paris"), times.map(lambda t: t.replace(tzinfo=CET))),
    (pl.Duration("us"), counts.map(lambda n: dt.timedelta(microseconds=n))),
    (pl.Time(), st.times()),
    (pl.Decimal(12, 2), st.decimals(-1000, 1000, places=2)),
]


def cells(values: st.SearchStrategy[Any], nullable: bool = True) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.none() | values if nullable else values, min_size=1, max_size=12)


@pytest.mark.parametrize(("dtype", "values", "nullable"), PANDAS, ids=[p[0] for p in PANDAS])
@quiet
@given(st.data())
def test_pandas_comes_back(
    dtype: str, values: st.SearchStrategy[Any], nullable: bool, data: st.DataObject
) -> None:
    column = data.draw(cells(values, nullable))
    if "Paris" in dtype:
        series = pd.Series(pd.to_datetime(column)).astype("datetime64[ns]")
        series = series.dt.tz_localize("UTC").astype(dtype)
    elif dtype.endswith("[pyarrow]") and dtype != "string[pyarrow]":
        type_ = {"double": pa.float64(), "date32": pa.date32()}.get(dtype.split("[")[0])
        if type_ is None:
            type_ = {"int64": pa.int64(), "bool": pa.bool_(), "timestamp": pa.timestamp("ms")}[
                dtype.split("[")[0]
            ]
        series = pd.Series(column, dtype=pd.ArrowDtype(type_))
    else:
        series = pd.Series(column, dtype=dtype)
    frame = pd.DataFrame({"x": series, "row": range(len(series))})
    pd.testing.assert_frame_equal(to_native(read(frame)), frame)


@pytest.mark.parametrize(("type_", "values"), ARROW, ids=[str(a[0]) for a in ARROW])
@quiet
@given(st.data())
def test_arrow_comes_back(
    type_: pa.DataType, values: st.SearchStrategy[Any], data: st.DataObject
) -> None:
    given_table = pa.table({"x": pa.array(data.draw(cells(values)), type_)})
    back = to_native(read(given_table))
    assert back.schema == given_table.schema
    assert back.column("x").to_pylist() == given_table.column("x").to_pylist()


@pytest.mark.parametrize(("dtype", "values"), POLARS, ids=[str(p[0]) for p in POLARS])
@quiet
@given(st.data())
def test_polars_comes_back(dtype: Any, values: st.SearchStrategy[Any], data: st.DataObject) -> None:
    frame = pl.DataFrame({"x": pl.Series(data.draw(cells(values)), dtype=dtype)})
    back = to_native(read(frame))
    assert back.schema == frame.schema
    assert back.equals(frame)


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".csv.gz", ".parquet"])
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_files_come_back(suffix: str, tmp_path: Path, data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 20))

    def column(values: st.SearchStrategy[Any]) -> list[Any]:
        return data.draw(st.lists(values, min_size=n, max_size=n))

    table = read(
        pa.table(
            {
                "whole": pa.array(column(st.none() | small), pa.int64()),
                "real, or not": pa.array(column(st.none() | reals), pa.float64()),
                'say "so"': pa.array(column(st.none() | words.filter(str.strip))),
                "day": pa.array(column(st.none() | days), pa.date32()),
                "at": pa.array(column(st.none() | times), pa.timestamp("us")),
                "row": pa.array(range(n)),
            }
        )
    )
    path = write(table, tmp_path / f"table{suffix}")
    again = read(path, table.schema.model_copy(update={"locked": True}) if n else None)
    assert again.data.equals(table.data)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize(
    "text",
    [
        "a,b\n1.50,x\n2.25,y\n3.75,x\n",
        "a,b\n22.0,x\n22.5,y\n,x\n",
        "a,b\n22,x\n22.5,y\n1.25,x\n",
        "zip,b\n01103,NA\n21103,None\n,?\n",
        "day,b\n31.12.2020,x\n01.02.2021,y\n,z\n",
        "day,b\n12/31/2020,x\n01/02/2021,y\n03/02/2021,y\n",
        "at,b\n2020-01-02T03:04:05.120Z,x\n2020-01-02T03:04:06.000Z,x\n,x\n",
        "at,b\n2020-01-02 03:04,x\n2020-01-02 03:05,x\n,x\n",
        "at,b\n2020-01-02 03:04:05.123456,x\n2020-01-02 03:05:00.000000,x\n",
        'a,"b,c"\n"x ""y""","1\n2"\n',
        "a\n1\n\n3\n",
        "flag,b\nTrue,1\nFalse,2\nTrue,3\n",
    ],
)
def test_csv_is_written_as_it_was_recorded(text: str, tmp_path: Path) -> None:
    source = tmp_path / "given.csv"
    source.write_text(text)
    assert write(read(source), tmp_path / "out.csv").read_text() == text


def other_rows(table: Table, data: dict[str, pa.Array]) -> Table:
    names = [n for n in table.schema.names if n in data]
    schema = table.schema.model_copy(
        update={"columns": tuple(c for c in table.schema if c.name in names)}
    )
    return Table(schema, pa.table([data[n] for n in names], names=names), table.origin)


def test_pandas_gets_new_labels_missing_and_fewer_columns() -> None:
    frame = pd.DataFrame(
        {
            "count": np.array([5, 6, 700, 8], dtype=np.uint16),
            "colour": pd.Categorical(["red", "blue", "red", "red"], categories=["red", "blue"]),
            "yes": [True, False, True, True],
            "gone": ["x", "y", "x", "x"],
        }
    )
    table = read(frame)
    made = other_rows(
        table,
        {
            "count": pa.array([None, 3], pa.int64()),
            "colour": pa.array(["(rare)", "red"]),
            "yes": pa.array([True, None]),
        },
    )
    back = to_native(made)
    assert list(back.columns) == ["count", "colour", "yes"]
    assert list(map(str, back.dtypes)) == ["UInt16", "category", "boolean"]
    assert list(back["colour"].cat.categories) == ["red", "blue", "(rare)"]


def test_an_extra_column_is_given_back_as_it_is() -> None:
    frame = pl.DataFrame({"a": [1, 2, 3]})
    table = read(pa.table({"a": [1, 2, 3], "origin": ["real", "real", "made"]}))
    with_flag = Table(table.schema, table.data, read(frame).origin)
    assert to_native(with_flag).columns == ["a", "origin"]


def test_polars_enum_takes_a_new_label() -> None:
    table = read(pl.DataFrame({"x": pl.Series(["a", "b", "a"], dtype=pl.Enum(["a", "b"]))}))
    back = to_native(other_rows(table, {"x": pa.array(["(rare)", "a"])}))
    assert back["x"].dtype == pl.Enum(["a", "b", "(rare)"])


def test_text_in_a_dataframe_is_text_again() -> None:
    frame = pd.DataFrame({"day": ["31.12.2020", "01.02.2021"] * 9, "x": ["1.50", "N/A"] * 9})
    frame["x"] = ["1.50"] * 17 + ["2.25"]
    table = read(frame)
    assert [c.kind for c in table.schema] == ["datetime", "flag"]
    pd.testing.assert_frame_equal(to_native(table), frame)


@pytest.mark.parametrize(
    "wrap",
    [
        lambda t: t.to_batches()[0],
        lambda t: pa.RecordBatchReader.from_batches(t.schema, t.to_batches()),
        lambda t: read(t),
    ],
)
def test_anything_that_speaks_arrow(wrap: Callable[[pa.Table], Any]) -> None:
    table = pa.table({"a": [1.5, None], "b": ["x", "y"]})
    assert to_native(read(wrap(table))).equals(table)


def test_pandas_mixed_objects_labels_and_intervals() -> None:
    mixed = pd.DataFrame({1: [1, "a", None], "cut": pd.cut([1, 5, 9], 2)})
    table = read(mixed)
    assert "values of types int, str" in table.schema["1"].reason
    back = to_native(table)
    assert list(back.columns) == [1, "cut"]
    assert back["cut"].equals(mixed["cut"])
    assert back[1].tolist() == ["1", "a", None]


def test_pandas_dtypes_may_be_names() -> None:
    frame = pd.DataFrame({"a": pd.array([1, None], dtype="Int64"), "c": pd.Categorical(["x", "y"])})
    table = read(frame)
    named = Origin(
        "pandas", table.origin.arrow, {k: str(v) for k, v in table.origin.dtypes.items()}
    )
    back = to_native(Table(table.schema, table.data, named))
    pd.testing.assert_frame_equal(back, frame)


def test_decimals_are_kept_in_text(tmp_path: Path) -> None:
    table = read(pa.table({"d": pa.array([Decimal("1.50"), Decimal("2.00")])}))
    assert write(table, tmp_path / "d.csv").read_text() == "d\n1.50\n2.00\n"


def test_run_ends_are_written_to_parquet(tmp_path: Path) -> None:
    table = read(pa.table({"x": pc.run_end_encode(pa.array(["a", "a", "b"]))}))
    path = write(table, tmp_path / "x.parquet")
    assert read(path).column("x").to_pylist() == ["a", "a", "b"]


def test_one_category_more_than_the_index_counts() -> None:
    given_labels = [f"c{i}" for i in range(128)]
    frame = pd.DataFrame({"x": pd.Categorical(given_labels * 2)})
    arrow = pa.table({"x": pa.array(given_labels * 2).cast(pa.dictionary(pa.int8(), pa.string()))})
    for source in (frame, arrow):
        back = to_native(other_rows(read(source), {"x": pa.array([*given_labels, "(rare)"])}))
        values = back["x"].to_pylist() if isinstance(back, pa.Table) else back["x"].tolist()
        assert values == [*given_labels, "(rare)"]


def test_python_decimals_may_grow() -> None:
    table = read(pd.DataFrame({"x": [Decimal("1.5"), Decimal("2.5"), None]}))
    back = to_native(other_rows(table, {"x": pa.array([1234.5, None])}))
    assert back["x"].tolist() == [Decimal("1234.5"), None]
