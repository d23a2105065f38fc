"""Jobs: whatever takes longer than an answer, each verb of trimtab a kind of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field, create_model
from sqlalchemy import select

from trimtab.server.access.asking import Reader, Writer
from trimtab.server.access.audit import note
from trimtab.server.database.owned import JOBS, Row
from trimtab.server.database.tables import artifacts, models
from trimtab.server.jobs import states
from trimtab.server.jobs.kinds import KINDS, Kind
from trimtab.server.ordering import again, order
from trimtab.server.problems import Conflict
from trimtab.server.routes.once import Once
from trimtab.server.routes.paging import Paging, of_project, page_of
from trimtab.server.service import At

ROUTES = APIRouter(prefix="/jobs", tags=["jobs"], route_class=Once)
State = Literal["queued", "running", "succeeded", "failed", "cancelled", "interrupted"]


class JobLine(BaseModel):
    """A job in a list."""

    id: str
    project_id: str
    kind: str
    state: State
    attempt: int
    progress: dict[str, Any] | None
    created_by: str | None
    created_at: float
    started_at: float | None
    ended_at: float | None


class Job(JobLine):
    """A job.

    inputs      name of the argument -> id of what it is
    progress    phase, done, total; and figure, where a training says how good it is
    problem     why it failed, and what to do
    result      what the verb's result says, but for tables
    artifacts   names of the files that it left: see /jobs/{id}/artifacts
    """

    request: dict[str, Any]
    inputs: dict[str, str]
    problem: dict[str, Any] | None
    result: dict[str, Any] | None
    artifacts: list[str] = []
    model_id: str | None = None


def body_of(kind: Kind) -> type[BaseModel]:
    """What is sent to order a job of a kind: its project, what it works on, and the request."""
    fields: dict[str, Any] = {"project": (str, Field(description="The id of the project."))}
    for name, nouns in kind.inputs.items():
        said = Field(description=f"The id of a {' or a '.join(nouns)}.")
        required = name in kind.required
        fields[name] = (
            (Annotated[str, said], ...) if required else (Annotated[str | None, said], None)
        )
    fields["request"] = (kind.request, Field(description=kind.request.__doc__))
    name = f"{kind.request.__name__}Job"
    made: type[BaseModel] = create_model(name, __config__=ConfigDict(extra="forbid"), **fields)
    return made


def ordering(kind: Kind) -> Callable[..., Row]:
    """The function of a route that orders a job of a kind."""

    def submit(body: Any, caller: Writer, service: At, response: Response) -> Row:
        inputs = {name: getattr(body, name) for name in kind.inputs}
        row = order(service, caller, kind, body.project, body.request, inputs)
        response.headers["Location"] = f"/v1/jobs/{row['id']}"
        return row

    submit.__annotations__["body"] = body_of(kind)
    submit.__name__ = f"order_{kind.verb}"
    submit.__doc__ = f"{(kind.request.__doc__ or kind.verb).splitlines()[0]}"
    return submit


for each in KINDS.values():
    ROUTES.post(f"/{each.verb}", status_code=202, response_model=Job)(ordering(each))


@ROUTES.get("")
def page(
    caller: Reader,
    service: At,
    paging: Paging,
    project: str | None = None,
    state: State | None = None,
    kind: str | None = None,
) -> dict[str, Any]:
    """The jobs of the team, or of a project, the newest first."""
    with service.database.reading() as connection:
        of = of_project(connection, caller, project, state=state, kind=kind)
        return page_of(JOBS.page(connection, caller.team, **paging, **of), JobLine)


@ROUTES.get("/{id}", response_model=Job)
def get(id: str, caller: Reader, service: At) -> Row:
    """A job as it is now."""
    with service.database.reading() as connection:
        job = dict(JOBS.get(connection, caller.team, id))
        left = select(artifacts.c.name).where(artifacts.c.job_id == id).order_by(artifacts.c.name)
        job["artifacts"] = list(connection.execute(left).scalars())
        made = select(models.c.id).where(models.c.job_id == id)
        job["model_id"] = connection.execute(made).scalar()
    return job


@ROUTES.post("/{id}/cancel", response_model=Job)
def cancel(id: str, caller: Writer, service: At) -> Row:
    """Cancel a job: at once if it waits, soon if it runs. One that was cancelled stays so."""
    with service.database.writing() as connection:
        job = JOBS.get(connection, caller.team, id)
        row = states.cancel(connection, job)
        note(connection, caller, "job cancelled", id)
    return row


@ROUTES.post("/{id}/retry", status_code=202, response_model=Job)
def retry(id: str, caller: Writer, service: At) -> Row:
    """Begin a job that failed, was cancelled or interrupted once more, from its beginning."""
    return again(service, caller, id, resume=False)


@ROUTES.post("/{id}/resume", status_code=202, response_model=Job)
def resume(id: str, caller: Writer, service: At) -> Row:
    """Go on with a job that failed or was interrupted, from what its training had reached."""
    return again(service, caller, id, resume=True)


@ROUTES.delete("/{id}", status_code=204)
def remove(id: str, caller: Writer, service: At) -> None:
    """Remove a job that has ended, with all that it made."""
    with service.database.writing() as connection:
        job = JOBS.get(connection, caller.team, id)
        if job["state"] in ("queued", "running"):
            raise Conflict(f"the job is {job['state']}: cancel it first, then remove it.")
        JOBS.remove(connection, caller.team, id)
        note(connection, caller, "job removed", id)
    service.files.remove("jobs", id)
