"""The page where one signs in works without a script, and lets nothing else in."""

from __future__ import annotations

import re

import pytest
from starlette.testclient import TestClient

from tests.server.people import PASSWORD
from trimtab.server.access import first_run
from trimtab.server.service import Service

pytestmark = pytest.mark.usefixtures("kept")  # which is cheap


def test_one_signs_in_by_a_code_and_out_again(service: Service, client: TestClient) -> None:
    first = first_run.begin(service)
    assert first is not None
    page = client.get("/sign-in")
    assert page.status_code == 200
    assert 'action="/sign-in/link"' in page.text
    short = client.post("/sign-in/link", data={"link": first.link, "password": "short"})
    assert short.status_code == 422
    assert 'role="alert">a password of 5 letters' in short.text
    assert first.link in short.text, "it need not be pasted again"
    done = client.post("/sign-in/link", data={"link": first.link, "password": PASSWORD})
    assert (done.status_code, done.headers["location"]) == (303, "/sign-in")
    here = client.get("/sign-in")
    assert "You are <b>owner</b>" in here.text
    csrf = re.search(r'name="csrf" value="(\w+)"', here.text)
    assert csrf is not None
    assert client.post("/sign-out").status_code == 403
    assert client.post("/sign-out", data={"csrf": csrf[1]}).status_code == 303
    assert client.get("/v1/me").status_code == 401
    again = client.post("/sign-in/link", data={"link": first.link, "password": PASSWORD})
    assert again.status_code == 410
    assert client.post("/sign-in", data={"name": "owner", "password": PASSWORD}).status_code == 303


def test_what_fails_is_said_on_the_page_and_is_no_markup(client: TestClient) -> None:
    found = client.post("/sign-in", data={"name": "<b>me", "password": "hush"})
    assert found.status_code == 401
    assert "no such account" in found.text
    assert "<b>me" not in found.text
    assert "hush" not in found.text
    for _ in range(5):
        found = client.post("/sign-in", data={"name": "<b>me", "password": "x"})
    assert found.status_code == 429
    assert "retry-after" in found.headers


@pytest.mark.parametrize(
    "body", [b"", b"name=x", b"name=%ff&password=%ff", b"\xff", b"&" * 5000, b"name=" + b"x" * 2000]
)
def test_forms_of_another_shape_are_refused(client: TestClient, body: bytes) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for path in ("/sign-in", "/sign-in/link"):
        assert client.post(path, content=body, headers=form).status_code in (401, 410, 422)
        assert client.post(path, json={"name": "x", "password": "y"}).status_code == 422


def test_pages_have_no_script_or_style_of_their_own(client: TestClient) -> None:
    page = client.get("/sign-in")
    policy = page.headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<style|style=|\son\w+=|<script(?! src=)", page.text)
    linked = re.findall(r'(?:src|href)="(/[^"]+)"', page.text)
    assert len(linked) == 2
    for path in linked:
        found = client.get(path)
        assert found.status_code == 200
        assert found.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["..%2fsign_in.py", "../sign_in.py", "%2e%2e/render.py", "", "/"])
def test_no_other_files_are_sent(client: TestClient, path: str) -> None:
    found = client.get(f"/static/{path}")
    assert found.status_code == 404
    assert "import" not in found.text
