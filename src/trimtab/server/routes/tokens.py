"""Tokens for programs."""

from __future__ import annotations

import time
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from trimtab.server.access import tokens
from trimtab.server.access.asking import InPerson, Reader
from trimtab.server.access.audit import note
from trimtab.server.access.caller import Caller, Scope
from trimtab.server.database.owned import TOKENS, Row
from trimtab.server.problems import Forbidden, NotFound, Unfit
from trimtab.server.routes.names import ShownName
from trimtab.server.routes.paging import Paging, page_of
from trimtab.server.service import At

ROUTES = APIRouter(prefix="/tokens", tags=["tokens"])


class TokenBody(BaseModel):
    """A token as one asks for it.

    scopes   what it may do: some of what the caller may
    days     until it ends; none for as long as the operator allows
    """

    model_config = ConfigDict(extra="forbid")

    name: ShownName = Field(examples=["notebook"])
    scopes: list[Scope] = Field(min_length=1, max_length=3, examples=[["read", "write"]])
    days: int | None = Field(None, ge=1, le=36500)


class Token(BaseModel):
    """A token as it is; what it says is shown once."""

    id: str
    user_id: str
    name: str
    scopes: list[str]
    created_at: float
    expires_at: float
    used_at: float | None = None
    revoked_at: float | None = None


class NewToken(Token):
    """A token, and what it says: keep it, it is not shown again."""

    token: str


@ROUTES.post("", status_code=201, response_model=NewToken)
def add(body: TokenBody, caller: InPerson, service: At) -> dict[str, Any]:
    """Make a token of one's own."""
    for scope in body.scopes:
        caller.check(scope)
    most = service.policy.token_days
    if body.days is not None and body.days > most:
        raise Unfit(f"days = {body.days}: expected {most} at most, as the operator allows.")
    with service.database.writing() as connection:
        row, token = tokens.make(
            connection, service, caller, body.name, body.scopes, body.days or most
        )
        note(connection, caller, "token made", row["id"])
    return {**row, "token": token}


@ROUTES.get("")
def page(caller: Reader, service: At, paging: Paging) -> dict[str, Any]:
    """One's own tokens, or for who manages the team all of its tokens, the newest first."""
    of = {} if "manage" in caller.scopes else {"user_id": caller.user}
    with service.database.reading() as connection:
        return page_of(TOKENS.page(connection, caller.team, **paging, **of), Token)


@ROUTES.delete("/{id}", status_code=204)
def revoke(id: str, caller: Reader, service: At) -> None:
    """Revoke a token: one's own, or for who manages the team any; a token may revoke itself."""
    with service.database.writing() as connection:
        row = TOKENS.get(connection, caller.team, id)
        _check_theirs(caller, row)
        if row["revoked_at"] is None:
            TOKENS.change(connection, caller.team, id, revoked_at=time.time())
            note(connection, caller, "token revoked", id)


def _check_theirs(caller: Caller, row: Row) -> None:
    """Have tokens be revoked by who may. Raises NotFound for another's, Forbidden."""
    if "manage" in caller.scopes:
        return
    if row["user_id"] != caller.user:
        raise NotFound(f"there is no token {row['id']!r}: see the list of them.")
    if caller.token not in (None, row["id"]):
        raise Forbidden("a token revokes itself and no other: sign in with your password.")
