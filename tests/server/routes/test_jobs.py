"""Jobs are ordered within bounds, once for a key; what they work on is there."""

from __future__ import annotations

from typing import Any

import pytest

from tests.server.people import things_of
from tests.server.routes.conftest import Asker
from trimtab.server.jobs.kinds import KINDS

BY = {"by": ["SEX", "RACE"]}


@pytest.fixture
def table(asker: Asker) -> dict[str, Any]:
    """What an order says of a project and of a table in it."""
    things = things_of(asker.person)
    return {"project": things.project, "data": things.dataset}


def test_an_order_waits_for_its_turn(asker: Asker, table: dict[str, Any]) -> None:
    answer = asker.client.post("/v1/jobs/balance", json={**table, "request": BY})
    job = answer.json()
    assert answer.status_code == 202 and answer.headers["location"] == f"/v1/jobs/{job['id']}"
    assert (job["kind"], job["state"], job["attempt"]) == ("balance", "queued", 1)
    assert job["inputs"] == {"data": table["data"]} and job["request"]["by"] == BY["by"]
    queue: Any = asker.service.queue
    assert queue.enqueued == [(job["id"], 1, asker.person.id)]
    assert asker.client.get(f"/v1/jobs/{job['id']}").json() == job
    listed = asker.client.get("/v1/jobs", params={"state": "queued"}).json()["items"]
    assert [one["id"] for one in listed] == [job["id"]]
    for _ in range(2):  # once more changes nothing
        ended = asker.client.post(f"/v1/jobs/{job['id']}/cancel")
        assert ended.status_code == 200 and ended.json()["state"] == "cancelled"
    again = asker.client.post(f"/v1/jobs/{job['id']}/retry")
    assert again.status_code == 202 and again.json()["attempt"] == 2
    assert asker.client.delete(f"/v1/jobs/{job['id']}").status_code == 409


@pytest.mark.parametrize(
    ("kind", "change", "status", "said"),
    [
        ("balance", {"request": {**BY, "rows": 2_000_000}}, 422, "at most 1,000,000"),
        ("balance", {"request": {**BY, "minutes": 600}}, 422, "at most 60"),
        ("balance", {"request": {**BY, "min_count": 4}}, 422, "no less than 5"),
        ("balance", {"request": {}}, 422, "by"),
        ("balance", {"request": {**BY, "colour": 1}}, 422, "colour"),
        ("balance", {"request": {**BY, "mode": "double"}}, 422, "mode"),
        ("balance", {"data": "/etc/passwd", "request": BY}, 422, "the id of a dataset"),
        ("balance", {"data": "ds_" + "a" * 26, "request": BY}, 404, "no dataset"),
        ("balance", {"project": "pr_" + "a" * 26, "request": BY}, 404, "no project"),
        ("balance", {"request": BY, "report": "report.html"}, 422, "report"),
        ("evaluate", {"request": {}}, 422, "synthetic"),
        ("impute", {"request": {"multiple": 51}}, 422, "at most 50"),
        ("sample", {"request": {}}, 422, "the id of a model"),
    ],
)
def test_orders_that_cannot_be_are_refused_and_leave_nothing(
    asker: Asker, table: dict[str, Any], kind: str, change: dict[str, Any], status: int, said: str
) -> None:
    answer = asker.client.post(f"/v1/jobs/{kind}", json={**table, **change})
    assert answer.status_code == status, answer.text
    assert said in answer.text
    assert asker.client.get("/v1/jobs", params={"state": "queued"}).json()["items"] == []


def test_counts_that_add_up_to_too_many_are_refused(asker: Asker, table: dict[str, Any]) -> None:
    to = [{"SEX": "F", "count": 600_000}, {"SEX": "M", "count": 600_000}]
    answer = asker.client.post(
        "/v1/jobs/balance", json={**table, "request": {"by": ["SEX"], "to": to}}
    )
    assert answer.status_code == 422 and "1,000,000 rows in all" in answer.json()["detail"]


def test_a_key_is_carried_out_once(asker: Asker, table: dict[str, Any]) -> None:
    order, key = {**table, "request": BY}, {"Idempotency-Key": "one"}
    first = asker.client.post("/v1/jobs/balance", json=order, headers=key)
    again = asker.client.post("/v1/jobs/balance", json=order, headers=key)
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert again.headers["idempotency-replayed"] == "true"
    other = asker.client.post(
        "/v1/jobs/balance", json={**order, "request": {"by": ["SEX"]}}, headers=key
    )
    assert other.status_code == 422 and "another request" in other.json()["detail"]
    assert len(asker.client.get("/v1/jobs", params={"state": "queued"}).json()["items"]) == 1
    refused = {**order, "request": {}}
    for _ in range(2):  # what was refused is answered the same, too
        answer = asker.client.post(
            "/v1/jobs/balance", json=refused, headers={"Idempotency-Key": "two"}
        )
        assert answer.status_code == 422
    long = {"Idempotency-Key": "x" * 201}
    assert asker.client.post("/v1/jobs/balance", json=order, headers=long).status_code == 422


def test_as_many_wait_as_may(asker: Asker, table: dict[str, Any]) -> None:
    policy = asker.service.policy.model_copy(update={"jobs_waiting_per_user": 2})
    object.__setattr__(asker.service.settings, "policy", policy)
    order = {**table, "request": BY}
    answers = [asker.client.post("/v1/jobs/balance", json=order).status_code for _ in range(3)]
    assert answers == [202, 202, 429]


def test_every_verb_is_a_kind_of_job(asker: Asker) -> None:
    from trimtab.verbs.carry_out import VERBS

    assert {kind.request for kind in KINDS.values()} == set(VERBS)
    paths = asker.client.get("/openapi.json").json()["paths"]
    assert {f"/v1/jobs/{verb}" for verb in KINDS} <= set(paths)


def test_events_are_numbered_and_taken_up(asker: Asker, table: dict[str, Any]) -> None:
    job = asker.client.post("/v1/jobs/balance", json={**table, "request": BY}).json()
    asker.client.post(f"/v1/jobs/{job['id']}/cancel")
    place = f"/v1/jobs/{job['id']}/events"
    told = asker.client.get(place)
    assert told.headers["content-type"].startswith("text/event-stream")
    assert [line for line in told.text.splitlines() if line.startswith("id: ")] == [
        "id: 1",
        "id: 2",
    ]
    rest = asker.client.get(place, headers={"Last-Event-ID": "1"}).text
    assert "id: 1\n" not in rest and "id: 2\n" in rest
    assert asker.client.get(place, headers={"Last-Event-ID": "x"}).status_code == 422
