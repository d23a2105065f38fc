"""What stands before every route: hosts, methods, headers, bodies, the log, faults."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from tests.server.people import Person, person, team_of
from tests.server.serving import service_in
from trimtab.server.app import application
from trimtab.server.middleware import UPLOADS
from trimtab.server.service import Service

Message = dict[str, Any]
HERE = "http://localhost:8722"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Service:
    return service_in(tmp_path_factory.mktemp("service"), body_mib=1, upload_mib=2)


@pytest.fixture(scope="module")
def owner(service: Service) -> Person:
    return person(service, team_of(service, "team"), "ada")


@pytest.fixture(scope="module")
def app(service: Service) -> FastAPI:
    return application(service)


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, base_url=HERE) as made:
        yield made


def lines(caplog: pytest.LogCaptureFixture, name: str = "access") -> list[dict[str, Any]]:
    said = [r.getMessage() for r in caplog.records if r.name == f"trimtab.server.{name}"]
    return [json.loads(line) for line in said]


def ask(app: Any, scope: Message, bodies: Iterable[bytes] = (b"",)) -> tuple[int, bytes, int]:
    """The status and body of an answer, and how many bytes of the request were read."""
    parts, sent, read = list(bodies), [], 0

    async def receive() -> Message:
        nonlocal read
        body = parts.pop(0)
        read += len(body)
        return {"type": "http.request", "body": body, "more_body": bool(parts)}

    async def send(message: Any) -> None:
        sent.append(message)

    base: Message = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "path": "/v1/sign-in",
        "raw_path": b"/v1/sign-in",
        "query_string": b"",
        "root_path": "",
        "scheme": "http",
        "client": ("192.0.2.1", 5),
        "server": ("localhost", 8722),
        "headers": [(b"host", b"localhost"), (b"content-type", b"application/json")],
    }
    asyncio.run(app({**base, **scope}, receive, send))
    body = b"".join(message.get("body", b"") for message in sent)
    return sent[0]["status"], body, read


HOSTS = ["localhost", "localhost:8722", "127.0.0.1:1", "[::1]", "[::1]:8722", "LOCALHOST"]
OTHERS = ["evil.example", "localhost.evil.example", "127.0.0.1.nip.io", "localhost:", "", "::1",
          "localhost:8722@evil.example", "local host", "127.1", "localhost."]  # fmt: skip


@pytest.mark.parametrize("host", HOSTS)
def test_this_machines_names_are_known(client: TestClient, host: str) -> None:
    assert client.get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", OTHERS)
def test_names_of_others_are_refused(client: TestClient, host: str) -> None:
    found = client.get("/healthz", headers={"Host": host})
    assert found.status_code == 421
    assert found.headers["content-type"] == "application/problem+json"
    assert found.json()["code"] == "misdirected"


def test_names_that_the_operator_says_are_known(service: Service) -> None:
    settings = replace(service.settings, host="192.0.2.7", names=("tables.example",), proxied=True)
    client = TestClient(application(replace(service, settings=settings)))
    for host, status in (("tables.example", 200), ("192.0.2.7:9", 200), ("testserver", 421)):
        assert client.get("/healthz", headers={"Host": host}).status_code == status


def test_no_host_and_two_hosts_are_refused(app: FastAPI) -> None:
    for hosts in ([], [b"localhost", b"evil.example"]):
        scope = {"path": "/healthz", "headers": [(b"host", host) for host in hosts]}
        assert ask(app, {**scope, "method": "GET"})[0] == 421


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "OPTIONS", "PROPFIND", "GETX"])
def test_methods_that_nobody_knows_are_refused(app: FastAPI, method: str) -> None:
    status, body, _ = ask(app, {"method": method})
    assert status == 405
    assert json.loads(body)["code"] == "method-not-allowed"


def test_there_are_no_web_sockets(client: TestClient) -> None:
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/v1/jobs"):
        pass


def test_every_answer_has_the_headers(client: TestClient, owner: Person) -> None:
    asked = [
        client.get("/v1/me", headers=owner.by_token()),
        client.get("/v1/me"),
        client.get("/nowhere"),
        client.get("/openapi.json"),
        client.get("/v1/me", headers={"Host": "evil.example"}),
        client.request("TRACE", "/v1/me"),
        client.post("/v1/sign-in", content=b"x" * (1 << 21)),
    ]
    assert [found.status_code for found in asked] == [200, 401, 404, 200, 421, 405, 413]
    for found in asked:
        said = found.headers
        assert "default-src 'none'" in said["content-security-policy"]
        assert "frame-ancestors 'none'" in said["content-security-policy"]
        assert said["x-content-type-options"] == "nosniff"
        assert said["referrer-policy"] == "no-referrer"
        assert said["cross-origin-opener-policy"] == "same-origin"
        assert said["cross-origin-resource-policy"] == "same-origin"
        assert said["cache-control"] == "no-store"
        assert len(said["x-request-id"]) == 32
        assert "strict-transport-security" not in said
        assert "set-cookie" not in said
    assert len({found.headers["x-request-id"] for found in asked}) == len(asked)


def test_over_tls_browsers_are_told_to_stay_there(service: Service) -> None:
    settings = replace(service.settings, proxied=True)
    client = TestClient(application(replace(service, settings=settings)), base_url=HERE)
    assert client.get("/healthz").headers["strict-transport-security"] == "max-age=31536000"


@pytest.mark.parametrize("more", [[], [(b"content-length", b"5")], [(b"content-length", b"0")]])
def test_bodies_are_read_no_further_than_is_allowed(app: FastAPI, more: Any) -> None:
    """However they come, in parts, or saying less than they hold."""
    scope = {"headers": [(b"host", b"localhost"), (b"content-type", b"application/json"), *more]}
    status, body, read = ask(app, scope, [b"x" * 300_000] * 50)
    assert status == 413
    assert json.loads(body)["code"] == "too-large"
    assert read <= 1_500_000


def test_bodies_that_say_to_be_too_large_are_not_read(app: FastAPI) -> None:
    for said in (b"1048577", b"9" * 18, b"9" * 5000):
        headers = [(b"host", b"localhost"), (b"content-length", said)]
        status, _, read = ask(app, {"headers": headers}, [b"x"])
        assert (status, read) == (413, 0)
    for said in (b"-1", b"1e3", b"0x10", "\u0661".encode(), b""):
        headers = [(b"host", b"localhost"), (b"content-length", said)]
        assert ask(app, {"headers": headers}, [b"x"])[0] == 400


def test_uploads_may_be_larger_but_not_as_forms_and_not_elsewhere(
    app: FastAPI, owner: Person
) -> None:
    token = owner.by_token()["Authorization"].encode()
    big = [b"x" * 600_000] * 2

    def status(path: str, kind: bytes, bodies: list[bytes], query: bytes = b"") -> int:
        headers = [(b"host", b"localhost"), (b"authorization", token), (b"content-type", kind)]
        scope = {"path": path, "raw_path": path.encode(), "query_string": query, "headers": headers}
        return ask(app, scope, bodies)[0]

    asked = b"project=pr_" + b"a" * 26 + b"&name=x.csv"
    assert status("/v1/datasets", b"text/csv", big, asked) == 404  # there is no such project
    assert status("/v1/projects", b"application/json", big) == 413
    assert status("/v1/datasets/x", b"text/csv", big) != 404
    length = [(b"content-length", b"%d" % (3 << 20))]
    scope = {"path": "/v1/datasets", "headers": [(b"host", b"localhost"), *length]}
    assert ask(app, scope)[0] == 413
    form = [
        (b"content-type", b"application/x-www-form-urlencoded"),
        (b"content-length", b"1500000"),
    ]
    assert ask(app, {"path": "/v1/datasets", "headers": [(b"host", b"localhost"), *form]})[0] == 413


def test_each_route_of_uploads_is_there(app: FastAPI) -> None:
    posts = [path for path, ways in app.openapi()["paths"].items() if "post" in ways]
    for place in UPLOADS:
        assert [path for path in posts if place.fullmatch(path)], place.pattern


def test_the_log_names_routes_and_nothing_that_was_sent(
    client: TestClient, owner: Person, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    headers = owner.by_token()
    client.get("/v1/projects/pr_hush?name=hush", headers=headers | {"User-Agent": "hush"})
    client.post("/v1/sign-in", json={"name": "hush", "password": "hush"})
    client.get("/v1/shared/hush")
    client.get("/hush")
    client.request("HUSH", "/v1/me")
    told = lines(caplog)
    assert [(t["method"], t["route"], t["status"]) for t in told] == [
        ("GET", "/v1/projects/{id}", 404),
        ("POST", "/v1/sign-in", 401),
        ("GET", "/v1/shared/{secret}", 404),
        ("GET", None, 404),
        ("other", None, 405),
    ]
    assert [t["user"] for t in told] == [owner.id, None, None, None, None]
    assert set(told[0]) == {"time", "method", "route", "status", "ms", "user", "id"}
    ours = [r.getMessage() for r in caplog.records if r.name.startswith("trimtab")]
    assert "hush" not in "".join(ours).lower()
    assert headers["Authorization"][-43:] not in caplog.text


def test_a_fault_says_where_and_not_what(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    app = application(service)

    @app.get("/v1/broken/{id}")
    def broken(id: str) -> None:
        try:
            int("hush")
        except ValueError as error:
            raise RuntimeError("hush") from error

    found = TestClient(app, base_url=HERE).get("/v1/broken/hush")
    assert found.status_code == 500
    assert found.headers["content-type"] == "application/problem+json"
    assert found.json()["request_id"] == found.headers["x-request-id"]
    assert found.headers["x-content-type-options"] == "nosniff"
    (told,) = lines(caplog, "faults")
    assert told["id"] == found.headers["x-request-id"]
    assert [f["type"] for f in told["faults"]] == ["builtins.RuntimeError", "builtins.ValueError"]
    assert told["faults"][0]["frames"][-1].endswith(" broken")
    assert "hush" not in json.dumps(told) + found.text


def test_an_answer_that_has_begun_breaks_off(
    app: FastAPI, caplog: pytest.LogCaptureFixture
) -> None:
    from fastapi.responses import StreamingResponse

    def parts() -> Iterator[bytes]:
        yield b"some"
        raise RuntimeError("hush")

    @app.get("/v1/parts")
    def some() -> StreamingResponse:
        return StreamingResponse(parts())

    with pytest.raises(ConnectionAbortedError) as told:
        ask(app, {"method": "GET", "path": "/v1/parts"})
    assert "hush" not in str(told.value)
    assert told.value.__cause__ is None
    assert lines(caplog, "faults")


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        ([], "192.0.2.1"),
        ([b"203.0.113.5"], "203.0.113.5"),
        ([b"203.0.113.5, 203.0.113.6"], "203.0.113.6"),
        ([b"203.0.113.5", b"203.0.113.6"], "203.0.113.6"),
        ([b"203.0.113.5, evil"], "192.0.2.1"),
        ([b"2001:db8::1"], "2001:db8::1"),
    ],
)
def test_a_proxy_says_who_asks(service: Service, forwarded: list[bytes], address: str) -> None:
    def where(settings: Any) -> Any:
        app = application(replace(service, settings=settings))

        @app.get("/where")
        def said(request: Request) -> list[str]:
            assert request.client is not None
            return [request.client.host, request.url.scheme]

        said_so = [(b"x-forwarded-for", value) for value in forwarded]
        headers = [(b"host", b"localhost"), (b"x-forwarded-proto", b"https"), *said_so]
        return json.loads(ask(app, {"method": "GET", "path": "/where", "headers": headers})[1])

    assert where(replace(service.settings, proxied=True)) == [address, "https"]
    assert where(service.settings) == ["192.0.2.1", "http"]


def test_texts_that_no_letters_make_are_answered(client: TestClient, owner: Person) -> None:
    """Half letters, NULs, numbers without end, and lists in lists without end."""
    headers = owner.by_token() | {"Content-Type": "application/json"}
    bodies = [
        b'{"name": "\\ud800"}',
        b'{"\\ud800": 1}',
        b'{"name": "a\\u0000b"}',
        b'{"name": ' + b"[" * 100_000,
        b'{"name": "x", "keep_days": ' + b"9" * 5000 + b"}",
        b'{"name": "x", "keep_days": NaN}',
        b"\xff\xfe",
        b"",
    ]
    for body in bodies:
        found = client.post("/v1/projects", content=body, headers=headers)
        assert found.status_code in (400, 422), body[:40]
        assert found.headers["content-type"] == "application/problem+json"
