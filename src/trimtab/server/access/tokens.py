"""Tokens: what programs send instead of a password, shown once."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, or_, select, update

from trimtab.server.access.caller import ROLES, Caller, Scope, ordered
from trimtab.server.access.secrets import fingerprint, issued, row_of, same
from trimtab.server.database.owned import TOKENS, Row
from trimtab.server.database.tables import tokens, users
from trimtab.server.ids import new_id
from trimtab.server.service import Service

MARK = "tt"
_MINUTE = 60.0


def make(
    connection: Connection,
    service: Service,
    caller: Caller,
    name: str,
    scopes: Iterable[Scope],
    days: float,
) -> tuple[Row, str]:
    """A token of the caller's, for some days: its row, and the token, which is shown but now."""
    id = new_id("tokens")
    token = issued(MARK, id)
    row = TOKENS.add(
        connection,
        caller.team,
        id=id,
        user_id=caller.user,
        name=name,
        hash=fingerprint(service.key, "token", token),
        scopes=list(ordered(frozenset(scopes))),
        expires_at=time.time() + 24 * 3600 * min(days, service.policy.token_days),
    )
    return row, token


def revoke_all(connection: Connection, user: str) -> None:
    """Revoke all tokens of a user."""
    live = tokens.c.revoked_at.is_(None)
    chosen = update(tokens).where(tokens.c.user_id == user, live)
    connection.execute(chosen.values(revoked_at=time.time()))


def caller_with(service: Service, token: str) -> Caller | None:
    """Who sends a token; nobody where it is unknown, too old or revoked."""
    id, now = row_of(MARK, "tokens", token), time.time()
    if id is None:
        return None
    used = tokens.c.used_at.label("token_used_at")
    chosen = (
        select(users, tokens.c.hash, tokens.c.scopes, used)
        .join(tokens, tokens.c.user_id == users.c.id)
        .where(tokens.c.id == id, tokens.c.revoked_at.is_(None), users.c.disabled_at.is_(None))
        .where(tokens.c.expires_at > now)
    )
    with service.database.reading() as connection:
        row: Any = connection.execute(chosen).mappings().first()
    if row is None or not same(row["hash"], fingerprint(service.key, "token", token)):
        return None
    _note_use(service, id, row["token_used_at"], now)
    return Caller(
        user=row["id"],
        team=row["team_id"],
        name=row["name"],
        role=row["role"],
        scopes=ROLES[row["role"]] & frozenset(row["scopes"]),
        operator=row["operator"],
        token=id,
    )


def _note_use(service: Service, id: str, before: float | None, now: float) -> None:
    """Note when a token was used, once a minute at most: a read should not wait for writers."""
    if before is not None and before >= now - _MINUTE:
        return
    old = or_(tokens.c.used_at.is_(None), tokens.c.used_at < now - _MINUTE)
    with service.database.writing() as connection:
        connection.execute(update(tokens).where(tokens.c.id == id, old).values(used_at=now))
