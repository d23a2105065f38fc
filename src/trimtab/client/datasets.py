"""Tables brought to a server: by the hash of what they hold, so that each comes there once."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from trimtab.client.connection import Connection
from trimtab.errors import InputError, ServiceError
from trimtab.table.files import read
from trimtab.table.schema import Schema
from trimtab.table.sources.formats import told_by
from trimtab.table.sources.packing import bare
from trimtab.table.sources.place import is_place
from trimtab.table.table import Table
from trimtab.table.writing import write

_PREFIX = "ds_"
_PIECE = 1 << 20


@dataclass(frozen=True)
class Dataset:
    """A table of a server.

    given   the table that was brought, or its place; None for one that was there
    """

    id: str
    connection: Connection
    given: Any = field(default=None, repr=False)

    def to_dict(self) -> dict[str, Any]:
        """What the server says of it: name, rows, columns, hash."""
        found: dict[str, Any] = self.connection.get(f"/datasets/{self.id}")
        return found

    @property
    def schema(self) -> Schema:
        """What its columns are, as the server has it."""
        return Schema.parse(self.connection.get(f"/datasets/{self.id}/schema"), "the schema")

    @cached_property
    def table(self) -> Table:
        """The table, as whoever gave it has it; from the server, where it was there before."""
        if self.given is not None:
            return read(self.given, self.schema)
        name = self.to_dict()["name"]
        with tempfile.TemporaryDirectory(prefix="trimtab-") as folder:
            place = Path(folder) / f"table{_ending(name)}"
            self.connection.download(f"/datasets/{self.id}/file", place)
            return read(place, self.schema)

    def remove(self) -> None:
        """Remove it from the server."""
        self.connection.delete(f"/datasets/{self.id}")


def brought(connection: Connection, project: str, data: Any) -> Dataset:
    """A table on the server: brought there, unless the project has the same file.

    data   whatever `trimtab.read` takes; a file goes as it is, all else as Parquet; or a Dataset,
           or the id of one

    Raises TableError for no usable table, ServiceError for a server that is away.
    """
    if isinstance(data, Dataset):
        return data
    if isinstance(data, str) and data.startswith(_PREFIX) and not Path(data).exists():
        return Dataset(data, connection)
    if isinstance(data, (str, Path)) and _is_file(data):
        place = Path(data)
        return Dataset(_id_of(connection, project, place, place.name), connection, data)
    table = read(data)
    with _as_parquet(table) as place:
        dataset = Dataset(_id_of(connection, project, place, place.name), connection, table)
    if isinstance(data, Table) or is_place(data):  # whose columns the file does not tell
        said = table.schema.model_dump(mode="json")
        connection.ask("PUT", f"/datasets/{dataset.id}/schema", json=said)
    return dataset


def _is_file(data: str | Path) -> bool:
    """Whether it names one file, of a form that its name tells."""
    return Path(data).is_file() and told_by(Path(data).name) is not None


@contextmanager
def _as_parquet(table: Table) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="trimtab-") as folder:
        place = Path(folder) / "table.parquet"
        write(table, place)
        yield place


def _id_of(connection: Connection, project: str, place: Path, name: str) -> str:
    """The id of the dataset that holds a file: it is sent, where there is none."""
    digest, tries = hash_of(place), connection.tries()
    while True:
        if (known := _known(connection, project, digest, name)) is not None:
            return known
        try:
            sent = connection.send(
                "/datasets", lambda: place.open("rb"), project=project, name=name
            )
            return str(sent["id"])
        except ServiceError:  # it may have come all the same: see, before it is sent again
            if not next(tries):
                raise


def _known(connection: Connection, project: str, digest: str, name: str) -> str | None:
    for item in connection.pages("/datasets", project=project, sha256=digest):
        if item["sha256"] == digest and _ending(item["name"]) == _ending(name):
            return str(item["id"])
    return None


def _ending(name: str) -> str:
    inner, packed = bare(name.lower())
    return Path(inner).suffix + packed


def hash_of(place: Path) -> str:
    """The SHA-256 of a file. Raises InputError where it cannot be read."""
    digest = hashlib.sha256()
    try:
        with place.open("rb") as stream:
            while part := stream.read(_PIECE):
                digest.update(part)
    except OSError as error:
        raise InputError(f"cannot read {place}: {error.strerror}.") from None
    return digest.hexdigest()
