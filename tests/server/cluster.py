"""A PostgreSQL for tests alone: made, started, thrown away; on the loopback, with no password."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

_DEBIAN = Path("/usr/lib/postgresql")  # where its packages put programs, outside of PATH
_SECONDS_TO_START = "60"
# For tests of `database_url` that take long: PostgreSQL only among those.
BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.stress)]


def programs() -> Path | None:
    """The folder of initdb and pg_ctl, of the newest version there is; None where there is none."""
    versions = sorted(_DEBIAN.glob("*/bin/initdb"), key=lambda place: int(place.parts[-3]))
    if versions:
        return versions[-1].parent
    found = shutil.which("initdb")
    return None if found is None else Path(found).resolve().parent


@contextmanager
def cluster(folder: Path) -> Iterator[str]:
    """The URL of a server, without the name of a database, for the time of a block."""
    home = programs()
    assert home is not None
    # PostgreSQL refuses to run as root.
    user = {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}
    data, port = folder / "data", _free_port()
    if user:
        shutil.chown(folder, "postgres", "postgres")

    def call(program: str, *words: str) -> None:
        done = subprocess.run(
            [home / program, "-D", data, *words],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            **user,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    call("initdb", "-A", "trust", "-U", "trimtab", "-E", "UTF8", "--no-sync")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off"
    call("pg_ctl", "start", "-w", "-t", _SECONDS_TO_START, "-l", "log", "-o", options)
    try:
        yield f"postgresql://trimtab@127.0.0.1:{port}"
    finally:
        call("pg_ctl", "stop", "-m", "immediate")


@contextmanager
def somewhere() -> Iterator[Path]:
    """A folder that another user of the system can reach, too."""
    with tempfile.TemporaryDirectory(prefix="trimtab-postgresql-") as folder:
        yield Path(folder)


def new_database(server: str) -> str:
    """The URL of a new database of a server."""
    name = f"t{uuid.uuid4().hex}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")  # letters and digits
    return f"{server}/{name}"


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port
