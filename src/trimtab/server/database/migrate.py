"""Bring a database to the version that this server speaks; a copy of SQLite's is made before."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import inspect, text

from trimtab._run import unheard
from trimtab.errors import InputError
from trimtab.server.database.database import Database
from trimtab.server.files import sync

NEWEST = "0001"  # the version that this server speaks: the last of the steps
_TABLE = "alembic_version"
_LOCK = 8722  # of ours, among what else may be locked in that database


def migrate(database: Database, data: Path, say: Callable[[str], None] = unheard) -> None:
    """Take the steps that are missing, all or none of them.

    say   hears what is done

    Raises InputError for a database of a newer server.
    """
    at = version(database)
    if at == NEWEST:
        return
    from alembic import command  # which takes long to import
    from alembic.script import ScriptDirectory

    steps = ScriptDirectory.from_config(_config())
    known = [step.revision for step in steps.walk_revisions()]  # the newest first
    if at is not None and at not in known:
        raise InputError(
            f"the database is of version {at}, newer than this server, which knows "
            f"{known[0]} and older: upgrade trimtab."
        )
    missing = known if at is None else known[: known.index(at)]
    if at is not None:
        _back_up(database, data, at, say)
    say(f"the database: {len(missing)} steps, from {at or 'nothing'} to {known[0]}.")
    with database.writing() as connection:
        if not database.is_sqlite:  # whose writers wait already: one server after the other
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def version(database: Database) -> str | None:
    """The version of a database; None where there is nothing yet."""
    with database.reading() as connection:
        if not inspect(connection).has_table(_TABLE):
            return None
        found: str | None = connection.execute(text(f"SELECT version_num FROM {_TABLE}")).scalar()
        return found


def copy_sqlite(source: Path, target: Path) -> None:
    """Copy a database of SQLite that may be in use, whole as it is at one moment."""
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)
    sync(target)


def _back_up(database: Database, data: Path, at: str, say: Callable[[str], None]) -> None:
    if not database.is_sqlite:
        say("the database is PostgreSQL: its backups are those that you make (pg_dump).")
        return
    folder = data / "backups"
    folder.mkdir(mode=0o700, exist_ok=True)
    target = folder / f"{at}-{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}.sqlite"
    copy_sqlite(Path(str(database.engine.url.database)), target)
    say(f"the database as it was: {target}.")


def _config() -> Any:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "trimtab.server.database:migrations")
    config.set_main_option("path_separator", "os")
    return config
