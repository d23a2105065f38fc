"""Tables as files: the text that Python's own writer makes; in parts the same bytes and rows."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trimtab.errors import TableError
from trimtab.table.canonical import as_text, text_level
from trimtab.table.dialect import Dialect
from trimtab.table.files import read
from trimtab.table.lines import write_header, write_text
from trimtab.table.table import Table
from trimtab.table.writing import write, write_parts

START = datetime(2024, 1, 1)
# Values whose text hangs on all others of their column: whole or not, and how fine a time is.
NUMBERS = st.one_of(st.none(), st.integers(-9, 9).map(float), st.sampled_from([0.5, -2.25]))
STEPS = (0, 1, 1_000, 1_000_000, 60_000_000)  # microseconds
MOMENTS = st.one_of(
    st.none(), st.sampled_from(STEPS).map(lambda us: START + timedelta(microseconds=us))
)
HOURS = st.one_of(
    st.none(), st.sampled_from(STEPS).map(lambda us: (START + timedelta(microseconds=us)).time())
)
TEXTS = st.sampled_from(["a", "b,c", 'say "x"', "", "two\nlines"])


# Cells that need quotation marks, that look as if they did, and that are like missing.
CELLS = st.one_of(
    st.none(),
    st.sampled_from(
        ["", " ", '"', '""', ",", ";", "\t", "|", "\n", "\r\n", "\\", "'", "é,", "a b"]
    ),
    st.text(st.sampled_from('ab"\n\r,;\t| é\u2028日\U0001f600'), max_size=6),
)
# A value of each type, with what stands for it in a file.
WRITTEN: dict[str, tuple[pa.DataType, st.SearchStrategy[Any], Any]] = {
    "whole": (pa.int64(), st.integers(-(2**63), 2**63 - 1), str),
    "half": (pa.float64(), st.integers(-4_000, 4_000).map(lambda n: n / 4), repr),
    "price": (
        pa.decimal128(12, 2),
        st.integers(-(10**9), 10**9).map(lambda n: Decimal(n).scaleb(-2)),
        lambda value: f"{value:.2f}",
    ),
    "flag": (pa.bool_(), st.booleans(), str),
    "day": (pa.date32(), st.dates(date(1900, 1, 1), date(2100, 1, 1)), date.isoformat),
    "text, quoted": (pa.string(), st.text(st.sampled_from('ab"\n,é'), min_size=1), str),
}


def by_python(rows: Sequence[Sequence[str | None]], separator: str) -> bytes:
    """Rows of cells as Python's own module writes them, with line breaks of one character."""
    lines = []
    for row in rows:
        # Both characters of a line break, so that both are put in quotation marks.
        line = io.StringIO(newline="")
        csv.writer(line, delimiter=separator, lineterminator="\r\n").writerow(row)
        lines.append(line.getvalue().removesuffix("\r\n") + "\n")
    return "".join(lines).encode()


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=12),
    st.sampled_from([",", ";", "\t", "|"]),
)
def test_cells_are_written_as_python_writes_them(
    rows: list[tuple[str | None, ...]], separator: str
) -> None:
    names = ["plain", f"a{separator}b", 'the "third"']
    columns = [pa.array(cells, pa.string()) for cells in zip(*rows, strict=True)]
    out = io.BytesIO()
    write_header(names, out, Dialect(delimiter=separator))
    write_text(pa.table(columns, names=names), out, Dialect(delimiter=separator))
    assert out.getvalue() == by_python([names, *rows], separator)


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.data(), st.integers(2, 20))
def test_values_of_each_type_are_written_as_python_writes_them(
    tmp_path: Path, data: st.DataObject, size: int
) -> None:
    values = {
        name: data.draw(st.lists(st.none() | kind, min_size=size, max_size=size))
        for name, (_, kind, _) in WRITTEN.items()
    }
    given_types = {name: type_ for name, (type_, _, _) in WRITTEN.items()}
    table = read(pa.table({n: pa.array(v, given_types[n]) for n, v in values.items()}))
    # A column that holds one type at all, but is read as the type that it was given in.
    texts = [
        [None if v is None else WRITTEN[name][2](v) for v in column]
        for name, column in values.items()
    ]
    write(table, tmp_path / "t.csv")
    expected = by_python([list(WRITTEN), *zip(*texts, strict=True)], ",")
    assert (tmp_path / "t.csv").read_bytes() == expected


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.lists(
        st.sampled_from([None, 0.0, -0.0, 1.0, 2.5, -2.5, 1e300, 5e-324, 0.1 + 0.2]), min_size=1
    ),
    st.lists(MOMENTS, min_size=1),
)
def test_the_text_of_a_value_hangs_on_no_other(
    numbers: list[float | None], moments: list[datetime | None]
) -> None:
    """Which is why each distinct value is made into text once; but for the level of its column."""
    table = read(pa.table({"x": pa.array(numbers, pa.float64())}))
    dated = read(pa.table({"x": pa.array(moments, pa.timestamp("us"))}))
    for values, column in ((t.column("x"), t.schema["x"]) for t in (table, dated)):
        level = text_level(values, column)
        alone = [as_text(values.slice(i, 1), column, level)[0] for i in range(len(values))]
        assert as_text(values, column, level).to_pylist() == [text.as_py() for text in alone]


def parts_of(table: Table, size: int) -> Iterator[Table]:
    for start in range(0, table.rows, size):
        yield Table(table.schema, table.data.slice(start, size), table.origin)


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(st.tuples(NUMBERS, MOMENTS, TEXTS, HOURS), min_size=2, max_size=30),
    st.integers(1, 12),
    st.sampled_from([".csv", ".tsv", ".csv.gz"]),
)
def test_text_in_parts_is_the_text_of_the_whole(
    tmp_path: Path, rows: list[tuple[object, object, str, object]], size: int, suffix: str
) -> None:
    numbers, moments, texts, hours = (list(column) for column in zip(*rows, strict=True))
    table = read(
        pa.table(
            {
                "number": pa.array(numbers, pa.float64()),
                "seen": pa.array(moments, pa.timestamp("us")),
                "note": pa.array(texts, pa.string()),
                "hour": pa.array(hours, pa.time64("us")),
            }
        )
    )
    # Numbers that were stored as whole ones, and are drawn as floats.
    changes = {"storage": "int64"} if all(v is None or v == int(v) for v in numbers) else {}
    table = Table(table.schema.change("number", **changes), table.data, table.origin)
    whole, parts = tmp_path / f"whole{suffix}", tmp_path / f"parts{suffix}"
    write(table, whole)
    assert write_parts(parts_of(table, size), parts) == table.rows
    assert parts.read_bytes() == whole.read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir() if p.suffix == ".parts") == []


def test_parquet_in_parts_holds_the_rows_in_order(tmp_path: Path) -> None:
    labels = pa.array(["x", "y", None, "z"] * 25).dictionary_encode()
    table = read(pa.table({"label": labels, "n": np.arange(100), "d": np.arange(100) / 3}))
    write(table, tmp_path / "whole.parquet")
    assert write_parts(parts_of(table, 7), tmp_path / "parts.parquet") == 100
    whole, parts = (pq.read_table(tmp_path / f"{name}.parquet") for name in ("whole", "parts"))
    assert parts.schema == whole.schema and parts.to_pylist() == whole.to_pylist()


@pytest.mark.parametrize("name", ["t.csv", "t.parquet"])
def test_where_a_part_fails_the_old_file_stays(name: str, tmp_path: Path) -> None:
    table = read(pa.table({"n": np.arange(10)}))
    place = tmp_path / name
    place.write_text("as it was")

    def failing() -> Iterator[Table]:
        yield from parts_of(table, 5)
        raise TableError("no more")

    with pytest.raises(TableError, match="no more"):
        write_parts(failing(), place)
    assert place.read_text() == "as it was" and list(tmp_path.iterdir()) == [place]


DIALECTS = {
    "a spreadsheet's": b"\xef\xbb\xbfa;b\r\n1;x\r\n2;y\r\n",
    "UTF-16": "a\tb\r\n1\té\r\n2\ty\r\n".encode("utf-16"),
    "UTF-16, large end first": b"\xfe\xff" + "a,b\n1,é\n2,y\n".encode("utf-16-be"),
    "Latin-1": "a,b\n1,é\n2,y\n".encode("latin-1"),
    "cp1252": "a;b\n1;€\n2;y\n".encode("cp1252"),
    "no last line end": b"a|b\n1|x\n2|y",
    "all quoted": b'"a","b"\n"1","x"\n"2","y"\n"","z"\n',
    "texts quoted": b'"a","b"\n1,"x"\n2,"y"\nNA,NA\n',
    "a named delimiter": b"sep=;\r\na;b\r\n1;x\r\n2;y\r\n",
    "old line ends": b"a,b\r1,x\r2,y\r",
}


@pytest.mark.parametrize("content", DIALECTS.values(), ids=DIALECTS)
def test_a_file_is_written_in_its_dialect(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_bytes(content)
    table = read(tmp_path / "in.csv")
    assert table.column("b").to_pylist()[1] == "y"
    out = write(table, tmp_path / "out.csv").read_bytes()
    assert out == content
    tabs = write(table, tmp_path / "out.tsv").read_bytes()
    assert (read(tmp_path / "out.tsv").data.equals(table.data) and tabs != out) or b"\t" in content
