"""Uploads that would be too much, refused before they are opened; and tables, after."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from trimtab.errors import TableError

_MIB = 1024**2
_FREE = 64 * _MIB  # unpacked, whatever the ratio
_STEP = 1024**2
_SIGNS = ",;\t|"
_FIRST = 4 * _MIB  # of a text, that its first line may take

Caps = Mapping[str, Any]


def check_file(file: Path, caps: Caps) -> None:
    """Refuse a file that says, or shows at little cost, that it is too much. Raises TableError."""
    name = file.name.lower()
    if name.endswith((".parquet", ".pq")):
        _check_parquet(file, caps)
        return
    if name.endswith((".zip", ".xlsx", ".xlsm", ".xlsb", ".ods")):
        _check_zip(file, caps)
    if name.endswith((".gz", ".zst")):
        _check_stream(file, caps)
        return
    if name.endswith((".csv", ".tsv", ".txt")):
        with file.open("rb") as stream:
            _check_first_line(stream.read(_FIRST), caps)


def check_table(table: pa.Table, caps: Caps) -> None:
    """Refuse a table that is too much. Raises TableError."""
    _check_shape(table.num_rows, table.num_columns, caps)
    for name in table.column_names:
        column = table.column(name)
        if pa.types.is_dictionary(column.type):
            column = pa.chunked_array(
                [c.dictionary for c in column.chunks] or [], column.type.value_type
            )
        if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
            continue
        longest = pc.max(pc.binary_length(column)).as_py() or 0
        if longest > caps["cell_bytes"]:
            raise _too_much(
                f"the column {name!r} has a cell of {longest:,} bytes", caps["cell_bytes"], "bytes"
            )


def _check_shape(rows: int, columns: int, caps: Caps) -> None:
    if columns > caps["columns"]:
        raise _too_much(f"the table has {columns:,} columns", caps["columns"], "columns")
    if rows > caps["rows"]:
        raise _too_much(f"the table has {rows:,} rows", caps["rows"], "rows")


def _check_parquet(file: Path, caps: Caps) -> None:
    try:
        found = pq.read_metadata(file)
    except (pa.ArrowException, OSError):
        return  # reading it says what is wrong
    _check_shape(found.num_rows, found.num_columns, caps)
    size = sum(found.row_group(k).total_byte_size for k in range(found.num_row_groups))
    _check_size(size, file.stat().st_size, caps)


def _check_zip(file: Path, caps: Caps) -> None:
    """By what members say; reading stops where one says too little."""
    try:
        with zipfile.ZipFile(file) as archive:
            size = sum(member.file_size for member in archive.infolist())
    except (zipfile.BadZipFile, OSError):
        return
    _check_size(size, file.stat().st_size, caps)


def _check_stream(file: Path, caps: Caps) -> None:
    """By unpacking it, keeping nothing but its beginning."""
    codec = "gzip" if file.name.lower().endswith(".gz") else "zstd"
    total, packed, first = 0, file.stat().st_size, b""
    try:
        with pa.CompressedInputStream(pa.OSFile(str(file)), codec) as stream:
            while part := stream.read(_STEP):
                if total < _FIRST:
                    first += bytes(part)
                total += len(part)
                _check_size(total, packed, caps)
    except OSError:
        return
    if ".csv" in file.name.lower():
        _check_first_line(first[:_FIRST], caps)


def _check_size(unpacked: int, packed: int, caps: Caps) -> None:
    if unpacked > caps["unpacked_mib"] * _MIB:
        raise _too_much("unpacked, the file grows too large", caps["unpacked_mib"], "MiB")
    if unpacked > _FREE and unpacked > caps["unpacked_ratio"] * packed:
        raise _too_much(
            f"{packed:,} bytes grow to more than {unpacked:,}",
            caps["unpacked_ratio"],
            "times as many",
        )


def _check_first_line(beginning: bytes, caps: Caps) -> None:
    """By the separators of the first line, before anything makes a column of each."""
    line = beginning.split(b"\n", 1)[0].decode("latin-1")
    if len(line) >= _FIRST:
        raise _too_much("the first line does not end", _FIRST, "bytes")
    for sign in _SIGNS:
        if line.count(sign) >= caps["columns"] and (many := _cells(line, sign)) > caps["columns"]:
            raise _too_much(f"the first line has {many:,} cells", caps["columns"], "columns")


def _cells(line: str, sign: str) -> int:
    """How many cells a line has: signs in quotes part none."""
    try:
        return len(next(csv.reader(io.StringIO(line), delimiter=sign)))
    except csv.Error:  # a cell too long, or quotes that do not match: reading it says so
        return 0


def _too_much(found: str, most: int, unit: str) -> TableError:
    return TableError(
        f"{found}: this server takes at most {most:,} {unit}. Give less, or ask its operator."
    )
