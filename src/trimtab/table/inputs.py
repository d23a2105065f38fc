"""What a table was when it was handed over: its file and the hash of its bytes, and the rows that
were judged.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from pydantic import ConfigDict

from trimtab._named import Named
from trimtab._visible import visible, without_secrets
from trimtab.errors import TableError
from trimtab.table.sources import excel
from trimtab.table.sources.place import Formed, Piped, files_of, is_place, is_url, without_sheet
from trimtab.table.table import Table

_SAID = {
    "pandas": "a pandas table in memory",
    "polars": "a polars table in memory",
    "pyarrow": "an Arrow table in memory",
    "csv": "a table read from a CSV file",
    "json": "a table read from a file of JSON lines",
    "parquet": "a table read from a Parquet file",
    "excel": "a table read from an Excel file",
    "sql": "a table read from a database",
}
_STEP = 1 << 20


class Input(Named):
    """A table that was handed over.

    name     of the file, without its folders, or of the folder or pattern of files; of a database
             its URL without a password; of a table in memory, what it is
    rows     how many of its rows were judged, which may be fewer than the file holds: those that
             were generated, where a column tells them; those whose class is known, in a proof;
             those left to learn from, where rows are held out
    sha256   of the bytes of the file before it was read, in hexadecimal, or of all files, one after
             the other; None for a table in memory or in a database, and for what can be read once
             only, such as a named pipe
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    rows: int
    sha256: str | None = None


def today() -> str:
    """The date in universal time: "2026-11-30"."""
    return datetime.now(UTC).date().isoformat()


@dataclass(frozen=True)
class Source:
    """Where a table comes from: its name and hash, as `Input` has them."""

    name: str
    sha256: str | None = None

    def judged(self, rows: int) -> Input:
        """The table, of which so many rows were judged."""
        return Input(name=self.name, rows=rows, sha256=self.sha256)


def source_of(given: Any) -> Source:
    """Where a table comes from: a path, a dataframe or a Table.

    To be asked before the table is read: its file may be another one later, or none. What cannot be
    opened is without a hash; to refuse it is for the reader.
    """
    if isinstance(given, Piped):
        return Source(given.name, sha256(given.content).hexdigest())
    if isinstance(given, Formed):
        given = given.place
    if is_url(given):
        return Source(visible(without_secrets(str(given))))
    if is_place(given):
        return Source(visible(Path(given).name), _digest(given))
    library = type(given).__module__.partition(".")[0]
    if isinstance(given, Table):
        library = given.origin.library
    return Source(_SAID.get(library, "a table in memory"))


def _digest(place: str | Path) -> str | None:
    """The hash of the bytes of a file or of several; None where one is no regular file, or cannot
    be opened."""
    whole = sha256()
    try:
        several = files_of(place)
        for path in [without_sheet(place, excel.FORMAT.endings)[0]] if several is None else several:
            if not path.is_file():  # a pipe would be emptied, or waited for
                return None
            with path.open("rb") as file:
                while part := file.read(_STEP):
                    whole.update(part)
    except (OSError, TableError):
        return None
    return whole.hexdigest()
