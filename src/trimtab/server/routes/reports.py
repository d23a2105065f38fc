"""Reports: how good a synthetic table is, whoever made it."""

from __future__ import annotations

from fastapi import APIRouter

from trimtab.server.jobs.kinds import KINDS
from trimtab.server.routes import jobs
from trimtab.server.routes.once import Once

ROUTES = APIRouter(prefix="/reports", tags=["reports"], route_class=Once)
ROUTES.post("", status_code=202, response_model=jobs.Job)(jobs.ordering(KINDS["evaluate"]))
