"""Plans: what balancing would do, before anything is learned."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from trimtab.request.balance import Balance
from trimtab.server.access.asking import Reader, Writer
from trimtab.server.access.audit import note
from trimtab.server.database.owned import DATASETS, PLANS, PROJECTS, Row
from trimtab.server.ids import new_id
from trimtab.server.ordering import check_request
from trimtab.server.questions.ask import ask
from trimtab.server.routes.once import Once
from trimtab.server.routes.paging import Paging, page_of
from trimtab.server.service import Service, service_of

ROUTES = APIRouter(prefix="/plans", tags=["plans"], route_class=Once)
At = Annotated[Service, Depends(service_of)]


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
    request, id = body.request.to_dict(), new_id("plans")
    with service.files.scratch() as folder:
        file = str(service.files.place(dataset["file"]))
        given = {"file": file, "schema": dataset["schema"], "request": request}
        content = ask("plan", folder, service, **given)
        for rest in ("asked.json", "answer.json"):
            (folder / rest).unlink()
        home = service.files.move(folder, "plans", id)
    try:
        with service.database.writing() as connection:
            row = PLANS.add(
                connection,
                caller.team,
                id=id,
                project_id=body.project,
                dataset_id=body.data,
                request=request,
                content=content,
                file=service.files.keep(home / "plan.json").file,
                created_by=caller.user,
            )
            note(connection, caller, "plan added", id)
    except BaseException:
        service.files.remove("plans", id)
        raise
    return row


@ROUTES.get("")
def page(caller: Reader, service: At, paging: Paging, project: str | None = None) -> dict[str, Any]:
    """The plans of the team, or of a project, the newest first."""
    with service.database.reading() as connection:
        of = {}
        if project is not None:
            of["project_id"] = PROJECTS.get(connection, caller.team, project)["id"]
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
