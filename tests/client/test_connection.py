"""The line to a server: what is sent again, what is not, and which errors come of it."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import httpx2
import pytest

from tests.client.answering import TOKEN, answering, breaking, problem, told
from trimtab.client.client import Client
from trimtab.client.connection import Connection
from trimtab.errors import (
    AccessError,
    ColumnError,
    InputError,
    RefusedError,
    ServiceError,
    TrimtabError,
)

AWAY = {"Retry-After": "3"}


def test_a_server_that_is_away_is_asked_again() -> None:
    server = answering(
        httpx2.ConnectError("refused"), problem(503, "away", AWAY), told({"state": "queued"})
    )
    assert server.line().get("/jobs/x") == {"state": "queued"}
    assert server.waited == [0.5, 3.0]


def test_patience_ends() -> None:
    server = answering(*[httpx2.ConnectError("refused")] * 20)
    with pytest.raises(ServiceError, match="does not answer") as error:
        server.line(patience=4).get("/jobs/x")
    assert sum(server.waited) <= 4 and len(server.asked) == 4
    assert error.value.exit_code == 4 and TOKEN not in str(error.value)


def test_an_order_is_sent_again_with_the_same_key() -> None:
    server = answering(
        httpx2.ReadTimeout("late"),
        problem(409, "the first request with this key is under way", {"Retry-After": "2"}),
        told({"id": "jb_1"}, 202),
    )
    assert server.line().post("/jobs/fit", {"a": 1}, key="once")["id"] == "jb_1"
    assert [request.headers["idempotency-key"] for request in server.asked] == ["once"] * 3
    assert len({request.content for request in server.asked}) == 1


def test_what_has_no_key_is_sent_once_it_has_arrived() -> None:
    server = answering(httpx2.ReadTimeout("late"), told({}))
    with pytest.raises(ServiceError):
        server.line().post("/projects", {"name": "x"})
    server = answering(httpx2.ReadTimeout("late"), told({}))
    with pytest.raises(ServiceError):
        server.line().send("/datasets", lambda: io.BytesIO(b"a,b\n1,2\n"), name="x.csv")
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("status", "more", "kind"),
    [
        (422, {"error": "ColumnError"}, ColumnError),
        (422, {"error": "SystemExit"}, InputError),
        (422, {"code": "refused"}, RefusedError),
        (422, {"code": "unfit"}, InputError),
        (401, {}, AccessError),
        (403, {}, AccessError),
        (404, {}, InputError),
        (413, {}, InputError),
        (500, {}, ServiceError),
        (507, {}, ServiceError),
    ],
)
def test_problems_are_errors_with_the_same_words(
    status: int, more: dict[str, str], kind: type[TrimtabError]
) -> None:
    server = answering(problem(status, "what was given, and what to do.", **more))
    with pytest.raises(TrimtabError) as error:
        server.line().get("/jobs/x")
    assert type(error.value) is kind and str(error.value) == "what was given, and what to do."


@pytest.mark.parametrize(
    "answer",
    [
        httpx2.Response(404, text="<html>nothing here</html>"),
        httpx2.Response(200, text="<html>welcome</html>"),
        httpx2.Response(302, headers={"location": "https://example.org"}),
        httpx2.Response(500, content=b"[]", headers={"content-type": "application/problem+json"}),
    ],
)
def test_what_is_no_server_of_trimtab_is_told(answer: httpx2.Response) -> None:
    with pytest.raises(ServiceError, match="not as a server of trimtab"):
        answering(answer).line().get("/me")


CONTENT = bytes(range(256)) * 20
TAG = f'"{hashlib.sha256(CONTENT).hexdigest()}"'


def test_a_download_goes_on_where_it_broke(tmp_path: Path) -> None:
    server = answering(
        breaking([CONTENT[:1000], CONTENT[1000:3000]], etag=TAG),
        problem(503, "away", AWAY),
        httpx2.Response(206, content=CONTENT[3000:], headers={"etag": TAG}),
    )
    server.line().download("/jobs/x/artifacts/y", tmp_path / "y")
    assert (tmp_path / "y").read_bytes() == CONTENT
    assert server.asked[2].headers["range"] == "bytes=3000-"
    assert server.asked[2].headers["if-range"] == TAG


def test_a_download_of_another_file_begins_anew(tmp_path: Path) -> None:
    server = answering(
        breaking([b"old" * 500], etag='"old"'),
        httpx2.Response(200, content=CONTENT, headers={"etag": TAG}),
    )
    server.line().download("/x", tmp_path / "y")
    assert (tmp_path / "y").read_bytes() == CONTENT
    wrong = answering(httpx2.Response(200, content=b"else", headers={"etag": TAG}))
    with pytest.raises(ServiceError, match="did not come as the server has it"):
        wrong.line().download("/x", tmp_path / "z")


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("tables.example.org", InputError),
        ("ftp://tables.example.org", InputError),
        ("https://", InputError),
        ("https://host:x", InputError),
        ("https://user:password@tables.example.org", InputError),
        ("http://tables.example.org", RefusedError),
        ("http://192.0.2.1:8722", RefusedError),
    ],
)
def test_addresses_that_will_not_do(url: str, kind: type[Exception]) -> None:
    with pytest.raises(kind) as error:
        Connection(url, TOKEN)
    assert "password@" not in str(error.value)


@pytest.mark.parametrize(
    "url", ["https://a.example.org/", "http://localhost:8722", "http://[::1]:8722"]
)
def test_addresses_that_do(url: str) -> None:
    assert Connection(url, TOKEN).url == url.rstrip("/")


def test_the_token_shows_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRIMTAB_SERVER", "https://tables.example.org")
    monkeypatch.setenv("TRIMTAB_TOKEN", TOKEN)
    client = Client()
    assert client.connection.token == TOKEN
    for shown in (repr(client), str(client), repr(client.connection), repr(client.jobs)):
        assert TOKEN not in shown and "tables.example.org" in shown
    monkeypatch.delenv("TRIMTAB_TOKEN")
    with pytest.raises(InputError, match="no token: give it, or set TRIMTAB_TOKEN"):
        Client()
    with pytest.raises(InputError, match="one line") as error:
        Client(token=f"{TOKEN}\nX-Header: 1")
    assert TOKEN not in str(error.value)


def test_what_is_missing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "httpx2", None)
    with pytest.raises(InputError, match=r"pip install 'trimtab\[client\]'"):
        Connection("https://tables.example.org", TOKEN).get("/me")
