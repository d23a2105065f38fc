"""A form that a table can have as a file: how it is known, read and written."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import pyarrow as pa

from trimtab.table.dialect import Asked, Dialect
from trimtab.table.table import Table


@dataclass(frozen=True)
class Found:
    """What was read.

    library  what the origin of the table is called
    textual  columns whose values are text only because the source had no better way to say them
    unnamed  columns that had no name
    remarks  by column, what reading had to do
    notes    what a careful user should know of how it was read
    dialect  how a file of text is written
    decimal  the decimal mark of its texts, where a person fixed it
    """

    table: pa.Table
    library: str
    textual: frozenset[str] = frozenset()
    unnamed: frozenset[str] = frozenset()
    remarks: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    dialect: Dialect | None = None
    decimal: str | None = None


@dataclass(frozen=True)
class Reading:
    """How a content is read, beside its form.

    where  how messages name it
    name   of the file, whose ending may say more than the form
    sheet  of a spreadsheet; the first one if none is said
    asked  what a person fixed of how a text is written
    """

    where: str
    name: str = ""
    sheet: str = ""
    asked: Asked = field(default_factory=Asked)


@dataclass(frozen=True)
class Manner:
    """How a file is written, beside its form.

    name          of the file, whose ending may say more than the form
    sheet         of a spreadsheet
    formula_safe  whether texts that a spreadsheet would take for formulae are written with a quote
    """

    name: str
    sheet: str = ""
    formula_safe: bool = False


Content = Path | bytes  # a file, or what was in one
Parts = Iterable[Table]  # of one schema, at least one
Read = Callable[[Content, Reading], Found]
Write = Callable[[Parts, IO[bytes], Manner], int]  # how many rows


@dataclass(frozen=True)
class Format:
    """A form.

    name      as people say it
    endings   of the names of its files
    read      Raises TableError, an Arrow error or OSError
    write     takes the parts in order; None where it cannot be written
    packed    whether its files may be compressed as a whole; it is read from bytes then
    passes    how often writing goes over the parts
    sheets    whether a file may hold several tables
    writable  the endings that can be written, where not all can
    needs     what writing needs beyond what is always installed: a library of the extra `extra`
    """

    name: str
    endings: tuple[str, ...]
    read: Read
    write: Write | None = None
    packed: bool = False
    passes: int = 1
    sheets: bool = False
    writable: tuple[str, ...] = ()
    needs: str = ""
    extra: str = ""


def said_apart(names: Collection[str], expected: Collection[str], most: int) -> str:
    """What some names lack of those that are expected, and what they add, in words: so many of each
    at most."""
    lacking = [n for n in expected if n not in names]
    added = [n for n in names if n not in expected]
    return " and ".join(
        f"{what} {', '.join(map(repr, some[:most]))}"
        for what, some in (("lacks", lacking), ("adds", added))
        if some
    )


def file_of(content: Content) -> Any:
    """What a library opens: the path as text, or the bytes as an Arrow buffer."""
    return str(content) if isinstance(content, Path) else pa.BufferReader(content)


def bytes_of(content: Content) -> bytes:
    """All bytes of a content."""
    return content.read_bytes() if isinstance(content, Path) else content
