"""Sessions: a cookie that its browser alone has, and that no script reads."""

from __future__ import annotations

import time
from typing import Any

from sqlalchemy import Connection, delete, insert, or_, select, update
from starlette.responses import Response

from trimtab.server.access.caller import ROLES, Caller
from trimtab.server.access.secrets import fingerprint, new_secret
from trimtab.server.database.tables import sessions, users
from trimtab.server.service import Service
from trimtab.server.settings import Settings

_IDLE_SECONDS = 2 * 3600.0
_MINUTE = 60.0


def cookie_name(settings: Settings) -> str:
    """The name of the cookie; by `__Host-`, browsers take it over TLS from this host alone."""
    return "__Host-trimtab" if settings.secure else "trimtab"


def begin(connection: Connection, service: Service, user: str, before: str | None = None) -> str:
    """Begin a session of a user, in the place of the one before, and give back its cookie."""
    now, cookie = time.time(), new_secret()
    _remove_old(connection, now)
    if before is not None:
        end(connection, service, before)
    connection.execute(
        insert(sessions).values(
            hash=fingerprint(service.key, "session", cookie),
            user_id=user,
            created_at=now,
            seen_at=now,
            expires_at=now + 3600 * service.policy.session_hours,
        )
    )
    return cookie


def end(connection: Connection, service: Service, cookie: str) -> None:
    """End the session of a cookie, if it is one."""
    here = sessions.c.hash == fingerprint(service.key, "session", cookie)
    connection.execute(delete(sessions).where(here))


def end_all(connection: Connection, user: str) -> None:
    """End all sessions of a user."""
    connection.execute(delete(sessions).where(sessions.c.user_id == user))


def caller_in(service: Service, cookie: str) -> Caller | None:
    """Who is in the session of a cookie; nobody where it has ended."""
    now, hash = time.time(), fingerprint(service.key, "session", cookie)
    chosen = (
        select(users, sessions.c.seen_at)
        .join(sessions, sessions.c.user_id == users.c.id)
        .where(sessions.c.hash == hash, users.c.disabled_at.is_(None))
        .where(sessions.c.expires_at > now, sessions.c.seen_at > now - _IDLE_SECONDS)
    )
    with service.database.reading() as connection:
        row: Any = connection.execute(chosen).mappings().first()
    if row is None:
        return None
    if row["seen_at"] < now - _MINUTE:
        with service.database.writing() as connection:
            connection.execute(update(sessions).where(sessions.c.hash == hash).values(seen_at=now))
    return Caller(
        user=row["id"],
        team=row["team_id"],
        name=row["name"],
        role=row["role"],
        scopes=ROLES[row["role"]],
        operator=row["operator"],
        csrf=fingerprint(service.key, "csrf", cookie),
    )


def give(response: Response, service: Service, cookie: str) -> None:
    """Have a browser keep the cookie of a session."""
    response.set_cookie(
        cookie_name(service.settings),
        cookie,
        max_age=round(3600 * service.policy.session_hours),
        path="/",
        secure=service.settings.secure,
        httponly=True,
        samesite="strict",
    )


def take(response: Response, service: Service) -> None:
    """Have a browser forget the cookie."""
    response.delete_cookie(
        cookie_name(service.settings),
        path="/",
        secure=service.settings.secure,
        httponly=True,
        samesite="strict",
    )


def _remove_old(connection: Connection, now: float) -> None:
    old = or_(sessions.c.expires_at <= now, sessions.c.seen_at <= now - _IDLE_SECONDS)
    connection.execute(delete(sessions).where(old))
