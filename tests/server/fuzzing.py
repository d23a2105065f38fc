"""Requests made from the description of the service, some of them about things that are there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.python.asgi import HOST
from schemathesis.specs.openapi.schemas import OpenApiSchema

from tests.server.people import Things, person, team_of, things_of
from tests.server.serving import service_in
from trimtab.server.app import application
from trimtab.server.service import Service

_PLACES = {
    "/v1/projects/": "project",
    "/v1/datasets/": "dataset",
    "/v1/plans/": "plan",
    "/v1/models/": "model",
    "/v1/jobs/": "job",
    "/v1/artifacts/": "artifact",
    "/v1/users/": "user",
}


@dataclass(frozen=True)
class Fuzzed:
    """A service with one of everything, its description, and what its owner sends."""

    service: Service
    schema: OpenApiSchema
    headers: dict[str, str]
    things: Things

    def call(self, case: Any) -> Any:
        """Send a case; what it names by an id is there, in every other one that removes nothing."""
        place = next((p for p in _PLACES if case.path.startswith(p)), None)
        given = case.path_parameters or {}
        if place and "id" in given and case.method != "DELETE" and len(str(given["id"])) % 2:
            given["id"] = getattr(self.things, _PLACES[place])
        return case.call(headers=self.headers, timeout=60)


def fuzzed(folder: Path, url: str | None = None) -> Fuzzed:
    """A service to be fuzzed, which keeps everything in a folder."""
    service = service_in(folder, url, names=(HOST,), check_seconds=20)
    one = person(service, team_of(service, "team"), "owner", operator=True)
    things = things_of(one)
    schema = schemathesis.openapi.from_asgi("/openapi.json", application(service))
    return Fuzzed(service, schema, one.by_token(), things)


def fault(answer: Any) -> str | None:
    """What is wrong with an answer, whatever was asked; None for nothing."""
    if answer.status_code >= 500:
        return f"{answer.status_code}: {answer.text:.500}"
    if answer.status_code >= 400:
        if answer.headers["content-type"][0] != "application/problem+json":
            return f"{answer.status_code} is no problem: {answer.headers['content-type']}"
        if not answer.json()["detail"]:
            return "a problem without words"
    return None


def routes(made: Fuzzed) -> list[Any]:
    """The operations of the description."""
    return [result.ok() for result in made.schema.get_all_operations()]


def fuzz_route(made: Fuzzed, route: Any, examples: int) -> list[str]:
    """What is wrong with answers of one route."""
    wrong: list[str] = []

    @settings(max_examples=examples, suppress_health_check=list(HealthCheck), deadline=None)
    @given(case=route.as_strategy())
    def tried(case: Any) -> None:
        if (found := fault(made.call(case))) is not None:
            wrong.append(f"{route.method.upper()} {route.path}: {found}")

    tried()
    return wrong
