"""What is written in a form is what is read again, plain and compressed."""

from __future__ import annotations

import datetime as dt
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import feather

import trimtab
from trimtab.errors import InputError, TableError
from trimtab.table.files import read, to_native
from trimtab.table.inputs import source_of
from trimtab.table.sources import packing
from trimtab.table.sources.place import Piped
from trimtab.table.table import Table
from trimtab.table.writing import Target, write, write_parts

WORDS = st.text("abcäß ,\"'é\n=+_x0041", max_size=9)
SMALL = st.integers(-1000, 1000)
# What writes sheets keeps sixteen digits.
REALS = st.floats(-1e6, 1e6).map(lambda x: float(f"{x:.15g}"))
DAYS = st.dates(dt.date(1900, 1, 1), dt.date(2100, 1, 1))
TIMES = st.datetimes(dt.datetime(1890, 1, 1), dt.datetime(2100, 1, 1)).map(
    lambda t: t.replace(microsecond=t.microsecond // 1000 * 1000)
)
ENDINGS = [".csv.zst", ".tsv.zip", ".zip", ".jsonl", ".jsonl.gz", ".ndjson.zst", ".xlsx", ".pq"]


@pytest.mark.parametrize("ending", ENDINGS)
@settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_what_is_written_is_read_again(ending: str, tmp_path: Path, data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 12))

    def column(values: st.SearchStrategy[Any]) -> list[Any]:
        return data.draw(st.lists(st.none() | values, min_size=n, max_size=n))

    # Text has no type for times of day.
    hour = {"hour": pa.array(column(st.just(dt.time(1, 2, 3))), pa.time64("us"))}
    table = read(
        pa.table(
            {
                "whole": pa.array(column(SMALL), pa.int64()),
                "real, or not": pa.array(column(REALS), pa.float64()),
                'say "so"': pa.array(column(WORDS.filter(str.strip)), pa.string()),
                "day": pa.array(column(DAYS), pa.date32()),
                "at": pa.array(column(TIMES), pa.timestamp("us")),
                "yes": pa.array(column(st.booleans()), pa.bool_()),
                "row": pa.array(range(n)),
                **(hour if ending in (".xlsx", ".pq") else {}),
            }
        )
    )
    path = write(table, tmp_path / f"table{ending}")
    first = path.read_bytes()
    again = read(path, table.schema.model_copy(update={"locked": True}))
    # A sheet tells no midnight from its day.
    assert again.data.cast(table.data.schema).equals(table.data)
    write(table, path)
    assert path.read_bytes() == first
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("ending", [".tsv", ".tsv.gz", ".tsv.zst", ".tsv.zip"])
def test_the_ending_says_the_delimiter_whatever_packs_the_file(ending: str, tmp_path: Path) -> None:
    table = read(pa.table({"a": [1, 2], "b": ["x", "y"]}))
    path = write(table, tmp_path / f"table{ending}")
    dialect = read(path).origin.dialect
    assert dialect is not None and (dialect.delimiter, dialect.usual) == ("\t", "\t")


@pytest.mark.parametrize("ending", [".csv", ".zip", ".jsonl.zst", ".xlsx", ".parquet"])
def test_parts_are_the_whole(ending: str, tmp_path: Path) -> None:
    table = read(trimtab.datasets.strokes(700))
    write(table, tmp_path / f"whole{ending}")
    parts = [
        Table(table.schema, table.data.slice(k, 100), table.origin) for k in range(0, 700, 100)
    ]
    assert write_parts(iter(parts), tmp_path / f"parts{ending}") == 700
    whole, again = (read(tmp_path / f"{name}{ending}") for name in ("whole", "parts"))
    assert again.data.equals(whole.data)
    if ending not in (".parquet", ".zip"):  # row groups, and the name of the member
        assert (tmp_path / f"parts{ending}").read_bytes() == (
            tmp_path / f"whole{ending}"
        ).read_bytes()


def test_a_file_gives_back_the_types_that_it_had(tmp_path: Path) -> None:
    lines = '{"n": 1, "x": 2.0, "s": "01", "b": true, "e": null}\n'
    (tmp_path / "a.jsonl").write_text(lines + '{"n": 2, "x": 3.5, "s": "", "b": null, "e": null}')
    table = read(tmp_path / "a.jsonl")
    assert table.origin.library == "json"
    assert to_native(table).to_pydict()["s"] == ["01", ""]
    write(table, tmp_path / "b.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "b.jsonl").read_text().splitlines()]
    assert rows == [json.loads(line) for line in (tmp_path / "a.jsonl").read_text().splitlines()]
    assert (tmp_path / "b.jsonl").read_text().splitlines()[0] == lines.strip()


def test_mixed_values_are_read_as_a_csv_file_would_have_them(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"x": 1}\n{"x": "N/A"}\n{"x": 2.5}\n{"x": "unknown"}\n')
    table = read(tmp_path / "a.jsonl")
    assert "numbers and text were read as text" in table.schema["x"].reason
    (tmp_path / "b.jsonl").write_text('{"id": 123456789012345678901234567890, "y": 1}\n')
    assert read(tmp_path / "b.jsonl").column("id").to_pylist() == ["123456789012345678901234567890"]


BAD_LINES = [
    ('{"a": 1}\n{"a": 1, "b": 2}', "line 2 adds 'b'.*Write null"),
    ('{"a": 1, "b": 2}\n\n{"b": 1}', "line 3 lacks 'a'"),
    ('{"a": [1]}', "line 1: 'a' holds a value inside of which are others"),
    ('{"a": 1}\n{"a": {"x": 1}}', "line 2: 'a' holds a value inside"),
    ('{"a": 1}\n{"a": ', "line 2 is no JSON.*truncated"),
    ('{"a": NaN}', "NaN is no JSON: write null"),
    ('{"a": 1, "a": 2}', "line 1: the key 'a' stands twice"),
    ("[1, 2]", "line 1 holds .*expected an object"),
    ("", "is empty"),
    ("{}", "0 columns|is empty"),
    ("[" * 100_000, "line 1 is no JSON"),
]


@pytest.mark.parametrize(("text", "message"), BAD_LINES, ids=lambda v: None)
def test_bad_lines_are_named(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(text)
    with pytest.raises(TableError, match=f"(?s)a.jsonl.*{message}"):
        read(tmp_path / "a.jsonl")


def zipped(*members: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return out.getvalue()


def compressed(codec: str) -> bytes:
    return packed_by(codec, b"a,b\n" + b"1,2\n" * 5_000)


BAD_PACKS: list[tuple[str, Callable[[], bytes], str]] = [
    ("a.zip", lambda: zipped(("a.csv", b"x\n1\n"), ("b.csv", b"x\n1\n")), "holds 2 members .a.csv"),
    ("a.zip", lambda: zipped(("in/a.csv", b"x\n1\n")), "expected a file without a path"),
    ("a.zip", lambda: zipped(("../a.csv", b"x\n1\n")), "expected a file without a path"),
    ("a.zip", lambda: zipped(), "holds 0 members"),
    ("a.zip", lambda: zipped(("a.parquet", b"x")), "unknown kind of file '.parquet'"),
    ("a.zip", lambda: zipped(("a.csv.gz", b"x")), "unknown kind of file '.gz'"),
    ("a.csv.zip", lambda: zipped(("a.csv", b"x\n1\n" * 99))[:-30], "no zip file that can be read"),
    ("a.csv.gz", lambda: compressed("gzip")[:-9], "no whole gzip file"),
    ("a.csv.gz", lambda: b"a,b\n1,2\n", "no whole gzip file"),
    ("a.csv.zst", lambda: compressed("zstd")[:-9], "no whole zstd file"),
    ("a.jsonl.zst", lambda: b'{"a": 1}', "no whole zstd file"),
    ("a.parquet.gz", lambda: compressed("gzip"), "unknown kind of file '.gz'"),
]


@pytest.mark.parametrize(("name", "make", "message"), BAD_PACKS, ids=lambda v: None)
def test_bad_archives_are_refused(
    name: str, make: Callable[[], bytes], message: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(make())
    with pytest.raises(TableError, match=f"{name}.*{message}"):
        read(tmp_path / name)


@pytest.mark.parametrize("name", ["a.csv.gz", "a.csv.zst", "a.csv.zip", "a.xlsx"])
def test_what_would_fill_the_memory_is_refused(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packing, "MOST_BYTES", 1 << 20)
    content = b"a\n" + b"1\n" * (3 << 19)
    members = [("xl/workbook.xml", content)] if name == "a.xlsx" else [("a.csv", content)]
    packs = {
        ".gz": lambda: packed_by("gzip", content),
        ".zst": lambda: packed_by("zstd", content),
    }
    made = packs.get(Path(name).suffix, lambda: zipped(*members))()
    assert len(content) > packing.MOST_TIMES * len(made)
    (tmp_path / name).write_bytes(made)
    with pytest.raises(TableError, match=f"{name} grows from .*expected at most 200 times"):
        read(tmp_path / name)


def packed_by(codec: str, content: bytes) -> bytes:
    out = pa.BufferOutputStream()
    with pa.CompressedOutputStream(out, codec) as stream:
        stream.write(content)
        stream.flush()
    return bytes(out.getvalue())


def test_two_gzip_files_end_to_end_are_one_table(tmp_path: Path) -> None:
    halves = packed_by("gzip", b"a\n1\n"), packed_by("gzip", b"2\n")
    (tmp_path / "a.csv.gz").write_bytes(b"".join(halves))
    assert read(tmp_path / "a.csv.gz").column("a").to_pylist() == [1, 2]


def test_a_folder_and_a_pattern_are_one_table(tmp_path: Path) -> None:
    folder = tmp_path / "days"
    folder.mkdir()
    (folder / "b.csv").write_text("y,x\nc,3\n")
    (folder / "a.csv").write_text("x,y\n1,a\n2,b\n")
    (folder / "_SUCCESS").write_text("")
    (folder / ".a.csv.crc").write_text("?")
    for place in (folder, str(folder / "*.csv"), str(tmp_path / "**" / "?.csv")):
        table = read(place)
        assert table.data.to_pydict() == {"x": [1, 2, 3], "y": ["a", "b", "c"]}
        assert table.origin.notes == ("2 files were read, one after the other: a.csv, b.csv.",)
        assert source_of(place).sha256 == source_of(folder).sha256 is not None
    (folder / "c.csv").write_text("x,z\n1,a\n")
    with pytest.raises(TableError, match=r"c\.csv lacks 'y' and adds 'z', unlike .*a\.csv"):
        read(folder)
    (folder / "c.csv").rename(folder / "c.md")
    with pytest.raises(TableError, match=r"is a folder that holds c\.md too.*pattern"):
        read(folder)
    with pytest.raises(TableError, match="no file is called"):
        read(str(folder / "*.tsv"))
    (tmp_path / "none").mkdir()
    with pytest.raises(TableError, match="folder without files"):
        read(tmp_path / "none")


def test_half_a_letter_in_json(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"a": "\\ud83d\\ude00"}\n')
    assert read(path).column("a").to_pylist() == ["\U0001f600"]
    for line in ('{"a": "\\uD83Dx"}', '{"\\udc00": 1}'):
        path.write_text(f"{line}\n")
        with pytest.raises(TableError, match="line 1 holds half a letter"):
            read(path)


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        ("k;v;o\na;1.100;0,5\n", "k,v,o\na,2.5,0.5\n", "decimal points.*decimal commas"),
        ("d;e\n25.12.2023;01.02.2023\n", "d,e\n1/2/2023,12/25/2023\n", "months before days"),
    ],
)
def test_files_that_are_written_otherwise(
    first: str, second: str, message: str, tmp_path: Path
) -> None:
    (tmp_path / "a.csv").write_text(first)
    (tmp_path / "b.csv").write_text(second)
    with pytest.raises(TableError, match=rf"b\.csv has {message}"):
        read(tmp_path)
    (tmp_path / "b.csv").write_text(first.replace(";", "|"))  # only the delimiter is another one
    assert read(tmp_path).rows == 2


def test_files_of_other_types_are_named(tmp_path: Path) -> None:
    feather.write_feather(pa.table({"x": [1]}), tmp_path / "a.feather")
    feather.write_feather(pa.table({"x": [1.5]}), tmp_path / "b.arrow")
    assert read(str(tmp_path / "*.*")).column("x").to_pylist() == [1.0, 1.5]
    feather.write_feather(pa.table({"x": ["c"]}), tmp_path / "c.arrow")
    with pytest.raises(TableError, match=r"c\.arrow has columns of other types than .*a\.feather"):
        read(tmp_path)


def test_the_form_of_a_nameless_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "data").write_text('{"a": 1}\n')
    with pytest.raises(TableError, match="unknown kind of file"):
        read(tmp_path / "data")
    assert read(tmp_path / "data", format="jsonl").column("a").to_pylist() == [1]
    assert read(Piped(b"a;b\n1;2\n")).column("b").to_pylist() == [2]
    write(read(tmp_path / "data", format="jsonl"), tmp_path / "more", format="csv.gz")
    assert (tmp_path / "more").read_bytes()[:2] == b"\x1f\x8b"
    assert read(tmp_path / "more", format="csv.gz").column("a").to_pylist() == [1]
    with pytest.raises(TableError, match=r"unknown kind of file '\.docx'"):
        write(read(tmp_path / "data", format="jsonl"), tmp_path / "more", format="docx")


RISKY = ["=1+1", "+1", "-x", "@a", "\tb", "\rc", "d", "", None, "'=1"]


def test_cells_that_look_like_formulae_get_a_quote(tmp_path: Path) -> None:
    table = read(pa.table({"=a": RISKY, "n": [-1.5] * len(RISKY)}))
    write(table, tmp_path / "safe.csv", formula_safe=True)
    write(table, tmp_path / "plain.csv")
    safe, plain = (read(tmp_path / f"{n}.csv").data.to_pydict() for n in ("safe", "plain"))
    assert plain["=a"] == [cell or None for cell in RISKY]
    assert safe["'=a"] == [f"'{c}" if c and c[0] in "=+-@\t\r" else c or None for c in RISKY]
    assert safe["n"] == plain["n"] == [-1.5] * len(RISKY)
    with pytest.raises(InputError, match=r"`formula_safe` is about CSV.*Parquet"):
        write(table, tmp_path / "safe.parquet", formula_safe=True)
    assert Target("a.csv", formula_safe=True).record == {"output": "a.csv", "formula_safe": True}


def test_standard_input_and_output_carry_the_table_alone(tmp_path: Path) -> None:
    visits = trimtab.datasets.visits(200).select(["RACE", "GENDER"])
    write(read(visits), tmp_path / "v.csv")
    words = [sys.executable, "-m", "trimtab", "balance", "-", "--by", "GENDER", "-o", "-"]
    content = (tmp_path / "v.csv").read_bytes()
    ran = subprocess.run(words, input=content, capture_output=True)
    assert ran.returncode == 0, ran.stderr.decode()
    assert b"Wrote -" in ran.stderr
    table = read(Piped(ran.stdout))
    assert table.rows == 200 and table.schema.names == tuple(visits.column_names)
    lines = subprocess.run(
        [*words[:3], "sample", "nothing.trimtab", "-o", "-", "--json"], capture_output=True
    )
    assert lines.returncode == 2 and lines.stdout == b"" and b"both write to" in lines.stderr
