"""The database of the service: SQLite in its folder, or PostgreSQL by URL.

SQLite: a write-ahead log, so that readers never wait; every commit reaches the disk before it
counts (`synchronous=FULL`), because a queue must not lose what it said it has; writers take their
turn from the start of a transaction (`BEGIN IMMEDIATE`), because one that must first read could
not wait for another later.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, TimeoutError

from trimtab.errors import InputError
from trimtab.server.problems import Away

_SECONDS_TO_WAIT = 30  # for another writer, or for the server to answer
_DRIVER = "postgresql+psycopg"


class Database:
    """Connections to the database. Raises InputError for a URL of another kind.

    url   "sqlite:///...", or "postgresql://..."
    """

    def __init__(self, url: str) -> None:
        self._engine = _engine(url)

    @property
    def engine(self) -> Engine:
        """The engine of SQLAlchemy."""
        return self._engine

    @property
    def is_sqlite(self) -> bool:
        """Whether it is a file of SQLite."""
        return self._engine.dialect.name == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection to read with. Raises Away where the database does not answer."""
        with _answering(), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction: kept whole when the block ends well, and else nothing of it.

        Raises Away where the database does not answer.
        """
        with _answering(), self._engine.connect() as connection:
            if self.is_sqlite:
                connection.execute(text("BEGIN IMMEDIATE"))
            try:
                yield connection
            except BaseException:
                connection.rollback()
                raise
            connection.commit()

    def close(self) -> None:
        """Give back all connections."""
        self._engine.dispose()


@contextmanager
def _answering() -> Iterator[None]:
    """Say Away where the database is: gone, locked for long, or out of room."""
    try:
        yield
    except DBAPIError as error:
        if not _is_gone(error):
            raise
        raise Away("the database does not answer") from error
    except TimeoutError as error:  # all connections are in use
        raise Away("the database answers others") from error


def _is_gone(error: DBAPIError) -> bool:
    """Whether the database, and not what was asked of it, is at fault."""
    return error.connection_invalidated or any(
        kind.__name__ == "OperationalError" for kind in type(error.orig).__mro__
    )


def _engine(url: str) -> Engine:
    try:
        parsed = make_url(url)
    except ArgumentError:
        parsed = None
    if parsed is not None and parsed.get_backend_name() == "sqlite":
        engine = create_engine(parsed, connect_args={"timeout": _SECONDS_TO_WAIT})
        event.listen(engine, "connect", _prepare_sqlite)
        return engine
    if parsed is not None and parsed.get_backend_name() == "postgresql":
        return create_engine(
            parsed.set(drivername=_DRIVER),
            pool_size=10,
            pool_timeout=_SECONDS_TO_WAIT,
            pool_pre_ping=True,
            connect_args={"connect_timeout": 10},
        )
    raise InputError(
        "database: expected a URL such as postgresql://user:password@host/name, or none for a "
        "file of SQLite in the data folder."
    )


def _prepare_sqlite(connection: Any, record: Any) -> None:
    connection.isolation_level = None  # we say when a transaction begins
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={1000 * _SECONDS_TO_WAIT}",
    ):
        connection.execute(f"PRAGMA {pragma}")
