"""What was done, by whom: never what a table holds."""

from __future__ import annotations

from sqlalchemy import Connection

from trimtab.server.access.caller import Caller
from trimtab.server.database.owned import AUDITS


def note(connection: Connection, caller: Caller, action: str, object: str | None = None) -> None:
    """Note what a caller does, in the same transaction that does it."""
    note_of(connection, caller.team, caller.user, action, object, caller.address)


def note_of(
    connection: Connection,
    team: str,
    user: str | None,
    action: str,
    object: str | None = None,
    address: str | None = None,
) -> None:
    """Note what was done in a team by a user, or by who is not known."""
    AUDITS.add(connection, team, user_id=user, action=action, object=object, address=address)
