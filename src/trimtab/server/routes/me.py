"""Who one is."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict
from sqlalchemy import select

from trimtab.server.access import sessions, sign_in
from trimtab.server.access.asking import InPerson, Reader
from trimtab.server.access.caller import ordered
from trimtab.server.database.tables import teams
from trimtab.server.routes.sign_in import NewPassword, Password
from trimtab.server.service import At

ROUTES = APIRouter(prefix="/me", tags=["me"])


class Team(BaseModel):
    """A team."""

    id: str
    name: str


class Me(BaseModel):
    """Who asks.

    csrf   what a session sends back as `X-CSRF-Token` with all that changes something
    """

    id: str
    name: str
    team: Team
    role: str
    scopes: list[str]
    operator: bool
    csrf: str | None


class Change(BaseModel):
    """The old password and the new one."""

    model_config = ConfigDict(extra="forbid")

    old: Password
    new: NewPassword


@ROUTES.get("", response_model=Me)
def get(caller: Reader, service: At) -> dict[str, Any]:
    """Who asks, and what they may do."""
    with service.database.reading() as connection:
        chosen = select(teams.c.name).where(teams.c.id == caller.team)
        team = connection.execute(chosen).scalar_one()
    return {
        "id": caller.user,
        "name": caller.name,
        "team": {"id": caller.team, "name": team},
        "role": caller.role,
        "scopes": ordered(caller.scopes),
        "operator": caller.operator,
        "csrf": caller.csrf,
    }


@ROUTES.put("/password", status_code=204)
def change_password(body: Change, caller: InPerson, response: Response, service: At) -> None:
    """Change the password: all sessions end, and this one begins anew."""
    cookie = sign_in.change_password(service, caller, body.old, body.new)
    sessions.give(response, service, cookie)
