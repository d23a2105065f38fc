"""Lists, a page at a time."""

from __future__ import annotations

from typing import Annotated, Any, TypedDict

from fastapi import Depends, Query
from pydantic import BaseModel

from trimtab.server.database.owned import Page


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


def page_of(page: Page, shape: type[BaseModel]) -> dict[str, Any]:
    """A page as JSON: its items, and what to ask for the next one."""
    items = [{name: row[name] for name in shape.model_fields} for row in page.rows]
    return {"items": items, "next": page.next}
