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
from trimtab.server.routes import me, projects, sign_in, tokens
from trimtab.server.service import Service

ROUTES = (sign_in.ROUTES, me.ROUTES, tokens.ROUTES, projects.ROUTES)
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
    for routes in ROUTES:
        app.include_router(routes, prefix=VERSION)
    app.exception_handler(TrimtabError)(_refuse)
    app.exception_handler(RequestValidationError)(_misshapen)
    app.exception_handler(HTTPException)(_unroutable)
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
    parts = [{"at": [str(p) for p in e["loc"]], "expected": e["msg"]} for e in error.errors()]
    first = parts[0]
    detail = f"{'.'.join(first['at'])}: {first['expected']}."
    return answer(problems.problem(422, "misshapen", detail) | {"parts": parts})


async def _unroutable(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = {404: "not-found", 405: "method-not-allowed"}.get(error.status_code, "refused")
    found = problems.problem(error.status_code, code, f"{error.detail}: see /openapi.json.")
    return answer(found, dict(error.headers or {}))
