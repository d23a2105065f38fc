"""Tables as files: whole, or in parts that are never held together; replaced in one step."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from trimtab.errors import InputError, TableError
from trimtab.table.output_path import check_output_path, replacing
from trimtab.table.sources import excel, parquet, text
from trimtab.table.sources.extras import needed
from trimtab.table.sources.format import Manner, Parts
from trimtab.table.sources.formats import Named, listed, told_by
from trimtab.table.sources.packing import packed
from trimtab.table.sources.place import STANDARD, is_url, without_sheet
from trimtab.table.table import Table


@dataclass(frozen=True)
class Target:
    """Where a table is written, and how.

    place         a path, "file.xlsx#Sheet", or "-" for standard output
    format        the form where the name does not tell it, such as "jsonl"; of "-", CSV if not said
    formula_safe  in text, whether cells that a spreadsheet would take for formulae begin with a
                  quote: texts that begin with = + - @, a tab or a carriage return
    """

    place: str
    format: str | None = None
    formula_safe: bool = False

    @property
    def standard(self) -> bool:
        """Whether that is standard output."""
        return self.place == STANDARD

    @property
    def record(self) -> dict[str, Any]:
        """What a result says of it."""
        safe = {"formula_safe": True} if self.formula_safe else {}
        return {"output": self.place, **safe}

    @property
    def keeps_marks(self) -> bool:
        """Whether such a file has a place to say that its rows were made up."""
        return self.told.format is parquet.FORMAT

    @property
    def path(self) -> Path:
        """The file."""
        return without_sheet(self.place, excel.FORMAT.endings)[0]

    @property
    def manner(self) -> Manner:
        """How it is written."""
        path, sheet = without_sheet(self.place, excel.FORMAT.endings)
        plain = not self.standard and told_by(path.name)
        name = path.name if plain else f"table.{(self.format or 'csv').lstrip('.')}"
        return Manner(name, sheet, self.formula_safe)

    @property
    def told(self) -> Named:
        """The form. Raises TableError for one that cannot be written."""
        name = self.manner.name if self.standard or self.format else self.path.name
        told = told_by(name)
        suffix = "".join(Path(name).suffixes[-1:])
        endings = () if told is None else told.format.writable or told.format.endings
        if told is None or not told.format.write:
            raise TableError(
                f"cannot write {self.place}: unknown kind of file {suffix!r}: expected "
                f"{listed(writable=True)}."
            )
        if not told.packing and not f".{name.lower()}".endswith(endings):
            raise TableError(
                f"cannot write {self.place}: {suffix} can be read, but not written: expected "
                f"{' or '.join(endings)}."
            )
        return told


Place = str | Path | Target


def target_of(place: Place) -> Target:
    """A place as a target."""
    return place if isinstance(place, Target) else Target(str(place))


def check_writable(place: Place) -> Target:
    """Check, before any work is done, that a table can be written at a place.

    Raises TableError for an unknown ending, a folder, a place that is not writable, or what is not
    installed; InputError for a manner that the form does not have.
    """
    target = target_of(place)
    if is_url(target.place):
        raise TableError(
            f"cannot write {target.place}: databases are only read. Write a file, such as Parquet, "
            "and load that."
        )
    form = target.told.format
    if target.formula_safe and form is not text.FORMAT:
        raise InputError(
            f"`formula_safe` is about CSV, and {target.place} is {form.name}, where a text is "
            "never taken for a formula: leave it out."
        )
    if form.needs:
        needed(form.needs, form.extra, f"{target.place} is an {form.name} file")
    if not target.standard:
        check_output_path(target.path)
    return target


def write(
    table: Table, path: Place, *, format: str | None = None, formula_safe: bool = False
) -> Path:
    """Write a table in the form that the ending of the path tells, in one step.

    docs/files.md lists the forms. `format` says it where the name does not; `formula_safe` makes
    CSV files safe for spreadsheets, as `Target` says. In text and in Excel a missing value is the
    empty cell, and so is an empty string; Parquet and JSON tell them apart.
    Raises TableError; on any error, and on Ctrl-C, nothing is left half-written.
    """
    if not isinstance(path, Target):
        path = Target(str(path), format, formula_safe)
    return write_all([(table, path)])[0]


def write_all(tables: Sequence[tuple[Table, Place]]) -> list[Path]:
    """Write several tables, each as `write` does: no file is replaced before all are written."""
    targets = [check_writable(place) for _, place in tables]
    with ExitStack() as stack:
        for (table, _), target in zip(tables, targets, strict=True):
            _write([table], target, stack.enter_context(_replacing(target)))
    return [target.path for target in targets]


def write_parts(parts: Iterable[Table], path: Place) -> int:
    """Write the rows of tables (at least one) of one schema as one file; how many rows.

    Takes the memory of one part. How a column is written as text hangs on all of its values: for
    text the parts lie in a file beside `path` until all have been seen.
    """
    target = check_writable(path)
    with _replacing(target) as temporary:
        if target.told.format.passes == 1:
            return _write(parts, target, temporary)
        with tempfile.NamedTemporaryFile(
            dir=temporary.parent, prefix=f".{temporary.stem}.", suffix=".parts"
        ) as spool:
            return _write(_Spooled.of(iter(parts), spool), target, temporary)


def _write(parts: Parts, target: Target, temporary: Path) -> int:
    told, manner = target.told, target.manner
    assert told.format.write is not None
    with temporary.open("wb") as raw, packed(raw, told.packing, manner.name) as out:
        return told.format.write(parts, out, manner)


@contextmanager
def _replacing(target: Target) -> Iterator[Path]:
    """A temporary path that becomes the file, or goes to standard output, if all ends well."""
    if not target.standard:
        with replacing(target.path) as temporary:
            yield temporary
        return
    with tempfile.TemporaryDirectory(prefix="trimtab-") as folder:
        temporary = Path(folder) / "table"
        yield temporary
        with temporary.open("rb") as whole:
            shutil.copyfileobj(whole, sys.stdout.buffer)
        sys.stdout.buffer.flush()


@dataclass(frozen=True)
class _Spooled:
    """Parts that lie in a file, so that they can be gone over again."""

    first: Table
    path: str

    @classmethod
    def of(cls, parts: Iterator[Table], spool: Any) -> _Spooled:
        first = next(parts)
        with pa.ipc.new_file(spool, first.data.schema) as writer:
            writer.write_table(first.data)
            for part in parts:
                writer.write_table(part.data)
        spool.flush()
        return cls(first, spool.name)

    def __iter__(self) -> Iterator[Table]:
        schema, origin = self.first.schema, self.first.origin
        with pa.OSFile(self.path) as source, pa.ipc.open_file(source) as reader:
            for i in range(reader.num_record_batches):
                batch = reader.get_batch(i)
                yield Table(schema, pa.Table.from_batches([batch]), origin)
