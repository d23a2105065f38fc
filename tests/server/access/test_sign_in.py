"""Signing in by a password and by a one-time link, and what failing often brings."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy import func, select
from starlette.testclient import TestClient

from tests.server.people import PASSWORD, Person, person, set_password
from trimtab.errors import InputError
from trimtab.server.access import first_run, passwords, sign_in
from trimtab.server.database import tables
from trimtab.server.problems import Gone, TooMany
from trimtab.server.service import Service

NEW = "another horse battery"
pytestmark = pytest.mark.usefixtures("kept", "database_url")
Later = Callable[[float], None]


def enter(client: TestClient, name: str = "ada", password: str = PASSWORD) -> Any:
    return client.post("/v1/sign-in", json={"name": name, "password": password})


def exchange(client: TestClient, link: str, password: str = NEW) -> Any:
    return client.post("/v1/sign-in/link", json={"link": link, "password": password})


def count(service: Service, table: Any) -> int:
    with service.database.reading() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def test_the_first_link_makes_the_first_owner_who_runs_the_server(
    service: Service, client: TestClient
) -> None:
    first = first_run.begin(service)
    assert first is not None
    assert first.path == f"/sign-in#{first.link}"
    assert first.link not in repr(first)
    again = first_run.begin(service)  # the server was started again before it was used
    assert again is not None
    assert again.link != first.link
    assert count(service, tables.users) == 1
    assert exchange(client, first.link).status_code == 410
    assert exchange(client, again.link).status_code == 204
    me = client.get("/v1/me").json()
    assert (me["name"], me["role"], me["operator"]) == ("owner", "owner", True)
    assert me["team"]["name"] == "team"
    assert me["scopes"] == ["read", "write", "manage"]
    assert first_run.begin(service) is None


def test_nobody_has_a_password_that_they_did_not_set(service: Service, client: TestClient) -> None:
    first_run.begin(service)
    for word in ("", "owner", "admin", "password", "trimtab"):
        assert enter(client, "owner", word).status_code in (401, 429)


def test_a_link_is_used_once(service: Service, client: TestClient, owner: Person) -> None:
    link = first_run.recover(service).link
    assert exchange(client, link, "short").status_code == 422
    assert exchange(client, link).status_code == 204
    found = exchange(client, link)
    assert found.status_code == 410
    assert "used, is too old, or never was" in found.json()["detail"]
    assert link not in found.text
    client.cookies.clear()
    assert enter(client, password=NEW).status_code == 204


def test_a_link_lives_a_quarter_of_an_hour(
    service: Service, client: TestClient, owner: Person, later: Later
) -> None:
    link = first_run.recover(service).link
    later(15 * 60 - 1)
    used = first_run.recover(service).link
    assert exchange(client, link).status_code == 410, "the later link takes its place"
    later(15 * 60 + 1)
    assert exchange(client, used).status_code == 410


def test_of_many_who_use_a_link_at_once_one_signs_in(service: Service, owner: Person) -> None:
    link = first_run.recover(service).link
    together, cookies, gone = threading.Barrier(4), [], []

    def use(place: int) -> None:
        together.wait()
        try:
            cookies.append(sign_in.by_link(service, link, NEW, f"192.0.2.{place}", None))
        except Gone as error:
            gone.append(error)

    threads = [threading.Thread(target=use, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(cookies), len(gone)) == (1, 3)
    assert count(service, tables.sessions) == 1


def test_a_link_ends_the_sessions_that_were(
    service: Service, client: TestClient, owner: Person
) -> None:
    before = owner.in_session()
    assert client.get("/v1/me", headers=before).status_code == 200
    assert exchange(client, first_run.recover(service).link).status_code == 204
    client.cookies.clear()
    assert client.get("/v1/me", headers=before).status_code == 401


def test_links_of_who_is_disabled_are_none(
    service: Service, client: TestClient, owner: Person
) -> None:
    other = person(service, owner.team, "bo", "member")
    link = first_run.recover(service, "Bo").link
    change = {"disabled": True}
    assert client.patch(f"/v1/users/{other.id}", json=change, headers=owner.by_token()).is_success
    assert exchange(client, link).status_code == 410
    with pytest.raises(InputError, match="no such user, or they are disabled"):
        first_run.recover(service, "bo")
    with pytest.raises(InputError, match="no such user"):
        first_run.recover(service, "nobody")


def test_one_signs_in_by_name_in_any_case_and_out(
    client: TestClient, owner: Person, kept: str
) -> None:
    set_password(owner, kept)
    assert enter(client, "ADA").status_code == 204
    me = client.get("/v1/me").json()
    assert me["id"] == owner.id
    assert client.post("/v1/sign-out", headers={"X-CSRF-Token": me["csrf"]}).status_code == 204
    assert "trimtab" not in client.cookies
    assert client.get("/v1/me").status_code == 401


def test_who_fails_does_not_learn_whether_there_is_the_account(
    client: TestClient, owner: Person, kept: str
) -> None:
    set_password(owner, kept)
    told = [
        enter(client, name, "wrong" * 3).json() for name in ("ada", "nobody", "\0", "' OR 1=1 --")
    ]
    assert {t["status"] for t in told} == {401}
    assert len({str(t) for t in told}) == 1


def test_a_session_is_another_after_each_sign_in(
    service: Service, client: TestClient, owner: Person, kept: str
) -> None:
    set_password(owner, kept)
    enter(client)
    first = client.cookies["trimtab"]
    enter(client)
    second = client.cookies["trimtab"]
    assert first != second
    assert count(service, tables.sessions) == 1
    client.cookies.clear()
    assert client.get("/v1/me", headers={"Cookie": f"trimtab={first}"}).status_code == 401
    fixed = {"Cookie": "trimtab=" + "x" * 43}  # that somebody else has put into the browser
    found = client.post("/v1/sign-in", json={"name": "ada", "password": PASSWORD}, headers=fixed)
    assert "x" * 43 not in found.headers["set-cookie"]


def test_a_new_password_needs_the_old_one_and_ends_all_sessions(
    service: Service, client: TestClient, owner: Person, kept: str
) -> None:
    set_password(owner, kept)
    elsewhere, here = owner.in_session(), owner.in_session()
    wrong = {"old": "not" * 5, "new": NEW}
    assert client.put("/v1/me/password", json=wrong, headers=here).status_code == 403
    body = {"old": PASSWORD, "new": NEW}
    token = owner.by_token()
    assert client.put("/v1/me/password", json=body, headers=token).status_code == 403
    found = client.put("/v1/me/password", json=body, headers=here)
    assert found.status_code == 204
    client.cookies.clear()
    for headers in (elsewhere, here):
        assert client.get("/v1/me", headers=headers).status_code == 401
    cookie = found.headers["set-cookie"].partition(";")[0]
    assert client.get("/v1/me", headers={"Cookie": cookie}).status_code == 200
    assert enter(client).status_code == 401


def test_a_password_that_is_kept_weakly_is_kept_anew(
    service: Service, client: TestClient, owner: Person
) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=32).hash(PASSWORD)
    set_password(owner, weak)
    assert enter(client).status_code == 204
    with service.database.reading() as connection:
        now = connection.execute(select(tables.users.c.password)).scalar_one()
    assert now != weak
    assert not passwords.is_weak(now)
    assert enter(client).status_code == 204


def test_five_failures_a_minute_and_account_are_borne(
    client: TestClient, owner: Person, later: Later
) -> None:
    assert [enter(client).status_code for _ in range(7)] == [401] * 5 + [429] * 2
    found = enter(client)
    seconds = int(found.headers["retry-after"])
    assert 0 < seconds <= 61
    assert found.json()["code"] == "too-many"
    assert enter(client, "other").status_code == 401, "another account has failures of its own"
    later(seconds)
    assert enter(client).status_code == 401


def test_who_signs_in_well_has_no_failures(client: TestClient, owner: Person, kept: str) -> None:
    set_password(owner, kept)
    for word in (*["wrong"] * 4, PASSWORD, *["wrong"] * 4, PASSWORD):
        assert enter(client, password=word).status_code == (204 if word == PASSWORD else 401)


def test_twenty_failures_a_minute_and_address_are_borne(
    service: Service, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sign_in, "matches", lambda password, kept: False)
    codes = [enter(client, f"somebody{k}").status_code for k in range(22)]
    assert codes == [401] * 20 + [429] * 2
    assert exchange(client, "x" * 43).status_code == 429, "links and accounts count together"
    with pytest.raises(Gone):
        sign_in.by_link(service, "x" * 43, NEW, "192.0.2.9", None)


def test_failures_at_once_are_all_counted(
    service: Service, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    together, refused = threading.Barrier(8), []
    monkeypatch.setattr(sign_in, "matches", lambda password, kept: False)

    def fail() -> None:
        together.wait()
        try:
            sign_in.by_password(service, "ada", "wrong", "192.0.2.1", None)
        except TooMany as error:
            refused.append(error)
        except Exception:
            pass

    threads = [threading.Thread(target=fail) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 3


def test_what_is_typed_as_a_name_is_not_kept(
    service: Service, client: TestClient, owner: Person
) -> None:
    enter(client, "my secret word, in the wrong field")
    with service.database.reading() as connection:
        row = connection.execute(select(tables.attempts)).mappings().one()
    assert "secret" not in str(dict(row))
