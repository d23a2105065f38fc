"""Tokens: made once, kept as hashes, for as much and as long as was said."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from tests.server.people import Headers, Person, person
from trimtab.server.access.secrets import SECRET_LENGTH
from trimtab.server.database import tables
from trimtab.server.service import Service

Later = Callable[[float], None]
_DAY = 24 * 3600


def make(client: TestClient, headers: Headers, scopes: Any = ("read",), **more: Any) -> Any:
    body = {"name": "notebook", "scopes": list(scopes), **more}
    return client.post("/v1/tokens", json=body, headers=headers)


def bearer(token: str) -> Headers:
    return {"Authorization": f"Bearer {token}"}


def test_a_token_is_shown_once_and_kept_as_a_hash(
    service: Service, client: TestClient, owner: Person
) -> None:
    headers = owner.in_session()
    made = make(client, headers, ["write", "read"])
    assert made.status_code == 201
    said = made.json()
    mark, part, secret = said["token"].split("_", 2)
    assert (mark, f"tk_{part}", len(secret)) == ("tt", said["id"], SECRET_LENGTH)
    assert said["scopes"] == ["read", "write"]
    assert client.get("/v1/me", headers=bearer(said["token"])).json()["scopes"] == ["read", "write"]
    listed = client.get("/v1/tokens", headers=headers)
    assert [t["id"] for t in listed.json()["items"]] == [said["id"]]
    assert secret not in listed.text and "hash" not in listed.text
    with service.database.reading() as connection:
        assert secret not in str(connection.execute(select(tables.tokens)).all())


def test_a_token_that_is_not_quite_right_is_none(client: TestClient, owner: Person) -> None:
    token, other = owner.token(), owner.token()
    assert client.get("/v1/me", headers=bearer(token)).status_code == 200
    wrong = [
        token[:-1] + ("A" if token[-1] != "A" else "B"),
        token[:30] + other[30:],
        token.upper(),
        token + "=",
        token.replace("tt_", "ts_"),
        "",
        "ä" * 73,
    ]
    for each in wrong:
        found = client.get("/v1/me", headers={"Authorization": b"Bearer " + each.encode()})
        assert found.status_code == 401
        assert found.headers["www-authenticate"] == "Bearer"
        assert "unknown, too old or revoked" in found.json()["detail"]
    assert client.get("/v1/me", headers={"Authorization": token}).status_code == 401
    assert client.get("/v1/me", headers={"Authorization": f"bEaReR {token}"}).status_code == 200


def test_a_token_of_another_server_is_none(
    service: Service, client: TestClient, owner: Person
) -> None:
    """Also where it has the same rows: the hash needs the key."""
    token = owner.token()
    vars(service)["key"] = b"k" * 32
    assert client.get("/v1/me", headers=bearer(token)).status_code == 401


def test_no_token_may_more_than_who_made_it(
    service: Service, client: TestClient, owner: Person
) -> None:
    viewer = person(service, owner.team, "vi", "viewer")
    member = person(service, owner.team, "mo", "member")
    assert make(client, viewer.in_session(), ["write"]).status_code == 403
    assert make(client, member.in_session(), ["read", "manage"]).status_code == 403
    assert make(client, member.in_session(), ["read", "write"]).status_code == 201
    token = member.by_token(["read", "write"])
    change = {"role": "viewer"}
    assert client.patch(f"/v1/users/{member.id}", json=change, headers=owner.by_token()).is_success
    assert client.get("/v1/me", headers=token).json()["scopes"] == ["read"]
    assert client.post("/v1/projects", json={"name": "x"}, headers=token).status_code == 403


def test_a_token_makes_no_other(client: TestClient, owner: Person) -> None:
    found = make(client, owner.by_token())
    assert found.status_code == 403
    assert "sign in with your password" in found.json()["detail"]


@pytest.mark.parametrize("days", [0, -1, 1.5, 366, 10**9, "x"])
def test_no_token_lives_longer_than_the_operator_allows(
    client: TestClient, owner: Person, days: Any
) -> None:
    assert make(client, owner.in_session(), days=days).status_code == 422


@pytest.mark.parametrize("scopes", [[], ["all"], ["read"] * 4, "read", None])
def test_scopes_are_some_of_three(client: TestClient, owner: Person, scopes: Any) -> None:
    body = {"name": "x", "scopes": scopes}
    assert client.post("/v1/tokens", json=body, headers=owner.in_session()).status_code == 422


def test_a_token_ends_on_its_day(client: TestClient, owner: Person, later: Later) -> None:
    short = bearer(make(client, owner.in_session(), days=1).json()["token"])
    usual = bearer(make(client, owner.in_session()).json()["token"])
    later(_DAY - 60)
    assert client.get("/v1/me", headers=short).status_code == 200
    later(120)
    assert client.get("/v1/me", headers=short).status_code == 401
    assert client.get("/v1/me", headers=usual).status_code == 200
    later(365 * _DAY)
    assert client.get("/v1/me", headers=usual).status_code == 401


def test_a_revoked_token_is_none(service: Service, client: TestClient, owner: Person) -> None:
    member = person(service, owner.team, "mo", "member")
    headers = member.in_session()
    made = make(client, headers).json()
    assert client.delete(f"/v1/tokens/{made['id']}", headers=headers).status_code == 204
    assert client.get("/v1/me", headers=bearer(made["token"])).status_code == 401
    assert client.delete(f"/v1/tokens/{made['id']}", headers=headers).status_code == 204
    listed = client.get("/v1/tokens", headers=headers).json()["items"]
    assert listed[0]["revoked_at"] is not None


def test_tokens_are_revoked_by_who_has_them_and_who_manages(
    service: Service, client: TestClient, owner: Person
) -> None:
    member = person(service, owner.team, "mo", "member")
    other = person(service, owner.team, "vi", "viewer")
    ids = [make(client, member.in_session()).json()["id"] for _ in range(3)]
    mine = bearer(make(client, member.in_session()).json()["token"])

    def revoke(id: str, headers: Headers) -> int:
        return client.delete(f"/v1/tokens/{id}", headers=headers).status_code

    assert revoke(ids[0], other.in_session()) == 404
    assert revoke(ids[0], mine) == 403
    assert revoke(ids[0], owner.by_token()) == 204
    own = client.get("/v1/tokens", headers=mine).json()["items"][0]["id"]
    assert revoke(own, mine) == 204
    assert client.get("/v1/me", headers=mine).status_code == 401
    seen = client.get("/v1/tokens", headers=other.in_session()).json()["items"]
    assert seen == []
    every = client.get("/v1/tokens", headers=owner.in_session()).json()["items"]
    assert {*ids} < {t["id"] for t in every}


def test_use_is_written_once_a_minute(
    service: Service, client: TestClient, owner: Person, later: Later
) -> None:
    headers = owner.by_token()

    def used() -> float | None:
        with service.database.reading() as connection:
            return connection.execute(select(tables.tokens.c.used_at)).scalar_one()

    assert used() is None
    client.get("/v1/me", headers=headers)
    first = used()
    assert first is not None
    later(59)
    client.get("/v1/me", headers=headers)
    assert used() == first
    later(2)
    client.get("/v1/me", headers=headers)
    assert (used() or 0) > first


def test_bad_tokens_are_too_many_after_twenty(
    client: TestClient, owner: Person, later: Later
) -> None:
    bad = bearer("tt_" + "a" * 26 + "_" + "x" * 43)
    codes = [client.get("/v1/me", headers=bad).status_code for _ in range(22)]
    assert codes == [401] * 20 + [429] * 2
    assert int(client.get("/v1/me", headers=bad).headers["retry-after"]) <= 61
    assert client.get("/v1/me", headers=owner.by_token()).status_code == 200
    later(61)
    assert client.get("/v1/me", headers=bad).status_code == 401
