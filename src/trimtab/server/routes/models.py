"""Models: what jobs learned, or what was brought; and rows drawn from them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict, Field

from trimtab.request.sample import Sample
from trimtab.server.access.asking import Reader, Writer
from trimtab.server.access.audit import note
from trimtab.server.access.caller import Caller
from trimtab.server.database.owned import MODELS, Row
from trimtab.server.jobs.kinds import KINDS
from trimtab.server.keeping import check_project, kept
from trimtab.server.ordering import check_request, order
from trimtab.server.problems import Conflict
from trimtab.server.questions.ask import ask
from trimtab.server.receive import receive
from trimtab.server.routes import jobs
from trimtab.server.routes.drawn import as_asked
from trimtab.server.routes.once import Once
from trimtab.server.routes.paging import Paging, of_project, page_of
from trimtab.server.service import At, Service

ROUTES = APIRouter(prefix="/models", tags=["models"], route_class=Once)
_ZIP = {"requestBody": {"content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}}}


class Model(BaseModel):
    """A model; `summary` says what it learned, how, and what can be given when drawing."""

    id: str
    project_id: str
    job_id: str | None
    name: str
    bytes: int
    sha256: str
    summary: dict[str, Any]
    created_by: str | None
    created_at: float


class GenerationBody(BaseModel):
    """Rows to be drawn from a model.

    given   the id of a dataset with rows to complete
    plan    the id of a plan
    """

    model_config = ConfigDict(extra="forbid")

    request: Sample = Field(default_factory=Sample)
    given: str | None = None
    plan: str | None = None


ROUTES.post("", status_code=202, response_model=jobs.Job)(jobs.ordering(KINDS["fit"]))


@ROUTES.post("/import", status_code=201, response_model=Model, openapi_extra=_ZIP)
async def bring(
    request: Request,
    caller: Writer,
    service: At,
    project: Annotated[str, Query(description="The id of the project.")],
    name: Annotated[str, Query(min_length=1, max_length=200)],
) -> Row:
    """Bring a model file that trimtab made elsewhere."""
    await to_thread.run_sync(check_project, service, caller, project)
    with service.files.scratch() as folder:
        place = folder / "model.trimtab"
        await receive(request, place, service.policy)
        return await to_thread.run_sync(_brought, caller, service, project, name, place)


def _brought(caller: Caller, service: Service, project: str, name: str, place: Path) -> Row:
    """The row of a model file that was received, opened and moved to where it stays."""
    summary = ask("model", place.parent, service, file=str(place))
    said = {"job_id": None, "name": name, "summary": summary}
    return kept(service, caller, MODELS, project, place, "brought", **said)


@ROUTES.get("")
def page(
    caller: Reader,
    service: At,
    paging: Paging,
    project: str | None = None,
    sha256: Annotated[str | None, Query(max_length=64)] = None,
) -> dict[str, Any]:
    """The models of the team, or of a project, the newest first; or those of one content."""
    with service.database.reading() as connection:
        of = of_project(connection, caller, project, sha256=sha256)
        return page_of(MODELS.page(connection, caller.team, **paging, **of), Model)


@ROUTES.get("/{id}", response_model=Model)
def get(id: str, caller: Reader, service: At) -> Row:
    """A model."""
    with service.database.reading() as connection:
        return MODELS.get(connection, caller.team, id)


@ROUTES.get("/{id}/file", response_class=Response)
def file(id: str, caller: Reader, service: At) -> FileResponse:
    """The model file: `trimtab.load` opens it."""
    row = get(id, caller, service)
    return FileResponse(
        service.files.place(row["file"]),
        media_type="application/zip",
        filename=f"{id}.trimtab",
        headers={"ETag": f'"{row["sha256"]}"'},
    )


@ROUTES.post("/{id}/generations", response_model=None, status_code=202)
def generate(
    id: str,
    body: GenerationBody,
    caller: Writer,
    service: At,
    accept: Annotated[str, Header()] = "*/*",
    prefer: Annotated[str, Header()] = "",
) -> Response:
    """Draw rows. Few are the answer itself (200), in the form that `Accept` says: JSON, Parquet,
    CSV or Arrow. Many, or with `Prefer: respond-async`, are a job (202).
    """
    check_request(body.request, service.policy)
    rows = body.request.rows
    few = rows is not None and rows <= service.policy.immediate_rows
    if few and body.given is None and body.plan is None and "respond-async" not in prefer:
        return _drawn(id, body, accept, caller, service)
    with service.database.reading() as connection:
        project = MODELS.get(connection, caller.team, id)["project_id"]
    inputs = {"data": id, "given": body.given, "plan": body.plan}
    row = order(service, caller, KINDS["sample"], project, body.request, inputs)
    content = jobs.Job.model_validate(dict(row)).model_dump_json()
    headers = {"Location": f"/v1/jobs/{row['id']}"}
    return Response(content, 202, headers, media_type="application/json")


def _drawn(
    id: str, body: GenerationBody, accept: str, caller: Caller, service: Service
) -> Response:
    """Rows, drawn while one waits."""
    with service.database.reading() as connection:
        row = MODELS.get(connection, caller.team, id)
    with service.files.scratch() as folder:
        told = ask(
            "draw",
            folder,
            service,
            file=str(service.files.place(row["file"])),
            request=body.request.to_dict(),
            most_rows=service.policy.immediate_rows,
        )
        return as_asked(folder / "table.parquet", told, accept)


@ROUTES.delete("/{id}", status_code=204)
def remove(id: str, caller: Writer, service: At) -> None:
    """Remove a model that was brought; one that a job made goes with the job."""
    with service.database.writing() as connection:
        row = MODELS.get(connection, caller.team, id)
        if row["job_id"] is not None:
            raise Conflict(
                f"the model belongs to the job that made it: remove the job {row['job_id']}."
            )
        MODELS.remove(connection, caller.team, id)
        note(connection, caller, "model removed", id)
    service.files.remove("models", id)
