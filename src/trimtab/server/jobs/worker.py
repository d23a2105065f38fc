"""The servers that carry out jobs: each a row with a heartbeat, and a locked file.

The system gives up the lock of a process that dies, however it dies: who shares its folder knows at
once. Elsewhere the heartbeat tells, by the clock of the one who looks: clocks that differ, or jump,
make nobody dead.
"""

from __future__ import annotations

import fcntl
import os
import socket
import time
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Connection, delete, insert, select, update

from trimtab.server.database.database import Database
from trimtab.server.database.owned import Row
from trimtab.server.database.tables import workers
from trimtab.server.ids import is_id, new_id

SECONDS_BETWEEN_BEATS = 2.0
_SECONDS_TO_BE_DEAD = 20.0  # without a beat


class Worker:
    """This process as a worker, from its making until `end`.

    folder   where the locked files are, the data folder's `workers`
    """

    def __init__(self, database: Database, folder: Path) -> None:
        self.id = new_id("workers")
        self._database = database
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._place = _lock_of(folder, self.id)
        self._lock = os.open(self._place, os.O_CREAT | os.O_RDWR, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        self.beat()

    def beat(self) -> None:
        """Say that it lives. Raises Away."""
        now = time.time()
        with self._database.writing() as connection:
            seen = update(workers).where(workers.c.id == self.id).values(seen_at=now)
            if connection.execute(seen).rowcount == 0:  # new, or taken for dead
                row = {"id": self.id, "host": socket.gethostname(), "process": os.getpid()}
                connection.execute(insert(workers).values(**row, started_at=now, seen_at=now))

    def end(self) -> None:
        """Work no more. Raises Away."""
        try:
            with self._database.writing() as connection:
                connection.execute(delete(workers).where(workers.c.id == self.id))
        finally:
            self._place.unlink(missing_ok=True)
            os.close(self._lock)


@dataclass
class Watch:
    """Which workers are dead, as one sees who looks at them again and again."""

    folder: Path
    _seen: dict[str, tuple[float, float]] = field(default_factory=dict)  # the beat, when it was new

    def told_apart(self, connection: Connection) -> tuple[set[str], set[str]]:
        """The workers that live, and those that are dead."""
        rows = [dict(row) for row in connection.execute(select(workers)).mappings()]
        dead = {row["id"] for row in rows if self._is_dead(row)}
        known = {row["id"] for row in rows}
        self._seen = {id: seen for id, seen in self._seen.items() if id in known}
        return known - dead, dead

    def bury(self, connection: Connection, worker: str) -> None:
        """Forget a worker that is dead."""
        connection.execute(delete(workers).where(workers.c.id == worker))

    def _is_dead(self, row: Row) -> bool:
        if row["host"] == socket.gethostname() and is_free(self.folder, row["id"]):
            return True
        now = time.monotonic()
        beat, since = self._seen.get(row["id"], (None, now))
        if beat != row["seen_at"]:
            since = now
        self._seen[row["id"]] = (row["seen_at"], since)
        return now - since > _SECONDS_TO_BE_DEAD


def is_free(folder: Path, worker: str) -> bool:
    """Whether the locked file of a worker is there, and locked by nobody any more."""
    try:
        handle = os.open(_lock_of(folder, worker), os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(handle)
    return True


def remove_locks(folder: Path, but: set[str]) -> None:
    """Remove the files of workers that died, but for those."""
    for place in folder.glob("*.lock"):
        if place.stem not in but and is_free(folder, place.stem):
            place.unlink(missing_ok=True)


def _lock_of(folder: Path, worker: str) -> Path:
    if not is_id(worker, "workers"):
        raise ValueError(f"{worker!r} is no id of workers")
    return folder / f"{worker}.lock"
