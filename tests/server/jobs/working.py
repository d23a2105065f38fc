"""What tests of jobs need: a team with a table, jobs of it, and what became of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import pyarrow as pa
from sqlalchemy import insert, select

from trimtab.datasets import strokes
from trimtab.server.database import tables
from trimtab.server.database.owned import DATASETS, JOBS, PROJECTS, Row
from trimtab.server.ids import new_id
from trimtab.server.jobs import states
from trimtab.server.jobs.kinds import KINDS
from trimtab.server.service import Service
from trimtab.table.files import read
from trimtab.table.writing import write

ROWS = 120
_SECONDS = 240.0  # after which a test has failed, on whatever machine
COLUMNS = ("age", "gender", "hypertension", "bmi", "stroke")


@cache
def small(rows: int = ROWS) -> pa.Table:
    """A small simulated table."""
    return read(strokes(rows, seed=1)).data.select(list(COLUMNS))


@dataclass(frozen=True)
class Team:
    """A user of a team with a project and a dataset."""

    service: Service
    team: str
    user: str
    project: str
    dataset: str

    @classmethod
    def of(cls, service: Service, rows: int = ROWS) -> Team:
        """A new one."""
        now, team, user = time.time(), new_id("teams"), new_id("users")
        by = {"created_by": user}
        with service.database.writing() as connection:
            named = {"name": team, "created_at": now}
            connection.execute(insert(tables.teams).values(id=team, **named))
            person = {"team_id": team, "role": "owner", "operator": False}
            connection.execute(
                insert(tables.users).values(id=user, name=user, created_at=now, **person)
            )
            project = PROJECTS.add(connection, team, name="p", keep_days=None, **by)["id"]
            dataset = new_id("datasets")
            home = service.files.folder("datasets", dataset)
            home.mkdir(parents=True)
            table = read(small(rows))
            write(table, home / "table.csv")
            DATASETS.add(
                connection,
                team,
                id=dataset,
                project_id=project,
                name="strokes.csv",
                rows=table.rows,
                columns=len(table.schema),
                schema=table.schema.model_dump(mode="json"),
                notes=[],
                **by,
                **vars(service.files.keep(home / "table.csv")),
            )
        return cls(service, team, user, project, dataset)

    def submit(self, kind: str, inputs: Mapping[str, str] | None = None, **asked: Any) -> str:
        """A job, ordered."""
        request = KINDS[kind].request(**asked).to_dict()
        with self.service.database.writing() as connection:
            row = states.submit(
                connection,
                team=self.team,
                user=self.user,
                project=self.project,
                kind=kind,
                request=request,
                inputs={"data": self.dataset} if inputs is None else inputs,
            )
        self.service.queue.enqueue(row["id"], row["attempt"], self.user)
        return str(row["id"])

    def job(self, id: str) -> Row:
        """A job as it is."""
        with self.service.database.reading() as connection:
            return JOBS.get(connection, self.team, id)

    def wait(self, id: str, *wanted: str) -> Row:
        """A job once it is in one of these states; in one of those at the end, if none is said."""
        self.wait_until(lambda: self.job(id)["state"] in (*wanted, *states.ENDED))
        job = self.job(id)
        assert not wanted or job["state"] in wanted, job
        return job

    def wait_until(self, true: Callable[[], bool]) -> None:
        """Wait until something is so."""
        until = time.monotonic() + _SECONDS
        while not true():
            assert time.monotonic() < until, self._states()
            time.sleep(0.05)

    def _states(self) -> list[tuple[str, str]]:
        with self.service.database.reading() as connection:
            chosen = select(tables.jobs.c.id, tables.jobs.c.state)
            return [(row.id, row.state) for row in connection.execute(chosen)]

    def events(self, id: str) -> list[dict[str, Any]]:
        """All that happened to a job."""
        return self._rows(tables.events, id, tables.events.c.number)

    def artifacts(self, id: str) -> dict[str, dict[str, Any]]:
        """The files of a job by their names."""
        found = self._rows(tables.artifacts, id, tables.artifacts.c.name)
        return {row["name"]: row for row in found}

    def models(self, id: str) -> list[dict[str, Any]]:
        """The models of a job."""
        return self._rows(tables.models, id, tables.models.c.id)

    def _rows(self, table: Any, job: str, order: Any) -> list[dict[str, Any]]:
        with self.service.database.reading() as connection:
            found = connection.execute(select(table).where(table.c.job_id == job).order_by(order))
            return [dict(row) for row in found.mappings()]
