"""Delimited text (CSV and its kin): bytes to columns of text, and columns of text to a file."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from trimtab.errors import TableError

_SUFFIXES = {".csv": ",", ".tsv": "\t", ".txt": "\t"}
SEPARATORS = (",", ";", "\t", "|")
_SNIFFED = 65_536  # characters looked at to find the separator
_BLOCK = 1 << 25  # bytes; a row longer than this cannot be read
_ROWS_AT_ONCE = 65_536


def separator_of(path: Path) -> str | None:
    """What stands between the cells of a file of that name; None for what is no text."""
    suffixes = [s.lower() for s in path.suffixes]
    if suffixes and suffixes[-1] == ".gz":
        suffixes.pop()
    return _SUFFIXES.get(suffixes[-1]) if suffixes else None


def read_text(content: bytes, where: str) -> tuple[pa.Table, frozenset[str]]:
    """The columns of delimited text, and the names that the header did not have.

    `where` is how messages name the source. Only the empty cell is null. Raises TableError.
    """
    declared, content = _declared_separator(_utf8(content, where))
    if not content or content.isspace():
        raise TableError(f"{where} is empty: expected a header line and at least one row.")
    separator = declared or _separator(content, where)
    table = _parsed(content, separator, where)
    header = [table.column(i)[0].as_py() or "" for i in range(table.num_columns)]
    names, unnamed = named(header, where)
    if table.num_rows == 1:
        raise TableError(
            f"{where} has a header ({', '.join(names[:10])}) but no rows: "
            "expected at least one row under it."
        )
    _check_quotes(content, table, where)
    return table.slice(1).rename_columns(names), unnamed


def _utf8(content: bytes, where: str) -> bytes:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            return content.decode("utf-16").encode()
        except UnicodeError as error:
            raise TableError(f"{where} begins as UTF-16 but is not: {error}.") from None
    content = content.removeprefix(codecs.BOM_UTF8)
    if b"\0" in content[:_SNIFFED]:
        raise TableError(
            f"{where} holds zero bytes, so it is no text: expected a CSV file in UTF-8. "
            "Export the table as CSV or Parquet and read that."
        )
    if content.isascii():
        return content
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise TableError(
            f"{where} is not UTF-8: byte {error.start} is 0x{content[error.start]:02x}. "
            "Save it again as UTF-8 (for example `iconv -f latin1 -t utf-8`, if it is Latin-1)."
        ) from None
    return content


def _declared_separator(content: bytes) -> tuple[str | None, bytes]:
    """The separator that a first line "sep=;" tells, as spreadsheets write it, and the rest."""
    match = re.match(rb"sep=([,;\t|])\r?\n", content)
    return (match.group(1).decode(), content[match.end() :]) if match else (None, content)


def _separator(content: bytes, where: str) -> str:
    whole = len(content) <= _SNIFFED
    sample = content[:_SNIFFED].decode("utf-8", errors="ignore")
    scores = [(_score(sample, s, whole), s) for s in SEPARATORS]
    best = max(score for score, _ in scores)
    if best[1] < 2:
        return "\t" if ".tsv" in where.lower() else ","
    return next(s for score, s in scores if score == best)


def _score(sample: str, separator: str, whole: bool) -> tuple[float, int]:
    """How many rows have as many fields as the header, and how many fields that is."""
    try:
        rows = [r for r in csv.reader(io.StringIO(sample, newline=""), delimiter=separator) if r]
    except csv.Error:
        return (0.0, 0)
    fields = len(rows[0])
    if fields < 2:
        return (0.0, fields)
    # The sample may end in the middle of a row.
    body = rows[1:] if whole else rows[1:-1]
    agreeing = sum(len(r) == fields for r in body) / len(body) if body else 1.0
    return (round(agreeing, 2), fields)


def _parsed(content: bytes, separator: str, where: str) -> pa.Table:
    lines = io.TextIOWrapper(io.BytesIO(content), "utf-8", newline="")
    try:
        width = next(len(row) for row in csv.reader(lines, delimiter=separator) if row)
    except csv.Error as error:
        _ragged(where, separator, str(error))
    try:
        return _arrow(content, separator, width, threads=True)
    except pa.ArrowInvalid:
        # Only the single-threaded reader can say which row it was.
        try:
            return _arrow(content, separator, width, threads=False)
        except pa.ArrowInvalid as error:
            _ragged(where, separator, str(error))


def _arrow(content: bytes, separator: str, width: int, *, threads: bool) -> pa.Table:
    # In a file of one column an empty line is a row whose cell is empty.
    parse = pacsv.ParseOptions(
        delimiter=separator, newlines_in_values=True, ignore_empty_lines=width > 1
    )
    reading = pacsv.ReadOptions(
        autogenerate_column_names=True, block_size=_BLOCK, use_threads=threads
    )
    converting = pacsv.ConvertOptions(
        column_types={f"f{i}": pa.string() for i in range(width)},
        null_values=[""],
        strings_can_be_null=True,
    )
    return pacsv.read_csv(pa.BufferReader(content), reading, parse, converting)


def _ragged(where: str, separator: str, error: str) -> NoReturn:
    match = re.search(r"(?:Row #(\d+): )?Expected (\d+) columns, got (\d+): ?(.*)", error, re.S)
    if not match:
        raise TableError(
            f"{where} is no table separated by {separator!r}: {error}. Correct it and read it "
            "again."
        )
    row, expected, got, cells = match.groups()
    place = f"row {row} (the header is row 1)" if row else "a row"
    raise TableError(
        f"{where}: {place} has {got} cells where the header has {expected} columns "
        f"(separator {separator!r}): {cells[:80]!r}. "
        "Correct that row; a cell that holds the separator must stand in quotation marks."
    )


def named(header: list[str], where: str) -> tuple[list[str], frozenset[str]]:
    """The names of the columns under a header, and those that the header did not have."""
    names: list[str] = []
    for position, given in enumerate(header, start=1):
        name = given.strip() or f"column_{position}"
        while not given.strip() and name in header:
            name += "_"
        names.append(name)
    check_names(names, where)
    unnamed = {n for n, given in zip(names, header, strict=True) if is_leak(given)}
    return names, frozenset(unnamed)


def is_leak(name: str) -> bool:
    """Whether a name is what another program writes where there is none."""
    return not name.strip() or bool(re.match(r"Unnamed: \d+$|__index_level_\d+__$", name))


def check_names(names: list[str], where: str) -> None:
    """Raises TableError if a column name stands twice."""
    twice = sorted({n for n in names if names.count(n) > 1})
    if twice:
        raise TableError(
            f"{where}: the column name {twice[0]!r} stands {names.count(twice[0])} times: "
            "expected a different name for each column. Rename or remove the others."
        )


def _check_quotes(content: bytes, table: pa.Table, where: str) -> None:
    last = table.column(table.num_columns - 1)[-1].as_py() or ""
    if "\n" in last and content.count(b'"') % 2:
        raise TableError(
            f"{where}: a quotation mark opens in row {table.num_rows} and never closes, so the "
            f"rest of the file became one cell ({last[:60]!r}...). Close it, or remove it."
        )


class Sink(Protocol):
    """Anything that takes bytes: a file, plain or compressed."""

    def write(self, data: bytes | pa.Buffer, /) -> object:
        """Take some bytes."""


def write_header(names: Sequence[str], out: Sink, separator: str) -> None:
    """Write the names of columns."""
    out.write(_quoted_lines(pa.record_batch([[name] for name in names], list(names)), separator))


def write_text(texts: pa.Table, out: Sink, separator: str) -> None:
    """Write columns of text, with quotation marks only where needed; null is the empty cell."""
    for batch in texts.to_batches(max_chunksize=_ROWS_AT_ONCE):
        out.write(_plain_lines(batch, separator) or _quoted_lines(batch, separator))


def _plain_lines(batch: pa.RecordBatch, separator: str) -> pa.Buffer | None:
    """The lines of rows none of whose cells needs quotation marks; None where one does."""
    plain = pacsv.WriteOptions(
        include_header=False, batch_size=_ROWS_AT_ONCE, delimiter=separator, quoting_style="none"
    )
    lines = pa.BufferOutputStream()
    try:
        pacsv.write_csv(batch, lines, plain)
    except pa.ArrowInvalid:  # what Arrow says of a cell that would be read back as several
        return None
    return lines.getvalue()


def _quoted_lines(batch: pa.RecordBatch, separator: str) -> pa.Buffer:
    special = f'"\r\n{separator}'
    *columns, last = (_quoted(c, special) if _holds(c, special) else c for c in batch.columns)
    # Each row ends with a line break, and Arrow keeps the texts of an array end to end.
    rows = _joined([*columns, _joined([last, "\n"], "")], separator)
    return rows.buffers()[2].slice(0, pc.sum(pc.binary_length(rows)).as_py())


def _holds(cells: pa.Array, special: str) -> bool:
    """Whether any of the cells, which Arrow keeps end to end, holds a character."""
    _, ends, content = cells.buffers()
    if content is None:
        return False
    places = np.frombuffer(ends, np.int32)[cells.offset : cells.offset + len(cells) + 1]
    held = content.slice(int(places[0]), int(places[-1] - places[0])).to_pybytes()
    return any(character.encode() in held for character in special)


def _quoted(cells: pa.Array, special: str) -> pa.Array:
    needs = pc.match_substring_regex(cells, f"[{special}]")
    doubled = pc.replace_substring(cells, pattern='"', replacement='""')
    inside = pc.binary_join_element_wise('"', doubled, '"', "")
    return pc.if_else(needs, inside, cells)


def _joined(texts: Sequence[pa.Array | str], separator: str) -> pa.Array:
    """The texts of each row end to end; null is the empty text."""
    return pc.binary_join_element_wise(
        *texts, separator, null_handling="replace", null_replacement=""
    )
