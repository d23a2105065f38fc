"""Sign-ins that fail, counted before they are tried, so that many at once are counted, too."""

from __future__ import annotations

import time
from typing import Final

from sqlalchemy import ColumnElement, Connection, delete, insert, select, text

from trimtab.server.access.secrets import fingerprint
from trimtab.server.access.tally import LIMIT, SECONDS, too_many
from trimtab.server.database.tables import attempts
from trimtab.server.service import Service

ACCOUNT_LIMIT: Final = 5  # a minute and account; LIMIT a minute and address
_LINKS = "links"  # which are no account's


def attempt(service: Service, address: str, account: str | None = None) -> None:
    """Count an attempt at an account, or at a link. Raises TooMany.

    What was typed as the name of an account may be a password: it is kept as a hash.
    """
    now = time.time()
    name = _kept(service, account)
    with service.database.writing() as connection:
        if not service.database.is_sqlite:  # whose writers take turns anyway
            connection.execute(text("LOCK TABLE attempts IN SHARE ROW EXCLUSIVE MODE"))
        connection.execute(delete(attempts).where(attempts.c.at <= now - SECONDS))
        if account is not None:
            _check(connection, attempts.c.account == name, ACCOUNT_LIMIT, now)
        _check(connection, attempts.c.address == address, LIMIT, now)
        connection.execute(insert(attempts).values(account=name, address=address, at=now))


def succeed(
    connection: Connection, service: Service, address: str, account: str | None = None
) -> None:
    """Forget the attempts at what has succeeded."""
    here = attempts.c.account == _kept(service, account)
    if account is None:
        here = here & (attempts.c.address == address)
    connection.execute(delete(attempts).where(here))


def _kept(service: Service, account: str | None) -> str:
    return _LINKS if account is None else fingerprint(service.key, "account", account)


def _check(connection: Connection, here: ColumnElement[bool], limit: int, now: float) -> None:
    chosen = select(attempts.c.at).where(here).order_by(attempts.c.at.desc()).limit(limit)
    times = connection.execute(chosen).scalars().all()
    if len(times) == limit:
        raise too_many("sign-ins that failed", times[-1], now)
