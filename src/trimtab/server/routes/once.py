"""Requests that may be sent again: with an `Idempotency-Key` they are carried out once.

The first answer is kept for a day and given again, with `Idempotency-Replayed: true`. The same key
with another request is refused. What failed on our side is not kept: sending it again is right.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Coroutine
from typing import Any

from anyio import to_thread
from fastapi import Request
from fastapi.responses import JSONResponse, Response
from fastapi.routing import APIRoute
from sqlalchemy import and_, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from trimtab.errors import TrimtabError
from trimtab.server.access.asking import caller_of, csrf_of
from trimtab.server.access.caller import ordered
from trimtab.server.database.tables import answers
from trimtab.server.middleware import is_upload
from trimtab.server.problems import Conflict, Problem, Unfit, of_error
from trimtab.server.service import Service, service_of

_KEPT_SECONDS = 24 * 3600.0
_LONGEST_KEY = 200
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class Once(APIRoute):
    """A route whose POSTs are carried out once for a key."""

    def get_route_handler(self) -> Handler:
        """The handler of FastAPI, behind a look at the key."""
        handle = super().get_route_handler()

        async def once(request: Request) -> Response:
            key = request.headers.get("idempotency-key")
            if key is None or request.method != "POST":
                return await handle(request)
            return await _once(request, key, handle)

        return once


async def _once(request: Request, key: str, handle: Handler) -> Response:
    if not 0 < len(key) <= _LONGEST_KEY:
        raise Unfit(f"Idempotency-Key: expected 1 to {_LONGEST_KEY} characters, such as a UUID.")
    service = service_of(request)
    caller = await to_thread.run_sync(caller_of, request, await csrf_of(request))
    may = ",".join(ordered(caller.scopes))  # what one may get who may less is another answer
    about = f"{may} {request.method} {request.url.path}?{request.url.query}\n"
    said = hashlib.sha256(about.encode())
    if not is_upload(request.scope["path"]):  # which is told by its address alone
        said.update(await request.body())
    place = (caller.user, key)
    before = await to_thread.run_sync(_begin, service, place, said.hexdigest())
    if before is not None:
        return before
    try:
        response = await handle(request)
    except TrimtabError as error:
        found = of_error(error)
        await to_thread.run_sync(_end, service, place, found["status"], found)
        raise
    except BaseException:
        await to_thread.run_sync(_forget, service, place)
        raise
    if response.media_type not in (None, "application/json"):  # rows, which may be drawn again
        await to_thread.run_sync(_forget, service, place)
        return response
    content = json.loads(bytes(response.body) or b"null") if hasattr(response, "body") else None
    await to_thread.run_sync(_end, service, place, response.status_code, content)
    return response


def _is(place: tuple[str, str]) -> Any:
    return and_(answers.c.user_id == place[0], answers.c.key == place[1])


def _begin(service: Service, place: tuple[str, str], said: str) -> Response | None:
    """The answer that was given before; None for the first time, which is noted."""
    now = time.time()
    with service.database.writing() as connection:
        old = and_(_is(place), answers.c.created_at < now - _KEPT_SECONDS)
        connection.execute(delete(answers).where(old))
        row = connection.execute(select(answers).where(_is(place))).mappings().first()
        if row is None:
            values = {"user_id": place[0], "key": place[1], "request": said, "created_at": now}
            try:
                connection.execute(insert(answers).values(**values))
            except IntegrityError:  # of two at a time, on PostgreSQL
                raise _under_way() from None
            return None
    if row["request"] != said:
        raise Unfit(
            "Idempotency-Key: it stood with another request before. Take a new key for a new "
            "request."
        )
    if row["status"] is None:
        raise _under_way()
    replayed = {"Idempotency-Replayed": "true"}
    return JSONResponse(row["content"], row["status"], replayed)


def _under_way() -> Problem:
    return Conflict(
        "the first request with this key is under way: wait for its answer.",
        headers={"Retry-After": "2"},
    )


def _end(service: Service, place: tuple[str, str], status: int, content: Any) -> None:
    if status >= 500 or status in (401, 429):
        _forget(service, place)
        return
    with service.database.writing() as connection:
        values = {"status": status, "content": content}
        connection.execute(update(answers).where(_is(place)).values(**values))


def _forget(service: Service, place: tuple[str, str]) -> None:
    with service.database.writing() as connection:
        connection.execute(delete(answers).where(_is(place)))
