"""The service as an application of ASGI: routes, and what stands before and behind each."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from trimtab.errors import TrimtabError
from trimtab.server import problems
from trimtab.server.files import FULL
from trimtab.server.problems import NoRoom
from trimtab.server.routes import (
    artifacts,
    datasets,
    events,
    health,
    jobs,
    models,
    plans,
    projects,
    reports,
)
from trimtab.server.service import Service

ROUTES = (
    projects.ROUTES,
    datasets.ROUTES,
    plans.ROUTES,
    models.ROUTES,
    reports.ROUTES,
    jobs.ROUTES,
    events.ROUTES,
    artifacts.ROUTES,
    health.ROUTES,
)
VERSION = "/v1"


def application(service: Service) -> FastAPI:
    """The application of a service; it carries out jobs while it runs."""

    @asynccontextmanager
    async def running(app: FastAPI) -> AsyncIterator[None]:
        service.queue.launch()
        yield
        service.queue.stop(seconds=20)

    app = FastAPI(title="trimtab", version="1", lifespan=running, docs_url=None, redoc_url=None)
    app.state.service = service
    app.include_router(health.OPEN)
    for routes in ROUTES:
        app.include_router(routes, prefix=VERSION)
    app.exception_handler(TrimtabError)(_refuse)
    app.exception_handler(RequestValidationError)(_misshapen)
    app.exception_handler(HTTPException)(_unroutable)
    app.exception_handler(OSError)(_broken)
    return app


def answer(problem: dict[str, Any], headers: dict[str, str] | None = None) -> JSONResponse:
    """A problem as an answer."""
    return JSONResponse(problem, problem["status"], headers, media_type=problems.MEDIA_TYPE)


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


async def _unroutable(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = {404: "not-found", 405: "method-not-allowed"}.get(error.status_code, "refused")
    found = problems.problem(error.status_code, code, f"{error.detail}: see /openapi.json.")
    return answer(found, dict(error.headers or {}))


def _said(error: Any) -> str:
    """What was expected; in our words, where a request of ours said it."""
    cause = error.get("ctx", {}).get("error")
    return str(cause if isinstance(cause, TrimtabError) else error["msg"])
