"""Who lives: told by locked files where they are shared, and by heartbeats elsewhere."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, update

from tests.server.serving import service_in
from trimtab.server.database.database import Database
from trimtab.server.database.tables import workers
from trimtab.server.jobs import worker as module
from trimtab.server.jobs.worker import Watch, Worker, remove_locks


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    service = service_in(tmp_path / "data")
    yield service.database
    service.database.close()


def told_apart(database: Database, watch: Watch) -> tuple[set[str], set[str]]:
    with database.reading() as connection:
        return watch.told_apart(connection)


def test_one_whose_lock_is_free_is_dead_at_once(database: Database, tmp_path: Path) -> None:
    watch, one, other = Watch(tmp_path), Worker(database, tmp_path), Worker(database, tmp_path)
    assert told_apart(database, watch) == ({one.id, other.id}, set())
    module.os.close(one._lock)  # as the system does when a process dies
    assert told_apart(database, watch) == ({other.id}, {one.id})
    remove_locks(tmp_path, {other.id})
    assert [place.stem for place in tmp_path.glob("*.lock")] == [other.id]
    with database.writing() as connection:
        watch.bury(connection, one.id)
    other.end()
    assert told_apart(database, watch) == (set(), set())
    assert not list(tmp_path.glob("*.lock"))


def test_elsewhere_one_is_dead_when_it_has_not_been_heard_of_for_long(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr(module.time, "monotonic", lambda: now)
    far = Worker(database, tmp_path / "elsewhere")
    with database.writing() as connection:
        connection.execute(update(workers).values(host=f"not {socket.gethostname()}"))
    watch = Watch(tmp_path)
    assert told_apart(database, watch) == ({far.id}, set()), "its clock may be any"
    now += 19
    far.beat()
    assert told_apart(database, watch) == ({far.id}, set())
    now += 19
    assert told_apart(database, watch) == ({far.id}, set()), "heard of 19 seconds ago"
    now += 2
    assert told_apart(database, watch) == (set(), {far.id})
    far.end()


def test_one_that_was_taken_for_dead_says_that_it_lives(database: Database, tmp_path: Path) -> None:
    worker = Worker(database, tmp_path)
    with database.writing() as connection:
        Watch(tmp_path).bury(connection, worker.id)
    worker.beat()
    with database.reading() as connection:
        assert connection.execute(select(workers.c.id)).scalars().all() == [worker.id]
    worker.end()
