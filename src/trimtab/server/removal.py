"""What is removed, with its files; and how much a team keeps."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable

from sqlalchemy import Connection, func, select

from trimtab.server.access.audit import note
from trimtab.server.access.caller import Caller
from trimtab.server.database import tables
from trimtab.server.database.owned import PROJECTS
from trimtab.server.jobs.states import ENDED
from trimtab.server.problems import Conflict, NoRoom
from trimtab.server.service import Service

_DAY = 24 * 3600.0
_HOUR = 3600.0
_WITH_FILES = (tables.datasets, tables.plans, tables.models, tables.jobs)
Things = list[tuple[str, str]]  # names of tables, and ids


def check_space(connection: Connection, service: Service, team: str) -> None:
    """Refuse to take more where a team, or the disk, has no room. Raises NoRoom."""
    service.files.check_room(service.policy.free_mib)
    kept = sum(
        connection.execute(select(func.sum(t.c.bytes)).where(t.c.team_id == team)).scalar() or 0
        for t in (tables.datasets, tables.models, tables.artifacts)
    )
    if kept > service.policy.team_mib * 1024**2:
        raise NoRoom(
            f"your team keeps more than {service.policy.team_mib:,} MiB: remove projects, datasets "
            "or jobs that are not needed."
        )


def remove_project(service: Service, caller: Caller, id: str) -> None:
    """Remove a project with all that is in it. Raises NotFound, and Conflict while jobs run."""
    with service.database.writing() as connection:
        PROJECTS.get(connection, caller.team, id)
        jobs = tables.jobs
        running = select(jobs.c.id).where(jobs.c.project_id == id, jobs.c.state == "running")
        if under_way := connection.execute(running).scalars().all():
            raise Conflict(
                f"{len(under_way)} jobs of the project are running: cancel them first "
                f"({', '.join(under_way[:3])})."
            )
        things = _things_in(connection, id)
        PROJECTS.remove(connection, caller.team, id)
        note(connection, caller, "project removed", id)
    _remove_files(service, things)


def remove_old(service: Service, now: float | None = None) -> int:
    """Remove what projects keep no longer, and give back how many things that were."""
    now = time.time() if now is None else now
    things: Things = []
    with service.database.writing() as connection:
        projects = tables.projects
        kept = select(projects.c.id, projects.c.keep_days).where(projects.c.keep_days.isnot(None))
        for project, days in connection.execute(kept).all():
            things += _old(connection, project, now - _DAY * days)
        for name, id in things:
            table = tables.tables.tables[name]
            connection.execute(table.delete().where(table.c.id == id))
    _remove_files(service, things)
    return len(things)


def keep_removing(service: Service, over: threading.Event) -> None:
    """Remove what is old, once an hour, until it is over."""
    while not over.wait(_HOUR):
        remove_old(service)


def _things_in(connection: Connection, project: str) -> Things:
    return [
        (table.name, id)
        for table in _WITH_FILES
        for id in connection.execute(
            select(table.c.id).where(table.c.project_id == project)
        ).scalars()
    ]


def _old(connection: Connection, project: str, before: float) -> Things:
    """What was there before a time; of jobs, those that have ended."""
    found: Things = []
    for table in _WITH_FILES:
        chosen = select(table.c.id).where(
            table.c.project_id == project, table.c.created_at < before
        )
        if table is tables.jobs:
            chosen = chosen.where(tables.jobs.c.state.in_(ENDED))
        found += [(table.name, id) for id in connection.execute(chosen).scalars()]
    return found


def _remove_files(service: Service, things: Iterable[tuple[str, str]]) -> None:
    for name, id in things:
        service.files.remove(name, id)
