"""Projects: what a team keeps together, and removes together."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.exc import IntegrityError

from trimtab.server.access.asking import Manager, Reader, Writer
from trimtab.server.access.audit import note
from trimtab.server.database.owned import PROJECTS, Row
from trimtab.server.problems import Conflict
from trimtab.server.routes.names import ShownName
from trimtab.server.routes.paging import Paging, page_of
from trimtab.server.service import At

ROUTES = APIRouter(prefix="/projects", tags=["projects"])


class ProjectBody(BaseModel):
    """A project as one asks for it.

    keep_days   how long what is in it is kept; none for no end
    """

    model_config = ConfigDict(extra="forbid")

    name: ShownName = Field(examples=["stroke study"])
    keep_days: int | None = Field(None, ge=1, le=3650)


class Project(BaseModel):
    """A project as it is."""

    id: str
    name: str
    keep_days: int | None
    created_by: str | None
    created_at: float


@ROUTES.post("", status_code=201, response_model=Project)
def add(body: ProjectBody, caller: Writer, service: At) -> Row:
    """Make a project; its name stands once in a team."""
    with service.database.writing() as connection:
        values: dict[str, Any] = {**body.model_dump(), "created_by": caller.user}
        try:
            row = PROJECTS.add(connection, caller.team, **values)
        except IntegrityError:
            raise Conflict(
                f"there is a project {body.name!r} already: take it, or another name."
            ) from None
        note(connection, caller, "project added", row["id"])
    return row


@ROUTES.get("")
def page(caller: Reader, service: At, paging: Paging, name: str | None = None) -> dict[str, Any]:
    """The projects of the team, the newest first; or the one of a name."""
    of = {} if name is None else {"name": name}
    with service.database.reading() as connection:
        return page_of(PROJECTS.page(connection, caller.team, **paging, **of), Project)


@ROUTES.get("/{id}", response_model=Project)
def get(id: str, caller: Reader, service: At) -> Row:
    """A project."""
    with service.database.reading() as connection:
        return PROJECTS.get(connection, caller.team, id)


@ROUTES.delete("/{id}", status_code=204)
def remove(id: str, caller: Manager, service: At) -> None:
    """Remove a project with all that is in it; jobs under way are cancelled."""
    from trimtab.server.removal import remove_project

    remove_project(service, caller, id)
