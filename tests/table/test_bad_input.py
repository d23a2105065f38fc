"""Bad input: a typed error that says what was given, what was expected, and what to do."""

from __future__ import annotations

import datetime as dt
import gzip
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from trimtab.errors import ColumnError, InputError, TableError
from trimtab.table import delimited
from trimtab.table.files import read, to_native
from trimtab.table.sources import text
from trimtab.table.toml import read_schema
from trimtab.table.writing import check_writable, write

BAD_TEXTS: list[tuple[str, bytes, str]] = [
    ("empty", b"", "empty"),
    ("blank", b"\n\n", "empty"),
    ("separator only", b"sep=;\n", "empty"),
    ("header only", b"a,b\n", "no rows"),
    ("ragged", b"a,b\n1,2\n3\n", "row 3 .* has 1 cells"),
    ("too wide", b"a,b\n1,2\n3,4,5\n", "row 3 .* has 3 cells"),
    ("twice", b"a,b,a\n1,2,3\n", "'a' stands 2 times"),
    ("two encodings", "a,b\né,ü\nç,2\n".encode() + b"\xe9,3\n", "two encodings.*line 4"),
    ("binary", b"PK\x03\x04\0\0\0\0", "zero bytes"),
    ("open quote", b'a,b\n1,"x\n2,y\n3,z\n', "never closes"),
    ("two decimal marks", b"a;b\n1,5;x\n2.75;y\n3.125;z\n", "point in row 2 and.*comma in"),
    ("a quote in the first cell", b'a,b\n1,2\n"x,2\n3,4\n', "never closes, the last one in line 3"),
    ("a zero byte", b"a,b\n" + b"1,2\n" * 20_000 + b"\0,2\n", "zero byte in line 20002"),
    ("UTF-16, no mark", "a,b\n1,2\n".encode("utf-16-le"), "`encoding=.utf-16-le.`"),
    ("infinite", b"a,b\n1,2\n3,inf\n5,6\n" + b"7,8\n" * 40, "'b' is infinite in row 2"),
    ("cut utf-16", b"\xff\xfea\x00,\x00b", "UTF-16"),
]


@pytest.mark.parametrize(("content", "message"), [b[1:] for b in BAD_TEXTS], ids=lambda v: None)
def test_bad_text(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    with pytest.raises(TableError, match=message) as caught:
        read(path)
    assert "\n" not in str(caught.value)


def test_a_line_that_is_too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "_BLOCK", 1_000)
    path = tmp_path / "long.csv"
    path.write_text("a,b\n1,2\n3," + "x" * 3_000 + "\n")
    with pytest.raises(TableError, match="line 3 is longer than 1,000 bytes"):
        read(path)


def test_a_mark_that_a_person_names_wrongly() -> None:
    for wrong in ({"encoding": "utf-9"}, {"delimiter": "ab"}, {"decimal": ";"}):
        with pytest.raises(InputError, match="expected"):
            read("any.csv", **wrong)


@pytest.mark.parametrize("header", ["a,b", "a,b\n", "a", "a\r\n"])
def test_a_header_alone(header: str, tmp_path: Path) -> None:
    path = tmp_path / "given.csv"
    path.write_bytes(header.encode())
    with pytest.raises(TableError, match=r"has a header \(a.*but no rows"):
        read(path)


def truncated(path: Path, content: bytes) -> None:
    path.write_bytes(content[: len(content) // 2])


def test_truncated_parquet_and_gzip(tmp_path: Path) -> None:
    whole = tmp_path / "whole.parquet"
    pq.write_table(pa.table({"a": list(range(1000))}), whole)
    truncated(tmp_path / "cut.parquet", whole.read_bytes())
    truncated(tmp_path / "cut.csv.gz", gzip.compress(os.urandom(5000)))
    (tmp_path / "plain.csv.gz").write_text("a,b\n1,2\n")
    for name in ("cut.parquet", "cut.csv.gz", "plain.csv.gz"):
        with pytest.raises(TableError, match="truncated"):
            read(tmp_path / name)


BAD_TABLES: list[tuple[str, Callable[[], Any], str]] = [
    ("no rows", lambda: pd.DataFrame({"a": []}), "0 rows"),
    ("no columns", lambda: pd.DataFrame(), "0 columns"),
    ("twice", lambda: pd.DataFrame([[1, 2]], columns=["a", "a"]), "stands 2 times"),
    ("levels", lambda: pd.DataFrame([[1]], columns=pd.MultiIndex.from_tuples([("a", 1)])), "level"),
    ("period", lambda: pd.DataFrame({"p": pd.period_range("2020", periods=2, freq="M")}), "'p'"),
    ("complex", lambda: pd.DataFrame({"c": [1 + 2j]}), "complex"),
    ("infinite", lambda: pl.DataFrame({"a": [1.0, float("-inf")]}), "'a' is infinite in row 2"),
    ("lazy", lambda: pl.LazyFrame({"a": [1]}), "collect"),
    ("list", lambda: pl.DataFrame({"a": [[1], [2]]}), "'a' holds .*list.*Drop"),
    ("struct", lambda: pa.table({"a": [{"x": 1}]}), "struct.*Drop"),
    ("binary", lambda: pa.table({"a": [b"x"]}), "binary.*Drop"),
    ("int128", lambda: pl.DataFrame({"a": pl.Series([1], dtype=pl.Int128)}), "Int128.*Cast"),
    ("number", lambda: 5, "given a int"),
    ("a series", lambda: pl.Series("a", [1, 2]), "given a Series"),
    ("missing", lambda: "no/such/file.csv", "does not exist"),
    ("folder", lambda: Path(), "is a folder"),
    ("extension", lambda: __file__, "unknown kind of file '.py'"),
]


@pytest.mark.parametrize(("make", "message"), [b[1:] for b in BAD_TABLES], ids=lambda v: None)
def test_bad_tables(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(TableError, match=f"(?s){message}"):
        read(make())


ODD_BUT_SOUND: list[tuple[bytes, dict[str, list[Any]]]] = [
    (b"a\n1\n", {"a": [1]}),
    (b"a,b\n1,x\n", {"a": [1], "b": ["x"]}),
    (b"\xef\xbb\xbfa,b\n1,x\n", {"a": [1], "b": ["x"]}),
    ("a;b\n1;é\n".encode("utf-16"), {"a": [1], "b": ["é"]}),
    ("a,b\n1,é\n".encode("latin-1"), {"a": [1], "b": ["é"]}),
    ("a,b\n1,€\n".encode("cp1252"), {"a": [1], "b": ["€"]}),
    (b"a\tb\r\n1\tx\r\n", {"a": [1], "b": ["x"]}),
    (b'a|b\n"1"|"x|y"\n', {"a": [1], "b": ["x|y"]}),
    (b'a;b\n"x,y,z";1,5\n"x,y,z";2,5\n', {"a": ["x,y,z", "x,y,z"], "b": [1.5, 2.5]}),
    (b'text\n"a, b"\n"c"\n', {"text": ["a, b", "c"]}),
    (b"sep=;\na;b\n1;2\n", {"a": [1], "b": [2]}),
    (b"a,b\r1,2\r", {"a": [1], "b": [2]}),
    (b"a,b\n1,\n2,\n", {"a": [1, 2], "b": [None, None]}),
    (b'"a","b"\n"1",""\n"","x"\n', {"a": [1, None], "b": [None, "x"]}),
    (b"a,b\n\n1,2\n\n", {"a": [1], "b": [2]}),
    (b"x,\n1,a\n", {"x": [1], "column_2": ["a"]}),
    (b"a,column_1,\n1,2,3\n", {"a": [1], "column_1": [2], "column_3": [3]}),
]


@pytest.mark.parametrize(("content", "expected"), ODD_BUT_SOUND, ids=lambda v: None)
def test_odd_but_sound(content: bytes, expected: dict[str, list[Any]], tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    path.write_bytes(content)
    assert read(path).data.to_pydict() == expected


def test_a_wide_category_column_and_an_all_missing_one() -> None:
    many = [f"label {i % 10_000}" for i in range(20_000)]
    table = read(pa.table({"many": many, "none": pa.nulls(20_000, pa.float64())}))
    assert [c.kind for c in table.schema] == ["label", "constant"]
    assert table.schema["none"].flags == ("all missing",)


def test_a_schema_that_does_not_fit(tmp_path: Path) -> None:
    table = read(pa.table({"age": [31, 42, 53], "sex": ["f", "m", "f"]}))
    with pytest.raises(ColumnError, match="no column 'age'"):
        read(pa.table({"aged": [1]}), table.schema)
    locked = table.schema.model_copy(update={"locked": True})
    with pytest.raises(ColumnError, match="'more'"):
        read(table.data.append_column("more", pa.array([1, 2, 3])), locked)
    with pytest.raises(TableError, match="'sex' is a number in the schema but holds 'f'"):
        read(table, table.schema.change("sex", kind="number"))
    with pytest.raises(TableError, match="datetime"):
        read(table, table.schema.change("age", kind="datetime"))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("out.ods", "unknown kind of file '.ods'"),
        ("out.xlsm", "can be read, but not written: expected .xlsx"),
        ("out.feather", "unknown kind of file '.feather': expected .*parquet"),
        ("out", "unknown kind"),
        ("no/such/out.csv", "does not exist"),
        ("folder.csv", "it is a folder"),
    ],
)
def test_unwritable(name: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    before = sorted(tmp_path.rglob("*"))
    for attempt in (check_writable, lambda p: write(read(pa.table({"a": [1]})), p)):
        with pytest.raises(TableError, match=message):
            attempt(tmp_path / name)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_unwritable_folder(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(TableError, match="not writable"):
        check_writable(tmp_path / "out.csv")


@pytest.mark.parametrize("failure", [KeyboardInterrupt, OSError(28, "No space left on device")])
def test_nothing_is_left_half_written(
    failure: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "out.csv"
    path.write_text("old")

    def fail(*_: Any) -> None:
        raise failure

    monkeypatch.setattr(text, "write_text", fail)
    with pytest.raises((KeyboardInterrupt, TableError)):
        write(read(pa.table({"a": [1]})), path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_value_that_does_not_fit_the_given_type() -> None:
    table = read(pa.table({"a": pa.array([1, 2, 3], pa.int8())}))
    wide = type(table)(table.schema, pa.table({"a": [1000]}), table.origin)
    with pytest.raises(TableError, match="'a' cannot be given back as int8"):
        to_native(wide)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("s.toml", "columns = [", "no valid TOML"),
        ("s.json", "{", "no valid JSON"),
        ("s.toml", "[[columns]]\nname = 'a'\n", "not valid at columns.0.kind"),
        ("s.yaml", "", "expected a name ending in"),
        ("s.toml", None, "cannot read the schema"),
    ],
)
def test_bad_schema_files(name: str, content: str | None, message: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / name).write_text(content)
    with pytest.raises(InputError, match=message):
        read_schema(tmp_path / name)


def test_a_historic_time_zone_survives_as_a_constant() -> None:
    zone = pa.timestamp("us", tz="Europe/Paris")
    table = pa.table({"x": pa.array([dt.datetime(1905, 1, 1, tzinfo=dt.UTC)] * 3, zone)})
    assert to_native(read(table)).equals(table)


def test_a_very_wide_table(tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    names = [f"a_rather_long_column_name_{i}" for i in range(3000)]
    path.write_text(",".join(names) + "\n" + ",".join("012" for _ in names) + "\n")
    table = read(path)
    assert table.schema.names == tuple(names)
    assert set(table.data.to_pylist()[0].values()) == {"012"}


def test_true_and_false_in_a_file_under_a_typed_schema(tmp_path: Path) -> None:
    given = read(pa.table({"b": [True, False, None, True], "n": [1, 2, 3, 4]}))
    path = write(given, tmp_path / "b.csv")
    locked = given.schema.model_copy(update={"locked": True})
    assert read(path, locked).data.equals(given.data)
