"""Pages from their templates."""

from __future__ import annotations

from functools import cache
from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from trimtab.server.headers import PAGE_POLICY


def render(name: str, status: int = 200, **of: Any) -> HTMLResponse:
    """A page: nothing that is put into its template is read as markup."""
    content = _templates().get_template(name).render(**of)
    return HTMLResponse(content, status, {"Content-Security-Policy": PAGE_POLICY})


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("trimtab.server.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
