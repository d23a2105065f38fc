"""The audit log: what was done in a team, and by whom."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from trimtab.server.access.asking import Manager
from trimtab.server.database.owned import AUDITS
from trimtab.server.routes.paging import Paging, page_of
from trimtab.server.service import At

ROUTES = APIRouter(prefix="/audit", tags=["audit"])


class Entry(BaseModel):
    """What was done.

    user_id   who did it; none where nobody was known, such as at a sign-in that failed
    object    the id of what it was done to
    """

    id: str
    user_id: str | None
    action: str
    object: str | None
    address: str | None
    created_at: float


@ROUTES.get("")
def page(caller: Manager, service: At, paging: Paging) -> dict[str, Any]:
    """What was done in the team, the newest first."""
    with service.database.reading() as connection:
        return page_of(AUDITS.page(connection, caller.team, **paging), Entry)
