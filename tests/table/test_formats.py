"""Laws of formats: what is written is read back, and a format is found from what it writes."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.errors import InputError, TableError
from trimtab.table.delimited import read_text
from trimtab.table.dialect import Asked, Dialect
from trimtab.table.files import read
from trimtab.table.formats.clock import ClockFormat
from trimtab.table.formats.finding import find_format
from trimtab.table.formats.marks import NEUTRAL, Marks
from trimtab.table.formats.moment import CLOCKS, DATES, fitting, layout, moment_texts, moments
from trimtab.table.formats.months import FULL
from trimtab.table.formats.number import CURRENCIES, MEASURES, NumberFormat, number_format
from trimtab.table.formats.written import written_as
from trimtab.table.lines import Encoded, write_header, write_text
from trimtab.table.schema import Kind, Schema
from trimtab.table.toml import from_toml, to_toml
from trimtab.table.writing import write

laws = settings(max_examples=60, deadline=None, derandomize=True)
units = st.sampled_from(["", *CURRENCIES, *MEASURES, "%"])
marks = st.one_of(
    st.builds(Marks, st.just("."), st.sampled_from(["", ",", *NEUTRAL])),
    st.builds(Marks, st.just(","), st.sampled_from(["", ".", *NEUTRAL])),
)


@st.composite
def formats(draw: st.DrawFn) -> NumberFormat:
    unit, gap = draw(units), draw(st.sampled_from(["", " ", "\u00a0"]))
    ahead = draw(st.booleans()) and unit not in (*MEASURES, "%")
    before = unit + gap if unit and ahead else ""
    negative = draw(st.sampled_from(["-#", "\u2212#", "(#)", "#-"]))
    signed = negative in ("-#", "\u2212#")
    inner = bool(before) and signed and draw(st.booleans())
    plus = negative == "-#" and draw(st.booleans())
    behind = "" if ahead or not unit else gap + unit
    return NumberFormat(draw(marks), before, behind, plus, negative, inner)


numbers = st.decimals(-(10**8), 10**8, places=2).map(lambda d: f"{d + 0:.2f}")


@laws
@given(formats(), st.lists(numbers, min_size=1, max_size=9))
def test_a_number_is_read_back(format_: NumberFormat, plain: list[str]) -> None:
    texts = format_.dressed(pa.array([*plain, None], pa.string()))
    back = format_.plain(texts).to_pylist()
    assert [None if b is None else float(b) for b in back] == [*map(float, plain), None]
    assert number_format(str(format_)) == format_


@laws
@given(formats())
def test_a_format_is_found_from_what_it_writes(format_: NumberFormat) -> None:
    plain = ["-1234567.25", "1234567.50", "2345678.75", "-0.05", "12.25"]
    texts = format_.dressed(pa.array(plain))
    found = find_format(texts, np.ones(len(plain), np.int64), None)
    assert found is not None and found.unsure is None and found.both is None
    assert found.format == format_


@laws
@given(
    st.sampled_from(["1.#e+03", "1.#E03", "1.23e3", "1,#E+03", "1.2345e03"]),
    st.lists(st.integers(-999, 999), min_size=1, max_size=6),
)
def test_a_number_in_scientific_notation(picture: str, mantissas: list[int]) -> None:
    format_ = number_format(picture)
    plain = [f"{m / 100}e{abs(m) % 7 - 3}" for m in mantissas]
    texts = format_.dressed(pa.array(plain))
    assert [float(t) for t in format_.plain(texts).to_pylist()] == [float(p) for p in plain]
    assert format_.dressed(format_.plain(texts)).equals(texts) and str(format_) == picture


@laws
@given(st.datetimes(dt.datetime(1970, 1, 1), dt.datetime(2060, 1, 1)), st.data())
def test_a_moment_is_read_back(moment: dt.datetime, data: st.DataObject) -> None:
    language = data.draw(st.sampled_from(sorted(FULL)))
    clock = data.draw(st.sampled_from(["", *CLOCKS]))
    pattern = f"{language}:" * bool(language) + data.draw(st.sampled_from(DATES))
    pattern += f" {clock}" * bool(clock)
    known = layout(pattern)
    assert known is not None
    if clock:
        unit = {"%f" in clock: 1, "%S" in clock and "%f" not in clock: 10**6}.get(True, 60 * 10**6)
        micros = (moment - dt.datetime(1970, 1, 1)) // dt.timedelta(microseconds=1)
        value = pa.array([micros // unit * unit, None], pa.int64()).cast(pa.timestamp("us"))
    else:
        value = pa.array([moment.date(), None], pa.date32())
    texts = moment_texts(value, pattern, None)
    assert moments(texts, pattern).equals(value)
    found = [p for p in fitting([texts[0].as_py()]) if written_back(texts, p)]
    assert pattern in found or any(moments(texts, p).equals(value) for p in found)


def written_back(texts: pa.Array, pattern: str) -> bool:
    try:
        return bool(moment_texts(moments(texts, pattern), pattern, None).equals(texts))
    except pa.ArrowInvalid:
        return False


@laws
@given(st.sampled_from(CLOCKS), st.lists(st.integers(0, 1439), min_size=1, max_size=5))
def test_a_time_of_day_is_read_back(pattern: str, counts: list[int]) -> None:
    format_ = ClockFormat(pattern)
    plain = pa.array([*map(str, counts), None], pa.string())
    assert format_.plain(format_.dressed(plain)).equals(plain)
    assert written_as(pattern) == format_


@pytest.mark.parametrize("wrong", ["", "abc", "1234", "%d.%m", "12345"])
def test_what_is_no_format(wrong: str) -> None:
    with pytest.raises(ValueError, match="shows no format"):
        written_as(wrong)


texts = st.text(st.sampled_from("ab é;,|\"'"), min_size=1, max_size=5).filter(str.strip)
dialects = st.builds(
    Dialect,
    encoding=st.sampled_from(["utf-8", "utf-16-le", "utf-16-be", "iso8859-1"]),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    quotes=st.sampled_from(["need", "all"]),
    line_end=st.sampled_from(["\n", "\r\n"]),
    last_end=st.booleans(),
)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(dialects, st.lists(st.tuples(texts, texts), min_size=2, max_size=8))
def test_a_dialect_is_found_from_what_it_writes(
    dialect: Dialect, rows: list[tuple[str, str]]
) -> None:
    dialect = dialect.model_copy(update={"bom": dialect.encoding.startswith("utf-16")})
    names = ["first column", "second"]
    columns = [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]
    out = io.BytesIO()
    sink = Encoded(out, dialect)
    write_header(names, sink, dialect)
    write_text(pa.table(columns, names=names), sink, dialect)
    read_back = read_text(out.getvalue(), "given.csv", Asked(delimiter=dialect.delimiter))
    assert read_back.cells.to_pydict() == dict(
        zip(names, (list(column) for column in zip(*rows, strict=True)), strict=True)
    )
    again = io.BytesIO()
    sink = Encoded(again, read_back.dialect)
    write_header(names, sink, read_back.dialect)
    write_text(read_back.cells, sink, read_back.dialect)
    assert again.getvalue() == out.getvalue()


def test_the_rest_of_the_file_tells(tmp_path: Path) -> None:
    path = tmp_path / "given.csv"
    rows = [
        f"1.{i + 100};{i},5;{i % 12 + 1}/{i % 11 + 1}/2004;{i % 28 + 1}/3/2004" for i in range(60)
    ]
    path.write_text("\n".join(["people;share;seen;born", *rows]) + "\n")
    schema = read(path).schema
    assert schema["people"].format == "1.234,5" and schema["people"].decimals == 0
    assert schema["seen"].kind is Kind.DATETIME and "as other columns" in schema["seen"].reason
    path.write_text("\n".join(["people;sex", *(f"1.{i + 100};{'mf'[i % 2]}" for i in range(60))]))
    assert "unsure" in read(path).schema["people"].reason
    assert read(path, decimal=",").column("people").to_pylist()[0] == 1100


def test_a_plus_before_few_whole_numbers(tmp_path: Path) -> None:
    path, out = tmp_path / "given.csv", tmp_path / "out.csv"
    path.write_text("change;k\n" + "+1;a\n2;b\n-2;a\n+0;b\n9007199254740993;a\n" * 4)
    table = read(path)
    assert table.column("change").to_pylist()[:5] == [1, 2, -2, 0, 2**53 + 1]
    write(table, out)
    assert out.read_bytes() == path.read_bytes()


def test_a_format_is_part_of_the_schema(tmp_path: Path) -> None:
    path = tmp_path / "given.csv"
    path.write_text("a;b\n" + "\n".join(f"{i},5 €;{i % 24:02}:30" for i in range(60)) + "\n")
    schema = from_toml(to_toml(read(path).schema), "s.toml")
    assert (schema["a"].format, schema["b"].format) == ("1234,5 €", "%H:%M")
    locked = schema.model_copy(update={"locked": True})
    path.write_text("a;b\n1.000,25 €;9:00\n7;10:15\n")
    again = read(
        path,
        Schema(
            locked=True,
            columns=(
                locked["a"].model_copy(update={"decimals": 2}),
                locked["b"].model_copy(update={"format": "%-H:%M"}),
            ),
        ),
    )
    assert again.data.to_pydict() == {"a": [1000.25, 7.0], "b": [540, 615]}
    with pytest.raises(InputError):
        read(path, schema.change("a", format="what"))


@pytest.mark.parametrize("locked", [True, False])
def test_a_schema_does_not_mix_decimal_marks(locked: bool, tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours.csv", tmp_path / "theirs.csv"
    ours.write_text("v;k\n" + "1,234;a\n2,5;b\n12,25;a\n3,125;b\n" * 5)
    theirs.write_text("v,k\n" + "1.234,a\n2.5,b\n12.25,a\n3.125,b\n" * 5)
    schema = read(ours).schema.model_copy(update={"locked": locked})
    with pytest.raises(
        TableError,
        match=r"^column 'v' is a number in the schema but holds '2\.5', and '1\.234'.*format",
    ):
        read(theirs, schema)
    assert read(theirs, schema.change("v", format="1234.5")).column("v")[0].as_py() == 1.234
    theirs.write_text("v,k\n2.5,a\n7.25,b\n")  # which can be read one way only
    assert read(theirs, schema).column("v").to_pylist() == [2.5, 7.25]


def test_a_format_that_is_none_is_said_when_it_is_written(tmp_path: Path) -> None:
    table = read(pa.table({"a": [1.5, 2.5, 4.25]}))
    wrong = read(table, table.schema.change("a", format="what"))
    with pytest.raises(TableError, match="shows no format"):
        write(wrong, tmp_path / "out.csv")


@pytest.mark.parametrize("wrong", [{"encoding": "rot13"}, {"encoding": "x"}, {"delimiter": ";;"}])
def test_a_dialect_that_is_none(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"encoding|at most 1"):
        Dialect(**wrong)  # type: ignore[arg-type]
