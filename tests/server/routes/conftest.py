"""One of a team, who asks a service in this process."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.server.people import Person, person, team_of
from tests.server.serving import service_in
from trimtab.server.app import application
from trimtab.server.service import Service

CSV = b"SEX,RACE,AGE\n" + b"".join(
    f"{'FM'[k % 2]},{'abc'[k % 3]},{20 + k % 50}\n".encode() for k in range(120)
)


@dataclass(frozen=True)
class Asker:
    """A client with a token, and the service behind it."""

    client: TestClient
    service: Service
    person: Person

    def project(self, name: str = "study", **more: Any) -> str:
        """A new project."""
        answer = self.client.post("/v1/projects", json={"name": name, **more})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def dataset(self, project: str, content: bytes = CSV, name: str = "table.csv") -> str:
        """A table that is brought."""
        at = {"project": project, "name": name}
        answer = self.client.post("/v1/datasets", params=at, content=content)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])


@pytest.fixture
def asker(tmp_path: Path) -> Iterator[Asker]:
    service = service_in(tmp_path / "data")
    one = person(service, team_of(service, "team"), "owner")
    with TestClient(
        application(service), base_url="http://127.0.0.1", headers=one.by_token()
    ) as client:
        yield Asker(client, service, one)
    service.database.close()
