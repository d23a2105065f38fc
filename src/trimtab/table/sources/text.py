"""Delimited text: CSV and its kin."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

import pyarrow as pa
import pyarrow.compute as pc

from trimtab.table.back import shown
from trimtab.table.canonical import as_text, text_level
from trimtab.table.delimited import read_text, separator_of
from trimtab.table.dialect import Dialect
from trimtab.table.kept_texts import written
from trimtab.table.lines import Encoded, write_header, write_text
from trimtab.table.schema import Column
from trimtab.table.sources.format import (
    Content,
    Format,
    Found,
    Manner,
    Parts,
    Reading,
    bytes_of,
)
from trimtab.table.table import Table

_FORMULA = r"^[=+\-@\t\r]"  # how a cell begins that a spreadsheet takes for a formula


def _read(content: Content, how: Reading) -> Found:
    read = read_text(bytes_of(content), how.where, how.asked, how.name)
    names = frozenset(read.cells.column_names)
    decimal = how.asked.decimal
    return Found(read.cells, "csv", names, read.unnamed, dialect=read.dialect, decimal=decimal)


def _write(parts: Parts, raw: IO[bytes], manner: Manner) -> int:
    """In the dialect of the file that the table came from, as far as the name of the new one
    agrees."""
    columns, rows = TextColumns.of(parts), 0
    dialect = _dialect(columns.dialect, separator_of(manner.name))
    out, names = Encoded(raw, dialect), columns.names
    write_header(_harmless(names).to_pylist() if manner.formula_safe else names, out, dialect)
    for part in parts:
        cells = []
        for column, level in columns.levels.items():
            own = _cells(part, part.schema[column], level)
            risky = manner.formula_safe and pa.types.is_string(part.column(column).type)
            cells.append(_harmless(own) if risky else own)
        write_text(pa.table(cells, names=list(names)), out, dialect)
        rows += part.rows
    return rows


def _dialect(known: Dialect | None, usual: str) -> Dialect:
    return Dialect(delimiter=usual, usual=usual) if known is None else known.named(usual)


def _cells(table: Table, column: Column, level: int) -> pa.Array:
    """The cells of a column: as they were where that is known, else as the column is written."""
    texts = written(shown(table, column), column, level)
    kept = table.texts.get(column.name)
    return texts if kept is None else pc.coalesce(kept, texts)


def _harmless(cells: pa.Array | tuple[str, ...]) -> pa.Array:
    """The cells, with a quote before what a spreadsheet would take for a formula."""
    cells = cells if isinstance(cells, pa.Array) else pa.array(cells, pa.string())
    risky = pc.match_substring_regex(cells, _FORMULA)
    return pc.if_else(risky, pc.binary_join_element_wise("'", cells, ""), cells)


@dataclass(frozen=True)
class TextColumns:
    """The columns of a table as text.

    levels   how fine each is shown, by its name, which hangs on all parts
    dialect  of the file that they came from
    """

    levels: dict[str, int]
    dialect: Dialect | None

    @classmethod
    def of(cls, parts: Parts) -> TextColumns:
        """How the columns of all parts are shown. Goes over them once."""
        levels: dict[str, int] = {}
        dialect = None
        for part in parts:
            dialect = part.origin.dialect
            for c in part.schema:
                levels[c.name] = max(text_level(shown(part, c), c), levels.get(c.name, 0))
        return cls(levels, dialect)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(self.levels)

    def parts(self, parts: Parts) -> Iterator[list[tuple[pa.Array, bool]]]:
        """The columns of each part as text, and whether a value is text to begin with."""
        for part in parts:
            yield [self._column(part, part.schema[n], level) for n, level in self.levels.items()]

    def _column(self, part: Table, column: Column, level: int) -> tuple[pa.Array, bool]:
        values = part.column(column.name)
        return as_text(shown(part, column), column, level), pa.types.is_string(values.type)


FORMAT = Format("CSV", (".csv", ".tsv", ".txt"), _read, _write, packed=True, passes=2)
