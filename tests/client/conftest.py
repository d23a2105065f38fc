"""One server for the tests that need one, in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.server.process import running, signed_in
from trimtab.client.client import Client


@pytest.fixture(scope="session")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with running(tmp_path_factory.mktemp("server")) as server, signed_in(server) as line:
        token = line.headers["authorization"].partition(" ")[2]
        with Client(server.url, token, project="tests") as made:
            yield made
