"""Lists, a page at a time."""

from __future__ import annotations

from typing import Annotated, Any, TypedDict

from fastapi import Depends, Query
from pydantic import BaseModel
from sqlalchemy import Connection

from trimtab.server.access.caller import Caller
from trimtab.server.database.owned import PROJECTS, Page


class Asked(TypedDict):
    """Which page."""

    size: int
    after: str | None


def _asked(
    size: Annotated[int, Query(ge=1, le=200)] = 50,
    after: Annotated[str | None, Query(max_length=40)] = None,
) -> Asked:
    return {"size": size, "after": after}


Paging = Annotated[Asked, Depends(_asked)]


def of_project(
    connection: Connection, caller: Caller, project: str | None, **values: str | None
) -> dict[str, str]:
    """What the rows of a list have: values that are asked for, and the project. Raises NotFound."""
    of = {name: value for name, value in values.items() if value is not None}
    if project is not None:
        of["project_id"] = PROJECTS.get(connection, caller.team, project)["id"]
    return of


def page_of(page: Page, shape: type[BaseModel]) -> dict[str, Any]:
    """A page as JSON: its items, and what to ask for the next one."""
    items = [{name: row[name] for name in shape.model_fields} for row in page.rows]
    return {"items": items, "next": page.next}
