"""Links that show one artifact to whoever has them, for some minutes."""

from __future__ import annotations

import time
from typing import Any

from sqlalchemy import Connection, delete, select

from trimtab.server.access.audit import note_of
from trimtab.server.access.caller import Caller
from trimtab.server.access.secrets import fingerprint, issued, row_of, same
from trimtab.server.database.owned import ARTIFACTS, LINKS, Row
from trimtab.server.database.tables import artifacts, links
from trimtab.server.ids import new_id
from trimtab.server.problems import Forbidden, NotFound
from trimtab.server.service import Service

MARK = "ts"


def make(
    connection: Connection, service: Service, caller: Caller, artifact: str
) -> tuple[Row, str]:
    """A link to an artifact: its row, and its secret. Raises NotFound, Forbidden."""
    row = ARTIFACTS.get(connection, caller.team, artifact)
    if not row["public"]:
        raise Forbidden(
            f"{row['name']!r} may hold values of real rows: only the release edition of a report "
            "can be shown to who has no account. Ask for a report of that edition."
        )
    now, id = time.time(), new_id("links")
    connection.execute(delete(links).where(links.c.expires_at <= now))
    secret = issued(MARK, id)
    made = LINKS.add(
        connection,
        caller.team,
        id=id,
        artifact_id=artifact,
        hash=fingerprint(service.key, "link", secret),
        created_by=caller.user,
        expires_at=now + 60 * service.policy.link_minutes,
    )
    return made, secret


def artifact_of(service: Service, secret: str, address: str) -> Row:
    """The artifact that a link shows. Raises NotFound for one that does not, whatever the cause."""
    id = row_of(MARK, "links", secret)
    chosen = (
        select(artifacts, links.c.hash, links.c.id.label("link"))
        .join(links, links.c.artifact_id == artifacts.c.id)
        .where(links.c.id == id, links.c.revoked_at.is_(None), links.c.expires_at > time.time())
        .where(artifacts.c.public)
    )
    row: Any = None
    if id is not None:
        with service.database.reading() as connection:
            row = connection.execute(chosen).mappings().first()
    if row is None or not same(row["hash"], fingerprint(service.key, "link", secret)):
        service.bad_tokens.count(address)
        raise NotFound("the link is too old, was revoked, or never was: ask for a new one.")
    with service.database.writing() as connection:
        note_of(connection, row["team_id"], None, "link opened", row["link"], address)
    return dict(row)
