"""Whether the server lives, whether it is ready, and what it can do."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response
from sqlalchemy import text

from trimtab.server.access.asking import Operator, Reader
from trimtab.server.database.migrate import NEWEST, version
from trimtab.server.jobs.kinds import KINDS
from trimtab.server.metrics import MEDIA_TYPE
from trimtab.server.problems import Away, NoRoom
from trimtab.server.service import At, Service

OPEN = APIRouter(tags=["health"])
ROUTES = APIRouter(tags=["health"])


@OPEN.get("/healthz")
def live() -> dict[str, str]:
    """Whether the process answers."""
    return {"status": "alive"}


@OPEN.get("/readyz", response_model=None)
def ready(service: At) -> JSONResponse:
    """Whether requests can be carried out: the database, the disk and the queue."""
    checks = {"database": _database(service), "disk": _disk(service), "queue": service.queue.alive}
    status = 200 if all(checks.values()) else 503
    return JSONResponse({"ready": status == 200, "checks": checks}, status)


@OPEN.get("/metrics", response_class=Response)
def metrics(caller: Operator, service: At) -> Response:
    """Figures in the form of Prometheus, for a token of the operator."""
    alive, data = service.queue.alive, service.settings.data
    text = service.metrics.text(service.database, data, alive=alive)
    return Response(text, media_type=MEDIA_TYPE)


@ROUTES.get("/capabilities")
def capabilities(caller: Reader, service: At) -> dict[str, Any]:
    """What this server can do, and what it allows."""
    from trimtab.verbs.inspect import inspect_system

    return {
        "kinds": list(KINDS),
        "system": inspect_system().to_dict(),
        "policy": service.policy.model_dump(),
    }


def _database(service: Service) -> bool:
    try:
        with service.database.reading() as connection:
            connection.execute(text("SELECT 1"))
        return version(service.database) == NEWEST
    except Away:
        return False


def _disk(service: Service) -> bool:
    try:
        service.files.check_room(service.policy.free_mib)
    except NoRoom:
        return False
    return True
