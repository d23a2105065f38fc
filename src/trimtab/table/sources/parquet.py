"""Parquet: columns with types, in row groups."""

from __future__ import annotations

from contextlib import ExitStack
from typing import IO

import pyarrow as pa
import pyarrow.compute as pc

from trimtab.errors import TableError
from trimtab.table.back import to_arrow
from trimtab.table.sources.format import Content, Format, Found, Manner, Parts, Reading, file_of
from trimtab.table.table import Table


def _read(content: Content, how: Reading) -> Found:
    import pyarrow.parquet as pq  # which text does not need

    # Not read_table, which takes the names of folders above for columns.
    return Found(pq.ParquetFile(file_of(content)).read(), "parquet")


def _write(parts: Parts, out: IO[bytes], manner: Manner) -> int:
    """Write the parts, a row group each (or several, where one is large); how many rows."""
    import pyarrow.parquet as pq

    rows, writer = 0, None
    with ExitStack() as stack:
        for part in parts:
            try:
                table = as_given(part)
                if writer is None:
                    writer = stack.enter_context(pq.ParquetWriter(out, table.schema))
                writer.write_table(table.cast(writer.schema))
            except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
                raise TableError(
                    f"the table cannot be written as Parquet: {error}. Write CSV, or change that "
                    "column's type before reading the table."
                ) from None
            rows += part.rows
            pa.default_memory_pool().release_unused()  # Arrow would keep it for later
    return rows


def as_given(table: Table) -> pa.Table:
    """The table in the caller's Arrow types, as far as files know them, with its mark if it was
    made up."""
    given = to_arrow(table)
    # Parquet encodes runs by itself and has no type for them.
    flat = [pc.run_end_decode(c.combine_chunks()) if _runs(c) else c for c in given.columns]
    return pa.table(flat, names=given.column_names, metadata=table.origin.mark)


def _runs(column: pa.ChunkedArray) -> bool:
    return bool(pa.types.is_run_end_encoded(column.type))


FORMAT = Format("Parquet", (".parquet", ".pq"), _read, _write)
