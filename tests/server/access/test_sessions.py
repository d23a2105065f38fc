"""Cookies of sessions, how long they last, and requests that others forge."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from tests.server.people import PASSWORD, Person, set_password
from trimtab.server.app import application
from trimtab.server.database import tables
from trimtab.server.service import Service

Later = Callable[[float], None]
BODY = {"name": "study"}


def test_the_cookie_is_for_this_host_and_for_no_script(
    client: TestClient, owner: Person, kept: str
) -> None:
    set_password(owner, kept)
    found = client.post("/v1/sign-in", json={"name": "ada", "password": PASSWORD})
    said = found.headers["set-cookie"].split("; ")
    assert said[0].startswith("trimtab=")
    assert len(said[0]) == len("trimtab=") + 43
    assert set(said[1:]) == {"HttpOnly", "Max-Age=43200", "Path=/", "SameSite=strict"}


def test_over_tls_the_cookie_is_bound_to_the_host(
    service: Service, owner: Person, kept: str
) -> None:
    set_password(owner, kept)
    settings = replace(service.settings, proxied=True)
    client = TestClient(
        application(replace(service, settings=settings)), base_url="https://localhost"
    )
    found = client.post("/v1/sign-in", json={"name": "ada", "password": PASSWORD})
    said = found.headers["set-cookie"].split("; ")
    assert said[0].startswith("__Host-trimtab=")
    assert {"HttpOnly", "Path=/", "SameSite=strict", "Secure"} < set(said)
    assert not [part for part in said if part.lower().startswith("domain")]
    assert client.get("/v1/me").status_code == 200
    value = said[0].partition("=")[2]
    client.cookies.clear()
    assert client.get("/v1/me", headers={"Cookie": f"trimtab={value}"}).status_code == 401


def test_a_session_ends_when_it_is_idle_or_old(
    client: TestClient, owner: Person, later: Later
) -> None:
    idle, used = owner.in_session(), owner.in_session()
    for _ in range(7):
        later(100 * 60)
        assert client.get("/v1/me", headers=used).status_code == 200
    assert client.get("/v1/me", headers=idle).status_code == 401
    later(21 * 60)  # more than twelve hours in all
    assert client.get("/v1/me", headers=used).status_code == 401


def test_sessions_that_have_ended_are_removed(
    service: Service, owner: Person, later: Later
) -> None:
    owner.in_session()
    later(3 * 3600)
    owner.in_session()
    with service.database.reading() as connection:
        assert len(connection.execute(select(tables.sessions)).all()) == 1


def test_the_time_of_use_is_written_once_a_minute(
    service: Service, client: TestClient, owner: Person, later: Later
) -> None:
    headers = owner.in_session()

    def seen() -> float:
        client.get("/v1/me", headers=headers)
        with service.database.reading() as connection:
            return float(connection.execute(select(tables.sessions.c.seen_at)).scalar_one())

    first = seen()
    later(50)
    assert seen() == first
    later(20)
    assert seen() > first


@pytest.mark.parametrize("given", [None, "", "x" * 64, "ä"])
def test_what_changes_something_needs_the_word_of_the_session(
    client: TestClient, owner: Person, given: str | None
) -> None:
    headers = owner.in_session()
    right = headers.pop("X-CSRF-Token")
    wrong = {} if given is None else {"X-CSRF-Token": given.encode()}
    found = client.post("/v1/projects", json=BODY, headers={**headers, **wrong})  # type: ignore[dict-item]
    assert found.status_code == 403
    assert "X-CSRF-Token" in found.json()["detail"]
    assert right not in found.text
    assert client.get("/v1/projects", headers=headers).json()["items"] == []
    headers["X-CSRF-Token"] = owner.in_session()["X-CSRF-Token"]  # of another session
    assert client.post("/v1/projects", json=BODY, headers=headers).status_code == 403
    headers["X-CSRF-Token"] = right
    assert client.post("/v1/projects", json=BODY, headers=headers).status_code == 201
    assert client.get("/v1/me", headers=headers).json()["csrf"] == right


def test_a_form_may_send_it_as_a_field(client: TestClient, owner: Person) -> None:
    headers = owner.in_session()
    csrf = headers.pop("X-CSRF-Token")
    assert client.post("/sign-out", data={"csrf": "x"}, headers=headers).status_code == 403
    assert client.post("/sign-out", data={"csrf": csrf}, headers=headers).status_code == 303
    assert client.get("/v1/me", headers=headers).status_code == 401


@pytest.mark.parametrize(
    "said",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "http://localhost:9999"},  # the same site, and another's page
        {"Origin": "null"},
        {"Origin": "http://[::1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://localhost:8722"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example"},
    ],
)
def test_pages_of_others_change_nothing(
    client: TestClient, owner: Person, kept: str, said: dict[str, str]
) -> None:
    set_password(owner, kept)
    headers = owner.in_session() | said
    assert client.post("/v1/projects", json=BODY, headers=headers).status_code == 403
    sign_in = {"name": "ada", "password": PASSWORD}
    found = client.post("/v1/sign-in", json=sign_in, headers=said)
    assert found.status_code == 403
    assert "set-cookie" not in found.headers
    assert client.post("/sign-in", data=sign_in, headers=said).status_code == 403


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"Origin": "http://localhost:8722"},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "null"},
    ],
)
def test_our_own_pages_do(client: TestClient, owner: Person, said: dict[str, str]) -> None:
    headers = owner.in_session() | said
    assert client.post("/v1/projects", json=BODY, headers=headers).status_code == 201


def test_a_token_and_a_cookie_together_are_refused(client: TestClient, owner: Person) -> None:
    both = owner.in_session() | owner.by_token()
    found = client.get("/v1/me", headers=both)
    assert found.status_code == 400
    assert "both" in found.json()["detail"]


def test_no_answer_lets_pages_of_others_read_it(client: TestClient, owner: Person) -> None:
    headers = owner.by_token() | {"Origin": "https://evil.example"}
    found = client.get("/v1/me", headers=headers)
    assert not [name for name in found.headers if name.startswith("access-control")]
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    assert client.options("/v1/projects", headers=asked).status_code == 405
