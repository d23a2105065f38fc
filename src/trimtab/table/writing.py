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

from trimtab.errors import TableError
from trimtab.table.canonical import given_back, text_level
from trimtab.table.delimited import separator_of
from trimtab.table.dialect import Dialect
from trimtab.table.files import column_back
from trimtab.table.kept_texts import written
from trimtab.table.lines import Encoded, write_header, write_text
from trimtab.table.output_path import check_output_path, replacing
from trimtab.table.schema import Column, Kind
from trimtab.table.table import Table

_WRITABLE = ".csv, .tsv, .txt (each also .gz) or .parquet"


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
                levels = {c.name: _level(table, c) for c in table.schema}
                _write_text(iter([table]), table, levels, place, temporary)
    return places


def write_parts(parts: Iterable[Table], path: str | Path) -> int:
    """Write the rows of tables (at least one) of one schema as one file; how many rows.

    Takes the memory of one part. How a column is written as text hangs on all of its values: for
    text the parts lie in a file beside `path` until all have been seen.
    """
    place = check_writable(path)
    with replacing(place) as temporary:
        if separator_of(place) is None:
            return _write_parquet(iter(parts), temporary)
        with tempfile.NamedTemporaryFile(
            dir=place.parent, prefix=f".{place.name}.", suffix=".parts"
        ) as spool:
            return _write_spooled(iter(parts), spool, place, temporary)


def _write_parquet(parts: Iterator[Table], temporary: Path) -> int:
    """Write the parts, a row group each (or several, where one is large); how many rows."""
    import pyarrow.parquet as pq  # which text does not need

    rows, writer = 0, None
    with ExitStack() as stack:
        for part in parts:
            try:
                table = _as_given(part)
                if writer is None:
                    writer = stack.enter_context(pq.ParquetWriter(temporary, table.schema))
                writer.write_table(table.cast(writer.schema))
            except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
                raise TableError(
                    f"the table cannot be written as Parquet: {error}. Write CSV, or change that "
                    "column's type before reading the table."
                ) from None
            rows += part.rows
            pa.default_memory_pool().release_unused()  # Arrow would keep it for later
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
    schema, levels = first.schema, dict[str, int]()
    with pa.ipc.new_file(spool, first.data.schema) as writer:
        for part in _chained(first, parts):
            writer.write_table(part.data)
            for c in schema:
                levels[c.name] = max(_level(part, c), levels.get(c.name, 0))
    spool.flush()
    with pa.OSFile(spool.name) as source, pa.ipc.open_file(source) as reader:
        batches = (reader.get_batch(i) for i in range(reader.num_record_batches))
        again = (Table(schema, pa.Table.from_batches([b]), first.origin) for b in batches)
        return _write_text(again, first, levels, place, temporary)


def _chained(first: Table, rest: Iterator[Table]) -> Iterator[Table]:
    yield first
    yield from rest


def _write_text(
    parts: Iterator[Table],
    like: Table,
    levels: Mapping[str, int],
    place: Path,
    temporary: Path,
) -> int:
    """Write the parts as the text of a file that is to stand at `place`, with the columns and in
    the dialect of a table; how many rows."""
    schema, dialect, rows = like.schema, _dialect(like, place), 0
    with _opened(place, temporary) as raw:
        out = Encoded(raw, dialect)
        write_header(schema.names, out, dialect)
        for part in parts:
            texts = [_cells(part, c, levels[c.name]) for c in schema]
            write_text(pa.table(texts, names=list(schema.names)), out, dialect)
            rows += part.rows
    return rows


def _dialect(table: Table, place: Path) -> Dialect:
    """The dialect of the file that a table came from, as far as the name of another one agrees."""
    usual = separator_of(place)
    assert usual is not None
    known = table.origin.dialect
    return Dialect(delimiter=usual, usual=usual) if known is None else known.named(usual)


@contextmanager
def _opened(place: Path, temporary: Path) -> Iterator[Any]:
    with temporary.open("wb") as raw:
        if place.suffix.lower() != ".gz":
            yield raw
            return
        # A fixed time stamp: the same table makes the same bytes.
        with gzip.GzipFile("", "wb", compresslevel=6, fileobj=raw, mtime=0) as out:
            yield out


def _cells(table: Table, column: Column, level: int) -> pa.Array:
    """The cells of a column: as they were where that is known, else as the column is written."""
    texts = written(_shown(table, column), column, level)
    kept = table.texts.get(column.name)
    return texts if kept is None else pc.coalesce(kept, texts)


def _level(table: Table, column: Column) -> int:
    return text_level(_shown(table, column), column)


def _shown(table: Table, column: Column) -> pa.Array:
    """The values of a column, times of day as such."""
    values = table.column(column.name)
    if column.kind is Kind.NUMBER and column.storage.startswith("time"):
        return given_back(values, column, pa.time64("us"))
    return values
