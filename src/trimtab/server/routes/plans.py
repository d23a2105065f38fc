"""Plans: what balancing would do, before anything is learned."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from trimtab.request.balance import Balance
from trimtab.server.access.asking import Reader, Writer
from trimtab.server.access.audit import note
from trimtab.server.database.owned import DATASETS, PLANS, PROJECTS, Row
from trimtab.server.keeping import kept
from trimtab.server.ordering import check_request
from trimtab.server.questions.ask import ask
from trimtab.server.routes.once import Once
from trimtab.server.routes.paging import Paging, of_project, page_of
from trimtab.server.service import At

ROUTES = APIRouter(prefix="/plans", tags=["plans"], route_class=Once)


class PlanBody(BaseModel):
    """What is to be planned."""

    model_config = ConfigDict(extra="forbid")

    project: str
    data: str = Field(description="The id of a dataset.")
    request: Balance


class Plan(BaseModel):
    """A plan: its cells, what to know of them, and what carrying it out may cost."""

    id: str
    project_id: str
    dataset_id: str
    request: dict[str, Any]
    content: dict[str, Any]
    created_by: str | None
    created_at: float


class PlanLine(BaseModel):
    """A plan in a list."""

    id: str
    project_id: str
    dataset_id: str
    created_by: str | None
    created_at: float


@ROUTES.post("", status_code=201, response_model=Plan)
def add(body: PlanBody, caller: Writer, service: At) -> Row:
    """Plan to balance a dataset; nothing is learned."""
    check_request(body.request, service.policy)
    with service.database.reading() as connection:
        PROJECTS.get(connection, caller.team, body.project)
        dataset = DATASETS.get(connection, caller.team, body.data)
    request = body.request.to_dict()
    with service.files.scratch() as folder:
        file = str(service.files.place(dataset["file"]))
        given = {"file": file, "schema": dataset["schema"], "request": request}
        content = ask("plan", folder, service, **given)
        said = {"dataset_id": body.data, "request": request, "content": content}
        return kept(service, caller, PLANS, body.project, folder / "plan.json", "added", **said)


@ROUTES.get("")
def page(caller: Reader, service: At, paging: Paging, project: str | None = None) -> dict[str, Any]:
    """The plans of the team, or of a project, the newest first."""
    with service.database.reading() as connection:
        of = of_project(connection, caller, project)
        return page_of(PLANS.page(connection, caller.team, **paging, **of), PlanLine)


@ROUTES.get("/{id}", response_model=Plan)
def get(id: str, caller: Reader, service: At) -> Row:
    """A plan."""
    with service.database.reading() as connection:
        return PLANS.get(connection, caller.team, id)


@ROUTES.delete("/{id}", status_code=204)
def remove(id: str, caller: Writer, service: At) -> None:
    """Remove a plan."""
    with service.database.writing() as connection:
        PLANS.remove(connection, caller.team, id)
        note(connection, caller, "plan removed", id)
    service.files.remove("plans", id)
