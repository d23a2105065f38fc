"""Every route of the application, and how to ask it for something: two tables to add to.

`MAKERS` says what the parts of paths are; `ASKED` what is sent besides. tests/server/test_matrix.py
fails for a route that needs something that is not here.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from tests.server.people import PASSWORD, Things
from trimtab.server.access import asking
from trimtab.server.access.caller import Scope
from trimtab.server.jobs.kinds import KINDS

# Routes for who is not known. Anything else needs a sign-in.
OPEN: Final = frozenset(
    {
        "/healthz",
        "/readyz",
        "/openapi.json",
        "/v1/sign-in",
        "/v1/sign-in/link",
        "/v1/shared/{secret}",
        "/sign-in",
        "/sign-in/link",
    }
)
# A path up to a part of it -> what that is, a field of Things.
MAKERS: Final = {
    "/v1/artifacts/{id}": "artifact",
    "/v1/datasets/{id}": "dataset",
    "/v1/jobs/{id}": "job",
    "/v1/jobs/{id}/artifacts/{name}": "name",
    "/v1/links/{id}": "link",
    "/v1/models/{id}": "model",
    "/v1/plans/{id}": "plan",
    "/v1/projects/{id}": "project",
    "/v1/shared/{secret}": "secret",
    "/v1/tokens/{id}": "token",
    "/v1/users/{id}": "user",
}
# What a verb must be told.
REQUESTS: Final[dict[str, dict[str, Any]]] = {"balance": {"by": ["A"]}, "prove": {"target": "A"}}
Said = dict[str, Any]  # arguments of a request of httpx
_UPLOAD = b"A,B\na,1\nb,2\n"


def _job(verb: str) -> Callable[[Things], Said]:
    kind = KINDS[verb]

    def said(things: Things) -> Said:
        inputs = {name: getattr(things, nouns[0]) for name, nouns in kind.inputs.items()}
        request = REQUESTS.get(verb, {})
        return {"json": {"project": things.project, **inputs, "request": request}}

    return said


# Method and path -> what is sent.
ASKED: Final[dict[tuple[str, str], Callable[[Things], Said]]] = {
    ("POST", "/v1/sign-in"): lambda t: {"json": {"name": "nobody", "password": PASSWORD}},
    ("POST", "/v1/sign-in/link"): lambda t: {"json": {"link": "x" * 43, "password": PASSWORD}},
    ("PUT", "/v1/me/password"): lambda t: {"json": {"old": "x", "new": PASSWORD}},
    ("POST", "/v1/users"): lambda t: {"json": {"name": "somebody", "role": "member"}},
    ("PATCH", "/v1/users/{id}"): lambda t: {"json": {"role": "viewer"}},
    ("POST", "/v1/tokens"): lambda t: {"json": {"name": "notebook", "scopes": ["read"]}},
    ("POST", "/v1/teams"): lambda t: {"json": {"name": "another", "owner": "somebody"}},
    ("POST", "/v1/projects"): lambda t: {"json": {"name": "study"}},
    ("POST", "/v1/datasets"): lambda t: {
        "params": {"project": t.project, "name": "rows.csv"},
        "content": _UPLOAD,
    },
    ("GET", "/v1/datasets"): lambda t: {"params": {"project": t.project}},
    ("PATCH", "/v1/datasets/{id}/schema"): lambda t: {"json": {"columns": {}}},
    ("PUT", "/v1/datasets/{id}/schema"): lambda t: {"json": {"columns": []}},
    ("GET", "/v1/plans"): lambda t: {"params": {"project": t.project}},
    ("POST", "/v1/plans"): lambda t: {
        "json": {"project": t.project, "data": t.dataset, "request": REQUESTS["balance"]}
    },
    ("POST", "/v1/models"): _job("fit"),
    ("GET", "/v1/models"): lambda t: {"params": {"project": t.project}},
    ("POST", "/v1/models/import"): lambda t: {
        "params": {"project": t.project, "name": "model"},
        "content": b"PK",
    },
    ("POST", "/v1/models/{id}/generations"): lambda t: {
        "json": {"request": {"rows": 2}, "given": t.dataset, "plan": t.plan}
    },
    ("POST", "/v1/reports"): _job("evaluate"),
    ("GET", "/v1/jobs"): lambda t: {"params": {"project": t.project}},
    **{("POST", f"/v1/jobs/{verb}"): _job(verb) for verb in KINDS},
}


@dataclass(frozen=True)
class Way:
    """A method of a route."""

    method: str
    path: str
    dependant: Any = field(default=None, repr=False, compare=False)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def parts(self) -> list[str]:
        """The path up to each part that differs."""
        return [self.path[: found.end()] for found in re.finditer(r"\{\w+\}", self.path)]

    def asked(self, things: Things) -> tuple[str, Said]:
        """The path and what is sent besides, to ask about these things."""
        path = self.path
        for part in self.parts:
            name = part[part.rindex("{") :]
            path = path.replace(name, getattr(things, MAKERS[part]))
        said = ASKED.get((self.method, self.path), lambda t: {})(things)
        return path, said

    @property
    def needs(self) -> frozenset[str]:
        """The scopes that it needs, and "operator" and "in person"."""
        return frozenset(_needs(self.dependant)) if self.dependant else frozenset()

    @property
    def must_be_told(self) -> bool:
        """Whether it answers nothing without a body, or words behind the path."""
        wanted = (
            [*self.dependant.body_params, *self.dependant.query_params] if self.dependant else []
        )
        return any(each.field_info.is_required() for each in wanted)


def ways(app: FastAPI) -> list[Way]:
    """All methods of all routes."""
    found = [
        Way(method, str(route.path), getattr(route, "dependant", None))
        for route in iter_route_contexts(app.routes)
        for method in sorted(route.methods or ())
    ]
    return sorted(found, key=str)


def _needs(dependant: Any) -> Iterator[str]:
    for each in dependant.dependencies:
        if each.call is asking.operating:
            yield "operator"
        elif each.call is asking.in_person:
            yield "in person"
        elif getattr(each.call, "__qualname__", "").startswith(f"{asking.may.__name__}."):
            scope: Scope = inspect.getclosurevars(each.call).nonlocals["scope"]
            yield scope
        yield from _needs(each)
