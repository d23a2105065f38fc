"""Cells of a file as text: as their column is written, and as they were where that differs."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc

from trimtab.table.canonical import as_text, canonical
from trimtab.table.dialect import Dialect
from trimtab.table.formats.number import NumberFormat
from trimtab.table.formats.written import Format, written_as
from trimtab.table.profile import Given
from trimtab.table.schema import Column

_WHOLE = r"^(?:0|-?[1-9]\d{0,17})$"


def kept_texts(given: Given, column: Column) -> pa.Array | None:
    """The texts of the cells that would be written otherwise, null for the others; None where
    every cell of the column would be written as it is."""
    if not pa.types.is_string(given.values.type):
        return None
    if column.storage == "string" and not (column.format or column.missing):
        return None
    distinct, rows = given.encoded
    whole = column.storage == "int64" and not (column.format or column.missing)
    if whole and pc.all(pc.match_substring_regex(distinct, _WHOLE)).as_py():
        return None
    again = written(canonical(distinct, column), column)
    same = pc.equal(again, distinct).fill_null(False)
    others = pc.if_else(same, pa.scalar(None, pa.string()), distinct)
    empty = bool(column.missing and column.missing[0]) and rows.null_count > 0
    if others.null_count == len(others) and not empty:
        return None
    texts = others.take(rows)
    return pc.if_else(pc.is_null(rows), "", texts) if empty else texts


def written(values: pa.Array, column: Column, level: int | None = None) -> pa.Array:
    """A canonical column as the text of a file, missing values as their word; null is the empty
    cell. `level` as in `as_text`."""
    texts = as_text(values, column, level)
    word = column.missing[0] if column.missing else ""
    return texts.fill_null(word) if word else texts


def with_decimal(dialect: Dialect | None, columns: Iterable[Column]) -> Dialect | None:
    """The dialect with the decimal mark that most columns with one show."""
    marks = [f.marks.decimal for c in columns if isinstance(f := _format(c), NumberFormat)]
    if dialect is None or 2 * marks.count(",") <= len(marks):
        return dialect
    return dialect.model_copy(update={"decimal": ","})


def _format(column: Column) -> Format | None:
    return None if column.format is None else written_as(column.format)
