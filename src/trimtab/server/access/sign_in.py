"""Signing in: by a password, or by a one-time link that sets it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select, update

from trimtab.server.access import attempts, first_run, sessions
from trimtab.server.access.audit import note, note_of
from trimtab.server.access.caller import Caller
from trimtab.server.access.passwords import hash_password, is_weak, matches
from trimtab.server.database.owned import Row
from trimtab.server.database.tables import users
from trimtab.server.problems import Forbidden, SignInNeeded
from trimtab.server.service import Service


def by_password(
    service: Service, name: str, password: str, address: str, before: str | None
) -> str:
    """Sign in: the cookie of a new session, in the place of the one before.

    Raises SignInNeeded, of which nobody learns whether there is the account; TooMany.
    """
    name = name.lower()
    attempts.attempt(service, address, name)
    with service.database.reading() as connection:
        chosen = (
            select(users).where(users.c.name == name) if first_run.NAME.fullmatch(name) else None
        )
        row: Any = None if chosen is None else connection.execute(chosen).mappings().first()
    right = matches(password, row["password"] if row else None)
    if not right or row["disabled_at"] is not None:
        if row is not None:
            with service.database.writing() as connection:
                note_of(connection, row["team_id"], None, "sign-in failed", row["id"], address)
        raise SignInNeeded("there is no such account with that password: see both, and try again.")
    renewed = hash_password(password) if is_weak(row["password"]) else None
    with service.database.writing() as connection:
        _still_there(connection, row)
        if renewed is not None:
            _set_password(connection, row["id"], renewed)
        attempts.succeed(connection, service, address, name)
        return _signed_in(connection, service, row, address, before)


def by_link(service: Service, link: str, password: str, address: str, before: str | None) -> str:
    """Exchange a link: set the password, end all sessions, begin one. Raises Gone, TooMany."""
    attempts.attempt(service, address)
    with service.database.reading() as connection:
        first_run.user_of(connection, service, link)  # before a hash is paid for
    kept = hash_password(password)
    with service.database.writing() as connection:
        row = first_run.use(connection, service, link)
        _set_password(connection, row["id"], kept)
        sessions.end_all(connection, row["id"])
        attempts.succeed(connection, service, address)
        note_of(connection, row["team_id"], row["id"], "password set by link", None, address)
        return _signed_in(connection, service, row, address, before)


def change_password(service: Service, caller: Caller, old: str, new: str) -> str:
    """Change the caller's password, end all their sessions, begin one. Raises Forbidden."""
    address = caller.address or ""
    attempts.attempt(service, address, caller.name)
    with service.database.reading() as connection:
        chosen = select(users).where(users.c.id == caller.user)
        row: Any = connection.execute(chosen).mappings().one()
    if not matches(old, row["password"]):
        raise Forbidden("that is not the old password: try again.")
    kept = hash_password(new)
    with service.database.writing() as connection:
        _still_there(connection, row)
        _set_password(connection, caller.user, kept)
        sessions.end_all(connection, caller.user)
        attempts.succeed(connection, service, address, caller.name)
        note(connection, caller, "password changed")
        return sessions.begin(connection, service, caller.user)


def sign_out(service: Service, caller: Caller, cookie: str) -> None:
    """End the session of a cookie."""
    with service.database.writing() as connection:
        sessions.end(connection, service, cookie)
        note(connection, caller, "signed out")


def _signed_in(
    connection: Connection, service: Service, row: Row, address: str, before: str | None
) -> str:
    note_of(connection, row["team_id"], row["id"], "signed in", None, address)
    return sessions.begin(connection, service, row["id"], before)


def _set_password(connection: Connection, user: str, kept: str) -> None:
    connection.execute(update(users).where(users.c.id == user).values(password=kept))


def _still_there(connection: Connection, row: Row) -> None:
    """See that the account is as it was while its password was compared. Raises SignInNeeded."""
    chosen = select(users.c.password).where(users.c.id == row["id"], users.c.disabled_at.is_(None))
    if connection.execute(chosen).scalar() != row["password"]:
        raise SignInNeeded("the account was changed meanwhile: sign in again.")
