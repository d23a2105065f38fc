"""The only door for files and dataframes: tables come in here, and go out as they came.

What only some of them need is imported when one of them comes: most tables come as text.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pyarrow as pa

from trimtab.errors import TableError, unknown_column
from trimtab.table import frames
from trimtab.table.canonical import canonical, given_back, plain
from trimtab.table.delimited import check_names, is_leak, read_text, separator_of
from trimtab.table.dialect import Asked, TextFile
from trimtab.table.infer import infer
from trimtab.table.kept_texts import kept_texts, with_decimal
from trimtab.table.panel import described
from trimtab.table.profile import Given
from trimtab.table.schema import Column, Schema
from trimtab.table.table import Origin, Table

_READABLE = ".csv, .tsv, .txt (each also .gz), .parquet, .feather or .arrow"


def read(
    source: Any,
    schema: Schema | None = None,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    decimal: str | None = None,
) -> Table:
    """Make a Table of a file, a dataframe, or anything that speaks Arrow.

    `source` is a path (CSV, Parquet, Feather), a pandas, polars or pyarrow table, an object with
    the Arrow PyCapsule interface, or a Table. A locked `schema` is taken as it is; of an unlocked
    one the kinds and roles are, and columns that it does not name are inferred. `encoding`,
    `delimiter` and `decimal` fix how a text file is written; else it is detected.
    Raises TableError for what is no usable table, ColumnError if the schema does not fit it.
    """
    if isinstance(source, Table):
        return source if schema is None else _recast(source, schema)
    asked = Asked(encoding, delimiter, decimal)
    if isinstance(source, TextFile):
        source, asked = source.path, source.asked
    if isinstance(source, (str, Path)):
        return _read_file(Path(source), schema, asked)
    given, origin, notes = _arrow_of(source)
    return _table(given, origin, schema, f"the {origin.library} table", notes=notes)


def _recast(table: Table, schema: Schema) -> Table:
    columns = [
        Given(c.name, table.column(c.name), c.storage, c.pattern is not None) for c in table.schema
    ]
    return replace(_typed(columns, table.origin, schema), texts=table.texts)


def _read_file(path: Path, schema: Schema | None, asked: Asked) -> Table:
    if path.is_dir():
        raise TableError(f"{path} is a folder: expected a file ({_READABLE}).")
    if not path.exists():
        raise TableError(f"{path} does not exist (looked from {Path.cwd()}): check the path.")
    try:
        if separator_of(path):
            texts = read_text(_bytes(path), str(path), asked)
            origin = Origin("csv", texts.cells.schema, dialect=texts.dialect)
            return _table(
                texts.cells, origin, schema, str(path), texts.unnamed, decimal=asked.decimal
            )
        reader = _binary_reader(path)
        given = reader(path)
    except (pa.ArrowException, OSError) as error:
        raise TableError(
            f"cannot read {path}: {str(error).splitlines()[0] if str(error) else error!r}. "
            "It may be truncated or of another format: write or fetch it again."
        ) from None
    return _table(given, Origin("parquet", given.schema), schema, str(path))


def _bytes(path: Path) -> bytes:
    content = path.read_bytes()
    if path.suffix.lower() != ".gz":
        return content
    try:
        return gzip.decompress(content)
    except (EOFError, OSError, zlib.error) as error:
        raise TableError(
            f"{path} is no whole gzip file ({error}): it may be truncated. Fetch or compress it "
            "again."
        ) from None


def _binary_reader(path: Path) -> Callable[[Path], pa.Table]:
    suffix = path.suffix.lower()
    if suffix in (".parquet", ".pq"):
        import pyarrow.parquet as pq

        # Not read_table, which takes the names of folders above for columns.
        return lambda place: pq.ParquetFile(place).read()
    if suffix in (".feather", ".arrow"):
        from pyarrow import feather

        return lambda place: feather.read_table(place)
    raise TableError(f"{path}: unknown kind of file {suffix!r}: expected {_READABLE}.")


def _arrow_of(source: Any) -> tuple[pa.Table, Origin, dict[str, str]]:
    """Any table in memory as Arrow, where it came from, and notes on some columns."""
    import narwhals as nw

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
    decimal: str | None = None,
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
    return _typed(columns, origin, schema, decimal)


def _typed(
    columns: list[Given], origin: Origin, schema: Schema | None, decimal: str | None = None
) -> Table:
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
        table_schema = infer(columns, schema, decimal)
    given = {c.name: c for c in columns}
    arrays = [_canonical(given[c.name], c) for c in table_schema]
    data = pa.table(arrays, names=list(table_schema.names))
    texts = {}
    if origin.library == "csv":
        origin = replace(
            origin, arrow=data.schema, dialect=with_decimal(origin.dialect, table_schema)
        )
        texts = {c.name: t for c in table_schema if (t := kept_texts(given[c.name], c)) is not None}
    return described(Table(table_schema, data, origin, texts))


def _canonical(given: Given, column: Column) -> pa.Array:
    encoded = given.encoded if pa.types.is_string(given.values.type) else None
    return canonical(given.values, column, encoded)


def to_native(table: Table) -> Any:
    """The table as its caller gave it: same library, same dtypes; files become pyarrow tables.

    Columns that the origin does not know keep the Arrow types they have. From a file, numbers,
    dates and times are typed; in a dataframe that held them as text they are text again.
    """
    origin, given = table.origin, to_arrow(table)
    if origin.library == "pandas":
        return frames.to_pandas(import_module("pandas"), given, origin)
    if origin.library == "polars":
        return frames.to_polars(import_module("polars"), given, origin)
    if origin.library in ("csv", "parquet", "pyarrow"):
        return given
    import narwhals as nw

    backend: Any = origin.library
    return nw.from_arrow(given, backend=backend).to_native()


def to_arrow(table: Table) -> pa.Table:
    """The table in the Arrow types that its caller gave."""
    columns = [column_back(table, c) for c in table.schema]
    return pa.table(columns, names=list(table.schema.names))


def column_back(table: Table, column: Column) -> pa.Array:
    """A column in the Arrow type that the caller gave. Raises TableError where it does not fit."""
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
