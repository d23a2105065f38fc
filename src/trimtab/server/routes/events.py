"""What happens to a job, as it happens: server-sent events, which can be taken up again."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Header, Request
from fastapi.responses import StreamingResponse
from sqlalchemy import select

from trimtab.server.access.asking import Reader
from trimtab.server.database.owned import JOBS, Row
from trimtab.server.database.tables import events, jobs
from trimtab.server.jobs.states import ENDED
from trimtab.server.problems import Away, Unfit
from trimtab.server.service import At, Service

ROUTES = APIRouter(prefix="/jobs", tags=["jobs"])
_SECONDS_BETWEEN_LOOKS = 0.5
_SECONDS_BETWEEN_SIGNS = 15.0  # of life, so that nothing between takes the line for dead
_AT_A_TIME = 200


@ROUTES.get("/{id}/events", response_class=StreamingResponse)
async def stream(
    id: str,
    request: Request,
    caller: Reader,
    service: At,
    last_event_id: Annotated[str | None, Header()] = None,
) -> StreamingResponse:
    """The events of a job from the first, or behind `Last-Event-ID`, until it has ended.

    Their kinds are state, progress, log and metric; each is JSON.
    """
    if last_event_id is not None and not (last_event_id.isascii() and last_event_id.isdecimal()):
        raise Unfit(f"Last-Event-ID = {last_event_id!r:.40}: expected the id of an event.")
    after = min(int(last_event_id or 0), 2**31 - 1)
    await to_thread.run_sync(_job, service, caller.team, id)
    told = _told(service, caller.team, id, after, request)
    return StreamingResponse(told, media_type="text/event-stream")


async def _told(
    service: Service, team: str, id: str, after: int, request: Request
) -> AsyncIterator[str]:
    heard = time.monotonic()
    while not await request.is_disconnected():
        try:
            found, state = await to_thread.run_sync(_behind, service, team, id, after)
        except Away:
            found, state = [], "running"
        for row in found:
            after = row["number"]
            content = json.dumps({"at": row["at"], **row["content"]}, ensure_ascii=False)
            yield f"id: {after}\nevent: {row['kind']}\ndata: {content}\n\n"
            heard = time.monotonic()
        if len(found) == _AT_A_TIME:
            continue
        if state is None or (state in ENDED and not found):
            return
        if time.monotonic() - heard > _SECONDS_BETWEEN_SIGNS:
            yield ": alive\n\n"
            heard = time.monotonic()
        await asyncio.sleep(0 if found else _SECONDS_BETWEEN_LOOKS)


def _job(service: Service, team: str, id: str) -> Row:
    with service.database.reading() as connection:
        return JOBS.get(connection, team, id)


def _behind(service: Service, team: str, id: str, after: int) -> tuple[list[Any], str | None]:
    """Events behind one, and the state of the job; None where it is there no more."""
    chosen = (
        select(events)
        .where(events.c.job_id == id, events.c.number > after)
        .order_by(events.c.number)
        .limit(_AT_A_TIME)
    )
    with service.database.reading() as connection:
        state = select(jobs.c.state).where(jobs.c.id == id, jobs.c.team_id == team)
        now = connection.execute(state).scalar()
        return [dict(row) for row in connection.execute(chosen).mappings()], now
