"""Datasets: tables that were brought, what their columns are, and corrections of that."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Query, Request
from fastapi.responses import FileResponse, Response
from pydantic import BaseModel, ConfigDict

from trimtab.server.access.asking import Reader, Writer
from trimtab.server.access.audit import note
from trimtab.server.access.caller import Caller
from trimtab.server.database.owned import DATASETS, Row
from trimtab.server.keeping import check_project, kept
from trimtab.server.questions.ask import ask
from trimtab.server.receive import ending_of, receive
from trimtab.server.routes.paging import Paging, of_project, page_of
from trimtab.server.service import At, Service
from trimtab.table.schema import Schema

ROUTES = APIRouter(prefix="/datasets", tags=["datasets"])
_ANY = {"requestBody": {"content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}}}


class Dataset(BaseModel):
    """A table as it was brought. Its name is only shown."""

    id: str
    project_id: str
    name: str
    bytes: int
    sha256: str
    rows: int
    columns: int
    notes: list[str]
    created_by: str | None
    created_at: float


class Corrections(BaseModel):
    """What columns are, where that was found wrongly: name -> fields of the schema's column."""

    model_config = ConfigDict(extra="forbid")

    columns: dict[str, dict[str, Any]]


@ROUTES.post("", status_code=201, response_model=Dataset, openapi_extra=_ANY)
async def add(
    request: Request,
    caller: Writer,
    service: At,
    project: Annotated[str, Query(description="The id of the project.")],
    name: Annotated[str, Query(min_length=1, max_length=200, examples=["patients.csv"])],
) -> Row:
    """Bring a table: the body is the file, of a form that its name (or Content-Type) tells."""
    ending = ending_of(name, request.headers.get("content-type"))
    await to_thread.run_sync(check_project, service, caller, project)
    with service.files.scratch() as folder:
        place = folder / f"table{ending}"
        await receive(request, place, service.policy)
        return await to_thread.run_sync(_added, caller, service, project, name, place)


def _added(caller: Caller, service: Service, project: str, name: str, place: Path) -> Row:
    """The row of an upload that was received, understood and moved to where it stays."""
    found = _inspected(service, place, place.parent)
    return kept(service, caller, DATASETS, project, place, "added", name=name, **found)


def _inspected(
    service: Service, file: Path, folder: Path, schema: Any = None, *, more: bool = False
) -> dict[str, Any]:
    caps = service.policy.model_dump()
    return ask("inspect", folder, service, file=str(file), caps=caps, schema=schema, more=more)


@ROUTES.get("")
def page(
    caller: Reader,
    service: At,
    paging: Paging,
    project: str | None = None,
    sha256: Annotated[str | None, Query(max_length=64)] = None,
) -> dict[str, Any]:
    """The datasets of the team, or of a project, the newest first; or those of one content."""
    with service.database.reading() as connection:
        of = of_project(connection, caller, project, sha256=sha256)
        return page_of(DATASETS.page(connection, caller.team, **paging, **of), Dataset)


@ROUTES.get("/{id}", response_model=Dataset)
def get(id: str, caller: Reader, service: At) -> Row:
    """A dataset."""
    with service.database.reading() as connection:
        return DATASETS.get(connection, caller.team, id)


@ROUTES.get("/{id}/file", response_class=Response)
def file(id: str, caller: Reader, service: At) -> FileResponse:
    """The file as it was brought, byte for byte."""
    row = get(id, caller, service)
    place = service.files.place(row["file"])
    return FileResponse(
        place,
        media_type="application/octet-stream",
        filename=f"{id}{''.join(place.suffixes)}",
        headers={"ETag": f'"{row["sha256"]}"'},
    )


@ROUTES.get("/{id}/schema")
def schema(id: str, caller: Reader, service: At) -> dict[str, Any]:
    """What the columns are, each with the reason; corrections are in it."""
    found: dict[str, Any] = get(id, caller, service)["schema"]
    return found


@ROUTES.get("/{id}/inspection")
def inspection(id: str, caller: Reader, service: At) -> dict[str, Any]:
    """The schema, the rules that rows keep, and how uneven labels are: looked up afresh."""
    row = get(id, caller, service)
    place = service.files.place(row["file"])
    with service.files.scratch() as folder:
        return _inspected(service, place, folder, row["schema"], more=True)


@ROUTES.patch("/{id}/schema")
def correct(id: str, body: Corrections, caller: Writer, service: At) -> dict[str, Any]:
    """Correct what columns are; the file must fit what is said."""
    row = get(id, caller, service)
    changed = Schema.parse(row["schema"], "the schema")
    for name, fields in body.columns.items():
        column = changed[name].model_dump(mode="json") | fields
        columns = [column if c.name == name else c.model_dump(mode="json") for c in changed]
        content = changed.model_dump(mode="json") | {"columns": columns}
        changed = Schema.parse(content, f"columns.{name}")
    return _replaced(row, changed, caller, service)


@ROUTES.put("/{id}/schema")
def replace(id: str, body: dict[str, Any], caller: Writer, service: At) -> dict[str, Any]:
    """Say what all columns are; the file must fit what is said."""
    return _replaced(get(id, caller, service), Schema.parse(body, "the schema"), caller, service)


def _replaced(row: Row, schema: Schema, caller: Caller, service: Service) -> dict[str, Any]:
    said = schema.model_dump(mode="json")
    with service.files.scratch() as folder:
        found = _inspected(service, service.files.place(row["file"]), folder, said)
    with service.database.writing() as connection:
        DATASETS.change(connection, caller.team, row["id"], **found)
        note(connection, caller, "schema corrected", row["id"])
    fitted: dict[str, Any] = found["schema"]
    return fitted


@ROUTES.delete("/{id}", status_code=204)
def remove(id: str, caller: Writer, service: At) -> None:
    """Remove a dataset. Jobs that need it and have not begun will fail, and say so."""
    with service.database.writing() as connection:
        DATASETS.remove(connection, caller.team, id)
        note(connection, caller, "dataset removed", id)
    service.files.remove("datasets", id)
