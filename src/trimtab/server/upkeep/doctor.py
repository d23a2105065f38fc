"""Whether all that a server keeps is sound: looked at, never changed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, select, text

from trimtab.server.database import tables
from trimtab.server.database.migrate import NEWEST, version
from trimtab.server.files import Files
from trimtab.server.policy import read_policy
from trimtab.server.problems import NoRoom
from trimtab.server.settings import Settings
from trimtab.server.upkeep.backup import FOLDERS, kept_database

_KEPT = (tables.datasets, tables.models, tables.artifacts)
_LONG = 24 * 3600.0  # for a job to wait


@dataclass(frozen=True)
class Finding:
    """What was looked at, whether it is well, and what to do where it is not."""

    what: str
    well: bool
    told: str


def examine(settings: Settings, *, thorough: bool = False) -> Iterator[Finding]:
    """Look at the database, the files, the secret and the disk.

    thorough   read every file, and compare it with what it was

    Raises InputError for a folder that no server kept anything in.
    """
    database, files = kept_database(settings), Files(settings.data)
    try:
        at = version(database)
        yield Finding(
            "version",
            at == NEWEST,
            f"the database is of version {at}, this server speaks {NEWEST}"
            + ("" if at == NEWEST else ": start the server once, which takes the steps"),
        )
        if at != NEWEST:
            return
        with database.reading() as connection:
            if database.is_sqlite:
                yield _integrity(connection)
            yield _contents(connection, files, thorough=thorough)
            yield _strays(connection, files)
            yield _waiting(connection)
    finally:
        database.close()
    yield _secret(settings.data)
    yield _disk(files)


def _integrity(connection: Connection) -> Finding:
    found = [str(row[0]) for row in connection.execute(text("PRAGMA integrity_check"))]
    loose = connection.execute(text("PRAGMA foreign_key_check")).all()
    if found == ["ok"] and not loose:
        return Finding("database", True, "SQLite finds it whole")
    told = f"SQLite finds {'; '.join(found[:3])}, and {len(loose)} rows that hang on nothing"
    return Finding("database", False, f"{told}: restore a backup")


def _contents(connection: Connection, files: Files, *, thorough: bool) -> Finding:
    """Whether every file that the database speaks of is there, as it was."""
    many, wrong = 0, list[str]()
    for table in _KEPT:
        chosen = select(table.c.id, table.c.file, table.c.bytes, table.c.sha256)
        for id, file, size, sha256 in connection.execute(chosen):
            many += 1
            place = files.place(file)
            sound = place.is_file() and place.stat().st_size == size
            if not sound or (thorough and files.keep(files.root / file).sha256 != sha256):
                wrong.append(id)
    how = "read and compared" if thorough else "there, of the right size"
    if not wrong:
        return Finding("files", True, f"{many:,} files are {how}")
    return Finding(
        "files",
        False,
        f"{len(wrong)} of {many:,} files are missing or changed ({', '.join(wrong[:5])}): restore "
        "them from a backup, or remove what they belong to",
    )


def _strays(connection: Connection, files: Files) -> Finding:
    """Folders that nothing speaks of: left by a crash between a file and its row."""
    strays = list[str]()
    for name in FOLDERS:
        folder = files.root / name
        known = set(connection.execute(select(tables.tables.tables[name].c.id)).scalars())
        if folder.is_dir():
            strays += [f"{name}/{p.name}" for p in sorted(folder.iterdir()) if p.name not in known]
    if not strays:
        return Finding("strays", True, "no folder lies about that nothing speaks of")
    told = f"nothing speaks of {', '.join(strays[:3])}{' ...' if len(strays) > 3 else ''}"
    return Finding("strays", False, f"{told} ({len(strays)} in all): they can be removed")


def _waiting(connection: Connection) -> Finding:
    chosen = select(tables.jobs.c.id).where(
        tables.jobs.c.state == "queued", tables.jobs.c.created_at < time.time() - _LONG
    )
    old = list(connection.execute(chosen).scalars())
    if not old:
        return Finding("jobs", True, "no job waits for longer than a day")
    told = f"{len(old)} jobs wait for longer than a day ({', '.join(old[:3])})"
    return Finding("jobs", False, f"{told}: is a server running?")


def _secret(data: Path) -> Finding:
    place = data / "secret"
    if place.exists() and place.stat().st_mode & 0o077:
        return Finding("secret", False, f"others can read {place}: chmod 600 {place}")
    return Finding("secret", True, "nobody else reads it")


def _disk(files: Files) -> Finding:
    free = read_policy(files.root / "policy.toml").free_mib
    try:
        files.check_room(free)
    except NoRoom:
        return Finding("disk", False, f"less than {free:,} MiB are left: make room")
    return Finding("disk", True, f"more than {free:,} MiB are left")
