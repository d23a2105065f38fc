"""A table written as the sheet of an Excel file: texts as texts, never as formulae or links."""

from __future__ import annotations

import datetime as dt
from typing import IO, Any

import pyarrow as pa
import pyarrow.compute as pc

from trimtab.errors import TableError
from trimtab.table.back import column_back
from trimtab.table.canonical import as_text
from trimtab.table.schema import Column
from trimtab.table.sources.extras import needed
from trimtab.table.sources.format import Manner, Parts
from trimtab.table.table import Table

MOST_ROWS, MOST_COLUMNS, LONGEST = 1_048_576, 16_384, 32_767  # what a sheet has place for
_EXACT = 2**53  # a sheet holds every number as a float
_FIRST_DAY = dt.date(1900, 3, 1)  # before, Excel counts a day that never was
_SETTINGS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}
_LOOKS = {
    "date": "yyyy-mm-dd",
    "moment": "yyyy-mm-dd hh:mm:ss.000",
    "time": "hh:mm:ss.000",
    "duration": "[h]:mm:ss.000",
}
_CREATED = dt.datetime(2000, 1, 1)  # no time stamp: equal tables make equal bytes


def write(parts: Parts, out: IO[bytes], manner: Manner) -> int:
    """Write the parts as one sheet; how many rows. Raises TableError for what has no place."""
    library = needed("xlsxwriter", "excel", "an Excel file is to be written")
    book = library.Workbook(out, _SETTINGS)
    book.set_properties({"created": _CREATED})
    looks = {name: book.add_format({"num_format": form}) for name, form in _LOOKS.items()}
    try:
        sheet = book.add_worksheet(manner.sheet or None)
    except library.exceptions.XlsxWriterException as error:
        raise TableError(f"{manner.sheet!r} cannot be the name of a sheet: {error}.") from None
    rows = 0
    try:
        for part in parts:
            if not rows:
                _header(sheet, part)
            _check_place(part, rows)
            columns = [_cells(part, c, looks) for c in part.schema]
            for row in zip(*columns, strict=True):
                rows += 1
                for k, cell in enumerate(row):
                    if cell is not None:
                        method, *value = cell
                        getattr(sheet, method)(rows, k, *value)
    finally:
        book.close()
    return rows


def _header(sheet: Any, part: Table) -> None:
    for k, name in enumerate(part.schema.names):
        sheet.write_string(0, k, name)
    sheet.freeze_panes(1, 0)


def _check_place(part: Table, rows: int) -> None:
    if rows + part.rows >= MOST_ROWS or len(part.schema) > MOST_COLUMNS:
        raise TableError(
            f"a sheet of Excel has place for {MOST_ROWS - 1:,} rows and {MOST_COLUMNS:,} columns, "
            f"given are {rows + part.rows:,} or more and {len(part.schema):,}: write CSV or "
            "Parquet."
        )


Cell = tuple[Any, ...] | None  # the method that writes it, then the value and its format


def _cells(part: Table, column: Column, looks: dict[str, Any]) -> list[Cell]:
    """The cells of a column. Moments that a sheet has no numbers for are written as text."""
    given = column_back(part, column)
    values = _in_python(given)
    zoned = pa.types.is_timestamp(given.type) and given.type.tz
    if zoned or any(isinstance(v, dt.date) and _early(v) for v in values):
        values = as_text(part.column(column.name), column).to_pylist()
    return [None if v is None else _cell(v, column.name, looks) for v in values]


def _early(value: dt.date) -> bool:
    return (value.date() if isinstance(value, dt.datetime) else value) < _FIRST_DAY


def _in_python(values: pa.Array) -> list[Any]:
    """The values in Python's types, to the microsecond."""
    types = pa.types
    if types.is_dictionary(values.type):
        values = values.dictionary_decode()
    if types.is_run_end_encoded(values.type):
        values = pc.run_end_decode(values)
    for of_type, type_ in (
        (types.is_decimal, pa.float64()),
        (types.is_duration, pa.duration("us")),
        (types.is_time, pa.time64("us")),
    ):
        if of_type(values.type):
            values = pc.cast(values, type_, safe=False)
    if types.is_timestamp(values.type):
        values = pc.cast(values, pa.timestamp("us", values.type.tz), safe=False)
    listed: list[Any] = values.to_pylist()
    return listed


def _cell(value: Any, name: str, looks: dict[str, Any]) -> Cell:
    if isinstance(value, bool):
        return "write_boolean", value
    if isinstance(value, (int, float)):
        exact = isinstance(value, float) or abs(value) <= _EXACT
        return ("write_number", value) if exact else ("write_string", str(value))
    if isinstance(value, dt.date):
        look = looks["moment" if isinstance(value, dt.datetime) else "date"]
        return "write_datetime", value, look
    if isinstance(value, dt.time):
        return "write_datetime", value, looks["time"]
    if isinstance(value, dt.timedelta):
        return "write_datetime", value, looks["duration"]
    if len(value) > LONGEST:
        raise TableError(
            f"column {name!r} holds a text of {len(value):,} characters: a cell of Excel has place "
            f"for {LONGEST:,}. Write CSV or Parquet."
        )
    return "write_string", value
