"""What the name of a source says: a file, several files, a database, or standard input."""

from __future__ import annotations

import glob
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trimtab.errors import TableError
from trimtab.table.dialect import Asked

STANDARD = "-"
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*://")
_PATTERN = re.compile(r"[*?\[]")
_SKIPPED = (".", "_")  # how the names of files begin that programs leave beside tables


@dataclass(frozen=True)
class Piped:
    """What came through a pipe, and its form, such as "csv" or "jsonl"."""

    content: bytes
    form: str = "csv"
    name: str = "standard input"
    asked: Asked = field(default_factory=Asked)


@dataclass(frozen=True)
class Formed:
    """A place, and what a person said of what is there.

    form   where the name does not tell it, such as "csv"
    asked  how a text is written
    """

    place: str
    form: str = ""
    asked: Asked = field(default_factory=Asked)

    def __fspath__(self) -> str:
        return self.place

    def __str__(self) -> str:
        return self.place


Named = str | Path | Piped | Formed


def is_place(source: Any) -> bool:
    """Whether something names a source, instead of being a table."""
    return isinstance(source, (str, Path, Piped, Formed))


def is_url(place: Any) -> bool:
    """Whether it is the address of a database."""
    return isinstance(place, str) and _URL.match(place) is not None


def without_sheet(place: str | Path, endings: tuple[str, ...]) -> tuple[Path, str]:
    """The file and the sheet in "file.xlsx#Sheet2"; the sheet is "" where none is said."""
    before, sign, sheet = str(place).rpartition("#")
    if sign and before.lower().endswith(endings) and not Path(place).exists():
        return Path(before), sheet
    return Path(place), ""


def files_of(place: str | Path) -> list[Path] | None:
    """The files of a folder or a pattern, in the order of their names; None for a single file.

    Raises TableError where there is none.
    """
    path = Path(place)
    if not str(place):
        raise TableError("the path is empty: expected that of a file, or a folder of files.")
    if path.is_dir():
        found = [p for p in path.iterdir() if p.is_file() and not p.name.startswith(_SKIPPED)]
        what = f"{path} is a folder without files"
    elif not path.exists() and _PATTERN.search(str(place)):
        found = [Path(p) for p in glob.glob(str(place), recursive=True) if Path(p).is_file()]
        what = f"no file is called {place} (looked from {Path.cwd()})"
    else:
        return None
    if not found:
        raise TableError(f"{what}: expected at least one table.")
    return sorted(found, key=str)
