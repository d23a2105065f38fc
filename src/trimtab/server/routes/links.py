"""Links to one artifact, for who has no account."""

from __future__ import annotations

import mimetypes
import time
from pathlib import PurePosixPath
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel

from trimtab.server.access import links
from trimtab.server.access.asking import Reader, Writer, address_of
from trimtab.server.access.audit import note
from trimtab.server.database.owned import LINKS
from trimtab.server.headers import REPORT_POLICY
from trimtab.server.problems import Gone
from trimtab.server.routes.paging import Paging, page_of
from trimtab.server.service import At

ROUTES = APIRouter(tags=["links"])
_SHOWN = (".html",)  # in the browser; anything else is saved


class Link(BaseModel):
    """A link as it is; its secret is shown once."""

    id: str
    artifact_id: str
    created_by: str | None
    created_at: float
    expires_at: float
    revoked_at: float | None = None


class NewLink(Link):
    """A link, and where it is opened at the address of this server."""

    path: str


@ROUTES.post("/artifacts/{id}/links", status_code=201, response_model=NewLink)
def add(id: str, caller: Writer, service: At) -> dict[str, Any]:
    """Make a link that shows the release edition of a report to whoever has it, for a while."""
    with service.database.writing() as connection:
        row, secret = links.make(connection, service, caller, id)
        note(connection, caller, "link to an artifact made", row["id"])
    return {**row, "path": f"/v1/shared/{secret}"}


@ROUTES.get("/links")
def page(caller: Reader, service: At, paging: Paging) -> dict[str, Any]:
    """The links of the team, the newest first."""
    with service.database.reading() as connection:
        return page_of(LINKS.page(connection, caller.team, **paging), Link)


@ROUTES.delete("/links/{id}", status_code=204)
def revoke(id: str, caller: Writer, service: At) -> None:
    """Revoke a link."""
    with service.database.writing() as connection:
        if LINKS.get(connection, caller.team, id)["revoked_at"] is None:
            LINKS.change(connection, caller.team, id, revoked_at=time.time())
            note(connection, caller, "link to an artifact revoked", id)


@ROUTES.get("/shared/{secret}", response_class=Response)
def shared(secret: str, request: Request, service: At) -> FileResponse:
    """What a link shows."""
    row = links.artifact_of(service, secret, address_of(request))
    place = service.files.place(row["file"])
    if not place.is_file():
        raise Gone("what the link showed is no more: ask for a new one.")
    ending = PurePosixPath(row["name"]).suffix
    kind = mimetypes.types_map.get(ending, "application/octet-stream")
    return FileResponse(
        place,
        media_type=kind,
        filename=row["name"],
        content_disposition_type="inline" if ending in _SHOWN else "attachment",
        headers={"Content-Security-Policy": REPORT_POLICY, "X-Robots-Tag": "noindex"},
    )
