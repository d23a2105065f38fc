"""A service in this process, whose queue only notes what it is given, and one who asks."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trimtab.server.database.database import Database
from trimtab.server.database.migrate import migrate
from trimtab.server.files import Files
from trimtab.server.policy import Policy
from trimtab.server.service import Service
from trimtab.server.settings import Settings


@dataclass
class Noted:
    """A queue that carries nothing out."""

    enqueued: list[tuple[str, int, str]] = field(default_factory=list)
    alive: bool = True

    def launch(self) -> None:
        """Begin nothing."""

    def enqueue(self, job: str, attempt: int, user: str) -> None:
        """Note it."""
        self.enqueued.append((job, attempt, user))

    def stop(self, seconds: float) -> None:
        """End nothing."""


def service_in(
    folder: Path, url: str | None = None, names: tuple[str, ...] = (), **policy: Any
) -> Service:
    """A service that keeps everything in a folder."""
    folder.mkdir(exist_ok=True)
    settings = Settings(folder, url, names=names, policy=Policy(free_mib=0, **policy))
    database = Database(settings.database_url)
    migrate(database, folder)
    return Service(settings, database, Files(folder), Noted())
