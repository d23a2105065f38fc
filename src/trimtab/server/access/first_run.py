"""Accounts and their one-time links: no default password, no sign-up.

A link is `http://HOST:PORT/sign-in#SECRET`: browsers send no fragment, so that it stands in no
log. It is exchanged for a password of the user's choice, and so for a session, once.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from trimtab.errors import InputError
from trimtab.server.access.audit import note_of
from trimtab.server.access.caller import Role
from trimtab.server.access.secrets import fingerprint, new_secret
from trimtab.server.database.owned import USERS, Row
from trimtab.server.database.tables import sign_ins, teams, users
from trimtab.server.ids import new_id
from trimtab.server.problems import Conflict, Gone
from trimtab.server.service import Service

NAME: Final = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,99}")  # of users, as they are kept
TEAM = "team"
OWNER = "owner"
PAGE = "/sign-in"


@dataclass(frozen=True)
class Invitation:
    """A one-time link, as a secret, for one who signs in by this name until then."""

    name: str
    link: str = field(repr=False)
    expires_at: float

    @property
    def path(self) -> str:
        """What to open at the address of the server."""
        return f"{PAGE}#{self.link}"


def begin(service: Service) -> Invitation | None:
    """The link of the first user, until they have used it; the server says it at its start.

    There is none once anybody has a password.
    """
    with service.database.writing() as connection:
        if connection.execute(select(users.c.id).where(users.c.password.isnot(None))).first():
            return None
        user = connection.execute(
            select(users).where(users.c.operator, users.c.disabled_at.is_(None))
        ).first()
        if user is None:
            team = add_team(connection, TEAM)
            id = add_user(connection, team, OWNER, "owner", operator=True)["id"]
        else:
            id = user.id
        return new_link(connection, service, id)


def recover(service: Service, name: str | None = None) -> Invitation:
    """A link for one who cannot sign in, at the word of who runs the server: for an operator, or
    the user of a name. Raises InputError.
    """
    with service.database.writing() as connection:
        here = users.c.operator if name is None else users.c.name == name.lower()
        chosen = select(users).where(here, users.c.disabled_at.is_(None))
        user = connection.execute(chosen.order_by(users.c.created_at).limit(1)).first()
        if user is None:
            raise InputError(
                f"name = {name!r}: there is no such user, or they are disabled."
                if name is not None
                else "there is no operator yet: start the server once."
            )
        note_of(connection, user.team_id, None, "link made by who runs the server", user.id)
        return new_link(connection, service, user.id)


def add_team(connection: Connection, name: str) -> str:
    """Add a team, and give back its id. Raises Conflict."""
    id = new_id("teams")
    try:
        with connection.begin_nested():
            connection.execute(insert(teams).values(id=id, name=name, created_at=time.time()))
    except IntegrityError:
        raise Conflict(f"there is a team {name!r} already: take another name.") from None
    return id


def add_user(
    connection: Connection, team: str, name: str, role: Role, *, operator: bool = False
) -> Row:
    """Add a user, who has no password yet. Raises Conflict."""
    try:
        with connection.begin_nested():
            return USERS.add(connection, team, name=name.lower(), role=role, operator=operator)
    except IntegrityError:
        raise Conflict(f"there is a user {name!r} already: take another name.") from None


def new_link(connection: Connection, service: Service, user: str) -> Invitation:
    """A link for a user, in the place of those before it."""
    now, secret = time.time(), new_secret()
    until = now + 60 * service.policy.link_minutes
    connection.execute(delete(sign_ins).where(sign_ins.c.expires_at <= now))
    end_links(connection, user)
    connection.execute(
        insert(sign_ins).values(
            hash=fingerprint(service.key, "sign-in", secret), user_id=user, expires_at=until
        )
    )
    name = connection.execute(select(users.c.name).where(users.c.id == user)).scalar_one()
    return Invitation(name, secret, until)


def end_links(connection: Connection, user: str) -> None:
    """End all links of a user."""
    connection.execute(delete(sign_ins).where(sign_ins.c.user_id == user))


def user_of(connection: Connection, service: Service, link: str) -> Row:
    """Whose link that is. Raises Gone for one that is used, too old or unknown, all the same."""
    chosen = (
        select(users, sign_ins.c.hash)
        .join(sign_ins, sign_ins.c.user_id == users.c.id)
        .where(sign_ins.c.hash == fingerprint(service.key, "sign-in", link))
        .where(sign_ins.c.used_at.is_(None), sign_ins.c.expires_at > time.time())
        .where(users.c.disabled_at.is_(None))
    )
    row = connection.execute(chosen).mappings().first()
    if row is None:
        raise _used()
    return dict(row)


def use(connection: Connection, service: Service, link: str) -> Row:
    """Use a link up, once whoever tries, and give back whose it was. Raises Gone."""
    row = user_of(connection, service, link)
    unused = (sign_ins.c.hash == row["hash"]) & sign_ins.c.used_at.is_(None)
    done = connection.execute(update(sign_ins).where(unused).values(used_at=time.time()))
    if done.rowcount != 1:
        raise _used()
    return row


def _used() -> Gone:
    return Gone(
        "the link was used, is too old, or never was: ask who gave it to you for a new one; who "
        "runs the server says `trimtab serve --sign-in-link`."
    )
