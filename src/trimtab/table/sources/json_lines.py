"""JSON lines: a JSON object on each line, all with the same keys."""

from __future__ import annotations

import json
from typing import IO, Any, NoReturn

import pyarrow as pa
import pyarrow.compute as pc

from trimtab.errors import TableError
from trimtab.table.back import column_back
from trimtab.table.delimited import check_names
from trimtab.table.sources.format import (
    Content,
    Format,
    Found,
    Manner,
    Parts,
    Reading,
    bytes_of,
    said_apart,
)
from trimtab.table.sources.text import TextColumns
from trimtab.table.sources.values import found

_SHOWN = 5  # keys of a message
_ROWS_AT_ONCE = 10_000


def _read(content: Content, how: Reading) -> Found:
    where = how.where
    try:
        lines = bytes_of(content).decode("utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        raise TableError(
            f"{where} is not UTF-8 (byte {error.start}): expected JSON lines in UTF-8. Save it "
            "again as UTF-8."
        ) from None
    names: tuple[str, ...] = ()
    known: set[str] = set()
    columns: list[list[Any]] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        row = _row(line, number, where)
        if not columns:
            names = tuple(row)
            check_names(list(names), where)
            columns, known = [[] for _ in names], set(names)
        elif row.keys() != known:
            raise _differs(row, names, number, where)
        for name, values in zip(names, columns, strict=True):
            values.append(row[name])
    if not names:
        raise TableError(f"{where} is empty: expected a JSON object on each line.")
    return found(columns, names, "json", where)


def _row(line: str, number: int, where: str) -> dict[str, Any]:
    """The row on a line."""

    def constant(text: str) -> NoReturn:
        raise TableError(f"{where}, line {number}: {text} is no JSON: write null for missing.")

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        row = dict(pairs)
        if len(row) < len(pairs):
            twice = next(k for k, _ in pairs if sum(k == other for other, _ in pairs) > 1)
            raise TableError(
                f"{where}, line {number}: the key {twice!r} stands twice: expected each key once."
            )
        return row

    try:
        row = json.loads(line, parse_constant=constant, object_pairs_hook=once)
        if "\\ud" in line.lower():  # half a letter, if the other half is not beside it
            json.dumps(row, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise TableError(
            f"{where}, line {number} holds half a letter, such as \\ud83d alone: expected both "
            "halves. Correct that text, or export it again."
        ) from None
    except (json.JSONDecodeError, RecursionError) as error:
        raise TableError(
            f"{where}, line {number} is no JSON ({error}): expected one object on each line, such "
            'as {"age": 41, "sex": "F"}. Correct that line; it may be truncated.'
        ) from None
    if not isinstance(row, dict):
        raise TableError(
            f"{where}, line {number} holds {line[:40].strip()!r}: expected an object with the "
            'columns as keys, such as {"age": 41, "sex": "F"}.'
        )
    nested = next((k for k, v in row.items() if isinstance(v, (dict, list))), None)
    if nested is not None:
        raise TableError(
            f"{where}, line {number}: {nested!r} holds a value inside of which are others: "
            "expected numbers, text, true, false or null. Give each part a column of its own."
        )
    return row


def _differs(row: dict[str, Any], names: tuple[str, ...], number: int, where: str) -> TableError:
    return TableError(
        f"{where}, line {number} {said_apart(row, names, _SHOWN)}: expected the keys of the first "
        "line in each. Write null for a missing value."
    )


def _write(parts: Parts, out: IO[bytes], manner: Manner) -> int:
    texts, rows = TextColumns.of(parts), 0
    dumps = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode
    for part, shown in zip(parts, texts.parts(parts), strict=True):
        columns = [
            _cells(column_back(part, part.schema[n]), text)
            for n, (text, _) in zip(texts.names, shown, strict=True)
        ]
        for start in range(0, part.rows, _ROWS_AT_ONCE):
            some = (c.slice(start, _ROWS_AT_ONCE).to_pylist() for c in columns)
            lines = [
                dumps(dict(zip(texts.names, row, strict=True))) for row in zip(*some, strict=True)
            ]
            out.write(("\n".join(lines) + "\n").encode())
        rows += part.rows
    return rows


def _cells(values: pa.Array, text: pa.Array) -> pa.Array:
    """What JSON has a type for as such, anything else as text."""
    if pa.types.is_integer(values.type) or pa.types.is_boolean(values.type):
        return values
    if pa.types.is_floating(values.type) or pa.types.is_decimal(values.type):
        return pc.cast(values, pa.float64())
    return text


FORMAT = Format("JSON lines", (".jsonl", ".ndjson"), _read, _write, packed=True, passes=2)
