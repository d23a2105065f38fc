"""Delimited text: CSV and its kin."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pyarrow as pa
import pyarrow.compute as pc

from trimtab.table.back import shown
from trimtab.table.canonical import as_text, text_level
from trimtab.table.delimited import read_text, separator_of, write_header, write_text
from trimtab.table.schema import Column
from trimtab.table.sources.format import Content, Format, Found, Manner, Parts, bytes_of
from trimtab.table.table import Table

_FORMULA = r"^[=+\-@\t\r]"  # how a cell begins that a spreadsheet takes for a formula


def _read(content: Content, sheet: str, where: str) -> Found:
    table, unnamed = read_text(bytes_of(content), where)
    return Found(table, "csv", frozenset(table.column_names), unnamed)


def _write(parts: Parts, out: IO[bytes], manner: Manner) -> int:
    separator = separator_of(Path(manner.name)) or ","
    texts, rows = Texts.of(parts), 0
    names = texts.names
    write_header(_harmless(names).to_pylist() if manner.formula_safe else names, out, separator)
    for part in texts.parts(parts):
        safe = manner.formula_safe
        shown = [_harmless(a) if safe and typed else a for a, typed in part]
        write_text(pa.table(shown, names=list(names)), out, separator)
        rows += len(shown[0])
    return rows


def _harmless(cells: pa.Array | tuple[str, ...]) -> pa.Array:
    """The cells, with a quote before what a spreadsheet would take for a formula."""
    cells = cells if isinstance(cells, pa.Array) else pa.array(cells, pa.string())
    risky = pc.match_substring_regex(cells, _FORMULA)
    return pc.if_else(risky, pc.binary_join_element_wise("'", cells, ""), cells)


@dataclass(frozen=True)
class Texts:
    """The columns of a table as text: how fine each is shown hangs on all parts."""

    columns: tuple[Column, ...]
    levels: tuple[int, ...]

    @classmethod
    def of(cls, parts: Parts) -> Texts:
        """How the columns of all parts are shown. Goes over them once."""
        columns: tuple[Column, ...] = ()
        levels: list[int] = []
        for part in parts:
            columns = part.schema.columns
            own = [text_level(shown(part, c), c) for c in columns]
            levels = [max(pair) for pair in zip(own, levels or own, strict=True)]
        return cls(columns, tuple(levels))

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(c.name for c in self.columns)

    def parts(self, parts: Parts) -> Iterator[list[tuple[pa.Array, bool]]]:
        """The columns of each part as text, and whether a value is text to begin with."""
        for part in parts:
            yield [self._column(part, c, n) for c, n in zip(self.columns, self.levels, strict=True)]

    def _column(self, part: Table, column: Column, level: int) -> tuple[pa.Array, bool]:
        values = part.column(column.name)
        return as_text(shown(part, column), column, level), pa.types.is_string(values.type)


FORMAT = Format("CSV", (".csv", ".tsv", ".txt"), _read, _write, packed=True, passes=2)
