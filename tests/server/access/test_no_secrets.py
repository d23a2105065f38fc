"""Secrets stand in the answer that gives them out, and nowhere else."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from sqlalchemy import select, update
from starlette.testclient import TestClient

from tests.server.people import PASSWORD, Person, things_of
from trimtab.server.access import first_run
from trimtab.server.database import tables
from trimtab.server.service import Service

NEW = "another horse battery"


@pytest.mark.usefixtures("kept")
def test_no_log_no_table_and_no_file_has_a_secret(
    service: Service, client: TestClient, owner: Person, tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    caplog.set_level(logging.DEBUG)
    link = first_run.recover(service).link
    client.post("/v1/sign-in/link", json={"link": link, "password": PASSWORD})
    client.post("/v1/sign-in", json={"name": "ada", "password": "a wrong password"})
    client.post("/v1/sign-in", json={"name": "ada", "password": PASSWORD})
    cookie = client.cookies["trimtab"]
    csrf = client.get("/v1/me").json()["csrf"]
    sent = {"X-CSRF-Token": csrf}
    body = {"name": "t", "scopes": ["read"]}
    token = client.post("/v1/tokens", json=body, headers=sent).json()["token"]
    invited = client.post("/v1/users", json={"name": "bo", "role": "member"}, headers=sent).json()
    code = invited["link"]["path"].partition("#")[2]
    artifact = things_of(owner).artifact
    shared = client.post(f"/v1/artifacts/{artifact}/links", headers=sent).json()["path"]
    assert client.get(shared).status_code == 200
    client.put("/v1/me/password", json={"old": PASSWORD, "new": NEW}, headers=sent)
    client.cookies.clear()
    client.get("/v1/me", headers={"Authorization": f"Bearer {token}"})
    secrets = {
        "link": link,
        "password": PASSWORD,
        "wrong password": "a wrong password",
        "new password": NEW,
        "cookie": cookie,
        "csrf": csrf,
        "token": token.rpartition("_")[2] if token.count("_") == 2 else token[30:],
        "code": code,
        "shared": shared[-43:],
        "key": service.key.hex(),
    }
    assert len(set(secrets.values())) == len(secrets)
    with service.database.reading() as connection:
        rows = "".join(
            str(connection.execute(select(t)).all()) for t in tables.tables.sorted_tables
        )
    assert "ada" in rows
    ours = "".join(r.getMessage() for r in caplog.records if not r.name.startswith("httpx"))
    assert "/v1/sign-in/link" in ours
    files = b"".join(
        p.read_bytes() for p in tmp_path.rglob("*") if p.is_file() and p.name != "secret"
    )
    for name, secret in secrets.items():
        assert secret not in rows, name
        assert secret not in ours, name
        assert secret.encode() not in files, name


def test_a_service_does_not_show_its_key(service: Service) -> None:
    assert service.key.hex() not in repr(service)
    assert str(service.key) not in repr(service)


def test_errors_of_the_shape_quote_no_password(client: TestClient, owner: Person) -> None:
    body = {"name": "ada", "password": ["hush hush hush"], "more": "hush"}
    found = client.post("/v1/sign-in", json=body)
    assert found.status_code == 422
    assert "hush" not in found.text
    short = client.post("/v1/sign-in/link", json={"link": "x", "password": "hush"})
    assert short.status_code == 422
    assert "hush" not in short.text
    assert "at least 12" in short.json()["detail"]


def test_a_hash_that_was_changed_signs_nobody_in(
    service: Service, client: TestClient, owner: Person
) -> None:
    headers = owner.by_token()
    with service.database.writing() as connection:
        connection.execute(update(tables.tokens).values(hash="0" * 64))
    assert client.get("/v1/me", headers=headers).status_code == 401
