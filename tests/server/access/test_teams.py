"""Users of a team, teams of a server, links to artifacts, and what the audit log says of it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import update
from starlette.testclient import TestClient

from tests.server.people import CANARY, PASSWORD, Person, person, team_of, things_of
from trimtab.server.database import tables
from trimtab.server.service import Service

Later = Callable[[float], None]
NEW = "another horse battery"
pytestmark = pytest.mark.usefixtures("database_url")


def begin(client: TestClient, link: dict[str, Any]) -> dict[str, Any]:
    """Use a link as it was given out, and say who that is."""
    code = link["path"].partition("#")[2]
    found = client.post("/v1/sign-in/link", json={"link": code, "password": NEW})
    assert found.status_code == 204, found.text
    me: dict[str, Any] = client.get("/v1/me").json()
    client.cookies.clear()
    return me


def actions(client: TestClient, who: Person) -> list[str]:
    items = client.get("/v1/audit", headers=who.by_token()).json()["items"]
    return [entry["action"] for entry in items]


@pytest.mark.usefixtures("kept")
def test_an_owner_invites_by_a_link(client: TestClient, owner: Person) -> None:
    body = {"name": "Bo@clinic.example", "role": "viewer"}
    made = client.post("/v1/users", json=body, headers=owner.by_token())
    assert made.status_code == 201
    me = begin(client, made.json()["link"])
    assert (me["name"], me["role"], me["operator"]) == ("bo@clinic.example", "viewer", False)
    assert me["team"]["id"] == owner.team
    again = client.post("/v1/users", json=body, headers=owner.by_token())
    assert again.status_code == 409
    link = client.post(f"/v1/users/{me['id']}/link", headers=owner.in_session())
    assert begin(client, link.json())["id"] == me["id"]


@pytest.mark.parametrize("name", ["", "a b", "ä", "\0", "x" * 101, "-a", "a\n", "<b>", 1, None])
def test_names_of_users_are_plain(client: TestClient, owner: Person, name: Any) -> None:
    body = {"name": name, "role": "viewer"}
    assert client.post("/v1/users", json=body, headers=owner.by_token()).status_code == 422


def test_there_is_always_an_owner_and_an_operator(
    service: Service, client: TestClient, owner: Person
) -> None:
    headers = owner.by_token()

    def change(who: Person, **body: Any) -> int:
        return client.patch(f"/v1/users/{who.id}", json=body, headers=headers).status_code

    for body in ({"role": "member"}, {"disabled": True}):
        assert change(owner, **body) == 409
    second = person(service, owner.team, "bo", "owner")
    assert change(owner, role="viewer") == 409, "the last operator"
    assert change(second, role="member") == 200
    assert change(second, role="owner", disabled=True) == 200
    assert change(owner, role="member") == 409
    assert client.get("/v1/me", headers=headers).json()["role"] == "owner"


def test_of_two_owners_who_demote_each_other_one_stays(
    service: Service, client: TestClient, owner: Person
) -> None:
    team = team_of(service, "other")
    pair = [person(service, team, name, "owner") for name in ("bo", "cy")]
    together, codes = threading.Barrier(2), []
    sent = [(other.id, who.by_token()) for who, other in zip(pair, reversed(pair), strict=True)]

    def demote(id: str, headers: dict[str, str]) -> None:
        together.wait()
        body = {"role": "member"}
        codes.append(client.patch(f"/v1/users/{id}", json=body, headers=headers).status_code)

    threads = [threading.Thread(target=demote, args=each) for each in sent]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # The second one was an owner no more, or would have been the last.
    assert sorted(codes) in ([200, 403], [200, 409])


def test_who_is_disabled_is_out_at_once_and_their_tokens_for_good(
    service: Service, client: TestClient, owner: Person
) -> None:
    member = person(service, owner.team, "mo", "member")
    sent = [member.in_session(), member.by_token()]
    assert [client.get("/v1/me", headers=h).status_code for h in sent] == [200, 200]
    for disabled in (True, False):
        change = {"disabled": disabled}
        found = client.patch(f"/v1/users/{member.id}", json=change, headers=owner.by_token())
        assert (found.json()["disabled_at"] is not None) is disabled
        assert [client.get("/v1/me", headers=h).status_code for h in sent] == [401, 401]
    assert client.get("/v1/me", headers=member.by_token()).status_code == 200


def test_an_owner_does_not_become_the_operator(
    service: Service, client: TestClient, owner: Person
) -> None:
    """By a link for the operator's account, which is in the same team."""
    second = person(service, owner.team, "bo", "owner")
    headers = second.in_session()
    assert client.post(f"/v1/users/{owner.id}/link", headers=headers).status_code == 403
    found = client.patch(f"/v1/users/{owner.id}", json={"disabled": True}, headers=headers)
    assert found.status_code == 403
    assert client.get("/v1/teams", headers=headers).status_code == 403


@pytest.mark.usefixtures("kept")
def test_the_operator_makes_teams_and_sees_their_names_alone(
    service: Service, client: TestClient, owner: Person
) -> None:
    body = {"name": "cardiology", "owner": "cy"}
    made = client.post("/v1/teams", json=body, headers=owner.by_token())
    assert made.status_code == 201
    me = begin(client, made.json()["link"])
    assert (me["role"], me["operator"], me["team"]["name"]) == ("owner", False, "cardiology")
    assert client.post("/v1/teams", json=body, headers=owner.by_token()).status_code == 409
    taken = {"name": "radiology", "owner": "ada"}
    assert client.post("/v1/teams", json=taken, headers=owner.by_token()).status_code == 409
    listed = client.get("/v1/teams", headers=owner.by_token()).json()["items"]
    assert [t["name"] for t in listed] == ["cardiology", "team"], "nothing is left of what failed"
    assert set(listed[0]) == {"id", "name", "created_at"}
    there = Person(service, me["id"], me["team"]["id"], "cy", "owner")
    things = things_of(there)
    assert client.get(f"/v1/projects/{things.project}", headers=owner.by_token()).status_code == 404
    assert "team made by the operator" in actions(client, there)


def share(client: TestClient, who: Person, artifact: str) -> Any:
    return client.post(f"/v1/artifacts/{artifact}/links", headers=who.by_token())


def test_a_link_shows_the_release_edition_to_anyone(client: TestClient, owner: Person) -> None:
    made = share(client, owner, things_of(owner).artifact)
    assert made.status_code == 201
    found = client.get(made.json()["path"])
    assert found.status_code == 200
    assert CANARY in found.text
    said = found.headers
    assert said["content-type"].startswith("text/html")
    assert said["content-disposition"] == 'inline; filename="report.html"'
    policy = said["content-security-policy"]
    assert policy.startswith("sandbox; default-src 'none'")
    assert "script" not in policy
    assert said["cache-control"] == "no-store"
    assert said["referrer-policy"] == "no-referrer"
    assert "set-cookie" not in said


def test_nothing_else_can_be_shown(service: Service, client: TestClient, owner: Person) -> None:
    things = things_of(owner)
    made = share(client, owner, things.artifact).json()["path"]
    with service.database.writing() as connection:
        connection.execute(update(tables.artifacts).values(public=False))
    found = share(client, owner, things.artifact)
    assert found.status_code == 403
    assert "release edition" in found.json()["detail"]
    assert client.get(made).status_code == 404, "nor by a link that was"


def test_a_link_ends_and_is_revoked(client: TestClient, owner: Person, later: Later) -> None:
    artifact = things_of(owner).artifact
    links = [share(client, owner, artifact).json() for _ in range(2)]
    assert client.delete(f"/v1/links/{links[0]['id']}", headers=owner.by_token()).status_code == 204
    assert client.get(links[0]["path"]).status_code == 404
    assert client.get(links[1]["path"]).status_code == 200
    wrong = links[1]["path"][:-1] + ("A" if links[1]["path"][-1] != "A" else "B")
    assert client.get(wrong).status_code == 404
    listed = client.get("/v1/links", headers=owner.by_token())
    assert links[1]["path"].rpartition("_")[2] not in listed.text
    later(15 * 60 + 1)
    assert client.get(links[1]["path"]).status_code == 404
    assert share(client, owner, artifact).status_code == 201


def test_a_link_to_what_is_no_more_says_so(
    service: Service, client: TestClient, owner: Person
) -> None:
    made = share(client, owner, things_of(owner).artifact).json()
    for place in service.settings.data.rglob("report.html"):
        place.unlink()
    assert client.get(made["path"]).status_code == 410


def test_the_audit_log_says_who_did_what(client: TestClient, owner: Person, kept: str) -> None:
    from tests.server.people import set_password

    set_password(owner, kept)
    for word in ("wrong", PASSWORD):
        client.post("/v1/sign-in", json={"name": "ada", "password": word})
    csrf = {"X-CSRF-Token": client.get("/v1/me").json()["csrf"]}
    token = client.post("/v1/tokens", json={"name": "t", "scopes": ["read"]}, headers=csrf).json()
    client.delete(f"/v1/tokens/{token['id']}", headers=csrf)
    user = client.post("/v1/users", json={"name": "bo", "role": "member"}, headers=csrf).json()
    client.patch(f"/v1/users/{user['id']}", json={"role": "viewer"}, headers=csrf)
    client.patch(f"/v1/users/{user['id']}", json={"disabled": True}, headers=csrf)
    client.post("/v1/sign-out", headers=csrf)
    found = client.get("/v1/audit?size=5", headers=owner.by_token()).json()
    more = client.get(f"/v1/audit?after={found['next']}", headers=owner.by_token()).json()
    told = [(e["action"], e["object"]) for e in reversed(found["items"] + more["items"])]
    assert told == [
        ("sign-in failed", owner.id),
        ("signed in", None),
        ("token made", token["id"]),
        ("token revoked", token["id"]),
        ("user invited as member", user["id"]),
        ("role changed to viewer", user["id"]),
        ("user disabled", user["id"]),
        ("signed out", None),
    ]
    assert {e["user_id"] for e in found["items"]} == {owner.id}
    assert {e["address"] for e in found["items"]} == {"testclient"}
