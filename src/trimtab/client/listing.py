"""What a server has, as lists."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from trimtab.client.connection import Connection
from trimtab.errors import InputError

T = TypeVar("T")


@dataclass(frozen=True)
class Listing(Generic[T]):
    """The things of one kind, the newest first: iterate it, or get one by its id.

    path      where they stand
    make      a thing, from what the server says of it
    resolve   what a filter is to the server: of a project its id
    """

    path: str
    connection: Connection
    make: Callable[[dict[str, Any]], T] = field(repr=False)
    resolve: Callable[[str, str], str] = field(repr=False)
    filters: Mapping[str, str] = field(default_factory=dict)

    def of(self, **filters: str) -> Listing[T]:
        """Those of a `project` (by its name), of a `state`, of a `kind`."""
        found = {name: self.resolve(name, value) for name, value in filters.items()}
        return replace(self, filters={**self.filters, **found})

    def get(self, id: str) -> T:
        """One by its id. Raises InputError where there is none."""
        return self.make(self.connection.get(f"{self.path}/{id}"))

    def __iter__(self) -> Iterator[T]:
        return (self.make(item) for item in self.connection.pages(self.path, **self.filters))


@dataclass(frozen=True)
class Project:
    """What is kept, and removed, together."""

    id: str
    name: str
    connection: Connection = field(repr=False)

    def remove(self) -> None:
        """Remove it from the server, with all that is in it; no job of it may run."""
        self.connection.delete(f"/projects/{self.id}")


def project_of(connection: Connection, name: str) -> Project:
    """The project of a name; made, where there is none."""
    found = next(connection.pages("/projects", name=name), None)
    if found is None:
        try:
            found = connection.post("/projects", {"name": name})
        except InputError:  # of one who made it meanwhile, if there is one now
            found = next(connection.pages("/projects", name=name), None)
            if found is None:
                raise
    return Project(found["id"], found["name"], connection)
