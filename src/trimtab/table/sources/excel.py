"""Spreadsheets of Excel (.xlsx): the values of one sheet. Nothing in them is ever run."""

from __future__ import annotations

import io
from typing import IO, TYPE_CHECKING

from trimtab.errors import TableError
from trimtab.table.delimited import named
from trimtab.table.sources.extras import needed
from trimtab.table.sources.format import Content, Format, Found, Manner, Parts, Reading, bytes_of
from trimtab.table.sources.values import found, whole_if_possible

if TYPE_CHECKING:
    from trimtab.table.sources.workbook import Workbook

_NAMED = 8  # sheets of a message


def _read(content: Content, how: Reading) -> Found:
    from trimtab.table.sources import workbook  # which other forms do not need

    calamine = needed("python_calamine", "excel", f"{how.where} is an Excel file")
    data = bytes_of(content)
    book = workbook.opened(data, how.where)
    name, notes = _chosen(book, how.sheet, how.where)
    place = f"{how.where}, sheet {name!r}"
    notes += book.check(name, place)
    try:
        with calamine.load_workbook(io.BytesIO(data)) as opened:
            rows = opened.get_sheet_by_name(name).to_python()
    except calamine.CalamineError as error:
        raise TableError(
            f"cannot read {place}: {error}. The file may be damaged: open it in a spreadsheet "
            "program, and save it again."
        ) from None
    filled = [row for row in rows if any(cell != "" for cell in row)]
    if not filled:
        raise TableError(f"{place} is empty: expected a header and at least one row.")
    header, *body = filled
    names, unnamed = named([str(cell) for cell in header], place)
    if not body:
        raise TableError(
            f"{place} has a header ({', '.join(names[:10])}) but no rows: expected at least one "
            "row under it."
        )
    columns = [
        whole_if_possible([None if cell == "" else cell for cell in column])
        for column in zip(*body, strict=True)
    ]
    return found(columns, names, "excel", place, unnamed=unnamed, notes=notes)


def _chosen(book: Workbook, sheet: str, where: str) -> tuple[str, tuple[str, ...]]:
    """The sheet that is read: the first if none is said; and what to say of the others."""
    names = list(book.sheets)
    listed = ", ".join(names[:_NAMED]) + (", ..." if len(names) > _NAMED else "")
    if sheet and sheet not in names:
        raise TableError(
            f"{where} has no sheet {sheet!r}: expected one of {listed}, as in {where}#{names[0]}."
        )
    if sheet or len(names) == 1:
        return sheet or names[0], ()
    said = f"{where} has {len(names)} sheets ({listed}): {names[0]!r} was read"
    return names[0], (f"{said}. Another one is read as {where}#{names[1]}.",)


def _write(parts: Parts, out: IO[bytes], manner: Manner) -> int:
    from trimtab.table.sources import spreadsheet

    return spreadsheet.write(parts, out, manner)


FORMAT = Format(
    "Excel",
    (".xlsx", ".xlsm"),
    _read,
    _write,
    sheets=True,
    writable=(".xlsx",),
    needs="xlsxwriter",
    extra="excel",
)
