"""What tests of what is asked over HTTP need: each its own data, all the same application."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI
from starlette.testclient import TestClient

from tests.server.people import PASSWORD, Person, person, team_of
from tests.server.serving import Noted, service_in
from trimtab.server.access import passwords
from trimtab.server.app import application
from trimtab.server.database.database import Database
from trimtab.server.files import Files
from trimtab.server.service import Service

HERE = "http://localhost:8722"


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Service:
    """A service that has nothing, to be copied: migrations take a while."""
    made = service_in(tmp_path_factory.mktemp("empty"))
    made.database.close()
    return made


@pytest.fixture(scope="session")
def app(empty: Service) -> FastAPI:
    """The application, whose routes are put together at the first request."""
    return application(empty)


@pytest.fixture
def service(request: pytest.FixtureRequest, tmp_path: Path, empty: Service) -> Iterator[Service]:
    """A service that has nothing; on PostgreSQL, too, for tests that use `database_url`."""
    url = request.getfixturevalue("database_url") if _several(request) else None
    if url is None:
        shutil.copy(empty.settings.data / "trimtab.sqlite", tmp_path)
        settings = replace(empty.settings, data=tmp_path)
        made = Service(settings, Database(settings.database_url), Files(tmp_path), Noted())
    else:
        made = service_in(tmp_path, url)
    yield made
    made.database.close()


def _several(request: pytest.FixtureRequest) -> bool:
    return "database_url" in request.fixturenames


@pytest.fixture
def client(app: FastAPI, service: Service) -> Iterator[TestClient]:
    """One who asks that service."""
    app.state.service = service
    with TestClient(app, base_url=HERE, follow_redirects=False) as made:
        yield made


@pytest.fixture
def owner(service: Service) -> Person:
    return person(service, team_of(service, "team"), "ada", operator=True)


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """What is kept of the password of these tests, where passwords are kept cheaply."""
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=64))
    passwords._nobody.cache_clear()
    yield passwords.hash_password(PASSWORD)
    passwords._nobody.cache_clear()


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Have it be so many seconds later."""
    passed = 0.0
    now = time.time

    def wait(seconds: float) -> None:
        nonlocal passed
        passed += seconds
        monkeypatch.setattr(time, "time", lambda: now() + passed)

    return wait
