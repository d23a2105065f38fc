"""Delimited text (CSV and its kin): bytes to columns of text, and how they were written."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from typing import NoReturn

import pyarrow as pa
import pyarrow.csv as pacsv

from trimtab.errors import TableError
from trimtab.table.dialect import Asked, Dialect
from trimtab.table.encoding import decoded
from trimtab.table.quoting import line_end_of, quoting_of
from trimtab.table.sources.packing import bare

_SUFFIXES = {".tsv": "\t", ".txt": "\t"}
SEPARATORS = (",", ";", "\t", "|")
_SNIFFED = 65_536  # characters looked at to find the separator
_BLOCK = 1 << 25  # bytes; a row longer than this cannot be read
_DETECTED = Asked()


def separator_of(name: str) -> str:
    """What stands between the cells of a file of that name, compressed or not."""
    inner, _ = bare(name)
    return next((mark for suffix, mark in _SUFFIXES.items() if inner.endswith(suffix)), ",")


@dataclass(frozen=True)
class Texts:
    """A delimited text as it was read.

    cells    the columns as text; only the empty cell is null
    unnamed  the names that the header did not have
    dialect  how the text is written; its decimal mark is for others to tell
    """

    cells: pa.Table
    unnamed: frozenset[str]
    dialect: Dialect


def read_text(content: bytes, where: str, asked: Asked = _DETECTED, name: str = "") -> Texts:
    """The columns of a delimited text.

    content  the bytes of the file, no longer compressed
    where    what messages call it, such as its path
    asked    what a person fixed; the rest is detected
    name     of the file, whose ending says the usual delimiter; `where` if not said

    Raises TableError.
    """
    text = decoded(content, where, asked.encoding)
    declared, content = _declared_separator(text.content)
    if not content or content.isspace():
        raise TableError(f"{where} is empty: expected a header line and at least one row.")
    usual = separator_of(name or where)
    separator, why = _separator(content, usual, asked.delimiter, declared)
    table = _parsed(content, separator, where)
    header = [table.column(i)[0].as_py() or "" for i in range(table.num_columns)]
    names, unnamed = named(header, where)
    if table.num_rows == 1:
        raise TableError(
            f"{where} has a header ({', '.join(names[:10])}) but no rows: "
            "expected at least one row under it."
        )
    _check_quotes(content, table, where)
    sample = content[:_SNIFFED].decode("utf-8", errors="ignore")
    end = line_end_of(sample)
    if len(content) <= _SNIFFED and not content.endswith(end.encode()):
        sample += end
    dialect = Dialect(
        encoding=text.encoding,
        bom=text.bom,
        declared=declared is not None,
        delimiter=separator,
        usual=usual,
        line_end=end,
        last_end=content.endswith(end.encode()),
        why=f"{text.encoding}: {text.why}; {separator!r}: {why}",
        **quoting_of(sample, separator, names),
    )
    return Texts(table.slice(1).rename_columns(names), unnamed, dialect)


def _declared_separator(content: bytes) -> tuple[str | None, bytes]:
    """The separator that a first line "sep=;" tells, as spreadsheets write it, and the rest."""
    match = re.match(rb"sep=([,;\t|])\r?\n", content)
    return (match.group(1).decode(), content[match.end() :]) if match else (None, content)


def _separator(
    content: bytes, usual: str, asked: str | None, declared: str | None
) -> tuple[str, str]:
    """What separates the cells, and how that is known."""
    if asked is not None:
        return asked, "as asked"
    if declared is not None:
        return declared, "the first line says so"
    whole = len(content) <= _SNIFFED
    sample = content[:_SNIFFED].decode("utf-8", errors="ignore")
    scores = [(_score(sample, s, whole), s) for s in SEPARATORS]
    best = max(score for score, _ in scores)
    if best[1] < 2:
        return usual, "no other splits the header"
    chosen = next(s for score, s in scores if score == best)
    return chosen, f"{best[0]:.0%} of the rows have {best[1]} cells by it"


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
    if not re.search(rb"[\r\n]", content):
        content += b"\n"  # a header alone, which Arrow takes for nothing if it does not end
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
            _check_rows(content, where)
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


def _check_rows(content: bytes, where: str) -> None:
    """Refuse a text whose quotation marks do not close, or with a line that is too long."""
    if content.count(b'"') % 2:
        row = content.count(b"\n", 0, content.rfind(b'"')) + 1
        raise TableError(
            f"{where}: a quotation mark opens and never closes, the last one in line {row}: "
            "expected an even number of them. Close it, remove it, or double it inside a cell."
        )
    row, begin = 1, 0
    while (end := content.find(b"\n", begin)) >= 0 and end - begin <= _BLOCK:
        row, begin = row + 1, end + 1
    if (end if end >= 0 else len(content)) - begin > _BLOCK:
        raise TableError(
            f"{where}: line {row} is longer than {_BLOCK:,} bytes: expected the cells of one row. "
            "The line ends may be lost: export the table again, or write it as Parquet."
        )


def _ragged(where: str, separator: str, error: str) -> NoReturn:
    match = re.search(r"(?:Row #(\d+): )?Expected (\d+) columns, got (\d+): ?(.*)", error, re.S)
    if not match:
        raise TableError(
            f"{where} is no table separated by {separator!r}: {error}. "
            "Correct it and read it again."
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
            f"{where}: a quotation mark opens in row {table.num_rows} and never closes, so "
            f"the rest of the file became one cell ({last[:60]!r}...). Close it, or remove it."
        )
