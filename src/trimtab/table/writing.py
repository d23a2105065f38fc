"""Tables as files: whole, or in parts that are never held together; replaced in one step."""

from __future__ import annotations

import gzip
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from trimtab.errors import TableError
from trimtab.table.canonical import as_text, given_back, text_level
from trimtab.table.delimited import separator_of, write_header, write_text
from trimtab.table.files import column_back
from trimtab.table.output_path import check_output_path, replacing
from trimtab.table.schema import Column, Kind, Schema
from trimtab.table.table import Table

_WRITABLE = ".csv, .tsv, .txt (each also .gz) or .parquet"
_REFUSED = (pa.ArrowInvalid, pa.ArrowNotImplementedError)


def check_writable(path: str | Path) -> Path:
    """Check, before any work is done, that a table can be written at `path`.

    Raises TableError for an unknown extension, a folder, or a place that is not writable.
    """
    place = Path(path)
    if not separator_of(place) and place.suffix.lower() not in (".parquet", ".pq"):
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
            temporary = stack.enter_context(replacing(place))
            if separator_of(place) is None:
                _write_parquet(iter([table]), temporary)
            else:
                levels = {c.name: text_level(table.column(c.name), c) for c in table.schema}
                _write_text(iter([table]), table.schema, levels, place, temporary)
    return places


def write_parts(parts: Iterable[Table], path: str | Path) -> int:
    """Write the rows of tables of one schema as one file, as `write` does; how many rows.

    Takes the memory of one part. How a column is written as text hangs on all of its values: for
    text the parts lie in a file beside `path` until all have been seen.
    """
    place = check_writable(path)
    with replacing(place) as temporary:
        if separator_of(place) is None:
            return _write_parquet(iter(parts), temporary)
        with tempfile.NamedTemporaryFile(dir=place.parent, suffix=".parts") as spool:
            return _write_spooled(iter(parts), spool, place, temporary)


def _write_parquet(parts: Iterator[Table], temporary: Path) -> int:
    """Write the parts, a row group each (or several, where one is large); how many rows."""
    rows = 0
    with ExitStack() as stack:
        writer: Any = None
        try:
            for part in parts:
                table = _as_given(part)
                if writer is None:
                    writer = stack.enter_context(pq.ParquetWriter(temporary, table.schema))
                writer.write_table(table.cast(writer.schema))
                rows += part.rows
        except _REFUSED as error:
            raise TableError(
                f"the table cannot be written as Parquet: {error}. Write CSV, or change that "
                "column's type before reading the table."
            ) from None
    return rows


def _as_given(table: Table) -> pa.Table:
    """The table in the caller's Arrow types, as far as Parquet knows them."""
    columns = [column_back(table, c) for c in table.schema]
    # Parquet encodes runs by itself and has no type for them.
    flat = [pc.run_end_decode(c) if pa.types.is_run_end_encoded(c.type) else c for c in columns]
    return pa.table(flat, names=list(table.schema.names))


def _write_spooled(parts: Iterator[Table], spool: IO[bytes], place: Path, temporary: Path) -> int:
    """Write the parts as text, once all of them lie in `spool`; how many rows."""
    first = next(parts)
    schema, origin, levels = first.schema, first.origin, dict[str, int]()
    with pa.ipc.new_file(spool, first.data.schema) as writer:
        for part in _chained(first, parts):
            writer.write_table(part.data)
            for c in schema:
                level = text_level(part.column(c.name), c)
                levels[c.name] = max(level, levels.get(c.name, 0))
    spool.flush()
    with pa.memory_map(spool.name) as source, pa.ipc.open_file(source) as reader:
        batches = (reader.get_batch(i) for i in range(reader.num_record_batches))
        again = (Table(schema, pa.Table.from_batches([b]), origin) for b in batches)
        return _write_text(again, schema, levels, place, temporary)


def _chained(first: Table, rest: Iterator[Table]) -> Iterator[Table]:
    yield first
    yield from rest


def _write_text(
    parts: Iterator[Table],
    schema: Schema,
    levels: Mapping[str, int],
    place: Path,
    temporary: Path,
) -> int:
    """Write the parts as the text of a file that is to stand at `place`; how many rows."""
    separator, rows = separator_of(place), 0
    assert separator is not None
    with _opened(place, temporary) as out:
        write_header(schema.names, out, separator)
        for part in parts:
            texts = [_as_cells(part.column(c.name), c, levels[c.name]) for c in schema]
            write_text(pa.table(texts, names=list(schema.names)), out, separator)
            rows += part.rows
    return rows


@contextmanager
def _opened(place: Path, temporary: Path) -> Iterator[Any]:
    with temporary.open("wb") as raw:
        if place.suffix.lower() != ".gz":
            yield raw
            return
        # A fixed time stamp: the same table makes the same bytes.
        with gzip.GzipFile("", "wb", compresslevel=6, fileobj=raw, mtime=0) as out:
            yield out


def _as_cells(values: pa.Array, column: Column, level: int) -> pa.Array:
    if column.kind is Kind.NUMBER and column.storage.startswith("time"):
        return as_text(given_back(values, column, pa.time64("us")), column)
    return as_text(values, column, level)
