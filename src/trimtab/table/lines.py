"""Columns of text to the lines of a file, in its dialect."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from trimtab.errors import TableError
from trimtab.table.dialect import Dialect

_ROWS_AT_ONCE = 65_536


class Sink(Protocol):
    """Anything that takes bytes: a file, plain or compressed."""

    def write(self, data: bytes | pa.Buffer, /) -> object:
        """Take some bytes."""


@dataclass
class Encoded:
    """A sink that takes UTF-8 and passes it on as a dialect has it: encoding, its mark, and whether
    the last line ends."""

    out: Sink
    dialect: Dialect
    _owed: bytes = field(default=b"", init=False)  # what is to come before the next bytes

    def __post_init__(self) -> None:
        self._owed = self.dialect.mark

    def write(self, data: bytes | pa.Buffer, /) -> object:
        """Pass some lines on."""
        if len(data) == 0:
            return None
        content: bytes | pa.Buffer = data
        if self.dialect.encoding != "utf-8":
            content = self._encoded(bytes(data))
        before, self._owed = self._owed, b""
        if not self.dialect.last_end:
            end = self.dialect.line_end.encode(self.dialect.encoding)
            content = bytes(content)
            if content.endswith(end):
                content, self._owed = content.removesuffix(end), end
        if before:
            self.out.write(before)
        return self.out.write(content)

    def _encoded(self, lines: bytes) -> bytes:
        text = lines.decode()
        try:
            return text.encode(self.dialect.encoding)
        except UnicodeEncodeError as error:
            raise TableError(
                f"cannot write {text[error.start]!r} in {self.dialect.encoding}, the encoding of "
                "the table that was read. Write Parquet, or correct the text that holds it."
            ) from None


def write_header(names: Sequence[str], out: Sink, dialect: Dialect) -> None:
    """Write the names of columns, and what stands before them."""
    if dialect.declared:
        out.write(f"sep={dialect.delimiter}{dialect.line_end}".encode())
    forced = frozenset(names) if dialect.quoted_names else frozenset[str]()
    own = dialect.model_copy(update={"quotes": "columns", "unquoted": (), "quoted_empty": False})
    row = pa.record_batch([[name] for name in names], list(names))
    out.write(_quoted_lines(row, forced, own))


def write_text(texts: pa.Table, out: Sink, dialect: Dialect) -> None:
    """Write columns of text, with quotation marks where the dialect has them, or where they are
    needed; null is the empty cell."""
    forced = frozenset(dialect.quoted)
    if dialect.quotes == "all":
        forced = frozenset(texts.column_names)
    for batch in texts.to_batches(max_chunksize=_ROWS_AT_ONCE):
        plain = None if forced else _plain_lines(batch, dialect)
        out.write(_quoted_lines(batch, forced, dialect) if plain is None else plain)


def _plain_lines(batch: pa.RecordBatch, dialect: Dialect) -> bytes | pa.Buffer | None:
    """The lines of rows none of whose cells needs quotation marks; None where one does."""
    plain = pacsv.WriteOptions(
        include_header=False,
        batch_size=_ROWS_AT_ONCE,
        delimiter=dialect.delimiter,
        quoting_style="none",
    )
    lines = pa.BufferOutputStream()
    try:
        pacsv.write_csv(batch, lines, plain)
    except pa.ArrowInvalid:  # what Arrow says of a cell that would be read back as several
        return None
    if dialect.line_end == "\n":
        return lines.getvalue()
    return lines.getvalue().to_pybytes().replace(b"\n", dialect.line_end.encode())


def _quoted_lines(batch: pa.RecordBatch, forced: frozenset[str], dialect: Dialect) -> pa.Buffer:
    special = f'"\r\n{dialect.delimiter}'
    cells = []
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        if name in forced:
            cells.append(_marked(column, special, dialect))
        else:
            cells.append(_quoted(column, special) if _holds(column, special) else column)
    *columns, last = cells
    # Each row ends with a line break, and Arrow keeps the texts of an array end to end.
    rows = _joined([*columns, _joined([last, dialect.line_end], "")], dialect.delimiter)
    return rows.buffers()[2].slice(0, pc.sum(pc.binary_length(rows)).as_py())


def _marked(cells: pa.Array, special: str, dialect: Dialect) -> pa.Array:
    """Cells in quotation marks, but for those texts that the dialect leaves without."""
    bare = pc.is_in(cells, value_set=pa.array(list(dialect.unquoted), pa.string()))
    if not dialect.quoted_empty:
        bare = pc.or_(bare, pc.equal(cells.fill_null(""), ""))
    inside = _between(cells.fill_null(""))
    return pc.if_else(bare, _quoted(cells, special), inside)


def _holds(cells: pa.Array, special: str) -> bool:
    """Whether any of the cells, which Arrow keeps end to end, holds a character."""
    _, ends, content = cells.buffers()
    if content is None:
        return False
    places = np.frombuffer(ends, np.int32)[cells.offset : cells.offset + len(cells) + 1]
    held = content.slice(int(places[0]), int(places[-1] - places[0])).to_pybytes()
    return any(character.encode() in held for character in special)


def _quoted(cells: pa.Array, special: str) -> pa.Array:
    needs = pc.match_substring_regex(cells, f"[{re.escape(special)}]")
    return pc.if_else(needs, _between(cells), cells)


def _between(cells: pa.Array) -> pa.Array:
    """Cells between quotation marks."""
    doubled = pc.replace_substring(cells, pattern='"', replacement='""')
    return pc.binary_join_element_wise('"', doubled, '"', "")


def _joined(texts: Sequence[pa.Array | str], separator: str) -> pa.Array:
    """The texts of each row end to end; null is the empty text."""
    return pc.binary_join_element_wise(
        *texts, separator, null_handling="replace", null_replacement=""
    )
