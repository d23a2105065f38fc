"""The service as an application of ASGI: routes, and what stands before and behind each."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from anyio import to_thread
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from sqlalchemy.exc import DataError
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles

from trimtab.errors import TrimtabError
from trimtab.server import problems
from trimtab.server.answer import answer
from trimtab.server.files import FULL
from trimtab.server.middleware import VERSION, dressed
from trimtab.server.pages import sign_in as sign_in_page
from trimtab.server.problems import NoRoom
from trimtab.server.routes.every import OPEN, ROUTES
from trimtab.server.service import Service

SECONDS_TO_STOP = 20.0  # for jobs that are interrupted
PAGES = (sign_in_page.ROUTES,)


def application(service: Service) -> FastAPI:
    """The application of a service; it carries out jobs while it runs.

    Raises InputError and RefusedError for a key that is no secret.
    """

    @asynccontextmanager
    async def running(app: FastAPI) -> AsyncIterator[None]:
        await to_thread.run_sync(service.queue.launch)
        yield
        await to_thread.run_sync(service.queue.stop, SECONDS_TO_STOP)

    service.key  # noqa: B018 (it is read, or made, before anybody asks)
    app = FastAPI(
        title="trimtab",
        version="1",
        lifespan=running,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.service = service
    app.add_middleware(dressed, settings=service.settings, metrics=service.metrics)
    app.include_router(OPEN)
    for routes in ROUTES:
        app.include_router(routes, prefix=VERSION)
    for pages in PAGES:
        app.include_router(pages, include_in_schema=False)
    app.mount("/static", StaticFiles(packages=[("trimtab.server", "pages/static")]))
    app.exception_handler(TrimtabError)(_refuse)
    app.exception_handler(RequestValidationError)(_misshapen)
    app.exception_handler(DataError)(_unkeepable)
    app.exception_handler(HTTPException)(_unroutable)
    app.exception_handler(OSError)(_broken)
    return app


async def _refuse(request: Request, error: Exception) -> Response:
    assert isinstance(error, TrimtabError)
    headers = error.headers if isinstance(error, problems.Problem) else None
    return answer(problems.of_error(error), headers)


async def _misshapen(request: Request, error: Exception) -> Response:
    """What does not have the shape of the request: which part, and what was expected."""
    assert isinstance(error, RequestValidationError)
    parts = [{"at": [str(p) for p in e["loc"]], "expected": _said(e)} for e in error.errors()]
    at, expected = ".".join(parts[0]["at"]), str(parts[0]["expected"])
    detail = f"{at}: {expected.rstrip('.')}."
    return answer(problems.problem(422, "misshapen", detail) | {"parts": parts})


async def _broken(request: Request, error: Exception) -> Response:
    """A disk that is full, wherever that shows; any other such error is a fault of ours."""
    assert isinstance(error, OSError)
    if error.errno not in FULL:
        raise error
    return answer(NoRoom("the disk of the server is full: nothing was kept.").content)


async def _unkeepable(request: Request, error: Exception) -> Response:
    """What the database cannot hold, such as a text with a NUL in it."""
    detail = "a text or number of the request cannot be kept: expected no control characters."
    return answer(problems.problem(422, "misshapen", detail))


async def _unroutable(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = {404: "not-found", 405: "method-not-allowed", 413: "too-large"}.get(
        error.status_code, "refused"
    )
    detail = error.detail if error.status_code == 413 else f"{error.detail}: see /openapi.json."
    return answer(problems.problem(error.status_code, code, detail), dict(error.headers or {}))


def _said(error: Any) -> str:
    """What was expected; in our words, where a request of ours said it."""
    cause = error.get("ctx", {}).get("error")
    return str(cause if isinstance(cause, TrimtabError) else error["msg"])
