"""Uploads that would be too much are refused before they are opened."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from trimtab.errors import TableError
from trimtab.server.policy import Policy
from trimtab.server.questions.caps import check_file, check_table

CAPS = Policy().model_dump()


def test_ordinary_files_pass(tmp_path: Path) -> None:
    table = pa.table({"a": [1, 2], "b": ["x", "y"]})
    pq.write_table(table, tmp_path / "t.parquet")
    (tmp_path / "t.csv").write_text("a,b\n1,x\n")
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(b"a,b\n1,x\n"))
    with zipfile.ZipFile(tmp_path / "t.zip", "w") as archive:
        archive.writestr("t.csv", "a,b\n1,x\n")
    for place in tmp_path.iterdir():
        check_file(place, CAPS)
    check_table(table, CAPS)


def test_a_file_that_is_no_such_file_is_left_to_its_reader(tmp_path: Path) -> None:
    for name in ("t.parquet", "t.csv.gz", "t.zip"):
        (tmp_path / name).write_bytes(b"nonsense")
        check_file(tmp_path / name, CAPS)


def test_a_stream_that_grows(tmp_path: Path) -> None:
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(b"1\n" * (80 << 19), 9))
    with pytest.raises(TableError, match="times as many"):
        check_file(tmp_path / "t.csv.gz", CAPS)
    with pytest.raises(TableError, match="at most 1 MiB"):
        check_file(tmp_path / "t.csv.gz", CAPS | {"unpacked_mib": 1})


def test_a_zip_that_says_it_grows(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "t.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("sheet.xml", b"0" * (70 << 20))
    with pytest.raises(TableError, match="times as many"):
        check_file(tmp_path / "t.xlsx", CAPS)


def test_a_parquet_file_of_one_value_many_times(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": pa.repeat(7, 6_000_000)}), tmp_path / "t.parquet")
    assert (tmp_path / "t.parquet").stat().st_size < 100_000
    with pytest.raises(TableError, match="6,000,000 rows"):
        check_file(tmp_path / "t.parquet", CAPS)


@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz"])
@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_a_first_line_of_many_cells(tmp_path: Path, name: str, sign: str) -> None:
    line = sign.join(f"c{k}" for k in range(2001)).encode()
    content = line + b"\n"
    (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith("gz") else content)
    with pytest.raises(TableError, match="2,001 cells"):
        check_file(tmp_path / name, CAPS)


def test_commas_in_quotes_are_no_cells(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text('a,"' + "," * 5000 + '"\n1,2\n')
    check_file(tmp_path / "t.csv", CAPS)


def test_a_first_line_without_an_end(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(b"x" * (5 << 20))
    with pytest.raises(TableError, match="does not end"):
        check_file(tmp_path / "t.csv", CAPS)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (pa.table({"a": ["x" * 70_000]}), "70,000 bytes"),
        (pa.table({"a": pa.array(["x" * 70_000]).dictionary_encode()}), "70,000 bytes"),
        (pa.table({f"c{k}": [1] for k in range(2001)}), "2,001 columns"),
    ],
)
def test_tables_that_are_too_much(table: pa.Table, said: str) -> None:
    with pytest.raises(TableError, match=said):
        check_table(table, CAPS)
