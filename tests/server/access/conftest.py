"""A service, and one who asks it over HTTP."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from starlette.testclient import TestClient

from tests.server.people import PASSWORD, Person, person, team_of
from tests.server.serving import service_in
from trimtab.server.access import passwords
from trimtab.server.app import application
from trimtab.server.service import Service


@pytest.fixture
def service(tmp_path: Path) -> Service:
    return service_in(tmp_path)


@pytest.fixture
def client(service: Service) -> Iterator[TestClient]:
    with TestClient(
        application(service), base_url="http://localhost:8722", follow_redirects=False
    ) as made:
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
