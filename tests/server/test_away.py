"""A database that goes away and comes back: said with when to ask again, and then all goes on."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from tests.server.cluster import new_database
from tests.server.people import person, team_of
from tests.server.serving import service_in
from trimtab.server.app import application


class Line:
    """A line to a server, which can be cut and mended."""

    def __init__(self, port: int) -> None:
        self._to, self._whole = port, True
        self._ends: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    def cut(self) -> None:
        """Let nothing through any more."""
        self._whole = False
        ends, self._ends = self._ends, []
        for end in ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def mend(self) -> None:
        """Let all through again."""
        self._whole = True

    def close(self) -> None:
        """Be gone."""
        self.cut()
        self._listener.close()

    def _listen(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            if not self._whole:
                near.close()
                continue
            far = socket.create_connection(("127.0.0.1", self._to))
            self._ends += [near, far]
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self._pass, args=(one, other), daemon=True).start()

    def _pass(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while part := one.recv(65536):
                other.sendall(part)


@pytest.fixture
def line(postgresql: str) -> Iterator[Line]:
    made = Line(urlsplit(postgresql).port or 0)
    yield made
    made.close()


def test_postgresql_goes_and_comes(line: Line, postgresql: str, tmp_path: Path) -> None:
    direct = urlsplit(new_database(postgresql))
    url = direct._replace(netloc=f"trimtab@127.0.0.1:{line.port}").geturl()
    service = service_in(tmp_path / "data", url)
    one = person(service, team_of(service, "team"), "owner")
    with TestClient(
        application(service), base_url="http://127.0.0.1", headers=one.by_token()
    ) as client:
        assert client.get("/v1/projects").status_code == 200
        line.cut()
        for _ in range(2):
            answer = client.post("/v1/projects", json={"name": "p"})
            assert answer.status_code == 503 and answer.headers["retry-after"]
            assert answer.headers["content-type"] == "application/problem+json"
        ready = client.get("/readyz")
        assert ready.status_code == 503 and ready.json()["checks"]["database"] is False
        line.mend()
        assert client.post("/v1/projects", json={"name": "p"}).status_code == 201
        assert client.get("/readyz").status_code == 200
    service.database.close()


def test_sqlite_that_is_locked_for_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from trimtab.server.database import database

    monkeypatch.setattr(database, "_SECONDS_TO_WAIT", 0)
    service = service_in(tmp_path / "data")
    one = person(service, team_of(service, "team"), "owner")
    with TestClient(
        application(service), base_url="http://127.0.0.1", headers=one.by_token()
    ) as client:
        assert client.get("/v1/projects").status_code == 200
        with service.database.engine.connect() as other:
            other.execute(text("BEGIN IMMEDIATE"))
            answer = client.post("/v1/projects", json={"name": "p"})
            assert answer.status_code == 503 and answer.headers["retry-after"]
            assert client.get("/v1/projects").status_code == 200  # readers never wait
            other.rollback()
        assert client.post("/v1/projects", json={"name": "p"}).status_code == 201
    service.database.close()
