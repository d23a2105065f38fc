"""What every route needs: the database, the files, the queue, and the settings."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Protocol

from fastapi import Depends, Request

from trimtab.server.access.secrets import read_key
from trimtab.server.access.tally import Tally
from trimtab.server.database.database import Database
from trimtab.server.files import Files
from trimtab.server.metrics import Metrics
from trimtab.server.policy import Policy
from trimtab.server.settings import Settings


class Queue(Protocol):
    """Where jobs wait. What a job is and how far it is stands in the table of jobs alone."""

    def launch(self) -> None:
        """Begin to carry out jobs, those that were left undone among them."""
        ...

    def enqueue(self, job: str, attempt: int, user: str) -> None:
        """Have an attempt at a job carried out, once, when it is its turn."""
        ...

    def stop(self, seconds: float) -> None:
        """Take no more; have those under way interrupted, so that they can be resumed."""
        ...

    @property
    def alive(self) -> bool:
        """Whether it takes jobs."""
        ...


@dataclass(frozen=True)
class Service:
    """One server's parts."""

    settings: Settings
    database: Database
    files: Files
    queue: Queue

    @property
    def policy(self) -> Policy:
        """What the operator allows."""
        return self.settings.policy

    @cached_property
    def key(self) -> bytes:
        """What signs who is who (`access.secrets`)."""
        return read_key(self.settings.data)

    @cached_property
    def metrics(self) -> Metrics:
        """What is counted for who watches over it."""
        return Metrics()

    @cached_property
    def bad_tokens(self) -> Tally:
        """How many bad tokens came from where."""
        return Tally("tokens that are not known")


def service_of(request: Request) -> Service:
    """The service that a request reached."""
    service: Service = request.app.state.service
    return service


At = Annotated[Service, Depends(service_of)]  # what a route takes
