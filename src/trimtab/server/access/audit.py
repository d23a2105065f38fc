"""What was done, by whom: never what a table holds."""

from __future__ import annotations

from sqlalchemy import Connection

from trimtab.server.access.caller import Caller
from trimtab.server.database.owned import AUDITS


def note(
    connection: Connection,
    caller: Caller,
    action: str,
    object: str | None = None,
    address: str | None = None,
) -> None:
    """Note what a caller does, in the same transaction that does it."""
    AUDITS.add(
        connection,
        caller.team,
        user_id=caller.user,
        action=action,
        object=object,
        address=address,
    )
