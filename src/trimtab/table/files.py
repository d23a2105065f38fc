"""The only door for files and dataframes: tables come in here, and go out as they came."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from typing import Any

import narwhals as nw
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.feather as feather
import pyarrow.parquet as pq

from trimtab.errors import TableError, unknown_column
from trimtab.table import frames
from trimtab.table.canonical import as_text, canonical, given_back, plain
from trimtab.table.delimited import check_names, is_leak, read_text, write_text
from trimtab.table.infer import infer
from trimtab.table.output_path import check_output_path, replacing
from trimtab.table.profile import Given
from trimtab.table.schema import Column, Kind, Schema
from trimtab.table.table import Origin, Table

_TEXT = {".csv": ",", ".tsv": "\t", ".txt": "\t"}
_READABLE = ".csv, .tsv, .txt (each also .gz), .parquet, .feather or .arrow"
_WRITABLE = ".csv, .tsv, .txt (each also .gz) or .parquet"


def read(source: Any, schema: Schema | None = None) -> Table:
    """Make a Table of a file, a dataframe, or anything that speaks Arrow.

    `source` is a path (CSV, Parquet, Feather), a pandas, polars or pyarrow table, an object with
    the Arrow PyCapsule interface, or a Table. A locked `schema` is taken as it is; of an unlocked
    one the kinds and roles are, and columns that it does not name are inferred.
    Raises TableError for what is no usable table, ColumnError if the schema does not fit it.
    """
    if isinstance(source, Table):
        return source if schema is None else _recast(source, schema)
    if isinstance(source, (str, Path)):
        return _read_file(Path(source), schema)
    given, origin, notes = _arrow_of(source)
    return _table(given, origin, schema, f"the {origin.library} table", notes=notes)


def _recast(table: Table, schema: Schema) -> Table:
    columns = [
        Given(c.name, table.column(c.name), c.storage, c.pattern is not None) for c in table.schema
    ]
    return _typed(columns, table.origin, schema)


def _read_file(path: Path, schema: Schema | None) -> Table:
    if path.is_dir():
        raise TableError(f"{path} is a folder: expected a file ({_READABLE}).")
    if not path.exists():
        raise TableError(f"{path} does not exist (looked from {Path.cwd()}): check the path.")
    try:
        if _separator(path):
            given, unnamed = read_text(path)
            return _table(given, Origin("csv", given.schema), schema, str(path), unnamed)
        reader = _binary_reader(path)
        given = reader(path)
    except (pa.ArrowException, OSError) as error:
        raise TableError(
            f"cannot read {path}: {str(error).splitlines()[0] if str(error) else error!r}. "
            "It may be truncated or of another format: write or fetch it again."
        ) from None
    return _table(given, Origin("parquet", given.schema), schema, str(path))


def _separator(path: Path) -> str | None:
    suffixes = [s.lower() for s in path.suffixes]
    if suffixes and suffixes[-1] == ".gz":
        suffixes.pop()
    return _TEXT.get(suffixes[-1]) if suffixes else None


def _binary_reader(path: Path) -> Callable[[Path], pa.Table]:
    suffix = path.suffix.lower()
    if suffix in (".parquet", ".pq"):
        # Not read_table, which takes the names of folders above for columns.
        return lambda place: pq.ParquetFile(place).read()
    if suffix in (".feather", ".arrow"):
        return lambda place: feather.read_table(place)
    raise TableError(f"{path}: unknown kind of file {suffix!r}: expected {_READABLE}.")


def _arrow_of(source: Any) -> tuple[pa.Table, Origin, dict[str, str]]:
    """Any table in memory as Arrow, where it came from, and notes on some columns."""
    source = nw.to_native(source, pass_through=True)
    if isinstance(source, pa.RecordBatch):
        source = pa.Table.from_batches([source])
    if isinstance(source, pa.Table):
        return source, Origin("pyarrow", source.schema), {}
    if nw.dependencies.is_pandas_dataframe(source):
        return frames.from_pandas(source)
    if nw.dependencies.is_polars_dataframe(source):
        try:
            given = source.to_arrow()
        except pa.ArrowException as error:
            raise TableError(
                f"given a polars table with a dtype that Arrow does not know ({error}): "
                f"its dtypes are {source.schema}. Cast that column to another type first."
            ) from None
        dtypes: dict[str, object] = dict(zip(source.columns, source.dtypes, strict=True))
        return given, Origin("polars", given.schema, dtypes), {}
    if nw.dependencies.is_polars_lazyframe(source):
        raise TableError("given a lazy polars frame: call .collect() on it first.")
    if hasattr(source, "__arrow_c_stream__"):
        try:
            given = pa.table(source)
        except (pa.ArrowException, TypeError, ValueError) as error:
            raise TableError(
                f"given a {type(source).__name__} that is no Arrow table ({error}): "
                "expected columns with names, such as a dataframe."
            ) from None
        return given, Origin("pyarrow", given.schema), {}
    frame = nw.from_native(source, eager_only=True, pass_through=True)
    if isinstance(frame, nw.DataFrame):
        given = frame.to_arrow()
        return given, Origin(frame.implementation.value, given.schema), {}
    raise TableError(
        f"given a {type(source).__name__}: expected a path, a pandas, polars or pyarrow table, or "
        "an object with the Arrow PyCapsule interface."
    )


def _table(
    given: pa.Table,
    origin: Origin,
    schema: Schema | None,
    where: str,
    unnamed: frozenset[str] = frozenset(),
    notes: Mapping[str, str] | None = None,
) -> Table:
    if given.num_columns == 0 or given.num_rows == 0:
        raise TableError(
            f"{where} has {given.num_columns} columns and {given.num_rows} rows: "
            "expected at least one of each."
        )
    check_names(given.column_names, where)
    text = origin.library == "csv"
    columns = [
        Given(
            name=f.name,
            values=plain(given.column(i), f.name),
            storage=str(f.type),
            from_text=text,
            unnamed=f.name in unnamed or is_leak(f.name),
            note=(notes or {}).get(f.name, ""),
        )
        for i, f in enumerate(given.schema)
    ]
    return _typed(columns, origin, schema)


def _typed(columns: list[Given], origin: Origin, schema: Schema | None) -> Table:
    names = [c.name for c in columns]
    if schema is not None and schema.locked:
        for name in schema.names:
            if name not in names:
                raise unknown_column(name, names, "the locked schema")
        for name in names:
            if name not in schema:
                raise unknown_column(name, schema.names, "the locked schema")
        table_schema = schema
    else:
        table_schema = infer(columns, schema)
    values = {c.name: c.values for c in columns}
    arrays = [canonical(values[c.name], c) for c in table_schema]
    data = pa.table(arrays, names=list(table_schema.names))
    if origin.library == "csv":
        origin = Origin("csv", data.schema)
    return Table(table_schema, data, origin)


def to_native(table: Table) -> Any:
    """The table as its caller gave it: same library, same dtypes; files become pyarrow tables.

    Columns that the origin does not know keep the Arrow types they have. From a file, numbers,
    dates and times are typed; in a dataframe that held them as text they are text again.
    """
    origin = table.origin
    columns = {c.name: _column_back(table, c) for c in table.schema}
    given = pa.table(list(columns.values()), names=list(columns))
    if origin.library == "pandas":
        return frames.to_pandas(import_module("pandas"), given, origin)
    if origin.library == "polars":
        return frames.to_polars(import_module("polars"), given, origin)
    if origin.library in ("csv", "parquet", "pyarrow"):
        return given
    backend: Any = origin.library
    return nw.from_arrow(given, backend=backend).to_native()


def _column_back(table: Table, column: Column) -> pa.Array:
    values = table.column(column.name)
    position = table.origin.arrow.get_field_index(column.name)
    if position < 0:
        return values
    type_ = table.origin.arrow.field(position).type
    try:
        return given_back(values, column, type_)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise TableError(
            f"column {column.name!r} cannot be given back as {type_}: {error}. "
            "Give it a wider type before reading the table."
        ) from None


def check_writable(path: str | Path) -> Path:
    """Check, before any work is done, that a table can be written at `path`.

    Raises TableError for an unknown extension, a folder, or a place that is not writable.
    """
    place = Path(path)
    if not _separator(place) and place.suffix.lower() not in (".parquet", ".pq"):
        raise TableError(
            f"cannot write {place}: unknown kind of file {place.suffix!r}: expected {_WRITABLE}."
        )
    return check_output_path(place)


def write(table: Table, path: str | Path) -> Path:
    """Write a table as delimited text or Parquet, by the extension, in one step.

    In text a missing value is the empty cell, and so is an empty string; Parquet tells them apart.
    Raises TableError; on any error, and on Ctrl-C, nothing is left half-written.
    """
    return write_all([(table, path)])[0]


def write_all(tables: Sequence[tuple[Table, str | Path]]) -> list[Path]:
    """Write several tables, each as `write` does: no file is replaced before all are written."""
    places = [check_writable(path) for _, path in tables]
    with ExitStack() as stack:
        for (table, _), place in zip(tables, places, strict=True):
            _write(table, _separator(place), place, stack.enter_context(replacing(place)))
    return places


def _write(table: Table, separator: str | None, place: Path, temporary: Path) -> None:
    """Write the file that is to stand at `place`."""
    if separator is None:
        _write_parquet(table, temporary)
        return
    texts = pa.table(
        [_as_cells(table.column(c.name), c) for c in table.schema], names=list(table.schema.names)
    )
    with temporary.open("wb") as raw:
        if place.suffix.lower() != ".gz":
            write_text(texts, raw, separator)
            return
        # A fixed time stamp: the same table makes the same bytes.
        with gzip.GzipFile("", "wb", compresslevel=6, fileobj=raw, mtime=0) as out:
            write_text(texts, out, separator)


def _write_parquet(table: Table, path: Path) -> None:
    columns = [_column_back(table, c) for c in table.schema]
    # Parquet encodes runs by itself and has no type for them.
    flat = [pc.run_end_decode(c) if pa.types.is_run_end_encoded(c.type) else c for c in columns]
    try:
        pq.write_table(pa.table(flat, names=list(table.schema.names)), path)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise TableError(
            f"the table cannot be written as Parquet: {error}. Write CSV, or change that column's "
            "type before reading the table."
        ) from None


def _as_cells(values: pa.Array, column: Column) -> pa.Array:
    if column.kind is Kind.NUMBER and column.storage.startswith("time"):
        return as_text(given_back(values, column, pa.time64("us")), column)
    return as_text(values, column)
