"""Teams, which the operator makes; what a team has is seen by its own users alone."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select

from trimtab.server.access.asking import Operator
from trimtab.server.access.audit import note, note_of
from trimtab.server.access.first_run import add_team, add_user, new_link
from trimtab.server.database import tables
from trimtab.server.routes.names import ShownName, UserName
from trimtab.server.routes.users import Invited, shown
from trimtab.server.service import At

ROUTES = APIRouter(prefix="/teams", tags=["teams"])


class TeamBody(BaseModel):
    """A team, and the name of its first owner."""

    model_config = ConfigDict(extra="forbid")

    name: ShownName = Field(examples=["cardiology"])
    owner: UserName


class Team(BaseModel):
    """A team, of which its operator sees the name."""

    id: str
    name: str
    created_at: float


class NewTeam(BaseModel):
    """A team, and the link with which its owner begins."""

    id: str
    name: str
    link: Invited


@ROUTES.post("", status_code=201, response_model=NewTeam)
def add(body: TeamBody, caller: Operator, service: At) -> dict[str, Any]:
    """Make a team with its first owner."""
    with service.database.writing() as connection:
        team = add_team(connection, body.name)
        owner = add_user(connection, team, body.owner, "owner")
        note(connection, caller, "team made", team)
        note_of(connection, team, owner["id"], "team made by the operator", team)
        return {
            "id": team,
            "name": body.name,
            "link": shown(new_link(connection, service, owner["id"])),
        }


@ROUTES.get("")
def page(caller: Operator, service: At) -> dict[str, list[Team]]:
    """The names of all teams."""
    with service.database.reading() as connection:
        chosen = select(tables.teams).order_by(tables.teams.c.name)
        rows = connection.execute(chosen).mappings().all()
    return {"items": [Team(**row) for row in rows]}
