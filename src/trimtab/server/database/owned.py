"""Rows that teams own: the one place where a team's rows are told from another's.

Whoever asks for a row names their team; a row of another team is not there for them. There is no
other way to a row of these tables for what a request asks.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, and_, delete, insert, or_, select, update

from trimtab.server.database import tables
from trimtab.server.ids import is_id, new_id
from trimtab.server.problems import NotFound

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Page:
    """A page of rows, the newest first; `next` is what to ask for the page behind it."""

    rows: Sequence[Row]
    next: str | None


@dataclass(frozen=True)
class Owned:
    """Rows of one table, by team.

    noun   what one of them is called, in errors
    """

    table: Table
    noun: str

    def add(self, connection: Connection, team: str, **values: Any) -> Row:
        """Add a row; its id and its time are made here, where none are given."""
        row = {"id": new_id(self.table.name), "team_id": team, "created_at": time.time()} | values
        connection.execute(insert(self.table).values(**row))
        return row

    def get(self, connection: Connection, team: str, id: str) -> Row:
        """A row. Raises NotFound, be it another team's or nobody's."""
        found = None
        if is_id(id, self.table.name):
            chosen = select(self.table).where(self._is(team, id))
            found = connection.execute(chosen).mappings().first()
        if found is None:
            raise NotFound(f"there is no {self.noun} {id!r:.80}: see the list of them.")
        return dict(found)

    def page(
        self,
        connection: Connection,
        team: str,
        *,
        size: int = 50,
        after: str | None = None,
        **of: Any,
    ) -> Page:
        """Rows whose columns have these values, the newest first, behind the row `after`."""
        columns = self.table.c
        chosen = select(self.table).where(columns.team_id == team)
        for name, value in of.items():
            chosen = chosen.where(columns[name] == value)
        if after is not None:
            last = self.get(connection, team, after)
            older = columns.created_at < last["created_at"]
            same = and_(columns.created_at == last["created_at"], columns.id < last["id"])
            chosen = chosen.where(or_(older, same))
        chosen = chosen.order_by(columns.created_at.desc(), columns.id.desc()).limit(size + 1)
        rows = [dict(row) for row in connection.execute(chosen).mappings()]
        return Page(rows[:size], rows[size - 1]["id"] if len(rows) > size else None)

    def change(self, connection: Connection, team: str, id: str, **values: Any) -> Row:
        """Change a row, and give it back. Raises NotFound."""
        self.get(connection, team, id)
        connection.execute(update(self.table).where(self._is(team, id)).values(**values))
        return self.get(connection, team, id)

    def remove(self, connection: Connection, team: str, id: str) -> Row:
        """Remove a row and all that hangs on it, and give back what it was. Raises NotFound."""
        row = self.get(connection, team, id)
        connection.execute(delete(self.table).where(self._is(team, id)))
        return row

    def _is(self, team: str, id: str) -> Any:
        return and_(self.table.c.team_id == team, self.table.c.id == id)


USERS = Owned(tables.users, "user")
TOKENS = Owned(tables.tokens, "token")
AUDITS = Owned(tables.audits, "entry of the audit log")
PROJECTS = Owned(tables.projects, "project")
DATASETS = Owned(tables.datasets, "dataset")
PLANS = Owned(tables.plans, "plan")
JOBS = Owned(tables.jobs, "job")
MODELS = Owned(tables.models, "model")
ARTIFACTS = Owned(tables.artifacts, "artifact")
LINKS = Owned(tables.links, "link")

# What a job can work on, by its noun.
THINGS = {one.noun: one for one in (DATASETS, MODELS, PLANS, ARTIFACTS)}


def thing(
    connection: Connection, team: str, id: str, nouns: Iterable[str]
) -> tuple[str, Row] | None:
    """What an id names, by its noun, and its row; None where it is the id of none of these.

    Raises NotFound for an id of one that is not there.
    """
    for noun in nouns:
        if is_id(id, THINGS[noun].table.name):
            return noun, THINGS[noun].get(connection, team, id)
    return None
