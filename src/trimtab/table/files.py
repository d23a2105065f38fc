"""The only door for files and dataframes: tables come in here, and go out as they came."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pyarrow as pa

from trimtab.errors import TableError, unknown_column
from trimtab.table import frames
from trimtab.table.back import to_arrow
from trimtab.table.canonical import canonical, plain
from trimtab.table.delimited import check_names, is_leak
from trimtab.table.dialect import Asked
from trimtab.table.infer import infer
from trimtab.table.kept_texts import kept_texts, with_decimal
from trimtab.table.panel import described
from trimtab.table.profile import Given
from trimtab.table.schema import Column, Schema
from trimtab.table.sources.format import Found
from trimtab.table.sources.place import Formed, is_place
from trimtab.table.sources.reading import found_at
from trimtab.table.table import MADE, MARK, Origin, Table

_ARROW = ("csv", "json", "parquet", "excel", "sql", "pyarrow")  # given back as pyarrow tables


def read(
    source: Any,
    schema: Schema | None = None,
    *,
    format: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    decimal: str | None = None,
) -> Table:
    """Make a Table of a file, a database, a dataframe, or anything that speaks Arrow.

    `source` is a path (docs/files.md lists the forms of files), a folder or a pattern of paths,
    "file.xlsx#Sheet2", the URL of a database, "-" for standard input, a pandas, polars or pyarrow
    table, an object with the Arrow PyCapsule interface, or a Table. `format` says the form of a
    file whose name does not: "csv", "jsonl". A locked `schema` is taken as it is; of an unlocked
    one the kinds and roles are, and columns that it does not name are inferred. `encoding`,
    `delimiter` and `decimal` fix how a text file is written; else it is detected.
    Raises TableError for what is no usable table, ColumnError if the schema does not fit it.
    """
    if isinstance(source, Table):
        return source if schema is None else _recast(source, schema)
    if is_place(source):
        asked = Asked(encoding, delimiter, decimal)
        if isinstance(source, (str, Path)) and (format is not None or asked != Asked()):
            source = Formed(str(source), format or "", asked)
        found, where = found_at(source)
        origin = Origin(found.library, found.table.schema, dialect=found.dialect, notes=found.notes)
        return _table(found, origin, schema, where)
    given, origin, remarks = _arrow_of(source)
    return _table(
        Found(given, origin.library, remarks=remarks),
        origin,
        schema,
        f"the {origin.library} table",
    )


def _recast(table: Table, schema: Schema) -> Table:
    columns = [
        Given(c.name, table.column(c.name), c.storage, c.pattern is not None) for c in table.schema
    ]
    found = Found(table.data, table.origin.library)
    return replace(_typed(columns, table.origin, schema, found), texts=table.texts)


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


def _table(found: Found, origin: Origin, schema: Schema | None, where: str) -> Table:
    given = found.table
    if given.num_columns == 0 or given.num_rows == 0:
        raise TableError(
            f"{where} has {given.num_columns} columns and {given.num_rows} rows: "
            "expected at least one of each."
        )
    check_names(given.column_names, where)
    if (given.schema.metadata or {}).get(MARK) == MADE.encode():
        origin = replace(origin, notes=(*origin.notes, MADE))
    columns = [
        Given(
            name=f.name,
            values=plain(given.column(i), f.name),
            storage=str(f.type),
            from_text=f.name in found.textual,
            unnamed=f.name in found.unnamed or is_leak(f.name),
            note=found.remarks.get(f.name, ""),
        )
        for i, f in enumerate(given.schema)
    ]
    return _typed(columns, origin, schema, found)


def _typed(columns: list[Given], origin: Origin, schema: Schema | None, found: Found) -> Table:
    """The columns as their kinds ask; what was text for want of a type is given back typed."""
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
        table_schema = infer(columns, schema, found.decimal)
        if MADE in origin.notes:
            table_schema = _made_up(table_schema)
    given = {c.name: c for c in columns}
    arrays = [_canonical(given[c.name], c) for c in table_schema]
    data = pa.table(arrays, names=list(table_schema.names))
    texts = {}
    if origin.library == "csv":
        dialect = with_decimal(origin.dialect, table_schema)
        origin = replace(origin, arrow=data.schema, dialect=dialect)
        texts = {c.name: t for c in table_schema if (t := kept_texts(given[c.name], c)) is not None}
    elif found.textual:
        own = [data.schema.field(f.name) if f.name in found.textual else f for f in origin.arrow]
        origin = replace(origin, arrow=pa.schema(own))
    return described(Table(table_schema, data, origin, texts))


def _made_up(schema: Schema) -> Schema:
    """The schema of rows that nobody ever saw, which every column says."""
    columns = [
        c if MADE in c.reason else c.model_copy(update={"reason": f"{c.reason}; {MADE}"})
        for c in schema
    ]
    return schema.model_copy(update={"columns": tuple(columns)})


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
    if origin.library in _ARROW:
        return given
    import narwhals as nw

    backend: Any = origin.library
    return nw.from_arrow(given, backend=backend).to_native()
