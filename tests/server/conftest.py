"""Databases for the tests of the service: SQLite, and PostgreSQL where it is installed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.server.cluster import cluster, new_database, programs, somewhere


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """A PostgreSQL server, by its URL without the name of a database."""
    if programs() is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    with somewhere() as folder, cluster(folder) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str | None:
    """The URL of a new database: None for SQLite in the data folder, then PostgreSQL."""
    if request.param == "sqlite":
        return None
    return new_database(request.getfixturevalue("postgresql"))
