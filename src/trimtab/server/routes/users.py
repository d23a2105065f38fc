"""The users of a team: whom its owners invite, and what these may do."""

from __future__ import annotations

import time
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict
from sqlalchemy import Connection, func, select

from trimtab.server.access import sessions, tokens
from trimtab.server.access.asking import InPerson, Manager
from trimtab.server.access.audit import note
from trimtab.server.access.caller import Caller, Role
from trimtab.server.access.first_run import Invitation, add_user, end_links, new_link
from trimtab.server.database import tables
from trimtab.server.database.owned import USERS, Row
from trimtab.server.problems import Conflict, Forbidden
from trimtab.server.routes.names import UserName
from trimtab.server.routes.paging import Paging, page_of
from trimtab.server.service import At

ROUTES = APIRouter(prefix="/users", tags=["users"])


class UserBody(BaseModel):
    """Whom one invites."""

    model_config = ConfigDict(extra="forbid")

    name: UserName
    role: Role


class UserChange(BaseModel):
    """What is to be otherwise."""

    model_config = ConfigDict(extra="forbid")

    role: Role | None = None
    disabled: bool | None = None


class User(BaseModel):
    """A user as they are."""

    id: str
    name: str
    role: str
    operator: bool
    created_at: float
    disabled_at: float | None = None


class Invited(BaseModel):
    """A one-time link: to be handed over in a way that others do not read.

    path   to be opened at the address of this server
    """

    name: str
    path: str
    expires_at: float


class InvitedUser(User):
    """A new user, and the link with which they begin."""

    link: Invited


@ROUTES.get("")
def page(caller: Manager, service: At, paging: Paging) -> dict[str, Any]:
    """The users of the team, the newest first."""
    with service.database.reading() as connection:
        return page_of(USERS.page(connection, caller.team, **paging), User)


@ROUTES.post("", status_code=201, response_model=InvitedUser)
def invite(body: UserBody, caller: Manager, service: At) -> dict[str, Any]:
    """Invite one into the team."""
    with service.database.writing() as connection:
        row = add_user(connection, caller.team, body.name, body.role)
        note(connection, caller, f"user invited as {body.role}", row["id"])
        return {**row, "link": shown(new_link(connection, service, row["id"]))}


@ROUTES.get("/{id}", response_model=User)
def get(id: str, caller: Manager, service: At) -> Row:
    """A user of the team."""
    with service.database.reading() as connection:
        return USERS.get(connection, caller.team, id)


@ROUTES.patch("/{id}", response_model=User)
def change(id: str, body: UserChange, caller: Manager, service: At) -> Row:
    """Change a role; disable one, which ends their sessions and tokens; or let them in again."""
    with service.database.writing() as connection:
        _take_turns(connection, caller.team)
        row = USERS.get(connection, caller.team, id)
        _check_rank(caller, row)
        if body.role is not None and body.role != row["role"]:
            row = USERS.change(connection, caller.team, id, role=body.role)
            note(connection, caller, f"role changed to {body.role}", id)
        if body.disabled is not None and body.disabled != (row["disabled_at"] is not None):
            at = time.time() if body.disabled else None
            row = USERS.change(connection, caller.team, id, disabled_at=at)
            note(connection, caller, "user disabled" if body.disabled else "user enabled", id)
        if row["disabled_at"] is not None:
            sessions.end_all(connection, id)
            tokens.revoke_all(connection, id)
            end_links(connection, id)
        _check_owned(connection, caller.team)
    return row


@ROUTES.post("/{id}/link", status_code=201, response_model=Invited)
def link(id: str, caller: Manager, person: InPerson, service: At) -> dict[str, Any]:
    """A new link for one whose link is too old, or whose password is lost."""
    with service.database.writing() as connection:
        row = USERS.get(connection, caller.team, id)
        _check_rank(caller, row)
        if row["disabled_at"] is not None:
            raise Conflict(f"the user {row['name']!r} is disabled: enable them first.")
        note(connection, caller, "link made", id)
        return shown(new_link(connection, service, id))


def shown(link: Invitation) -> dict[str, Any]:
    """A link as it is given out."""
    return {"name": link.name, "path": link.path, "expires_at": link.expires_at}


def _check_rank(caller: Caller, row: Row) -> None:
    """Have no owner of a team become the operator of the server by way of one. Raises Forbidden."""
    if row["operator"] and not caller.operator:
        raise Forbidden("this user runs the server: only an operator may change them.")


def _take_turns(connection: Connection, team: str) -> None:
    """Have who changes users of a team wait for another who does: two could each see an owner."""
    here = tables.teams.c.id == team
    connection.execute(select(tables.teams.c.id).where(here).with_for_update())


def _check_owned(connection: Connection, team: str) -> None:
    """See that a team has an owner, and the server an operator. Raises Conflict."""
    users = tables.users
    here = (users.c.team_id == team) & users.c.disabled_at.is_(None) & (users.c.role == "owner")
    if not connection.execute(select(func.count()).where(here)).scalar():
        raise Conflict("that was the last owner of the team: make another one first.")
    there = users.c.operator & users.c.disabled_at.is_(None) & (users.c.role == "owner")
    if not connection.execute(select(func.count()).where(there)).scalar():
        raise Conflict("that was the last operator of the server, who stays an owner.")
