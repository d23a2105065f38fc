"""Backups of a server that may be running, and what becomes of them.

The database is copied first, whole as it is at one moment; the files after. So every file that the
copy speaks of was there when it was made, and those that came later lie beside it, unspoken of.
"""

from __future__ import annotations

import json
import os
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from trimtab.errors import InputError
from trimtab.server.database.database import Database
from trimtab.server.database.migrate import NEWEST, copy_sqlite, version
from trimtab.server.files import sync
from trimtab.server.settings import Settings

SQLITE = "trimtab.sqlite"  # what is in the queue beside it follows from the jobs in here
FOLDERS = ("datasets", "plans", "models", "jobs")
SINGLE = ("secret", "policy.toml")
_ABOUT = "backup.json"


def back_up(settings: Settings, target: Path, say: Callable[[str], None]) -> None:
    """Write all that a server keeps into a new file; of PostgreSQL, all but the database.

    Whoever has it can sign in as anyone, and read all tables: it is its owner's alone.
    Raises InputError for a folder that no server kept anything in, or a file that is there.
    """
    database = kept_database(settings)
    if target.exists():
        raise InputError(f"{target} is there already: name a new file.")
    about = {"made_at": time.time(), "version": version(database), "sqlite": database.is_sqlite}
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with (
            os.fdopen(handle, "wb") as out,
            tarfile.open(fileobj=out, mode="w") as archive,
            tempfile.TemporaryDirectory(dir=settings.data) as folder,
        ):
            place = Path(folder)
            (place / _ABOUT).write_text(json.dumps(about), "utf-8")
            archive.add(place / _ABOUT, _ABOUT)
            if database.is_sqlite:
                copy_sqlite(Path(str(database.engine.url.database)), place / SQLITE)
                archive.add(place / SQLITE, SQLITE)
            many = 0
            for file in _files(settings.data):
                many += _added(archive, file, settings.data)
        sync(target)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    finally:
        database.close()
    say(f"{target}: {many:,} files and the database. Keep it as safe as the server itself.")
    if not about["sqlite"]:
        say("The database is PostgreSQL: back it up with pg_dump, before this command each time.")


def restore(source: Path, data: Path, say: Callable[[str], None]) -> None:
    """Unpack a backup into an empty folder, from which a server can be started.

    Raises InputError for what is no backup, one of a newer server, or a folder that holds anything.
    """
    if data.exists() and any(data.iterdir()):
        raise InputError(f"data = {str(data)!r} holds files already: name an empty folder.")
    try:
        with tarfile.open(source) as archive:
            about = json.loads(_member(archive, _ABOUT))
            _check_version(about)
            data.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Members cannot lead out of the folder, be links or devices: PEP 706.
            archive.extractall(data, filter="data")
    except (OSError, tarfile.TarError, KeyError, json.JSONDecodeError) as error:
        raise InputError(
            f"{source} is no backup that can be read ({type(error).__name__}): expected a file "
            "made by `trimtab server backup`."
        ) from None
    (data / _ABOUT).unlink()
    for name in SINGLE:
        if (data / name).exists():
            (data / name).chmod(0o600)
    say(f"{data}: as it was on {time.strftime('%Y-%m-%d %H:%M', time.gmtime(about['made_at']))}.")
    if not about["sqlite"]:
        say("The database was PostgreSQL: restore its own backup, and name it by `database`.")


def _check_version(about: dict[str, object]) -> None:
    if str(about["version"]) > NEWEST:
        raise InputError(
            f"the backup is of a newer server (version {about['version']} of its database, here "
            f"{NEWEST}): upgrade trimtab."
        )


def _member(archive: tarfile.TarFile, name: str) -> bytes:
    stream = archive.extractfile(name)
    if stream is None:
        raise KeyError(name)
    with stream:
        return stream.read()


def kept_database(settings: Settings) -> Database:
    """The database, where there is one. Raises InputError."""
    if settings.database is None and not (settings.data / SQLITE).exists():
        raise InputError(
            f"data = {str(settings.data)!r}: no server has kept anything there. Name the folder "
            "that it printed at its start."
        )
    return Database(settings.database_url)


def _files(data: Path) -> Iterator[Path]:
    for name in SINGLE:
        if (data / name).is_file():
            yield data / name
    for name in FOLDERS:
        yield from (p for p in sorted((data / name).rglob("*")) if p.is_file())


def _added(archive: tarfile.TarFile, file: Path, data: Path) -> bool:
    """Whether a file was added: one may vanish, or grow, while a server works."""
    try:
        archive.add(file, str(file.relative_to(data)), recursive=False)
    except FileNotFoundError:
        return False
    return True
