"""What is old goes, with its files; what a team keeps is bounded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, update

from tests.server.people import person, team_of, things_of
from tests.server.serving import service_in
from trimtab.server.database import tables
from trimtab.server.problems import Conflict, NoRoom, NotFound
from trimtab.server.removal import check_space, remove_old, remove_project
from trimtab.server.service import Service

DAY = 24 * 3600.0


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    made = service_in(tmp_path, team_mib=1)
    yield made
    made.database.close()


def test_projects_keep_no_longer_than_they_say(service: Service) -> None:
    one = person(service, team_of(service, "team"), "owner")
    kept, old = things_of(one), things_of(one)
    with service.database.writing() as connection:
        made = connection.execute(
            select(tables.datasets.c.created_at).where(tables.datasets.c.id == old.dataset)
        ).scalar_one()
        here = tables.projects.c.id == old.project
        connection.execute(update(tables.projects).where(here).values(keep_days=10))
    assert remove_old(service, made + 9 * DAY) == 0
    assert remove_old(service, made + 11 * DAY) == 4
    with service.database.reading() as connection:
        for table, id in ((tables.datasets, old.dataset), (tables.jobs, old.job)):
            assert not connection.execute(select(table).where(table.c.id == id)).first()
        assert connection.execute(
            select(tables.datasets).where(tables.datasets.c.id == kept.dataset)
        ).first()


def test_a_project_goes_with_all_that_is_in_it(service: Service) -> None:
    one = person(service, team_of(service, "team"), "owner")
    other = person(service, team_of(service, "others"), "other")
    things = things_of(one)
    with pytest.raises(NotFound):
        remove_project(service, other.caller, things.project)
    with service.database.writing() as connection:
        here = tables.jobs.c.id == things.job
        connection.execute(update(tables.jobs).where(here).values(state="running"))
    with pytest.raises(Conflict, match="cancel them first"):
        remove_project(service, one.caller, things.project)
    with service.database.writing() as connection:
        connection.execute(update(tables.jobs).where(here).values(state="succeeded"))
    remove_project(service, one.caller, things.project)
    with service.database.reading() as connection:
        for table in (tables.datasets, tables.plans, tables.jobs, tables.models, tables.artifacts):
            assert not connection.execute(select(table)).first(), table.name


def test_a_team_that_keeps_too_much_is_told(service: Service) -> None:
    one = person(service, team_of(service, "team"), "owner")
    things = things_of(one)
    with service.database.writing() as connection:
        check_space(connection, service, one.team)
        here = tables.datasets.c.id == things.dataset
        connection.execute(update(tables.datasets).where(here).values(bytes=2 << 20))
        with pytest.raises(NoRoom, match="remove projects"):
            check_space(connection, service, one.team)
