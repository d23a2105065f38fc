"""An Excel file before its values are read: its sheets, how large it is, and its formulae.

What reads the values makes a rectangle of all cells, so that two cells far apart would fill the
memory; and it does not tell a formula without a value from an empty cell.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from trimtab.errors import TableError
from trimtab.table.sources.packing import BROKEN, check_size

MOST_CELLS = 20_000_000  # of a sheet that is mostly empty
MOST_EMPTY = 50  # cells for each one that is filled

_STEP = 1 << 20
_ZIP, _OLE = b"PK", b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True)
class Workbook:
    """What a file holds: the parts of its sheets by their names, and whether there are macros."""

    content: bytes
    sheets: Mapping[str, str]
    macros: bool

    def check(self, sheet: str, where: str) -> tuple[str, ...]:
        """What a careful user should know of a sheet. Raises TableError for one too large."""
        cells = _Cells(where)
        with zipfile.ZipFile(io.BytesIO(self.content)) as archive:
            _parse(archive, self.sheets[sheet], cells.start, cells.end, cells.text, where)
        cells.check()
        return (*cells.notes, *([f"{where}: macros were not run."] if self.macros else []))


def opened(content: bytes, where: str) -> Workbook:
    """An Excel file. Raises TableError for one that is broken, locked or grows too large."""
    if content.startswith(_OLE):
        raise TableError(
            f"{where} is a file of an older Excel, or locked with a password: expected .xlsx. Save "
            "it again as an Excel workbook without a password."
        )
    if not content.startswith(_ZIP):
        raise TableError(f"{where} is no Excel file: expected .xlsx. Save it again as such.")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _measure(archive, len(content), where)
            sheets = _sheets(archive, where)
            macros = any(name.endswith("vbaProject.bin") for name in archive.namelist())
    except BROKEN as error:
        raise TableError(
            f"{where} is no Excel file that can be read ({error}): it may be truncated. Fetch it "
            "again, or save it again."
        ) from None
    if not sheets:
        raise TableError(f"{where} has no sheet with cells: expected at least one.")
    return Workbook(content, sheets, macros)


def _measure(archive: zipfile.ZipFile, packed: int, where: str) -> None:
    """Refuse what unpacks to too much; sizes that a file tells of itself may be wrong."""
    total = 0
    for member in archive.infolist():
        with archive.open(member) as stream:
            while part := stream.read(_STEP):
                total += len(part)
                check_size(total, packed, where)


def _sheets(archive: zipfile.ZipFile, where: str) -> dict[str, str]:
    """The part of each sheet by its name, in order; charts have no cells."""
    names: list[tuple[str, str]] = []
    targets: dict[str, str] = {}

    def sheet(tag: str, fields: Mapping[str, str]) -> None:
        if tag == "sheet":
            number = next((v for k, v in fields.items() if k.rpartition(" ")[2] == "id"), "")
            names.append((fields.get("name", ""), number))

    def relation(tag: str, fields: Mapping[str, str]) -> None:
        if tag == "Relationship" and fields.get("Type", "").endswith("/worksheet"):
            targets[fields.get("Id", "")] = fields.get("Target", "")

    for part, told in (("xl/workbook.xml", sheet), ("xl/_rels/workbook.xml.rels", relation)):
        try:
            _parse(archive, part, told, None, None, where)
        except KeyError:
            raise TableError(
                f"{where} lacks {part}, so it is no Excel file: expected .xlsx. Save it again."
            ) from None
    held = set(archive.namelist())
    parts = {name: posixpath.normpath(posixpath.join("xl", targets[number]))
             for name, number in names if number in targets}  # fmt: skip
    parts = {name: part.removeprefix("/") for name, part in parts.items()}
    return {name: part for name, part in parts.items() if part in held}


@dataclass
class _Cells:
    """The cells of a sheet as they are gone through."""

    where: str
    filled: int = 0
    rows: int = 0
    columns: int = 0
    bare: list[str] = field(default_factory=list)  # formulae without a value
    wrong: list[str] = field(default_factory=list)  # errors, such as #DIV/0!
    _cell: Mapping[str, str] = field(default_factory=dict)
    _formula: bool = False
    _value: bool = False
    _within: str = ""

    def start(self, tag: str, fields: Mapping[str, str]) -> None:
        """What opens."""
        self._within = tag
        if tag == "c":
            self._cell, self._formula, self._value = fields, False, False
            self._extend(fields.get("r", ""))
        elif tag == "f":
            self._formula = True

    def text(self, text: str) -> None:
        """What stands inside."""
        if self._within == "v" and text:
            self._value = True

    def end(self, tag: str) -> None:
        """What closes."""
        self._within = ""
        if tag != "c":
            return
        self.filled += 1
        place = self._cell.get("r", "a cell")
        if self._formula and not self._value and self._cell.get("t") != "str":
            self.bare.append(place)
        elif self._cell.get("t") == "e":
            self.wrong.append(place)

    def _extend(self, reference: str) -> None:
        match = re.fullmatch(r"([A-Z]{1,3})(\d{1,7})", reference)
        if match is None:
            return
        column = 0
        for letter in match[1]:
            column = 26 * column + ord(letter) - 64
        self.columns = max(self.columns, column)
        self.rows = max(self.rows, int(match[2]))

    def check(self) -> None:
        """Raise TableError for cells so far apart that most of the sheet is empty."""
        area = self.rows * self.columns
        if area > MOST_CELLS and area > MOST_EMPTY * self.filled:
            raise TableError(
                f"{self.where} has {self.filled:,} cells over {self.rows:,} rows and "
                f"{self.columns:,} columns: expected a table without large gaps. Delete what "
                "stands far away, or copy the table to a sheet of its own."
            )

    @property
    def notes(self) -> list[str]:
        """What is read as missing although something stands there."""
        said = (
            (self.bare, "formulae have no value in the file", "Let a spreadsheet program compute "
             "and save it, and read it again."),
            (self.wrong, "cells hold an error, such as #DIV/0!", "Correct them there, if they "
             "should hold values."),
        )  # fmt: skip
        return [
            f"{self.where}: {len(cells)} {what}, and are read as missing (the first is "
            f"{cells[0]}). {remedy}"
            for cells, what, remedy in said
            if cells
        ]


def _parse(
    archive: zipfile.ZipFile, part: str, start: Any, end: Any, text: Any, where: str
) -> None:
    """Go through a part of the file, names without their namespaces."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = lambda tag, fields: start(tag.rpartition(" ")[2], fields)
    if end is not None:
        parser.EndElementHandler = lambda tag: end(tag.rpartition(" ")[2])
        parser.CharacterDataHandler = text
    try:
        with archive.open(part) as stream:
            parser.ParseFile(stream)
    except expat.ExpatError as error:
        raise TableError(
            f"{where} is damaged ({part}: {error}): open it in a spreadsheet program, and save it "
            "again."
        ) from None
